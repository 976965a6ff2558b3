"""Chapter 15: recall of pairs by four readers of equal size, what a step costs them, scan against loop, streaming.

python benchmarks/recurrence.py                          (half an hour on two cores)
python benchmarks/recurrence.py --claim recall --seeds 5
"""

from __future__ import annotations

import contextlib
import json
import math
import statistics
import subprocess
import sys
import warnings
from collections.abc import Callable
from functools import partial

from cost_growth import memory
from measuring import in_turns, print_table, ratio, run_claims, say  # first: it keeps TensorFlow quiet

# isort: split
import keras
import numpy as np
import tensorflow as tf
from keras import ops

import rnncourse
from rnncourse.datasets.memory import Sequences, make_key_values
from rnncourse.models import RECALL_WEIGHTS

NAMES = {"gru": "GRU", "lstm": "LSTM", "mingru": "minGRU", "attention": "attention"}
KEYS, VALUES, PAIRS = 16, 4, (1, 2, 4, 8, 16)
#: name -> (rounds, batch): a training that a notebook has time for, and one that is given more.
TRAININGS = {"300 rounds of 60": (300, 60), "1,000 rounds of 100": (1000, 100)}


def mixed(count: int, pairs: tuple[int, ...], seed: int) -> Sequences:
    """As many sequences with each number of pairs, all of one length."""
    parts = [
        make_key_values(count // len(pairs), k, keys=KEYS, values=VALUES, steps=max(pairs) + 1, seed=seed)
        for k in pairs
    ]
    return Sequences(*(np.concatenate(kind) for kind in zip(*parts, strict=True)))


def trained(
    reader: str, training: tuple[int, int], seed: int, parameters: int = 12_000, peak: float = 0.02
) -> keras.Model:
    """A reader after so many rounds of sequences with 1, 2, 4, 8 and 16 pairs; peak: the highest learning rate."""
    rounds, batch = training
    keras.utils.set_random_seed(seed)
    model = rnncourse.recall_reader(reader, features=KEYS + VALUES, outputs=VALUES, parameters=parameters)
    model.compile(
        rnncourse.recipe_optimizer(rounds, peak), keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    model.fit(*mixed(rounds * batch, PAIRS, seed), batch_size=batch, epochs=1, verbose=0)
    return model


def fresh(pairs: int, seed: int) -> Sequences:
    """2 000 sequences that no training has seen but by chance."""
    return make_key_values(2000, pairs, keys=KEYS, values=VALUES, steps=max(PAIRS) + 1, seed=1000 + seed)


def right(model: keras.Model, pairs: int, seed: int) -> float:
    """The share of new sequences that are answered rightly."""
    inputs, targets = fresh(pairs, seed)
    return float(np.mean(np.argmax(model.predict(inputs, batch_size=1000, verbose=0), axis=1) == targets))


def yardsticks(pairs: int) -> dict[str, float]:
    """Rules without training, on the same kind of sequences: the share that each answers rightly."""
    inputs, targets = fresh(pairs, 0)
    keys = inputs[:, -1 - pairs : -1, :KEYS].argmax(axis=2)
    values = inputs[:, -1 - pairs : -1, KEYS:].argmax(axis=2)
    asked = inputs[:, -1, :KEYS].argmax(axis=1)
    counts = inputs[:, :-1, KEYS:].sum(axis=1)
    commonest = counts.argmax(axis=1)
    answers = {"always the same": np.zeros(len(targets)), "the last value": values[:, -1], "the commonest": commonest}
    for slots in (4, 16):  # the slot of a key is its number modulo the slots; what comes later overwrites
        answers[f"a table of {slots} slots"] = from_table(keys, values, asked, commonest, slots)
    return {name: float(np.mean(answer == targets)) for name, answer in answers.items()}


def from_table(
    keys: np.ndarray, values: np.ndarray, asked: np.ndarray, otherwise: np.ndarray, slots: int
) -> np.ndarray:
    """What the slot of the key holds, where it is that key's; elsewhere the other answer."""
    answers = otherwise.copy()
    for row, key in enumerate(asked):
        in_slot = np.flatnonzero(keys[row] % slots == key % slots)[-1]
        if keys[row, in_slot] == key:
            answers[row] = values[row, in_slot]
    return answers


def recall(seeds: int) -> None:
    """Section 3: accuracy against the number of pairs, equal parameters and equal training; simple rules beside."""
    for name, training in TRAININGS.items():
        rows = []
        for reader in RECALL_WEIGHTS:
            shares: list[list[float]] = []
            for seed in range(seeds):
                model = trained(reader, training, seed)
                shares.append([right(model, pairs, seed) for pairs in PAIRS])
                say(f"{name}, {reader}, seed {seed}: {shares[-1]}\n")
            units = model.get_layer("reader").key_dim if reader == "attention" else model.get_layer("reader").units
            columns = [
                f"{statistics.median(column):.2f} ({min(column):.2f}–{max(column):.2f})"
                for column in zip(*shares, strict=True)
            ]
            rows.append([NAMES[reader], units, f"{model.count_params():,}", *columns])
        if name == list(TRAININGS)[-1]:
            rules = [yardsticks(pairs) for pairs in PAIRS]
            rows += [[rule, "–", 0, *(f"{found[rule]:.2f}" for found in rules)] for rule in rules[0]]
        print_table([name, "units", "parameters", *(f"{k} pair{'s' * (k > 1)}" for k in PAIRS)], rows)


def more_of_it(seeds: int) -> None:
    """Section 3: are 8 pairs too many for a GRU's state, or for that training? It is given three times as much."""
    tried = {"3,000 rounds of 100": ((3000, 100), 12_000), "36,000 parameters": ((1000, 100), 36_000)}
    rows = []
    for name, (training, parameters) in tried.items():
        shares = [right(trained("gru", training, seed, parameters), 8, seed) for seed in range(seeds)]
        say(f"{name}: {shares}\n")
        rows.append([name, *(f"{share:.2f}" for share in shares)])
    print_table(["GRU, 8 pairs", *(f"seed {seed}" for seed in range(seeds))], rows)


def learning_rates(seeds: int) -> None:
    """Section 6: does one learning rate for all do the GRU wrong? It is given a quarter, half and twice of it."""
    peaks = (0.005, 0.01, 0.02, 0.04)
    rows = []
    for name, training in TRAININGS.items():
        told = [[right(trained("gru", training, seed, peak=peak), 8, seed) for seed in range(seeds)] for peak in peaks]
        say(f"{name}: {told}\n")
        rows.append([name, *(f"{statistics.median(s):.2f} ({min(s):.2f}–{max(s):.2f})" for s in told)])
    print_table(["GRU, 8 pairs", *(f"peak {peak}" for peak in peaks)], rows)


APART = 8  # pairs, key and value in two steps: the task of exercise 8
APART_PEAK = {"hybrid": 0.02, "state": 0.01, "blocks": 0.005}


def apart(count: int, seed: int) -> Sequences:
    """Sequences of 17 steps: a key, its value, the next key, …, and at last the key that is asked for."""
    return make_key_values(count, APART, keys=12, values=8, separate=True, seed=seed)


def block(states: object) -> object:
    """A Transformer block as in section 4: two heads of 16, a small network for each place, normalised in front."""
    width = states.shape[-1]
    normal = keras.layers.LayerNormalization()(states)
    states = states + keras.layers.MultiHeadAttention(2, 16)(normal, normal, use_causal_mask=True)
    normal = keras.layers.LayerNormalization()(states)
    return states + keras.layers.Dense(width)(keras.layers.Dense(4 * width, activation="gelu")(normal))


def blocks(count: int) -> Callable[[object], object]:
    """So many blocks of width 32, on symbols that know their place."""

    def over_time(symbols: object) -> object:
        signal = tf.constant(rnncourse.position_signal(2 * APART + 1, 32), tf.float32)
        states = keras.layers.Dense(32)(symbols) + signal
        for _ in range(count):
            states = block(states)
        return states[:, -1]

    return over_time


def below_attention(layer: Callable[[object], object]) -> Callable[[object], object]:
    """A layer, and one head of attention above it."""

    def over_time(symbols: object) -> object:
        states = layer(symbols)
        return keras.layers.MultiHeadAttention(1, 24)(states, states, use_causal_mask=True)[:, -1]

    return over_time


#: name -> (kind, rounds of 64, the layers over time, made anew for each seed)
APART_READERS: dict[str, tuple[str, int, Callable[[], Callable[[object], object]]]] = {
    "GRU, 64 units": ("state", 1500, lambda: keras.layers.GRU(64)),
    "LSTM, 56 units": ("state", 1500, lambda: keras.layers.LSTM(56)),
    "one block": ("blocks", 1500, lambda: blocks(1)),
    "two blocks": ("blocks", 1500, lambda: blocks(2)),
    "one head of attention": ("hybrid", 1500, lambda: below_attention(keras.layers.Dense(24))),
    "GRU of 24 below one head": (
        "hybrid",
        300,
        lambda: below_attention(keras.layers.GRU(24, return_sequences=True)),
    ),
    "convolution over 2 steps below one head": (
        "hybrid",
        300,
        lambda: below_attention(keras.layers.Conv1D(24, 2, padding="causal")),
    ),
}


def pairs_apart(seeds: int) -> None:
    """Section 7: what a state, attention and both recall of eight pairs whose key and value stand apart."""
    rows = []
    for name, (kind, rounds, layers) in APART_READERS.items():
        shares = []
        for seed in range(seeds):
            keras.utils.set_random_seed(seed)
            symbols = keras.Input((2 * APART + 1, 20))
            model = keras.Model(symbols, keras.layers.Dense(8)(layers()(symbols)))
            cost = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
            model.compile(rnncourse.recipe_optimizer(rounds, APART_PEAK[kind]), cost)
            model.fit(*apart(64 * rounds, seed), batch_size=64, verbose=0)
            inputs, targets = apart(2000, 1000 + seed)
            said = np.argmax(model.predict(inputs, batch_size=1000, verbose=0), axis=1)
            shares.append(float(np.mean(said == targets)))
            say(f"{name}: {shares}\n")
        found = [f"{share:.2f}" for share in shares]
        rows.append([name, f"{rounds:,}", APART_PEAK[kind], f"{model.count_params():,}", *found])
    rows += [[name, "–", "–", 0, *shares] for name, shares in apart_rules(seeds).items()]
    head = ["8 pairs, apart", "rounds of 64", "peak", "parameters", *(f"seed {seed}" for seed in range(seeds))]
    print_table(head, rows)


def apart_rules(seeds: int) -> dict[str, list[str]]:
    """Rules that learn nothing, on the same new sequences."""
    found: dict[str, list[str]] = {"the commonest value": [], "the last value": [], "any value read": []}
    for seed in range(seeds):
        inputs, targets = apart(2000, 1000 + seed)
        values = inputs[:, 1:-1:2, 12:].argmax(axis=2)
        commonest = inputs[:, :, 12:].sum(axis=1).argmax(axis=1)
        answers = commonest == targets, values[:, -1] == targets, values == targets[:, None]
        for name, right_ones in zip(found, answers, strict=True):
            found[name].append(f"{np.mean(right_ones):.2f}")
    return found


WIDTH = 64  # of the state, and of the keys and values of attention


def token_programs(length: int) -> dict[str, Callable[[], object]]:
    """One new token after ``length`` others: what a GRU does, and what one head of attention does with its cache."""
    draw = np.random.default_rng(0).normal
    token, state = (tf.constant(draw(size=(1, WIDTH)), tf.float32) for _ in range(2))
    cell = keras.layers.GRUCell(WIDTH)
    cell.build((1, WIDTH))
    kernels = [tf.constant(draw(size=(WIDTH, WIDTH)) / 8, tf.float32) for _ in range(4)]
    cache = [tf.Variable(draw(size=(length, WIDTH)), dtype=tf.float32) for _ in range(2)]

    @tf.function(autograph=False)
    def recur(token, state):
        return cell(token, [state])[0]

    @tf.function(autograph=False)
    def attend(token):
        query, key, value = (token @ kernel for kernel in kernels[:3])
        keys, values = (cache[n].scatter_nd_update([[length - 1]], new) for n, new in enumerate((key, value)))
        weights = tf.nn.softmax(tf.matmul(query, keys, transpose_b=True) / math.sqrt(WIDTH))
        return tf.matmul(weights, values) @ kernels[3]

    return {"GRU": lambda: recur(token, state).numpy(), "attention": lambda: attend(token).numpy()}


def per_token(seeds: int) -> None:
    """Section 3: what is kept, and how long a new token takes, against the number of tokens before it."""
    rows = []
    for length in (100, 1000, 10_000, 100_000):
        taken = in_turns(token_programs(length), 7 * seeds)
        kept = 4 * WIDTH, 2 * 4 * WIDTH * length
        times = (1e3 * statistics.median(taken[name]) for name in ("GRU", "attention"))
        more = f"{ratio(taken, 'attention', 'GRU'):.1f}"
        rows.append([f"{length:,}", *(f"{part:,}" for part in kept), *(f"{time:.3f}" for time in times), more])
    head = ["tokens before", "bytes kept, GRU", "bytes kept, attention", "ms, GRU", "ms, attention", "attention / GRU"]
    print_table(head, rows)


STEPS, FEATURES, BATCH = (100, 300, 1000, 3000), 16, 8


def scan_programs(steps: int) -> tuple[dict[str, Callable[[], object]], list[float]]:
    """minGRU by scan and by loop, and a GRU, forward and with the gradient; how far scan and loop differ."""
    inputs = tf.constant(np.random.default_rng(steps).normal(size=(BATCH, steps, FEATURES)), tf.float32)
    layers = {
        "scan": rnncourse.MinGRU(WIDTH, return_sequences=True),
        "loop": rnncourse.MinGRU(WIDTH, scan=False, return_sequences=True),
        "GRU": keras.layers.GRU(WIDTH, return_sequences=True),
    }
    for layer in layers.values():
        layer.build(inputs.shape)
    layers["loop"].set_weights(layers["scan"].get_weights())
    programs: dict[str, Callable[[], object]] = {}
    for name, layer in layers.items():
        programs[name] = tf.function(layer, autograph=False).get_concrete_function(inputs)
        programs[f"{name}, gradient"] = gradient_program(layer, inputs)
    outputs, slopes = ([programs[f"{name}{kind}"](inputs) for name in ("scan", "loop")] for kind in ("", ", gradient"))
    far = [float(ops.max(ops.abs(outputs[0] - outputs[1])))]
    far.append(max(float(ops.max(ops.abs(a - b)) / ops.max(ops.abs(b))) for a, b in zip(*slopes, strict=True)))
    run = {
        name: (lambda program=program: keras.tree.flatten(program(inputs))[0].numpy())
        for name, program in programs.items()
    }
    return run, far


def gradient_program(layer: keras.layers.Layer, inputs: tf.Tensor) -> Callable[[tf.Tensor], list[tf.Tensor]]:
    """The gradient of the mean of the squared outputs by the weights."""
    weights = [weight.value for weight in layer.trainable_variables]

    @tf.function(autograph=False)
    def slopes(inputs):
        with tf.GradientTape() as tape:
            cost = tf.reduce_mean(tf.square(layer(inputs)))
        return tape.gradient(cost, weights)

    return slopes.get_concrete_function(inputs)


def scan_memory(name: str, steps: int) -> float:
    """MB that a process takes at most for a gradient, less what it had before; asked of a new Python."""
    words = [sys.executable, __file__, "--memory", name, str(steps)]
    return json.loads(subprocess.run(words, stdout=subprocess.PIPE, check=True).stdout)


def one_memory(name: str, steps: int) -> float:
    inputs = tf.constant(np.random.default_rng(steps).normal(size=(BATCH, steps, FEATURES)), tf.float32)
    layer = rnncourse.MinGRU(WIDTH, scan=name == "scan", return_sequences=True)
    layer.build(inputs.shape)
    before, program = memory(), gradient_program(layer, inputs)
    program(inputs)[0].numpy()
    return memory() - before


def loop_and_scan(seeds: int) -> None:
    """Section 1: rounds one after the other, time, memory, and how far the two are apart."""
    rows, errors = [], []
    for steps in STEPS:
        programs, far = scan_programs(steps)
        taken = in_turns(programs, 3 * seeds)
        times = [f"{1e3 * statistics.median(taken[name]):.1f}" for name in programs]
        ratios = [f"{ratio(taken, f'scan{kind}', f'loop{kind}'):.2f}" for kind in ("", ", gradient")]
        rows.append([f"{steps:,}", steps, 2 * math.floor(math.log2(steps)), *times, *ratios])
        sizes = [f"{scan_memory(name, steps):.0f}" for name in ("scan", "loop")]
        errors.append([f"{steps:,}", *(f"{error:.1e}" for error in far), *sizes])
    kinds = [f"ms, {name}" for name in ("scan", "scan, gradient", "loop", "loop, gradient", "GRU", "GRU, gradient")]
    print_table(["steps", "rounds, loop", "rounds, scan", *kinds, "scan / loop", "the same, gradient"], rows)
    print_table(
        ["steps", "outputs differ by", "gradients, relative", "MB, scan, gradient", "MB, loop, gradient"], errors
    )


def long_memory(seeds: int) -> None:
    """Section 1: recall of the first of many symbols by a minGRU of 32 units, with chapter 11's bias and without."""
    rows, rounds, batch = [], 200, 50
    for steps in (80, 320):
        for bias in (True, False):
            shares = []
            for seed in range(seeds):
                keras.utils.set_random_seed(seed)
                start = rnncourse.GateBias("zh", z=-rnncourse.forget_bias_for(steps) if bias else 0.0)
                reader = rnncourse.MinGRU(32, bias_initializer=start)
                model = keras.Sequential([keras.Input((steps, 5)), reader, keras.layers.Dense(4)])
                cost = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
                model.compile(rnncourse.recipe_optimizer(rounds, 0.03), cost)
                model.fit(*rnncourse.make_recall(rounds * batch, steps, seed=seed), batch_size=batch, verbose=0)
                inputs, targets = rnncourse.make_recall(1000, steps, seed=1000 + seed)
                said = np.argmax(model.predict(inputs, batch_size=250, verbose=0), axis=1)
                shares.append(float(np.mean(said == targets)))
                say(f"long memory, {steps}, bias {bias}: {shares}\n")
            rows.append([f"{steps:,} steps, {'bias for them' if bias else 'bias 0'}", *(f"{x:.3f}" for x in shares)])
    print_table([f"minGRU, {rounds} rounds of {batch}; guessing 0.250", *(f"seed {n}" for n in range(seeds))], rows)


def streaming_model(layer: type[keras.layers.RNN], stateful: bool) -> keras.Model:
    """64 units and 4 answers, a step or a sequence at a time."""
    entry = keras.Input(batch_shape=(1, 1 if stateful else 1000, FEATURES))
    states = layer(WIDTH, stateful=stateful, return_sequences=not stateful)(entry)
    return keras.Model(entry, keras.layers.Dense(4)(states))


def streaming(seeds: int) -> None:
    """Section 4: a thousand steps, one at a time, are the whole sequence; how long one step takes, also as int8."""
    inputs = np.random.default_rng(0).normal(size=(1, 1000, FEATURES)).astype("f4")
    once, apart, programs = tf.constant(inputs[:, :1]), {}, {}
    for layer in (keras.layers.GRU, keras.layers.LSTM, rnncourse.MinGRU):
        whole, stream = streaming_model(layer, False), streaming_model(layer, True)
        stream.set_weights(whole.get_weights())
        step = tf.function(stream, autograph=False)
        said = np.stack([step(inputs[:, t : t + 1]).numpy() for t in range(1000)], axis=1)
        apart[layer.__name__] = float(np.max(np.abs(said - np.asarray(whole(inputs)))))
        ways = {"compiled": step, "called": stream, "predict": partial(stream.predict, verbose=0)}
        programs |= {f"{layer.__name__}, {way}": partial(_as_array, call, once) for way, call in ways.items()}
    taken = in_turns(programs, 3 * seeds)
    middle = {name: f"{1e3 * statistics.median(times):.3f}" for name, times in taken.items()}
    rows = [
        [name, f"{far:.1e}", *(middle[f"{name}, {way}"] for way in ("compiled", "called", "predict"))]
        for name, far in apart.items()
    ]
    print_table(["64 units", "differs by", "ms, tf.function", "ms, model(x)", "ms, predict"], rows)
    print_table(["GRU, 64 units, one step", "bytes", "largest difference", "ms"], on_device(inputs[0], seeds))


def _as_array(call: Callable[[tf.Tensor], object], inputs: tf.Tensor) -> np.ndarray:
    return np.asarray(call(inputs))


def on_device(inputs: np.ndarray, seeds: int) -> list[list[object]]:
    """The same step by TFLite, its weights as float32 and as int8: (size, difference over 1 000 steps, time)."""
    keras.utils.set_random_seed(0)
    token, state = keras.Input(batch_shape=(1, FEATURES)), keras.Input(batch_shape=(1, WIDTH))
    output, [after] = keras.layers.GRUCell(WIDTH)(token, [state])
    model = keras.Model([token, state], [keras.layers.Dense(4)(output), after])
    run_in = {"float32": tflite_step(model, False), "int8 weights": tflite_step(model, True)}
    outputs, programs = {}, {}
    for name, (_, step) in run_in.items():
        state_now, outputs[name] = np.zeros((1, WIDTH), "f4"), []
        for x in inputs:
            said, state_now = step(x[None], state_now)
            outputs[name].append(said)
        programs[name] = lambda step=step: step(inputs[:1], np.zeros((1, WIDTH), "f4"))
    state_now, truth = np.zeros((1, WIDTH), "f4"), []
    for x in inputs:
        said, state_now = (np.asarray(part) for part in model([x[None], state_now]))
        truth.append(said)
    taken, rows = in_turns(programs, 5 * seeds), []
    for name, (size, _) in run_in.items():
        far = np.max(np.abs(np.array(outputs[name]) - np.array(truth)))
        rows.append([name, f"{size:,}", f"{far:.1e}", f"{1e3 * statistics.median(taken[name]):.4f}"])
    return rows


def tflite_step(model: keras.Model, quantized: bool) -> tuple[int, Callable[..., tuple[np.ndarray, np.ndarray]]]:
    """(bytes of the file, one step: token and state -> output and state)."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(sys.stderr):
        warnings.simplefilter("ignore")  # the interpreter announces that it will move to another package
        converter = tf.lite.TFLiteConverter.from_keras_model(model)
        converter.optimizations = [tf.lite.Optimize.DEFAULT] if quantized else []
        written = converter.convert()
        interpreter = tf.lite.Interpreter(model_content=written)
    interpreter.allocate_tensors()
    by_width = {tuple(d["shape"]): d["index"] for d in interpreter.get_input_details()}
    found = {tuple(d["shape"]): d["index"] for d in interpreter.get_output_details()}

    def step(token: np.ndarray, state: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        for part in (token, state):
            interpreter.set_tensor(by_width[part.shape], part)
        interpreter.invoke()
        return interpreter.get_tensor(found[1, 4]), interpreter.get_tensor(found[1, WIDTH])

    return len(written), step


CLAIMS = {
    "recall": recall,
    "more": more_of_it,
    "rates": learning_rates,
    "pairs-apart": pairs_apart,
    "per-token": per_token,
    "scan": loop_and_scan,
    "long-memory": long_memory,
    "streaming": streaming,
}

if __name__ == "__main__" and sys.argv[1:2] == ["--memory"]:
    print(json.dumps(one_memory(sys.argv[2], int(sys.argv[3]))))
elif __name__ == "__main__":
    run_claims(CLAIMS, __doc__)
