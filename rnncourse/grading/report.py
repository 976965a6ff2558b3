"""One page for the instructor: who has which grade, how the class did, what was hard, and what needs a look."""

from __future__ import annotations

import base64
import hashlib
import re
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup, escape

from rnncourse.checking.foreign_text import one_line, visible
from rnncourse.checking.verdicts import Status
from rnncourse.exercises import CHAPTERS, find
from rnncourse.grading.feedback_page import pages
from rnncourse.grading.projects import projects
from rnncourse.grading.runs import Result

_BARS = 10


@dataclass(frozen=True)
class Row:
    """A student in the list.

    Attributes:
        student: the name of the folder, by which the gradebook knows the student.
        name: first and last name, where the gradebook has them.
        points: the grade, late penalties taken off; None where there is none yet.
        marks: what there is to know about it, in a few words each.
    """

    student: Markup
    name: Markup
    points: float | None
    marks: tuple[str, ...]


def page(chapter: str, results: Sequence[Result], scores: Mapping[str, Mapping[str, Any]], now: datetime) -> str:
    """The report as one HTML page that loads nothing.

    Args:
        chapter: which.
        results: what the grader found; those with a fault are listed, and counted nowhere.
        scores: what the gradebook says (``read_scores``): a person may have changed it.
        now: the time to print on it.
    """
    students = student_rows(results, scores)
    graded = [result for result in results if not result.fault]
    points = [row.points for row in students if row.points is not None]
    possible = max([told["max_score"] for told in scores.values()] or [r.possible for r in results] or [0.0])
    environment = pages()
    script = environment.get_template("report.js").render()
    text = environment.get_template("report.html").render(
        chapter=chapter,
        now=now.strftime("%Y-%m-%d %H:%M"),
        possible=possible,
        students=students,
        summary=[*_summary(points, students), *_waiting(scores)],
        bars=histogram(points, possible),
        exercises=exercise_rows(chapter, graded),
        mistakes=mistake_rows(graded),
        projects=[(_name(project.student), project) for project in projects(results)],
        look=[(_name(r.student), [one_line(reason) for reason in _reasons(r)]) for r in results if _reasons(r)],
        statuses=list(Status),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )
    return visible(text)


def student_rows(results: Sequence[Result], scores: Mapping[str, Mapping[str, Any]]) -> list[Row]:
    """Everybody who handed in, by the name of the folder: graded, not graded yet, or graded by another way."""
    found = {result.student: result for result in results}
    return [
        _row(student, found.get(student), scores.get(student))
        for student in sorted({*found, *scores}, key=lambda student: (student.casefold(), student))
    ]


def _row(student: str, result: Result | None, told: Mapping[str, Any] | None) -> Row:
    marks, points = [], None
    if result is not None and result.fault:
        marks.append("not graded yet")
    elif told is not None:
        points = told["score"] - told["late_penalty"]
        marks += _late(told)
        marks += ["waits for points of a person"] if told["needs_manual_grade"] else []
    elif result is not None:
        points = result.points
        marks.append("not in the gradebook")
    if result is not None and result.look:
        marks.append("needs a look")
    names = f"{told['first_name']} {told['last_name']}".strip() if told is not None else ""
    return Row(_name(student), _name(names), points, tuple(marks))


def _late(told: Mapping[str, Any]) -> list[str]:
    seconds, penalty = told.get("seconds_late", 0.0), told["late_penalty"]
    if not seconds and not penalty:
        return []
    by = f" by {_duration(seconds)}" if seconds else ""
    return [f"late{by}: {penalty:g} taken off" if penalty else f"late{by}"]


def _duration(seconds: float) -> str:
    span = timedelta(seconds=seconds)
    hours, minutes = divmod(span.seconds // 60, 60)
    return f"{span.days} d {hours} h" if span.days else f"{hours} h {minutes} min"


def _name(text: str) -> Markup:
    """A name of somebody else's choice; a long one breaks where its parts end."""
    return Markup(re.sub(r"([_.@-])(?=\w)", r"\1<wbr>", str(escape(one_line(text)))))


def _reasons(result: Result) -> list[str]:
    return [f"Not graded yet: {result.fault}"] if result.fault else result.look


def _summary(points: Sequence[float], students: Sequence[Row]) -> list[tuple[str, str]]:
    without = len(students) - len(points)
    counted = [("graded", str(len(points))), *([("not graded yet", str(without))] if without else [])]
    if not points:
        return counted
    return [
        *counted,
        ("mean", f"{statistics.mean(points):.1f}"),
        ("median", f"{round(statistics.median(points), 2):g}"),
        ("standard deviation", f"{statistics.pstdev(points):.1f}"),
        ("lowest", f"{round(min(points), 2):g}"),
        ("highest", f"{round(max(points), 2):g}"),
    ]


def _waiting(scores: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str]]:
    """How many have points to come."""
    count = sum(bool(told["needs_manual_grade"]) for told in scores.values())
    return [("wait for a person", str(count))] if count else []


def histogram(points: Sequence[float], possible: float) -> list[dict[str, Any]]:
    """Submissions by points, in ten classes of equal width; full points belong to the last."""
    counts = Counter(min(_BARS - 1, int(_BARS * max(0.0, p) / possible)) for p in points) if possible else Counter()
    tallest = max(counts.values(), default=1)
    return [
        {
            "label": f"{possible * index / _BARS:g} – {possible * (index + 1) / _BARS:g}",
            "count": counts[index],
            "length": round(100 * counts[index] / tallest, 1),
        }
        for index in range(_BARS)
    ]


def exercise_rows(chapter: str, results: Sequence[Result]) -> list[dict[str, Any]]:
    """The exercises that were asked, the hardest first: the share of points earned, and how many stand where."""
    worth = next((r.worth for r in results if r.worth is not None), {e.name: e.points for e in CHAPTERS[chapter]})
    rows = []
    for exercise in (each for each in CHAPTERS[chapter] if each.name in worth):
        found = [v for result in results for v in result.verdicts if v.exercise == exercise.name]
        counts = Counter(v.status for v in found)
        rows.append(
            {
                "name": exercise.name,
                "label": _name(exercise.name),
                "points": worth[exercise.name],
                "difficulty": exercise.difficulty,
                "share": 100 * statistics.mean(v.share for v in found) if found else 0.0,
                "counts": [counts[status] for status in Status],
            }
        )
    return sorted(rows, key=lambda row: row["share"])


def mistake_rows(results: Sequence[Result]) -> list[dict[str, Any]]:
    """The mistakes that were recognised, the most common first, each with what the learner was told."""
    told: dict[tuple[str, str], list[str]] = {}
    for verdict in (v for r in results for v in r.verdicts):
        if verdict.mistake:
            told.setdefault((verdict.exercise, verdict.mistake), []).append(verdict.advice)
    common = sorted(told, key=lambda each: len(told[each]), reverse=True)
    return [  # what the exercise itself says is without the numbers of one learner
        {"exercise": n, "mistake": m, "count": len(told[n, m]), "advice": find(n).advice_on(m) or told[n, m][-1]}
        for n, m in common
    ]
