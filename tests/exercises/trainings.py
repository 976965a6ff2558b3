"""Which broken trainings each run of the tests makes: one an exercise; ``make test-long`` makes them all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def mostly_long(trainings: Iterable[Any], *quick: str) -> list[Any]:
    """Parameters for ``parametrize``: the trainings with these names run always, the others are marked ``long``.

    Args:
        trainings: names, or tuples that begin with a name.
        quick: names of those that are made in every run.
    """
    made = []
    for training in trainings:
        values = training if isinstance(training, tuple) else (training,)
        made.append(pytest.param(*values, marks=() if values[0] in quick else pytest.mark.long))
    return made
