"""TensorFlow without its chatter.

TensorFlow's C++ side writes lines about CUDA and oneDNN to stderr. A learner reads them as errors, and nbgrader gives
no points to a graded cell with anything on stderr. ``TF_CPP_MIN_LOG_LEVEL`` silences what comes after the import but,
in TensorFlow 2.21, not what is written while the libraries load. So the first import of TensorFlow, by whomever, runs
with file descriptor 2 turned aside. If the import fails, what was written is put back on stderr.

Later, TensorFlow counts how often functions are traced by the line of code they were made at, and Keras makes the
``predict`` functions of all models at one line: three small models in one notebook look like one function traced three
times, and TensorFlow warns. That warning, about Keras's own functions, is left out; one about a learner's is not.
"""

from __future__ import annotations

import importlib.abc
import importlib.util
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import ModuleType


def silence_tensorflow() -> None:
    """Turn TensorFlow's log down. Whoever wants the log sets ``TF_CPP_MIN_LOG_LEVEL`` to less than 3 first."""
    if os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3") != "3":
        return
    logging.getLogger("tensorflow").addFilter(_is_not_about_a_trainer)
    if "tensorflow" not in sys.modules:
        sys.meta_path.insert(0, _QuietFinder())


def _is_not_about_a_trainer(record: logging.LogRecord) -> bool:
    message = record.getMessage()
    return not ("triggered tf.function retracing" in message and "TensorFlowTrainer." in message)


class _QuietFinder(importlib.abc.MetaPathFinder):
    """Finds TensorFlow once, with a loader that imports it quietly, and steps out of the way."""

    def find_spec(self, fullname, path=None, target=None):
        if fullname != "tensorflow":
            return None
        with suppress(ValueError):
            sys.meta_path.remove(self)
        spec = importlib.util.find_spec("tensorflow")
        if spec is not None and spec.loader is not None:
            spec.loader = _QuietLoader(spec.loader)
        return spec


class _QuietLoader(importlib.abc.Loader):
    def __init__(self, loader: importlib.abc.Loader):
        self._loader = loader

    def create_module(self, spec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        with _stderr_aside():
            self._loader.exec_module(module)


@contextmanager
def _stderr_aside() -> Iterator[None]:
    """Send what is written to file descriptor 2 to a temporary file; bring it back if the block fails."""
    try:
        stderr = os.dup(2)
    except OSError:  # no stderr at all, as under pythonw
        yield
        return
    with tempfile.TemporaryFile() as aside:
        os.dup2(aside.fileno(), 2)
        try:
            yield
        except BaseException:
            os.dup2(stderr, 2)
            aside.seek(0)
            with os.fdopen(os.dup(2), "wb") as out:
                shutil.copyfileobj(aside, out)
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
