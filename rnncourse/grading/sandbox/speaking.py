"""How a kernel speaks to the grader: nothing is lost on the way, and nothing is so large that the grader hangs up.

The grader takes few messages at a time, and closes the connection on one that is too large. So what waits to be read
waits in the kernel, where it counts as the kernel's memory, and what is too large is cut before it is sent. A learner's
code can undo this; then the grader hangs up.
"""

from __future__ import annotations

from typing import Any

import zmq
from ipykernel.kernelapp import IPKernelApp
from jupyter_client.session import Session

from rnncourse.notebooks.kernels import LARGEST_MESSAGE

_CUT = 1_000_000


class CuttingSession(Session):
    """Jupyter's session, which cuts a message that is larger than the grader takes."""

    def serialize(self, msg: dict[str, Any], ident: Any = None) -> list[bytes]:
        """The parts of a message."""
        frames = super().serialize(msg, ident)
        size = sum(map(len, frames))
        if size < LARGEST_MESSAGE:
            return frames
        words = msg["content"].get("text", "") if msg["msg_type"] == "stream" else ""
        content = {"name": "stdout", "text": f"{words[:_CUT]}\n… (cut: {size / 1e6:.0f} MB in one piece)\n"}
        header = {**msg["header"], "msg_type": "stream"}
        return super().serialize({**msg, "header": header, "msg_type": "stream", "content": content}, ident)


class KernelApp(IPKernelApp):
    """IPython's kernel with such a session, which keeps what nobody has read yet."""

    def _session_default(self) -> Session:
        return CuttingSession(parent=self)

    def init_iopub(self, context: zmq.Context) -> None:
        """As IPython does it, but without a limit to the messages that wait; else those beyond it would be lost."""
        context.setsockopt(zmq.SNDHWM, 0)
        super().init_iopub(context)
