from __future__ import annotations

import inspect
import math

import numpy as np
import pytest

from rnncourse.checking.calls import Ending, ask
from rnncourse.checking.comparing import same
from rnncourse.checking.diagnosis.recording import Recordable, numbers
from rnncourse.exercises import CHAPTERS, Exercise
from rnncourse.exercises.definitions import PRACTICE_SEED

from answers import written
from exercises.chapters import ALTERNATIVES

RIGHT = [
    (exercise, right)
    for exercises in CHAPTERS.values()
    for exercise in exercises
    if isinstance(exercise, Exercise)
    for right in (exercise.reference, *ALTERNATIVES.get(exercise.name, []))
]


def record(source: str, name: str, *given, **names):
    function = written(source, name, {"np": np, **names})
    copy, recording = Recordable(function, lambda called: called.__globals__ is function.__globals__).recorded()
    return copy(*given), recording, function


def met(recording):
    """text -> the values it had."""
    found = {}
    for moment in recording.moments:
        found.setdefault(recording.places[moment.place].text, []).append(moment.value)
    return found


@pytest.mark.parametrize(("exercise", "right"), RIGHT, ids=lambda x: getattr(x, "name", getattr(x, "__name__", "")))
def test_the_copy_of_a_right_answer_gives_the_same(exercise, right):
    try:
        recordable = Recordable(right, lambda called: called.__module__ == right.__module__)
    except ValueError:
        pytest.skip("no plain function")
    case = exercise.make_cases(PRACTICE_SEED)[0]
    copy, _ = recordable.recorded()
    call = exercise.as_call()
    outcome = ask(call, copy, case)
    assert outcome.ending is Ending.RETURNED, outcome.text
    assert same(outcome, ask(call, right, case), 1e-12)


def test_values_are_recorded_as_they_were():
    source = "def f(a):\n    b = a * 2\n    b[0] = 7.0\n    b += 1\n    return b.sum()\n"
    result, recording, _ = record(source, "f", np.array([1.0, 2.0]))
    values = met(recording)
    assert result == 13
    np.testing.assert_array_equal(values["a * 2"], [[2, 4]])
    np.testing.assert_array_equal(values["b[0] = 7.0"], [[7, 4]])
    np.testing.assert_array_equal(values["b += 1"], [[8, 5]])
    assert [recording.moments[moment].value for _, moment in recording.returned] == [13]


ODD = """
def f(x, *rest, scale=2, **more):
    def inner(k=3):
        nonlocal x
        x = x + k
        return [v ** 2 for v in rest if v > 1]
    total = sum(w * scale for w in inner())
    first, *others = sorted((x, *rest), key=lambda v: -v)
    label = f"{first:>{scale}}" if (n := len(others)) and others else "none"
    made = {k: v for k, v in more.items()}
    try:
        made["missing"]
    except KeyError as error:
        total += len(str(error))
    for i, (a, b) in enumerate(zip(rest, others)):
        if i > 1:
            continue
        total -= a * b
    else:
        total += 100
    with np.errstate(all="ignore"):
        ratio = np.divide(1.0, np.zeros(2))
    match n:
        case 3:
            total *= 2
        case _:
            pass
    pairs = {(i, j) for i in range(2) for j in range(i, 3)}
    return total, label, ratio, len(pairs), x and made.get("y", None), 0 < x <= 10, not others
"""


def test_odd_syntax_keeps_its_meaning():
    function = written(ODD, "f", {"np": np})
    expected = function(1.5, 2, 0.5, 4, scale=3, y="why")
    _, recording, _ = record(ODD, "f", 1.5, 2, 0.5, 4)
    copy, _ = Recordable(function, lambda _: False).recorded()
    got = copy(1.5, 2, 0.5, 4, scale=3, y="why")
    assert got[:2] == expected[:2]
    assert got[3:] == expected[3:]
    np.testing.assert_array_equal(got[2], expected[2])
    assert recording.whole
    assert len(recording.moments) > 20


def test_what_a_value_is_made_of_passes_through_variables_loops_and_helpers():
    source = """
def half(v):
    return v / 2

def f(xs):
    made = []
    for x in xs:
        y = half(x)
        made.append(y + 1)
    return np.stack(made)
"""
    _, recording, _ = record(source, "f", np.array([[1.0, 2.0], [5.0, 6.0]]))
    waiting, seen = [moment for _, moment in recording.returned], set()
    while waiting:
        number = waiting.pop()
        if number not in seen:
            seen.add(number)
            waiting += recording.moments[number].parts
    texts = {recording.places[recording.moments[number].place].text for number in seen}
    assert {"v / 2", "y + 1", "xs"} <= texts


def test_nothing_of_the_learners_is_changed():
    source = "SEEN = []\ncount = 0\n\ndef helper(x):\n    return x + 1\n\ndef f(x):\n    return helper(x)\n"
    function = written(source, "f", {})
    before = dict(function.__globals__)
    Recordable(function, lambda _: True).recorded()[0](1)
    assert {k: v for k, v in function.__globals__.items() if k != "__builtins__"} == {
        k: v for k, v in before.items() if k != "__builtins__"
    }


def test_a_closure_and_a_recursion_are_copied():
    source = """
def make(w):
    def fall(n):
        return w if n == 0 else w * fall(n - 1)
    return fall
"""
    fall = written(source, "make", {})(2.0)
    copy, recording = Recordable(fall, lambda _: False).recorded()
    assert copy(3) == 16.0
    assert recording.returned
    assert recording.recursive


def test_a_function_that_calls_itself_is_told():
    source = "def f(n):\n    return n if n == 0 else n + f(n - 1)\n"
    assert record(source, "f", 3)[1].recursive
    assert not record(source, "f", 0)[1].recursive


def test_the_rounds_of_loops_are_told():
    source = "def f(n):\n    s = 0.5\n    for i in range(n):\n        for _ in [1, 2]:\n            s = s * 1.5\n"
    made = record(source, "f", 2)[1]
    turns = [moment.turn for moment in made.moments if made.places[moment.place].text == "s * 1.5"]
    assert [(turn.number, turn.counter, turn.around.number, turn.around.counter) for turn in turns] == [
        (1, "", 1, "i = 0"), (2, "", 1, "i = 0"), (1, "", 2, "i = 1"), (2, "", 2, "i = 1"),
    ]  # fmt: skip


def test_an_error_stays_the_same_error():
    source = "def f(x):\n    y = x + 1\n    return y @ 3\n"
    function = written(source, "f", {})
    copy, recording = Recordable(function, lambda _: False).recorded()
    with pytest.raises(TypeError, match="unsupported operand"):
        copy(1)
    assert "x + 1" in met(recording)


def test_too_many_values_are_cut():
    source = "def f(n):\n    total = 0.0\n    for i in range(n):\n        total = total + i * 0.5\n    return total\n"
    result, recording, function = record(source, "f", 5000)
    assert result == function(5000)
    assert not recording.whole


@pytest.mark.parametrize(
    "function",
    [math.tanh, np.tanh, lambda x: x, inspect.Signature, eval("lambda x: x + 1"), len],
)
def test_what_has_no_plain_source_is_refused(function):
    with pytest.raises(ValueError):  # noqa: PT011 - each has words of its own
        Recordable(function, lambda _: False)


def test_numbers_of_values():
    np.testing.assert_array_equal(numbers([np.ones(2), [2, 3]]), [[1, 1], [2, 3]])
    assert numbers([np.ones(2), np.ones(3)]) is None
    assert numbers("word") is None
    assert numbers(None) is None
    assert numbers([]) is None
    np.testing.assert_array_equal(numbers(np.array([1 + 2j])), [[1], [2]])
