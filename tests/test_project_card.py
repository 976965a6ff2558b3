"""A card is read as data, whoever wrote it: what is too much, of another type, or no card is refused in words."""

from __future__ import annotations

import json

import pytest

from rnncourse.project_card import MOST_BYTES, Baseline, Card, CardError, Look, Note, Result

from made_projects import made, series, shuffled


@pytest.fixture(scope="module")
def card():
    return made(parts=shuffled(series())).now()


def changed(card, entries):
    return json.dumps({**json.loads(card.text()), **entries})


def test_a_card_comes_back_as_it_was(card):
    assert card.split.leaks
    assert Card.read(card.text()) == card
    assert Card.read(card.text().encode()) == card
    assert Card.read(json.dumps(json.loads(card.text()))) == card, "however the JSON is written"
    assert len(card.text()) < MOST_BYTES / 10


RESULT = {"cell": "GRU", "parameters": 10, "seed": 0, "score": 0.5, "order": 3}


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"card": 2}, "not a card"),
        ({"question": 3}, "card.question of the card is 3, expected text"),
        ({"question": "x" * 2001}, "2001 characters, expected at most 2000"),
        ({"question": "a\x1b[2Jb"}, "control character"),
        ({"question": "\ud800"}, "control character"),
        ({"run": True}, "card.run of the card is true, expected a whole number"),
        ({"run": 1.0}, "expected a whole number"),
        ({"run": -1}, "expected a whole number from 0 on"),
        ({"run": 10**30}, "expected a number of at most 1e+15"),
        ({"higher_is_better": 1}, "expected true or false"),
        ({"results": RESULT}, "card.results of the card is"),
        ({"results": [RESULT] * 401}, "401 entries, expected at most 400"),
        ({"results": [{**RESULT, "score": 1e308}]}, "card.results[0].score of the card is 1e+308"),
        ({"results": [{**RESULT, "score": "0.5"}]}, "expected a number"),
        ({"results": [{**RESULT, "parameters": -1}]}, "from 0 on"),
        ({"results": [{**RESULT, "evil": 1}]}, "has an entry 'evil', which no card has"),
        ({"results": [{"cell": "GRU"}]}, "has no parameters"),
        ({"looks": [{"scores": [["GRU", 1.0, 2.0]], "order": 1, "run": 1}]}, "has 3 entries, expected 2"),
        ({"split": [1]}, "card.split of the card is [1], expected an object"),
        ({"notes": None}, "card.notes of the card is null, expected a list"),
    ],
)
def test_what_is_no_card_is_refused_in_words(card, entries, said):
    with pytest.raises(CardError) as refused:
        Card.read(changed(card, entries))
    assert said in str(refused.value)
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON"),
        ("[]", "not a card"),
        ("nan", "not JSON"),
        ('{"card": 1, "run": 1, "run": 2}', 'The card has the entry "run" twice in one place, expected it once'),
        ('{"card": 1, "split": {"kind": "series", "kind": "pairs"}}', 'the entry "kind" twice'),
        ('{"card": 1, "question": NaN}', "not JSON: NaN is no number"),
        ("[" * 60_000, "not JSON"),
        (" " * (MOST_BYTES + 1), "expected at most 65,536"),
        (b"\xff\xfe\x00", "not JSON"),
        ('{"card": 1}', "has no question"),
        ('{"card": 1, "split": ' + "[" * 500 + "]" * 500 + "}", "card of the card has no question"),
        (None, "read from text, got NoneType"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_no_text_does_harm(text, said):
    with pytest.raises(CardError, match=said.replace("[", r"\[")):
        Card.read(text)


def test_whole_numbers_are_scores_too(card):
    read = Card.read(changed(card, {"results": [{**RESULT, "score": 1}]}))
    assert read.results[0].score == 1.0
    assert type(read.results[0].score) is float


def test_cells_are_summed_up():
    card = Card("q", "accuracy", True, results=(
        Result("GRU", 10, 0, 0.5, 1), Result("LSTM", 20, 0, 0.9, 2), Result("GRU", 12, 1, 0.7, 3),
    ), looks=(Look((("GRU", 0.6),), 4, 1), Look((("GRU", 0.9),), 5, 1)))  # fmt: skip
    gru, lstm = card.cells
    assert (gru.cell, gru.parameters, gru.seeds, gru.test) == ("GRU", 12, 2, 0.6)
    assert gru.mean == pytest.approx(0.6)
    assert gru.spread == pytest.approx(0.2 / 2**0.5)
    assert (lstm.seeds, lstm.spread, lstm.test) == (1, 0.0, None)


@pytest.mark.parametrize(("higher", "best", "yours"), [(True, "c", "b"), (False, "a", "a")])
def test_the_best_baseline_is_that_of_the_better_score(higher, best, yours):
    told = (Baseline("a", 0.1, 1, "you"), Baseline("b", 0.2, 2, "you"), Baseline("c", 0.3, 3, "course"))
    card = Card("q", "m", higher, baselines=told)
    assert card.best_baseline.name == best
    assert card.best_of_yours.name == yours
    assert Card("q", "m", higher).best_baseline is None


def test_the_last_note_counts_and_a_question_alone_is_empty():
    card = Card("q", "m", True, notes=(Note("failure", "one", 1), Note("failure", "two", 2)))
    assert card.note("failure").text == "two"
    assert card.note("inside") is None
    assert not card.is_empty
    assert Card("q", "m", True).is_empty
