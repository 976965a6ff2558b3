"""Feedback pages made on the spot, without a kernel: what a learner handed in, and verdicts that are given."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory

from rnncourse.checking.verdicts import Status, Verdict
from rnncourse.exercises import CHAPTERS, find
from rnncourse.grading.gradebook import GradebookWriter, load_config
from rnncourse.grading.runs import Result
from rnncourse.grading.submissions import HandedIn, load
from rnncourse.notebooks import files

from hostile.making import CHAPTER
from made_classes import draft_of

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
#: What somebody may try, in markdown and in HTML.
ATTACKS = {
    "a link that runs": "[x](javascript:hit())",
    "in capitals, with entities": "[x](JaVa&#115;cript:hit()) [y](&#106;avascript:hit()) <JavaScript:hit()>",
    "by reference": "[x][1]\n\n[1]: javascript:hit()",
    "with a line break": "<a href='java\nscript:hit()'>x</a> <a href=' \x01javascript:hit()'>y</a>",
    "data": "[x](data:text/html;base64,PHNjcmlwdD5oaXQoKTwvc2NyaXB0Pg==) <a href='data:text/html,x'>y</a>",
    "another language": "[x](vbscript:hit()) [y](file:///etc/passwd) [z](//evil.example/x) [w](intent:x)",
    "a picture from elsewhere": "![x](https://evil.example/x.png) <img src='//evil.example/y.png' alt='y'>",
    "a picture with a handler": "<img src=x onerror=hit()> <img src='data:image/png;base64,x\" onload=\"hit()'>",
    "a picture that is a page": "![x](data:image/svg+xml;base64,PHN2Zz4=) ![y](attachment:evil)",
    "a set of pictures": "<img srcset='https://evil.example/x 2x' src=''><picture><source srcset='//evil.example/y'>",
    "scripts": "<script>hit()</script><script src='https://evil.example/x.js'></script><svg><script>hit()</script></svg>",
    "handlers": "<div onclick=hit()>x</div><body onload=hit()><details ontoggle=hit() open>x</details>",
    "frames": "<iframe src='javascript:hit()'></iframe><object data='x'></object><embed src='x'><frame src='x'>",
    "styles": "<style>body{display:none}@import '//evil.example/x'</style><link rel=stylesheet href=//evil.example>",
    "a style that covers the page": "<div style='position:fixed;inset:0;background:url(https://evil.example/x)'>x</div>",
    "forms": "<form action='https://evil.example/'><input name=x autofocus onfocus=hit()><button>x</button></form>",
    "another base": "<base href='https://evil.example/'><meta http-equiv=refresh content='0;url=https://evil.example'>",
    "a way out": "</div></section></main><h1>Feedback</h1><plaintext>",
    "a comment": "<!--><img src=x onerror=hit()>--> <!--[if IE]><script>hit()</script><![endif]-->",
    "mathematics": "<math><mi xlink:href='javascript:hit()'>x</mi></math> $\\href{javascript:hit()}{x}$",
    "mathematics and tables": "<math><mtext><table><mglyph><style><img src=x onerror=hit()></style></mglyph></table>",
    "templates": "<template><script>1</script></template><noscript><p title='</noscript><img src=x onerror=hit()>'>",
    "in a fence": "```</code></pre><script>hit()</script>\nx\n```\n\n```mermaid\n<script>hit()</script>\n```",
    "in a formula": "$</var><script>hit()</script>$ $$<img src=x onerror=hit()>$$ $\\text{<img src=x onerror=hit()>}$",
    "in a title": '[x](https://example.org \'"onmouseover=hit()\') ![" onerror=hit() x="](https://evil.example)',
}
#: What would be run, loaded, or put out of its place, in HTML as it is written canonically.
OBEYED = re.compile(
    r"<(?:script|style|iframe|object|embed|form|input|button|base|meta|link|svg|frame|body|template|plaintext)\b"
    r"|<[^>]* on[a-z]+=|<[^>]*(?:src|href|srcset)=\"(?!data:image/png;base64,[\w+/=]*\"|https?://|mailto:|#)"
    r"|<(?:img|audio)[^>]* src=\"http|style=\"[^\"]*(?:position|url|inset)",
    re.IGNORECASE,
)


def hand_in(course: Path, student: str, *texts: str, attachments=None, **answers: str) -> None:
    """A submission with text cells of the learner's own; the first gets the attachments."""
    draft = draft_of(course, student).solve(**answers)
    for text in reversed(texts):
        draft.add(text, markdown=True)
    if attachments:
        draft.notebook.cells[2]["attachments"] = attachments
    draft.write()


def result_of(course: Path, student: str, outputs=(), shares=None, advice: str = "", **told) -> Result:
    """A result as the grader would make it; the outputs are those of the first cell of the learner's own."""
    source = files.read(GradebookWriter(course).source_path(CHAPTER))
    submission = load(HandedIn(student, CHAPTER, course / "submitted" / student / CHAPTER), source)
    cells = list(submission.cells)
    first = next(i for i, cell in enumerate(cells) if cell.kind == "code" and not cell.original and not cell.is_test)
    cells[first] = replace(cells[first], outputs=tuple(outputs))
    verdicts = []
    for exercise in CHAPTERS[CHAPTER]:
        share = (shares or {}).get(exercise.name, 1.0)
        status = Status.RIGHT if share == 1 else Status.PARTLY if share else Status.WRONG
        mistake = find(exercise.name).mistakes[0].name if 0 < share < 1 and hasattr(exercise, "mistakes") else None
        verdicts.append(Verdict(exercise.name, status, "" if share == 1 else advice, mistake, share))
    return Result(student, CHAPTER, "", verdicts, cells, list(submission.remarks), **told)


def pages_of(course: Path, *results: Result) -> dict[str, str]:
    """The feedback pages of a course by student, as nbgrader makes them with its configuration; results go in first."""
    writer = GradebookWriter(course)
    writer.prepare(CHAPTER)
    for result in results:
        writer.write(result)
    config = load_config(course)
    config.CourseDirectory.update(assignment_id=CHAPTER)
    GenerateFeedback(coursedir=CourseDirectory(config=config), config=config, force=True).start()
    return {path.parts[-3]: path.read_text() for path in (course / "feedback").glob("*/*/*.html")}
