"""What the grader keeps between runs: results, old and new, a lock, files that are whole."""

from __future__ import annotations

import shutil
import subprocess

from made_classes import (
    command,
    expected_scores,
    scores_of,
)
from sandboxed import needs_sandbox


@needs_sandbox
def test_two_graders_at_once_do_not_meet(graded, tmp_path):
    course = tmp_path / "copy"
    shutil.copytree(graded[0], course, symlinks=True)
    both = [subprocess.Popen(command(course, "--force"), stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [each.communicate()[1] for each in both]
    assert sorted(each.returncode for each in both) in ([0, 2], [0, 0])
    assert all(not words or "Another grader is at work" in words for words in said)
    assert scores_of(course) == expected_scores(3)
