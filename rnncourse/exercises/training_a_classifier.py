"""The exercises of chapter 6: back-propagation through time by hand, and a network that reads digits."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

import numpy as np

from rnncourse import backprop, training
from rnncourse.exercises import alternatives, symptoms
from rnncourse.exercises.definitions import Case, Exercise, Kind, Mistake, Question, Training
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
    minutes=10,
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
    other_cases=(_layer_case(np.random.default_rng(3), 3, 6, 4, 8),),
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
    minutes=12,
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


_IN_A_HURRY = changed(
    alternatives.clip_by_global_norm,
    (
        "    total = 0.0\n    for gradient in gradients:\n        total += np.sum(gradient**2)\n"
        "    norm = np.sqrt(total)\n    if norm <= limit:\n        return gradients\n"
        "    return [gradient * limit / norm for gradient in gradients]",
        "    shortened = []\n    for gradient in gradients:\n        norm = np.sqrt(np.sum(gradient**2))\n"
        "        shortened.append(gradient * min(1.0, limit / norm))\n    return shortened",
    ),
)

clip_by_global_norm = Exercise(
    name="clip_by_global_norm",
    kind=Kind.BUG,
    starts_from="each array by its own norm",
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
            _IN_A_HURRY,
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
            "comparison the wrong way round",
            lambda gradients, limit: [g * max(1.0, limit / _norm(gradients)) for g in gradients],
            "Long gradients stay as they are, and short ones are stretched: the comparison of norm and limit is the "
            "wrong way round.",
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
    minutes=6,
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
    kind=Kind.DESIGN,
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
        *(
            Mistake(
                f"{small:g} inside the logarithm",
                _quiet(_cost(_DIVIDED, ("-np.log(", f"-np.log({small:g} + "))),
                "A small number inside the logarithm avoids the infinity, and makes every large cost too small: the "
                "probability itself is not to be made. Log of the sum of exps, minus the logit of the right class.",
            )
            for small in (1e-7, 1e-8, 1e-9, 1e-10, 1e-12)
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


def _descent_case(
    rng: np.random.Generator,
    sizes: tuple[int, ...] = (BATCH, TIME, FEATURES, UNITS, 3),
    rate: float = 0.8,
    steps: int = 3,
    limit: float = 0.3,
) -> Case:
    """A layer with a read-out, and targets that are not what it says; at a limit of 0.3 each step is shortened."""
    batch, time_steps, features, units, outputs = sizes
    shapes = (features, units), (units, units), (units,), (units, outputs), (outputs,)
    weights = {f"weights[{place}]": rng.uniform(-0.7, 0.7, size=shape) for place, shape in enumerate(shapes)}
    return {
        "inputs": rng.uniform(-1, 1, size=(batch, time_steps, features)),
        "targets": rng.uniform(-1.5, 1.5, size=(batch, time_steps, outputs)),
        **weights,
        "rate": rate * float(rng.uniform(0.7, 1.3)),
        "steps": steps,
        "limit": limit,
    }


def _with_weights(case: Case) -> Case:
    inputs, targets, *weights, rate, steps, limit = case.values()
    return {
        "inputs": inputs,
        "targets": targets,
        "weights": weights,
        "rate": rate,
        "steps": steps,
        "limit": limit,
    }


def _descend(function: Callable[..., Any], case: Case) -> Any:
    return function(*_with_weights(case).values())


_down = partial(changed, backprop.descend)
_THROUGH = ("bptt(inputs, states,", "through(inputs, states,")
_CLIPPED = "clip_by_global_norm(gradients, limit)"
_UPDATE = "array - rate * gradient for array, gradient in zip(weights, clipped, strict=True)"
_WRONG_BPTT = "The way down is right, the gradients that your bptt returns are not: "

descend = Exercise(
    name="descend",
    kind=Kind.ASSEMBLY,
    reference=backprop.descend,
    alternatives=(alternatives.descend,),
    cases=_descent_case,
    other_cases=(
        _descent_case(np.random.default_rng(4), (5, 7, 3, 4, 2), rate=0.3, steps=5, limit=50.0),
        _descent_case(np.random.default_rng(5), (1, 6, 1, 2, 1), rate=0.5, steps=4, limit=1.0),
    ),
    call=_descend,
    example=_with_weights,
    parts=("W_x", "W_h", "b", "W_y", "b_y"),
    mistakes=(
        Mistake(
            "nothing moves",
            _down((_UPDATE, "array for array, gradient in zip(weights, clipped, strict=True)")),
            "All five arrays come back as they went in. Keep what a step makes in weights, so that the next turn of "
            "the loop starts there and the last one is returned.",
        ),
        Mistake(
            "uphill",
            _down(("array - rate", "array + rate")),
            "The sign of the step: the gradient points to where the cost grows, so a step down goes against it.",
        ),
        Mistake(
            "rate not used",
            _down(("rate * gradient", "gradient")),
            "The learning rate is not used: each step is as long as the gradient itself. Multiply by rate.",
        ),
        Mistake(
            "recurrent weights frozen",
            _down((_UPDATE, "a if i == 1 else a - rate * g for i, (a, g) in enumerate(zip(weights, clipped))")),
            "W_h never moves: its gradient is left out of the step, so the memory stays as it was drawn.",
        ),
        Mistake(
            "only the read-out learns",
            _down((_UPDATE, "a if i < 3 else a - rate * g for i, (a, g) in enumerate(zip(weights, clipped))")),
            "Only W_y and b_y move. The cell has to learn as well: W_x, W_h and b take a step each time, too.",
        ),
        Mistake(
            "read-out frozen",
            _down((_UPDATE, "a if i >= 3 else a - rate * g for i, (a, g) in enumerate(zip(weights, clipped))")),
            "W_y and b_y never move: all five arrays take a step each time.",
        ),
        Mistake(
            "first gradient at every step",
            _down(
                ("    for _ in range(", "    moved = weights\n    for _ in range("),
                (_UPDATE, "array - rate * gradient for array, gradient in zip(moved, clipped, strict=True)"),
                ("weights = [", "moved = ["),
                ("return weights", "return moved"),
            ),
            "Every step uses the gradient at the weights that you started from. Run the layer and bptt anew with the "
            "weights of each step.",
        ),
        Mistake(
            "layer run once",
            _down(
                ("    for _ in range(", "    states = run_layer(inputs, *weights[:3])\n    for _ in range("),
                ("        states = run_layer(inputs, kernel, recurrent_kernel, bias)\n", ""),
            ),
            "The layer is run once, before the loop, so its states belong to the weights of the start. Run it anew in "
            "each step.",
        ),
        Mistake(
            "one step only",
            _down(("        weights = [", "        return ["), ("    return weights", "    return list(weights)")),
            "You stop after the first step: is the return inside the loop? Go down steps times.",
        ),
        Mistake(
            "one step too many",
            _down(('range(expect_count("steps", steps, least=0))', "range(steps + 1)")),
            "That is one step more than steps.",
        ),
        Mistake(
            "targets shifted",
            _down(("output_bias - targets", "output_bias - np.roll(targets, -1, axis=1)")),
            "Each output is compared with the target of the next step. targets[:, t] is what step t is to say already: "
            "do not shift it once more.",
        ),
        Mistake(
            "targets one step late",
            _down(("output_bias - targets", "output_bias - np.roll(targets, 1, axis=1)")),
            "Each output is compared with the target of the step before: targets[:, t] belongs to step t.",
        ),
        Mistake(
            "only the last output counts",
            _down(
                (
                    "        gradients_of_outputs = 2",
                    "        errors = errors * (np.arange(errors.shape[1]) == errors.shape[1] - 1)[:, None]\n"
                    "        gradients_of_outputs = 2",
                )
            ),
            "Only the last step's error enters the cost. Here every output has its target.",
        ),
        Mistake(
            "read-out's gradient not accumulated",
            _down(
                (
                    'np.einsum("btu,bto->uo", states, gradients_of_outputs)',
                    "states[:, -1].T @ gradients_of_outputs[:, -1]",
                ),
                ("gradients_of_outputs.sum(axis=(0, 1))", "gradients_of_outputs[:, -1].sum(axis=0)"),
            ),
            "W_y and b_y serve at every step, and only the last step's share is there: add up over all steps.",
        ),
        Mistake(
            "sum of squares",
            _down(("2 * errors / errors.size", "2 * errors")),
            "That is the gradient of the sum of squares. The cost is their mean: divide by how many errors there are.",
        ),
        Mistake(
            "half of the gradient",
            _down(("2 * errors", "errors")),
            "The derivative of e² is 2 e: the factor 2 is missing.",
        ),
        Mistake(
            "mean over the batch only",
            _down(("errors.size", "len(errors)")),
            "You divide by the size of the batch. The mean is over all errors: batch, steps and outputs.",
        ),
        Mistake(
            "not clipped",
            _down((_CLIPPED, "gradients")),
            "The gradients are not clipped: what is longer than limit is to be shortened before the step.",
        ),
        Mistake(
            "each array clipped by itself",
            _down((_CLIPPED, "[clip_by_global_norm([g], limit)[0] for g in gradients]")),
            "Each array is clipped by its own norm. There is one norm, of all five gradients together.",
        ),
        Mistake(
            "read-out not clipped",
            _down((_CLIPPED, "[*clip_by_global_norm(gradients[:3], limit), *gradients[3:]]")),
            "The gradients of W_y and b_y are left out of the clipping: all five count together.",
        ),
        Mistake(
            "step clipped",
            _down((_CLIPPED, "[g / rate for g in clip_by_global_norm([rate * g for g in gradients], limit)]")),
            "You clip the step, rate times gradient. limit is for the gradients: clip first, then multiply by rate.",
        ),
        Mistake(
            "read-out left out on the way back",
            _down(
                ("gradients_of_outputs @ output_kernel.T", "gradients_of_outputs @ np.ones(output_kernel.T.shape)"),
            ),
            "What bptt gets is what the cost says about the states: the errors come to them through W_y.",
        ),
        Mistake(
            "bptt overwrites its sums",
            _down(_THROUGH, through=_layer(*((old.format(t="[:, t]"), new) for old, new in _OVERWRITING))),
            _WRONG_BPTT + "each turn of its loop overwrites what the turns before have found. Gradients add up.",
        ),
        Mistake(
            "bptt without a path through time",
            _down(_THROUGH, through=_layer(("later = delta @ recurrent_kernel.T", "later = 0"))),
            _WRONG_BPTT + "nothing comes back from the step after.",
        ),
        Mistake(
            "bptt with W_h not transposed",
            _down(_THROUGH, through=_layer(("recurrent_kernel.T", "recurrent_kernel"))),
            _WRONG_BPTT + "on the way back it meets W_h, not its transpose.",
        ),
    ),
    hints=(
        "One turn of the loop has five parts: run the layer, find the errors of the read-out, send them back, clip, "
        "take a step with all five arrays.",
        "The cost is the mean of e², so it says 2 e / (number of errors) about each output. Through W_y that becomes "
        "what it says about each state, which is what bptt wants as output_gradients.",
        "Call what the cost says about the outputs G: output_gradients = G @ W_y.T, by the rule of section 3; for W_y "
        "it is states.T @ G, added up over the steps, and for b_y the sum of G over batch and steps. A step: "
        "w - rate * gradient.",
    ),
    points=4,
    difficulty=3,
    minutes=20,
)


def _epoch_case(
    rng: np.random.Generator, sizes: tuple[int, ...] = (7, 3, 2, 5, 4), batch_size: int = 3, rate: float = 0.5
) -> Case:
    instances, time_steps, features, units, classes = sizes
    shapes = (features, units), (units, units), (units,), (units, classes), (classes,)
    return {
        **{f"weights[{place}]": rng.uniform(-0.8, 0.8, size=shape) for place, shape in enumerate(shapes)},
        "inputs": rng.uniform(-1, 1, size=(instances, time_steps, features)).astype("float32"),
        "targets": rng.integers(0, classes, size=instances),
        "batch_size": batch_size,
        "rate": rate * float(rng.uniform(0.7, 1.3)),
    }


@cache
def _small_reader(time_steps: int, features: int, units: int, classes: int) -> Any:
    """Made once: what takes the time is the making, and each call sets its weights."""
    import keras

    layers = keras.layers.SimpleRNN(units, unroll=True), keras.layers.Dense(classes)
    return keras.Sequential([keras.Input((time_steps, features)), *layers])


def _epoch_arguments(case: Case) -> Case:
    """A model with the case's weights, a loss and a new optimizer."""
    import keras

    *weights, inputs, targets, batch_size, rate = case.values()
    model = _small_reader(*inputs.shape[1:], *weights[3].shape)
    model.set_weights(weights)
    return {
        "model": model,
        "loss": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        "optimizer": keras.optimizers.SGD(rate),
        "inputs": inputs,
        "targets": targets,
        "batch_size": batch_size,
    }


def _losses_and_weights(function: Callable[..., Any], case: Case) -> tuple[Any, Any]:
    """What it returns, and the weights that it has left in the model."""
    arguments = _epoch_arguments(case)
    losses = function(*arguments.values())
    if losses is None:
        return None, None
    return losses, np.concatenate([np.ravel(weight) for weight in arguments["model"].get_weights()])


_epoch = partial(changed, training.tape_epoch)
_ALL = "tape.gradient(cost, model.trainable_variables)"
_STEP = "optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))"
_STARTS = 'len(inputs), expect_count("batch_size", batch_size)'
_COST = "            cost = loss(targets[batch], model(inputs[batch], training=True))"

tape_epoch = Exercise(
    name="tape_epoch",
    kind=Kind.ASSEMBLY,
    reference=training.tape_epoch,
    withheld=("fit",),
    alternatives=(alternatives.tape_epoch,),
    cases=_epoch_case,
    case_count=2,
    other_cases=(_epoch_case(np.random.default_rng(6), (9, 4, 3, 2, 5), batch_size=4, rate=0.2),),
    call=_losses_and_weights,
    example=_epoch_arguments,
    parts=("the losses", "the weights afterwards"),
    copies=False,
    mistakes=(
        Mistake(
            "no step taken",
            _epoch((f"        {_STEP}\n", "")),
            "The gradients are found and never used: the weights are what they were. The optimizer takes the step.",
        ),
        Mistake(
            "cost outside the tape",
            _epoch((_COST, f"            pass\n{_COST[4:]}")),
            "No gradient leads from your cost to a weight. The tape records what TensorFlow computes inside the with: "
            "the cost has to be computed there, and the model called as model(inputs); predict gives bare numbers.",
        ),
        Mistake(
            "targets and outputs exchanged",
            _epoch(
                (
                    "loss(targets[batch], model(inputs[batch], training=True))",
                    "loss(model(inputs[batch]), targets[batch])",
                )
            ),
            "A loss of Keras takes the targets first and then what the model says about them.",
        ),
        Mistake(
            "gradients without their variables",
            _epoch(("zip(gradients, model.trainable_variables, strict=True)", "gradients")),
            "apply_gradients wants pairs: each gradient beside the variable that it is for.",
        ),
        Mistake(
            "uphill",
            _epoch((_ALL, f"[-g for g in {_ALL}]")),
            "The sign: the optimizer subtracts the gradient by itself, so give it the gradient as it is.",
        ),
        Mistake(
            "recurrent weights frozen",
            _epoch((_ALL, f"{_ALL}\n        gradients[1] *= 0")),
            "The recurrent kernel never moves: every one of model.trainable_variables takes a step.",
        ),
        Mistake(
            "only the read-out learns",
            _epoch((_ALL, f"{_ALL}\n        gradients[:3] = [0 * g for g in gradients[:3]]")),
            "Only the last layer moves. All of model.trainable_variables take a step, those of the cell too.",
        ),
        Mistake(
            "always the first batch",
            _epoch(("slice(start, start + batch_size)", "slice(0, batch_size)")),
            "Every step looks at the first batch. The next one begins where the last one ended.",
        ),
        Mistake(
            "one batch only",
            _epoch(("    return losses", "        break\n    return losses")),
            "You stop after the first batch: an epoch goes through all of them. Is the return inside the loop?",
        ),
        Mistake(
            "incomplete batch left out",
            _epoch((_STARTS, "len(inputs) - batch_size + 1, batch_size")),
            "The last instances, too few for a whole batch, are left out. They are a smaller batch.",
        ),
        Mistake(
            "one by one",
            _epoch((_STARTS, "len(inputs)"), ("start + batch_size", "start + 1")),
            "A step for each instance: take batch_size of them at a time.",
        ),
        Mistake(
            "the whole set at once",
            _epoch(('expect_count("batch_size", batch_size)', "len(inputs)"), ("start + batch_size", "len(inputs)")),
            "One step for all instances together: take batch_size of them at a time.",
        ),
        Mistake(
            "gradients of earlier batches added",
            _epoch(
                ("    losses = []", "    losses, before = [], 0.0"),
                (_ALL, f"[g + b for g, b in zip({_ALL}, before or [0.0] * 5)]\n        before = gradients"),
            ),
            "The gradients of earlier batches are still in the sum. A step uses the gradient of its own batch alone.",
        ),
        Mistake(
            "targets of another batch",
            _epoch(("targets[batch]", "np.roll(targets, -1)[batch]")),
            "Inputs and targets do not belong together: targets[i] is the class of inputs[i].",
        ),
        Mistake(
            "cost after the step",
            _epoch(("float(cost)", "float(loss(targets[batch], model(inputs[batch])))")),
            "The weights are right. The cost that you note is the one after the step: note the one on the tape.",
        ),
        Mistake(
            "mean of the costs",
            _epoch(("return losses", "return sum(losses) / len(losses)")),
            "That is one number for the whole epoch. Return a list: the cost of each batch.",
        ),
        Mistake(
            "probabilities for logits",
            _epoch(("model(inputs[batch], training=True)", "tf.nn.softmax(model(inputs[batch], training=True))")),
            "There is a softmax before the loss, which takes the softmax itself: twice is once too often.",
        ),
    ),
    hints=(
        "A loop over the batches: range(0, len(inputs), batch_size) says where each begins; a slice may end past it.",
        "Inside with tf.GradientTape() as tape: run the model on the batch, and loss(targets, outputs) is its cost. "
        "After it, tape.gradient(cost, …) for all of model.trainable_variables.",
        "optimizer.apply_gradients wants pairs (gradient, variable): zip the two lists. float(cost) goes into the list "
        "that you return.",
    ),
    points=3,
    difficulty=2,
    minutes=12,
)


BAR = 0.95


digit_reader = Training(
    name="digit_reader",
    kind=Kind.TRAINING,
    open_ended=True,
    score=symptoms.accuracy_on_held_out,
    measure="accuracy",
    bar=BAR,
    higher_is_better=True,
    mistakes=symptoms.DIGITS,
    refuses=symptoms.no_keras_model,
    shapes=symptoms.READS_DIGITS,
    recipe="""
keras.utils.set_random_seed(1)
layers = keras.layers.SimpleRNN(150, unroll=True), keras.layers.Dense(10)
digit_reader = keras.Sequential([keras.Input((28, 28)), *layers])
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
digit_reader.compile(optimizer=keras.optimizers.Adam(1e-3), loss=loss)
told = digit_reader.fit(train.images, train.labels, batch_size=100, epochs=3, verbose=0)
""",
    hints=(
        "keras.Sequential takes a list: keras.Input((28, 28)), a recurrent layer, a dense one. The dense layer reads "
        "the last state only, which is what a recurrent layer gives unless it is told return_sequences=True.",
        "compile wants optimizer= and loss=; the loss is keras.losses.SparseCategoricalCrossentropy(from_logits=True), "
        "and the dense layer has no activation.",
        "fit wants train.images and train.labels as they are, batch_size= and epochs=. Two or three epochs with "
        "batches of 100 reach the mark; a smaller batch takes more steps.",
    ),
    points=3,
    difficulty=2,
    minutes=10,
)

_HIGH_UP = "it begins high above the others, with one slanted stroke: how many other digits begin like that?"
_TWO_BARS = "a wide bar above, then a stroke: until it turns back in the middle, more than one digit begins like that."
_FOOT = "a flat top and a slanted stroke down: which other digit ends there, and what is left to tell them apart?"

knows_by = Question(
    name="knows_by",
    kind=Kind.PREDICTION,
    answer={
        "the 6": "early",
        "the 3": "middle",
        "the 2": "late",
        "the 2 is taken for": "a 7",
    },
    feedback={
        "the 6": {"middle": _HIGH_UP, "late": _HIGH_UP},
        "the 3": {"early": _TWO_BARS, "late": "when its middle is seen, hardly another digit is left."},
        "the 2": {"early": _FOOT, "middle": _FOOT},
        "the 2 is taken for": {
            "a 3": "a 3 turns back to the right in the middle; does this one, by row 14?",
            "a 1": "a 1 has no bar at its top.",
        },
    },
    hints=(
        "Cover the lower part of a picture with your hand, and move the hand down: when do you know?",
        "One of the three is known after three or four rows, because no other digit begins so high with such a stroke; "
        "one when its middle is there; one when its last stroke is.",
        "A bar at the top with a slanted stroke down from its right end is a 7 for as long as nothing comes after it.",
    ),
    points=2,
    difficulty=1,
    minutes=5,
    choices=("early", "middle", "late", "a 1", "a 3", "a 5", "a 7", "a 9"),
)

EXERCISES = (
    neuron_bptt,
    bptt,
    clip_by_global_norm,
    descend,
    cross_entropy,
    digit_reader,
    tape_epoch,
    knows_by,
)
