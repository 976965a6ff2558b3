"""Jupyter's way to a kernel in the sandbox: connections seen from both sides, and a kernel that is not there yet."""

from __future__ import annotations

import asyncio
import json

import pytest
from jupyter_client.manager import KernelManager

from rnncourse.grading.sandbox import place, provisioner
from rnncourse.grading.sandbox.confine import Limits
from rnncourse.grading.sandbox.provisioner import NAME, Confinement, SandboxProvisioner, SandboxSpecManager
from rnncourse.grading.sandbox.walls import SandboxError


class FakeNursery:
    """Remembers what it was asked, and answers what the test says."""

    def __init__(self, folder, sandboxed=True):
        self.place, self.sandboxed, self.asked = folder / "k3-1", sandboxed, []
        self.state = {"running": True, "status": None, "why": ""}

    def make_place(self, slot, megabytes):
        self.asked.append(("place", slot, megabytes))
        place.lay_out(self.place)
        return self.place

    def leave_place(self, slot):
        place.clear_away(self.place)

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


@pytest.mark.parametrize(("sandboxed", "inside"), [(True, "/run/kernel/out/s"), (False, "{folder}/left/out/s")])
def test_a_kernel_is_told_the_paths_that_it_sees(tmp_path, sandboxed, inside):
    nursery = FakeNursery(tmp_path, sandboxed)
    confinement = Confinement(nursery, 3, Limits(), ("rnncourse.cells:rnn_step",), (("a/data.csv", b"1,2\n"),))
    kernel = made()

    async def launch():
        options = await kernel.pre_launch(confinement=confinement)
        return await kernel.launch_kernel(**options)

    info = asyncio.run(launch())
    folder = confinement.folder
    assert folder == nursery.place
    assert info["ip"] == str(folder / "left" / "out" / "s")
    told = json.loads((folder / "in" / "sandbox.json").read_text())
    assert told["ip"] == inside.format(folder=folder)
    assert (told["transport"], told["key"]) == ("ipc", info["key"].decode())
    assert (folder / "left" / "home" / "work" / "a" / "data.csv").read_text() == "1,2\n"
    assert nursery.asked.pop(0) == ("place", 3, Limits().file_megabytes + 1)
    assert nursery.asked == [("start", 3, Limits(), ("rnncourse.cells:rnn_step",))]
    question = folder / "in" / "t.question"
    assert str(confinement.inner(question)) == ("/run/kernel/in/t.question" if sandboxed else str(question))
    assert (kernel.pid, kernel.has_process) == (4711, True)
    asyncio.run(kernel.send_signal(2))
    asyncio.run(kernel.send_signal(0))
    asyncio.run(kernel.kill())
    assert nursery.asked[1:] == [("signal", 3, 2), ("end", 3)]
    asyncio.run(kernel.cleanup())
    assert not folder.exists()
    assert not kernel.has_process


@pytest.fixture
def starting(tmp_path):
    """A kernel that is being started."""
    kernel = made()
    kernel._confinement = Confinement(FakeNursery(tmp_path), 0, Limits())
    kernel._confinement.make_place()
    return kernel


def test_a_kernel_that_ends_before_its_sockets_are_there_is_quoted(starting):
    confinement = starting._confinement
    confinement.nursery.state = {"running": False, "status": 1, "why": "used more than 9 MB of memory"}
    for said in ("used more than 9 MB", "OSError: no room"):
        with pytest.raises(SandboxError, match=f"does not start in the sandbox: {said}"):
            asyncio.run(starting.wait_for_sockets())
        place.log_of(confinement.folder).write_text("Traceback\nOSError: no room\n")


def test_g1_a_kernel_that_ends_before_it_has_a_log_is_worded_all_the_same(starting):
    starting._confinement.nursery.state = {"running": False, "status": 1, "why": ""}
    with pytest.raises(SandboxError, match=r"does not start in the sandbox: it said nothing\."):
        asyncio.run(starting.wait_for_sockets())


def test_a_kernel_that_takes_too_long_is_not_waited_for(starting, monkeypatch):
    monkeypatch.setattr(provisioner, "_START_SECONDS", 0.0)
    place.log_of(starting._confinement.folder).write_text("still importing")
    with pytest.raises(SandboxError, match="still importing"):
        asyncio.run(starting.wait_for_sockets())


def test_of_a_kernel_that_was_never_started_nothing_is_asked():
    kernel = made()
    assert kernel.state()["running"] is False
    assert kernel.waits() == {}
    assert asyncio.run(kernel.poll()) == asyncio.run(kernel.wait()) == 0
    for nothing in (kernel.kill(), kernel.terminate(), kernel.interrupt(), kernel.cleanup()):
        assert asyncio.run(nothing) is None
    with pytest.raises(SandboxError, match="No kernel was started"):
        asyncio.run(kernel.wait_for_sockets())
