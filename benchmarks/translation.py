"""How well is an unseen sentence translated, and how quickly? Our grammar and JupyterLab's menus, over seeds.

Every source sentence of a test is unseen; "combinations" are sentences of the grammar with two words that no sentence
of the training has together. All networks have 128 neurons a layer; vocabularies hold every word of the grammar, and
the words of the menus that occur at least twice. Beside the networks stand what can be had without one: the source as
it is, the most frequent target, the translation of the training sentence that shares the most words, a dictionary and a
phrase table, both learnt from the same pairs by counting. Scores are per cent, of greedy decoding where nothing
else is said; the median of the seeds, and the least and the most of them for exact match. "Tokens" is the masked token
accuracy: the share of right next words, given the right words before (a word outside the vocabulary is ``<unk>``, and
that is the right word then). It does not depend on how words are chosen, so it stands in the row of greedy decoding.

    python benchmarks/translation.py                   (a quarter of an hour on two cores)
    python benchmarks/translation.py --seeds 1 --share 0.2     (a look at whether it runs)
    python benchmarks/translation.py --seeds 0                 (what can be had without a network, only)
    python benchmarks/translation.py --languages fr-FR zh-CN de-DE     (menus in other languages, where installed)
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from measuring import in_turns, machine, print_table, say  # first: it keeps TensorFlow quiet

# isort: split
import keras

import rnncourse

WIDTH, UNITS = 5, 128


class Data(NamedTuple):
    """A set of sentences and the recipe to learn it."""

    phrases: rnncourse.datasets.phrases.Phrases
    least: int  # how often a word occurs that is in the vocabulary
    epochs: int
    batch_size: int
    peak: float


class Trained(NamedTuple):
    """A network, what it was made of, and what came out."""

    model: keras.Model
    vocabularies: tuple[tuple[str, ...], tuple[str, ...]]
    translate: Callable[..., list[str]]
    seconds: float


def sides(pairs: list[tuple[str, str]]) -> tuple[list[str], list[str]]:
    return [source for source, _ in pairs], [target for _, target in pairs]


def train(data: Data, attention: bool, seed: int, share: float) -> Trained:
    vocabularies = tuple(rnncourse.build_vocabulary(words, data.least) for words in sides(data.phrases.train))
    learn = rnncourse.make_sentences(data.phrases.train, *vocabularies)
    keras.utils.set_random_seed(seed)
    model = rnncourse.translator(*map(len, vocabularies), units=UNITS, attention=attention)
    epochs = max(1, round(share * data.epochs))
    recipe = rnncourse.recipe_optimizer(epochs * -(-len(learn.targets) // data.batch_size), peak=data.peak)
    model.compile(recipe, rnncourse.masked_loss, jit_compile=False)
    start = time.perf_counter()
    inputs = learn.sources, learn.decoder_inputs
    model.fit(inputs, learn.targets, batch_size=data.batch_size, epochs=epochs, verbose=0)
    seconds = time.perf_counter() - start
    return Trained(model, vocabularies, rnncourse.sentence_translator(model, *vocabularies), seconds)


def scores_of(translate: Callable[[list[str]], list[str]], pairs: list[tuple[str, str]]) -> Any:
    sources, targets = sides(pairs)
    return rnncourse.corpus_scores(translate(sources), targets)


def tokens_right(trained: Trained, pairs: list[tuple[str, str]]) -> float:
    """The masked token accuracy, per cent."""
    asked = rnncourse.make_sentences(pairs, *trained.vocabularies)
    logits = trained.model.predict((asked.sources, asked.decoder_inputs), batch_size=256, verbose=0)
    return 100 * rnncourse.masked_accuracy(logits, asked.targets)


def spread(values: list[float]) -> str:
    median = f"{statistics.median(values):.1f}"
    return median if len(values) == 1 else f"{median} ({min(values):.1f} to {max(values):.1f})"


def row_of(name: str, tokens: list[float], found: list[Any], combined: list[Any], seconds: list[float]) -> list[str]:
    """Scores of all seeds as one row of the table."""
    cells = [f"{statistics.median(tokens):.1f}" if tokens else "–", spread([scores.exact_match for scores in found])]
    cells += [f"{statistics.median(getattr(scores, kind) for scores in found):.1f}" for kind in ("bleu", "chrf")]
    cells.append(spread([scores.exact_match for scores in combined]) if combined else "–")
    return [name, *cells, f"{statistics.median(seconds):.0f}" if seconds else "–"]


def baseline_rows(data: Data) -> list[list[str]]:
    train_pairs = data.phrases.train
    baselines = {
        "copy": rnncourse.copy_baseline,
        "most frequent target": lambda sources: rnncourse.most_frequent_baseline(train_pairs, sources),
        "nearest neighbour": lambda sources: rnncourse.nearest_neighbour_baseline(train_pairs, sources),
        "word by word": lambda sources: rnncourse.word_by_word_baseline(train_pairs, sources),
        "phrase table": lambda sources: rnncourse.phrase_table_baseline(train_pairs, sources),
    }
    parts = [part for part in (data.phrases.test, data.phrases.combinations) if part]
    rows = []
    for name, translate in baselines.items():
        found = [[scores_of(translate, part)] for part in parts]
        rows.append(row_of(name, [], found[0], found[1] if len(found) > 1 else [], []))
    return rows


def network_rows(name: str, data: Data, attention: bool, seeds: int, share: float) -> tuple[list[list[str]], Trained]:
    """Greedy and beam, and the network of the last seed."""
    kind = "attention" if attention else "no attention"
    tokens, greedy, beam, seconds = [], ([], []), ([], []), []
    for seed in range(seeds):
        trained = train(data, attention, seed, share)
        seconds.append(trained.seconds)
        tokens.append(tokens_right(trained, data.phrases.test))
        for place, part in enumerate(part for part in (data.phrases.test, data.phrases.combinations) if part):
            greedy[place].append(scores_of(trained.translate, part))
            beam[place].append(scores_of(lambda sources: trained.translate(sources, width=WIDTH), part))  # noqa: B023
        say(f"{name}, {kind}, seed {seed}: {greedy[0][-1]}\n")
    return [row_of(kind, tokens, *greedy, seconds), row_of(f"{kind}, beam {WIDTH}", [], *beam, seconds)], trained


def speed_rows(networks: dict[str, tuple[Data, Trained]], rounds: int, many: int = 256) -> list[list[str]]:
    """Milliseconds a sentence, one sentence at a time and many at once, of the compiled loops."""
    programs = {}
    for name, (data, trained) in networks.items():
        tokens = rnncourse.encode_sentences(sides(data.phrases.test)[0][:many], trained.vocabularies[0])
        write, search = rnncourse.sentence_generator(trained.model), rnncourse.beam_generator(trained.model)
        for kind, program in (("greedy", write), (f"beam {WIDTH}", lambda part, search=search: search(part, WIDTH))):
            for count in (1, many):
                programs[name, kind, count] = lambda program=program, part=tokens[:count]: program(part)
    taken = in_turns(programs, rounds)
    milliseconds = {key: 1000 * statistics.median(seconds) / key[2] for key, seconds in taken.items()}
    rows = []
    for name, kind in dict.fromkeys(key[:2] for key in programs):
        one, at_once = (value for key, value in milliseconds.items() if key[:2] == (name, kind))
        rows.append([f"{name}, {kind}", f"{one:.1f}", f"{at_once:.2f}"])
    return rows


def main() -> None:
    """Train everything, print a table for each set of sentences and one for the speed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--share", type=float, default=1.0, help="of the epochs, to try it out")
    parser.add_argument("--rounds", type=int, default=9, help="turns of the clock, for the speed")
    parser.add_argument("--languages", nargs="+", default=["fr-FR"], help="of the menus")
    chosen = parser.parse_args()
    sets = {
        "grammar": Data(rnncourse.make_phrases(), least=1, epochs=12, batch_size=64, peak=1e-2),
        **{
            f"menus {name}": Data(rnncourse.load_menu_phrases(name), least=2, epochs=30, batch_size=32, peak=5e-3)
            for name in chosen.languages
        },
    }
    print(machine(), f"{chosen.seeds} seeds", sep="; ", end="\n\n")
    networks = {}
    for name, data in sets.items():
        rows = baseline_rows(data)
        for attention in (False, True) if chosen.seeds else ():
            more, trained = network_rows(name, data, attention, chosen.seeds, chosen.share)
            rows += more
            networks[f"{name}, {'attention' if attention else 'no attention'}"] = data, trained
        sizes = f"{len(data.phrases.train)} pairs to learn, {len(data.phrases.test)} unseen"
        head = ["tokens", "exact match", "BLEU", "chrF", "combinations, exact match", "training, s"]
        print_table([f"{name}: {sizes}", *head], rows)
    if networks:
        print_table(["milliseconds a sentence", "one at a time", "256 at once"], speed_rows(networks, chosen.rounds))


if __name__ == "__main__":
    main()
