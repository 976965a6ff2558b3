"""A learner's notebooks: finding, reading and inspecting them (``files``), running them (``runs``) in a fresh kernel
(``kernels``)."""
