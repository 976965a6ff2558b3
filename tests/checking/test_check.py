"""check, hint, example and grade: what they print and raise."""

from __future__ import annotations

import html
import os
import subprocess
import sys
from collections import Counter, defaultdict

import numpy as np
import pytest

import rnncourse
from rnncourse.checking import check as module
from rnncourse.checking.calls import ask
from rnncourse.checking.check import PRACTICE_SEED, check, example, grade, hint, solution
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
        return first_output, np.tanh(first @ kernel + first_output @ recurrent_kernel + bias)

    assert grade(rnncourse.run_two_steps) is None
    assert capsys.readouterr().out == "run_two_steps: 3 of 3 points\n"
    assert grade(half, "run_two_steps") == 1.5
    assert capsys.readouterr().out.startswith("run_two_steps: 1.5 of 3 points\nY0 is right.")
    assert grade(half, "run_two_steps", points=4, seed=5) == 2.0
    with pytest.raises(AssertionError, match="rnn_step: Your result is right but for the bias: add b before the tanh"):
        grade(find("rnn_step").mistakes[0].function, "rnn_step")
    with pytest.raises(NotImplementedError, match="still raises NotImplementedError"):
        grade(unwritten, "rnn_step")


def test_g11_a_hidden_test_names_no_number_of_its_cases():
    """Whoever knows the cases of check by heart is told that others are wrong, and not which."""
    seen = [tuple(case.values()) for case in find("neuron_step").make_cases(PRACTICE_SEED)]

    def neuron_step(*arguments):
        return rnncourse.neuron_step(*arguments) if arguments in seen else 0.123

    assert grade(neuron_step) is None
    with pytest.raises(AssertionError, match="arguments that check does not try") as refused:
        grade(neuron_step, seed=5034)
    assert not any(map(str.isdigit, str(refused.value)))


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


def test_what_is_quoted_of_code_is_set_as_code(shown):
    check(lambda *args: np.zeros(3) @ np.zeros(4), "rnn_step")
    page, plain = shown[0]["text/html"], shown[0]["text/plain"]
    line = next(line for line in plain.split("\n") if line.startswith("In your code, line "))
    opening, _, code = line.partition(": ")
    assert f"{opening}: <code>{html.escape(code)}</code>" in page


def test_the_solution_is_never_shown(shown):
    for name in ("rnn_step", "run_neuron", "encoder_decoder"):
        check(lambda *a: 1.0, name)
    assert not any("@ kernel" in bundle["text/plain"] or "np.tanh(" in bundle["text/plain"] for bundle in shown)


def test_hints_come_one_at_a_time(shown, monkeypatch):
    monkeypatch.setattr(module, "_hints_shown", defaultdict(set))
    for _ in range(4):
        hint("rnn_step")
    hint(rnncourse.neuron_step, 2)
    hints = find("rnn_step").hints
    titles = ["Hint 1 of 3", "Hint 2 of 3", "Hint 3 of 3 (the last one)", "Hint 3 of 3 (the last one)"]
    assert [b["text/plain"] for b in shown[:4]] == [f"{title}\n{hints[min(i, 2)]}" for i, title in enumerate(titles)]
    assert shown[4]["text/plain"].startswith("Hint 2 of 3\n")
    with pytest.raises(ValueError, match="number is 9, expected a whole number from 1 to 3"):
        hint("rnn_step", 9)


def test_a_hint_that_was_asked_for_by_its_number_counts_as_read(shown, monkeypatch):
    monkeypatch.setattr(module, "_hints_shown", defaultdict(set))
    hint("rnn_step", 2)
    hint("rnn_step")
    hint("rnn_step")
    assert [bundle["text/plain"][:6] for bundle in shown] == ["Hint 2", "Hint 1", "Hint 3"]


def test_the_solution_comes_after_the_hints_or_a_right_answer(shown, monkeypatch):
    monkeypatch.setattr(module, "_hints_shown", defaultdict(set))
    monkeypatch.setattr(module, "_solved", set())
    with pytest.raises(PermissionError, match=r"rnn_step: 3 of its 3 hints are still unread. Read on with hint\("):
        solution("rnn_step")
    hint("rnn_step", 3)
    hint("rnn_step")
    with pytest.raises(PermissionError, match="rnn_step: its last hint is still unread"):
        solution(rnncourse.rnn_step)
    hint("rnn_step")
    solution("rnn_step")
    assert shown[-1]["text/plain"].startswith("One right answer to rnn_step\ndef rnn_step(inputs, state, kernel,")
    assert '<pre style="margin:.3em 0 0"><code>def rnn_step(' in shown[-1]["text/html"]
    check(lambda *given: rnncourse.neuron_step(*given), "neuron_step")
    solution("neuron_step")
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with pytest.raises(PermissionError, match="While a notebook is graded, no solution is shown"):
        solution("rnn_step")


def test_a_function_is_known_by_the_variable_that_holds_it(shown):
    space = {"check": check, "rnn_step": lambda *given: rnncourse.rnn_step(*given)}
    exec("check(rnn_step)", space)
    assert shown[0]["text/plain"] == "✓ rnn_step: right"


def test_a_check_says_that_the_newest_cell_failed(shell, monkeypatch, capsys):
    right = "def gru_step(*given):\n    return rnncourse.gru_step(*given)"
    for cell in ("import rnncourse", right, f"1 / 0\n{right}[::-1]", "check(gru_step)"):
        monkeypatch.setattr(shell, "_showtraceback", lambda *given: None)
        shell.run_cell(cell, store_history=True)
    said = capsys.readouterr().out
    assert said.startswith("✓ gru_step: right\nThe last cell that you ran with gru_step in it, In [")


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
    (
        "check()",
        "TypeError: check() missing 1 required positional argument: 'answer'. Write check(\"rnn_step\"), with the name",
    ),
    ("hint()", "TypeError: hint() missing 1 required positional argument: 'exercise'. Write hint(\"rnn_step\")"),
    ("solution('rnnstep')", "LookupError: No exercise is called 'rnnstep'. Did you mean 'rnn_step'?"),
    ("check(12)", "TypeError: Got an object of type int, expected your function or the name of an exercise"),
    (
        "check('12')",
        "LookupError: No exercise is called '12'. Exercises have names; those of chapter 12 are update_gate",
    ),
    ("check('15')", "LookupError: No exercise is called '15'."),
    ("hint('xyz')", "LookupError: No exercise is called 'xyz'. The name of an exercise stands in its heading, like"),
    ("check(lambda x: x)", "LookupError: The function has no name: say which exercise it answers, as in check("),
    ("check(mine)", "LookupError: No exercise is called 'mine'. "),
    (
        "check(rnnstep)",
        "LookupError: No exercise is called 'rnnstep'. Did you mean 'rnn_step'? Its arguments are those",
    ),
    ("solution('long_memory')", "PermissionError: long_memory: 3 of its 3 hints are still unread."),
]
NAMED = "def mine(series, time_steps): ...\ndef rnnstep(inputs, state, kernel, recurrent_kernel, bias): ..."


@pytest.fixture(scope="module")
def shell():
    """An IPython shell that knows what a learner calls."""
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    shell.run_cell("from rnncourse import check, example, grade, hint, rnn_step, solution")
    shell.run_cell("from rnncourse.checking.check import verdict")
    shell.run_cell(NAMED)
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
    assert ".." not in line
    assert "\n" not in line


@pytest.mark.parametrize(("code", "words"), MISUSES[:1], ids=["python"])
def test_misuse_shows_little_of_this_package_in_plain_python(code, words):
    done = subprocess.run([sys.executable, "-c", f"from rnncourse import hint\n{code}"], capture_output=True, text=True)
    assert done.stderr.endswith(f"{words}\n")
    assert done.stderr.count("rnncourse/checking/") == 1  # the line that raises


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

    for place in ("verdicts", "comparing", "matching"):
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
