"""Where submissions run: the walls (``walls``, tried out by ``probe``), the process from which kernels are forked
(``zygote``, which watches by ``usage``) and the grader's handle on it (``nursery``), the limits of one kernel
(``confine``), the system calls that it is refused (``syscalls``) and what it may write into (``place``), Jupyter's way
to it (``provisioner``), how it speaks (``speaking``), what is asked in there (``asked``) and all else that is ours
there (``inside``)."""
