"""The instructor's side: grading a class in a sandbox, and what people see of it.

From the command down: what is to be done and in which order (``pipeline``); several at a time here (``workers``) or on
other machines (``cluster``); one submission in a kernel (``runs``), asked from outside (``questions``) and made whole
before (``submissions``, ``needed_cells``) by the instructor's notebook (``sources``); the kernel and all around it
(``sandbox``); what is kept (``records``), nbgrader's gradebook (``gradebook``, ``gradebook_cells``), when things were
handed in (``lateness``), what went wrong with us (``faults``), pages for people (``report``, ``feedback_page``, with
learners' text made ``harmless``), tables (``export``).

What comes from a learning platform and goes back: an export (``unpacking``), whose each file is (``platforms``,
``groups``), put in its place (``collect``), with the platform's own number of each student kept (``identity``); grades
(``grades``) into Canvas's gradebook (``rosters``) or Moodle's worksheet (``worksheets``), whatever letters and
separators they are written in (``tables``); pages into a zip (``feedback``).
"""
