"""How long until the reader of digits is good? The tutorial's recipe and ours, in turns, several seeds.

Both train the same network on the same 55 000 digits, read row by row, with batches of 150. "rnn" is chapter 6's: 150
tanh neurons and ten logits. "lstm" is chapter 11's: three layers of 150 LSTM neurons. The tutorial's recipe is Adam
with a rate of 0.001, for 100 epochs (rnn) or 10 (lstm; the tutorial names no number, the published result is after 10).
Ours is ``recipe_optimizer`` and ``random_shift`` for a few epochs. The 5 000 validation digits are looked at after each
epoch, the 10 000 test digits once at the end: with the weights of the last epoch, and with those of the epoch that the
validation digits like best.

    python benchmarks/time_to_accuracy.py                            (half an hour on two cores)
    python benchmarks/time_to_accuracy.py --network lstm --seeds 3   (half an hour on two cores)
"""

from __future__ import annotations

import argparse
import statistics
import time

from measuring import machine, print_table, say  # first: it keeps TensorFlow quiet

# isort: split
import keras

from rnncourse import accuracy, deep_classifier, fit, mnist_classifier, random_shift, recipe_optimizer
from rnncourse.datasets.mnist import load_mnist

BATCH = 150
#: network -> (how it is made, epochs of the tutorial's recipe and of ours, validation accuracies to be reached).
NETWORKS = {
    "rnn": (mnist_classifier, 100, 8, (0.97, 0.98, 0.983)),
    "lstm": (lambda: deep_classifier([150, 150, 150], cell="lstm", unroll=False), 10, 5, (0.98, 0.985, 0.987)),
}


class Watch(keras.callbacks.Callback):
    """Seconds, validation accuracy and weights after every epoch."""

    def on_train_begin(self, logs=None):
        self.start, self.seconds, self.accuracies, self.best = time.perf_counter(), [], [], None

    def on_epoch_end(self, epoch, logs=None):
        self.seconds.append(time.perf_counter() - self.start)
        self.accuracies.append(logs["val_accuracy"])
        if logs["val_accuracy"] == max(self.accuracies):
            self.best = self.model.get_weights()


def train(network: str, seed: int, epochs: int, ours: bool, data) -> dict:
    """One training of one recipe: the seconds and the accuracies."""
    train, validation, test = data
    keras.utils.set_random_seed(seed)
    make, _, _, marks = NETWORKS[network]
    model, watch = make(), Watch()
    steps = epochs * (len(train.labels) // BATCH)
    fit(
        model,
        train.images,
        train.labels,
        epochs=epochs,
        batch_size=BATCH,
        optimizer=recipe_optimizer(steps) if ours else keras.optimizers.Adam(1e-3),
        validation=(validation.images, validation.labels),
        augment=random_shift if ours else None,
        callbacks=[watch],
    )
    last = accuracy(model, test.images, test.labels)
    model.set_weights(watch.best)
    best = accuracy(model, test.images, test.labels)
    say(f"{'ours' if ours else 'tutorial'}, seed {seed}: {last:.2%} after {watch.seconds[-1]:.0f} s\n")
    reached = [next((s for s, a in zip(watch.seconds, watch.accuracies, strict=True) if a >= m), None) for m in marks]
    return {"seconds": watch.seconds[-1], "validation": watch.accuracies[-1], "last": last, "best": best, "to": reached}


def median_text(values: list[float | None], form: str) -> str:
    """The median, where at least one value is known; how many are missing is said."""
    known = [value for value in values if value is not None]
    if not known:
        return "never"
    missing = len(values) - len(known)
    # a training that never got there counts as the slowest
    ranked = sorted(known) + [float("inf")] * missing
    middle = statistics.median(ranked)
    text = "not in the median" if middle == float("inf") else form.format(middle)
    return text + (f" ({missing} of {len(values)} never)" if missing else "")


def main() -> None:
    """Train in turns, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", choices=NETWORKS, default="rnn")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, help="of the tutorial's recipe")
    parser.add_argument("--our-epochs", type=int)
    chosen = parser.parse_args()
    _, epochs, our_epochs, marks = NETWORKS[chosen.network]
    epochs, our_epochs = chosen.epochs or epochs, chosen.our_epochs or our_epochs
    data = load_mnist()
    runs: dict[str, list[dict]] = {"tutorial": [], "ours": []}
    for seed in range(chosen.seeds):
        runs["tutorial"].append(train(chosen.network, seed, epochs, False, data))
        runs["ours"].append(train(chosen.network, seed, our_epochs, True, data))
    print(machine(), f"{chosen.seeds} seeds, medians", sep="; ", end="\n\n")
    heads = [f"s to {mark:.1%} validation" for mark in marks]
    rows = []
    for name, count in (("tutorial", epochs), ("ours", our_epochs)):
        of = {key: [run[key] for run in runs[name]] for key in runs[name][0]}
        to = [median_text([times[i] for times in of["to"]], "{:.0f}") for i in range(len(marks))]
        shares = [f"{statistics.median(of[key]):.2%}" for key in ("validation", "last", "best")]
        rows.append([name, count, f"{statistics.median(of['seconds']):.0f}", *to, *shares])
    print_table(
        [
            "recipe",
            "epochs",
            "s in all",
            *heads,
            "validation, last epoch",
            "test, last epoch",
            "test, best by validation",
        ],
        rows,
    )
    for name, of in runs.items():
        print(f"test accuracy of each seed, last epoch, {name}:", ", ".join(f"{run['last']:.2%}" for run in of))
    share = [ours["seconds"] / theirs["seconds"] for ours, theirs in zip(runs["ours"], runs["tutorial"], strict=True)]
    print(f"our whole training takes {statistics.median(share):.1%} of the tutorial's (median over the seeds)")


if __name__ == "__main__":
    main()
