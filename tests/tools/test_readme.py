"""The README's table counts what the definitions hold."""

from __future__ import annotations

from rnncourse.exercises import CHAPTERS
from tools.authoring import ROOT
from tools.readme import ROW, TOTAL, total, write_counts


def test_a_wrong_count_is_mended_and_nothing_else_changes(tmp_path):
    right = (ROOT / "README.md").read_text()
    rows = list(ROW.finditer(right))
    assert len(rows) == len(CHAPTERS)
    wrong = ROW.sub(r"\g<1>9\4", right)
    wrong = wrong.replace(total(), "**13 chapters, 9 exercises, about 99 hours**")
    assert TOTAL.search(wrong)[0] != TOTAL.search(right)[0] == total(), "run make release"
    (tmp_path / "README.md").write_text(wrong)
    write_counts(tmp_path)
    assert (tmp_path / "README.md").read_text() == right
