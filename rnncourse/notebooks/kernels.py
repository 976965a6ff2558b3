"""A fresh Python kernel that runs code cell by cell, with a time limit, and is gone afterwards.

Only what the callers need comes back from the kernel: errors, and data published under our own media type. What the
cells print is read and dropped, or kept up to a size, so that a notebook which prints without end costs no memory.
"""

from __future__ import annotations

import queue
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

KERNEL_NAME = "python3"
#: What the kernel's side publishes for us; no print of a learner can be mistaken for it.
MEDIA_TYPE = "application/vnd.rnncourse+json"
_START_SECONDS = 60.0
_INTERRUPT_SECONDS = 10.0
_DRAIN_SECONDS = 60.0


class NoKernelError(RuntimeError):
    """No kernel can be started; the message says what to do."""


class KernelEndedError(RuntimeError):
    """The kernel ended, or could not be interrupted, while it ran something."""


@dataclass
class Reply:
    """What came of one cell.

    Attributes:
        error: name of the exception that ended it, or ''.
        text: the exception's message.
        published: what was published under ``MEDIA_TYPE``.
        out_of_time: whether the cell had to be interrupted.
        outputs: what it printed and showed, as in a notebook file, where that was asked for.
        too_much: whether it printed more than was to be kept, and was interrupted for it.
        kept: characters of output so far.
        messages: how many messages of the cell's have come.
    """

    error: str = ""
    text: str = ""
    published: list[str] = field(default_factory=list)
    out_of_time: bool = False
    outputs: list[dict[str, Any]] = field(default_factory=list)
    too_much: bool = False
    kept: int = 0
    messages: int = 0


def find_kernel() -> str:
    """The Python that the kernel ``python3`` starts.

    Raises:
        NoKernelError: there is no such kernel, or it starts a program that does not exist.
    """
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    mend = f"Run: {sys.executable} -m pip install --force-reinstall ipykernel"
    try:
        spec = KernelSpecManager().get_kernel_spec(KERNEL_NAME)
    except NoSuchKernel:
        raise NoKernelError(f"Jupyter has no kernel called {KERNEL_NAME}. {mend}") from None
    except Exception as error:  # a kernel.json that is not JSON, or lacks a key, raises whatever it likes
        raise NoKernelError(f"The kernel {KERNEL_NAME} cannot be read ({type(error).__name__}). {mend}") from None
    program = spec.argv[0] if spec.argv else ""
    if program in {"python", "python3", "python{}.{}".format(*sys.version_info)}:
        return sys.executable  # Jupyter reads these words as the Python that is running
    if shutil.which(program) is None:
        raise NoKernelError(
            f"The kernel {KERNEL_NAME} starts {program or 'nothing'}, which does not exist. "
            f"Delete the folder {spec.resource_dir}, then check with: rnncourse doctor"
        )
    return program


class Kernel:
    """A running kernel. Made by ``start_kernel``."""

    def __init__(self, manager: Any, client: Any):
        self._manager = manager
        self._client = client

    def execute(self, code: str, seconds: float, keep: int = 0) -> Reply:
        """Run one cell.

        Args:
            code: its source.
            seconds: time limit; a cell that takes longer is interrupted.
            keep: how many characters of output to keep; a cell that gives more is interrupted.

        Returns:
            What came of it. An exception in the cell is part of that and is not raised.

        Raises:
            KernelEndedError: the kernel ended, or the cell could not be interrupted.
        """
        request = self._client.execute(code, store_history=True, allow_stdin=False, stop_on_error=False)
        reply = Reply()
        if self._listen(request, reply, seconds, keep):
            return reply
        self._manager.interrupt_kernel()
        reply.out_of_time = not reply.too_much
        if not self._listen_while_it_speaks(request, reply):
            raise KernelEndedError(f"did not finish within {seconds:g} s and could not be interrupted")
        return reply

    def _listen(self, request: str, reply: Reply, seconds: float, keep: int = 0) -> bool:
        """Read messages until the cell is finished (True), or the time is up or too much came (False)."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                message = self._client.get_iopub_msg(timeout=min(1.0, max(0.01, deadline - time.monotonic())))
            except queue.Empty:
                if not self._manager.is_alive():
                    raise KernelEndedError("ended the kernel (out of memory, or exit()?)") from None
                continue
            except (ValueError, RecursionError):
                continue  # not a message of Jupyter's: whoever sent it is not heard
            try:
                finished = self._take(message, request, reply, keep)
            except Exception:  # whatever a message of any content leads to, it is not worth the run
                continue
            if finished or (reply.too_much and keep):
                return finished
        return False

    def _listen_while_it_speaks(self, request: str, reply: Reply) -> bool:
        """After an interrupt: read what was still under way. A cell that printed without end has left a lot of it."""
        last = time.monotonic() + _DRAIN_SECONDS
        while time.monotonic() < last:
            before = reply.messages
            if self._listen(request, reply, _INTERRUPT_SECONDS):
                return True
            if reply.messages == before:
                return False
        return False

    def _take(self, message: dict[str, Any], request: str, reply: Reply, keep: int) -> bool:
        """Note what belongs to the cell; True when it is finished."""
        if message["parent_header"].get("msg_id") != request:
            return False
        reply.messages += 1
        if _note(message, reply):
            return True
        if keep and not reply.too_much:
            _keep(message, reply, keep)
        return False


def _note(message: dict[str, Any], reply: Reply) -> bool:
    """Keep what matters of one message; True when it says that the cell is finished."""
    content = message["content"]
    if message["msg_type"] == "error":
        reply.error, reply.text = str(content.get("ename", "")), str(content.get("evalue", ""))
    elif message["msg_type"] == "display_data" and MEDIA_TYPE in content.get("data", {}):
        reply.published.append(str(content["data"][MEDIA_TYPE]))
    return message["msg_type"] == "status" and content.get("execution_state") == "idle"


def _keep(message: dict[str, Any], reply: Reply, most: int) -> None:
    """Add what a cell printed or showed to the outputs."""
    from nbformat.v4 import output_from_msg

    kind, content = message["msg_type"], message["content"]
    if kind == "clear_output":
        reply.outputs.clear()
    elif kind in {"stream", "display_data", "execute_result", "error"} and MEDIA_TYPE not in content.get("data", {}):
        reply.kept += len(str(content))
        reply.too_much = reply.kept > most
        if reply.too_much:
            return
        output = output_from_msg(message)
        last = reply.outputs[-1] if reply.outputs else {}
        if kind == "stream" and last.get("name") == output["name"]:
            last["text"] = str(last["text"]) + str(output["text"])
        else:
            reply.outputs.append(output)


@contextmanager
def start_kernel(folder: str | Path) -> Iterator[Kernel]:
    """A kernel for the length of a with block.

    Args:
        folder: its working directory.

    Raises:
        NoKernelError: it does not start; the message says why.
    """
    from jupyter_client.manager import KernelManager

    find_kernel()
    manager = KernelManager(kernel_name=KERNEL_NAME)
    with tempfile.TemporaryFile() as log:
        client = _start(manager, Path(folder), log)
        try:
            yield Kernel(manager, client)
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)


def _start(manager: Any, folder: Path, log: IO[bytes]) -> Any:
    """Start the kernel and wait until it answers; its own words go to the log, not to the learner's terminal."""
    memory_only = "--HistoryManager.hist_file=:memory:"  # the learner's own history stays as it is
    try:
        manager.start_kernel(cwd=str(folder), extra_arguments=[memory_only], stdout=log, stderr=log)
    except Exception as error:  # whatever the operating system says to a program that cannot be run
        raise NoKernelError(f"The kernel {KERNEL_NAME} does not start: {error}. Try: rnncourse doctor") from None
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=_START_SECONDS)
    except RuntimeError as error:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        log.seek(0)
        last = log.read().decode(errors="replace").strip().rpartition("\n")[2] or str(error)
        raise NoKernelError(f"The kernel {KERNEL_NAME} does not start: {last} Try: rnncourse doctor") from None
    except BaseException:  # Ctrl-C while it starts leaves no kernel behind
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        raise
    return client
