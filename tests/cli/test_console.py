"""What all commands print with: words as they are, paths as they are typed, one line for what could not begin."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
import typer

from rnncourse.checking.verdicts import Status
from rnncourse.cli import console
from rnncourse.cli.console import COLOURS, EXIT_CODES, WORDS, Exit, make_console, message_of, quoted, short_path, stop
from rnncourse.cli.doctor import Level


def test_exit_codes_are_those_that_scripts_rely_on():
    assert {code.name: code.value for code in Exit} == {"DONE": 0, "TO_MEND": 1, "NOT_BEGUN": 2, "FAULT": 3}
    assert all(f"{code.value} " in EXIT_CODES for code in Exit)


def test_every_state_and_level_has_its_colour_and_every_state_its_word():
    assert set(COLOURS) == {*Status, *Level}
    assert set(WORDS) == set(Status)
    assert (WORDS[Status.RIGHT], WORDS[Status.WRONG]) == ("passed", "wrong")


def test_what_looks_like_markup_is_printed_as_it_is(capsys):
    make_console().print("[red]index [0] :smile: 3.5[/red]")
    assert capsys.readouterr().out == "[red]index [0] :smile: 3.5[/red]\n"


def test_a_path_is_short_below_here_and_whole_elsewhere(home):
    assert short_path(home / "mine" / "a.ipynb") == Path("mine/a.ipynb")
    assert short_path(Path("mine")) == Path("mine")
    assert short_path(home.parent / "other") == home.parent / "other"


def test_a_path_with_blanks_is_quoted_as_the_shell_wants_it(monkeypatch):
    assert quoted(Path("mine")) == "mine"
    assert quoted(Path("my course")) == "'my course'"
    monkeypatch.setattr(console.os, "name", "nt")
    assert quoted("my course") == '"my course"'
    assert quoted("mine") == "mine"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (LookupError("No chapter is called 'x'."), "No chapter is called 'x'."),
        (KeyError("No chapter is called 'x'."), "No chapter is called 'x'."),
        (ValueError("It is empty."), "It is empty."),
        (FileNotFoundError("This installation has no notebooks."), "This installation has no notebooks."),
        (OSError(errno.ENOENT, "No such file or directory", "a/b.csv"), "a/b.csv: No such file or directory."),
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device."),
    ],
)
def test_the_words_of_an_error_without_quotes_and_numbers(error, words):
    assert message_of(error) == words


def test_stop_says_one_line_on_stderr(capsys):
    with pytest.raises(typer.Exit) as ended:
        stop("There is no copy.")
    assert ended.value.exit_code == 2
    assert capsys.readouterr() == ("", "rnncourse: There is no copy.\n")


def test_h6_a_foreign_name_in_an_error_forges_no_second_line(capsys):
    with pytest.raises(typer.Exit):
        stop("There is no submission of ada\nrnncourse: all graded\x1b[1A\r.")
    assert capsys.readouterr().err == (
        r"rnncourse: There is no submission of ada\nrnncourse: all graded\x1b[1A\r." + "\n"
    )
