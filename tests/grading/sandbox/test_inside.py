"""What a learner's code finds in the process in which it is graded, and what it does not."""

from __future__ import annotations

import pytest

from rnncourse.exercises import CHAPTERS, Exercise
from rnncourse.grading.runs import Runner
from rnncourse.grading.sandbox.confine import Limits
from rnncourse.grading.sandbox.nursery import Nursery
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
