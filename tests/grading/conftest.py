"""The class that several modules look at; whoever changes something copies it first."""

from __future__ import annotations

import pytest

from made_classes import (
    make_course,
    run_command,
)


@pytest.fixture(scope="session")
def graded(tmp_path_factory):
    """A class of three, graded by the command."""
    course = make_course(tmp_path_factory.mktemp("class"))
    done = run_command(course)
    assert done.returncode == 0, done.stderr
    return course, done.stdout
