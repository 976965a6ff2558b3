"""What a learner's code finds in the process in which it is graded, and what it does not."""

from __future__ import annotations

import json
import pkgutil
import subprocess
import sys
import textwrap

import pytest

import rnncourse
from rnncourse.exercises import CHAPTERS, Exercise
from rnncourse.grading.runs import Runner
from rnncourse.grading.sandbox import inside
from rnncourse.grading.sandbox.confine import Limits
from rnncourse.grading.sandbox.nursery import Nursery
from rnncourse.grading.sandbox.zygote import allowed_modules
from rnncourse.grading.submissions import Submission
from rnncourse.notebooks.files import TEST_SUFFIX, Cell

from sandboxed import needs_sandbox


@pytest.fixture(scope="module")
def runner():
    with Nursery() as nursery:
        made = Runner(nursery, 0, Limits(cell_seconds=20, seconds=120, memory=1500), seed=7)
        yield made
        made.close()


def printed(runner, chapter: str, source: str) -> str:
    """What a cell prints in a kernel in which a chapter is graded."""
    asks = [Cell("code", "", exercise.name + TEST_SUFFIX) for exercise in CHAPTERS[chapter]]
    cells = (Cell("code", source), *asks)
    result = runner.result_of(Submission("ada", chapter, cells))
    return "".join(output.get("text", str(output.get("evalue", ""))) for output in result.cells[0].outputs)


SEARCH = """
import gc, sys, types, rnncourse
gc.unfreeze()
wanted = set(bytes.fromhex(word) for word in {words!r})
functions = [thing for thing in gc.get_objects() if isinstance(thing, types.FunctionType)]
codes = [f.__code__ for f in functions]
found = [code.co_qualname for code in codes if code.co_code in wanted]
print(len(functions) > 1000, found)
"""


@needs_sandbox
@pytest.mark.parametrize("chapter", ["01_memory_cell", "11_lstm", "14_translation"])
def test_no_function_in_the_process_has_the_code_of_a_reference(runner, chapter):
    references = [e.reference for e in CHAPTERS[chapter] if isinstance(e, Exercise)]
    words = [r.__code__.co_code.hex() for r in references if len(r.__code__.co_code) > 24]
    assert words
    assert printed(runner, chapter, SEARCH.format(words=words)) == "True []\n"


@needs_sandbox
def test_exercises_and_sources_are_not_to_be_found(runner):
    source = """
import sys, pathlib, rnncourse
print(sorted(name for name in sys.modules if name.startswith("rnncourse.exercises")))
folder = pathlib.Path(rnncourse.__file__).parent
print([path.name for path in folder.rglob("*.py")])
try:
    import rnncourse.exercises.memory_cell
except ImportError:
    print("no exercises")
"""
    assert printed(runner, "01_memory_cell", source) == (
        "['rnncourse.exercises', 'rnncourse.exercises.definitions']\n[]\nno exercises\n"
    )


@needs_sandbox
def test_data_sets_are_there(runner):
    source = "import rnncourse\nprint(len(rnncourse.load_mnist(train=60, validation=20)[0].images))"
    assert printed(runner, "06_training_a_classifier", source).startswith("60")


# ------------------------------------------------------------------------------------ a process without answers
def tried(code: str) -> str:
    """What a program prints after it has made itself a process without answers."""
    head = "from rnncourse.grading.sandbox import inside\ninside.package_without_answers()\n"
    done = subprocess.run([sys.executable, "-c", head + textwrap.dedent(code)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_function_that_was_taken_out_says_so_under_all_its_names():
    code = """
        import rnncourse, rnncourse.cells as cells
        from rnncourse import rnn_step
        kept = rnn_step
        inside.withhold(["rnncourse.cells:rnn_step"])
        for function in (kept, rnncourse.rnn_step, cells.rnn_step):
            try:
                function(1, 2, bias=3)
            except inside.WithheldError as error:
                print(error)
        print(len(inside._hits), rnncourse.gru_step.__name__)
    """
    (*said, last) = tried(code).splitlines()
    assert said == [said[0]] * 3
    assert said[0].startswith(f"rnncourse.rnn_step {inside.WITHHELD}.")
    assert last == "3 gru_step"


def test_g3_a_class_that_was_taken_out_cannot_be_made_nor_its_methods_called():
    code = """
        import rnncourse
        cell, cls = rnncourse.PeepholeLSTMCell(3), rnncourse.PeepholeLSTMCell
        inside.withhold(["rnncourse.layers:PeepholeLSTMCell"])
        for call in (lambda: cls(3), lambda: cell.call(1, 2), lambda: cell.build((1, 2)), lambda: cls(units=2)):
            try:
                print(call())
            except inside.WithheldError as error:
                print(str(error).split(" ")[0])
    """
    kind = "rnncourse.PeepholeLSTMCell"
    assert tried(code).split() == [f"{kind}.__init__", f"{kind}.call", f"{kind}.build", f"{kind}.__init__"]


def test_what_tells_a_learner_something_does_nothing_and_whatever_knows_answers_refuses():
    """Also what is there tomorrow: a name that nobody thought of here is quiet, too."""
    code = """
        import rnncourse
        from rnncourse.checking import check as module
        print(rnncourse.check("rnn_step"), rnncourse.hint("rnn_step"), rnncourse.grade("rnn_step"))
        print(module.verdict("rnn_step", {}), module.tomorrow("rnn_step"), hasattr(module, "__wrapped__"))
        for function in (rnncourse.example, rnncourse.exercises.find):
            try:
                function("rnn_step")
            except (RuntimeError, LookupError) as error:
                print(error)
        print(dict(rnncourse.exercises.CHAPTERS))
    """
    assert tried(code) == (
        "None None None\nNone None False\nThere is no example of 'rnn_step' while grading.\n"
        "rnncourse.exercises is not available while grading\n{}\n"
    )


def test_s5_what_misses_the_package_s_own_stops_its_own_line_only():
    """And what follows from it; but what a learner got wrong before, or stopped, ends the cell as ever."""
    code = """
        import pathlib, rnncourse
        from IPython.core.interactiveshell import InteractiveShell
        shell = InteractiveShell.instance(colors="NoColor")
        inside.prepare(shell, pathlib.Path("."))
        run = lambda *lines: shell.run_cell(chr(10).join(lines), silent=True)
        run("import rnncourse", "0 / 0", "never = 1")
        inside.withhold(["rnncourse.cells:rnn_step"])
        print(sorted(name for name in ("never", "told", "one", "later", "last") if name in shell.user_ns))
        run("want = rnncourse.rnn_step(1)", "told = want + 1", "def one(): return want", "one()", "later = 2")
        run("told = [rnncourse.rnn_step(i) for i in range(3)]", "print(told)", "last = 2")
        run("raise KeyboardInterrupt", "never = 1")
        print(sorted(name for name in ("never", "told", "one", "later", "last") if name in shell.user_ns))
    """
    *_, before, after = [line for line in tried(code).splitlines() if line.startswith("[")]
    assert (before, after) == ("[]", "['last', 'later', 'one']")


COMPARING = """import rnncourse, numpy as np
case = rnncourse.example("neuron_step")
print(sorted(case))
rnncourse.hint("neuron_step")
want = rnncourse.neuron_step(**case)
print(f"expected {want:.3f}")
known = [rnncourse.neuron_step(x, 0.5, 1.0, 1.0, 0.0) for x in (0.1, 0.2)]
assert np.allclose(known, np.tanh([0.6, 0.7]))
def neuron_step(x, h, w_x, w_h, b):
    return np.tanh(w_x * x + w_h * h + b)
print(neuron_step(**case) - want)
"""
LEANING = "def run_neuron(*a):\n    return rnncourse.run_neuron(*a)\nparameter_count = rnncourse.parameter_count"
#: A table of the practice cases is no answer; a function that was kept is none either.
KEEPING = """import copy, functools
kept = {"plain": rnncourse.steps_remembered, "part": functools.partial(rnncourse.steps_remembered)}
kept["copy"] = copy.copy(rnncourse.steps_remembered)
case = rnncourse.example(kept["plain"])
def steps_remembered(w_h, threshold, kept=kept, case=case):
    for function in kept.values():
        try:
            return function(w_h, threshold)
        except Exception as error:
            last = error
    raise last
"""


@needs_sandbox
def test_s1_s5_examples_and_comparisons_cost_nothing_and_give_nothing(runner):
    names = {"neuron_step": COMPARING, "run_neuron": LEANING, "steps_remembered": KEEPING}
    cells = []
    for exercise in CHAPTERS["01_memory_cell"]:
        cells += [Cell("code", names.get(exercise.name, ""), exercise.name)]
        cells += [Cell("code", "", exercise.name + TEST_SUFFIX)]
    result = runner.result_of(Submission("ada", "01_memory_cell", tuple(cells)))
    shares = {verdict.exercise: verdict.share for verdict in result.verdicts}
    assert shares.pop("neuron_step") == 1, [verdict.advice for verdict in result.verdicts]
    assert not any(shares.values())
    advice = {verdict.exercise: verdict.advice for verdict in result.verdicts}
    for name in ("run_neuron", "parameter_count", "steps_remembered"):
        assert "the function to be written" in advice[name]
    assert "['b', 'h', 'w_h', 'w_x', 'x']" in str(result.cells[0].outputs)


#: What else can be imported in a kernel: it answers with these, and the names of their packages come with them.
NEEDED_TO_ANSWER = {
    "rnncourse.checking", "rnncourse.checking.calls", "rnncourse.checking.check", "rnncourse.checking.patience",
    "rnncourse.checking.printing",
    "rnncourse.exercises",
    "rnncourse.exercises.definitions", "rnncourse.grading", "rnncourse.grading.sandbox",
    "rnncourse.grading.sandbox.asked", "rnncourse.grading.sandbox.confine", "rnncourse.grading.sandbox.inside",
    "rnncourse.grading.sandbox.place", "rnncourse.grading.sandbox.speaking", "rnncourse.grading.sandbox.syscalls",
    "rnncourse.grading.sandbox.usage", "rnncourse.notebooks", "rnncourse.notebooks.bounded",
    "rnncourse.notebooks.kernels",
}  # fmt: skip


@needs_sandbox
def test_what_can_be_imported_in_a_kernel_is_what_is_allowed_and_nothing_else(runner):
    every = [module.name for module in pkgutil.walk_packages(rnncourse.__path__, "rnncourse.")]
    source = f"""
import importlib, json
found = []
for name in {[*every, "tools", "tools.authoring", "tests"]!r}:
    try:
        importlib.import_module(name)
        found.append(name)
    except ImportError:
        pass
print(json.dumps(found))
"""
    assert set(json.loads(printed(runner, "01_memory_cell", source))) == {*allowed_modules(), *NEEDED_TO_ANSWER}
