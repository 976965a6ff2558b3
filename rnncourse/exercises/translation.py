"""The exercises of chapter 14: numbers for words, shifted targets, a masked cost, beam search, attention."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from rnncourse import sequences, translation, translation_scores, vocabulary
from rnncourse.exercises.definitions import PRACTICE_SEED, Case, Exercise, Mistake, Symptom, Training
from rnncourse.vocabulary import EOS, GO, PAD, SPECIAL, UNK

_WORDS = ("cat", "milk", "drinks", "sees", "the", "old", "dog", "bread", "eats", "my", "house", "red")
_KNOWN = 8


def _sentences_case(rng: np.random.Generator, end: bool | None = None) -> Case:
    """Sentences of different lengths, the first neither the longest nor without a word that is unknown."""
    words = rng.permutation(_WORDS).tolist()
    known, unknown = words[:_KNOWN], words[_KNOWN:]
    lengths = [3, *rng.permutation([2, 5]).tolist()]
    sentences = [rng.choice(known, size=length).tolist() for length in lengths]
    sentences[0][1], sentences[1][0] = unknown[0], unknown[1]
    return {
        "sentences": [" ".join(sentence) for sentence in sentences],
        "vocabulary": [*SPECIAL, *known],
        "end": bool(rng.integers(2)) if end is None else end,
    }


Rows = list[list[int]]


def _encoded(
    sentences: Sequence[str],
    vocabulary: Sequence[str],
    end: bool,
    *,
    number: Callable[[str, Sequence[str]], int | None] = lambda word, words: (
        words.index(word) if word in words else UNK
    ),
    finish: Callable[[list[int], bool], list[int]] = lambda row, end: row + [EOS] * end,
    fill: Callable[[list[int], int], list[int]] = lambda row, longest: row + [PAD] * (longest - len(row)),
) -> np.ndarray:
    """The reference with knobs for its mistakes."""
    rows = [[number(word, vocabulary) for word in sentence.split()] for sentence in sentences]
    rows = [finish([token for token in row if token is not None], end) for row in rows]
    return np.array([fill(row, max(map(len, rows))) for row in rows])


def _end_after_the_padding(sentences, vocabulary, end):
    rows = _encoded(sentences, vocabulary, False)
    return np.concatenate([rows, np.full((len(rows), 1), EOS)], axis=1) if end else rows


encode_sentences = Exercise(
    name="encode_sentences",
    reference=vocabulary.encode_sentences,
    cases=_sentences_case,
    edge_cases=tuple(_sentences_case(np.random.default_rng(14), end) for end in (True, False)),
    mistakes=(
        Mistake(
            "<eos> forgotten",
            lambda *given: _encoded(*given, finish=lambda row, end: row),
            "Where end is True, each sentence is followed by <eos>. Yours never is.",
        ),
        Mistake(
            "<eos> always",
            lambda *given: _encoded(*given, finish=lambda row, end: [*row, EOS]),
            "You put <eos> after every sentence. It belongs there only where end is True.",
        ),
        Mistake(
            "<eos> after the padding",
            _end_after_the_padding,
            "Your <eos> stands in the last column, after the padding. It follows the last word, and then comes <pad>.",
        ),
        Mistake(
            "<go> in front",
            lambda *given: _encoded(*given, finish=lambda row, end: [GO, *row, EOS] if end else row),
            "There is a <go> in front. It is no part of a target; the next exercise puts it where it belongs.",
        ),
        Mistake(
            "padded in front",
            lambda *given: _encoded(*given, fill=lambda row, longest: [PAD] * (longest - len(row)) + row),
            "You filled up in front. The words come first, then <pad>.",
        ),
        Mistake(
            "filled with <eos>",
            lambda *given: _encoded(*given, fill=lambda row, longest: row + [EOS] * (longest - len(row))),
            "You filled up with <eos>. One <eos> ends a sentence; what is filled up is <pad>, number 0.",
        ),
        Mistake(
            "unknown words left out",
            lambda *given: _encoded(*given, number=lambda word, words: words.index(word) if word in words else None),
            "You left out the words that are not in the vocabulary. Each of them is read as <unk>.",
        ),
        Mistake(
            "unknown words as padding",
            lambda *given: _encoded(*given, number=lambda word, words: words.index(word) if word in words else PAD),
            "A word that is not in the vocabulary got the number of <pad>. It is there, only unknown: <unk>.",
        ),
        Mistake(
            "special tokens not counted",
            lambda *given: _encoded(
                *given, number=lambda word, words: words.index(word) - len(SPECIAL) if word in words else UNK
            ),
            "Your numbers are 4 too small: the number of a word is its place in the vocabulary, and the four special "
            "tokens come first.",
        ),
        Mistake(
            "rows of different lengths",
            lambda *given: [row[row != PAD] for row in _encoded(*given)],
            "Your rows are not of one length: fill up the short ones. Or did you return both results of rnncourse.pad? "
            "The first of them is the batch.",
        ),
        Mistake(
            "time before batch",
            lambda *given: _encoded(*given).T,
            "Rows and columns are exchanged: a row is a sentence, a column is a place in it.",
        ),
    ),
    hints=(
        "Three things one after the other: numbers for the words, <eos> where it is wanted, <pad> up to the longest.",
        "vocabulary.index(word) is the number of a word that is in it; 3 stands for <unk>, 2 for <eos>, 0 for <pad>.",
        "Make a list of numbers for each sentence, then rnncourse.pad(lists, 0)[0] makes one array of them.",
    ),
    points=2,
    difficulty=1,
    minutes=8,
)


def _targets_case(rng: np.random.Generator) -> Case:
    """Targets whose rows end in different places; the first row is the longest and has no padding."""
    targets = rng.permutation(np.arange(len(SPECIAL), len(SPECIAL) + 15)).reshape(3, 5)
    for row, length in enumerate([4, *rng.permutation([2, 3])]):
        targets[row, length:] = [EOS] + [PAD] * (4 - length)
    return {"targets": targets}


def _in_front(targets: np.ndarray, token: int) -> np.ndarray:
    return np.concatenate([np.full((len(targets), 1), token), targets[:, :-1]], axis=1)


shift_right = Exercise(
    name="shift_right",
    reference=vocabulary.shift_right,
    cases=_targets_case,
    mistakes=(
        Mistake(
            "shifted to the left",
            lambda targets: np.concatenate([targets[:, 1:], np.full((len(targets), 1), PAD)], axis=1),
            "You shifted to the left: so the decoder would be shown the word after the one that it is to say.",
        ),
        Mistake(
            "last column kept",
            lambda targets: np.concatenate([np.full((len(targets), 1), GO), targets], axis=1),
            "One column too many. The last target is said, but read by nobody: drop the last column.",
        ),
        Mistake(
            "first word overwritten",
            lambda targets: np.concatenate([np.full((len(targets), 1), GO), targets[:, 1:]], axis=1),
            "<go> took the place of the first word, and the others did not move. All of them move one place on.",
        ),
        Mistake(
            "last token in front",
            lambda targets: np.roll(targets, 1, axis=1),
            "The last column came round to the front. In front of each row stands <go>.",
        ),
        Mistake(
            "<eos> in front",
            lambda targets: _in_front(targets, EOS),
            "In front stands <eos>, number 2. A sentence begins with <go>, number 1.",
        ),
        Mistake(
            "<pad> in front",
            lambda targets: _in_front(targets, PAD),
            "In front stands <pad>, number 0. A sentence begins with <go>, number 1.",
        ),
        Mistake(
            "rows shifted",
            lambda targets: np.concatenate([np.full((1, targets.shape[1]), GO), targets[:-1]]),
            "You shifted the rows: a sentence reads the one above it. Shift along time, axis 1.",
        ),
        Mistake(
            "not shifted",
            lambda targets: targets,
            "Nothing has moved: the decoder would read the very word that it is to say.",
        ),
    ),
    hints=(
        "Each row: <go>, then the row itself without its last token.",
        "np.full((rows, 1), 1) is a column of <go>; targets[:, :-1] is all but the last column.",
        "np.concatenate([column, rest], axis=1) puts them side by side.",
    ),
    points=1,
    difficulty=1,
    minutes=4,
)


def _cost_case(rng: np.random.Generator) -> Case:
    """Logits that would be right at the padding, so that whoever counts it comes out lower."""
    targets = _targets_case(rng)["targets"] % 7
    targets[targets == PAD] = 6
    lengths = [5, *rng.permutation([2, 3])]
    targets = np.where(sequences.sequence_mask(lengths, 5), targets, PAD)
    logits = rng.normal(0, 2, size=(3, 5, 7))
    logits[..., PAD] += np.where(targets == PAD, 2.0, 0.0)
    return {"logits": logits, "targets": targets}


def _log_softmax(logits: np.ndarray, axis: int = -1) -> np.ndarray:
    shifted = logits - np.max(logits, axis=axis, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


def _costs(logits: np.ndarray, targets: np.ndarray, axis: int = -1) -> np.ndarray:
    """-log p of the target at every place, padding included."""
    return -np.take_along_axis(_log_softmax(logits, axis), targets[:, :, None], axis=2)[:, :, 0]


def _mean_of_the_sentences(logits, targets):
    real = targets != PAD
    return np.mean(np.sum(_costs(logits, targets) * real, axis=1) / np.sum(real, axis=1))


#: A network that is very sure of itself at one place: exp(1000) is more than a float can hold.
_SURE = {
    "logits": np.array([[[1000.0, 0, 990, -3], [0.5, 2, -1, 1]], [[1, 0, 3, 2], [0, 4, 1, 2]]]),
    "targets": np.array([[2, 3], [1, 0]]),
}


def _picked(values: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """The values of the targets at the real places."""
    return np.take_along_axis(values, targets[:, :, None], axis=2)[:, :, 0][targets != PAD]


def _log_of_shares(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits)
    return np.log(powers / powers.sum(axis=2, keepdims=True))


def _minus_log_of_sum(logits: np.ndarray) -> np.ndarray:
    return logits - np.log(np.exp(logits).sum(axis=2, keepdims=True))


def _overflowing(
    log_p: Callable[[np.ndarray], np.ndarray],
    average: Callable[[np.ndarray, np.ndarray], Any] = lambda costs, targets: np.mean(costs[targets != PAD]),
) -> Callable[[np.ndarray, np.ndarray], Any]:
    """A cost by log p that overflows, averaged as it should be or in another way."""

    def cost(logits, targets):
        with np.errstate(all="ignore"):
            return average(-np.take_along_axis(log_p(logits), targets[:, :, None], axis=2)[:, :, 0], targets)

    return cost


def _mean_with_padding(costs: np.ndarray, targets: np.ndarray) -> Any:
    return np.mean(costs)


def _sum_by_all_places(costs: np.ndarray, targets: np.ndarray) -> Any:
    return np.mean(costs * (targets != PAD))


_OVERFLOW = (
    "Right for small logits. For a logit of 1000 the exponential is infinite: take the largest logit of each place off "
    "first."
)
_OVERFLOWS_TOO = " (And a logit of 1000 overflows: take the largest of each place off first.)"
_PADDING_COUNTED = "The padding counts, like any word. Leave the places out whose target is 0."
_DIVIDED_BY_ALL = (
    "The padding costs nothing, but you still divide by the number of all places, so that the cost shrinks with every "
    "column of padding. Divide by the number of real places."
)

masked_cross_entropy = Exercise(
    name="masked_cross_entropy",
    reference=translation_scores.masked_cross_entropy,
    cases=_cost_case,
    edge_cases=(_SURE,),
    mistakes=(
        Mistake(
            "padding counted",
            lambda logits, targets: np.mean(_costs(logits, targets)),
            _PADDING_COUNTED,
        ),
        Mistake("overflow", _overflowing(_log_of_shares), _OVERFLOW),
        Mistake("overflow in the sum", _overflowing(_minus_log_of_sum), _OVERFLOW),
        Mistake(
            "padding counted, overflow",
            _overflowing(_log_of_shares, _mean_with_padding),
            _PADDING_COUNTED + _OVERFLOWS_TOO,
        ),
        Mistake(
            "padding counted, overflow in the sum",
            _overflowing(_minus_log_of_sum, _mean_with_padding),
            _PADDING_COUNTED + _OVERFLOWS_TOO,
        ),
        Mistake(
            "divided by all places",
            lambda logits, targets: np.mean(_costs(logits, targets) * (targets != PAD)),
            _DIVIDED_BY_ALL,
        ),
        Mistake(
            "divided by all places, overflow",
            _overflowing(_log_of_shares, _sum_by_all_places),
            _DIVIDED_BY_ALL + _OVERFLOWS_TOO,
        ),
        Mistake(
            "divided by all places, overflow in the sum",
            _overflowing(_minus_log_of_sum, _sum_by_all_places),
            _DIVIDED_BY_ALL + _OVERFLOWS_TOO,
        ),
        Mistake(
            "only the padding counted",
            lambda logits, targets: np.mean(_costs(logits, targets)[targets == PAD]),
            "Your mask is the wrong way round: you count the padding and leave the words out.",
        ),
        Mistake(
            "sum instead of mean",
            lambda logits, targets: np.sum(_costs(logits, targets) * (targets != PAD)),
            "That is the sum over the real places. Divide it by their number.",
        ),
        Mistake(
            "mean of the sentences' means",
            _mean_of_the_sentences,
            "You took the mean of each sentence, and then the mean of these. So a word of a short sentence weighs more "
            "than one of a long sentence. Every real place counts the same.",
        ),
        Mistake(
            "divided by the sentences",
            lambda logits, targets: np.sum(_costs(logits, targets) * (targets != PAD)) / len(targets),
            "You divided by the number of sentences. Divide by the number of real places.",
        ),
        Mistake(
            "sign forgotten",
            lambda logits, targets: -np.mean(_costs(logits, targets)[targets != PAD]),
            "A logarithm of a probability is negative. A cost is positive: put a minus before it.",
        ),
        Mistake(
            "softmax over time",
            lambda logits, targets: np.mean(_costs(logits, targets, axis=1)[targets != PAD]),
            "Your probabilities add up to 1 over the places. They are to add up over the words, the last axis.",
        ),
        Mistake(
            "logarithm left out",
            lambda logits, targets: np.mean(np.exp(-_costs(logits, targets))[targets != PAD]),
            "That is the mean probability of the right word. Its logarithm is wanted, with a minus.",
        ),
        Mistake(
            "logits not normalised",
            lambda logits, targets: -np.mean(_picked(logits, targets)),
            "You took the logits themselves. First log p: the logit minus the log of the sum of exp over the words.",
        ),
    ),
    hints=(
        "First log p of all words, shape (batch, time, words); then the target's; then the mean over real places.",
        "np.take_along_axis(log_p, targets[:, :, None], axis=2)[:, :, 0] picks the target's at every place.",
        "real = targets != 0, and then the sum of what was picked, times real, divided by the sum of real.",
    ),
    points=2,
    difficulty=2,
    minutes=8,
)


def _attention_case(rng: np.random.Generator) -> Case:
    return {
        "query": rng.normal(size=(3, 5)),
        "memory": rng.normal(size=(3, 4, 5)),
        "mask": sequences.sequence_mask([4, *rng.permutation([2, 3])], 4),
    }


def _attended(
    query: np.ndarray,
    memory: np.ndarray,
    mask: np.ndarray,
    weigh: Callable[[np.ndarray, np.ndarray], np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """The weights from the scores in a wrong way, and the context that follows from them."""
    weights = weigh(np.einsum("bu,btu->bt", query, memory), mask)
    return np.einsum("bt,btu->bu", weights, memory), weights


def _softmax(scores: np.ndarray, axis: int | None = 1) -> np.ndarray:
    powers = np.exp(scores - np.max(scores))
    return powers / np.sum(powers, axis=axis, keepdims=True)


def _masked(scores: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return np.where(mask, scores, -np.inf)


def _plain_mean(query, memory, mask):
    weights = translation.attend(query, memory, mask)[1]
    return np.mean(memory, axis=1), weights


def _wrong_weights(weigh: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Callable[..., Any]:
    return lambda query, memory, mask: _attended(query, memory, mask, weigh)


attend = Exercise(
    name="attend",
    reference=translation.attend,
    cases=_attention_case,
    parts=("context", "weights"),
    mistakes=(
        Mistake(
            "padding looked at",
            _wrong_weights(lambda scores, mask: _softmax(scores)),
            "Your weights look at the padding too. Where the mask is False the weight has to be 0.",
        ),
        Mistake(
            "scores of the padding set to 0",
            _wrong_weights(lambda scores, mask: _softmax(np.where(mask, scores, 0))),
            "You set the scores of the padding to 0, but exp(0) is 1, so it still gets weight. What number has exp 0?",
        ),
        Mistake(
            "masked after the softmax",
            _wrong_weights(lambda scores, mask: _softmax(scores) * mask),
            "The padding gets no weight, but the other weights no longer add up to 1: mask the scores, before the "
            "softmax.",
        ),
        Mistake(
            "no softmax",
            _wrong_weights(lambda scores, mask: np.where(mask, scores, 0)),
            "Those are the scores. The softmax makes weights of them, which are positive and add up to 1.",
        ),
        Mistake(
            "softmax over the batch",
            _wrong_weights(lambda scores, mask: _softmax(_masked(scores, mask), axis=0)),
            "The weights of one sentence are to add up to 1, over its words. Yours add up over the batch.",
        ),
        Mistake(
            "only the best word",
            _wrong_weights(lambda scores, mask: np.eye(4)[np.argmax(_masked(scores, mask), axis=1)]),
            "You look at the word with the largest score only. Every word gets its share, by the softmax.",
        ),
        Mistake(
            "scores divided by the root of the units",
            _wrong_weights(lambda scores, mask: _softmax(_masked(scores / np.sqrt(5), mask))),
            "You divided the scores by the root of the number of units, as the Transformer does. Here they are plain "
            "dot products.",
        ),
        Mistake(
            "plain mean",
            _plain_mean,
            "Your weights are right, but the context is the plain mean of the states. Weigh each state first.",
        ),
    ),
    hints=(
        "Four lines: scores, mask, softmax, weighted sum. A score is the dot product of the query with one state.",
        "np.sum(query[:, None] * memory, axis=2) has all the scores. Where the mask is False put -np.inf.",
        "rnncourse.softmax_with_temperature(scores, 1.0) makes weights; the context is "
        "np.sum(weights[:, :, None] * memory, axis=1).",
    ),
    points=3,
    difficulty=2,
    minutes=10,
)


TOKENS, LONGEST = 5, 5


class Language:
    """A tiny language: log p of the next token depends on the last token and on how many there are."""

    def __init__(self, table: np.ndarray) -> None:
        self.table = table  # (longest, tokens + 1, tokens); the last row of each is for the empty beginning

    def __call__(self, tokens: Sequence[int]) -> np.ndarray:
        """Log p of each next token after these."""
        if len(tokens) >= LONGEST:
            raise ValueError(
                f"log_probabilities was asked what comes after {len(tokens)} tokens, {tokens}. There are at most "
                f"{LONGEST} steps. Do two candidates share one list? (*tokens, token) makes a new one."
            )
        last = int(tokens[-1]) if len(tokens) else TOKENS
        return self.table[len(tokens), last]


def draw_language(rng: np.random.Generator, end: int, ends_often: bool = True) -> Language:
    """A language in which sentences end now and then, or hardly ever."""
    logits = rng.normal(0, 1.2, size=(LONGEST, TOKENS + 1, TOKENS))
    logits[:, :, end] += 0.3 if ends_often else -9.0
    return Language(logits - np.log(np.sum(np.exp(logits), axis=2, keepdims=True)))


def _searched(
    language: Callable[..., np.ndarray],
    width: int,
    longest: int,
    end: int,
    *,
    gain_of: Callable[[float], float] = lambda gain: gain,
    add: Callable[[float, float], float] = lambda score, gain: score + gain,
    prune: Callable[[list[list], int], list] = lambda families, width: sorted(
        [beam for family in families for beam in family], key=lambda beam: -beam[1]
    )[:width],
    stops: bool = True,
    first: bool = False,
    choose: Callable[[tuple], float] = lambda beam: beam[1],
) -> tuple[np.ndarray, float]:
    """The reference with knobs for its mistakes."""
    beams = [((), 0.0)]
    for _ in range(longest):
        families = []
        for tokens, score in beams:
            if stops and end in tokens:
                families.append([(tokens, score)])
            else:
                gains = map(gain_of, language(tokens).tolist())
                families.append([((*tokens, token), add(score, gain)) for token, gain in enumerate(gains)])
        beams = prune(families, width)
        complete = [beam for beam in beams if end in beam[0]]
        if first and complete:
            return np.array(complete[0][0]), complete[0][1]
    tokens, score = max(beams, key=choose)
    return np.array(tokens), score


def _best_of_each(families: list[list], width: int) -> list:
    """The ``width`` best continuations of every beginning: the number of beams grows."""
    return [beam for family in families for beam in sorted(family, key=lambda beam: -beam[1])[:width]]


def _worst(families: list[list], width: int) -> list:
    return sorted([beam for family in families for beam in family], key=lambda beam: beam[1])[:width]


def _complete_ones_lost(language, width, longest, end):
    """The complete sentences are neither continued nor kept."""
    beams = [((), 0.0)]
    for _ in range(longest):
        candidates = []
        for tokens, score in beams:
            if end not in tokens:
                candidates += [((*tokens, token), score + gain) for token, gain in enumerate(language(tokens))]
        beams = sorted(candidates, key=lambda beam: -beam[1])[:width]
    return np.array(beams[0][0]), beams[0][1]


def _set_aside(language, width, longest, end, *, among_the_best=True):
    """Complete sentences leave the competition; in the end the best of them and of the open ones wins."""
    beams, complete = [((), 0.0)], []
    for _ in range(longest):
        candidates = [
            ((*tokens, token), score + gain) for tokens, score in beams for token, gain in enumerate(language(tokens))
        ]
        candidates.sort(key=lambda beam: -beam[1])
        if among_the_best:
            candidates = candidates[:width]
        complete += [beam for beam in candidates if beam[0][-1] == end]
        beams = [beam for beam in candidates if beam[0][-1] != end][:width]
    tokens, score = max(complete + beams, key=lambda beam: beam[1])
    return np.array(tokens), score


def _without_the_end(language, width, longest, end):
    tokens, score = translation.beam_search(language, width, longest, end)
    return tokens[tokens != end], score


def _as_a_probability(language, width, longest, end):
    tokens, score = translation.beam_search(language, width, longest, end)
    return tokens, float(np.exp(score))


def _with_start(language, width, longest, end):
    tokens, score = translation.beam_search(language, width, longest, end)
    return np.array([GO, *tokens]), score


_VARIANTS = {
    "greedy": lambda language, width, longest, end: _searched(language, 1, longest, end),
    "complete sentences go on": lambda *given: _searched(*given, stops=False),
    "first complete one taken": lambda *given: _searched(*given, first=True),
    "every beginning keeps its own": lambda *given: _searched(*given, prune=_best_of_each),
    "last probability only": lambda *given: _searched(*given, add=lambda score, gain: gain),
    "probabilities added": lambda *given: _searched(*given, gain_of=np.exp),
    "mean instead of sum": lambda *given: _searched(*given, choose=lambda beam: beam[1] / len(beam[0])),
}
_LIKELY = ("greedy", "complete sentences go on", "first complete one taken")


def _any_search_case(rng: np.random.Generator) -> Case:
    end, width = int(rng.integers(TOKENS)), int(rng.integers(2, 4))
    return {"log_probabilities": draw_language(rng, end), "width": width, "longest": LONGEST, "end": end}


def _search_case(rng: np.random.Generator) -> Case:
    """A language in which each of the likely mistakes leads to another sentence."""
    while True:
        case = _any_search_case(rng)
        truth = translation.beam_search(*case.values())[0]
        if not any(np.array_equal(_VARIANTS[name](*case.values())[0], truth) for name in _LIKELY):
            return case


#: Two languages that tell every two of the variants apart, and one whose sentences are cut at the longest.
_TELLING = tuple(_any_search_case(np.random.default_rng(seed)) for seed in (804, 1345))
_CUT = {
    "log_probabilities": draw_language(np.random.default_rng(3), 3, ends_often=False),
    "width": 2,
    "longest": 4,
    "end": 3,
}

#: Here it matters that a complete sentence takes up a place, and that it can be displaced.
_ASIDE = _any_search_case(np.random.default_rng(7))

_NOT_ASIDE = (
    "You set complete sentences aside, where nothing can displace them. Here they stay among the candidates and "
    "compete for the width places at every step."
)

beam_search = Exercise(
    name="beam_search",
    reference=translation.beam_search,
    cases=_search_case,
    edge_cases=(*_TELLING, _CUT, _ASIDE),
    parts=("tokens", "score"),
    mistakes=(
        Mistake(
            "greedy",
            _VARIANTS["greedy"],
            "That is greedy decoding: only one beginning is kept. Keep the width best.",
        ),
        Mistake(
            "complete sentences go on",
            _VARIANTS["complete sentences go on"],
            "A sentence that has said the end token is continued all the same. Put it among the candidates as it is.",
        ),
        Mistake(
            "complete sentences lost",
            _complete_ones_lost,
            "A sentence that has said the end token is not continued, which is right, but it is lost. Put it among the "
            "candidates as it is.",
        ),
        Mistake("complete sentences set aside", _set_aside, _NOT_ASIDE),
        Mistake(
            "complete sentences set aside, all of them",
            lambda *given: _set_aside(*given, among_the_best=False),
            _NOT_ASIDE,
        ),
        Mistake(
            "first complete one taken",
            _VARIANTS["first complete one taken"],
            "You return as soon as some sentence is complete. Another, still open, may have a larger sum: go on.",
        ),
        Mistake(
            "every beginning keeps its own",
            _VARIANTS["every beginning keeps its own"],
            "You keep the width best continuations of each beginning, so that there are more and more. Put all "
            "candidates in one list and keep the width best of it.",
        ),
        Mistake(
            "last probability only",
            _VARIANTS["last probability only"],
            "A beginning is judged by its last token alone. Its score is the sum over all of its tokens.",
        ),
        Mistake(
            "probabilities added",
            _VARIANTS["probabilities added"],
            "You add probabilities. Probabilities are multiplied, so their logarithms are added, as they come.",
        ),
        Mistake(
            "mean instead of sum",
            _VARIANTS["mean instead of sum"],
            "In the end you choose by the mean log p of a token. That is a known variant, which prefers long "
            "sentences; here the largest sum wins.",
        ),
        Mistake(
            "worst kept",
            lambda *given: _searched(*given, prune=_worst),
            "You keep the smallest sums. sorted puts the smallest first: turn it round.",
        ),
        Mistake(
            "end token left out",
            _without_the_end,
            "The end token is missing. It belongs to the sentence that it completes.",
        ),
        Mistake(
            "<go> in front",
            _with_start,
            "There is a <go> in front of your tokens. Begin with the empty tuple, ().",
        ),
        Mistake(
            "score as a probability",
            _as_a_probability,
            "The tokens are right. The score is to be the sum of the log p, not a probability.",
        ),
    ),
    hints=(
        "beams is a list of (tokens, score), at first [((), 0.0)]. Each step makes a list of candidates from it.",
        "For an open beginning: one candidate for every token, ((*tokens, token), score + its log p). A complete one "
        "is a candidate as it is.",
        "beams = sorted(candidates, key=lambda beam: -beam[1])[:width], longest times; then the first of beams.",
    ),
    points=4,
    difficulty=3,
    minutes=15,
)


_HELD_OUT = 300
BAR = 0.9


@cache
def _phrases() -> tuple[Any, tuple[str, ...], tuple[str, ...]]:
    """The sentences of our grammar, and the vocabularies of those that are learnt from."""
    from rnncourse.datasets.phrases import make_phrases

    phrases = make_phrases()
    source, target = (vocabulary.build_vocabulary([pair[side] for pair in phrases.train]) for side in (0, 1))
    return phrases, source, target


@cache
def _held_out(seed: int) -> vocabulary.Sentences:
    """Sentences that no training has seen: validation pairs for practice, test pairs for any other seed."""
    phrases, *vocabularies = _phrases()
    pairs = phrases.validation if seed == PRACTICE_SEED else phrases.test
    chosen = np.random.default_rng(seed).permutation(len(pairs))[:_HELD_OUT]
    return vocabulary.make_sentences([pairs[place] for place in chosen], *vocabularies)


def _logits(model: Any, sentences: vocabulary.Sentences) -> np.ndarray:
    logits = np.asarray(model([sentences.sources, sentences.decoder_inputs], training=False))
    expected = (*sentences.targets.shape, len(_phrases()[2]))
    if logits.shape != expected:
        raise ValueError(
            f"For decoder inputs of shape {sentences.targets.shape} it gives {logits.shape}, expected {expected}: a "
            "logit for each word of the target vocabulary, at every place."
        )
    return logits


def _share_right(model: Any, sentences: vocabulary.Sentences, wanted: np.ndarray | None = None) -> float:
    """The share of the places, padding left out, where the likeliest token is the wanted one."""
    likeliest = np.argmax(_logits(model, sentences), axis=-1)
    counts = sentences.targets != PAD
    return float(np.mean((likeliest == (sentences.targets if wanted is None else wanted))[counts]))


def _score(model: Any, seed: int) -> float:
    sentences = _held_out(seed)
    likeliest = np.argmax(_logits(model, sentences), axis=-1)
    return float(np.mean(np.all((likeliest == sentences.targets) | (sentences.targets == PAD), axis=1)))


def _other_sources(sentences: vocabulary.Sentences) -> vocabulary.Sentences:
    """Every sentence with the source of another one."""
    return sentences._replace(sources=np.roll(sentences.sources, 1, axis=0))


def _copies(model: Any, seed: int) -> bool:
    sentences = _held_out(seed)
    return _share_right(model, sentences, wanted=sentences.decoder_inputs) > 0.8


def _never_reads(model: Any, seed: int) -> bool:
    """Whether the logits stay the same when every sentence gets the source of another."""
    sentences = _held_out(seed)
    return bool(np.allclose(_logits(model, sentences), _logits(model, _other_sources(sentences)), atol=1e-3))


def _untrained(model: Any, seed: int) -> bool:
    return _share_right(model, _held_out(seed)) < 0.1


def _reads_backwards(model: Any, seed: int) -> bool:
    """Whether it does clearly better with sources whose words stand in reverse order."""
    sentences = _held_out(seed)
    turned = sentences.sources.copy()
    for row, length in zip(turned, np.sum(turned != PAD, axis=1), strict=True):
        row[:length] = row[:length][::-1]
    return _share_right(model, sentences._replace(sources=turned)) > _share_right(model, sentences) + 0.1


def _knows_no_source(model: Any, seed: int) -> bool:
    """Whether the right source helps it no more than the source of another sentence."""
    sentences = _held_out(seed)
    return _share_right(model, sentences) < _share_right(model, _other_sources(sentences)) + 0.05


translator = Training(
    name="translator",
    score=_score,
    measure="share of sentences translated exactly",
    bar=BAR,
    higher_is_better=True,
    mistakes=(
        Symptom(
            "targets not shifted",
            _copies,
            "It says the very word that it has just been given: was it trained with the targets as decoder inputs, "
            "without shift_right?",
        ),
        Symptom(
            "not trained",
            _untrained,
            "It gets hardly a word right: it has not been trained, or not with the vocabularies of the chapter.",
        ),
        Symptom(
            "source never read",
            _never_reads,
            "It says the same whatever the source is: the decoder never sees the state of the encoder. In the model "
            "of the chapter that is initial_state=state.",
        ),
        Symptom(
            "source backwards",
            _reads_backwards,
            "It does better when the words of the source stand in reverse order: it was trained on reversed sources. "
            "Here they come as they are.",
        ),
        Symptom(
            "source no help",
            _knows_no_source,
            "The right source helps it no more than any other. Either it has trained too little (more epochs, a larger "
            "peak), or the sources no longer belong to their targets.",
        ),
    ),
    hints=(
        "rnncourse.translator(len(english), len(french)) makes the network, and rnncourse.fit trains it, as above.",
        "The inputs are a pair, (sources, decoder_inputs), and loss=rnncourse.masked_loss keeps the padding out.",
        "recipe_optimizer wants the number of all steps: epochs times the batches of an epoch. A new optimizer and a "
        "new model for each try.",
    ),
    points=3,
    difficulty=2,
    minutes=10,
)

EXERCISES = (encode_sentences, shift_right, masked_cross_entropy, beam_search, attend, translator)
