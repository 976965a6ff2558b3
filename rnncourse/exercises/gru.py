"""The exercises of chapter 12: what z means, the GRU step, its parameters, a small reader, weights of TensorFlow 1."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from rnncourse import cells, parameters
from rnncourse.exercises import alternatives, symptoms
from rnncourse.exercises.definitions import WHOLE, Case, Exercise, Kind, Mistake, Question, Symptom, Training
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
    kind=Kind.TRANSCRIPTION,
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
        "First z and r, from inputs and state, as in the LSTM. Then g, which needs r. Then blend.",
        "np.split cuts the kernels, and each row of the bias, into the blocks z, r, g. Reset after: what g sees of the "
        "state is r * (state @ u_g + b_g); before: (r * state) @ u_g.",
        "At the end z * state + (1 - z) * g. Without reset_after the only bias goes with the inputs.",
    ),
    points=4,
    difficulty=3,
    minutes=14,
)

# Exercise 3: parameters


def _count_case(rng: np.random.Generator) -> Case:
    return {
        "cell": str(rng.choice(["rnn", "gru", "lstm"])),
        "features": int(rng.integers(2, 9)),
        "units": int(rng.integers(10, 30)),
    }


_count = partial(changed, parameters.cell_parameter_count)

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

# Exercise 4: a small reader

MOST_PARAMETERS, BAR = 10_000, 0.92


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
        "More epochs, or a larger peak rate (5e-3) with clipping, help a small network most.",
    ),
    points=3,
    difficulty=2,
    minutes=10,
)

# Exercise 5: weights of TensorFlow 1


def _old_case(rng: np.random.Generator, features: int = 2, units: int = UNITS) -> Case:
    return {
        "gates_kernel": rng.normal(size=(features + units, 2 * units)),
        "candidate_kernel": rng.normal(size=(features + units, units)),
    }


_from_old = partial(changed, cells.gru_kernels_from_tensorflow1)

gru_kernels_from_tensorflow1 = Exercise(
    name="gru_kernels_from_tensorflow1",
    kind=Kind.NEW_CASE,
    reference=cells.gru_kernels_from_tensorflow1,
    cases=_old_case,
    other_cases=(_old_case(np.random.default_rng(3), 4, 9),),
    parts=("the kernel", "the recurrent kernel"),
    mistakes=(
        Mistake(
            "gates not exchanged",
            _from_old(("[z, r, candidate_kernel]", "[r, z, candidate_kernel]")),
            "The gates stand in TensorFlow 1's order still: r before z.",
        ),
        Mistake(
            "proposal first",
            _from_old(("[z, r, candidate_kernel]", "[candidate_kernel, z, r]")),
            "The proposal g comes last, after the two gates.",
        ),
        Mistake(
            "proposal between",
            _from_old(("[z, r, candidate_kernel]", "[z, candidate_kernel, r]")),
            "The proposal g comes last, after the two gates.",
        ),
        Mistake(
            "kernels exchanged",
            lambda *kernels: cells.gru_kernels_from_tensorflow1(*kernels)[::-1],
            "The result is (kernel, recurrent kernel); you return them the other way round.",
        ),
        Mistake(
            "rows of the state first",
            _from_old(("[:-units], together[-units:]", "[units:], together[:units]")),
            "You took the first rows for the state. In TensorFlow 1 the rows of the inputs come first.",
        ),
        Mistake(
            "cut by half",
            _from_old(("units = candidate_kernel.shape[1]", "units = (len(candidate_kernel) + 1) // 2")),
            "You cut the rows in the middle. The last rows, as many as there are units, belong to the state.",
        ),
        Mistake(
            "gates by rows",
            _from_old(("np.split(gates_kernel, 2, axis=1)", "gates_kernel[:, ::2], gates_kernel[:, 1::2]")),
            "The two gates are blocks of columns, first all of r, then all of z; they are not interleaved.",
        ),
        Mistake(
            "blocks one below the other",
            _from_old(("[z, r, candidate_kernel], axis=1", "[z, r, candidate_kernel], axis=0")),
            "You put the blocks one below the other. They stand side by side: axis=1.",
        ),
        Mistake(
            "kernels transposed",
            lambda *kernels: tuple(kernel.T for kernel in cells.gru_kernels_from_tensorflow1(*kernels)),
            "Both kernels are transposed: rows belong to what comes in, columns to the blocks.",
        ),
    ),
    hints=(
        "Two things happen: the columns get another order, and the rows of the inputs are cut from those of the state.",
        "np.split(gates_kernel, 2, axis=1) gives r and z. Put z, r and the candidate side by side.",
        "The last rows, as many as candidate_kernel has columns, belong to the state.",
    ),
    points=2,
    difficulty=2,
    minutes=8,
)

EXERCISES = (update_gate, gru_step, cell_parameter_count, small_reader, gru_kernels_from_tensorflow1)
