"""The exercises of chapter 10: what is left of a gradient after many steps, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from rnncourse import backprop
from rnncourse.exercises import alternatives
from rnncourse.exercises.definitions import Case, Exercise, Mistake, Question
from rnncourse.exercises.edits import changed
from rnncourse.unrolling import run_neuron

TIME, BATCH, FEATURES, UNITS = 7, 4, 3, 5


def _neuron_case(rng: np.random.Generator) -> Case:
    w_h = float(rng.uniform(0.6, 1.6))
    inputs = rng.uniform(-1, 1, size=TIME)
    return {"states": run_neuron(inputs, 0.0, float(rng.uniform(0.3, 0.9)), w_h, 0.1), "w_h": w_h}


path_factor = Exercise(
    name="path_factor",
    reference=backprop.path_factor,
    alternatives=(alternatives.path_factor,),
    cases=_neuron_case,
    edge_cases=({"states": np.array([0.2, -0.5, 0.9]), "w_h": -1.3},),
    mistakes=(
        Mistake(
            "slope of the tanh left out",
            lambda h, w_h: w_h ** len(h),
            "That is the power of w_h alone. Each step also multiplies by the slope of its tanh, 1 - h_t².",
        ),
        Mistake(
            "weight counted once",
            lambda h, w_h: w_h * np.prod(1 - h**2),
            "The weight w_h is in the product once. The gradient passes it in every step.",
        ),
        Mistake(
            "weight left out",
            lambda h, w_h: np.prod(1 - h**2),
            "The recurrent weight is missing: each step multiplies by w_h and by the slope.",
        ),
        Mistake(
            "sum instead of product",
            lambda h, w_h: np.sum(w_h * (1 - h**2)),
            "You added the factors. Steps that follow each other multiply.",
        ),
        Mistake(
            "slope without the square",
            lambda h, w_h: np.prod(w_h * (1 - h)),
            "The slope of the tanh is 1 - h_t², with a square.",
        ),
        Mistake(
            "tanh taken once more",
            lambda h, w_h: np.prod(w_h * (1 - np.tanh(h) ** 2)),
            "The states have been through the tanh already: the slope is 1 - h_t².",
        ),
        Mistake(
            "last step left out",
            lambda h, w_h: np.prod(w_h * (1 - h[:-1] ** 2)),
            "The last step is missing: as many factors as there are states.",
        ),
        Mistake(
            "first step left out",
            lambda h, w_h: np.prod(w_h * (1 - h[1:] ** 2)),
            "The first step is missing: the memory before step 0 has to pass it as well.",
        ),
        Mistake(
            "all factors but not their product",
            lambda h, w_h: w_h * (1 - h**2),
            "These are the factors, one a step. What arrives is their product, one number.",
        ),
        Mistake(
            "running product",
            lambda h, w_h: np.cumprod(w_h * (1 - h**2)),
            "This is the product after each step. Only the one after all steps is wanted, a single number.",
        ),
    ),
    hints=(
        "From one step to the next the gradient is multiplied by two things.",
        "The factor of step t is w_h * (1 - states[t] ** 2).",
        "np.prod multiplies the elements of an array.",
    ),
    points=1,
    difficulty=1,
    minutes=4,
)


def _norms_case(rng: np.random.Generator) -> Case:
    inputs, kernel = rng.uniform(-1, 1, size=(BATCH, TIME, FEATURES)), rng.normal(size=(FEATURES, UNITS))
    recurrent_kernel, bias = 0.6 * rng.normal(size=(UNITS, UNITS)), rng.uniform(-0.3, 0.3, size=UNITS)
    return {
        "states": backprop.run_layer(inputs, kernel, recurrent_kernel, bias),
        "recurrent_kernel": recurrent_kernel,
        "last_gradient": rng.uniform(-1, 1, size=(BATCH, UNITS)),
    }


_LENGTH = "np.mean(np.linalg.norm(gradient, axis=1))"
_norms = partial(changed, backprop.gradient_norms)

gradient_norms = Exercise(
    name="gradient_norms",
    reference=backprop.gradient_norms,
    alternatives=(alternatives.gradient_norms,),
    cases=_norms_case,
    mistakes=(
        Mistake(
            "recurrent kernel not transposed",
            _norms(("recurrent_kernel.T", "recurrent_kernel")),
            "Going forward the state meets W_h; going back the gradient meets its transpose.",
        ),
        Mistake(
            "slope of the tanh left out",
            _norms((" * slopes[:, t]", "")),
            "The slope of the tanh, 1 - h_t², is missing.",
        ),
        Mistake(
            "tanh taken once more",
            _norms(("1 - states**2", "1 - np.tanh(states) ** 2")),
            "The states have been through the tanh already: the slope is 1 - h_t².",
        ),
        Mistake(
            "slope without the square",
            _norms(("1 - states**2", "1 - states")),
            "The slope of the tanh is 1 - h_t², with a square.",
        ),
        Mistake(
            "one distance too far",
            _norms((f"norms.append({_LENGTH})\n", "\n"), (".T\n", f".T\n        norms.append({_LENGTH})\n")),
            "You measure after the step back. At a distance of 0 the gradient is the one given: measure, then step.",
        ),
        Mistake(
            "slope of the step before",
            _norms(("slopes[:, t]", "slopes[:, t - 1]")),
            "The step from h_(t-1) to h_t has the slope 1 - h_t², of the state it leads to. You took the state before.",
        ),
        Mistake(
            "slope after the matrix",
            _norms((" * slopes[:, t]", ""), (".T", ".T * slopes[:, t]")),
            "You multiply by the matrix first, then by the slope. Going back, the slope of step t comes first.",
        ),
        Mistake(
            "oldest first",
            _norms(("array(norms)", "array(norms[::-1])")),
            "The numbers are right, in the other order: distance 0 comes first, the start of the sequence last.",
        ),
        Mistake(
            "forwards in time",
            _norms(("reversed(range(states.shape[1]))", "range(states.shape[1])")),
            "You go from step 0 to the last. The gradient starts at the last state and goes back.",
        ),
        Mistake(
            "one norm for the batch",
            _norms((_LENGTH, "np.linalg.norm(gradient)")),
            "You took one norm over the whole array. Take one for each row (axis=1) and then their mean.",
        ),
        Mistake(
            "no mean over the batch",
            _norms((_LENGTH, "np.linalg.norm(gradient, axis=1)")),
            "There is one number for each row of the batch. Take their mean: one number a distance.",
        ),
        Mistake(
            "norm squared",
            _norms((_LENGTH, "np.mean(np.sum(gradient**2, axis=1))")),
            "That is the square of the length. Take the root, row by row.",
        ),
        Mistake(
            "mean size instead of length",
            _norms((_LENGTH, "np.mean(np.abs(gradient))")),
            "That is the mean size of an element. The length of a row is the root of its sum of squares.",
        ),
    ),
    hints=(
        "Go through the steps from the last to the first, and keep the gradient in a variable.",
        "In each turn: append the mean length of its rows, then take one step back, which is a line of chapter 6.",
        "np.linalg.norm(gradient, axis=1) are the lengths. Then gradient = (gradient * slope) @ (a transposed matrix).",
    ),
    points=3,
    difficulty=2,
    minutes=10,
)


def _radius_case(rng: np.random.Generator) -> Case:
    return {"matrix": rng.normal(size=(UNITS, UNITS)), "radius": float(rng.uniform(0.5, 1.5))}


def _eigenvalues(matrix: np.ndarray) -> np.ndarray:
    return np.linalg.eigvals(matrix)


#: A turn and a stretch: complex eigenvalues of size 2, and a real one of -1.5.
_TURN = np.array([[0.0, -2.0, 0.3], [2.0, 0.0, 0.1], [0.0, 0.0, -1.5]])
#: Its largest eigenvalue is negative.
_FLIP = np.array([[-3.0, 1.0], [0.2, 1.2]])

with_spectral_radius = Exercise(
    name="with_spectral_radius",
    reference=backprop.with_spectral_radius,
    alternatives=(alternatives.with_spectral_radius,),
    cases=_radius_case,
    edge_cases=({"matrix": _TURN, "radius": 0.9}, {"matrix": _FLIP, "radius": 1.25}),
    mistakes=(
        Mistake(
            "not divided by the present radius",
            lambda w, radius: radius * w,
            "You multiplied by the radius wanted. First divide by the radius that the matrix has.",
        ),
        Mistake(
            "divided by the largest element",
            lambda w, radius: w * radius / np.abs(w).max(),
            "You divided by the largest element. The spectral radius is the largest size of an eigenvalue.",
        ),
        Mistake(
            "divided by the largest singular value",
            lambda w, radius: w * radius / np.linalg.norm(w, 2),
            "You divided by the largest singular value: how much one product can stretch. You are asked for the "
            "largest size of an eigenvalue: what counts in the long run.",
        ),
        Mistake(
            "divided by the Frobenius norm",
            lambda w, radius: w * radius / np.linalg.norm(w),
            "You divided by the root of the sum of squares. The spectral radius is the largest size of an eigenvalue.",
        ),
        Mistake(
            "largest real part",
            lambda w, radius: w * radius / _eigenvalues(w).real.max(),
            "Eigenvalues may be negative or complex; what counts is their size: np.abs.",
        ),
        Mistake(
            "size of the real part",
            lambda w, radius: w * radius / np.abs(_eigenvalues(w).real).max(),
            "Eigenvalues may be complex. np.abs of a complex number is its size; you took that of its real part.",
        ),
        Mistake(
            "smallest eigenvalue",
            lambda w, radius: w * radius / np.abs(_eigenvalues(w)).min(),
            "You divided by the smallest eigenvalue's size. The largest wins in the long run.",
        ),
        Mistake(
            "mean eigenvalue",
            lambda w, radius: w * radius / np.abs(_eigenvalues(w)).mean(),
            "You divided by the mean size of the eigenvalues. The largest wins in the long run.",
        ),
        Mistake(
            "multiplied by the present radius",
            lambda w, radius: w * radius * np.abs(_eigenvalues(w)).max(),
            "You multiplied by the radius that the matrix has. Divide by it.",
        ),
        Mistake(
            "only the radius",
            lambda w, radius: np.abs(_eigenvalues(w)).max(),
            "That is the spectral radius of the matrix. Return the matrix, scaled.",
        ),
    ),
    hints=(
        "Scaling a matrix scales all its eigenvalues. So: which number brings the largest one to the radius?",
        "np.linalg.eigvals gives the eigenvalues, complex ones too. np.abs gives their sizes.",
        "matrix * radius / (the largest size).",
    ),
    points=2,
    difficulty=2,
    minutes=6,
)


vanish_or_explode = Question(
    name="vanish_or_explode",
    answer={
        "linear, radius 0.9": "vanishes",
        "linear, orthogonal": "stays",
        "linear, radius 1.1": "explodes",
        "tanh, orthogonal": "vanishes",
        "relu, identity, states above 0": "stays",
    },
    feedback={
        "linear, radius 0.9": {
            "explodes": "every step multiplies by about 0.9, which is less than 1.",
            "stays": "every step multiplies by about 0.9; after a hundred steps that is 0.9 to the power of 100.",
        },
        "linear, orthogonal": {
            "vanishes": "an orthogonal matrix turns a vector; what does turning do to its length?",
            "explodes": "an orthogonal matrix turns a vector; what does turning do to its length?",
        },
        "linear, radius 1.1": {
            "vanishes": "every step multiplies by about 1.1, which is more than 1.",
            "stays": "every step multiplies by about 1.1; after a hundred steps that is 1.1 to the power of 100.",
        },
        "tanh, orthogonal": {
            "stays": "the matrix keeps the length, but the slope of the tanh is below 1 wherever the state is not 0.",
            "explodes": "the matrix keeps the length, and no slope of the tanh is more than 1.",
        },
        "relu, identity, states above 0": {
            "vanishes": "above 0 the slope of ReLU is 1, and the identity changes nothing.",
            "explodes": "above 0 the slope of ReLU is 1, and the identity changes nothing.",
        },
    },
    hints=(
        "Each step back multiplies the gradient by W_h transposed and by a slope. What do both do to its length?",
        "A radius below 1 shrinks, above 1 grows. Orthogonal matrices and the identity keep lengths.",
        "The slope of linear is 1, of ReLU 1 above 0, of tanh 1 - h²: less than 1 unless h is 0.",
    ),
    points=2,
    difficulty=1,
    minutes=4,
    choices=("vanishes", "stays", "explodes"),
)


def _pieces_case(rng: np.random.Generator) -> Case:
    return {
        "inputs": rng.uniform(-1, 1, size=(TIME, BATCH, FEATURES)),
        "state": rng.uniform(-0.5, 0.5, size=(BATCH, UNITS)),
        "kernel": rng.normal(size=(FEATURES, UNITS)),
        "recurrent_kernel": 0.7 * rng.normal(size=(UNITS, UNITS)),
        "length": int(rng.integers(2, 4)),
    }


def _loop_arguments(case: Case) -> Case:
    """A cell with the weights of the case, and what the learner's loop takes beside it."""
    import tensorflow as tf

    kernel, recurrent_kernel = tf.constant(case["kernel"]), tf.convert_to_tensor(case["recurrent_kernel"])

    def step(x: Any, state: Any) -> tuple[Any, Any]:
        new = tf.tanh(x @ kernel + state @ recurrent_kernel)
        return new, new

    inputs, state = tf.unstack(tf.constant(case["inputs"])), tf.constant(case["state"])
    return {"step": step, "inputs": inputs, "state": state, "length": case["length"]}


def _outputs_and_gradient(function: Callable[..., Any], case: Case) -> tuple[Any, Any] | None:
    """The learner's loop with a cell whose weights are watched: its outputs, and the gradient of their cost by W_h."""
    import tensorflow as tf

    recurrent_kernel = tf.constant(case["recurrent_kernel"])
    arguments = _loop_arguments({**case, "recurrent_kernel": recurrent_kernel})
    with tf.GradientTape() as tape:
        tape.watch(recurrent_kernel)
        result = function(*arguments.values())
        if result is None:
            return None
        outputs, last = _pair(result)
        cost = tf.reduce_sum(tf.stack(outputs) ** 3) + tf.reduce_sum(last)
    return tf.stack(outputs), tape.gradient(cost, recurrent_kernel)


def _pair(result: Any) -> Any:
    """What truncated_rnn returned, if it is two things, said in the words of the exercise if not."""
    pair_or_list = isinstance(result, tuple | list)
    if pair_or_list and len(result) == 2:
        return result
    kind = f"a {type(result).__name__} of length {len(result)}" if pair_or_list else f"one {type(result).__name__}"
    raise ValueError(f"truncated_rnn returns {kind}, expected a pair: the list of outputs and the last state.")


def _step_by_step(step: Any, inputs: Any, state: Any, length: int) -> tuple[list[Any], Any]:
    """``truncated_rnn`` in one loop, as learners write it: what its mistakes are edits of."""
    import tensorflow as tf

    outputs = []
    for t, x in enumerate(inputs):
        if t % length == 0:
            state = tf.stop_gradient(state)
        output, state = step(x, state)
        outputs.append(output)
    return outputs, state


def _truncated_rnn(*arguments: Any) -> Any:
    from rnncourse.tensorflow_unrolling import truncated_rnn

    return truncated_rnn(*arguments)


_loop = partial(changed, _step_by_step)

truncated_rnn = Exercise(
    name="truncated_rnn",
    reference=_truncated_rnn,
    alternatives=(alternatives.truncated_rnn,),
    cases=_pieces_case,
    call=_outputs_and_gradient,
    example=_loop_arguments,
    parts=("the outputs", "the gradient"),
    copies=False,
    mistakes=(
        Mistake(
            "nothing stopped",
            _loop(("t % length == 0", "False")),
            "The outputs are right, but the gradient still flows through the whole sequence. Stop it at the borders.",
        ),
        Mistake(
            "stopped at every step",
            _loop(("t % length == 0", "True")),
            "The gradient is stopped before every step. Only where a new piece begins: every length steps.",
        ),
        Mistake(
            "stopped one step early",
            _loop(("t % length == 0", "(t + 1) % length == 0")),
            "The gradient is stopped one step too early: pieces begin at the steps 0, length, 2 · length, …",
        ),
        Mistake(
            "stopped one step late",
            _loop(("t % length == 0", "t % length == 1")),
            "The gradient is stopped one step too late: pieces begin at the steps 0, length, 2 · length, …",
        ),
        Mistake(
            "stopped once",
            _loop(("t % length == 0", "t == length")),
            "The gradient is stopped after the first piece only. Every piece has a border.",
        ),
        Mistake(
            "state thrown away",
            _loop(("outputs = []", "outputs, first = [], state"), ("tf.stop_gradient(state)", "first")),
            "Each piece starts from the first state again. The state is to go on; only the gradient is stopped.",
        ),
        Mistake(
            "outputs stopped too",
            _loop(("append(output)", "append(tf.stop_gradient(output))")),
            "You stopped the gradient of the outputs as well, so that little is learnt. Stop only that of the state.",
        ),
        Mistake(
            "only the outputs returned",
            lambda *given: _truncated_rnn(*given)[0],
            "The outputs are returned, the last state is not. Whoever goes on from here needs both.",
        ),
    ),
    hints=(
        "It is the loop of chapter 4 with one line more: before a step that begins a piece, do something to the state.",
        "tf.stop_gradient(state) has the same values; the way back ends there.",
        "Step t begins a piece if t % length == 0.",
    ),
    points=3,
    difficulty=2,
    minutes=9,
)

EXERCISES = (path_factor, gradient_norms, vanish_or_explode, with_spectral_radius, truncated_rnn)
