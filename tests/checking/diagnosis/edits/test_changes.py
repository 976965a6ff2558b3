"""Single changes of a tree: they can be made and taken back, likely ones come first."""

import ast

import pytest

from rnncourse.checking.diagnosis.edits.changes import alike, single_changes
from rnncourse.checking.diagnosis.edits.spellings import spellings
from rnncourse.checking.diagnosis.edits.spots import LIKELY
from rnncourse.exercises import find


def changes_of(name):
    spelling = spellings(find(name))[0]
    return spelling, single_changes(spelling.function, find(name).parts)


@pytest.mark.parametrize("name", ["neuron_bptt", "lstm_step", "encoder_decoder", "beam_search"])
def test_every_change_is_another_program_and_is_taken_back(name):
    spelling, changes = changes_of(name)
    before = ast.dump(spelling.tree)
    same = 0
    for change in changes:
        with change.in_place():
            same += ast.dump(spelling.tree) == before
            assert change.clause()
        assert ast.dump(spelling.tree) == before
    assert same == 0


def test_likely_changes_come_first():
    ranks = [change.rank for change in changes_of("gru_step")[1]]
    assert ranks[0] == LIKELY
    assert ranks == sorted(ranks)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rnn_step", "return np.tanh(inputs @ kernel + bias)"),
        ("rnn_step", "return np.tanh(inputs @ kernel - state @ recurrent_kernel + bias)"),
        ("rnn_step", "return np.tanh(inputs @ kernel + state @ _transposed(recurrent_kernel) + bias)"),
        ("rnn_step", "return np.tanh(inputs @ kernel + state @ recurrent_kernel) + bias"),
        ("rnn_step", "return _sigmoid(inputs @ kernel + state @ recurrent_kernel + bias)"),
        ("neuron_bptt", "for_w_x = delta * inputs[t]"),
        ("neuron_bptt", "for_w_h += delta * states[t]"),
        ("bits_per_character", "return float(-np.mean(np.log(given)))"),
        ("static_rnn", "return (state, outputs)"),
        ("lstm_step", "c_new = c + sigmoid(i) * np.tanh(g)"),
    ],
)
def test_makes_what_learners_write(name, text):
    spelling, changes = changes_of(name)
    made = []
    for change in changes:
        with change.in_place():
            made.append(ast.unparse(spelling.tree))
    assert any(text in [line.strip() for line in program.splitlines()] for program in made)


def test_a_list_is_never_collected_into_itself():
    spelling, changes = changes_of("run_neuron")
    for change in changes:
        with change.in_place():
            assert "states.append(states)" not in ast.unparse(spelling.tree)


def test_alike_changes_are_made_at_all_spots():
    _, changes = changes_of("lstm_step")
    words = "went through the tanh, not through the sigmoid"
    assert [len(group) for group in alike(changes) if words in group[0].words()] == [3]
