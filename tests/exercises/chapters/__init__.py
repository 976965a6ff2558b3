"""What the tests know of each chapter's exercises: one module a chapter, named as in ``rnncourse.exercises``.

A chapter whose module is missing fails one test, ``test_every_chapter_is_known_to_the_tests``; the others go on.
"""

from __future__ import annotations

import importlib
import importlib.util

from rnncourse.exercises import CHAPTERS, Exercise

_NAMES = {chapter: f"{__name__}.{chapter.partition('_')[2]}" for chapter in CHAPTERS}
MISSING = [chapter for chapter, name in _NAMES.items() if importlib.util.find_spec(name) is None]
_MODULES = [importlib.import_module(name) for chapter, name in _NAMES.items() if chapter not in MISSING]

#: Other right answers to each exercise: the short ones of its definition, and those of the module here.
ALTERNATIVES = {
    exercise.name: list(exercise.alternatives)
    for exercises in CHAPTERS.values()
    for exercise in exercises
    if isinstance(exercise, Exercise) and exercise.alternatives
}
for _module in _MODULES:
    for _name, _answers in _module.ALTERNATIVES.items():
        ALTERNATIVES[_name] = [*ALTERNATIVES.get(_name, []), *_answers]
ANSWERS = {name: answers for module in _MODULES for name, answers in module.ANSWERS.items()}
EQUIVALENT = {mutant: why for module in _MODULES for mutant, why in module.EQUIVALENT.items()}
