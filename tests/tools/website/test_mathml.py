"""Formulas without a network."""

from __future__ import annotations

import re

import nbformat
import pytest

from rnncourse.exercises import CHAPTERS
from rnncourse.notebooks.files import notebook_path
from tools.authoring import ROOT
from tools.website.mathml import as_mathml


def test_a_formula_stands_in_the_line_or_in_one_of_its_own():
    assert 'display="inline"' in as_mathml(" h_t ", display=False)
    block = as_mathml(r"h_t = \tanh(x_t W_x)", display=True)
    assert 'display="block"' in block
    assert "<msub><mi>h</mi><mi>t</mi></msub>" in block


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_formula_of_the_chapters_can_be_read(chapter):
    notebook = nbformat.read(notebook_path(ROOT / "solutions", chapter), as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            text = re.sub(r"```.*?```|`[^`]*`", "", cell.source, flags=re.DOTALL)
            for block, inline in re.findall(r"\$\$(.+?)\$\$|\$([^$\n]+)\$", text, re.DOTALL):
                found = as_mathml(block or inline, display=bool(block))
                assert found.startswith("<math")
                assert "\\" not in found, f"{chapter}: {block or inline} keeps a command"
