"""The exercises of chapter 9: cells on top of one another, how many parameters they have, and dropout."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from rnncourse import cells, parameters, unrolling
from rnncourse.exercises import alternatives, symptoms
from rnncourse.exercises.cases import cell_with_readout
from rnncourse.exercises.definitions import WHOLE, Case, Exercise, Kind, Mistake, Training
from rnncourse.exercises.edits import changed

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


def _sizes_case(rng: np.random.Generator) -> Case:
    features, *units = (int(size) for size in rng.choice(np.arange(2, 60), size=5, replace=False))
    return {"features": features, "units": units}


_stack_count = partial(changed, parameters.stack_parameter_count)

stack_parameter_count = Exercise(
    name="stack_parameter_count",
    kind=Kind.NEW_CASE,
    reference=parameters.stack_parameter_count,
    alternatives=(alternatives.stack_parameter_count,),
    tolerance=WHOLE,
    cases=_sizes_case,
    edge_cases=({"features": 7, "units": [11]},),
    mistakes=(
        Mistake(
            "every layer reads the inputs",
            _stack_count(("features = width", "pass")),
            "You count as if every layer read the inputs. From the second layer on, a layer reads as many numbers as "
            "the layer below has neurons.",
        ),
        Mistake(
            "every layer reads as many as it has neurons",
            _stack_count(("features * width", "(width if total else features) * width")),
            "The first layer is right. Another layer reads as many numbers as the layer below it has neurons, which "
            "need not be its own number.",
        ),
        Mistake(
            "only the first layer",
            lambda features, units: parameters.parameter_count(features, units[0]),
            "That is the first layer alone. Each layer has a W_x, a W_h and a b of its own.",
        ),
        Mistake(
            "the first layer forgotten",
            lambda features, units: sum(map(parameters.parameter_count, units, units[1:])),
            "The first layer, which reads the inputs, is missing.",
        ),
        Mistake(
            "all layers as the first",
            lambda features, units: len(units) * parameters.parameter_count(features, units[0]),
            "You count the first layer as often as there are layers. The layers differ.",
        ),
        Mistake(
            "recurrent kernels left out",
            _stack_count((" + width * width", "")),
            "The recurrent kernels are missing: each layer has its own W_h of shape (units, units).",
        ),
        Mistake(
            "biases left out",
            _stack_count(("width * width + width", "width * width")),
            "The biases are missing: one number a neuron, in every layer.",
        ),
        Mistake(
            "recurrent kernel of the layer below",
            _stack_count(("width * width", "features * features")),
            "A layer's recurrent kernel joins its own neurons with each other: its own number squared.",
        ),
        Mistake(
            "one layer of all the neurons",
            lambda features, units: parameters.parameter_count(features, sum(units)),
            "You count a single layer of all the neurons. In a stack a neuron is joined only with those of its own "
            "layer and of the layer below.",
        ),
        Mistake(
            "a list of counts",
            lambda features, units: [
                parameters.parameter_count(below, n) for below, n in zip([features, *units], units, strict=False)
            ],
            "These are the numbers of the single layers. Add them up.",
        ),
        Mistake(
            "one bias a layer",
            _stack_count(("width * width + width", "width * width + 1")),
            "You count one bias a layer. Each neuron has its own.",
        ),
        Mistake(
            "layer above instead of below",
            lambda features, units: sum(
                n * above + n * n + n for n, above in zip(units, [*units[1:], features], strict=True)
            ),
            "You let each layer read from the one above it, and the last one from the features. The first layer reads "
            "the features, every other one the layer below.",
        ),
        Mistake(
            "sizes added",
            _stack_count(("features * width + width * width", "features + width + width")),
            "You add the sizes of a matrix. It holds rows times columns numbers.",
        ),
        Mistake(
            "two biases a neuron",
            _stack_count(("width * width + width", "width * width + 2 * width")),
            "You count two biases a neuron. There is one, in every layer.",
        ),
    ),
    hints=(
        "One layer is rnncourse.parameter_count(what it reads, its neurons). What does the second layer read?",
        "A loop over units; after each layer, what the next one reads is the number of neurons of this one.",
        "total += rnncourse.parameter_count(features, width), and then features = width.",
    ),
    points=2,
    difficulty=1,
    minutes=5,
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
    kind=Kind.TRANSCRIPTION,
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


BAR = 0.92


def _score(model: Any, seed: int) -> float:
    """Accuracy on held-out digits of a model that has at least two recurrent layers."""
    found = sum("recurrent_kernel" in weight.path for weight in model.weights)
    if found < 2:
        raise ValueError(
            f"deep_reader has {found} recurrent layer{'' if found == 1 else 's'}, expected at least 2, for example "
            "rnncourse.deep_classifier([80, 80])."
        )
    return symptoms.accuracy_on_held_out(model, seed)


deep_reader = Training(
    name="deep_reader",
    kind=Kind.COPY,
    score=_score,
    measure="accuracy",
    bar=BAR,
    higher_is_better=True,
    mistakes=symptoms.DIGITS,
    refuses=symptoms.no_keras_model,
    shapes=symptoms.READS_DIGITS,
    recipe="""
keras.utils.set_random_seed(1)
deep_reader = rnncourse.deep_classifier([80, 80], dropout=0.1)
told = rnncourse.fit(
    deep_reader, *many_digits, epochs=4, batch_size=50, optimizer=rnncourse.recipe_optimizer(4 * 200)
)
""",
    hints=(
        "rnncourse.deep_classifier([80, 80]) makes a network of two layers; rnncourse.fit(…) trains it, as in the "
        "cells above.",
        "Train on many_digits.images and many_digits.labels, four epochs, batches of 50, and a new optimizer.",
        "recipe_optimizer wants the number of all steps: epochs times the batches of an epoch. With this many digits "
        "and so few epochs a small dropout, or none, is enough.",
    ),
    points=3,
    difficulty=2,
    minutes=10,
)

EXERCISES = (stack_steps, stack_parameter_count, units_for_budget, dropout, deep_reader)
