"""Chapter 03: a layer and a batch at once; NumPy, TensorFlow, Keras."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from rnncourse import backprop, cells, unrolling
from rnncourse.exercises import alternatives
from rnncourse.exercises.definitions import WHOLE, Case, Design, Exercise, Kind, Measure, Mistake, Question
from rnncourse.exercises.edits import changed

BATCH, FEATURES, UNITS = 4, 3, 5
_SIZES, _OTHER_SIZES = (BATCH, FEATURES, UNITS), (8, 4, 7)

batch_shapes = Question(
    name="batch_shapes",
    kind=Kind.PREDICTION,
    answer={"X0 @ W_x": (4, 5), "Y0 @ W_h": (4, 5), "b": (5,), "Y1": (4, 5)},
    feedback={
        "X0 @ W_x": {
            (3, 5): "that is W_x itself. The product has a row for each row of X0.",
            (4, 3): "that is X0 itself. The product has a column for each neuron.",
            (5, 4): "rows are instances, columns are neurons.",
            (3, 3): "the size 3 is summed away: it is the inner size of (4, 3) times (3, 5).",
        },
        "Y0 @ W_h": {
            (5, 5): "that is W_h itself. The product has a row for each instance.",
            (4, 3): "Y0 has 5 columns, one per neuron, and so has its product with a 5 by 5 matrix.",
            (5, 4): "rows are instances, columns are neurons.",
        },
        "b": {
            (4, 5): "every instance uses the same bias; NumPy adds one row to each of the 4.",
            (4,): "there is one bias per neuron, not one per instance.",
            (3,): "there is one bias per neuron, not one per input.",
            (1,): "every neuron has a bias of its own.",
            (1, 5): "the numbers are right, but that is a matrix of one row; b is a plain row with one axis.",
            (5, 1): "the numbers are right, but that is a matrix of one column; b is a plain row with one axis.",
        },
        "Y1": {
            (4, 3): "3 is the size of an input. An output has one number per neuron.",
            (5, 5): "there is a row for each instance of the batch.",
            (4, 10): "Y1 is one step; it does not hold Y0 as well.",
            (8, 5): "Y1 is one step; it does not hold Y0 as well.",
            (4, 2, 5): "that is both steps together. Y1 is the second alone.",
        },
    },
    hints=(
        "(rows, inner) times (inner, columns) gives (rows, columns).",
        "X0 is (4, 3): 4 instances of 3 numbers. A row stays a row: 4 instances in, 4 instances out.",
        "All three matrices that are added up have a row per instance and a column per neuron.",
    ),
    points=2,
    difficulty=1,
    minutes=4,
)


def _weights(rng: np.random.Generator, features: int, units: int) -> Case:
    return {
        "kernel": rng.uniform(-0.8, 0.8, size=(features, units)),
        "recurrent_kernel": rng.uniform(-0.6, 0.6, size=(units, units)),
        "bias": rng.uniform(0.2, 0.7, size=units),
    }


def _step_case(rng: np.random.Generator, sizes: tuple[int, int, int] = _SIZES) -> Case:
    batch, features, units = sizes
    return {
        "inputs": rng.uniform(-1, 1, size=(batch, features)),
        "state": rng.uniform(-1, 1, size=(batch, units)),
        **_weights(rng, features, units),
    }


_OTHER_STEP = (_step_case(np.random.default_rng(2), _OTHER_SIZES),)


def _sigmoid(lib: Any, z: Any) -> Any:
    return 0.5 * (1 + lib.tanh(z / 2))


def _softmax(lib: Any, z: Any) -> Any:
    powers = lib.exp(z)
    return powers / lib.einsum("bu->b", powers)[:, None]


#: A step with one thing wrong, in any library that has tanh: NumPy or TensorFlow.
_WRONG_STEPS = (
    Mistake(
        "bias left out",
        lambda lib, x, h, w_x, w_h, b: lib.tanh(x @ w_x + h @ w_h),
        "Your result is right but for the bias: add b before the tanh.",
    ),
    Mistake(
        "state left out",
        lambda lib, x, h, w_x, w_h, b: lib.tanh(x @ w_x + b),
        "This layer has no memory: the product of state and recurrent kernel is missing from the sum.",
    ),
    Mistake(
        "inputs left out",
        lambda lib, x, h, w_x, w_h, b: lib.tanh(h @ w_h + b),
        "This layer hears only itself: the product of inputs and kernel is missing from the sum.",
    ),
    Mistake(
        "tanh left out",
        lambda lib, x, h, w_x, w_h, b: x @ w_x + h @ w_h + b,
        "The weighted sums are right; now squash them with the tanh.",
    ),
    Mistake(
        "recurrent kernel transposed",
        lambda lib, x, h, w_x, w_h, b: lib.tanh(x @ w_x + h @ lib.transpose(w_h) + b),
        "The recurrent kernel is transposed. It is square, so no shape shows it: use state @ recurrent_kernel.",
    ),
    Mistake(
        "bias outside the tanh",
        lambda lib, x, h, w_x, w_h, b: lib.tanh(x @ w_x + h @ w_h) + b,
        "The bias is added after the tanh. It belongs inside, with the weighted sums.",
    ),
    Mistake(
        "state not weighted",
        lambda lib, x, h, w_x, w_h, b: lib.tanh(x @ w_x + h + b),
        "The old state is added without its weights: multiply it by the recurrent kernel first.",
    ),
    Mistake(
        "two tanhs",
        lambda lib, x, h, w_x, w_h, b: lib.tanh(x @ w_x + b) + lib.tanh(h @ w_h),
        "You squash the two products apart. Add them up first, then squash once.",
    ),
    Mistake(
        "ReLU for tanh",
        lambda lib, x, h, w_x, w_h, b: lib.maximum(x @ w_x + h @ w_h + b, 0),
        "You squash with the ReLU. This cell uses the tanh.",
    ),
    Mistake(
        "sigmoid for tanh",
        lambda lib, x, h, w_x, w_h, b: _sigmoid(lib, x @ w_x + h @ w_h + b),
        "You squash with the sigmoid (0 to 1). This cell uses the tanh (-1 to 1).",
    ),
    Mistake(
        "softmax for tanh",
        lambda lib, x, h, w_x, w_h, b: _softmax(lib, x @ w_x + h @ w_h + b),
        "Your numbers share a sum of 1 among them: that is a softmax. Every neuron is squashed by itself, by tanh.",
    ),
    Mistake(
        "bias added twice",
        lambda lib, x, h, w_x, w_h, b: lib.tanh(x @ w_x + h @ w_h + 2 * b),
        "The bias is added twice, once with each product. The sum has one bias.",
    ),
    Mistake(
        "state added after the tanh",
        lambda lib, x, h, w_x, w_h, b: lib.tanh(x @ w_x + b) + h @ w_h,
        "The state's product is added after the tanh. It belongs inside, with the others.",
    ),
    Mistake(
        "kernels swapped",
        lambda lib, x, h, w_x, w_h, b: lib.tanh(x @ w_h + h @ w_x + b),
        "The kernels are swapped: kernel belongs to the inputs, recurrent_kernel to the state.",
    ),
    Mistake(
        "element by element",
        lambda lib, x, h, w_x, w_h, b: lib.tanh(x * w_x + h * w_h + b),
        "The sign * multiplies element by element. The product of matrices is @.",
    ),
    Mistake(
        "factors the wrong way round",
        lambda lib, x, h, w_x, w_h, b: lib.tanh(w_x @ x + w_h @ h + b),
        "The weights stand before the inputs. Rows of inputs meet columns of weights: inputs @ kernel.",
    ),
)


def _in_a_step(how: Callable[..., Any], without: tuple[str, ...] = ()) -> tuple[Mistake, ...]:
    """The mistakes that all exercises with this step share.

    Args:
        how: a wrong step that takes its library first -> the wrong function of the exercise.
        without: names of those that cannot be made there.
    """
    return tuple(replace(m, function=how(m.function)) for m in _WRONG_STEPS if m.name not in without)


rnn_step = Exercise(
    name="rnn_step",
    kind=Kind.NEW_CASE,
    reference=cells.rnn_step,
    withheld=("rnn_step_stacked", "simple_rnn_layer"),
    cases=_step_case,
    other_cases=_OTHER_STEP,
    mistakes=_in_a_step(lambda step: partial(step, np)),
    hints=(
        "Which product of inputs and kernel has a row per instance and a column per neuron? Which one of the state?",
        "Rows of inputs meet columns of weights: inputs @ kernel. The bias adds itself to every row by broadcasting.",
        "np.tanh(inputs @ kernel + … @ … + …)",
    ),
    points=3,
    difficulty=2,
    minutes=8,
)


def _two_steps_case(rng: np.random.Generator, sizes: tuple[int, int, int] = _SIZES) -> Case:
    batch, features, units = sizes
    return {
        "first": rng.uniform(-1, 1, size=(batch, features)),
        "second": rng.uniform(-1, 1, size=(batch, features)),
        **_weights(rng, features, units),
    }


_two = partial(changed, unrolling.run_two_steps)


_ONE_AFTER_THE_OTHER = """\
    empty = np.zeros((first.shape[0], kernel.shape[1]))  # no past yet
    first_output = rnn_step(first, empty, kernel, recurrent_kernel, bias)
    return first_output, rnn_step(second, first_output, kernel, recurrent_kernel, bias)
"""
_IN_A_LOOP_THAT_FORGETS = """\
    state = np.zeros((first.shape[0], kernel.shape[1]))  # no past yet
    outputs = []
    for inputs in (first, second):
        output = rnn_step(inputs, state, kernel, recurrent_kernel, bias)
        outputs.append(output)
    return outputs[0], outputs[1]
"""


def _both_steps(step: Callable[..., Any]) -> Callable[..., Any]:
    """The two steps with another cell in both of them."""
    return _two(("rnn_step(first", "step(np, first"), ("rnn_step(second", "step(np, second"), step=step)


#: Without memory in both steps is "no memory"; the first state, zeros, tells the others' sums apart no more.
_NOT_IN_TWO = ("state left out", "two tanhs")


def _one_step(which: str) -> tuple[Mistake, ...]:
    """The first or the second step alone with what is easily forgotten in it."""
    wrong = {m.name: m.function for m in _WRONG_STEPS}
    return tuple(
        Mistake(
            f"{name} of the {which} step",
            _two((f"rnn_step({which}", f"step(np, {which}"), step=wrong[name]),
            f"The {what} is missing in the {which} step. Every step is made in the same way, with the same arrays.",
        )
        for name, what in (("bias left out", "bias"), ("tanh left out", "tanh"))
    )


run_two_steps = Exercise(
    name="run_two_steps",
    kind=Kind.BUG,
    starts_from="no memory",
    reference=unrolling.run_two_steps,
    withheld=("run_layer", "static_rnn", "dynamic_rnn", "run_with_lengths", "sequence_to_sequence", "simple_rnn_layer"),
    alternatives=(alternatives.run_two_steps,),
    cases=_two_steps_case,
    other_cases=(_two_steps_case(np.random.default_rng(3), _OTHER_SIZES),),
    mistakes=(
        Mistake(
            "no memory",
            _two((_ONE_AFTER_THE_OTHER, _IN_A_LOOP_THAT_FORGETS)),
            "Y0 is right. Y1 does not know of it: the second step starts from Y0, not from zeros.",
        ),
        Mistake(
            "first input used twice",
            _two(("rnn_step(second", "rnn_step(first")),
            "Y0 is right. The second step reads the first input again; give it second.",
        ),
        Mistake(
            "second input left out",
            _two(
                ("rnn_step(second, first_output, kernel,", "np.tanh(first_output @"),
                ("@ recurrent_kernel, bias", "@ recurrent_kernel + bias"),
            ),
            "Y0 is right. The second step hears only the state; its input, second, is missing.",
        ),
        Mistake(
            "results swapped",
            lambda *arguments: unrolling.run_two_steps(*arguments)[::-1],
            "Both results are right, but in the wrong order: first Y0, then Y1.",
        ),
        Mistake(
            "steps swapped",
            lambda first, second, *weights: unrolling.run_two_steps(second, first, *weights),
            "You read second before first.",
        ),
        *_in_a_step(_both_steps, without=_NOT_IN_TWO),
        *_one_step("first"),
        *_one_step("second"),
        Mistake(
            "starts from ones",
            _two(("np.zeros", "np.ones")),
            "Your first step starts from ones. An empty memory is zeros.",
        ),
    ),
    hints=(
        "Change first and look at both results: which of them answers, and which should?",
        "Follow the variable state through the loop. What does it hold before the second step? What should it hold?",
        "In this simplest of cells the output is the next state.",
        "A line is missing at the end of the loop: state = …",
    ),
    points=3,
    difficulty=1,
    minutes=6,
    parts=("Y0", "Y1"),
)


def _zigzag(rng: np.random.Generator, batch: int = 3, time_steps: int = 8) -> Case:
    """Sequences between -1 and 1 of which no value is nearer than 0.2 to the one before."""
    sequences = np.zeros((batch, time_steps, 1))
    for sequence in sequences:
        sequence[0] = rng.uniform(-1, 1)
        for t in range(1, time_steps):
            sequence[t] = rng.uniform(-1, 1)
            while abs(sequence[t] - sequence[t - 1]) < 0.2:
                sequence[t] = rng.uniform(-1, 1)
    return {"inputs": sequences}


def _says(kernel: np.ndarray, recurrent_kernel: np.ndarray, bias: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    """1 where the last neuron is above 0.5, -1 where it is below -0.5, 0 between; from the second step on."""
    if bias.ndim != 1 or not 1 <= len(bias) <= _MOST_NEURONS:
        raise ValueError(f"bias has shape {bias.shape}, expected (units,) with 1 to {_MOST_NEURONS} units.")
    last = backprop.run_layer(inputs, kernel, recurrent_kernel, bias)[:, 1:, -1]
    return np.where(last > 0.5, 1, np.where(last < -0.5, -1, 0))


_MOST_NEURONS = 6


def _measured_sums(
    kernel: np.ndarray, recurrent_kernel: np.ndarray, bias: np.ndarray, inputs: np.ndarray
) -> tuple[Measure, ...]:
    """What an input adds to the sum of the last neuron, before its tanh, in its own step and in the next two."""
    silent, *given = (_sums_of_the_last(x, kernel, recurrent_kernel, bias) for x in (0.0, 0.1, 1.0))
    small, large = ([f"{added + 0:.3g}" for added in sums - silent] for sums in given)
    told = [
        f"an input of {x} adds {at_once} at once, {next_} a step later, {later} after two"
        for x, (at_once, next_, later) in ((0.1, small), (1, large))
    ]
    adds = Measure("To the sum of your last neuron, before its tanh, {}", "; ".join(told), "")
    if len(inputs) > 1:
        return (adds,)
    last = float(backprop.run_layer(inputs, kernel, recurrent_kernel, bias)[0, -1, -1])
    return (Measure("At the last of these steps your last neuron is at {}", f"{last + 0:.3g}", ""), adds)


def _sums_of_the_last(x: float, kernel: np.ndarray, recurrent_kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """The sums of the last neuron in three steps that read x, 0 and 0, from a state of zeros."""
    inputs = np.array([[[x], [0.0], [0.0]]])
    states = backprop.run_layer(inputs, kernel, recurrent_kernel, bias)[0]
    before = np.concatenate([np.zeros((1, len(bias))), states[:-1]])
    return inputs[0, :, 0] * kernel[0, -1] + before @ recurrent_kernel[:, -1] + bias[-1]


def _detector(
    into: tuple[float, ...], links: dict[tuple[int, int], float], bias: tuple[float, ...] = ()
) -> Callable[[], tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """A layer on one input: its weights from the input, and those from neuron i to neuron j that are not 0."""

    def design() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        recurrent_kernel = np.zeros((len(into), len(into)))
        for (sender, receiver), weight in links.items():
            recurrent_kernel[sender, receiver] = weight
        return np.array([into]), recurrent_kernel, np.array(bias or np.zeros(len(into)))

    return design


change_detector = Exercise(
    name="change_detector",
    kind=Kind.DESIGN,
    open_ended=True,
    reference=cells.change_detector,
    cases=_zigzag,
    other_cases=(_zigzag(np.random.default_rng(6), 2, 13),),
    call=Design(_says, pieces=("kernel", "recurrent_kernel", "bias"), unseen=("inputs",), measures=_measured_sums),
    tolerance=WHOLE,
    mistakes=(
        Mistake(
            "hears only the present",
            _detector((0.1, 10), {}),
            "Your last neuron says whether the input is above or below 0, not whether it rose: nothing of the last "
            "step reaches it. In the recurrent kernel the row is where a weight comes from, the column where it goes.",
        ),
        Mistake(
            "hears only the past",
            _detector((0.1, 0), {(0, 1): -100}),
            "Your last neuron answers to the input of one step ago alone. It has to hear the present one too.",
        ),
        Mistake(
            "falls for rises",
            _detector((0.1, -10), {(0, 1): 100}),
            "Everything is there, with the wrong sign: your neuron is high when the input falls.",
        ),
        Mistake(
            "sum for difference",
            _detector((0.1, 10), {(0, 1): 100}),
            "Your last neuron adds the last input to the present one. A change is a difference: one of the two weights "
            "has to be negative.",
        ),
        Mistake(
            "one step late",
            _detector((0.1, 10, 0), {(0, 1): -100, (1, 2): 3}),
            "Your layer knows it one neuron too early: the last neuron repeats, one step late, what another one says.",
        ),
        Mistake(
            "compares with two steps ago",
            _detector((0.1, 0, 10), {(0, 1): 1, (1, 2): -100}),
            "Your last neuron compares the input with the one of two steps ago: its memory is one neuron too long.",
        ),
        Mistake(
            "too quiet",
            _detector((0.1, 1), {(0, 1): -10}),
            "The signs are right, but small changes leave your last neuron between -0.5 and 0.5: make its weights "
            "larger, both by the same factor.",
        ),
        Mistake(
            "a saturated memory",
            _detector((2, 10), {(0, 1): -10}),
            "Your memory is saturated: large inputs of one step ago look alike to it. Give it a small weight, so that "
            "it stays where the tanh is nearly straight, and make up for it in the weight that reads it.",
        ),
        Mistake(
            "memory weighted too little",
            _detector((0.1, 10), {(0, 1): -50}),
            "The last input counts too little beside the present one. What the memory holds is the input times its "
            "weight: the two ways to the last neuron have to weigh the same.",
        ),
        Mistake("no answer", _detector((0, 0), {}), "Your last neuron stays between -0.5 and 0.5, whatever is read."),
    ),
    alternatives=(
        _detector((-0.05, 20), {(0, 1): 400}),
        _detector((0.01, 0.02, 3), {(0, 2): -150, (1, 2): -75}),
        _detector((12, 0.1, 12), {(1, 2): -120, (1, 0): -120}),
    ),
    hints=(
        "Two neurons are enough. The first is a memory: after a step it holds something that tells that step's input.",
        "The recurrent kernel brings what the first neuron held one step ago to the second. Row: from, column: to.",
        "With a weight of 0.1 the first neuron holds about 0.1 x, since tanh(0.1 x) is nearly 0.1 x.",
        "The second neuron should hear 10 times the input, minus 10 times the last one. It reads 0.1 of the last one.",
    ),
    points=3,
    difficulty=3,
    minutes=14,
)


def _tensors(case: Case) -> Case:
    import tensorflow as tf

    return {name: tf.constant(value, tf.float32) for name, value in case.items()}


def _value_and_gradient(step: Callable[..., Any], case: Case) -> tuple[Any, Any]:
    """What the step returns, and how it changes with the kernel: zeros where no gradient finds its way back."""
    import tensorflow as tf

    inputs, state, kernel, recurrent_kernel, bias = _tensors(case).values()
    kernel, recurrent_kernel = tf.Variable(kernel), tf.Variable(recurrent_kernel)
    with tf.GradientTape() as tape:
        output = step(inputs, state, kernel, recurrent_kernel, tf.Variable(bias))
        if output is None:
            return None, None
        total = tf.reduce_sum(output) if tf.is_tensor(output) else tf.constant(0.0)
    gradient = tape.gradient(total, [kernel, recurrent_kernel])
    both = [tf.zeros_like(v) if g is None else g for g, v in zip(gradient, (kernel, recurrent_kernel), strict=True)]
    return output, tf.concat(both, axis=0)


def _tensorflow_step(*arguments: Any) -> Any:
    from rnncourse.tensorflow_cells import rnn_step_tensorflow as step

    return step(*arguments)


def _with_tape(inputs: Any, state: Any, kernel: Any, recurrent_kernel: Any, bias: Any) -> Any:
    import tensorflow as tf

    return tf.tanh(tf.matmul(inputs, kernel) + tf.matmul(state, recurrent_kernel) + bias)


_IN_ONE_LINE = "    return tf.tanh(tf.matmul(inputs, kernel) + tf.matmul(state, recurrent_kernel) + bias)\n"
_WITH_COPIES = """\
    W_x, W_h = tf.Variable(kernel), tf.Variable(recurrent_kernel)
    return tf.tanh(tf.matmul(inputs, W_x) + tf.matmul(state, W_h) + bias)
"""


def _in_tensorflow(formula: Callable[..., Any]) -> Callable[..., Any]:
    """A mistake written with TensorFlow at hand as the first argument, imported only when it runs."""

    def wrong(*arguments: Any) -> Any:
        import tensorflow as tf

        return formula(tf, *arguments)

    return wrong


rnn_step_tensorflow = Exercise(
    name="rnn_step_tensorflow",
    kind=Kind.BUG,
    starts_from="weights cut off from training",
    reference=_tensorflow_step,
    alternatives=(alternatives.rnn_step_tensorflow,),
    cases=_step_case,
    other_cases=_OTHER_STEP,
    call=_value_and_gradient,
    example=_tensors,
    parts=("the value", "the gradient"),
    mistakes=(
        Mistake(
            "weights cut off from training",
            changed(_with_tape, (_IN_ONE_LINE, _WITH_COPIES)),
            "The value is right, but no gradient finds its way back to the kernels. NumPy's functions, .numpy(), and "
            "copies in a new tf.Variable or tf.constant cut them off from training: use the arguments themselves, with "
            "tf.matmul and tf.tanh.",
        ),
        *(
            Mistake(
                f"{name} cut off from training",
                changed(_with_tape, (f", {name})", f", tf.Variable({name}))")),
                f"The value is right, and the gradient for one of the kernels. None finds its way back to {name}: a "
                "copy in a new tf.Variable or tf.constant, or .numpy(), cuts it off from training. Use the argument "
                "itself.",
            )
            for name in ("kernel", "recurrent_kernel")
        ),
        *_in_a_step(_in_tensorflow, without=("two tanhs", "factors the wrong way round")),
    ),
    hints=(
        "The value is right, so the formula is. The tape answers only for what the output was computed from.",
        "Make two variables v and w = tf.Variable(v), compute y = w * w under a tape, and ask for the gradient by v.",
        "tf.Variable(kernel) is a new variable with the same numbers. Nothing leads from it back to kernel.",
    ),
    points=3,
    difficulty=2,
    minutes=8,
)


def _layer_case(rng: np.random.Generator, batch: int = 2, steps: int = 3, sizes: tuple[int, ...] = _SIZES) -> Case:
    _, features, units = sizes
    return {**_weights(rng, features, units), "sequence": rng.uniform(-1, 1, size=(batch, steps, features))}


def _without_sequence(case: Case) -> Case:
    return {name: value for name, value in case.items() if name != "sequence"}


def _layer_outputs(build: Callable[..., Any], case: Case) -> Any:
    """Build the layer from the weights, then run it on a sequence it has not seen."""
    import tensorflow as tf

    layer = build(*_without_sequence(case).values())
    return None if layer is None else layer(tf.constant(case["sequence"], tf.float32))


def _layer(*weights: np.ndarray, **options: Any) -> Any:
    from rnncourse.layers import simple_rnn_layer as build

    return build(*weights, **options)


def _weights_not_set(kernel: np.ndarray, recurrent_kernel: np.ndarray, bias: np.ndarray) -> Any:
    """Keras draws the seed of new weights from ``random``, which starts alike in every call: so they are the same."""
    import keras

    return keras.layers.SimpleRNN(len(bias), return_sequences=True)


def _keras_layer(
    kernel: np.ndarray, recurrent_kernel: np.ndarray, bias: np.ndarray, *, built: bool = True, **options: Any
) -> Any:
    """A layer with the weights set, and with options that ``simple_rnn_layer`` does not take."""
    import keras

    layer = keras.layers.SimpleRNN(**{"units": len(bias), **options})
    if built:
        layer.build((None, None, len(kernel)))
    layer.set_weights([kernel, recurrent_kernel, bias])
    return layer


simple_rnn_layer = Exercise(
    name="simple_rnn_layer",
    kind=Kind.NEW_CASE,
    reference=_layer,
    withheld=("run_layer",),
    cases=_layer_case,
    other_cases=(_layer_case(np.random.default_rng(5), 5, 9, _OTHER_SIZES),),
    case_count=2,
    call=_layer_outputs,
    example=_without_sequence,
    mistakes=(
        Mistake(
            "only the last output",
            lambda *weights: _layer(*weights, return_sequences=False),
            "The layer returns its last output only. Ask for all of them: return_sequences=True.",
        ),
        Mistake(
            "recurrent kernel transposed",
            lambda kernel, recurrent_kernel, bias: _layer(kernel, recurrent_kernel.T, bias),
            "The recurrent kernel is transposed. Keras keeps it as this chapter does: state @ recurrent_kernel.",
        ),
        Mistake(
            "bias left out",
            lambda kernel, recurrent_kernel, bias: _layer(kernel, recurrent_kernel, 0 * bias),
            "The layer works without your bias: set_weights takes kernel, recurrent kernel and bias.",
        ),
        Mistake(
            "weights not set",
            _weights_not_set,
            "The layer still has the random weights it was made with: after build, give it yours with set_weights.",
        ),
        Mistake(
            "another activation",
            lambda *weights: _layer(*weights, activation="relu"),
            "The layer uses the ReLU. The cell of this chapter, and SimpleRNN by default, uses the tanh.",
        ),
        Mistake(
            "read backwards",
            lambda *weights: _layer(*weights, go_backwards=True),
            "The layer reads the sequence from its end: leave go_backwards out.",
        ),
        Mistake(
            "linear activation",
            lambda *weights: _layer(*weights, activation=None),
            "The layer has no activation. The cell of this chapter, and SimpleRNN by default, uses the tanh.",
        ),
        Mistake(
            "state for sequences",
            lambda *weights: _keras_layer(*weights, return_state=True),
            "return_state=True gives the last output, and the last state beside it. The outputs of all steps are asked "
            "for, which is another option.",
        ),
        Mistake(
            "not built",
            lambda *weights: _keras_layer(*weights, built=False),
            "The layer has no weights yet when they are set: build makes them, for inputs of shape (None, None, "
            "features).",
        ),
        Mistake(
            "units taken from the features",
            lambda kernel, *rest: _keras_layer(kernel, *rest, units=len(kernel), return_sequences=True),
            "The layer has as many units as there are features. A bias holds one number per unit: len(bias).",
        ),
        Mistake(
            "sequences and state",
            lambda *weights: _keras_layer(*weights, return_sequences=True, return_state=True),
            "The layer returns its last state beside the outputs of all steps. Only the outputs are asked for.",
        ),
        Mistake(
            "sigmoid activation",
            lambda *weights: _layer(*weights, activation="sigmoid"),
            "The layer squashes with the sigmoid (0 to 1). This cell uses the tanh (-1 to 1), as SimpleRNN by default.",
        ),
        Mistake(
            "kernels swapped",
            lambda kernel, recurrent_kernel, bias: _keras_layer(recurrent_kernel, kernel, bias),
            "The kernels are swapped: set_weights takes the kernel of the inputs first, then the recurrent kernel.",
        ),
    ),
    hints=(
        "keras.layers.SimpleRNN(units, return_sequences=True) is the layer. How many units do the weights have?",
        "A new layer has no weights yet. layer.build((None, None, features)) makes them.",
        "After build: layer.set_weights([kernel, recurrent_kernel, bias]). Then return the layer.",
    ),
    points=3,
    difficulty=3,
    minutes=8,
)

EXERCISES = (batch_shapes, rnn_step, run_two_steps, change_detector, rnn_step_tensorflow, simple_rnn_layer)
