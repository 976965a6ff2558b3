"""Every chapter: the release is what nbgrader makes of the solution, the form is kept, the points are right."""

from __future__ import annotations

import ast
import filecmp
import html
import re

import nbformat
import pytest
from jupyter_client import AsyncKernelManager
from jupyter_core.utils import run_sync
from nbclient import NotebookClient
from nbgrader.utils import determine_grade, is_grade, is_solution

from rnncourse.checking.given import given_body
from rnncourse.exercises import BY_HAND, CHAPTERS, Exercise, Question, Stage, Training
from rnncourse.notebooks.files import notebook_path
from rnncourse.project import MEDIA_TYPE, Card, findings
from tools.authoring import ROOT, release
from tools.continuity import keep_ids
from tools.derived import derive, seeds_of, underived
from tools.desk import from_text, to_text

NAMES = list(CHAPTERS)
#: The second worked example of chapter 16: it stands beside the solutions, and is no assignment.
SECOND = "a_win.ipynb"


def solution_of(chapter):
    return nbformat.read(notebook_path(ROOT / "solutions", chapter), as_version=4)


def release_of(chapter):
    return nbformat.read(notebook_path(ROOT / "course", chapter), as_version=4)


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    """One kernel for all chapters, emptied between them: each new one would import TensorFlow again."""
    manager = AsyncKernelManager()
    run_sync(manager.start_kernel)(cwd=str(tmp_path_factory.mktemp("chapters")))
    yield manager
    run_sync(manager.shutdown_kernel)(now=True)


def run(notebook, kernel):
    """Run a notebook as nbgrader does: errors are recorded, not raised."""
    empty = nbformat.v4.new_code_cell("%reset -f")
    whole = nbformat.v4.new_notebook(cells=[empty, *notebook.cells])
    client = NotebookClient(whole, km=kernel, timeout=300, allow_errors=True)
    notebook.cells = client.execute().cells[1:]
    client.kc.stop_channels()
    return notebook


def imports_of(source):
    """The lines of a cell that import something."""
    lines = [ast.unparse(node) for node in ast.parse(source).body if isinstance(node, ast.Import | ast.ImportFrom)]
    return "\n".join(lines)


def is_by_hand(cell):
    """Whether a person grades what stands in the cell."""
    return is_grade(cell) and is_solution(cell)


def asks_for(cell, name):
    """Whether a learner writes the answer to this exercise into the cell."""
    return is_solution(cell) and cell.metadata.nbgrader.grade_id == name


def points(notebook):
    """Points by grade cell, as nbgrader counts them."""
    tests = [cell for cell in notebook.cells if is_grade(cell) and not is_by_hand(cell)]
    return {cell.metadata.nbgrader.grade_id: determine_grade(cell)[0] for cell in tests}


def starts_from_a_mistake(exercise):
    return isinstance(exercise, Exercise) and exercise.starts_from != ""


def text_of(notebook):
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def without_kinds(text):
    """A text whose headings say no kind, as ``make chapter`` wrote them before it knew any."""
    return re.sub(r"^([★☆]{3} · \d+ minutes? · \d+ points?) · .*$", r"\1", text, flags=re.MULTILINE)


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    target = tmp_path_factory.mktemp("course")
    release(NAMES, target=target)
    return target


def test_the_folders_hold_the_chapters_the_first_page_and_nothing_else():
    for folder, page in (("course", "start_here.ipynb"), ("solutions", "start_here.py")):
        beside = [SECOND] if folder == "solutions" else []
        there = sorted(path.name for path in (ROOT / folder).iterdir() if path.name != ".ipynb_checkpoints")
        assert there == sorted([*NAMES, page, *beside])
        for chapter in NAMES:
            files = [path.name for path in (ROOT / folder / chapter).iterdir() if path.name != ".ipynb_checkpoints"]
            assert files == [f"{chapter}.ipynb"]


@pytest.mark.parametrize("chapter", NAMES)
def test_the_release_is_up_to_date(chapter, released):
    assert filecmp.cmp(notebook_path(released, chapter), notebook_path(ROOT / "course", chapter), shallow=False), (
        "course/ is stale: run make release"
    )


@pytest.mark.parametrize("chapter", NAMES)
def test_only_exercise_cells_need_what_the_learner_writes(chapter):
    """So that the rest of an untouched release runs: its cells are those of the solution, which nbval runs."""
    exercises = {exercise.name for exercise in CHAPTERS[chapter]}
    for cell in solution_of(chapter).cells:
        if cell.cell_type == "code" and not is_solution(cell):
            used = {node.id for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Name)} & exercises
            assert all(re.search(rf"^(check|grade)\({name}[,)]", cell.source, re.MULTILINE) for name in used), used


def misses_what_was_left_out(error, made):
    """Whether a cell that uses its function at once misses a name that another cell, left out here, makes."""
    missing = error.evalue.removeprefix("name '").partition("'")[0]
    return error.ename == "NameError" and bool(re.search(rf"\b{missing}\b", made))


@pytest.mark.parametrize("chapter", NAMES)
def test_the_untouched_release_earns_nothing_and_fails_only_where_nothing_is_written(chapter, kernel):
    notebook = release_of(chapter)
    notebook.cells = [cell for cell in notebook.cells if cell.cell_type == "code"]  # a person reads the others
    made = "\n".join(cell.source for cell in notebook.cells if not is_grade(cell) and not is_solution(cell))
    for cell in notebook.cells:
        if not is_grade(cell) and not is_solution(cell):
            cell.source = imports_of(cell.source)  # nbval runs the rest
    notebook = run(notebook, kernel)
    assert set(points(notebook).values()) == {0}
    for cell in notebook.cells:
        raised = [output for output in cell.get("outputs", []) if output.output_type == "error"]
        errors = [output.ename for output in raised if not misses_what_was_left_out(output, made)]
        if is_grade(cell):
            assert errors == ["NotImplementedError"]
        elif errors:
            assert is_solution(cell), cell.source
            assert errors == ["NotImplementedError"]
        assert not any(output.get("name") == "stderr" for output in cell.get("outputs", []))


@pytest.mark.parametrize("chapter", NAMES)
def test_the_recipe_of_a_model_is_the_solution_that_nbval_runs(chapter):
    """``solution("digit_reader")`` shows it: after a change of the cell, put the cell's lines into the definition."""
    for task in CHAPTERS[chapter]:
        if isinstance(task, Training | Stage):
            cell = next(cell for cell in solution_of(chapter).cells if asks_for(cell, task.name))
            lines = cell.source.partition("### BEGIN SOLUTION\n")[2].partition("### END SOLUTION")[0]
            assert task.recipe.strip() == lines.replace("  # fmt: skip", "").strip()


@pytest.mark.parametrize("chapter", NAMES)
def test_the_solution_earns_every_point(chapter):
    earned = points(solution_of(chapter))  # its outputs are compared with a fresh run by nbval
    assert earned == {f"{exercise.name}_test": exercise.points for exercise in CHAPTERS[chapter]}


@pytest.mark.parametrize("chapter", NAMES)
def test_the_release_gives_nothing_away(chapter):
    source = "\n".join(cell.source for cell in release_of(chapter).cells)
    assert "BEGIN SOLUTION" not in source
    assert "HIDDEN" not in source
    assert "seed=" not in "\n".join(cell.source for cell in release_of(chapter).cells if is_grade(cell))
    written = [exercise for exercise in CHAPTERS[chapter] if not starts_from_a_mistake(exercise)]
    assert source.count("raise NotImplementedError()") == len(written)
    cells = {cell.metadata.nbgrader.grade_id: cell.source for cell in release_of(chapter).cells if is_solution(cell)}
    for each in BY_HAND.get(chapter, ()):
        assert cells[each.name].endswith("YOUR ANSWER HERE")
        assert all(level in cells[each.name] for level in each.levels)
    for exercise in CHAPTERS[chapter]:
        if starts_from_a_mistake(exercise):
            assert cells[exercise.name].endswith("\n".join(given_body(exercise)))


@pytest.mark.parametrize("chapter", NAMES)
def test_a_function_with_a_mistake_is_said_to_have_one(chapter):
    texts = [cell.source for cell in solution_of(chapter).cells if cell.cell_type == "markdown"]
    for exercise in filter(starts_from_a_mistake, CHAPTERS[chapter]):
        told = next(text for text in texts if re.search(rf"^### Exercise \d+ · `{exercise.name}`$", text, re.MULTILINE))
        assert "has a mistake" in told


@pytest.mark.parametrize("chapter", NAMES)
def test_exercises_stand_in_order_with_their_effort_and_points(chapter):
    notebook = solution_of(chapter)
    cells = [cell.metadata.nbgrader for cell in notebook.cells if "nbgrader" in cell.metadata]
    ids = [name for exercise in CHAPTERS[chapter] for name in (exercise.name, f"{exercise.name}_test")]
    ids += [each.name for each in BY_HAND.get(chapter, ())]
    assert [cell.grade_id for cell in cells] == ids
    text = text_of(notebook)
    for number, exercise in enumerate(CHAPTERS[chapter], start=1):
        stars = "★" * exercise.difficulty + "☆" * (3 - exercise.difficulty)
        plural = "s" if exercise.points > 1 else ""
        effort = f"{stars} · {exercise.minutes} minutes · {exercise.points} point{plural} · {exercise.kind}"
        heading = f"### Exercise {number} · `{exercise.name}`\n\n{effort}\n"
        assert heading in text or without_kinds(heading) in text


@pytest.mark.parametrize("chapter", NAMES)
def test_hidden_tests_use_seeds_of_their_own(chapter):
    hidden = re.compile(r"### BEGIN HIDDEN TESTS\ngrade\(\"?\w+\"?, seed=(\d+)\)\n### END HIDDEN TESTS")
    seeds = [seed for cell in solution_of(chapter).cells if is_grade(cell) for seed in hidden.findall(cell.source)]
    with_cases = [exercise for exercise in CHAPTERS[chapter] if not isinstance(exercise, Question | Stage)]
    assert len(seeds) == len(set(seeds)) == len(with_cases)


@pytest.mark.parametrize("chapter", NAMES)
def test_what_follows_from_the_definitions_is_what_make_chapter_writes(chapter):
    stored = solution_of(chapter)
    written = derive(underived(from_text(to_text(stored))), chapter, seeds_of(stored))
    keep_ids(written, stored)
    told = [[(c.id, c.cell_type, c.metadata, c.source) for c in notebook.cells] for notebook in (written, stored)]
    if text_of(stored) == without_kinds(text_of(stored)):  # it was built before headings said the kind
        told[0] = [(*before, without_kinds(source)) for *before, source in told[0]]
    assert told[0] == told[1]


@pytest.mark.parametrize("chapter", NAMES)
def test_cells_have_ids_that_last(chapter):
    solution, released = solution_of(chapter), release_of(chapter)
    ids = [cell.id for cell in solution.cells]
    assert len(set(ids)) == len(ids)
    assert [cell.id for cell in released.cells] == ids
    for exercise in CHAPTERS[chapter]:
        place = ids.index(exercise.name)
        assert ids[place + 1 : place + 3] == [f"{exercise.name}-check", f"{exercise.name}-test"]


@pytest.mark.parametrize("chapter", NAMES)
def test_the_form_of_a_chapter(chapter):
    notebook = solution_of(chapter)
    text = text_of(notebook)
    assert notebook.cells[0].source.startswith(f"# {int(chapter[:2])} · ")
    for part in ("After this chapter you can", "**You need**", "**Predict.**", "## Then and now", "中文", "## Read on"):
        assert part in text, part
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))  # run from top to bottom
    assert all(cell.source.count("\n") < 30 for cell in code)
    assert sum("explore(" in cell.source for cell in code) >= 1
    prose = len(text.split())
    lines = sum(1 for cell in code for line in cell.source.split("\n") if line.strip())
    assert 5 < prose / lines < 30
    effort = sum(exercise.minutes for exercise in CHAPTERS[chapter])
    time = re.search(
        r"\*\*Time:\*\* about (\d+) minutes, (\d+) of them for the (\w+) exercises\.", notebook.cells[0].source
    )
    assert time is not None
    words = ("three", "four", "five", "six", "seven", "eight")
    assert (int(time[2]), time[3]) == (effort, words[len(CHAPTERS[chapter]) - 3])
    assert effort < int(time[1]) <= (130 if "*further*" in notebook.cells[0].source else 100)


@pytest.mark.parametrize("chapter", NAMES)
def test_numbers_are_shown_where_truth_values_were(chapter):
    lines = [
        line
        for cell in solution_of(chapter).cells
        for output in cell.get("outputs", [])
        for line in (output.get("text") or output.get("data", {}).get("text/plain", "")).split("\n")
    ]
    told = [line for line in lines if re.search(r"\b(True|False)$", line.rstrip())]
    assert told == []


def columns_of_then_and_now(notebook):
    """The table "Then and now": the head of each column -> its cells."""
    section = re.split(r"^## (?!Then and now)", text_of(notebook).partition("## Then and now")[2], flags=re.MULTILINE)[
        0
    ]
    rows = re.findall(r"^\|(.*)\|[ ]*$", section, re.MULTILINE)
    head, _, *body = [[part.strip() for part in re.split(r"(?<!\\)\|", row)] for row in rows]
    return dict(zip(head, zip(*body, strict=True), strict=True))


@pytest.mark.parametrize("chapter", NAMES)
def test_what_is_said_of_pytorch_stands_in_a_test(chapter):
    """To the letter, but for white space; the test runs where torch is installed."""
    columns = columns_of_then_and_now(solution_of(chapter))
    told = [cell for head, cells in columns.items() if "PyTorch" in head for cell in cells]
    tests = ROOT / "tests" / "oracles" / "pytorch" / f"test_{chapter}.py"
    tested = "".join(tests.read_text(encoding="utf-8").split())
    spans = [span.replace("\\|", "|") for cell in told for span in re.findall(r"`([^`]+)`", cell)]
    assert spans
    missing = [span for span in spans if "".join(span.split()) not in tested]
    assert not missing, f"{tests.relative_to(ROOT)} does not run {missing}"


@pytest.mark.parametrize("chapter", NAMES)
def test_every_figure_has_alt_text_and_nothing_warns(chapter):
    pictures = 0
    for cell in solution_of(chapter).cells:
        for output in cell.get("outputs", []):
            assert output.get("name") != "stderr"
            assert "WARNING:" not in output.get("text", "")
            assert output.output_type != "error"
            assert "image/png" not in output.get("data", {}), "show figures with rnncourse.plots.figures.show"
            for alt in re.findall(r'<img alt="([^"]*)"', output.get("data", {}).get("text/html", "")):
                pictures += 1
                assert len(html.unescape(alt)) > 40
    assert pictures >= 3


@pytest.mark.parametrize("chapter", NAMES)
def test_nothing_of_the_machine_is_stored(chapter):
    notebook = solution_of(chapter)
    assert notebook.metadata == {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    assert all(set(cell.metadata) <= {"nbgrader", "tags"} for cell in notebook.cells)
    assert sum("nbval-ignore-output" in cell.metadata.get("tags", []) for cell in notebook.cells) <= 1


def test_the_second_project_stands_beside_the_solutions_and_has_nothing_against_it():
    """nbval runs it in ``make test-long``; here its stored card is read."""
    notebook = nbformat.read(ROOT / "solutions" / SECOND, as_version=4)
    assert not any("nbgrader" in cell.metadata for cell in notebook.cells)
    assert not any(output.output_type == "error" for cell in notebook.cells for output in cell.get("outputs", []))
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    card = Card.read([output.data[MEDIA_TYPE] for output in outputs if MEDIA_TYPE in output.get("data", {})][-1])
    assert findings(card) == ()
    assert card.note("conclusion").winner == "GRU", "the first project has lost, this one works"
    assert len(card.cells) == 2


def test_the_second_project_runs_on_small_settings():
    """A fifth of the music, three epochs, one seed: all of its cells, and a card on which the parts share nothing."""
    notebook = nbformat.read(ROOT / "solutions" / SECOND, as_version=4)
    names = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            source = cell.source
            for large, small in (("chorales(353)", "chorales(72)"), ("epochs=5", "epochs=3"), ("range(3)", "range(1)")):
                source = source.replace(large, small)
            exec(source, names)
    card = names["card"]
    assert {(result.cell, result.seed) for result in card.results} == {("GRU", 0), ("simple RNN", 0)}
    assert card.split.leaks == ()
    assert len(card.looks) == 1
