"""The class that several modules look at; whoever changes something copies it first."""

from __future__ import annotations

import os

import pytest
from filelock import FileLock

from made_classes import (
    make_course,
    run_command,
)


@pytest.fixture(scope="session")
def graded(tmp_path_factory):
    """A class of three, graded by the command: by the worker that needs it first, for all workers of a run."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    course, said = folder / "graded_class", folder / "graded_class.stdout"
    with FileLock(folder / "graded_class.lock"):
        if not said.exists():
            course.mkdir()
            done = run_command(make_course(course))
            assert done.returncode == 0, done.stderr
            said.write_text(done.stdout)
    return course, said.read_text()
