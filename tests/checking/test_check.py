"""check, hint, example and grade: what they print and raise."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest

import rnncourse
from rnncourse.checking import check as module
from rnncourse.checking.calls import ask
from rnncourse.checking.check import PRACTICE_SEED, check, example, grade, hint
from rnncourse.exercises import CHAPTERS, Exercise, find

from answers import unwritten


@pytest.mark.parametrize(
    "name", [exercise.name for group in CHAPTERS.values() for exercise in group if isinstance(exercise, Exercise)]
)
def test_the_example_can_be_handed_to_the_function_by_name(name):
    assert getattr(rnncourse, name)(**example(name)) is not None


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
        "NotImplementedError: rnn_step: There is no rnn_step yet: its cell was not run, or it stopped with an error.",
    )
    name, (line,) = captured[1]
    assert name == "AssertionError"
    assert line.startswith("AssertionError: rnn_step: It returned None.")


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


@pytest.mark.parametrize("name", ["rnn_step", "encoder_decoder", "influence", "simple_rnn_layer"])
def test_a_verdict_asks_no_function_more_often_than_it_must(name, monkeypatch):
    exercise, asked = find(name), Counter()

    def counting(call, function, case):
        asked[function] += 1
        return ask(call, function, case)

    for place in ("verdicts", "comparing"):
        monkeypatch.setattr(f"rnncourse.checking.{place}.ask", counting)
    wrong = exercise.mistakes[-1].function  # the slowest verdict: every other mistake is tried first
    module.evaluate(exercise, lambda *case: wrong(*case), PRACTICE_SEED)
    cases = len(exercise.make_cases(PRACTICE_SEED))
    assert asked[exercise.reference] == asked[wrong] == cases
    assert len(asked) <= 2 + len(exercise.mistakes)
    assert max(asked.values()) == cases


def python(code: str, **environment: str) -> subprocess.CompletedProcess:
    kept = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**kept, **environment}
    )


def test_importing_the_package_is_light():
    code = "import sys; before = set(sys.modules); import rnncourse; new = set(sys.modules) - before\n"
    code += "print(*(name.partition('.')[0] for name in new))"
    imported = python(code).stdout.split()
    assert not {"tensorflow", "keras", "matplotlib", "numpy", "IPython"} & set(imported)
    # two modules of ours, lazy_loader, and what these need of the standard library: 0.03 s where numpy takes 0.1
    assert imported.count("rnncourse") == 2
    assert len(imported) < 100
