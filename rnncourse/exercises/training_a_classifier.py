"""The exercises of chapter 6: back-propagation through time by hand, and a network that reads digits."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from rnncourse import backprop, training
from rnncourse.exercises import alternatives, symptoms
from rnncourse.exercises.definitions import Case, Exercise, Kind, Mistake, Training
from rnncourse.exercises.edits import SharedMistake, changed, of_relatives
from rnncourse.unrolling import run_neuron

TIME, BATCH, FEATURES, UNITS = 5, 4, 2, 6


def _neuron_case(rng: np.random.Generator, time_steps: int = TIME, sign: int = 1) -> Case:
    inputs, w_h = rng.uniform(-1, 1, size=time_steps), sign * float(rng.uniform(0.5, 0.9))
    states = run_neuron(inputs, 0.0, float(rng.uniform(0.5, 1)), w_h, float(rng.uniform(-0.3, 0.3)))
    return {"inputs": inputs, "states": states, "output_gradients": rng.uniform(-1, 1, size=time_steps), "w_h": w_h}


_OVERWRITTEN = "Each turn of the loop overwrites what the turns before have found. Add to the sums: += instead of =."
_OVERWRITING = ("for_w_x +=", "for_w_x ="), ("for_w_h +=", "for_w_h ="), ("for_b +=", "for_b =")
#: Mistakes of back-propagation through time. {t} is how step t is reached in the source, {before} the step before,
#: {steps} how steps are counted, {back} what goes on to the step before; {d}, {h} and {w} are the equation's letters.
_ON_THE_WAY_BACK = (
    SharedMistake(
        "no path through time",
        (("later = {back}", "later = 0"),),
        "Every step is treated as if it stood alone: what comes back from the step after it is missing from {d}_t.",
    ),
    SharedMistake(
        "recurrent weights left out on the way back",
        (("later = {back}", "later = delta"),),
        "On its way from one step to the one before, the gradient meets the recurrent weights {w}_h.",
    ),
    SharedMistake(
        "slope of the tanh left out",
        ((" * (1 - states{t} ** 2)", ""),),
        "The slope of the tanh, 1 - {h}_t², is missing from {d}_t.",
    ),
    SharedMistake(
        "slope of the tanh without the square",
        (("states{t} ** 2", "states{t}"),),
        "The slope of the tanh is 1 - {h}_t², with a square.",
    ),
    SharedMistake(
        "tanh taken once more",
        (("states{t} **", "np.tanh(states{t}) **"),),
        "The states have been through the tanh already: the slope is 1 - {h}_t², without another tanh.",
    ),
    SharedMistake(
        "present state in the gradient of the recurrent weights",
        (("t > 0", "t >= 0"), ("t - 1", "t")),
        "In step t the weights {w}_h met the state before, {h}_(t-1), so {d}_t meets {h}_(t-1), not {h}_t.",
    ),
    SharedMistake(
        "first step looks at the last state",
        (("t > 0", "t >= 0"),),
        "Before step 0 the memory was empty. In Python index t - 1 is the last state of all at t = 0.",
    ),
    SharedMistake(
        "forwards in time",
        (("reversed(range({steps}))", "range({steps})"),),
        "You go from the first step to the last. The gradient comes from later steps: go from the last to step 0.",
    ),
    SharedMistake(
        "step 0 left out",
        (("reversed(range({steps}))", "range({steps} - 1, 0, -1)"),),
        "Step 0 is left out: range stops before its end. It adds nothing to {w}_h, but to {w}_x and b it does.",
    ),
    SharedMistake(
        "last step left out",
        (("reversed(range({steps}))", "reversed(range({steps} - 1))"),),
        "The last step is left out: go through all steps, from the last to step 0.",
    ),
    SharedMistake(
        "only the last output",
        (("output_gradients{t}", "output_gradients{t} * (t == {steps} - 1)"),),
        "Only the last output's gradient is used. Each output's enters at its own step, on top of what comes back.",
    ),
    SharedMistake("sums overwritten", _OVERWRITING, _OVERWRITTEN),
    SharedMistake(
        "sums overwritten, with the empty memory too",
        (*_OVERWRITING, ("if t > 0", "for_w_h = 0 * for_w_h\n        if t > 0")),
        _OVERWRITTEN,
    ),
    SharedMistake(
        "slope of the step before",
        (("(1 - states{t} ** 2)", "(1 - states{before} ** 2)"),),
        "The slope of step t is 1 - {h}_t², of the state that the step made. You took the state before.",
    ),
    SharedMistake(
        "difference squared",
        (("(1 - states{t} ** 2)", "(1 - states{t}) ** 2"),),
        "The slope of the tanh is 1 - {h}_t²: only the state is squared, not the difference.",
    ),
    SharedMistake(
        "slope at what comes back left out",
        (("{t} + later) * (1 - states{t} ** 2)", "{t}) * (1 - states{t} ** 2) + later"),),
        "What comes back from the step after goes through the tanh of step t as well: the slope multiplies both.",
    ),
    SharedMistake(
        "what comes back piles up",
        (("later = {back}", "later = later + {back}"),),
        "What comes back from later steps is added up once more in each turn. {d}_t holds all of it already.",
    ),
)


_neuron = partial(changed, backprop.neuron_bptt)
_IN_THE_NEURON = {"t": "[t]", "before": "[t - 1]", "steps": "len(inputs)", "back": "delta * w_h"}
_IN_THE_NEURON |= {"d": "d", "h": "h", "w": "w"}

neuron_bptt = Exercise(
    name="neuron_bptt",
    kind=Kind.NEW_CASE,
    reference=backprop.neuron_bptt,
    withheld=("bptt",),
    cases=_neuron_case,
    other_cases=(_neuron_case(np.random.default_rng(2), 7, -1),),
    parts=("w_x", "w_h", "b"),
    mistakes=(
        *of_relatives(_ON_THE_WAY_BACK, _neuron, _IN_THE_NEURON),
        Mistake(
            "b gets the output gradients",
            _neuron(("for_b += delta", "for_b += output_gradients[t]")),
            "For b you add up the gradients of the outputs. b stands inside the tanh: add up d_t.",
        ),
        Mistake(
            "mean over the steps",
            lambda *given: tuple(value / len(given[0]) for value in backprop.neuron_bptt(*given)),
            "You took the mean over the steps. All steps share the weights, so their gradients add up.",
        ),
    ),
    hints=(
        "Go through the steps from the last to the first and keep in a variable what comes back from the step after.",
        "In each step: delta = (output_gradients[t] + later) * slope of the tanh. Add to three sums. Then the new "
        "later is delta times one weight.",
        "for t in reversed(range(len(inputs))): … the sums grow by delta * inputs[t], by delta * (the state before) "
        "and by delta. Before t = 0 the state was 0.",
    ),
    points=3,
    difficulty=2,
    minutes=12,
)


def _layer_case(
    rng: np.random.Generator, batch: int = BATCH, time_steps: int = TIME, features: int = FEATURES, units: int = UNITS
) -> Case:
    inputs, recurrent_kernel = (
        rng.uniform(-1, 1, size=(batch, time_steps, features)),
        rng.normal(size=(units, units)) / 2,
    )
    kernel, bias = rng.normal(size=(features, units)), rng.uniform(-0.5, 0.5, size=units)
    return {
        "inputs": inputs,
        "states": backprop.run_layer(inputs, kernel, recurrent_kernel, bias),
        "output_gradients": rng.uniform(-1, 1, size=(batch, time_steps, units)),
        "recurrent_kernel": recurrent_kernel,
    }


_layer = partial(changed, backprop.bptt)
_IN_THE_LAYER = {"t": "[:, t]", "before": "[:, t - 1]", "steps": "inputs.shape[1]"}
_IN_THE_LAYER |= {"back": "delta @ recurrent_kernel.T", "d": "D", "h": "H", "w": "W"}

bptt = Exercise(
    name="bptt",
    kind=Kind.NEW_CASE,
    reference=backprop.bptt,
    cases=_layer_case,
    other_cases=(_layer_case(np.random.default_rng(3), 5, 6, 4, 7),),
    parts=("W_x", "W_h", "b"),
    mistakes=(
        *of_relatives(_ON_THE_WAY_BACK, _layer, _IN_THE_LAYER),
        Mistake(
            "recurrent kernel not transposed",
            _layer(("recurrent_kernel.T", "recurrent_kernel")),
            "Forward, the state went through W_h; backward, the gradient goes through its transpose. W_h is square, so "
            "NumPy cannot notice.",
        ),
        Mistake(
            "gradient of W_h transposed",
            _layer((", for_w_h,", ", for_w_h.T,")),
            "The gradient of W_h is transposed: rows belong to the state that went in, columns to D_t.",
        ),
        Mistake(
            "mean over the batch",
            lambda x, *rest: tuple(gradient / len(x) for gradient in backprop.bptt(x, *rest)),
            "You took the mean over the batch. All instances share the weights, so their gradients add up.",
        ),
        Mistake(
            "bias: mean over the batch",
            _layer(("delta.sum", "delta.mean")),
            "For b you took the mean of the rows of D_t. The same b was added to every row, so add them up.",
        ),
        Mistake(
            "bias not summed over the batch",
            _layer(("for_b += delta.sum(axis=0)", "for_b = for_b + delta")),
            "The gradient of b still has a row for each instance. The same b was added to every row: sum over axis 0.",
        ),
        Mistake(
            "gradient of W_x transposed",
            _layer(("np.asarray(for_w_x),", "np.asarray(for_w_x).T,")),
            "The gradient of W_x is transposed: it has the shape of W_x, rows for the inputs, columns for D_t.",
        ),
    ),
    hints=(
        "It is neuron_bptt with matrices. Write D_t first; its shape is (batch, units), and later has the same shape.",
        "The gradient of a kernel has the shape of the kernel. (features, batch) @ (batch, units) gives "
        "(features, units). And the bias was added to every row.",
        "later = delta @ recurrent_kernel.T; the sums grow by inputs[:, t].T @ delta, by states[:, t - 1].T @ delta "
        "(for t > 0) and by delta.sum(axis=0).",
    ),
    points=4,
    difficulty=3,
    minutes=15,
)


def _gradients_case(rng: np.random.Generator) -> Case:
    return {
        "gradients[0]": rng.normal(size=(FEATURES, UNITS)) * rng.uniform(0.5, 2),
        "gradients[1]": rng.normal(size=(UNITS, UNITS)),
        "gradients[2]": rng.normal(size=UNITS),
        "limit": float(rng.uniform(1, 3)),
    }


_SHORT = {
    "gradients[0]": np.full((4, 3), 0.1),
    "gradients[1]": np.array([[0.2, -0.1, 0.0], [0.0, 0.3, 0.1], [0.1, 0.0, -0.2]]),
    "gradients[2]": np.array([0.1, -0.2, 0.3]),
    "limit": 1.5,
}


def _gradients_and_limit(case: Case) -> Case:
    *gradients, limit = case.values()
    return {"gradients": gradients, "limit": limit}


def _clip(function: Callable[..., Any], case: Case) -> Any:
    return function(*_gradients_and_limit(case).values())


def _norm(gradients: Sequence[np.ndarray]) -> float:
    return math.sqrt(sum(float(np.sum(g**2)) for g in gradients))


clip_by_global_norm = Exercise(
    name="clip_by_global_norm",
    kind=Kind.TRANSCRIPTION,
    reference=backprop.clip_by_global_norm,
    alternatives=(alternatives.clip_by_global_norm,),
    cases=_gradients_case,
    edge_cases=(_SHORT,),
    call=_clip,
    example=_gradients_and_limit,
    parts=("W_x", "W_h", "b"),
    mistakes=(
        Mistake(
            "each array by its own norm",
            lambda gradients, limit: [g * min(1.0, limit / _norm([g])) for g in gradients],
            "Each array is clipped on its own, which bends the direction of the step. There is one norm, of all arrays "
            "together.",
        ),
        Mistake(
            "each element cut",
            lambda gradients, limit: [np.clip(g, -limit, limit) for g in gradients],
            "Each element is cut off at the limit, which bends the direction. Multiply all of them by one number.",
        ),
        Mistake(
            "short gradients stretched",
            lambda gradients, limit: [g * limit / _norm(gradients) for g in gradients],
            "Gradients that are short enough are stretched to the limit. They should stay as they are.",
        ),
        Mistake(
            "not scaled to the limit",
            lambda gradients, limit: [g / max(1.0, _norm(gradients)) for g in gradients],
            "The gradients are divided by their norm, so their length is 1: it should be limit.",
        ),
        Mistake(
            "root left out",
            lambda gradients, limit: [g * min(1.0, limit / _norm(gradients) ** 2) for g in gradients],
            "The norm is the square root of the sum of squares; the root is missing.",
        ),
        Mistake(
            "norms added",
            lambda gradients, limit: [g * min(1.0, limit / sum(_norm([g]) for g in gradients)) for g in gradients],
            "You add up the norms of the arrays. Add up their squares, and take the root once at the end.",
        ),
        Mistake(
            "only one norm counted",
            lambda gradients, limit: [g * min(1.0, limit / max(_norm([g]) for g in gradients)) for g in gradients],
            "You take the norm of the largest array only. All arrays count together.",
        ),
        Mistake(
            "not clipped at all",
            lambda gradients, limit: list(gradients),
            "The gradients come back as they went in. Where their common norm exceeds the limit they must shrink.",
        ),
        Mistake(
            "each array stretched to its own norm",
            lambda gradients, limit: [g * limit / _norm([g]) for g in gradients],
            "Each array is brought to the limit on its own, the short ones too. There is one norm, of all arrays "
            "together, and what is short enough stays.",
        ),
        Mistake(
            "scale the wrong way round",
            lambda gradients, limit: [g * max(1.0, _norm(gradients) / limit) for g in gradients],
            "Long gradients get longer still: the scale is limit by norm, not norm by limit.",
        ),
        Mistake(
            "divided by the limit too",
            lambda gradients, limit: [g / (limit * max(1.0, _norm(gradients) / limit)) for g in gradients],
            "You divide by the limit as well. Where the norm is too large the arrays are multiplied by limit / norm; "
            "otherwise they stay.",
        ),
    ),
    hints=(
        "One number for all arrays: the root of the sum of all squares.",
        "If that norm is larger than limit, multiply every array by limit / norm; otherwise by 1.",
        "norm = np.sqrt(sum(np.sum(g**2) for g in gradients)), then a list with one scaled array for each.",
    ),
    points=2,
    difficulty=2,
    minutes=7,
)


def _logits_case(rng: np.random.Generator) -> Case:
    return {"logits": rng.normal(size=(7, 4)) * 2, "labels": rng.integers(0, 4, size=7)}


#: A network that is very sure of itself, and wrong once: exp(1000) is more than a float can hold.
_SURE = {"logits": np.array([[1000.0, 0, -10], [3, 1, 990], [-1, 0, 2]]), "labels": np.array([0, 1, 2])}

#: Too large for exp as well, but no probability is near 0: tells an overflow from a logarithm of 0.
_LARGE = {"logits": np.array([[1000.0, 999, 998], [2, 1, 0]]), "labels": np.array([1, 0])}

#: No logit is too large for exp, but the rows are far apart: tells the rows' own largest logits from one for all rows.
_APART = {"logits": np.array([[300.0, 299, 298], [-600, -602, -601]]), "labels": np.array([1, 0])}


_ONE_FOR_ALL = (
    "You took off the largest logit of the whole batch. In a row far below it every exp is rounded to 0. Take off each "
    "row's own largest: axis=1, and keepdims=True."
)


_quiet = np.errstate(all="ignore")


def _taken_for_probabilities(logits: np.ndarray, labels: np.ndarray) -> float:
    """What Keras's ``SparseCategoricalCrossentropy()`` makes of logits: cut to 1e-7 … 1 - 1e-7, divided by the sum."""
    shares = np.clip(logits, 1e-7, 1 - 1e-7)
    return float(-np.mean(np.log((shares / np.sum(shares, axis=1, keepdims=True))[np.arange(len(labels)), labels])))


_cost = partial(changed, backprop.cross_entropy)
_NOT_SHIFTED = (" - np.max(logits, axis=1, keepdims=True)", "")
_SHIFTED_ALIKE = ("np.max(logits, axis=1, keepdims=True)", "np.max(logits)")
_DIVIDED = (
    "np.log(np.sum(np.exp(shifted), axis=1)) - right",
    "-np.log(np.exp(right) / np.sum(np.exp(shifted), axis=1))",
)

cross_entropy = Exercise(
    name="cross_entropy",
    kind=Kind.TRANSCRIPTION,
    reference=backprop.cross_entropy,
    withheld=("masked_cross_entropy", "masked_loss", "bits_per_character"),
    alternatives=(alternatives.cross_entropy,),
    cases=_logits_case,
    edge_cases=(_SURE, _LARGE, _APART),
    mistakes=(
        Mistake(
            "overflow",
            _quiet(_cost(_NOT_SHIFTED, _DIVIDED)),
            "Right for small logits. For a logit of 1000 the exponential is infinite: take the largest logit of each "
            "row off first.",
        ),
        Mistake(
            "overflow in the sum",
            _quiet(_cost(_NOT_SHIFTED)),
            "Right for small logits. For a logit of 1000 the exponential is infinite: take the largest logit of each "
            "row off first.",
        ),
        Mistake("largest logit of the whole batch", _quiet(_cost(_SHIFTED_ALIKE)), _ONE_FOR_ALL),
        Mistake("largest logit of the whole batch, divided", _quiet(_cost(_SHIFTED_ALIKE, _DIVIDED)), _ONE_FOR_ALL),
        Mistake(
            "logarithm of a probability that is 0",
            _quiet(_cost(_DIVIDED)),
            "You took the largest logit off, but a very small probability is still rounded to 0, and its logarithm is "
            "minus infinity. Do not divide: log of the sum of exps, minus the shifted logit of the right class.",
        ),
        Mistake(
            "right logit not shifted",
            _cost(("right = shifted", "right = logits")),
            "The largest logit was taken off in the sum only. Take it off the logit of the right class, too.",
        ),
        Mistake(
            "sum instead of mean",
            _cost(("np.mean", "np.sum")),
            "You add the costs of the instances up. The cost of a batch is their mean.",
        ),
        Mistake(
            "sign",
            _cost(("np.mean", "-np.mean")),
            "The sign is wrong: the logarithm of a probability is negative, and a cost should be positive.",
        ),
        Mistake(
            "no logarithm",
            _cost(_DIVIDED, ("-np.log(", "(")),
            "That is the mean probability of the right class. Its logarithm is missing, for each instance by itself.",
        ),
        Mistake(
            "logarithm of the mean",
            _cost(_DIVIDED, ("np.mean(-np.log(", "-np.log(np.mean(")),
            "You take the mean of the probabilities and then the logarithm. First the logarithm, then the mean.",
        ),
        Mistake(
            "softmax over the batch",
            _cost(("axis=1, keep", "axis=0, keep"), ("axis=1)) - right", "axis=0))[labels] - right")),
            "The probabilities of one instance must sum to 1: sum over the classes, axis 1.",
        ),
        Mistake(
            "base 2",
            lambda *given: backprop.cross_entropy(*given) / math.log(2),
            "That is the cost in bits. The natural logarithm, np.log, is meant.",
        ),
        Mistake(
            "all classes",
            _cost(("shifted[np.arange(len(labels)), labels]", "np.mean(shifted, axis=1)")),
            "All classes are counted. Only the right class of each instance is: pick it with its label.",
        ),
        Mistake(
            "every row with every label",
            _cost(("shifted[np.arange(len(labels)), labels]", "np.mean(shifted[:, labels], axis=1)")),
            "A colon takes every row with every label. Pair them up: row 0 with labels[0], row 1 with labels[1], …",
        ),
        Mistake(
            "logits taken for probabilities",
            _quiet(_taken_for_probabilities),
            "The logits are taken for probabilities, as Keras does unless it is told from_logits=True. The softmax is "
            "missing.",
        ),
        Mistake(
            "likeliest class for the right one",
            _cost(("shifted[np.arange(len(labels)), labels]", "np.max(shifted, axis=1)")),
            "You took the largest logit of each row. What counts is the logit of the right class, given by its label.",
        ),
        Mistake(
            "logits not normalised",
            _cost(("np.log(np.sum(np.exp(shifted), axis=1)) - right", "-logits[np.arange(len(labels)), labels]")),
            "You took the logits themselves. First log p: the logit minus the log of the sum of exp over the classes.",
        ),
        Mistake(
            "sum of exp over the whole batch",
            _cost(("np.sum(np.exp(shifted), axis=1)", "np.sum(np.exp(shifted))")),
            "You divide by the sum over the whole batch. The probabilities of one instance sum to 1: axis=1.",
        ),
        Mistake(
            "base 10",
            lambda *given: backprop.cross_entropy(*given) / math.log(10),
            "That is the logarithm to base 10. The natural logarithm, np.log, is meant.",
        ),
    ),
    hints=(
        "Take the largest logit of each row off, and the row's probabilities stay the same, but no exp can overflow.",
        "The log of a probability is shifted logit minus log of the sum of exps: no division needed.",
        "shifted[np.arange(len(labels)), labels] picks the logit of the right class in every row.",
    ),
    points=2,
    difficulty=2,
    minutes=8,
)


def _schedule_case(rng: np.random.Generator) -> Case:
    steps = int(rng.integers(80, 200))
    warm_up = int(rng.integers(10, 30))
    return {
        "step": int(rng.integers(warm_up + 5, steps - 5)),
        "steps": steps,
        "warm_up": warm_up,
        "peak": float(rng.uniform(0.5, 3)),
    }


def _at(step: int) -> Case:
    return {"step": step, "steps": 90, "warm_up": 12, "peak": 2.0}


_rate = partial(changed, training.warm_up_cosine)
_COSINE = "(1 + math.cos(math.pi * share)) / 2"

warm_up_cosine = Exercise(
    name="warm_up_cosine",
    kind=Kind.TRANSCRIPTION,
    reference=training.warm_up_cosine,
    alternatives=(alternatives.warm_up_cosine,),
    cases=_schedule_case,
    edge_cases=(_at(0), _at(5), _at(12), _at(51), _at(90)),
    mistakes=(
        Mistake(
            "no warm-up",
            _rate(("peak * step / warm_up", "peak")),
            "The rate is at its peak from the start. In the first warm_up steps it grows in a straight line from 0.",
        ),
        Mistake(
            "no decay",
            _rate(("math.cos(math.pi * share)", "1")),
            "After the warm-up the rate stays at its peak. It should fall along a cosine to 0 at the last step.",
        ),
        Mistake(
            "warm-up without an end",
            lambda step, steps, warm_up, peak: peak * step / warm_up,
            "The rate goes on growing after the warm-up. From step warm_up on it falls along a cosine.",
        ),
        Mistake(
            "straight line instead of a cosine",
            _rate((_COSINE, "(1 - share)")),
            "After the warm-up the rate falls in a straight line. It should follow a cosine.",
        ),
        Mistake(
            "whole range of the cosine",
            _rate((_COSINE, "math.cos(math.pi * share)")),
            "A cosine goes from 1 to -1: a negative learning rate climbs the hill. Add 1 and take half.",
        ),
        Mistake(
            "half left out",
            _rate(("share)) / 2", "share))")),
            "After the warm-up the rate is twice what it should be: 1 + cos starts at 2, so take half of it.",
        ),
        Mistake(
            "quarter of the cosine",
            _rate((_COSINE, "math.cos(math.pi * share / 2)")),
            "Your cosine makes a quarter of a turn, from 1 to 0. Half a turn is meant, from 1 to -1, then raised.",
        ),
        Mistake(
            "cosine from step 0",
            _rate(("(step - warm_up) / (steps - warm_up)", "step / steps")),
            "The cosine begins at step 0, so the rate jumps when the warm-up ends. It begins at step warm_up.",
        ),
        Mistake(
            "decay too long",
            _rate(("/ (steps - warm_up)", "/ steps")),
            "The rate does not reach 0 at the last step: the decay has steps - warm_up steps, not steps.",
        ),
        Mistake(
            "peak left out",
            lambda step, steps, warm_up, peak: training.warm_up_cosine(step, steps, warm_up, 1.0),
            "The shape is right, the height is 1: multiply by peak.",
        ),
        Mistake(
            "one step ahead in the warm-up",
            _rate(("peak * step", "peak * (step + 1)")),
            "The warm-up is one step ahead: at step 0 the rate is 0, and it reaches peak at step warm_up.",
        ),
        Mistake(
            "pi left out",
            _rate(("math.pi * share", "share")),
            "Your cosine does not reach its end: over the whole decay its angle goes from 0 to pi.",
        ),
        Mistake(
            "whole turn of the cosine",
            _rate(("math.pi * share", "2 * math.pi * share")),
            "Your cosine makes a whole turn and comes back up. Half a turn is meant: the angle goes from 0 to pi.",
        ),
        Mistake(
            "sine for cosine",
            _rate(("math.cos(", "math.sin(")),
            "You took the sine. The decay follows a cosine, which starts at 1 and ends at -1.",
        ),
        Mistake(
            "sign of the cosine",
            _rate(("1 + math.cos", "1 - math.cos")),
            "After the warm-up the rate grows where it should fall: look at the sign before the cosine.",
        ),
        Mistake(
            "warm-up over all steps",
            _rate(("step / warm_up", "step / steps")),
            "In the warm-up the rate grows too slowly: at step warm_up it is to be at its peak.",
        ),
    ),
    hints=(
        "Two formulas and one if: before step warm_up a straight line, from there on a cosine.",
        "How much of the decay is over? (step - warm_up) of (steps - warm_up) steps, a share from 0 to 1.",
        "peak * step / warm_up, else peak * (1 + math.cos(math.pi * share)) / 2.",
    ),
    points=2,
    difficulty=1,
    minutes=6,
)


BAR = 0.95


digit_reader = Training(
    name="digit_reader",
    kind=Kind.COPY,
    score=symptoms.accuracy_on_held_out,
    measure="accuracy",
    bar=BAR,
    higher_is_better=True,
    mistakes=symptoms.DIGITS,
    refuses=symptoms.no_keras_model,
    shapes=symptoms.READS_DIGITS,
    recipe="""
keras.utils.set_random_seed(1)
digit_reader = rnncourse.mnist_classifier()
rate_and_clip = rnncourse.recipe_optimizer(2 * int(np.ceil(len(train.labels) / 150)))
told = rnncourse.fit(digit_reader, train.images, train.labels, epochs=2, optimizer=rate_and_clip)
""",
    hints=(
        "model = rnncourse.mnist_classifier() makes the network; rnncourse.fit(…) trains it, as in the cells above.",
        "Use train.images and train.labels as they are, two or three epochs, and a new optimizer.",
        "recipe_optimizer wants the number of all steps: epochs times the batches of an epoch. A new optimizer and a "
        "new model for each try.",
    ),
    points=3,
    difficulty=2,
    minutes=10,
)

EXERCISES = (neuron_bptt, bptt, cross_entropy, clip_by_global_norm, warm_up_cosine, digit_reader)
