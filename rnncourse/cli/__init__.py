"""The command line: a learner's commands (``learner``) and an instructor's (``instructor``), what they print on
(``console``), a learner's copy of the course (``copying``), and whether it will work here (``doctor``)."""
