"""Outputs rebuilt from whatever a kernel has sent or a file holds."""

from __future__ import annotations

import pytest

from rnncourse.grading.outputs import note, plain_output, size_of, stream


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"output_type": "stream", "name": "stderr", "text": ["a\n", "\ud800"]}, stream("a\n?", "stderr")),
        ({"output_type": "stream", "text": ["a", 1]}, stream("")),
        (
            {"output_type": "execute_result", "data": {"text/plain": ["1\n", "2"], "image/png": {"a": 1}}},
            {"output_type": "display_data", "data": {"text/plain": "1\n2"}, "metadata": {}},
        ),
        (
            {"output_type": "error", "ename": "E", "evalue": 3, "traceback": ["a", "b" * 30_000]},
            {"output_type": "error", "ename": "E", "evalue": "", "traceback": ["b" * 20_000]},
        ),
        ({}, {"output_type": "display_data", "data": {}, "metadata": {}}),
    ],
)
def test_outputs_are_rebuilt_from_what_is_text_in_them(sent, kept):
    assert plain_output(sent) == kept


def test_the_size_of_an_output_is_that_of_its_texts():
    assert size_of(note("abc")) == len("streamstdoutabc\n")
    assert size_of({"output_type": "", "data": {"text/plain": "12", "image/png": "345"}, "metadata": {}}) == 5
    assert size_of({"output_type": "", "ename": "a", "evalue": "b", "traceback": ["cd"]}) == 4
