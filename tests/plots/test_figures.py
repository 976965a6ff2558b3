"""The look of the figures: readable colours, alt texts that survive HTML, and the learner's own settings untouched."""

from __future__ import annotations

import base64
from html.parser import HTMLParser

import matplotlib as mpl
import numpy as np
import pytest

from rnncourse.plots import figures


class Images(HTMLParser):
    """Collects the attributes of all images, as a browser would read them."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def luminance(colour):
    """Relative luminance as the Web Content Accessibility Guidelines define it."""
    channels = np.array(mpl.colors.to_rgb(colour))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_of_known_colours():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("name", ["BLACK", "GREY"])
def test_text_colours_can_be_read(name):
    assert contrast(getattr(figures, name), figures.PAPER) >= 4.5


def test_roles_have_colours_of_their_own():
    assert len(set(figures.ROLE_COLOURS.values())) == len(figures.ROLE_COLOURS)


def test_alt_text_survives_html():
    alt = 'if a < b & c > "d": it\'s <script>'
    images = Images()
    images.feed(figures.img_tag(figures.new_figure(2, 1)[0], alt))
    [(tag, attributes)] = images.found
    assert tag == "img"
    assert attributes["alt"] == alt


def test_picture_is_a_sharp_png_of_the_asked_size():
    images = Images()
    images.feed(figures.img_tag(figures.new_figure(3, 2)[0], "an empty figure"))
    attributes = images.found[0][1]
    png = base64.b64decode(attributes["src"].removeprefix("data:image/png;base64,"), validate=True)
    assert png.startswith(b"\x89PNG")
    assert int(attributes["width"]) == 3 * figures.PIXELS_PER_INCH
    assert int.from_bytes(png[16:20], "big") == 2 * int(attributes["width"])  # twice the pixels, for dense screens


@pytest.mark.parametrize("alt", ["", "  \n"])
def test_alt_text_is_required(alt):
    with pytest.raises(ValueError, match="alt is empty"):
        figures.show(figures.new_figure(2, 1)[0], alt)


def test_show_displays_the_picture_and_its_alt_text_once(shown):
    figures.show(figures.new_figure(2, 1)[0], "a line that falls")
    [bundle] = shown
    assert bundle["text/plain"] == "Figure: a line that falls"
    assert 'alt="a line that falls"' in bundle["text/html"]


def test_what_is_said_of_a_figure_in_a_terminal_saves_it(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    figure = figures.new_figure(2, 1)[0]
    figures.show(figure, "a line that falls")
    first, second = capsys.readouterr().out.splitlines()
    assert first == "Figure: a line that falls"
    exec(second.partition(": ")[2].partition(" saves")[0], {"figure": figure})
    assert (tmp_path / "figure.png").stat().st_size > 100


def test_a_figure_may_have_rows_and_columns():
    assert figures.new_figure(rows=2, columns=3)[1].shape == (2, 3)
    assert figures.new_figure(columns=2)[1].shape == (2,)


def test_plots_have_titles_axis_names_and_a_legend_in_the_look_of_the_course():
    figure = figures.plot_lines([0, 1, 2], {"train": [3, 2, 1], "test": [3, 3, 2]}, "Loss", "epoch", "loss (nats)")
    axes = figure.axes[0]
    assert axes.get_title(loc="left") == "Loss"
    assert axes.title.get_text() == ""
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("epoch", "loss (nats)")
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["train", "test"]
    assert not axes.get_legend().get_frame_on()
    assert len({line.get_marker() for line in axes.lines}) == len({line.get_color() for line in axes.lines}) == 2


def test_a_single_line_needs_no_legend():
    figure = figures.plot_lines([0, 1], {"loss": [3, 2]}, "Loss", "epoch", "loss")
    assert figure.axes[0].get_legend() is None


def test_matrices_show_every_number():
    first, second = np.array([[-0.001, 0.5, -1.0]]), np.array([[1.0], [-0.25]])
    figure = figures.plot_matrices({"A": first, "B": second}, "neuron", "instance")
    written = [[text.get_text() for text in axes.texts] for axes in figure.axes]
    assert written == [["0.00", "0.50", "-1.00"], ["1.00", "-0.25"]]
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["A", "B"]


def test_a_sign_is_lost_only_with_the_whole_number():
    figure = figures.plot_matrices({"A": np.array([[-0.001, -0.04, 3.0]])}, "x", "y", decimals=3)
    assert [text.get_text() for text in figure.axes[0].texts] == ["-0.001", "-0.040", "3.000"]
    figure = figures.plot_matrices({"A": np.array([[-0.001, -0.04, 3.0]])}, "x", "y", decimals=1)
    assert [text.get_text() for text in figure.axes[0].texts] == ["0.0", "0.0", "3.0"]


def test_numbers_can_be_read_on_their_squares():
    values = np.linspace(-2, 2, 41)[None]
    axes = figures.plot_matrices({"A": values}, "x", "y", limit=2).axes[0]
    image = axes.images[0]
    squares = image.cmap(image.norm(values))[0]
    pairs = zip(axes.texts, squares, strict=True)
    assert min(contrast(text.get_color(), square[:3]) for text, square in pairs) >= 4.5


def test_no_line_is_left_out():
    lines = {f"line {number}": [0, number] for number in range(9)}
    assert len(figures.plot_lines([0, 1], lines, "t", "x", "y").axes[0].lines) == 9


def test_the_learners_settings_are_left_alone():
    with mpl.rc_context({"axes.titlelocation": "right", "lines.linewidth": 7.5}):
        before = dict(mpl.rcParams)
        figures.img_tag(figures.plot_lines([0, 1], {"a": [0, 1]}, "t", "x", "y"), "a line")
        assert dict(mpl.rcParams) == before


def test_a_piano_roll_has_one_bar_per_held_note_and_none_for_a_rest():
    chorale = np.array([[60, 50], [62, 0], [62, 50]])
    figure = figures.plot_piano_roll(chorale, "Two voices", ["high", "low"], given=1)
    bars = [collection.get_segments() for collection in figure.axes[0].collections]
    high, low = ([(segment[0][0], segment[1][0], round(segment[0][1])) for segment in part] for part in bars)
    assert (high, low) == ([(0, 1, 60), (1, 3, 62)], [(0, 1, 50), (2, 3, 50)])
    marks = [line.get_marker() for line in figure.axes[0].lines if line.get_label() in ("high", "low")]
    assert len(set(marks)) == 2
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert words == ["high", "low", "what was given ends here"]


def test_voices_that_sing_the_same_note_are_both_seen():
    figure = figures.plot_piano_roll(np.array([[60, 60]]), "Unison", ["high", "low"])
    heights = [collection.get_segments()[0][0][1] for collection in figure.axes[0].collections]
    assert heights[0] > heights[1]
    assert {round(height) for height in heights} == {60}


def test_a_text_has_each_letter_in_its_place_and_a_bar_for_its_value():
    figure = figures.plot_text("ab\ncdef", [0.5, -1, 0, 1, 1, 1, 1], "Letters", columns=3)
    placed = {text.get_text(): (text.get_position()[0], round(text.get_position()[1])) for text in figure.axes[0].texts}
    assert {letter: placed[letter] for letter in "abcdef"} == {
        "a": (0, 0), "b": (1, 0), "c": (0, 1), "d": (1, 1), "e": (2, 1), "f": (0, 2)
    }  # fmt: skip
    rises = [line.get_ydata()[0] - line.get_ydata()[1] for line in figure.axes[0].lines]
    assert np.sign(rises).tolist() == [1, -1, 0, 1, 1, 1, 1]
    with pytest.raises(ValueError, match="text has 2 characters and values has 1 entries"):
        figures.plot_text("ab", [1], "Letters")
