"""What a diagnosis looks at: the cases, what an answer gave, and the truth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from rnncourse.checking.calls import Ending, Outcome, ask
from rnncourse.checking.comparing import close, same
from rnncourse.exercises.definitions import Case, Exercise


@dataclass(frozen=True)
class Evidence:
    """A wrong answer to an exercise, asked for every case.

    Attributes:
        exercise: what was asked for.
        cases: the arguments of each call.
        outcomes: what the answer gave, one for each case (fewer where the rest was not worth trying).
        expected: what the reference gives, one for each case.
    """

    exercise: Exercise
    cases: tuple[Case, ...]
    outcomes: tuple[Outcome, ...]
    expected: tuple[Outcome, ...]

    @property
    def returned(self) -> bool:
        """Whether every case was tried and gave arrays."""
        whole = len(self.outcomes) == len(self.cases)
        return whole and all(outcome.ending is Ending.RETURNED for outcome in self.outcomes)

    @cached_property
    def wrong_cases(self) -> tuple[int, ...]:
        """The cases that were tried in which something is wrong."""
        pairs = zip(self.outcomes, self.expected, strict=False)
        return tuple(i for i, (got, want) in enumerate(pairs) if not same(got, want, self.exercise.tolerance))

    @property
    def ordinary_cases(self) -> tuple[int, ...]:
        """The cases that were tried and are no edge cases."""
        return tuple(range(min(self.exercise.ordinary, len(self.outcomes))))

    def wrong_parts(self) -> tuple[int, ...]:
        """The parts that are not right in every case; all where something else than arrays came back."""
        parts = range(max(1, len(self.exercise.parts)))
        if not self.returned:
            return tuple(parts)
        pairs = list(zip(self.outcomes, self.expected, strict=True))
        tolerance = self.exercise.tolerance
        return tuple(k for k in parts if not all(close(o.values[k], e.values[k], tolerance) for o, e in pairs))

    def truth(self, case: Case, seconds: float | None = None) -> Outcome:
        """What the reference gives for a changed case, which it may refuse.

        Args:
            case: the arguments.
            seconds: time limit, where it is not that of the exercise.
        """
        call = self.exercise.as_call()
        return ask(replace(call, seconds=seconds or call.seconds), self.exercise.reference, case)
