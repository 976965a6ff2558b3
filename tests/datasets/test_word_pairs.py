"""Words that belong together: each pair once, and nearly all of them in the text that is learnt from."""

from __future__ import annotations

import numpy as np

import rnncourse


def test_pairs_are_of_words_of_the_documentation_and_none_is_there_twice():
    known = set(rnncourse.load_docs_words().vocabulary)
    assert len(rnncourse.WORD_PAIRS) >= 60
    assert len(set(map(frozenset, rnncourse.WORD_PAIRS))) == len(rnncourse.WORD_PAIRS)
    assert np.mean([set(pair) <= known for pair in rnncourse.WORD_PAIRS]) > 0.9


def test_an_analogy_has_four_different_words():
    known = set(rnncourse.load_docs_words().vocabulary)
    assert len(rnncourse.ANALOGIES) > 0
    assert all(len(set(words)) == 4 for words in rnncourse.ANALOGIES)
    assert np.mean([set(words) <= known for words in rnncourse.ANALOGIES]) > 0.9


def test_everyday_analogies_are_of_words_that_the_large_table_has():
    known = set(rnncourse.load_glove_words().vocabulary)
    assert all(len(set(words)) == 4 and set(words) <= known for words in rnncourse.EVERYDAY_ANALOGIES)
