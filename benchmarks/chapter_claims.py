"""What chapters say of "five seeds", from the programs of their own cells: the same functions, sizes and epochs.

Each claim is a sentence of a chapter that one run of its notebook cannot show. The seeds are 0, 1, 2, …

    python benchmarks/chapter_claims.py                              (all of them, half an hour on one core)
    python benchmarks/chapter_claims.py --claim deep-or-wide
"""

from __future__ import annotations

import argparse
import contextlib
import math
import statistics
import sys
from collections import Counter
from collections.abc import Callable, Sequence

from measuring import machine, print_table, say  # first: it keeps TensorFlow quiet

# isort: split
import keras
import numpy as np

import rnncourse
from rnncourse.datasets.chorales import KEPT_APART, STREAM_TOKENS, to_stream
from rnncourse.datasets.docs_text import LETTERS
from rnncourse.datasets.mnist import Digits
from rnncourse.exercises import generating

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


def deep_or_wide(seeds: int) -> None:
    """Chapter 9, section 4: three layers of 64 and one of 136, which costs as much; 8 000 digits, three epochs."""
    train, validation, _ = rnncourse.load_mnist(train=8000)
    rows = []
    for seed in range(seeds):
        reached = []
        for units in ([64, 64, 64], [136]):
            say(f"deep or wide, seed {seed}, layers of {units}\n")
            keras.utils.set_random_seed(seed)
            network, optimizer = rnncourse.deep_classifier(units), rnncourse.recipe_optimizer(3 * 80)
            told = fit(network, *train, epochs=3, batch_size=100, optimizer=optimizer, validation=validation)
            reached.append(100 * told["val_accuracy"][-1])
        deep, wide = reached
        rows.append([f"seed {seed}", f"{deep:.2f}", f"{wide:.2f}", f"{wide - deep:+.2f}"])
    print_table(["chapter 9, deep or wide", "three layers of 64", "one of 136", "wide minus deep"], rows)


def learn_few(seed: int, few: Digits, unseen: tuple[np.ndarray, np.ndarray], **drop: float) -> tuple[float, float]:
    """(validation cost at the end, digits in 100 read rightly over the last ten epochs)."""
    keras.utils.set_random_seed(seed)
    reader, optimizer = rnncourse.deep_classifier([100, 100], **drop), keras.optimizers.Adam(1e-3)
    told = fit(reader, *few, epochs=60, batch_size=50, optimizer=optimizer, validation=unseen)
    return told["val_loss"][-1], 100 * statistics.mean(told["val_accuracy"][-10:])


def dropout(seeds: int) -> None:
    """Chapter 9, section 7: two layers of 100 and 400 digits, with a dropout of 0.3 going up and of the inputs."""
    few, validation, _ = rnncourse.load_mnist(train=400)
    unseen = validation.images[:1000], validation.labels[:1000]
    rows = []
    for seed in range(seeds):
        say(f"dropout, seed {seed}\n")
        cost, read = learn_few(seed, few, unseen)
        cost_with, read_with = learn_few(seed, few, unseen, dropout=0.3, input_dropout=0.3)
        costs = f"{cost:.3f}", f"{cost_with:.3f}", f"{100 * (1 - cost_with / cost):.0f} %"
        rows.append([f"seed {seed}", *costs, f"{read:.1f}", f"{read_with:.1f}", f"{read_with - read:+.1f}"])
    head = ["validation cost", "with dropout", "lower by", "read rightly in 100", "with dropout", "more by"]
    print_table(["chapter 9, dropout", *head], rows)


def where_to_drop(seeds: int) -> None:
    """Chapter 9, section 7, its last paragraph: the costs of ``dropout`` again, with other dropouts."""
    few, validation, _ = rnncourse.load_mnist(train=400)
    unseen = validation.images[:1000], validation.labels[:1000]
    settings = {
        "0.3 of the inputs": {"input_dropout": 0.3},
        "0.3 going up": {"dropout": 0.3},
        "0.5 going up": {"dropout": 0.5},
    }
    rows = []
    for name, drop in settings.items():
        costs = []
        for seed in range(seeds):
            say(f"where to drop, {name}, seed {seed}\n")
            costs.append(learn_few(seed, few, unseen, **drop)[0])
        rows.append([name, *(f"{cost:.3f}" for cost in costs), f"{statistics.mean(costs):.3f}"])
    seeds_head = [f"seed {seed}" for seed in range(seeds)]
    print_table(["chapter 9, validation cost with a dropout of", *seeds_head, "mean"], rows)


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


def word_vectors(seeds: int) -> None:
    """Chapter 13, section 8: topics of passages, read with trained and with random vectors; 80 passages to learn."""
    tokens, vocabulary = rnncourse.load_docs_words()
    for epoch, vectors in enumerate(rnncourse.skip_gram_epochs(tokens, len(vocabulary)), start=1):  # noqa: B007
        say(f"word vectors, epoch {epoch}")
    random = np.random.default_rng(0).normal(size=vectors.shape)
    tables = {"trained": np.sqrt(vectors.shape[1]) * rnncourse.unit_length(vectors), "random": random}
    passages = rnncourse.load_docs_passages(vocabulary)
    order = np.random.default_rng(0).permutation(len(passages.labels))
    known = np.concatenate([order[passages.labels[order] == topic][:10] for topic in range(8)])
    unseen = np.setdiff1d(order, known)
    rows = []
    for name, table in tables.items():
        reached = []
        for seed in range(seeds):
            say(f"topics with {name} vectors, seed {seed}\n")
            keras.utils.set_random_seed(seed)
            reader, optimizer = rnncourse.word_reader(table, classes=8), rnncourse.recipe_optimizer(30 * 5, 1e-2)
            fit(reader, passages.tokens[known], passages.labels[known], epochs=30, batch_size=16, optimizer=optimizer)
            reached.append(100 * rnncourse.accuracy(reader, passages.tokens[unseen], passages.labels[unseen]))
        rows.append([f"{name} vectors", *(f"{share:.1f}" for share in reached)])
    largest = 100 * np.bincount(passages.labels[unseen]).max() / len(unseen)
    rows.append(["always the largest topic", *[f"{largest:.1f}"] * seeds])
    seeds_head = [f"seed {seed}" for seed in range(seeds)]
    print_table([f"chapter 13, right in 100 of {len(unseen)} unseen passages", *seeds_head], rows)


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


def known_of_a_note(chorale: np.ndarray) -> dict[str, np.ndarray]:
    """What stands in a chorale before each note of its stream, by name."""
    stream = rnncourse.interleave(chorale).astype(int)
    place, known = np.arange(len(stream)), np.concatenate([np.full(16, -1), stream])
    before = {f"{back} before": known[place + 16 - back] for back in (1, 2, 3, 5)}
    own = {"own last": known[place + 12], "own last but one": known[place + 8]}
    top = np.where(place % 4 > 0, stream[place // 4 * 4], -1)
    beat = {"parity": place // 4 % 2, "place in four beats": place // 4 % 8}
    return {"voice": place % 4, **own, **before, "first voice now": top, **beat}


TABLES = (
    ("1 before", "2 before", "3 before"),
    ("voice", "own last"),
    ("voice", "own last", "parity"),
    ("voice", "own last", "parity", "1 before"),
    ("voice", "own last", "parity", "1 before", "2 before", "3 before"),
    ("voice", "own last", "first voice now", "parity", "1 before"),
    ("voice", "own last", "1 before", "parity", "own last but one"),
    ("voice", "own last", "own last but one", "parity", "1 before"),
    ("voice", "own last", "place in four beats", "1 before"),
    ("voice", "own last", "1 before", "5 before", "parity"),
)


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
            contexts = {
                part: np.concatenate([np.stack([known_of_a_note(song)[c] for c in table], axis=1) for song in some])
                for part, some in {**parts, "": known}.items()
            }
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


CLAIMS: dict[str, Callable[[int], None]] = {
    "recipe-apart": recipe_apart,
    "when-it-knows": when_it_knows,
    "forecasts": forecasts,
    "writers": writers,
    "composers": composers,
    "word-vectors": word_vectors,
    "deep-or-wide": deep_or_wide,
    "dropout": dropout,
    "where-to-drop": where_to_drop,
    "cells": cells,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the claims that were asked for and print a table for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--claim", choices=CLAIMS, help="only this one")
    parser.add_argument("--seeds", type=int, default=5)
    chosen = parser.parse_args(arguments)
    print(machine(), f"{chosen.seeds} seeds", sep="; ", end="\n\n", flush=True)
    for name in [chosen.claim] if chosen.claim else CLAIMS:
        CLAIMS[name](chosen.seeds)
    say("")


if __name__ == "__main__":
    main()
