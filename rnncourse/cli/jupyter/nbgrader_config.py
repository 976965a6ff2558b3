"""nbgrader's settings for a learner's Validate button; where it finds none, it warns aloud."""

from rnncourse.cli.serving import can_encrypt

c = get_config()  # type: ignore[name-defined]  # noqa: F821, nbgrader provides it

c.Execute.timeout = 180  # seconds for one cell: a chapter may train a model
if can_encrypt():
    c.KernelManager.transport_encryption = "auto"
