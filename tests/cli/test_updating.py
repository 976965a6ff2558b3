"""A copy beside a newer course: what is replaced, put beside, taken over; and that no word of a learner's is lost."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from rnncourse.cli import copying, updating
from rnncourse.cli.updating import KEPT, Deed, State
from rnncourse.notebooks import versions

from commands import refused, run
from made_notebooks import CHAPTER, recorded, tree

OTHER, THIRD = "02_kinds_of_rnn", "03_manual_rnn"
MENDED = "# A better title"
ANSWER = "def neuron_step(x, h, w_x, w_h, b):\n    return 'an evening of work'"


def path_of(folder, chapter):
    return folder / chapter / f"{chapter}.ipynb"


def change(path, **cells):
    """Write into cells of a notebook: by nbgrader's name, or ``title`` for the first."""
    content = json.loads(path.read_text())
    for cell in content["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        if name in cells:
            cell["source"] = cells[name]
    if "title" in cells:
        content["cells"][0]["source"] = cells["title"]
    path.write_text(json.dumps(content))


def mend(release, *chapters):
    """A newer course: the titles of some chapters are mended."""
    for chapter in chapters:
        change(path_of(release, chapter), title=MENDED)


def texts(folder):
    """All that stands in files below a folder, but for our own records."""
    return "\n".join(
        path.read_text() for path in folder.rglob("*") if path.is_file() and not updating.is_record(folder, path)
    )


def deeds(copy, answers=False):
    return {str(outcome.name.stem): outcome for outcome in updating.update(copy, answers)}


def title_of(path):
    return versions.source_of(json.loads(path.read_text())["cells"][0])


def test_a_fresh_copy_is_up_to_date(copy):
    before = tree(copy)
    done = run("update")
    assert done.exit_code == 0, done.output
    assert "files were up to date" in done.stdout
    assert {name: content for name, content in tree(copy).items() if "lock" not in name} == before


def test_an_untouched_notebook_is_replaced(copy, release):
    mend(release, CHAPTER, OTHER)
    assert {s.name.stem: s.state for s in updating.standings(copy)}[OTHER] is State.UNTOUCHED
    done = run("update")
    assert f"{OTHER}: replaced by the new one. You had written nothing into it." in done.stdout
    assert "What changed: 1 cell of text or code below “A better title”." in done.stdout
    assert path_of(copy, OTHER).read_bytes() == path_of(release, OTHER).read_bytes()
    assert not (copy / KEPT).exists()
    assert deeds(copy)[OTHER].deed is Deed.NOTHING


def test_a_notebook_that_was_only_run_is_replaced_and_its_outputs_are_kept(copy, release):
    path = path_of(copy, CHAPTER)
    content = json.loads(path.read_text())
    content["cells"][1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "two hours of training"}]
    path.write_text(json.dumps(content))
    mend(release, CHAPTER)
    done = run("update")
    assert f"Yours, whole, as it was: {KEPT}/{CHAPTER}.ipynb" in done.stdout
    assert "two hours of training" in (copy / KEPT / f"{CHAPTER}.ipynb").read_text()
    assert title_of(path) == MENDED


def test_beside_a_changed_notebook_comes_the_new_one_and_what_changed(copy, release):
    change(path_of(copy, CHAPTER), neuron_step=ANSWER)
    mine = path_of(copy, CHAPTER).read_bytes()
    mend(release, CHAPTER)
    done = run("update")
    assert done.exit_code == 0
    assert f"{CHAPTER}: yours stays as it is. The new one is beside it: {CHAPTER}/{CHAPTER}.new.ipynb" in done.stdout
    assert "To have your answers in the new notebooks: rnncourse update . --answers" in done.stdout
    assert path_of(copy, CHAPTER).read_bytes() == mine
    assert (copy / CHAPTER / f"{CHAPTER}.new.ipynb").read_bytes() == path_of(release, CHAPTER).read_bytes()
    assert f"+{MENDED}" in (copy / CHAPTER / f"{CHAPTER}.new.md").read_text()
    before = tree(copy)
    assert run("update").exit_code == 0  # once more: nothing new
    assert tree(copy) == before


def test_answers_are_carried_over_on_request(copy, release):
    change(path_of(copy, CHAPTER), neuron_step=ANSWER)
    mine = path_of(copy, CHAPTER).read_bytes()
    mend(release, CHAPTER)
    done = run("update", copy, "--answers")
    assert f"{CHAPTER}: the new one, with your work in it, has taken the place of yours." in done.stdout
    assert "Your answers to neuron_step and 0 other cells of yours went along." in done.stdout
    assert (copy / KEPT / f"{CHAPTER}.ipynb").read_bytes() == mine
    assert title_of(path_of(copy, CHAPTER)) == MENDED
    assert "an evening of work" in path_of(copy, CHAPTER).read_text()
    assert deeds(copy, answers=True)[CHAPTER].deed is Deed.NOTHING


def test_work_in_a_new_one_that_lies_beside_is_never_overwritten(copy, release):
    change(path_of(copy, CHAPTER), neuron_step=ANSWER)
    mend(release, CHAPTER)
    deeds(copy)
    beside = copy / CHAPTER / f"{CHAPTER}.new.ipynb"
    change(beside, run_neuron="the next evening of work")
    assert deeds(copy)[CHAPTER].path == beside  # it is of this course: there is no newer one
    assert "the next evening" in beside.read_text()
    change(path_of(release, CHAPTER), title="# The best title")
    second = deeds(copy)[CHAPTER].path
    assert second.name == f"{CHAPTER}.new-2.ipynb"
    assert title_of(second) == "# The best title"
    assert "the next evening" in beside.read_text()


def test_a_renamed_notebook_is_known_by_its_exercises(copy, release):
    renamed = copy / CHAPTER / "mine.ipynb"
    path_of(copy, CHAPTER).rename(renamed)
    path_of(copy, OTHER).rename(copy / OTHER / "mine.ipynb")
    change(renamed, neuron_step=ANSWER)
    mend(release, CHAPTER, OTHER)
    done = deeds(copy)
    assert (done[CHAPTER].deed, done[OTHER].deed) == (Deed.BESIDE, Deed.REPLACED)
    assert "an evening of work" in renamed.read_text()
    assert title_of(copy / OTHER / "mine.ipynb") == MENDED
    assert not path_of(copy, OTHER).exists()


def test_a_half_saved_notebook_is_left_as_it_is(copy, release):
    path = path_of(copy, CHAPTER)
    change(path, neuron_step=ANSWER)
    half = path.read_text()[: path.stat().st_size // 2]
    path.write_text(half)
    mend(release, CHAPTER)
    done = run("update", "--answers")
    assert "Yours cannot be read: It is not JSON, so not a notebook" in done.stdout
    assert path.read_text() == half
    assert title_of(copy / CHAPTER / f"{CHAPTER}.new.ipynb") == MENDED


def test_a_notebook_that_is_saved_while_it_is_looked_at_is_left(copy, release, monkeypatch):
    mend(release, CHAPTER)
    looked = updating._Part._changes

    def and_saved(self, path):
        found = looked(self, path)
        change(path_of(copy, CHAPTER), neuron_step=ANSWER)
        return found

    monkeypatch.setattr(updating._Part, "_changes", and_saved)
    done = run("update")
    assert done.exit_code == 2
    assert "was saved just now. Close it in JupyterLab, then run the update again." in done.stderr
    assert "an evening of work" in path_of(copy, CHAPTER).read_text()


def test_a_new_chapter_is_added_and_one_that_was_taken_away_stays_away(copy, release):
    shutil.rmtree(copy / OTHER)
    shutil.rmtree(copy / THIRD)
    shutil.rmtree(copy / ".rnncourse" / "given" / THIRD)  # as if the course had had no such chapter
    done = deeds(copy)
    assert (done[OTHER].deed, done[THIRD].deed) == (Deed.LEFT, Deed.ADDED)
    assert path_of(copy, THIRD).is_file()
    assert not (copy / OTHER).exists()


def test_a_copy_made_before_records_were_kept(copy, release):
    shutil.rmtree(copy / ".rnncourse")
    change(path_of(copy, CHAPTER), neuron_step=ANSWER)
    assert deeds(copy)[CHAPTER].deed is Deed.NOTHING  # all of the course's own cells are there
    shutil.rmtree(copy / ".rnncourse")
    mend(release, CHAPTER, OTHER)
    done = deeds(copy)
    assert {done[name].deed for name in (CHAPTER, OTHER)} == {Deed.BESIDE}
    shutil.rmtree(copy / ".rnncourse")
    assert deeds(copy, answers=True)[CHAPTER].merged.carried == ("neuron_step",)


def test_other_files_are_replaced_or_come_beside(copy, release):
    (release / CHAPTER / "data.csv").write_text("1,3\n")
    assert deeds(copy)["data"].deed is Deed.REPLACED
    (copy / CHAPTER / "data.csv").write_text("my own\n")
    (release / CHAPTER / "data.csv").write_text("1,4\n")
    assert deeds(copy)["data"].deed is Deed.BESIDE
    assert (copy / CHAPTER / "data.csv").read_text() == "my own\n"
    assert (copy / CHAPTER / "data.new.csv").read_text() == "1,4\n"


def test_progress_and_foreign_files_are_not_touched(copy, release):
    from rnncourse.checking import progress

    progress.record("neuron_step", 1.0)
    (copy / CHAPTER / "notes.txt").write_text("mine")
    mend(release, CHAPTER)
    run("update")
    assert set(recorded(copy)) == {"neuron_step"}
    assert (copy / CHAPTER / "notes.txt").read_text() == "mine"


def test_update_refuses_outside_a_copy_and_beside_another_update(home, copy):
    assert "holds no copy of the course" in refused(home, "update", home)
    with updating.one_at_a_time(copy / updating._LOCK, 0) as alone:
        assert alone
        assert "Another update of" in refused(copy, "update")


# ------------------------------------------------------------------------------------------------ killed anywhere
def killed_at(moment, work):
    """Do something in a process of its own that is killed just before its n-th change of the disk; True if it was."""
    child = os.fork()
    if child == 0:
        left = [moment]

        def watch(event, arguments):
            writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
            if writes or event in ("os.rename", "os.mkdir", "os.remove", "os.chmod"):
                left[0] -= 1
                if left[0] < 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        try:
            sys.addaudithook(watch)
            work()
            os._exit(0)
        finally:
            os._exit(1)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) == 0
    return os.WIFSIGNALED(status)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("answers", [False, True])
def test_killed_at_any_moment_nothing_is_lost_and_the_next_update_ends_the_work(home, release, answers):
    def begun(name):
        folder = home / name
        for chapter in (CHAPTER, OTHER, THIRD):
            change(path_of(release, chapter), title=f"# {chapter}")
        copying.start_copy(folder)
        change(path_of(folder, CHAPTER), neuron_step=ANSWER)  # worked in; OTHER was run only; THIRD is untouched
        content = json.loads(path_of(folder, OTHER).read_text())
        content["cells"][1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "hours of training"}]
        path_of(folder, OTHER).write_text(json.dumps(content))
        mend(release, CHAPTER, OTHER, THIRD)
        return folder

    for folder in release.iterdir():
        if folder.name not in (CHAPTER, OTHER, THIRD):
            shutil.rmtree(folder)
    whole = begun("whole")
    list(updating.update(whole, answers))
    expected = {name for name in tree(whole) if ".rnncourse" not in name}
    for moment in range(200):
        copy = begun(f"killed-{moment}")
        was_killed = killed_at(moment, lambda copy=copy: list(updating.update(copy, answers)))
        assert "an evening of work" in texts(copy), moment
        assert "hours of training" in texts(copy), moment
        for chapter in (CHAPTER, OTHER, THIRD):
            assert title_of(path_of(copy, chapter)) in (f"# {chapter}", MENDED), moment
        list(updating.update(copy, answers))
        assert "an evening of work" in texts(copy), moment
        assert title_of(path_of(copy, THIRD)) == title_of(path_of(copy, OTHER)) == MENDED, moment
        there = {name for name in tree(copy) if ".rnncourse" not in name and not Path(name).name.startswith(".new-")}
        assert there == expected, moment
        if not was_killed:
            break
    assert moment >= 10
    assert not was_killed
