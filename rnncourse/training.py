"""Recipes for training: a schedule for the rate, an optimizer that clips, a fit with one tidy line, when to stop."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from rnncourse.shapes import expect_count, expect_list, expect_shapes

if TYPE_CHECKING:  # importing Keras takes seconds, and the schedule does not need it
    import keras
    import tensorflow as tf

PEAK_RATE, NORM_LIMIT, WARM_UP_SHARE = 2e-3, 1.0, 0.1
_BAR, _LINE, _BLOCKS = 20, 60, "▁▂▃▄▅▆▇█"  # letters of the bar and of the line, and the bar's blocks by height


def warm_up_cosine(step: int, steps: int, warm_up: int, peak: float = PEAK_RATE) -> float:
    """peak · step / warm_up, then peak · (1 + cos(pi · (step - warm_up) / (steps - warm_up))) / 2.

    Args:
        step: the training step, 0 to steps.
        steps: number of steps of the whole training.
        warm_up: number of steps in which the rate grows, from 0, in a straight line; 1 to steps - 1.
        peak: the largest learning rate, reached at step warm_up.

    Returns:
        The learning rate of this step: 0 at the start, peak after the warm-up, 0 at the end.

    Raises:
        ValueError: a number is out of range.

    Source: I. Loshchilov and F. Hutter, "SGDR: stochastic gradient descent with warm restarts" (2017), for the cosine.
    """
    if not 0 < warm_up < steps:
        raise ValueError(f"warm_up is {warm_up!r}, expected 1 to {steps - 1}, fewer than the {steps} steps.")
    if not 0 <= step <= steps:
        raise ValueError(f"step is {step!r}, expected 0 to {steps}.")
    if step < warm_up:
        return peak * step / warm_up
    share = (step - warm_up) / (steps - warm_up)  # of the decay
    return peak * (1 + math.cos(math.pi * share)) / 2


def recipe_optimizer(steps: int, peak: float = PEAK_RATE, limit: float = NORM_LIMIT) -> keras.optimizers.Adam:
    """Adam with gradients clipped by their global norm, a warm-up over a tenth of the steps and a cosine decay.

    Args:
        steps: number of steps of the whole training: epochs times batches.
        peak: the largest learning rate.
        limit: the largest global norm of the gradients.

    Returns:
        A new optimizer; its rate at each step is ``warm_up_cosine(step, steps, steps // 10, peak)``.

    Raises:
        ValueError: fewer than 10 steps.
    """
    import keras

    steps = expect_count("steps", steps, least=10)
    warm_up = int(steps * WARM_UP_SHARE)
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, decay_steps=steps - warm_up, warmup_target=peak, warmup_steps=warm_up
    )
    return keras.optimizers.Adam(rate, global_clipnorm=limit)


def tape_epoch(
    model: keras.Model,
    loss: Callable[[Any, Any], Any],
    optimizer: keras.optimizers.Optimizer,
    inputs: np.ndarray,
    targets: np.ndarray,
    batch_size: int,
) -> list[float]:
    """w ← w - rate · dC/dw for one batch after the other: the cost of each on the tape, then one step of the optimizer.

    What ``fit`` of Keras does, written out: without shuffling, and as a plain loop in Python, so it is slower.

    Args:
        model: changed in place: its weights are trained.
        loss: a Keras loss; called as loss(targets, outputs).
        optimizer: takes a step for each batch.
        inputs, targets: what to learn from, in the order in which it is read.
        batch_size: instances in a step; the last batch has what is left.

    Returns:
        The cost of each batch, measured before its step.

    Raises:
        ValueError: inputs and targets differ in number, or batch_size is not a whole number of at least 1.
    """
    import tensorflow as tf

    _expect_as_many(inputs, targets)
    losses = []
    for start in range(0, len(inputs), expect_count("batch_size", batch_size)):
        batch = slice(start, start + batch_size)
        with tf.GradientTape() as tape:
            cost = loss(targets[batch], model(inputs[batch], training=True))
        gradients = tape.gradient(cost, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        losses.append(float(cost))
    return losses


def _expect_as_many(inputs: np.ndarray, targets: np.ndarray) -> None:
    if len(inputs) != len(targets):
        raise ValueError(f"There are {len(inputs)} inputs and {len(targets)} targets, expected as many of each.")


def fit(
    model: keras.Model,
    inputs: np.ndarray | tuple[np.ndarray, ...],
    targets: np.ndarray,
    *,
    epochs: int,
    optimizer: keras.optimizers.Optimizer,
    loss: Any = None,
    batch_size: int = 150,
    validation: tuple[np.ndarray, np.ndarray] | None = None,
    metrics: tuple[Any, ...] = ("accuracy",),
    augment: Callable[[tf.Tensor], tf.Tensor] | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> dict[str, list[float]]:
    """Train a model; one line on the page says how far it is.

    Args:
        model: changed in place: its weights are trained.
        inputs, targets: what to learn from; the instances are shuffled anew for each epoch. A model that reads several
            arrays gets a tuple of them as its inputs.
        epochs: how often to go through all of them.
        optimizer: a new one for each training; it counts its own steps.
        loss: a Keras loss; cross-entropy from logits and whole-number labels by default.
        batch_size: instances in a step.
        validation: (inputs, targets) to measure on after each epoch; nothing is learnt from them.
        metrics: what to measure besides the loss.
        augment: changes the inputs of a batch, differently each time, such as ``random_shift``; the targets stay.
        callbacks: Keras callbacks besides the line of progress.

    Returns:
        The history: name -> one number an epoch, for example "loss", "accuracy", "val_accuracy".

    Raises:
        ValueError: inputs and targets differ in number, or epochs is not a whole number of at least 1.
    """
    import keras

    for part in inputs if isinstance(inputs, tuple) else (inputs,):
        _expect_as_many(part, targets)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True) if loss is None else loss
    model.compile(optimizer, loss, metrics=list(metrics), jit_compile=False)
    with _augmented(model, augment):
        told = model.fit(
            inputs,
            targets,
            batch_size=expect_count("batch_size", batch_size),
            epochs=expect_count("epochs", epochs),
            validation_data=None if validation is None else tuple(validation),
            verbose=0,
            callbacks=[progress_line(epochs), *callbacks],
        )
    return {name: [float(value) for value in values] for name, values in told.history.items()}


@contextmanager
def _augmented(model: keras.Model, augment: Callable[[tf.Tensor], tf.Tensor] | None) -> Iterator[None]:
    """While this lasts, the model's training step begins by changing its inputs.

    Changed inside the compiled step they cost next to nothing; a ``tf.data`` pipeline beside it competes for the cores,
    and made every other epoch twice as long on two of them.
    """
    if augment is None:
        yield
        return
    plain = model.train_step
    model.train_step = lambda data: plain((augment(data[0]), *data[1:]))
    try:
        yield
    finally:
        del model.train_step  # the method of the class is there again
        model.train_function = None  # and the next fit is compiled from it


def early_stopping(costs: Sequence[float], patience: int) -> tuple[int, int]:
    """stop = the first epoch that is ``patience`` epochs behind the lowest cost so far, keep = the epoch of that cost.

    Where no epoch is so far behind, the training runs to its end. What is not lower than the lowest is no progress: an
    equal cost is none, nor is NaN.

    Args:
        costs: validation cost after each epoch, as long as it may run.
        patience: after how many epochs in a row without progress the training stops.

    Returns:
        (stop, keep): the last epoch that is run, and the epoch whose weights are kept, counted from 0.

    Raises:
        ValueError: there is no cost, or patience is not a whole number of at least 1.

    Source: L. Prechelt, "Early stopping - but when?" (1998); ``keras.callbacks.EarlyStopping`` with
    ``restore_best_weights=True`` does the same while the training runs.
    """
    patience = expect_count("patience", patience)
    expect_list("costs", costs, "numbers, the cost after each epoch", empty=False)
    lowest, keep = np.inf, 0
    for epoch, cost in enumerate(costs):
        if cost < lowest:
            lowest, keep = cost, epoch
        elif epoch - keep >= patience:
            return epoch, keep
    return len(costs) - 1, keep


def random_shift(images: tf.Tensor, most: int = 1) -> tf.Tensor:
    """images'[:, r, c] = images[:, r - dr, c - dc], with dr and dc drawn from -most … most; 0 where nothing was.

    The whole batch moves the same way, which costs next to nothing; the next batch moves another way.

    Args:
        images: shape (batch, rows, columns).
        most: the largest shift, in pixels.

    Returns:
        The images moved, of the same shape and dtype.

    Raises:
        ValueError: images has another number of axes, or most is not a whole number of at least 1.
    """
    import tensorflow as tf

    images = tf.convert_to_tensor(images)
    if images.shape.rank != 3:
        raise ValueError(f"images has shape {images.shape}, expected (batch, rows, columns).")
    most = expect_count("most", most)
    start = tf.random.uniform([2], 0, 2 * most + 1, tf.int32)
    framed = tf.pad(images, [[0, 0], [most, most], [most, most]])
    return tf.slice(framed, tf.concat([[0], start], 0), tf.shape(images))


def progress_line(epochs: int) -> keras.callbacks.Callback:
    """A callback that writes one line over and over, and leaves one tidy line behind.

    While it trains, each block of the bar is as high as the loss was in that twentieth of the training. The line that
    stays tells the last epoch's loss, the mean over its batches, and what it scored on the validation part: the first
    metric, or the loss where there is none. No seconds stand there; every number that may differ between two machines
    comes after the sign ≈, so that a stored notebook can be compared with a fresh run. All numbers are in the history.
    """
    import keras

    progress = _Progress(epochs)
    line: Any = keras.callbacks.LambdaCallback(
        on_train_begin=lambda logs: show_progress(0, epochs),
        on_epoch_begin=lambda epoch, logs: progress.begin(epoch),
        on_train_batch_end=lambda batch, logs: progress.add(batch + 1, line.params["steps"], logs["loss"]),
        on_train_end=lambda logs: show_progress(epochs, epochs, scores=logs, stopped_after=progress.epoch + 1),
    )
    return line


class _Progress:
    """The mean loss of each twentieth of a training that is over, and where the present one began in this epoch."""

    def __init__(self, epochs: int):
        self.epochs, self.losses = epochs, list[float]()
        self.begin(0)

    def begin(self, epoch: int) -> None:
        """A new epoch: Keras tells the mean loss since here."""
        self.epoch, self.batches_before, self.mean_before = epoch, 0, 0.0

    def add(self, batches: int, steps: int | None, mean: float) -> None:
        """So many batches of the epoch, of ``steps`` if anybody knows, are over, with this mean loss."""
        done = self.epoch + batches / steps if steps else self.epoch
        new = _filled(done, self.epochs) - len(self.losses)
        if new > 0 and done < self.epochs:
            total = batches * mean - self.batches_before * self.mean_before
            self.losses.extend(new * [total / (batches - self.batches_before)])
            self.batches_before, self.mean_before = batches, mean
            show_progress(done, self.epochs, self.losses)


def show_progress(
    done: float,
    epochs: int,
    losses: Sequence[float] = (),
    scores: Mapping[str, float] | None = None,
    stopped_after: int | None = None,
) -> None:
    """Write the line of progress over the one before; the last one stays.

    Args:
        done: how many epochs are over, fractions included; epochs, when nothing more comes.
        epochs: how many there are.
        losses: one for each block of the bar that is filled; the blocks are as high as they are.
        scores: what the last line tells, by Keras's names: the loss, and the first score of the validation part.
        stopped_after: the last epoch that was trained; fewer than ``epochs`` if the training was stopped early.
    """
    filled = _filled(done, epochs)
    if done >= epochs:
        early = stopped_after is not None and stopped_after < epochs
        over = f"stopped early, after epoch ≈ {stopped_after} of {epochs}" if early else f"epoch {epochs} of {epochs}"
        print(f"\r{'':{_LINE}}\r{'█' * _BAR} {over}{_last_words(scores or {})}", flush=True)
        return
    bar = (_curve(losses) if losses else "█" * filled) + "░" * (_BAR - filled)
    told = f", loss {losses[-1]:.3g}" if losses else ""
    print(f"\r{f'{bar} epoch {int(done) + 1} of {epochs}{told}':<{_LINE}}", end="", flush=True)


def _last_words(scores: Mapping[str, float]) -> str:
    """ " · loss ≈ 0.1234 · validation accuracy ≈ 0.95" from Keras's logs, where a validation score starts with val_."""
    validation = [name for name in scores if name.startswith("val_")]
    told = [("loss", "loss")] if "loss" in scores else []
    for name in [name for name in validation if name != "val_loss"][:1] or validation[:1]:
        told.append((name, f"validation {name.removeprefix('val_').replace('_', ' ')}"))
    return "".join(f" · {words} ≈ {float(scores[name]):.4g}" for name, words in told)


def _filled(done: float, epochs: int) -> int:
    return math.floor(_BAR * done / epochs + 1e-9)


def _curve(values: Sequence[float]) -> str:
    """A letter for each value, from the lowest block to the highest; x where it is no number."""
    finite = [value for value in values if math.isfinite(value)] or [0.0]
    low, span = min(finite), max(finite) - min(finite)
    return "".join(
        _BLOCKS[round(7 * (value - low) / span) if span else 7] if math.isfinite(value) else "x" for value in values
    )


def accuracy(model: keras.Model, inputs: np.ndarray, labels: np.ndarray, batch_size: int = 1000) -> float:
    """The share of instances whose largest logit is that of the right class, 0 to 1.

    Args:
        model: gives logits (or probabilities), shape (batch, classes).
        inputs: what the model reads.
        labels: the right classes, whole numbers, shape (batch,).
        batch_size: instances at a time; changes the speed only.

    Raises:
        ValueError: there is no instance or nothing in one, or not one label for each.
    """
    (labels,) = expect_shapes(labels=(labels, "batch"))
    if len(labels) != len(inputs) or not len(labels):
        raise ValueError(
            f"There are {len(inputs)} inputs and {len(labels)} labels, expected as many of both, and at least one."
        )
    shape = np.shape(inputs)
    if 0 in shape:
        raise ValueError(f"inputs has shape {shape}, expected at least one number in each (no axis of length 0).")
    logits = model.predict(inputs, batch_size=batch_size, verbose=0)
    return float(np.mean(np.argmax(logits, axis=-1) == labels))
