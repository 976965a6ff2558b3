"""One page for the instructor: how a class did, what was hard, which mistakes were common, and what needs a look."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from rnncourse.checking.verdicts import Status
from rnncourse.exercises import CHAPTERS, find
from rnncourse.grading.runs import Result

_BARS = 10


def page(chapter: str, results: Sequence[Result], scores: Mapping[str, Mapping[str, Any]], now: datetime) -> str:
    """The report as one HTML page without scripts and without files beside it.

    Args:
        chapter: which.
        results: what the grader found; those with a fault are listed, and counted nowhere.
        scores: what the gradebook says (``read_scores``): a person may have changed it.
        now: the time to print on it.
    """
    environment = Environment(
        loader=PackageLoader("rnncourse.grading"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    possible = sum(exercise.points for exercise in CHAPTERS[chapter])
    ungraded = [(result.student, [f"Not graded yet: {result.fault}"]) for result in results if result.fault]
    results = [result for result in results if not result.fault]
    points = [scores[r.student]["score"] if r.student in scores else r.points for r in results]
    return environment.get_template("report.html").render(
        chapter=chapter,
        now=now.strftime("%Y-%m-%d %H:%M"),
        count=len(results),
        possible=possible,
        summary=_summary(points),
        bars=histogram(points, possible),
        exercises=exercise_rows(chapter, results),
        mistakes=mistake_rows(results),
        look=ungraded + [(result.student, result.look) for result in results if result.look],
        cpu=sum(result.cpu_seconds for result in results),
        statuses=list(Status),
    )


def _summary(points: Sequence[float]) -> list[tuple[str, str]]:
    if not points:
        return []
    spread = statistics.pstdev(points)
    return [
        ("mean", f"{statistics.mean(points):.1f}"),
        ("median", f"{statistics.median(points):g}"),
        ("standard deviation", f"{spread:.1f}"),
        ("lowest", f"{min(points):g}"),
        ("highest", f"{max(points):g}"),
    ]


def histogram(points: Sequence[float], possible: float) -> list[dict[str, Any]]:
    """Submissions by points, in ten classes of equal width; full points belong to the last."""
    counts = Counter(min(_BARS - 1, int(_BARS * max(0.0, p) / possible)) for p in points) if possible else Counter()
    tallest = max(counts.values(), default=1)
    return [
        {
            "label": f"{possible * index / _BARS:g} – {possible * (index + 1) / _BARS:g}",
            "count": counts[index],
            "height": round(100 * counts[index] / tallest, 1),
        }
        for index in range(_BARS)
    ]


def exercise_rows(chapter: str, results: Sequence[Result]) -> list[dict[str, Any]]:
    """The exercises of a chapter, the hardest first: the share of points earned, and how many stand where."""
    rows = []
    for exercise in CHAPTERS[chapter]:
        found = [v for result in results for v in result.verdicts if v.exercise == exercise.name]
        counts = Counter(v.status for v in found)
        rows.append(
            {
                "name": exercise.name,
                "points": exercise.points,
                "difficulty": "★" * exercise.difficulty + "☆" * (3 - exercise.difficulty),
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
