"""A Sphinx extension: formulas as MathML, which every browser draws by itself."""

from __future__ import annotations

from typing import Any

from latex2mathml.converter import convert


def as_mathml(formula: str, display: bool) -> str:
    """LaTeX as a ``<math>`` element.

    Args:
        formula: LaTeX without its dollar signs.
        display: whether it stands in a line of its own.
    """
    return convert(formula.strip(), display="block" if display else "inline")


def _inline(translator: Any, node: Any) -> None:
    from docutils import nodes

    translator.body.append(as_mathml(node.astext(), display=False))
    raise nodes.SkipNode


def _block(translator: Any, node: Any) -> None:
    from docutils import nodes

    translator.body.append(f'<div class="formula">{as_mathml(node.astext(), display=True)}</div>\n')
    raise nodes.SkipNode


def setup(app: Any) -> dict[str, Any]:
    """What Sphinx calls when ``conf.py`` lists this module among its extensions."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
