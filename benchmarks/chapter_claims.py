"""What chapters say of "five seeds", from the programs of their own cells: the same functions, sizes and epochs.

Each claim is a sentence of a chapter that one run of its notebook cannot show. The seeds are 0, 1, 2, …

    python benchmarks/chapter_claims.py                              (all of them, half an hour on one core)
    python benchmarks/chapter_claims.py --claim depth
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import itertools
import math
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence

from measuring import print_table, run_claims, say  # first: it keeps TensorFlow quiet

# isort: split
import keras
import numpy as np
from chorale_tables import TABLES, contexts_of
from keras import ops

import rnncourse
from rnncourse.datasets.chorales import KEPT_APART, STREAM_TOKENS, to_stream
from rnncourse.datasets.docs_text import LETTERS
from rnncourse.datasets.mnist import Digits
from rnncourse.exercises import generating
from rnncourse.models import TranslatorLayers

CELLS = {"rnn": "plain", "gru": "GRU", "lstm": "LSTM"}


def fit(*arguments: object, **options: object) -> dict[str, list[float]]:
    """``rnncourse.fit`` as in the chapters; its line of progress goes where ``say`` writes."""
    with contextlib.redirect_stdout(sys.stderr):
        return rnncourse.fit(*arguments, **options)


def recipe_apart(seeds: int) -> None:
    """Chapter 6, section 9: what the schedule with clipping gains, and what the shift of the pictures, 8 epochs."""
    train, validation, test = rnncourse.load_mnist()
    steps = 8 * math.ceil(len(train.labels) / 150)
    rates = {
        "0.001, constant": lambda: keras.optimizers.Adam(1e-3),
        "the recipe": lambda: rnncourse.recipe_optimizer(steps),
    }
    rows = []
    for name, new_optimizer in rates.items():
        for shift in (None, rnncourse.random_shift):
            chosen, reached = [], []
            for seed in range(seeds):
                say(f"recipe apart, rate {name}, shift {shift is not None}, seed {seed}\n")
                keras.utils.set_random_seed(seed)
                reader = rnncourse.mnist_classifier()
                told = fit(reader, *train, epochs=8, optimizer=new_optimizer(), validation=validation, augment=shift)
                chosen.append(100 * told["val_accuracy"][-1])
                reached.append(100 * rnncourse.accuracy(reader, *test))
                say(f"validation {chosen[-1]:.2f}, test {reached[-1]:.2f}\n")
            means = f"{statistics.mean(chosen):.2f}", f"{statistics.mean(reached):.2f}"
            rows.append([name, "yes" if shift else "no", *(f"{share:.2f}" for share in reached), *means])
    seeds_head = [f"seed {seed}" for seed in range(seeds)]
    head = ["chapter 6, test accuracy; rate", "shifted", *seeds_head, "mean, validation", "mean, test"]
    print_table(head, rows)


def read_every_row(seed: int, train: Digits) -> keras.Model:
    """Chapter 6, section 10: a reader that says after every row what it believes, three epochs of the recipe."""
    keras.utils.set_random_seed(seed)
    layers = keras.layers.SimpleRNN(150, return_sequences=True, unroll=True), keras.layers.Dense(10)
    reader = keras.Sequential([keras.Input((28, 28)), *layers])
    optimizer = rnncourse.recipe_optimizer(3 * math.ceil(len(train.labels) / 150))
    fit(reader, train.images, np.repeat(train.labels[:, None], 28, axis=1), epochs=3, optimizer=optimizer)
    return reader


def when_it_knows(seeds: int) -> None:
    """Chapter 6, section 10: accuracy on the validation digits after so many rows, and when three of them are known."""
    train, validation, _ = rnncourse.load_mnist()
    after, three = (6, 8, 10, 12, 15, 18, 20, 24, 28), {32: "the 6", 111: "the 3", 650: "the 2"}
    rows, known, taken_for = [], [], []
    for seed in range(seeds):
        say(f"when it knows, seed {seed}\n")
        said = np.argmax(read_every_row(seed, train).predict(validation.images, batch_size=1000, verbose=0), axis=2)
        right = said == validation.labels[:, None]
        rows.append([f"seed {seed}", *(f"{100 * right[:, n - 1].mean():.1f}" for n in after)])
        known.append([f"seed {seed}", *(str(1 + np.max(np.flatnonzero(~right[index]))) for index in three)])
        known[-1].append(str(said[650, 14]))
        pairs = Counter(zip(validation.labels[~right[:, -1]].tolist(), said[~right[:, -1], -1].tolist(), strict=True))
        taken_for.append([f"seed {seed}", ", ".join(f"{a} read as {b} ({n})" for (a, b), n in pairs.most_common(5))])
    print_table(["chapter 6, right in 100 after so many rows", *map(str, after)], rows)
    print_table(["chapter 6, right from this row on", *three.values(), "the 2, after row 14, is a"], known)
    print_table(["chapter 6, most frequent among the misread digits", "which digits, how often"], taken_for)


def sea_ahead(seed: int) -> list[str]:
    """Chapter 7, section 6: the direct network's mean absolute error on the sea from 1998 on, in degrees."""
    sea, steps, ahead, learn, choose = rnncourse.load_sea_temperature(), 24, 14, 480, 576
    mean, deviation = sea[:learn].mean(), sea[:learn].std()
    bounds = (0, learn), (learn - steps, choose), (choose - steps, len(sea))
    parts = [rnncourse.make_windows((sea[slice(*bound)] - mean) / deviation, steps, ahead) for bound in bounds]
    past, middle, recent = ([values.astype("float32") for values in part] for part in parts)
    keras.utils.set_random_seed(seed)
    reader = keras.layers.SimpleRNN(32, activation="relu", return_sequences=True, unroll=True)
    network = keras.Sequential([keras.Input((steps, 1)), reader, keras.layers.Dense(ahead)])
    patient = keras.callbacks.EarlyStopping(patience=8, restore_best_weights=True)
    optimizer = rnncourse.recipe_optimizer(40 * 14, peak=0.004)
    options = {"loss": "mse", "metrics": (), "optimizer": optimizer, "callbacks": [patient], "validation": middle}
    fit(network, *past, epochs=40, batch_size=32, **options)
    errors = deviation * (rnncourse.network_forecast(network, recent[0]) - recent[1])[:, -1]
    by_horizon = np.abs(errors).mean(axis=0)
    numbers = *by_horizon[[0, 1, 2, 3, 4, 5, 11, 13]], by_horizon.mean()
    return [f"seed {seed}", *(f"{number:.2f}" for number in numbers)]


def eeg_errors(seed: int) -> list[str]:
    """Chapter 7, section 5: the network's mean squared error on the last 2.5 s of the EEG, at each electrode."""
    eeg, kinds = rnncourse.load_eeg(), []
    for part in (eeg[:600], eeg[600:]):
        pieces = [rnncourse.make_windows(part[:, electrode], 20) for electrode in range(4)]
        kinds.append([np.concatenate(kind).astype("float32") for kind in zip(*pieces, strict=True)])
    past, future = kinds
    keras.utils.set_random_seed(seed)
    network = rnncourse.forecaster()
    optimizer = rnncourse.recipe_optimizer(10 * math.ceil(len(past[0]) / 50))
    fit(network, *past, epochs=10, batch_size=50, loss="mse", metrics=(), optimizer=optimizer)
    errors = (rnncourse.network_forecast(network, future[0]) - future[1]) ** 2
    return [f"seed {seed}", *(f"{error:.3f}" for error in (*errors.reshape(4, -1).mean(axis=1), errors.mean()))]


def forecasts(seeds: int) -> None:
    """Chapter 7: what the networks reach on the sea and on the EEG; the chapter prints what the simple rules reach."""
    ahead = *(f"{horizon} ahead" for horizon in (1, 2, 3, 4, 5, 6, 12, 14)), "all 14"
    print_table(["chapter 7, MAE on the sea (°C)", *ahead], [sea_ahead(seed) for seed in range(seeds)])
    electrodes = *(f"electrode {number}" for number in range(4)), "all four"
    print_table(["chapter 7, MSE on the EEG", *electrodes], [eeg_errors(seed) for seed in range(seeds)])


PIECE, LEARN, NEW, ALPHABET = 40, 7000, 600, "abcdefghijklmnopqrstuvwxyz"
#: Name -> (neurons of each layer and direction, whether residual, epochs); all have about 12,000 parameters.
STACKS = {
    "one layer of 2 × 64, 1 epoch": ([64], False, 1),
    "three of 2 × 27, 1 epoch": ([27] * 3, False, 1),
    "three of 2 × 27, residual, 1 epoch": ([27] * 3, True, 1),
    "one layer of 2 × 64, 3 epochs": ([64], False, 3),
    "three of 2 × 27, 3 epochs": ([27] * 3, False, 3),
    "three of 2 × 27, residual, 3 epochs": ([27] * 3, True, 3),
    "one layer of 2 × 64, 8 epochs": ([64], False, 8),
    "three of 2 × 27, residual, 8 epochs": ([27] * 3, True, 8),
}


def word_ends() -> tuple[np.ndarray, np.ndarray]:
    """The letters of chapter 9 without spaces, and 1 where a word ends: pieces to learn from, behind them new ones."""
    words = re.findall("[a-z]+", rnncourse.load_docs_text().lower())
    letters = rnncourse.encode_text("".join(words), ALPHABET)
    ends = np.zeros_like(letters)
    ends[np.cumsum([len(word) for word in words]) - 1] = 1
    used = np.concatenate([np.arange(LEARN * PIECE), np.arange(len(letters) - NEW * PIECE - 9, len(letters) - 9)])
    return letters[used].reshape(-1, PIECE), ends[used].reshape(-1, PIECE)


#: Which letters are looked at, one after the other: 0 for this one, -1 for the one before, 1 for the next.
PLACES = {
    "letters until here": tuple(range(0, -9, -1)),
    "letters around here": (0, 1, 2, -1, 3, -2, 4, -3, 5),
    "letters around here, another order": (0, 1, -1, 2, -2, 3, -3, 4, -4),
}


def places_of(pieces: np.ndarray, around: Sequence[int]) -> np.ndarray:
    """The letters at these places around each letter, shape (letters, places); 26 beyond the ends of its piece."""
    padded = np.pad(pieces, ((0, 0), (9, 9)), constant_values=26)
    places = [padded[:, 9 + place : 9 + place + PIECE] for place in around]
    return np.stack(places, axis=-1).reshape(-1, len(around))


class WordList:
    """How often words came in a text, whole and in part; of an unknown one, how likely its letters are one by one."""

    def __init__(self, words: Sequence[str]) -> None:
        self.whole = Counter(words)
        self.rests = Counter(word[n:] for word in words for n in range(len(word)))
        self.beginnings = Counter(word[:n] for word in words for n in range(1, len(word)))
        self.pairs = Counter(pair for word in self.whole for pair in zip(f" {word}", f"{word} ", strict=True))
        self.firsts = Counter(letter for word in self.whole for letter in f" {word}")
        self.kinds = Counter(first for first, _ in self.pairs)

    @functools.cache  # noqa: B019
    def share(self, part: str, letters: str) -> float:
        """How likely these letters are a whole word, the rest of one, or the beginning of one."""
        spelt = {"whole": f" {letters} ", "rests": f"{letters} ", "beginnings": f" {letters}"}[part]
        unknown = 1 if part != "rests" else 1 / 26  # its first letter stands behind nothing
        for first, second in itertools.pairwise(spelt):
            seen, kinds = self.firsts[first], self.kinds[first]
            unknown *= (self.pairs[first, second] + kinds / 27) / (seen + kinds)
        types = len(self.whole)
        return (getattr(self, part)[letters] + types * unknown) / (self.whole.total() + types)

    def ends(self, piece: str) -> np.ndarray:
        """p(a word ends at each letter), all ways to cut the piece into words added up, forwards and backwards."""
        ways, to_come, length = np.zeros(len(piece) + 1), np.zeros(len(piece) + 1), len(piece)
        for end in range(1, length + 1):
            whole = sum(ways[start] * self.share("whole", piece[start:end]) for start in range(1, end))
            ways[end] = self.share("rests", piece[:end]) + whole
        to_come[length] = 1
        for start in range(length - 1, 0, -1):
            whole = sum(self.share("whole", piece[start:end]) * to_come[end] for end in range(start + 1, length + 1))
            to_come[start] = self.share("beginnings", piece[start:]) + whole
        open_end = sum(ways[start] * self.share("beginnings", piece[start:]) for start in range(1, length))
        return ways[1:] * to_come[1:] / (ways[length] + open_end)


def ends_counted(_: int) -> None:
    """Chapter 9, section 4: the ends of words by counts alone, of letters and of words; each piece by itself."""
    pieces, ends = word_ends()
    rows = []
    for name, around in PLACES.items():
        known, came = places_of(pieces, around), ends.reshape(-1)
        count = LEARN * PIECE
        bits = rnncourse.interpolated_bits(known[:count], came[:count], known[count:], came[count:], 2)
        rows.append([name, *(f"{one:.3f}" for one in bits)])
    print_table(["chapter 9, bits per letter, counts of so many letters", *map(str, range(10))], rows)
    spelt = ["".join(rnncourse.decode_text(piece, ALPHABET)) for piece in pieces]
    cuts = np.flatnonzero(ends[:LEARN].reshape(-1)) + 1
    learnt = "".join(spelt[:LEARN])
    words = WordList([learnt[start:end] for start, end in itertools.pairwise([0, *cuts])])
    on, came = np.concatenate([words.ends(piece) for piece in spelt[LEARN:]]), ends[LEARN:].reshape(-1)
    rows = []
    for kept in (1e-6, 1e-3, 1e-2):
        careful = kept + (1 - 2 * kept) * on
        bits = -np.mean(np.log2(np.where(came == 1, careful, 1 - careful)))
        rows.append([f"{kept:g}", f"{bits:.3f}", f"{100 * np.mean((on > 0.5) == came):.1f}"])
    print_table(["chapter 9, a list of words; kept for what it excludes", "bits per letter", "right in 100"], rows)


def letter_tagger(units: Sequence[int], residual: bool) -> keras.Model:
    """Chapter 9, section 4: bidirectional layers that read letters, two logits at each step."""
    pieces = keras.Input((PIECE,), dtype="int32")
    states = keras.ops.one_hot(pieces, 26)
    for number, width in enumerate(units):
        layer = keras.layers.Bidirectional(keras.layers.SimpleRNN(width, return_sequences=True))
        with_way_past = residual and number > 0
        states = states + layer(keras.layers.LayerNormalization()(states)) if with_way_past else layer(states)
    return keras.Model(pieces, keras.layers.Dense(2)(states))


def depth(seeds: int) -> None:
    """Chapter 9, section 4: the ends of words, with one layer and with three of as many parameters."""
    (pieces, ends), rows = word_ends(), []
    for name, (units, residual, epochs) in STACKS.items():
        bits, start = [], time.process_time()
        for seed in range(seeds):
            say(f"depth, {name}, seed {seed}\n")
            keras.utils.set_random_seed(seed)
            network, optimizer = letter_tagger(units, residual), rnncourse.recipe_optimizer(epochs * LEARN // 64, 1e-2)
            new = pieces[LEARN:], ends[LEARN:]
            told = fit(
                network, pieces[:LEARN], ends[:LEARN], epochs=epochs, batch_size=64, optimizer=optimizer, validation=new
            )
            bits.append(told["val_loss"][-1] / np.log(2))
        seconds = (time.process_time() - start) / seeds
        shown = *(f"{one:.3f}" for one in bits), f"{statistics.mean(bits):.3f}"
        rows.append([name, f"{network.count_params():,}", f"{seconds:.0f}", *shown])
    head = ["parameters", "s of processor", *(f"seed {seed}" for seed in range(seeds)), "mean"]
    print_table(["chapter 9, bits per letter, ends of words", *head], rows)


def switch(seeds: int) -> None:
    """Chapter 9, section 3: the hidden switch, in one direction, in both, and deeper with as many parameters."""
    learn, (inputs, targets) = rnncourse.make_switch(3000, 40, seed=1), rnncourse.make_switch(2000, 40, seed=9)
    rows = []
    for name, units, both in (("one direction", [16], 0), ("both", [11], 1), ("both, three layers", [5] * 3, 1)):
        bits = []
        for seed in range(seeds):
            say(f"switch, {name}, seed {seed}\n")
            keras.utils.set_random_seed(seed)
            layers = [keras.layers.SimpleRNN(width, return_sequences=True) for width in units]
            layers = [keras.layers.Bidirectional(layer) if both else layer for layer in layers]
            tagger = keras.Sequential([keras.Input((None, 1)), *layers, keras.layers.Dense(2)])
            optimizer = rnncourse.recipe_optimizer(5 * 60, 1e-2)
            told = fit(tagger, *learn, epochs=5, batch_size=50, optimizer=optimizer, validation=(inputs, targets))
            bits.append(told["val_loss"][-1] / np.log(2))
        shown = *(f"{one:.4f}" for one in bits), f"{statistics.mean(bits):.4f}"
        rows.append([name, f"{tagger.count_params():,}", *shown])
    for name, both_ways in (("the best with the past alone", False), ("the best with all", True)):
        on = rnncourse.switch_probabilities(inputs, both_ways)
        best = -np.mean(np.log2(np.where(targets == 1, on, 1 - on)))
        rows.append([name, "", *[f"{best:.4f}"] * (seeds + 1)])
    head = ["parameters", *(f"seed {seed}" for seed in range(seeds)), "mean"]
    print_table(["chapter 9, bits per step, hidden switch", *head], rows)


def learn_few(seed: int, few: Digits, unseen: tuple[np.ndarray, np.ndarray], **drop: float) -> tuple[float, ...]:
    """Costs at the end: training with dropout on and off, validation; digits in 100 read rightly, last ten epochs."""
    keras.utils.set_random_seed(seed)
    reader, optimizer = rnncourse.deep_classifier([100, 100], **drop), keras.optimizers.Adam(1e-3)
    told = fit(reader, *few, epochs=40, batch_size=50, optimizer=optimizer, validation=unseen)
    off = reader.evaluate(*few, verbose=0)[0]
    return told["loss"][-1], off, told["val_loss"][-1], 100 * statistics.mean(told["val_accuracy"][-10:])


def dropout(seeds: int) -> None:
    """Chapter 9, section 7: two layers of 100 and 400 digits, with dropouts of 0.3, costs measured like for like."""
    few, validation, _ = rnncourse.load_mnist(train=400)
    unseen = validation.images[:1000], validation.labels[:1000]
    settings = {
        "none": {},
        "inputs and going up": {"dropout": 0.3, "input_dropout": 0.3},
        "inputs": {"input_dropout": 0.3},
        "going up": {"dropout": 0.3},
    }
    rows = []
    for name, drop in settings.items():
        for seed in range(seeds):
            say(f"dropout, {name}, seed {seed}\n")
            on, off, cost, read = learn_few(seed, few, unseen, **drop)
            costs = (f"{one:.3f}" for one in (on, off, cost, cost - off))
            rows.append([f"{name}, seed {seed}", *costs, f"{read:.1f}"])
    head = ["training, dropout on", "training, off", "validation, off", "gap, off", "read rightly in 100"]
    print_table(["chapter 9, cost with a dropout of", *head], rows)


def recalled(steps: int, seed: int, rounds: int, rate: float, start: dict[str, object]) -> float:
    """Chapter 10, section 6: the share of symbols that a plain cell recalls after so many training steps."""
    keras.utils.set_random_seed(seed)
    reader = keras.layers.SimpleRNN(32, **start)
    model = keras.Sequential([keras.Input((steps, 5)), reader, keras.layers.Dense(4)])
    learn, fresh = rnncourse.make_recall(64 * rounds, steps, seed=2), rnncourse.make_recall(1000, steps, seed=3)
    fit(model, *learn, epochs=1, batch_size=64, optimizer=keras.optimizers.Adam(rate, global_clipnorm=1.0))
    return rnncourse.accuracy(model, *fresh)


def recall(seeds: int) -> None:
    """Chapter 10, section 6: how far back a tanh and an IRNN learn."""
    small = keras.initializers.RandomNormal(stddev=0.01)
    tanh = {"recurrent_initializer": "glorot_uniform"}
    irnn = {"activation": "relu", "recurrent_initializer": "identity", "kernel_initializer": small}
    settings = {
        "tanh, 40 steps back, rate 0.001, 300 rounds": (40, 300, 1e-3, tanh),
        "tanh, 160 steps back, rate 0.001, 300 rounds": (160, 300, 1e-3, tanh),
        "IRNN, 160 steps back, rate 0.001, 100 rounds": (160, 100, 1e-3, irnn),
        "IRNN, 160 steps back, rate 0.001, 300 rounds": (160, 300, 1e-3, irnn),
        "IRNN, 160 steps back, rate 0.0003, 200 rounds": (160, 200, 3e-4, irnn),
    }
    rows = []
    for name, (steps, rounds, rate, start) in settings.items():
        say(f"recall, {name}\n")
        rows.append([name, *(f"{recalled(steps, seed, rounds, rate, start):.3f}" for seed in range(seeds))])
    rows.append(["guessing", *["0.250"] * seeds])
    print_table(["chapter 10, share of symbols recalled", *(f"seed {seed}" for seed in range(seeds))], rows)


def cells(seeds: int) -> None:
    """Chapter 12, section 4: readers of digits with as many neurons each, and with as many parameters each."""
    train, validation, _ = rnncourse.load_mnist(train=10_000)
    unseen = validation.images[:3000], validation.labels[:3000]
    matches = {"64 neurons": dict.fromkeys(CELLS, 64), "10,000 parameters": dict.fromkeys(CELLS, 0)}
    for cell in CELLS:
        with_logits = {n: rnncourse.cell_parameter_count(cell, 28, n) + 10 * n + 10 for n in range(1, 200)}
        matches["10,000 parameters"][cell] = max(n for n, size in with_logits.items() if size <= 10_000)
    rows = []
    for name, sizes in matches.items():
        for cell, units in sizes.items():
            reached = []
            for seed in range(seeds):
                say(f"{name}, {CELLS[cell]}, seed {seed}\n")
                keras.utils.set_random_seed(seed)
                reader = rnncourse.deep_classifier([units], cell=cell, unroll=False)
                fit(reader, *train, epochs=4, batch_size=100, optimizer=rnncourse.recipe_optimizer(4 * 100, 5e-3))
                reached.append(rnncourse.accuracy(reader, *unseen))
            shown = *(f"{share:.3f}" for share in reached), f"{statistics.mean(reached):.3f}"
            rows.append([f"{name}, {CELLS[cell]}", f"{reader.count_params():,}", *shown])
    seeds_head = [f"seed {seed}" for seed in range(seeds)]
    print_table(["chapter 12, accuracy", "parameters", *seeds_head, "mean"], rows)


class AblatedCell(keras.layers.Layer):
    """Chapter 12's GRU, resetting before, of which a gate may be missing: how(*gates) says what z and r are."""

    def __init__(self, units: int, gates: int, how: Callable[..., tuple[object, object]]):
        super().__init__()
        self.state_size, self.blocks, self.how = units, gates + 1, how

    def build(self, shape: tuple[int | None, ...]) -> None:
        width = self.blocks * self.state_size
        self.kernel = self.add_weight(shape=(shape[-1], width), initializer="glorot_uniform")
        self.recurrent_kernel = self.add_weight(shape=(self.state_size, width), initializer="orthogonal")
        self.bias = self.add_weight(shape=(width,), initializer="zeros")

    def call(self, inputs: object, states: Sequence[object]) -> tuple[object, list[object]]:
        h = states[0]
        *gates, x_g = ops.split(ops.matmul(inputs, self.kernel) + self.bias, self.blocks, axis=1)
        *kernels, u_g = ops.split(self.recurrent_kernel, self.blocks, axis=1)
        z, r = self.how(*[ops.sigmoid(x + ops.matmul(h, u)) for x, u in zip(gates, kernels, strict=True)])
        h = z * h + (1 - z) * ops.tanh(x_g + ops.matmul(r * h, u_g))
        return h, [h]


ABLATIONS: dict[str, tuple[int, Callable[..., tuple[object, object]]]] = {
    "whole GRU": (2, lambda z, r: (z, r)),
    "without reset": (1, lambda z: (z, 1.0)),
    "without update": (1, lambda r: (0.0, r)),
    "minimal, r = 1 - z": (1, lambda z: (z, 1 - z)),
}
#: What else could add: name -> (recurrent layer, largest rate). 39 neurons of two blocks cost what 32 of three do.
OTHER_ADDERS: dict[str, tuple[Callable[[], keras.layers.Layer], float]] = {
    "without reset, 39 neurons": (lambda: keras.layers.RNN(AblatedCell(39, *ABLATIONS["without reset"])), 2e-2),
    "minimal, 39 neurons": (lambda: keras.layers.RNN(AblatedCell(39, *ABLATIONS["minimal, r = 1 - z"])), 2e-2),
    "without update, 39 neurons": (lambda: keras.layers.RNN(AblatedCell(39, *ABLATIONS["without update"])), 2e-2),
    "without update, rate 0.002": (lambda: keras.layers.RNN(AblatedCell(32, *ABLATIONS["without update"])), 2e-3),
    "plain, 32 neurons": (lambda: keras.layers.SimpleRNN(32), 2e-2),
    "plain, 56 neurons": (lambda: keras.layers.SimpleRNN(56), 2e-2),
    "plain, 56 neurons, rate 0.002": (lambda: keras.layers.SimpleRNN(56), 2e-3),
    "IRNN, 56 neurons, rate 0.02": (lambda: identity_start(56), 2e-2),
    "IRNN, 56 neurons, rate 0.002": (lambda: identity_start(56), 2e-3),
    "IRNN, 56 neurons, rate 0.0005": (lambda: identity_start(56), 5e-4),
    "Keras's GRU, 32 neurons": (lambda: keras.layers.GRU(32), 2e-2),
    "Keras's LSTM, 32 neurons": (lambda: keras.layers.LSTM(32), 2e-2),
}


def identity_start(units: int) -> keras.layers.Layer:
    """A ReLU cell whose recurrent kernel starts as the identity, with small input weights (Le and others, 2015)."""
    small = keras.initializers.RandomNormal(stddev=0.03)
    return keras.layers.SimpleRNN(units, "relu", kernel_initializer=small, recurrent_initializer="identity")


def adder(layer: Callable[[], keras.layers.Layer], rate: float, seed: int, rounds: int = 400) -> tuple[int, float]:
    """Chapter 12: parameters and mean squared error of a layer that has learnt to add over 30 steps."""
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input((None, 2)), layer(), keras.layers.Dense(1)])
    learn, fresh = rnncourse.make_adding(50 * rounds, 30, seed=5 + seed), rnncourse.make_adding(1000, 30, seed=77)
    optimizer = rnncourse.recipe_optimizer(rounds, rate)
    fit(model, *learn, epochs=1, batch_size=50, loss="mse", metrics=[], optimizer=optimizer)
    error = np.mean((model.predict(fresh.inputs, verbose=0) - fresh.targets) ** 2)
    return model.count_params(), float(error)


def linear_adder() -> tuple[int, float]:
    """The best linear rule on all 60 numbers of a sequence: parameters and mean squared error."""
    learn, fresh = rnncourse.make_adding(50 * 400, 30, seed=5), rnncourse.make_adding(1000, 30, seed=77)
    known, asked = (np.hstack([part.inputs.reshape(-1, 60), np.ones((len(part.inputs), 1))]) for part in (learn, fresh))
    rule = np.linalg.lstsq(known, learn.targets, rcond=None)[0]
    return rule.size, float(np.mean((asked @ rule - fresh.targets) ** 2))


def ablations(seeds: int) -> None:
    """Chapter 12, "Which gate makes the memory?": adding over 30 steps in 400 rounds, a gate missing; and what else."""
    layers = {
        name: (lambda how=how: keras.layers.RNN(AblatedCell(32, *how)), 2e-2) for name, how in ABLATIONS.items()
    } | OTHER_ADDERS
    fresh, rows = rnncourse.make_adding(1000, 30, seed=77), []
    for name, (layer, rate) in layers.items():
        errors = []
        for seed in range(seeds):
            say(f"{name}, seed {seed}\n")
            parameters, error = adder(layer, rate, seed)
            errors.append(f"{error:.4f}")
        rows.append([name, f"{parameters:,}", *errors])
    parameters, error = linear_adder()
    rows.append(["best linear rule", f"{parameters}", *[f"{error:.4f}"] * seeds])
    rows.append(["always 1", "0", *[f"{np.mean((1 - fresh.targets) ** 2):.4f}"] * seeds])
    print_table(["chapter 12, error", "parameters", *(f"seed {seed}" for seed in range(seeds))], rows)


def small_models() -> dict[str, Callable[[], Sequence[keras.layers.Layer]]]:
    """Chapter 12: layers below the ten logits that make up a reader of digits of at most 10,000 parameters."""
    dense = keras.layers.Dense
    return {
        "one layer on the 784 pixels": lambda: [keras.layers.Flatten()],
        "12 neurons on the 784 pixels": lambda: [keras.layers.Flatten(), dense(12, "relu")],
        "rows in any order": lambda: [dense(250, "relu"), keras.layers.GlobalAveragePooling1D()],
        "plain, 82 neurons": lambda: [keras.layers.SimpleRNN(82)],
        "IRNN, 82 neurons": lambda: [identity_start(82)],
        "minimal, 55 neurons": lambda: [keras.layers.RNN(AblatedCell(55, *ABLATIONS["minimal, r = 1 - z"]))],
        "GRU, reset before, 43 neurons": lambda: [keras.layers.GRU(43, reset_after=False)],
        "GRU, 43 neurons": lambda: [keras.layers.GRU(43)],
        "LSTM, 36 neurons": lambda: [keras.layers.LSTM(36)],
        "two layers of convolution": lambda: [
            keras.layers.Reshape((28, 28, 1)),
            *(keras.layers.Conv2D(filters, 3, strides=2, activation="relu") for filters in (8, 16)),
            keras.layers.Flatten(),
        ],
    }


def small_readers(seeds: int) -> None:
    """Chapter 12, `small_reader`: what at most 10,000 parameters read, with the digits and rounds of "cells"."""
    train, validation, _ = rnncourse.load_mnist(train=10_000)
    unseen = validation.images[:3000], validation.labels[:3000]
    rows = [["always the commonest digit", "0", *[f"{np.bincount(unseen[1]).max() / 3000:.3f}"] * (seeds + 1)]]
    for name, layers in small_models().items():
        for rate in (5e-3, 1e-3) if "IRNN" in name else (5e-3,):
            reached = []
            for seed in range(seeds):
                say(f"{name}, seed {seed}\n")
                keras.utils.set_random_seed(seed)
                reader = keras.Sequential([keras.Input((28, 28)), *layers(), keras.layers.Dense(10)])
                fit(reader, *train, epochs=4, batch_size=100, optimizer=rnncourse.recipe_optimizer(4 * 100, rate))
                reached.append(rnncourse.accuracy(reader, *unseen))
            shown = *(f"{share:.3f}" for share in reached), f"{statistics.mean(reached):.3f}"
            rows.append([f"{name}, rate {rate}", f"{reader.count_params():,}", *shown])
    print_table(["chapter 12, accuracy", "parameters", *(f"seed {seed}" for seed in range(seeds)), "mean"], rows)


def bits_of(model: keras.Model, stream: np.ndarray, length: int) -> float:
    """Bits per token, on pieces of so many tokens, each read from an empty state; as in chapter 8."""
    pieces, wanted = rnncourse.cut_windows(stream, length)
    logits = model.predict(pieces, verbose=0).reshape(-1, model.output_shape[-1])
    return rnncourse.bits_per_character(rnncourse.softmax_with_temperature(logits, 1.0), wanted.reshape(-1))


def train_tokens(stream: np.ndarray, classes: int, seed: int, epochs: int, batch: int) -> keras.Model:
    """A ``token_model`` trained as in chapter 8, on pieces of 64 tokens."""
    keras.utils.set_random_seed(seed)
    inputs, targets = rnncourse.cut_windows(stream, 64)
    model, steps = rnncourse.token_model(classes), epochs * (len(inputs) // batch)
    optimizer = rnncourse.recipe_optimizer(steps, peak=1e-2)
    fit(model, inputs, targets, epochs=epochs, optimizer=optimizer, batch_size=batch, metrics=())
    return model


def writers(seeds: int) -> None:
    """Chapter 8, section 4: the writer of ten seconds and the one that comes with the course, beside counting."""
    tokens = rnncourse.encode_text(rnncourse.load_docs_text(), LETTERS)
    learn, held_out = np.split(tokens, [len(tokens) * 95 // 100])
    counted = rnncourse.counted_bits(learn, held_out, len(LETTERS), 7)
    rows = [[f"counting, {length} characters of context", f"{bits:.3f}", ""] for length, bits in enumerate(counted)]
    for seed in range(seeds):
        say(f"writer of ten seconds, seed {seed}\n")
        model = train_tokens(learn, len(LETTERS), seed, epochs=2, batch=32)
        rows.append([f"ten seconds, seed {seed}", *(f"{bits_of(model, held_out, n):.3f}" for n in (64, 1024))])
    model = rnncourse.load_docs_writer()
    rows.append(["load_docs_writer", *(f"{bits_of(model, held_out, n):.3f}" for n in (64, 1024))])
    print_table(["chapter 8, bits per character", "pieces of 64", "pieces of 1,024"], rows)


def composers(seeds: int) -> None:
    """Chapter 8, section 7: count tables and networks on the six chorales kept apart; exercise: from the bass up."""
    for name, turned in (("from the soprano down", 1), ("from the bass up", -1)):
        songs = [chorale[:, ::turned] for chorale in rnncourse.load_chorales(66)]
        known = [song for place, song in enumerate(songs) if place not in KEPT_APART]
        kept = [songs[place] for place in KEPT_APART]
        parts = {"all six": kept, "practice": kept[::2], "graded": kept[1::2]}
        came = {part: np.concatenate([to_stream(song) for song in some]) for part, some in {**parts, "": known}.items()}
        rows = []
        for table in TABLES:
            contexts = {part: contexts_of(some, table) for part, some in {**parts, "": known}.items()}
            bits = [
                rnncourse.interpolated_bits(contexts[""], came[""] % 55, contexts[part], came[part] % 55, 55).min()
                for part in parts
            ]
            rows.append(["counting: " + ", ".join(table), *(f"{value:.3f}" for value in bits)])
        for seed in range(seeds):
            say(f"composer {name}, seed {seed}\n")
            model = train_tokens(came[""], STREAM_TOKENS, seed, epochs=12, batch=8)
            rows.append(
                [f"network, seed {seed}", *(f"{generating._bits_of_whole(model, some):.3f}" for some in parts.values())]
            )
        print_table([f"chapter 8, bits per note, {name}", *parts], rows)


class EvenShares(keras.layers.Layer):
    """Attention that does not look: every word of the source has the same share. Its mask and its results as usual."""

    def call(self, inputs: list, mask: list, return_attention_scores: bool) -> tuple:
        """The plain mean of the memory over the words that are there."""
        query, memory = inputs
        there = keras.ops.cast(mask[1], memory.dtype)[:, None]
        share = there / keras.ops.sum(there, axis=-1, keepdims=True)
        shares = keras.ops.repeat(share, keras.ops.shape(query)[1], axis=1)
        return keras.ops.matmul(shares, memory), shares


def mean_translator(source_words: int, target_words: int, units: int) -> keras.Model:
    """A ``translator`` with the weights of attention, whose decoder gets the plain mean of what it could look at."""
    layers = TranslatorLayers.new(source_words, target_words, units, True, "both", False)
    layers = dataclasses.replace(layers, attention=EvenShares(name="attention"))
    sources, inputs = (keras.Input(shape=(None,), dtype="int32") for _ in range(2))
    seen, state = layers.read(sources)
    return keras.Model([sources, inputs], layers.write(seen, inputs, state)[0])


#: What the decoder may look at, as options of ``rnncourse.translator``; None: the plain mean of it.
LOOKS = {
    "no attention": {},
    "no attention, bidirectional": {"bidirectional": True},
    "plain mean of states and words": None,
    "attention to the states": {"attention": True, "memory": "states"},
    "attention to the words' vectors": {"attention": True, "memory": "words"},
    "attention to both": {"attention": True},
    "attention to the states, bidirectional": {"attention": True, "memory": "states", "bidirectional": True},
    "attention to both, bidirectional": {"attention": True, "bidirectional": True},
}


def attention_parts(seeds: int) -> None:
    """Chapter 14, section 8: which part does it; 64 units, 5 epochs as in the chapter, and counting beside."""
    phrases = rnncourse.make_phrases()
    words = [rnncourse.build_vocabulary([pair[side] for pair in phrases.train]) for side in (0, 1)]
    learn, *unseen = (
        rnncourse.make_sentences(pairs, *words) for pairs in (phrases.train, phrases.test, phrases.combinations)
    )
    rows: dict[str, list[list[str]]] = {"test": [], "combinations": []}
    for name, options in LOOKS.items():
        reached = []
        for seed in range(seeds):
            say(f"{name}, seed {seed}\n")
            keras.utils.set_random_seed(seed)
            sizes = *map(len, words), 64
            model = mean_translator(*sizes) if options is None else rnncourse.translator(*sizes, **options)
            recipe = rnncourse.recipe_optimizer(5 * -(-len(learn.targets) // 64), peak=1e-2)
            inputs = learn.sources, learn.decoder_inputs
            fit(model, inputs, learn.targets, epochs=5, batch_size=64, optimizer=recipe, loss=rnncourse.masked_loss,
                metrics=())  # fmt: skip
            reached.append([100 * rnncourse.forced_exact_match(model, part) for part in unseen])
        for part, shares in zip(rows, zip(*reached, strict=True), strict=True):
            shown = *(f"{share:.1f}" for share in shares), f"{statistics.mean(shares):.1f}"
            rows[part].append([name, f"{model.count_params():,}", *shown])
    for part, pairs in (("test", phrases.test), ("combinations", phrases.combinations)):
        asked, wanted = zip(*pairs, strict=True)
        counted = rnncourse.exact_match(rnncourse.phrase_table_baseline(phrases.train, asked), wanted)
        rows[part].append(["phrase table", "", *[f"{counted:.1f}"] * seeds, f"{counted:.1f}"])
        head = ["parameters", *(f"seed {seed}" for seed in range(seeds)), "mean"]
        print_table([f"chapter 14, exactly right, {part}, %", *head], rows[part])


#: What a network from French into English is given: (epochs, training sentences, options of ``rnncourse.translator``).
BACK = {
    "recipe of the exercise": (3, 6000, {"attention": True}),
    "one epoch": (1, 6000, {"attention": True}),
    "half the sentences": (3, 3000, {"attention": True}),
    "no attention": (3, 6000, {}),
    "attention to the states": (3, 6000, {"attention": True, "memory": "states"}),
    "attention to the words' vectors": (3, 6000, {"attention": True, "memory": "words"}),
    "attention to both, bidirectional": (3, 6000, {"attention": True, "bidirectional": True}),
}


def into_english(seeds: int) -> None:
    """Chapter 14, section 10: the recipe of the exercise and parts of it, beside counting."""
    phrases = rnncourse.make_phrases()
    turned = {name: [pair[::-1] for pair in getattr(phrases, name)] for name in ("train", "test", "combinations")}
    words = [rnncourse.build_vocabulary([pair[side] for pair in turned["train"]]) for side in (0, 1)]
    learn, *unseen = (rnncourse.make_sentences(pairs, *words) for pairs in turned.values())
    reached: dict[str, list[list[float]]] = {}
    for name, (epochs, count, options) in BACK.items():
        reached[name] = []
        for seed in range(seeds):
            say(f"into English, {name}, seed {seed}\n")
            keras.utils.set_random_seed(seed)
            model = rnncourse.translator(*map(len, words), units=64, **options)
            sources, inputs, targets = (part[:count] for part in learn)
            recipe = rnncourse.recipe_optimizer(epochs * -(-count // 64), peak=1.5e-2)
            fit(model, (sources, inputs), targets, epochs=epochs, batch_size=64, optimizer=recipe,
                loss=rnncourse.masked_loss, metrics=())  # fmt: skip
            reached[name].append([100 * rnncourse.forced_exact_match(model, part) for part in unseen])
    for name in ("phrase_table", "word_by_word", "nearest_neighbour"):
        asked, wanted = ([pair[side] for part in ("test", "combinations") for pair in turned[part]] for side in (0, 1))
        said, half = getattr(rnncourse, f"{name}_baseline")(turned["train"], asked), len(turned["test"])
        both = [rnncourse.exact_match(said[p], wanted[p]) for p in (slice(half), slice(half, None))]
        reached[name.replace("_", " ")] = [both] * seeds
    for place, part in enumerate(("test", "combinations")):
        rows = [[name, *(f"{shares[place]:.1f}" for shares in found)] for name, found in reached.items()]
        head = [f"seed {seed}" for seed in range(seeds)]
        print_table([f"chapter 14, French into English, exactly right, {part}, %", *head], rows)


CLAIMS: dict[str, Callable[[int], None]] = {
    "recipe-apart": recipe_apart,
    "when-it-knows": when_it_knows,
    "forecasts": forecasts,
    "writers": writers,
    "composers": composers,
    "ends-counted": ends_counted,
    "depth": depth,
    "switch": switch,
    "dropout": dropout,
    "recall": recall,
    "cells": cells,
    "ablations": ablations,
    "small-readers": small_readers,
    "attention-parts": attention_parts,
    "into-english": into_english,
}


if __name__ == "__main__":
    run_claims(CLAIMS, __doc__)
