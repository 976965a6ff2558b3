"""Words as whole numbers, and back; the three arrays of teacher forcing; what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import rnncourse
from rnncourse.vocabulary import EOS, GO, PAD, SPECIAL, UNK

PAIRS = [
    ("i drink milk", "je bois du lait"),
    ("we eat", "nous mangeons"),
    ("i see the red house", "je vois la maison rouge"),
]
ENGLISH, FRENCH = (rnncourse.build_vocabulary([pair[side] for pair in PAIRS]) for side in (0, 1))


@pytest.fixture
def sentences():
    return rnncourse.make_sentences(PAIRS, ENGLISH, FRENCH)


def test_a_vocabulary_begins_with_the_special_tokens_and_goes_by_frequency():
    words = rnncourse.build_vocabulary(["b a c", "c b", "c d"])
    assert words == ("<pad>", "<go>", "<eos>", "<unk>", "c", "b", "a", "d")
    assert rnncourse.build_vocabulary(["b a c", "c b", "c d"], least=2) == (*SPECIAL, "c", "b")
    assert (PAD, GO, EOS, UNK) == (0, 1, 2, 3)


def test_the_three_arrays_of_the_tutorials_figure():
    arrays = rnncourse.make_sentences(PAIRS[:1], ENGLISH, FRENCH)
    words = [
        [vocabulary[token] for token in row[0]]
        for row, vocabulary in zip(arrays, (ENGLISH, FRENCH, FRENCH), strict=True)
    ]
    assert words == [
        ["i", "drink", "milk"],
        ["<go>", "je", "bois", "du", "lait"],
        ["je", "bois", "du", "lait", "<eos>"],
    ]
    assert all(array.dtype == np.int32 for array in arrays)


def test_sentences_of_different_lengths_are_padded_after_their_end(sentences):
    assert sentences.sources.shape == (3, 5)
    assert sentences.targets.shape == sentences.decoder_inputs.shape == (3, 6)
    assert sentences.targets[1].tolist()[2:] == [EOS, PAD, PAD, PAD]
    assert sentences.decoder_inputs[1].tolist()[0] == GO
    np.testing.assert_array_equal(sentences.decoder_inputs[:, 1:], sentences.targets[:, :-1])


def test_pairs_may_come_from_a_zip(sentences):
    sources, targets = zip(*PAIRS, strict=True)
    for made, expected in zip(
        rnncourse.make_sentences(zip(sources, targets, strict=True), ENGLISH, FRENCH), sentences, strict=True
    ):
        np.testing.assert_array_equal(made, expected)


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ([], r"pairs is \[\], expected a list of \(source, target\), at least one"),
        ([("we eat", "nous mangeons", "3")], r"pairs\[0\] is .*, expected two texts"),
        ("we", r"pairs\[0\] is 'w', expected two texts"),
        (7, "pairs is 7, expected a list of"),
    ],
)
def test_what_is_no_pair_is_named(pairs, message):
    with pytest.raises(ValueError, match=message):
        rnncourse.make_sentences(pairs, ENGLISH, FRENCH)


def test_there_and_back():
    for side, vocabulary in enumerate((ENGLISH, FRENCH)):
        texts = [pair[side] for pair in PAIRS]
        for end in (False, True):
            assert rnncourse.decode_sentences(rnncourse.encode_sentences(texts, vocabulary, end), vocabulary) == texts
    assert rnncourse.encode_sentences(["i drink tea"], ENGLISH)[0, 2] == UNK
    assert rnncourse.decode_sentences([[GO, 5, EOS, 6]], FRENCH) == [FRENCH[5]]


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="'i drink', expected a list of sentences"):
        rnncourse.encode_sentences("i drink", ENGLISH)
    with pytest.raises(ValueError, match="'i drink', expected a list of sentences"):
        rnncourse.build_vocabulary("i drink")
    with pytest.raises(ValueError, match="hold the word '<eos>'"):
        rnncourse.build_vocabulary(["end <eos>"])
    with pytest.raises(ValueError, match=r"vocabulary begins with .*'i'.*, expected .*'<pad>'"):
        rnncourse.encode_sentences(["i drink"], ("i", "drink"))
    with pytest.raises(ValueError, match="the vocabulary of the other language"):
        rnncourse.decode_sentences([[99]], ENGLISH)
    with pytest.raises(ValueError, match="at least one step of time"):
        rnncourse.shift_right(np.zeros((2, 0), int))
    with pytest.raises(ValueError, match=r"expected \(batch, time\)"):
        rnncourse.shift_right([1, 2])


def test_an_accent_is_part_of_its_letter_however_it_is_spelt():
    composed, decomposed = "la b\u00e9b\u00e9", "la be\u0301be\u0301"
    vocabulary = rnncourse.build_vocabulary([decomposed, composed])
    assert vocabulary == (*SPECIAL, "b\u00e9b\u00e9", "la")
    for text in (composed, decomposed):
        assert rnncourse.encode_sentences([text], vocabulary).tolist() == [[5, 4]]


@pytest.mark.parametrize("mark", ["<pad>", "<go>", "<eos>"])
def test_a_mark_inside_a_sentence_is_refused_and_an_unknown_word_is_not(mark):
    with pytest.raises(ValueError, match=rf"sentences\[1\] holds '{mark}', which is a special token"):
        rnncourse.encode_sentences(["i eat", f"i {mark} drink"], ENGLISH)
    assert rnncourse.encode_sentences(["i <unk>"], ENGLISH)[0, 1] == UNK


@pytest.mark.parametrize("wrong", [[3], [None], 5, [["i"]]])
def test_what_are_no_sentences_is_refused(wrong):
    for call in (rnncourse.build_vocabulary, lambda sentences: rnncourse.encode_sentences(sentences, ENGLISH)):
        with pytest.raises(ValueError, match=r"sentences(\[0\])? is .*, expected a (sentence|list of sentences)"):
            call(wrong)


def test_sentences_may_come_from_a_generator():
    texts = ["i drink milk", "we eat"]
    assert rnncourse.build_vocabulary(text for text in texts) == rnncourse.build_vocabulary(texts)
    np.testing.assert_array_equal(
        rnncourse.encode_sentences((text for text in texts), (word for word in ENGLISH)),
        rnncourse.encode_sentences(texts, ENGLISH),
    )


@pytest.mark.parametrize("tokens", [[[-1]], [[0.5]], [[5, 99]]])
def test_a_number_of_no_word_is_refused(tokens):
    with pytest.raises(ValueError, match=r"tokens has .*, expected"):
        rnncourse.decode_sentences(tokens, ENGLISH)


def test_shifted_targets_keep_their_dtype():
    for dtype in (np.uint8, np.int32, np.int64):
        shifted = rnncourse.shift_right(np.array([[7, 5, 2]], dtype))
        assert (shifted.dtype, shifted.tolist()) == (dtype, [[1, 7, 5]])
