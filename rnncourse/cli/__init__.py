"""The command line: the ``rnncourse`` command (``app``) of a learner's commands (``learner``) and an instructor's
(``instructor``), what both take (``arguments``) and print with (``console``), a learner's copy of the course
(``copying``) and what keeps it up to date (``updating``), and whether it will work here (``doctor``)."""
