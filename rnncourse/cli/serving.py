"""JupyterLab as a learner needs it: on the start page, without an instructor's controls, pop-ups and false alarms.

The settings hold for this server alone: they come with its arguments and its environment, and nothing is written into
the user's own Jupyter.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rnncourse.cli.updating import RECORDS
from rnncourse.notebooks.files import START

#: Settings in the form of Jupyter's configuration folders; they come before the user's.
_SETTINGS = Path(__file__).with_name("jupyter")


def arguments(folder: Path, browser: bool, port: int | None) -> Sequence[str]:
    """JupyterLab's arguments for a copy of the course.

    Args:
        folder: the copy.
        browser: whether to open a browser.
        port: to serve on, or None for the first that is free.
    """
    chosen = [f"--ServerApp.root_dir={folder}", "--Application.log_level=ERROR", "-y"]
    if os.access(folder, os.W_OK):  # which tabs are open is remembered there, not for all of the user's folders at once
        chosen.append(f"--LabApp.workspaces_dir={folder / RECORDS / 'workspaces'}")
    if (folder / START).is_file():
        chosen.append(f"--LabApp.default_url=/lab/tree/{quote(START)}")
    if can_encrypt():
        chosen.append("--KernelManager.transport_encryption=auto")
    if not browser:
        chosen.append("--no-browser")
    if port is not None:
        chosen.append(f"--port={port}")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        chosen.append("--allow-root")
    return chosen


def set_environment() -> None:
    """Let Jupyter, in this process and in those that it starts, read our settings before the user's."""
    others = os.environ.get("JUPYTER_CONFIG_PATH")
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join([str(_SETTINGS), *([others] if others else [])])


def end_at_interrupt(server: Any) -> None:
    """Let Ctrl-C end the server without a question, and its kernels with it: one that is left alone warns of it.

    A second Ctrl-C does not wait for them. A handler is set in any case: a shell's background job is born deaf.
    """

    def end(*_: Any) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        server.stop(from_signal=True)

    signal.signal(signal.SIGINT, end)


def can_encrypt() -> bool:
    """Whether server and kernels can encrypt what they say; kernels that cannot be asked for it warn aloud."""
    import zmq
    from jupyter_client.manager import KernelManager

    return "transport_encryption" in KernelManager.class_traits() and zmq.has("curve")
