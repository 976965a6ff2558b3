"""A fresh kernel: one that does not start, one that does not stop."""

from __future__ import annotations

import json

import pytest

from rnncourse.notebooks import runs
from rnncourse.notebooks.kernels import KernelEndedError, NoKernelError, find_kernel, start_kernel

from made_notebooks import CHAPTER, kernel_spec, notebook, write


def test_a_cell_that_cannot_be_interrupted_ends_the_run(tmp_path, monkeypatch):
    monkeypatch.setattr("rnncourse.notebooks.kernels._INTERRUPT_SECONDS", 1.0)
    stubborn = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"
    with start_kernel(tmp_path) as kernel, pytest.raises(KernelEndedError, match="could not be interrupted"):
        kernel.execute(stubborn, 0.5)


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["/no/such/python", "-m", "ipykernel"], "starts /no/such/python, which does not exist"),
        (["python", "-c", "raise SystemExit('no luck')"], "does not start: no luck"),
        ([], "starts nothing, which does not exist"),
    ],
)
def test_a_kernel_that_does_not_start(tmp_path, monkeypatch, argv, message):
    path = write(notebook(), tmp_path / "copy")
    kernel_spec(
        tmp_path / "jupyter", monkeypatch, json.dumps({"argv": argv, "display_name": "P", "language": "python"})
    )
    with pytest.raises(NoKernelError) as caught:
        runs.run(path, CHAPTER)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_kernel_spec_that_is_not_json(tmp_path, monkeypatch):
    kernel_spec(tmp_path, monkeypatch, "{")
    with pytest.raises(NoKernelError, match=r"cannot be read .* pip install --force-reinstall ipykernel"):
        find_kernel()
