"""The exercises of chapter 10: what is left of a gradient after many steps, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from rnncourse import backprop, designs
from rnncourse.exercises import alternatives
from rnncourse.exercises.definitions import Apart, Case, Design, Exercise, Kind, Measure, Mistake, Question
from rnncourse.exercises.edits import changed
from rnncourse.shapes import expect_shapes

TIME, BATCH, FEATURES, UNITS, OUTPUTS = 7, 4, 3, 5, 2
_SIZES, _OTHER_SIZES = (TIME, BATCH, FEATURES, UNITS, OUTPUTS), (8, 5, 4, 6, 6)


_rest = partial(changed, backprop.resting_share)
_SHARE = "w_h * (1 - h**2)"

resting_share = Exercise(
    name="resting_share",
    kind=Kind.NEW_CASE,
    reference=backprop.resting_share,
    alternatives=(alternatives.resting_share,),
    cases=lambda rng: {"w_h": float(rng.uniform(1.2, 3.0))},
    edge_cases=({"w_h": 0.5}, {"w_h": 5.0}),
    parts=("the place of rest", "the share"),
    mistakes=(
        Mistake(
            "started at 0",
            _rest(("h = 1.0", "h = 0.0")),
            "You start at 0, where the neuron stays for ever. It is to come to rest from above: start at 1, as after "
            "a strong input.",
        ),
        Mistake(
            "a single step",
            _rest(("range(10_000)", "range(1)")),
            "You take one step. Go on until the state does not change any more.",
        ),
        Mistake(
            "too few steps",
            _rest(("range(10_000)", "range(5)")),
            "After so few steps the neuron is still on its way. Go on until the state does not change any more.",
        ),
        Mistake(
            "the weight left out of the step",
            _rest(("math.tanh(w_h * h)", "math.tanh(h)")),
            "Your neuron forgets its own weight: a step makes tanh(w_h h) of h.",
        ),
        Mistake(
            "slope of the tanh left out",
            _rest((_SHARE, "w_h")),
            "The place is right. Its share is w_h alone only where the slope of the tanh is 1, at h = 0.",
        ),
        Mistake(
            "weight left out of the share",
            _rest((_SHARE, "1 - h**2")),
            "The place is right. Your share is the slope of the tanh alone; the gradient passes the weight as well.",
        ),
        Mistake(
            "slope without the square",
            _rest((_SHARE, "w_h * (1 - h)")),
            "The place is right. The slope of the tanh where its value is h is 1 - h², with a square.",
        ),
        Mistake(
            "tanh taken once more",
            _rest((_SHARE, "w_h * (1 - math.tanh(h) ** 2)")),
            "The place is right. h is a value of the tanh already: its slope there is 1 - h².",
        ),
        Mistake(
            "slope before the tanh",
            _rest((_SHARE, "w_h * (1 - (w_h * h) ** 2)")),
            "The place is right. 1 - h² wants the value of the tanh, h, not what goes into it.",
        ),
        Mistake(
            "results in the other order",
            _rest((f"return h, {_SHARE}", f"return {_SHARE}, h")),
            "Both results are there, in the other order: first where it rests, then the share.",
        ),
        Mistake(
            "share of ten steps",
            _rest((_SHARE, f"({_SHARE}) ** 10")),
            "The place is right. The share of one step is asked for, not that of several.",
        ),
    ),
    hints=(
        "No formula gives h. But the neuron itself finds it: let it run without inputs, from h = 1.",
        "A loop of some thousand steps h = tanh(w_h h). For a weight up to 1 it ends at 0, for a larger one above 0.",
        "The share of a step is w_h times the slope of the tanh where its value is h.",
    ),
    points=2,
    difficulty=2,
    minutes=7,
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
    kind=Kind.BUG,
    starts_from="slope of the step before",
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
        "Compare its numbers with the tape's, distance by distance. At which distance do they part for the first time?",
        "At distance 0 nothing has been multiplied yet. At distance 1 one slope has: which state's should it be?",
        "The step from h_(t-1) to h_t ends in h_t: its slope is 1 - h_t². Look at the index of slopes.",
    ),
    points=2,
    difficulty=2,
    minutes=8,
)


_LARGEST, _DIFFERENCE, _LITTLE, _FAR = 0.95, 0.01, 0.05, 100


def _kernel_case(rng: np.random.Generator, units: int | None = None) -> Case:
    return {"units": int(rng.integers(3, 10)) if units is None else units, "seed": int(rng.integers(1, 1000))}


def _lengths(kernel: np.ndarray, gradients: np.ndarray, distance: int) -> np.ndarray:
    """How long each gradient is so many steps back, as a share of what it was."""
    after = np.linalg.norm(gradients @ np.linalg.matrix_power(kernel.T, distance), axis=1)
    return after / np.linalg.norm(gradients, axis=1)


def _which_kind(kernel: np.ndarray, gradients: np.ndarray) -> int:
    """0 for a kernel that keeps lengths, another number for each way to fail."""
    near, far = _lengths(kernel, gradients, 1), _lengths(kernel, gradients, _FAR)
    if np.all(np.abs(near - 1) < _LITTLE):
        kept = np.all(np.abs(near - 1) < _DIFFERENCE) and np.all(np.abs(far - 1) < _DIFFERENCE)
        return 0 if kept else 1
    if np.all(near < 1 + _DIFFERENCE):
        return 2 if np.min(near) < 1e-6 else 3
    if np.all(near > 1 - _DIFFERENCE):
        return 4
    if abs(backprop.spectral_radius(kernel) - 1) < 1e-6:
        return 5
    return 6 if np.allclose(np.linalg.norm(kernel, axis=1), 1) or np.allclose(np.linalg.norm(kernel, axis=0), 1) else 7


def _what_becomes_of_gradients(kernel: np.ndarray, units: int, seed: int) -> np.ndarray:
    """What the kernel does to twenty gradients and to those that a step shortens and lengthens most."""
    expect_shapes(kernel=(kernel, f"{units} {units}"))
    largest = float(np.max(np.abs(kernel)))
    if not largest <= _LARGEST:
        raise ValueError(
            f"kernel has an element of size {largest:.2f}, expected at most {_LARGEST}: no neuron may listen to a "
            "single one alone, as in the identity."
        )
    drawn = np.random.default_rng(seed).normal(size=(20, units))
    extremes = np.linalg.svd(kernel)[2][[0, -1]]
    return np.array([_which_kind(kernel, np.concatenate([drawn, extremes])), np.mean(np.linalg.norm(drawn, axis=1))])


#: Less than this of a length is nothing.
_NOTHING = 1e-6


def _measured_gradients(kernel: np.ndarray, units: int, seed: int) -> tuple[Measure, ...]:
    """The shares of its length that a gradient keeps, over all directions, and in how many nothing is left."""
    kept = {steps: np.linalg.svd(np.linalg.matrix_power(kernel, steps), compute_uv=False) for steps in (1, _FAR)}
    lost = int(np.sum(kept[1] < _NOTHING))
    return (
        Measure("The length of a gradient after 1 step, as a share of what it was: {}", _over_directions(kept[1])),
        Measure(f"After {_FAR} steps: {{}}", _over_directions(kept[_FAR])),
        Measure("Directions of which a single step leaves nothing: {}", f"{lost} of {units}"),
    )


def _over_directions(shares: np.ndarray) -> str:
    least, most = (_share_in_words(float(share)) for share in (shares.min(), shares.max()))
    return f"{most} in every direction" if least == most else f"between {least} and {most}, by its direction"


def _share_in_words(share: float) -> str:
    if share < _NOTHING:
        return "0"
    if share > 1 / _NOTHING:
        return "more than a million"
    return f"{share:,.0f}" if share >= _FAR else f"{share:.3g}"


_kernel = partial(changed, designs.kernel_that_keeps)
_MIRROR = "np.eye(units) - 2 * np.outer(v, v) / np.dot(v, v)"


def _uneven(units: int) -> np.ndarray:
    """Ones on and above the diagonal, less below: it shortens some gradients and lengthens others."""
    return np.triu(np.ones((units, units))) + 0.2 * np.tril(np.ones((units, units)), -1)


def _of_length_1(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


kernel_that_keeps = Exercise(
    name="kernel_that_keeps",
    kind=Kind.DESIGN,
    open_ended=True,
    reference=designs.kernel_that_keeps,
    alternatives=(alternatives.kernel_that_keeps,),
    cases=_kernel_case,
    other_cases=(_kernel_case(np.random.default_rng(2), 12),),
    call=Design(
        _what_becomes_of_gradients,
        unseen=("seed",),
        measures=_measured_gradients,
        apart=(Apart(directions=True, columns=True),),
    ),
    mistakes=(
        Mistake(
            "a little is lost or added at each step",
            _kernel((_MIRROR, f"0.995 * ({_MIRROR})")),
            "A single step nearly keeps every length, a hundred do not: a little is lost or added at each. Is every "
            "digit of your kernel there, or was it rounded?",
        ),
        Mistake(
            "some gradients are lost at once",
            _kernel((_MIRROR, "np.outer(v, v) / units")),
            "A step shortens gradients, and some it leaves nothing of: a kernel that only averages forgets how its "
            "neurons differed. No two different gradients may become the same.",
        ),
        Mistake(
            "gradients fade",
            _kernel((_MIRROR, f"0.9 * ({_MIRROR})")),
            "Gradients become shorter, at the first step already and for good. Some direction, or all of them, loses "
            "in length.",
        ),
        Mistake(
            "gradients explode",
            _kernel((_MIRROR, f"1.1 * ({_MIRROR})")),
            "Gradients become longer, step after step: what stretches by a tenth makes 14,000 of 1 in a hundred steps.",
        ),
        Mistake(
            "a radius of 1, and no more",
            lambda units: backprop.with_spectral_radius(_uneven(units), 1.0),
            "The spectral radius of your kernel is 1, and still a step makes some gradients shorter and others longer. "
            "The radius says what happens in the long run. Every step has to keep every length.",
        ),
        Mistake(
            "rows of length 1, and no more",
            lambda units: _of_length_1(0.5 + np.eye(units)),
            "The rows of your kernel, or its columns, have length 1, and still a step makes some gradients shorter and "
            "others longer. The rows have to be at right angles to each other as well.",
        ),
        Mistake(
            "some shrink, others grow",
            _kernel((_MIRROR, "0.6 * np.triu(np.outer(v, v))")),
            "A step makes some gradients shorter and others longer. Every step has to keep every length: look for "
            "matrices that only turn or mirror.",
        ),
    ),
    hints=(
        "A matrix keeps every length if its transpose undoes it: W Wᵀ = 1. Such matrices are called orthogonal.",
        "Two families that you can write down: a turn in a plane, and a mirror. Or take any matrix and make its rows "
        "orthogonal: NumPy has a decomposition for that.",
        "np.linalg.qr(matrix)[0] is orthogonal. Check that no element is larger than 0.95, and draw again if one is.",
    ),
    points=3,
    difficulty=2,
    minutes=8,
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
            "output handed on as the state",
            _loop(("output, state = step(x, state)", "output = state = step(x, state)[0]")),
            "You hand the output on as the state. step returns both, and they differ: the second is the new state.",
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
            "outputs stopped at the beginnings of the pieces",
            _loop(
                ("state = tf.stop_gradient(state)", "pass"),
                ("append(output)", "append(tf.stop_gradient(output) if t % length == 0 else output)"),
            ),
            "At the borders you stop the gradient of an output. It is the state whose way back ends there.",
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

EXERCISES = (resting_share, gradient_norms, vanish_or_explode, kernel_that_keeps, truncated_rnn)
