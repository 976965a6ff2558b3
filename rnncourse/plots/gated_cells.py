"""Drawn cells with gates: the LSTM, with or without peepholes, and the GRU.

As in ``diagrams``, every function returns ``(figure, alt)``. Orange is what goes on to the next step for long, green
the state that is the output too, blue the input.
"""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rnncourse.plots.drawing import ERROR, INPUT, OUTPUT, STATE, draw_arrow, draw_box, draw_pill, draw_text, make_canvas
from rnncourse.plots.figures import GREY, SKY, course_style

_BUS, _GATE_ROW = 0.95, 1.85  # heights of what enters the gates, and of the gates
_GATE, _SIGN = (0.92, 0.56), 0.36  # sizes of a gate, and of a sign in a circle


@course_style()
def lstm_cell(peepholes: bool = False) -> tuple[Figure, str]:
    """One step of an LSTM: the long-term state goes straight through on top, three gates steer it.

    Args:
        peepholes: whether to draw the weights by which the gates see the long-term state.

    Returns:
        The figure and its alt text.
    """
    figure, axes = make_canvas(7.9, 4.75)
    top, product, shown = 4.0, 2.95, 2.55
    _draw_bus(axes, 0.55, 5.65, "$h_{t-1}$", OUTPUT)
    for x, name in ((1.95, "f"), (3.15, "i"), (4.35, "g"), (5.65, "o")):
        _draw_gate(axes, x, name, "tanh" if name == "g" else r"$\sigma$")
    _draw_long_term(axes, top, (1.95, 3.75))
    gate_top = _GATE_ROW + _GATE[1] / 2
    draw_arrow(axes, (1.95, gate_top), (1.95, top - _SIGN / 2), colour=GREY)
    for x, side in ((3.15, -1), (4.35, 1)):
        draw_arrow(axes, (x, gate_top), (x, product), (3.75 + side * _SIGN / 2, product), colour=GREY)
    _draw_sign(axes, 3.75, product, "×")
    draw_arrow(axes, (3.75, product + _SIGN / 2), (3.75, top - _SIGN / 2), colour=GREY)
    draw_arrow(axes, (6.35, top), (6.35, 3.5), colour=STATE)
    draw_box(axes, 6.35, 3.28, "tanh", GREY, 0.66, 0.42, size=11)
    draw_arrow(axes, (6.35, 3.07), (6.35, shown + _SIGN / 2), colour=STATE)
    draw_arrow(axes, (5.65, gate_top), (5.65, shown), (6.35 - _SIGN / 2, shown), colour=GREY)
    _draw_sign(axes, 6.35, shown, "×")
    draw_arrow(axes, (6.35 + _SIGN / 2, shown), (7.2, shown), colour=OUTPUT)
    draw_pill(axes, 7.45, shown, "$h_t$", OUTPUT)
    draw_text(axes, 7.45, shown - 0.42, "short-term,\noutput", size=9.5)
    if peepholes:
        _draw_peepholes(axes, top)
    return figure, _lstm_alt(peepholes)


def _draw_bus(axes: Axes, left: float, right: float, state: str, colour: str) -> None:
    """The state from the left and the input from below, on one line to all the gates."""
    draw_pill(axes, left, _BUS, state, colour)
    axes.plot([left + 0.25, right], [_BUS, _BUS], color=colour, linewidth=1.8, zorder=2)
    draw_pill(axes, left + 0.7, 0.3, "$x_t$", INPUT)
    axes.plot([left + 0.7] * 2, [0.48, _BUS], color=INPUT, linewidth=1.8, zorder=2)
    draw_text(axes, left + 1.05, 0.3, "input", side="left")


def _draw_gate(axes: Axes, x: float, name: str, activation: str) -> None:
    """A gate with its name and its activation, and its arrow from the bus."""
    draw_arrow(axes, (x, _BUS), (x, _GATE_ROW - _GATE[1] / 2), colour=GREY)
    draw_box(axes, x, _GATE_ROW, f"{name}:  {activation}", INPUT if name == "g" else SKY, *_GATE, size=12)


def _draw_sign(axes: Axes, x: float, y: float, sign: str) -> None:
    draw_box(axes, x, y, sign, GREY, _SIGN, _SIGN, size=12)


def _draw_long_term(axes: Axes, y: float, places: tuple[float, float]) -> None:
    """The line of the long-term state: forgotten at the first place, added to at the second."""
    draw_pill(axes, 0.55, y, "$c_{t-1}$", STATE)
    draw_text(axes, 0.3, y + 0.45, "long-term", side="left", size=9.5)
    starts = [0.8, *(place + _SIGN / 2 for place in places)]
    for start, end in zip(starts, [*(place - _SIGN / 2 for place in places), 7.2], strict=True):
        draw_arrow(axes, (start, y), (end, y), colour=STATE, width=2.8)
    for place, sign in zip(places, "×+", strict=True):
        _draw_sign(axes, place, y, sign)
    draw_pill(axes, 7.45, y, "$c_t$", STATE)


def _draw_peepholes(axes: Axes, top: float) -> None:
    """Dashed red lines from the long-term state to the gates: the old one to f and i, the new one to o."""
    half = _GATE[0] / 2
    draw_arrow(axes, (1.2, top), (1.2, _GATE_ROW), (1.95 - half, _GATE_ROW), colour=ERROR, dashed=True)
    draw_arrow(axes, (1.2, 3.4), (2.55, 3.4), (2.55, _GATE_ROW), (3.15 - half, _GATE_ROW), colour=ERROR, dashed=True)
    draw_arrow(axes, (5.0, top), (5.0, _GATE_ROW), (5.65 - half, _GATE_ROW), colour=ERROR, dashed=True)


def _lstm_alt(peepholes: bool) -> str:
    looks = (
        " Dashed red lines are the peepholes: the old long-term state also goes into f and i, the new one into o."
        if peepholes
        else ""
    )
    return (
        "One step of an LSTM. On top the long-term state runs from c_(t-1) on the left to c_t on the right; on its way "
        "it is multiplied by the gate f, and then the product of i and g is added. Below, the input x_t and the "
        "short-term state h_(t-1) enter four boxes: f, i and o with a sigmoid, g with a tanh. At the right c_t goes "
        "through a tanh and is multiplied by the gate o, which gives h_t, the short-term state and the output."
        f"{looks}"
    )


@course_style()
def gru_cell() -> tuple[Figure, str]:
    """One step of a GRU: a single state, of which the gate z keeps a share and g replaces the rest.

    Returns:
        The figure and its alt text.
    """
    figure, axes = make_canvas(7.6, 4.5)
    top, product = 3.8, 2.8
    draw_pill(axes, 0.55, top, "$h_{t-1}$", OUTPUT)
    _draw_bus(axes, 0.55, 5.55, "$h_{t-1}$", OUTPUT)
    for x, name in ((1.95, "z"), (3.65, "r"), (5.55, "g")):
        _draw_gate(axes, x, name, "tanh" if name == "g" else r"$\sigma$")
    gate_top = _GATE_ROW + _GATE[1] / 2
    for start, end in ((0.8, 1.95 - _SIGN / 2), (1.95 + _SIGN / 2, 5.55 - _SIGN / 2), (5.55 + _SIGN / 2, 6.8)):
        draw_arrow(axes, (start, top), (end, top), colour=OUTPUT, width=2.8)
    draw_arrow(axes, (1.95, gate_top), (1.95, top - _SIGN / 2), colour=GREY)
    draw_arrow(axes, (1.95, product), (5.55 - _SIGN / 2, product), colour=GREY)
    draw_text(axes, 3.65, product + 0.2, "$1-z$", size=12)
    draw_arrow(axes, (3.65 + _GATE[0] / 2, _GATE_ROW), (5.55 - _GATE[0] / 2, _GATE_ROW), colour=ERROR)
    draw_text(axes, 4.6, _GATE_ROW + 0.2, "resets", size=9.5)
    draw_arrow(axes, (5.55, gate_top), (5.55, product - _SIGN / 2), colour=GREY)
    draw_arrow(axes, (5.55, product + _SIGN / 2), (5.55, top - _SIGN / 2), colour=GREY)
    for x, y, sign in ((1.95, top, "×"), (5.55, product, "×"), (5.55, top, "+")):
        _draw_sign(axes, x, y, sign)
    draw_pill(axes, 7.05, top, "$h_t$", OUTPUT)
    draw_text(axes, 7.05, top - 0.42, "state and\noutput", size=9.5)
    return figure, (
        "One step of a GRU. On top its only state runs from h_(t-1) on the left to h_t on the right; it is multiplied "
        "by the gate z, and then 1 - z times g is added. Below, the input x_t and h_(t-1) enter three boxes: z and r "
        "with a sigmoid, g with a tanh. A red arrow goes from r to g: r resets what g sees of the old state."
    )
