# %% [markdown]
# # Start here
#
# This page takes five minutes. It shows how the course works, and it leads you to the first chapter.
#
# **A notebook is made of cells.** Click into the grey cell below and press **Shift + Enter**: the cell runs, and what
# it says appears below it. (The first time takes a few seconds.)

# %%
from rnncourse import check, course_map, hint, solution

course_map()

# %% [markdown]
# That is the map of the course, with what you have solved so far. Run the cell again whenever you want to know how far
# you are. A click on a title opens the chapter. Before that, one exercise of a minute:
#
# ### Your first exercise · `remember`
#
# A cell with a memory keeps most of what it knows and takes in a little of what is new. This one keeps **nine tenths**
# of its old `state` and adds **one tenth** of the new input `x`.
#
# But the function below has a mistake. Run both cells, and read what `check` says.

# %%
def remember(state, x):
    return 0.1 * state + 0.9 * x

# %%
check(remember)

# %% [markdown]
# Now mend the line with `return`, run its cell again, and then `check` again. **✓ right**? Then you know how every
# exercise of this course works:
#
# 1. You write a function where `# YOUR CODE HERE` stands, and run the cell.
# 2. `check` tries it on numbers that you do not see. It says *right*, or **which mistake you made**, or shows the first
#    number that differs. You can ask as often as you like.
# 3. Stuck? `hint` gives a nudge, each call one more. After the last hint, `solution` shows one right answer.

# %%
hint("remember")

# %% [markdown]
# (`solution("remember")` tells you how many hints are still unread.)
#
# And this is what such a memory is good for: from measurements that jump about it makes a calm line. With the mistake
# in it, the orange line jumps as much as the blue dots do.

# %%
import numpy as np

from rnncourse.plots.figures import plot_lines, show

rng = np.random.default_rng(3)
measured = 20 + np.cumsum(rng.normal(0, 0.15, 80)) + rng.normal(0, 1, 80)
state, remembered = measured[0], []
for x in measured:
    state = remember(state, x)
    remembered.append(state)

lines = {"measured": measured, "remembered": remembered}
figure = plot_lines(range(80), lines, "A memory of one number", "time step", "temperature [°C]", width=8, height=3.2)
show(figure, "Eighty measured temperatures that jump about, and the line that remember makes of them.")

# %% [markdown]
# ### What a chapter asks of you
#
# - **Read, predict, run.** Where a question stands before a cell, decide on an answer first. It takes five seconds, and
#   you will remember what happens.
# - **Run the cells from top to bottom.** A later cell needs what the ones above made. If a name is not known,
#   *Run → Run All Above Selected Cell* brings it back.
# - **Exercises** have one to three stars (★) and say how many minutes they take. Below each stand two cells: `check`
#   is for you; `grade` is for nbgrader, in a class. You may leave `grade` alone.
# - **Your work is yours.** It is in this folder, in the files that you see on the left, and is sent nowhere. A newer
#   course never overwrites it (`rnncourse update`).
#
# | what you see | what it means, and what to do |
# |---|---|
# | `[*]` beside a cell | it runs. Trainings take up to half a minute and show how far they are |
# | a red error below a cell | read its last line: it names what is wrong. Mend the cell and run it again |
# | *Kernel Restarting*, or nothing moves | *Kernel → Restart Kernel*, then *Run → Run All Above Selected Cell* |
# | anything else | in a terminal: `rnncourse doctor` says what does not work, and what to do |
#
# ### Go on
#
# [**Chapter 1 · A cell with a memory**](01_memory_cell/01_memory_cell.ipynb): one neuron that remembers, and the first
# weights that you set yourself.
