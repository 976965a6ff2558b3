"""Translating by counting: words find their partners, phrases are cut out, a new sentence is covered by them."""

from __future__ import annotations

import numpy as np
import pytest

import rnncourse
from rnncourse import phrase_tables

PAIRS = [
    ("the house", "la maison"),
    ("the car", "la voiture"),
    ("a house", "une maison"),
    ("the red house", "la maison rouge"),
    ("a red car", "une voiture rouge"),
    ("we see the house", "nous voyons la maison"),
    ("we see a car", "nous voyons une voiture"),
    ("we find a house", "nous trouvons une maison"),
    ("you see the house", "vous voyez la maison"),
]


def test_words_that_keep_meeting_belong_together():
    table = rnncourse.word_table(PAIRS)
    english, french = ({word: number for number, word in enumerate(words)} for words in table[1:])
    assert table.shares.shape == (len(french), len(english))
    for one, other in [("house", "maison"), ("car", "voiture"), ("red", "rouge"), ("the", "la"), ("a", "une")]:
        assert np.argmax(table.shares[:, english[one]]) == french[other]
    heard = table.shares[:, [english[word] for word in ("the", "a", "red", "house", "car", "we", "see")]]
    np.testing.assert_allclose(heard.sum(axis=0), 1)


def test_one_round_is_the_counting_of_brown_and_others_by_hand():
    """From equal shares: of "b" in ("x y", "b") each of x, y and nobody gets a third, of "a" in ("x", "a") a half."""
    table = rnncourse.word_table([("x y", "b"), ("x", "a")], rounds=1)
    x, a, b = table.source_vocabulary.index("x"), *(table.target_vocabulary.index(word) for word in "ab")
    assert table.shares[a, x] == pytest.approx((1 / 2) / (1 / 2 + 1 / 3))
    assert table.shares[b, x] == pytest.approx((1 / 3) / (1 / 2 + 1 / 3))


def test_the_likelihood_never_falls():
    def likelihood(rounds):
        shares, english, french = rnncourse.word_table(PAIRS, rounds)
        total = 0.0
        for source, target in PAIRS:
            asked = [0, *(english.index(word) for word in source.split())]
            total += sum(np.log(shares[french.index(word), asked].mean()) for word in target.split())
        return total

    reached = [likelihood(rounds) for rounds in (1, 2, 4, 8)]
    assert reached == sorted(reached)
    assert reached[-1] > reached[0] + 1


def test_phrases_have_links_to_each_other_and_none_out_of_either():
    """the red house | la maison rouge: "red house" and "maison rouge" are one, "the red" and "la maison" are not."""
    links = np.array([[1, 0, 0], [0, 0, 1], [0, 1, 0]], bool)
    found = {(tuple(map(int, rows)), tuple(map(int, columns))) for rows, columns in phrase_tables._phrases(links, 3)}
    assert found == {
        ((0, 1), (0, 1)), ((1, 2), (2, 3)), ((2, 3), (1, 2)), ((1, 3), (1, 3)), ((0, 3), (0, 3)),
    }  # fmt: skip
    short = {rows for rows, _ in phrase_tables._phrases(links, 1)}
    assert all(j - i == 1 for i, j in short)


def test_a_phrase_is_turned_round_as_it_was_seen_and_two_words_that_were_not_may_be():
    asked = ["we see the red house", "we see a red house"]
    assert rnncourse.phrase_table_baseline(PAIRS, asked[:1]) == ["nous voyons la maison rouge"]
    assert rnncourse.word_by_word_baseline(PAIRS, asked[:1]) == ["nous voyons la rouge maison"]
    options = {("cold",): [(("froid",), -0.1)], ("water",): [(("eau",), -0.2)], ("hot", "tea"): [(("thé",), -0.3)]}
    found = list(phrase_tables._options_from(["cold", "water", "hot", "tea"], 0, options, 3))
    assert found == [(1, ("froid",), -0.1), (2, ("eau", "froid"), pytest.approx(0.7))]
    assert list(phrase_tables._options_from(["hot", "tea"], 0, options, 3)) == [
        (1, ("hot",), phrase_tables._UNSEEN), (2, ("thé",), -0.3),
    ]  # fmt: skip
    french = phrase_tables._Trigrams([["la", "maison", "rouge"], ["l'", "eau", "chaude"], ["l'", "eau", "pure"]])
    the = {("the",): [(("l'",), 0.0)]}
    assert phrase_tables._cover(["the", "cold", "water"], options | the, french, 5, 10) == ["l'", "eau", "froid"]


def test_unknown_words_are_copied():
    assert rnncourse.phrase_table_baseline(PAIRS, ["the pizza"])[0].split()[-1] == "pizza"
    assert rnncourse.word_by_word_baseline(PAIRS, ["pizza"]) == ["pizza"]
    assert rnncourse.phrase_table_baseline(PAIRS, [""]) == [""]


def test_trigrams_add_up_to_one_and_prefer_what_came():
    language = phrase_tables._Trigrams([target.split() for _, target in PAIRS])
    words = {word for _, target in PAIRS for word in target.split()} | {"<eos>"}
    for before in [("<go>", "<go>"), ("<go>", "la"), ("never", "heard")]:
        shares = [np.exp(language(before, word)) for word in words]
        assert sum(shares) == pytest.approx(1 - np.exp(language(before, "unknown")), abs=1e-9)
    assert language(("<go>", "la"), "maison") > language(("<go>", "la"), "une")


def test_it_beats_a_dictionary_on_the_grammar():
    phrases = rnncourse.make_phrases()
    asked, wanted = zip(*phrases.test[:100], strict=True)
    table, words = (
        rnncourse.exact_match(baseline(phrases.train[:1500], asked), wanted)
        for baseline in (rnncourse.phrase_table_baseline, rnncourse.word_by_word_baseline)
    )
    assert table > words + 20


@pytest.mark.parametrize("baseline", [rnncourse.word_by_word_baseline, rnncourse.phrase_table_baseline])
def test_without_pairs_there_is_nothing_to_count(baseline):
    with pytest.raises(ValueError, match="expected a list of"):
        baseline([], ["the house"])
    with pytest.raises(ValueError, match="sources"):
        baseline(PAIRS, "the house")
