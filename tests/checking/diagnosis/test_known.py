from __future__ import annotations

import numpy as np
import pytest

from rnncourse.checking.diagnosis.known import Known, put_into, says_nothing, values_of
from rnncourse.checking.diagnosis.recording import Recordable

from answers import written

RNG = np.random.default_rng(3)
WIDE = RNG.normal(size=(3, 8))
CUBE = RNG.normal(size=(2, 5, 4))
known = Known([WIDE, CUBE])


@pytest.mark.parametrize(
    "value",
    [
        WIDE,
        WIDE.T,
        -WIDE,
        WIDE[:, np.newaxis],
        WIDE[:, 2:4],
        WIDE[:, 4:],
        WIDE[1],
        WIDE[:, 3],
        WIDE[2, 5],
        CUBE[:, 1:],
        CUBE[:, -1].T,
        CUBE.transpose(1, 0, 2),
    ],
)
def test_a_value_is_met_however_it_is_laid_out(value):
    assert known.has(value)


@pytest.mark.parametrize("value", [WIDE + 1e-6, 2 * WIDE, WIDE[:, ::-1], WIDE[:, 1:3], CUBE.sum(axis=0), np.ones(3)])
def test_other_values_are_not_met(value):
    assert not known.has(value)


def test_a_value_in_blocks_or_rows_is_met_apart():
    joined = np.concatenate([WIDE[:, 4:6], WIDE[:, :2]], axis=1)
    assert not known.has(joined)
    assert known.has_apart(joined)
    assert known.has_apart(np.stack([CUBE[0, 1], CUBE[1, 4]]))
    assert not known.has_apart(np.concatenate([WIDE[:, 4:6], WIDE[:, :2] + 1], axis=1))


def test_single_precision_is_compared_roughly():
    assert Known([WIDE.astype(np.float32)]).has(WIDE)


def recording(source, *given):
    function = written(source, "f", {"np": np})
    copy, made = Recordable(function, lambda _: False).recorded()
    copy(*given)
    return made


def test_sums_and_products_are_known_in_any_order():
    a, b, c, d = RNG.normal(size=(4, 3))
    made = Known(values_of([recording("def f(a, b, c, d):\n    return a + b - c, a * b / d\n", a, b, c, d)]))
    assert made.has(b - c)
    assert made.has(a - c)
    assert made.has(a / d)
    assert not made.has(b + c)
    assert not made.has(a * d)


def test_the_rounds_of_a_loop_are_known_together():
    source = "def f(xs):\n    h = 0.3\n    for x in xs:\n        h = np.tanh(x + h)\n    return h\n"
    xs = RNG.normal(size=4)
    made, states, h = Known(values_of([recording(source, xs)])), [], 0.3
    for x in xs:
        h = np.tanh(x + h)
        states.append(h)
    assert made.has(np.array(states))
    assert made.has(np.array(states[::-1])[:, np.newaxis])
    assert not made.has(np.sort(states)[[1, 0, 3, 2]])


def test_what_right_ways_put_into_an_operator_is_known():
    a, b = RNG.normal(size=(2, 3))
    made = [recording("def f(a, b):\n    return a * b + np.tanh(a)\n", a, b)]
    assert put_into("Mult", made).has(a)
    assert put_into("tanh", made).has(a)
    assert not put_into("tanh", made).has(b)
    assert not put_into("Sub", made).has(a)
    assert not put_into("", made).has(a)


def test_what_could_be_met_by_chance_says_nothing():
    for value in (np.array(3), np.zeros((2, 3)), np.arange(5), np.array([True, False, True]), np.array(0.5), None):
        assert says_nothing(value)
    for value in (np.array(0.3), np.array(57), WIDE, np.array([3, 1, 4, 1, 5])):
        assert not says_nothing(value)
