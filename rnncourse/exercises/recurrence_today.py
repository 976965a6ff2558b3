"""The exercises of chapter 15: linear steps and their scan, attention that sees no future, lookups, a reader."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from rnncourse import attention, designs, scanning
from rnncourse.datasets import memory
from rnncourse.datasets.memory import Sequences
from rnncourse.exercises import alternatives, symptoms
from rnncourse.exercises.definitions import (
    WHOLE,
    Apart,
    Case,
    Design,
    Exercise,
    Kind,
    Measure,
    Mistake,
    Probe,
    Question,
    Symptom,
    Training,
)
from rnncourse.exercises.edits import changed
from rnncourse.scanning import Steps

# Exercise 1: a minLSTM as linear steps


def _lstm_case(rng: np.random.Generator, batch: int = 3, steps: int = 6, features: int = 4, units: int = 5) -> Case:
    return {
        "inputs": rng.normal(size=(batch, steps, features)),
        "kernel": rng.normal(size=(features, 3 * units)),
        "bias": rng.normal(size=3 * units),
    }


def _states(inputs: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> Steps:
    """The factors, and the states from a state of zeros in place of the addends."""
    factors, addends = scanning.min_lstm_steps(inputs, kernel, bias)
    state, states = np.zeros_like(addends[:, 0]), np.empty_like(addends)
    for t in range(addends.shape[1]):
        states[:, t] = state = factors[:, t] * state + addends[:, t]
    return factors, states


_lstm = partial(changed, scanning.min_lstm_steps)
_GATES, _RESULT = "f, i = sigmoid(f), sigmoid(i)", "f / total, i * g / total"

min_lstm_steps = Exercise(
    name="min_lstm_steps",
    kind=Kind.NEW_CASE,
    reference=scanning.min_lstm_steps,
    alternatives=(alternatives.min_lstm_steps,),
    cases=_lstm_case,
    other_cases=(_lstm_case(np.random.default_rng(2), 2, 9, 3, 7),),
    parts=("the factors", "the addends"),
    mistakes=(
        Mistake(
            "gates not divided",
            _lstm((_RESULT, "f, i * g")),
            "Those are the steps of the LSTM's own c. Here the new c is a mean of the old one and the proposal, so the "
            "two weights have to add up to 1: f = 0.9 and i = 0.3 become 0.75 and 0.25.",
        ),
        Mistake(
            "brackets left out",
            _lstm((_RESULT, "f / f + i, i * g / f + i")),
            "f / f + i is (f / f) + i for Python: put the sum in brackets.",
        ),
        Mistake(
            "proposal in the sum",
            _lstm(("total = f + i", "total = f + i + g")),
            "You divide by f + i + g. Only the two weights have to add up to 1: the sum is that of the gates.",
        ),
        Mistake(
            "only the factor divided",
            _lstm((_RESULT, "f / total, i * g")),
            "The factors are right. The weight of the proposal has to be divided by the same sum.",
        ),
        Mistake(
            "only the addend divided",
            _lstm((_RESULT, "f, i * g / total")),
            "The addends are right. The weight of the old state has to be divided by the same sum.",
        ),
        Mistake(
            "input gate not used",
            _lstm((_RESULT, "f, (1 - f) * g")),
            "You let the proposal have what f leaves, as in a GRU: the input gate is not used. Both gates are to be "
            "divided by their sum.",
        ),
        Mistake(
            "forget gate not used",
            _lstm((_RESULT, "1 - i, i * g")),
            "You let the old state have what i leaves, as in a minGRU: the forget gate is not used. Both gates are to "
            "be divided by their sum.",
        ),
        Mistake(
            "gates exchanged",
            _lstm(("f, i, g = np.split", "i, f, g = np.split")),
            "The old state and the proposal have each other's weight. f says what stays, i what comes in; and the "
            "blocks stand in the order f, i, g (in Keras's LSTM i is the first).",
        ),
        Mistake(
            "proposal taken from the second block",
            _lstm(("f, i, g = np.split", "f, g, i = np.split")),
            "You took the second block for the proposal. Here the order is f, i, g.",
        ),
        Mistake(
            "proposal taken from the first block",
            _lstm(("f, i, g = np.split", "g, f, i = np.split")),
            "You took the first block for the proposal. Here the order is f, i, g.",
        ),
        Mistake(
            "proposal squashed",
            _lstm((_GATES, "f, i, g = sigmoid(f), sigmoid(i), np.tanh(g)")),
            "The factors are right. Your proposal goes through a tanh, as an LSTM's does; here that was deleted.",
        ),
        Mistake(
            "sigmoid of the proposal too",
            _lstm((_GATES, "f, i, g = sigmoid(f), sigmoid(i), sigmoid(g)")),
            "The factors are right. The sigmoid belongs to the gates alone; the proposal stays as it is.",
        ),
        Mistake(
            "sigmoid left out",
            _lstm((_GATES, "pass")),
            "Your gates can be any number, so that even their sum can be 0: f and i are sigmoids of their blocks.",
        ),
        Mistake(
            "exponentials in place of sigmoids",
            _lstm((_GATES, "f, i = np.exp(f), np.exp(i)")),
            "You take a softmax of the two blocks. First each gate is a sigmoid, as in an LSTM; then the two are "
            "divided by their sum.",
        ),
        Mistake(
            "sigmoid of the shares",
            _lstm((_GATES, "pass"), (_RESULT, "sigmoid(f / total), sigmoid(i / total) * g")),
            "You divide first, and take the sigmoid afterwards. First each gate is a sigmoid; then the two are divided "
            "by their sum.",
        ),
        Mistake(
            "proposal not weighed",
            _lstm((_RESULT, "f / total, g")),
            "The factors are right. What is added is the proposal times its share: with i = 0 nothing may come in.",
        ),
        Mistake(
            "share of i without the proposal",
            _lstm((_RESULT, "f / total, i / total")),
            "The factors are right. In place of the addends you return the share of i: multiply it by the proposal.",
        ),
        Mistake(
            "proposal weighed by what stays",
            _lstm((_RESULT, "f / total, f * g / total")),
            "The factors are right. The proposal is weighed by i, the old state by f.",
        ),
        Mistake(
            "divided by two",
            _lstm((_RESULT, "f / 2, i * g / 2")),
            "You divide by the number of gates. Divide by their sum f + i, in each place its own: only then do the two "
            "weights add up to 1.",
        ),
        Mistake(
            "divided by the sum over the units",
            _lstm((_RESULT, "f / f.sum(axis=2, keepdims=True), i * g / i.sum(axis=2, keepdims=True)")),
            "You divide each gate by its sum over the units. In each place f and i are divided by f + i of that place.",
        ),
        Mistake(
            "bias left out",
            _lstm((" + bias", "")),
            "The bias is missing. It goes with all three blocks.",
        ),
        Mistake(
            "bias of the gates only",
            _lstm((" + bias", " + np.where(np.arange(len(bias)) < len(bias) // 3 * 2, bias, 0)")),
            "The factors are right. The proposal has a bias, too: the last third of it.",
        ),
        Mistake(
            "results in the other order",
            _lstm((_RESULT, "i * g / total, f / total")),
            "Both results are right, but in the wrong order: first the factors, then the addends.",
        ),
        Mistake(
            "states from a state of zeros",
            _states,
            "The factors are right. In place of the addends you return the states: the loop comes afterwards.",
        ),
    ),
    hints=(
        "No loop: `inputs @ kernel + bias` has the products of all steps at once. Cut the last axis in three: "
        "np.split(…, 3, axis=2) is f, i, g; the sigmoid belongs to f and i.",
        "A mean needs weights that add up to 1: f = 0.9 and i = 0.3 become 0.75 and 0.25. By what were they divided?",
        "What multiplies the old c is the factor, f / (f + i); all the rest of the new c is the addend.",
    ),
    points=2,
    difficulty=2,
    minutes=9,
)

# Exercise 2: two steps put together


def _pair_case(rng: np.random.Generator, shape: tuple[int, ...] = (3, 4)) -> Case:
    return {name: (rng.uniform(-1.5, 1.5, size=shape), rng.uniform(-2, 2, size=shape)) for name in ("earlier", "later")}


_combine = partial(changed, scanning.combine_steps)
_ADDEND = "later_factor * addend + later_addend"

combine_steps = Exercise(
    name="combine_steps",
    kind=Kind.INVERSE,
    reference=scanning.combine_steps,
    withheld=("layers:_one_step_of_two",),
    alternatives=(alternatives.combine_steps,),
    cases=_pair_case,
    other_cases=(_pair_case(np.random.default_rng(2), (7,)), _pair_case(np.random.default_rng(3), (2, 3, 5))),
    parts=("the factor", "the addend"),
    mistakes=(
        Mistake(
            "later before earlier",
            _combine((_ADDEND, "factor * later_addend + addend")),
            "The factor is right. Your addend is that of the steps in the other order: later first, then earlier.",
        ),
        Mistake(
            "addends only added",
            _combine((_ADDEND, "addend + later_addend")),
            "The factor is right. What the earlier step has added goes through the later step as well.",
        ),
        Mistake(
            "addend through its own step",
            _combine((_ADDEND, "factor * addend + later_addend")),
            "The factor is right. The earlier addend is multiplied by the factor of the step that comes after it.",
        ),
        Mistake(
            "what becomes of 1",
            _combine((_ADDEND, "later_factor * (factor + addend) + later_addend")),
            "The factor is right. Your addend has the factor in it: it is what both steps make of h = 1. The addend is "
            "what they make of h = 0.",
        ),
        Mistake(
            "earlier addend lost",
            _combine((_ADDEND, "later_addend")),
            "The factor is right. What the earlier step has added is missing: it goes through the later step as well.",
        ),
        Mistake(
            "later addend multiplied",
            _combine((_ADDEND, "later_factor * (addend + later_addend)")),
            "The factor is right. The later addend comes last: nothing multiplies it any more.",
        ),
        Mistake(
            "everything multiplied",
            _combine((_ADDEND, "factor * later_factor * addend + later_addend")),
            "The factor is right. The earlier addend has been added after the earlier factor: that one does not touch "
            "it.",
        ),
        Mistake(
            "later addend lost",
            _combine((_ADDEND, "later_factor * addend")),
            "The factor is right. The addend of the later step is missing.",
        ),
        Mistake(
            "addends multiplied",
            _combine((_ADDEND, "addend * later_addend")),
            "The factor is right. Two addends are never multiplied with each other: write a' (a h + b) + b' out.",
        ),
        Mistake(
            "factors added",
            _combine(("later_factor * factor,", "later_factor + factor,")),
            "The addend is right. The old state goes through both factors, one after the other.",
        ),
        Mistake(
            "later step alone",
            lambda earlier, later: later,
            "You return the later step alone. A step that does what both do is wanted.",
        ),
        Mistake(
            "steps averaged",
            lambda earlier, later: tuple((a + b) / 2 for a, b in zip(earlier, later, strict=True)),
            "You return the mean of the two steps. A step that does what both do, one after the other, is wanted.",
        ),
        Mistake(
            "results in the other order",
            lambda earlier, later: scanning.combine_steps(earlier, later)[::-1],
            "Both results are right, but in the wrong order: first the factor, then the addend.",
        ),
    ),
    hints=(
        "Let h go through the first step, a h + b, and what comes out through the second.",
        "Multiply a' (a h + b) + b' out: what stands before h is the factor.",
        "What is left without h is the addend: two terms.",
    ),
    points=2,
    difficulty=1,
    minutes=6,
)

# Exercise 3: the scan


_ONE_PAIR = "each of your calls puts one pair together. Let a call combine many pairs at once, along the first axis."
_NOT_DOUBLED = (
    "your calls do combine several pairs. Let each combine all that stand equally far apart, and double that distance "
    "from call to call: 1, 2, 4, …"
)


class FewCalls:
    """A combining function that refuses to be called once for each step.

    One step alone needs no call; a call that puts nothing together is let pass.
    """

    def __init__(self, combine: Callable[[Steps, Steps], Steps], steps: int) -> None:
        self.combine, self.steps, self.calls, self.pairs = combine, steps, 0, 0
        self.most = max(1, 2 * math.ceil(math.log2(steps)))

    def __call__(self, earlier: Steps, later: Steps) -> Steps:
        """Both together.

        Raises:
            ValueError: it is called more often than a scan needs.
        """
        self.calls += 1
        if self.calls > self.most:
            mend = _ONE_PAIR if self.pairs < self.calls else _NOT_DOUBLED
            raise ValueError(
                f"combine was called {self.calls} times for {self.steps} steps. A scan needs 2 · log2(steps) calls at "
                f"most, here {self.most}: {mend}"
            )
        self.pairs += len(earlier[0]) if np.ndim(earlier[0]) > 1 else 1
        return self.combine(earlier, later)


def matrix_steps(earlier: Steps, later: Steps) -> Steps:
    """(A, b) then (A', b') = (A' A, A' b + b'): steps of whole vectors, shapes (time, n, n) and (time, n)."""
    (matrix, vector), (later_matrix, later_vector) = earlier, later
    return later_matrix @ matrix, np.einsum("tij,tj->ti", later_matrix, vector) + later_vector


def rotations(earlier: Steps, later: Steps) -> Steps:
    """(a + b i) (a' + b' i): products of complex numbers, real and imaginary part."""
    (a, b), (c, d) = earlier, later
    return a * c - b * d, a * d + b * c


def _scan_case(rng: np.random.Generator, shape: tuple[int, ...] = (13, 3)) -> Case:
    factors, addends = rng.uniform(-1.2, 1.2, size=shape), rng.normal(size=shape)
    return {"combine": scanning.combine_steps, "factors": factors, "addends": addends}


def _matrix_case(rng: np.random.Generator, steps: int = 6) -> Case:
    factors, addends = rng.uniform(-1, 1, size=(steps, 2, 2)), rng.normal(size=(steps, 2))
    return {"combine": matrix_steps, "factors": factors, "addends": addends}


def _few_calls(function: Callable[..., Any], case: Case) -> Any:
    """Ask for the scan with a combining function that counts its calls."""
    return function(FewCalls(case["combine"], len(case["factors"])), case["factors"], case["addends"])


def _one_after_the_other(combine: Any, factors: Any, addends: Any) -> Steps:
    sums = [(factors[:1], addends[:1])]
    for t in range(1, len(factors)):
        sums.append(combine(sums[-1], (factors[t : t + 1], addends[t : t + 1])))
    return np.concatenate([a for a, _ in sums]), np.concatenate([b for _, b in sums])


_scan = partial(changed, scanning.prefix_scan)
_JOIN = "combine((earlier[0], earlier[1]), (later[0], later[1]))"
_LATER = "tuple(part[reach:] for part in done)"

prefix_scan = Exercise(
    name="prefix_scan",
    kind=Kind.ASSEMBLY,
    reference=scanning.prefix_scan,
    alternatives=(alternatives.prefix_scan,),
    cases=_scan_case,
    other_cases=(
        _scan_case(np.random.default_rng(2), (8, 2, 5)),
        _matrix_case(np.random.default_rng(3)),
        _scan_case(np.random.default_rng(4), (37, 1)),
        _scan_case(np.random.default_rng(8)) | {"combine": rotations},
    ),
    edge_cases=(_scan_case(np.random.default_rng(5), (1, 4)), _scan_case(np.random.default_rng(6), (2, 4))),
    call=_few_calls,
    parts=("the factors", "the addends"),
    mistakes=(
        Mistake(
            "one after the other",
            _one_after_the_other,
            "That is the loop: a call of combine for each step. In one call combine can put many pairs together, "
            "earlier ones in one array and later ones in another.",
        ),
        Mistake(
            "distance grows by one",
            _scan(("reach *= 2", "reach += 1")),
            "The distance grows by one from round to round. After a round each place holds twice as many steps as "
            "before it: the next round has to reach twice as far back.",
        ),
        Mistake(
            "combine not used",
            lambda combine, factors, addends: (np.cumprod(factors, axis=0), np.cumsum(addends, axis=0)),
            "You multiply the factors and add the addends up, each for themselves. An addend goes through the steps "
            "after it: put pairs together with combine, which may be any such operation.",
        ),
        Mistake(
            "earlier and later exchanged",
            _scan((_JOIN, "combine((later[0], later[1]), (earlier[0], earlier[1]))")),
            "You hand the later part over as the earlier one. Which of the two slices comes first in time?",
        ),
        Mistake(
            "stops one round early",
            _scan(("while reach < len(factors)", "while 2 * reach <= len(factors)")),
            "It stops too early where the number of steps is no power of 2: go on as long as anything lies reach "
            "places before the last step.",
        ),
        Mistake(
            "one round only",
            _scan(("while reach < len(factors):", "if reach < len(factors):")),
            "You put neighbours together, once. Then each place holds two steps; go on with those.",
        ),
        Mistake(
            "two steps away from the start",
            _scan(("(factors, addends), 1", "(factors, addends), 2")),
            "Your first round joins steps that are two places apart, so that their neighbours are left out: begin with "
            "a distance of 1.",
        ),
        Mistake(
            "later part not brought along",
            _scan((_LATER, "tuple(part[reach:] for part in (factors, addends))")),
            "The later of the two parts has to be what the rounds before have made of it, not the single steps.",
        ),
        Mistake(
            "earlier part not brought along",
            _scan(("tuple(part[:-reach] for part in done)", "tuple(part[:-reach] for part in (factors, addends))")),
            "The earlier of the two parts has to be what the rounds before have made of it, not the single steps.",
        ),
        Mistake(
            "beginning lost",
            _scan(("[done[0][:reach], joined[0]]", "[0 * done[0][:reach], joined[0]]")),
            "The addends are right. The first places have nothing before them at this distance: they stay as they are, "
            "the factors too.",
        ),
        Mistake(
            "beginning cut off",
            _scan(
                ("while reach < len(factors)", "while reach < len(done[0])"),
                (
                    "(np.concatenate([done[0][:reach], joined[0]]), np.concatenate([done[1][:reach], joined[1]]))",
                    "(joined[0], joined[1])",
                ),
            ),
            "Each round loses some places. The first ones have nothing before them at this distance: they stay as they "
            "are, in front of what combine returns.",
        ),
        Mistake(
            "factors not scanned",
            _scan(("return done", "return factors, done[1]")),
            "The addends are right. The factors that you return are those of the single steps.",
        ),
        Mistake(
            "step t itself left out",
            _scan(
                (
                    "return done",
                    "return (np.concatenate([np.ones_like(done[0][:1]), done[0][:-1]]), "
                    "np.concatenate([np.zeros_like(done[1][:1]), done[1][:-1]]))",
                )
            ),
            "Your entry t holds the steps before t. Step t belongs to it as well; entry 0 is step 0.",
        ),
        Mistake(
            "everywhere all steps",
            _scan(("return done", "return tuple(np.broadcast_to(part[-1:], part.shape) for part in done)")),
            "Each of your entries holds all the steps. Entry t is to hold steps 0 to t.",
        ),
        Mistake(
            "from the end",
            lambda combine, factors, addends: tuple(
                part[::-1] for part in scanning.prefix_scan(combine, factors[::-1], addends[::-1])
            ),
            "You scan from the last step to the first. Entry t is to hold steps 0 to t, the earlier ones first.",
        ),
    ),
    hints=(
        "Look at the table of sums: in each round everything takes in what stands `reach` places before it; then reach "
        "is doubled.",
        "Of an array `part`, part[:-reach] holds the earlier ones of all these pairs and part[reach:] the later ones: "
        "one call of combine.",
        "The first `reach` places have nothing before them and stay: np.concatenate([part[:reach], joined]). Factors "
        "and addends both.",
    ),
    points=3,
    difficulty=3,
    minutes=12,
)

# Exercise 4: attention that sees no future


def _attention_case(rng: np.random.Generator, batch: int = 2, steps: int = 5, size: int = 3, outputs: int = 4) -> Case:
    return {
        "queries": 1.5 * rng.normal(size=(batch, steps, size)),
        "keys": 1.5 * rng.normal(size=(batch, steps, size)),
        "values": rng.normal(size=(batch, steps, outputs)),
    }


def _sure_case(rng: np.random.Generator) -> Case:
    """Scores of thousands: where the largest of a row is not taken off first, exp overflows, or all of a row is 0."""
    case = _attention_case(rng, 1, 4, 2, 3)
    return case | {"queries": 2_000 * case["queries"]}


_attention = partial(changed, attention.causal_attention)
_MASK = "    scores = np.where(past, scores, -np.inf)\n"
_TOTAL = "shares / np.sum(shares, axis=2, keepdims=True)"
_SCALE = "np.swapaxes(keys, 1, 2) / np.sqrt(keys.shape[2])"
_NOT_ONE = "The weights of a row do not add up to 1: divide each row of exponentials by its own sum."

causal_attention = Exercise(
    name="causal_attention",
    kind=Kind.BUG,
    starts_from="masked after the softmax",
    reference=attention.causal_attention,
    withheld=("grouped_attention",),
    alternatives=(alternatives.causal_attention,),
    cases=_attention_case,
    other_cases=(_attention_case(np.random.default_rng(3), 3, 8, 6, 2),),
    edge_cases=(_sure_case(np.random.default_rng(4)),),
    parts=("the outputs", "the weights"),
    mistakes=(
        Mistake(
            "masked after the softmax",
            _attention((_MASK, ""), (_TOTAL, f"np.where(past, {_TOTAL}, 0)")),
            "The future gets no weight, and yet it counts: the softmax has divided by a sum in which it stands. Mask "
            "the scores, before the softmax.",
        ),
        Mistake(
            "no mask",
            _attention((_MASK, "")),
            "Your places look at the whole sequence. Place t may look at places 0 to t.",
        ),
        Mistake(
            "future scores set to 0",
            _attention(("-np.inf", "0.0")),
            "The scores of the future are 0, but exp(0) is 1: it still gets weight. What number has exp 0?",
        ),
        Mistake(
            "future scores set to 0, and masked again",
            _attention(("-np.inf", "0.0"), (_TOTAL, f"np.where(past, {_TOTAL}, 0)")),
            "The future gets no weight, and yet it counts in the sum: a score of 0 is exp(0) = 1 there. What number "
            "has exp 0?",
        ),
        Mistake(
            "future scores set to -1",
            _attention(("-np.inf", "-1.0")),
            "The scores of the future are -1, but exp(-1) is 0.37: it still gets weight. What number has exp 0?",
        ),
        Mistake(
            "place itself masked",
            np.errstate(all="ignore")(_attention(("dtype=bool", "k=-1, dtype=bool"))),
            "A place does not see itself, and the first one sees nothing at all: nan. Place t looks at 0 to t, with t.",
        ),
        Mistake(
            "one place of the future seen",
            _attention(("dtype=bool", "k=1, dtype=bool")),
            "Place t sees place t + 1: your triangle reaches one place too far.",
        ),
        Mistake(
            "the past masked",
            _attention(("dtype=bool)", "dtype=bool).T")),
            "Your places look at the future and not at the past: the triangle lies the wrong way round.",
        ),
        Mistake(
            "not scaled",
            _attention((_SCALE, "np.swapaxes(keys, 1, 2)")),
            "The scores are not divided by the root of the size of a key.",
        ),
        Mistake(
            "divided by the size",
            _attention(("np.sqrt(keys.shape[2])", "keys.shape[2]")),
            "You divide the scores by the size of a key. Its root is wanted.",
        ),
        Mistake(
            "multiplied by the root",
            _attention((") / np.sqrt", ") * np.sqrt")),
            "You multiply the scores by the root of the size of a key. Divide by it.",
        ),
        Mistake(
            "root of the length",
            _attention(("np.sqrt(keys.shape[2])", "np.sqrt(keys.shape[1])")),
            "You divide the scores by the root of the number of places. The size of a key belongs there.",
        ),
        Mistake(
            "softmax over the queries",
            _attention(
                ("np.max(scores, axis=2", "np.max(scores, axis=1"), ("np.sum(shares, axis=2", "np.sum(shares, axis=1")
            ),
            "Your weights add up to 1 over the places that ask. Those of one query, a row, are to add up to 1.",
        ),
        Mistake(
            "largest score not taken off",
            np.errstate(all="ignore")(_attention((" - np.max(scores, axis=2, keepdims=True)", ""))),
            "Right, as long as scores are small: exp of a large one is infinite. Take off the largest of each row "
            "first, as the function did.",
        ),
        Mistake("not divided by the sum", _attention((_TOTAL, "shares")), _NOT_ONE),
        Mistake(
            "keys and queries exchanged",
            _attention(("queries @ np.swapaxes(keys, 1, 2)", "keys @ np.swapaxes(queries, 1, 2)")),
            "Row t of the scores belongs to query t. In yours it belongs to key t.",
        ),
        Mistake(
            "plain mean of the past",
            _attention(("scores = queries", "scores = 0 * queries")),
            "Every place of the past gets the same weight: the scores are not used.",
        ),
        Mistake(
            "results in the other order",
            lambda *given: attention.causal_attention(*given)[::-1],
            "Both results are right, but in the wrong order: first the outputs, then the weights.",
        ),
    ),
    hints=(
        "Add up each row of the weights by hand. Which row is right, and what is missing from the others?",
        "What has been divided by? In the sum stand numbers that belong to places which nobody may look at.",
        "The softmax has to be told of the mask: minus infinity in the scores, before np.exp.",
    ),
    points=3,
    difficulty=2,
    minutes=10,
)

# Exercise 5: heads that share


def _grouped_case(rng: np.random.Generator, heads: int = 6, groups: int = 3, size: int = 2, features: int = 5) -> Case:
    batch, steps, outputs = int(rng.integers(2, 4)), int(rng.integers(4, 6)), features + 2
    return {
        "inputs": rng.normal(size=(batch, steps, features)),
        "w_q": rng.normal(size=(features, heads, size)),
        "w_k": rng.normal(size=(features, groups, size)),
        "w_v": rng.normal(size=(features, groups, size)),
        "w_o": rng.normal(size=(heads, size, outputs)),
    }


_grouped = partial(changed, attention.grouped_attention)
_GROUP = "head // (heads // groups)"
_SUM = "outputs = outputs + context @ w_o[head]"

grouped_attention = Exercise(
    name="grouped_attention",
    kind=Kind.ASSEMBLY,
    reference=attention.grouped_attention,
    alternatives=(alternatives.grouped_attention,),
    cases=_grouped_case,
    other_cases=(
        _grouped_case(np.random.default_rng(2), 4, 1, 3, 4),
        _grouped_case(np.random.default_rng(3), 6, 2, 4, 3),
        _grouped_case(np.random.default_rng(4), 3, 3, 5, 2),
    ),
    mistakes=(
        Mistake(
            "heads dealt out in turn",
            _grouped((_GROUP, "head % groups")),
            "You deal the heads out in turn. Neighbouring heads share: of six heads and three groups, 0 and 1 have "
            "group 0.",
        ),
        Mistake(
            "one group for all",
            _grouped((_GROUP, "0")),
            "All your heads use the keys and values of group 0. Each group serves its own heads.",
        ),
        Mistake(
            "divided by the number of groups",
            _grouped((_GROUP, "head // groups")),
            "How many heads share a group? heads // groups. You divided by the number of groups instead.",
        ),
        Mistake(
            "last head only",
            _grouped((_SUM, "outputs = context @ w_o[head]")),
            "Only the last head is left. The outputs of all heads are added.",
        ),
        Mistake(
            "mean of the heads",
            _grouped((_SUM, "outputs = outputs + context @ w_o[head] / heads")),
            "You take the mean over the heads. Their outputs are added.",
        ),
        Mistake(
            "output kernel of the group",
            _grouped(("w_o[head]", "w_o[group]")),
            "Only keys and values are shared. Each head has an output kernel of its own.",
        ),
        Mistake(
            "queries of the group",
            _grouped(("w_q[:, head]", "w_q[:, group]")),
            "Only keys and values are shared. Each head has queries of its own.",
        ),
        Mistake(
            "keys and values exchanged",
            _grouped(
                (
                    "inputs @ w_k[:, group], inputs @ w_v[:, group]",
                    "inputs @ w_v[:, group], inputs @ w_k[:, group]",
                )
            ),
            "You took the values for keys, and the keys for values.",
        ),
        Mistake(
            "keys for values",
            _grouped(("inputs @ w_v[:, group]", "inputs @ w_k[:, group]")),
            "What is taken from a place are its values. You take its keys.",
        ),
        Mistake(
            "groups from the end",
            _grouped((_GROUP, f"groups - 1 - {_GROUP}")),
            "The first heads have the last group. They are to have group 0.",
        ),
        Mistake(
            "inputs added",
            _grouped(("return outputs", "return outputs + np.pad(inputs, ((0, 0), (0, 0), (0, 2)))")),
            "The inputs are added to the result. That is done by the block around it, not here.",
        ),
    ),
    hints=(
        "A loop over the heads. One head is causal_attention of its queries, keys and values: inputs @ w_q[:, head], …",
        "heads // groups heads share a group. Which group has head number `head`?",
        "context @ w_o[head] is what a head says; add these up over the heads.",
    ),
    points=3,
    difficulty=2,
    minutes=8,
)

# Exercise 6: what grows

_GROWTH = ("the same", "one more", "twice", "four times")
_READ_ON = "how many places does the last word look back at, and how many at twice the length?"

when_the_text_doubles = Question(
    name="when_the_text_doubles",
    kind=Kind.PREDICTION,
    answer={
        "GRU: numbers kept between two words": "the same",
        "GRU: multiplications for the next word": "the same",
        "GRU: multiplications for the whole text": "twice",
        "attention: numbers kept between two words": "twice",
        "attention: scores for the next word": "twice",
        "attention: scores for the whole text": "four times",
        "attention to the last 100 words only: numbers kept": "the same",
        "the scan of exercise 3: rounds for the whole text": "one more",
    },
    feedback={
        "GRU: numbers kept between two words": {
            "twice": "h has as many numbers as there are units, however much it has read."
        },
        "GRU: multiplications for the next word": {
            "twice": "a step is the same two products, the first as the thousandth."
        },
        "GRU: multiplications for the whole text": {
            "the same": "each word costs a step.",
            "four times": "each word costs one step, whatever stands before it.",
        },
        "attention: numbers kept between two words": {
            "the same": "a later word may look at any earlier one: keys and values of all of them are kept.",
            "four times": "each word leaves one key and one value; only what is computed from them is a square.",
        },
        "attention: scores for the next word": {
            "the same": _READ_ON,
            "one more": _READ_ON,
            "four times": "one query meets each key once.",
        },
        "attention: scores for the whole text": {
            "twice": "there are twice as many words, and each looks at twice as many.",
            "the same": _READ_ON,
        },
        "attention to the last 100 words only: numbers kept": {
            "twice": "what is further back than 100 words is thrown away."
        },
        "the scan of exercise 3: rounds for the whole text": {
            "twice": "a round doubles what each place has taken in.",
            "the same": "eight steps took three rounds. And sixteen?",
        },
    },
    choices=_GROWTH,
    hints=(
        "A recurrent cell keeps h, and nothing else. Attention keeps a key and a value of every word.",
        "For the whole text: as many words as there are, times what each costs; for attention that, too, grows.",
        "A scan of 8 steps takes 3 rounds: 2 · 2 · 2 = 8.",
    ),
    points=2,
    difficulty=1,
    minutes=6,
)

# Exercise 7: a lookup by hand

_MOST_NUMBERS = 64
_KEYS, _VALUES = designs.LOOKUP_KEYS, designs.LOOKUP_VALUES
_FEATURES = _KEYS + _VALUES + 1


def _looked_up(w_q: np.ndarray, w_k: np.ndarray, w_v: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    """Which value the last place says, for each sequence; -1 where two are the largest."""
    w_q, w_k, w_v = (np.asarray(array, dtype=float) for array in (w_q, w_k, w_v))
    for name, array in (("W_q", w_q), ("W_k", w_k), ("W_v", w_v)):
        if array.ndim != 2 or len(array) != _FEATURES or not 1 <= array.shape[1] <= _MOST_NUMBERS:
            raise ValueError(
                f"{name} has shape {array.shape}, expected ({_FEATURES}, from 1 to {_MOST_NUMBERS}): a row for each of "
                f"{_KEYS} keys and {_VALUES} values, and one for the number of the step."
            )
        if not np.isfinite(array).all():
            raise ValueError(f"{name} holds NaN or infinity, expected numbers. For a sure look 100 is large enough.")
    if w_q.shape != w_k.shape:
        raise ValueError(f"W_q has shape {w_q.shape} and W_k {w_k.shape}, expected the same: they meet in a product.")
    if w_v.shape[1] != _VALUES:
        raise ValueError(f"W_v has shape {w_v.shape}, expected {_FEATURES, _VALUES}: an output for each value.")
    if not np.any(w_v):
        raise ValueError(
            "W_v is 0 everywhere, expected numbers in the rows of the values: nothing is taken from any place."
        )
    said = attention.causal_attention(inputs @ w_q, inputs @ w_k, inputs @ w_v)[0][:, -1]
    alike = np.flatnonzero(np.ptp(said, axis=1) == 0)
    if len(alike):
        raise ValueError(
            f"In sequence {alike[0]} the four outputs are all {said[alike[0], 0]:g}, so that none is the largest. Does "
            "the last step, which has no value, look at itself alone?"
        )
    best = np.sort(said, axis=1)
    return np.where(best[:, -1] <= best[:, -2], -1, np.argmax(said, axis=1))


def _written(rng: np.random.Generator, steps: int = 7, batch: int = 6) -> Case:
    """Keys written with values, some more than once, and one of them asked for at last."""
    written, stored = rng.integers(_KEYS, size=(batch, steps)), rng.integers(_VALUES, size=(batch, steps))
    rows = np.arange(batch)
    inputs = np.zeros((batch, steps + 1, _FEATURES))
    inputs[rows[:, None], np.arange(steps), written] = 1
    inputs[rows[:, None], np.arange(steps), _KEYS + stored] = 1
    inputs[rows, -1, written[rows, rng.integers(steps, size=batch)]] = 1
    inputs[:, :, -1] = np.arange(steps + 1)
    return {"inputs": inputs}


def _told(texts: list[list[tuple[int, int]]], asked: int | list[int]) -> Case:
    """Texts of (key, value) as inputs, all of one length; a key is asked for in each, or the same in all."""
    inputs = np.zeros((len(texts), len(texts[0]) + 1, _FEATURES))
    for text, story in zip(inputs, texts, strict=True):
        for step, (key, value) in enumerate(story):
            text[step, [key, _KEYS + value]] = 1
    inputs[np.arange(len(texts)), -1, asked] = 1
    inputs[:, :, -1] = np.arange(inputs.shape[1])
    return {"inputs": inputs}


#: A text is told in so few words.
_MOST_WRITES = 8


def _measured_answers(w_q: np.ndarray, w_k: np.ndarray, w_v: np.ndarray, inputs: np.ndarray) -> tuple[Measure, ...]:
    """Each text in words, and the value that is said at its end."""
    said = _looked_up(w_q, w_k, w_v, inputs)
    return tuple(
        Measure(
            f"{_text_in_words(text)} Asked for key {int(np.argmax(text[-1, :_KEYS]))}, it says {{}}",
            f"value {value}" if value >= 0 else "no value: two are the largest",
        )
        for text, value in zip(inputs, said, strict=True)
    )


def _text_in_words(text: np.ndarray) -> str:
    """Which keys are written with which values; the same over and over is said once."""
    written = np.argmax(text[:-1, :_KEYS], axis=1), np.argmax(text[:-1, _KEYS:-1], axis=1)
    runs = [(pair, len(list(run))) for pair, run in itertools.groupby(zip(*written, strict=True))]
    if len(runs) > _MOST_WRITES:
        return f"In a text of {len(text) - 1} writes."
    words = [f"{f'{count} times ' if count > 1 else ''}key {key} with value {value}" for (key, value), count in runs]
    return f"Written: {', then '.join(words)}."


_ALL_VALUES = range(_VALUES)
#: What a lookup has to be able to do, the easiest first. Key 1 is asked for.
_LOOKUP_PROBES = (
    Probe(
        _told([[(1, value)] for value in _ALL_VALUES], asked=1),
        "One key is written, once, and asked for: even then it says another value. Which rows of W_v belong to the "
        "values?",
    ),
    Probe(
        _told([[(1, value), (4, (value + 1) % _VALUES)] for value in _ALL_VALUES], asked=1),
        "Two keys are written, once each, and the first one is asked for: it does not say that one's value. The same "
        "key has to bring a larger score than all else does.",
    ),
    Probe(
        _told([[(1, value), (1, (value + 1) % _VALUES)] for value in _ALL_VALUES], asked=1),
        "One key is written twice: it does not say the value written last. A later step has to bring a larger score.",
    ),
    Probe(
        _told([[(1, value), *[(4, (value + 1) % _VALUES)] * 23] for value in _ALL_VALUES], asked=1),
        "In short texts it finds the key. In a long one a late step with another key gets a larger score than an early "
        "one with the key asked for: how much can the number of the step add up to, and what is multiplied by it?",
    ),
    Probe(
        _told([[*[(1, value)] * 6, (1, (value + 1) % _VALUES)] for value in _ALL_VALUES], asked=1),
        "A key is written with one value several times, and at last with another: the old ones together outweigh the "
        "new one. A step later has to count clearly more: scores go through exp, and are divided by the root of the "
        "number of columns before.",
    ),
)


def _short_texts() -> Iterator[Case]:
    """One write; two, of which the first and then the last is asked for; a key written twice; what the probes have."""
    pairs = list(itertools.permutations(range(_KEYS), 2))
    two = [[(one, one % _VALUES), (other, (one + 1) % _VALUES)] for one, other in pairs]
    yield _told([[(key, value)] for key in range(_KEYS) for value in _ALL_VALUES], sorted([*range(_KEYS)] * _VALUES))
    yield _told(two, [one for one, _ in pairs])
    yield _told(two, [other for _, other in pairs])
    yield _told([[(key, key % _VALUES), (key, (key + 1) % _VALUES)] for key in range(_KEYS)], [*range(_KEYS)])
    yield from (probe.case for probe in _LOOKUP_PROBES)


def _lookup(match: float = 100, later: float = 2, moved: int = 0) -> Callable[[], tuple[np.ndarray, ...]]:
    """How much a key that fits counts, how much a step later, and by how much the values' numbers are moved."""

    def design() -> tuple[np.ndarray, ...]:
        w_q, w_k, w_v = designs.lookup_weights()
        w_q[:, :_KEYS] *= match / 100
        w_q[:, _KEYS] *= later / 2
        return w_q, w_k, np.roll(w_v, moved, axis=1)

    return design


_NAMED_KEYS = tuple(f"key {key}" for key in range(_KEYS))


def _asks_by_value() -> tuple[np.ndarray, ...]:
    w_q, w_k, w_v = designs.lookup_weights()
    return np.roll(w_q, _KEYS, axis=0) * (np.arange(_FEATURES) >= _KEYS)[:, np.newaxis], w_k, w_v


lookup_weights = Exercise(
    name="lookup_weights",
    kind=Kind.DESIGN,
    open_ended=True,
    reference=designs.lookup_weights,
    alternatives=(alternatives.lookup_weights,),
    cases=_written,
    other_cases=(
        _written(np.random.default_rng(5), 24, 30),
        _written(np.random.default_rng(6), 12, 20),
    ),
    call=Design(
        _looked_up,
        pieces=("W_q", "W_k", "W_v"),
        unseen=("inputs",),
        measures=_measured_answers,
        apart=(
            Apart(_NAMED_KEYS, "W_q"),
            Apart(_NAMED_KEYS, "W_k"),
            Apart((*[""] * _KEYS, *(f"value {value}" for value in _ALL_VALUES)), "W_v"),
        ),
        small=_short_texts,
    ),
    probes=_LOOKUP_PROBES,
    tolerance=WHOLE,
    mistakes=(
        Mistake(
            "every write counts alike",
            _lookup(later=0),
            "It finds the places with the key asked for, and takes the mean of them all. A key may have been written "
            "several times; the latest counts, and the number of the step can say which that is.",
        ),
        Mistake(
            "first write counts",
            _lookup(later=-2),
            "Where a key was written several times it says the first value. A later step has to get the larger score.",
        ),
        Mistake(
            "latest step, whatever its key",
            _lookup(match=0),
            "It says the value of the latest step, whatever its key: the keys do not matter to your scores.",
        ),
        Mistake(
            "key matters too little",
            _lookup(match=4),
            "A late step with another key gets a larger score than an early one with the key asked for. How much can "
            "the number of the step add up to? The key has to be worth more.",
        ),
        Mistake(
            "lateness matters too little",
            _lookup(later=0.2),
            "Two old writes outweigh a new one: exp(0.2) is only 1.2. A step later has to count clearly more.",
        ),
        Mistake(
            "places with any other key",
            _lookup(match=-100),
            "It looks at the places whose key is not the one asked for: the sign of the score is turned round.",
        ),
        Mistake(
            "asks by the value",
            _asks_by_value,
            "In the last step there is no value yet: a query has to be made from the key.",
        ),
        Mistake(
            "values renamed",
            _lookup(moved=1),
            "It finds the right place, and says another value's number: look at the columns of W_v.",
        ),
    ),
    hints=(
        "The score of a place is a sum over the columns of W_q and W_k. Give each key a column: where both have a 1 in "
        "the row of that key, the score is 1 if the keys are the same and 0 if not.",
        "Scores are divided by the root of the number of columns, and go through exp: make them large.",
        "One more column for the number of the step: W_k hands it on, W_q has the same weight in it for every key. How "
        "much may 25 steps add up to, beside a key that fits?",
    ),
    points=3,
    difficulty=3,
    minutes=12,
)

# Exercise 8: keys and values that stand apart

PAIRS, KEYS, VALUES, PAIR_BAR = 8, 12, 8, 0.95
_HELD_OUT, _FEW = 1_000, 300


@functools.cache
def held_out_pairs(seed: int, separate: bool = True) -> Sequences:
    """Keys and values that no training has seen."""
    return memory.make_key_values(_HELD_OUT, PAIRS, keys=KEYS, values=VALUES, separate=separate, seed=10_000 + seed)


def _answers(model: Any, inputs: np.ndarray) -> np.ndarray:
    outputs = np.asarray(model.predict(inputs, batch_size=500, verbose=0))
    return symptoms.expect_outputs(
        outputs, (len(inputs), VALUES), "a logit for each of the values, after the last step"
    )


def _raw(model: Any, seed: int) -> np.ndarray:
    return _answers(model, held_out_pairs(seed).inputs[:_FEW])


def pairs_recalled(model: Any, seed: int) -> float:
    """The share of the keys whose value it says."""
    inputs, targets = held_out_pairs(seed)
    return float(np.mean(np.argmax(_answers(model, inputs), axis=1) == targets))


def _said_and_written(model: Any, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What it says, the values in the order in which they were written, and the place of the pair asked for."""
    inputs = held_out_pairs(seed).inputs[:_FEW]
    keys, values = (np.argmax(part, axis=2) for part in (inputs[:, :-1:2, :KEYS], inputs[:, 1::2, KEYS:]))
    asked = np.argmax(inputs[:, -1, :KEYS], axis=1)
    return np.argmax(_answers(model, inputs), axis=1), values, np.argmax(keys == asked[:, np.newaxis], axis=1)


def _says_a_neighbour(model: Any, seed: int) -> bool:
    """Whether it says the value that stands before the key, or that of the pair behind."""
    said, values, place = _said_and_written(model, seed)
    for distance in (-1, 1):
        there = (place + distance >= 0) & (place + distance < PAIRS)
        if np.mean(said[there] == values[there, place[there] + distance]) > 0.8:
            return True
    return False


def _says_some_value_read(model: Any, seed: int) -> bool:
    said, values, _ = _said_and_written(model, seed)
    return bool(np.mean(np.any(values == said[:, np.newaxis], axis=1)) > 0.9)


def _ignores(model: Any, seed: int, steps: slice) -> bool:
    """Whether its answers stay when some steps are those of another sequence."""
    inputs = held_out_pairs(seed).inputs[:_FEW]
    other = inputs.copy()
    other[:, steps] = np.roll(inputs, 1, axis=0)[:, steps]
    return bool(np.allclose(_answers(model, inputs), _answers(model, other), atol=1e-3))


def _reads_pairs_in_one_step(model: Any, seed: int) -> bool:
    """Whether it does well where key and value come together, which only a model of any length can be asked."""
    together = held_out_pairs(seed, separate=False)
    inputs, targets = (part[:_FEW] for part in together)
    if tuple(model.input_shape)[1:] not in ((None, KEYS + VALUES), inputs.shape[1:]):
        return False
    return bool(np.mean(np.argmax(_answers(model, inputs), axis=1) == targets) > 0.8)


PAIR_SIGNS = (
    symptoms.not_finite(_raw),
    symptoms.probabilities_for_logits(_raw),
    symptoms.COST_WITHOUT_SOFTMAX,
    *symptoms.squashed(_raw, "logits"),
    Symptom(
        "pairs in one step",
        _reads_pairs_in_one_step,
        "It does well where key and value come in one step: its training sequences were made without separate=True.",
    ),
    Symptom(
        "the question not read",
        lambda model, seed: _ignores(model, seed, slice(-1, None)),
        "Its answer does not change with the last step, in which the key is asked for. Read the answer out at the last "
        "place.",
    ),
    Symptom(
        "the question alone read",
        lambda model, seed: _ignores(model, seed, slice(None, -1)),
        "Its answer depends on the last step alone: nothing of the pairs reaches the last place.",
    ),
    Symptom(
        "the neighbour's value",
        _says_a_neighbour,
        "It finds the key, and says the value of the pair before or behind: what the layer below brings together are a "
        "value and the wrong key. A value belongs to the key just before it.",
    ),
    Symptom(
        "some value that was read",
        _says_some_value_read,
        "It says one of the values that it has read, seldom the right one. At the place of a value stands no key, so "
        "that attention cannot tell whose it is; and a state alone has to keep all pairs. Which layer, below the "
        "attention, lets each place know what stood just before it? If there is one: more rounds, a larger peak.",
    ),
    symptoms.NOT_ENOUGH,
)

pair_reader = Training(
    name="pair_reader",
    kind=Kind.TRAINING,
    open_ended=True,
    score=pairs_recalled,
    measure="share of values recalled",
    bar=PAIR_BAR,
    higher_is_better=True,
    mistakes=PAIR_SIGNS,
    refuses=symptoms.no_keras_model,
    shapes=f"It reads sequences of shape (batch, {2 * PAIRS + 1}, {KEYS + VALUES}) and gives (batch, {VALUES}), a "
    "logit for each value.",
    recipe="""
keras.utils.set_random_seed(1)
ROUNDS = 300
learn = rnncourse.make_key_values(64 * ROUNDS, 8, keys=12, values=8, separate=True, seed=1)
symbols = keras.Input(learn.inputs.shape[1:])
states = keras.layers.GRU(24, return_sequences=True)(symbols)
looked = keras.layers.MultiHeadAttention(1, 24)(states, states, use_causal_mask=True)
pair_reader = keras.Model(symbols, keras.layers.Dense(8)(looked[:, -1]))
told = rnncourse.fit(
    pair_reader, *learn, epochs=1, batch_size=64, optimizer=rnncourse.recipe_optimizer(ROUNDS, 2e-2)
)
""",
    hints=(
        "What does attention see at the place of a value? Only a value. Somebody has to bring the key there first.",
        "Two layers over time: below, one that hands each step on to the next (GRU, MinGRU, Conv1D with "
        'padding="causal"), with return_sequences=True; above it, attention.',
        "MultiHeadAttention(1, 24)(states, states, use_causal_mask=True)[:, -1], and a Dense(8) for the logits. A few "
        "hundred rounds of 64 with a peak of 2e-2 are enough.",
    ),
    points=3,
    difficulty=2,
    minutes=12,
)

EXERCISES = (
    min_lstm_steps,
    combine_steps,
    prefix_scan,
    causal_attention,
    grouped_attention,
    when_the_text_doubles,
    lookup_weights,
    pair_reader,
)
