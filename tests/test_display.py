"""What is shown: the bundle itself in a notebook; in plain Python and in IPython's terminal, text that one can read."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from rnncourse.display import in_notebook, show_output
from rnncourse.notebooks.kernels import start_kernel

ALL = """
import numpy as np
from rnncourse import check, hint, play
from rnncourse.plots.figures import new_figure, show
from rnncourse.plots.widgets import explore

def rnn_step(inputs, state, kernel, recurrent_kernel, bias):
    return np.tanh(inputs @ kernel + state @ recurrent_kernel)

check(rnn_step)
hint("rnn_step", 1)
show(new_figure()[0], "nothing at all")
play(np.array([[60, 55]] * 8), "two notes held")
explore(lambda steps: (new_figure()[0], f"{steps} steps"), steps=(1, 6, 1, 3))
"""
SAID = [
    "✗ rnn_step: not yet",
    "Your result is right but for the bias: add b before the tanh.",
    "Hint 1 of 3",
    "Which product of inputs and kernel has a row per instance and a column per neuron? Which one of the state?",
    "Figure: nothing at all",
    'There is no notebook here to show it in: figure.savefig("figure.png") saves it as a picture.',
    "Sound: two notes held (2.9 s)",
    'There is no notebook here to play it in: write_wav("sound.wav", chorale) saves it.',
    "Figure: 3 steps",
    'There is no notebook here to show it in: figure.savefig("figure.png") saves it as a picture.',
]
IPYTHON = ["-m", "IPython", "--no-banner", "--simple-prompt", "--quick", "-c"]


@pytest.mark.parametrize("program", [["-c"], IPYTHON], ids=["python", "ipython"])
def test_outside_a_notebook_everything_that_is_shown_is_text(program, tmp_path):
    done = subprocess.run(
        [sys.executable, *program, ALL],
        capture_output=True, encoding="utf-8", check=True,
        env={**os.environ, "IPYTHONDIR": str(tmp_path), "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert done.stdout.splitlines() == SAID
    assert done.stderr == ""


def test_a_console_that_lacks_a_character_shows_a_question_mark():
    code = "from rnncourse import hint, check, rnn_step\ncheck(rnn_step)"
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert (done.stdout, done.stderr) == ("? rnn_step: right\n", "")


def test_in_a_notebook_the_bundle_is_published_as_it_is(shown, capsys):
    assert in_notebook()
    bundle = {"text/html": "<b>h</b>", "text/plain": "h"}
    show_output(bundle, elsewhere="a terminal")
    assert shown == [bundle]
    assert capsys.readouterr().out == ""


def test_a_kernel_publishes_html_beside_the_text_that_stands_for_it(tmp_path):
    with start_kernel(tmp_path) as kernel:
        reply = kernel.execute(ALL, 60, keep=10_000_000)
    assert (reply.error, reply.text) == ("", "")
    bundles = [output["data"] for output in reply.outputs]
    assert [list(bundle) for bundle in bundles[:4]] == [["text/html", "text/plain"]] * 4
    assert [bundle["text/plain"] for bundle in bundles] == [
        "\n".join(SAID[:2]),
        "\n".join(SAID[2:4]),
        "Figure: nothing at all",
        "Sound: two notes held",
        "Figure: 3 steps (move the sliders in JupyterLab)",
    ]
    assert bundles[0]["text/html"] == (
        '<div style="border-left:4px solid #D55E00;padding:.3em .8em;margin:.3em 0"><strong>✗ rnn_step: not yet'
        "</strong><br>Your result is right but for the bias: add b before the tanh.</div>"
    )
    assert bundles[2]["text/html"].startswith('<img alt="nothing at all" width="672" style="')
    assert bundles[3]["text/html"].startswith('<audio controls aria-label="two notes held" src="data:audio/wav;base64,')
