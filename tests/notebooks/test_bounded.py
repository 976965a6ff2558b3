"""JSON of somebody else's: what it would take is known before it is read."""

from __future__ import annotations

import json
import tracemalloc

import pytest

from rnncourse.notebooks import bounded
from rnncourse.notebooks.bounded import DEEPEST, TooMuchError, is_deep, loads, weight


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


@pytest.mark.parametrize("text", ['{"a": [1, "ü", null, {"b": 2.5}]}', "[]", "3", '"\\ud83d"', nested(DEEPEST)])
def test_what_is_read_is_what_json_reads(text):
    assert loads(text) == json.loads(text)


@pytest.mark.parametrize("depth", [DEEPEST + 1, 900, 100_000])
def test_h4_depth_has_an_end_whatever_python_would_still_read(depth):
    for text in (nested(depth), nested(depth).encode(), '{"a":' * depth + "1" + "}" * depth):
        with pytest.raises(TooMuchError, match="nested too deeply"):
            loads(text)
    with pytest.raises(ValueError, match="Expecting value"):
        loads("no json")


def test_h4_many_small_things_are_refused_before_they_take_memory():
    text = "[" + "[]," * 5_000_000 + "[]]"  # 15 MB that would be 300 MB
    tracemalloc.start()
    try:
        with pytest.raises(TooMuchError, match="would take"):
            loads(text)
        assert tracemalloc.get_traced_memory()[1] < 50e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("part", ["[],", "{},", '{"":0},', "0.125,", "[[]],", '{"a":{}},', '"ab",'])
def test_no_text_takes_more_than_it_weighs(part):
    text = "[" + part * 20_000 + "0]"
    tracemalloc.start()
    try:
        found = json.loads(text)
        taken = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert len(found) == 20_001
    assert taken < weight(text.encode())


def test_a_long_picture_weighs_what_it_is_long():
    text = json.dumps({"image/png": "A" * 10_000_000})
    assert weight(text.encode()) < 10_001_000 < bounded._MOST_MEMORY
    assert len(loads(text)["image/png"]) == 10_000_000


def test_depth_is_told_level_by_level():
    assert not is_deep(json.loads(nested(DEEPEST)))
    assert is_deep(json.loads(nested(DEEPEST + 1)))
    assert not is_deep({"a": [[], {}], "b": 3})
