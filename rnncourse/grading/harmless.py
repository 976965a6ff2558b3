"""A learner's text as HTML that does nothing: it runs nothing, loads nothing from elsewhere, and stays in its place.

Three libraries do the work: mistune, as nbconvert sets it up, makes HTML of markdown; nh3 keeps of it what is on a
list; latex2mathml turns formulas into MathML, which every browser draws without a network. In the place of a picture
that is not shown stands that there was one.
"""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import nh3
from jinja2 import pass_context
from latex2mathml.converter import convert
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from rnncourse.checking.foreign_text import visible

#: Pictures of a text cell, as a notebook holds them: name -> kind -> base64.
Attachments = Mapping[str, Mapping[str, str]]

_TAGS = {
    *("a", "abbr", "audio", "b", "blockquote", "br", "code", "dd", "del", "details", "div", "dl", "dt", "em", "h1"),
    *("h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "small"),
    *("span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul"),
    *("var",),
}
_ATTRIBUTES = {
    "a": {"href", "title"},
    "abbr": {"title"},
    "audio": {"aria-label", "controls", "src"},
    "div": {"style"},
    "img": {"src", "alt", "title", "width"},
    "ol": {"start"},
    "td": {"colspan", "rowspan", "style"},
    "th": {"colspan", "rowspan", "style"},
}
_SCHEMES = {"http", "https", "mailto", "data", "attachment"}
_LINK = re.compile(r"(https?://|mailto:)[^\s\\]+", re.IGNORECASE)
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_PICTURE = re.compile(rf"data:(?:{'|'.join(_PICTURES)});base64,[A-Za-z0-9+/=]+")
_SOUND = re.compile(r"data:audio/wav;base64,[A-Za-z0-9+/=]+")
_STYLES = {"text-align", "border-left", "padding", "padding-left"}
_LARGEST_PICTURE = 12 * 1024**2
_WITHOUT_SOURCE = re.compile(r'<img((?: (?!src=)[a-z]+="[^"]*")*)>')
_EMPTY_HEAD = re.compile(r'<th(?: style="[^"]*")?></th>')
_ALT = re.compile(r' alt="([^"]*)"')
#: A formula between the two steps; ``var`` is HTML's element for a variable of mathematics.
_FORMULA = re.compile(r"<var>(\$\$|\$|(?=\\begin\{))(.+?)(?:\1)</var>", re.DOTALL)
_LONGEST_FORMULA = 4000
#: The longest text that is read as markdown; a longer one is shown as it was written.
LONGEST_TEXT = 100_000
#: What may begin a formula; the time to look for their ends grows with the square of how many there are.
_OPENS_FORMULA = re.compile(r"\\begin\{|\\\\[\[(]")
_MOST_FORMULAS = 300
#: What ``in_markdown`` makes: nothing in it is markdown.
_IN_MARKDOWN = re.compile(r"<div>[^\n\r$\\`\[\]]*</div>")

_MATH_TAGS = {
    *("math", "menclose", "mfrac", "mi", "mn", "mo", "mover", "mpadded", "mphantom", "mroot", "mrow", "ms"),
    *("mspace", "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable", "mtd", "mtext", "mtr", "munder"),
    *("munderover",),
}
_MATH_ATTRIBUTES = {
    "math": {"display", "xmlns"},
    "mo": {"fence", "form", "largeop", "lspace", "movablelimits", "rspace", "separator", "stretchy"},
    "mi": {"mathvariant"},
    "mfrac": {"linethickness"},
    "mspace": {"depth", "height", "linebreak", "width"},
    "mstyle": {"displaystyle", "mathvariant", "scriptlevel"},
    "mtable": {"columnalign", "displaystyle", "rowspacing"},
    "mtd": {"columnalign"},
    "mover": {"accent"},
    "munder": {"accentunder"},
}


class _Renderer(IPythonRenderer):
    """nbconvert's HTML of markdown; formulas are marked, and pictures are looked for later, wherever they came from."""

    def __init__(self) -> None:
        super().__init__(escape=False, exclude_anchor_links=True)

    def _embed_image_or_attachment(self, src: str) -> str:
        return src

    def block_mermaidjs(self, code: str) -> str:
        return as_code(code)

    def inline_math(self, body: str) -> str:
        return f"<var>{super().inline_math(body)}</var>"

    def block_math(self, body: str) -> str:
        return f"<var>{super().block_math(body)}</var>"

    def latex_environment(self, name: str, body: str) -> str:
        return f"<var>{super().latex_environment(name, body)}</var>"


def as_html(text: str, attachments: Attachments | None = None) -> str:
    """The HTML of a text cell, of which nothing is run, loaded from elsewhere, or put outside of its place.

    Args:
        text: markdown, with whatever its author wrote into it.
        attachments: the pictures that were pasted into the cell.
    """
    return cleaned(_rendered(visible(text)), attachments)


def cleaned(text: str, attachments: Attachments | None = None) -> str:
    """HTML of which only what is on the list is left; ``attachments`` as for ``as_html``."""

    def decide(tag: str, name: str, value: str) -> str | None:
        if name == "src":
            return _sound(value) if tag == "audio" else _picture(value, attachments or {})
        if name == "href":
            return value if _LINK.fullmatch(value) or value.startswith("#") else None
        return value if name != "width" or value.isdecimal() else None

    kept = nh3.clean(
        text, tags=_TAGS, attributes=_ATTRIBUTES, attribute_filter=decide, url_schemes=_SCHEMES,
        clean_content_tags={"script", "style"}, link_rel="noopener noreferrer nofollow",
        filter_style_properties=_STYLES,
    )  # fmt: skip
    return _EMPTY_HEAD.sub("<td></td>", _WITHOUT_SOURCE.sub(_said_instead, kept))  # the head of nothing is no head


def in_markdown(text: str) -> str:
    """HTML as the source of a text cell: one block, in which a reader of markdown finds nothing of its own."""
    code = {ord(character): f"&#{ord(character)};" for character in "\n\r$\\`[]"}
    return f"<div>{text.translate(code)}</div>"


def as_code(text: str) -> str:
    """A text of any content as HTML that shows it letter by letter."""
    return f"<pre>{html.escape(text)}</pre>"


def with_formulas(text: str) -> str:
    """HTML of ``as_html`` with its formulas as MathML; one that cannot be read stays as it was written."""
    return _FORMULA.sub(lambda found: _mathml(html.unescape(found[2]), found[1] != "$") or found[0], text)


@pass_context
def for_formgrader(context: Any, text: str) -> str:
    """What nbgrader's formgrader shows of a text cell or a comment, in the place of nbconvert's filter.

    Args:
        context: of the template, in which the cell stands.
        text: its markdown.
    """
    return with_formulas(as_html(text, context.get("cell", {}).get("attachments")))


def is_picture(kind: str, data: Any) -> bool:
    """Whether this is a picture as a page may show it: of a known kind, and nothing but base64."""
    return isinstance(data, str) and kind in _PICTURES and bool(_PICTURE.fullmatch(url(kind, data)))


def url(kind: str, data: str) -> str:
    """A picture as an address; '' for one that is too large for a page."""
    return f"data:{kind};base64,{''.join(data.split())}" if len(data) <= _LARGEST_PICTURE else ""


# -------------------------------------------------------------------------------------------------------------- steps
def _rendered(text: str) -> str:
    if _IN_MARKDOWN.fullmatch(text):
        return text
    if len(text) <= LONGEST_TEXT and len(_OPENS_FORMULA.findall(text)) <= _MOST_FORMULAS:
        try:
            return MarkdownWithMath(renderer=_Renderer()).render(text)
        except Exception:  # whatever a parser stumbles over, the text itself can be read
            pass
    return as_code(text)


def _picture(source: str, attachments: Attachments) -> str | None:
    """The address of a picture that comes with the page; None for any other."""
    if source.startswith("attachment:"):
        name = source.removeprefix("attachment:")
        kinds = attachments.get(name) or attachments.get(unquote(name)) or {}
        shown = ((kind, kinds[kind]) for kind in _PICTURES if is_picture(kind, kinds.get(kind)))
        return next((url(*each) for each in shown), None)
    return source if len(source) <= _LARGEST_PICTURE and _PICTURE.fullmatch(source) else None


def _sound(source: str) -> str | None:
    return source if len(source) <= _LARGEST_PICTURE and _SOUND.fullmatch(source) else None


def _said_instead(found: re.Match[str]) -> str:
    alt = _ALT.search(found[1])
    return f"<em>[a picture that is not in the notebook{f': {alt[1]}' if alt and alt[1] else ''}]</em>"


@functools.lru_cache(maxsize=4096)
def _mathml(formula: str, display: bool) -> str:
    """A formula as MathML; '' where it cannot be read."""
    if len(formula) > _LONGEST_FORMULA:
        return ""
    try:
        found = convert(formula, display="block" if display else "inline")
    except Exception:  # it is a learner's: any error of the parser, up to the depth of its recursion
        return ""
    return nh3.clean(found, tags=_MATH_TAGS, attributes=_MATH_ATTRIBUTES, url_schemes=set())
