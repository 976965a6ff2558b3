"""What never ends is stopped, and so is what fills the memory."""

import ast

import numpy as np
import pytest

from rnncourse.checking.diagnosis.edits.guards import EndlessError, Rounds, bounded, guarded


def run(source, *arguments, limit=50):
    rounds = Rounds(limit=limit)
    names = {"np": np, **rounds.names()}
    exec(compile(guarded(ast.parse(source)), "<guarded>", "exec"), names)
    return rounds, lambda: names["f"](*arguments)


@pytest.mark.parametrize(
    "source",
    [
        "def f():\n    while True:\n        pass",
        "def f():\n    return f()",
        "def f():\n    for _ in iter(int, 1):\n        pass",
        "def f():\n    return [x for x in iter(int, 1)]",
    ],
)
def test_what_never_ends_is_stopped(source):
    _, call = run(source)
    with pytest.raises(EndlessError):
        call()


@pytest.mark.parametrize("loop", ["while True:", "for _ in range(10**6):"])
def test_what_grows_without_end_is_stopped(loop):
    rounds, call = run(f"def f(x):\n    {loop}\n        x = np.add.outer(x, x)", np.ones(3), limit=10_000)
    with pytest.raises(EndlessError):
        call()
    assert rounds.made < 10


def test_rounds_are_counted():
    rounds, call = run("def f():\n    return sum(x for x in range(3))")
    assert call() == 3
    assert rounds.made == 1 + 3


def test_nothing_runs_after_the_last_moment():
    rounds, call = run("def f():\n    return 1")
    rounds.until = 0.0
    with pytest.raises(EndlessError):
        call()


def test_large_powers_are_refused():
    assert bounded(2) == 2
    assert bounded(1e6) == 1e6  # a power of floats is a float
    _, call = run("def f(x):\n    return 7 ** x", 10**9)
    with pytest.raises(EndlessError):
        call()
