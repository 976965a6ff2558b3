"""A project keeps what it is told, in its order, over restarts; it tries what it can, and refuses what is no number."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import rnncourse
from rnncourse import honesty, leaks
from rnncourse.project import MEDIA_TYPE, Card, Project, findings

from made_projects import LOOK, QUESTION, in_time, made, of_masks, series, shuffled, windows

rng = np.random.default_rng(7)
CUTS = slice(0, 120), slice(120, 160), slice(160, 200)


def names(project):
    return [finding.name for finding in findings(project.now())]


def test_everything_has_its_number_in_order(capsys):
    card = made().now()
    orders = [card.split.order, *(b.order for b in card.baselines), *(r.order for r in card.results)]
    assert orders == sorted(orders)
    assert card.looks[0].order > card.results[-1].order
    assert card.notes[0].order > card.looks[0].order
    assert [b.by for b in card.baselines] == ["course"] * 4 + ["you"]
    said = capsys.readouterr().out
    assert "split: train 228, validation 80, test 80; found: nothing that the parts should not share" in said
    assert "GRU, seed 1: 1,000 parameters, validation ≈ 0.215" in said


def test_simple_ways_are_scored_on_the_test_part_when_it_is_looked_at():
    assert all(baseline.test is None for baseline in made(looks=()).now().baselines)
    tested = {baseline.name: baseline.test for baseline in made().now().baselines}
    assert tested["persistence: the last value"] > 0.3
    assert tested["a linear fit of 12 values"] is None, "nobody has said it"
    told = made(looks=({**LOOK, "a linear fit of 12 values": 0.24},)).now()
    assert told.best_of_yours.test == 0.24


def test_a_card_is_shown_and_returned(capsys, monkeypatch):
    card = made().card()
    assert isinstance(card, Card)
    assert "Project: Does a GRU" in capsys.readouterr().out
    shown = []
    monkeypatch.setattr("rnncourse.project.show_output", lambda bundle, elsewhere: shown.append(bundle))
    made().card()
    assert {*shown[0]} == {"text/html", "text/plain", MEDIA_TYPE}
    assert Card.read(shown[0][MEDIA_TYPE]) == card


def test_a_cell_that_is_run_again_keeps_its_first_number_and_tells_the_last_score():
    project = made()
    before = project.now().results[0]
    project.result("GRU", parameters=1000, seed=0, score=0.211)
    after = project.now().results[0]
    assert (after.order, after.score) == (before.order, 0.211)
    assert len(project.now().results) == 6


# -------------------------------------------------------------------------------------------------------- restarts
def test_a_notebook_that_is_run_again_has_looked_once(tmp_path):
    for run in (1, 2, 3):
        card = made(journal=tmp_path / "journal.jsonl").now()
        assert card.run == run
        assert findings(card) == ()


def test_another_configuration_after_a_restart_is_a_second_look(tmp_path):
    made(journal=tmp_path / "journal.jsonl")
    again = made(journal=tmp_path / "journal.jsonl", looks=({"GRU": 0.20, "LSTM": 0.263},))
    assert names(again) == [honesty.SECOND_LOOK]
    assert "(run 1 of the notebook, then run 2)" in findings(again.now())[0].words


def test_a_look_is_remembered_whatever_the_windows_and_forgotten_with_new_data(tmp_path):
    made(journal=tmp_path / "journal.jsonl", looks=({"GRU": 0.19},), winner=None)
    inputs, targets, starts = windows(series())
    shorter = of_masks(inputs[:, 3:], targets, starts, [range(200), range(220, 290), range(310, len(inputs))])
    assert honesty.SECOND_LOOK in names(made(parts=shorter, journal=tmp_path / "journal.jsonl"))
    fresh = in_time(series(seed=1))
    assert honesty.SECOND_LOOK not in names(made(parts=fresh, journal=tmp_path / "journal.jsonl"))


def test_a_journal_with_strange_lines_is_read_over(tmp_path):
    path = tmp_path / "journal.jsonl"
    path.write_text(
        '{"what": "look", "run": "x"}\n{"what": "look", "run": 1, "order": 1, "scores": 3, "sketch": []}\n{"a": 1}\n'
    )
    assert names(made(journal=path)) == []


def test_a_folder_that_cannot_be_written_stops_nobody(tmp_path, capsys):
    project = made(journal=tmp_path / "nowhere" / "journal.jsonl")
    project.card()
    assert "could not be written" in capsys.readouterr().out
    assert names(project) == []


# ----------------------------------------------------------------------------------------------------------- the kinds
def test_a_shuffled_series_leaks_and_one_without_times_is_not_known():
    assert {leaks.OVERLAP, leaks.SHUFFLED} <= set(names(made(parts=shuffled(series()))))
    parts = in_time(series())
    del parts["times"]
    assert names(made(parts=parts)) == [honesty.NO_TIMES]


def test_windows_with_targets_at_every_step_are_windows_too():
    values = series()
    inputs, targets = rnncourse.make_windows(values, 12, 2)
    parts = of_masks(inputs, targets, np.arange(len(inputs)), [range(220), range(233, 300), range(313, len(inputs))])
    project = Project(QUESTION, "MSE", journal=None)
    project.split("series", **parts)
    assert project.now().split.leaks == ()
    assert project.now().split.independent == 37


def test_dates_are_times():
    parts = in_time(series())
    parts["times"] = tuple(np.datetime64("2020-01-01") + when for when in parts["times"])
    assert names(made(parts=parts)) == []


def test_texts_tunes_sentences_and_classes_can_be_split():
    words = ["the", "cat", "sat", "on", "a", "mat", "and", "dog", "ran", "after", "it", "for", "while"]
    text = " ".join(rng.choice(words, size=1500))
    project = Project("How many bits does a letter cost here?", "bits per letter", journal=None)
    project.split("symbols", train=text[:4000], validation=text[4000:5000], test=text[5000:])
    assert project.now().best_baseline.name.startswith("counts of what follows")
    assert len(project.now().baselines) == 1

    tunes = [rng.integers(40, 80, size=100) for _ in range(12)]
    project = Project("How many bits does a note cost here?", "bits", journal=None)
    project.split("symbols", train=tunes[:8], validation=tunes[8:10], test=[*tunes[10:], tunes[0]])
    assert names(project)[0] == leaks.PASSAGES

    project = Project("Does it say yes more often than copying?", "exact match", journal=None)
    project.split("pairs", train=[("a b", "c")] * 2, validation=[("d", "e")], test=[("a b", "c")])
    assert leaks.DUPLICATES in names(project)

    rows, labels = rng.normal(size=(90, 5, 2)), rng.integers(0, 2, size=90)
    project = Project("Can a GRU tell these two movements apart?", "accuracy", journal=None)
    cuts = {"train": slice(0, 50), "validation": slice(50, 70), "test": slice(70, 90)}
    parts = {part: (rows[cut], labels[cut]) for part, cut in cuts.items()}
    people = [np.arange(50) // 10, np.arange(20) // 10 + 5, np.arange(20) // 10 + 6]
    project.split("classes", **parts, groups=people)
    assert {leaks.GROUPS, honesty.SMALL_TEST} <= set(names(project))


def test_a_measure_of_ones_own_has_a_direction_and_no_simple_ways():
    project = Project(QUESTION, "loudness", higher_is_better=True, journal=None)
    project.split("series", **in_time(series()))
    assert project.now().baselines == ()
    assert project.now().higher_is_better
    assert not Project(QUESTION, "MAE in °C", journal=None).now().higher_is_better
    assert Project(QUESTION, "accuracy", journal=None).now().higher_is_better


def test_a_model_says_itself_how_many_parameters_it_has():
    class Model:
        def count_params(self):
            return 123

    project = made(results={}, looks=())
    project.result("GRU", parameters=Model(), seed=np.int64(1), score=np.float32(0.5))
    assert project.now().results[0].parameters == 123


def test_a_score_that_takes_the_place_of_another_says_so(capsys):
    project = made()
    capsys.readouterr()
    project.result("GRU", parameters=1000, seed=0, score=0.21)
    assert "in the place" not in capsys.readouterr().out
    project.result("GRU", parameters=1000, seed=0, score=0.2)
    project.baseline("a linear fit of 12 values", 0.26)
    said = capsys.readouterr().out
    assert "validation ≈ 0.2 (in the place of ≈ 0.21, which was told before)" in said
    assert "≈ 0.26 (in the place of ≈ 0.25, which" in said


def test_percents_are_percents_for_the_simple_ways_too():
    rows, labels = rng.normal(size=(200, 6, 1)), rng.integers(0, 2, size=200)
    parts = {part: (rows[cut], labels[cut]) for part, cut in zip(leaks.PARTS, CUTS, strict=True)}
    scores = []
    for metric in ("accuracy", "accuracy in %"):
        project = Project(QUESTION, metric, journal=None)
        project.split("classes", **parts)
        scores.append([each.score for each in project.now().baselines])
    assert scores[1] == pytest.approx([100 * score for score in scores[0]])
    project.baseline("mine", 55)


def test_what_stands_at_the_end_of_a_cell_is_short():
    project = made()
    assert repr(project).startswith("<project 'Does a GRU forecast")
    assert repr(project).endswith("project.card() shows it>")
    assert repr(project.now()).endswith(": 5 baselines, 6 trainings, 1 look>")


# ------------------------------------------------------------------------------------------------------- wrong use
class NotBuilt:
    """As a Keras model is before it has seen an input."""

    def count_params(self):
        raise ValueError("the layer isn't built")


ONES = np.ones((3, 2, 1)), np.ones(3)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda p: Project(3, "MAE"), "question is 3, expected words"),
        (lambda p: Project("", "MAE"), "question has 0 characters"),
        (lambda p: Project("q", "loudness"), "say higher_is_better=True or False"),
        (lambda p: p.split("sries", **in_time(series())), "kind is 'sries', expected one of 'series'"),
        (lambda p: p.split("series", **{**in_time(series()), "test": 3}), "test is int, expected two arrays"),
        (lambda p: p.split("series", **{**in_time(series()), "times": (1, 2)}), "times has 2 entries, expected"),
        (lambda p: p.split("series", **{**in_time(series()), "times": ([1], [2], [3])}), "times of train has 1"),
        (lambda p: p.split("classes", **in_time(np.append(series(), np.nan))), "expected finite numbers"),
        (lambda p: p.split("series", train=ONES, validation=(ONES[0][:0], ONES[1][:0]), test=ONES), "shape (0, 2, 1)"),
        (lambda p: p.split("series", train=ONES, validation=(np.ones((3, 4, 1)), ONES[1]), test=ONES), "(3, 4, 1)"),
        (lambda p: p.split("symbols", train="", validation="a", test="b"), "train has no symbols"),
        (lambda p: p.split("symbols", train=np.ones(9), validation="ab", test="bc"), "train is an array of float64"),
        (lambda p: p.split("pairs", train=[], validation=[], test=[]), "train is no list of pairs"),
        (lambda p: p.baseline("", 0.1), "name has 0 characters"),
        (lambda p: p.baseline("mean", "0.1"), "score is '0.1', expected a number"),
        (lambda p: p.baseline("mean", float("nan")), "A training that ends so is a failure worth telling"),
        (lambda p: p.baseline("persistence: the last value", 0.1), "give yours another"),
        (lambda p: p.result("GRU", parameters=0, seed=0, score=1), "parameters is 0, expected a whole number"),
        (lambda p: p.result("GRU", parameters=10, seed=True, score=1), "seed is True"),
        (lambda p: p.result("GRU", parameters=10, seed=1, score=[1, 2]), "one score on one part"),
        (lambda p: p.look(0.3), "expected a dictionary such as"),
        (lambda p: p.look({}), "expected a dictionary"),
        (lambda p: p.look({"GRU": None}), "the score of 'GRU' is None"),
        (lambda p: p.look({"GRUs": 0.2}), "has 'GRUs', expected cells and baselines that are on the card: 'GRU'"),
        (lambda p: p.look({"gru": 0.2}), "Did you mean 'GRU'? Nothing was recorded."),
        (lambda p: p.result("GRU", parameters=10, seed=1, score=-0.1), "is -0.1, expected a number of at least 0"),
        (lambda p: p.result("GRU", parameters=NotBuilt(), seed=1, score=0.1), "is a model that has no weights yet"),
        (lambda p: Project("q", "MAE", higher_is_better=True), "higher_is_better is True, expected False for 'MAE'"),
        (lambda p: Project("q", "accuracy", journal=None).baseline("mine", 55), 'with the measure "accuracy in %"'),
        (lambda p: p.note("feelings", "good"), "expected one of 'inside', 'failure', 'share'"),
        (lambda p: p.conclude(3, "x"), "winner is 3, expected words"),
        (lambda p: p.conclude(None, " "), "words has 0 characters"),
    ],
)  # fmt: skip
def test_wrong_use_is_named(call, words):
    project = made()
    with pytest.raises((TypeError, ValueError)) as refused:
        call(project)
    assert words in str(refused.value)
    assert Card.read(project.now().text()) == project.now(), "and leaves the card as it was"


def test_words_lose_what_a_terminal_would_obey():
    project = made(question="Is a GRU \x1b[2J better\n than\ta linear fit \udcff here?")
    assert project.now().question == "Is a GRU [2J better than a linear fit here?"


def test_a_project_ends_somewhere():
    project = made()
    for seed in range(299 - 14):
        project.result("RNN", parameters=1000, seed=seed, score=0.5)
    with pytest.raises(ValueError, match="300 records, the most that a card can hold"):
        [project.note("failure", f"the {number}th") for number in range(3)]
    assert Card.read(project.now().text()) == project.now()


def test_it_needs_no_tensorflow():
    told = "import sys, rnncourse.project; print('tensorflow' in sys.modules, 'keras' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["False", "False"]
