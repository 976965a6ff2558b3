"""Drawn cells with gates; that nothing is clipped or overlaps is asked of all drawings in ``test_diagrams``."""

from __future__ import annotations

from rnncourse.plots.gated_cells import gru_cell, lstm_cell


def test_peepholes_are_drawn_as_three_dashed_arrows():
    def dashed(figure):
        return sum(patch.get_linestyle() == "--" for patch in figure.axes[0].patches)

    (plain, alt), (looking, looking_alt) = lstm_cell(), lstm_cell(peepholes=True)
    assert (dashed(plain), dashed(looking)) == (0, 3)
    assert "peepholes" in looking_alt
    assert "peepholes" not in alt


def test_each_cell_shows_its_gates():
    for draw, gates in ((lstm_cell, "ifgo"), (gru_cell, "zrg")):
        words = [text.get_text() for axes in draw()[0].axes for text in axes.texts]
        assert {word[0] for word in words if ":" in word} == set(gates)
