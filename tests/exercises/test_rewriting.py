"""Right answers in other styles are right, and get no other word."""

from __future__ import annotations

import random

import numpy as np

from rnncourse.checking.verdicts import Status, evaluate
from rnncourse.exercises import find
from rnncourse.exercises.definitions import PRACTICE_SEED

from . import rewriting
from .rewriting import FORMS, STYLES, rewritings
from answers import written

#: Every how-manieth right answer is rewritten here; ``benchmarks/right_answers.py`` rewrites all.
STEP = 4
ONE = """
def f(a, b):
    c = [x * 2 for x in a]
    d = b + 1
    for x in c:
        d = d @ b + x * b
    e = d - 1
    return e
"""


def test_right_answers_in_other_styles_are_right():
    answers = list(rewritings(seed=3, each=1, step=STEP))
    assert len(answers) > 20
    for answer in answers:
        with np.errstate(all="ignore"):
            verdict = evaluate(answer.exercise, answer.function, PRACTICE_SEED)
        assert verdict.status is Status.RIGHT, f"{answer.how}: {verdict.advice}\n{answer.source}"
        assert verdict.mistake is None
        assert verdict.advice in ("", *_IN_PLACE)


_IN_PLACE = {
    f"One thing: it changes its argument {name} in place, which its caller will not expect."
    for name in ("gradients", "states", "inputs", "state")
}


def rewritten(style):
    tree = rewriting.ast.parse(ONE)
    STYLES[style](tree.body[0], random.Random(0))
    return rewriting.ast.unparse(rewriting.ast.fix_missing_locations(tree))


def test_every_style_changes_the_text_and_nothing_else():
    a, b = [0.5, 2.0], np.array([[1.0, 0.2], [0.3, 0.4]])
    expected = written(ONE, "f", {})(a, b)
    for style in STYLES:
        text = rewritten(style)
        assert text != ONE.strip(), style
        np.testing.assert_allclose(written(text, "f", {"np": np})(a, b), expected, err_msg=text)


def test_every_form_holds_the_same_numbers():
    result = (np.arange(6.0).reshape(2, 3), 1.5)
    for name, form in FORMS.items():
        first, second = form(result)
        np.testing.assert_allclose(np.asarray(first), result[0], err_msg=name)
        assert float(second) == 1.5


def test_what_computes_something_else_is_left_out():
    exercise = find("parameter_count")
    assert rewriting._gives_the_same(exercise, exercise.reference, lambda *given: exercise.reference(*given))
    assert not rewriting._gives_the_same(exercise, exercise.reference, lambda *given: exercise.reference(*given) + 1)
    assert not rewriting._gives_the_same(exercise, exercise.reference, lambda *given: [][0])
