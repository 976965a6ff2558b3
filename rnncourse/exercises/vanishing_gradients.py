"""The exercises of chapter 10: what is left of a gradient after many steps, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from rnncourse import backprop
from rnncourse.exercises import alternatives
from rnncourse.exercises.definitions import Case, Exercise, Kind, Mistake, Question
from rnncourse.exercises.edits import changed
from rnncourse.unrolling import run_neuron

TIME, BATCH, FEATURES, UNITS, OUTPUTS = 7, 4, 3, 5, 2
_SIZES, _OTHER_SIZES = (TIME, BATCH, FEATURES, UNITS, OUTPUTS), (8, 5, 4, 6, 3)


def _neuron_case(rng: np.random.Generator) -> Case:
    w_h = float(rng.uniform(0.6, 1.6))
    inputs = rng.uniform(-1, 1, size=TIME)
    return {"states": run_neuron(inputs, 0.0, float(rng.uniform(0.3, 0.9)), w_h, 0.1), "w_h": w_h}


path_factor = Exercise(
    name="path_factor",
    kind=Kind.TRANSCRIPTION,
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
        Mistake(
            "first factor only",
            lambda h, w_h: w_h * (1 - h[0] ** 2),
            "That is the factor of step 0 alone. Does the loop return too soon? All steps multiply.",
        ),
        Mistake(
            "last factor only",
            lambda h, w_h: w_h * (1 - h[-1] ** 2),
            "That is the factor of the last step alone. All steps multiply: *= instead of =.",
        ),
        Mistake(
            "difference squared",
            lambda h, w_h: np.prod(w_h * (1 - h) ** 2),
            "The slope of the tanh is 1 - h_t²: only the state is squared, not the difference.",
        ),
        Mistake(
            "mean instead of product",
            lambda h, w_h: np.mean(w_h * (1 - h**2)),
            "You took the mean of the factors. Steps that follow each other multiply.",
        ),
        Mistake(
            "size of the product",
            lambda h, w_h: abs(np.prod(w_h * (1 - h**2))),
            "The sign is lost: a negative w_h turns the gradient round at every step.",
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


def _norms_case(rng: np.random.Generator, sizes: tuple[int, ...] = _SIZES) -> Case:
    time_steps, batch, features, units, _ = sizes
    inputs, kernel = rng.uniform(-1, 1, size=(batch, time_steps, features)), rng.normal(size=(features, units))
    recurrent_kernel, bias = 0.6 * rng.normal(size=(units, units)), rng.uniform(-0.3, 0.3, size=units)
    return {
        "states": backprop.run_layer(inputs, kernel, recurrent_kernel, bias),
        "recurrent_kernel": recurrent_kernel,
        "last_gradient": rng.uniform(-1, 1, size=(batch, units)),
    }


_LENGTH = "np.mean(np.linalg.norm(gradient, axis=1))"
_norms = partial(changed, backprop.gradient_norms)

gradient_norms = Exercise(
    name="gradient_norms",
    kind=Kind.NEW_CASE,
    reference=backprop.gradient_norms,
    alternatives=(alternatives.gradient_norms,),
    cases=_norms_case,
    other_cases=(_norms_case(np.random.default_rng(2), _OTHER_SIZES),),
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
        Mistake(
            "matrix left out",
            _norms((" @ recurrent_kernel.T", "")),
            "The recurrent kernel is missing: on the way back the gradient meets it, transposed, at every step.",
        ),
        Mistake(
            "norms of the columns",
            _norms(("axis=1))", "axis=0))")),
            "You take the norm of each column. A row of the gradient belongs to one instance: axis=1.",
        ),
        Mistake(
            "sum over the batch",
            _norms(("np.mean(np.linalg", "np.sum(np.linalg")),
            "You add up the norms of the rows. Take their mean.",
        ),
        Mistake(
            "norm of the mean",
            _norms((_LENGTH, "np.linalg.norm(np.mean(gradient, axis=0))")),
            "You take the mean of the rows and then its norm. First the norm of each row, then the mean.",
        ),
        Mistake(
            "difference squared",
            _norms(("1 - states**2", "(1 - states) ** 2")),
            "The slope of the tanh is 1 - h_t²: only the state is squared, not the difference.",
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
    kind=Kind.TRANSCRIPTION,
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
        Mistake(
            "divided by the radius wanted too",
            lambda w, radius: w / (radius * np.abs(_eigenvalues(w)).max()),
            "You divide by the radius that is wanted, too. Divide by the one of the matrix, multiply by the other.",
        ),
        Mistake(
            "brought to radius 1",
            lambda w, radius: w / np.abs(_eigenvalues(w)).max(),
            "The matrix has a spectral radius of 1 now. Multiply it by the radius that is wanted.",
        ),
        Mistake(
            "the other way round",
            lambda w, radius: w * np.abs(_eigenvalues(w)).max() / radius,
            "The two radii are the wrong way round: divide by the one that the matrix has, multiply by the other.",
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
    kind=Kind.PREDICTION,
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


def _pieces_case(rng: np.random.Generator, sizes: tuple[int, ...] = _SIZES, length: int | None = None) -> Case:
    """A sequence, the weights of a cell with a read-out, and the length of a piece: 2 or 3, which leaves a rest."""
    time_steps, batch, features, units, outputs = sizes
    return {
        "inputs": rng.uniform(-1, 1, size=(time_steps, batch, features)),
        "state": rng.uniform(-0.5, 0.5, size=(batch, units)),
        "kernel": rng.normal(size=(features, units)),
        "recurrent_kernel": 0.7 * rng.normal(size=(units, units)),
        "length": int(rng.integers(2, 4)) if length is None else length,
        "readout": rng.normal(size=(units, outputs)),
    }


def _loop_arguments(case: Case) -> Case:
    """A cell with the weights of the case, and what the learner's loop takes beside it."""
    import tensorflow as tf

    kernel, recurrent_kernel, readout = map(
        tf.convert_to_tensor, (case["kernel"], case["recurrent_kernel"], case["readout"])
    )

    def step(x: Any, state: Any) -> tuple[Any, Any]:
        new = tf.tanh(x @ kernel + state @ recurrent_kernel)
        return new @ readout, new

    inputs, state = tf.unstack(tf.constant(case["inputs"])), tf.convert_to_tensor(case["state"])
    return {"step": step, "inputs": inputs, "state": state, "length": case["length"]}


def _outputs_and_gradients(function: Callable[..., Any], case: Case) -> tuple[Any, ...] | None:
    """The learner's loop with a cell whose weights are watched, and with a first state that is watched too.

    Its outputs and its last state, and the gradients of a cost of both: by W_h and by the first state, one below the
    other. Nothing comes back to the first state, since step 0 begins a piece.
    """
    import tensorflow as tf

    watched = tf.constant(case["recurrent_kernel"]), tf.constant(case["state"])
    arguments = _loop_arguments({**case, "recurrent_kernel": watched[0], "state": watched[1]})
    with tf.GradientTape() as tape:
        tape.watch(watched)
        result = function(*arguments.values())
        if result is None:
            return None
        outputs, last = _pair(result)
        outputs = tf.stack(outputs)
        cost = tf.reduce_sum(outputs**3) + tf.reduce_sum(last)
    gradients = tape.gradient(cost, watched, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return outputs, last, tf.concat(gradients, axis=0)


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
_STOP = "\n            state = tf.stop_gradient(state)"
_CUT = f"        if t % length == 0:{_STOP}\n"

truncated_rnn = Exercise(
    name="truncated_rnn",
    kind=Kind.NEW_CASE,
    reference=_truncated_rnn,
    alternatives=(alternatives.truncated_rnn,),
    cases=_pieces_case,
    other_cases=(_pieces_case(np.random.default_rng(3), _OTHER_SIZES, 4),),
    call=_outputs_and_gradients,
    example=_loop_arguments,
    parts=("the outputs", "the last state", "the gradient"),
    copies=False,
    mistakes=(
        Mistake(
            "nothing stopped",
            _loop(("t % length == 0", "False")),
            "The outputs are right, but the gradient still flows through the whole sequence. Stop it at the borders: "
            "tf.stop_gradient changes nothing in place, so go on with what it returns.",
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
        Mistake(
            "stopped behind the last step of a piece",
            _loop((_CUT, ""), ("append(output)", f"append(output)\n        if (t + 1) % length == 0:{_STOP}")),
            "You stop the gradient behind the last step of a piece, not before the first of the next. So nothing is "
            "stopped before step 0, and where the last piece is full, the state that you return is stopped.",
        ),
        Mistake(
            "stopped behind the first step of a piece",
            _loop((_CUT, ""), ("append(output)", f"append(output)\n        if t % length == 0:{_STOP}")),
            "You stop the gradient behind the first step of a piece. It is to end before that step: look where the "
            "line stands.",
        ),
        Mistake(
            "first state not cut",
            _loop(("t % length == 0", "t > 0 and t % length == 0")),
            "Step 0 begins a piece, too: the gradient is to end before it, and not to go on into the first state.",
        ),
        Mistake(
            "results of step swapped",
            _loop(("output, state = step", "state, output = step")),
            "step returns the output first and the new state second; you take them the other way round.",
        ),
        Mistake(
            "last state cut",
            _loop(("return outputs, state", "return outputs, tf.stop_gradient(state)")),
            "The gradient of the last state is stopped. Only what goes into a new piece is.",
        ),
        Mistake(
            "outputs stopped in place of the state",
            _loop(("state = tf.stop_gradient(state)", "pass"), ("append(output)", "append(tf.stop_gradient(output))")),
            "You stop the gradient of the outputs. It is the state whose way back ends, where a piece begins.",
        ),
        Mistake(
            "outputs stopped at the ends of the pieces",
            _loop(
                ("state = tf.stop_gradient(state)", "pass"),
                ("append(output)", "append(tf.stop_gradient(output) if (t + 1) % length == 0 else output)"),
            ),
            "At the borders you stop the gradient of an output. It is the state whose way back ends there.",
        ),
        Mistake(
            "state emptied",
            _loop(("tf.stop_gradient(state)", "tf.zeros_like(state)")),
            "Each piece starts from zeros. The state is to go on; only the gradient is stopped.",
        ),
        Mistake(
            "last output for last state",
            _loop(("return outputs, state", "return outputs, output")),
            "The outputs are right. As the state you return the last output; in this cell the two differ.",
        ),
        Mistake(
            "state not carried",
            _loop(("output, state = step", "output, new = step"), ("return outputs, state", "return outputs, new")),
            "Every step starts from the first state, so the network forgets at once. Hand the new state on.",
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
