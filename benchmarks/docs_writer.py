"""Trains the writer of ``load_docs_writer``: chapter 8's network, wider, for longer, its state carried over.

The text is cut into ``BATCH`` long strips. A batch holds the next ``PIECE`` characters of each strip, and the state in
which the GRU has read the last piece is the one from which it reads the next (in Keras: ``stateful=True``). The first
95 percent of the text are learnt from, as in the chapter.

    python benchmarks/docs_writer.py --to docs_writer.npz
"""

from __future__ import annotations

import argparse
import hashlib
import time
from collections.abc import Sequence
from pathlib import Path

from measuring import machine, print_table, say  # first: it keeps TensorFlow quiet

# isort: split
import keras
import numpy as np

import rnncourse
from rnncourse.datasets.docs_text import LETTERS
from rnncourse.datasets.docs_writer import packed

BATCH, PIECE, EPOCHS, PEAK = 32, 64, 12, 5e-3
DROPOUT = 0.2  # of what the GRU hands to the logits


def strips(tokens: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(inputs, targets) in the order in which ``fit`` is to read them: piece after piece of all strips."""
    pieces = (len(tokens) - 1) // BATCH // PIECE

    def in_order(stream: np.ndarray) -> np.ndarray:
        cut = stream[: BATCH * pieces * PIECE].reshape(BATCH, pieces, PIECE)
        return cut.swapaxes(0, 1).reshape(-1, PIECE)

    return in_order(tokens[:-1]), in_order(tokens[1:])


def train(writer: keras.Model, tokens: np.ndarray, epochs: int) -> None:
    """Train the layers of a ``token_model`` with the state carried from piece to piece."""
    inputs, targets = strips(tokens)
    reader = writer.get_layer("reader")
    carried = keras.layers.GRU(reader.units, return_sequences=True, stateful=True)
    stream = keras.Input(batch_shape=(BATCH, PIECE), dtype="int32")
    states = carried(writer.get_layer("embedding")(stream))
    logits = writer.get_layer("next")(keras.layers.Dropout(DROPOUT)(states))
    network = keras.Model(stream, logits)
    carried.set_weights(reader.get_weights())
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(rnncourse.recipe_optimizer(epochs * (len(inputs) // BATCH), PEAK), loss)
    for epoch in range(epochs):
        carried.reset_state()
        told = network.fit(inputs, targets, batch_size=BATCH, shuffle=False, verbose=0)
        say(f"epoch {epoch + 1} of {epochs}: {told.history['loss'][0] / np.log(2):.3f} bits with dropout\n")
    reader.set_weights(carried.get_weights())


def bits(writer: keras.Model, tokens: np.ndarray, length: int) -> float:
    """Bits per character on pieces of so many characters, each read from an empty state."""
    pieces, wanted = rnncourse.cut_windows(tokens, length)
    logits = writer.predict(pieces, verbose=0).reshape(-1, len(LETTERS))
    return rnncourse.bits_per_character(rnncourse.softmax_with_temperature(logits, 1.0), wanted.reshape(-1))


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, measure on the text that was kept apart, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--to", type=Path, help="where to write the weights, as 16-bit floats")
    parser.add_argument("--units", type=int, default=256)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--seed", type=int, default=8)
    chosen = parser.parse_args(arguments)
    tokens = rnncourse.encode_text(rnncourse.load_docs_text(), LETTERS)
    cut = len(tokens) * 95 // 100
    keras.utils.set_random_seed(chosen.seed)
    writer, begin = rnncourse.token_model(len(LETTERS), chosen.units), time.perf_counter()
    train(writer, tokens[:cut], chosen.epochs)
    print(machine(), f"{time.perf_counter() - begin:.0f} s of training", sep="; ", end="\n\n")
    counted = rnncourse.counted_bits(tokens[:cut], tokens[cut:], len(LETTERS), 7)
    rows = [[f"counting, {n} characters before", f"{value:.3f}"] for n, value in enumerate(counted)]
    held_out = tokens[cut:]
    rows += [[f"the writer, pieces of {n}", f"{bits(writer, held_out, n):.3f}"] for n in (64, 128, 1024)]
    rows.append(["the writer, state never emptied", f"{bits(writer, held_out, len(held_out) - 1):.3f}"])
    print_table(["bits per character, text kept apart", ""], rows)
    if chosen.to is not None:
        chosen.to.write_bytes(packed(writer))
        print(f"\n{chosen.to.stat().st_size:,} bytes, SHA-256 {hashlib.sha256(chosen.to.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main()
