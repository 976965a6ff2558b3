"""Chapter 16: Your project."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from rnncourse import forecasting, honesty, leaks
from rnncourse.exercises import alternatives
from rnncourse.exercises.definitions import (
    WHOLE,
    ByHand,
    Case,
    Exercise,
    Kind,
    Mistake,
    Question,
    Stage,
    Symptom,
    Task,
)
from rnncourse.exercises.edits import changed
from rnncourse.project import Card, findings

_cut = partial(changed, forecasting.cut_in_time)
_KEPT = "begins[(begins >= low) & (ends <= high)] - time_steps"


def _cut_case(rng: np.random.Generator) -> Case:
    """A series, windows and two cuts, none of which can stand for another."""
    time_steps, ahead = int(rng.integers(4, 8)), int(rng.integers(2, 4))
    first = int(rng.integers(20, 30))
    second = first + int(rng.integers(11, 16))
    return {
        "length": second + int(rng.integers(16, 20)),
        "time_steps": time_steps,
        "ahead": ahead,
        "first": first,
        "second": second,
    }


def _cut_by_sets(length: Any, time_steps: Any, ahead: Any, first: Any, second: Any) -> Any:
    """Value by value: a window belongs where all of its targets are."""
    part_of = [0] * first + [1] * (second - first) + [2] * (length - second)
    starts: list[list[int]] = [[], [], []]
    for start in range(length - time_steps - ahead + 1):
        parts_met = set(part_of[start + time_steps : start + time_steps + ahead])
        if len(parts_met) == 1:
            starts[parts_met.pop()].append(start)
    return tuple(np.array(part, dtype=int) for part in starts)


def _lead_by_sums(scores: Any, others: Any) -> Any:
    """With sums of squares."""
    total = 0.0
    for row in (scores, others):
        mean = sum(row) / len(row)
        total += sum((value - mean) ** 2 for value in row) / (len(row) - 1) / len(row)
    return (sum(scores) / len(scores) - sum(others) / len(others)) / total**0.5


cut_in_time = Exercise(
    name="cut_in_time",
    kind=Kind.NEW_CASE,
    reference=forecasting.cut_in_time,
    alternatives=(alternatives.cut_in_time, _cut_by_sets),
    cases=_cut_case,
    other_cases=(
        {"length": 90, "time_steps": 3, "ahead": 5, "first": 50, "second": 71},
        {"length": 41, "time_steps": 9, "ahead": 1, "first": 19, "second": 30},
    ),
    parts=("train", "validation", "test"),
    tolerance=WHOLE,
    mistakes=(
        Mistake(
            "windows that lie across a cut",
            _cut(("(ends <= high)", "(begins < high)")),
            "Some of your windows have targets on both sides of a cut: the first is learnt from, the last judged by. "
            "All of them have to lie in one part.",
        ),
        Mistake(
            "windows across a cut in the later part",
            _cut(("(begins >= low)", "(ends > low)")),
            "Some of your windows of a later part have targets that still lie before the cut. Those were learnt from.",
        ),
        Mistake(
            "inputs may not reach back",
            _cut(("(begins >= low)", "(begins - time_steps >= low)")),
            "You leave out windows whose inputs reach back into the part before. What is read is known when the "
            "forecast is made; only the targets have to lie in their own part.",
        ),
        Mistake(
            "cut by where a window starts",
            _cut((_KEPT, "begins[(begins - time_steps >= low) & (begins - time_steps < high)] - time_steps")),
            "You cut by where a window starts. What decides is where its targets are.",
        ),
        Mistake(
            "cut by the first target alone, and the series' end forgotten",
            _cut(
                ("np.arange(time_steps, length - ahead + 1)", "np.arange(time_steps, length)"),
                ("(ends <= high)", "(begins < high)"),
            ),
            "Your last windows have targets behind the end of the series, or behind a cut. Count all of the targets.",
        ),
        Mistake(
            "last window of each part left out",
            _cut(("ends <= high", "ends < high")),
            "The last window of a part is missing. Its last target is the last value before the cut.",
        ),
        Mistake(
            "first window left out",
            _cut(("np.arange(time_steps, length", "np.arange(time_steps + 1, length")),
            "The first window is missing: it starts at value 0.",
        ),
        Mistake(
            "where the targets begin",
            _cut((_KEPT, "begins[(begins >= low) & (ends <= high)]")),
            "You return where the targets begin. Asked is where the windows start, time_steps earlier.",
        ),
    ),
    hints=(
        "Draw a series of 12 values, windows of 3 and 2 targets, and a cut at 7. Which windows have both targets left "
        "of it? Which have both right of it?",
        "The targets of window i are the values i + time_steps to i + time_steps + ahead - 1. The first must not lie "
        "before the part, the last not behind it.",
        "Make all starts with np.arange, then for each part keep those with start + time_steps >= low and start + "
        "time_steps + ahead <= high.",
    ),
    points=2,
    difficulty=2,
    minutes=10,
)

_lead = partial(changed, honesty.lead_in_errors)
_ERROR = "np.sqrt(np.var(scores, ddof=1) / len(scores) + np.var(others, ddof=1) / len(others))"


def _scores_case(rng: np.random.Generator, sizes: tuple[int, int] = (5, 3)) -> Case:
    one, other = rng.uniform(0.5, 0.9, size=2)
    return {
        "scores": one + 0.02 * rng.normal(size=sizes[0]),
        "others": other + 0.05 * rng.normal(size=sizes[1]),
    }


def _error_of_mean(scores: np.ndarray) -> float:
    return float(np.std(scores, ddof=1) / np.sqrt(len(scores)))


lead_in_errors = Exercise(
    name="lead_in_errors",
    kind=Kind.NEW_CASE,
    reference=honesty.lead_in_errors,
    alternatives=(alternatives.lead_in_errors, _lead_by_sums),
    cases=_scores_case,
    other_cases=(_scores_case(np.random.default_rng(2), (3, 8)), _scores_case(np.random.default_rng(3), (4, 4))),
    mistakes=(
        Mistake(
            "divided by n",
            _lead((_ERROR, _ERROR.replace("ddof=1", "ddof=0"))),
            "Your standard deviations have n below the sum, as for all scores there could be. These are samples: n - 1 "
            "(in NumPy ddof=1).",
        ),
        Mistake(
            "spread for error",
            _lead((_ERROR, "np.sqrt(np.var(scores, ddof=1) + np.var(others, ddof=1))")),
            "You divide by the spread of single scores. The mean of n scores moves less: its variance is s² / n.",
        ),
        Mistake(
            "errors added",
            _lead((_ERROR, "np.std(scores, ddof=1) / len(scores)**0.5 + np.std(others, ddof=1) / len(others)**0.5")),
            "You add the two standard errors. What adds up for independent numbers is their squares.",
        ),
        Mistake(
            "root left out",
            _lead((_ERROR, _ERROR.removeprefix("np.sqrt"))),
            "You divide by the variance of the difference. Its root has the unit of the scores.",
        ),
        Mistake(
            "error of one cell alone",
            _lead((_ERROR, "np.std(scores, ddof=1) / np.sqrt(len(scores))")),
            "Your standard error is that of the first cell. The second mean is uncertain as well.",
        ),
        Mistake(
            "one standard deviation of all scores",
            lambda scores, others: (np.mean(scores) - np.mean(others)) / _error_of_mean(np.append(scores, others)),
            "You take one standard deviation of all scores together. Then the lead itself makes it larger. Take that "
            "of each cell by itself.",
        ),
        Mistake(
            "spread of one cell alone",
            lambda scores, others: (np.mean(scores) - np.mean(others)) / np.std(scores, ddof=1),
            "You divide by the spread of the first cell's single scores. A mean of n scores moves less, and the second "
            "mean is uncertain as well.",
        ),
        Mistake(
            "divided by the square root of n twice",
            _lead((_ERROR, _ERROR.replace("len(scores)", "len(scores)**2").replace("len(others)", "len(others)**2"))),
            "The variance of a mean is s² / n, not s² / n².",
        ),
        Mistake(
            "the other way round",
            lambda scores, others: -honesty.lead_in_errors(scores, others),
            "The sign is turned: the lead is that of the first cell, above 0 where its mean is larger.",
        ),
        Mistake(
            "size without a sign",
            lambda scores, others: abs(honesty.lead_in_errors(scores, others)),
            "A lead may be negative: then the first cell is behind.",
        ),
        Mistake(
            "not measured in errors",
            lambda scores, others: np.mean(scores) - np.mean(others),
            "That is the lead in the unit of the scores. Divide it by its standard error.",
        ),
    ),
    hints=(
        "Two means differ by something; how much would it move if both cells were trained again from other seeds?",
        "The variance of a mean of n scores is s² / n. For a difference of two independent numbers variances add up.",
        "np.var(scores, ddof=1) / len(scores) is the first of the two. Add the second, take the root, and divide the "
        "difference of the means by it.",
    ),
    points=2,
    difficulty=2,
    minutes=7,
)

_CHOICES = ("duplicates", "groups", "time", "peeking", "unequal terms", "luck", "nothing")
what_is_wrong = Question(
    name="what_is_wrong",
    kind=Kind.READING,
    answer={"A": "groups", "B": "peeking", "C": "time", "D": "luck", "E": "unequal terms", "F": "nothing"},
    choices=_CHOICES,
    feedback={
        "A": {
            "duplicates": "no two sentences are the same recording; what do those of one speaker have in common?",
            "nothing": "a network may know the voice again, and with it the accent. Will it know a new one?",
            "time": "the order of the recordings does not matter here; who speaks does.",
        },
        "B": {
            "luck": "the seeds are many. How was the best of the settings found?",
            "nothing": "how was the best of the forty settings found? On which part?",
        },
        "C": {
            "duplicates": "no hour stands in two parts; but what stands an hour before and after each test hour?",
            "nothing": "what stands an hour before and after each hour of the test part?",
            "groups": "there are no people or pieces here; the hours themselves are neighbours.",
        },
        "D": {
            "nothing": "what would the two numbers be with another seed?",
            "unequal terms": "the two have as many parameters, and the same data. How often was each trained?",
        },
        "E": {
            "luck": "there are five seeds each, and their spread is small. Compare the two networks themselves.",
            "nothing": "compare the sizes of the two networks.",
        },
        "F": {
            "time": "the last year is kept apart: the network learns from the past alone.",
            "luck": "five seeds each, and the report says that it cannot tell the two apart. That is no claim.",
            "peeking": "the test year was scored once, after everything was chosen.",
        },
    },
    hints=(
        "Ask of each: what could the network, or its maker, know that they will not know on new data?",
        "Two are about the data: who, or what, is on both sides of the cut? Two are about choosing and claiming, one "
        "about size. One is as it should be.",
        "A: the same 40 speakers are in all parts. B: on which part was the best of forty chosen? D: how many seeds?",
    ),
    points=2,
    difficulty=1,
    minutes=6,
)


def _sign(name: str, advice: str) -> Symptom:
    """A finding on a card, as the report of a class knows it."""
    return Symptom(name, lambda card, seed: isinstance(card, Card) and name in {f.name for f in findings(card)}, advice)


_SIGNS = {
    honesty.NO_QUESTION: "Ask one question that a number can answer: what is compared with what, on which data.",
    honesty.NO_SPLIT: "Hand the three parts to project.split before anything is trained.",
    honesty.LATE_SPLIT: "Split first, then train. Restart the kernel and run the notebook from the top.",
    leaks.DUPLICATES: "Take doubles out before you split.",
    leaks.NEAR_DUPLICATES: "Split by what the copies come from.",
    leaks.OVERLAP: "Cut the series first, and make windows of each part afterwards.",
    leaks.SHUFFLED: "Cut time into stretches instead of shuffling windows.",
    leaks.FUTURE: "Let the test part be the last stretch of time.",
    leaks.GROUPS: "Put the whole of each group into one part.",
    leaks.PASSAGES: "Split by whole pieces, and take copies out.",
    leaks.GIVEN: "Let the target be what comes after the last step that is read.",
    leaks.NOT_LEARNT: "See to it that each class is in the train part too.",
    honesty.NO_TIMES: "Say when each window is: times=(…).",
    honesty.SMALL_TEST: "Keep more examples apart, or claim less.",
    honesty.NO_BASELINE: "Measure the simplest way to do it, and record it with project.baseline.",
    honesty.LATE_BASELINE: "State the baseline before the first training.",
    honesty.WEAK_BASELINE: "Take the best simple way you can find as a baseline.",
    honesty.NO_TRAINING: "Record each training with project.result.",
    honesty.ONE_CELL: "Train a second kind of cell on the same data.",
    honesty.UNEQUAL: "Choose the units so that both have as many parameters, within a tenth.",
    honesty.FEW_SEEDS: "Train each cell from at least three seeds.",
    honesty.IDLE_SEEDS: "Set the seed before the network is made, and make a new network for each seed.",
    honesty.NO_LOOK: "Score the test part once, at the end, and record it with project.look.",
    honesty.SECOND_LOOK: "Report the first look at the test part, or find new data for a second.",
    honesty.AFTER_LOOK: "Train everything first, and look last.",
    honesty.CONFUSED: "Measure validation and test scores on their own parts.",
    honesty.NO_CONCLUSION: "Say what came out with project.conclude.",
    honesty.UNKNOWN_WINNER: "Name a cell or a baseline that is on the card, or None.",
    honesty.LOSES: "Where the baseline is better, the baseline has won: say so.",
    honesty.WITHIN_SPREAD: "Claim no lead that other seeds could turn round.",
    honesty.CHOSEN_BY_TEST: "Choose by the validation part.",
}


def _stage(name: str, parts: dict[str, tuple[str, ...]], **told: object) -> Stage:
    """A stage whose known mistakes are the findings that speak against its parts."""
    names = dict.fromkeys(finding for findings_ in parts.values() for finding in findings_)
    signs = tuple(_sign(finding, _SIGNS[finding]) for finding in names)
    return Stage(name=name, kind=Kind.DESIGN, open_ended=True, parts=parts, mistakes=signs, points=5, **told)  # type: ignore[arg-type]


#: One project of many, as it stands in the chapter's solution; tests compare the two.
_FAIR_SPLIT = """
question = "Can a GRU hear whether a phrase of Bach is played backwards, more often than counting its moves can?"
project = rnncourse.Project(question, "accuracy", journal=None)  # tests run this again and again; yours has a journal
chorales = rnncourse.load_chorales(180)
tunes = {tune: [c for c in chorales if tune_of(c) == tune] for tune in map(tune_of, chorales)}
cuts = np.split(list(tunes), [int(0.6 * len(tunes)), int(0.8 * len(tunes))])
parts = {}
for name, cut in zip(("train", "validation", "test"), cuts):
    parts[name] = examples([chorale for tune in cut for chorale in tunes[tune]])
learnt = {row.tobytes() for row in parts["train"][0]}
for name in ("validation", "test"):
    new = [row.tobytes() not in learnt for row in parts[name][0]]
    parts[name] = parts[name][0][new], parts[name][1][new]
project.split("classes", **parts)
fair_split = project.card()
"""

_STATED_BASELINE = '''
def pairs_of_moves(inputs):
    """How often each voice makes each move right after each other move, shape (phrases, 4 · 13 · 13)."""
    voices = inputs.reshape(len(inputs), 23, 4, 13)
    return np.einsum("ntvi,ntvj->nvij", voices[:, :-1], voices[:, 1:]).reshape(len(inputs), -1)


(read_train, label_train), (read_validation, label_validation), (read_test, label_test) = parts.values()
known = pairs_of_moves(read_train)
forwards, backwards = (known[label_train == label].sum(axis=0) + 0.5 for label in (0, 1))
odds = np.log(backwards / forwards)  # of "backwards", what each pair says for it
counting = {name: np.mean((pairs_of_moves(rows) @ odds > 0) == labels) for name, (rows, labels) in parts.items()}
project.baseline("counted pairs of moves, log odds", counting["validation"])
stated_baseline = project.card()
'''

_EQUAL_TERMS = '''
def train(cell, units, seed, epochs=6):
    """A network of one cell that has read the phrases; the same recipe for all."""
    keras.utils.set_random_seed(seed)
    layers = [keras.Input((23, 52)), cell(units), keras.layers.Dense(1)]
    model = keras.Sequential(layers)
    steps = epochs * -(-len(read_train) // 64)
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    rnncourse.fit(model, read_train, label_train[:, np.newaxis].astype(np.float32), epochs=epochs, batch_size=64,
                  loss=loss, metrics=(), optimizer=rnncourse.recipe_optimizer(steps, peak=0.007))
    return model


def share_right(model, inputs, labels):
    return float(np.mean((np.asarray(model(inputs))[:, 0] > 0) == labels))


networks = {}
for name, cell, units in (("GRU", keras.layers.GRU, 24), ("simple RNN", keras.layers.SimpleRNN, 53)):
    for seed in range(3):
        networks[name, seed] = model = train(cell, units, seed)
        project.result(name, parameters=model, seed=seed, score=share_right(model, read_validation, label_validation))
equal_terms = project.card()
'''

_ONE_LOOK = """
gru = networks["GRU", 0]
for number, voice in enumerate(("soprano", "alto", "tenor", "bass")):
    silent = read_validation.copy().reshape(-1, 23, 4, 13)
    silent[:, :, number] = np.eye(13)[6]  # this voice never moves
    kept = share_right(gru, silent.reshape(-1, 23, 52), label_validation)
    print(f"without the {voice:8} accuracy ≈ {kept:.3f}")
moves = (read_validation.reshape(-1, 23, 4, 13).argmax(axis=3) != 6).sum(axis=(1, 2))
few = moves <= np.quantile(moves, 0.2)
calm, lively = (share_right(gru, read_validation[rows], label_validation[rows]) for rows in (few, ~few))
print(f"a fifth with the fewest moves: accuracy ≈ {calm:.3f}; the others ≈ {lively:.3f}")
project.note("inside", "One voice silenced after the other: each costs a few points. It hears all four.")
project.note("failure", "In phrases in which the voices move little, it is wrong more often than elsewhere.")
tested = {cell: float(np.mean([share_right(networks[cell, seed], read_test, label_test) for seed in range(3)]))
          for cell in ("GRU", "simple RNN")}
pairs = "counted pairs of moves, log odds"
project.look({**tested, pairs: counting["test"]})
project.conclude(pairs, "On validation pairs are ahead of both networks, and the GRU of a simple RNN of its size.")
one_look = project.card()
"""


fair_split = _stage(
    "fair_split",
    {
        "a question": (honesty.NO_QUESTION,),
        "three parts before training": (honesty.NO_SPLIT, honesty.LATE_SPLIT),
        "nothing in two parts": (
            honesty.NO_SPLIT,
            *(leaks.DUPLICATES, leaks.NEAR_DUPLICATES, leaks.OVERLAP, leaks.GROUPS, leaks.PASSAGES),
        ),
        "the future kept apart": (honesty.NO_SPLIT, leaks.SHUFFLED, leaks.FUTURE, leaks.GIVEN, honesty.NO_TIMES),
        "a test part that can tell": (honesty.NO_SPLIT, leaks.NOT_LEARNT, honesty.SMALL_TEST),
    },
    hints=(
        'Begin with project = rnncourse.Project("…?", "accuracy"), the question and what is measured. The question is '
        "one sentence; a number has to be able to answer it.",
        "Before you cut, ask what belongs together: a stretch of time, a piece, a person, a copy. Each goes into one "
        "part as a whole.",
        'Then project.split("classes", train=(inputs, labels), validation=…, test=…, groups=(…)) and, at the end, '
        "fair_split = project.card(). Read what the card says, mend the split, and run the cell again.",
    ),
    difficulty=2,
    minutes=15,
    recipe=_FAIR_SPLIT,
)
stated_baseline = _stage(
    "stated_baseline",
    {
        "a baseline of yours": (honesty.NO_BASELINE,),
        "before the first training": (honesty.NO_BASELINE, honesty.LATE_BASELINE),
        "none simpler is better": (honesty.NO_BASELINE, honesty.WEAK_BASELINE),
    },
    hints=(
        "What would you do with a pencil? The last value, the most frequent answer, a count, the answer to the most "
        "similar example, a sum of a few weighted numbers.",
        "The card of your split shows how far the course came with ways that fit any data. Yours should know something "
        "about your data that they do not.",
        'Measure it on the validation part, then project.baseline("what it does", score) and stated_baseline = '
        "project.card(), before anything is trained.",
    ),
    difficulty=2,
    minutes=10,
    recipe=_STATED_BASELINE,
)
equal_terms = _stage(
    "equal_terms",
    {
        "two kinds of cells": (honesty.NO_TRAINING, honesty.ONE_CELL),
        "as many parameters": (honesty.NO_TRAINING, honesty.ONE_CELL, honesty.UNEQUAL),
        "three seeds each": (honesty.NO_TRAINING, honesty.FEW_SEEDS, honesty.IDLE_SEEDS),
    },
    hints=(
        "One function that takes the cell and the seed, two loops around it, and project.result in the middle.",
        "Set the seed first (keras.utils.set_random_seed), then make the network, then train it, always with the same "
        "recipe. model.count_params() says how large it is: change the units until both are within a tenth.",
        'project.result("GRU", parameters=model, seed=seed, score=score on the validation part), six times at least, '
        "then equal_terms = project.card().",
    ),
    difficulty=2,
    minutes=20,
    recipe=_EQUAL_TERMS,
)
one_look = _stage(
    "one_look",
    {
        "one look, after everything": (honesty.NO_LOOK, honesty.SECOND_LOOK, honesty.AFTER_LOOK),
        "the right part": (honesty.NO_LOOK, honesty.CONFUSED),
        "a conclusion": (honesty.NO_CONCLUSION, honesty.UNKNOWN_WINNER),
        "that the numbers carry": (
            *(honesty.NO_CONCLUSION, honesty.UNKNOWN_WINNER),
            *(honesty.LOSES, honesty.WITHIN_SPREAD, honesty.CHOSEN_BY_TEST),
        ),
    },
    hints=(
        "Before you look, write down what you choose: which cell, which setting, by the validation part alone.",
        'Score all that you want to report at once: project.look({"GRU": …, "LSTM": …, "your baseline": …}).',
        "Then project.conclude(winner=…, words=…), and one_look = project.card(). A lead of less than two standard "
        "errors is no lead: winner=None.",
    ),
    difficulty=3,
    minutes=12,
    recipe=_ONE_LOOK,
)

EXERCISES: tuple[Task, ...] = (
    what_is_wrong,
    cut_in_time,
    lead_in_errors,
    fair_split,
    stated_baseline,
    equal_terms,
    one_look,
)

BY_HAND = (
    ByHand(
        name="hand_question",
        title="question and baseline",
        asks="Why is your question worth asking, who would use the answer, and why is your baseline a fair opponent?",
        levels=(
            "Nothing, or words that have nothing to do with the project.",
            "A topic (“music”, “the weather”); the baseline is there and not explained.",
            "A question that a number answers; the baseline is one that nobody would use.",
            "A question, why it matters, and a baseline that somebody would really use.",
            "As before, and what number would have counted as a yes was said before the training.",
        ),
    ),
    ByHand(
        name="hand_split",
        title="the split",
        asks="What belongs together in your data, and how did you keep it together? What could still leak?",
        levels=(
            "Nothing, or only that the data were split.",
            "Sizes of the parts, without a reason.",
            "A reason that fits some data, and not quite these.",
            "What belongs together is named (time, piece, person, copies) and kept together.",
            "As before, and a leak that the card cannot see was looked for, with what was found.",
        ),
    ),
    ByHand(
        name="hand_comparison",
        title="the comparison",
        asks="What was equal between the two cells, and what was not? What do the seeds say?",
        levels=(
            "Nothing, or a single number.",
            "Two numbers, without saying how they came about.",
            "Parameters and seeds are named; tuning or training time was not equal, and nobody says so.",
            "All that was equal and all that was not is named, and the lead is compared with the spread of seeds.",
            "As before, and the conclusion says no more than the numbers carry, also in tone.",
        ),
    ),
    ByHand(
        name="hand_inside",
        title="the look inside and the honest failure",
        asks="What does the network use? Show one case in which it fails, and say what you think is the reason.",
        levels=(
            "Nothing, or only a cost curve.",
            "A picture or a number of the inside, or a failure, without words.",
            "Both are there; the reason is a guess that nothing supports.",
            "A look inside that says what the network uses, and a failure with a reason that was tested.",
            "As before, and what the look inside found was checked by taking it away, or on new cases.",
        ),
    ),
    ByHand(
        name="hand_share",
        title="the thing to share",
        asks="A picture, a sound, a few lines of text, a page: what would you show to a friend, and what does it say?",
        levels=(
            "Nothing.",
            "Something that only its author understands.",
            "A friend understands it with help; it shows only the best case.",
            "A friend understands it alone; it says how it was chosen.",
            "As before, and it makes one want to try it; the failure is part of it.",
        ),
    ),
)
