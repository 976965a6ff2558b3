"""The drawings of translation: every word is there, nothing is clipped, and the search drawn is the search run."""

from __future__ import annotations

import math

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

import rnncourse
from rnncourse.plots import sentences
from rnncourse.plots.sentences import beam_tree, plot_attention, sentence_pair

SOURCE, TARGET = ["i", "drink", "milk"], ["je", "bois", "du", "lait"]
TREE = {
    (): {"a": 0.6, "b": 0.4},
    ("a",): {"c": 0.5, "d": 0.3, "e": 0.2},
    ("b",): {"c": 0.9, "d": 0.1},
}


def words_of(figure):
    return [text.get_text() for text in figure.axes[0].texts if text.get_text()]


DRAWINGS = {
    "taught": lambda: sentence_pair(SOURCE, TARGET),
    "used": lambda: sentence_pair(SOURCE, TARGET, feed_back=True),
    "one word": lambda: sentence_pair(["no"], ["non"], feed_back=True),
    "long": lambda: sentence_pair(["internationally"] * 6, ["extraordinaire"] * 6, feed_back=True),
    "tree": lambda: beam_tree(TREE, 2),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_nothing_is_clipped(name):
    figure, _ = DRAWINGS[name]()
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    for artist in [*figure.axes[0].texts, *figure.axes[0].patches]:
        extent = artist.get_window_extent(canvas.get_renderer())
        assert min(extent.x0, extent.y0) >= 0
        assert extent.x1 <= figure.bbox.x1
        assert extent.y1 <= figure.bbox.y1


def test_teacher_forcing_shows_the_target_twice_shifted_by_one():
    figure, alt = sentence_pair(SOURCE, TARGET)
    words = words_of(figure)
    assert words.count("<go>") == words.count("<eos>") == 1
    assert all(words.count(word) == 2 for word in TARGET)
    assert all(words.count(word) == 1 for word in SOURCE)
    place = {
        (text.get_text(), round(text.get_position()[1], 2)): text.get_position()[0] for text in figure.axes[0].texts
    }
    top = max(y for word, y in place if word == "je")
    bottom = min(y for word, y in place if word == "je")
    assert place["<go>", bottom] == place["je", top]
    assert place["je", bottom] == place["bois", top]
    assert place["lait", bottom] == place["<eos>", top]
    assert "reads <go>, je, bois, du, lait, the right answer shifted by one" in alt


def test_in_use_every_word_goes_back():
    taught, used = (sentence_pair(SOURCE, TARGET, feed_back=back) for back in (False, True))
    arrows = lambda figure: len(figure.axes[0].patches)  # noqa: E731
    assert arrows(used[0]) == arrows(taught[0]) + len(TARGET)
    assert "goes back as its next input" in used[1]


@pytest.mark.parametrize("wrong", [[], ["a"] * 7, "i drink milk"])
def test_a_sentence_must_fit(wrong):
    with pytest.raises(ValueError, match=r"source is .*, expected a list of 1 to 6 words"):
        sentence_pair(wrong, TARGET)
    with pytest.raises(ValueError, match="target is"):
        sentence_pair(SOURCE, wrong)


@pytest.mark.parametrize("width", [1, 2, 9])
def test_the_tree_chooses_what_beam_search_chooses(width):
    names = ["a", "b", "c", "d", "e"]

    def log_probabilities(tokens):
        shares = TREE.get(tuple(names[token] for token in tokens), {})
        return np.array([math.log(shares[name]) if name in shares else -np.inf for name in names])

    tokens, score = rnncourse.beam_search(log_probabilities, width, longest=2, end=len(names))
    _, alt = beam_tree(TREE, width)
    best = " ".join(names[token] for token in tokens)
    assert f"chooses {best}, with a probability of {math.exp(score):.2f}" in alt


def test_the_tree_writes_a_number_on_what_it_looks_at_only():
    numbers = lambda width: sum("0." in word for word in words_of(beam_tree(TREE, width)[0]))  # noqa: E731
    assert numbers(1) == 2 + 3
    assert numbers(2) == 2 + 5
    with pytest.raises(ValueError, match="width is 0"):
        beam_tree(TREE, 0)


def test_an_attention_map_has_its_words_on_both_axes():
    weights = np.array([[0.9, 0.1], [0.25, 0.75], [0.5, 0.5]])
    axes = plot_attention(weights, ["red", "house"], ["la", "maison", "rouge"], "Where it looks").axes[0]
    assert [text.get_text() for text in axes.get_xticklabels()] == ["red", "house"]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["la", "maison", "rouge"]
    assert [text.get_text() for text in axes.texts] == ["0.90", "0.10", "0.25", "0.75", "0.50", "0.50"]
    np.testing.assert_array_equal(axes.images[0].get_array(), weights)
    with pytest.raises(ValueError, match=r"weights has shape \(3, 2\), expected \(2, 3\)"):
        plot_attention(weights, ["a", "b", "c"], ["d", "e"], "no")


def test_chinese_words_get_a_font_that_has_them_where_there_is_one(monkeypatch):
    """One of Matplotlib's own stands in: a machine of the tests need not have a Chinese one."""
    monkeypatch.setattr(sentences, "EAST_ASIAN_FONTS", ("No Such Font", "DejaVu Serif", "DejaVu Sans Mono"))
    weights = np.full((2, 2), 0.5)
    french = plot_attention(weights, ["red", "house"], ["maison", "rouge"], "maison rouge").axes[0]
    chinese = plot_attention(weights, ["save", "file"], ["\u4fdd", "\u5b58"], "\u4fdd\u5b58").axes[0]
    labels = lambda axes: [*axes.get_xticklabels(), *axes.get_yticklabels()]  # noqa: E731
    assert all(text.get_fontfamily() == ["DejaVu Sans"] for text in labels(french))
    assert all(text.get_fontfamily() == ["DejaVu Sans", "DejaVu Serif"] for text in labels(chinese))
    monkeypatch.setattr(sentences, "EAST_ASIAN_FONTS", ("No Such Font",))
    assert sentences._fonts_for(["\u4fdd"]) == sentences._fonts_for(["red"])
