"""Benchmark 2. How long does one training step of a recurrent layer take, by whom, and how near is that to the bound?

One step is the layer's outputs at every time step and the gradient of their summed squares by the weights. All read the
same inputs with the same weights. The bound is the time that this machine takes for the step's matrix products alone,
all of them of the size that one time step needs, and as many as there are.

    python benchmarks/step_time.py                   (two minutes on two cores)
    python benchmarks/step_time.py --steps 200       (longer sequences: nothing is unrolled)
"""

from __future__ import annotations

import argparse
import importlib
import statistics
import warnings
from collections.abc import Callable

from measuring import in_turns, machine, print_table, ratio
from other_unrollings import dynamic_simple_rnn, unrolled_rnn

# isort: split
import keras
import numpy as np
import tensorflow as tf

from rnncourse import dynamic_rnn
from rnncourse.tensorflow_cells import gru_step_tensorflow, lstm_step_tensorflow, rnn_step_tensorflow

LONGEST_UNROLLED = 100  # steps: beyond, tracing an unrolled graph takes longer than anyone waits
#: name -> (layer of Keras, step of ours, number of blocks in the kernel, cell of TensorFlow 1)
KINDS = {
    "SimpleRNN": (keras.layers.SimpleRNN, rnn_step_tensorflow, 1, "BasicRNNCell"),
    "LSTM": (keras.layers.LSTM, lstm_step_tensorflow, 4, "BasicLSTMCell"),
    "GRU": (keras.layers.GRU, gru_step_tensorflow, 3, "GRUCell"),
}


def training_step(run: Callable, variables: list, inputs: tf.Tensor, xla: bool) -> Callable[[], object]:
    """Compiled: outputs, loss, gradient by the variables."""

    @tf.function(jit_compile=xla, autograph=False)
    def step(inputs):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.square(run(inputs)))
        return tape.gradient(loss, variables)

    return lambda: step(inputs)[0].numpy()


def keras_layer(kind: str, inputs: tf.Tensor, units: int, unroll: bool) -> keras.layers.Layer:
    layer = KINDS[kind][0](units, return_sequences=True, unroll=unroll)
    layer.build(inputs.shape)
    return layer


def cell(kind: str, weights: list) -> Callable:
    """Our step in the form that static_rnn and dynamic_rnn want: (inputs, state) -> (output, state)."""

    def step(inputs, state):
        new = KINDS[kind][1](inputs, state, *weights)
        return (new[0], new) if kind == "LSTM" else (new, new)

    return step


def our_runs(kind: str, inputs: tf.Tensor, weights: list, units: int) -> dict[str, tuple[Callable, bool]]:
    """The loop, the loop with one product before it, and for short sequences the unrolled cells, also in two halves."""
    zeros = tf.zeros((inputs.shape[0], units))
    start, step = (zeros, zeros) if kind == "LSTM" else zeros, cell(kind, weights)
    runs = {"ours, loop": (lambda x: dynamic_rnn(step, x, start)[0], False)}
    if kind == "SimpleRNN":
        runs["ours, loop, one product before it"] = (lambda x: dynamic_simple_rnn(x, zeros, *weights)[0], False)
    if inputs.shape[1] <= LONGEST_UNROLLED:
        runs["ours, unrolled"] = (lambda x: unrolled_rnn(step, x)[0], False)
        runs["ours, unrolled, XLA"] = (lambda x: unrolled_rnn(step, x)[0], True)
        runs["ours, unrolled, two halves"] = (lambda x: unrolled_rnn(step, x, parts=2)[0], False)
    return runs


def keras_programs(kind: str, inputs: tf.Tensor, units: int) -> dict[str, Callable[[], object]]:
    programs = {}
    for name, unroll, xla in (("loop", 0, 0), ("loop, XLA", 0, 1), ("unrolled", 1, 0), ("unrolled, XLA", 1, 1)):
        if not unroll or inputs.shape[1] <= LONGEST_UNROLLED:
            layer = keras_layer(kind, inputs, units, bool(unroll))
            variables = [variable.value for variable in layer.trainable_variables]
            programs[f"Keras, {name}"] = training_step(layer, variables, inputs, bool(xla))
    return programs


def tensorflow1_program(kind: str, inputs: np.ndarray, units: int) -> Callable[[], object]:
    """TensorFlow 1's own dynamic_rnn in its own graph and session."""
    cells = importlib.import_module("tensorflow._api.v2.compat.v1.nn.rnn_cell")
    v1 = tf.compat.v1
    graph = tf.Graph()
    with graph.as_default(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the cells announce their own end
        fed = v1.placeholder(tf.float32, inputs.shape)
        outputs, _ = v1.nn.dynamic_rnn(getattr(cells, KINDS[kind][3])(units), fed, dtype=tf.float32)
        gradients = v1.gradients(tf.reduce_sum(tf.square(outputs)), v1.trainable_variables())
        session = v1.Session(graph=graph)
        session.run(v1.global_variables_initializer())
        callable_ = session.make_callable(gradients, [fed])
    return lambda: callable_(inputs)


def torch_program(kind: str, inputs: np.ndarray, units: int) -> Callable[[], object] | None:
    """PyTorch's layer, where PyTorch is installed."""
    try:
        import torch
    except ImportError:
        return None
    layer = getattr(torch.nn, "RNN" if kind == "SimpleRNN" else kind)(inputs.shape[2], units, batch_first=True)
    batch = torch.from_numpy(inputs)

    def step():
        layer.zero_grad(set_to_none=True)
        layer(batch)[0].square().sum().backward()

    return step


def bound_program(kind: str, inputs: tf.Tensor, units: int) -> Callable[[], object]:
    """Only the matrix products: x W and h U of every time step, and the two gradients of each (x's is not needed)."""
    batch, steps, features = inputs.shape
    width = KINDS[kind][2] * units
    draw = tf.random.Generator.from_seed(1).normal
    x, h, error = draw((batch, features)), draw((batch, units)), draw((batch, width))
    kernel, recurrent_kernel = draw((features, width)), draw((units, width))

    @tf.function(autograph=False)
    def products(x, h, error, scale):
        made = []
        for _ in range(steps):
            scale = scale + 1  # each step's operands are new, or TensorFlow would compute one product once
            made.append(tf.matmul(x * scale, kernel) + tf.matmul(h * scale, recurrent_kernel))
            made.append(tf.matmul(error * scale, recurrent_kernel, transpose_b=True))
            made.append(tf.matmul(x, error * scale, transpose_a=True))
            made.append(tf.matmul(h, error * scale, transpose_a=True))
        return [part[0, 0] for part in made]

    return lambda: products(x, h, error, tf.constant(0.0))[-1].numpy()


def check_agreement(runs: dict[str, tuple[Callable, bool]], inputs: tf.Tensor, layer: keras.layers.Layer) -> None:
    """The clock starts only if ours and Keras compute the same."""
    for name, (run, _) in runs.items():
        np.testing.assert_allclose(run(inputs), layer(inputs), atol=1e-5, err_msg=name)


def measure(kind: str, steps: int, batch: int, features: int, units: int, rounds: int) -> dict[str, list[float]]:
    numbers = np.random.default_rng(0).normal(size=(batch, steps, features)).astype("f4")
    inputs = tf.constant(numbers)
    layer = keras_layer(kind, inputs, units, False)
    weights = [variable.value for variable in layer.trainable_variables]
    runs = our_runs(kind, inputs, weights, units)
    check_agreement(runs, inputs, layer)
    programs = {
        "the bound": bound_program(kind, inputs, units),
        **{name: training_step(run, weights, inputs, xla) for name, (run, xla) in runs.items()},
        **keras_programs(kind, inputs, units),
        "TensorFlow 1, dynamic_rnn": tensorflow1_program(kind, numbers, units),
    }
    torch = torch_program(kind, numbers, units)
    return in_turns(programs if torch is None else {**programs, "PyTorch": torch}, rounds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, value in (("steps", 28), ("batch", 150), ("features", 28), ("units", 150), ("rounds", 25)):
        parser.add_argument(f"--{name}", type=int, default=value)
    chosen = vars(parser.parse_args())
    print(machine(), ", ".join(f"{value} {name}" for name, value in chosen.items()), sep="; ", end="\n\n")
    rows: dict[str, list[str]] = {}
    summaries = []
    for done, kind in enumerate(KINDS):
        taken = measure(kind, **chosen)
        for name, seconds in taken.items():
            cells = rows.setdefault(name, ["–"] * 2 * done)
            cells += [f"{statistics.median(seconds) * 1e3:.1f}", f"{ratio(taken, name, 'the bound'):.2f}"]
        for cells in rows.values():
            cells += ["–"] * (2 * (done + 1) - len(cells))
        best = {
            who: min((name for name in taken if name.startswith(who)), key=lambda name: statistics.median(taken[name]))
            for who in ("ours", "Keras")
        }
        summaries.append(f"{kind}: {best['ours']} / {best['Keras']} = {ratio(taken, best['ours'], best['Keras']):.2f}")
    print_table(
        ["", *(head for kind in KINDS for head in (f"{kind}, ms", "to the bound"))], [[n, *r] for n, r in rows.items()]
    )
    print("\n".join(summaries))


if __name__ == "__main__":
    main()
