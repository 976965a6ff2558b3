"""Costs and scores: padding never counts, sacrebleu agrees with counting by hand, the baselines are what they claim."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

import rnncourse
from rnncourse.translation_scores import Scores

REFERENCES = ["je bois du lait", "elle ne mange pas de pain", "nous voyons un bel arbre"]
WRONG = ["je bois de l' eau", "elle ne mange pas de pain", "nous voyons un arbre"]


@pytest.fixture
def batch():
    """Logits of 5 words for 4 sentences of 3, 1, 6 and 4 words."""
    rng = np.random.default_rng(7)
    there = rnncourse.sequence_mask([3, 1, 6, 4], 6)
    return rng.normal(0, 2, size=(4, 6, 5)), rng.integers(1, 5, size=(4, 6)) * there


# Padding never counts


def test_the_masked_cost_is_kerass_with_the_padding_cut_off(batch):
    logits, targets = batch
    real = targets != 0
    costs = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none")(targets[real], logits[real])
    assert rnncourse.masked_cross_entropy(logits, targets) == pytest.approx(float(np.mean(costs)), rel=1e-6)
    assert rnncourse.masked_cross_entropy(logits, targets) == pytest.approx(
        float(rnncourse.masked_loss(targets, tf.constant(logits))), rel=1e-12
    )


def test_the_masked_accuracy_is_the_share_of_the_real_places(batch):
    logits, targets = batch
    hits = [np.argmax(logits[i, t]) == targets[i, t] for i in range(4) for t in range(6) if targets[i, t]]
    assert len(hits) == 14
    assert 0 < sum(hits) < 14
    assert rnncourse.masked_accuracy(logits, targets) == pytest.approx(sum(hits) / 14)


@pytest.mark.parametrize("score", [rnncourse.masked_cross_entropy, rnncourse.masked_accuracy])
def test_neither_more_padding_nor_what_is_said_there_changes_a_score(score, batch):
    logits, targets = batch
    other = np.where(targets[:, :, None] == 0, 50.0 * np.arange(5), logits)
    wider = np.pad(other, ((0, 0), (0, 9), (0, 0))), np.pad(targets, ((0, 0), (0, 9)))
    assert score(*wider) == pytest.approx(score(logits, targets), rel=1e-12)


def test_large_logits_do_not_overflow():
    logits = np.array([[[0.0, 1000.0, -1000.0]]])
    assert rnncourse.masked_cross_entropy(logits, np.array([[1]])) == 0
    assert rnncourse.masked_cross_entropy(logits, np.array([[2]])) == pytest.approx(2000)


@pytest.mark.parametrize("score", [rnncourse.masked_cross_entropy, rnncourse.masked_accuracy])
@pytest.mark.parametrize(
    ("logits", "targets", "message"),
    [
        (np.zeros((2, 3, 4)), np.zeros((2, 3), int), "nothing but <pad>"),
        (np.zeros((2, 3, 4)), np.ones((2, 2), int), "targets has shape"),
        (np.zeros((1, 2, 3)), [[3, 0]], "targets has numbers from 0 to 3, expected whole numbers from 0 to 2"),
        (
            np.zeros((2, 3, 4)),
            np.full((2, 3), -1),
            "targets has numbers from -1 to -1, expected whole numbers from 0 to 3",
        ),
        (np.zeros((2, 3, 4)), np.ones((2, 3)), "targets has dtype float64"),
        (np.zeros((2, 3)), np.ones((2, 3), int), "logits has shape"),
    ],
)
def test_what_does_not_fit_is_refused(score, logits, targets, message):
    with pytest.raises(ValueError, match=message):
        score(logits, targets)


# Sentences


def test_exact_match_counts_whole_sentences():
    assert rnncourse.exact_match(WRONG, REFERENCES) == pytest.approx(100 / 3)
    assert rnncourse.exact_match([f" {line.replace(' ', '  ')} " for line in REFERENCES], REFERENCES) == 100
    assert rnncourse.exact_match([""], ["je"]) == 0


def test_perfect_and_silent_translations():
    assert rnncourse.corpus_scores(REFERENCES, REFERENCES) == Scores(100, 100, 100)
    assert rnncourse.corpus_scores(["", "", ""], REFERENCES) == Scores(0, 0, 0)


@pytest.mark.parametrize("sentence", ["good morning", "ok", "a b c", "save all files now", ""])
def test_a_perfect_translation_has_100_however_short_it_is(sentence):
    assert rnncourse.corpus_scores([sentence], [sentence]) == Scores(100, 100, 100)
    assert rnncourse.corpus_scores([sentence, "il boit"], [sentence, "il boit"]) == Scores(100, 100, 100)


def test_bleu_of_short_sentences_counts_the_runs_that_there_are():
    """Three of four words; of two runs of two words none, for which sacrebleu counts half a one."""
    scores = rnncourse.corpus_scores(["good day", "to bed"], ["good morning", "to bed"])
    assert scores.bleu == pytest.approx(100 * np.sqrt(3 / 4 * 1 / 2))
    assert rnncourse.corpus_scores(["good day"], ["good morning"]).bleu == pytest.approx(100 * np.sqrt(1 / 2 * 1 / 2))


def test_lists_may_come_from_generators():
    given = iter(WRONG), (line for line in REFERENCES)
    assert rnncourse.corpus_scores(*given) == rnncourse.corpus_scores(WRONG, REFERENCES)
    assert rnncourse.exact_match(iter(WRONG), iter(REFERENCES)) == pytest.approx(100 / 3)
    assert rnncourse.copy_baseline(iter(WRONG)) == WRONG
    pairs = zip(*zip(*LEARNT, strict=True), strict=True)
    assert rnncourse.nearest_neighbour_baseline(pairs, iter(["he drinks milk"])) == ["il boit du lait"]


@pytest.mark.parametrize("dtype", ["float16", "float32", "int16", "uint8"])
def test_the_masked_scores_of_logits_of_any_dtype(dtype, batch):
    logits, targets = (20 + 3 * batch[0]).astype(dtype), batch[1]
    precise = logits.astype(float)
    for score in (rnncourse.masked_cross_entropy, rnncourse.masked_accuracy):
        assert score(logits, targets.astype("uint8")) == pytest.approx(score(precise, targets), rel=1e-5)


def test_bleu_is_what_one_counts_by_hand():
    """Runs of 1, 2, 3, 4 words that are in the reference too, of all; one word too short: exp(1 - 15 / 15) = 1."""
    counted = {"right": [12, 8, 5, 3], "all": [15, 12, 9, 6]}
    words = [sum(len(line.split()) for line in lines) for lines in (WRONG, REFERENCES)]
    assert words == [15, 15]
    expected = 100 * np.prod(np.divide(counted["right"], counted["all"])) ** 0.25
    assert rnncourse.corpus_scores(WRONG, REFERENCES).bleu == pytest.approx(expected)

    assert rnncourse.corpus_bleu(WRONG, REFERENCES) == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(4))
def test_our_bleu_is_that_of_sacrebleu(seed):
    """Words said twice, sentences too short and too long, some of one word: added up before anything is divided."""
    rng = np.random.default_rng(seed)
    references = [" ".join(rng.choice(list("abcdef"), size=size)) for size in (9, 7, 12, 1, 8)]
    changed = lambda word: rng.choice(list("abcdef")) if rng.random() < 0.15 else word  # noqa: E731
    predictions = [" ".join(list(map(changed, line.split()))[: rng.integers(5, 14)]) for line in references]
    predictions[0] += " a a a" * (seed % 2)
    ours, theirs = rnncourse.corpus_bleu(predictions, references), rnncourse.corpus_scores(predictions, references).bleu
    assert 5 < ours < 100
    assert ours == pytest.approx(theirs, rel=1e-9)


def test_bleu_is_nothing_where_no_run_of_four_is_right_and_all_where_all_is():
    assert rnncourse.corpus_bleu(["a b c x e f"], ["a b c d e f"]) == 0
    assert rnncourse.corpus_bleu(REFERENCES, REFERENCES) == pytest.approx(100)


def test_the_words_are_ours_and_not_split_again():
    """Five of six words are right. A tokenizer of sacrebleu's would make eight of them: g . h"""
    scores = rnncourse.corpus_scores(["b c d e f g.h"], ["b c d e f g,h"])
    assert scores.bleu == pytest.approx(100 * (5 / 6 * 4 / 5 * 3 / 4 * 2 / 3) ** 0.25)


def test_bleu_and_chrf_go_down_with_every_mistake():
    perfect, one, two = (
        rnncourse.corpus_scores(lines, REFERENCES)
        for lines in (REFERENCES, [*REFERENCES[:2], WRONG[2]], [WRONG[0], REFERENCES[1], WRONG[2]])
    )
    assert perfect.bleu > one.bleu > two.bleu > 0
    assert perfect.chrf > one.chrf > two.chrf > 0


@pytest.mark.parametrize("score", [rnncourse.exact_match, rnncourse.corpus_scores])
@pytest.mark.parametrize(
    ("predictions", "references", "message"),
    [
        ("je bois", ["je bois"], "predictions is the text 'je bois'"),
        ([float("nan")], ["je bois"], r"predictions\[0\] is nan, expected a sentence: a text"),
        (["je bois"], 7, "references is 7, expected a list of sentences"),
        (["je bois"], "je bois", "put it in brackets"),
        (["je", "tu"], ["je"], "2 predictions and 1 references"),
        ([], [], "0 predictions"),
    ],
)
def test_wrong_lists_are_refused(score, predictions, references, message):
    with pytest.raises(ValueError, match=message):
        score(predictions, references)


# Baselines

LEARNT = [
    ("i drink milk", "je bois du lait"),
    ("he drinks milk", "il boit du lait"),
    ("i do not drink cold milk", "je ne bois pas de lait froid"),
    ("very very good", "très très bon"),
    ("milk i drink", "du lait , je bois"),
]


def test_the_most_frequent_target_is_said_to_everybody():
    pairs = [("hello", "salut"), ("hi", "bonjour"), ("good morning", "bonjour")]
    assert rnncourse.most_frequent_baseline(pairs, ["hello", "what"]) == ["bonjour", "bonjour"]
    with pytest.raises(ValueError, match="train_pairs"):
        rnncourse.most_frequent_baseline([], ["hello"])


def test_copy_says_what_it_is_given():
    assert rnncourse.copy_baseline(["ok", "save all"]) == ["ok", "save all"]
    with pytest.raises(ValueError, match="put it in brackets"):
        rnncourse.copy_baseline("ok")


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("i drink milk", "je bois du lait"),  # and not the last, which has the same words: the first counts
        ("i drink water", "je bois du lait"),
        ("i do not drink cold water", "je ne bois pas de lait froid"),
        ("very very bad", "très très bon"),
        ("nothing of this", "je bois du lait"),
    ],
)
def test_the_nearest_neighbour_shares_the_most_words(source, target):
    assert rnncourse.nearest_neighbour_baseline(LEARNT, [source, "he drinks milk"]) == [target, "il boit du lait"]


def nearest_by_counting(pairs, source):
    """The same with multisets and a loop."""
    from collections import Counter

    def similarity(other):
        one, two = Counter(source.split()), Counter(other.split())
        return (one & two).total() / (one | two).total()

    return max(pairs, key=lambda pair: similarity(pair[0]))[1]


def test_the_nearest_neighbour_equals_a_loop():
    phrases = rnncourse.make_phrases()
    sources = [source for source, _ in phrases.test][:1000]
    said = rnncourse.nearest_neighbour_baseline(phrases.train[:5000], sources)
    few = np.random.default_rng(0).permutation(1000)[:15]
    assert [said[i] for i in few] == [nearest_by_counting(phrases.train[:5000], sources[i]) for i in few]


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ([], r"train_pairs is \[\], expected a list of \(source, target\), at least one"),
        (iter([]), r"train_pairs is .*, expected a list of \(source, target\), at least one"),
        ([("i drink",)], r"train_pairs\[0\] is \('i drink',\), expected two texts"),
        ([("i", "je"), ("we", None)], r"train_pairs\[1\] is \('we', None\), expected two texts"),
        (["ab"], r"train_pairs\[0\] is 'ab', expected two texts"),
    ],
)
def test_without_training_pairs_there_is_no_neighbour(pairs, message):
    with pytest.raises(ValueError, match=message):
        rnncourse.nearest_neighbour_baseline(pairs, ["i drink milk"])
