"""One interactive figure: sliders above, the figure below; a still picture where nothing can move.

The still picture travels with the sliders, in the same output: an exported page and GitHub show it.
"""

from __future__ import annotations

import html
import inspect
import math
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from matplotlib.figure import Figure

from rnncourse.display import in_notebook, show_output
from rnncourse.plots.figures import BLACK, PAPER, RED, img_tag, show

#: A function of the sliders' values that returns a figure and its alt text.
Draw = Callable[..., tuple[Figure, str]]

_WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
_ADVICE = {True: "(type another in JupyterLab)", False: "(move the sliders in JupyterLab)"}  # whether there is a text
_PIXELS_PER_LETTER = 9  # a little more than the letters of JupyterLab need


def explore(draw: Draw, /, *, labels: Mapping[str, str] | None = None, **sliders: tuple | list | str) -> None:
    """Show a figure with a slider for each of its parameters; it is drawn anew whenever a slider is let go.

    Without ipywidgets the figure of the start values is shown; outside a notebook, what ``show`` prints of it.

    Args:
        draw: function of the parameters that returns (figure, alt text).
        labels: what to write beside a slider, by parameter; the parameter's name if there is none.
        sliders: parameter -> (low, high, step, start) for a number, a list of choices, of which the first is the
            start, or a text to start from, for a field to type in. Whole numbers give a slider of whole numbers.

    Raises:
        ValueError: a range makes no sense, or a name is no parameter of draw. The message names it.

    Example:
        ``explore(draw_outputs, scale=(0.05, 1.5, 0.05, 1.0), labels={"scale": "weights times"})``
    """
    labels = dict(labels or {})
    _expect_parameters(draw, sliders, labels)
    starts = {name: _expect_slider(name, values) for name, values in sliders.items()}
    figure, alt = draw(**starts)
    widgets = _live_widgets()
    if widgets is None:
        show(figure, alt)
        return
    picture = img_tag(figure, alt)
    texts = {name: labels.get(name, name) for name in sliders}
    room = _PIXELS_PER_LETTER * max(len(text) for text in texts.values()) + 10
    controls = {name: _control(widgets, values, texts[name], room) for name, values in sliders.items()}
    box = _wire(widgets, draw, controls, picture)
    plain = f"Figure: {alt} {_ADVICE[any(isinstance(values, str) for values in sliders.values())]}"
    view = box._repr_mimebundle_()[_WIDGET_VIEW]
    show_output({_WIDGET_VIEW: view, "text/html": picture, "text/plain": plain}, elsewhere=plain)


def _live_widgets() -> ModuleType | None:
    """The module ipywidgets if there is a notebook that can show widgets, else None."""
    if not in_notebook():
        return None
    try:
        import ipywidgets
    except ImportError:
        return None
    return ipywidgets


def _wire(widgets: ModuleType, draw: Draw, controls: Mapping[str, Any], picture: str) -> Any:
    """The controls above the picture; a change of a control draws the picture anew."""
    view = widgets.HTML(picture)

    def redraw(_change: Any) -> None:
        view.value = _picture(draw, {name: control.value for name, control in controls.items()})

    for control in controls.values():
        control.observe(redraw, names="value")
    return widgets.VBox([*controls.values(), view])


def _picture(draw: Draw, values: Mapping[str, Any]) -> str:
    """The figure for these values, or in its place the error: what a callback raises, no notebook shows."""
    try:
        return img_tag(*draw(**values))
    except Exception as error:
        chosen = ", ".join(f"{name} = {value!r}" for name, value in values.items())
        text = html.escape(f"The figure for {chosen} could not be drawn. {type(error).__name__}: {error}")
        style = f"color:{BLACK};background:{PAPER};border-left:4px solid {RED};padding:8px;line-height:1.5"
        return f'<div role="alert" style="{style}">{text}</div>'


def _control(widgets: ModuleType, values: tuple | list | str, label: str, room: int) -> Any:
    """A slider for (low, high, step, start), a list for choices, a field for a text; room for the label in pixels."""
    look = {
        "description": label,
        "style": {"description_width": f"{room}px"},
        "layout": widgets.Layout(width=f"{room + 320}px", max_width="98%"),
    }
    if isinstance(values, str):
        return widgets.Text(value=values, continuous_update=False, **look)
    if isinstance(values, list):
        return widgets.Dropdown(options=values, value=values[0], **look)
    low, high, step, start = values
    whole = _is_whole(values)
    kind = widgets.IntSlider if whole else widgets.FloatSlider
    written = {} if whole else {"readout_format": f".{_decimals(values)}f"}
    return kind(value=start, min=low, max=high, step=step, continuous_update=False, **look, **written)


def _decimals(values: tuple) -> int:
    """How many decimals it takes to tell two neighbouring values of a slider apart."""
    return max(len(f"{float(value):.6f}".rstrip("0").partition(".")[2]) for value in values)


def _is_whole(values: tuple) -> bool:
    return all(isinstance(value, int) for value in values)


def _expect_parameters(draw: Draw, sliders: Mapping[str, Any], labels: Mapping[str, str]) -> None:
    """Refuse a slider that draw has no parameter for, a parameter without a slider, and a label without a slider."""
    if not sliders:
        raise ValueError("explore got no slider: give at least one, such as scale=(0.0, 2.0, 0.1, 1.0).")
    parameters = inspect.signature(draw).parameters
    takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())
    for name in sliders:
        if name not in parameters and not takes_any:
            raise ValueError(
                f"{name} is no parameter of the drawing function; it has {', '.join(parameters) or 'none'}."
            )
    for name, parameter in parameters.items():
        fixed = parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
        if parameter.default is parameter.empty and not fixed and name not in sliders:
            raise ValueError(f"{name} is a parameter of the drawing function without a slider: give its range.")
    for name in labels:
        if name not in sliders:
            raise ValueError(f"labels has {name!r}, which is no slider; the sliders are {', '.join(sliders)}.")


def _expect_slider(name: str, values: tuple | list | str) -> Any:
    """The start value of a slider, once its range makes sense."""
    if isinstance(values, str):
        return values
    if isinstance(values, list):
        if not values:
            raise ValueError(f"{name} has no choices: give a list with at least one.")
        return values[0]
    form = "expected (low, high, step, start), a list of choices or a text"
    if not isinstance(values, tuple) or len(values) != 4 or not all(_is_number(value) for value in values):
        raise ValueError(f"{name} is {values!r}, {form}.")
    low, high, step, start = values
    if not (low < high and 0 < step <= high - low and low <= start <= high):
        raise ValueError(f"{name} is {values!r}, {form} with low < high, low <= start <= high and a step that fits in.")
    return start


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
