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
                print(function.__name__, error)
        print(len(inside._hits), rnncourse.gru_step.__name__)
    """
    (*said, last) = tried(code).splitlines()
    assert said == [f"rnn_step It {inside.WITHHELD}."] * 3
    assert last == "3 gru_step"


def test_check_and_hint_do_nothing_and_whatever_knows_answers_refuses():
    code = """
        import rnncourse
        print(rnncourse.check("rnn_step"), rnncourse.hint("rnn_step"))
        for function in (rnncourse.grade, rnncourse.example, rnncourse.exercises.find):
            try:
                function("rnn_step")
            except RuntimeError as error:
                print(error)
        print(dict(rnncourse.exercises.CHAPTERS))
    """
    assert tried(code) == (
        "None None\ngrade is not available while grading\nexample is not available while grading\n"
        "rnncourse.exercises is not available while grading\n{}\n"
    )


#: What else can be imported in a kernel: it answers with these, and the names of their packages come with them.
NEEDED_TO_ANSWER = {
    "rnncourse.checking", "rnncourse.checking.calls", "rnncourse.checking.check", "rnncourse.exercises",
    "rnncourse.exercises.definitions", "rnncourse.grading", "rnncourse.grading.sandbox",
    "rnncourse.grading.sandbox.asked", "rnncourse.grading.sandbox.confine", "rnncourse.grading.sandbox.inside",
    "rnncourse.notebooks", "rnncourse.notebooks.kernels",
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
