"""MNIST: 70 000 handwritten digits, 28 by 28 pixels each, read from a compressed file inside the package.

The file holds the four original IDX files one after the other, byte for byte, compressed with xz. Nothing is fetched
from the network.

Source: Y. LeCun and C. Cortes, "The MNIST database of handwritten digits" (1998), licence CC BY-SA 3.0; see
``mnist-LICENSE.txt`` beside the data.
"""

from __future__ import annotations

import lzma
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from rnncourse.datasets.damage import read_verified
from rnncourse.shapes import expect_count

#: Where the compressed digits are.
DATA_FILE = Path(__file__).with_name("mnist.xz")
#: SHA-256 of the compressed file, as it was packed.
SHA256 = "12006bdb1eb510442a11bf3bec728dc886c0a6ebaa7f330319fc211994924531"
ROWS = COLUMNS = 28
TRAINING_IMAGES, TEST_IMAGES = 60_000, 10_000
_IMAGES_HEADER, _LABELS_HEADER = 16, 8  # bytes before the data of an IDX file


class Digits(NamedTuple):
    """Pictures of digits and what they show.

    Attributes:
        images: float32 from 0 (paper) to 1 (ink), shape (digits, 28, 28): row by row, so axis 1 can be read as time.
        labels: int32 from 0 to 9, shape (digits,).
    """

    images: np.ndarray
    labels: np.ndarray


def load_mnist(validation: int = 5_000, train: int | None = None) -> tuple[Digits, Digits, Digits]:
    """The digits in three parts: to train on, to choose by, and to report once at the end.

    The validation digits are the first of the original 60 000 training digits; the default is the split of the loader
    that TensorFlow 1 had. The test digits are the original ones.

    Args:
        validation: how many of the original training digits to keep apart, 0 to 59 999.
        train: how many of the others to return, for quick experiments; all of them by default.

    Returns:
        (train, validation, test), each ``Digits``. By default 55 000, 5 000 and 10 000 of them.

    Raises:
        ValueError: a number is out of range.
        DamagedDataError: the file is missing or damaged; the message says what to do.
    """
    validation = expect_count("validation", validation, least=0)
    most = TRAINING_IMAGES - validation
    train = most if train is None else expect_count("train", train)
    if most < 1 or train > most:
        raise ValueError(
            f"train is {train} and validation is {validation}, expected at least one digit to train on and together at "
            f"most {TRAINING_IMAGES}."
        )
    images, labels, test_images, test_labels = _arrays(DATA_FILE)
    return (
        _digits(images[validation : validation + train], labels[validation : validation + train]),
        _digits(images[:validation], labels[:validation]),
        _digits(test_images, test_labels),
    )


def _digits(images: np.ndarray, labels: np.ndarray) -> Digits:
    return Digits(images.astype(np.float32) / np.float32(255), labels.astype(np.int32))


@cache
def _arrays(path: Path) -> tuple[np.ndarray, ...]:
    """Images and labels of the training and the test digits as bytes, shapes (n, 28, 28) and (n,)."""
    raw = _unpack(path)
    arrays, start = [], 0
    for count in (TRAINING_IMAGES, TEST_IMAGES):
        size = count * ROWS * COLUMNS
        images = np.frombuffer(raw, np.uint8, size, start + _IMAGES_HEADER)
        start += _IMAGES_HEADER + size
        labels = np.frombuffer(raw, np.uint8, count, start + _LABELS_HEADER)
        start += _LABELS_HEADER + count
        arrays += [images.reshape(count, ROWS, COLUMNS), labels]
    return tuple(arrays)


def _unpack(path: Path) -> bytes:
    """The content of the file, once its hash is right."""
    advice = (
        "Install the package again: pip install --force-reinstall --no-deps rnncourse (or check out the file anew)."
    )
    return lzma.decompress(read_verified(path, path.name, SHA256, advice))
