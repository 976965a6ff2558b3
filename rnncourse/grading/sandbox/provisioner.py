"""Kernels from the nursery, for everything of Jupyter's that starts kernels.

``jupyter_client`` asks a *provisioner* for a process and its connection. This one forks the process in the sandbox and
talks to it over sockets in a folder (transport ipc), since the sandbox has no network.
"""

from __future__ import annotations

import asyncio
import json
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.provisioning import KernelProvisionerBase

from rnncourse.grading.sandbox import place
from rnncourse.grading.sandbox.confine import KERNEL_FOLDER, Limits
from rnncourse.grading.sandbox.nursery import Nursery
from rnncourse.grading.sandbox.walls import SandboxError
from rnncourse.grading.sandbox.zygote import CONNECTION, READY
from rnncourse.grading.submissions import write_files

NAME = "rnncourse-sandbox"
_PORTS = ("shell_port", "iopub_port", "stdin_port", "hb_port", "control_port")
_POLL_SECONDS, _SOCKET_SECONDS, _START_SECONDS = 0.05, 0.005, 60.0


@dataclass
class Confinement:
    """Where and how a kernel is to be started.

    Attributes:
        nursery: the process to fork it from.
        slot: its number among those that run at the same time.
        limits: what it may use.
        withheld: functions of the package that are taken out of it, ``module:function``.
        files: what it finds in its working directory, by name.
    """

    nursery: Nursery
    slot: int
    limits: Limits
    withheld: tuple[str, ...] = ()
    files: tuple[tuple[str, bytes], ...] = ()
    folder: Path = field(default=Path(), init=False)

    def make_place(self) -> None:
        """Get a new place for the kernel, with these files in it; ``folder`` is where the grader sees it."""
        handed_in = sum(len(content) for _, content in self.files) // 1024**2 + 1
        self.folder = self.nursery.make_place(self.slot, self.limits.file_megabytes + handed_in)
        write_files(self.files, place.work_of(self.folder))

    def inner(self, path: Path) -> Path:
        """A path in the place as the kernel sees it."""
        if not self.nursery.sandboxed:
            return path
        top, *below = path.relative_to(self.folder).parts
        return KERNEL_FOLDER.joinpath(*below if top == "left" else (top, *below))


class SandboxSpecManager(KernelSpecManager):
    """Knows one kernel: ours, whatever name a notebook asks for."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """The specification of the sandboxed kernel."""
        return KernelSpec(
            argv=[], display_name="Python 3 (sandbox)", language="python", interrupt_mode="signal",
            metadata={"kernel_provisioner": {"provisioner_name": NAME, "config": {}}},
        )  # fmt: skip


class SandboxProvisioner(KernelProvisionerBase):
    """One kernel in the sandbox. ``start_kernel(confinement=…)`` of a kernel manager says which."""

    _confinement: Confinement | None = None
    _status: int | None = None
    pid: int | None = None

    @property
    def has_process(self) -> bool:
        """Whether a kernel was started and not cleaned up since."""
        return self._confinement is not None

    async def pre_launch(self, **options: Any) -> dict[str, Any]:
        """Make the kernel's place, and write there how it is reached, with the paths by which the kernel knows it."""
        confinement = options.pop("confinement")
        await asyncio.to_thread(confinement.make_place)
        self._confinement = confinement
        manager: Any = self.parent
        manager.transport, manager.ip, manager.cache_ports = "ipc", str(place.out_of(confinement.folder) / "s"), False
        for number, port in enumerate(_PORTS, start=1):
            setattr(manager, port, number)
        self.connection_info = manager.get_connection_info()
        told = {
            **self.connection_info,
            "ip": str(confinement.inner(Path(manager.ip))),
            "key": manager.session.key.decode(),
        }
        (confinement.folder / "in" / CONNECTION).write_text(json.dumps(told))
        return {**options, "cmd": [], "confinement": confinement}

    async def launch_kernel(self, cmd: list[str], **options: Any) -> KernelConnectionInfo:
        """Fork it."""
        confinement = options["confinement"]
        self.pid = await asyncio.to_thread(
            confinement.nursery.start, confinement.slot, confinement.limits, confinement.withheld
        )
        return self.connection_info

    async def wait_for_sockets(self) -> None:
        """Wait until the kernel has bound its sockets; a client connects once and never again.

        Raises:
            SandboxError: the kernel ended, or took too long.
        """
        confinement, deadline = self._confinement, time.monotonic() + _START_SECONDS
        if confinement is None:
            raise SandboxError("No kernel was started, so none will have sockets.")
        while not (place.out_of(confinement.folder) / READY).exists():
            if await self.poll() is not None or time.monotonic() > deadline:
                words = place.last_words(confinement.folder).rpartition("\n")[2] or self.state()["why"]
                raise SandboxError(f"A kernel does not start in the sandbox: {words or 'it said nothing'}.")
            await asyncio.sleep(_SOCKET_SECONDS)

    def state(self) -> dict[str, Any]:
        """What the nursery knows of it: whether it runs, why it was ended, its CPU seconds and peak memory."""
        if self._confinement is None:
            return {"running": False, "status": 0, "why": "", "cpu": 0.0, "peak": 0}
        return self._confinement.nursery.ask(do="state", slot=self._confinement.slot)

    def waits(self) -> dict[str, float]:
        """For how long each of its threads has waited for a processor (``patience``)."""
        return (
            {} if self._confinement is None else self._confinement.nursery.ask(do="waits", slot=self._confinement.slot)
        )

    async def poll(self) -> int | None:
        """None while it runs, then its exit code."""
        if self._confinement is None:
            return 0
        found = await asyncio.to_thread(self.state)
        return None if found["running"] else int(found["status"] or 0)

    async def wait(self) -> int | None:
        """Wait until it has ended."""
        while (status := await self.poll()) is None:
            await asyncio.sleep(_POLL_SECONDS)
        return status

    async def send_signal(self, signum: int) -> None:
        """Send it a signal; 0 asks whether it is there."""
        if signum and self._confinement is not None:
            nursery, slot = self._confinement.nursery, self._confinement.slot
            await asyncio.to_thread(nursery.ask, do="signal", slot=slot, number=int(signum))

    async def kill(self, restart: bool = False) -> None:
        """End it and everything that it started."""
        if self._confinement is not None:
            await asyncio.to_thread(self._confinement.nursery.ask, do="end", slot=self._confinement.slot)

    async def terminate(self, restart: bool = False) -> None:
        """As ``kill``: there is nothing to be saved."""
        await self.kill(restart)

    async def cleanup(self, restart: bool = False) -> None:
        """Remove its sockets and files."""
        if self._confinement is not None:
            await asyncio.to_thread(self._confinement.nursery.leave_place, self._confinement.slot)
        self._confinement = None

    async def interrupt(self) -> None:
        """What Jupyter's stop button does."""
        await self.send_signal(signal.SIGINT)
