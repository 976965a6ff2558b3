"""Kernels from the nursery, for everything of Jupyter's that starts kernels.

``jupyter_client`` asks a *provisioner* for a process and its connection. This one forks the process in the sandbox and
talks to it over sockets in a folder (transport ipc), since the sandbox has no network.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.provisioning import KernelProvisionerBase

from rnncourse.grading.sandbox.confine import KERNEL_FOLDER, Limits
from rnncourse.grading.sandbox.nursery import Nursery
from rnncourse.grading.sandbox.walls import SandboxError
from rnncourse.grading.sandbox.zygote import READY

NAME = "rnncourse-sandbox"
_PORTS = ("shell_port", "iopub_port", "stdin_port", "hb_port", "control_port")
_POLL_SECONDS, _SOCKET_SECONDS, _START_SECONDS = 0.05, 0.005, 60.0
_LOG_READ = 4000


@dataclass
class Confinement:
    """Where and how a kernel is to be started.

    Attributes:
        nursery: the process to fork it from.
        slot: its number among those that run at the same time.
        limits: what it may use.
        withheld: functions of the package that are taken out of it, ``module:function``.
        files: a folder whose files it finds in its working directory, or None.
    """

    nursery: Nursery
    slot: int
    limits: Limits
    withheld: tuple[str, ...] = ()
    files: Path | None = None

    @property
    def folder(self) -> Path:
        """The kernel's own folder, as the grader sees it."""
        return self.nursery.folder / f"k{self.slot}"


def kernel_log(folder: Path) -> str:
    """The last that a kernel said of itself; '' where it ended before it said anything, or it cannot be read.

    Args:
        folder: the kernel's own.
    """
    try:
        with (folder / "kernel.log").open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _LOG_READ))
            return file.read(_LOG_READ).decode(errors="replace").strip()
    except OSError:
        return ""


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
        """Write the connection twice: with the paths of the grader and with those of the sandbox."""
        confinement = options.pop("confinement")
        folder = confinement.folder
        shutil.rmtree(folder, ignore_errors=True)
        for name in ("in/work", "out"):
            (folder / name).mkdir(parents=True)
        if confinement.files is not None:
            shutil.copytree(confinement.files, folder / "in" / "work", dirs_exist_ok=True)
        manager: Any = self.parent
        manager.transport, manager.ip, manager.cache_ports = "ipc", str(folder / "out" / "s"), False
        manager.connection_file = str(folder / "grader.json")
        for number, port in enumerate(_PORTS, start=1):
            setattr(manager, port, number)
        manager.write_connection_file()
        self.connection_info = manager.get_connection_info()
        inside = KERNEL_FOLDER if confinement.nursery.sandboxed else folder
        told = {**json.loads((folder / "grader.json").read_text()), "ip": str(inside / "out" / "s")}
        (folder / "in" / "sandbox.json").write_text(json.dumps(told))
        return {**options, "cmd": [], "confinement": confinement}

    async def launch_kernel(self, cmd: list[str], **options: Any) -> KernelConnectionInfo:
        """Fork it."""
        confinement = options["confinement"]
        self.pid = await asyncio.to_thread(
            confinement.nursery.start, confinement.slot, confinement.folder, confinement.limits, confinement.withheld
        )
        self._confinement = confinement
        return self.connection_info

    async def wait_for_sockets(self) -> None:
        """Wait until the kernel has bound its sockets; a client connects once and never again.

        Raises:
            SandboxError: the kernel ended, or took too long.
        """
        confinement, deadline = self._confinement, time.monotonic() + _START_SECONDS
        if confinement is None:
            raise SandboxError("No kernel was started, so none will have sockets.")
        while not (confinement.folder / "out" / READY).exists():
            if await self.poll() is not None or time.monotonic() > deadline:
                words = kernel_log(confinement.folder).rpartition("\n")[2] or self.state()["why"]
                raise SandboxError(f"A kernel does not start in the sandbox: {words or 'it said nothing'}.")
            await asyncio.sleep(_SOCKET_SECONDS)

    def state(self) -> dict[str, Any]:
        """What the nursery knows of it: whether it runs, why it was ended, its CPU seconds and peak memory."""
        if self._confinement is None:
            return {"running": False, "status": 0, "why": "", "cpu": 0.0, "peak": 0}
        return self._confinement.nursery.ask(do="state", slot=self._confinement.slot)

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
            shutil.rmtree(self._confinement.folder, ignore_errors=True)
        self._confinement = None

    async def interrupt(self) -> None:
        """What Jupyter's stop button does."""
        await self.send_signal(signal.SIGINT)
