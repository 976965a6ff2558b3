"""The exercises of chapter 12: which z, the GRU step, its parameters, a latch, a small reader, weights of PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from rnncourse import cells, parameters
from rnncourse.exercises import alternatives, symptoms
from rnncourse.exercises.cases import step_by_step
from rnncourse.exercises.definitions import (
    WHOLE,
    Case,
    Design,
    Exercise,
    Kind,
    Measure,
    Mistake,
    Question,
    Symptom,
    Training,
)
from rnncourse.exercises.edits import changed

BATCH, FEATURES, UNITS = 3, 4, 5
_OTHER_SIZES = 4, 3, 6

# Exercise 1: which z

update_gate = Question(
    name="update_gate",
    kind=Kind.PREDICTION,
    answer={
        "z = 1 in Keras": "old state",
        "z = 0 in Keras": "proposal",
        "z = 0 in the tutorial": "old state",
        "z = 1 in the tutorial": "proposal",
        "z = 1 in the tutorial, while r = 0: h_(t-1) still matters": "no",
    },
    feedback={
        "z = 1 in Keras": {"proposal": "put z = 1 into h_t = z h_(t-1) + (1 - z) g."},
        "z = 0 in Keras": {"old state": "put z = 0 into h_t = z h_(t-1) + (1 - z) g."},
        "z = 0 in the tutorial": {"proposal": "the tutorial's z is how much is taken in: with 0 nothing is."},
        "z = 1 in the tutorial": {"old state": "the tutorial's z is how much is taken in: with 1 all is replaced."},
        "z = 1 in the tutorial, while r = 0: h_(t-1) still matters": {
            "yes": "the state is replaced by g, and with r = 0 g has not seen h_(t-1).",
        },
    },
    hints=(
        "In Keras z says how much stays. In the tutorial z says how much comes in.",
        "One is 1 minus the other.",
        "For the last one: z decides whether the old state stays, r whether g may see it.",
    ),
    points=2,
    difficulty=1,
    minutes=4,
    choices=("old state", "proposal", "yes", "no"),
)

# Exercise 2: the step


def _step_case(rng: np.random.Generator, sizes: tuple[int, int, int] = (BATCH, FEATURES, UNITS)) -> Case:
    batch, features, units = sizes
    return {
        "inputs": rng.normal(size=(batch, features)),
        "state": rng.uniform(-0.9, 0.9, size=(batch, units)),
        "kernel": 0.7 * rng.normal(size=(features, 3 * units)),
        "recurrent_kernel": rng.normal(size=(units, 3 * units)),
        "bias (reset_after=True)": rng.normal(size=(2, 3 * units)),
        "bias (reset_after=False)": rng.normal(size=3 * units),
    }


def _with_two_biases(case: Case) -> Case:
    """The arguments of the step that resets after the product."""
    *shared, two_biases, _ = case.values()
    names = "inputs", "state", "kernel", "recurrent_kernel"
    return {**dict(zip(names, shared, strict=True)), "bias": two_biases, "reset_after": True}


def _both_kinds(function: Callable[..., Any], case: Case) -> tuple[Any, Any]:
    """The step that resets after the product, with two biases, and the one that resets before, with one."""
    *shared, two_biases, bias = case.values()
    return function(*shared, two_biases, True), function(*shared, bias, False)


_gru = partial(changed, cells.gru_step)

gru_step = Exercise(
    name="gru_step",
    kind=Kind.BUG,
    starts_from="second bias not reset",
    reference=cells.gru_step,
    alternatives=(alternatives.gru_step,),
    cases=_step_case,
    other_cases=(_step_case(np.random.default_rng(2), _OTHER_SIZES),),
    call=_both_kinds,
    example=_with_two_biases,
    parts=("reset after", "reset before"),
    mistakes=(
        Mistake(
            "z the other way round",
            _gru(("z * state + (1 - z) * g", "(1 - z) * state + z * g")),
            "Your z says how much comes in: that is the tutorial's z. Here, as in Keras, z says how much stays.",
        ),
        Mistake(
            "order r, z, g",
            _gru(("z, r =", "r, z =")),
            "You took the blocks as r, z, g, as in TensorFlow 1. Here, as in Keras, they are z, r, g.",
        ),
        Mistake(
            "no reset",
            _gru(("r * (state @ u_g + b_g)", "state @ u_g + b_g"), ("(r * state) @ u_g", "state @ u_g")),
            "The reset gate is not used: what g sees of the old state is multiplied by r.",
        ),
        Mistake(
            "always after",
            _gru(("(r * state) @ u_g", "r * (state @ u_g)")),
            "reset_after=True is right. With False the state itself is reset, before it is multiplied by its kernel.",
        ),
        Mistake(
            "always before",
            _gru(("r * (state @ u_g + b_g)", "(r * state) @ u_g + b_g")),
            "reset_after=False is right. With True the product with the kernel is reset, and the second bias with it.",
        ),
        Mistake(
            "exchanged",
            _gru(("(r * state) @ u_g", "r * (state @ u_g)"), ("r * (state @ u_g + b_g)", "(r * state) @ u_g + b_g")),
            "You have exchanged the two: with reset_after=True the product is reset, else the state before it.",
        ),
        Mistake(
            "second bias not reset",
            _gru(("r * (state @ u_g + b_g)", "r * (state @ u_g) + b_g")),
            "reset_after=False is right. With True the second bias is added to the product before r multiplies both.",
        ),
        Mistake(
            "second bias left out",
            _gru(("np.split(state_bias, 3)", "0, 0, 0")),
            "reset_after=False is right. With True there is a second bias, row 1: it goes with the state's products.",
        ),
        Mistake(
            "rows of the bias exchanged",
            _gru(("= bias if", "= bias[::-1] if")),
            "Row 0 of the bias goes with the inputs, row 1 with the state: you took them the other way round.",
        ),
        Mistake(
            "inputs reset too",
            _gru(
                (
                    "x_g + (r * (state @ u_g + b_g) if reset_after else (r * state) @ u_g)",
                    "r * (x_g + state @ u_g + b_g)",
                )
            ),
            "You reset what comes from the inputs as well. Only what comes from the old state is multiplied by r.",
        ),
        Mistake(
            "g through the sigmoid",
            _gru(("np.tanh(x_g", "sigmoid(x_g")),
            "g went through the sigmoid. It is no gate but a proposal: it goes through the tanh.",
        ),
        Mistake(
            "gates through the tanh",
            _gru(sigmoid=np.tanh),
            "Your gates go from -1 to 1. z and r go through the sigmoid; only g goes through the tanh.",
        ),
        Mistake(
            "all of g added",
            _gru(("(1 - z) * g", "g")),
            "All of g is added. What z keeps of the old state has no room for it: g comes in with 1 - z.",
        ),
        Mistake(
            "old state not kept",
            _gru(("z * state + ", "")),
            "Nothing of the old state stays: z times it belongs to the sum.",
        ),
        Mistake(
            "second bias left out of g",
            _gru(("r * (state @ u_g + b_g)", "r * (state @ u_g)")),
            "reset_after=False is right. With True g lacks its second bias, which r multiplies with the product.",
        ),
        Mistake(
            "r in place of 1 - z",
            _gru(("(1 - z) * g", "r * g")),
            "g comes in with r, as it would with an LSTM's second gate. Here one gate blends: what z does not keep of "
            "the old state, g fills.",
        ),
        Mistake(
            "proposal returned",
            _gru(("z * state + (1 - z) * g", "g")),
            "You return the proposal g. The new state is a blend of the old one and g, by the gate z.",
        ),
        Mistake(
            "no biases",
            _gru(("inputs @ kernel + bias", "inputs @ kernel"), ("np.split(state_bias, 3)", "0, 0, 0")),
            "Your result is right but for the biases: none of them is used.",
        ),
        Mistake(
            "first bias left out",
            _gru(("inputs @ kernel + bias", "inputs @ kernel")),
            "The bias of the inputs is missing: with reset_after=True it is row 0, with False the only one.",
        ),
        Mistake(
            "blocks of the recurrent kernel transposed",
            _gru(("np.split(recurrent_kernel, 3, axis=1)", "(u.T for u in np.split(recurrent_kernel, 3, axis=1))")),
            "The blocks of your recurrent kernel are transposed. They are square, so NumPy cannot notice.",
        ),
        Mistake(
            "first numbers for rows of the bias",
            _gru(
                (
                    "bias if reset_after else (bias, np.zeros_like(bias))",
                    "(bias[0], bias[1] if reset_after else np.full_like(bias, bias[1]))",
                )
            ),
            "reset_after=True is right. With False there is one bias, a plain row: bias[0] and bias[1] are two numbers "
            "of it.",
        ),
        Mistake(
            "g without its tanh",
            _gru(("np.tanh(x_g", "(x_g")),
            "g comes in without its tanh. The proposal is squashed before it is blended in.",
        ),
        Mistake(
            "reset the other way round",
            _gru(("r * (state @ u_g + b_g)", "(1 - r) * (state @ u_g + b_g)"), ("(r * state)", "((1 - r) * state)")),
            "Your r is the wrong way round: r = 1 lets g see all of the old state, r = 0 nothing.",
        ),
        Mistake(
            "z resets",
            _gru(("r * (state @ u_g + b_g)", "z * (state @ u_g + b_g)"), ("(r * state)", "(z * state)")),
            "You reset with z. Two gates have two tasks: r decides what g sees, z what stays.",
        ),
        Mistake(
            "r blends",
            _gru(("z * state + (1 - z) * g", "r * state + (1 - r) * g")),
            "You blend with r. Two gates have two tasks: r decides what g sees, z what stays.",
        ),
        Mistake(
            "order g, z, r",
            _gru(
                ("x_z, x_r, x_g =", "x_g, x_z, x_r ="),
                ("u_z, u_r, u_g =", "u_g, u_z, u_r ="),
                ("b_z, b_r, b_g =", "b_g, b_z, b_r ="),
            ),
            "You took the blocks as g, z, r. Here, as in Keras, they are z, r, g.",
        ),
        Mistake(
            "gates see no state",
            _gru(("x_z + state @ u_z + b_z", "x_z"), ("x_r + state @ u_r + b_r", "x_r")),
            "Your gates see the inputs only. They see the old state, too, each with its block of the recurrent kernel.",
        ),
        Mistake(
            "no inputs",
            _gru(("inputs @ kernel + bias", "0 * (inputs @ kernel) + bias")),
            "The inputs make no difference: they enter z, r and g, each with its block of the kernel.",
        ),
    ),
    hints=(
        "A new layer has biases of 0, and there the function agrees with Keras: what is done with the biases?",
        "Of the two forms only one has a second bias. Which line uses it, and what is done to it there?",
        "Read the second equation for g once more: what stands inside the parentheses behind r?",
    ),
    points=3,
    difficulty=2,
    minutes=8,
)

# Exercise 3: parameters


def _count_case(rng: np.random.Generator) -> Case:
    return {
        "cell": str(rng.choice(["rnn", "gru", "lstm"])),
        "features": int(rng.integers(2, 9)),
        "units": int(rng.integers(10, 30)),
    }


_count = partial(changed, parameters.cell_parameter_count)
_EXCHANGED = {"rnn": "rnn", "gru": "lstm", "lstm": "gru"}

cell_parameter_count = Exercise(
    name="cell_parameter_count",
    kind=Kind.NEW_CASE,
    reference=parameters.cell_parameter_count,
    alternatives=(alternatives.cell_parameter_count,),
    cases=_count_case,
    tolerance=WHOLE,
    edge_cases=(
        {"cell": "rnn", "features": 28, "units": 150},
        {"cell": "gru", "features": 28, "units": 150},
        {"cell": "lstm", "features": 28, "units": 150},
    ),
    mistakes=(
        Mistake(
            "second bias left out",
            _count((" + second_bias", "")),
            "Only the GRU is wrong: one that resets after the product has two biases.",
        ),
        Mistake(
            "second bias of one block",
            _count(("BLOCKS[cell] * units if", "units if")),
            "Only the GRU is wrong: its second bias has a block for z, for r and for g, like the first.",
        ),
        Mistake(
            "two biases for every gated cell",
            _count(('cell == "gru"', 'cell != "rnn"')),
            "The LSTM is wrong: it has one bias. Only a GRU that resets after the product has two.",
        ),
        Mistake(
            "only the gates counted",
            _count(BLOCKS={"rnn": 1, "gru": 2, "lstm": 3}),
            "You counted the gates. The proposal g has weights of its own, too.",
        ),
        Mistake(
            "only the gates counted, one bias",
            _count((" + second_bias", ""), BLOCKS={"rnn": 1, "gru": 2, "lstm": 3}),
            "You counted the gates. The proposal g has weights of its own, too.",
        ),
        Mistake(
            "as many as an LSTM",
            _count(BLOCKS={"rnn": 1, "gru": 4, "lstm": 4}),
            "You gave the GRU four blocks. It has z, r and g.",
        ),
        Mistake(
            "GRU and LSTM exchanged",
            lambda cell, *sizes: parameters.cell_parameter_count(_EXCHANGED[cell], *sizes),
            "You give the GRU the number of the LSTM, and the other way round. The LSTM is the one with four blocks.",
        ),
        Mistake(
            "all alike",
            lambda cell, features, units: parameters.parameter_count(features, units),
            "That is the plain cell's number, whatever cell is asked. A gate is a layer of its own.",
        ),
        Mistake(
            "bias left out",
            _count(("parameter_count(features, units)", "units * (features + units)")),
            "Each block has a bias: units numbers more.",
        ),
        Mistake(
            "no biases",
            _count(("parameter_count(features, units) + second_bias", "units * (features + units)")),
            "The biases are missing: units numbers for each block, and for the GRU twice.",
        ),
        Mistake(
            "two states of the LSTM",
            _count(
                (
                    "parameter_count(features, units) +",
                    "(parameter_count(features, units) + (units**2 if cell == 'lstm' else 0)) +",
                )
            ),
            "The LSTM is wrong: its gates see the short-term state h, one state. There is one recurrent kernel.",
        ),
        Mistake(
            "one large layer",
            lambda cell, features, units: parameters.parameter_count(features, parameters.BLOCKS[cell] * units),
            "You count one plain layer of blocks times units neurons. Then the recurrent kernel would be a square of "
            "that size; the state has units numbers.",
        ),
        Mistake(
            "two biases for every cell",
            _count(('units if cell == "gru" and reset_after else 0', "units")),
            "You count two biases for every cell. Only a GRU that resets after the product has two.",
        ),
        Mistake(
            "as few as a GRU",
            _count(BLOCKS={"rnn": 1, "gru": 3, "lstm": 3}),
            "You gave the LSTM three blocks. It has i, f, g and o.",
        ),
        Mistake(
            "recurrent kernels left out",
            _count(("parameter_count(features, units)", "units * (features + 1)")),
            "The recurrent kernels are missing: each block has a square one, units by units.",
        ),
    ),
    hints=(
        "How many small layers are there in each cell? Each has as many parameters as a plain cell.",
        "Plain 1, GRU 3 (z, r, g), LSTM 4 (i, f, g, o).",
        "And the second bias of the GRU: 3 · units.",
    ),
    points=2,
    difficulty=1,
    minutes=5,
)

# Exercise 4: a latch by hand

_MOST_NEURONS = 4


def _latched(kernel: np.ndarray, recurrent_kernel: np.ndarray, bias: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    """Whether the first neuron is above 0 (1) or not (-1), after each step."""
    return np.where(_first_neuron(kernel, recurrent_kernel, bias, inputs) > 0, 1, -1)


def _measured_latch(
    kernel: np.ndarray, recurrent_kernel: np.ndarray, bias: np.ndarray, inputs: np.ndarray
) -> tuple[Measure, ...]:
    """The first neuron as it is."""
    return step_by_step("Your first neuron itself", _first_neuron(kernel, recurrent_kernel, bias, inputs))


def _first_neuron(kernel: np.ndarray, recurrent_kernel: np.ndarray, bias: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    kernel, recurrent_kernel, bias = (np.asarray(array, dtype=float) for array in (kernel, recurrent_kernel, bias))
    if not all(np.isfinite(array).all() for array in (kernel, recurrent_kernel, bias)):
        raise ValueError("A weight is NaN or infinite, expected numbers. For a gate that is open, 10 is large enough.")
    units = bias.shape[-1] // 3 if bias.ndim else 0
    if bias.shape != (2, 3 * units) or not 1 <= units <= _MOST_NEURONS:
        raise ValueError(f"bias has shape {bias.shape}, expected (2, 3 · units) with 1 to {_MOST_NEURONS} units.")
    for name, array, rows in (("kernel", kernel, 2), ("recurrent_kernel", recurrent_kernel, units)):
        if array.shape != (rows, 3 * units):
            raise ValueError(
                f"{name} has shape {array.shape}, expected {rows, 3 * units}: the bias is of {units} units."
            )
    state, said = np.zeros((len(inputs), units)), []
    for x in np.swapaxes(inputs, 0, 1):
        state = cells.gru_step(x, state, kernel, recurrent_kernel, bias)
        said.append(state[:, 0])
    return np.stack(said, axis=1)


def _marked(rng: np.random.Generator, batch: int = 3, steps: int = 6, share: float = 0.3) -> Case:
    values = rng.choice([-1, 1], size=(batch, steps)) * rng.uniform(0.2, 1, size=(batch, steps))
    marks = (rng.random((batch, steps)) < share).astype(float)
    marks[:, 0] = 1
    return {"inputs": np.stack([values.round(2), marks], axis=2)}


def _against_one_mark(steps: int = 61) -> Case:
    """One mark, and all that follows has the other sign: a memory that leaks is washed out."""
    values = np.outer([0.2, -0.3], np.r_[1, np.full(steps - 1, -3)])
    return {"inputs": np.stack([values, np.eye(1, steps).repeat(2, axis=0)], axis=2)}


def _latch(**changes: Any) -> Callable[[], tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """One neuron: (weight of the value, weight of the mark, bias) of the blocks z, r and g."""
    blocks = {"z": (0, -20, 10), "r": (0, 0, -10), "g": (5, 0, 0)} | changes

    def design() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        table = np.array([blocks[name] for name in "zrg"], dtype=float).T
        return table[:2], np.zeros((1, 3)), np.stack([table[2], np.zeros(3)])

    return design


latch_weights = Exercise(
    name="latch_weights",
    kind=Kind.DESIGN,
    open_ended=True,
    reference=cells.latch_weights,
    cases=_marked,
    other_cases=(_marked(np.random.default_rng(5), 2, 60, 0.1), _against_one_mark()),
    call=Design(_latched, pieces=("kernel", "recurrent_kernel", "bias"), unseen=("inputs",), measures=_measured_latch),
    tolerance=WHOLE,
    mistakes=(
        Mistake(
            "follows every value",
            _latch(z=(0, 0, -10)),
            "Your neuron follows every value, marked or not: its z is nearly closed all the time.",
        ),
        Mistake(
            "marks shut out",
            _latch(z=(0, 20, -10)),
            "Your z is the wrong way round: it keeps the old state at a mark and takes every other value. In Keras z "
            "says how much stays.",
        ),
        Mistake(
            "nothing written",
            _latch(z=(0, 0, 40)),
            "Your first neuron is never above 0. Look at two things: does the mark close z, and does the proposal see "
            "the value?",
        ),
        Mistake("sign turned", _latch(g=(-5, 0, 0)), "Your neuron keeps the opposite sign of the marked value."),
        Mistake(
            "mark stored",
            _latch(g=(0, 5, 0)),
            "Your first neuron is above 0 at every step, whatever the marked value was: the proposal has to see the "
            "value, not the mark.",
        ),
        Mistake(
            "half kept",
            _latch(z=(0, -20, 0)),
            "Between marks your z stands at a half, so later values soon outweigh the marked one.",
        ),
        Mistake(
            "memory too short",
            _latch(z=(0, -20, 2)),
            "Your z keeps 0.88 of the state per step: a memory of five steps. Marks may be much further apart.",
        ),
        Mistake(
            "moving average",
            _latch(z=(0, 0, 1)),
            "Your neuron averages over the last values, whether they are marked or not: z does not see the mark.",
        ),
    ),
    hints=(
        "One neuron is enough, and no recurrent weights. What has z to be at a mark, and what elsewhere?",
        "A bias sets z where there is no mark; a weight from the mark, of the other sign and larger, changes it there.",
        "The proposal g sees the value; r does not matter while the recurrent kernel is 0.",
    ),
    points=3,
    difficulty=2,
    minutes=10,
)

# Exercise 5: a small reader

MOST_PARAMETERS, BAR = 10_000, 0.935


small_reader = Training(
    name="small_reader",
    kind=Kind.TRAINING,
    open_ended=True,
    score=symptoms.accuracy_on_held_out,
    measure="accuracy",
    bar=BAR,
    higher_is_better=True,
    mistakes=(
        Symptom(
            "too many parameters",
            lambda model, seed: model.count_params() > MOST_PARAMETERS,
            f"It has more than {MOST_PARAMETERS:,} parameters (model.count_params() counts them). Take fewer neurons.",
            always=True,
        ),
        *symptoms.DIGITS,
    ),
    refuses=symptoms.no_keras_model,
    shapes=symptoms.READS_DIGITS,
    recipe="""
keras.utils.set_random_seed(1)
EPOCHS = 4
small_reader = rnncourse.deep_classifier([43], cell="gru", unroll=False)
optimizer = rnncourse.recipe_optimizer(EPOCHS * 200, 5e-3)
told = rnncourse.fit(small_reader, *train, epochs=EPOCHS, batch_size=50, optimizer=optimizer)
""",
    hints=(
        "cell_parameter_count tells you how many neurons each cell may have; the ten logits need 10 · units + 10 more.",
        "rnncourse.deep_classifier([units], cell=…) makes the network. Use the 10,000 digits and recipe_optimizer.",
        "More training steps help most: more epochs, or smaller batches, at the peak rate 5e-3 of the page.",
    ),
    points=3,
    difficulty=2,
    minutes=10,
)

# Exercise 6: weights of PyTorch


def _torch_case(rng: np.random.Generator, features: int = 2, units: int = UNITS) -> Case:
    return {
        "weight_ih": rng.normal(size=(3 * units, features)),
        "weight_hh": rng.normal(size=(3 * units, units)),
        "bias_ih": rng.normal(size=3 * units),
        "bias_hh": rng.normal(size=3 * units),
    }


_from_torch = partial(changed, cells.gru_weights_from_pytorch)

gru_weights_from_pytorch = Exercise(
    name="gru_weights_from_pytorch",
    kind=Kind.NEW_CASE,
    reference=cells.gru_weights_from_pytorch,
    cases=_torch_case,
    other_cases=(_torch_case(np.random.default_rng(3), 4, 9),),
    parts=("the kernel", "the recurrent kernel", "the bias"),
    mistakes=(
        Mistake(
            "gates not exchanged",
            _from_torch(("[z, r, g]", "[r, z, g]")),
            "The gates stand in PyTorch's order still: r before z.",
        ),
        Mistake(
            "proposal first",
            _from_torch(("[z, r, g]", "[g, z, r]")),
            "The proposal g comes last, after the two gates.",
        ),
        Mistake(
            "proposal between",
            _from_torch(("[z, r, g]", "[z, g, r]")),
            "The proposal g comes last, after the two gates.",
        ),
        Mistake(
            "not transposed",
            _from_torch(("in_order(weight_ih).T, in_order(weight_hh).T", "in_order(weight_ih), in_order(weight_hh)")),
            "The bias is right. PyTorch's kernels have a row per neuron; Keras's have a column per neuron.",
        ),
        Mistake(
            "biases added",
            _from_torch(("np.stack([in_order(bias_ih), in_order(bias_hh)])", "in_order(bias_ih) + in_order(bias_hh)")),
            "The kernels are right. The two biases do different things, since r multiplies one of them: keep them "
            "apart, as two rows.",
        ),
        Mistake(
            "rows of the bias exchanged",
            _from_torch(("[in_order(bias_ih), in_order(bias_hh)]", "[in_order(bias_hh), in_order(bias_ih)]")),
            "The kernels are right. Row 0 of the bias goes with the inputs, row 1 with the state.",
        ),
        Mistake(
            "bias in the old order",
            _from_torch(("[in_order(bias_ih), in_order(bias_hh)]", "[bias_ih, bias_hh]")),
            "The kernels are right. The blocks of the biases have to change places as those of the kernels do.",
        ),
        Mistake(
            "biases as columns",
            _from_torch(
                (
                    "np.stack([in_order(bias_ih), in_order(bias_hh)])",
                    "np.stack([in_order(bias_ih), in_order(bias_hh)], axis=1)",
                )
            ),
            "The kernels are right. The biases are two rows, not two columns.",
        ),
        Mistake(
            "kernels exchanged",
            _from_torch(
                (
                    "in_order(weight_ih).T, in_order(weight_hh).T",
                    "in_order(weight_hh).T, in_order(weight_ih).T",
                )
            ),
            "The first result is the kernel of the inputs; you return that of the state first.",
        ),
    ),
    hints=(
        "Two things happen to a kernel: its blocks get another order, and rows and columns change places.",
        "np.split(weight_ih, 3) gives the blocks r, z, g, each of units rows. Put them together as z, r, g; then .T.",
        "The biases get the same new order, and stand as two rows: np.stack.",
    ),
    points=2,
    difficulty=2,
    minutes=8,
)

EXERCISES = (update_gate, gru_step, cell_parameter_count, latch_weights, small_reader, gru_weights_from_pytorch)
