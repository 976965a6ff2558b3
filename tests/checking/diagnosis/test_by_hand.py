"""The same fault in a case that is small enough to do by hand."""

from dataclasses import replace

import numpy as np
import pytest

from rnncourse.checking.calls import ask
from rnncourse.checking.comparing import same, truth
from rnncourse.checking.diagnosis import by_hand
from rnncourse.checking.diagnosis.evidence import Evidence
from rnncourse.checking.verdicts import evaluate
from rnncourse.exercises import find
from rnncourse.exercises.definitions import PRACTICE_SEED


def evidence(exercise, answer):
    cases = tuple(exercise.make_cases(PRACTICE_SEED))
    outcomes = tuple(ask(exercise.as_call(), answer, case) for case in cases)
    return Evidence(exercise, cases, outcomes, tuple(truth(exercise, case) for case in cases))


def small(name, answer):
    """The case that is found, what the answer gives for it and the truth; None where there is none."""
    exercise = find(name)
    found = by_hand.find(evidence(exercise, answer), lambda case: ask(exercise.as_call(), answer, case))
    return found and (found.cases[0], found.outcomes[0].values, found.expected[0].values)


def mistake(name, of):
    return next(known.function for known in find(of).mistakes if known.name == name)


def unknown(name):
    return replace(find(name), mistakes=(), starts_from="")


def advice(name, answer):
    return evaluate(unknown(name), answer, PRACTICE_SEED).advice


def test_a_tie_is_all_that_is_left_of_a_mistake_with_ties():
    case, got, want = small("early_stopping", mistake("an equal cost taken for progress", "early_stopping"))
    assert len(case["costs"]) == 3
    assert case["costs"][0] == case["costs"][1]
    assert case["patience"] == 1
    assert (got[0], want[0]) == (2, 1)


def test_arrays_that_belong_together_are_cut_together():
    case, got, want = small("rnn_step", mistake("state not weighted", "rnn_step"))
    assert {name: array.size for name, array in case.items()} == dict.fromkeys(case, 1)
    assert not np.allclose(got[0], want[0])


def test_gates_stay_side_by_side():
    case, *_ = small("lstm_step", mistake("nothing let in", "lstm_step"))
    assert case["kernel"].shape[1] == case["recurrent_kernel"].shape[1] == len(case["bias"]) == 4


def test_what_all_cases_have_in_common_stays():
    case, *_ = small("bits_per_character", mistake("sum instead of mean", "bits_per_character"))
    assert case["probabilities"].shape[0] == 2
    np.testing.assert_allclose(case["probabilities"].sum(axis=1), 1)
    case, *_ = small("bptt", mistake("sums overwritten", "bptt"))
    assert np.abs(case["states"]).max() <= 1


def test_texts_lose_words_and_words_stay_whole():
    exercise = find("encode_sentences")
    case, *_ = small("encode_sentences", lambda sentences, vocabulary, end: np.ones((len(sentences), 1), int))
    words = {
        word for known in exercise.make_cases(PRACTICE_SEED) for text in known["sentences"] for word in text.split()
    }
    assert set(" ".join(case["sentences"]).split()) <= words
    assert sum(len(text.split()) for text in case["sentences"]) <= 3


def test_a_cell_is_exchanged_for_one_that_can_be_done_in_the_head():
    said = advice("static_rnn_in_pieces", mistake("states before the pieces", "static_rnn_in_pieces"))
    assert (
        "Small enough to do by hand: with step (the new state s = 2 · state + sum of inputs, the output -s), " in said
    )
    output, new = by_hand.Step(2)(np.array([[1.0, 2.0]]), np.array([[10.0]]))
    np.testing.assert_array_equal(new, [[23]])
    np.testing.assert_array_equal(output, [[-23]])


def test_a_language_is_exchanged_for_one_of_two_or_three_tokens():
    case, got, want = small("beam_search", mistake("first complete one taken", "beam_search"))
    language = case["log_probabilities"]
    assert language.shares.shape == (language.words + 1, language.words)
    np.testing.assert_allclose(language.shares.sum(axis=1), 1)
    assert all(len(set(row)) == language.words for row in language.shares)
    np.testing.assert_allclose(np.exp(language((1, 0))), language.shares[1])
    assert case["end"] == 0
    assert len(got[0]) < len(want[0])
    said = advice("beam_search", mistake("first complete one taken", "beam_search"))
    assert "with log_probabilities (p at first " in said.splitlines()[-1]


def test_a_function_of_the_course_is_known_by_its_name_and_others_are_not_small():
    said = advice("prefix_scan", mistake("beginning lost", "prefix_scan"))
    assert "with combine = combine_steps, " in said.splitlines()[-1]
    assert small("generate_until", mistake("stops at the first end", "generate_until")) is None


@pytest.mark.parametrize(
    "name",
    ["neuron_step", "lengths_from_tokens", "clip_by_global_norm", "make_windows", "seasonal_naive", "skip_gram_pairs",
     "lookup_gradient", "cosine_neighbours", "corpus_bleu", "dropout", "attend", "cut_in_time", "auc_per_unit"],
)  # fmt: skip
def test_it_is_the_same_fault_right_answers_agree_on_the_case_and_a_person_can_look_at_it(name):
    exercise = find(name)
    found = 0
    for known in exercise.mistakes[:6]:
        seen = evidence(exercise, known.function)
        if not seen.returned or not seen.wrong_cases:
            continue
        alone = by_hand.find(seen, lambda case, known=known: ask(exercise.as_call(), known.function, case))
        if alone is None:
            continue
        found += 1
        case, want = alone.cases[0], truth(exercise, alone.cases[0])
        assert not same(ask(exercise.as_call(), known.function, case), want, exercise.tolerance)
        for other in exercise.alternatives:
            assert same(ask(exercise.as_call(), other, case), want, exercise.tolerance)
        assert by_hand._weight(case) <= by_hand._MOST_GIVEN
    assert found >= 3


def test_it_stands_below_the_first_difference_and_hidden_cases_show_none():
    late = mistake("one epoch too patient", "early_stopping")
    said = advice("early_stopping", late)
    assert said.splitlines()[-1] == (
        "Small enough to do by hand: with costs = [0.2, 0.3, 0.4], patience = 1, the last epoch of early_stopping "
        "is 2, expected 1."
    )
    assert "by hand" not in evaluate(unknown("early_stopping"), late, PRACTICE_SEED, hidden=True).advice


def test_a_case_on_which_an_answer_never_ends_is_none():
    exercise = replace(find("bits_per_character"), seconds=0.2)

    def bits(probabilities, targets):
        while len(targets) < 3:
            pass
        return 0.0

    alone = by_hand.find(evidence(exercise, bits), lambda case: ask(exercise.as_call(), bits, case))
    assert alone is None or len(alone.cases[0]["targets"]) > 2


def test_arguments_that_are_0_everywhere_are_named_at_the_end():
    said = advice("lstm_step", mistake("nothing let in", "lstm_step"))
    assert "0 everywhere in kernel and recurrent_kernel" in said.splitlines()[-1]
