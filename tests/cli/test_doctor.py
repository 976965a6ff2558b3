"""What the doctor finds: packages, memory within a container, kernels, a copy that is damaged."""

from __future__ import annotations

import tomllib
from importlib import metadata
from types import SimpleNamespace

import pytest

from rnncourse.cli import doctor, updating
from rnncourse.notebooks import kernels
from tools.authoring import ROOT

from commands import no_kernel

OTHER, GIGABYTE = "02_kinds_of_rnn", 1024**3


def levels(look):
    return [(finding.level.value, finding.text, finding.advice) for finding in look()]


def test_doctor_on_packages(monkeypatch):
    versions = {"keras": "3.16.0"}

    def version(name):
        if name == "numpy":
            raise metadata.PackageNotFoundError(name)
        return versions.get(name) or found(name)

    found = metadata.version
    monkeypatch.setattr(metadata, "version", version)
    problems = [entry for entry in levels(doctor._packages) if entry[0] == "problem"]
    assert [text for _, text, _ in problems] == [
        "keras is 3.16.0, expected <3.16,>=3.15",
        "numpy is not installed",
    ]
    assert all("-m pip install" in advice for _, _, advice in problems)


def test_doctor_reads_the_requirements_of_a_checkout_that_is_not_installed(monkeypatch):
    def missing(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", missing)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert doctor._requirements() == project["dependencies"]


@pytest.mark.parametrize(("free", "level"), [(8.0, "ok"), (1.5, "warning"), (0.5, "problem")])
def test_doctor_on_memory(monkeypatch, free, level):
    monkeypatch.setattr(doctor, "_free_memory", lambda: int(free * GIGABYTE))
    assert [entry[0] for entry in levels(doctor._memory)] == [level]


class ControlGroups:
    """Made-up files of Linux's control groups."""

    def __init__(self, folder):
        self.root, self.own = folder / "cgroup", folder / "self"

    def version_2(self, place, limit, used, inactive):
        stat = f"anon 5\nfile {used}\ninactive_anon 7\ninactive_file {inactive}\nactive_file 3\n"
        self._write(self.root / place, {"memory.max": limit, "memory.current": used, "memory.stat": stat})

    def version_1(self, place, limit, used, inactive):
        stat = f"cache 5\ninactive_file 1\ntotal_cache {used}\ntotal_inactive_file {inactive}\n"
        names = {"memory.limit_in_bytes": limit, "memory.usage_in_bytes": used, "memory.stat": stat}
        self._write(self.root / "memory" / place, names)

    def _write(self, folder, contents):
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            (folder / name).write_text(f"{content}\n")

    def free(self, own):
        self.own.write_text(own)
        return doctor._free_in_control_groups(self.root, self.own)


@pytest.fixture
def groups(tmp_path):
    return ControlGroups(tmp_path)


def test_cache_that_is_given_back_counts_as_free(groups):
    groups.version_2("", limit=4_000, used=3_900, inactive=3_000)
    assert groups.free("0::/\n") == [3_100]


def test_the_limits_of_all_groups_around_count(groups):
    groups.version_2("system/course", limit="max", used=3_000, inactive=0)
    groups.version_2("system", limit=8_000, used=5_000, inactive=1_000)
    assert groups.free("0::/system/course\n") == [4_000]
    groups.version_2("system/course", limit=3_500, used=3_000, inactive=100)
    assert groups.free("0::/system/course\n") == [600, 4_000]


def test_a_path_of_the_hosts_is_looked_up_at_the_top(groups):
    groups.version_2("", limit=4_000, used=1_000, inactive=0)
    assert groups.free("0::/docker/3f2a\n") == [3_000]


def test_control_groups_of_version_1(groups):
    groups.version_1("docker", limit=4_000, used=3_900, inactive=3_000)
    groups.version_1("", limit=2**63 - 4096, used=9_000, inactive=1_000)
    found = groups.free("3:cpu,cpuacct:/docker\n4:memory:/docker\n0::/docker\n")
    assert found[0] == 3_100
    assert found[1] > 2**62  # no limit: more than any machine has


@pytest.mark.parametrize("own", ["", "0::/\n", "4:memory:/\n", "nonsense\n"])
def test_without_a_limit_or_without_groups_the_machine_decides(groups, own, monkeypatch):
    groups.version_2("", limit="max", used=1_000, inactive=0)
    assert groups.free(own) == []
    monkeypatch.setattr(doctor, "_free_in_control_groups", lambda: [])
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=5_000))
    assert doctor._free_memory() == 5_000
    monkeypatch.setattr(doctor, "_free_in_control_groups", lambda: [7_000, 4_000])
    assert doctor._free_memory() == 4_000


def test_a_system_without_control_groups(tmp_path):
    assert doctor._free_in_control_groups(tmp_path / "none", tmp_path / "nothing") == []


def test_doctor_on_a_missing_kernel_and_missing_chapters(monkeypatch, release):
    no_kernel(monkeypatch)
    (release / OTHER / f"{OTHER}.ipynb").write_text("")
    [(level, text, _)] = levels(doctor._course)
    assert (level, text.startswith(f"chapter {OTHER}: It is empty.")) == ("problem", True)
    [(level, text, _)] = levels(doctor._kernel)
    assert (level, text.startswith("Jupyter has no kernel called python3.")) == ("problem", True)


def test_a_look_that_fails_itself_is_a_finding(monkeypatch):
    monkeypatch.setattr(doctor, "_LOOKS", {"odd": lambda: 1 / 0, "disk": doctor._disk})
    found = list(doctor.examine())
    assert (found[0].subject, found[0].level, found[0].text) == (
        "odd",
        "problem",
        "ZeroDivisionError: division by zero",
    )
    assert found[1].subject == "disk"


def test_doctor_on_a_kernel_that_cannot_import_tensorflow(monkeypatch):
    replies = [kernels.Reply(), kernels.Reply(error="ImportError", text="no AVX")]
    monkeypatch.setattr(kernels.Kernel, "execute", lambda self, code, seconds: replies.pop(0))
    assert [entry[0] for entry in levels(doctor._kernel)] == ["ok", "ok", "problem"]

    def end(self, code, seconds):
        raise kernels.KernelEndedError

    monkeypatch.setattr(kernels.Kernel, "execute", end)
    assert levels(doctor._kernel)[-1][:2] == ("problem", "importing it ended the kernel")


def test_doctor_on_a_damaged_progress_file(copy):
    assert levels(doctor._copy) == [("ok", str(copy), "")]
    (copy / "progress.json").write_text("")
    assert [entry[0] for entry in levels(doctor._copy)] == ["warning"]


def test_doctor_says_when_a_copy_is_behind(copy, release):
    path = release / OTHER / f"{OTHER}.ipynb"
    path.write_text(path.read_text().replace(f"# {OTHER}", "# A better title"))
    [(level, text, advice)] = levels(doctor._copy)
    assert (level, text) == ("warning", f"{copy} is behind the installed course: {OTHER}")
    assert advice.startswith("Run: rnncourse update")
    list(updating.update(copy))
    assert levels(doctor._copy) == [("ok", str(copy), "")]


def test_doctor_says_which_notebook_cannot_be_read(copy):
    (copy / OTHER / f"{OTHER}.ipynb").write_text('{"nbformat": 4, "cel')
    [(level, text, _)] = levels(doctor._copy)
    assert level == "warning"
    assert text.startswith(f"{OTHER}.ipynb: It is not JSON, so not a notebook")
