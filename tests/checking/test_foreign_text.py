"""Names and errors of others are shown, and nothing in them is obeyed."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from rnncourse.checking.foreign_text import LONGEST, one_line, visible


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Zoë Ångström-O'Neil", "Zoë Ångström-O'Neil"),
        ("王　小明", "王　小明"),
        ("क्‍षमा", "क्‍षमा"),
        ("\x1b[2J\x1b]0;root\x07ada", r"\x1b[2J\x1b]0;root\x07ada"),
        ("ada\nLook at bob: copied", r"ada\nLook at bob: copied"),
        ("ada\r\nbob\x85eve\u2028mallory", r"ada\r\nbob\x85eve\u2028mallory"),
        ("ada\u202ebob\u2066", r"ada\u202ebob\u2066"),
        ("a\u200bda\ufeff\u00ad", r"a\u200bda\ufeff\xad"),
        ("half \ud800", r"half \ud800"),
        ("tag \U000e0041", r"tag \U000e0041"),
    ],
)
def test_h6_what_would_be_obeyed_in_a_name_is_shown(name, shown):
    assert one_line(name) == shown
    assert one_line(shown) == shown


def test_no_control_character_and_no_change_of_direction_is_left_of_all_there_are():
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    left = one_line(everything, longest=len(everything))
    kinds = {character: unicodedata.category(character) for character in left}
    assert not {c for c, kind in kinds.items() if kind in {"Cc", "Cs", "Zl", "Zp"}}
    assert not {c for c in left if unicodedata.bidirectional(c) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI"}}
    assert set(visible(everything)) - set(left) == {"\n", "\t", "\r"}


def test_a_text_keeps_its_lines_and_a_line_has_an_end():
    assert visible("one\ttwo\nthree\x1b[31m") == "one\ttwo\nthree\\x1b[31m"
    long = one_line("a" * 10_000 + "z")
    assert len(long) == LONGEST + 3
    assert " … " in long
    assert long.endswith("z")
