"""Where submissions run: the walls (``walls``, tried out by ``probe``), the process from which kernels are forked
(``zygote``) and the grader's handle on it (``nursery``), the limits of one kernel (``confine``), nbgrader's way to it
(``provisioner``), and all that is ours in there (``inside``)."""
