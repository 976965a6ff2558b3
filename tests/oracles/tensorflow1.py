"""TensorFlow 1, which still runs inside TensorFlow 2: its cells, graphs and sessions, for tests to compare with."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import tensorflow as tf

v1 = tf.compat.v1
cells = importlib.import_module("tensorflow._api.v2.compat.v1.nn.rnn_cell")  # hidden under Keras 3, but they run


@contextmanager
def graph_session() -> Iterator[tf.compat.v1.Session]:
    """A graph of its own to build in, and a session to run it."""
    with warnings.catch_warnings(), tf.Graph().as_default(), v1.Session() as session:
        warnings.simplefilter("ignore")  # the cells announce their own end
        yield session
