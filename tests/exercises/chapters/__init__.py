"""What the tests know of each chapter's exercises: one module a chapter, named as in ``rnncourse.exercises``."""

from __future__ import annotations

import importlib

from rnncourse.exercises import CHAPTERS

_MODULES = [importlib.import_module(f"{__name__}.{chapter.partition('_')[2]}") for chapter in CHAPTERS]

ALTERNATIVES = {name: answers for module in _MODULES for name, answers in module.ALTERNATIVES.items()}
ANSWERS = {name: answers for module in _MODULES for name, answers in module.ANSWERS.items()}
EQUIVALENT = {mutant: why for module in _MODULES for mutant, why in module.EQUIVALENT.items()}
