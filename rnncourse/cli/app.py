"""The ``rnncourse`` command: the learner's commands, the instructor's, their help, completion by the Tab key."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import rnncourse
from rnncourse.cli import exchange, instructor, learner
from rnncourse.cli.console import EXIT_CODES

_EPILOG = f"""\b
A first session:
  rnncourse start my-course      make your copy
  rnncourse lab my-course        work through it in JupyterLab
  cd my-course
  rnncourse check 3              check chapter 3 before you hand it in
  rnncourse progress             see how far you are
Something odd?  rnncourse doctor
Options of a command:  rnncourse check --help
Completion by the Tab key:  rnncourse --install-completion
{EXIT_CODES}"""


class _InPanels(TyperGroup):
    """The help lists commands panel by panel: in plain text, typer leaves ``rich_help_panel`` unread."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write one section of the help for each panel, names and descriptions in line with each other."""
        panels: dict[str, list[tuple[str, str]]] = {}
        widest = max(map(len, self.commands))
        for name, command in self.commands.items():
            words = command.get_short_help_str(formatter.width - widest - 6)
            panels.setdefault(getattr(command, "rich_help_panel", None) or "Commands", []).append(
                (name.ljust(widest), words)
            )
        for panel, rows in panels.items():
            with formatter.section(panel):
                formatter.write_dl(rows)


app = typer.Typer(
    name="rnncourse",
    cls=_InPanels,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for panel, commands in (
    ("For learners", learner.COMMANDS),
    ("For instructors", {**instructor.COMMANDS, **exchange.COMMANDS}),
):
    for name, command in commands.items():
        app.command(name, rich_help_panel=panel)(command)


def main() -> None:
    """The entry point of the ``rnncourse`` command."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console that cannot show a star shows a question mark
    app(prog_name="rnncourse")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"rnncourse {rnncourse.__version__}")
        raise typer.Exit


@app.callback(epilog=_EPILOG)
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """An interactive course on recurrent neural networks."""
