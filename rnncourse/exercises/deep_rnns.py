"""The exercises of chapter 9: cells on top of one another and in both directions, when to stop, and dropout."""

from __future__ import annotations

import functools
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from rnncourse import cells, designs, parameters, training, unrolling
from rnncourse.datasets import memory
from rnncourse.datasets.memory import Sequences
from rnncourse.exercises import alternatives, symptoms
from rnncourse.exercises.cases import cell_with_readout, step_by_step
from rnncourse.exercises.definitions import WHOLE, Case, Design, Exercise, Kind, Measure, Mistake, Symptom, Training
from rnncourse.exercises.edits import changed
from rnncourse.shapes import expect_shapes

BATCH, FEATURES, UNITS, OUTPUTS = 4, 9, (5, 8, 6), (7, 2, 3)  # three cells whose outputs are not their states


def _stack_case(
    rng: np.random.Generator,
    batch: int = BATCH,
    features: int = FEATURES,
    units: tuple[int, ...] = UNITS,
    outputs: tuple[int, ...] = OUTPUTS,
) -> Case:
    """Cells and their states, each an argument by itself, so that a message can show them."""
    sizes = zip((features, *outputs), units, outputs, strict=False)
    steps = {f"step {layer}": cell_with_readout(rng, *of_a_cell) for layer, of_a_cell in enumerate(sizes, start=1)}
    states = {f"state {layer}": rng.uniform(-1, 1, size=(batch, n)) for layer, n in enumerate(units, start=1)}
    return {**steps, "inputs": rng.uniform(-1, 1, size=(batch, features)), **states}


def _call_stack(function: Callable[..., Any], case: Case) -> Any:
    """Build the stack and take two steps with it, as a loop over the time does; of the second the states come out side
    by side with the output. What is kept in the stack from the first step spoils the second.

    There are three parts for three states; a stack of two layers has nothing to show in the last.
    """
    values = list(case.values())
    layers = len(values) // 2
    stacked_step = function(values[:layers])
    if not callable(stacked_step):
        return stacked_step
    inputs, states = values[layers], values[layers + 1 :]
    result = _of_a_stack(stacked_step(-inputs, tuple(-state for state in states)), layers)
    result = _of_a_stack(stacked_step(inputs, tuple(states)), layers, " in its second step")
    return (result[0], *result[1], *[np.zeros(1)] * (len(UNITS) - layers))


def _of_a_stack(result: Any, layers: int, which: str = "") -> Any:
    """The result of a step, if it is a pair with a state for each layer."""
    if not isinstance(result, tuple | list) or len(result) != 2 or not isinstance(result[1], tuple | list):
        raise ValueError(
            f"the cell that stack_steps made returns{which} {_in_words(result)}, expected a pair: the output of the "
            f"top layer and a tuple of the {layers} new states."
        )
    if len(result[1]) != layers:
        raise ValueError(
            f"the cell that stack_steps made returns{which} a {type(result[1]).__name__} of length {len(result[1])} "
            f"for the new states, expected length {layers}: a state for each layer.{_KEPT if which else ''}"
        )
    return result


#: What is said where only a later step goes wrong.
_KEPT = " Is there something that the step before has left behind, in a list made outside the inner function?"


def _in_words(result: Any) -> str:
    if isinstance(result, tuple | list):
        return f"a {type(result).__name__} of {', '.join(map(_in_words, result))}"
    return f"an array of shape {np.shape(result)}" if isinstance(result, np.ndarray) else repr(result)


_stack = partial(changed, unrolling.stack_steps)

stack_steps = Exercise(
    name="stack_steps",
    kind=Kind.NEW_CASE,
    reference=unrolling.stack_steps,
    alternatives=(alternatives.stack_steps,),
    cases=_stack_case,
    other_cases=(_stack_case(np.random.default_rng(2), 5, 7, (6, 4), (8, 3)),),
    call=_call_stack,
    example=lambda case: {"steps": [case[f"step {layer}"] for layer in (1, 2, 3)]},
    parts=("the output", "the state of layer 1", "the state of layer 2", "the state of layer 3"),
    mistakes=(
        Mistake(
            "inner function not returned",
            lambda steps: None,
            "stack_steps returns nothing. Its last line has to return the function that you define inside it.",
        ),
        Mistake(
            "every layer reads the inputs",
            _stack(("inputs, new_state =", "output, new_state ="), ("return inputs", "return output")),
            "Every layer reads x_t, so nothing is stacked. From the second layer on, a layer reads the output of the "
            "layer below.",
        ),
        Mistake(
            "state handed up instead of the output",
            _stack(
                ("inputs, new_state =", "output, inputs ="),
                ("append(new_state)", "append(inputs)"),
                ("return inputs", "return output"),
            ),
            "You hand the new state of a layer up to the next. A layer reads the output of the layer below; in these "
            "cells output and state differ.",
        ),
        Mistake(
            "one state for all layers",
            _stack(("(inputs, state)", "(inputs, new_states[-1] if new_states else state)")),
            "The new state of one layer goes into the next layer as its old state. Each layer has a state of its own: "
            "take states[0] for the first, states[1] for the second, and so on.",
        ),
        Mistake(
            "all states given to each cell",
            _stack(("(inputs, state)", "(inputs, states)")),
            "You hand all the states to a cell. Each cell gets its own: the first cell the first state, and so on.",
        ),
        Mistake(
            "pair not taken apart",
            _stack(("inputs, new_state =", "inputs ="), ("append(new_state)", "append(inputs)")),
            "A step returns a pair, and you hand the whole pair up. Take it apart: inputs, new_state = step(…).",
        ),
        Mistake(
            "results in the other order",
            _stack(("inputs, tuple(new_states)", "tuple(new_states), inputs")),
            "Both results are there, in the wrong order: first the output, then the tuple of states.",
        ),
        Mistake(
            "old states returned",
            _stack(("tuple(new_states)", "states")),
            "The output is right. The states you return are the old ones: collect what each cell returns as its new "
            "state.",
        ),
        Mistake(
            "outputs collected as states",
            _stack(("append(new_state)", "append(inputs)")),
            "The output is right. In place of the states you collect the outputs: a step returns (output, new state).",
        ),
        Mistake(
            "only the state of the top layer",
            _stack(("tuple(new_states)", "new_states[-1]")),
            "You return the state of the top layer alone. The other layers must remember as well: return all states.",
        ),
        Mistake(
            "return inside the loop",
            _stack(("        return inputs", "            return inputs")),
            "Your cell returns after the first layer. Is the return inside the loop? All layers take their step first.",
        ),
        Mistake(
            "all outputs returned",
            _stack(
                ("append(new_state)", "append((inputs, new_state))"),
                ("inputs, tuple(new_states)", "tuple(zip(*new_states))"),
            ),
            "You return the outputs of all layers. What leaves the stack is the output of the top layer.",
        ),
        Mistake(
            "top layer first",
            _stack(("zip(steps, states, strict=True)", "zip(steps[::-1], states[::-1], strict=True)")),
            "You begin with the top layer. The inputs go into the bottom layer, which comes first in both lists.",
        ),
        Mistake(
            "states in reverse order",
            _stack(("tuple(new_states)", "tuple(new_states[::-1])")),
            "The states come back in the wrong order: the bottom layer first, as they came in.",
        ),
        Mistake(
            "a step is taken at once",
            lambda steps: [step(None, None) for step in steps],
            "stack_steps takes no step itself. It defines a function of (inputs, states) and returns that function.",
        ),
    ),
    hints=(
        "Inside stack_steps, define a function of inputs and states, and return it: return stacked_step.",
        "It is a loop over the layers, as static_rnn is a loop over the time. What changes from one turn to the next "
        "is what the layer reads.",
        "for step, state in zip(steps, states): inputs, new_state = step(inputs, state), and new_state goes into a "
        "list. After the loop inputs holds the output of the top layer.",
    ),
    points=3,
    difficulty=2,
    minutes=10,
)


def _budget_case(rng: np.random.Generator) -> Case:
    features, layers = int(rng.integers(5, 40)), int(rng.integers(2, 6))
    return {"features": features, "layers": layers, "budget": int(rng.integers(60_000, 90_000))}


#: A learner's loop gives 0 where not even one neuron fits.
_budget = partial(changed, parameters.units_for_budget, ("units < 1", "units < 0"))


def _largest(fits: Callable[[int], bool]) -> int:
    """The largest number of neurons that fits, by trying."""
    units = 0
    while fits(units + 1):
        units += 1
    return units


units_for_budget = Exercise(
    name="units_for_budget",
    kind=Kind.INVERSE,
    reference=parameters.units_for_budget,
    alternatives=(alternatives.units_for_budget,),
    tolerance=WHOLE,
    cases=_budget_case,
    edge_cases=(
        {"features": 28, "layers": 3, "budget": parameters.stack_parameter_count(28, (50,) * 3)},
        {"features": 28, "layers": 1, "budget": parameters.parameter_count(28, 90) - 1},
        {"features": 2, "layers": 3, "budget": 10},
        {"features": 20, "layers": 5, "budget": 76_142},  # the root is 90.60
    ),
    mistakes=(
        Mistake(
            "one too many",
            _budget(("return units", "return units + 1")),
            "With that many neurons the stack has more parameters than the budget allows. It is one too many.",
        ),
        Mistake(
            "budget not used up to the last",
            _budget(("* budget)", "* (budget - 1))")),
            "A stack that has exactly as many parameters as the budget is allowed: less or equal, not less.",
        ),
        Mistake(
            "every layer reads the inputs",
            _budget(("2 * layers - 1, features + layers", "layers, (features + 1) * layers")),
            "You count as if every layer read the inputs. From the second layer on, a layer reads n numbers.",
        ),
        Mistake(
            "only one layer counted",
            _budget(("2 * layers - 1, features + layers", "1, features + 1")),
            "That many neurons fit into a single layer. The budget is for all the layers together.",
        ),
        Mistake(
            "all layers read n numbers",
            _budget(("2 * layers - 1, features + layers", "2 * layers, layers")),
            "The first layer reads the features, not n numbers.",
        ),
        Mistake(
            "biases left out",
            _budget(("features + layers", "features")),
            "The biases are missing from your count.",
        ),
        Mistake(
            "only the squares counted",
            _budget(("features + layers", "0")),
            "You count what grows with n², and leave out what grows with n: the first layer's W_x, and the biases.",
        ),
        Mistake(
            "not a whole number",
            _budget(("math.isqrt", "math.sqrt"), ("//", "/")),
            "That solves the equation, but there is no fraction of a neuron: round down.",
        ),
        Mistake(
            "rounded to the nearest",
            _budget(("(math.isqrt", "round((math.sqrt"), ("// (2 * squares)", "/ (2 * squares))")),
            "You round to the nearest whole number. Rounded up, the stack has more parameters than the budget: round "
            "down.",
        ),
        Mistake(
            "one wide layer",
            lambda features, layers, budget: _largest(
                lambda n: parameters.parameter_count(features, n * layers) <= budget
            ),
            "You count a single layer of all the neurons. A stack has a layer of n neurons, and another, and another.",
        ),
        Mistake(
            "parameters instead of neurons",
            lambda features, layers, budget: parameters.stack_parameter_count(
                features, [max(1, _budget()(features, layers, budget))] * layers
            ),
            "That is the number of parameters. You are asked for the number of neurons of a layer.",
        ),
    ),
    hints=(
        "You have a function that counts the parameters of any stack. Try n = 1, 2, 3, … with it.",
        "A while loop: as long as a stack with n + 1 neurons in each layer is within the budget, n grows by one.",
        "rnncourse.stack_parameter_count(features, [n + 1] * layers) <= budget is the condition to go on.",
    ),
    points=2,
    difficulty=2,
    minutes=8,
)


_MARKED, _LONG, _LONGER = 4, 25, 90


def _marks_case(rng: np.random.Generator, batch: int = _MARKED, steps: int = _LONG) -> Case:
    """Two or more marks far apart in most rows, one in the first, none in the last."""
    inputs = np.zeros((batch, steps))
    inputs[0, rng.integers(steps)] = 1
    for row in range(1, batch - 1):
        first, last = rng.integers(2, steps // 3), rng.integers(2 * steps // 3, steps - 2)
        inputs[row, [first, last]] = 1
        inputs[row, rng.integers(first, last)] = 1
    return {"inputs": inputs}


def _between(forward: np.ndarray, backward: np.ndarray, readout: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    """1 where the read-out of two designed neurons is above 0, one reading from the beginning, one from the end."""
    past, future = _both_neurons(forward, backward, readout, inputs)
    return (readout[0] * past + readout[1] * future + readout[2] > 0).astype(float)


def _both_neurons(
    forward: np.ndarray, backward: np.ndarray, readout: np.ndarray, inputs: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The states of the neuron that reads from the beginning, and of the one that reads from the end."""
    expect_shapes(forward=(forward, "3"), backward=(backward, "3"), readout=(readout, "3"))
    (w_x, w_h, b), (v_x, v_h, c) = forward, backward
    past = np.array([unrolling.run_neuron(row, 0.0, w_x, w_h, b) for row in inputs])
    future = np.array([unrolling.run_neuron(row[::-1], 0.0, v_x, v_h, c)[::-1] for row in inputs])
    return past, future


def _measured_neurons(
    forward: np.ndarray, backward: np.ndarray, readout: np.ndarray, inputs: np.ndarray
) -> tuple[Measure, ...]:
    """Both neurons and the sum that is read out."""
    past, future = _both_neurons(forward, backward, readout, inputs)
    return (
        *step_by_step("Your neuron that reads from the beginning", past),
        *step_by_step("Your neuron that reads from the end", future),
        *step_by_step("Your read-out", readout[0] * past + readout[1] * future + readout[2]),
    )


_marks = partial(changed, designs.between_marks)

between_marks = Exercise(
    name="between_marks",
    kind=Kind.DESIGN,
    open_ended=True,
    reference=designs.between_marks,
    cases=_marks_case,
    other_cases=(_marks_case(np.random.default_rng(6), 5, _LONGER),),
    call=Design(_between, ("forward", "backward", "readout"), unseen=("inputs",), measures=_measured_neurons),
    alternatives=(alternatives.between_marks,),
    mistakes=(
        Mistake(
            "one of the two is enough",
            _marks(("-1.5", "-0.5")),
            "Your network says yes as soon as one of the two neurons is on: from the first mark to the end, and from "
            "the beginning to the last mark. Both have to be on: a higher threshold.",
        ),
        Mistake(
            "the past alone",
            _marks(("np.array([1.0, 1.0, -1.5])", "np.array([1.0, 0.0, -0.5])")),
            "Your network says yes from the first mark to the very end. That there is still a mark to come only the "
            "neuron that reads from the end can know.",
        ),
        Mistake(
            "the future alone",
            _marks(("np.array([1.0, 1.0, -1.5])", "np.array([0.0, 1.0, -0.5])")),
            "Your network says yes from the beginning to the last mark. That there was a mark already only the neuron "
            "that reads from the beginning can know.",
        ),
        Mistake(
            "no memory",
            _marks(("[3.0, 2.0, 0.0]", "[3.0, 0.0, 0.0]")),
            "Your network says yes at the marks themselves only: the neurons forget a mark in the next step. What "
            "keeps a neuron on is its recurrent weight.",
        ),
        Mistake(
            "the memory fades",
            _marks(("[3.0, 2.0, 0.0]", "[3.0, 1.0, 0.0]"), ("-1.5", "-1.0")),
            "Near the marks your network is right, far from them it forgets: with a recurrent weight of 1 or less a "
            "state fades to 0 (chapter 1). Which weight keeps it up?",
        ),
        Mistake(
            "on before any mark",
            _marks(("[3.0, 2.0, 0.0]", "[3.0, 2.0, 1.0]")),
            "Your network says yes without any mark: a bias above 0 switches a neuron on by itself, and its recurrent "
            "weight keeps it on.",
        ),
        Mistake(
            "never on",
            _marks(("-1.5", "-2.5")),
            "Your network never says yes: the two neurons together do not reach its threshold.",
        ),
        Mistake(
            "yes and no exchanged",
            _marks(("[1.0, 1.0, -1.5]", "[-1.0, -1.0, 1.5]")),
            "Yes and no are exchanged: change the signs of the read-out.",
        ),
    ),
    hints=(
        "Two facts decide: was there a mark until now? Will there be one from now on? One neuron can keep each.",
        "A neuron that stays on once it was on: chapter 1, w_h = 2. Without a mark and without a bias it stays at 0.",
        "After a mark such a neuron is near 1. The sum of both is near 0, 1 or 2: which threshold tells 2 from 1?",
    ),
    points=3,
    difficulty=2,
    minutes=9,
)


def _costs_case(rng: np.random.Generator, epochs: int = 20, patience: int | None = None) -> Case:
    """Costs that fall, then rise with a wave; in most cases the training is stopped, and would have got lower later."""
    time = np.arange(epochs)
    costs = np.abs(time - rng.integers(epochs // 4, epochs // 2)) / epochs + 0.15 * rng.random(epochs)
    costs[-2] = 0.01
    return {"costs": costs.round(3).tolist(), "patience": int(rng.integers(2, 5)) if patience is None else patience}


_stop = partial(changed, training.early_stopping)
_HERE, _END = "return epoch, keep", "return len(costs) - 1, keep"
_LOWER = "lowest, keep = cost, epoch"
_WAITED = f"elif epoch - keep >= patience:\n            {_HERE}"

early_stopping = Exercise(
    name="early_stopping",
    kind=Kind.NEW_CASE,
    reference=training.early_stopping,
    alternatives=(alternatives.early_stopping,),
    tolerance=WHOLE,
    cases=_costs_case,
    other_cases=(_costs_case(np.random.default_rng(5), 33, 5), _costs_case(np.random.default_rng(6), 26, 1)),
    edge_cases=(
        {"costs": [0.9, 0.8, 0.7, 0.6], "patience": 3},
        {"costs": [0.9, 0.5, 0.5, 0.7, 0.5, 0.4, 0.3], "patience": 3},
        {"costs": [0.9, 0.5, 0.6, 0.45, 0.7, 0.8, 0.44, 0.9], "patience": 3},
    ),
    parts=("the last epoch", "the epoch to keep"),
    mistakes=(
        Mistake(
            "one epoch too patient",
            _stop((">= patience", "> patience")),
            "You stop one epoch too late: with a patience of 3, the third epoch in a row without a new lowest cost is "
            "the last one.",
        ),
        Mistake(
            "one epoch too hasty",
            _stop((">= patience", ">= patience - 1")),
            "You stop one epoch too early: with a patience of 3, three epochs in a row have to bring no new lowest "
            "cost, not two.",
        ),
        Mistake(
            "compared with the epoch before",
            _stop((_LOWER, "keep = epoch"), (_WAITED, f"{_WAITED}\n        lowest = cost")),
            "You compare each cost with that of the epoch before. Progress is a cost below the lowest of all epochs "
            "before.",
        ),
        Mistake(
            "an equal cost taken for progress",
            _stop(("cost < lowest", "cost <= lowest")),
            "You take a cost that equals the lowest for progress. Only a lower one is.",
        ),
        Mistake(
            "the last epoch kept",
            _stop((_HERE, "return epoch, epoch"), (_END, "return len(costs) - 1, len(costs) - 1")),
            "The last epoch is right. What is kept is not its weights but those of the epoch with the lowest cost so "
            "far.",
        ),
        Mistake(
            "the lowest of all costs",
            lambda costs, patience: (min(int(np.argmin(costs)) + patience, len(costs) - 1), int(np.argmin(costs))),
            "You look for the lowest of all costs. When the decision falls, later costs do not exist yet: go through "
            "the epochs one by one, and stop where the waiting has been long enough.",
        ),
        Mistake(
            "the lowest of all costs, and patience epochs more",
            lambda costs, patience: (int(np.argmin(costs)) + patience, int(np.argmin(costs))),
            "You look for the lowest of all costs. When the decision falls, later costs do not exist yet: go through "
            "the epochs one by one, and stop where the waiting has been long enough, or where the costs end.",
        ),
        Mistake(
            "looks beyond the stop",
            _stop((_HERE, "return epoch, int(np.nanargmin(costs))")),
            "The epoch that you keep was never run: it lies behind the last one. Look for the lowest cost among the "
            "epochs until then.",
        ),
        Mistake(
            "runs to the end",
            _stop(("epoch - keep >= patience", "False")),
            "Your training runs to the end. Stop as soon as patience epochs in a row have brought no new lowest cost.",
        ),
        Mistake(
            "bad epochs counted in all",
            _stop(
                ("lowest, keep = np.inf, 0", "lowest, keep, bad = np.inf, 0, 0"),
                (_WAITED, f"else:\n            bad += 1\n            if bad >= patience:\n                {_HERE}"),
            ),
            "You count all epochs without progress. Only those in a row count: a new lowest cost sets it to 0.",
        ),
        Mistake(
            "results in the other order",
            _stop((_HERE, "return keep, epoch"), (_END, "return keep, len(costs) - 1")),
            "Both results are there, in the other order: first the last epoch, then the one to keep.",
        ),
        Mistake(
            "counted from 1",
            _stop((_HERE, "return epoch + 1, keep + 1"), (_END, "return len(costs), keep + 1")),
            "You count the epochs from 1. Here the first one is epoch 0, as in Python's lists.",
        ),
        Mistake(
            "the cost returned",
            _stop((_HERE, "return epoch, lowest"), (_END, "return len(costs) - 1, lowest")),
            "You return the lowest cost. Asked for is the number of its epoch.",
        ),
    ),
    hints=(
        "Go through the costs with enumerate. What has to be remembered from one epoch to the next?",
        "Two things: the lowest cost so far, and the epoch in which it came. The second one is also what is kept.",
        "No new lowest cost, and this epoch is patience epochs behind that of the lowest: stop here.",
    ),
    points=3,
    difficulty=2,
    minutes=10,
)


_BATCH, _TIME, _WIDTH = 5, 4, 6


def _dropout_case(rng: np.random.Generator, shape: tuple[int, int] = (_BATCH, _WIDTH)) -> Case:
    rate = float(rng.choice([0.2, 0.3, 0.4, 0.6]))
    return {"values": rng.uniform(0.5, 1.5, size=shape), "rate": rate, "noise": rng.random(shape), "training": True}


def _fixed_dropout_cases() -> tuple[Case, ...]:
    """Not training; nothing to drop, with a noise of exactly 0; one mask for all the steps."""
    rng = np.random.default_rng(41)
    values, noise = rng.uniform(0.5, 1.5, size=(_BATCH, _WIDTH)), rng.random((_BATCH, _WIDTH))
    touching = noise.copy()
    touching[0, 0] = 0.0
    sequences, shared = rng.uniform(0.5, 1.5, size=(_BATCH, _TIME, _WIDTH)), rng.random((_BATCH, 1, _WIDTH))
    return (
        {"values": values, "rate": 0.4, "noise": noise, "training": False},
        {"values": values, "rate": 0.0, "noise": touching, "training": True},
        {"values": sequences, "rate": 0.3, "noise": shared, "training": True},
    )


_dropped = partial(changed, cells.dropout)

dropout = Exercise(
    name="dropout",
    kind=Kind.BUG,
    starts_from="divided by the rate",
    reference=cells.dropout,
    alternatives=(alternatives.dropout,),
    cases=_dropout_case,
    other_cases=(_dropout_case(np.random.default_rng(3), (7, 4)),),
    edge_cases=_fixed_dropout_cases(),
    mistakes=(
        Mistake(
            "not scaled",
            _dropped((" / (1 - rate)", "")),
            "The right values are dropped, but those that stay are too small: divide them by 1 - rate, so that the "
            "mean is kept.",
        ),
        Mistake(
            "scaled when not training",
            _dropped(("return values\n", "return values * (1 - rate)\n"), (" / (1 - rate)", "")),
            "You scale after training, by 1 - rate. Here the scaling happens while training, by 1 / (1 - rate), and "
            "afterwards the values are left alone.",
        ),
        Mistake(
            "multiplied by 1 - rate",
            _dropped(("/ (1 - rate)", "* (1 - rate)")),
            "You make what is left smaller. It has to grow, to make up for what is dropped: divide by 1 - rate.",
        ),
        Mistake(
            "divided by the rate",
            _dropped(("(1 - rate)", "(rate or 1)")),
            "You divide by the share that is dropped. Divide by the share that stays, 1 - rate.",
        ),
        Mistake(
            "scaled by the share that stayed this time",
            _dropped(("/ (1 - rate)", "* noise.size / max(np.sum(kept), 1)")),
            "You scale by the share that happened to stay, so that the number of ones in this mask decides. Scale by "
            "the share that stays on average, 1 - rate: then the mean over many masks is right.",
        ),
        Mistake(
            "the others dropped",
            _dropped((">= rate", "< rate")),
            "You keep what should be dropped. A value stays where noise >= rate, which happens in a share 1 - rate.",
        ),
        Mistake(
            "the other end of the noise",
            _dropped((">= rate", "< 1 - rate")),
            "Your mask keeps the right share of values, but not those that were asked for: where noise >= rate.",
        ),
        Mistake(
            "greater than the rate",
            _dropped((">= rate", "> rate")),
            "Nearly: with a rate of 0 nothing may be dropped, not even where the noise is 0. Keep where noise >= rate.",
        ),
        Mistake(
            "dropped values cut out",
            _dropped(("values * kept", "values[kept]")),
            "You cut the dropped values out, so the shape is lost. They become 0 and stay in their places: multiply by "
            "the mask.",
        ),
        Mistake(
            "noise used as an index",
            _dropped(("kept = noise >= rate", "values[noise < rate] = 0"), ("values * kept", "values")),
            "Right where noise has the shape of values. An axis of length 1 is repeated when arrays are multiplied, "
            "but not in an index: use the mask as a factor.",
        ),
        Mistake(
            "dropped when not training",
            _dropped(("not training", "False")),
            "You drop values when training is False, too. Then the values come back as they are.",
        ),
        Mistake(
            "dropped only when not training",
            _dropped(("not training", "training")),
            "It is the wrong way round: values are dropped while training, and left alone afterwards.",
        ),
        Mistake(
            "noise of its own",
            _dropped(("kept = noise", "kept = np.random.random(values.shape)")),
            "You draw random numbers of your own. Use noise: then the caller decides what is drawn, and how often.",
        ),
        Mistake(
            "the mask returned",
            _dropped(("values * kept", "kept")),
            "You return the mask. Multiply values by it.",
        ),
        Mistake(
            "multiplied by the noise",
            _dropped(("kept = noise >= rate", "kept = noise")),
            "You multiply by the noise itself. It only decides, by a comparison, which values stay.",
        ),
        Mistake(
            "what stays is left as it was, the rest made smaller",
            _dropped(("values * kept / (1 - rate)", "np.where(kept, values, values * (1 - rate))")),
            "The dropped values are made smaller only. They become 0, and those that stay grow.",
        ),
    ),
    hints=(
        "Two cases: not training, and training. The first is one line.",
        "noise >= rate is an array of True and False; times a number it counts as 1 and 0.",
        "values * (noise >= rate), and what is left has to grow: divide by 1 - rate.",
    ),
    points=3,
    difficulty=2,
    minutes=8,
)


_SEQUENCES, _STEPS = 1_000, 40
#: Bits per step. Who knows the past alone needs 0.26 at the least, who knows all of a sequence 0.14, and who knows one
#: reading, its own, 0.51.
BAR, ONE_READING = 0.18, 0.5


@functools.cache
def held_out_switches(seed: int) -> Sequences:
    """Readings of switches that no training has seen."""
    return memory.make_switch(_SEQUENCES, _STEPS, seed=10_000 + seed)


def _tags(model: Any, inputs: np.ndarray) -> np.ndarray:
    """The logit of "on" at every step: the output itself, or how much larger the second of two is than the first."""
    outputs = np.asarray(model.predict(inputs, batch_size=500, verbose=0), dtype=float)
    if outputs.ndim != 3 or outputs.shape[:2] != inputs.shape[:2] or outputs.shape[2] not in (1, 2):
        raise ValueError(
            f"It gives outputs of shape {outputs.shape} for inputs of shape {inputs.shape}, expected "
            f"{(*inputs.shape[:2], 2)}, two logits for every step (off, on), or {(*inputs.shape[:2], 1)}, one of on."
        )
    return outputs[..., 0] if outputs.shape[2] == 1 else outputs[..., 1] - outputs[..., 0]


def _bits(tags: np.ndarray, targets: np.ndarray) -> float:
    """-mean log2 p(what is so), with p = sigmoid(tag) for on."""
    return float(np.mean(np.logaddexp(0, np.where(targets == 1, -tags, tags))) / np.log(2))


def bits_on_held_out(model: Any, seed: int) -> float:
    """Bits per step of a tagger on switches it has not seen."""
    inputs, targets = held_out_switches(seed)
    return _bits(_tags(model, inputs), targets)


def _raw(model: Any, seed: int) -> np.ndarray:
    return np.asarray(model.predict(held_out_switches(seed).inputs[:200], verbose=0))


def _change(model: Any, seed: int, part: slice, step: int) -> np.ndarray:
    """By how much the tag of a step changes when the inputs of a part of the sequence do."""
    inputs = held_out_switches(seed).inputs[:200]
    other = inputs.copy()
    other[:, part] = np.roll(inputs, 1, axis=0)[:, part]
    return np.abs(_tags(model, inputs) - _tags(model, other))[:, step]


_MIDDLE, _EARLY = _STEPS // 2, _STEPS // 4
_PAST, _FUTURE = slice(0, _MIDDLE), slice(_MIDDLE + 1, None)
_BETWEEN, _LAST = slice(_EARLY + 1, -_EARLY - 1), slice(-_EARLY, None)


def _deaf(model: Any, seed: int, part: slice, step: int = _MIDDLE) -> bool:
    return bool(np.max(_change(model, seed, part, step)) < 1e-3)


def _not_turned(model: Any, seed: int) -> bool:
    """Whether an early step hears the end of the sequence, and nothing of what comes between: its own is not there."""
    return _deaf(model, seed, _BETWEEN, _EARLY) and not _deaf(model, seed, _LAST, _EARLY)


def _best_with(*changes: Callable[[np.ndarray], np.ndarray]) -> Callable[[Any, int], bool]:
    """Whether a tagger does well when its tags are changed like one of these, and clearly better than without."""

    def shows(model: Any, seed: int) -> bool:
        inputs, targets = held_out_switches(seed)
        tags = _tags(model, inputs)
        changed = min(_bits(change(tags), targets) for change in changes)
        return changed < min(ONE_READING, _bits(tags, targets) - 0.05)

    return shows


def _gives_one_for_all(model: Any, seed: int) -> bool:
    return bool(np.max(np.std(_tags(model, held_out_switches(seed).inputs[:200]), axis=1)) < 1e-3)


SWITCH = (
    symptoms.not_finite(_raw),
    symptoms.probabilities_for_logits(_raw),
    symptoms.COST_WITHOUT_SOFTMAX,
    *symptoms.squashed(_raw, "logits"),
    Symptom(
        "one answer for all steps",
        _gives_one_for_all,
        "It says the same at every step of a sequence, as if only the last state were read out and repeated: every "
        "layer below the last Dense has to return its whole sequence.",
    ),
    Symptom(
        "answers in reverse order",
        _not_turned,
        "What it says at an early step depends on the end of the sequence, and not on the readings that come next: a "
        "layer that reads backwards returns its last step first. Turn its outputs round before they meet those of the "
        "other direction; Bidirectional does it for you.",
    ),
    Symptom(
        "each step by itself",
        lambda model, seed: _deaf(model, seed, _PAST) and _deaf(model, seed, _FUTURE),
        "What it says at a step depends on the reading of that step alone. One reading says little; a recurrent layer "
        "carries what the others say.",
    ),
    Symptom(
        "the past alone",
        lambda model, seed: _deaf(model, seed, _FUTURE),
        "What it says at a step does not change with the readings that come later. With the past alone nobody gets "
        "below 0.26 bits: let a second layer read from the end.",
    ),
    Symptom(
        "the future alone",
        lambda model, seed: _deaf(model, seed, _PAST),
        "What it says at a step does not change with the readings that came before. It reads from the end only: join "
        "it with a layer that reads from the beginning.",
    ),
    symptoms.HARDLY_TRAINED,
    symptoms.RATE_TOO_LARGE,
    Symptom(
        "on and off exchanged",
        _best_with(lambda tags: -tags),
        "It does better when its answers are turned round: on and off were exchanged in its targets.",
    ),
    Symptom(
        "answers too late",
        _best_with(*(functools.partial(np.roll, shift=-steps, axis=1) for steps in (1, 2, 3))),
        "It does better when its answers are moved to the front: in its training inputs and targets were some steps "
        "apart.",
    ),
    Symptom(
        "answers too early",
        _best_with(*(functools.partial(np.roll, shift=steps, axis=1) for steps in (1, 2, 3))),
        "It does better when its answers are moved to the back: in its training inputs and targets were some steps "
        "apart.",
    ),
    symptoms.NOT_ENOUGH,
)

switch_tagger = Training(
    name="switch_tagger",
    kind=Kind.TRAINING,
    open_ended=True,
    score=bits_on_held_out,
    measure="bits per step",
    measured_on="switches it has not seen",
    bar=BAR,
    higher_is_better=False,
    mistakes=SWITCH,
    recipe="""
keras.utils.set_random_seed(1)
switch_tagger = keras.Sequential([
    keras.Input((None, 1)),
    keras.layers.Bidirectional(keras.layers.SimpleRNN(16, return_sequences=True)),
    keras.layers.Dense(2),
])
told = rnncourse.fit(
    switch_tagger, *switches, epochs=5, batch_size=50, optimizer=rnncourse.recipe_optimizer(5 * 60, 1e-2)
)
""",
    refuses=symptoms.no_keras_model,
    shapes="It reads readings of shape (batch, time, 1) and gives (batch, time, 2): at every step a logit for off and "
    "one for on.",
    hints=(
        "keras.layers.Bidirectional(layer) lets one copy of a recurrent layer read from the beginning and another from "
        "the end, and joins their outputs step by step. The layer has to return its whole sequence.",
        "An input of shape (None, 1), a Bidirectional SimpleRNN of 16 units, a Dense(2) on every step. rnncourse.fit "
        "takes targets of shape (count, time) as they are.",
        "3,000 sequences of 40 steps, five epochs, batches of 50 and rnncourse.recipe_optimizer(300, 1e-2) are more "
        "than enough.",
    ),
    points=3,
    difficulty=2,
    minutes=12,
)

EXERCISES = (stack_steps, units_for_budget, between_marks, switch_tagger, early_stopping, dropout)
