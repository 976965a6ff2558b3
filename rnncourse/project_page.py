"""How the card of a project looks: a page in a notebook, light or dark, and lines in a terminal."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator

from rnncourse import honesty
from rnncourse.honesty import Finding, Severity, findings
from rnncourse.leaks import PARTS
from rnncourse.project_card import Baseline, Card, CellSummary

#: Sign, words and colour of a severity, as ``check`` shows what is right and wrong.
_LOOKS = {
    Severity.SPOILS: ("✗", "spoils the result", "#D55E00"),
    Severity.WEAKENS: ("◐", "weakens it", "#E69F00"),
    Severity.REMARK: ("○", "a remark", "#767676"),
}
#: What is only not there yet while a project goes on, and what it is called then.
_OPEN = {
    honesty.NO_SPLIT: "the split",
    honesty.NO_BASELINE: "a baseline of yours",
    honesty.NO_TRAINING: "the trainings",
    honesty.NO_LOOK: "the look at the test part",
    honesty.NO_CONCLUSION: "the conclusion",
}
_NOTES = {
    "inside": "One look inside",
    "failure": "One honest failure",
    "share": "To share",
    "conclusion": "Conclusion",
}
_BORDER = "border:1px solid rgba(128,128,128,.35)"
_CELL = f"{_BORDER};padding:.25em .6em"


def lines(card: Card, trouble: str = "") -> Iterator[str]:
    """The card for a terminal; a number that another machine may compute a little differently stands behind an ≈."""
    yield f"Project: {card.question}"
    yield f"Measured: {_measured(card)}"
    if card.split is not None:
        yield f"Split: {_sizes(card)}"
    width = max((len(row[0]) for row in _rows(card)), default=0)
    for name, score, test in _rows(card):
        yield f"  {name:{width}}  {score}{f'; test {test}' if test else ''}"
    for note in card.notes:
        yield f"{_NOTES.get(note.about, note.about)}: {_with_winner(card, note.about, note.text)}"
    said, still = _said(card)
    for finding in said:
        sign, words, _ = _LOOKS[finding.severity]
        yield f"{sign} {finding.name} ({words}): {finding.words}"
    yield _end(still, said)
    if trouble:
        yield trouble


def scores(text: str) -> Counter[str]:
    """The numbers behind an ≈ in what a card shows, and how often each stands there."""
    return Counter(number.rstrip(",;.") for number in re.findall(r"≈ (\S+)", text))


def scores_of(card: Card) -> Counter[str]:
    """Those that the table of a card has to show."""
    return scores(" ".join(f"{score} {test} " for _, score, test in _rows(card)))


def page(card: Card, trouble: str = "") -> str:
    """The card as HTML that takes its colours from the page around it."""
    said, still = _said(card)
    parts = [f"<strong>{_safe(card.question)}</strong>", _line(f"Measured: {_measured(card)}")]
    if card.split is not None:
        parts.append(_line(f"Split: {_sizes(card)}"))
    if rows := list(_rows(card)):
        parts.append(_table(rows))
    for note in card.notes:
        name, told = _NOTES.get(note.about, note.about), _with_winner(card, note.about, note.text)
        parts.append(f"<div><strong>{_safe(name)}:</strong> {_safe(told)}</div>")
    parts += map(_finding, said)
    parts += [_line(line) for line in (_end(still, said), trouble) if line]
    frame = f"{_BORDER};border-radius:6px;padding:.6em .9em;margin:.3em 0;max-width:60em"
    return f'<div style="{frame}">{"".join(parts)}</div>'


def _line(text: str) -> str:
    return f'<div style="margin-top:.2em">{_safe(text)}</div>'


def _measured(card: Card) -> str:
    return f"{card.metric}, {'higher' if card.higher_is_better else 'lower'} is better"


def _sizes(card: Card) -> str:
    assert card.split is not None
    return ", ".join(f"{part} {size:,}" for part, size in zip(PARTS, card.split.sizes, strict=True))


def _rows(card: Card) -> Iterator[tuple[str, str, str]]:
    """(what, validation score, test score) of the baselines and the cells."""
    yield from map(_row_of_baseline, card.baselines)
    yield from map(_row_of_cell, card.cells)


def _row_of_baseline(baseline: Baseline) -> tuple[str, str, str]:
    by = "tried by the course" if baseline.by == "course" else "your baseline"
    return f"{baseline.name} ({by})", honesty.number(baseline.score), _or_nothing(baseline.test)


def _row_of_cell(cell: CellSummary) -> tuple[str, str, str]:
    seeds = f"{cell.seeds} seed{'s' * (cell.seeds != 1)}"
    spread = f", spread ≈ {cell.spread:.2g}" if cell.seeds > 1 else ""
    return (
        f"{cell.cell}: {cell.parameters:,} parameters, {seeds}",
        f"{honesty.number(cell.mean)}{spread}",
        _or_nothing(cell.test),
    )


def _or_nothing(score: float | None) -> str:
    return "" if score is None else honesty.number(score)


def _with_winner(card: Card, about: str, text: str) -> str:
    note = card.note(about)
    if about != "conclusion" or note is None:
        return text
    return f"[{note.winner or 'no difference can be told'}] {text}"


def _said(card: Card) -> tuple[list[Finding], list[str]]:
    """The findings, and what is only not there yet."""
    found = findings(card)
    return [each for each in found if each.name not in _OPEN], [
        _OPEN[each.name] for each in found if each.name in _OPEN
    ]


def _end(still: list[str], said: list[Finding]) -> str:
    open_still = f"Not there yet: {', '.join(still)}." if still else ""
    return f"{'' if said else 'Nothing speaks against it so far.'} {open_still}".strip()


def _table(rows: list[tuple[str, str, str]]) -> str:
    heads = "".join(f'<th style="{_CELL};text-align:left">{head}</th>' for head in ("", "validation", "test"))
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return f'<div style="overflow-x:auto;margin:.5em 0"><table><tr>{heads}</tr>{body}</table></div>'


def _cell(text: str) -> str:
    whole = ";white-space:nowrap" if text.startswith("≈") and "," not in text else ""  # sign and number on one line
    return f'<td style="{_CELL};text-align:left{whole}">{_safe(text)}</td>'


def _finding(finding: Finding) -> str:
    sign, words, colour = _LOOKS[finding.severity]
    frame = f"border-left:4px solid {colour};padding:.2em .7em;margin:.3em 0"
    name = f"<strong>{sign} {_safe(finding.name)}</strong> ({words})"
    return f'<div style="{frame}">{name}<div>{_safe(finding.words)}</div></div>'


def _safe(text: str) -> str:
    return html.escape(text)
