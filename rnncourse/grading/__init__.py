"""The instructor's side: grading a class in a sandbox, and what people see of it.

From the command (``commands``) down: what is to be done and in which order (``pipeline``); several at a time here
(``crew``) or on other machines (``cluster``); one submission in a kernel (``runs``), asked from outside (``questions``)
and made whole before (``submissions``, ``needed``); the kernel (``provisioner``), forked (``zygote``) in a sandbox
(``sandbox``, ``confining``), where ``answering`` is all that is ours; what is kept (``records``), nbgrader's gradebook
(``gradebook``), and pages and tables made of it (``report``, ``export``, ``collecting``).
"""
