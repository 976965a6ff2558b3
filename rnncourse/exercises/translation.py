"""The exercises of chapter 14: numbers for words, a masked cost, BLEU, beam search and its limits, attention."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from typing import Any

import numpy as np

from rnncourse import designs, sequences, translation, translation_scores, vocabulary
from rnncourse.exercises import alternatives, symptoms
from rnncourse.exercises.definitions import (
    PRACTICE_SEED,
    Case,
    Design,
    Exercise,
    Kind,
    Measure,
    Mistake,
    Symptom,
    Training,
)
from rnncourse.exercises.edits import changed
from rnncourse.vocabulary import EOS, GO, PAD, SPECIAL

_WORDS = ("cat", "milk", "drinks", "sees", "the", "old", "dog", "bread", "eats", "my", "house", "red")
_KNOWN = 8


def _sentences_case(
    rng: np.random.Generator, end: bool | None = None, others: tuple[int, ...] = (2, 5), knows: int = _KNOWN
) -> Case:
    """Sentences of different lengths, the first neither the longest nor without a word that is unknown."""
    words = rng.permutation(_WORDS).tolist()
    known, unknown = words[:knows], words[knows:]
    lengths = [3, *rng.permutation(others).tolist()]
    sentences = [rng.choice(known, size=length).tolist() for length in lengths]
    sentences[0][1], sentences[1][0] = unknown[0], unknown[1]
    return {
        "sentences": [" ".join(sentence) for sentence in sentences],
        "vocabulary": [*SPECIAL, *known],
        "end": bool(rng.integers(2)) if end is None else end,
    }


_encode = partial(changed, vocabulary.encode_sentences)

encode_sentences = Exercise(
    name="encode_sentences",
    kind=Kind.NEW_CASE,
    reference=vocabulary.encode_sentences,
    alternatives=(alternatives.encode_sentences,),
    cases=_sentences_case,
    other_cases=tuple(_sentences_case(np.random.default_rng(14), end, (2, 6, 4), _KNOWN + 1) for end in (True, False)),
    mistakes=(
        Mistake(
            "<eos> forgotten",
            _encode(("if end", "if False")),
            "Where end is True, each sentence is followed by <eos>. Yours never is.",
        ),
        Mistake(
            "<eos> always",
            _encode(("if end", "if True")),
            "You put <eos> after every sentence. It belongs there only where end is True.",
        ),
        Mistake(
            "<eos> after the padding",
            _encode(
                (
                    "rows = [[*row, EOS] for row in rows]",
                    "return np.insert(pad(rows, PAD)[0], max(map(len, rows)), EOS, axis=1)",
                )
            ),
            "Your <eos> stands in the last column, after the padding. It follows the last word, and then comes <pad>.",
        ),
        Mistake(
            "<go> in front",
            _encode(("[*row, EOS]", "[GO, *row, EOS]")),
            "There is a <go> in front. It is no part of a target; the next exercise puts it where it belongs.",
        ),
        Mistake(
            "padded in front",
            _encode(("pad(rows, PAD)[0]", "pad([row[::-1] for row in rows], PAD)[0][:, ::-1]")),
            "You filled up in front. The words come first, then <pad>.",
        ),
        Mistake(
            "filled with <eos>",
            _encode(("pad(rows, PAD)", "pad(rows, EOS)")),
            "You filled up with <eos>. One <eos> ends a sentence; what is filled up is <pad>, number 0.",
        ),
        Mistake(
            "letters taken for words",
            _encode(("sentence.split()", "sentence")),
            "You go through the letters of a sentence, each of which is unknown. First cut it into words, at the "
            "blanks.",
        ),
        Mistake(
            "unknown words left out",
            _encode(
                ("number.get(word, UNK)", "number[word]"), ("sentence.split()", "sentence.split() if word in number")
            ),
            "You left out the words that are not in the vocabulary. Each of them is read as <unk>.",
        ),
        Mistake(
            "unknown words as padding",
            _encode(("UNK", "PAD")),
            "A word that is not in the vocabulary got the number of <pad>. It is there, only unknown: <unk>.",
        ),
        Mistake(
            "special tokens not counted",
            _encode(("word: index", "word: index - len(SPECIAL)")),
            "Your numbers are 4 too small: the number of a word is its place in the vocabulary, and the four special "
            "tokens come first.",
        ),
        Mistake(
            "rows of different lengths",
            _encode(("pad(rows, PAD)[0].astype(np.int32)", "rows")),
            "Your rows are not of one length: fill up the short ones. Or did you return both results of rnncourse.pad? "
            "The first of them is the batch.",
        ),
        Mistake(
            "time before batch",
            lambda *given: vocabulary.encode_sentences(*given).T,
            "Rows and columns are exchanged: a row is a sentence, a column is a place in it.",
        ),
        Mistake(
            "words sorted",
            _encode(("sentence.split()]", "sorted(sentence.split())]")),
            "The words of a sentence stand in alphabetical order. They stay in the order in which they are said.",
        ),
        Mistake(
            "<eos> after the last sentence only",
            _encode(("[[*row, EOS] for row in rows]", "[*rows[:-1], [*rows[-1], EOS]]")),
            "Only the last sentence gets its <eos>. Where end is True, each sentence is followed by one.",
        ),
        Mistake(
            "numbers one too large",
            _encode(("word: index", "word: index + 1")),
            "Your numbers are 1 too large: a word's number is its place in the vocabulary, counted from 0.",
        ),
        Mistake(
            "backwards",
            _encode(("sentence.split()]", "reversed(sentence.split())]")),
            "The words of a sentence run backwards. They stay in the order in which they are said.",
        ),
        Mistake(
            "<go> for <eos>",
            _encode(("[*row, EOS]", "[*row, GO]")),
            "You put <go>, number 1, after the sentences. What ends a sentence is <eos>, number 2.",
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


def _targets_case(rng: np.random.Generator, shape: tuple[int, int] = (3, 5)) -> Case:
    """Targets whose rows end in different places; the first row is the longest and has no padding."""
    batch, longest = shape[0], shape[1] - 1
    targets = rng.permutation(np.arange(len(SPECIAL), len(SPECIAL) + batch * shape[1])).reshape(shape)
    for row, length in enumerate([longest, *rng.permutation(np.arange(2, longest))[: batch - 1]]):
        targets[row, length:] = [EOS] + [PAD] * (longest - length)
    return {"targets": targets}


def _cost_case(rng: np.random.Generator) -> Case:
    """Logits that would be right at the padding, so that whoever counts it comes out lower."""
    targets = _targets_case(rng)["targets"] % 7
    targets[targets == PAD] = 6
    lengths = [5, *rng.permutation([2, 3])]
    targets = np.where(sequences.sequence_mask(lengths, 5), targets, PAD)
    logits = rng.normal(0, 2, size=(3, 5, 7))
    logits[..., PAD] += np.where(targets == PAD, 2.0, 0.0)
    return {"logits": logits, "targets": targets}


#: A network that is very sure of itself at one place: exp(1000) is more than a float can hold.
_SURE = {
    "logits": np.array([[[1000.0, 0, 990, -3], [0.5, 2, -1, 1]], [[1, 0, 3, 2], [0, 4, 1, 2]]]),
    "targets": np.array([[2, 3], [1, 0]]),
}


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

_cost = partial(changed, translation_scores.masked_cross_entropy)
_PADDING_TOO = "given[targets != PAD]", "given"
_BY_ALL_PLACES = "given[targets != PAD]", "given[:, :, 0] * (targets != 0)"
#: Two ways in which exp overflows: log of the softmax, and the logit minus log of the sum.
_NOTHING_OFF = " - logits.max(axis=2, keepdims=True)", ""
_SHARES = _NOTHING_OFF, ("shifted - np.log(np.exp(shifted)", "np.log(np.exp(shifted) / np.exp(shifted)")


def _overflowing(*edits: tuple[str, str]) -> Callable[..., Any]:
    return np.errstate(all="ignore")(_cost(*edits))


masked_cross_entropy = Exercise(
    name="masked_cross_entropy",
    kind=Kind.BUG,
    starts_from="divided by all places",
    reference=translation_scores.masked_cross_entropy,
    withheld=("masked_loss",),
    alternatives=(alternatives.masked_cross_entropy,),
    cases=_cost_case,
    edge_cases=(_SURE,),
    mistakes=(
        Mistake("padding counted", _cost(_PADDING_TOO), _PADDING_COUNTED),
        Mistake("overflow", _overflowing(*_SHARES), _OVERFLOW),
        Mistake("overflow in the sum", _overflowing(_NOTHING_OFF), _OVERFLOW),
        Mistake("padding counted, overflow", _overflowing(*_SHARES, _PADDING_TOO), _PADDING_COUNTED + _OVERFLOWS_TOO),
        Mistake(
            "padding counted, overflow in the sum",
            _overflowing(_NOTHING_OFF, _PADDING_TOO),
            _PADDING_COUNTED + _OVERFLOWS_TOO,
        ),
        Mistake("divided by all places", _cost(_BY_ALL_PLACES), _DIVIDED_BY_ALL),
        Mistake(
            "divided by all places, overflow",
            _overflowing(*_SHARES, _BY_ALL_PLACES),
            _DIVIDED_BY_ALL + _OVERFLOWS_TOO,
        ),
        Mistake(
            "divided by all places, overflow in the sum",
            _overflowing(_NOTHING_OFF, _BY_ALL_PLACES),
            _DIVIDED_BY_ALL + _OVERFLOWS_TOO,
        ),
        Mistake(
            "only the padding counted",
            _cost(("!= PAD", "== PAD")),
            "Your mask is the wrong way round: you count the padding and leave the words out.",
        ),
        Mistake(
            "sum instead of mean",
            _cost(("np.mean", "np.sum")),
            "That is the sum over the real places. Divide it by their number.",
        ),
        Mistake(
            "mean of the sentences' means",
            _cost(("given[targets != PAD]", "[np.mean(row[real]) for row, real in zip(given, targets != PAD)]")),
            "You took the mean of each sentence, and then the mean of these. So a word of a short sentence weighs more "
            "than one of a long sentence. Every real place counts the same.",
        ),
        Mistake(
            "divided by the sentences",
            _cost(("np.mean(given[targets != PAD])", "np.sum(given[targets != PAD] / len(targets))")),
            "You divided by the number of sentences. Divide by the number of real places.",
        ),
        Mistake(
            "sign forgotten",
            _cost(("-np.mean", "np.mean")),
            "A logarithm of a probability is negative. A cost is positive: put a minus before it.",
        ),
        Mistake(
            "softmax over time",
            _cost(("max(axis=2", "max(axis=1"), ("sum(axis=2", "sum(axis=1")),
            "Your probabilities add up to 1 over the places. They are to add up over the words, the last axis.",
        ),
        Mistake(
            "logarithm left out",
            _cost(("-np.mean(given", "np.mean(np.exp(given)")),
            "That is the mean probability of the right word. Its logarithm is wanted, with a minus.",
        ),
        Mistake(
            "logits not normalised",
            _cost(("(log_p,", "(logits,")),
            "You took the logits themselves. First log p: the logit minus the log of the sum of exp over the words.",
        ),
        Mistake(
            "base 2",
            lambda *given: translation_scores.masked_cross_entropy(*given) / np.log(2),
            "That is the cost in bits. The natural logarithm, np.log, is meant.",
        ),
        Mistake(
            "base 2 in the sum",
            _cost(("np.log(np.exp", "np.log2(np.exp")),
            "The logarithm of the sum is to base 2. exp wants the natural logarithm, np.log, on its way back.",
        ),
        Mistake(
            "<eos> left out",
            _cost(("targets != PAD]", "(targets != PAD) & (targets != EOS)]"), EOS=EOS),
            "You leave out <eos> as well. It is no padding: that a sentence ends there has to be learnt, too.",
        ),
        Mistake(
            "likeliest word for the right one",
            _cost(("np.take_along_axis(log_p, targets[:, :, np.newaxis], 2)", "log_p.max(axis=2, keepdims=True)")),
            "You took the likeliest word of each place. What counts is the word that was to be said.",
        ),
        Mistake(
            "only the padding counted, not divided",
            _cost(("!= PAD", "== PAD"), ("np.mean", "np.sum")),
            "Your mask is the wrong way round: you count the padding and leave the words out. And the sum is not "
            "divided by the number of places.",
        ),
        Mistake(
            "all words counted",
            _cost(("np.take_along_axis(log_p, targets[:, :, np.newaxis], 2)", "log_p")),
            "All words are counted at each place. Only the word that was to be said is.",
        ),
        Mistake(
            "softmax over the batch",
            _cost(("max(axis=2", "max(axis=0"), ("sum(axis=2", "sum(axis=0")),
            "Your probabilities add up to 1 over the sentences. They are to add up over the words, the last axis.",
        ),
    ),
    hints=(
        "Take the batch of the text, and the same batch with more columns of padding. Follow both through the lines: "
        "from which one on do they differ?",
        "The sum of the costs is the same for both. By what is it divided, each time?",
        "np.mean divides by the number of all entries. Choose the entries at real places before you take it, or divide "
        "the sum by the number of real places.",
    ),
    points=2,
    difficulty=1,
    minutes=6,
)


def _bleu_case(rng: np.random.Generator, sentences: int = 4, longer: bool = False) -> Case:
    """Predictions with a strange word and one said twice, one sentence turned round; in all too short, or too long."""
    references, predictions = [], []
    for place in range(sentences):
        *words, stranger = rng.permutation(_WORDS)[: rng.integers(8, 12)].tolist()
        kept = words if longer else words[: rng.integers(4, len(words) - 2)]
        references.append(" ".join(words))
        predictions.append(" ".join(words[::-1] if place == 1 else [*kept, stranger, words[0]]))
    return {"predictions": predictions, "references": references}


#: One run of four words is right in the first, and none in the second.
_ONE_RUN = {
    "predictions": ["the old cat sees my dog", "red bread eats"],
    "references": ["the old cat sees the dog", "red bread drinks milk"],
}
_NO_RUN = _ONE_RUN | {"predictions": ["the old cat eats my dog", "red bread eats"]}

_bleu = partial(changed, translation_scores.corpus_bleu)
_RUNS = "Counter(zip(*(words[k:] for k in range(n)), strict=False))"

corpus_bleu = Exercise(
    name="corpus_bleu",
    kind=Kind.ASSEMBLY,
    reference=translation_scores.corpus_bleu,
    withheld=("corpus_scores",),
    alternatives=(alternatives.corpus_bleu,),
    cases=_bleu_case,
    other_cases=(
        _bleu_case(np.random.default_rng(2), 3, longer=True),
        _bleu_case(np.random.default_rng(5), 6),
        _ONE_RUN,
    ),
    edge_cases=(_NO_RUN,),
    mistakes=(
        Mistake(
            "not clipped",
            _bleu(("sum((made & there).values())", "sum(count for run, count in made.items() if run in there)")),
            "Your counts are not clipped: a run that the reference has once counts each time it is said. It counts at "
            "most as often as it stands in the reference.",
        ),
        Mistake(
            "each run counted once",
            _bleu((_RUNS, f"Counter(set({_RUNS[8:-1]}))")),
            "You count each run once, however often it is said. Count all of them, in the prediction and in the "
            "reference.",
        ),
        Mistake(
            "no brevity penalty",
            _bleu(("100 * brevity", "100")),
            "Your score lacks the factor for what is too short: min(1, exp(1 - r / c)).",
        ),
        Mistake(
            "brevity penalty for long translations too",
            _bleu(("min(1.0, np.exp(1 - wanted / said))", "np.exp(1 - wanted / said)")),
            "The factor for brevity is at most 1: who says more than the references gets nothing on top.",
        ),
        Mistake(
            "lengths exchanged in the brevity penalty",
            _bleu(("1 - wanted / said", "1 - said / wanted")),
            "Your factor for brevity has the lengths exchanged. c, what was said, stands below the line.",
        ),
        Mistake(
            "lengths in letters",
            _bleu(("sum(len(pair[side]) for pair in pairs)", "sum(len(' '.join(pair[side])) for pair in pairs)")),
            "Your c and r count letters: the length of a text. They are numbers of words.",
        ),
        Mistake(
            "lengths divided, without exp",
            _bleu(("np.exp(1 - wanted / said)", "said / wanted")),
            "Your factor for brevity is c / r. It is exp(1 - r / c), where that is below 1.",
        ),
        Mistake(
            "arithmetic mean",
            _bleu(("np.exp(np.mean(np.log(precisions)))", "np.mean(precisions)")),
            "You took the plain mean of the four shares. Take the fourth root of their product.",
        ),
        Mistake(
            "product without the root",
            _bleu(("np.exp(np.mean(np.log(precisions)))", "np.prod(precisions)")),
            "That is the product of the four shares. Its fourth root is wanted.",
        ),
        Mistake(
            "runs of one to three words",
            _bleu(("range(1, 5)", "range(1, 4)")),
            "You stop at runs of three words. Those of four count as well.",
        ),
        Mistake(
            "single words only",
            _bleu(("range(1, 5)", "range(1, 2)")),
            "You count single words only. Runs of two, three and four words count as much.",
        ),
        Mistake(
            "divided by the runs of the references",
            _bleu(("total += sum(made.values())", "total += sum(there.values())")),
            "You divide by the number of runs in the references. p_n is a share of what was said.",
        ),
        Mistake(
            "mean of the sentences' scores",
            lambda said, wanted: float(
                np.mean(
                    [translation_scores.corpus_bleu([one], [other]) for one, other in zip(said, wanted, strict=True)]
                )
            ),
            "You took the mean of the sentences' scores, in which a sentence without a run of four has 0. Add the "
            "counts of all sentences up first; divide, multiply and take the root once, at the end.",
        ),
        Mistake(
            "a share instead of per cent",
            _bleu(("100 * brevity", "brevity")),
            "Right, but for the unit: BLEU goes from 0 to 100.",
        ),
        Mistake(
            "predictions and references exchanged",
            lambda said, wanted: translation_scores.corpus_bleu(wanted, said),
            "You scored the references against the predictions. The shares are of what was said, the first argument.",
        ),
    ),
    hints=(
        "For n = 1, 2, 3, 4: two numbers, added up over all sentences: how many runs were said, and how many of them "
        "count as right. zip(words, words[1:]) makes the runs of two.",
        "collections.Counter counts runs, and a & b of two counters takes the smaller of each count: that clips them.",
        "The fourth root of a product is np.prod(shares) ** 0.25. c and r are the numbers of words of all predictions "
        "and of all references.",
    ),
    points=3,
    difficulty=2,
    minutes=12,
)


def _attention_case(rng: np.random.Generator, batch: int = 3, time_steps: int = 4, units: int = 5) -> Case:
    return {
        "query": rng.normal(size=(batch, units)),
        "memory": rng.normal(size=(batch, time_steps, units)),
        "mask": sequences.sequence_mask(
            [time_steps, *rng.permutation(np.arange(2, time_steps))[: batch - 1]], time_steps
        ),
    }


_attend = partial(changed, translation.attend)
_SCORES = "np.sum(query[:, np.newaxis] * memory, axis=2)"
_MASKED = f"np.where(mask, {_SCORES}, -np.inf)"
_SOFTMAX = "softmax_with_temperature(scores, 1.0)"

attend = Exercise(
    name="attend",
    kind=Kind.NEW_CASE,
    reference=translation.attend,
    alternatives=(alternatives.attend,),
    cases=_attention_case,
    other_cases=(_attention_case(np.random.default_rng(3), 4, 6, 7),),
    parts=("context", "weights"),
    mistakes=(
        Mistake(
            "padding looked at",
            _attend((_MASKED, _SCORES)),
            "Your weights look at the padding too. Where the mask is False the weight has to be 0.",
        ),
        Mistake(
            "scores of the padding set to 0",
            _attend(("-np.inf", "0")),
            "You set the scores of the padding to 0, but exp(0) is 1, so it still gets weight. What number has exp 0?",
        ),
        Mistake(
            "masked after the softmax",
            _attend((_MASKED, _SCORES), (_SOFTMAX, f"{_SOFTMAX} * mask")),
            "The padding gets no weight, but the other weights no longer add up to 1: mask the scores, before the "
            "softmax.",
        ),
        Mistake(
            "no softmax",
            _attend(("-np.inf", "0"), (_SOFTMAX, "scores")),
            "Those are the scores. The softmax makes weights of them, which are positive and add up to 1.",
        ),
        Mistake(
            "softmax over the batch",
            _attend((_SOFTMAX, "softmax_with_temperature(scores.T, 1.0).T")),
            "The weights of one sentence are to add up to 1, over its words. Yours add up over the batch.",
        ),
        Mistake(
            "only the best word",
            _attend((_SOFTMAX, "np.eye(scores.shape[1])[np.argmax(scores, axis=1)]")),
            "You look at the word with the largest score only. Every word gets its share, by the softmax.",
        ),
        Mistake(
            "scores divided by the root of the units",
            _attend((_SCORES, f"{_SCORES} / np.sqrt(query.shape[1])")),
            "You divided the scores by the root of the number of units, as the Transformer does. Here they are plain "
            "dot products.",
        ),
        Mistake(
            "plain mean",
            _attend(("np.sum(weights[:, :, np.newaxis] * memory, axis=1)", "np.mean(memory, axis=1)")),
            "Your weights are right, but the context is the plain mean of the states. Weigh each state first.",
        ),
        Mistake(
            "not divided by the sum",
            _attend((_SOFTMAX, "np.exp(scores - scores.max(axis=1, keepdims=True))")),
            "Your weights do not add up to 1: after exp each row is divided by its sum.",
        ),
        Mistake(
            "not divided by the sum, largest not taken off",
            _attend((_SOFTMAX, "np.exp(scores)")),
            "Your weights do not add up to 1: after exp each row is divided by its sum.",
        ),
        Mistake(
            "scores of the padding set to -1",
            _attend(("-np.inf", "-1")),
            "You set the scores of the padding to -1, but exp(-1) is not 0, so it still gets weight. What number has "
            "exp 0?",
        ),
        Mistake(
            "sum of the query",
            _attend(("weights[:, :, np.newaxis] * memory", "weights[:, :, np.newaxis] * query[:, np.newaxis]")),
            "Your weights are right, but you weigh the query with them. The context is a weighted sum of the memory.",
        ),
        Mistake(
            "query added",
            _attend(
                (
                    "np.sum(weights[:, :, np.newaxis] * memory, axis=1)",
                    "query + np.sum(weights[:, :, np.newaxis] * memory, axis=1)",
                )
            ),
            "Your weights are right, but the query is added to the context. The context is the weighted sum alone.",
        ),
        Mistake(
            "plain sum",
            _attend(("np.sum(weights[:, :, np.newaxis] * memory, axis=1)", "np.sum(memory, axis=1)")),
            "Your weights are right, but the context is the plain sum of the states. Weigh each state first.",
        ),
        Mistake(
            "padding looked at, the words not",
            np.errstate(all="ignore")(_attend((_MASKED, f"np.where(mask, -np.inf, {_SCORES})"))),
            "Your mask is the wrong way round: it is True where there is a word, and there the scores stay.",
        ),
        Mistake(
            "cosine for product",
            _attend((_SCORES, f"{_SCORES} / np.linalg.norm(query, axis=1)[:, None] / np.linalg.norm(memory, axis=2)")),
            "You divide the scores by the lengths of the vectors. Here they are plain dot products.",
        ),
        Mistake(
            "results in the other order",
            lambda *given: translation.attend(*given)[::-1],
            "Both results are right, but in the wrong order: first the context, then the weights.",
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
        if not isinstance(tokens, tuple):
            raise TypeError(
                f"log_probabilities takes the tokens said so far as a tuple, and was handed a {type(tokens).__name__}."
            )
        if len(tokens) > 2 * LONGEST:
            raise ValueError(
                f"log_probabilities was asked what comes after {len(tokens)} tokens, {tokens}. There are at most "
                f"{LONGEST} steps. Do two candidates share one list? (*tokens, token) makes a new one."
            )
        last = int(tokens[-1]) if tokens else TOKENS
        return self.table[len(tokens) % LONGEST, last]


def draw_language(rng: np.random.Generator, end: int, ends_often: bool = True) -> Language:
    """A language in which sentences end now and then, or hardly ever."""
    logits = rng.normal(0, 1.2, size=(LONGEST, TOKENS + 1, TOKENS))
    logits[:, :, end] += 0.3 if ends_often else -9.0
    return Language(logits - np.log(np.sum(np.exp(logits), axis=2, keepdims=True)))


_search = partial(changed, translation.beam_search)
_EXTENDED = "[((*tokens, token), score + gain) for token, gain in enumerate(gains)]"
_BEST = "sorted(candidates, key=lambda beam: -beam[1])[:width]"
_CHOICE = "max(beams, key=lambda beam: beam[1] / len(beam[0]) ** power)"
_length_ignored = _search((_CHOICE, "beams[0]"))
_greedy = _search(("[:width]", "[:1]"))
_quotients = _search((_BEST, "sorted(candidates, key=lambda beam: -beam[1] / len(beam[0]) ** power)[:width]"))
_going_on = _search(("end in tokens", "False"))
_first_complete = _search(
    ("[:width]", "[:width]\n        for done in beams:\n            if end in done[0]:\n                return done")
)


def _any_search_case(rng: np.random.Generator, power: float = 0.0) -> Case:
    end, width = int(rng.integers(TOKENS)), int(rng.integers(2, 4))
    language = draw_language(rng, end)
    return {"log_probabilities": language, "width": width, "longest": LONGEST, "end": end, "power": power}


def _search_case(rng: np.random.Generator) -> Case:
    """A language in which each of the likely mistakes leads to another sentence."""
    likely = _length_ignored, _greedy, _quotients, _going_on, _first_complete
    power = float(rng.uniform(0.6, 1.0))
    while True:
        case = _any_search_case(rng, power)
        truth = translation.beam_search(*case.values())[0]
        if not any(np.array_equal(wrong(*case.values())[0], truth) for wrong in likely):
            return case


#: Two languages that tell every two wrong ways of choosing apart, and one whose sentences are cut at the longest.
_TELLING = tuple(_any_search_case(np.random.default_rng(seed)) for seed in (804, 1345))
#: Here the power decides: 0, 0.5 and 1 choose three different sentences.
_POWER = _any_search_case(np.random.default_rng(87), 0.5)
_CUT = {
    "log_probabilities": draw_language(np.random.default_rng(3), 3, ends_often=False),
    "width": 2,
    "longest": 4,
    "end": 3,
    "power": 0.0,
}

#: Here it matters that a complete sentence takes up a place, and that it can be displaced.
_ASIDE = _any_search_case(np.random.default_rng(7))

#: Widths that matter: 3 would be too many for the one, and 3 too few for the other.
_WIDTHS = (
    _any_search_case(np.random.default_rng(209)) | {"width": 2},
    _any_search_case(np.random.default_rng(3011)) | {"width": 4},
)

_APART = (
    "complete += [beam for beam in candidates if end in beam[0]]\n        "
    "candidates = [beam for beam in candidates if end not in beam[0]]\n        "
)


def _set_aside(first: str = "") -> Callable[..., Any]:
    """Complete sentences leave the competition; in the end the best of them and of the open ones wins."""
    return _search(
        ("    for _ in range", "    complete = []\n    for _ in range"),
        (f"beams = {_BEST}", f"{first}{_APART}beams = {_BEST}"),
        ("max(beams, key", "max(complete + beams, key"),
    )


_NOT_ASIDE = (
    "You set complete sentences aside, where nothing can displace them. Here they stay among the candidates and "
    "compete for the width places at every step."
)

beam_search = Exercise(
    name="beam_search",
    kind=Kind.ASSEMBLY,
    reference=translation.beam_search,
    alternatives=(alternatives.beam_search,),
    cases=_search_case,
    other_cases=(*_TELLING, *_WIDTHS, _ASIDE, _POWER),
    edge_cases=(_CUT,),
    parts=("tokens", "score"),
    mistakes=(
        Mistake("greedy", _greedy, "That is greedy decoding: only one beginning is kept. Keep the width best."),
        Mistake(
            "complete sentences go on",
            _going_on,
            "A sentence that has said the end token is continued all the same. Put it among the candidates as it is.",
        ),
        Mistake(
            "complete sentences lost",
            _search(("candidates.append((tokens, score))", "pass")),
            "A sentence that has said the end token is not continued, which is right, but it is lost. Put it among the "
            "candidates as it is.",
        ),
        Mistake("complete sentences set aside", _set_aside(f"candidates = {_BEST}\n        "), _NOT_ASIDE),
        Mistake("complete sentences set aside, all of them", _set_aside(), _NOT_ASIDE),
        Mistake(
            "first complete one taken",
            _first_complete,
            "You return as soon as some sentence is complete. Another, still open, may have a larger sum: go on.",
        ),
        Mistake(
            "every beginning keeps its own",
            _search(("[:width]", ""), (_EXTENDED, f"sorted({_EXTENDED}, key=lambda beam: -beam[1])[:width]")),
            "You keep the width best continuations of each beginning, so that there are more and more. Put all "
            "candidates in one list and keep the width best of it.",
        ),
        Mistake(
            "last probability only",
            _search(("score + gain", "gain")),
            "A beginning is judged by its last token alone. Its score is the sum over all of its tokens.",
        ),
        Mistake(
            "probabilities added",
            _search(("score + gain", "score + np.exp(gain)")),
            "You add probabilities. Probabilities are multiplied, so their logarithms are added, as they come.",
        ),
        Mistake(
            "length ignored",
            _length_ignored,
            "In the end you take the largest sum, whatever the power. Divide each sum by the length to that power, "
            "and then choose.",
        ),
        Mistake(
            "length counted at every step",
            _quotients,
            "You divide by the length while you search. At each step the sums alone decide what is kept; the length "
            "counts only in the choice at the end.",
        ),
        Mistake(
            "mean instead of sum",
            _search(("** power", "")),
            "In the end you choose by the mean log p of a token, whatever the power. A power of 0 is to leave the sums "
            "as they are.",
        ),
        Mistake(
            "score divided by the length",
            _search(("float(score)", "float(score / len(tokens) ** power)")),
            "The tokens are right. Of the score the sum itself is wanted; only the choice is made by the quotient.",
        ),
        Mistake(
            "worst kept",
            _search(("-beam[1]", "beam[1]")),
            "You keep the smallest sums. sorted puts the smallest first: turn it round.",
        ),
        Mistake(
            "end token left out",
            _search(("np.array(tokens)", "np.array([token for token in tokens if token != end], int)")),
            "The end token is missing. It belongs to the sentence that it completes.",
        ),
        Mistake(
            "<go> in front",
            _search(("np.array(tokens)", "np.array([GO, *tokens])")),
            "There is a <go> in front of your tokens. Begin with the empty tuple, ().",
        ),
        Mistake(
            "score as a probability",
            _search(("float(score)", "float(np.exp(score))")),
            "The tokens are right. The score is to be the sum of the log p, not a probability.",
        ),
        Mistake(
            "width + 1",
            _search(("[:width]", "[: width + 1]")),
            "You keep one beginning more than width.",
        ),
        Mistake(
            "width - 1",
            _search(("[:width]", "[: max(width - 1, 1)]")),
            "You keep one beginning less than width.",
        ),
        Mistake(
            "begins with <go>",
            _search(("[((), 0.0)]", "[((GO,), 0.0)]"), GO=GO),
            "Your search begins with a <go>. Begin with the empty tuple, (): log_probabilities knows what begins a "
            "sentence.",
        ),
        Mistake(
            "only the last token handed on",
            _search(("log_probabilities(tokens)", "log_probabilities(tokens[-1:])")),
            "You hand the last token alone to log_probabilities. What comes next depends on all that was said so far.",
        ),
        Mistake(
            "a list handed on",
            _search(("log_probabilities(tokens)", "log_probabilities(list(tokens))")),
            "log_probabilities takes the tokens said so far as a tuple. Begin with the empty one, ().",
        ),
        Mistake(
            "one step too few",
            _search(("range(longest)", "range(longest - 1)")),
            "Your search stops one step too soon: there are longest steps.",
        ),
        Mistake(
            "one step too many",
            _search(("range(longest)", "range(longest + 1)")),
            "Your search takes one step too many: there are longest steps.",
        ),
        Mistake(
            "logarithm taken once more",
            _search(("score + gain", "score + np.log(-gain)")),
            "You take a logarithm once more. log_probabilities gives logarithms already: they are added as they come.",
        ),
        Mistake(
            "logarithms multiplied",
            _search(("score + gain", "(score or -1.0) * -gain")),
            "You multiply the logarithms. Probabilities are multiplied, so their logarithms are added.",
        ),
    ),
    hints=(
        "beams is a list of (tokens, score), at first [((), 0.0)]. Each step makes a list of candidates from it.",
        "For an open beginning: one candidate for every token, ((*tokens, token), score + its log p). A complete one "
        "is a candidate as it is.",
        "beams = sorted(candidates, key=lambda beam: -beam[1])[:width], longest times.",
        "max(beams, key=…) chooses in the end; the key of a beam is its sum divided by len(tokens) ** power.",
    ),
    points=4,
    difficulty=3,
    minutes=14,
)


_BEAMS = range(1, 7)


def _found_by_beams(first: Any, second: Any, width: int) -> tuple[np.ndarray]:
    """Whether beams of 1, 2, … 6 places find the most probable of all sentences of two words: 1 or 0 each."""
    first, second = np.asarray(first, float), np.asarray(second, float)
    if first.ndim != 1 or second.shape != (len(first), len(first)):
        raise ValueError(
            f"first has shape {first.shape} and second {second.shape}, expected (words,) and (words, words): a row of "
            "second for each first word."
        )
    for name, rows in (("first", first[np.newaxis]), ("second", second)):
        strange = np.flatnonzero((rows.min(axis=1, initial=0) < 0) | ~(np.abs(rows.sum(axis=1) - 1) < 1e-6))
        if len(strange):
            raise ValueError(
                f"{rows[strange[0]]} in {name} are no probabilities: they have to be at least 0 and add up to 1."
            )
    sentences = first[:, np.newaxis] * second
    order = np.argsort(-first, kind="stable")
    found = np.array([sentences[order[:beam]].max() for beam in _BEAMS])
    return ((found > 0.999 * sentences.max()).astype(float),)


def _measured_beams(first: Any, second: Any, width: int) -> tuple[Measure, ...]:
    """Which beams find the best sentence, and how many first words come before the one that begins it."""
    (found,) = _found_by_beams(first, second, width)
    before = int(np.argmax(found)) if found.any() else f"{len(found)} or more"
    return (
        *(
            Measure(f"A beam of {beam} {{}} the best sentence", "finds" if hit else "misses", ", and should not")
            for beam, hit in zip(_BEAMS, found, strict=True)
        ),
        Measure("First words that a beam prefers to the one that begins the best sentence: {}", before, ""),
    )


def _all_widths() -> Iterator[Case]:
    yield from ({"width": width} for width in (1, 2, 3, 4))


_sure = lambda width: (np.array([0.5, 0.3, 0.2]), np.eye(3))  # noqa: E731

fooling_language = Exercise(
    name="fooling_language",
    kind=Kind.DESIGN,
    open_ended=True,
    reference=designs.fooling_language,
    alternatives=(alternatives.fooling_language,),
    cases=lambda rng: {"width": int(rng.integers(1, 5))},
    other_cases=tuple({"width": width} for width in (2, 1, 4, 3)),
    call=Design(_found_by_beams, pieces=("first", "second"), measures=_measured_beams, small=_all_widths),
    parts=("whether beams of 1, 2, … 6 find the best sentence (1: yes)",),
    mistakes=(
        Mistake(
            "fools one width less",
            lambda width: designs.fooling_language(width - 1) if width > 1 else _sure(width),
            "A beam of this width still finds the best sentence; one place fewer, and it would not. One more first "
            "word has to promise more than the one that begins the best sentence.",
        ),
        Mistake(
            "fools one width more",
            lambda width: designs.fooling_language(width + 1),
            "A beam of width + 1 misses the best sentence as well. Count the first words that are more probable than "
            "the one that begins it: there are to be width of them.",
        ),
        Mistake(
            "fools greedy decoding only",
            lambda width: designs.fooling_language(1),
            "Your language fools a beam of 1, whatever the width is. Make the number of tempting first words depend "
            "on width.",
        ),
        Mistake(
            "fools a beam of 2, whatever the width",
            lambda width: designs.fooling_language(2),
            "Your language is made for a beam of 2. Make the number of tempting first words depend on width.",
        ),
        Mistake(
            "fools nobody",
            _sure,
            "Every beam finds the best sentence: it begins with the most probable first word. What has to follow the "
            "tempting first words, so that they lose in the end?",
        ),
        Mistake(
            "fools everybody",
            lambda width: designs.fooling_language(9),
            "No beam from 1 to 6 finds the best sentence. Fewer first words may be more probable than the one that "
            "begins it.",
        ),
        Mistake(
            "fools twice the width",
            lambda width: designs.fooling_language(2 * width),
            "Beams up to twice the width miss the best sentence. One tempting first word per place of the beam is "
            "enough.",
        ),
    ),
    hints=(
        "In the tree above, greedy decoding misses the best sentence. How many first words are more probable than the "
        "one that begins it?",
        "Let width first words share most of the probability, each of them more probable than one other word. After "
        "them many words are possible, after that one only a single word.",
        "For a width of 2: first = [0.35, 0.35, 0.3]; the rows of second are [1/3, 1/3, 1/3] twice, then [1, 0, 0]. "
        "Now for any width.",
    ),
    points=3,
    difficulty=2,
    minutes=10,
)


_HELD_OUT = 300
BAR = 0.94


@cache
def _phrases() -> tuple[Any, tuple[str, ...], tuple[str, ...]]:
    """The sentences of our grammar, and the vocabularies of French and of English."""
    from rnncourse.datasets.phrases import make_phrases

    phrases = make_phrases()
    french, english = (vocabulary.build_vocabulary([pair[side] for pair in phrases.train]) for side in (1, 0))
    return phrases, french, english


@cache
def _held_out(seed: int) -> vocabulary.Sentences:
    """French sentences with combinations that no training has: one half for practice, the other for any other seed."""
    phrases, *vocabularies = _phrases()
    half = slice(_HELD_OUT) if seed == PRACTICE_SEED else slice(_HELD_OUT, 2 * _HELD_OUT)
    return vocabulary.make_sentences([pair[::-1] for pair in phrases.combinations[half]], *vocabularies)


def _logits(model: Any, sentences: vocabulary.Sentences) -> np.ndarray:
    try:
        logits = np.asarray(model([sentences.sources, sentences.decoder_inputs], training=False))
    except Exception as error:
        if type(error).__name__ != "InvalidArgumentError":  # TensorFlow's, for a number that has no row in a table
            raise
        raise ValueError(
            f"It has no vector for some of the {len(_phrases()[1])} French words it is to read, or of the "
            f"{len(_phrases()[2])} English ones it is to say. Does it translate from French into English?"
        ) from error
    expected = (*sentences.targets.shape, len(_phrases()[2]))
    if logits.shape != expected:
        raise ValueError(
            f"For decoder inputs of shape {sentences.targets.shape} it gives {logits.shape}, expected {expected}: a "
            "logit for each English word, at every place. Does it translate from French into English?"
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


into_english = Training(
    name="into_english",
    kind=Kind.TRAINING,
    score=_score,
    measure="share of unseen combinations translated exactly",
    bar=BAR,
    higher_is_better=True,
    mistakes=(
        symptoms.not_finite(lambda model, seed: _logits(model, _held_out(seed))),
        symptoms.probabilities_for_logits(lambda model, seed: _logits(model, _held_out(seed))),
        symptoms.COST_WITHOUT_SOFTMAX,
        Symptom(
            "targets not shifted",
            _copies,
            "It says the very word that it has just been given: was it trained with the targets as decoder inputs, "
            "not shifted by one?",
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
    refuses=symptoms.no_keras_model,
    shapes="It reads a pair of arrays, sources and decoder inputs, each of shape (batch, time), and gives a logit for "
    "each English word at every place.",
    recipe="""
keras.utils.set_random_seed(1)
turned = [(theirs, ours) for ours, theirs in phrases.train]
lessons = rnncourse.make_sentences(turned, french, english)
into_english = rnncourse.translator(len(french), len(english), units=64, attention=True)
recipe = rnncourse.recipe_optimizer(3 * -(-len(lessons.targets) // 64), peak=1.5e-2)
told = rnncourse.fit(
    into_english, (lessons.sources, lessons.decoder_inputs), lessons.targets,
    epochs=3, optimizer=recipe, batch_size=64, loss=rnncourse.masked_loss, metrics=(),
)
""",
    hints=(
        "First the arrays: pairs of (French, English), out of phrases.train, and rnncourse.make_sentences with the "
        "vocabularies in this order.",
        "rnncourse.translator wants the size of the vocabulary that is read, then of the one that is said. The inputs "
        "of fit are a pair, (sources, decoder_inputs); loss=rnncourse.masked_loss keeps the padding out.",
        "recipe_optimizer wants the number of all steps: epochs times the batches of an epoch. A new optimizer and a "
        "new model for each try.",
    ),
    points=3,
    difficulty=2,
    minutes=12,
)

EXERCISES = (
    encode_sentences,
    masked_cross_entropy,
    corpus_bleu,
    beam_search,
    fooling_language,
    attend,
    into_english,
)
