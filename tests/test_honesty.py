"""Every finding: a project with one thing wrong has that one alone, in words with numbers; an honest one has none."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from rnncourse import honesty, leaks
from rnncourse.honesty import FINDINGS, Severity, findings
from rnncourse.project_card import Baseline, Card, Look, Note, Result

from made_projects import LOOK, RESULTS, made, series, shuffled

GRU, LSTM = RESULTS["GRU"], RESULTS["LSTM"]
#: Finding -> (what is changed in the honest project, words that its finding says).
ONE_THING_WRONG = {
    honesty.NO_QUESTION: ({"question": "Sea temperature"}, "'Sea temperature', expected a sentence"),
    honesty.NO_BASELINE: ({"baseline": None}, "expected at least one"),
    honesty.LATE_BASELINE: (
        {"late_baseline": True},
        "The first baseline has number 13 on the card and the first training number 7",
    ),
    honesty.WEAK_BASELINE: ({"baseline": 0.4}, "has MAE ≈ 0.4; a simple way that was tried for you, 'a linear fit"),
    honesty.ONE_CELL: ({"results": {"GRU": GRU}, "looks": ({"GRU": 0.223},)}, "Only 'GRU' was trained"),
    honesty.UNEQUAL: ({"results": {"GRU": GRU, "LSTM": (2500, LSTM[1])}}, "2,500 parameters and GRU 1,000, 2.50 times"),
    honesty.FEW_SEEDS: (
        {"results": {"GRU": (1000, (0.21,)), "LSTM": (1040, (0.25, 0.26))}, "winner": None},
        "GRU 1, LSTM 2; expected at least 3",
    ),
    honesty.IDLE_SEEDS: (
        {"results": {"GRU": (1000, (0.21, 0.21, 0.21)), "LSTM": LSTM}},
        "very same score with 3 seeds",
    ),
    honesty.UNEVEN: (
        {"results": {"GRU": (1000, (0.21, 0.215, 0.22, 0.214, 0.216)), "LSTM": LSTM}},
        "GRU was trained from 5 seeds and LSTM from 3",
    ),
    honesty.OTHER_UNIT: (
        {
            "results": {"GRU": (1000, (0.01, 0.015, 0.02)), "LSTM": (1000, (0.03, 0.035, 0.04))},
            "looks": ({"GRU": 0.018},),
        },
        "GRU has MAE ≈ 0.015 and the best simple way ≈ 0.25, more than 10 times as much",
    ),
    honesty.NO_LOOK: ({"looks": ()}, "was not looked at"),
    honesty.SECOND_LOOK: ({"looks": (LOOK, {"GRU": 0.2})}, "2 times: first GRU ≈ 0.223, LSTM ≈ 0.263, then GRU ≈ 0.2"),
    honesty.CONFUSED: (
        {"results": {"GRU": (1000, (0.21, 0.215317, 0.22)), "LSTM": LSTM}, "looks": ({"GRU": 0.215317, "LSTM": 0.26},)},
        "GRU has ≈ 0.2153 on the validation part (seed 1)",
    ),
    honesty.NO_CONCLUSION: ({"concluded": False}, "Nothing is concluded"),
    honesty.UNKNOWN_WINNER: ({"winner": "gru"}, "'gru', expected one of what is on the card, or None: 'GRU', 'LSTM'"),
    honesty.LOSES: (
        {"results": {"GRU": (1000, (0.251, 0.252, 0.253)), "LSTM": (1000, (0.27, 0.28, 0.29))}},
        "GRU is called the winner with ≈ 0.252 on the validation part, and the baseline 'a linear fit of 12 values'",
    ),
    honesty.WITHIN_SPREAD: (
        {"results": {"GRU": (1000, (0.21, 0.22, 0.23)), "LSTM": (1040, (0.215, 0.225, 0.235))}},
        "The lead is ≈ 0.005, and seeds alone give a standard error of ≈ 0.008165",
    ),
    honesty.CHOSEN_BY_TEST: (
        {"results": {"GRU": LSTM, "LSTM": GRU}, "baseline": 0.27, "looks": ({"GRU": 0.2, "LSTM": 0.22},)},
        "GRU is best on the test part only",
    ),
}


@pytest.fixture(scope="module")
def honest():
    return made().now()


def test_the_honest_project_has_nothing_against_it(honest):
    assert findings(honest) == ()


def test_an_honest_failure_has_nothing_against_it():
    results = {"GRU": (1000, (0.31, 0.32, 0.33)), "LSTM": (1040, (0.31, 0.33, 0.34))}
    lost = {"results": results, "looks": ({"GRU": 0.3, "LSTM": 0.31},)}
    assert findings(made(**lost, winner="a linear fit of 12 values").now()) == ()
    assert findings(made(**lost, winner="a linear fit (least squares)").now()) == ()


def test_no_difference_is_a_conclusion():
    results = {"GRU": (1000, (0.21, 0.22, 0.23)), "LSTM": (1040, (0.215, 0.225, 0.235))}
    assert findings(made(results=results, winner=None).now()) == ()


@pytest.mark.parametrize("name", ONE_THING_WRONG)
def test_one_thing_wrong_is_the_one_that_is_named(name):
    changes, words = ONE_THING_WRONG[name]
    found = findings(made(**changes).now())
    allowed = {name} | ({honesty.WITHIN_SPREAD} if name == honesty.CHOSEN_BY_TEST else set())
    assert {each.name for each in found} <= allowed
    said = next(each for each in found if each.name == name)
    assert words in said.words
    assert said.words.endswith(".")


def test_all_findings_can_be_made_and_nothing_else_is_found():
    of_data = {value for value in vars(leaks).values() if isinstance(value, str)} & {
        *FINDINGS
    }  # tests of leaks and of projects have them
    elsewhere = {honesty.NO_SPLIT, honesty.NO_TIMES, honesty.LATE_SPLIT, honesty.SMALL_TEST, honesty.NO_TRAINING}
    assert {*ONE_THING_WRONG, *of_data, *elsewhere, honesty.AFTER_LOOK} == {*FINDINGS}
    assert len(set(FINDINGS)) == len(FINDINGS)


def test_a_leaking_split_is_told_once_by_name_with_an_example():
    found = findings(made(parts=shuffled(series()), baseline=0.2).now())
    assert [each.name for each in found if each.severity is Severity.SPOILS][:2] == [leaks.OVERLAP, leaks.SHUFFLED]
    assert "78 of the 78 examples of the test part are in the train part too, for example train[" in found[0].words
    assert "train and validation: " in found[0].words


def with_leak(card, *leak):
    return dataclasses.replace(card, split=dataclasses.replace(card.split, leaks=(leaks.Leak(*leak),)))


@pytest.mark.parametrize(
    ("leak", "severity", "words"),
    [
        (
            (leaks.GAPS, "train", "train", 1, 90, (4, 5), "61 times the usual step"),
            Severity.WEAKENS,
            "In the train part the numbers run on and time jumps, 1 time, for example from train[4] to train[5]",
        ),
        (
            (leaks.GIVEN, "train", "train", 90, 90, (11, 0), "step 11 of 12"),
            Severity.SPOILS,
            "In all 90 windows of the train part the first target stands among what is read (step 11 of 12)",
        ),
        (
            (leaks.NOT_LEARNT, "train", "test", 9, 90, (0, 3), ""),
            Severity.WEAKENS,
            "9 of the 90 examples of the test part are of classes that the train part does not have",
        ),
    ],
)
def test_what_is_wrong_with_one_part_is_said_of_that_part(honest, leak, severity, words):
    (found,) = findings(with_leak(honest, *leak))
    assert (found.name, found.severity) == (leak[0], severity)
    assert words in found.words


def test_trainings_of_two_sizes_under_one_name_are_not_of_one_network(honest):
    more = (*honest.results, Result("GRU", 3000, 7, 0.218, 12))
    first, _ = (
        each.words for each in findings(dataclasses.replace(honest, results=more)) if each.name == honesty.UNEQUAL
    )
    assert "The trainings of GRU have from 1,000 to 3,000 parameters" in first


def test_a_name_for_each_seed_is_one_name_too_many():
    results = {f"{cell} seed {seed}": (1000, (0.2 + seed / 100,)) for cell in ("GRU", "LSTM") for seed in range(3)}
    (found,) = findings(made(results=results, looks=({"GRU seed 1": 0.2},), winner=None).now())
    assert found.words.endswith("Are several of them one kind of cell? Then give all the same name, 'GRU'.")


def test_a_share_may_be_told_in_percent(honest):
    share = dataclasses.replace(
        honest, metric="accuracy in %", higher_is_better=True, baselines=(Baseline("b", 10.0, 3, "you"),),
        results=tuple(Result(c, 9, s, n + s, 4) for n, c in ((80.0, "GRU"), (60.0, "LSTM")) for s in range(3)),
        looks=(Look((("GRU", 79.5), ("LSTM", 77.0)), 20, 1),),
    )  # fmt: skip
    (found,) = findings(share)
    assert "the lead is ≈ 2.5, and with 80 examples chance alone gives a standard error of ≈ 6.3" in found.words


def test_a_question_alone_lacks_everything():
    names = [each.name for each in findings(Card("q", "accuracy", True))]
    assert names == [
        honesty.NO_QUESTION, honesty.NO_SPLIT, honesty.NO_BASELINE, honesty.NO_TRAINING, honesty.NO_LOOK,
        honesty.NO_CONCLUSION,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "question", ["GRU能否比线性回归更准确地预测明天的气温？", "Kann ein GRU besser raten als Zählen?"]
)
def test_a_question_may_be_asked_in_any_language(honest, question):
    assert findings(dataclasses.replace(honest, question=question)) == ()


def test_what_was_trained_before_the_split_or_after_the_look_is_said(honest):
    late = dataclasses.replace(honest.split, order=99)
    assert [each.name for each in findings(dataclasses.replace(honest, split=late))] == [honesty.LATE_SPLIT]
    more = (*honest.results, Result("GRU", 1000, 7, 0.218, 99))
    found = findings(dataclasses.replace(honest, results=more))
    assert [(each.name, each.severity) for each in found] == [(honesty.AFTER_LOOK, Severity.WEAKENS)]


def test_the_same_look_in_a_later_run_is_no_second_one(honest):
    again = Look((("GRU", 0.2231), ("LSTM", 0.2629)), 30, 2)
    assert findings(dataclasses.replace(honest, looks=(*honest.looks, again))) == ()
    other = Look((("GRU", 0.20),), 30, 2)
    (found,) = findings(dataclasses.replace(honest, looks=(*honest.looks, other)))
    assert "(run 1 of the notebook, then run 2)" in found.words


def test_a_test_part_says_no_more_than_its_size_allows(honest):
    few = dataclasses.replace(honest, split=dataclasses.replace(honest.split, independent=12))
    assert [each.name for each in findings(few)] == [honesty.SMALL_TEST]
    scores = {"GRU": (0.8, 0.801, 0.802), "LSTM": (0.7, 0.701, 0.702)}
    trained = tuple(Result(c, 100, n, score, 4) for c, three in scores.items() for n, score in enumerate(three))
    accuracy = Card(
        honest.question, "accuracy", True, split=dataclasses.replace(honest.split, independent=200, leaks=()),
        baselines=(Baseline("most frequent", 0.3, 3, "you"),),
        results=trained,
        looks=(Look((("GRU", 0.80), ("LSTM", 0.78)), 20, 1),), notes=(Note("conclusion", "GRU", 21, "GRU"),),
    )  # fmt: skip
    (found,) = findings(accuracy)
    assert found.name == honesty.SMALL_TEST
    assert "the lead is ≈ 0.02, and with 200 examples chance alone gives a standard error of ≈ 0.04" in found.words
    clear = dataclasses.replace(accuracy, looks=(Look((("GRU", 0.80), ("LSTM", 0.60)), 20, 1),))
    assert findings(clear) == ()


def test_a_card_that_says_of_a_network_that_it_has_no_parameters_is_judged():
    card = made().now()
    none = tuple(dataclasses.replace(each, parameters=0) if each.cell == "LSTM" else each for each in card.results)
    (found,) = findings(dataclasses.replace(card, results=none))
    assert found.name == honesty.UNEQUAL
    assert "GRU has 1,000 parameters and LSTM 0" in found.words


def test_two_accuracies_may_be_equal_by_chance_all_of_them_may_not(honest):
    share = dataclasses.replace(
        honest, metric="accuracy", higher_is_better=True, baselines=(Baseline("b", 0.1, 3, "you"),),
        results=tuple(Result(c, 9, s, (150 + n + s) / 187, 4) for n, c in ((20, "GRU"), (5, "LSTM")) for s in range(3)),
        looks=(Look((("GRU", 171 / 187), ("LSTM", 0.5)), 20, 1),),
    )  # fmt: skip
    assert findings(share) == ()
    both = dataclasses.replace(share, looks=(Look((("GRU", 171 / 187), ("LSTM", 155 / 187)), 20, 1),))
    assert [each.name for each in findings(both) if each.name == honesty.CONFUSED] == [honesty.CONFUSED]


def test_a_card_that_somebody_wrote_by_hand_is_judged_without_an_error(honest):
    strange = dataclasses.replace(leak(), name="a name that no leak has")
    split = dataclasses.replace(honest.split, leaks=(strange,))
    assert findings(dataclasses.replace(honest, split=split))[0].name == leaks.DUPLICATES


def leak():
    return leaks.Leak(leaks.GROUPS, "train", "test", 3, 10, (1, 2), "group 'Anna'")


def test_a_lead_is_measured_in_errors_of_the_difference():
    assert honesty.lead_in_errors(np.array([3.0, 5.0]), np.array([1.0, 1.0, 1.0])) == pytest.approx(3.0)
    one, other = np.array([0.5, 0.6, 0.8]), np.array([0.4, 0.9, 0.5, 0.7])
    assert honesty.lead_in_errors(one, other) == pytest.approx(-honesty.lead_in_errors(other, one))


@pytest.mark.parametrize(
    ("scores", "words"), [([0.5], "has 1 entries, expected at least 2"), ([0.5, 0.5], "No score differs")]
)
def test_without_a_spread_there_is_no_error(scores, words):
    with pytest.raises(ValueError, match=words):
        honesty.lead_in_errors(np.array(scores), np.array([0.4, 0.4]))
