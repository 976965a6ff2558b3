"""The alternatives: each is named by its exercise (``test_exercises`` asks whether it is right), in plain NumPy."""

from __future__ import annotations

import ast
import inspect

from rnncourse.exercises import TASKS, alternatives

HELPERS = {"sigmoid"}  # what several of them call
WRITTEN = dict(inspect.getmembers(alternatives, lambda thing: inspect.isfunction(thing)))


def test_each_belongs_to_the_exercise_of_its_name():
    for name, function in WRITTEN.items():
        if name in HELPERS:
            continue
        assert function in TASKS[name].alternatives, name


def test_the_ways_lead_through_nothing_but_numpy():
    imported = [
        node for node in ast.walk(ast.parse(inspect.getsource(alternatives))) if isinstance(node, ast.ImportFrom)
    ]
    assert {node.module for node in imported} == {"__future__", "typing"}
