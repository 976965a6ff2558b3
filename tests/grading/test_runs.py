"""The result of a submission: kept and read again, points, and outputs rebuilt from whatever a kernel has sent."""

from __future__ import annotations

import json
from types import SimpleNamespace

import nbformat
import pytest
from nbformat.v4 import new_code_cell
from nbgrader.utils import determine_grade

from rnncourse.checking.verdicts import Status, Verdict
from rnncourse.exercises import CHAPTERS, find
from rnncourse.grading import runs
from rnncourse.grading.questions import Judgement, withheld_names
from rnncourse.grading.runs import Result, Runner, not_run, own_outputs, own_points, ungraded
from rnncourse.grading.sandbox.confine import Limits
from rnncourse.grading.submissions import Submission
from rnncourse.notebooks.files import OWN_TEST, Cell
from rnncourse.notebooks.kernels import Reply

CHAPTER = "01_memory_cell"
OUTPUT = {"output_type": "stream", "name": "stdout", "text": "1\n"}


def test_a_result_comes_back_from_json_as_it_was():
    cells = [
        Cell("code", "x", "neuron_step", False, (OUTPUT,)),
        Cell("code", "y", "neuron_step_test"),
        Cell("raw", "z"),
    ]
    verdicts = [Verdict("neuron_step", Status.PARTLY, "Look.", None, 0.25)]
    result = Result("ada", CHAPTER, "abc", verdicts, cells, ["moved"], ["odd"], 1.5, 0.5, 300, "words")
    assert Result.from_dict(json.loads(json.dumps(result.to_dict()))) == result


def test_points_are_those_that_the_gradebook_gets():
    shapes = find("cell_shapes")
    verdicts = [Verdict("cell_shapes", Status.PARTLY, share=1 / 3), Verdict("run_neuron", Status.RIGHT, share=1.0)]
    assert Result("ada", CHAPTER, "", verdicts, []).points == shapes.earned(1 / 3) + find("run_neuron").points
    assert shapes.earned(1 / 3) != shapes.points / 3


def test_what_was_not_run_has_a_verdict_for_every_exercise_and_a_reason_to_look():
    result = not_run(Submission("ada", CHAPTER, (), fingerprint="abc"), "It was empty.")
    assert [v.exercise for v in result.verdicts] == [task.name for task in CHAPTERS[CHAPTER]]
    assert {(v.status, v.advice, v.share) for v in result.verdicts} == {(Status.NOT_ATTEMPTED, "It was empty.", 0.0)}
    assert (result.points, result.look, result.cells, result.fingerprint) == (0, ["It was empty."], [], "abc")


def test_g1_with_a_fault_of_ours_nothing_is_known_of_the_answers():
    result = ungraded(Submission("ada", CHAPTER, (), fingerprint="abc"), "The kernel did not start.", "Traceback")
    assert (result.fault, result.log, result.fingerprint) == ("The kernel did not start.", "Traceback", "abc")
    assert (result.verdicts, result.look, result.cells) == ([], [], [])
    assert Result.from_dict(json.loads(json.dumps(result.to_dict()))) == result


@pytest.fixture
def idle():
    """A runner that runs nothing."""
    made = Runner(SimpleNamespace(leave_place=lambda slot: None), 0, Limits(), 1)
    yield made
    made.close()


def test_a_notebook_that_cannot_be_read_is_not_run(idle, monkeypatch):
    monkeypatch.setattr(Runner, "_run", lambda *arguments: pytest.fail("it was run"))
    result = idle.result_of(Submission("ada", CHAPTER, (), problem="It is empty."))
    assert result.look == ["It is empty."]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"output_type": "stream", "name": "evil", "text": 3}, {**OUTPUT, "text": ""}),
        ({"output_type": "stream", "name": "stderr", "text": "a\ud800"}, {**OUTPUT, "name": "stderr", "text": "a?"}),
        (
            {"output_type": "error", "ename": "E", "evalue": [1], "traceback": "no list"},
            {"output_type": "error", "ename": "E", "evalue": "", "traceback": [""]},
        ),
        (
            {"output_type": "execute_result", "data": {"text/plain": "3", "image/png": 7}, "metadata": {"a": 1}},
            {"output_type": "display_data", "data": {"text/plain": "3"}, "metadata": {}},
        ),
        ({"output_type": "odd", "data": []}, {"output_type": "display_data", "data": {}, "metadata": {}}),
    ],
)
def test_outputs_are_rebuilt_from_what_is_text_in_them(sent, kept):
    assert runs._shown(Reply(outputs=[sent]), Limits()) == [kept]


def printed(text: str, name: str = "stdout") -> dict:
    return {"output_type": "stream", "name": name, "text": text}


def value(text: object) -> dict:
    return {"output_type": "execute_result", "data": {"text/plain": text}, "metadata": {}, "execution_count": 1}


ERROR = {"output_type": "error", "ename": "AssertionError", "evalue": "", "traceback": []}


@pytest.mark.parametrize(
    ("reply", "points"),
    [
        (Reply(), 3),
        (Reply(outputs=[printed("fine\n")]), 3),
        (Reply(outputs=[ERROR]), 0),
        (Reply(outputs=[printed("warning\n", "stderr")]), 0),
        (Reply(outputs=[printed("2.5\n"), value("1.5")]), 1.5),
        (Reply(outputs=[value("0")]), 0),
        (Reply(outputs=[value("True")]), 3),
        (Reply(outputs=[value("-1")]), 3),
        (Reply(outputs=[value("4")]), 0),  # over which nbgrader stumbles
        (Reply(outputs=[value("inf")]), 0),
        (Reply(outputs=[value(None)]), 3),
        (Reply(outputs=[{**value("1"), "data": {}}]), 3),
        (Reply(out_of_time=True), 0),
        (Reply(too_much=True), 0),
        (Reply(error="AssertionError"), 0),
        (Reply(cut=True), 0),
    ],
)
def test_g10_own_tests_give_the_points_that_nbgrader_reads_off_them(reply, points):
    earned = own_points(reply, 3.0)
    assert earned == points
    cell = new_code_cell(outputs=[nbformat.from_dict(o) for o in own_outputs(_shown(reply), earned, "")])
    cell.metadata["nbgrader"] = {"grade": True, "solution": False, "points": 3}
    assert determine_grade(cell) == (points, 3)
    if points and not reply.outputs:
        assert "could forge" in cell.outputs[-2].text


def _shown(reply: Reply) -> list[dict]:
    return runs._shown(reply, Limits())


def test_g10_an_own_test_that_was_not_reached_earns_nothing():
    cells = (Cell("code", "", "mine", own=OWN_TEST), Cell("code", "", "other", own=OWN_TEST))
    run, own = runs._Run([[], []]), runs._Run([[], []], own={"mine": 2.0}, ended="ended the kernel")
    run.take_own_from(own, Submission("ada", CHAPTER, cells, own_worth={"mine": 3.0, "other": 3.0}))
    assert (run.own, run.ended) == ({"mine": 2.0, "other": 0.0}, "ended the kernel")
    assert run.outputs[1][0]["evalue"] == "It was not run: before it, the notebook ended the kernel."


def test_g10_points_and_what_is_to_be_had_are_those_of_the_course():
    verdicts = [Verdict("neuron_step", Status.RIGHT, share=1.0), Verdict("run_neuron", Status.PARTLY, share=0.5)]
    worth, own_worth = {"neuron_step": 4.0, "run_neuron": 3.0}, {"essay": 5.0, "mine": 2.0}
    result = Result("ada", CHAPTER, "", verdicts, [], worth=worth, own_worth=own_worth, own={"mine": 1.5})
    assert (result.points, result.possible) == (4 + 1.5 + 1.5, 14)
    assert Result("ada", CHAPTER, "", [], []).possible == sum(task.points for task in CHAPTERS[CHAPTER])
    own = Cell("code", "assert x", "mine", False, (OUTPUT,), own=OWN_TEST)
    kept = Result("ada", CHAPTER, "", [], [own], worth=worth)
    assert Result.from_dict(json.loads(json.dumps(kept.to_dict()))) == kept


def test_a_cell_that_was_stopped_says_so():
    (late,) = runs._shown(Reply(out_of_time=True), Limits(cell_seconds=7))
    (loud,) = runs._shown(Reply(too_much=True), Limits())
    assert late["text"] == "This cell was stopped: it ran longer than 7 s.\n"
    (long,) = runs._shown(Reply(cut=True), Limits())
    assert loud["text"] == "This cell was stopped: it printed on and on, more than is kept.\n"
    assert long["text"] == "The rest of what this cell printed was left out.\n"


def test_only_what_failed_for_want_of_another_function_is_asked_for_again(idle):
    wrong = Verdict("run_neuron", Status.WRONG)
    judged = {
        "run_neuron": Judgement(wrong, withheld=True),
        "neuron_step": Judgement(Verdict("neuron_step", Status.WRONG)),
        "cell_shapes": Judgement(Verdict("cell_shapes", Status.RIGHT, share=1.0), withheld=True),
    }
    assert idle._to_ask_again(CHAPTERS[CHAPTER], runs._Run([], judged=judged)) == ["run_neuron"]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_function_that_is_asked_for_is_taken_out(idle, chapter):
    taken = idle._withheld(CHAPTERS[chapter])
    for task in CHAPTERS[chapter]:
        assert set(withheld_names(task)) <= set(taken)
    assert not any(name.startswith("rnncourse.exercises") for name in taken)


def test_g3_all_that_computes_it_is_taken_out_with_the_function():
    assert withheld_names(find("lstm_step")) == [
        "rnncourse.cells:lstm_step",
        "rnncourse.cells:peephole_lstm_step",
        "rnncourse.layers:PeepholeLSTMCell",
        "rnncourse.tensorflow_cells:lstm_step_tensorflow",
    ]
    assert "rnncourse.generating:free_run" in withheld_names(find("continue_series"))
    assert withheld_names(find("cell_shapes")) == []


# ------------------------------------------------------------------------------------------------------ time of passes
LEANING = "run_neuron"


@pytest.fixture
def passes(monkeypatch):
    """Runs in which time passes as the test says: seconds for each pass, and what each pass was given."""
    clock, seconds, given = [100.0], [], []
    monkeypatch.setattr(runs.time, "monotonic", lambda: clock[0])

    def run(self, submission, withheld, only, until):
        given.append(until - clock[0])
        clock[0] += seconds.pop(0)
        wrong = Judgement(Verdict(only or LEANING, Status.WRONG), withheld=True)
        return runs._Run(
            [], "", {only or LEANING: wrong if only is None else Judgement(Verdict(only, Status.RIGHT, share=1.0))}
        )

    monkeypatch.setattr(Runner, "_run", run)
    return seconds, given


@pytest.mark.parametrize(
    ("took", "left", "share"), [([300, 100], [900, 600], 1.0), ([898, 1], [900], 0.0), ([905, 1], [900], 0.0)]
)
def test_h9_all_passes_share_one_budget(idle, passes, took, left, share):
    seconds, given = passes
    seconds += took
    result = idle.result_of(Submission("ada", CHAPTER, ()))
    assert given == left
    assert next(v for v in result.verdicts if v.exercise == LEANING).share == share
    assert any("no time left to ask run_neuron" in words for words in result.look) == (share == 0)
