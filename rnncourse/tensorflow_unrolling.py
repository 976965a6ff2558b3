"""MANY time steps in TensorFlow: in one loop of the graph, of any length; unrolled in parts that run side by side; cut
into pieces where the gradient ends; and what a traced graph holds, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from rnncourse.shapes import expect_count
from rnncourse.unrolling import static_rnn

_NO_STEP = "inputs: expected at least one step of time (axis 1)."
_WRONG_LENGTHS = "sequence_lengths: expected a whole number for each sequence, from 0 to the number of steps of inputs."


def dynamic_rnn(
    step: Callable[[Any, Any], tuple[Any, Any]], inputs: Any, state: Any, sequence_lengths: Any = None
) -> tuple[tf.Tensor, Any]:
    """y_t, h_t = step(x_t, h_(t-1)) for t = 0, 1, …; past the end of a sequence y_t = 0 and h_t = h_(t-1).

    One ``tf.while_loop``: the graph holds the cell once, whatever the number of steps, which need not be known before
    the graph runs. With lengths the loop ends with the longest sequence; steps that all have behind them are not run.

    Args:
        step: a cell, (inputs, state) -> (output, new state); inputs and output are tensors, batch first.
        inputs: shape (batch, time, …), usually (batch, time, features).
        state: the state before the first step: a tensor of shape (batch, units), or a nest of tensors, such as a pair.
        sequence_lengths: number of steps of each sequence, whole numbers, shape (batch,); None: all take every step.

    Returns:
        (outputs of shape (batch, time, …), the state of each sequence after its last step, nested as ``state``).

    Raises:
        ValueError: an axis does not fit, a length is out of range, or step does not return what a cell has to return.
        tf.errors.InvalidArgumentError: a length is out of range, and that is known only when the graph runs.

    Source: ``tf.nn.dynamic_rnn`` of TensorFlow 1.
    """
    inputs, state = _expect_inputs(inputs), tf.nest.map_structure(tf.convert_to_tensor, state)
    lengths = None if sequence_lengths is None else _expect_lengths(sequence_lengths, inputs, state)
    output_spec = _expect_cell(step, inputs, state)
    longest = tf.shape(inputs)[1] if lengths is None else tf.maximum(tf.reduce_max(lengths), 1)
    time_first = _exchange_first_axes(inputs)
    steps = tf.TensorArray(inputs.dtype, tf.shape(time_first)[0], element_shape=time_first.shape[1:])
    steps = steps.unstack(time_first)  # a gradient goes back into one entry, not into the whole array at every step
    outputs = tf.TensorArray(output_spec.dtype, longest, element_shape=output_spec.shape)

    def body(t: tf.Tensor, outputs: tf.TensorArray, state: Any) -> tuple[tf.Tensor, tf.TensorArray, Any]:
        output, new_state = step(steps.read(t), state)
        if lengths is not None:
            output = _choose(t < lengths, output, tf.zeros_like(output))
            new_state = tf.nest.map_structure(lambda new, old: _choose(t < lengths, new, old), new_state, state)
        return t + 1, outputs.write(t, output), new_state

    _, outputs, state = tf.while_loop(lambda t, *_: t < longest, body, (0, outputs, state))
    return _with_zeros_up_to(inputs, _exchange_first_axes(outputs.stack())), state


def dynamic_simple_rnn(
    inputs: Any, state: Any, kernel: Any, recurrent_kernel: Any, bias: Any, sequence_lengths: Any = None
) -> tuple[tf.Tensor, tf.Tensor]:
    """h_t = tanh(a_t + h_(t-1) W_h), all a_t = x_t W_x + b made before the loop, in one large product.

    The numbers and the gradients of ``dynamic_rnn`` with ``rnn_step_tensorflow``. What needs no state waits for none:
    the a_t come before the loop, and the gradients of W_x, W_h and b after the loop of the backward pass, one product
    each. Many small steps are quicker so (small batches); with large batches ``dynamic_rnn`` may be.

    Args:
        inputs: shape (batch, time, features).
        state: the state before the first step, shape (batch, units).
        kernel: W_x, shape (features, units).
        recurrent_kernel: W_h, shape (units, units).
        bias: b, shape (units,).
        sequence_lengths: as for ``dynamic_rnn``.

    Returns:
        (outputs of shape (batch, time, units), the last state of each sequence, shape (batch, units)).

    Raises:
        ValueError: as for ``dynamic_rnn``.
        tf.errors.InvalidArgumentError: as for ``dynamic_rnn``, and TensorFlow's own error where shapes do not fit.
    """
    inputs, state = _expect_inputs(inputs), tf.convert_to_tensor(state)
    running = None
    if sequence_lengths is not None:
        lengths = _expect_lengths(sequence_lengths, inputs, state)
        running = tf.range(tf.shape(inputs)[1])[:, tf.newaxis, tf.newaxis] < lengths[:, tf.newaxis]  # (time, batch, 1)
    drives = tf.tensordot(_exchange_first_axes(inputs), kernel, 1) + bias
    states = _simple_rnn_states(drives, running, state, tf.convert_to_tensor(recurrent_kernel))
    outputs = states if running is None else tf.where(running, states, tf.zeros_like(states))
    return _exchange_first_axes(outputs), states[-1]


def unrolled_rnn(
    step: Callable[[Any, Any], tuple[Any, Any]], inputs: Any, state: Any = None, parts: int = 1
) -> tuple[tf.Tensor, Any]:
    """``static_rnn`` on one tensor, for short sequences; the batch may be cut into parts that need not wait.

    One step waits for the step before, so that a single chain of steps seldom keeps two cores busy. Two halves of a
    batch are two chains: TensorFlow works at both at once. Results and gradients are the same.

    Args:
        step: a cell, (inputs, state) -> (output, new state); the instances of a batch must not see each other in it.
        inputs: shape (batch, time, …); batch and time are known when the graph is built.
        state: the state before the first step, a tensor or a nest of tensors, batch first. None is handed to step as it
            is: ``rnn_step_tensorflow`` and its like then spare the product with a state of zeros.
        parts: into how many parts the batch is cut, at most as many as it has instances.

    Returns:
        (outputs of shape (batch, time, …), the last state, nested as step returns it).

    Raises:
        ValueError: batch or time is not known, or parts is out of range.
    """
    inputs = tf.convert_to_tensor(inputs)
    parts = expect_count("parts", parts)
    batch, time_steps = inputs.shape[:2] if (inputs.shape.rank or 0) > 1 else (None, None)
    if not batch or not time_steps or parts > batch:
        raise ValueError(
            f"inputs has shape {inputs.shape} and parts is {parts}, expected (batch, time, …), both known when the "
            "graph is built, and at most as many parts as instances."
        )
    sizes = [batch // parts + (part < batch % parts) for part in range(parts)]
    starts = [state] * parts if state is None else _split_nest(state, sizes)
    runs = [
        static_rnn(step, tf.unstack(piece, axis=1), start)
        for piece, start in zip(tf.split(inputs, sizes), starts, strict=True)
    ]
    outputs = tf.concat([tf.stack(outputs, axis=1) for outputs, _ in runs], axis=0)
    return outputs, tf.nest.map_structure(lambda *last: tf.concat(last, axis=0), *(last for _, last in runs))


def _split_nest(state: Any, sizes: Sequence[int]) -> list[Any]:
    """A nest of tensors as several nests, each with its part of the batch."""
    pieces = [tf.split(tensor, sizes) for tensor in tf.nest.flatten(state)]
    return [tf.nest.pack_sequence_as(state, part) for part in zip(*pieces, strict=True)]


def truncated_rnn(
    step: Callable[[Any, Any], tuple[Any, Any]], inputs: Sequence[Any], state: Any, length: int
) -> tuple[list[Any], Any]:
    """``static_rnn``, whose gradient ends where a piece of ``length`` steps begins; the state goes on.

    Args:
        step: a cell, (inputs, state) -> (output, new state).
        inputs: x_0, x_1, …, a list of tensors of shape (batch, features).
        state: the state before the first step, a tensor or a nest of tensors.
        length: steps in a piece, at least 1; pieces begin at steps 0, length, 2 · length, ….

    Returns:
        (the list y_0, y_1, … of all steps, the state after the last), as ``static_rnn``.

    Raises:
        ValueError: inputs is not a list, or length is less than 1.

    Source: R. Williams and J. Peng, "An efficient gradient-based algorithm for on-line training of recurrent network
    trajectories", Neural Computation (1990).
    """
    length, outputs = expect_count("length", length), []
    for start in range(0, len(inputs), length):
        state = tf.nest.map_structure(tf.stop_gradient, state)
        piece, state = static_rnn(step, inputs[start : start + length], state)
        outputs.extend(piece)
    return outputs, state


def kept_for_backward(function: Callable[[tf.Tensor], Any], inputs: Any) -> list[tuple[int, ...]]:
    """What the loops of a graph put aside, step by step, so that the backward pass finds it again.

    TensorFlow gives a loop that is differentiated one list for each quantity the gradient needs, and adds an entry to
    it at every step. Here the lists are counted in a run of the graph, not in its plan.

    Args:
        function: traced with one tensor of any batch and any number of steps; a ``GradientTape`` in it makes the lists.
        inputs: the tensor to run it with, shape (batch, time, features).

    Returns:
        The shape of each list, steps first, lists with few axes first; empty where nothing is differentiated.
    """
    inputs = tf.convert_to_tensor(inputs)
    signature = tf.TensorSpec([inputs.shape[0], None, *inputs.shape[2:]], inputs.dtype)
    traced = tf.compat.v1.wrap_function(function, [signature])  # unlike tf.function, it can be asked for inner values
    with traced.graph.as_default():
        loops = [
            operation for operation in traced.graph.get_operations() if operation.type in ("While", "StatelessWhile")
        ]
        lists = [
            tf.raw_ops.TensorListStack(
                input_handle=filled, element_shape=tf.constant(-1), element_dtype=empty.op.get_attr("element_dtype")
            )
            for loop in loops
            for empty, filled in zip(loop.inputs, loop.outputs, strict=True)
            if empty.op.type == "EmptyTensorList"
        ]
    shapes = [tuple(values.shape) for values in traced.prune(traced.inputs[0], lists)(inputs)] if lists else []
    return sorted(shapes, key=lambda shape: (len(shape), shape))


def graph_operations(function: Any) -> dict[str, int]:
    """Operations of a traced graph by type, the most frequent first, those inside its loops and calls included.

    Args:
        function: a concrete function, what ``get_concrete_function(…)`` of a ``tf.function`` returns.

    Returns:
        Type of operation -> how many there are, for example ``{"MatMul": 4, "Tanh": 2, …}``.

    Raises:
        ValueError: function was not traced yet, or is not TensorFlow's.
    """
    graph = getattr(function, "graph", None)
    if graph is None:
        raise ValueError(
            f"function is of type {type(function).__name__}, expected a concrete function: "
            "give tf.function(f).get_concrete_function(…), which has been traced."
        )
    definition = graph.as_graph_def()
    nodes = [*definition.node, *(node for inner in definition.library.function for node in inner.node_def)]
    return dict(Counter(node.op for node in nodes).most_common())


def graph_size(function: Any) -> int:
    """The number of operations in a traced graph.

    Args:
        function: a concrete function, as for ``graph_operations``.

    Raises:
        ValueError: as for ``graph_operations``.
    """
    return sum(graph_operations(function).values())


def _simple_rnn_states(
    drives: tf.Tensor, running: tf.Tensor | None, state: tf.Tensor, recurrent_kernel: tf.Tensor
) -> tf.Tensor:
    """The state after every step, (time, batch, units), with a backward pass of its own."""

    @tf.custom_gradient
    def states_of(drives: tf.Tensor, state: tf.Tensor, recurrent_kernel: tf.Tensor) -> tuple[tf.Tensor, Callable]:
        states = _run_forwards(drives, running, state, recurrent_kernel)

        def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
            errors, first = _run_backwards(upstream, states, running, recurrent_kernel)
            before = tf.concat([state[tf.newaxis], states[:-1]], axis=0)
            rows = [tf.reshape(part, [-1, states.shape[-1]]) for part in (before, errors)]  # (time · batch, units)
            return errors, first, tf.matmul(*rows, transpose_a=True)

        return states, gradient

    return states_of(drives, state, recurrent_kernel)


def _run_forwards(
    drives: tf.Tensor, running: tf.Tensor | None, state: tf.Tensor, recurrent_kernel: tf.Tensor
) -> tf.Tensor:
    """h_t = tanh(a_t + h_(t-1) W_h) where a sequence is running, else h_(t-1)."""
    steps = _array_like(drives).unstack(drives)

    def body(t: tf.Tensor, states: tf.TensorArray, old: tf.Tensor) -> tuple[tf.Tensor, tf.TensorArray, tf.Tensor]:
        new = tf.tanh(steps.read(t) + tf.matmul(old, recurrent_kernel))
        new = new if running is None else tf.where(running[t], new, old)
        return t + 1, states.write(t, new), new

    _, states, _ = tf.while_loop(lambda t, *_: t < steps.size(), body, (0, _array_like(drives), state))
    return states.stack()


def _run_backwards(
    upstream: tf.Tensor, states: tf.Tensor, running: tf.Tensor | None, recurrent_kernel: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """d_t = (g_t + e_t) (1 - h_t^2) and e_(t-1) = d_t W_h^T where running, else d_t = 0 and e_(t-1) = g_t + e_t.

    Returns:
        (d_t of every step, the gradient of the state before the first step).
    """
    outer, kept = _array_like(states).unstack(upstream), _array_like(states).unstack(states)

    def body(t: tf.Tensor, errors: tf.TensorArray, later: tf.Tensor) -> tuple[tf.Tensor, tf.TensorArray, tf.Tensor]:
        total = later + outer.read(t)
        error = total * (1 - kept.read(t) ** 2)
        error = error if running is None else tf.where(running[t], error, tf.zeros_like(error))
        earlier = tf.matmul(error, recurrent_kernel, transpose_b=True)
        return t - 1, errors.write(t, error), earlier if running is None else tf.where(running[t], earlier, total)

    start = tf.shape(states)[0] - 1, _array_like(states), tf.zeros_like(states[0])
    _, errors, first = tf.while_loop(lambda t, *_: t >= 0, body, start)
    return errors.stack(), first


def _array_like(values: tf.Tensor) -> tf.TensorArray:
    """An empty array with room for as many steps as values, (time, batch, units)."""
    return tf.TensorArray(values.dtype, tf.shape(values)[0], element_shape=values.shape[1:])


def _exchange_first_axes(tensor: tf.Tensor) -> tf.Tensor:
    """(batch, time, …) to (time, batch, …), and back."""
    return tf.transpose(tensor, [1, 0, *range(2, tensor.shape.rank)])


def _choose(running: tf.Tensor, new: tf.Tensor, old: tf.Tensor) -> tf.Tensor:
    """Row by row: new where the sequence is still running, old where it is over."""
    return tf.where(tf.reshape(running, [-1] + [1] * (new.shape.rank - 1)), new, old)


def _with_zeros_up_to(inputs: tf.Tensor, outputs: tf.Tensor) -> tf.Tensor:
    """The outputs with zeros for the steps that were not run, so that they have as many steps as the inputs."""
    missing = tf.shape(inputs)[1] - tf.shape(outputs)[1]
    outputs = tf.pad(outputs, [[0, 0], [0, missing], *[[0, 0]] * (outputs.shape.rank - 2)])
    return tf.ensure_shape(outputs, [*inputs.shape[:2], *outputs.shape[2:]])


def _expect_inputs(inputs: Any) -> tf.Tensor:
    inputs = tf.convert_to_tensor(inputs)
    if inputs.shape.rank is None or inputs.shape.rank < 2:
        raise ValueError(
            f"inputs has shape {inputs.shape}, expected (batch, time, features): one tensor with the steps on axis 1."
        )
    if inputs.shape[1] == 0:
        raise ValueError(f"inputs has shape {inputs.shape}, expected at least one step of time (axis 1).")
    if inputs.shape[1] is None:
        return _asserted(inputs, [(tf.debugging.assert_positive, tf.shape(inputs)[1])], _NO_STEP)
    return inputs


def _expect_cell(step: Callable[[Any, Any], tuple[Any, Any]], inputs: tf.Tensor, state: Any) -> tf.TensorSpec:
    """The output's shape and dtype, found by tracing the cell once on the side, where it costs the graph nothing."""
    specs = tf.nest.map_structure(_spec_of, state)
    one_step = tf.TensorSpec([inputs.shape[0], *inputs.shape[2:]], inputs.dtype)
    results = tf.function(step, autograph=False).get_concrete_function(one_step, specs).structured_outputs
    results = tf.nest.map_structure(_spec_of, results)
    if not isinstance(results, tuple | list) or len(results) != 2:
        raise ValueError(f"step returned {results!r}, expected a pair: (output, new state).")
    output, new_state = results
    if not isinstance(output, tf.TensorSpec) or not output.shape.rank:
        raise ValueError(f"step returned {output!r} as its output, expected one tensor, batch first.")
    _expect_same_form(specs, new_state)
    return output


def _spec_of(tensor: tf.Tensor | None) -> tf.TensorSpec | None:
    return None if tensor is None else tf.TensorSpec(tensor.shape, tensor.dtype)


def _expect_same_form(state: Any, new_state: Any) -> None:
    """Refuse a cell whose new state could not be the state of its next step."""
    try:
        tf.nest.assert_same_structure(state, new_state)
    except (TypeError, ValueError):
        raise ValueError(f"step returned {new_state!r} as its new state, expected the form of {state!r}.") from None
    for old, new in zip(tf.nest.flatten(state), tf.nest.flatten(new_state), strict=True):
        if old.dtype != new.dtype or not old.shape.is_compatible_with(new.shape):
            raise ValueError(
                f"step returned a new state of shape {new.shape} and {new.dtype!r}, expected those of the state it was "
                f"given: {old.shape} and {old.dtype!r}."
            )


def _expect_lengths(sequence_lengths: Any, inputs: tf.Tensor, state: Any) -> tf.Tensor:
    lengths = tf.convert_to_tensor(sequence_lengths)
    batch = inputs.shape[0]
    if not lengths.dtype.is_integer or not lengths.shape.is_compatible_with([batch]):
        raise ValueError(
            f"sequence_lengths has shape {lengths.shape} and {lengths.dtype!r}, expected ({batch or 'batch'},) and "
            "whole numbers: one length for each sequence."
        )
    for part in tf.nest.flatten(state):
        if not part.shape.rank or not part.shape[:1].is_compatible_with([batch]):
            raise ValueError(
                f"a part of the state has shape {part.shape}, expected ({batch or 'batch'}, …): with sequence_lengths "
                "every sequence has a state of its own."
            )
    _expect_in_range(tf.get_static_value(lengths), inputs.shape[1])
    checks = [
        (tf.debugging.assert_equal, tf.size(lengths), tf.shape(inputs)[0]),
        (tf.debugging.assert_non_negative, lengths),
        (tf.debugging.assert_less_equal, lengths, tf.shape(inputs, lengths.dtype)[1]),
    ]
    return tf.cast(_asserted(lengths, checks, _WRONG_LENGTHS), tf.int32)


def _expect_in_range(lengths: np.ndarray | None, time_steps: int | None) -> None:
    """Refuse lengths out of range as soon as they are known, which may be while the graph is traced."""
    if lengths is None or time_steps is None:
        return
    for index, length in enumerate(lengths):
        if not 0 <= length <= time_steps:
            raise ValueError(f"sequence_lengths[{index}] is {length}, expected a whole number from 0 to {time_steps}.")


def _asserted(tensor: tf.Tensor, checks: Sequence[tuple], form: str) -> tf.Tensor:
    """The tensor, once the checks hold that only the running graph can make: (assertion, its arguments …) each."""
    operations = [check(*arguments, message=form) for check, *arguments in checks]
    with tf.control_dependencies([made for made in operations if made is not None]):  # None: it runs eagerly
        return tf.identity(tensor)
