"""Jupyter's way to a kernel in the sandbox: connections seen from both sides, and a kernel that is not there yet."""

from __future__ import annotations

import asyncio
import json

import pytest
from jupyter_client.manager import KernelManager

from rnncourse.grading.sandbox import provisioner
from rnncourse.grading.sandbox.confine import Limits
from rnncourse.grading.sandbox.provisioner import NAME, Confinement, SandboxProvisioner, SandboxSpecManager
from rnncourse.grading.sandbox.walls import SandboxError


class FakeNursery:
    """Remembers what it was asked, and answers what the test says."""

    def __init__(self, folder, sandboxed=True):
        self.folder, self.sandboxed, self.asked = folder, sandboxed, []
        self.state = {"running": True, "status": None, "why": ""}

    def start(self, *arguments):
        self.asked.append(("start", *arguments))
        return 4711

    def ask(self, **request):
        self.asked.append(tuple(request.values()))
        return self.state


def made() -> SandboxProvisioner:
    manager = KernelManager(kernel_name=NAME, kernel_spec_manager=SandboxSpecManager())
    return SandboxProvisioner(kernel_id="1", kernel_spec=manager.kernel_spec, parent=manager)


def test_whatever_kernel_a_notebook_names_it_gets_ours():
    for name in ("python3", "evil", NAME):
        spec = SandboxSpecManager().get_kernel_spec(name)
        assert spec.metadata["kernel_provisioner"]["provisioner_name"] == NAME
        assert spec.argv == []


@pytest.mark.parametrize(("sandboxed", "inside"), [(True, "/run/kernel/out/s"), (False, "{folder}/out/s")])
def test_a_kernel_is_told_the_paths_that_it_sees(tmp_path, sandboxed, inside):
    files = tmp_path / "files"
    files.mkdir()
    (files / "data.csv").write_text("1,2\n")
    nursery = FakeNursery(tmp_path, sandboxed)
    confinement = Confinement(nursery, 3, Limits(), ("rnncourse.cells:rnn_step",), files)
    folder, kernel = confinement.folder, made()

    async def launch():
        options = await kernel.pre_launch(confinement=confinement)
        return await kernel.launch_kernel(**options)

    info = asyncio.run(launch())
    assert folder == tmp_path / "k3"
    assert info["ip"] == str(folder / "out" / "s")
    told = json.loads((folder / "in" / "sandbox.json").read_text())
    assert told["ip"] == inside.format(folder=folder)
    assert (told["transport"], told["key"]) == ("ipc", json.loads((folder / "grader.json").read_text())["key"])
    assert (folder / "in" / "work" / "data.csv").read_text() == "1,2\n"
    assert nursery.asked == [("start", 3, folder, Limits(), ("rnncourse.cells:rnn_step",))]
    assert (kernel.pid, kernel.has_process) == (4711, True)
    asyncio.run(kernel.send_signal(2))
    asyncio.run(kernel.send_signal(0))
    asyncio.run(kernel.kill())
    assert nursery.asked[1:] == [("signal", 3, 2), ("end", 3)]
    asyncio.run(kernel.cleanup())
    assert not folder.exists()
    assert not kernel.has_process


def test_a_kernel_that_ends_before_its_sockets_are_there_is_quoted(tmp_path):
    nursery, kernel = FakeNursery(tmp_path), made()
    nursery.state = {"running": False, "status": 1, "why": "used more than 9 MB of memory"}
    kernel._confinement = Confinement(nursery, 0, Limits())
    kernel._confinement.folder.mkdir()
    log = kernel._confinement.folder / "kernel.log"
    log.write_text("")
    with pytest.raises(SandboxError, match="does not start in the sandbox: used more than 9 MB"):
        asyncio.run(kernel.wait_for_sockets())
    log.write_text("Traceback\nOSError: no room\n")
    with pytest.raises(SandboxError, match="does not start in the sandbox: OSError: no room"):
        asyncio.run(kernel.wait_for_sockets())


def test_g1_a_kernel_that_ends_before_it_has_a_log_is_worded_all_the_same(tmp_path):
    nursery, kernel = FakeNursery(tmp_path), made()
    nursery.state = {"running": False, "status": 1, "why": ""}
    kernel._confinement = Confinement(nursery, 0, Limits())
    with pytest.raises(SandboxError, match=r"does not start in the sandbox: it said nothing\."):
        asyncio.run(kernel.wait_for_sockets())


def test_of_a_long_log_the_end_is_read(tmp_path):
    (tmp_path / "kernel.log").write_text("a" * 100_000 + "the end\n")
    assert provisioner.kernel_log(tmp_path).endswith("athe end")
    assert len(provisioner.kernel_log(tmp_path)) < 10_000
    assert provisioner.kernel_log(tmp_path / "nowhere") == ""


def test_a_kernel_that_takes_too_long_is_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(provisioner, "_START_SECONDS", 0.0)
    kernel = made()
    kernel._confinement = Confinement(FakeNursery(tmp_path), 0, Limits())
    kernel._confinement.folder.mkdir()
    (kernel._confinement.folder / "kernel.log").write_text("still importing")
    with pytest.raises(SandboxError, match="still importing"):
        asyncio.run(kernel.wait_for_sockets())


def test_of_a_kernel_that_was_never_started_nothing_is_asked():
    kernel = made()
    assert kernel.state()["running"] is False
    assert asyncio.run(kernel.poll()) == asyncio.run(kernel.wait()) == 0
    for nothing in (kernel.kill(), kernel.terminate(), kernel.interrupt(), kernel.cleanup()):
        assert asyncio.run(nothing) is None
    with pytest.raises(SandboxError, match="No kernel was started"):
        asyncio.run(kernel.wait_for_sockets())
