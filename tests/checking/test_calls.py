"""Asking a learner's function, whatever it does, and what is left alone."""

from __future__ import annotations

import dataclasses
import random
import signal
import subprocess
import sys
import threading
import time
from collections import deque, namedtuple
from concurrent.futures import Executor

import numpy as np
import pytest
import tensorflow as tf

import rnncourse
from rnncourse.checking import check as module
from rnncourse.checking.calls import Ending, ask
from rnncourse.checking.check import PRACTICE_SEED, Status, example
from rnncourse.exercises import find

from answers import judged, raises_in_a_line, returning, right, written


def test_the_learners_line_is_shown():
    found = judged(raises_in_a_line)
    assert "ValueError: cannot reshape array of size 5 into shape (2,7)" in found.advice
    assert "shift = bias.reshape(2, 7)" in found.advice


def forgets_the_weights(inputs, h, w_x, w_h, b):
    return [rnncourse.neuron_step(x, h) for x in inputs]


def gives_too_many(inputs, h, w_x, w_h, b):
    return np.transpose(inputs, 1, 0, 2)


@pytest.mark.parametrize(
    ("function", "error"),
    [
        (forgets_the_weights, "TypeError: neuron_step() missing 3 required positional arguments"),
        (gives_too_many, "positional arguments but 4 were given"),
    ],
)
def test_a_wrong_call_inside_the_function_is_not_blamed_on_its_own_arguments(function, error):
    advice = judged(function, "run_neuron").advice
    assert error in advice
    assert "keep the arguments of the exercise" not in advice
    assert "In your code, line " in advice


def test_an_unwritten_helper_is_named():
    def neuron_step(x, h, w_x, w_h, b):
        raise NotImplementedError()

    def run_neuron(inputs, h, w_x, w_h, b):
        return [neuron_step(x, h, w_x, w_h, b) for x in inputs]

    found = judged(run_neuron, "run_neuron")
    assert found.status is Status.NOT_ATTEMPTED
    assert found.advice == "It calls neuron_step, which still raises NotImplementedError. Write that one first."


def test_what_a_library_has_not_implemented_is_an_error_of_the_learners_line():
    def run_with_lengths(step, inputs, state, lengths):
        return Executor().submit(step, inputs, state)

    found = judged(run_with_lengths, "run_with_lengths")
    assert found.status is Status.WRONG
    assert found.advice.startswith("NotImplementedError")
    assert "In your code, line " in found.advice
    assert "still raises" not in found.advice


HALF_WRITTEN = """
def rnn_step(inputs, state, kernel, recurrent_kernel, bias):
    'h_t = tanh(x_t W_x + h_(t-1) W_h + b)'
    total = inputs @ kernel
    {}
"""


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("raise NotImplementedError()", "Your code is there, but line 5 still raises NotImplementedError: take that"),
        ("if bias.any(): raise NotImplementedError", "Your code is there, but line 5 still raises NotImplementedError"),
        ("raise ValueError", "ValueError"),
    ],
)
def test_a_line_that_was_left_in_half_written_code_is_named(line, words):
    found = judged(written(HALF_WRITTEN.format(line), "rnn_step", {}))
    assert found.advice.startswith(words)
    assert (found.status is Status.NOT_ATTEMPTED) == ("NotImplemented" in line)


def test_an_untouched_function_is_told_so():
    untouched = HALF_WRITTEN.replace("total = inputs @ kernel", "# YOUR CODE HERE").format(
        "raise NotImplementedError()"
    )
    found = judged(written(untouched, "rnn_step", {}))
    assert found.advice == "It still raises NotImplementedError. Write your code in its place and run the cell."


def learners_at_work():
    return [thread for thread in threading.enumerate() if thread.name == "learner" and thread.is_alive()]


def hurried(function):
    """The verdict with a time limit that a test can wait for."""
    return module.evaluate(dataclasses.replace(find("rnn_step"), seconds=0.3), function, PRACTICE_SEED)


@pytest.mark.parametrize("body", ["pass", "time.sleep(0.01)", "sum(range(1000))"])
def test_an_endless_loop_ends_in_a_message(body):
    space = {"time": time}
    exec(f"def rnn_step(*arguments):\n    while True:\n        {body}", space)
    found = hurried(space["rnn_step"])
    assert found.status is Status.WRONG
    assert found.advice.startswith("It did not finish within 0.3 s. Is there a loop that never ends?\n")
    assert not learners_at_work()


def test_a_loop_that_cannot_be_stopped_is_said_to_be_there():
    over = threading.Event()

    def rnn_step(*arguments):
        while not over.is_set():
            try:
                time.sleep(0.01)
            except:  # noqa: E722, as beginners do
                continue

    try:
        assert "restart the kernel" in hurried(rnn_step).advice
        assert learners_at_work()
    finally:
        over.set()
        for thread in learners_at_work():
            thread.join()


@pytest.fixture
def hears_the_stop_button():
    """A process that a shell started in the background ignores SIGINT; a kernel does not."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("hears_the_stop_button")
def test_the_stop_button_ends_the_learners_loop_too():
    def rnn_step(*arguments):
        time.sleep(0.2)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)  # what Jupyter's stop button sends
        while True:
            time.sleep(0.01)

    with pytest.raises(KeyboardInterrupt):
        judged(rnn_step)
    assert not learners_at_work()


def test_prints_are_caught_and_shown(capsys):
    def rnn_step(inputs, state, kernel, recurrent_kernel, bias):
        print("inputs are", inputs.shape)
        print("careful", file=sys.stderr)
        return inputs

    found = judged(rnn_step)
    assert capsys.readouterr() == ("", "")
    assert "It printed: inputs are (4, 3)" in found.advice


def test_long_prints_are_cut():
    advice = judged(returning(lambda *a: print("x" * 10_000))).advice
    assert "(10000 characters in all)" in advice
    assert len(advice) < 1000


def test_warnings_of_the_learners_code_stay_in_the_check(capsys, recwarn):
    code = "import numpy as np, rnncourse\nfrom rnncourse import check\n"
    code += "def neuron_step(x, h, w_x, w_h, b):\n    return np.log(-1.0) + x\ncheck(neuron_step)\n"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert "not finite" in done.stdout


def test_random_state_and_arguments_are_left_alone():
    def rnn_step(inputs, state, kernel, recurrent_kernel, bias):
        np.random.seed(0)
        random.seed(0)
        inputs *= 0
        return np.random.normal(size=state.shape)

    np.random.seed(7)
    random.seed(7)
    expected = np.random.random(3).tolist(), random.random()
    np.random.seed(7)
    random.seed(7)
    first, second = judged(rnn_step), judged(rnn_step)
    assert (np.random.random(3).tolist(), random.random()) == expected
    assert first == second
    case = example("rnn_step")
    np.testing.assert_array_equal(case["inputs"], example("rnn_step")["inputs"])
    assert np.abs(case["inputs"]).min() > 0


def test_the_same_learner_sees_the_same_verdict_with_random_numbers():
    noisy = returning(lambda inputs, state, *a: state + np.random.normal(size=state.shape))
    assert judged(noisy) == judged(noisy)


def test_changing_an_argument_in_place_is_right_with_a_remark():
    def rnn_step(inputs, state, kernel, recurrent_kernel, bias):
        state[:] = right(inputs, state, kernel, recurrent_kernel, bias)
        return state

    found = judged(rnn_step)
    assert found.status is Status.RIGHT
    assert "changes its argument state in place" in found.advice


def test_a_list_of_arrays_that_is_changed_in_place_is_noticed():
    def shorten(arrays):
        arrays[1] += 1
        return arrays[0]

    lists = dataclasses.replace(
        find("rnn_step"), name="shorten", reference=lambda arrays: arrays[0], mistakes=(), other_cases=(),
        cases=lambda rng: {"arrays": [rng.normal(size=(2, 3)), rng.normal(size=(2, 3))]},
    )  # fmt: skip
    assert "changes its argument arrays in place" in module.evaluate(lists, shorten, PRACTICE_SEED).advice
    assert module.evaluate(lists, lambda arrays: arrays[0], PRACTICE_SEED).advice == ""


class EqualsEverything(np.ndarray):
    def __eq__(self, other):
        return np.ones(self.shape, dtype=bool)

    def __sub__(self, other):
        return np.zeros(self.shape)

    def __array_function__(self, *args, **kwargs):
        return True


def test_an_array_that_equals_everything_is_compared_by_its_numbers():
    assert judged(returning(lambda *a: np.zeros((4, 5)).view(EqualsEverything))).status is Status.WRONG
    assert judged(returning(lambda *a: right(*a).view(EqualsEverything))).status is Status.RIGHT


# ------------------------------------------------------------------------------------- right in many containers
LSTM = find("lstm_step")
CASE = LSTM.make_cases(PRACTICE_SEED)[0]
Pair = namedtuple("Pair", "h c")


@pytest.mark.parametrize(
    "pack",
    [np.stack, np.array, tf.stack, list, tuple, deque, lambda pair: Pair(*pair), lambda pair: np.float32(pair)],
)
def test_an_array_as_long_as_the_parts_is_taken_apart_as_any_list_is(pack):
    outcome = ask(LSTM.as_call(), lambda *given: pack(rnncourse.lstm_step(*given)), CASE)
    assert outcome.ending is Ending.RETURNED
    for got, expected in zip(outcome.values, rnncourse.lstm_step(*CASE.values()), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-5)


@pytest.mark.parametrize(
    "answer",
    [
        lambda *given: rnncourse.lstm_step(*given)[0],
        lambda *given: np.concatenate(rnncourse.lstm_step(*given), axis=1),
        lambda *given: np.float64(3),
        lambda *given: "hc",
    ],
)
def test_an_array_of_another_length_is_one_result(answer):
    outcome = ask(LSTM.as_call(), answer, CASE)
    assert outcome.ending is Ending.UNUSABLE
    assert "expected 2 results: h, c." in outcome.text


@pytest.mark.parametrize("name", ["run_two_steps", "lstm_step", "fit_causal_linear", "attend", "bptt"])
def test_no_case_has_a_batch_that_could_pass_for_its_parts(name):
    """A single result, returned alone, is not to be taken apart by chance."""
    exercise = find(name)
    for case in exercise.make_cases(PRACTICE_SEED):
        results = exercise.reference(*case.values())
        assert all(len(result) != len(exercise.parts) for result in results)


class OfAnotherLibrary:
    """An array as PyTorch or pandas has it."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.values, dtype)


@pytest.mark.parametrize("pack", [OfAnotherLibrary, np.asarray, np.ndarray.tolist, tf.Variable])
def test_arrays_of_any_library_are_numbers(pack):
    assert judged(returning(lambda *a: pack(right(*a)))).status is Status.RIGHT


def test_a_class_of_arrays_is_no_array():
    assert "It returned a type, expected numbers" in judged(returning(lambda *a: np.ndarray)).advice
