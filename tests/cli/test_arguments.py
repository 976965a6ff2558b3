"""What several commands take: chapters by number, by name and by a few letters."""

from __future__ import annotations

import pytest
import typer

from rnncourse.cli.arguments import chapters_named, complete_chapter
from rnncourse.exercises import CHAPTERS


def test_what_begins_alike_is_offered():
    assert complete_chapter("") == list(CHAPTERS)
    assert complete_chapter("1") == [name for name in CHAPTERS if name[0] == "1"]
    assert complete_chapter("manual") == []


def test_chapters_are_named_in_any_form_and_taken_once():
    assert chapters_named(["3", "gru", "03_manual_rnn", "12"]) == ["03_manual_rnn", "12_gru"]


def test_a_name_that_fits_none_stops_the_command(capsys):
    with pytest.raises(typer.Exit) as ended:
        chapters_named(["1", "03_manul_rnn"])
    assert ended.value.exit_code == 2
    assert "Did you mean '03_manual_rnn'?" in capsys.readouterr().err
