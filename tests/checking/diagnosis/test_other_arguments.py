"""other_arguments: answers that are right for arguments that are changed, and nothing where none is."""

import numpy as np
import pytest

from rnncourse.checking.diagnosis import other_arguments
from rnncourse.exercises import find

from .evidences import evidence_of, mistake


def said(name, function):
    return other_arguments.find(evidence_of(name, function))


@pytest.mark.parametrize(
    ("name", "title", "words"),
    [
        ("early_stopping", "one epoch too patient", "if patience were 1 larger than it is"),
        ("early_stopping", "one epoch too hasty", "if patience were 1 smaller than it is"),
        ("skip_gram_pairs", "window in all", "if window were half as large as it is, rounded down"),
        ("cross_entropy", "every row with every label", "every row with every one of labels"),
        ("bits_per_character", "every row with every target", "every row with every one of targets"),
        ("negative_sampling_loss", "cosine for product", "centres, contexts and noise were divided by its length"),
        ("lstm_step", "blocks interleaved", "if every fourth column belonged to one gate"),
        ("encode_sentences", "words sorted", "if the words of each of sentences stood in alphabetical order"),
        ("beam_search", "only the last token handed on", "given only the last of what was said so far"),
    ],
)
def test_the_other_argument_is_named(name, title, words):
    assert words in said(name, mistake(name, title))


def shifted(logits, labels):
    return find("cross_entropy").reference(logits, np.roll(labels, 1))


def twice(tokens, window):
    return find("skip_gram_pairs").reference(tokens, 2 * window)


@pytest.mark.parametrize(
    ("name", "function", "words"),
    [
        ("cross_entropy", shifted, "if labels were shifted by one place"),
        ("skip_gram_pairs", twice, "if window were twice as large as it is"),
    ],
)
def test_mistakes_that_no_catalogue_has(name, function, words):
    assert words in said(name, function)


@pytest.mark.parametrize("name", ["rnn_step", "cross_entropy", "lstm_step", "skip_gram_pairs", "bits_per_character"])
def test_nothing_is_said_of_numbers_that_have_nothing_to_do_with_the_arguments(name):
    def noise(*given):
        right = find(name).reference(*given)
        return tuple(np.asarray(r) + 7 for r in right) if isinstance(right, tuple) else np.asarray(right) + 0.123

    assert said(name, noise) is None


def test_one_case_that_speaks_against_it_is_enough():
    asked = []

    def mostly(logits, labels):
        asked.append(1)
        return shifted(logits, labels) + 0.01 * (len(asked) == 2)

    assert said("cross_entropy", mostly) is None


def test_right_answers_are_right_for_no_other_argument():
    assert said("rnn_step", find("rnn_step").reference) is None
