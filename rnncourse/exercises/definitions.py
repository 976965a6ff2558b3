"""What an exercise is: the function to write, the truth, the cases to try, the mistakes to recognise, the hints.

One definition serves the learner's ``check`` and ``hint``, the nbgrader cells, the tests and the class report, so an
exercise cannot be checked in one way and graded in another.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

Case = dict[str, Any]

#: The cases that ``check`` tries, and the held-out part that its scores are measured on; grading uses other seeds.
PRACTICE_SEED = 1
#: The tolerance of a count: an answer wrong by 1 is wrong up to a hundred million, and rounding still does not matter.
WHOLE = 1e-9


def call_with_case(function: Callable[..., Any], case: Case) -> Any:
    """Ask a function for its answer to one case: f(*arguments), in the order the case lists them."""
    return function(*case.values())


@dataclass(frozen=True)
class Call:
    """How a function is asked for its answer: all of an exercise that has to be known where the learner's code runs.

    Args:
        name: the name of the learner's function.
        how: (function, case) -> the answer.
        parts: names of the things returned, where there are several.
        seconds: time limit for one call.
        copies: whether each call gets copies of the arguments.
    """

    name: str
    how: Callable[[Callable[..., Any], Case], Any] = call_with_case
    parts: tuple[str, ...] = ()
    seconds: float = 5.0
    copies: bool = True


@dataclass(frozen=True)
class Probe:
    """A small task that a design should be up to; where it is not, that says what is wrong with it.

    Args:
        case: what it is put to work on, as a case of the exercise.
        advice: what to tell the learner whose design fails here; no number of a case.
    """

    case: Case
    advice: str


@dataclass(frozen=True)
class Measure:
    """One thing that is measured of a design, told where it is not as a right design has it.

    Args:
        words: what is measured, with {} in the place of its value: "Places of padding: {}".
        value: a number, or words; two values are the same if they read the same.
        right: what follows, with {} in the place of what a right design has there; every right design has the same.
            '' for what right designs need not share: it is told of every wrong one.
    """

    words: str
    value: float | str
    right: str = ", expected {}"


@dataclass(frozen=True)
class Apart:
    """The rows of a piece of a design which no right design has alike, nor full of zeros.

    Args:
        rows: their names, from the first row on, '' for one that does not matter; () for all rows, by their numbers.
        piece: its name; '' for a design of a single one.
        directions: whether rows that are positive multiples of one another are as bad as equal ones.
        columns: whether the same holds of the columns.
    """

    rows: tuple[str, ...] = ()
    piece: str = ""
    directions: bool = False
    columns: bool = False


@dataclass(frozen=True)
class Design:
    """How a design is judged: a function returns it, it is put to work on inputs that the function never saw.

    An exercise with ``call=Design(…)`` is right if its design does what the reference's does, whatever it is made of.
    While it is graded, the learner's code runs elsewhere and hands over the pieces; they are put to work here.

    Args:
        run: (the pieces in their order, the case by name) -> what is compared: outputs with a wide tolerance, or
            decisions. It raises ValueError, in words for the learner, where pieces do not fit together or the task.
        pieces: names of the arrays that make up the design, in the order in which the function returns them; none for
            a single one.
        unseen: names of the entries of a case that the function is not given: what its design is put to work on.
        measures: (the pieces, the case by name) -> what is measured of a design at work, for a learner whose design is
            wrong; as many for one design as for another in the same case.
        apart: which rows of its pieces no right design has alike.
        small: made-up cases, the smallest first: a wrong design is shown at the first in which it fails.
    """

    run: Callable[..., Any]
    pieces: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    measures: Callable[..., tuple[Measure, ...]] | None = None
    apart: tuple[Apart, ...] = ()
    small: Callable[[], Iterable[Case]] = tuple

    def given(self, case: Case) -> Case:
        """The entries of a case that the function is called with."""
        return {name: value for name, value in case.items() if name not in self.unseen}

    def ask(self, function: Callable[..., Any], case: Case) -> Any:
        """Ask a function for its design, as it returns it."""
        return call_with_case(function, self.given(case))

    def __call__(self, function: Callable[..., Any], case: Case) -> Any:
        """Ask a function for its design and put that to work."""
        design = self.ask(function, case)
        pieces = [design[piece] for piece in self.pieces] if isinstance(design, Mapping) else design
        return self.run(*(pieces if self.pieces else [pieces]), **case)


@dataclass(frozen=True)
class Mistake:
    """A small wrong function that learners really write, and the advice that mends it.

    Recognising a mistake is running it on the inputs of the learner's function and comparing what comes out.

    Args:
        name: a few words for the instructor's report, for example "bias left out".
        function: the reference with one thing wrong; same arguments as the reference.
        advice: what to tell the learner; it names the term to look at, not the line to write.
    """

    name: str
    function: Callable[..., Any]
    advice: str


@dataclass(frozen=True)
class Symptom:
    """A sign in a trained model by which a known mistake is recognised, and the advice that mends it.

    Args:
        name: a few words for the instructor's report, for example "time reversed".
        shows: (model, seed) -> whether the model has the mistake. Called only for models that miss the bar.
        advice: what to tell the learner.
        always: whether it is looked for in a model that clears the bar as well, and spoils it.
    """

    name: str
    shows: Callable[[Any, int], bool]
    advice: str
    always: bool = False


class Kind(StrEnum):
    """What an exercise asks for, in the words that stand below its heading."""

    NEW_CASE = "a new case"
    INVERSE = "from the result back to its cause"
    DESIGN = "a design of your own"
    ASSEMBLY = "parts put together"
    BUG = "find the mistake"
    PREDICTION = "a prediction"
    READING = "numbers to read"
    TRAINING = "a model to train"


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a learner is asked for, and what it is worth: a function, the answer to a question, or a trained model.

    Args:
        name: the name of the learner's function, or of the variable that holds the answer.
        kind: what it asks for.
        hints: from a nudge to nearly the line; asked for one at a time.
        points: nbgrader points.
        difficulty: 1 to 3 stars.
        minutes: how long a learner needs.
        mistakes: known wrong answers; the first that fits is named.
        open_ended: whether many answers that differ are right, because it is judged by what the answer does.
    """

    name: str
    kind: Kind
    hints: tuple[str, ...]
    points: int
    difficulty: int
    minutes: int
    mistakes: tuple[Mistake | Symptom, ...] = ()
    open_ended: bool = False

    def earned(self, share: float, of: float | None = None) -> float:
        """share · points, to a hundredth of a point: what every page, file and gradebook says.

        Args:
            share: share of the task that is right, 0 to 1.
            of: what the task is worth, where that is not its own points.
        """
        return round(share * (self.points if of is None else of), 2)

    def advice_on(self, mistake: str) -> str:
        """What is said to everyone who makes a known mistake; '' where it is none of this task's."""
        return next((known.advice for known in self.mistakes if known.name == mistake), "")


@dataclass(frozen=True, kw_only=True)
class Exercise(Task):
    """A function that the learner writes, with all that is needed to check, hint, grade and report it.

    Args:
        reference: the truth, from the package.
        cases: rng -> the arguments of one call, in order, by name. Asymmetric random values; no two sizes equal.
        mistakes: each recognisable by its output.
        withheld: what else of the package computes it, and is taken out while it is graded: public names, or
            ``module:name``. Twins in TensorFlow of the name ``…_tensorflow`` need no mention.
        parts: names of the things returned, where there are several; each earns its share of the points.
        call: how the function is asked for its answer. An exercise whose function builds a layer calls the layer here;
            one whose function designs something puts the design to work (``Design``).
        case_count: how many random cases one check tries.
        other_cases: fixed cases tried next, in other sizes: what was written for the sizes of one case fails there.
        edge_cases: fixed cases tried last, where a boundary matters.
        tolerance: largest |got - expected| / (1 + |expected|) that counts as equal; ``WHOLE`` for a count.
        seconds: time limit for one call.
        copies: whether each call gets copies of the arguments; a model is not copied.
        example: case -> arguments that the learner's function takes by name, where the case itself is none such.
        probes: small tasks, the easiest first, that tell what a design which is no known mistake cannot do.
        alternatives: other right answers, said in a line; longer ones stand in ``tests/exercises/chapters``.
        starts_from: the name of one of its mistakes, said as an edit: the learner's cell holds it, and it is to be
            found. '' for a function that is to be written.
    """

    reference: Callable[..., Any]
    cases: Callable[[np.random.Generator], Case]
    mistakes: tuple[Mistake, ...] = ()
    withheld: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    call: Callable[[Callable[..., Any], Case], Any] = call_with_case
    case_count: int = 3
    other_cases: tuple[Case, ...] = ()
    edge_cases: tuple[Case, ...] = ()
    tolerance: float = 1e-4
    seconds: float = 5.0
    copies: bool = True
    example: Callable[[Case], Case] | None = None
    probes: tuple[Probe, ...] = ()
    alternatives: tuple[Callable[..., Any], ...] = ()
    starts_from: str = ""

    def make_cases(self, seed: int) -> list[Case]:
        """The cases of one seed: the same seed gives the same cases on every machine."""
        stream = [zlib.crc32(self.name.encode()), seed]
        drawn = [self.cases(np.random.default_rng([*stream, index])) for index in range(self.case_count)]
        return [*drawn, *self.other_cases, *self.edge_cases]

    @property
    def ordinary(self) -> int:
        """How many of its cases, the first ones, are no edge cases."""
        return self.case_count + len(self.other_cases)

    @property
    def given(self) -> Mistake | None:
        """The mistake that the learner's cell starts from, where one is to be found.

        Raises:
            LookupError: ``starts_from`` is the name of no mistake of the exercise.
        """
        if not self.starts_from:
            return None
        for mistake in self.mistakes:
            if mistake.name == self.starts_from:
                return mistake
        raise LookupError(f"{self.name} starts from {self.starts_from!r}, expected the name of one of its mistakes.")

    def as_call(self) -> Call:
        """How its function is asked, without the truth, the cases and the mistakes."""
        return Call(self.name, self.call, self.parts, self.seconds, self.copies)


@dataclass(frozen=True, kw_only=True)
class Question(Task):
    """A question with a short answer: a whole number, a shape, a word, a yes or no, or a dictionary of these.

    Args:
        answer: the truth. A dictionary has one part a key; each part earns its share of the points.
        feedback: wrong answer -> what to think about (for a dictionary: key -> such a mapping).
        choices: the words to choose from, where the answer is a word.
    """

    answer: Any
    feedback: Mapping[Any, Any]
    choices: tuple[str, ...] = ()

    @property
    def parts(self) -> tuple[str, ...]:
        """The keys of a dictionary answer; empty for a single answer."""
        return tuple(self.answer) if isinstance(self.answer, dict) else ()


@dataclass(frozen=True, kw_only=True)
class Training(Task):
    """An exercise whose answer is a trained model: it must clear a bar on inputs it has never seen.

    Args:
        score: (model, seed) -> a number measured on held-out inputs; the seed chooses which.
        measure: what the number is, for example "accuracy" or "mean squared error".
        bar: the number to reach; one that a broken model cannot.
        higher_is_better: whether the score has to be at least the bar, or at most.
        mistakes: symptoms to look for in a model that misses the bar.
        seconds: time limit for one score; a right model on a slow machine stays well below it.
        measured_on: what the score is measured on, as a learner reads it.
        refuses: answer -> what it is instead of what is asked for, in words that follow its name; '' where it is that.
        shapes: what the model reads and gives; said where it could not be tried.
        recipe: one training that clears the bar, as it stands in the chapter's solution; runs below the cells there.
    """

    score: Callable[[Any, int], float]
    measure: str
    bar: float
    higher_is_better: bool
    mistakes: tuple[Symptom, ...] = ()
    seconds: float = 90.0
    measured_on: str = "inputs it has not seen"
    refuses: Callable[[Any], str] = lambda answer: ""
    shapes: str = ""
    recipe: str = ""

    def clears(self, score: float) -> bool:
        """Whether a score is good enough; NaN never is."""
        return score >= self.bar if self.higher_is_better else score <= self.bar

    def as_call(self) -> Call:
        """How its score and its symptoms are asked: caught and timed like a learner's function."""
        return Call(self.name, seconds=self.seconds, copies=False)


@dataclass(frozen=True, kw_only=True)
class Stage(Task):
    """A stage of a project that the learner has chosen, judged by what its card says of it: ``honesty.findings``.

    Args:
        parts: what is asked for -> the names of the findings that speak against it; each an equal share of the points.
        mistakes: signs by which a finding is recognised on a card, for the report.
        recipe: one way to come to a card with nothing against it, as it stands in the chapter's solution.
    """

    parts: Mapping[str, tuple[str, ...]]
    mistakes: tuple[Symptom, ...] = ()
    recipe: str = ""


@dataclass(frozen=True)
class ByHand:
    """Something of a project that a person grades.

    Attributes:
        name: of its cell (nbgrader's ``grade_id``).
        title: what it is about, in a few words.
        asks: what the learner is to write there.
        levels: what earns 0, 1, 2, … points, in this order.
    """

    name: str
    title: str
    asks: str
    levels: tuple[str, ...]

    @property
    def points(self) -> int:
        """The points of the highest level."""
        return len(self.levels) - 1
