"""What is handed over for a project: taken in every form that learners have, or refused with what to do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rnncourse import leaks, project_data
from rnncourse.leaks import PARTS

from made_projects import in_time, series

rng = np.random.default_rng(5)
ROWS = rng.normal(size=(200, 6, 2))
CUTS = slice(0, 120), slice(120, 160), slice(160, 200)


def parts(inputs, labels):
    return {part: (inputs[cut], labels[cut]) for part, cut in zip(PARTS, CUTS, strict=True)}


def all_parts(told):
    return {part: told for part in PARTS}


def looked(kind, told, measure=""):
    leaks_, simple, _, sizes = project_data.OF_KIND[kind](told, measure)
    return [leak.name for leak in leaks_], dict(simple), sizes


NUMBERS = rng.integers(0, 3, size=200)
NAMES = np.array(["run", "sit", "walk"])


@pytest.mark.parametrize("named", [NAMES[NUMBERS], NAMES[NUMBERS].tolist(), NAMES[NUMBERS].astype(object)])
def test_classes_may_have_names(named):
    assert looked("classes", parts(ROWS, named), "accuracy") == looked("classes", parts(ROWS, NUMBERS), "accuracy")


def test_classes_may_be_true_or_false():
    told = looked("classes", parts(ROWS, NUMBERS == 1), "accuracy")
    assert told == looked("classes", parts(ROWS, (NUMBERS == 1).astype(int)), "accuracy")


def test_a_class_of_the_test_part_that_nobody_learnt_is_found():
    named = NAMES[NUMBERS].copy().astype(object)
    named[180:] = "jump"
    assert looked("classes", parts(ROWS, named))[0] == [leaks.NOT_LEARNT]


def test_a_target_that_is_read_is_found():
    told = in_time(series())
    shifted = {part: (told[part][0], told[part][0][:, -1, 0]) for part in PARTS}
    assert leaks.GIVEN in looked("series", shifted)[0]
    assert looked("series", {part: told[part] for part in PARTS})[0] == []


TEXTS = ["a text of some words", "another one", "a third"]
ONE_HOT = np.eye(3)[NUMBERS]


@pytest.mark.parametrize(
    ("kind", "told", "words"),
    [
        ("classes", parts(ROWS, ONE_HOT), "labels.argmax(axis=1) makes that"),
        ("classes", parts(200 * ["Anna"], NUMBERS), "inputs of train are texts, expected numbers of shape"),
        ("classes", parts([row[: 3 + n % 3] for n, row in enumerate(ROWS)], NUMBERS), "lengths, from 3 to 5, expected"),
        ("classes", parts(np.where(ROWS > 2, np.nan, ROWS), NUMBERS), "Fill what was not measured before"),
        ("symbols", all_parts([Path("texts/a.txt")]), "train[0] is 'texts/a.txt', the name of a file"),
        ("symbols", all_parts(["my/tunes/b.MID"]), "train[0] is 'my/tunes/b.MID', the name of a file"),
        ("pairs", all_parts((TEXTS, TEXTS)), "list(zip(sources, targets)) makes one"),
        ("pairs", all_parts(TEXTS), "train is no list of pairs"),
        ("pairs", all_parts(3), "train is no list of pairs"),
    ],
)
def test_what_does_not_fit_says_what_to_do(kind, told, words):
    with pytest.raises(ValueError) as refused:  # noqa: PT011
        looked(kind, told)
    assert words in str(refused.value)


def test_windows_of_a_text_that_overlap_are_found():
    text = "".join(rng.choice(list("abcdefgh "), size=3000))
    cut = [text[start : start + 40] for start in range(0, 2960, 5)]
    mixed = [cut[place] for place in rng.permutation(len(cut))]
    told = {"train": mixed[:400], "validation": mixed[400:500], "test": mixed[500:]}
    assert set(looked("symbols", told)[0]) == {leaks.OVERLAP}


@pytest.mark.parametrize("first", ["01.02.2021", "yesterday"])
def test_a_date_in_another_way_is_refused_in_words(first):
    with pytest.raises(ValueError, match=r"times begins with .*, expected numbers, or dates as in '2021-12-31'"):
        project_data.moments([first, first])
