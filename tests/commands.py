"""Commands as a learner or an instructor types them, and what must hold of one that refuses."""

from __future__ import annotations

import re

from typer.testing import CliRunner

from rnncourse.cli.app import app

from made_notebooks import tree


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], prog_name="rnncourse")


def refused(folder, *arguments):
    """Run a command that must refuse: exit code 2, one line on stderr, not a byte changed. Returns the line."""
    before = tree(folder)
    done = run(*arguments)
    assert done.exit_code == 2, done.output
    assert done.stdout == ""
    assert re.fullmatch(r"rnncourse: .+\n", done.stderr), done.stderr
    assert tree(folder) == before
    return done.stderr


def no_kernel(monkeypatch):
    """Jupyter knows no kernel."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    def fail(self, name):
        raise NoSuchKernel(name)

    monkeypatch.setattr(KernelSpecManager, "get_kernel_spec", fail)


def no_display(monkeypatch):
    """There is nowhere to open a browser."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
