"""The one place of the repository's address."""

from __future__ import annotations

import subprocess

import pytest

from tools import address


@pytest.fixture
def project(tmp_path):
    (tmp_path / "pyproject.toml").write_text(f'[project.urls]\nSource = "{address.PLACEHOLDER}"\n')
    (tmp_path / "README.md").write_text(f"[issues]({address.PLACEHOLDER}/issues)\n")
    (tmp_path / "other.md").write_text("nothing to see\n")
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    subprocess.run(["git", "add", "."], cwd=tmp_path, check=True)
    return tmp_path


def test_an_address_is_moved_everywhere(project):
    address.move("https://github.com/me/course.git", project)
    assert address.address(project) == "https://github.com/me/course"
    assert (project / "README.md").read_text() == "[issues](https://github.com/me/course/issues)\n"
    assert (project / "other.md").read_text() == "nothing to see\n"


def test_what_is_no_address_is_refused(project, capsys):
    with pytest.raises(ValueError, match="no address of a repository"):
        address.move("me/course", project)
    assert address.main(["github.com/me/course"], project) == 2
    assert address.address(project) == address.PLACEHOLDER


def test_nobodys_repository_is_not_linked_to(project, monkeypatch):
    monkeypatch.delenv("REPOSITORY", raising=False)
    assert address.published(project) == ""
    monkeypatch.setenv("REPOSITORY", "https://github.com/me/course/")
    assert address.published(project) == "https://github.com/me/course"
    monkeypatch.delenv("REPOSITORY")
    address.move("https://github.com/you/course", project)
    assert address.published(project) == "https://github.com/you/course"


def test_the_command_says_and_moves(project, capsys):
    assert address.main([], project) == 0
    assert capsys.readouterr().out.strip() == address.PLACEHOLDER
    assert address.main(["https://github.com/me/course"], project) == 0
    assert capsys.readouterr().out.split() == ["README.md", "pyproject.toml"]
