"""Cards out of notebooks that are not run again: found, bounded, refused in words; and what else may be shown."""

from __future__ import annotations

import json
import random

import pytest

from rnncourse import project_page
from rnncourse.grading import cards
from rnncourse.grading.cards import UNTOUCHED, literal, taken_out
from rnncourse.notebooks import bounded
from rnncourse.notebooks.files import Cell
from rnncourse.project import MEDIA_TYPE, MOST_BYTES, Card, CardError, findings

from made_project_class import GOOD, HOSTILE, LEAKING, PIXEL, STUB, error, output_of, printed

NAME = "fair_split"
TEXT = GOOD.text()
SOURCE = f"{NAME} = project.card()"


def cell(*outputs: dict, source: str = SOURCE) -> Cell:
    return Cell("code", source, NAME, outputs=outputs)


def found(*planned: Cell) -> cards.Cards:
    return taken_out(planned, {NAME})[1]


def raw(value: object) -> dict:
    return {"output_type": "display_data", "data": {MEDIA_TYPE: value}, "metadata": {}}


def entry(**changes: object) -> str:
    return json.dumps({**json.loads(TEXT), **changes})


@pytest.mark.parametrize("value", [TEXT, json.loads(TEXT), [TEXT[:50], TEXT[50:]]], ids=["text", "object", "lines"])
def test_the_newest_card_of_the_answers_cell_is_read(value):
    there = found(cell(raw(LEAKING.text()), printed("trained\n"), raw(value), printed("done\n")))
    assert there.missing == {}
    assert Card.read(there.texts[NAME]) == GOOD
    again: dict = {}
    exec(literal(NAME, there.texts[NAME]), again)
    assert again[NAME] == GOOD


NOT_THERE = {
    "no output": (cell(), "The card is not in the notebook: its cell has no output. Run the cell with project.card()"),
    "other outputs": (
        cell(printed("hello")),
        "its cell shows something else. Run the cell with project.card() and save",
    ),
    "an error": (
        cell(error("ValueError", "a\x1b[2Jb\nc")),
        r"its cell stopped with ValueError: a\x1b[2Jb\nc. Mend that.",
    ),
    "as handed out": (cell(source=STUB), UNTOUCHED),
    "emptied": (cell(source=" "), "There is nothing in its cell."),
    "cut off": (cell(raw(TEXT[:-9])), "The card below its cell cannot be read: The card is not JSON"),
    "another thing": (cell(raw([1, 2])), "It is JSON, but not a card"),
    "huge": (cell(raw("x" * (MOST_BYTES + 1))), f"expected at most {MOST_BYTES:,}. Run the cell"),
    "a huge object": (cell(raw({"question": ["y" * 99] * 9999})), f"expected at most {MOST_BYTES:,}."),
    "nested deeply": (cell(raw("[" * 10_000)), "The card is not JSON"),
    "nested": (cell(raw(entry(notes=json.loads("[" * 60 + "]" * 60)))), "cannot be read: card.notes"),
    "no number": (cell(raw(TEXT.replace("0.215", "NaN", 1))), "NaN is no number"),
    "no end": (cell(raw(TEXT.replace("0.215", "1e999", 1))), "expected a number of at most"),
    "an entry twice": (cell(raw(TEXT[:-1] + ', "run": 1}')), 'cannot be read: The card has the entry "run" twice'),
    "an entry of an object twice": (
        cell(raw(bounded.loads('{"card": 1, "looks": [{"run": 1, "run": 2}]}'))),
        "cannot be read: it has an entry twice, expected it once.",
    ),
    "two cards under one name": (
        cell({**raw(""), "data": bounded.loads(f'{{"{MEDIA_TYPE}": "a", "{MEDIA_TYPE}": "b"}}')}),
        "it has an entry twice",
    ),
    "an older version": (cell(raw(entry(card=0))), "not a card of a project: expected an object with 'card': 1"),
    "a newer entry": (cell(raw(entry(best_friend="b"))), "'best_friend', which no card has"),
    "a wrong type": (cell(raw(entry(results="x"))), 'card.results of the card is "x", expected a list'),
    "below what was handed out": (cell(raw(TEXT), source=STUB), "in which nothing makes one, so it does not count."),
    "below a comment": (cell(raw(TEXT), source=f"# {SOURCE}\n"), "in which nothing makes one, so it does not count."),
    "in what was printed": (cell({**raw(TEXT), "output_type": "stream"}), "its cell shows something else."),
    "of another kind": (cell({**raw(""), "data": {MEDIA_TYPE.upper(): TEXT}}), "its cell shows something else."),
    "control characters": (cell(raw(entry(question="a\x1b[2Jb?"))), "cannot be read: "),
}


@pytest.mark.parametrize(("there", "words"), NOT_THERE.values(), ids=NOT_THERE)
def test_what_is_no_card_is_said_in_words(there, words):
    (why,) = found(there).missing.values()
    assert words in why
    assert len(why) < 1000
    assert why.isprintable()


def test_a_card_whose_two_halves_differ_is_refused():
    shown = output_of(GOOD)
    assert found(cell(shown)).missing == {}
    better = TEXT.replace("0.215", "0.115", 1)
    assert better != TEXT
    (why,) = found(cell({**shown, "data": {**shown["data"], MEDIA_TYPE: better}})).missing.values()
    assert "says ≈ 0.1817, and the text that is shown with it does not. Run the cell" in why
    lines = shown["data"]["text/plain"].splitlines(keepends=True)
    assert found(cell({**shown, "data": {**shown["data"], "text/plain": lines}})).missing == {}
    assert found(cell({**shown, "data": {**shown["data"], "text/plain": {"a": 1}}})).missing == {}


def test_a_card_below_another_cell_does_not_count_and_is_named():
    other = Cell("code", "project.card()", outputs=(raw(TEXT),))
    assert "its cell has no output (cell 1 shows one, which does not count)." in found(other, cell()).missing[NAME]
    assert found(other, cell(raw(LEAKING.text()))).texts == {NAME: LEAKING.text()}


def test_of_the_rest_text_and_pictures_are_kept_and_nothing_without_end(monkeypatch):
    monkeypatch.setattr(cards, "_MOST_OUTPUT", 1000)
    picture = {
        "output_type": "display_data",
        "data": {"image/png": [PIXEL], "application/x": "b"},
        "metadata": {"c": 1},
    }
    large = Cell("code", "train()", outputs=(picture, printed(["a\n", "\ud800"]), printed("x" * 990), printed("late")))
    released = Cell("code", "import rnncourse", original=True, outputs=(printed("made up"),))
    (mine, theirs, answer), _ = taken_out([large, released, cell(raw(TEXT), printed("b"))], {NAME})
    assert mine.outputs[:2] == (
        {"output_type": "display_data", "data": {"image/png": PIXEL}, "metadata": {}}, printed("a\n?")
    )  # fmt: skip
    assert [output["text"] for output in mine.outputs[2:]] == [
        "What else this cell shows was left out: the notebook's outputs are too large.\n"
    ]
    assert (theirs.outputs, answer.outputs) == ((), ())
    (kept,), _ = taken_out([cell(error("ValueError", "b"))], {NAME})
    assert kept.outputs == (error("ValueError", "b"),)


def test_a_hostile_card_is_shown_and_not_obeyed():
    page = project_page.page(HOSTILE)
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page


#: What somebody may put in the place of anything on a card.
VALUES = [None, True, 0, -1, 1, 10**15, 0.0, -1e15, 1e-300, "", "x", "<b>", "\u202e", [], [1], [[]], {}, {"name": "x"}]


def places(data: object) -> list[tuple[object, object]]:
    """All places in JSON, each with what it is in."""
    inside = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [place for key, value in inside for place in [(data, key), *places(value)]]


def test_whatever_a_card_says_that_is_read_is_judged_and_shown():
    """A card that was made by hand must not be able to stop the grader."""
    rng, read = random.Random(1), 0
    for number in range(1500):
        data = json.loads((GOOD, LEAKING)[number % 2].text())
        for _ in range(rng.choice((1, 1, 2, 6))):
            container, key = rng.choice(places(data))
            container[key] = rng.choice(VALUES)
        try:
            card = Card.read(json.dumps(data))
        except CardError:
            continue
        read += 1
        assert "".join(finding.words for finding in findings(card)) is not None
        assert project_page.page(card)
        assert list(project_page.lines(card))
    assert read > 100
