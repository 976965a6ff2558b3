"""The place of a kernel: whatever it has left there, it is gone afterwards, and nothing else is."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile

import pytest

from rnncourse.grading.sandbox.place import clear_away, last_words, lay_out, log_of, out_of, work_of
from rnncourse.grading.sandbox.walls import PYTHON

from sandboxed import as_nobody, needs_sandbox

SPOIL = """
import os, pathlib, sys
from rnncourse.grading.sandbox.place import clear_away, lay_out, work_of
folder = pathlib.Path(sys.argv[1], "k0-1")
lay_out(folder)
work = work_of(folder)
(work / "out").symlink_to(sys.argv[2])
(work / "up").symlink_to("../../../../../..")
locked = work / "locked"
(locked / "inner").mkdir(parents=True)
(locked / "inner" / "file").write_text("x")
(locked / "inner").chmod(0)
locked.chmod(0)
os.chdir(work)
for _ in range(6000):  # deeper than any path can name
    os.mkdir("d")
    os.chdir("d")
os.chdir("/")
for number in range(1000):
    (work / f"{number}").touch()
os.mkfifo(work / "pipe")
clear_away(folder)
left = os.listdir(sys.argv[1])
raise SystemExit(f"left: {left}" if left else 0)
"""


def test_h1_h2_nested_and_locked_folders_are_cleared_away_and_links_are_not_followed(tmp_path):
    kept = tmp_path / "kept"
    kept.mkdir()
    kept.chmod(0o777)
    (kept / "file").write_text("x")
    (kept / "file").chmod(0o666)
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        done = subprocess.run(as_nobody([PYTHON, "-c", SPOIL, folder, str(kept)]), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert (kept / "file").read_text() == "x"


def test_the_last_words_of_a_kernel_are_few_and_may_be_missing(tmp_path):
    assert last_words(tmp_path) == ""  # it ended before its first word
    lay_out(tmp_path)
    assert work_of(tmp_path).is_dir()
    assert out_of(tmp_path).is_dir()
    with log_of(tmp_path).open("wb") as log:
        log.truncate(2**40)  # a file that takes no room and seems to have no end
        log.seek(0, os.SEEK_END)
        log.write(b"good \xff bye")
    assert last_words(tmp_path).endswith("good � bye")
    assert len(last_words(tmp_path)) == 2000


FILLED = """
import errno, json, os, pathlib
from rnncourse.grading.sandbox import confine, place
confine.own_mounts()
folder = confine.PLACES / "k0-1"
opened = place.make(folder, 8)
seen = pathlib.Path(f"/proc/self/fd/{opened}")
work, said = place.work_of(seen), []
try:
    for number in range(10 ** 6):
        (work / str(number)).touch()
except OSError as error:
    said.append([errno.errorcode[error.errno], number])
for path in work.iterdir():
    path.unlink()
try:
    with (work / "large").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(100_000))
except OSError as error:
    said.append([errno.errorcode[error.errno], place.used(folder) // 1024 ** 2])
(seen / "in" / "question").write_text("there is room for the grader")
os.chdir(work)
(work / "large").unlink()
for _ in range(3000):
    os.mkdir("d")
    os.chdir("d")
os.chdir("/")
place.unmake(folder)
said.append(os.listdir(confine.PLACES))
said.append(os.listdir(seen))
os.close(opened)
print(json.dumps(said))
"""


#: A program that runs the one above in the outer sandbox of whoever it is run by.
IN_ITS_SANDBOX = f"""
import os
from rnncourse.grading.sandbox import walls
words = walls.command([walls.PYTHON, "-c", {FILLED!r}])
os.execv(words[0], words)
"""


@needs_sandbox
@pytest.mark.parametrize("whoever", [list, as_nobody])
def test_h10_a_mounted_place_holds_so_much_and_is_gone_at_once(whoever):
    done = subprocess.run(whoever([PYTHON, "-c", IN_ITS_SANDBOX]), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    files, size, places, seen = json.loads(done.stdout)
    assert files[0] == size[0] == "ENOSPC"
    assert 19_000 < files[1] < 20_000
    assert size[1] == 8
    assert places == seen == []


def test_an_ordinary_folder_is_cleared_away_with_its_name(tmp_path):
    lay_out(tmp_path / "k0-1")
    (tmp_path / "beside").mkdir()
    clear_away(tmp_path / "k0-1")
    clear_away(tmp_path / "never there")
    assert os.listdir(tmp_path) == ["beside"]
