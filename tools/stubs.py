"""Every stub of a new chapter or a new exercise, in every file that needs one.

A stub is marked ``FILL IN``. While one is there, no chapter is built from it, and ``tests/test_house.py`` names its
line.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from rnncourse.exercises import CHAPTERS, Exercise
from tools.derived import OPEN, ChapterError
from tools.desk import Desk, write_text
from tools.readme import ROW
from tools.references import STUB

_EXERCISES = re.compile(r"^EXERCISES(?:: [^=\n]+)? = \(([^)]*)\)$", re.MULTILINE)


# ------------------------------------------------------------------------------------------------------- a chapter
def new_chapter(name: str, root: Path) -> Path:
    """Write the stubs of a chapter: definitions, what the tests know of them, the text, a row in the README.

    Args:
        name: two digits and words, for example ``15_recurrence_today``.
        root: the project.

    Returns:
        The text to go on with.

    Raises:
        ChapterError: the name does not have that form, or number or words are taken.
    """
    _refuse_taken(name, root)
    module, title = name[3:], name[3:].replace("_", " ").capitalize()
    package = root / "rnncourse" / "exercises"
    write_text(package / f"{module}.py", _DEFINITIONS.format(number=name[:2], title=title))
    index = package / "__init__.py"
    last = max(CHAPTERS)
    listed = index.read_text(encoding="utf-8").replace(f'    "{last}",\n', f'    "{last}",\n    "{name}",\n')
    write_text(index, listed)
    write_text(root / "tests" / "exercises" / "chapters" / f"{module}.py", _KNOWN_TO_TESTS.format(title=title))
    readme = root / "README.md"
    text = readme.read_text(encoding="utf-8")
    end = max(row.end() for row in ROW.finditer(text))
    row = f"\n| {name[:2]} · {title} | {OPEN}: what a learner builds here | 0 |"
    write_text(readme, text[:end] + row + text[end:])
    desk = Desk(name, root)
    write_text(desk.text, _CHAPTER.format(title=title, open=OPEN, next=int(name[:2]) + 1))
    return desk.text


def _refuse_taken(name: str, root: Path) -> None:
    if re.fullmatch(r"\d\d_[a-z][a-z0-9_]*", name) is None:
        raise ChapterError(f"NAME is {name!r}, expected two digits and words: NAME=15_recurrence_today.")
    numbers = {chapter[:2]: chapter for chapter in CHAPTERS}
    if name[:2] in numbers:
        raise ChapterError(f"The number {name[:2]} belongs to {numbers[name[:2]]}; the next free one is {_free()}.")
    if name < max(CHAPTERS):
        raise ChapterError(f"{name} stands before {max(CHAPTERS)}; the next free number is {_free()}.")
    if (root / "rnncourse" / "exercises" / f"{name[3:]}.py").exists() or (root / "edit" / f"{name}.py").exists():
        raise ChapterError(f"rnncourse/exercises/{name[3:]}.py or edit/{name}.py is there already: take other words.")


def _free() -> str:
    return f"{int(max(CHAPTERS)[:2]) + 1:02d}"


# ----------------------------------------------------------------------------------------------------- an exercise
def new_exercise(
    chapter: str,
    name: str,
    arguments: Sequence[str],
    root: Path,
    after: str | None = None,
    module: str | None = None,
) -> Path:
    """Write the stubs of an exercise: definition, the package's function, its public name, the cells of the text.

    Args:
        chapter: the chapter's name; its text lies in ``edit/``.
        name: that of the function.
        arguments: of the function; with a type where it is no array, ``units:int``.
        root: the project.
        after: the exercise that it follows; the chapter's last, where None.
        module: where the function lives, in ``rnncourse/``; where the chapter's other functions do, if None.

    Returns:
        The file to go on with: the definition.

    Raises:
        ChapterError: a name is taken or unknown.
    """
    definitions = root / "rnncourse" / "exercises" / f"{chapter[3:]}.py"
    home = _home(chapter, module, root)
    _refuse_unfit(name, after, chapter, root)
    desk, names = Desk(chapter, root), [argument.partition(":")[0] for argument in arguments]
    changes = {
        definitions: _with_definition(definitions.read_text(encoding="utf-8"), name, names, home.stem, after),
        home: home.read_text(encoding="utf-8").rstrip("\n") + "\n\n\n" + _function(name, arguments),
        root / "rnncourse" / "__init__.pyi": _with_public_name(root, name, home.stem),
        desk.text: _with_cells(desk.text.read_text(encoding="utf-8"), name, names, after),
    }
    for path, text in changes.items():
        write_text(path, text)
    _tidy([path for path in changes if path != desk.text], root)
    return definitions


def _home(chapter: str, module: str | None, root: Path) -> Path:
    """The module of the package in which the function is to live."""
    if module is None:
        homes = [e.reference.__module__ for e in CHAPTERS[chapter] if isinstance(e, Exercise)]
        at_the_root = [home for home in homes if re.fullmatch(r"rnncourse\.\w+", home)]
        if not at_the_root:
            raise ChapterError(f"{chapter} has no exercise yet that says where its functions live: add MODULE=cells.")
        module = at_the_root[0].partition(".")[2]
    path = root / "rnncourse" / f"{module}.py"
    if not path.is_file():
        raise ChapterError(f"There is no rnncourse/{module}.py. MODULE is one of the modules there, for example cells.")
    if re.search(r"^(?:import|from) (?:tensorflow|keras)\b", path.read_text(encoding="utf-8"), re.MULTILINE):
        raise ChapterError(
            f"rnncourse/{module}.py imports TensorFlow, and the definitions may not. Write this exercise by hand, with "
            "a reference that imports it when it is called, as rnn_step_tensorflow does in exercises/manual_rnn.py."
        )
    return path


def _refuse_unfit(name: str, after: str | None, chapter: str, root: Path) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ChapterError(f"NAME is {name!r}, expected the name of a function: small letters, digits and _.")
    if re.search(rf"\b{name} as {name}\b", (root / "rnncourse" / "__init__.pyi").read_text(encoding="utf-8")):
        raise ChapterError(f"rnncourse.{name} is there already: take another name.")
    known = [exercise.name for exercise in CHAPTERS[chapter]]
    if after is not None and after not in known:
        raise ChapterError(f"AFTER is {after!r}, expected an exercise of {chapter}: {', '.join(known)}.")


def _with_definition(source: str, name: str, arguments: Sequence[str], module: str, after: str | None) -> str:
    """The chapter's definitions with one more, and its name in EXERCISES."""
    found = _EXERCISES.search(source)
    if found is None:
        raise ChapterError("The definitions have no line EXERCISES = (…).")
    names = [part for part in re.split(r"[\s,]+", found[1]) if part]
    names.insert(names.index(after) + 1 if after else len(names), name)
    imports = (
        "\nimport numpy as np\n\n"
        f"from rnncourse import {module}\n"
        "from rnncourse.exercises.definitions import Case, Exercise, Kind, Mistake\n"
        "from rnncourse.exercises.edits import changed\n"
    )
    before = source[: found.start()].replace("annotations\n", f"annotations\n{imports}", 1)
    cases = "\n".join(f'        "{argument}": rng.uniform(-1, 1, size=(4, 3)),' for argument in arguments)
    definition = _DEFINITION.format(name=name, module=module, cases=cases, open=OPEN)
    listed = ", ".join(names) if len(names) > 1 else f"{name},"
    return f"{before}{definition}\n\nEXERCISES = ({listed}){source[found.end() :]}"


def _function(name: str, arguments: Sequence[str]) -> str:
    typed = [argument if ":" in argument else f"{argument}: np.ndarray" for argument in arguments]
    return f"def {name}({', '.join(typed)}) -> np.ndarray:\n{STUB.format(name=name)}"


def _with_public_name(root: Path, name: str, module: str) -> str:
    """The list of public names with one more, beside those of the same module."""
    source = (root / "rnncourse" / "__init__.pyi").read_text(encoding="utf-8")
    line = f"from .{module} import (\n    {name} as {name},\n)\n"
    blocks = list(re.finditer(rf"^from \.{module} import \([^)]*\)\n", source, re.MULTILINE))
    if not blocks:
        raise ChapterError(f"rnncourse/__init__.pyi has no public name of {module} yet: add the first by hand.")
    return source[: blocks[-1].end()] + line + source[blocks[-1].end() :]


def _with_cells(text: str, name: str, arguments: Sequence[str], after: str | None) -> str:
    """The chapter's text with the exercise's heading and its cell, behind the exercise before it."""
    cells = _CELLS.format(
        name=name,
        arguments=", ".join(arguments),
        described="\n".join(f"        {argument}: {OPEN}, shape (…)." for argument in arguments),
        open=OPEN,
    )
    marks = list(re.finditer(r'^# %% exercise="(\w+)".*$', text, re.MULTILINE))
    mark = next((m for m in reversed(marks) if after is None or m[1] == after), None)
    if mark is None:
        behind = re.search(r"^# %% \[markdown\]\n# ## Then and now$", text, re.MULTILINE)
        place = behind.start() if behind else len(text)
    else:
        following = re.compile(r"^# %%", re.MULTILINE).search(text, mark.end())
        place = following.start() if following else len(text)
    return f"{text[:place].rstrip()}\n\n{cells}\n{text[place:]}"


def _tidy(paths: Sequence[Path], root: Path) -> None:
    """Imports sorted, unused ones gone, lines in ruff's form."""
    for command in (["check", "--fix"], ["format"]):  # what is left to complain of are the stubs
        whole = [sys.executable, "-m", "ruff", *command, *map(str, paths)]
        subprocess.run(whole, cwd=root, check=False, capture_output=True)


_DEFINITIONS = '''"""Chapter {number}: {title}."""

from __future__ import annotations

from rnncourse.exercises.definitions import Exercise

EXERCISES: tuple[Exercise, ...] = ()
'''

_KNOWN_TO_TESTS = '''"""Right answers to the exercises of "{title}", written differently from the reference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

#: Right functions that are too long to stand in the exercise's own ``alternatives``.
ALTERNATIVES: dict[str, list[Callable[..., Any]]] = {{}}

#: Other spellings of the right answer to a question.
ANSWERS: dict[str, list[Any]] = {{}}

#: Mutants of a reference that compute the same for every valid input: (exercise, mutant) -> why.
EQUIVALENT: dict[tuple[str, str], str] = {{}}
'''

_DEFINITION = """def _{name}_case(rng: np.random.Generator) -> Case:
    # {open}: asymmetric random values, no two sizes equal, so that a swap or a transpose shows
    return {{
{cases}
    }}


{name} = Exercise(
    name="{name}",
    kind=Kind.NEW_CASE,  # {open}: or another
    reference={module}.{name},
    cases=_{name}_case,
    mistakes=(
        Mistake(
            "{open}: the likeliest mistake, in a few words",
            changed({module}.{name}, ("{open}: a text of the reference", "what a learner writes there")),
            "{open}: advice that names the term to look at, not the line to write.",
        ),
        Mistake(
            "{open}: another mistake",
            changed({module}.{name}, ("{open}: a text of the reference", "what a learner writes there")),
            "{open}: its advice.",
        ),
    ),
    alternatives=(
        changed({module}.{name}, ("{open}: a text of the reference", "another right spelling of it")),
        changed({module}.{name}, ("{open}: a text of the reference", "a third one")),
    ),
    hints=(
        "{open}: a nudge.",
        "{open}: the idea in other words.",
        "{open}: the line with gaps.",
    ),
    points=2,  # {open}
    difficulty=2,  # {open}: 1 to 3 stars
    minutes=6,  # {open}
)
"""

_CELLS = '''# %% [markdown]
# ### Exercise · `{name}`
#
# {open}: say what to write, for a case that the text above did not show.

# %% exercise="{name}"
def {name}({arguments}):
    """{open}: the equation.

    Args:
{described}

    Returns:
        {open}, shape (…).
    """
    ### BEGIN SOLUTION
    return {open}
    ### END SOLUTION
'''

_CHAPTER = """# %% [markdown]
# # {title}
#
# {open}: one sentence that says what a learner will have built and proved.
#
# **After this chapter you can**
#
# - {open}: three to five things, each a verb;
#
# **You need** {open}: chapters and mathematics. **Time:** 30 minutes to read.

# %%
import numpy as np

import rnncourse
from rnncourse import check, grade, hint
from rnncourse.plots.figures import show
from rnncourse.plots.widgets import explore

# %% [markdown]
# ## 1. {open}: a question
#
# {open}: the idea in words, the equation, then a picture with alt text.
#
# **Predict.** {open}: something that the next cell shows.
# <details><summary>Answer</summary>
# {open}
# </details>

# %%
# {open}: at most twenty lines; a result is printed as a number beside what it is compared with

# %% [markdown]
# {open}: what we just saw. The exercises come here, three to six: make new-exercise writes their cells.

# %%
# {open}: explore(...), one figure with a slider whose first picture already shows the point

# %% [markdown]
# ## Then and now
#
# | TensorFlow 1, as in the tutorial | Today | PyTorch | Proved |
# |---|---|---|---|
# | {open} | | | below |

# %%
# {open}: an assertion for each row that runs in both

# %% [markdown]
# ## To show a friend
#
# {open}: the open task, ungraded.
#
# ## What to take with you
#
# - {open}: five points.
#
# ## Words
#
# | English | 中文 | Meaning |
# |---|---|---|
# | {open} | | |
#
# ## Read on
#
# - {open}: papers.
# - Next: chapter {next}.
"""
