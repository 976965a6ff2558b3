"""Whatever of the package computes an exercise is taken out while it is graded, and nothing honest with it."""

from __future__ import annotations

import ast

import keras
import numpy as np
import pytest

import rnncourse
from rnncourse.checking.check import verdict
from rnncourse.checking.verdicts import evaluate
from rnncourse.exercises import CHAPTERS, Exercise, find
from rnncourse.grading.questions import withheld_names
from rnncourse.grading.sandbox.inside import WITHHELD, WithheldError
from rnncourse.notebooks import files
from rnncourse.notebooks.files import notebook_path
from tools.authoring import ROOT

from exercises.chapters import ALTERNATIVES
from hostile.twins import AS_IT_IS, functions, taken_out, twins

FUNCTIONS = [task for tasks in CHAPTERS.values() for task in tasks if isinstance(task, Exercise)]
#: Looked through in every run; all the others in the long one.
ALWAYS = {"parameter_count"}


def earlier(exercise):
    """The exercises before one in its chapter: an answer may build on them, as the text of chapter 2 says."""
    tasks = next(tasks for tasks in CHAPTERS.values() if exercise in tasks)
    return {task.name for task in tasks[: tasks.index(exercise)]}


@pytest.mark.parametrize(
    "exercise",
    [pytest.param(e, id=e.name, marks=() if e.name in ALWAYS else pytest.mark.long) for e in FUNCTIONS],
)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # time may be up in a weak reference
def test_g3_no_function_of_the_package_computes_an_exercise_while_it_is_graded(exercise):
    found = twins(exercise, without=withheld_names(exercise))
    built_on = {name for name, how in found.items() if name.split(":")[1] in earlier(exercise) and how != AS_IT_IS}
    assert not {name: how for name, how in found.items() if name not in built_on}


def test_g3_the_search_finds_what_is_there(monkeypatch):
    few = {name: function for name, function in functions().items() if name.startswith("rnncourse.cells:")}
    monkeypatch.setattr("hostile.twins.functions", lambda: few)
    found = twins(find("neuron_step"))
    assert found["rnncourse.cells:neuron_step"] == AS_IT_IS
    assert set(found) < set(few)


@pytest.mark.long
def test_g3_the_search_finds_what_is_built_on_it():
    found = twins(find("lstm_step"))
    assert found["rnncourse.cells:lstm_step"] == AS_IT_IS
    assert {name.split(":")[1] for name in found} == {
        "lstm_step", "lstm_step_tensorflow", "peephole_lstm_step", "PeepholeLSTMCell",
    }  # fmt: skip


def as_layer(x, h, w_x, w_h, b):
    return np.array([[x]]), np.array([[h]]), np.array([[w_x]]), np.array([[w_h]]), np.array([b])


def cell(w_x, w_h, b):
    return lambda x, h: 2 * (rnncourse.rnn_step(x, h, np.array([[w_x]]), np.array([[w_h]]), np.array([b])),)


def run_as_layer(inputs, h, w_x, w_h, b):
    return rnncourse.static_rnn(cell(w_x, w_h, b), list(inputs.reshape(-1, 1, 1)), np.array([[h]]))[0]


def readout_of_a_layer(x, h, w_x, w_h, b, w_y, b_y):
    *given, kernel, recurrent, bias = as_layer(x, h, w_x, w_h, b)
    output, state = rnncourse.step_with_readout(kernel, recurrent, bias, np.array([[w_y]]), np.array([b_y]))(*given)
    return output.item(), state.item()


def without_peepholes(inputs, state, kernel, recurrent_kernel, bias):
    return rnncourse.peephole_lstm_step(
        inputs, state, kernel, recurrent_kernel, bias, np.zeros((3, len(recurrent_kernel)))
    )


def keras_cell(inputs, state, kernel, recurrent_kernel, bias):
    layer = rnncourse.PeepholeLSTMCell(len(recurrent_kernel), peephole_initializer="zeros", dtype="float64")
    layer.build(inputs.shape)
    layer.set_weights([kernel, recurrent_kernel, bias, np.zeros((3, len(recurrent_kernel)))])
    return layer(inputs, list(state))[1]


def layer_of_ours(inputs, state, kernel, recurrent_kernel, bias):
    layer = rnncourse.simple_rnn_layer(kernel, recurrent_kernel, bias, dtype="float64")
    return layer(inputs[:, None], initial_state=keras.ops.convert_to_tensor(state))[:, 0]


def column(values):
    return np.reshape(values, (1, -1, 1))


#: Answers that the package gives, as they were found or might be.
KNOWN_TWINS = [
    ("neuron_step", lambda *a: rnncourse.rnn_step(*as_layer(*a)).item()),
    ("run_neuron", lambda *a: np.ravel(run_as_layer(*a))),
    ("parameter_count", lambda features, units: rnncourse.stack_parameter_count(features, [units])),
    ("parameter_count", lambda features, units: rnncourse.cell_parameter_count("rnn", features, units)),
    ("neuron_with_readout", readout_of_a_layer),
    ("sequence_to_sequence", lambda step, x, h: np.stack(rnncourse.static_rnn(step, list(x.swapaxes(0, 1)), h)[0], 1)),
    ("rnn_step", lambda x, h, w, u, b: rnncourse.rnn_step_stacked(x, h, rnncourse.stack_kernels(w, u), b)),
    ("rnn_step", layer_of_ours),
    ("rnn_step", lambda x, h, w, u, b: rnncourse.step_with_readout(w, u, b, np.eye(len(u)), 0 * b)(x, h)[1]),
    ("run_two_steps", lambda x, y, *w: tuple(np.moveaxis(rnncourse.run_layer(np.stack([x, y], 1), *w), 1, 0))),
    ("neuron_bptt", lambda *a: tuple(v.item() for v in rnncourse.bptt(*map(column, a[:3]), np.array([[a[3]]])))),
    ("lstm_step", without_peepholes),
    ("lstm_step", keras_cell),
    ("cross_entropy", lambda z, t: rnncourse.masked_cross_entropy(np.insert(z, 0, -1e9, 1)[None], t[None] + 1)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "answer"), KNOWN_TWINS, ids=[f"{n}-{i}" for i, (n, _) in enumerate(KNOWN_TWINS)])
def test_g3_answers_that_the_package_gave_are_to_be_had_no_more(name, answer):
    exercise = find(name)
    assert evaluate(exercise, answer, 5).share == 1
    with taken_out(withheld_names(exercise)), pytest.raises(WithheldError, match=WITHHELD):
        answer(*exercise.make_cases(5)[0].values())


#: How many right answers in the tests let the package do it: no learner's work, and none that has to keep its points.
LET_THE_PACKAGE_DO_IT = {"lstm_step": 1, "peephole_lstm_step": 1, "neuron_bptt": 1}


def misses(exercise, answer):
    """Whether an answer calls what is taken out for its exercise."""
    cases = exercise.make_cases(5)
    with taken_out(withheld_names(exercise)):
        try:
            for case in cases:
                exercise.call(answer, case)
        except WithheldError:
            return True
    return False


@pytest.mark.parametrize("exercise", FUNCTIONS, ids=lambda exercise: exercise.name)
def test_g3_every_other_right_answer_keeps_its_points(exercise):
    """Those of the tests, many of which lean on the package's functions of other exercises."""
    lost = [answer.__name__ for answer in ALTERNATIVES[exercise.name] if misses(exercise, answer)]
    assert len(lost) == LET_THE_PACKAGE_DO_IT.get(exercise.name, 0), lost


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_g3_the_solutions_keep_their_points(chapter):
    """Each answer of the solution notebook, with everything taken out that its exercise forbids."""
    cells = [c for c in files.read(notebook_path(ROOT / "solutions", chapter)) if c.kind == "code" and not c.asks]
    names: dict = {}
    for cell_ in cells:
        exec("\n".join(line for line in cell_.source.splitlines() if line.startswith(("import ", "from "))), names)
    for cell_ in cells:
        if cell_.answers and isinstance(find(cell_.answers), Exercise):
            tree = ast.parse(cell_.source)  # without what a cell does with its function at once, on data of the chapter
            tree.body = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.Import | ast.ImportFrom)]
            exec(compile(tree, cell_.answers, "exec"), names)
            assert not misses(find(cell_.answers), names[cell_.answers])
            assert verdict(cell_.answers, names, 5).share == 1
