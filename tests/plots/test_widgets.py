"""The interactive figure: its three forms in one output, its redrawing, its fallback, and what it refuses."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from rnncourse.plots import figures
from rnncourse.plots.figures import new_figure
from rnncourse.plots.widgets import explore

VIEW = "application/vnd.jupyter.widget-view+json"


def draw(steps, scale=1.0, kind="tanh"):
    if scale < 0:
        raise ValueError("scale is <negative>")
    figure, axes = new_figure(2, 1)
    axes.plot(range(steps), [scale * step for step in range(steps)])
    return figure, f"{steps} steps, scale {scale:g}, {kind}"


@pytest.fixture
def box(monkeypatch, shown):
    """Call ``explore`` as in a notebook; returns a function that gives the widget's controls and its picture."""
    ipywidgets = pytest.importorskip("ipywidgets")
    built = []
    monkeypatch.setattr(ipywidgets, "VBox", lambda children: built.append(REAL_VBOX(children)) or built[-1])

    def build(*arguments, **options):
        explore(*arguments, **options)
        assert len(built) == 1
        return built[0]

    return build


REAL_VBOX = pytest.importorskip("ipywidgets").VBox


def test_one_output_with_three_forms(box, shown):
    live = box(draw, steps=(1, 6, 1, 3))
    [bundle] = shown
    assert set(bundle) == {VIEW, "text/html", "text/plain"}
    assert bundle[VIEW]["model_id"] == live.model_id
    assert bundle["text/html"] == live.children[-1].value == figures.img_tag(*draw(3))
    assert bundle["text/plain"].startswith("Figure: 3 steps, scale 1, tanh ")
    assert "sliders" in bundle["text/plain"]


def test_moving_a_slider_redraws(box):
    live = box(draw, steps=(1, 6, 1, 3), scale=(0.05, 1.5, 0.05, 1.0), kind=["tanh", "relu"])
    steps, scale, kind, picture = live.children
    for control, value, alt in [
        (steps, 5, "5 steps, scale 1, tanh"),
        (scale, 0.25, "5 steps, scale 0.25, tanh"),
        (kind, "relu", "5 steps, scale 0.25, relu"),
    ]:
        before = picture.value
        control.value = value
        assert picture.value != before
        assert f'alt="{alt}"' in picture.value


def test_controls_fit_their_values(box):
    live = box(
        draw,
        steps=(1, 6, 1, 3),
        scale=(0.05, 1.5, 0.05, 1.0),
        kind=["tanh", "relu"],
        labels={"steps": "number of time steps"},
    )
    steps, scale, kind, _ = live.children
    assert [type(control).__name__ for control in (steps, scale, kind)] == ["IntSlider", "FloatSlider", "Dropdown"]
    assert (steps.min, steps.max, steps.step, steps.value) == (1, 6, 1, 3)
    assert (scale.min, scale.max, scale.step, scale.value) == (0.05, 1.5, 0.05, 1.0)
    assert not steps.continuous_update
    assert not scale.continuous_update
    assert scale.readout_format == ".2f"  # 0.05 and 0.10 must not look the same
    assert [control.description for control in (steps, scale, kind)] == ["number of time steps", "scale", "kind"]
    rooms = {control.style.description_width for control in (steps, scale, kind)}
    assert len(rooms) == 1  # the sliders start at one line
    assert int(rooms.pop().removesuffix("px")) >= 8 * len("number of time steps")


def test_an_error_takes_the_place_of_the_figure(box):
    live = box(draw, steps=(1, 6, 1, 3), scale=(-1.0, 1.0, 0.5, 1.0))
    _, scale, picture = live.children
    scale.value = -0.5
    assert "<img" not in picture.value
    assert "ValueError: scale is &lt;negative&gt;" in picture.value
    assert "steps = 3, scale = -0.5" in picture.value
    scale.value = 0.5
    assert 'alt="3 steps, scale 0.5, tanh"' in picture.value


def test_an_error_at_the_start_values_is_raised(box):
    with pytest.raises(ValueError, match="negative"):
        box(draw, steps=(1, 6, 1, 3), scale=(-1.0, 1.0, 0.5, -1.0))


def test_a_text_gets_a_field_and_is_read_when_it_is_finished(box, shown):
    def spelt(word):
        if not word:
            raise ValueError("word is empty: type one.")
        figure, axes = new_figure(2, 1)
        axes.plot(range(len(word)))
        return figure, f"{len(word)} letters, {word[0]} first"

    live = box(spelt, word="milk", labels={"word": "English"})
    field, picture = live.children
    assert (field.value, field.description, field.continuous_update) == ("milk", "English", False)
    assert shown[0]["text/plain"] == "Figure: 4 letters, m first (type another in JupyterLab)"
    field.value = "bread"
    assert "5 letters, b first" in picture.value
    field.value = ""
    assert "word is empty: type one." in picture.value


def test_stored_output_is_the_same_every_time(box, shown):
    box(draw, steps=(1, 6, 1, 3))
    explore(draw, steps=(1, 6, 1, 3))
    first, second = ({key: value for key, value in bundle.items() if key != VIEW} for bundle in shown)
    assert first == second


def test_without_widgets_the_still_figure_is_shown(monkeypatch, shown):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    explore(draw, steps=(1, 6, 1, 3), kind=["relu", "tanh"])
    assert shown == [
        {"text/html": figures.img_tag(*draw(3, kind="relu")), "text/plain": "Figure: 3 steps, scale 1, relu"}
    ]


@pytest.mark.parametrize("shell", [None, SimpleNamespace()], ids=["no notebook", "terminal IPython"])
def test_without_a_notebook_its_words_are_printed(monkeypatch, shown, capsys, shell):
    monkeypatch.setattr("rnncourse.display.get_ipython", lambda: shell)
    explore(draw, steps=(1, 6, 1, 3), kind=["relu", "tanh"])
    assert shown == []
    assert capsys.readouterr().out.startswith("Figure: 3 steps, scale 1, relu\n")


@pytest.mark.parametrize(
    "values",
    [
        3,
        (1, 6, 1),
        (6, 1, 1, 3),
        (1, 6, 0, 3),
        (1, 6, -1, 3),
        (1, 6, 9, 3),
        (1, 6, 1, 7),
        (1, 6, 1, 0),
        (1, 6, 1, "3"),
        (False, True, True, True),
        (0.0, float("inf"), 1.0, 1.0),
        (0.0, 1.0, 0.1, float("nan")),
    ],
)
def test_a_bad_range_is_named(shown, values):
    with pytest.raises(
        ValueError, match=r"^steps is .*expected \(low, high, step, start\), a list of choices or a text"
    ):
        explore(draw, steps=values)
    assert shown == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"step": (1, 6, 1, 3)}, "step is no parameter of the drawing function; it has steps, scale, kind"),
        ({"scale": (0.0, 1.0, 0.1, 1.0)}, "steps is a parameter of the drawing function without a slider"),
        ({"steps": (1, 6, 1, 3), "kind": []}, "kind has no choices"),
        ({"steps": (1, 6, 1, 3), "labels": {"step": "n"}}, "labels has 'step', which is no slider"),
        ({}, "explore got no slider"),
    ],
)
def test_a_name_that_does_not_fit_is_named(shown, options, message):
    with pytest.raises(ValueError, match=message):
        explore(draw, **options)
    assert shown == []


def test_a_drawing_function_may_take_any_parameters(box):
    live = box(lambda **values: draw(**values), steps=(1, 6, 1, 2))
    assert 'alt="2 steps' in live.children[-1].value
