"""Where submissions run: the walls (``walls``, tried out by ``probe``), the process from which kernels are forked
(``zygote``) and the grader's handle on it (``nursery``), the limits of one kernel (``confine``), nbgrader's way to it
(``provisioner``), what is asked in there (``asked``) and all else that is ours there (``inside``)."""
