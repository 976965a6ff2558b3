"""From the project to a folder of pages: what Sphinx reads is written into ``site/build/source``, then Sphinx runs."""

from __future__ import annotations

import argparse
import os
import shutil
import string
import subprocess
import sys
from pathlib import Path

import nbformat

from rnncourse.exercises import CHAPTERS
from tools import address
from tools.website import chapters, front, prose, reference, words

ROOT = Path(__file__).resolve().parent.parent.parent
#: The files of prose that are pages, and the names of these.
PROSE = {
    "README.md": "get",
    "GRADING.md": "grading",
    "TUTORIAL.md": "tutorial",
    "benchmarks/README.md": "results",
    "CONTRIBUTING.md": "contributing",
    "CHANGELOG.md": "changelog",
}


def write_sources(root: Path, folder: Path, repository: str) -> tuple[dict[str, bytes], list[str]]:
    """Write what Sphinx reads.

    Args:
        root: the project.
        folder: where to.
        repository: address of the public repository, or ''.

    Returns:
        Pictures and sounds of the pages by file name, and what is to be said of figures whose stills are out of date.
    """
    media: dict[str, bytes] = {}
    remarks: list[str] = []
    for chapter in CHAPTERS:
        page = chapters.page_of(chapter, root)
        _write(folder / "course" / chapter / f"{chapter}.ipynb", nbformat.writes(page.notebook))
        media.update(page.media)
        number = int(chapter[:2])
        remarks += [
            f"{chapter}, cell {cell}: no stills of this code. make stills CHAPTER={number}"
            for cell in page.without_stills
        ]
    _write(folder / "index.md", front.page(root) + _contents())
    elsewhere = string.Template((root / "site" / "elsewhere.md").read_text(encoding="utf-8"))
    _write(folder / "elsewhere.md", elsewhere.substitute(repository=repository or address.address(root)))
    _write(folder / "words.md", words.glossary(root))
    for name, text in reference.pages(root).items():
        _write(folder / "api" / f"{name}.md", text)
    media.update(_write_prose(root, folder, repository))
    return media, remarks


def _write_prose(root: Path, folder: Path, repository: str) -> dict[str, bytes]:
    pages = {name: f"{page}.md" for name, page in PROSE.items()}
    shown: dict[str, bytes] = {}
    for name, page in pages.items():
        text, pictures = prose.page_of(root / name, root, pages, repository)
        _write(folder / page, text)
        for picture in pictures:
            (folder / "_pictures").mkdir(exist_ok=True)
            shutil.copy(picture, folder / "_pictures")
            shown[picture.name] = picture.read_bytes()
    return shown


def _contents() -> str:
    """The tree of pages that the side bar shows."""
    parts = {
        "Begin": ["Get the course <get>", "elsewhere"],
        "Chapters": [f"course/{chapter}/{chapter}" for chapter in CHAPTERS],
        "To look up": ["words", "tutorial", "results", "api/index"],
        "For instructors": ["grading"],
        "For maintainers": ["contributing", "changelog"],
    }
    tree = "\n```{{toctree}}\n:hidden:\n:caption: {}\n\n{}\n```\n"
    return "".join(tree.format(caption, "\n".join(pages)) for caption, pages in parts.items())


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def build(target: Path, root: Path = ROOT, repository: str = "") -> list[str]:
    """Build the site.

    Args:
        target: a folder that becomes ``source`` and ``html`` anew.
        root: the project.
        repository: address of the public repository, or '' for pages without buttons that lead there.

    Returns:
        What is to be said of figures whose stills are out of date.

    Raises:
        subprocess.CalledProcessError: Sphinx found a fault; it has said which.
    """
    source, pages = target / "source", target / "html"
    for folder in (source, pages):
        shutil.rmtree(folder, ignore_errors=True)
    media, remarks = write_sources(root, source, repository)
    subprocess.run(
        [
            sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "--keep-going", "--fresh-env",
            "--jobs", "auto", "-b", "html", "-c", str(root / "site"), "-d", str(target / "doctrees"),
            str(source), str(pages),
        ],
        check=True, cwd=root,
        env={**os.environ, "REPOSITORY": repository, "PYTHONPATH": os.pathsep.join([str(root), *_python_path()])},
    )  # fmt: skip
    (pages / "media").mkdir(exist_ok=True)
    for name, content in media.items():
        (pages / "media" / name).write_bytes(content)
    for chapter in CHAPTERS:  # what the page of a chapter offers to take along
        shutil.copy(root / "course" / chapter / f"{chapter}.ipynb", pages / "course" / chapter)
    return remarks


def _python_path() -> list[str]:
    given = os.environ.get("PYTHONPATH")
    return [given] if given else []


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """``python -m tools.website [--target FOLDER]``; the environment's REPOSITORY says where its buttons lead."""
    parser = argparse.ArgumentParser(prog="python -m tools.website", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--target", type=Path, default=root / "site" / "build", help="default: site/build")
    options = parser.parse_args(arguments)
    try:
        remarks = build(options.target.resolve(), root, address.published(root))
    except subprocess.CalledProcessError as error:
        return error.returncode
    for remark in remarks:
        print(remark, file=sys.stderr)
    size = sum(path.stat().st_size for path in (options.target / "html").rglob("*") if path.is_file())
    print(f"{options.target / 'html' / 'index.html'}: {size / 1e6:.1f} MB")
    return 0
