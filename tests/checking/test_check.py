"""check, hint, example and grade: what they say to every kind of answer, and what they leave alone."""

from __future__ import annotations

import dataclasses
import os
import random
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
import tensorflow as tf

import rnncourse
from rnncourse.checking import check as module
from rnncourse.checking.check import PRACTICE_SEED, Status, check, example, grade, hint, verdict
from rnncourse.exercises import CHAPTERS, Exercise, Symptom, Training, find


def judged(function, name="rnn_step"):
    return verdict(name, {name: function})


def returning(value):
    return lambda inputs, state, kernel, recurrent_kernel, bias: value(inputs, state, kernel, recurrent_kernel, bias)


right = rnncourse.rnn_step


# ----------------------------------------------------------------------------------------------- what check says
def unwritten(inputs, state, kernel, recurrent_kernel, bias):
    raise NotImplementedError


def raises_in_a_line(inputs, state, kernel, recurrent_kernel, bias):
    shift = bias.reshape(2, 7)
    return inputs @ kernel + shift


def recurses(*arguments):
    return recurses(*arguments)


def exits(*arguments):
    raise SystemExit(3)


def interrupts(*arguments):
    raise KeyboardInterrupt


def yields(*arguments):
    yield right(*arguments)


WRONG_ANSWERS = [
    (returning(lambda *a: None), "It returned None. Does it end with a return statement?"),
    (returning(lambda *a: right(*a).T), "has shape (5, 4), expected (4, 5). Axes 0 and 1 look swapped."),
    (returning(lambda *a: right(*a)[0]), "has shape (5,), expected (4, 5). It has 1 axis instead of 2."),
    (returning(lambda *a: right(*a)[:, 1:]), "has shape (4, 4), expected (4, 5). Look at axis 1."),
    (returning(lambda *a: np.full_like(right(*a), np.nan)), "20 values that are not finite; the first is nan"),
    (returning(lambda *a: right(*a) + 1j), "It returned an array of dtype complex128, expected real numbers."),
    (returning(lambda *a: right(*a).astype(int)), "Your numbers are whole: dtype int64, expected float64."),
    (returning(lambda *a: "h"), "It returned a str, expected numbers"),
    (returning(lambda *a: {"h": right(*a)}), "It returned a dict, expected numbers"),
    (returning(lambda *a: right), "It returned a function, expected numbers"),
    (returning(lambda *a: [[1.0], [1.0, 2.0]]), "a list whose 2 entries have different shapes, expected an array."),
    (returning(lambda *a: (right(*a), a[0])), "a tuple whose 2 entries have different shapes, expected an array. Only"),
    (returning(lambda *a: right(*a) + np.eye(5)[4]), "at index [0, 4]. 4 of 20 values differ."),
    (yields, "It returned a generator. Use return instead of yield"),
    (recurses, "RecursionError"),
    (exits, "SystemExit: 3"),
    (interrupts, "KeyboardInterrupt"),
    (lambda inputs, state: inputs, "takes (inputs, state): keep the arguments of the exercise, in their order."),
    (42, "rnn_step is an int, expected a function: def rnn_step(…)."),
]


@pytest.mark.parametrize(("function", "message"), WRONG_ANSWERS, ids=[text[:40] for _, text in WRONG_ANSWERS])
def test_wrong_answers_are_described(function, message):
    found = judged(function)
    assert found.status is Status.WRONG
    assert found.mistake is None
    assert message in found.advice


def test_first_difference_is_shown_beside_the_expected_value_and_the_input():
    args = {"x": 1.0, "h": 0.0, "w_x": 1.0, "w_h": 1.0, "b": 0.0}
    assert args.keys() == example("neuron_step").keys()
    expected = rnncourse.neuron_step(**example("neuron_step"))
    advice = judged(lambda *a: 7.25, "neuron_step").advice
    assert advice.startswith(f"neuron_step is 7.25, expected {expected:.6g}.")
    assert f"x = {example('neuron_step')['x']:.4g}" in advice


def test_a_pair_of_arrays_is_shown_by_its_shapes():
    advice = judged(lambda inputs, state, *weights: (state[0], state[1]), "lstm_step").advice
    assert "inputs of shape (3, 4), state a tuple (of shape (3, 5), of shape (3, 5)), kernel of" in advice


def test_a_list_of_steps_is_shown_in_a_few_words():
    advice = judged(lambda step, inputs, state: (inputs, state), "static_rnn").advice
    assert "step (a function), inputs = a list of 7 arrays of shape (4, 3), state of shape (4, 5)" in advice


def test_the_arguments_shown_for_a_step_in_two_forms_say_which_is_which():
    advice = judged(lambda inputs, state, *rest: state, "gru_step").advice
    assert "bias (reset_after=True) of shape (2, 15), bias (reset_after=False) of shape (15,)." in advice


COUNTS = ["parameter_count", "steps_remembered", "stack_parameter_count", "units_for_budget", "cell_parameter_count"]


@pytest.mark.parametrize("name", COUNTS)
def test_a_large_count_wrong_by_one_is_wrong(name):
    counting = dataclasses.replace(find(name), reference=lambda *case: 30_000, mistakes=())
    assert module.evaluate(counting, lambda *case: 30_001, PRACTICE_SEED).status is Status.WRONG
    assert module.evaluate(counting, lambda *case: 30_000.0, PRACTICE_SEED).status is Status.RIGHT


@pytest.mark.parametrize(
    "name", [exercise.name for group in CHAPTERS.values() for exercise in group if isinstance(exercise, Exercise)]
)
def test_the_example_can_be_handed_to_the_function_by_name(name):
    assert getattr(rnncourse, name)(**example(name)) is not None


def test_the_learners_line_is_shown():
    found = judged(raises_in_a_line)
    assert "ValueError: cannot reshape array of size 5 into shape (2,7)" in found.advice
    assert "shift = bias.reshape(2, 7)" in found.advice


def forgets_the_weights(inputs, h, w_x, w_h, b):
    return [rnncourse.neuron_step(x, h) for x in inputs]


def gives_too_many(inputs, h, w_x, w_h, b):
    return np.transpose(inputs, 1, 0, 2)


@pytest.mark.parametrize(
    ("function", "error"),
    [
        (forgets_the_weights, "TypeError: neuron_step() missing 3 required positional arguments"),
        (gives_too_many, "positional arguments but 4 were given"),
    ],
)
def test_a_wrong_call_inside_the_function_is_not_blamed_on_its_own_arguments(function, error):
    advice = judged(function, "run_neuron").advice
    assert error in advice
    assert "keep the arguments of the exercise" not in advice
    assert "In your code, line " in advice


def test_a_known_mistake_that_raises_is_named_with_the_line():
    def rnn_step(inputs, state, kernel, recurrent_kernel, bias):
        return np.tanh(inputs * kernel + state * recurrent_kernel + bias)

    found = judged(rnn_step)
    assert found.mistake == "element by element"
    assert "return np.tanh(inputs * kernel" in found.advice


NOT_THERE = "There is no rnn_step yet: its cell was not run, or it stopped with an error."


def test_not_attempted():
    assert judged(unwritten).status is Status.NOT_ATTEMPTED
    assert verdict("rnn_step", {}).advice == NOT_THERE
    assert verdict("batch_shapes", {"batch_shapes": None}).status is Status.NOT_ATTEMPTED
    assert verdict("batch_shapes", {"batch_shapes": ...}).status is Status.NOT_ATTEMPTED


def test_an_unwritten_helper_is_named():
    def neuron_step(x, h, w_x, w_h, b):
        raise NotImplementedError()

    def run_neuron(inputs, h, w_x, w_h, b):
        return [neuron_step(x, h, w_x, w_h, b) for x in inputs]

    found = judged(run_neuron, "run_neuron")
    assert found.status is Status.NOT_ATTEMPTED
    assert found.advice == "It calls neuron_step, which still raises NotImplementedError. Write that one first."


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (5, "batch_shapes is an int, expected a dictionary with the keys 'X0 @ W_x', 'Y0 @ W_h', 'b', 'Y1'."),
        ({"b": (5,)}, "'Y1' has no answer yet."),
        ({"b": "five"}, "'b' is 'five', expected a tuple of 1 whole number."),
        ({"b": 5}, "'b' is 5, expected a tuple of 1 whole number. Write (5,) with its comma."),
        ({"X0 @ W_x": 20}, "'X0 @ W_x' is 20, expected a tuple of 2 whole numbers.\n'Y0 @ W_h' has no answer yet."),
        ({"b": (...,)}, "'b' has no answer yet."),
        ({"b": (6,)}, "'b' is not (6,). Think again, or ask for a hint."),
    ],
)
def test_questions_say_what_form_they_expect(answer, message):
    assert message in verdict("batch_shapes", {"batch_shapes": answer}).advice


# ----------------------------------------------------------------------------------------- what it survives
def learners_at_work():
    return [thread for thread in threading.enumerate() if thread.name == "learner" and thread.is_alive()]


def hurried(function):
    """The verdict with a time limit that a test can wait for."""
    return module.evaluate(dataclasses.replace(find("rnn_step"), seconds=0.3), function, PRACTICE_SEED)


@pytest.mark.parametrize("body", ["pass", "time.sleep(0.01)", "sum(range(1000))"])
def test_an_endless_loop_ends_in_a_message(body):
    space = {"time": time}
    exec(f"def rnn_step(*arguments):\n    while True:\n        {body}", space)
    began = time.perf_counter()
    found = hurried(space["rnn_step"])
    assert time.perf_counter() - began < 2
    assert found.status is Status.WRONG
    assert found.advice.startswith("It did not finish within 0.3 s. Is there a loop that never ends?\n")
    assert not learners_at_work()


def test_a_loop_that_cannot_be_stopped_is_said_to_be_there():
    over = threading.Event()

    def rnn_step(*arguments):
        while not over.is_set():
            try:
                time.sleep(0.01)
            except:  # noqa: E722, as beginners do
                continue

    try:
        assert "restart the kernel" in hurried(rnn_step).advice
        assert learners_at_work()
    finally:
        over.set()
        for thread in learners_at_work():
            thread.join()


@pytest.fixture
def hears_the_stop_button():
    """A process that a shell started in the background ignores SIGINT; a kernel does not."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("hears_the_stop_button")
def test_the_stop_button_ends_the_learners_loop_too():
    def rnn_step(*arguments):
        time.sleep(0.2)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)  # what Jupyter's stop button sends
        while True:
            time.sleep(0.01)

    with pytest.raises(KeyboardInterrupt):
        judged(rnn_step)
    assert not learners_at_work()


def test_prints_are_caught_and_shown(capsys):
    def rnn_step(inputs, state, kernel, recurrent_kernel, bias):
        print("inputs are", inputs.shape)
        print("careful", file=sys.stderr)
        return inputs

    found = judged(rnn_step)
    assert capsys.readouterr() == ("", "")
    assert "It printed: inputs are (4, 3)" in found.advice


def test_long_prints_are_cut():
    advice = judged(returning(lambda *a: print("x" * 10_000))).advice
    assert "(10000 characters in all)" in advice
    assert len(advice) < 1000


def test_warnings_of_the_learners_code_stay_in_the_check(capsys, recwarn):
    code = "import numpy as np, rnncourse\nfrom rnncourse import check\n"
    code += "def neuron_step(x, h, w_x, w_h, b):\n    return np.log(-1.0) + x\ncheck(neuron_step)\n"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert "not finite" in done.stdout


def test_random_state_and_arguments_are_left_alone():
    def rnn_step(inputs, state, kernel, recurrent_kernel, bias):
        np.random.seed(0)
        random.seed(0)
        inputs *= 0
        return np.random.normal(size=state.shape)

    np.random.seed(7)
    random.seed(7)
    expected = np.random.random(3).tolist(), random.random()
    np.random.seed(7)
    random.seed(7)
    first, second = judged(rnn_step), judged(rnn_step)
    assert (np.random.random(3).tolist(), random.random()) == expected
    assert first == second
    case = example("rnn_step")
    np.testing.assert_array_equal(case["inputs"], example("rnn_step")["inputs"])
    assert np.abs(case["inputs"]).min() > 0


def test_the_same_learner_sees_the_same_verdict_with_random_numbers():
    noisy = returning(lambda inputs, state, *a: state + np.random.normal(size=state.shape))
    assert judged(noisy) == judged(noisy)


def test_changing_an_argument_in_place_is_right_with_a_remark():
    def rnn_step(inputs, state, kernel, recurrent_kernel, bias):
        state[:] = right(inputs, state, kernel, recurrent_kernel, bias)
        return state

    found = judged(rnn_step)
    assert found.status is Status.RIGHT
    assert "changes its argument state in place" in found.advice


def test_a_list_of_arrays_that_is_changed_in_place_is_noticed():
    def shorten(arrays):
        arrays[1] += 1
        return arrays[0]

    lists = dataclasses.replace(
        find("rnn_step"), name="shorten", reference=lambda arrays: arrays[0], mistakes=(),
        cases=lambda rng: {"arrays": [rng.normal(size=(2, 3)), rng.normal(size=(2, 3))]},
    )  # fmt: skip
    assert "changes its argument arrays in place" in module.evaluate(lists, shorten, PRACTICE_SEED).advice
    assert module.evaluate(lists, lambda arrays: arrays[0], PRACTICE_SEED).advice == ""


class EqualsEverything(np.ndarray):
    def __eq__(self, other):
        return np.ones(self.shape, dtype=bool)

    def __sub__(self, other):
        return np.zeros(self.shape)

    def __array_function__(self, *args, **kwargs):
        return True


def test_an_array_that_equals_everything_is_compared_by_its_numbers():
    assert judged(returning(lambda *a: np.zeros((4, 5)).view(EqualsEverything))).status is Status.WRONG
    assert judged(returning(lambda *a: right(*a).view(EqualsEverything))).status is Status.RIGHT


@pytest.mark.parametrize(
    "convert",
    [np.asarray, tf.constant, tf.Variable, np.ndarray.tolist, lambda h: h.astype(np.float32), lambda h: list(h)],
)
def test_right_in_any_container(convert):
    assert judged(returning(lambda *a: convert(right(*a)))).status is Status.RIGHT


# ----------------------------------------------------------------------------------------------- parts and points
def test_partial_credit_for_a_part_that_is_right():
    def run_two_steps(first, second, kernel, recurrent_kernel, bias):
        first_output = np.tanh(first @ kernel + bias)
        return first_output, 0 * first_output

    found = judged(run_two_steps, "run_two_steps")
    assert (found.status, found.share, found.mistake) == (Status.PARTLY, 0.5, None)
    assert "Y1 of run_two_steps is 0, expected" in found.advice


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda *a: a[0], "It returned one ndarray, expected 2 results: Y0, Y1."),
        (lambda *a: (a[0],), "It returned 1 results, expected 2 results: Y0, Y1."),
        (lambda *a: (a[0], None), "One of its results is None, expected 2 results: Y0, Y1."),
    ],
)
def test_parts_missing(answer, message):
    assert message in judged(answer, "run_two_steps").advice


def test_grade_gives_full_partial_and_no_points(capsys):
    def half(first, second, kernel, recurrent_kernel, bias):
        first_output = np.tanh(first @ kernel + bias)
        return first_output, np.tanh(second @ kernel + bias)

    assert grade(rnncourse.run_two_steps) is None
    assert capsys.readouterr().out == "run_two_steps: 3 of 3 points\n"
    assert grade(half, "run_two_steps") == 1.5
    assert capsys.readouterr().out.startswith("run_two_steps: 1.5 of 3 points\nY0 is right.")
    assert grade(half, "run_two_steps", points=4, seed=5) == 2.0
    with pytest.raises(AssertionError, match="rnn_step: Your result is right but for the bias: add b before the tanh"):
        grade(find("rnn_step").mistakes[0].function, "rnn_step")
    with pytest.raises(NotImplementedError, match="still raises NotImplementedError"):
        grade(unwritten, "rnn_step")


def test_hard_coded_answers_fail_on_other_seeds():
    known = {case["x"]: rnncourse.neuron_step(**case) for case in find("neuron_step").make_cases(PRACTICE_SEED)}

    def neuron_step(x, h, w_x, w_h, b):
        return known.get(x, 0.0)

    assert grade(neuron_step) is None
    with pytest.raises(AssertionError):
        grade(neuron_step, seed=4127)


def test_a_failing_grade_cell_shows_its_words_and_not_our_code():
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    shell.run_cell("from rnncourse import grade")
    captured = []
    shell._showtraceback = lambda etype, value, lines: captured.append((etype.__name__, lines))
    shell.run_cell("grade('rnn_step')")
    shell.run_cell("def rnn_step(*a):\n    return None\ngrade(rnn_step)")
    name, (line,) = captured[0]
    assert (name, line) == (
        "NotImplementedError",
        f"NotImplementedError: rnn_step: {NOT_THERE}",
    )
    name, (line,) = captured[1]
    assert name == "AssertionError"
    assert line.startswith("AssertionError: rnn_step: It returned None.")


# ------------------------------------------------------------------------------------------------ trained models
def half_right(model, seed):
    return float(np.mean([model(x) == x % 2 for x in np.random.default_rng(seed).integers(0, 100, size=50)]))


PARITY = Training(
    name="parity",
    score=half_right,
    measure="accuracy",
    bar=0.9,
    higher_is_better=True,
    mistakes=(Symptom("labels shuffled", lambda model, seed: model(0) == 1, "Zero is even: are the labels shuffled?"),),
    hints=("…",),
    points=2,
    difficulty=1,
    minutes=1,
)


@pytest.mark.parametrize(
    ("model", "status", "advice", "mistake"),
    [
        (lambda x: x % 2, Status.RIGHT, "On inputs it has not seen: accuracy 1. The bar is at least 0.9.", None),
        (lambda x: 1 - x % 2, Status.WRONG, "Zero is even: are the labels shuffled?\nOn inputs", "labels shuffled"),
        (lambda x: 0, Status.WRONG, "On inputs it has not seen: accuracy 0.", None),
        (lambda x: [][x], Status.WRONG, "parity could not be tried on new inputs. IndexError", None),
        (None, Status.NOT_ATTEMPTED, "There is no parity yet. Train it first.", None),
    ],
)
def test_a_model_is_judged_on_inputs_it_has_not_seen(model, status, advice, mistake):
    found = module.evaluate(PARITY, model, PRACTICE_SEED)
    assert (found.status, found.mistake) == (status, mistake)
    assert found.advice.startswith(advice)


def test_what_a_score_was_measured_on_is_said():
    listed = dataclasses.replace(PARITY, measured_on="half of the list")
    assert module.evaluate(listed, lambda x: 0, PRACTICE_SEED).advice.startswith("On half of the list: accuracy 0.")


def test_a_model_that_scores_nan_misses_a_bar_of_either_side():
    for higher in (True, False):
        broken = dataclasses.replace(PARITY, score=lambda model, seed: np.nan, higher_is_better=higher, mistakes=())
        assert module.evaluate(broken, object(), PRACTICE_SEED).status is Status.WRONG


# --------------------------------------------------------------------------------------- what a notebook shows
def test_check_shows_text_and_html_and_returns_nothing(shown):
    assert check(rnncourse.rnn_step) is None
    assert shown[0]["text/plain"] == "✓ rnn_step: right"
    assert "<strong>✓ rnn_step: right</strong>" in shown[0]["text/html"]


def test_check_looks_names_up_where_it_is_called(shown):
    space = {"check": check}
    exec("batch_shapes = {'b': (5,)}\ncheck('batch_shapes')\ncheck('rnn_step')", space)
    assert shown[0]["text/plain"].startswith("◐ batch_shapes: partly right")
    assert shown[1]["text/plain"].startswith("○ rnn_step: not attempted yet")


def test_what_learners_wrote_is_escaped(shown):
    def rnn_step(*arguments):
        raise ValueError("<script>alert(1)</script>")

    check(rnn_step)
    assert "<script>" not in shown[0]["text/html"]
    assert "<script>" in shown[0]["text/plain"]


def test_the_solution_is_never_shown(shown):
    for name in ("rnn_step", "run_neuron", "encoder_decoder"):
        check(lambda *a: 1.0, name)
    assert not any("@ kernel" in bundle["text/plain"] or "np.tanh(" in bundle["text/plain"] for bundle in shown)


def test_hints_come_one_at_a_time(shown, monkeypatch):
    monkeypatch.setattr(module, "_hints_shown", module.Counter())
    for _ in range(4):
        hint("rnn_step")
    hint(rnncourse.neuron_step, 2)
    hints = find("rnn_step").hints
    titles = ["Hint 1 of 3", "Hint 2 of 3", "Hint 3 of 3 (the last one)", "Hint 3 of 3 (the last one)"]
    assert [b["text/plain"] for b in shown[:4]] == [f"{title}\n{hints[min(i, 2)]}" for i, title in enumerate(titles)]
    assert shown[4]["text/plain"].startswith("Hint 2 of 3\n")
    with pytest.raises(ValueError, match="number is 9, expected a whole number from 1 to 3"):
        hint("rnn_step", 9)


MISUSES = [
    ("hint('rnnstep')", "LookupError: No exercise is called 'rnnstep'. Did you mean 'rnn_step'?"),
    ("check('rnnstep')", "LookupError: No exercise is called 'rnnstep'. Did you mean 'rnn_step'?"),
    ("grade('rnnstep')", "LookupError: No exercise is called 'rnnstep'. Did you mean 'rnn_step'?"),
    ("check(rnn_step, 'rnnstep')", "LookupError: No exercise is called 'rnnstep'. Did you mean 'rnn_step'?"),
    ("example('rnnstep')", "LookupError: No exercise is called 'rnnstep'. Did you mean 'rnn_step'?"),
    ("verdict('rnnstep', {})", "LookupError: No exercise is called 'rnnstep'. Did you mean 'rnn_step'?"),
    ("check(3)", "TypeError: Got an object of type int, expected your function or the name of an exercise"),
    ("grade((3, 5))", "TypeError: Got an object of type tuple, expected your function or the name of an exercise"),
    ("hint(None)", "TypeError: Got an object of type NoneType, expected your function or the name of an exercise"),
    ("example([1])", "TypeError: Got an object of type list, expected your function or the name of an exercise"),
    ("check(rnn_step, 3)", "TypeError: Got an object of type int, expected your function or the name of an exercise"),
    ("example('batch_shapes')", "TypeError: batch_shapes is not a function: it has an answer, not arguments."),
    ("hint('rnn_step', 9)", "ValueError: number is 9, expected a whole number from 1 to 3."),
    ("hint('rnn_step', '2')", "ValueError: number is '2', expected a whole number from 1 to 3."),
    ("hint('rnn_step', 1.5)", "ValueError: number is 1.5, expected a whole number from 1 to 3."),
    ("check()", "TypeError: check() missing 1 required positional argument: 'answer'"),
]


@pytest.fixture(scope="module")
def shell():
    """An IPython shell that knows what a learner calls."""
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    shell.run_cell("from rnncourse import check, example, grade, hint, rnn_step")
    shell.run_cell("from rnncourse.checking.check import verdict")
    return shell


def error_shown(shell, code):
    """What IPython shows of the error that the code ends with."""
    captured = []
    shell._showtraceback = lambda etype, value, lines: captured.append(lines)
    shell.run_cell(code)
    return captured[0]


@pytest.mark.parametrize(("code", "words"), MISUSES, ids=[code for code, _ in MISUSES])
def test_misuse_is_one_line_in_a_notebook(shell, code, words):
    (line,) = error_shown(shell, code)
    assert line.startswith(words)


@pytest.mark.parametrize(("code", "words"), MISUSES[:1], ids=["python"])
def test_misuse_shows_little_of_this_package_in_plain_python(code, words):
    done = subprocess.run([sys.executable, "-c", f"from rnncourse import hint\n{code}"], capture_output=True, text=True)
    assert done.stderr.endswith(f"{words}\n")
    assert done.stderr.count("rnncourse/") == 1  # the line that raises


def test_a_fault_of_ours_keeps_its_traceback(shell, monkeypatch):
    def broken(*arguments):
        return np.zeros(2).reshape(3)  # a ValueError, as a misuse raises one

    monkeypatch.setattr(module, "evaluate", broken)
    assert len("\n".join(error_shown(shell, "check(rnn_step)")).splitlines()) > 10
    with pytest.raises(ValueError, match="cannot reshape") as raised:
        check(rnncourse.rnn_step)
    assert raised.traceback[-1].name == "broken"


# ----------------------------------------------------------------------------------------------- budgets, quiet
@pytest.mark.parametrize("name", ["rnn_step", "encoder_decoder", "influence", "simple_rnn_layer"])
def test_check_is_quick(name):
    exercise = find(name)
    wrong = exercise.mistakes[-1].function  # the slowest verdict: every other mistake is tried first
    seconds = []
    # The first imports TensorFlow; the machine may be busy.
    while len(seconds) < 10 and min(seconds[1:], default=1) >= 0.5:
        began = time.perf_counter()
        module.evaluate(exercise, wrong, PRACTICE_SEED)
        seconds.append(time.perf_counter() - began)
    assert min(seconds[1:]) < 0.5


def python(code: str, **environment: str) -> subprocess.CompletedProcess:
    kept = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**kept, **environment}
    )


def test_importing_the_package_is_light():
    code = "import sys, time; t = time.perf_counter(); import rnncourse; t = time.perf_counter() - t\n"
    code += "print(t < 0.3, any(name in sys.modules for name in ('tensorflow', 'keras', 'matplotlib', 'numpy')))"
    for _ in range(5):  # the machine may be busy
        quick, heavy = python(code).stdout.split()
        assert heavy == "False"
        if quick == "True":
            break
    assert quick == "True"


@pytest.mark.parametrize("level", [{}, {"TF_CPP_MIN_LOG_LEVEL": "3"}])
def test_tensorflow_starts_without_a_word(level):
    done = python("import rnncourse, tensorflow as tf\nprint(float(tf.tanh(0.0)))", **level)
    assert (done.stdout, done.stderr) == ("0.0\n", "")


MANY_MODELS = """
import rnncourse, keras, numpy as np
for units in range(1, 7):
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(units)]).predict(np.zeros((4, 3)), verbose=0)
"""
ONE_FUNCTION_TRACED_OFTEN = """
import rnncourse, tensorflow as tf
double = tf.function(lambda x: 2 * x)
for number in range(8):
    double(number)
"""


def test_keras_may_predict_with_many_models_but_tracing_ones_own_function_often_is_warned_of():
    assert "retracing" not in python(MANY_MODELS).stderr
    assert "retracing" in python(MANY_MODELS, TF_CPP_MIN_LOG_LEVEL="2").stderr
    assert "retracing" in python(ONE_FUNCTION_TRACED_OFTEN).stderr


def test_whoever_wants_tensorflows_log_gets_it():
    done = python("import rnncourse, os, sys; print(os.environ['TF_CPP_MIN_LOG_LEVEL'], len(sys.meta_path))",
                  TF_CPP_MIN_LOG_LEVEL="0")  # fmt: skip
    plain = python("import sys; print(len(sys.meta_path))")
    assert done.stdout == f"0 {plain.stdout}"


def test_a_failing_import_of_tensorflow_is_not_silenced(tmp_path):
    (tmp_path / "tensorflow.py").write_text(
        "import os\nos.write(2, b'the reason\\n')\nraise ImportError('no library')\n"
    )
    code = "import rnncourse\ntry:\n    import tensorflow\nexcept ImportError as error:\n    print(error)"
    done = python(code, PYTHONPATH=os.pathsep.join([str(tmp_path), *sys.path]))
    assert (done.stdout, done.stderr) == ("no library\n", "the reason\n")
