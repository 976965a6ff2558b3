"""The exercises of chapter 8: feeding a network its own words, and drawing the next one."""

from __future__ import annotations

import functools
import math
from functools import partial
from typing import Any

import numpy as np

from rnncourse import generating, text
from rnncourse.exercises import alternatives, symptoms
from rnncourse.exercises.cases import OF_A_READER, reading_case
from rnncourse.exercises.definitions import PRACTICE_SEED, Case, Exercise, Kind, Mistake, Symptom, Training
from rnncourse.exercises.edits import changed, of_relatives

BATCH, TIME, UNITS, CLASSES = 3, 4, 5, 6


def _series_case(rng: np.random.Generator) -> Case:
    """A cell that reads and says two numbers, so that the features axis cannot be overlooked."""
    return {**reading_case(rng, BATCH, TIME, 2, UNITS, 2), "steps": int(rng.integers(5, 8))}


#: Another number of everything, and more inputs than new values.
_LONGER_SERIES = {**reading_case(np.random.default_rng(2), 4, 6, 3, 3, 3), "steps": 5}


_series = partial(changed, generating.continue_series)

continue_series = Exercise(
    name="continue_series",
    kind=Kind.NEW_CASE,
    reference=generating.continue_series,
    withheld=("generating:free_run",),
    cases=_series_case,
    other_cases=(_LONGER_SERIES,),
    mistakes=(
        Mistake(
            "inputs repeated in the answer",
            _series(("np.stack(made, axis=1)", "np.concatenate([inputs, np.stack(made, axis=1)], axis=1)")),
            "The inputs stand in front of the new values. Return the new values only.",
        ),
        Mistake(
            "answers to the inputs kept",
            _series(
                ("for t", "made = []\n    for t"),
                ("[:, t], state)", "[:, t], state)\n        made.append(value)"),
                ("made = [value]", "steps += len(made) - 1"),
            ),
            "You kept what the cell says while it reads. Of these only the last, after the last input, is new.",
        ),
        Mistake(
            "one value too many",
            _series(("< steps", "<= steps")),
            "One value too many: what the cell says after the last input is the first of the new ones.",
        ),
        Mistake(
            "first value left out",
            _series(("< steps", "<= steps"), ("np.stack(made", "np.stack(made[1:]")),
            "What the cell says after the last input is the first of the new values. You left it out.",
        ),
        Mistake(
            "last input read twice",
            _series(("made = [value]", "made, value = [value], inputs[:, -1]")),
            "You read the last input a second time. After the inputs the cell reads what it has just said.",
        ),
        Mistake(
            "no warm-up",
            _series(("range(inputs.shape[1])", "[-1]")),
            "Only the last input is read. The cell has to read all of them, so that its state knows the series.",
        ),
        Mistake(
            "same value fed every time",
            _series(("step(value, state)", "step(made[0], state)")),
            "Every step reads the first new value. It is to read the value before.",
        ),
        Mistake(
            "state not handed on",
            _series(("value, state = step(value, state)", "value, _ = step(value, state)")),
            "While generating, every step starts from the same state. Hand each new state on.",
        ),
        Mistake(
            "state thrown away after the inputs",
            _series(("for t", "first = state\n    for t"), ("made = [value]", "made, state = [value], first")),
            "After the inputs you start again from the first state. Go on with the state that has read them.",
        ),
        Mistake(
            "time before batch",
            _series(("made, axis=1", "made")),
            "The numbers are right, but time comes before the batch: stack along axis 1.",
        ),
        Mistake(
            "state handed on nowhere",
            _series(
                ("value, state = step(inputs[:, t], state)", "value, _ = step(inputs[:, t], state)"),
                ("value, state = step(value, state)", "value, _ = step(value, state)"),
            ),
            "Every step starts from the first state, in both loops. Hand each new state on.",
        ),
        Mistake(
            "state not handed on while reading",
            _series(("value, state = step(inputs[:, t], state)", "value, _ = step(inputs[:, t], state)")),
            "While reading, every step starts from the first state. Hand each new state on.",
        ),
        Mistake(
            "window read again",
            _series(
                (
                    "value, state = step(value, state)",
                    "inputs = np.concatenate([inputs[:, 1:], value[:, np.newaxis]], axis=1)\n"
                    "        for t in range(inputs.shape[1]):\n"
                    "            value, state = step(inputs[:, t], state)",
                ),
            ),
            "For each new value you read a whole window again, though the state knows it already. One step with the "
            "value just said is enough.",
        ),
        Mistake(
            "last input fed every time",
            _series(("step(value, state)", "step(inputs[:, -1], state)")),
            "While generating, every step reads the last input. It is to read the value before.",
        ),
        Mistake(
            "only the last value",
            _series(("np.stack(made, axis=1)", "value")),
            "You return the last value alone. All the new ones are to come back.",
        ),
        *of_relatives(OF_A_READER, _series, {"step": "step", "output": "value"}),
    ),
    hints=(
        "Two loops. The first reads the inputs and keeps the state; what does it leave behind that is new?",
        "After the first loop the last output is new value number one. In the second loop it is read as the input.",
        "value, state = step(value, state); append value; until there are enough. Then np.stack(…, axis=1).",
    ),
    points=3,
    difficulty=2,
    minutes=10,
)


def _text_case(
    rng: np.random.Generator, letters: str = "abcde", length: int = 70, context: int = 3, seen: bool = True
) -> Case:
    """A text in which one letter never comes; what stands before the next comes from it, or begins strangely."""
    weights = rng.dirichlet(np.full(len(letters) - 1, 3.0))
    learn = "".join(rng.choice(list(letters[:-1]), size=length, p=weights))
    learn += learn[-1] + learn[-1]  # a letter doubled at least once: its occurrences overlap
    start = int(rng.integers(length - context))
    before = learn[start : start + context]
    return {"learn": learn, "before": before if seen else letters[-1] + before[1:], "letters": letters}


_shares = partial(changed, text.interpolated_shares)

interpolated_shares = Exercise(
    name="interpolated_shares",
    kind=Kind.ASSEMBLY,
    reference=text.interpolated_shares,
    withheld=("counted_bits", "interpolated_bits"),
    alternatives=(alternatives.interpolated_shares,),
    cases=_text_case,
    other_cases=(
        _text_case(np.random.default_rng(5), "xyzuvwq", 110, 4, seen=False),
        _text_case(np.random.default_rng(6), "mnop", 40, 2),
    ),
    edge_cases=(
        {"learn": "abracadabra", "before": "", "letters": "abcdr"},
        {"learn": "abracadabra", "before": "zabra", "letters": "abcdr"},
        {"learn": "aaaa", "before": "aaaaaaa", "letters": "ab"},
    ),
    mistakes=(
        Mistake(
            "nothing to start from",
            _shares(("1 / len(letters))", "0.0)")),
            "Letters that never came get 0. The context of no letters corrects a forecast that gives every letter the "
            "same; where is that?",
        ),
        Mistake(
            "longest context only",
            _shares(("range(len(before) + 1)", "[len(before)]")),
            "You use the longest context only. The shorter ones come first, from no letters at all; each corrects the "
            "forecast so far.",
        ),
        Mistake(
            "no context of no letters",
            _shares(("range(len(before) + 1)", "range(1, len(before) + 1)")),
            "The context of no letters is left out: how frequent each letter is, whatever stands before.",
        ),
        Mistake(
            "longest context left out",
            _shares(("range(len(before) + 1)", "range(len(before))")),
            "The longest context, all of before, is left out.",
        ),
        Mistake(
            "longest context first",
            _shares(("range(len(before) + 1)", "range(len(before), -1, -1)")),
            "You go from the longest context to the shortest, so that the shortest has the last word. Turn it round.",
        ),
        Mistake(
            "context from the beginning of before",
            _shares(("before[len(before) - length :]", "before[:length]")),
            "You take the first letters of before as the context. The letters next to the one that comes are the last.",
        ),
        Mistake(
            "overlapping places not counted",
            _shares(("came.count(letter)", "learn.count(context + letter)")),
            "A context that overlaps itself is counted too seldom: str.count and re.findall go on behind what they "
            'have found, so that "aa" is there once in "aaa". Go through all places one by one.',
        ),
        Mistake(
            "kinds are all letters",
            _shares(("kinds = np.count_nonzero(counts)", "kinds = len(letters) * (np.sum(counts) > 0)")),
            "m is the number of different letters that followed this context, not the number of all letters.",
        ),
        Mistake(
            "one added to each count",
            _shares(("kinds * shares) / (np.sum(counts) + kinds)", "1) / (np.sum(counts) + len(letters))")),
            "You add 1 to each count, so that the shorter contexts have no say. What is added is m times the forecast "
            "of the shorter context.",
        ),
        Mistake(
            "shorter context not weighted",
            _shares(("kinds * shares)", "shares)"), ("np.sum(counts) + kinds", "np.sum(counts) + 1")),
            "The shorter context has the weight 1, whatever followed. Its weight is m.",
        ),
        Mistake(
            "divided by the count alone",
            _shares(("(np.sum(counts) + kinds)", "np.sum(counts)")),
            "Your shares add up to more than 1: n letters came, and m were added. Divide by both.",
        ),
        Mistake(
            "followers counted once",
            _shares(("came.count(letter)", "(letter in came)")),
            "You count whether a letter followed, not how often.",
        ),
        Mistake(
            "unseen context divides by nothing",
            np.errstate(all="ignore")(_shares(("if kinds:", "if True:"))),
            "A context that never came is followed by n = 0 letters of m = 0 kinds, and 0 / 0 is no number. Such a "
            "context changes nothing.",
        ),
        Mistake(
            "unseen context forgets the shorter ones",
            _shares(
                (
                    "if kinds:",
                    "if not kinds:\n            shares = 0 * shares + 1 / len(letters)\n        else:",
                )
            ),
            "After a context that never came you start again from equal shares. The forecast of the shorter context is "
            "still the best there is: leave it as it is.",
        ),
        Mistake(
            "overlapping places missed",
            _shares(
                (
                    "[learn[i + length] for i in range(len(learn) - length) if learn[i : i + length] == context]",
                    "[part[0] for part in learn.split(context)[1:] if part] if context else list(learn)",
                )
            ),
            "Some places are missed: in aaa the context a is followed by an a twice, and split finds each letter only "
            "once.",
        ),
    ),
    hints=(
        "One loop over the length of the context, 0, 1, … len(before). What is counted in each turn, and what is kept?",
        "The places where the context stands: learn[i : i + length] == context. The letter that came is "
        "learn[i + length], if there is one.",
        "counts per letter, kinds = how many of them are not 0; if there are any, "
        "shares = (counts + kinds * shares) / (sum + kinds).",
    ),
    points=3,
    difficulty=3,
    minutes=12,
)


def _temperature_case(rng: np.random.Generator, classes: int = CLASSES) -> Case:
    """Logits whose largest is neither the first nor the last, and the share at a temperature that is not 1."""
    logits = rng.normal(0, 1.5, size=classes)
    logits[1 + rng.integers(classes - 2)] = np.max(logits) + rng.uniform(0.5, 2)
    temperature = float(np.exp(rng.choice([-1, 1]) * rng.uniform(0.3, 1.2)))
    shares = generating.softmax_with_temperature(logits[np.newaxis], temperature)
    return {"logits": logits, "share": float(np.max(shares))}


_temperature = partial(changed, generating.temperature_for)
#: How learners search, who know from the exercise between which temperatures.
_BORDERS = ("1e-3, 1e3", "0.01, 100.0")
_SEARCHES: dict[str, tuple[tuple[str, str], ...]] = {
    "": (),
    ", from 0.01 to 100": (_BORDERS,),
    ", from 0.01 to 100 by their mean": (_BORDERS, ("np.sqrt(low * high)", "(low + high) / 2")),
}

temperature_for = Exercise(
    name="temperature_for",
    kind=Kind.INVERSE,
    reference=generating.temperature_for,
    alternatives=(alternatives.temperature_for,),
    cases=_temperature_case,
    case_count=4,
    other_cases=(_temperature_case(np.random.default_rng(11), 9), _temperature_case(np.random.default_rng(12), 4)),
    edge_cases=(
        {"logits": np.array([0.0, 100.0, 25.0]), "share": 0.7},
        {"logits": np.array([-900.0, -901.5, -900.5, -903.0]), "share": 0.999},
        {"logits": np.array([1.0, 3.0, 2.5, 0.0]), "share": 0.27},
    ),
    tolerance=2e-3,
    mistakes=(
        *(
            Mistake(
                f"cold for hot{how}",
                _temperature(("reached > share", "reached < share"), *search),
                "You go the wrong way, and end at a border of what you search. If the likeliest has too much, is the "
                "writer too cold or too hot?",
            )
            for how, search in _SEARCHES.items()
        ),
        Mistake(
            "one over the temperature",
            _temperature(("float(middle)", "float(1 / middle)")),
            "That is 1 / T, the factor of the logits. The temperature divides them.",
        ),
        Mistake(
            "the other way round: a share at T = share",
            lambda logits, share: float(np.max(generating.softmax_with_temperature(logits[np.newaxis], share))),
            "You took the share as the temperature and computed a probability. The temperature is asked for.",
        ),
        *(
            Mistake(
                f"first class instead of the likeliest{how}",
                _temperature(("reached = 1 /", "reached = np.exp(below[0] / middle) /"), *search),
                "You look at the first class. It is the likeliest one that is to have this share.",
            )
            for how, search in _SEARCHES.items()
            if "mean" not in how  # which ends where the other way of halving does
        ),
        Mistake(
            "two likeliest only",
            lambda logits, share: (
                float(np.diff(np.sort(logits)[-2:])[0] / np.log(share / (1 - share))) if share != 0.5 else np.inf
            ),
            "You set the likeliest against the second likeliest alone. All the others take their part as well.",
        ),
        Mistake(
            "logarithm of the temperature",
            _temperature(("float(middle)", "float(np.log(middle))")),
            "That is the logarithm of the temperature.",
        ),
        Mistake(
            "only below 1",
            _temperature(("low, high = 1e-3, 1e3", "low, high = 1e-3, 1.0")),
            "You search below 1 only. A share that is smaller than at T = 1 wants a hotter writer.",
        ),
        Mistake(
            "only above 1",
            _temperature(("low, high = 1e-3, 1e3", "low, high = 1.0, 1e3")),
            "You search above 1 only. A share that is larger than at T = 1 wants a colder writer.",
        ),
        Mistake(
            "too coarse",
            _temperature(("range(60)", "range(6)")),
            "You are near, but three digits have to be right: make the last steps of your search smaller.",
        ),
    ),
    hints=(
        "Try T = 1. Is the largest probability too large? Then the writer is too cold, and T has to rise.",
        "Keep two temperatures, one too cold and one too hot, and try one between them. Which of the two does it "
        "replace?",
        "Halve the interval 50 times or more; np.sqrt(low * high) is a good middle where T may be 0.01 or 100.",
    ),
    points=3,
    difficulty=2,
    minutes=9,
)


def _units_case(rng: np.random.Generator, time: int = 14, units: int = UNITS) -> Case:
    """States rounded to a digit, so that some are equal; units that are higher at the marks, lower, or neither."""
    marks = np.arange(time) < time * 0.4
    rng.shuffle(marks)
    states = rng.normal(size=(time, units)) + np.outer(marks, rng.permutation(np.linspace(-1.5, 1.5, units)))
    return {"states": np.round(np.tanh(states), 1), "marks": marks}


_area = partial(changed, text.auc_per_unit)

auc_per_unit = Exercise(
    name="auc_per_unit",
    kind=Kind.ASSEMBLY,
    reference=text.auc_per_unit,
    alternatives=(alternatives.auc_per_unit,),
    cases=_units_case,
    other_cases=(
        _units_case(np.random.default_rng(21), 9, 3),
        {"states": np.array([[0.5], [0.5], [-0.5]]), "marks": np.array([False, True, True])},
    ),
    mistakes=(
        Mistake(
            "equal states count nothing",
            _area(("np.mean(below + not_above) / (2 * len(outside))", "np.mean(below) / len(outside)")),
            "Pairs of equal states count nothing. Each counts one half.",
        ),
        Mistake(
            "equal states count fully",
            _area(("np.mean(below + not_above) / (2 * len(outside))", "np.mean(not_above) / len(outside)")),
            "Pairs of equal states count as much as those in which the marked one is higher. Each counts one half.",
        ),
        Mistake(
            "turned round",
            _area(
                ("states[marks], np.sort(states[~marks], axis=0)", "states[~marks], np.sort(states[marks], axis=0)"),
            ),
            "You count how often the state is higher where no mark is. It is the other way round.",
        ),
        Mistake(
            "difference of the means",
            lambda h, marks: h[marks].mean(axis=0) - h[~marks].mean(axis=0),
            "That is the difference of the two means. One large state can make it: count pairs instead.",
        ),
        Mistake(
            "correlation",
            lambda h, marks: np.array([np.corrcoef(column, marks)[0, 1] for column in h.T]),
            "That is the correlation of the states with the marks. Count pairs instead.",
        ),
        Mistake(
            "compared with the mean outside",
            lambda h, marks: np.mean(h[marks] > h[~marks].mean(axis=0), axis=0),
            "You compare each marked state with the mean of the others. Compare it with each of them.",
        ),
        Mistake(
            "above 0 taken for a mark",
            lambda h, marks: np.mean((h > 0) == marks[:, np.newaxis], axis=0),
            "You take a state above 0 for a mark and count how often that is right. No border is asked for: compare "
            "states in pairs.",
        ),
        Mistake(
            "distance from a half",
            lambda h, marks: np.abs(text.auc_per_unit(h, marks) - 0.5),
            "That is how far the AUC is from ½. The AUC itself is asked for, so that one can see whether the unit is "
            "higher or lower.",
        ),
        Mistake(
            "never below a half",
            lambda h, marks: np.maximum(text.auc_per_unit(h, marks), 1 - text.auc_per_unit(h, marks)),
            "You turn the units round that are lower where the mark is. Leave them: below ½ says just that.",
        ),
        Mistake(
            "the best unit",
            lambda h, marks: int(np.argmax(np.abs(text.auc_per_unit(h, marks) - 0.5))),
            "That is the number of the unit that tells most. The AUC of every unit is asked for.",
        ),
        Mistake(
            "all pairs of steps",
            lambda h, marks: (
                (
                    np.sum(h[marks][:, None] > h[~marks], axis=(0, 1))
                    + 0.5 * np.sum(h[marks][:, None] == h[~marks], axis=(0, 1))
                )
                / len(h) ** 2
            ),
            "You divide by the pairs of any two steps. Divide by the pairs of a marked and an unmarked one.",
        ),
        Mistake(
            "one number for all units",
            lambda h, marks: float(np.mean(text.auc_per_unit(h, marks))),
            "You average over the units as well. Each unit has an AUC of its own.",
        ),
    ),
    hints=(
        "states[marks] are the marked steps, states[~marks] the others. Each of the first is compared with each of the "
        "second.",
        "inside[:, None] > outside[None] has the shape (marked, unmarked, units): all pairs at once.",
        "The mean over the first two axes of (higher + 0.5 * equal).",
    ),
    points=2,
    difficulty=2,
    minutes=8,
)


def _bits_case(rng: np.random.Generator, classes: int = CLASSES) -> Case:
    """One character more than there are classes: the last class comes twice."""
    weights = rng.uniform(0.05, 1, size=(classes + 1, classes))
    return {
        "probabilities": weights / weights.sum(axis=1, keepdims=True),
        "targets": rng.permutation([*range(classes), classes - 1]),
    }


def _given(p: np.ndarray, k: np.ndarray) -> np.ndarray:
    return p[np.arange(len(k)), k]


bits_per_character = Exercise(
    name="bits_per_character",
    kind=Kind.BUG,
    starts_from="every row with every target",
    reference=text.bits_per_character,
    alternatives=(alternatives.bits_per_character,),
    cases=_bits_case,
    other_cases=(_bits_case(np.random.default_rng(3), 4),),
    mistakes=(
        Mistake(
            "natural logarithm",
            lambda p, k: -np.mean(np.log(_given(p, k))),
            "That is in the unit of the natural logarithm, as a loss of Keras is. Bits want the logarithm to base 2.",
        ),
        Mistake(
            "sign forgotten",
            lambda p, k: np.mean(np.log2(_given(p, k))),
            "The logarithm of a probability is negative. A cost is positive: put a minus before it.",
        ),
        Mistake(
            "logarithm of the mean",
            lambda p, k: -np.log2(np.mean(_given(p, k))),
            "You took the logarithm of the mean probability. Take the mean of the logarithms.",
        ),
        Mistake(
            "sum instead of mean",
            lambda p, k: -np.sum(np.log2(_given(p, k))),
            "Those are the bits of all characters together. Divide by their number.",
        ),
        Mistake(
            "likeliest instead of what came",
            lambda p, k: -np.mean(np.log2(p.max(axis=1))),
            "You took the largest probability of each row. What counts is the one given to the character that came.",
        ),
        Mistake(
            "all classes counted",
            lambda p, k: -np.mean(np.log2(p)),
            "You took the mean over all classes. Of each row only the probability of the character that came counts.",
        ),
        Mistake(
            "entropy of the forecasts",
            lambda p, k: -np.mean(np.sum(p * np.log2(p), axis=1)),
            "That is how unsure the forecasts are, whatever came. Look at the probability of what came.",
        ),
        Mistake(
            "every row with every target",
            changed(text.bits_per_character, ("np.arange(len(targets)), targets", ":, targets")),
            "A colon takes every row with every target. Pair them up: row 0 with targets[0], row 1 with targets[1], …",
        ),
        Mistake(
            "perplexity",
            lambda p, k: 2 ** -np.mean(np.log2(_given(p, k))),
            "That is the perplexity, 2 to the power of the bits. The bits themselves are asked for.",
        ),
        Mistake(
            "divided by the classes",
            lambda p, k: -np.sum(np.log2(_given(p, k))) / p.shape[1],
            "You divide by the number of classes. It is a mean over the characters.",
        ),
        Mistake(
            "logarithm to base 10",
            lambda p, k: -np.mean(np.log10(_given(p, k))),
            "That is the logarithm to base 10. Bits want the logarithm to base 2.",
        ),
        Mistake(
            "no logarithm",
            lambda p, k: np.mean(_given(p, k)),
            "That is the mean probability of what came. Its logarithm is missing, for each character by itself.",
        ),
        Mistake(
            "what did not come",
            lambda p, k: -np.mean(np.log2(1 - _given(p, k))),
            "You took 1 minus the probability. What counts is the probability of the character that came.",
        ),
    ),
    hints=(
        "For each character: which probability had been given to the one that came?",
        "probabilities[np.arange(len(targets)), targets] are these.",
        "np.log2, the mean, and a minus.",
    ),
    points=2,
    difficulty=1,
    minutes=5,
)

_PIECE = 64  # notes
#: By how many bits per note a writer has to beat the best of the counting on the same chorales.
BAR = 0.03


def known_chorales() -> list[np.ndarray]:
    """Those that may be learnt from, the voices from the bass to the soprano."""
    from rnncourse.datasets.chorales import KEPT_APART

    return [chorale for place, chorale in enumerate(_upwards()) if place not in KEPT_APART]


def unseen_chorales(seed: int) -> list[np.ndarray]:
    """Chorales that no training has seen, the voices from the bass to the soprano."""
    from rnncourse.datasets.chorales import KEPT_APART

    return [_upwards()[place] for place in (KEPT_APART[::2] if seed == PRACTICE_SEED else KEPT_APART[1::2])]


def _upwards() -> list[np.ndarray]:
    from rnncourse.datasets.chorales import KEPT_APART, load_chorales

    return [chorale[:, ::-1] for chorale in load_chorales(KEPT_APART[-1] + 1)]


def _stream(chorales: list[np.ndarray]) -> np.ndarray:
    from rnncourse.datasets.chorales import to_stream

    return np.concatenate([to_stream(chorale) for chorale in chorales])


@functools.cache
def table_bits(practice: bool) -> float:
    """Bits per note of the best of the chapter's count tables on the unseen chorales, learnt from the known ones."""
    from rnncourse.datasets.chorales import VOCABULARY

    known, unseen = known_chorales(), unseen_chorales(PRACTICE_SEED if practice else PRACTICE_SEED + 1)
    contexts = [np.concatenate([generating.voice_contexts(song) for song in songs]) for songs in (known, unseen)]
    came = [_stream(songs) % len(VOCABULARY) for songs in (known, unseen)]
    return float(np.min(text.interpolated_bits(contexts[0], came[0], contexts[1], came[1], len(VOCABULARY))))


def _held_out(seed: int, backwards: bool = False, downwards: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Pieces of chorales that no training has seen, and the note that comes next at each place."""
    stream = _stream([chorale[:, ::-1] if downwards else chorale for chorale in unseen_chorales(seed)])
    return text.cut_windows(stream[::-1] if backwards else stream, _PIECE)


def _logits(model: Any, inputs: np.ndarray) -> np.ndarray:
    from rnncourse.datasets.chorales import STREAM_TOKENS

    logits, expected = np.asarray(model(inputs, training=False)), (*inputs.shape, STREAM_TOKENS)
    if logits.shape != expected:
        raise ValueError(
            f"For notes of shape {inputs.shape} it gives {logits.shape}, expected {expected}: a logit for each of "
            "the tokens of to_stream, at every step."
        )
    return logits


def _on_held_out(model: Any, seed: int) -> np.ndarray:
    return _logits(model, _held_out(seed)[0])


def _bits(model: Any, inputs: np.ndarray, targets: np.ndarray) -> float:
    return _cost(_logits(model, inputs), targets)


def _cost(logits: np.ndarray, targets: np.ndarray) -> float:
    rows = logits.reshape(-1, logits.shape[-1]).astype(float)
    return text.bits_per_character(generating.softmax_with_temperature(rows, 1.0), targets.reshape(-1))


def _score(model: Any, seed: int) -> float:
    return table_bits(seed == PRACTICE_SEED) - _bits_of_whole(model, unseen_chorales(seed))


def _bits_of_whole(model: Any, chorales: list[np.ndarray]) -> float:
    """Each chorale read from its beginning to its end; the shorter ones are filled up behind their end."""
    streams = [_stream([chorale]) for chorale in chorales]
    length = max(map(len, streams))
    filled = np.stack([np.pad(stream, (0, length - len(stream)), constant_values=-1) for stream in streams])
    targets = filled[:, 1:]
    logits = _logits(model, np.maximum(filled[:, :-1], 0))
    return _cost(logits[targets >= 0], targets[targets >= 0])


#: Bits per note below which a model says what is asked: no voice has another's tokens, so none comes twice in a row.
_SURE = 1.0


def _of_copies(model: Any, seed: int) -> float:
    """With each note as its own next one."""
    inputs, _ = _held_out(seed)
    bits = _bits(model, inputs, inputs)
    return -bits if bits < _SURE else -math.inf


def _of_the_note_after(model: Any, seed: int) -> float:
    inputs, targets = _held_out(seed)
    return -_cost(_logits(model, inputs)[:, :-1], targets[:, 1:])


def _of_reversed_notes(model: Any, seed: int) -> float:
    """With a chorale sung from its end, or with pieces shown from their end."""
    inputs, targets = _held_out(seed)
    return -min(_bits(model, *_held_out(seed, backwards=True)), _bits(model, inputs[:, ::-1], targets))


def _of_voices_in_turn(model: Any, seed: int) -> float:
    """With the notes of one voice after those of another."""
    voices = np.concatenate(
        [_stream([song]).reshape(-1, song.shape[1]).T.reshape(-1) for song in unseen_chorales(seed)]
    )
    return -_bits(model, *text.cut_windows(voices, _PIECE))


def _of_voices_downwards(model: Any, seed: int) -> float:
    return -_bits(model, *_held_out(seed, downwards=True))


_OTHER_NOTES = symptoms.Readings(
    plain=lambda model, seed: -_bits(model, *_held_out(seed)),
    others={
        "soprano first": _of_voices_downwards,
        "voice after voice": _of_voices_in_turn,
        "targets not shifted": _of_copies,
        "targets two notes ahead": _of_the_note_after,
        "time reversed": _of_reversed_notes,
    },
    margin=0.5,
    least=-4.0,
)


def _knows_no_order(model: Any, seed: int) -> bool:
    """Whether it has learnt how frequent the notes are, while those read help it no more than those of another piece.

    Where not even the frequencies are known, it has learnt too little to tell.
    """
    inputs, targets = _held_out(seed)
    shares = np.bincount(targets.ravel()) / targets.size
    chance = -float(np.sum(shares * np.log2(np.where(shares > 0, shares, 1))))
    bits = _bits(model, inputs, targets)
    return bits < chance - 0.3 and _bits(model, np.roll(inputs, 1, axis=0), targets) < bits + 0.1


chorale_writer = Training(
    name="chorale_writer",
    kind=Kind.TRAINING,
    open_ended=True,
    score=_score,
    measure="bits per note fewer than counting",
    bar=BAR,
    higher_is_better=True,
    mistakes=(
        symptoms.not_finite(_on_held_out),
        symptoms.probabilities_for_logits(_on_held_out),
        symptoms.COST_WITHOUT_SOFTMAX,
        symptoms.sees_the_future(_logits, lambda seed: _held_out(seed)[0]),
        *symptoms.squashed(_on_held_out, "logits"),
        symptoms.no_memory(_logits, lambda seed: _held_out(seed)[0]),
        _OTHER_NOTES.sign(
            "soprano first",
            "It does better when each step begins with the soprano: it was trained on the stream of the composer "
            "above. Here the bass comes first, then tenor, alto, soprano.",
        ),
        _OTHER_NOTES.sign(
            "voice after voice",
            "It does better when all notes of one voice come first, then those of the next: it was trained on them in "
            "that order. Here the four voices take turns, note by note (interleave).",
        ),
        _OTHER_NOTES.sign(
            "targets not shifted",
            "It gives back the note it has just read: was it trained with the inputs as targets, without the shift by "
            "one that cut_windows makes?",
        ),
        _OTHER_NOTES.sign(
            "targets two notes ahead",
            "It says the note after the next one: its targets were two places ahead of the inputs, not one.",
        ),
        symptoms.RECURRENCE_FROZEN,
        symptoms.HARDLY_TRAINED,
        symptoms.RATE_TOO_LARGE,
        _OTHER_NOTES.sign(
            "time reversed",
            "It does better when the notes are shown from the end to the start: what it learnt from was turned around "
            "in time.",
        ),
        Symptom(
            "targets shuffled",
            _knows_no_order,
            "It has learnt how frequent the notes are, and yet those it has read help it no more than those of another "
            "piece: do the targets still belong to their inputs?",
        ),
        symptoms.NOT_ENOUGH,
    ),
    refuses=symptoms.no_keras_model,
    shapes="It reads notes of shape (batch, time) and gives a logit for each of the 220 tokens at every step.",
    recipe="""
keras.utils.set_random_seed(1)
upwards = np.concatenate([to_stream(song[:, ::-1]) for song in known])
inputs, targets = rnncourse.cut_windows(upwards, 64)
chorale_writer = rnncourse.token_model(STREAM_TOKENS)
recipe = rnncourse.recipe_optimizer(12 * (len(inputs) // 8), peak=1e-2)
told = rnncourse.fit(
    chorale_writer, inputs, targets, epochs=12, optimizer=recipe, batch_size=8, metrics=()
)
""",
    hints=(
        "Turn the columns of each song round before to_stream reads it: then the bass comes first. All the rest may "
        "stay as it was for the composer.",
        "song[:, ::-1] has the columns in the other order. to_stream, np.concatenate and "
        "rnncourse.cut_windows make pieces of the songs.",
        "rnncourse.token_model(STREAM_TOKENS) and rnncourse.fit(…, metrics=()), 8 pieces per batch, twelve passes; a "
        "new model and a new optimizer for each try.",
    ),
    points=3,
    difficulty=2,
    minutes=10,
)

EXERCISES = (
    continue_series,
    bits_per_character,
    interpolated_shares,
    temperature_for,
    auc_per_unit,
    chorale_writer,
)
