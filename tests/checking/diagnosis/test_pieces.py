"""pieces: where one of answer and truth is a part of the other, and that nothing is said of what only looks so."""

import numpy as np
import pytest

import rnncourse
from rnncourse.checking.calls import Ending
from rnncourse.checking.diagnosis import pieces, relations
from rnncourse.exercises import find

from .evidences import evidence_of, mistake


def about(name, change):
    """What is said of an answer that is made of the truth and the arguments."""
    found = relations.find(evidence_of(name, lambda *given: change(find(name).reference(*given), *given)))
    return found.text if found else ""


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("continue_series", lambda y, step, x, *_: np.concatenate([x, y], 1), "too much: inputs, as it was given"),
        ("continue_series", lambda y, *_: np.concatenate([0 * y[:, :2], y], 1), "too much: 0"),
        ("continue_series", lambda y, *_: np.concatenate([y, y[:, -1:], y[:, -1:]], 1), "the last right one once more"),
        ("continue_series", lambda y, *_: np.concatenate([y, y], 1), "right ones once more"),
        ("continue_series", lambda y, *_: y[:, : max(1, y.shape[1] // 2)], "the end is missing"),
        ("sequence_to_sequence", lambda y, *_: y[:, 3:], "the first 3 along time are missing"),
        ("bidirectional", lambda y, *_: y[..., : y.shape[2] // 2], "the first half of the right ones along axis 2"),
        ("bidirectional", lambda y, *_: sum(np.split(y, 2, 2)), "the sum of the two halves"),
        ("bidirectional", lambda y, *_: np.prod(np.split(y, 2, 2), axis=0), "the product of the two halves"),
        ("make_windows", lambda y, series, steps, *_: (y[0][::steps], y[1]), "as many places apart as time_steps says"),
        (
            "encode_sentences",
            lambda y, *_: np.array([[*row[row != 3], *row[row == 3] * 0] for row in y]),
            "number 3 is",
        ),
    ],
)
def test_a_piece_is_named(name, change, words):
    assert words in about(name, change)


@pytest.mark.parametrize(
    ("name", "title", "words"),
    [
        ("static_rnn_in_pieces", "the rest dropped", "all that you have is right; the last step is missing"),
        ("generate_until", "stops at the first end", "Does something end too early?"),
        ("seasonal_naive", "slice ends before it begins", "nothing is left along axis 1"),
    ],
)
def test_pieces_of_catalogued_mistakes(name, title, words):
    assert words in relations.find(evidence_of(name, mistake(name, title))).text


def test_numbers_of_another_kind_are_no_piece():
    assert "right ones" not in about("continue_series", lambda y, *_: np.concatenate([y + 1e-3, y + 1e-3], 1))
    assert "all that you have is right" not in about("continue_series", lambda y, *_: y[:, :1] * 1.001)


def test_one_case_that_speaks_against_a_piece_is_enough():
    asked = []

    def spoilt(step, inputs, *rest):
        right = find("continue_series").reference(step, inputs, *rest)
        asked.append(1)
        return np.concatenate([inputs + (len(asked) == 2), right], 1)

    found = relations.find(evidence_of("continue_series", spoilt))
    assert found is None or "as it was given" not in found.text


# ------------------------------------------------------------------------------- lists whose entries have other shapes


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda y, x: [y, np.zeros(3)], "the first of its entries, alone"),
        (lambda y, x: (np.zeros(3), y), "the last of its entries, alone"),
        (lambda y, x: [y[:1], y[1:]], "joined one behind the other"),
    ],
)
def test_what_the_entries_of_a_list_are(answer, words):
    evidence = evidence_of("rnn_step", lambda x, *rest: answer(rnncourse.rnn_step(x, *rest), x))
    assert evidence.outcomes[0].ending is Ending.UNUSABLE
    assert words in pieces.of_entries(evidence)


def test_the_part_of_which_a_list_is_is_named():
    evidence = evidence_of("static_rnn_in_pieces", mistake("static_rnn_in_pieces", "pieces not joined"))
    assert pieces.of_entries(evidence).startswith("the outputs of static_rnn_in_pieces: all numbers are right")


def test_a_list_of_other_numbers_is_left_alone():
    evidence = evidence_of("rnn_step", lambda x, *rest: [rnncourse.rnn_step(x, *rest) + 0.01, np.zeros(3)])
    assert pieces.of_entries(evidence) is None
    assert pieces.of_entries(evidence_of("rnn_step", lambda x, h, *rest: h)) is None
