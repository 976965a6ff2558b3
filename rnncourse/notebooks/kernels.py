"""A fresh Python kernel that runs code cell by cell, with a time limit, and is gone afterwards.

Only what the callers need comes back from the kernel: errors, and data published under our own media type. What the
cells print is read and dropped, or kept up to a size, so that a notebook which prints without end costs no memory. What
a kernel sends is weighed before it is read (``bounded``), and there is an end to what it may send at all.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from rnncourse.checking.patience import Deadline, waits_of
from rnncourse.notebooks.bounded import weight

KERNEL_NAME = "python3"
#: What the kernel's side publishes for us; no print of a learner can be mistaken for it.
MEDIA_TYPE = "application/vnd.rnncourse+json"
#: Bytes of one message, and of all that a kernel sends in its life.
LARGEST_MESSAGE = 64 * 1024**2
_MOST_BYTES = 512 * 1024**2
#: Bytes that one message may take as objects; what an answer holds is a text, which takes what it is long.
_HEAVIEST_MESSAGE = 128 * 1024**2
#: Bytes that a cell may send of which nothing is kept any more; then it is interrupted.
_FLOOD = 32 * 1024**2
_LONGEST_TEXT = 20_000
#: Our words come so early in what we publish.
_TOKEN_WITHIN = 100
_START_SECONDS = 60.0
_OUTPUTS = frozenset({"stream", "display_data", "execute_result", "error"})
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
        published: what was published under ``MEDIA_TYPE`` with the word that was waited for; two at most are kept.
        out_of_time: whether the cell had to be interrupted.
        outputs: what it printed and showed, as in a notebook file, where that was asked for.
        cut: whether it printed more than was to be kept.
        too_much: whether it went on and on, and was interrupted for it.
        kept: characters of output so far.
        received: bytes that the kernel has sent while it ran.
        messages: how many messages of the cell's have come.
    """

    error: str = ""
    text: str = ""
    published: list[str] = field(default_factory=list)
    out_of_time: bool = False
    outputs: list[dict[str, Any]] = field(default_factory=list)
    cut: bool = False
    too_much: bool = False
    kept: int = 0
    received: int = 0
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
    """A running kernel. Made by ``start_kernel``.

    Args:
        manager, client: of jupyter_client's.
        waits: tells for how long its threads have waited for a processor (``patience``).
    """

    def __init__(self, manager: Any, client: Any, waits: Callable[[], dict[str, float]] = dict):
        self._manager = manager
        self._client = client
        self._waits = waits
        self._received = 0

    def wait_until_ready(self, seconds: float) -> None:
        """Wait until the kernel answers, and its words reach us.

        Raises:
            KernelEndedError: it ended, or does not answer in time.
        """
        last = time.monotonic() + seconds
        while time.monotonic() < last:
            cell = _Cell(self._client.kernel_info(), 0, "")
            if self._listen(cell, Deadline(1.0, dict)):
                return
        raise KernelEndedError(f"does not answer within {seconds:g} s")

    def execute(self, code: str, seconds: float, keep: int = 0, token: str = "") -> Reply:
        """Run one cell.

        Args:
            code: its source.
            seconds: time limit; a cell that takes longer is interrupted. Waiting for a processor is no time of its own.
            keep: how many characters of output to keep; the rest is dropped, and a cell that goes on and on for it is
                interrupted.
            token: a word that stands at the beginning of what is to be published.

        Returns:
            What came of it. An exception in the cell is part of that and is not raised.

        Raises:
            KernelEndedError: the kernel ended, the cell could not be interrupted, or the kernel has sent more than
                anybody needs.
        """
        request = self._client.execute(code, store_history=True, allow_stdin=False, stop_on_error=False)
        cell = _Cell(request, keep, token)
        if self._listen(cell, Deadline(seconds, self._waits)):
            return cell.reply
        self._manager.interrupt_kernel()
        cell.reply.out_of_time = not cell.reply.too_much
        if not self._listen_while_it_speaks(cell):
            raise KernelEndedError(f"did not finish within {seconds:g} s and could not be interrupted")
        return cell.reply

    def _listen(self, cell: _Cell, deadline: Deadline) -> bool:
        """Read messages until the cell is finished (True), or the time is up or too much came (False)."""
        patient = not cell.reply.too_much
        while (left := deadline.left()) > 0:
            try:
                message = self._next_message(min(1.0, max(0.01, left)), cell.reply)
            except (ValueError, RecursionError):
                continue  # not a message of Jupyter's: whoever sent it is not heard
            if message is None:
                continue
            try:
                finished = cell.take(message)
            except Exception:  # whatever a message of any content leads to, it is not worth the run
                continue
            if finished:
                return True
            cell.reply.too_much |= cell.floods
            if cell.reply.too_much and patient:
                return False
        return False

    def _listen_while_it_speaks(self, cell: _Cell) -> bool:
        """After an interrupt: read what was still under way. A cell that printed without end has left a lot of it."""
        last = time.monotonic() + _DRAIN_SECONDS
        while time.monotonic() < last:
            before = cell.reply.messages
            if self._listen(cell, Deadline(_INTERRUPT_SECONDS)):
                return True
            if cell.reply.messages == before:
                return False
        return False

    def _next_message(self, seconds: float, reply: Reply) -> dict[str, Any] | None:
        """The next message on what happens in the kernel; None when none comes in time.

        Raises:
            KernelEndedError: the kernel has ended, or has sent too much.
            ValueError: what came is no message, or too heavy.
        """
        self._drop_replies()
        channel = self._client.iopub_channel
        if not channel.socket.poll(int(1000 * seconds)):
            if not self._manager.is_alive():
                raise KernelEndedError("ended the kernel (out of memory, or exit()?)")
            return None
        frames = channel.socket.recv_multipart()
        size = sum(map(len, frames))
        reply.received += size
        self._received += size
        if self._received > _MOST_BYTES:
            raise KernelEndedError(f"printed and showed more than {_MOST_BYTES // 1024**2} MB")
        if size > LARGEST_MESSAGE or sum(map(weight, frames)) > _HEAVIEST_MESSAGE:
            reply.cut = True
            raise ValueError("a message that would take too much memory")
        _, signed = channel.session.feed_identities(frames)
        return channel.session.deserialize(signed)

    def _drop_replies(self) -> None:
        """Take what comes on the other socket, which says nothing that is needed; unread it would pile up."""
        socket = self._client.shell_channel.socket
        while socket.poll(0):
            self._received += sum(len(frame) for frame in socket.recv_multipart(copy=False))


class _Cell:
    """A cell that runs: takes what belongs to it from the kernel's messages."""

    def __init__(self, request: str, keep: int, token: str):
        self.reply = Reply()
        self._request, self._keep, self._token = request, keep, token

    @property
    def floods(self) -> bool:
        """Whether it goes on and on printing what nobody keeps; what answers a question is no such thing."""
        return not self._token and self.reply.received > _FLOOD

    def take(self, message: dict[str, Any]) -> bool:
        """Note what belongs to the cell; True when it is finished."""
        if message["parent_header"].get("msg_id") != self._request:
            return False
        self.reply.messages += 1
        content = message["content"]
        if message["msg_type"] == "error":
            self.reply.error = str(content.get("ename", ""))[:_LONGEST_TEXT]
            self.reply.text = str(content.get("evalue", ""))[:_LONGEST_TEXT]
        elif message["msg_type"] == "display_data" and MEDIA_TYPE in content.get("data", {}):
            self._take_published(content["data"][MEDIA_TYPE])
        if message["msg_type"] == "status" and content.get("execution_state") == "idle":
            return True
        if self._keep and not self.reply.cut:
            self._keep_output(message)
        return False

    def _take_published(self, text: Any) -> None:
        awaited = isinstance(text, str) and self._token and self._token in text[:_TOKEN_WITHIN]
        if awaited and len(self.reply.published) < 2:  # a second one shows that somebody meddles
            self.reply.published.append(text)

    def _keep_output(self, message: dict[str, Any]) -> None:
        """Add what a cell printed or showed to the outputs; of a text that is too long, the beginning."""
        from nbformat.v4 import output_from_msg

        reply, kind, content = self.reply, message["msg_type"], message["content"]
        if kind == "clear_output":
            reply.outputs.clear()
        elif kind in _OUTPUTS and MEDIA_TYPE not in content.get("data", {}):
            text = content.get("text") if kind == "stream" else None
            room, size = self._keep - reply.kept, len(text if isinstance(text, str) else str(content))
            reply.cut = size > room
            reply.kept += min(size, room)
            if reply.cut and kind != "stream":
                return
            output = output_from_msg(message)
            if reply.cut:
                output["text"] = str(output["text"])[:room]
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
    manager: Any = KernelManager(kernel_name=KERNEL_NAME)
    with tempfile.TemporaryFile() as log:
        client = _start(manager, Path(folder), log)
        try:
            yield Kernel(manager, client, lambda: waits_of(manager.provisioner.pid))
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
