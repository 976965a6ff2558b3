"""Feedback pages, made by nbgrader, in zips as learning platforms take them back.

Canvas's "Upload submissions" finds the student by the numbers in the names of its own download; what it shows is the
page under the name that the learner gave the file (Canvas, infer_comment_context_from_filename). Moodle's "Upload
multiple feedback files in a zip" finds them by the name of the folder (Moodle, mod/assign/feedback/file).
"""

from __future__ import annotations

import copy
import os
import secrets
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath

from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory

from rnncourse.grading.feedback_page import FeedbackPage, not_graded_yet
from rnncourse.grading.gradebook import RefusedError, explained, load_config, quietly
from rnncourse.grading.identity import Origin, Origins
from rnncourse.grading.platforms import FOLDERS, MOODLE, sent_by_platform
from rnncourse.grading.records import Records


class _FeedbackOf(GenerateFeedback):
    """nbgrader's maker of pages for these students, who may be called anything: no name is a pattern here."""

    students: Sequence[str] = ()

    def init_notebooks(self) -> None:
        chapter = self.coursedir.assignment_id
        folders = [self._format_source(chapter, student) for student in self.students]
        notebooks = {folder: os.path.join(folder, f"{chapter}.ipynb") for folder in folders}
        self.assignments = {folder: [path] for folder, path in notebooks.items() if os.path.isfile(path)}


def make_pages(course: Path, chapter: str, students: Sequence[str]) -> dict[str, Path]:
    """Make the feedback pages of a chapter.

    Args:
        course: the course folder.
        chapter: which.
        students: whose, by folder.

    Returns:
        The page of each student of whom one could be made. Who is ungraded by a fault of ours is told so, whatever
        the gradebook has of an older version.

    Raises:
        GradingError: the disk is full, or the gradebook cannot be read.
    """
    config = copy.deepcopy(load_config(course))
    config.CourseDirectory.update(assignment_id=chapter)
    if "exporter_class" not in config.GenerateFeedback:  # a class folder from before there were pages of ours
        config.GenerateFeedback.exporter_class = FeedbackPage
    directories = CourseDirectory(config=config)
    pages = {s: Path(directories.format_path(directories.feedback_directory, s, chapter)) for s in students}
    pages = {student: folder / f"{chapter}.html" for student, folder in pages.items()}
    for page in pages.values():
        page.unlink(missing_ok=True)  # an old one must not pass for a new one
    converter = _FeedbackOf(coursedir=directories, config=config, force=True)
    ungraded = {result.student for result in Records(course).ungraded(chapter)} & set(students)
    converter.students = [student for student in students if student not in ungraded]
    with suppress(RefusedError), explained(directories.db_url):  # of some: the others have their pages
        quietly(converter)
    for student in ungraded:
        pages[student].parent.mkdir(parents=True, exist_ok=True)
        pages[student].write_text(not_graded_yet(chapter), encoding="utf-8")
    return {student: page for student, page in pages.items() if page.is_file()}


def name_in_zip(student: str, chapter: str, origin: Origin | None) -> str:
    """Where a student's page stands in the zip: as the platform named what they handed in, but for its kind."""
    if origin is None or origin.platform == FOLDERS:
        return f"{student}/{chapter}.html"
    path = PurePosixPath(origin.file)
    if origin.platform == MOODLE and len(path.parts) > 1:  # what lies deeper would come back as a folder in a folder
        return f"{path.parts[0]}/{path.stem}.html"
    return f"{path.stem}.html"


def zips(course: Path, chapter: str, pages: Mapping[str, Path]) -> list[Path]:
    """Put pages into a zip for each platform that submissions came from; what it held before is replaced.

    Args:
        course: the course folder, into which they are written.
        chapter: which.
        pages: the page of each student, by folder.

    Returns:
        The zips. A group's work, which a platform knows once, is in them once.

    Raises:
        OSError: one cannot be written, and is named.
    """
    origins = Origins(course).of(chapter)
    by_platform: dict[str, dict[str, Path]] = {}
    for student in sorted(pages, key=lambda each: not _has_own_number(origins.get(each))):
        origin = origins.get(student)
        of_platform = by_platform.setdefault(origin.platform if origin else FOLDERS, {})
        of_platform.setdefault(name_in_zip(student, chapter, origin), pages[student])
    made = []
    for platform in sorted(by_platform):
        made.append(course / f"feedback-{chapter}-{platform}.zip")
        _write_zip(made[-1], by_platform[platform])
    return made


def _has_own_number(origin: Origin | None) -> bool:
    """Whether the file carries the student's own number, as that of one member of a group does."""
    sent = sent_by_platform(origin.file) if origin is not None else None
    return sent is not None and origin is not None and sent.sender.id == origin.id


def _write_zip(path: Path, pages: Mapping[str, Path]) -> None:
    """Write pages into a zip, by their names in it: all of it or nothing."""
    temporary = path.with_name(f".new-{secrets.token_hex(8)}")
    try:
        with zipfile.ZipFile(temporary, "x", zipfile.ZIP_DEFLATED) as archive:
            for name, page in pages.items():
                archive.write(page, name)
        os.replace(temporary, path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        with suppress(OSError):
            os.unlink(temporary)
