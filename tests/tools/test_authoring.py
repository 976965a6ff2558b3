"""From text to notebook and back: nothing is lost, and a change of one cell is a change of one cell."""

from __future__ import annotations

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError

from rnncourse.exercises import find
from tools import authoring, stills
from tools.authoring import build, edit, main, merge
from tools.derived import ChapterError

from small_project import CHAPTER, InProcess, notebook_of, notebook_path, small_project, uncounted


@pytest.fixture
def text(tmp_path, monkeypatch):
    """A chapter that was built and is being edited."""
    place = small_project(tmp_path, monkeypatch)
    build(CHAPTER, tmp_path)
    edit(CHAPTER, tmp_path)
    return place


SLIDERS = """\
from rnncourse.plots.figures import new_figure
from rnncourse.plots.widgets import explore

def draw(x):
    return new_figure(width=2, height=1)[0], f"Nothing up to {x}."

explore(draw, x=(1, 3, 1, 2))
"""


def replace(path, old, new):
    assert path.read_text().count(old) == 1
    path.write_text(path.read_text().replace(old, new))


def changed_elsewhere(root, old, new):
    """The notebook as a pull, or JupyterLab, may leave it."""
    notebook = notebook_of(root)
    cell = next(cell for cell in notebook.cells if old in cell.source)
    cell.source = cell.source.replace(old, new)
    nbformat.write(notebook, notebook_path(root))


def test_a_text_becomes_a_notebook_that_ran_and_goes(tmp_path, monkeypatch):
    text = small_project(tmp_path, monkeypatch)
    build(CHAPTER, tmp_path)
    notebook = notebook_of(tmp_path)
    sources, kind = [cell.source for cell in notebook.cells], find("rnn_step").kind
    assert sources[0].startswith("# 3 · An RNN by hand\n\n**Time:** about 30 minutes, 8 of them for the one exercise.")
    assert sources[2].startswith(f"### Exercise 1 · `rnn_step`\n\n★★☆ · 8 minutes · 3 points · {kind}\n\nWrite")
    assert sources[4] == "check(rnn_step)"
    assert sources[5].startswith("grade(rnn_step)\n### BEGIN HIDDEN TESTS\ngrade(rnn_step, seed=")
    assert notebook.cells[5].metadata.nbgrader.points == 3
    assert notebook.cells[7].outputs[0].text == "the sum is 2\n"
    assert not text.exists()
    edit(CHAPTER, tmp_path)
    build(CHAPTER, tmp_path)
    assert not [path for path in (tmp_path / "edit").rglob("*") if path.is_file()]


def test_the_notebook_runs_in_a_kernel_of_its_own(tmp_path, monkeypatch):
    text = small_project(tmp_path, monkeypatch, client=None)
    replace(text, 'print("the end")\n', SLIDERS)
    build(CHAPTER, tmp_path)
    by_id = {cell.id: cell for cell in notebook_of(tmp_path).cells}
    assert by_id["rnn_step-check"].outputs[0].data["text/plain"] == "✓ rnn_step: right"
    assert by_id["rnn_step-test"].outputs[0].text == "rnn_step: 3 of 3 points\n" * 2
    counts = [cell.execution_count for cell in by_id.values() if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))
    (figure,) = by_id.popitem()[1].outputs  # and what the sliders show elsewhere is no output of the notebook
    assert "Nothing up to 2." in figure.data["text/plain"]
    (gallery,) = stills.galleries_of(CHAPTER, tmp_path).values()
    assert [still.alt for still in gallery.stills] == [f"Nothing up to {x}." for x in (1, 2, 3)]


class WithStills(InProcess):
    """A run that leaves a still behind the last cell."""

    def execute(self):
        super().execute()
        shown = {"width": 10, "sliders": [], "stills": [{"at": [], "alt": "drawn", "webp": "AAAA"}]}
        self.notebook.cells[-1].outputs.append(nbformat.v4.new_output("display_data", {stills.MIME: shown}))


def test_stills_alone_are_drawn_from_the_notebook_as_it_is(text, tmp_path, monkeypatch, capsys):
    before = notebook_path(tmp_path).read_bytes()
    monkeypatch.setattr(authoring, "NotebookClient", WithStills)
    assert main(["stills", "3"], tmp_path) == 0
    assert capsys.readouterr().out.strip() == str(stills.folder_of(CHAPTER, tmp_path))
    (gallery,) = stills.galleries_of(CHAPTER, tmp_path).values()
    assert [still.alt for still in gallery.stills] == ["drawn"]
    assert notebook_path(tmp_path).read_bytes() == before


@pytest.mark.usefixtures("text")
def test_edit_and_build_without_a_change_give_the_same_bytes(tmp_path):
    before = notebook_path(tmp_path).read_bytes()
    build(CHAPTER, tmp_path)
    assert notebook_path(tmp_path).read_bytes() == before
    build(CHAPTER, tmp_path)  # without a text
    assert notebook_path(tmp_path).read_bytes() == before


def test_an_added_cell_changes_no_other(tmp_path, text):
    before = uncounted(notebook_of(tmp_path))
    replace(text, '# %%\nprint("the sum', '# %%\nprint("added")\n\n# %%\nprint("the sum')
    build(CHAPTER, tmp_path)
    after = uncounted(notebook_of(tmp_path))
    (added,) = set(after) - set(before)
    assert after.pop(added)["source"] == 'print("added")'
    assert after == before


def test_a_changed_cell_keeps_its_id_and_gets_its_output(tmp_path, text):
    before = {cell.id: cell for cell in notebook_of(tmp_path).cells}
    replace(text, "1 + 1", "1 + 2")
    build(CHAPTER, tmp_path)
    after = {cell.id: cell for cell in notebook_of(tmp_path).cells}
    assert list(after) == list(before)
    (changed,) = [name for name in after if after[name] != before[name]]
    assert after[changed].outputs[0].text == "the sum is 3\n"


@pytest.mark.parametrize(
    ("spoilt", "error"),
    [
        ("1 / 0", CellExecutionError),
        ('print("WARNING: old")', ChapterError),
        ('print("FILL IN")', ChapterError),
        ("<<<<<<< yours", ChapterError),
    ],
)
def test_a_chapter_that_fails_changes_nothing_and_loses_nothing(tmp_path, text, spoilt, error):
    before = notebook_path(tmp_path).read_bytes()
    replace(text, 'print("the end")', spoilt)
    written = text.read_text()
    with pytest.raises(error):
        build(CHAPTER, tmp_path)
    assert text.read_text() == written
    assert notebook_path(tmp_path).read_bytes() == before
    replace(text, spoilt, 'print("an end")')
    build(CHAPTER, tmp_path)
    assert notebook_of(tmp_path).cells[-1].source == 'print("an end")'


def test_a_new_chapter_that_fails_leaves_no_folder(tmp_path, monkeypatch):
    replace(small_project(tmp_path, monkeypatch), "1 + 1", "1 / 0")
    with pytest.raises(CellExecutionError):
        build(CHAPTER, tmp_path)
    assert not notebook_path(tmp_path).parent.exists()


def test_a_text_made_from_an_older_notebook_is_not_built(tmp_path, text):
    replace(text, '"the end"', '"my end"')
    changed_elsewhere(tmp_path, "1 + 1", "2 + 2")
    newer, written = notebook_path(tmp_path).read_bytes(), text.read_text()
    with pytest.raises(ChapterError, match=r"after it was made .*make merge CHAPTER=03_manual_rnn"):
        build(CHAPTER, tmp_path)
    assert (notebook_path(tmp_path).read_bytes(), text.read_text()) == (newer, written)
    merge(CHAPTER, tmp_path)
    build(CHAPTER, tmp_path)
    sources = [cell.source for cell in notebook_of(tmp_path).cells]
    assert sources[-2:] == ['print("the sum is", 2 + 2)', 'print("my end")']


def test_both_sides_of_a_conflict_are_kept_until_somebody_chooses(tmp_path, text):
    replace(text, "1 + 1", "1 + 5")
    changed_elsewhere(tmp_path, "1 + 1", "2 + 2")
    with pytest.raises(ChapterError, match="1 conflicts"):
        merge(CHAPTER, tmp_path)
    assert "1 + 5" in text.read_text()
    assert "2 + 2" in text.read_text()
    with pytest.raises(ChapterError, match=r"marks of a conflict \(line \d+\)"):
        build(CHAPTER, tmp_path)


def test_a_text_of_unknown_origin_is_not_built_over_a_notebook(tmp_path, text):
    (tmp_path / "edit" / ".base" / text.name).unlink()
    with pytest.raises(ChapterError, match="no record of the notebook"):
        build(CHAPTER, tmp_path)
    with pytest.raises(FileNotFoundError, match="nothing to merge"):
        merge(CHAPTER, tmp_path)


def test_a_notebook_saved_while_the_chapter_runs_is_not_written_over(tmp_path, text, monkeypatch):
    class Saving(InProcess):
        def execute(self):
            changed_elsewhere(tmp_path, "1 + 1", "4 + 4")
            return super().execute()

    replace(text, '"the end"', '"my end"')
    monkeypatch.setattr(authoring, "NotebookClient", Saving)
    with pytest.raises(ChapterError, match="changed while the chapter ran"):
        build(CHAPTER, tmp_path)
    assert "4 + 4" in notebook_path(tmp_path).read_text()
    assert "my end" in text.read_text()


def test_a_text_written_on_while_the_chapter_runs_stays(tmp_path, text, monkeypatch):
    class Typing(InProcess):
        def execute(self):
            replace(text, '"my end"', '"a better end"')
            return super().execute()

    replace(text, '"the end"', '"my end"')
    monkeypatch.setattr(authoring, "NotebookClient", Typing)
    build(CHAPTER, tmp_path)
    assert notebook_of(tmp_path).cells[-1].source == 'print("my end")'
    monkeypatch.setattr(authoring, "NotebookClient", InProcess)
    build(CHAPTER, tmp_path)
    assert notebook_of(tmp_path).cells[-1].source == 'print("a better end")'


def test_outputs_are_kept_unless_every_new_one_is_asked_for(tmp_path, monkeypatch):
    class Loud(InProcess):
        def execute(self):
            super().execute()
            self.notebook.cells[-1].outputs[0].text = "On unseen digits: accuracy 0.75\n"

    small_project(tmp_path, monkeypatch)
    build(CHAPTER, tmp_path)
    notebook = notebook_of(tmp_path)
    notebook.cells[-1].outputs[0].text = "On unseen digits: accuracy 0.70\n"  # nbval's rules let a score differ
    nbformat.write(notebook, notebook_path(tmp_path))
    monkeypatch.setattr(authoring, "NotebookClient", Loud)
    build(CHAPTER, tmp_path)
    assert notebook_of(tmp_path).cells[-1].outputs[0].text.endswith("0.70\n")
    build(CHAPTER, tmp_path, fresh=True)
    assert notebook_of(tmp_path).cells[-1].outputs[0].text.endswith("0.75\n")


@pytest.mark.parametrize("name", ["3", "03", "manual", CHAPTER])
def test_a_chapter_goes_by_its_number_too(tmp_path, text, name, capsys, monkeypatch):
    monkeypatch.setattr(authoring, "release", lambda chapters, root: print("released", *chapters))
    (tmp_path / "README.md").write_text("")
    assert main(["edit", name], tmp_path) == 0
    assert main(["build", name], tmp_path) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"released {CHAPTER}"
    assert not text.exists()


def test_what_goes_wrong_is_said_without_a_traceback(tmp_path, text, capsys):
    replace(text, "1 + 1", "1 / 0")
    assert main(["edit", "3"], tmp_path) == 2
    assert main(["build", "3"], tmp_path) == 1
    assert main(["edit", "nosuch"], tmp_path) == 2
    said = capsys.readouterr().err
    assert "holds changes that are not built. Build it (make chapter CHAPTER=03_manual_rnn)" in said
    assert "Nothing was stored, and a text in edit/ stays as it is." in said
    assert "No chapter is called 'nosuch'." in said
