"""What is said of designs: true of wrong ones, and of no right one, however it is made."""

from dataclasses import replace

import numpy as np
import pytest

import rnncourse
from rnncourse.checking.calls import Ending, Outcome, ask
from rnncourse.checking.comparing import truth
from rnncourse.checking.diagnosis import designs
from rnncourse.checking.diagnosis.evidence import Evidence
from rnncourse.checking.verdicts import Status, evaluate, judge_outcomes
from rnncourse.exercises import CHAPTERS, find
from rnncourse.exercises.definitions import PRACTICE_SEED, Apart, Design, Exercise, Measure

from exercises.chapters import ALTERNATIVES

DESIGNED = [
    task
    for tasks in CHAPTERS.values()
    for task in tasks
    if isinstance(task, Exercise) and isinstance(task.call, Design)
]
MEASURED = [exercise for exercise in DESIGNED if exercise.call.measures]
NAMES = [exercise.name for exercise in MEASURED]
SMALL = [exercise for exercise in DESIGNED if list(exercise.call.small())]


def rights_of(exercise):
    return (exercise.reference, *exercise.alternatives, *ALTERNATIVES.get(exercise.name, []))


def said_of(name, design, hidden=False):
    """What is said of a design where the catalogue knows nothing."""
    exercise = replace(find(name), mistakes=(), starts_from="")
    verdict = evaluate(exercise, design, 99 if hidden else PRACTICE_SEED, hidden)
    assert verdict.status is not Status.RIGHT
    return verdict.advice


def at_once(exercise):
    """Right designs that cost nothing: none that is learnt anew in each call."""
    return [right for right in rights_of(exercise) if "least_squares" not in getattr(right, "__name__", "")]


def taken_for_wrong(exercise, design):
    """Evidence of a right design, whose truths are changed so that it counts as wrong."""
    cases = tuple(exercise.make_cases(PRACTICE_SEED))
    outcomes = tuple(ask(exercise.as_call(), design, case) for case in cases)
    assert all(outcome.ending is Ending.RETURNED for outcome in outcomes)
    other = tuple(replace(one, values=tuple(value + 1.0 for value in one.values)) for one in outcomes)
    return Evidence(exercise, cases, outcomes, other)


@pytest.mark.parametrize("exercise", MEASURED, ids=NAMES)
def test_what_is_measured_is_the_same_of_all_right_designs(exercise):
    for case in (*exercise.make_cases(PRACTICE_SEED)[-2:], *list(exercise.call.small())[::9]):
        expected = truth(exercise, case)
        for right in at_once(exercise):
            got = ask(exercise.as_call(), right, case)
            assert len(exercise.call.measures(*got.pieces, **case)) == len(
                exercise.call.measures(*expected.pieces, **case)
            )
            assert designs.measured(exercise.call, case, got, expected)[0] == []


@pytest.mark.parametrize("exercise", DESIGNED, ids=[exercise.name for exercise in DESIGNED])
def test_nothing_is_said_of_what_right_designs_are_like_and_read(exercise):
    for right in at_once(exercise):
        evidence = taken_for_wrong(exercise, right)
        assert designs.alike(evidence) == ""
        assert designs.reads(evidence, right) == ""


@pytest.mark.parametrize("exercise", SMALL, ids=lambda exercise: exercise.name)
def test_no_small_case_is_found_in_which_a_right_design_fails(exercise):
    for right in at_once(exercise):
        evidence = taken_for_wrong(exercise, right)
        assert designs.smallest(evidence, lambda case, right=right: ask(exercise.as_call(), right, case)) is None


def test_no_turn_nor_mirror_is_said_to_have_rows_alike():
    exercise, rng = find("kernel_that_keeps"), np.random.default_rng(0)
    for units in rng.integers(3, 12, size=20):
        turn = np.linalg.qr(rng.normal(size=(units, units)))[0]
        if np.abs(turn).max() < 0.95:
            case = {"units": int(units), "seed": 3}
            got, expected = (
                ask(exercise.as_call(), one, case) for one in (lambda units, turn=turn: turn, exercise.reference)
            )
            assert designs.measured(exercise.call, case, got, expected)[0] == []
            assert designs.alike(Evidence(exercise, (case,), (got,), (replace(got, values=(np.zeros(1),)),))) == ""


def family(change):
    return lambda: change(rnncourse.family_vectors())


def with_row(table, row, values):
    table = table.copy()
    table[row] = values
    return table


def lookup(piece, rows, values):
    def design():
        pieces = rnncourse.lookup_weights()
        pieces[piece][rows] = values
        return pieces

    return design


def turned(units, seed=1):
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(units, units)))[0]


def by_month(history):
    return history.reshape(len(history), -1, 12)


@pytest.mark.parametrize(
    ("name", "design", "words"),
    [
        ("family_vectors", family(lambda t: with_row(t, 6, t[4])), "The rows of king and prince are the same."),
        ("family_vectors", family(lambda t: with_row(t, 7, t[5])), "The rows of queen and princess are the same."),
        ("family_vectors", family(lambda t: with_row(t, 2, 0)), "The row of boy is all zeros."),
        ("family_vectors", family(lambda t: with_row(t, 4, 2 * t[0])), "The rows of man and king point the same way."),
        ("family_vectors", lambda: np.eye(8)[:, :4], "The rows of king, queen, prince and princess are all zeros."),
        ("family_vectors", lambda: np.ones((8, 3)), "All numbers of your design are the same, 1."),
        ("family_vectors", family(lambda t: t * (1, 1, 0)), "same: man and woman; boy and girl; king and queen; prin"),
        (
            "family_vectors",
            family(lambda t: t[[1, 0, *range(2, 8)]]),
            "your nearest to king - man + woman is prince, it should be queen.",
        ),
        ("kernel_that_keeps", lambda units: with_row(turned(units), 1, turned(units)[0]), "Rows 0 and 1 are the same."),
        ("kernel_that_keeps", lambda units: with_row(turned(units), 2, 0), "Row 2 is all zeros."),
        ("kernel_that_keeps", lambda units: with_row(turned(units), 2, 0).T, "Column 2 is all zeros."),
        ("kernel_that_keeps", lambda units: np.round(turned(units), 2), "After 100 steps: between 0."),
        (
            "kernel_that_keeps",
            lambda units: 0.95 * np.eye(units),
            "of what it was: 0.95 in every direction, expected 1",
        ),
        (
            "kernel_that_keeps",
            lambda units: np.ones((units, units)) / units,
            "leaves nothing: 8 of 9, expected 0 of 9.",
        ),
        ("lookup_weights", lookup(1, 2, rnncourse.lookup_weights()[1][1]), "The rows of W_k for key 1 and key 2 are"),
        ("lookup_weights", lookup(2, 7, np.eye(4)[0]), "The rows of W_v for value 0 and value 1 are the same."),
        ("lookup_weights", lookup(2, 7, np.eye(4)[0]), "key 0 with value 1. Asked for key 0, it says value 0, expect"),
        ("fooling_language", lambda width: rnncourse.fooling_language(3), "one and the same, whatever width is."),
        ("fooling_language", lambda width: rnncourse.fooling_language(3), "A beam of 2 misses the best sentence, and "),
        ("fooling_language", lambda width: rnncourse.fooling_language(width + 1), "begins the best sentence: 2."),
        ("season_forecaster", lambda history: history[:, :-13:-1], "on column 47 of history alone."),
        (
            "season_forecaster",
            lambda history: by_month(history)[:, -2:].mean(axis=1),
            "on columns 24 and 36 of history",
        ),
        ("season_forecaster", lambda history: np.zeros((len(history), 12)), "depends on nothing in history."),
        ("season_forecaster", lambda history: np.roll(by_month(history).mean(axis=1), 6, axis=1), "6, 18, 30 and 42"),
        (
            "season_forecaster",
            lambda history: np.median(by_month(history), axis=1),
            "your next three are 1.5 too low in the mean; those",
        ),
        ("family_vectors", lambda: [[1, 1, -1]] * 5 + [[1, -1]] * 3, "Entry 0 has shape (3,), entry 5 (2,)."),
        ("kernel_that_keeps", lambda units: with_row(turned(units), 2, np.nan), "The first is nan, at index [2, 0]."),
        ("assign_batches", lambda lengths, size: np.arange(len(lengths)) // size, "lengths = [2, 5, 3], size = 2"),
        ("assign_batches", lambda lengths, size: np.sort(lengths) // size, "share a batch: 2 and 5; 3."),
        ("assign_batches", lambda lengths, size: 0 * lengths, "Sequences in the fullest batch: 3, allowed are 2."),
        ("assign_batches", lambda lengths, size: lengths, "Batches: 2, needed are 1."),
        ("counting_weights", lambda: (0.001, 1.0, 0.0, 500.0, 0.0), "starts from 0 and changes: +0.5 by the first 1."),
        (
            "counting_weights",
            lambda: (0.02, 1.0, 0.0, 50.0, 0.0),
            "+1 by the first 1, +0.883 by the last 1, -0.0868 by",
        ),
        ("counting_weights", lambda: (0.001, 1.0, 0.0, 1000.0, 0.6), "your output starts from 0.6 and changes: +0"),
    ],
)
def test_of_a_wrong_design_it_is_said_what_it_is_like_and_what_is_measured(name, design, words):
    assert words in said_of(name, design)


def test_a_detector_is_told_what_an_input_adds_to_its_last_neuron():
    quiet = lambda: (np.array([[0.1, 1.5]]), np.array([[0.0, -15], [0, 0]]), np.zeros(2))  # noqa: E731
    said = said_of("change_detector", quiet)
    assert "an input of 0.1 adds 0.15 at once, -0.15 a step later, 0 after two" in said
    assert "At the last of these steps your last neuron is at -0.485." in said


@pytest.mark.parametrize(
    ("name", "title", "words"),
    [
        ("counter_weights", "forget gate leaks", "step by step: 1, 1.95, 2.86, 3.72, 4.55, 5.33."),
        ("counter_weights", "letters counted", "What comes out stays the same when one input is exchanged for another"),
        ("between_marks", "the memory fades", "Your neuron that reads from the beginning, step by step: 0.995, 0.76,"),
        ("rise_weights", "falls reported", "Your output itself, which says yes above 0.5, step by step: 0, -1."),
        ("latch_weights", "memory too short", "Your first neuron itself, step by step: 0."),
        ("echo_weights", "chain with loops", "Your output itself from step 2 on, step by step: 1, 1.57."),
    ],
)
def test_what_decisions_are_made_of_is_told_step_by_step(name, title, words):
    assert words in said_of(name, next(known.function for known in find(name).mistakes if known.name == title))


def test_a_series_of_any_numbers_loses_what_comes_before_its_fault():
    saturated = lambda: (np.array([[2.0, 10]]), np.array([[0.0, -10], [0, 0]]), np.zeros(2))  # noqa: E731
    line = next(line for line in said_of("change_detector", saturated).splitlines() if line.startswith("With inputs"))
    assert line.count(",") == 1, "two steps are enough"


def test_rows_that_are_small_are_not_said_to_be_0_nor_alike():
    exercise = find("family_vectors")
    small = taken_for_wrong(exercise, family(lambda table: 1e-12 * table))
    assert designs.alike(small) == ""


def test_of_rows_that_do_not_matter_nothing_is_said():
    def made(rows):
        design = Design(lambda table: table, apart=(Apart(rows),))
        exercise = replace(find("family_vectors"), call=design)
        got = Outcome(Ending.RETURNED, (np.zeros(1),), pieces=(np.array([[1.0, 2], [1, 2], [3, 4]]),))
        return Evidence(exercise, ({},), (got,), (replace(got, values=(np.ones(1),)),))

    assert designs.alike(made(("a", "b"))) == "The rows of a and b are the same."
    assert designs.alike(made(("a", "", "b"))) == ""


def test_only_a_few_of_many_measures_are_told_and_how_many_there_are():
    design = Design(
        None, measures=lambda shift, **_: tuple(Measure(f"number {n}: {{}}", n + shift[0]) for n in range(9))
    )
    got, want = (Outcome(Ending.RETURNED, pieces=(np.array([shift]),)) for shift in (1, 0))
    wrong, _ = designs.measured(design, {}, got, want)
    assert wrong[0] == "number 0: 1, expected 0."
    assert wrong[3:] == ["Wrong as well: 6 more. Right: 0 of 9."]


def test_what_cannot_be_measured_is_not_told():
    def refuses(shift):
        raise ValueError(shift)

    got = Outcome(Ending.RETURNED, pieces=(np.array([1]),))
    assert designs.measured(Design(None, measures=refuses), {}, got, got) == ([], [])


def test_the_two_ways_that_should_be_the_same_are_told():
    prince_and_king = family(lambda table: table[[0, 1, 2, 3, 6, 7, 4, 5]])
    said = said_of("family_vectors", prince_and_king)
    assert "At length 1, boy - man = (0, 1.1, 0) and prince - king = (0, -1.1, 0): your nearest to " in said
    assert "king - man + boy is queen, it should be prince." in said


def test_where_only_outcomes_are_at_hand_measures_are_told_all_the_same():
    exercise = replace(find("kernel_that_keeps"), mistakes=())
    cases = exercise.make_cases(PRACTICE_SEED)
    outcomes = [ask(exercise.as_call(), lambda units: 0.9 * turned(units), case) for case in cases]
    said = judge_outcomes(exercise, cases, outcomes).advice
    assert "as a share of what it was: 0.9 in every direction, expected 1 in every direction." in said
    assert "What comes out" not in said


@pytest.mark.parametrize("exercise", SMALL, ids=lambda exercise: exercise.name)
def test_hidden_cases_show_no_number(exercise):
    for mistake in exercise.mistakes[-1:]:
        said = said_of(exercise.name, mistake.function, hidden=True)
        assert not any(map(str.isdigit, said)), said


def test_a_probe_that_cannot_even_be_asked_leads_to_no_harder_one():
    said = said_of("lookup_weights", lookup(2, 9, 0.0))
    assert "The same key has to bring a larger score" not in said
    assert "Asked for key 3" in said


def test_what_a_design_is_like_is_told_of_hidden_cases_too():
    assert "The row of boy is all zeros." in said_of(
        "family_vectors", family(lambda table: with_row(table, 2, 0)), hidden=True
    )
    three = lambda width: rnncourse.fooling_language(3)  # noqa: E731
    assert "Your design is one and the same, whatever width is." in said_of("fooling_language", three, hidden=True)
