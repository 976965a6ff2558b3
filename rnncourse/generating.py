"""GENERATING a sequence: a network is fed what it has just said. Curves, text, and chorales as one stream of notes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rnncourse.shapes import expect_count, expect_number, expect_shapes, expect_step, expect_tokens


def continue_series(
    step: Callable[[Any, Any], tuple[Any, Any]], inputs: np.ndarray, state: Any, steps: int
) -> np.ndarray:
    """y, h = step(x, h) along the inputs, then x = y: the last output is read as the next input, again and again.

    Args:
        step: a cell, (inputs, state) -> (output, new state), whose output has the shape of its input.
        inputs: what is known of the series, shape (batch, time, features), at least one step.
        state: the state before the first step.
        steps: how many new values to make.

    Returns:
        The new values, shape (batch, steps, features). The first is what step says after the last input.

    Raises:
        ValueError: inputs has another number of axes or no step, or steps is not a whole number of at least 1.

    Source: A. Graves, "Generating sequences with recurrent neural networks" (2013).
    """
    (inputs,) = expect_shapes(inputs=(inputs, "batch time features"))
    steps = expect_count("steps", steps)
    expect_step("inputs", inputs)
    for t in range(inputs.shape[1]):
        value, state = step(inputs[:, t], state)
    made = [value]
    while len(made) < steps:
        value, state = step(value, state)
        made.append(value)
    return np.stack(made, axis=1)


@np.errstate(over="ignore")  # far below the largest logit, divided by a tiny T, is minus infinity: its power is 0
def softmax_with_temperature(logits: np.ndarray, temperature: float) -> np.ndarray:
    """p_k = exp(z_k / T) / sum_j exp(z_j / T): a low temperature sharpens the choice, a high one levels it.

    The largest logit of each row is taken off first; this changes nothing but keeps exp from overflowing.

    Args:
        logits: z, shape (batch, classes).
        temperature: T, above 0; 1 is the plain softmax.

    Returns:
        Probabilities, shape (batch, classes); each row adds up to 1.

    Raises:
        ValueError: logits has another number of axes, a row of it has NaN, infinity, or no finite number at all, or the
            temperature is not above 0.

    Source: D. Ackley, G. Hinton and T. Sejnowski, "A learning algorithm for Boltzmann machines" (1985).
    """
    logits, temperature = _expect_logits(logits), _expect_temperature(temperature)
    scaled = (logits - np.max(logits, axis=1, keepdims=True)) / temperature
    powers = np.exp(scaled)
    return powers / np.sum(powers, axis=1, keepdims=True)


def temperature_for(logits: np.ndarray, share: float) -> float:
    """T with max_k exp(z_k / T) / sum_j exp(z_j / T) = share: at which T the likeliest class is drawn so often.

    The largest probability falls as T rises, so the search halves an interval that holds the right T.

    Args:
        logits: z, shape (classes,); one of them is the largest.
        share: the probability that the likeliest class is to have, above 1 / classes and below 1.

    Returns:
        T, between a thousandth and a thousand.

    Raises:
        ValueError: logits is not a row of at least two finite numbers, or share is outside its range.
    """
    logits = _expect_logits(np.asarray(logits)[np.newaxis])[0]
    level = 1 / len(logits)
    share = expect_number(
        "share", share, f"more than {level:.3g}, what all classes have at a high temperature, and less than 1",
        lambda share: level < share < 1,
    )  # fmt: skip
    below = logits - np.max(logits)
    low, high = 1e-3, 1e3
    for _ in range(60):
        middle = np.sqrt(low * high)
        reached = 1 / np.sum(np.exp(below / middle))
        low, high = (middle, high) if reached > share else (low, middle)
    return float(middle)


def _expect_logits(logits: np.ndarray) -> np.ndarray:
    (logits,) = expect_shapes(logits=(logits, "batch classes"))
    if logits.shape[1] == 0:
        raise ValueError(f"logits has shape {logits.shape}, expected at least one class (axis 1).")
    strange = np.flatnonzero(~np.isfinite(np.max(logits, axis=1)))
    if len(strange):
        raise ValueError(
            f"logits[{strange[0]}] has {np.max(logits[strange[0]])} as its largest number, expected a finite one."
        )
    return logits


def _expect_temperature(temperature: float) -> np.float64:
    """A number that stays in float64 beside float32: as one of those the smallest would become 0."""
    return np.float64(
        expect_number(
            "temperature", temperature, "a number above 0; towards 0 the largest logit wins", lambda number: number > 0
        )
    )


def interleave(chorale: np.ndarray) -> np.ndarray:
    """(time, parts) -> a stream: soprano, alto, tenor, bass of step 0, then of step 1, …: one note after the other.

    Args:
        chorale: shape (time, parts).

    Returns:
        Shape (time · parts,).

    Raises:
        ValueError: chorale has another number of axes.
    """
    expect_shapes(chorale=(chorale, "time parts"))
    return np.asarray(chorale).reshape(-1)


def separate(stream: np.ndarray, parts: int = 4) -> np.ndarray:
    """A stream -> (time, parts), the way back from ``interleave``; an unfinished last step is dropped.

    Raises:
        ValueError: stream is not a row of numbers, or parts is not a whole number of at least 1.
    """
    expect_shapes(stream=(stream, "notes"))
    stream, parts = np.asarray(stream), expect_count("parts", parts)
    return stream[: len(stream) // parts * parts].reshape(-1, parts)


def voice_contexts(chorale: np.ndarray) -> np.ndarray:
    """What a table of counts may know before each note of the stream: its voice, the note that this voice sang last, …

    Args:
        chorale: whole numbers, shape (time, 4).

    Returns:
        Whole numbers, shape (time · 4, 6), a row per note of ``interleave(chorale)``: the voice; its own last note; the
        parity of the step (0 on a beat, 1 between two beats); the note just before in the stream; the one before that;
        and the third before. Before the first note there is -1.

    Raises:
        ValueError: chorale has another number of axes, or other than four voices.
    """
    (chorale,) = expect_shapes(chorale=(chorale, "time 4"))
    stream = chorale.reshape(-1)
    place = np.arange(len(stream))
    known = np.concatenate([np.full(4, -1, dtype=stream.dtype), stream])
    before = [known[place + 4 - back] for back in (1, 2, 3)]
    return np.stack([place % 4, known[place], place // 4 % 2, *before], axis=1)


def free_run(step: Callable[[Any, Any], tuple[Any, Any]], value: Any, state: Any, steps: Any) -> tuple[Any, Any]:
    """x_(t+1), h_(t+1) = step(x_t, h_t): ``continue_series`` as one loop of TensorFlow's graph.

    Args:
        step: (value, state) -> (next value, new state), in TensorFlow.
        value: the first value; it is the first of the result, and the first that is read.
        state: the state that goes with it, a tensor or a nest of tensors.
        steps: how many values to return, a number or a tensor; at least 1.

    Returns:
        (the values, shape (batch, steps, …), the state after the last step).
    """
    import tensorflow as tf

    made = tf.TensorArray(value.dtype, steps, element_shape=value.shape)

    def body(t: Any, made: Any, value: Any, state: Any) -> tuple[Any, Any, Any, Any]:
        made = made.write(t, value)
        value, state = step(value, state)
        return t + 1, made, value, state

    _, made, _, state = tf.while_loop(lambda t, *_: t < steps, body, (0, made, value, state))
    values = made.stack()
    return tf.transpose(values, [1, 0, *range(2, values.shape.rank)]), state


def curve_generator(model: Any) -> Callable[[np.ndarray, int], np.ndarray]:
    """``continue_series`` for a trained ``forecaster``, compiled: reading and generating are two loops of one graph.

    Args:
        model: a ``rnncourse.forecaster`` with the projection "stacked".

    Returns:
        generate(windows, steps): windows of shape (batch, time, features) -> new values, (batch, steps, features). It
        refuses, with a ValueError, windows of another form, and steps that are not a whole number of at least 1.

    Raises:
        ValueError: the model has no layers called "reader" and "projection".
    """
    import tensorflow as tf

    from rnncourse.models import as_array, named_layers
    from rnncourse.tensorflow_unrolling import dynamic_rnn

    reader, projection = named_layers(model, ("reader", "projection"), "forecaster")
    cell, features, dtype = reader.cell, model.input_shape[-1], reader.compute_dtype

    def step(value: Any, state: Any) -> tuple[Any, Any]:
        output, state = cell(value, state)
        return tf.cast(projection(output), dtype), state

    # The signature names no batch and no length, so one graph serves them all and nothing is traced again.
    signature = [tf.TensorSpec((None, None, features), dtype), tf.TensorSpec((), tf.int32)]

    @tf.function(autograph=False, input_signature=signature)
    def generate(windows: Any, steps: Any) -> Any:
        outputs, state = dynamic_rnn(step, windows, cell.get_initial_state(batch_size=tf.shape(windows)[0]))
        return free_run(step, outputs[:, -1], state, steps)[0]

    def call(windows: np.ndarray, steps: int) -> np.ndarray:
        windows = tf.cast(_expect_windows(windows, features), dtype)
        return as_array(generate(windows, tf.constant(expect_count("steps", steps))))

    return call


def _expect_windows(windows: Any, features: int) -> np.ndarray:
    (windows,) = expect_shapes(windows=(windows, f"batch time {features}"))
    if 0 in windows.shape:
        raise ValueError(f"windows has shape {windows.shape}, expected at least one window and one step.")
    return windows


def token_generator(model: Any) -> Callable[..., np.ndarray]:
    """A compiled writer for a trained ``token_model``: it reads a prompt, then goes on, one drawn token at a time.

    Args:
        model: a ``rnncourse.token_model``.

    Returns:
        generate(prompt, steps, temperature=1.0, seed=0, given=None): a prompt of whole numbers, shape (batch, time) ->
        new tokens, shape (batch, steps). The same seed gives the same tokens. Temperature 0 always takes the likeliest.
        ``given``, shape (steps,), holds tokens that stand where they stand whatever is drawn, and -1 where the network
        is free. It refuses, with a ValueError, a prompt that is empty or holds what is no token, and numbers out of
        range.

    Raises:
        ValueError: the model has no layers called "embedding", "reader" and "next".
    """
    import tensorflow as tf

    from rnncourse.models import named_layers

    embedding, reader, head = named_layers(model, ("embedding", "reader", "next"), "token_model")
    generate = _token_loop(embedding, reader, head)

    def call(
        prompt: np.ndarray, steps: int, temperature: float = 1.0, seed: int = 0, given: np.ndarray | None = None
    ) -> np.ndarray:
        prompt, steps = expect_token_rows("prompt", prompt, embedding), expect_count("steps", steps)
        given = np.full(steps, -1) if given is None else _expect_given(given, steps, embedding)
        numbers = steps, *expect_draw(temperature, seed)
        return generate(tf.constant(prompt, tf.int32), *map(tf.constant, numbers), tf.constant(given, tf.int32)).numpy()

    return call


def _token_loop(embedding: Any, reader: Any, head: Any) -> Any:
    """The compiled (prompt, steps, temperature, seed, given) -> new tokens: two loops of one graph, read and write."""
    import tensorflow as tf

    from rnncourse.tensorflow_unrolling import dynamic_rnn

    def read(token: Any, state: Any) -> tuple[Any, Any]:
        output, state = reader.cell(embedding(token), state)
        return head(output), state

    @tf.function(autograph=False, reduce_retracing=True)
    def generate(prompt: Any, steps: Any, temperature: Any, seed: Any, given: Any) -> Any:
        start = reader.cell.get_initial_state(batch_size=tf.shape(prompt)[0])
        logits, state = dynamic_rnn(read, prompt, start)
        given = tf.concat([given, [-1]], 0)  # the loop reads its last token, too, and draws what nobody takes

        def draw(logits: Any, t: Any) -> Any:
            return tf.where(given[t] < 0, draw_tokens(logits, temperature, seed, t), given[t])

        def step(token: Any, state: Any) -> tuple[Any, Any]:
            t, state = state
            logits, state = read(token, state)
            return draw(logits, t + 1), (t + 1, state)

        return free_run(step, draw(logits[:, -1], 0), (tf.constant(0), state), steps)[0]

    return generate


def _expect_given(given: Any, steps: int, embedding: Any) -> np.ndarray:
    """Tokens or -1, one per step."""
    given, rows = expect_tokens("given", given, "steps"), getattr(embedding, "input_dim", np.inf)
    if given.size and not -1 <= given.min() <= given.max() < rows:
        raise ValueError(f"given has numbers from {given.min()} to {given.max()}, expected -1 to {rows - 1}.")
    if len(given) != steps:
        raise ValueError(f"given has {len(given)} entries, expected {steps}: one per new token, -1 where it is free.")
    return given


def draw_tokens(logits: Any, temperature: Any, seed: Any, t: Any) -> Any:
    """k, drawn with the probabilities softmax(z / T), for each row; with T = 0 the k of the largest z_k. In TensorFlow.

    Args:
        logits: z, shape (batch, tokens), of any floats; they are divided in float32.
        temperature: T, a number of at least 0, a tensor.
        seed, t: the same pair of whole numbers draws the same tokens.

    Returns:
        Whole numbers, shape (batch,).
    """
    import tensorflow as tf

    logits = tf.cast(logits, tf.float32)
    scaled = logits / tf.maximum(temperature, 1e-6)
    drawn = tf.random.stateless_categorical(scaled, 1, tf.stack([seed, t]), dtype=tf.int32)[:, 0]
    return tf.where(temperature > 0, drawn, tf.argmax(logits, axis=-1, output_type=tf.int32))


def expect_draw(temperature: float, seed: int) -> tuple[float, int]:
    """Return the numbers that ``draw_tokens`` wants, once they are in range.

    Raises:
        ValueError: temperature is not a number of at least 0, or seed is not a whole number of at least 0.
    """
    if not temperature >= 0:  # not so for NaN either
        raise ValueError(f"temperature is {temperature!r}, expected at least 0; 0 takes the likeliest token.")
    return float(temperature), expect_count("seed", seed, least=0) % 2**31


def expect_token_rows(name: str, tokens: Any, embedding: Any) -> np.ndarray:
    """Return whole numbers of shape (batch, time), from 0 to one less than an embedding (if it is known) has rows.

    Raises:
        ValueError: they are not whole numbers, have other axes, are none, or one is out of range.
    """
    tokens = expect_tokens(name, tokens, "batch time")
    if 0 in tokens.shape:
        raise ValueError(f"{name} has shape {tokens.shape}, expected at least one row of at least one token.")
    rows = getattr(embedding, "input_dim", np.inf)
    if not 0 <= tokens.min() <= tokens.max() < rows:
        raise ValueError(
            f"{name} has numbers from {tokens.min()} to {tokens.max()}, expected 0 to {rows - 1}: the network has a "
            "vector for each of these. Is it the vocabulary that it was trained with?"
        )
    return tokens
