"""README and its like as pages."""

from __future__ import annotations

from tools.website import prose

TEXT = """\
See [the guide](GRADING.md#limits), [`cells`](rnncourse/cells.py), [a page](https://example.org/x.md).

![what grows](benchmarks/growth.png) ![badge](https://example.org/badge.svg)
<picture><source srcset="site/dark.png"><img src="site/light.png" alt="x"></picture>

```console
make lab  # [not](a-link.md)
```
"""
PAGES = {"GRADING.md": "grading.md", "README.md": "get.md"}


def page(tmp_path, repository):
    (tmp_path / "README.md").write_text(TEXT)
    return prose.page_of(tmp_path / "README.md", tmp_path, PAGES, repository)


def test_links_lead_to_pages_and_to_the_repository(tmp_path):
    text, _ = page(tmp_path, "https://github.com/me/course")
    assert "[the guide](grading.md#limits)" in text
    assert "[`cells`](https://github.com/me/course/blob/main/rnncourse/cells.py)" in text
    assert "[a page](https://example.org/x.md)" in text
    assert "[not](a-link.md)" in text


def test_without_a_repository_a_link_to_a_file_is_its_text(tmp_path):
    text, _ = page(tmp_path, "")
    assert "[the guide](grading.md#limits), `cells`, [a page]" in text


def test_pictures_come_along_and_badges_stay_away(tmp_path):
    text, pictures = page(tmp_path, "")
    assert "![what grows](_pictures/growth.png) badge" in text
    assert 'srcset="media/dark.png"><img src="media/light.png"' in text
    assert [path.name for path in pictures] == ["growth.png", "dark.png", "light.png"]


def test_a_link_is_read_from_where_its_file_is(tmp_path):
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "README.md").write_text("[up](../GRADING.md), ![a](a.png)")
    text, pictures = prose.page_of(tmp_path / "benchmarks" / "README.md", tmp_path, PAGES, "")
    assert text == "[up](grading.md), ![a](_pictures/a.png)"
    assert pictures == [tmp_path / "benchmarks" / "a.png"]
