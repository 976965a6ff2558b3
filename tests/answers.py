"""Answers as a learner might give them to ``rnn_step``, and the verdict on one."""

from __future__ import annotations

import rnncourse
from rnncourse.checking.check import verdict


def judged(function, name="rnn_step"):
    return verdict(name, {name: function})


def returning(value):
    return lambda inputs, state, kernel, recurrent_kernel, bias: value(inputs, state, kernel, recurrent_kernel, bias)


right = rnncourse.rnn_step


def raises_in_a_line(inputs, state, kernel, recurrent_kernel, bias):
    shift = bias.reshape(2, 7)
    return inputs @ kernel + shift


def unwritten(inputs, state, kernel, recurrent_kernel, bias):
    raise NotImplementedError
