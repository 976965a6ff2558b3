"""The trace: on planted mistakes in right answers, and on mistakes that learners make."""

from __future__ import annotations

import random
import textwrap
from collections import Counter

import numpy as np
import pytest

import rnncourse
from rnncourse.checking.diagnosis.trace import find, lost_at
from rnncourse.exercises import CHAPTERS, Exercise
from rnncourse.exercises import find as exercise_of
from rnncourse.exercises.definitions import Design, Kind

from .planting import evidence_of, judged, made, plants
from answers import plain_source_of, written
from exercises.chapters import ALTERNATIVES

#: A design's numbers have no place in a right answer: many others do the same.
EXERCISES = [
    exercise
    for exercises in CHAPTERS.values()
    for exercise in exercises
    if isinstance(exercise, Exercise) and not isinstance(exercise.call, Design)
]
#: How many mistakes are planted here; ``benchmarks/planted_mistakes.py`` plants all that there are.
SAMPLE = 30


def said(name, source):
    function = written(source, name, {"np": np, "rnncourse": rnncourse})
    return find(evidence_of(exercise_of(name), function), function)


def test_a_planted_mistake_is_placed_or_nothing_is_said():
    """Right answers that the trace does not know, with one mistake each: the place, or silence."""
    draw, found, wrong = random.Random(7), Counter(), []
    rights = [(e, f) for e in EXERCISES for f in ALTERNATIVES[e.name] if f not in e.alternatives and plain_source_of(f)]
    while found.total() < SAMPLE:
        exercise, right = draw.choice(rights)
        every = [*plants(plain_source_of(right))]
        if not every:
            continue
        planted = draw.choice(every)
        function = made(right, planted)
        how = judged(planted, evidence_of(exercise, function), function)
        if how:
            found[how] += 1
        if how == "wrong":
            wrong.append((right.__name__, planted.what))
    assert found["place"] + found["second line"] > 0.15 * SAMPLE, found  # a third of all; few draws, one number
    assert not wrong, wrong


LSTM = """
def lstm_step(inputs, state, kernel, recurrent_kernel, bias):
    h, c = state
    z = inputs @ kernel + h @ recurrent_kernel + bias
    i, f, g, o = np.split(z, 4, axis=1)
    i, f, o = rnncourse.sigmoid(i), rnncourse.sigmoid(f), rnncourse.sigmoid(o)
    g = np.tanh(g)
    c = f * c + i * g
    h = o * np.tanh(c)
    return h, c
""".lstrip()


@pytest.mark.parametrize(
    ("right", "wrong", "words"),
    [
        ("f * c", "(1 - f) * c", "`(1 - f) * c` in line 7"),
        ("h @ recurrent_kernel", "h @ recurrent_kernel[::-1]", "`h @ recurrent_kernel[::-1]` in line 3"),
        ("o * np.tanh(c)", "o * c", "`o * c` in line 8"),
        (" + bias", "", "`inputs @ kernel + h @ recurrent_kernel` in line 3"),
        ("g = np.tanh(g)", "g = g", "`i * g` in line 7"),
        ("return h, c", "return h, g", "What you return, `(h, g)` in line 9 (`np.tanh(g)` in line 6), is on a right"),
    ],
)
def test_the_place_in_a_step(right, wrong, words):
    assert LSTM.count(right) == 1
    assert words in said("lstm_step", LSTM.replace(right, wrong))


def test_the_first_of_two_mistakes_is_named():
    twice = LSTM.replace("i * g", "(i + g)").replace("np.tanh(c)", "c")
    assert "`i + g` in line 7" in said("lstm_step", twice)


def test_a_loop_that_starts_wrong():
    words = said(
        "bptt",
        """
def bptt(inputs, states, output_gradients, recurrent_kernel):
    w_x, w_h, b, later = 0, np.zeros(recurrent_kernel.shape), 0, 0
    for t in reversed(range(inputs.shape[1])):
        delta = (output_gradients[:, t] + later) * (1 - states[:, t] ** 2)
        w_x += inputs[:, t].T @ delta
        w_h += states[:, t - 1].T @ delta if t else 0
        b += delta.sum(axis=0)
        later = delta @ recurrent_kernel
    return w_x, w_h, b
""".lstrip(),
    )
    assert "`delta @ recurrent_kernel` in line 8 (in round 1 of the loop, t = 4) is made of it and is the" in words


def test_a_sure_place_alone_is_named_where_more_is_known_already():
    function = written(LSTM.replace("np.tanh(c)", "c"), "lstm_step", {"np": np, "rnncourse": rnncourse})
    evidence = evidence_of(exercise_of("lstm_step"), function)
    assert find(evidence, function, only_if_sure=True) == find(evidence, function) is not None
    returned = written(LSTM.replace("return h, c", "return h, g"), "lstm_step", {"np": np, "rnncourse": rnncourse})
    assert find(evidence_of(exercise_of("lstm_step"), returned), returned, only_if_sure=True) is None


def test_a_value_that_was_right_in_the_first_round_is_not_accused():
    words = said(
        "beam_search",
        """
def beam_search(log_probabilities, width, longest, end=2, power=0.0):
    beam = [(0.0, ())]
    for _ in range(longest):
        every = []
        for score, tokens in beam:
            if end in tokens:
                every.append((score, tokens))
            else:
                gains = log_probabilities(tokens)
                every += [(score + gain, (*tokens, token)) for token, gain in enumerate(gains)]
        beam = sorted(every, key=lambda one: one[0])[:width]
    score, tokens = max(beam, key=lambda one: one[0] / len(one[1]) ** power)
    return np.array(tokens), float(score)
""".lstrip(),
    )
    assert "`score + gain` in line 10 is on a right way at first, but not in every round of the loop" in words


def test_a_helper_of_the_learners_is_followed():
    words = said(
        "rnn_step",
        """
def drive(inputs, kernel, bias):
    return inputs @ kernel - bias

def rnn_step(inputs, state, kernel, recurrent_kernel, bias):
    return np.tanh(drive(inputs, kernel, bias) + state @ recurrent_kernel)
""".lstrip(),
    )
    assert "`inputs @ kernel - bias` in line 2 of drive" in words


def test_before_an_error_the_last_value_on_a_way_is_named():
    words = said(
        "rnn_step",
        """
def rnn_step(inputs, state, kernel, recurrent_kernel, bias):
    drive = inputs @ kernel
    return np.tanh(drive + state @ kernel + bias)
""".lstrip(),
    )
    assert words == "The last value before the error that I find on a right way is `inputs @ kernel` in line 2."


def test_the_text_of_an_expression_is_cut():
    long = LSTM.replace("f * c + i * g", "f * c + i * g * np.ones((1, 1)) * np.ones((1, 1)) * np.ones((1, 1)) * 2")
    assert max(map(len, said("lstm_step", long).split("`")[1::2])) <= 60


@pytest.mark.parametrize(
    "source",
    [
        "lstm_step = lambda *given: rnncourse.lstm_step(*given)[::-1]\n",
        "from functools import partial\nlstm_step = partial(rnncourse.lstm_step)\n",
        "def lstm_step(*given):\n    yield 1\n",
    ],
)
def test_without_a_plain_function_nothing_is_said(source):
    assert said("lstm_step", source) is None


def test_a_right_answer_has_no_place():
    assert said("lstm_step", LSTM) is None


def test_without_a_source_nothing_is_said():
    space = {"np": np, "rnncourse": rnncourse}
    exec(LSTM.replace("f * c", "c"), space)
    assert find(evidence_of(exercise_of("lstm_step"), space["lstm_step"]), space["lstm_step"]) is None


def test_the_learners_variables_and_random_numbers_stay_as_they_are():
    source = LSTM.replace("    h, c = state", "    calls.append(1); np.random.normal(); h, c = state").replace(
        "f * c", "c"
    )
    function = written(source, "lstm_step", {"np": np, "rnncourse": rnncourse, "calls": []})
    evidence = evidence_of(exercise_of("lstm_step"), function)
    names, state = set(function.__globals__), np.random.get_state()[1].tolist()
    assert find(evidence, function)
    assert set(function.__globals__) == names
    assert np.random.get_state()[1].tolist() == state


WRONG = LSTM.replace("f * c", "c")
ODD = {
    "a class with __call__": "class Step:\n    def __call__(self, *given):\n"
    "        return rnncourse.lstm_step(*given)[::-1]\nlstm_step = Step()\n",
    "decorated": f"import functools\n@functools.cache\n{WRONG}",
    "wrapped": f"import functools\n{WRONG}\ninner = lstm_step\n@functools.wraps(inner)\ndef lstm_step(*given):\n"
    "    return inner(*given)\n",
    "a method": f"class All:\n{textwrap.indent(WRONG.replace('(inputs', '(self, inputs'), '    ')}\n"
    "lstm_step = All().lstm_step\n",
    "partial": f"import functools\n{WRONG}\nlstm_step = functools.partial(lstm_step)\n",
    "exec in exec": f"exec({WRONG!r})\n",
    "changed since": f"{WRONG}\nlstm_step.__code__ = (lambda *given: rnncourse.lstm_step(*given)[::-1]).__code__\n",
}


@pytest.mark.parametrize("kind", ODD)
def test_what_is_no_plain_function_takes_no_harm(kind):
    function = written(ODD[kind], "lstm_step", {"np": np, "rnncourse": rnncourse})
    evidence = evidence_of(exercise_of("lstm_step"), function)
    assert lost_at(evidence, function) is None


def test_an_answer_that_is_another_in_every_call_has_no_place():
    source = LSTM.replace("h, c = state", "CALLS.append(1); h, c = state").replace("f * c", "f * c * len(CALLS)")
    assert said("lstm_step", f"{source}CALLS = []\n") is None


def test_a_cell_of_a_closure_that_is_still_empty_is_no_fault_of_ours():
    source = f"""
def make():
{textwrap.indent(WRONG.replace("h, c = state", "h, c = state; later if c is None else 0"), "    ")}
    made = lstm_step
    return made
    later = 3
lstm_step = make()
"""
    assert said("lstm_step", source) is None


def test_a_learners_object_that_raises_when_it_is_looked_at_does_no_harm():
    sore = "class Sore:\n    dtype = 3\n    def numpy(self):\n        raise RuntimeError\n    __eq__ = numpy\n"
    looked_at = WRONG.replace("h, c = state", "h, c = state; sore = Sore()")
    assert "`c + i * g` in line 7" in said("lstm_step", f"{looked_at}{sore}    __hash__ = None\n")


class Keeping:
    """A cell that is an object: each call may use what was added to it."""

    def __init__(self):
        self.more = 0.0

    def __call__(self, x):
        return np.tanh(x + 0.5) + self.more

    def train(self, amount):
        self.more += amount


def trained(series, cell):
    """What a cell says of each entry, trained on it afterwards."""
    said = []
    for x in series:
        said.append(cell(x))
        cell.train(0.1 * x)
    return np.array(said)


def test_an_object_that_a_round_has_changed_is_not_the_place_itself():
    exercise = Exercise(
        name="trained",
        kind=Kind.ASSEMBLY,
        reference=trained,
        cases=lambda rng: {"series": rng.normal(size=5), "cell": Keeping()},
        mistakes=(),
        hints=(),
        points=1,
        difficulty=1,
        minutes=1,
    )
    source = """
def trained(series, cell):
    said = []
    for x in series:
        said.append(cell(x))
        cell.train(-0.1 * x)
    return np.array(said)
"""
    function = written(source, "trained", {"np": np})
    words = find(evidence_of(exercise, function), function)
    assert words is not None
    assert words.startswith("`cell(x)` in line 5 is on a right way at first, but not in every round of the loop: what")


# ------------------------------------------------------------------------------- what is on a right way by chance
REST = """
def resting_share(w_h):
    h = 1.0
    for _ in range({rounds}):
        h = float(np.tanh({before_tanh}))
    return h, w_h * (1 - h**2)
""".lstrip()


def test_a_loop_that_ends_early_is_told_from_a_wrong_place():
    """What follows the loop is right, of what the loop hands on: it is not the place."""
    words = said("resting_share", REST.format(rounds=5, before_tanh="w_h * h"))
    assert words == "`np.tanh(w_h * h)` in line 4 is on a right way, but a right loop goes on from there: " + (
        "does yours end too early?"
    )


def test_a_loop_of_other_values_does_not_end_early():
    assert "end too early" not in (said("resting_share", REST.format(rounds=5, before_tanh="w_h * h + 0.1")) or "")


SEARCH = """
def temperature_for(logits, share):
    below = logits - np.max(logits)
    low, high = 1e-3, 1e3
    for _ in range(60):
        middle = np.sqrt(low * high)
        reached = np.exp({what} / middle) / np.sum(np.exp(below / middle))
        low, high = (middle, high) if reached > share else (low, middle)
    return float(middle)
""".lstrip()


def test_a_search_that_ends_at_its_bound_has_not_found_a_right_value():
    assert "right way" not in (said("temperature_for", SEARCH.format(what="below[0]")) or "")


DOWN = """
def descend(inputs, targets, weights, rate, steps, limit):
    targets = np.roll(targets, 1, axis=1)
    for _ in range(steps):
        kernel, recurrent_kernel, bias, output_kernel, output_bias = weights
        states = rnncourse.run_layer(inputs, kernel, recurrent_kernel, bias)
        errors = states @ output_kernel + output_bias - targets
        slopes = 2 * errors / errors.size
        through_time = rnncourse.bptt(inputs, states, slopes @ output_kernel.T, recurrent_kernel)
        for_kernel = np.einsum("btu,bto->uo", states, slopes)
        gradients = [*through_time, for_kernel, slopes.sum(axis=(0, 1))]
        clipped = rnncourse.clip_by_global_norm(gradients, limit)
        weights = [array - rate * gradient for array, gradient in zip(weights, clipped)]
    return weights
""".lstrip()


def test_a_sum_that_is_right_by_chance_does_not_clear_what_was_added_up():
    """The targets are put to other steps: their sum, and the gradient of the last bias, stay as they are."""
    words = said("descend", DOWN) or ""
    assert "line 8" not in words
    assert "line 10" not in words
