"""A small project for the tests of the tools: one chapter of one exercise, and cells that run without a kernel."""

from __future__ import annotations

import contextlib
import io
import shutil

import nbformat
from nbclient.exceptions import CellExecutionError

from rnncourse.exercises import find
from tools import authoring, derived, references
from tools.authoring import ROOT

CHAPTER = "03_manual_rnn"
TEXT = '''# %% [markdown]
# # An RNN by hand
#
# **Time:** 22 minutes to read.

# %%
import numpy as np

from rnncourse import check, grade

# %% [markdown]
# ### Exercise · `rnn_step`
#
# Write the step.

# %% exercise="rnn_step"
def rnn_step(inputs, state, kernel, recurrent_kernel, bias):
    """h_t = tanh(x_t W_x + h_(t-1) W_h + b)."""
    ### BEGIN SOLUTION
    return np.tanh(inputs @ kernel + state @ recurrent_kernel + bias)
    ### END SOLUTION

# %% [markdown]
# ## Then and now

# %%
print("the sum is", 1 + 1)

# %%
print("the end")
'''


class InProcess:
    """Runs the cells of a notebook here, in a moment; what they print is their output."""

    def __init__(self, notebook, **options):
        self.notebook = notebook

    def execute(self):
        space: dict = {}
        for cell in self.notebook.cells:
            if cell.cell_type != "code":
                continue
            said = io.StringIO()
            try:
                with contextlib.redirect_stdout(said):
                    exec(cell.source, space)
            except Exception as error:
                raise CellExecutionError(cell.source, type(error).__name__, str(error)) from None
            text = said.getvalue()
            cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=text)] if text else []
        return self.notebook


def small_project(root, monkeypatch, client=InProcess):
    """A project whose one chapter has one exercise; returns the chapter's text, which lies in edit/."""
    chapters = {CHAPTER: (find("rnn_step"),)}
    for module in (authoring, derived, references):
        monkeypatch.setattr(module, "CHAPTERS", chapters)
    if client is not None:
        monkeypatch.setattr(authoring, "NotebookClient", client)
    (root / "rnncourse" / "exercises").mkdir(parents=True)
    (root / "rnncourse" / "exercises" / "manual_rnn.py").write_text("EXERCISES = (rnn_step,)\n")
    (root / "tests").mkdir()
    shutil.copy(ROOT / "tests" / "nbval_sanitize.cfg", root / "tests")
    (root / "solutions").mkdir()
    shutil.copy(ROOT / "solutions" / "start_here.py", root / "solutions")
    (root / "edit").mkdir()
    text = root / "edit" / f"{CHAPTER}.py"
    text.write_text(TEXT)
    return text


def notebook_path(root):
    return root / "solutions" / CHAPTER / f"{CHAPTER}.ipynb"


def notebook_of(root):
    return nbformat.read(notebook_path(root), as_version=4)


def uncounted(notebook):
    """The cells by id, without execution counts: these run from 1 to the last, whatever was added above."""
    cells = {}
    for cell in notebook.cells:
        cells[cell.id] = {key: part for key, part in cell.items() if key not in ("execution_count", "outputs")}
        cells[cell.id]["outputs"] = [
            {key: part for key, part in output.items() if key != "execution_count"}
            for output in cell.get("outputs", [])
        ]
    return cells
