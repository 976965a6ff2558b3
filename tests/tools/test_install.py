"""The line that moves while the course is installed; what is said where pip fails, or the disk is full."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import pytest

from tools import install

PIP = """\
Obtaining file:///course
Collecting tensorflow<3,>=2.18 (from rnncourse==0.1.0)
  Downloading tensorflow-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl (573.0 MB)
Progress 0 of 573000000
Progress 286500000 of 573000000
Collecting absl-py>=1.0.0 (from tensorflow)
  Using cached absl_py-2.3.1-py3-none-any.whl (135 kB)
Progress 1 of 0
Installing collected packages: tensorflow, absl-py, rnncourse
Successfully installed absl-py-2.3.1
""".splitlines(keepends=True)


def test_the_line_says_what_is_under_way_and_how_far():
    meter = install.Meter()
    remarks = [meter.take(line) for line in PIP[:5]]
    assert meter.line(75.9) == "1:15  1 packages, 0.57 GB  fetching tensorflow, 50% of 573 MB"
    remarks += [meter.take(line) for line in PIP[5:8]]
    assert meter.line(3600) == "60:00  2 packages, 0.57 GB  found here: absl_py"
    remarks += [meter.take(line) for line in PIP[8:]]
    assert meter.line(0) == "0:00  2 packages, 0.57 GB  installed"
    assert [remark for remark in remarks if remark] == [
        "fetching tensorflow (573 MB)",
        "unpacking 3 packages, a minute or two",
    ]


def test_where_no_line_can_move_what_is_big_gets_a_line(capsys):
    last = install.follow(PIP, moving=False)
    assert capsys.readouterr().out.splitlines() == [
        "  fetching tensorflow (573 MB)",
        "  unpacking 3 packages, a minute or two",
        "0:00  2 packages, 0.57 GB  installed",
    ]
    assert last[-1] == "Successfully installed absl-py-2.3.1"
    assert not [line for line in last if line.startswith("Progress")]


def test_a_line_that_moves_is_one_line(capsys):
    install.follow(PIP, moving=True)
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert out.rpartition("\r")[2].strip() == "0:00  2 packages, 0.57 GB  installed"


@pytest.mark.parametrize(
    ("extras", "installed"), [([], "."), (["test"], ".[test]"), (["test", "site"], ".[test,site]")]
)
def test_it_installs_into_the_environment_what_is_asked_for_and_compiles_it(extras, installed, monkeypatch, tmp_path):
    ran = []
    monkeypatch.setattr(subprocess, "run", lambda step, **_: ran.append(step) or SimpleNamespace(returncode=0))
    fake = SimpleNamespace(stdout=iter(PIP), wait=lambda: 0, returncode=0)
    monkeypatch.setattr(subprocess, "Popen", lambda command, **_: ran.append(command) or fake)
    assert install.main([str(tmp_path / "venv"), *extras]) == 0
    made, _, pip, compiled = ran
    assert made == [sys.executable, "-m", "venv", str(tmp_path / "venv")]
    assert pip[-2:] == ["--editable", installed]
    assert "compileall" in compiled[-1]
    assert pip[0] == compiled[0]
    assert pip[0].startswith(str(tmp_path / "venv"))


def test_what_is_installed_in_an_environment_is_compiled(tmp_path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path], check=True)
    (packages,) = tmp_path.glob("[Ll]ib/**/site-packages")
    (packages / "ours.py").write_text("x = 1")
    (packages / "theirs.py").write_text("print 'of Python 2'")
    python = next(path for folder in ("bin", "Scripts") for path in tmp_path.glob(f"{folder}/python*"))
    done = subprocess.run([python, "-c", install._COMPILE], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
    assert [path.name.split(".")[0] for path in packages.glob("__pycache__/*.pyc")] == ["ours"]


def test_a_failure_shows_pips_last_lines(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(subprocess, "run", lambda step, **_: SimpleNamespace(returncode=0))
    fake = SimpleNamespace(stdout=iter(["ERROR: no such host\n"]), wait=lambda: 1, returncode=1)
    monkeypatch.setattr(subprocess, "Popen", lambda command, **_: fake)
    assert install.main([str(tmp_path / "venv")]) == 1
    said = capsys.readouterr().err
    assert "ERROR: no such host" in said
    assert "The same command goes on where it stopped." in said


def test_without_room_nothing_is_begun(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(install.shutil, "disk_usage", lambda place: SimpleNamespace(free=1e9))
    assert install.main([str(tmp_path / "venv")]) == 2
    assert "There are 1.0 GB free here" in capsys.readouterr().err
    assert not (tmp_path / "venv").exists()
