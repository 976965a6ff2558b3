"""The exercises of chapter 8: feeding a network its own words, and drawing the next one."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np

from rnncourse import generating, text
from rnncourse.exercises import alternatives, symptoms
from rnncourse.exercises.cases import OF_A_READER, reading_case
from rnncourse.exercises.definitions import PRACTICE_SEED, Case, Exercise, Kind, Mistake, Question, Symptom, Training
from rnncourse.exercises.edits import changed, of_relatives

BATCH, TIME, UNITS, CLASSES = 3, 4, 5, 6


def _series_case(rng: np.random.Generator) -> Case:
    """A cell that reads and says two numbers, so that the features axis cannot be overlooked."""
    return {**reading_case(rng, BATCH, TIME, 2, UNITS, 2), "steps": int(rng.integers(5, 8))}


#: Another number of everything, and more inputs than new values.
_LONGER_SERIES = {**reading_case(np.random.default_rng(2), 4, 6, 3, 7, 3), "steps": 5}


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


cell_steps = Question(
    name="cell_steps",
    kind=Kind.PREDICTION,
    answer={"window read again": 6000, "state kept": 319},
    feedback={
        "window read again": {
            300: "that is the number of values. For each of them the whole window of 20 is read.",
            320: "for each new value the whole window of 20 is read, from its first step.",
            20: "that is one reading of the window. There is one for each new value.",
        },
        "state kept": {
            300: "before the first new value comes, the window has to be read once.",
            320: "one less: the last reading of the window makes the first new value already.",
            6000: "with the state kept, the window is read only once.",
            20: "that is the reading of the window. Then come the new values.",
            299: "that is what comes after the first new value. Count the reading of the window too.",
        },
    },
    hints=(
        "Write down the first case for 3 new values and a window of 2, and count.",
        "Reading again: every value costs a whole window.",
        "State kept: the window once, which makes the first value; then one step for each of the others.",
    ),
    points=2,
    difficulty=1,
    minutes=3,
)


def _logits_case(rng: np.random.Generator) -> Case:
    return {"logits": rng.normal(0, 2, size=(BATCH, CLASSES)), "temperature": float(rng.uniform(0.4, 2.5))}


_softmax = partial(changed, generating.softmax_with_temperature)

softmax_with_temperature = Exercise(
    name="softmax_with_temperature",
    kind=Kind.TRANSCRIPTION,
    reference=generating.softmax_with_temperature,
    alternatives=(alternatives.softmax_with_temperature,),
    cases=_logits_case,
    edge_cases=({"logits": np.array([[1000.0, 999.0, 0.0], [-1000.0, -1002.0, -999.0]]), "temperature": 0.8},),
    mistakes=(
        Mistake(
            "temperature left out",
            _softmax((" / temperature", "")),
            "That is the plain softmax: the temperature makes no difference.",
        ),
        Mistake(
            "multiplied by the temperature",
            _softmax(("/ temperature", "* temperature")),
            "You multiplied the logits by the temperature. A high temperature has to make them more alike: divide.",
        ),
        Mistake(
            "divided after the softmax",
            _softmax((" / temperature", ""), ("return powers", "return powers / temperature")),
            "You divided the probabilities, which then no longer add up to 1. Divide the logits, before exp.",
        ),
        Mistake(
            "one sum for the batch",
            _softmax(
                ("max(logits, axis=1, keepdims=True)", "max(logits)"),
                ("sum(powers, axis=1, keepdims=True)", "sum(powers)"),
            ),
            "You divided by the sum of the whole batch. Each row adds up to 1 (axis=1).",
        ),
        Mistake(
            "columns add up to 1",
            _softmax(("max(logits, axis=1", "max(logits, axis=0"), ("sum(powers, axis=1", "sum(powers, axis=0")),
            "Your columns add up to 1. The classes of one instance stand in a row: axis=1.",
        ),
        Mistake(
            "exp overflows",
            np.errstate(over="ignore", invalid="ignore")(
                _softmax(("(logits - np.max(logits, axis=1, keepdims=True))", "logits"))
            ),
            "Right for small logits, but exp of a large number overflows. First take the largest of each row off.",
        ),
        Mistake(
            "not divided by the sum",
            _softmax((" / np.sum(powers, axis=1, keepdims=True)", "")),
            "The rows do not add up to 1. Divide by their sum.",
        ),
        Mistake(
            "logits divided, no exp",
            lambda z, temperature: z / temperature,
            "Those are the logits divided by T. Now make probabilities of them.",
        ),
        Mistake(
            "divided by the sum, no exp",
            lambda z, temperature: z / np.sum(z, axis=1, keepdims=True),
            "The exp is missing. Without it the shares can be negative, and the temperature makes no difference.",
        ),
        Mistake(
            "divided by the largest logit",
            np.errstate(all="ignore")(
                _softmax(
                    (
                        "(logits - np.max(logits, axis=1, keepdims=True)) / temperature",
                        "logits / np.max(logits, axis=1, keepdims=True)",
                    )
                )
            ),
            "You divide by the largest logit of the row, which changes the probabilities. Take it off, by a minus.",
        ),
        Mistake(
            "sign of the logits",
            _softmax(("np.exp(scaled)", "np.exp(-scaled)")),
            "The largest logit gets the smallest probability: look at the sign in the exponent.",
        ),
        Mistake(
            "powers of 2",
            _softmax(("np.exp(scaled)", "2.0**scaled")),
            "You take powers of 2. The softmax takes exp.",
        ),
        Mistake(
            "logarithm of the probabilities",
            _softmax(
                (
                    "return powers / np.sum(powers, axis=1, keepdims=True)",
                    "return scaled - np.log(np.sum(powers, axis=1, keepdims=True))",
                )
            ),
            "Those are the logarithms of the probabilities. The probabilities themselves are asked for.",
        ),
    ),
    hints=(
        "It is the softmax of chapter 6 with one thing done to the logits first.",
        "Divide the logits by the temperature. Take the largest of each row off, so that exp cannot overflow.",
        "powers = np.exp(…); divide by np.sum(powers, axis=1, keepdims=True).",
    ),
    points=2,
    difficulty=1,
    minutes=6,
)


def _pick_case(rng: np.random.Generator) -> Case:
    """Probabilities with zeros among them, at the start too, and a number that falls in a stretch of some length."""
    weights = rng.uniform(0.5, 1.5, size=CLASSES) * np.array([0, 1, 1, 0, 1, 1])
    probabilities = weights / weights.sum()
    chosen = int(rng.choice([1, 2, 4, 5]))
    inside = float(rng.uniform(0.2, 0.8))
    return {
        "probabilities": probabilities,
        "number": float(np.sum(probabilities[:chosen]) + inside * probabilities[chosen]),
    }


_SINGLE = "You compare the number with each probability by itself. Compare it with their running sum."

pick = Exercise(
    name="pick",
    kind=Kind.INVERSE,
    reference=generating.pick,
    alternatives=(alternatives.pick,),
    cases=_pick_case,
    case_count=8,
    edge_cases=(
        {"probabilities": np.array([0.0, 0.25, 0.25, 0.5]), "number": 0.0},
        {"probabilities": np.array([0.0, 0.25, 0.25, 0.5]), "number": 0.25},
        {"probabilities": np.array([0.5, 0.25, 0.25, 0.0]), "number": 0.75},
    ),
    mistakes=(
        Mistake(
            "always the likeliest",
            lambda p, u: int(np.argmax(p)),
            "You always take the likeliest class: the number makes no difference. It is to decide.",
        ),
        Mistake(
            "number compared with single probabilities",
            lambda p, u: int(np.argmax(p > u)),
            _SINGLE,
        ),
        Mistake(
            "one class too far",
            lambda p, u: int(np.argmax(np.cumsum(p) > u)) + 1,
            "One class too far: the first running sum that is more than the number belongs to the class wanted.",
        ),
        Mistake(
            "one class too early",
            lambda p, u: max(int(np.argmax(np.cumsum(p) > u)) - 1, 0),
            "One class too early: take the first whose running sum is more than the number.",
        ),
        Mistake(
            "border given to the wrong class",
            lambda p, u: int(np.argmax(np.cumsum(p) >= u)),
            "On the border between two stretches the number belongs to the later one: use more than, not at least. At "
            "0.0 a class of probability 0 would be picked otherwise.",
        ),
        Mistake(
            "all classes equally likely",
            lambda p, u: int(u * len(p)),
            "You cut the line from 0 to 1 into equal stretches. Each class has a stretch as long as its probability.",
        ),
        Mistake(
            "counted from the end",
            lambda p, u: int(len(p) - 1 - np.argmax(np.cumsum(p[::-1]) > u)),
            "You lay the stretches down from the last class to the first. Begin with class 0.",
        ),
        Mistake(
            "yes or no for each class",
            lambda p, u: np.cumsum(p) > u,
            "That says for each class whether its running sum is more than the number. Return the first that is.",
        ),
        Mistake(
            "number compared with single probabilities, none found",
            lambda p, u: next((k for k, share in enumerate(p) if share > u), None),
            _SINGLE,
        ),
        Mistake(
            "turned round",
            lambda p, u: int(np.argmax(np.cumsum(p[::-1]) > u)),
            "You lay the stretches down from the last class to the first, and count from there. Begin with class 0.",
        ),
        Mistake(
            "sorted first",
            lambda p, u: int(np.argmax(np.cumsum(np.sort(p)[::-1]) > u)),
            "You sort the probabilities first, so that the numbers are no longer those of the classes. Leave them in "
            "their order.",
        ),
        Mistake(
            "nearest end of a stretch",
            lambda p, u: int(np.argmin(np.abs(np.cumsum(p) - u))),
            "You take the stretch whose end is nearest. The number lies in the first whose end is more than it.",
        ),
    ),
    hints=(
        "Lay the probabilities side by side on the line from 0 to 1. Into whose stretch does the number fall?",
        "np.cumsum gives the right ends of the stretches.",
        "np.argmax of (right ends > number) is the first that is True.",
    ),
    points=2,
    difficulty=2,
    minutes=6,
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
    kind=Kind.TRANSCRIPTION,
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
            lambda p, k: -np.mean(np.log2(p[:, k])),
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

_LEARNT_FROM, _TO_CHECK, _TO_GRADE = 54, 57, 60
_PIECE = 64  # notes
BAR = 2.3


def _chorales(seed: int) -> list[np.ndarray]:
    """Chorales that no training has seen, as tokens."""
    from rnncourse.datasets.chorales import load_chorales, to_tokens

    first, last = (_LEARNT_FROM, _TO_CHECK) if seed == PRACTICE_SEED else (_TO_CHECK, _TO_GRADE)
    return [to_tokens(chorale) for chorale in load_chorales(_TO_GRADE)[first:last]]


def _held_out(seed: int, backwards: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Pieces of chorales that no training has seen, and the note that comes next at each place."""
    stream = np.concatenate([generating.interleave(chorale) for chorale in _chorales(seed)])
    return text.cut_windows(stream[::-1] if backwards else stream, _PIECE)


def _logits(model: Any, inputs: np.ndarray) -> np.ndarray:
    from rnncourse.datasets.chorales import VOCABULARY

    logits, expected = np.asarray(model(inputs, training=False)), (*inputs.shape, len(VOCABULARY))
    if logits.shape != expected:
        raise ValueError(
            f"For notes of shape {inputs.shape} it gives {logits.shape}, expected {expected}: a logit for each entry "
            "of the vocabulary, at every step."
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
    return _bits(model, *_held_out(seed))


#: Bits a note below which a model knows what comes.
_SURE = 0.3


def _of_copies(model: Any, seed: int) -> float:
    """With each note as its own next one, which a model of single voices nearly says, too: there notes are held."""
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
    voices = np.concatenate([chorale.T.reshape(-1) for chorale in _chorales(seed)])
    return -_bits(model, *text.cut_windows(voices, _PIECE))


_OTHER_NOTES = symptoms.Readings(
    plain=lambda model, seed: -_score(model, seed),
    others={
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
    kind=Kind.COPY,
    score=_score,
    measure="bits a note",
    bar=BAR,
    higher_is_better=False,
    mistakes=(
        symptoms.not_finite(_on_held_out),
        symptoms.probabilities_for_logits(_on_held_out),
        symptoms.sees_the_future(_logits, lambda seed: _held_out(seed)[0]),
        *symptoms.squashed(_on_held_out, "logits"),
        symptoms.no_memory(_logits, lambda seed: _held_out(seed)[0]),
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
    shapes="It reads notes of shape (batch, time) and gives a logit for each entry of the vocabulary at every step.",
    recipe="""
keras.utils.set_random_seed(1)
inputs, targets = rnncourse.cut_windows(learn, 64)
chorale_writer = rnncourse.token_model(len(VOCABULARY), units=64)
recipe = rnncourse.recipe_optimizer(6 * (len(inputs) // 8), peak=1e-2)
told = rnncourse.fit(
    chorale_writer, inputs, targets, epochs=6, optimizer=recipe, batch_size=8, metrics=()
)
""",
    hints=(
        "rnncourse.token_model(len(VOCABULARY)) makes the network, and rnncourse.fit(…, metrics=()) trains it.",
        "The pieces are few, so take small batches: 8 pieces a batch, six passes, and the recipe of chapter 6.",
        "rnncourse.recipe_optimizer(6 * (len(inputs) // 8), peak=1e-2). A new model and a new optimizer for each try.",
    ),
    points=3,
    difficulty=2,
    minutes=8,
)

EXERCISES = (continue_series, cell_steps, bits_per_character, softmax_with_temperature, pick, chorale_writer)
