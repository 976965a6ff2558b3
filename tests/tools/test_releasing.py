"""One version, before a release."""

from __future__ import annotations

import pytest

from tools import releasing


@pytest.fixture
def project(tmp_path):
    (tmp_path / "rnncourse").mkdir()
    (tmp_path / "rnncourse" / "__init__.py").write_text('"""A package."""\n\n__version__ = "0.3.1"\n')
    (tmp_path / "CHANGELOG.md").write_text("# Changes\n\n## 0.3.1 · 2027-01-01\n\n## 0.3.0\n")
    (tmp_path / "CITATION.cff").write_text("cff-version: 1.2.0\nversion: 0.3.1\n")
    return tmp_path


def test_one_version_is_no_disagreement(project, capsys):
    assert releasing.main(["v0.3.1"], project) == 0
    assert capsys.readouterr().out == "0.3.1\n"
    assert releasing.main([], project) == 0


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [("CHANGELOG.md", "## 0.3.1 · 2027-01-01\n\n", ""), ("CITATION.cff", "version: 0.3.1", "version: 0.3.0")],
)
def test_whatever_says_another_version_is_named(project, name, old, new, capsys):
    path = project / name
    path.write_text(path.read_text().replace(old, new))
    assert releasing.main([], project) == 1
    said = capsys.readouterr().err
    assert name in said
    assert "0.3.0" in said
    assert "the package 0.3.1" in said


def test_a_tag_of_another_version_is_refused(project, capsys):
    assert releasing.main(["v0.3.0"], project) == 1
    assert capsys.readouterr().err == "the tag is 0.3.0, the package 0.3.1\n"
