"""Sizes by their names, and how several things are read aloud."""

import numpy as np

from rnncourse.checking.diagnosis.sizes import listed, several, sizes


def test_things_are_listed_as_in_a_sentence():
    assert [listed(range(count)) for count in (1, 2, 4)] == ["0", "0 and 1", "0, 1, 2 and 3"]
    assert listed(iter(["a, b", "c"])) == "a, b and c"


def test_sizes_have_the_names_of_the_subject():
    assert sizes({"inputs": np.zeros((2, 3, 4)), "steps": 5}) == {"batch": 2, "time": 3, "features": 4, "steps": 5}
    assert [several(2, one) for one in ("class", "entry along axis 1")] == ["2 classes", "2 entries along axis 1"]
