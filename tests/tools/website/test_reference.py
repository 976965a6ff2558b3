"""The public functions as pages."""

from __future__ import annotations

import pytest

import rnncourse
from tools.authoring import ROOT
from tools.website import reference

DOCSTRING = """\
h_t = f(x_t) * W, for ``units`` of it.

More of it:
    a formula * that is kept

Args:
    inputs, state: shape (batch, units),
        in whole numbers.
    *others: of any kind.

Returns:
    The new state h_t,
    a number.

Raises:
    ValueError: no.

Source: J. Elman (1990)."""


def test_every_public_name_has_its_place():
    found = reference.public_names(ROOT)
    names = {public.name for publics in found.values() for public in publics}
    modules = {name for name in rnncourse.__all__ if name[0].islower() and (ROOT / "rnncourse" / f"{name}.py").exists()}
    folders = {"checking", "datasets", "exercises", "plots"}
    assert names == set(rnncourse.__all__) - modules - folders
    pages = reference.pages(ROOT)
    assert set(pages) == {module.replace(".", "_") for module in found} | {"index"}
    text = "\n".join(pages.values())
    for name in names:
        assert f"}} rnncourse.{name}" in text
        assert f"<rnncourse.{name}>`" in pages["index"]


def test_a_docstring_is_shown_letter_by_letter_in_its_parts():
    text = "\n".join(reference._body(DOCSTRING))
    assert r"h\_t = f(x\_t) \* W, for `units` of it." in text
    assert "```text\na formula * that is kept\n```" in text
    assert ":param inputs, state: shape (batch, units), in whole numbers." in text
    assert r":param \*others: of any kind." in text
    assert r":returns: The new state h\_t, a number." in text
    assert ":raises ValueError: no." in text
    assert ":Source: J. Elman (1990)." in text


def test_a_signature_has_names_and_defaults():
    pages = reference.pages(ROOT)
    assert "::::{py:function} rnncourse.rnn_step(inputs, state, kernel, recurrent_kernel, bias)\n" in pages["cells"]
    assert "::::{py:class} rnncourse.GateBias(order='ifgo', **values)\n" in pages["layers"]


def test_a_name_that_is_nowhere_is_named(tmp_path):
    (tmp_path / "rnncourse").mkdir()
    (tmp_path / "rnncourse" / "__init__.pyi").write_text("from .cells import nowhere as nowhere\n")
    (tmp_path / "rnncourse" / "cells.py").write_text("x = 1\n")
    with pytest.raises(LookupError, match="cells has no nowhere"):
        reference.public_names(tmp_path)
