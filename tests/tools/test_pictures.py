"""The README's picture: the same figure on paper and in the dark, its colours exchanged one by one."""

from __future__ import annotations

from matplotlib.colors import to_hex
from PIL import Image

from rnncourse.plots.figures import BLACK, PAPER
from tools import pictures


def colours_of(figure):
    """The colours of all texts and of all edges."""
    texts = {to_hex(artist.get_color()) for artist in figure.findobj(lambda a: hasattr(a, "get_fontsize"))}
    return texts


def test_in_the_dark_no_text_is_dark():
    light = pictures.reader()[0]
    assert BLACK in colours_of(light)
    dark = pictures.in_the_dark(pictures.reader()[0])
    assert BLACK not in colours_of(dark)
    assert "#e6edf3" in colours_of(dark)


def test_both_pictures_are_written_on_their_own_ground(tmp_path):
    written = pictures.write_pictures(tmp_path)
    grounds = []
    for path in written:
        with Image.open(path) as image:
            assert image.width > 1400
            grounds.append(image.convert("RGB").getpixel((2, 2)))
        assert path.stat().st_size < 80_000
    assert [path.name for path in written] == ["reader-light.png", "reader-dark.png"]
    near = lambda one, other: max(abs(a - b) for a, b in zip(one, other, strict=True)) < 4  # noqa: E731
    assert near(grounds[0], tuple(bytes.fromhex(PAPER[1:])))
    assert near(grounds[1], tuple(bytes.fromhex(pictures._NIGHT[1:])))
