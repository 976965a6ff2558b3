"""MNIST in the package: the original bytes, the documented shapes, and clear words when the file is damaged."""

from __future__ import annotations

import hashlib
import lzma

import numpy as np
import pytest

from rnncourse.datasets import mnist
from rnncourse.datasets.damage import DamagedDataError
from rnncourse.datasets.mnist import load_mnist

#: SHA-256 of the four original IDX files: name -> (bytes, hash).
ORIGINALS = {
    "train-images": (47_040_016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
    "train-labels": (60_008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    "t10k-images": (7_840_016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
    "t10k-labels": (10_008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
}
WHEEL_BUDGET = 11.5e6


def test_the_file_holds_the_four_original_files():
    raw, start = lzma.decompress(mnist.DATA_FILE.read_bytes()), 0
    for name, (size, expected) in ORIGINALS.items():
        assert hashlib.sha256(raw[start : start + size]).hexdigest() == expected, name
        start += size
    assert start == len(raw)


def test_the_file_is_small_and_has_its_licence_beside_it():
    assert mnist.DATA_FILE.stat().st_size < WHEEL_BUDGET
    licence = mnist.DATA_FILE.with_name("mnist-LICENSE.txt").read_text(encoding="utf-8")
    for words in ("CC BY-SA 3.0", "Yann LeCun", "Corinna Cortes", "Changes:"):
        assert words in licence


def test_shapes_dtypes_and_values_are_the_documented_ones():
    sizes = [55_000, 5_000, 10_000]
    for digits, size in zip(load_mnist(), sizes, strict=True):
        assert (digits.images.shape, digits.images.dtype) == ((size, 28, 28), np.float32)
        assert (digits.labels.shape, digits.labels.dtype) == ((size,), np.int32)
        assert (digits.images.min(), digits.images.max()) == (0.0, 1.0)
        assert set(digits.labels.tolist()) == set(range(10))


def test_images_belong_to_their_labels():
    train, validation, test = load_mnist(train=2_000)
    assert validation.labels[:6].tolist() == [5, 0, 4, 1, 9, 2]  # the first labels of the original file
    assert test.labels[:6].tolist() == [7, 2, 1, 0, 4, 1]
    means = np.stack([train.images[train.labels == digit].mean(axis=0) for digit in range(10)])
    distances = np.square(test.images[:500, None] - means).sum(axis=(2, 3))
    assert np.mean(distances.argmin(axis=1) == test.labels[:500]) > 0.7  # 0.1 if pictures and labels were shifted


def test_the_parts_do_not_overlap():
    train, validation, _ = load_mnist(validation=300, train=200)
    whole = load_mnist(validation=0, train=500)[0]
    np.testing.assert_array_equal(np.concatenate([validation.images, train.images]), whole.images)
    np.testing.assert_array_equal(np.concatenate([validation.labels, train.labels]), whole.labels)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"validation": 60_000}, "expected at least one digit to train on"),
        ({"validation": 10_000, "train": 50_001}, "together at most 60000"),
        ({"train": 0}, "train is 0, expected a whole number of at least 1"),
        ({"validation": -1}, "validation is -1"),
        ({"validation": 0.1}, "validation is 0.1, expected a whole number"),
    ],
)
def test_impossible_splits_are_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        load_mnist(**arguments)


@pytest.mark.parametrize("damage", ["one byte", "cut short", "empty", "missing"])
def test_damage_is_found_and_says_what_to_do(damage, tmp_path, monkeypatch):
    path = tmp_path / "mnist.xz"
    data = bytearray(mnist.DATA_FILE.read_bytes())
    if damage == "one byte":
        data[len(data) // 2] ^= 1
    if damage != "missing":
        path.write_bytes({"one byte": data, "cut short": data[:1000], "empty": b""}[damage])
    monkeypatch.setattr(mnist, "DATA_FILE", path)
    words = r"mnist\.xz cannot be read" if damage == "missing" else r"mnist\.xz is damaged: \d+ bytes with SHA-256"
    with pytest.raises(DamagedDataError, match=words + r".*pip install --force-reinstall"):
        load_mnist()
