"""Drawings and figures of translation: two sentences in an encoder-decoder, a search among beginnings, attention."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import font_manager, rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rnncourse.plots.drawing import (
    INPUT,
    NOTE,
    OUTPUT,
    STATE,
    draw_arrow,
    draw_box,
    draw_bracket,
    draw_text,
    make_canvas,
)
from rnncourse.plots.figures import BLACK, GREY, PAPER, SKY, course_style, label, new_figure

_CELL, _HAND_OVER, _REACH = 0.56, 0.3, 0.78
_WORD = 0.36  # height of a box with a word


@course_style()
def sentence_pair(source: Sequence[str], target: Sequence[str], feed_back: bool = False) -> tuple[Figure, str]:
    """An encoder that reads one sentence and a decoder that writes another, the words in their places.

    Args:
        source: the words the encoder reads, 1 to 6.
        target: the words the decoder is to say, 1 to 6, without <eos>.
        feed_back: False: training, the right words are the decoder's input (teacher forcing); True: use, where each
            word it says is its next input.

    Returns:
        The figure and its alt text.

    Raises:
        ValueError: a sentence has no word or too many.
    """
    for name, words in (("source", source), ("target", target)):
        if isinstance(words, str) or not 1 <= len(words) <= 6:
            raise ValueError(f"{name} is {words!r}, expected a list of 1 to 6 words.")
    said, read = [*target, "<eos>"], ["<go>", *target]
    pitch = max(map(_word_width, [*source, *said])) + 0.35
    encoder = [pitch / 2 + 0.1 + place * pitch for place in range(len(source))]
    decoder = [encoder[-1] + pitch + _HAND_OVER + place * pitch for place in range(len(said))]
    figure, axes = make_canvas(decoder[-1] + pitch / 2 + 0.1, 3.0)
    y = 1.62
    for before, x in zip([None, *encoder, *decoder], [*encoder, *decoder], strict=False):
        left = x - _CELL / 2
        draw_arrow(axes, (left - 0.2 if before is None else before + _CELL / 2, y), (left, y), colour=STATE)
    for x, word in zip(encoder, source, strict=True):
        _draw_reader(axes, x, y, word, INPUT, "encoder")
    for place, (x, word, answer) in enumerate(zip(decoder, read, said, strict=True)):
        fed = feed_back and place > 0
        _draw_reader(axes, x, y, word, OUTPUT if fed else INPUT, "decoder")
        draw_arrow(axes, (x, y + _CELL / 2), (x, y + _REACH - _WORD / 2), colour=OUTPUT)
        _draw_word(axes, x, y + _REACH, answer, OUTPUT)
        if fed:
            _draw_way_back(axes, decoder[place - 1], x, y, said[place - 1], word)
    for places, name in ((encoder, "encoder"), (decoder, "decoder")):
        draw_bracket(axes, places[0] - 0.4, places[-1] + 0.4, 0.45, name)
    return figure, _sentence_pair_alt(source, said, feed_back)


def _sentence_pair_alt(source: Sequence[str], said: Sequence[str], feed_back: bool) -> str:
    read = ["<go>", *said[:-1]]
    inputs = (
        f"starts with the input {read[0]}; each word it says goes back as its next input"
        if feed_back
        else f"reads {', '.join(read)}, the right answer shifted by one"
    )
    return (
        f"The encoder reads {', '.join(source)} and hands its last state to the decoder. The decoder {inputs}. "
        f"It says {', '.join(said)}."
    )


def _draw_reader(axes: Axes, x: float, y: float, word: str, colour: str, side: str) -> None:
    """A copy of the cell with the word that it reads below it."""
    cell, hatch = (SKY, "//") if side == "encoder" else (STATE, "")
    draw_box(axes, x, y, "", cell, _CELL, _CELL, hatch=hatch)
    draw_arrow(axes, (x, y - _REACH + _WORD / 2), (x, y - _CELL / 2), colour=colour)
    _draw_word(axes, x, y - _REACH, word, colour)


def _draw_word(axes: Axes, x: float, y: float, word: str, colour: str) -> None:
    draw_box(axes, x, y, word, colour, _word_width(word), _WORD, size=NOTE)


def _word_width(word: str) -> float:
    return max(0.5, 0.2 + 0.095 * len(word))


def _draw_way_back(axes: Axes, source: float, target: float, y: float, said: str, read: str) -> None:
    """The word said over the copy at source goes down between the two copies and is read under the copy at target."""
    gap, top, bottom = (source + target) / 2, y + _REACH, y - _REACH
    start, end = (source + _word_width(said) / 2, top), (target - _word_width(read) / 2, bottom)
    draw_arrow(axes, start, (gap, top), (gap, bottom), end, colour=OUTPUT, width=1.2)


# A search among beginnings

#: Beginning -> the next words and their probabilities.
Tree = Mapping[tuple[str, ...], Mapping[str, float]]
_COLUMN, _ROW, _NODE = 2.3, 0.5, (1.35, 0.36)


@course_style()
def beam_tree(tree: Tree, width: int) -> tuple[Figure, str]:
    """All beginnings of a small language, and those that a beam search of some width looks at, keeps and chooses.

    Args:
        tree: beginning -> {next word: its probability}; a beginning that is not in it is complete. All complete ones
            have the same number of words.
        width: how many beginnings are kept at each step.

    Returns:
        The figure and its alt text.

    Raises:
        ValueError: width is below 1.
    """
    if width < 1:
        raise ValueError(f"width is {width!r}, expected at least 1.")
    levels, seen, kept = _search(tree, width)
    best = max(kept[-1], key=seen.__getitem__)
    places = _places_of(tree, levels)
    figure, axes = make_canvas(len(levels) * _COLUMN + 0.1, (len(levels[-1]) + 1.2) * _ROW)
    on_the_way = {best[:length] for length in range(1, len(best) + 1)}
    for depth, level in enumerate(levels):
        draw_text(axes, 0.1 + (depth + 0.5) * _COLUMN, (len(levels[-1]) + 0.8) * _ROW, f"word {depth + 1}", size=11.5)
        for node in level:
            state = "best" if node in on_the_way else "kept" if node in kept[depth] else "seen" if node in seen else ""
            _draw_node(axes, places, node, seen.get(node), state)
    sentence = " ".join(best)
    return figure, (
        f"A tree of {len(levels[-1])} sentences of {len(levels)} words. Beam search of width {width} looks at "
        f"{len(seen)} beginnings and chooses {sentence}, with a probability of {seen[best]:.2f}."
    )


def _search(tree: Tree, width: int) -> tuple[list[list[tuple]], dict[tuple, float], list[list[tuple]]]:
    """(all beginnings by length, probability of those that were looked at, those that were kept by length)."""
    levels: list[list[tuple]] = []
    kept: list[list[tuple]] = []
    seen: dict[tuple, float] = {}
    everything: list[tuple] = [()]
    beams: dict[tuple, float] = {(): 1.0}
    while any(node in tree for node in everything):
        everything = [(*node, word) for node in everything for word in tree[node]]
        levels.append(everything)
        found = {(*node, word): p * share for node, p in beams.items() for word, share in tree[node].items()}
        seen |= found
        beams = dict(sorted(found.items(), key=lambda item: -item[1])[:width])
        kept.append(list(beams))
    return levels, seen, kept


def _places_of(tree: Tree, levels: list[list[tuple]]) -> dict[tuple, tuple[float, float]]:
    """Where each beginning stands: complete ones from top to bottom, the others in the middle of what follows them."""
    places: dict[tuple, tuple[float, float]] = {}
    for depth in range(len(levels) - 1, -1, -1):
        x = 0.1 + (depth + 0.5) * _COLUMN
        for row, node in enumerate(levels[depth]):
            below = [places[(*node, word)][1] for word in tree.get(node, ())]
            y = float(np.mean(below)) if below else (len(levels[-1]) - row - 0.1) * _ROW
            places[node] = x, y
    return places


def _draw_node(
    axes: Axes, places: Mapping[tuple, tuple[float, float]], node: tuple, probability: float | None, state: str
) -> None:
    """One beginning, joined to the one it continues; how it is drawn says what became of it."""
    colour = {"best": OUTPUT, "kept": STATE}.get(state, GREY)
    x, y = places[node]
    if len(node) > 1:
        from_x, from_y = places[node[:-1]]
        line: dict[str, Any] = {"color": colour, "linewidth": 2.2 if state in ("best", "kept") else 1.0, "zorder": 1}
        ends = [from_x + _NODE[0] / 2, x - _NODE[0] / 2], [from_y, y]
        axes.plot(*ends, linestyle="-" if state else ":", **line)
    text = node[-1] if probability is None else f"{node[-1]}  {probability:.2f}"
    draw_box(axes, x, y, text, colour, *_NODE, size=NOTE, dashed=state not in ("best", "kept"))


@course_style()
def plot_attention(
    weights: np.ndarray, source: Sequence[str], target: Sequence[str], title: str, **options: Any
) -> Figure:
    """A map of attention: a row for each word said, a column for each word read, darker where more weight lies.

    Args:
        weights: shape (words said, words read); each row adds up to 1.
        source: the words read.
        target: the words said.
        title: what the figure shows.
        options: size, passed on to ``new_figure``.

    Raises:
        ValueError: weights does not have a row for each word said and a column for each word read.
    """
    if np.shape(weights) != (len(target), len(source)):
        raise ValueError(
            f"weights has shape {np.shape(weights)}, expected ({len(target)}, {len(source)}): "
            "a row for each word of target, a column for each word of source."
        )
    figure, axes = new_figure(**options)
    image = axes.imshow(weights, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for (row, column), value in np.ndenumerate(weights):
        ink = PAPER if value > 0.6 else BLACK
        axes.text(column, row, f"{value:.2f}", ha="center", va="center", fontsize=9.5, color=ink)
    fonts = _fonts_for([*source, *target])
    axes.set_xticks(range(len(source)), source, fontfamily=fonts)
    axes.set_yticks(range(len(target)), target, fontfamily=fonts)
    axes.grid(False)
    figure.colorbar(image, ax=axes, label="weight")
    label(axes, title, "words read (source)", "words said (target)")
    axes.set_title(title, loc="left", fontfamily=fonts, fontweight="bold")
    return figure


#: Fonts with Chinese and Japanese characters, of Linux, macOS and Windows. Matplotlib's own have none.
EAST_ASIAN_FONTS = (
    *("Noto Sans CJK SC", "Noto Sans CJK JP", "Source Han Sans SC", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei"),
    *("PingFang SC", "Hiragino Sans GB", "Hiragino Sans", "Microsoft YaHei", "SimHei", "Yu Gothic"),
)
_FIRST_EAST_ASIAN = "\u2e80"


def _fonts_for(words: Iterable[str]) -> list[str]:
    """The fonts of the figure, and behind them one with Chinese characters if the words need it and there is one."""
    fonts = list(rcParams["font.family"])
    if any(letter >= _FIRST_EAST_ASIAN for word in words for letter in word):
        there = {font.name for font in font_manager.fontManager.ttflist}
        fonts += [name for name in EAST_ASIAN_FONTS if name in there][:1]
    return fonts
