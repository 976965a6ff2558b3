"""Every public function of arrays: any dtype, a batch of one, one step, nothing at all.

Each gives the right answer, or an error that names an argument, says what was got and what was expected. A new public
function fails here until ``calls`` says how it is called, or why it takes no array.
"""

from __future__ import annotations

import inspect
import re
import traceback
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

import rnncourse

from properties.calls import CALLS, NOT_OF_ARRAYS, SEEN, SIZES, WRITERS, Draw, writer

PACKAGE = str(Path(rnncourse.__file__).parent)
#: dtype -> how far the answer may be from that of the same numbers in float64, relative to its largest number.
TOLERANCES = {"float16": 2e-2, "float32": 1e-4, "mixed": 1e-4, "int64": 1e-4, "int8": 1e-4, "uint8": 1e-4, "bool": 1e-4}
WHOLE = ("int64", "int8", "uint8", "bool")
FLOATS = ("float32", "mixed")  # float64 and float32 always get an answer; anything else may be refused in words


def function_called(name: str) -> Any:
    return writer(name, WRITERS[name]) if name in WRITERS else getattr(rnncourse, name)


def outcome(name: str, draw: Draw) -> list[np.ndarray] | Exception:
    """The arrays that come out, or the error."""
    tf.random.set_seed(5)
    arguments = CALLS[name](draw)
    try:
        result = function_called(name)(**arguments)
        result = SEEN[name](result, draw) if name in SEEN else result
        return [np.asarray(part) for part in tf.nest.flatten(result)]
    except Exception as error:
        return error


@cache
def drawn(name: str) -> Draw:
    """What a function takes, as far as it was drawn."""
    draw = Draw()
    outcome(name, draw)
    return draw


def assert_in_words(error: Exception, name: str) -> None:
    """An error of ours: it names an argument and says what was expected."""
    said = f"{type(error).__name__}: {error}"
    assert isinstance(error, ValueError | TypeError), said
    assert traceback.extract_tb(error.__traceback__)[-1].filename.startswith(PACKAGE), said
    arguments = {*inspect.signature(getattr(rnncourse, name)).parameters, *CALLS[name](Draw())}
    assert re.search(rf"\b({'|'.join(arguments)})\b", str(error)), said
    assert "expected" in str(error), said


def assert_equal(got: list[np.ndarray], truth: list[np.ndarray], tolerance: float) -> None:
    assert [part.shape for part in got] == [part.shape for part in truth]
    for part, right in zip(got, truth, strict=True):
        if right.dtype.kind not in "iufb":
            assert part.tolist() == right.tolist()
            continue
        assert not np.isnan(right.astype(float)).any()
        size = np.abs(right[np.isfinite(right)]).max(initial=1)
        np.testing.assert_allclose(part.astype(float), right.astype(float), rtol=0, atol=tolerance * size)


def test_every_public_function_has_its_call_or_a_reason():
    public = {name for name in rnncourse.__all__ if callable(getattr(rnncourse, name))}
    elsewhere = " ".join(NOT_OF_ARRAYS.values()).split()
    assert sorted([*CALLS, *elsewhere]) == sorted(public)
    assert not {*SEEN, *WRITERS} - {*CALLS}


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("name", CALLS)
def test_any_dtype_gives_the_answer_of_float64_or_is_refused_in_words(name, dtype):
    got = outcome(name, Draw(dtype))
    if isinstance(got, Exception):
        assert dtype not in FLOATS, f"{type(got).__name__}: {got}"
        assert_in_words(got, name)
        return
    truth = outcome(name, Draw(dtype, exact=True))
    assert not isinstance(truth, Exception), truth
    assert_equal(got, truth, TOLERANCES[dtype])


def cut_to_one(whole: np.ndarray, one: np.ndarray) -> np.ndarray:
    """The first along the axis on which the answer for one is shorter."""
    for axis, (many, few) in enumerate(zip(whole.shape, one.shape, strict=True)):
        if many != few:
            whole = np.take(whole, range(few), axis=axis)
    return whole


class One(Draw):
    """A batch of three of which only the first is left."""

    def __call__(self, axes: str = "") -> np.ndarray:
        return self.first(super().__call__(axes), axes)

    def shares(self, axes: str) -> np.ndarray:
        return self.first(super().shares(axes), axes)

    def below(self, axes: str, end: int, start: int = 0) -> np.ndarray:
        return self.first(super().below(axes, end, start), axes)

    def mask(self, axes: str) -> np.ndarray:
        return self.first(super().mask(axes), axes)

    def texts(self) -> list[str]:
        return super().texts()[:1]

    def first(self, array: np.ndarray, axes: str) -> np.ndarray:
        words = axes.split()
        return np.take(array, [0], axis=words.index("batch")) if "batch" in words else array


#: What is no answer for each row of a batch but one for all of them.
ONE_FOR_ALL = {
    *("bptt", "gradient_norms", "gradient_check", "clip_by_global_norm", "cross_entropy", "fit_causal_linear"),
    "fit_linear",
    *("error_per_step", "bits_per_character", "lookup_gradient", "negative_sampling_loss", "build_vocabulary"),
    *("masked_loss", "masked_cross_entropy", "masked_accuracy", "exact_match", "corpus_scores", "forced_exact_match"),
    "corpus_bleu",
    *("accuracy", "assign_batches", "descend"),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_batch_of_one_is_the_first_of_three(name):
    if "batch" not in drawn(name).axes:
        return
    one, whole = outcome(name, One()), outcome(name, Draw())
    assert not isinstance(one, Exception), one
    assert not isinstance(whole, Exception), whole
    if name in ONE_FOR_ALL:
        assert all(np.isfinite(part).all() for part in one if part.dtype.kind == "f")
        return
    if len(one) != len(whole):  # a list with an entry for each row
        whole = whole[: len(one)]
    assert_equal(one, [cut_to_one(*pair) for pair in zip(whole, one, strict=True)], 1e-5)


@pytest.mark.parametrize("axis", ["batch", "time"])
@pytest.mark.parametrize("name", CALLS)
def test_one_is_as_right_as_many(name, axis):
    if axis not in drawn(name).axes:
        return
    got, truth = (outcome(name, Draw("float32", exact=exact, **{axis: 1})) for exact in (False, True))
    assert not isinstance(got, Exception), got
    assert not isinstance(truth, Exception), truth
    assert_equal(got, truth, 1e-4)


#: What has no length that grows evenly with that of the arguments.
NOT_LINEAR = {"separate", "build_vocabulary", "sentence_generator", "beam_generator"}


@pytest.mark.parametrize("axis", ["batch", "time", "words"])
@pytest.mark.parametrize("name", CALLS)
def test_nothing_at_all_gives_nothing_or_is_refused_in_words(name, axis):
    if axis not in drawn(name).axes:
        return
    got = outcome(name, Draw(**{axis: 0}))
    if isinstance(got, Exception):
        assert_in_words(got, name)
        return
    assert not any(np.isnan(part).any() for part in got if part.dtype.kind == "f")
    many, more = (outcome(name, Draw(**{axis: SIZES[axis] + extra})) for extra in (0, 1))
    if len(more) > len(many):  # a list with an entry for each
        assert not got
    elif name not in NOT_LINEAR:
        assert [part.shape for part in got] == [
            tuple(
                max(0, some - SIZES[axis] * (some_more - some))
                for some, some_more in zip(a.shape, b.shape, strict=True)
            )
            for a, b in zip(many, more, strict=True)
        ]
