"""MANY time steps: the same cell applied again and again along a sequence, and the four ways to wire the result."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from rnncourse.cells import Step, lstm_step, neuron_step, rnn_step, sigmoid
from rnncourse.shapes import expect_choice, expect_count, expect_list, expect_numbers, expect_shapes, expect_step

KINDS = ("sequence-to-sequence", "sequence-to-vector", "vector-to-sequence", "encoder-decoder")


def run_neuron(inputs: np.ndarray, h: float, w_x: float, w_h: float, b: float) -> np.ndarray:
    """h_t = tanh(w_x x_t + w_h h_(t-1) + b) for t = 0, 1, …: one neuron unrolled in time.

    Args:
        inputs: x_0, x_1, …, shape (time,).
        h: the state before the first step, a number.
        w_x, w_h, b: the three weights, the same at every step.

    Returns:
        The state after every step, shape (time,).

    Raises:
        ValueError: an argument has a wrong shape.

    Source: J. Elman (1990).
    """
    (inputs,) = expect_shapes(inputs=(inputs, "time"))
    states = []
    for x in inputs:
        h = neuron_step(x, h, w_x, w_h, b)
        states.append(h)
    return np.array(states, dtype=float)


def run_two_steps(
    first: np.ndarray, second: np.ndarray, kernel: np.ndarray, recurrent_kernel: np.ndarray, bias: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Y_0 = tanh(X_0 W_x + 0 W_h + b), Y_1 = tanh(X_1 W_x + Y_0 W_h + b): two steps from an empty memory.

    Args:
        first, second: X_0 and X_1, shape (batch, features) each.
        kernel: W_x, shape (features, units).
        recurrent_kernel: W_h, shape (units, units).
        bias: b, shape (units,).

    Returns:
        Y_0 and Y_1, shape (batch, units) each.

    Raises:
        ValueError: a shape does not fit.
    """
    first, second, kernel = expect_shapes(
        first=(first, "batch features"), second=(second, "batch features"), kernel=(kernel, "features units")
    )
    empty = np.zeros((first.shape[0], kernel.shape[1]))  # no past yet
    first_output = rnn_step(first, empty, kernel, recurrent_kernel, bias)
    return first_output, rnn_step(second, first_output, kernel, recurrent_kernel, bias)


def unpack_sequence(batch: Any) -> list[Any]:
    """[x_0, x_1, …] with x_t = batch[:, t]: one (batch, features) array a step.

    Args:
        batch: a NumPy array or a tensor, shape (batch, time, features). The number of steps must be known: a list of
            unknown length cannot be made, which is what makes the unrolling static.

    Returns:
        A list with one entry a step, each of shape (batch, features).

    Raises:
        ValueError: there are not three axes, or no step, or the number of steps is not known.

    Source: ``tf.unstack(tf.transpose(batch, perm=[1, 0, 2]))`` of TensorFlow 1.
    """
    batch = _expect_batch(batch)
    return _entries(_library_of(batch).transpose(batch, (1, 0, 2)))


def pack_sequence(outputs: Sequence[Any]) -> Any:
    """batch[:, t] = outputs[t]: what ``unpack_sequence`` took apart, or what a cell made of it, in one array again.

    Args:
        outputs: one array or tensor a step, all of shape (batch, features).

    Returns:
        One array, or one tensor if there are tensors in the list, shape (batch, time, features).

    Raises:
        ValueError: the list is empty, or an entry has another shape than the first.

    Source: ``tf.transpose(tf.stack(outputs), perm=[1, 0, 2])`` of TensorFlow 1.
    """
    outputs = _expect_same_shapes(outputs)
    library = _library_of(*outputs)
    return library.transpose(library.stack(outputs), (1, 0, 2))


def static_rnn(step: Callable[[Any, Any], tuple[Any, Any]], inputs: Sequence[Any], state: Any) -> tuple[list[Any], Any]:
    """y_t, h_t = step(x_t, h_(t-1)) for t = 0, 1, …: one cell after the other, as many as there are inputs.

    In a ``tf.function`` the loop runs while the graph is traced: the graph holds a copy of the cell for every step.

    Args:
        step: a cell, (inputs, state) -> (output, new state), in NumPy or in TensorFlow.
        inputs: x_0, x_1, …, a list of arrays or tensors of shape (batch, features), see ``unpack_sequence``.
        state: the state before the first step: an array, or whatever the cell takes, such as a pair of arrays.

    Returns:
        (the list y_0, y_1, …, the state after the last step).

    Raises:
        ValueError: inputs is empty or is not a list.

    Source: ``tf.nn.static_rnn`` of TensorFlow 1.
    """
    inputs = _expect_steps(inputs)
    outputs = []
    for t in range(len(inputs)):
        output, state = step(inputs[t], state)
        outputs.append(output)
    return outputs, state


def static_rnn_in_pieces(
    step: Callable[[Any, Any], tuple[Any, Any]], inputs: Sequence[Any], state: Any, length: int
) -> tuple[list[Any], list[Any]]:
    """``static_rnn`` on inputs[0:n], inputs[n:2n], …, each starting from the state the last one ended with.

    The outputs and the last state are those of one long ``static_rnn``; but a graph for ``length`` steps is enough for
    any number of pieces.

    Args:
        step, inputs, state: as for ``static_rnn``.
        length: n, the number of steps in a piece, at least 1. The last piece may be shorter.

    Returns:
        (the list y_0, y_1, … of all pieces, the list of the states after each piece, the last one included).

    Raises:
        ValueError: inputs is empty or is not a list, or length is less than 1.
    """
    inputs, length = _expect_steps(inputs), expect_count("length", length)
    outputs, states = [], []
    for start in range(0, len(inputs), length):
        piece_outputs, state = static_rnn(step, inputs[start : start + length], state)
        outputs.extend(piece_outputs)
        states.append(state)
    return outputs, states


def averaging_cell(length: int) -> tuple[Callable[[Any, Any], tuple[Any, Any]], Any]:
    """y_t = (x_t + x_(t-1) + … + x_(t-n+1)) / n, the mean of the last n inputs, of all where there are fewer: a cell.

    It has no weights. Its state is the tuple of the last n inputs, empty before the first step.

    Args:
        length: n, at least 1.

    Returns:
        (the cell, (inputs, state) -> (output, new state), in NumPy or in TensorFlow; its state before the first step).

    Raises:
        ValueError: length is less than 1.
    """
    length = expect_count("length", length)

    def averaging_step(inputs: Any, state: Sequence[Any]) -> tuple[Any, Sequence[Any]]:
        window = (*state, inputs)[-length:]
        return sum(window) / len(window), window

    return averaging_step, ()


def stack_steps(
    steps: Sequence[Callable[[Any, Any], tuple[Any, Any]]],
) -> Callable[[Any, Sequence[Any]], tuple[Any, tuple[Any, ...]]]:
    """y^l_t, h^l_t = step_l(y^(l-1)_t, h^l_(t-1)) for l = 1, 2, …, with y^0_t = x_t: several cells as one cell.

    What comes out is a cell again, whose state is the tuple of all the layers' states: ``static_rnn``, ``dynamic_rnn``
    and every other function that takes a cell takes it.

    Args:
        steps: the cells, the bottom layer first, each (inputs, state) -> (output, new state), in NumPy or TensorFlow.

    Returns:
        A cell (inputs, states) -> (output of the top layer, tuple of the new states, the bottom layer first).

    Raises:
        ValueError: there is no cell; or, when the cell is called, there is not one state for each layer.

    Source: ``MultiRNNCell`` of TensorFlow 1; A. Graves, A. Mohamed and G. Hinton, "Speech recognition with deep
    recurrent neural networks" (2013).
    """
    _expect_cells(steps)

    def stacked_step(inputs: Any, states: Sequence[Any]) -> tuple[Any, tuple[Any, ...]]:
        _expect_states(states, len(steps))
        new_states = []
        for step, state in zip(steps, states, strict=True):
            inputs, new_state = step(inputs, state)
            new_states.append(new_state)
        return inputs, tuple(new_states)

    return stacked_step


def sequence_to_sequence(step: Step, inputs: np.ndarray, state: np.ndarray) -> np.ndarray:
    """y_t, h_t = step(x_t, h_(t-1)), every y_t kept: an input at every step, an output at every step.

    Args:
        step: a cell, (inputs, state) -> (output, new state).
        inputs: x_0, x_1, …, shape (batch, time, features).
        state: the state before the first step, shape (batch, units).

    Returns:
        y_0, y_1, …, shape (batch, time, outputs).

    Raises:
        ValueError: a shape does not fit, or the sequence is empty.
    """
    inputs, state = _expect_sequence(inputs, state)
    outputs = []
    for t in range(inputs.shape[1]):
        output, state = step(inputs[:, t], state)
        outputs.append(output)
    return np.stack(outputs, axis=1)


def sequence_to_vector(step: Step, inputs: np.ndarray, state: np.ndarray) -> np.ndarray:
    """y_t, h_t = step(x_t, h_(t-1)), only the last y_t kept: the whole sequence read, then one answer.

    Args:
        step, inputs, state: as for ``sequence_to_sequence``.

    Returns:
        The output of the last step, shape (batch, outputs).

    Raises:
        ValueError: a shape does not fit, or the sequence is empty.
    """
    inputs, state = _expect_sequence(inputs, state)
    for t in range(inputs.shape[1]):
        output, state = step(inputs[:, t], state)
    return output


def vector_to_sequence(step: Step, vector: np.ndarray, state: np.ndarray, time_steps: int) -> np.ndarray:
    """x_0 = vector, x_t = 0 afterwards, every y_t kept: one input, then the cell lives on its state.

    Args:
        step: a cell, (inputs, state) -> (output, new state).
        vector: the only input, shape (batch, features).
        state: the state before the first step, shape (batch, units).
        time_steps: how many outputs to make, at least 1.

    Returns:
        y_0, y_1, …, shape (batch, time_steps, outputs).

    Raises:
        ValueError: a shape does not fit, or time_steps is less than 1.
    """
    vector, state = expect_shapes(vector=(vector, "batch features"), state=(state, "batch units"))
    time_steps = expect_count("time_steps", time_steps)
    inputs = np.zeros((vector.shape[0], time_steps, vector.shape[1]))
    inputs[:, 0] = vector
    return sequence_to_sequence(step, inputs, state)


def encoder_decoder(
    encoder_step: Step, decoder_step: Step, inputs: np.ndarray, state: np.ndarray, start: np.ndarray, time_steps: int
) -> np.ndarray:
    """Encoder: h_t from x_t, h_(t-1). Decoder: starts from the encoder's last h; reads <go>, then its own y_(t-1).

    Args:
        encoder_step: the cell that reads, (inputs, state) -> (output, new state); its outputs are thrown away.
        decoder_step: the cell that writes; its outputs must have as many features as ``start``.
        inputs: the source sequence, shape (batch, source time, features).
        state: the state before the first step, shape (batch, units).
        start: the <go> signal, the decoder's first input, shape (batch, outputs).
        time_steps: how many outputs to write, at least 1; it need not be the length of the source.

    Returns:
        The decoder's outputs, shape (batch, time_steps, outputs).

    Raises:
        ValueError: a shape does not fit, or a length is less than 1.

    Source: K. Cho et al. (2014), I. Sutskever et al. (2014).
    """
    inputs, state = _expect_sequence(inputs, state)
    output, _ = expect_shapes(start=(start, "batch outputs"), state=(state, "batch units"))
    for t in range(inputs.shape[1]):
        _, state = encoder_step(inputs[:, t], state)
    outputs = []
    for _ in range(expect_count("time_steps", time_steps)):
        output, state = decoder_step(output, state)
        outputs.append(output)
    return np.stack(outputs, axis=1)


def bidirectional(
    forward_step: Step,
    backward_step: Step,
    inputs: np.ndarray,
    forward_state: np.ndarray,
    backward_state: np.ndarray,
) -> np.ndarray:
    """y_t = [f_t, g_t]: f has read x_0 … x_t, g has read the last input back to x_t; every output knows every input.

    Args:
        forward_step, backward_step: two cells, (inputs, state) -> (output, new state).
        inputs: x_0, x_1, …, shape (batch, time, features).
        forward_state: the state of the first cell before it reads the first input, shape (batch, units).
        backward_state: the state of the second cell before it reads the last input, shape (batch, units).

    Returns:
        y_0, y_1, …, in the order of the inputs, shape (batch, time, outputs of the first cell + those of the second).

    Raises:
        ValueError: a shape does not fit, or the sequence is empty.

    Source: M. Schuster and K. Paliwal, "Bidirectional recurrent neural networks" (1997).
    """
    inputs, forward_state = _expect_sequence(inputs, forward_state)
    _, backward_state = _expect_sequence(inputs, backward_state)
    forward = sequence_to_sequence(forward_step, inputs, forward_state)
    backward = sequence_to_sequence(backward_step, inputs[:, ::-1], backward_state)
    return np.concatenate([forward, backward[:, ::-1]], axis=2)


def influence(kind: str, source_steps: int, target_steps: int) -> np.ndarray:
    """A[t, s] = 1 where output t can depend on input s: what each kind of network knows when it answers.

    Args:
        kind: one of ``KINDS``.
        source_steps: number of inputs. (A vector-to-sequence network has 1.)
        target_steps: number of outputs. (A sequence-to-sequence network has as many as inputs; a sequence-to-vector
            network has 1.)

    Returns:
        A matrix of zeros and ones, shape (target_steps, source_steps).

    Raises:
        ValueError: the kind is unknown, or a number of steps does not go with it.
    """
    kind = expect_choice("kind", kind, KINDS)
    source_steps = expect_count("source_steps", source_steps)
    target_steps = expect_count("target_steps", target_steps)
    _expect_lengths(kind, source_steps, target_steps)
    everything = np.ones((target_steps, source_steps), dtype=int)
    return np.tril(everything) if kind == "sequence-to-sequence" else everything


def lstm_trace(
    inputs: np.ndarray, kernel: np.ndarray, recurrent_kernel: np.ndarray, bias: np.ndarray
) -> dict[str, np.ndarray]:
    """Everything that goes on inside an LSTM while it reads: i_t, f_t, g_t, o_t, c_t and h_t of every step.

    Args:
        inputs: x_0, x_1, …, shape (batch, time, features).
        kernel, recurrent_kernel, bias: as for ``lstm_step``; ``keras_layer.get_weights()`` gives them.

    Returns:
        {"i": …, "f": …, "g": …, "o": …, "c": …, "h": …}, shape (batch, time, units) each. It starts from zeros.

    Raises:
        ValueError: a shape does not fit, or there is no step.
    """
    inputs, kernel, recurrent_kernel, bias = expect_shapes(
        inputs=(inputs, "batch time features"),
        kernel=(kernel, "features 4*units"),
        recurrent_kernel=(recurrent_kernel, "units 4*units"),
        bias=(bias, "4*units"),
    )
    expect_step("inputs", inputs)
    h = c = np.zeros((len(inputs), len(recurrent_kernel)))
    steps = []
    for x in np.swapaxes(inputs, 0, 1):
        i, f, g, o = np.split(x @ kernel + h @ recurrent_kernel + bias, 4, axis=1)
        h, c = lstm_step(x, (h, c), kernel, recurrent_kernel, bias)
        steps.append((sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o), c, h))
    return {name: np.stack(values, axis=1) for name, values in zip("ifgoch", zip(*steps, strict=True), strict=True)}


def _expect_batch(batch: Any) -> Any:
    if not _is_tensor(batch):
        expect_shapes(batch=(batch, "batch time features"))
        batch = np.asarray(batch)
    if len(batch.shape) != 3:
        raise ValueError(f"batch has shape {batch.shape}, expected (batch, time, features).")
    if batch.shape[1] is None:
        raise ValueError(
            f"batch has shape {tuple(batch.shape)}: the number of steps (axis 1) is not known while the graph is "
            "traced. Static unrolling needs a fixed length; give one, or use a loop that runs in the graph."
        )
    if batch.shape[1] == 0:
        raise ValueError(f"batch has shape {tuple(batch.shape)}, expected at least one step of time (axis 1).")
    return batch


def _expect_steps(inputs: Sequence[Any]) -> Sequence[Any]:
    if not isinstance(inputs, list | tuple):
        raise ValueError(
            f"inputs is of type {type(inputs).__name__}, expected a list with one (batch, features) array a step; "
            "unpack_sequence makes it from a (batch, time, features) array."
        )
    if not inputs:
        raise ValueError("inputs is an empty list, expected at least one step.")
    return inputs


def _expect_cells(steps: Any) -> None:
    if not isinstance(steps, list | tuple) or not steps or not all(map(callable, steps)):
        raise ValueError(f"steps is {steps!r}, expected a list of cells, the bottom layer first, at least one.")


def _expect_states(states: Any, layers: int) -> None:
    if not isinstance(states, list | tuple) or len(states) != layers:
        got = f"a tuple of {len(states)}" if isinstance(states, list | tuple) else f"of type {type(states).__name__}"
        raise ValueError(f"states is {got}, expected a tuple of {layers}: the state of each layer, bottom layer first.")


def _expect_same_shapes(outputs: Sequence[Any]) -> list[Any]:
    outputs = expect_list("outputs", outputs, "(batch, features) arrays, one for each step", empty=False)
    for t, output in enumerate(outputs):
        if not _is_tensor(output):
            expect_numbers(f"outputs[{t}]", output)
            outputs[t] = np.asarray(output)
    for t, output in enumerate(outputs):
        if len(output.shape) != 2 or tuple(output.shape) != tuple(outputs[0].shape):
            raise ValueError(
                f"outputs[{t}] has shape {tuple(output.shape)}, expected (batch, features), the same at every step; "
                f"outputs[0] has shape {tuple(outputs[0].shape)}."
            )
    return outputs


def _is_tensor(value: Any) -> bool:
    """Whether TensorFlow made it; where TensorFlow was never imported, nothing can be a tensor."""
    tensorflow = sys.modules.get("tensorflow")
    return tensorflow is not None and tensorflow.is_tensor(value)


def _library_of(*values: Any) -> ModuleType:
    """TensorFlow where one of the values is a tensor, else NumPy: both have stack and transpose."""
    return sys.modules["tensorflow"] if any(map(_is_tensor, values)) else np


def _entries(time_first: Any) -> list[Any]:
    """The array along its first axis; one operation in a graph, where a tensor cannot be walked along."""
    return sys.modules["tensorflow"].unstack(time_first) if _is_tensor(time_first) else list(time_first)


def _expect_sequence(inputs: np.ndarray, state: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    inputs, state = expect_shapes(inputs=(inputs, "batch time features"), state=(state, "batch units"))
    expect_step("inputs", inputs)
    return inputs, state


def _expect_lengths(kind: str, source_steps: int, target_steps: int) -> None:
    if kind == "sequence-to-sequence" and source_steps != target_steps:
        raise ValueError(f"target_steps is {target_steps}, expected {source_steps}: one output for each input.")
    if kind == "sequence-to-vector" and target_steps != 1:
        raise ValueError(f"target_steps is {target_steps}, expected 1: a vector is a single output.")
    if kind == "vector-to-sequence" and source_steps != 1:
        raise ValueError(f"source_steps is {source_steps}, expected 1: a vector is a single input.")
