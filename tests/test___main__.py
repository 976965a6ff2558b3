"""``python -m rnncourse`` is the ``rnncourse`` command."""

from __future__ import annotations

import subprocess
import sys

import rnncourse
from rnncourse.cli import app


def test_the_module_runs_the_command_under_its_name():
    done = subprocess.run([sys.executable, "-m", "rnncourse", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"rnncourse {rnncourse.__version__}\n"
    done = subprocess.run([sys.executable, "-m", "rnncourse", "chek"], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("Usage: rnncourse [OPTIONS] COMMAND")


def test_importing_it_runs_nothing():
    done = subprocess.run(
        [sys.executable, "-c", "import rnncourse.__main__"], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("", "")
    from rnncourse.__main__ import main

    assert main is app.main
