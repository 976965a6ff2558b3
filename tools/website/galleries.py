"""Stills in the place of a figure with sliders: the same controls, at a few places, without a kernel."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path

from tools.stills import Gallery, Slider

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_CAPTION = "Stills of a figure with sliders. In the notebook the sliders move freely."


def as_html(gallery: Gallery, name: str, folder: Path, address: Callable[[str], str]) -> str:
    """The controls and all pictures of a gallery; ``site.js`` shows the picture that is chosen.

    Without a script the picture of the start is there, and no control.

    Args:
        gallery: the stills.
        name: of the figure, unique on its page.
        folder: where the stills' files are.
        address: from the name of a still's file to its address on the page.
    """
    controls = "".join(_control(slider, f"{name}-{n}") for n, slider in enumerate(gallery.sliders))
    start = tuple(slider.start for slider in gallery.sliders)
    size = f'width="{gallery.width}" height="{gallery.height(folder)}"'
    pictures = "".join(
        f'<img data-at="{" ".join(map(str, still.at))}" alt="{html.escape(still.alt)}" {size} '
        f'loading="lazy" src="{address(still.file)}"{"" if still.at == start else " hidden"}>'
        for still in gallery.stills
    )
    return (
        f'<div class="stills"><div class="stills-controls" hidden>{controls}</div>'
        f'<div class="stills-pictures">{pictures}</div><p class="stills-caption">{_CAPTION}</p></div>'
    )


def _control(slider: Slider, name: str) -> str:
    """A slider for numbers, a list for words; what has one value is only said."""
    if len(slider.values) == 1:
        said = html.escape(f"{slider.label}: {slider.values[0]}")
        return f'<span class="stills-control">{said}<input type="hidden" value="0"></span>'
    label = f'<label for="{name}">{html.escape(slider.label)}</label>'
    if all(_NUMBER.fullmatch(value) for value in slider.values):
        values = html.escape(" ".join(slider.values))
        now = html.escape(slider.values[slider.start])
        return (
            f'<span class="stills-control">{label}<input type="range" id="{name}" min="0" step="1" '
            f'max="{len(slider.values) - 1}" value="{slider.start}" data-values="{values}" aria-valuetext="{now}">'
            f'<output for="{name}">{now}</output></span>'
        )
    choices = "".join(
        f'<option value="{n}"{" selected" if n == slider.start else ""}>{html.escape(value)}</option>'
        for n, value in enumerate(slider.values)
    )
    return f'<span class="stills-control">{label}<select id="{name}">{choices}</select></span>'
