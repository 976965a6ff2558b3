"""A writer that was trained for longer than a chapter can wait, on Python's language reference.

It is a ``token_model``; ``benchmarks/docs_writer.py`` is the program that trained it, on the first 95 percent of
``load_docs_text`` of Python 3.11. Its weights are kept as 16-bit floats, which changes its forecasts by less than a
thousandth of a bit. What it learnt from has the licence of Python.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rnncourse.datasets.damage import again, read_verified
from rnncourse.datasets.docs_text import LETTERS

if TYPE_CHECKING:  # importing Keras takes seconds
    import keras

#: Where the weights are.
DATA_FILE = Path(__file__).with_name("docs_writer.npz")
#: SHA-256 of the file, as it was written.
SHA256 = "9f744698f9d63d5e4e9653cd52ca3836aeac1943e80548f5c3a293e72c07826e"
_DISTRIBUTION = "rnncourse"


def load_docs_writer() -> keras.Model:
    """The trained writer, a ``token_model`` for the characters of ``LETTERS``.

    Returns:
        A model (batch, time) of whole numbers -> (batch, time, 96) logits.

    Raises:
        DamagedDataError: the file is missing or damaged; the message says what to do.
    """
    from rnncourse.models import token_model

    raw = read_verified(DATA_FILE, "The writer's weights, docs_writer.npz,", SHA256, again(_DISTRIBUTION))
    with np.load(io.BytesIO(raw)) as kept:
        weights = [kept[name].astype(np.float32) for name in kept.files]
    model = token_model(len(LETTERS), units=weights[2].shape[0], embedding=weights[0].shape[1])
    model.set_weights(weights)
    return model


def packed(model: keras.Model) -> bytes:
    """The weights of a ``token_model`` as ``load_docs_writer`` reads them: an npz file of 16-bit floats."""
    file = io.BytesIO()
    np.savez_compressed(file, *[weights.astype(np.float16) for weights in model.get_weights()])
    return file.getvalue()
