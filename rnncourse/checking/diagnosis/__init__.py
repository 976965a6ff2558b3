"""Beyond the catalogue: what can be said of a wrong answer that is no known mistake.

The output is that of the reference with one thing changed, or two (``edits``); it stands in a simple relation to the
truth (``relations``); it does not depend on what it should, depends on what it should not, or reads an argument
another way (``dependence``); its error names sizes that have a name in the exercise (``errors``); or a value in its
source is on no way to a right answer (``trace``, out of a ``recording`` and of what is ``known``). Each speaks in words
of the subject, never as code to write, and only of what it has verified on the cases. What they look at is an
``evidence`` and its ``views``; the rest are the relations themselves: of numbers (``formulas``), ``orders``,
``places``, ``shapes``, ``counts``. Of a design, which may be made in many ways, only its ``behaviour`` is looked at.
"""
