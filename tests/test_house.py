"""The house keeps its plan: imports go one way, tests mirror what they test, nothing is left open, prose is narrow."""

from __future__ import annotations

import ast
import graphlib
import re
from pathlib import Path

import pytest

from rnncourse.exercises import CHAPTERS
from tools.authoring import ROOT
from tools.derived import OPEN
from tools.readme import ROW, TOTAL, total

PACKAGE = ROOT / "rnncourse"
PROSE = (
    *("README.md", "TUTORIAL.md", "CONTRIBUTING.md", "GRADING.md", "CHANGELOG.md", "CODE_OF_CONDUCT.md"),
    *("benchmarks/README.md", "constraints/README.md", "site/index.md", "site/elsewhere.md"),
)

#: The rooms of the package from the top to the ground. A module imports from its own floor or from below.
FLOORS = (
    ("cli", "__main__"),
    ("grading",),
    ("notebooks",),
    ("checking",),
    ("exercises",),
    ("the root", "plots", "datasets"),
    ("shapes", "quiet"),
)
FLOOR_OF = {room: len(FLOORS) - floor for floor, rooms in enumerate(FLOORS) for room in rooms}

#: Modules without a test file of the same name, for good, each with the reason.
NO_TEST_OF_THEIR_OWN = {
    "rnncourse/cli/jupyter/nbgrader_config.py": "nbgrader reads it; tests/course/test_jupyterlab.py presses Validate",
    "rnncourse/plots/drawing.py": "pens; every drawing of tests/plots is made with them",
    **{
        f"rnncourse/checking/diagnosis/{name}.py": "asked through relations.find and dependence.find, as check does"
        for name in ("counts", "formulas", "misreadings", "orders", "places", "shapes", "views")
    },
    **{
        f"rnncourse/checking/diagnosis/edits/{name}.py": "asked through changes, as the search does"
        for name in ("blocks", "calls", "names", "spots")
    },
}
#: Folders of tests, and tests, that mirror no one module: what they look at instead.
NOT_MIRRORS = {
    "benchmarks": "programs of benchmarks/",
    "course": "the chapters",
    "exercises": "all definitions at once, and their mutants",
    "exercises/trained": "models that exercises ask for",
    "hostile": "submissions that cheat, attack, or went wrong",
    "project": "what a public project has around its code",
    "site": "the website, as people see it",
    "oracles": "TensorFlow 1 and Keras beside ours",
    "oracles/pytorch": "PyTorch beside ours, where it is installed",
    "properties": "all public functions of arrays, whatever they compute",
    "grading/test_round_trip.py": "collect, export and feedback, as one way there and back",
    "test___main__.py": "the package as a program",
    "test_house.py": "the plan of the house",
    "test_packaging.py": "the wheel, and files around the package",
}


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def public_names() -> dict[str, str]:
    """The home of each public name, from the stub beside ``__init__``."""
    tree = ast.parse((PACKAGE / "__init__.pyi").read_text(encoding="utf-8"))
    found = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    return {alias.name: f"rnncourse.{node.module}" for node in found if node.module for alias in node.names}


PUBLIC = public_names()


def imports_of(path: Path) -> set[str]:
    """The package's modules that a module imports, at its top or inside a function; not what only types need."""
    found = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_types = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        for part in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name in MODULES}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written in full"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                home = PUBLIC.get(alias.name, "rnncourse") if node.module == "rnncourse" else node.module or ""
                found.add(whole if whole in MODULES else home)
    return found & set(MODULES)


def room_of(module: str) -> str:
    parts = module.split(".")
    if len(parts) > 1 and parts[1] in FLOOR_OF:
        return parts[1]
    return "the root"


@pytest.mark.parametrize("module", sorted(set(MODULES) - {"rnncourse"}))
def test_imports_go_one_way(module):
    floor = FLOOR_OF[room_of(module)]
    upwards = {name for name in imports_of(MODULES[module]) if FLOOR_OF[room_of(name)] > floor}
    assert not upwards, f"{module} is in the room {room_of(module)!r}, below that of {', '.join(sorted(upwards))}"


def test_imports_have_no_circles():
    graph = {name: imports_of(path) - {name} for name, path in MODULES.items()}
    graph["rnncourse.exercises"] |= {f"rnncourse.exercises.{chapter[3:]}" for chapter in CHAPTERS}  # by importlib
    graphlib.TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def test_nothing_in_the_package_imports_the_tools():
    for name, path in MODULES.items():
        assert not re.search(
            r"^\s*(?:from|import) (?:tools|tests)\b", path.read_text(encoding="utf-8"), re.MULTILINE
        ), name


def mirrored(module: Path) -> Path:
    """Where the tests of a module are."""
    inside = module.relative_to(ROOT)
    parts = inside.parts[1:] if inside.parts[0] == "rnncourse" else inside.parts
    if parts[0] == "exercises" and any(chapter[3:] == module.stem for chapter in CHAPTERS):
        return ROOT / "tests" / "exercises" / "chapters" / module.name
    return ROOT / "tests" / Path(*parts[:-1]) / f"test_{module.name}"


SOURCES = [
    path
    for folder in (PACKAGE, ROOT / "tools")
    for path in sorted(folder.rglob("*.py"))
    if path.name not in ("__init__.py", "__main__.py")
]


def test_every_module_has_its_tests():
    missing = {path.relative_to(ROOT).as_posix() for path in SOURCES if not mirrored(path).is_file()}
    assert sorted(missing - set(NO_TEST_OF_THEIR_OWN)) == [], "a module without its tests"
    assert sorted(set(NO_TEST_OF_THEIR_OWN) - missing) == [], "it has tests now: take its line out"


def test_every_test_file_mirrors_a_module_or_stands_in_a_room_of_its_own():
    mirrors = {mirrored(path) for path in SOURCES}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        place = path.relative_to(ROOT / "tests")
        known = path in mirrors or {place.as_posix(), place.parent.as_posix()} & set(NOT_MIRRORS)
        assert known, f"{path}: whose test is it?"


def test_paths_named_in_prose_and_in_chapters_exist():
    chapters = [f"solutions/{chapter}/{chapter}.ipynb" for chapter in CHAPTERS]
    for name in (*PROSE, *chapters):
        text = (ROOT / name).read_text(encoding="utf-8")
        for path in re.findall(r"(?<![\w/.])((?:tests|tools|rnncourse|benchmarks)/[\w/.]*\w)", text):
            if "NAME" not in path and "/x/" not in path:  # these stand for any name
                assert (ROOT / path).exists(), f"{name} names {path}"


def test_nothing_is_left_open():
    places = [*PACKAGE.rglob("*.py"), *(ROOT / "tests" / "exercises" / "chapters").glob("*.py"), ROOT / "README.md"]
    places += (ROOT / "solutions").rglob("*.ipynb")
    for path in sorted(places):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            still = re.search(rf"\b{OPEN}\b", line)  # a word of its own: a picture's letters may hold it by chance
            assert not still, f"{path.relative_to(ROOT)}, line {number}, is a stub still: {line.strip()}"


def test_every_chapter_has_at_least_three_exercises():
    for chapter, exercises in CHAPTERS.items():
        assert len(exercises) >= 3, f"{chapter} has {len(exercises)} exercises: make new-exercise writes stubs of more"


def test_the_readme_counts_the_exercises():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert TOTAL.findall(text) == [total()], "run make release"
    counted = {number: int(count) for _, number, count, _ in ROW.findall(text)}
    assert counted == {chapter[:2]: len(exercises) for chapter, exercises in CHAPTERS.items()}, "run make release"


@pytest.mark.parametrize("path", PROSE)
def test_prose_ends_at_120_columns(path):
    in_code = False
    for number, line in enumerate((ROOT / path).read_text(encoding="utf-8").splitlines(), start=1):
        in_code ^= line.startswith("```")
        wide = in_code or line.startswith(("|", "    ")) or re.fullmatch(r"[-* ]*!?\[[^\]]*\]\([^)]*\)[.,]?", line)
        assert len(line) <= 120 or wide, f"{path}, line {number}: {len(line)} columns"
