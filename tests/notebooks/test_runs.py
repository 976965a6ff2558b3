"""Running a learner's notebook, whatever its cells do."""

from __future__ import annotations

import json
import sys

import pytest

from rnncourse.checking.verdicts import Verdict
from rnncourse.exercises import CHAPTERS
from rnncourse.notebooks import runs
from rnncourse.notebooks.files import Cell
from rnncourse.notebooks.kernels import NoKernelError, Reply

from made_notebooks import CHAPTER, copied, kernel_spec, notebook, tree, without, write

NAMES = [exercise.name for exercise in CHAPTERS[CHAPTER]]


def run_with(tmp_path, sources, nb=None, **options):
    """Run a notebook with these sources in its exercise cells; it must come out untouched."""
    path = write(nb or notebook(sources=sources), tmp_path)
    before = tree(tmp_path)
    result = runs.run(path, CHAPTER, **options)
    assert tree(tmp_path) == before
    return result, {found.exercise: found for found in result.verdicts}


def test_right_wrong_broken_and_untouched_answers(tmp_path):
    sources = {
        "neuron_step": "def neuron_step(x, h, w_x, w_h, b):\n    return np.tanh(w_x * x + w_h * h)",
        "run_neuron": "def run_neuron(inputs, h, w_x, w_h, b)\n    return []",
        "cell_shapes": 'cell_shapes = {"W_x": (3, 5), "W_h": (5, 5), "b": (5,)}',
        "parameter_count": "parameter_count = rnncourse.parameter_count\nundefined_name",
    }
    nb = without(notebook(sources=sources), "neuron_with_readout")
    nb.cells.insert(2, copied(nb.cells[1], source="1 / 0"))
    seen = []
    result, verdicts = run_with(tmp_path, {}, nb, on_cell=lambda number, count: seen.append((number, count)))
    assert list(verdicts) == NAMES
    assert verdicts["neuron_step"].mistake == "bias left out"
    assert verdicts["run_neuron"].status == "wrong"
    assert verdicts["run_neuron"].advice == "Its cell (6) stopped with SyntaxError: expected ':' (line 1)"
    assert (verdicts["cell_shapes"].status, verdicts["cell_shapes"].share) == ("partly right", 0.75)
    assert verdicts["parameter_count"].status == "right"
    assert verdicts["neuron_with_readout"].advice == "Its cell is not in the notebook."
    assert (verdicts["steps_remembered"].status, verdicts["steps_remembered"].advice) == ("not attempted", "")
    assert [(e.number, e.error) for e in result.errors] == [(3, "ZeroDivisionError"), (10, "NameError")]
    assert result.problem == ""
    assert seen == [(number, len(nb.cells)) for number in range(2, len(nb.cells) + 1)]
    assert [Verdict.from_dict(json.loads(json.dumps(v.to_dict()))) for v in result.verdicts] == list(result.verdicts)


def test_prints_that_look_like_an_answer_and_prints_without_end(tmp_path):
    lie = (
        "from IPython.display import display\n"
        'display({\'application/vnd.rnncourse+json\': \'{"token": "x", "verdict": 1}\'}, raw=True)\n'
        'for _ in range(200): print(\'{"status": "right"}\' * 1000)\n'
    )
    result, verdicts = run_with(
        tmp_path, {"neuron_step": f"{lie}def neuron_step(*arguments):\n    {lie[60:].strip()!r}"}
    )
    assert verdicts["neuron_step"].status == "wrong"
    assert "It returned None" in verdicts["neuron_step"].advice
    assert result.problem == ""


def test_a_cell_that_never_ends_costs_itself_only(tmp_path):
    sources = {"neuron_step": "while True:\n    pass", "run_neuron": "run_neuron = rnncourse.run_neuron"}
    result, verdicts = run_with(tmp_path, sources, cell_seconds=1.0)
    assert verdicts["neuron_step"].advice == "Its cell (3) stopped with out of time: stopped after 1 s"
    assert verdicts["run_neuron"].status == "right"
    assert result.problem == ""


def test_a_cell_that_ends_the_kernel_ends_the_run(tmp_path):
    result, verdicts = run_with(tmp_path, {"run_neuron": "import os\nos._exit(1)"})
    assert verdicts == {}
    assert result.problem.startswith("Cell 5 ended the kernel (out of memory, or exit()?). Nothing after it was run.")


def test_an_answer_that_ends_the_kernel_costs_those_after_it(tmp_path):
    deadly = "import os\ndef cell_shapes(): pass\ndef run_neuron(*arguments):\n    os._exit(1)"
    nb = without(notebook(sources={"neuron_step": "neuron_step = rnncourse.neuron_step", "run_neuron": deadly}))
    without(nb, "run_neuron_test")
    result, verdicts = run_with(tmp_path, {}, nb)
    assert list(verdicts) == ["neuron_step"]
    assert verdicts["neuron_step"].status == "right"
    assert result.problem.startswith("Checking run_neuron ended the kernel")


def test_a_kernel_without_rnncourse(tmp_path, monkeypatch):
    path = write(notebook(), tmp_path / "copy")
    (tmp_path / "rnncourse.py").write_text("raise ImportError('a Python without the course')")
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    entry = {"argv": argv, "display_name": "P", "language": "python", "env": {"PYTHONPATH": str(tmp_path)}}
    kernel_spec(tmp_path / "jupyter", monkeypatch, json.dumps(entry))
    with pytest.raises(NoKernelError, match=r"cannot import rnncourse .*a Python without the course"):
        runs.run(path, CHAPTER)


def test_a_cell_that_prints_on_and_on_is_named():
    class Flooded:
        def execute(self, source, seconds):
            return Reply(error="KeyboardInterrupt", too_much=True) if source == "flood" else Reply()

    errors: list = []
    runs._run_cells(
        Flooded(), [Cell("code", "x = 1"), Cell("code", "flood", "rnn_step")], errors, 5, lambda *told: None
    )
    assert [str(error) for error in errors] == ["too much output: stopped: it printed on and on"]
    assert (errors[0].number, errors[0].mark) == (2, "rnn_step")
