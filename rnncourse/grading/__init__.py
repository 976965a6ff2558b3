"""The instructor's side: grading a class in a sandbox, and what people see of it.

From the command down: what is to be done and in which order (``pipeline``); several at a time here (``workers``) or on
other machines (``cluster``); one submission in a kernel (``runs``), asked from outside (``questions``) and made whole
before (``submissions``, ``needed_cells``); the kernel and all around it (``sandbox``); what is kept (``records``),
nbgrader's gradebook (``gradebook``), pages for people (``report``, ``feedback_page``, with learners' text made
``harmless``), and what goes to and comes from a learning platform (``export``, ``collect``).
"""
