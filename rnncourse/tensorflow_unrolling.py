"""MANY time steps in TensorFlow: in one loop of the graph, of any length; cut into pieces where the gradient ends; and
what a traced graph holds, counted."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from rnncourse.shapes import expect_count
from rnncourse.unrolling import static_rnn

_NO_STEP = "inputs: expected at least one step of time (axis 1)."
_WRONG_LENGTHS = "sequence_lengths: expected a whole number for each sequence, from 0 to the number of steps of inputs."
_REAL = (tf.float16, tf.bfloat16, tf.float32, tf.float64)


def dynamic_rnn(
    step: Callable[[Any, Any], tuple[Any, Any]], inputs: Any, state: Any, sequence_lengths: Any = None
) -> tuple[tf.Tensor, Any]:
    """y_t, h_t = step(x_t, h_(t-1)) for t = 0, 1, …; past the end of a sequence y_t = 0 and h_t = h_(t-1).

    One ``tf.while_loop``: the graph holds the cell once, whatever the number of steps, which need not be known before
    the graph runs. With lengths the loop ends with the longest sequence; steps that all have behind them are not run.
    What stands past the end of a sequence is read as zeros: whatever was there, not even NaN gets into a gradient.

    Args:
        step: a cell, (inputs, state) -> (output, new state); inputs and output are tensors, batch first.
        inputs: shape (batch, time, …), usually (batch, time, features).
        state: the state before the first step: a tensor of shape (batch, units), or a nest of tensors, such as a pair.
            Where the cell computes with other floats than these, the state is cast to its dtype.
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
    output_spec, state = _expect_cell(step, inputs, state)
    if lengths is not None:
        inputs = _choose(tf.sequence_mask(lengths, tf.shape(inputs)[1]), inputs, tf.zeros_like(inputs))
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
        ValueError: inputs is not a list or is empty, or length is less than 1.

    Source: R. Williams and J. Peng, "An efficient gradient-based algorithm for on-line training of recurrent network
    trajectories", Neural Computation (1990).
    """
    length, numbers = expect_count("length", length), itertools.count()

    def cut_step(value: Any, state: Any) -> tuple[Any, Any]:
        begins = next(numbers) % length == 0
        return step(value, tf.nest.map_structure(tf.stop_gradient, state) if begins else state)

    return static_rnn(cut_step, inputs, state)


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


def _exchange_first_axes(tensor: tf.Tensor) -> tf.Tensor:
    """(batch, time, …) to (time, batch, …), and back."""
    return tf.transpose(tensor, [1, 0, *range(2, tensor.shape.rank)])


def _choose(running: tf.Tensor, new: tf.Tensor, old: tf.Tensor) -> tf.Tensor:
    """Row by row (or place by place): new where the sequence is still running, old where it is over."""
    ones = [1] * (new.shape.rank - running.shape.rank)
    return tf.where(tf.reshape(running, tf.concat([tf.shape(running), ones], axis=0)), new, old)


def _with_zeros_up_to(inputs: tf.Tensor, outputs: tf.Tensor) -> tf.Tensor:
    """The outputs with zeros for the steps that were not run, so that they have as many steps as the inputs."""
    missing = tf.shape(inputs)[1] - tf.shape(outputs)[1]
    outputs = tf.pad(outputs, [[0, 0], [0, missing], *[[0, 0]] * (outputs.shape.rank - 2)])
    return tf.ensure_shape(outputs, [*inputs.shape[:2], *outputs.shape[2:]])


def _expect_inputs(inputs: Any) -> tf.Tensor:
    try:
        inputs = tf.convert_to_tensor(inputs)
    except (TypeError, ValueError):
        raise ValueError(f"inputs is of type {type(inputs).__name__}, expected one tensor (batch, time, …).") from None
    if inputs.shape.rank is None or inputs.shape.rank < 2:
        raise ValueError(
            f"inputs has shape {inputs.shape}, expected (batch, time, features): one tensor with the steps on axis 1."
        )
    if inputs.shape[1] == 0:
        raise ValueError(f"inputs has shape {inputs.shape}, expected at least one step of time (axis 1).")
    if inputs.shape[1] is None:
        return _asserted(inputs, [(tf.debugging.assert_positive, tf.shape(inputs)[1])], _NO_STEP)
    return inputs


def _expect_cell(
    step: Callable[[Any, Any], tuple[Any, Any]], inputs: tf.Tensor, state: Any
) -> tuple[tf.TensorSpec, Any]:
    """(the output's shape and dtype, the state in the dtype of the cell).

    Found by tracing the cell once on the side, where it costs the graph nothing; twice, if the state has to be cast.
    """
    output, new_state = _traced_step(step, inputs, state)
    flat, new = tf.nest.flatten(state), tf.nest.flatten(new_state)
    if any(new_part.dtype in _REAL and part.dtype != new_part.dtype for part, new_part in zip(flat, new, strict=True)):
        parts = zip(flat, new, strict=True)
        state = tf.nest.pack_sequence_as(state, [_cast_like(part, new_part) for part, new_part in parts])
        output, new_state = _traced_step(step, inputs, state)
    _expect_same_form(tf.nest.map_structure(_spec_of, state), new_state)
    return output, state


def _cast_like(part: tf.Tensor, new: tf.TensorSpec) -> tf.Tensor:
    real = part.dtype.is_floating or part.dtype.is_integer
    return tf.cast(part, new.dtype) if real and new.dtype in _REAL else part


def _traced_step(step: Callable[[Any, Any], tuple[Any, Any]], inputs: tf.Tensor, state: Any) -> tuple[Any, Any]:
    """Shapes and dtypes of what the cell returns, (output, new state), its new state nested as the state is."""
    specs = tf.nest.map_structure(_spec_of, state)
    one_step = tf.TensorSpec([inputs.shape[0], *inputs.shape[2:]], inputs.dtype)
    results = tf.function(step, autograph=False).get_concrete_function(one_step, specs).structured_outputs
    results = tf.nest.map_structure(_spec_of, results)
    if not isinstance(results, tuple | list) or len(results) != 2:
        raise ValueError(f"step returned {results!r}, expected a pair: (output, new state).")
    output, new_state = results
    if not isinstance(output, tf.TensorSpec) or not output.shape.rank:
        raise ValueError(f"step returned {output!r} as its output, expected one tensor, batch first.")
    try:
        tf.nest.assert_same_structure(specs, new_state)
    except (TypeError, ValueError):
        raise ValueError(f"step returned {new_state!r} as its new state, expected the form of {specs!r}.") from None
    return output, new_state


def _spec_of(tensor: tf.Tensor | None) -> tf.TensorSpec | None:
    return None if tensor is None else tf.TensorSpec(tensor.shape, tensor.dtype)


def _expect_same_form(state: Any, new_state: Any) -> None:
    """Refuse a cell whose new state could not be the state of its next step."""
    for old, new in zip(tf.nest.flatten(state), tf.nest.flatten(new_state), strict=True):
        if old.dtype != new.dtype or not old.shape.is_compatible_with(new.shape):
            raise ValueError(
                f"step returned a new state of shape {new.shape} and {new.dtype!r}, expected those of the state it was "
                f"given: {old.shape} and {old.dtype!r}."
            )


def _expect_lengths(sequence_lengths: Any, inputs: tf.Tensor, state: Any) -> tf.Tensor:
    batch, time_steps = inputs.shape[:2]
    lengths = _whole_numbers(sequence_lengths, time_steps)
    if not lengths.shape.is_compatible_with([batch]):
        raise ValueError(
            f"sequence_lengths has shape {lengths.shape}, expected ({batch or 'batch'},): one length for each sequence."
        )
    for part in tf.nest.flatten(state):
        if not part.shape.rank or not part.shape[:1].is_compatible_with([batch]):
            raise ValueError(
                f"a part of the state has shape {part.shape}, expected ({batch or 'batch'}, …): with sequence_lengths "
                "every sequence has a state of its own."
            )
    checks = [
        (tf.debugging.assert_equal, tf.size(lengths), tf.shape(inputs)[0]),
        (tf.debugging.assert_non_negative, lengths),
        (tf.debugging.assert_less_equal, lengths, tf.shape(inputs, tf.int64)[1]),
    ]
    return tf.cast(_asserted(lengths, checks, _WRONG_LENGTHS), tf.int32)


def _whole_numbers(sequence_lengths: Any, time_steps: int | None) -> tf.Tensor:
    """The lengths as int64. What is known while the graph is traced is looked at now, as the twin in NumPy does."""
    known = tf.get_static_value(sequence_lengths) if tf.is_tensor(sequence_lengths) else np.asarray(sequence_lengths)
    dtype = sequence_lengths.dtype.name if known is None else known.dtype
    if not (sequence_lengths.dtype.is_integer if known is None else known.dtype.kind in "iuf"):
        raise ValueError(f"sequence_lengths has dtype {dtype}, expected whole numbers, one for each sequence.")
    if known is None:
        return tf.cast(sequence_lengths, tf.int64)
    longest = np.inf if time_steps is None else time_steps
    for index, length in enumerate(known.ravel()):
        if not 0 <= length <= longest or length != np.floor(length) or np.isinf(length):
            room = "of at least 0" if time_steps is None else f"from 0 to {time_steps}"
            raise ValueError(f"sequence_lengths[{index}] is {length}, expected a whole number {room}.")
    return tf.constant(known.astype(np.int64))


def _asserted(tensor: tf.Tensor, checks: Sequence[tuple], form: str) -> tf.Tensor:
    """The tensor, once the checks hold that only the running graph can make: (assertion, its arguments …) each."""
    operations = [check(*arguments, message=form) for check, *arguments in checks]
    with tf.control_dependencies([made for made in operations if made is not None]):  # None: it runs eagerly
        return tf.identity(tensor)
