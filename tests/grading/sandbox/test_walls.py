"""What is kept out of the sandbox, and what is not to be found in it."""

from __future__ import annotations

import numpy as np
import pytest

from rnncourse.checking.verdicts import Status
from rnncourse.exercises import CHAPTERS, Exercise, find
from rnncourse.grading import questions
from rnncourse.grading.questions import AnswerError
from rnncourse.grading.runs import Runner
from rnncourse.grading.sandbox import asked
from rnncourse.grading.sandbox.asked import AskFunction
from rnncourse.grading.sandbox.confine import Limits
from rnncourse.grading.sandbox.nursery import Nursery
from rnncourse.grading.sandbox.walls import python_folders
from rnncourse.grading.submissions import Submission
from rnncourse.notebooks.files import TEST_SUFFIX, Cell

from sandboxed import needs_sandbox

EXERCISES = [exercise for exercises in CHAPTERS.values() for exercise in exercises]
FUNCTIONS = [exercise for exercise in EXERCISES if isinstance(exercise, Exercise)]


# --------------------------------------------------------------------------------------------- what a question holds
@pytest.mark.parametrize("exercise", FUNCTIONS, ids=lambda exercise: exercise.name)
def test_a_question_carries_neither_the_truth_nor_the_mistakes(exercise):
    carried = questions.encode(AskFunction(exercise.name, exercise.as_call(), tuple(exercise.make_cases(3))))
    functions = [exercise.reference, *(mistake.function for mistake in exercise.mistakes)]
    codes = [f.__code__.co_code for f in functions if hasattr(f, "__code__") and len(f.__code__.co_code) > 24]
    assert codes
    assert not any(code in carried for code in codes)


@pytest.mark.parametrize("exercise", FUNCTIONS, ids=lambda exercise: exercise.name)
def test_the_answer_of_the_reference_survives_the_way_home(exercise):
    """The kernel's side and the grader's side, without a kernel between them."""

    def send(question):
        return {**question.answer_from({exercise.name: exercise.reference}), "withheld": 0}

    judged = questions.ask_and_judge(exercise, (1, 3), send)
    assert judged.verdict.status is Status.RIGHT, judged.verdict.advice
    assert not judged.look


# ------------------------------------------------------------------------------------------------ what comes back
GOOD = asked.packed(np.arange(6, dtype=np.float32).reshape(2, 3))


def test_arrays_come_home_as_they_were():
    for array in (np.float64(3.5), np.zeros((0, 3)), np.array([[1, 2]], dtype=">i4"), np.array([True, False])):
        got = questions.unpacked(asked.packed(np.asarray(array)))
        np.testing.assert_array_equal(got, array)
        assert got.shape == np.shape(array)


@pytest.mark.parametrize(
    "change",
    [{"dtype": "|O"}, {"dtype": "<f8"}, {"shape": [3, 3]}, {"shape": [-1, 6]}, {"shape": [10**12]}, {"shape": "23"},
     {"data": "%%%"}, {"data": 3}, {"shape": [2.0, 3]}, {"dtype": ["<f4"]}],
)  # fmt: skip
def test_an_array_that_is_not_what_it_claims_is_refused(change):
    with pytest.raises(AnswerError):
        questions.unpacked({**GOOD, **change})


def test_answers_that_are_no_answers_are_refused():
    for published in ([], ["nonsense"], ['{"token": "b"}'], ["[" * 100_000], ['{"token": "a", "answer": 3}']):
        with pytest.raises(AnswerError, match="no answer"):
            questions.decode(published, "a")
    exercise = find("lstm_step")
    for outcomes in ([], [{}], [{"ending": "right"}], [3]):
        with pytest.raises(AnswerError):
            questions.ask_and_judge(exercise, (1,), lambda asked, found=outcomes: {"outcomes": found, "withheld": 0})


# ------------------------------------------------------------------------------------------------- in the sandbox
def test_no_folder_is_shown_only_because_it_is_on_the_path(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(tmp_path))
    assert tmp_path not in python_folders()
    assert all(folder.name != "solutions" for folder in python_folders())


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
    result = runner.grade(Submission("ada", chapter, cells))
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
