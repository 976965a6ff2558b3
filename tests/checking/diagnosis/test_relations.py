"""relations: what is said of an answer beside the truth, and that nothing is said where no relation holds."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import rnncourse
from rnncourse.checking.calls import Ending, Outcome, ask
from rnncourse.checking.comparing import truth
from rnncourse.checking.diagnosis import relations, shapes
from rnncourse.checking.diagnosis.evidence import Evidence
from rnncourse.checking.diagnosis.views import View
from rnncourse.exercises import CHAPTERS, Exercise, find
from rnncourse.exercises.definitions import Kind

from .evidences import evidence_of, mistake

FUNCTIONS = {
    task.name: task
    for tasks in CHAPTERS.values()
    for task in tasks
    if isinstance(task, Exercise) and task.name not in {"rnn_step_tensorflow", "simple_rnn_layer", "truncated_rnn"}
}


def rnn_case(rng, batch, features, units):
    shapes = {"inputs": (batch, features), "state": (batch, units), "kernel": (features, units)}
    return {n: rng.normal(size=s) for n, s in {**shapes, "recurrent_kernel": (units, units), "bias": (units,)}.items()}


def evidence_for(exercise, function):
    """As ``evidence_of``, for an exercise that is changed."""
    cases = tuple(exercise.make_cases(1))
    outcomes = tuple(ask(exercise.as_call(), function, case) for case in cases)
    return Evidence(exercise, cases, outcomes, tuple(truth(exercise, case) for case in cases))


def said(name, function):
    found = relations.find(evidence_of(name, function))
    return found.text if found else ""


#: An exercise whose numbers lie between 0 and 1.
SHARES = Exercise(
    name="sigmoid",
    kind=Kind.NEW_CASE,
    reference=rnncourse.sigmoid,
    cases=lambda rng: {"x": rng.normal(size=(2, 3)) * 2},
    mistakes=(),
    hints=(),
    points=1,
    difficulty=1,
    minutes=1,
)


def about(name, change):
    """What is said of an answer that is a function of the truth: change(array of truth)."""
    exercise = SHARES if name == SHARES.name else find(name)
    found = relations.find(evidence_for(exercise, lambda *given: change(np.asarray(exercise.reference(*given)))))
    return found.text if found else ""


# --------------------------------------------------------------------------------------------- number by number
@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("sequence_to_sequence", lambda y: -y, "with the other sign"),
        ("sigmoid", lambda p: 1 - p, "1 minus the right ones"),
        ("sigmoid", lambda p: p**2, "the squares of the right ones"),
        ("sigmoid", np.log, "the logarithms of the right ones"),
        ("rnn_step", np.arctanh, "tanh is left out at the end"),
        ("rnn_step", np.tanh, "squashed once too often"),
        ("rnn_step", lambda h: np.round(h, 2), "rounded to 2 places"),
        ("rnn_step", lambda h: np.maximum(np.arctanh(h), 0), "a rectifier"),
        ("rnn_step", lambda h: np.tanh(2 * np.arctanh(h)), "before tanh your numbers are twice the right ones"),
        ("bits_per_character", np.exp2, "2 to the power of the right ones"),
        ("rnn_step", lambda h: h + 1, "plus 1"),
        ("rnn_step", lambda h: 0 * h, "it is 0 everywhere"),
    ],
)
def test_a_function_of_the_truth_is_named(name, change, words):
    assert words in about(name, change)


def test_a_factor_that_is_a_size_of_the_first_case_only_is_no_size():
    words = said("rnn_step", lambda *given: 3 * rnncourse.rnn_step(*given))
    assert "three times" in words
    assert "features" not in words


def test_a_largest_one_that_takes_all_is_named():
    assert "a 1 where the right numbers are largest" in said("attend", mistake("attend", "only the best word"))


def test_an_argument_left_out_before_the_squashing_function_is_named():
    words = said("rnn_step", lambda x, h, w, u, b: np.tanh(x @ w + h @ u))
    assert "before tanh" in words
    assert "minus bias" in words


def test_an_argument_given_back_is_named():
    assert "the argument state, unchanged" in said("rnn_step", lambda x, h, w, u, b: h)


# ------------------------------------------------------------------------------------------------------- factors
def test_a_factor_is_called_by_the_size_that_it_is():
    assert "times the size of the batch" in said("cross_entropy", mistake("cross_entropy", "sum instead of mean"))
    words = said("masked_cross_entropy", mistake("masked_cross_entropy", "sum instead of mean"))
    assert "times the number of words that are no padding" in words


def test_a_factor_that_is_a_size_in_some_cases_only_is_not_called_by_it():
    words = about("rnn_step", lambda h: h / 4)  # the batch has 4 rows in the first cases
    assert "a quarter of" in words
    assert "the size of the batch" not in words
    assert "the size of the batch" in about("rnn_step", lambda h: h / len(h))


def test_a_count_that_is_a_multiple_is_called_by_its_factor():
    assert "your numbers are twice the right ones" in about("parameter_count", lambda n: 2 * n)
    assert "the right ones divided by 2" in about("cell_parameter_count", lambda n: n / 2)
    assert "twice" not in about("parameter_count", lambda n: 2 * n + 1)


def test_the_base_of_a_logarithm_is_a_factor():
    assert "(ln 2) times" in said("bits_per_character", mistake("bits_per_character", "natural logarithm"))
    assert "(1 / ln 2) times" in said("cross_entropy", mistake("cross_entropy", "base 2"))


def test_a_sum_for_a_mean_in_another_unit_is_a_size_times_a_base():
    words = said("bits_per_character", lambda p, k: -np.log10(p[np.arange(len(k)), k]).sum())
    assert "the right ones times the number of positions · log10(2)" in words


def test_a_factor_made_of_an_argument_varies_with_it():
    assert "(1 - rate) / rate" in said("dropout", mistake("dropout", "divided by the rate"))


def test_a_factor_without_a_name_is_still_a_factor():
    words = about("gradient_norms", lambda norms: norms / np.linalg.norm(norms))
    assert "all is right up to a factor" in words


def test_a_factor_that_is_the_same_in_every_case_is_given():
    assert "0.7 times the right ones, in every case" in about("sigmoid", lambda p: 0.7 * p)
    assert "the right ones minus 0.3, in every case" in about("sigmoid", lambda p: p - 0.3)


def test_a_small_whole_number_is_no_reduction_of_the_truth():
    words = said("lengths_from_tokens", lambda tokens, end: min(np.min(rnncourse.lengths_from_tokens(tokens, end)), 1))
    assert "smallest" not in words


def test_the_sum_that_should_be_1():
    assert "your columns add up to 1" in said("attend", mistake("attend", "softmax over the batch"))


# ------------------------------------------------------------------------------------------------ order and shape
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda y: y[:, ::-1], "reversed order along time"),
        (lambda y: np.cumsum(y, axis=1), "running sum"),
        (lambda y: np.roll(y, 1, axis=1), "each step of yours is what the one before should be"),
        (lambda y: y.transpose(1, 0, 2).reshape(y.shape), "scrambled"),
        (lambda y: np.repeat(y[:, -1:], y.shape[1], axis=1), "what the last should be"),
        (lambda y: y.transpose(1, 0, 2), "yours is (time, batch"),
        (lambda y: y[:, -1], "you give the last step only"),
        (lambda y: y[:, :-1], "the last step is missing"),
        (lambda y: y[..., None], "an axis of length 1 too many; the numbers are right"),
        (lambda y: y.mean(axis=1), "you give the mean of the right numbers along time"),
        (lambda y: y.reshape(len(y), -1), "only the shape is another one"),
        (lambda y: np.concatenate([y[:, :1], 2 + y[:, 1:]], axis=1), "only the first step is right"),
        (
            lambda y: y * (np.arange(len(y)) != len(y) - 1)[:, None, None],
            "only the last row is wrong; there you have 0",
        ),
    ],
)
def test_the_right_numbers_in_other_places(change, words):
    assert words in about("sequence_to_sequence", change)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda row, n: np.r_[row[:n][::-1], row[n:]], "stand in reversed order, the zeros after them aside"),
        (lambda row, n: np.roll(row, -n), "stand at its end, behind the zeros, and not at its start"),
        (lambda row, n: row[::-1], "your numbers are the right ones in reversed order along"),
    ],
)
def test_rows_that_are_filled_with_zeros(change, words):
    def answer(inputs, targets):
        weights, biases = rnncourse.fit_causal_linear(inputs, targets)
        return np.array([change(row, n) for n, row in enumerate(weights, 1)]), biases

    assert words in said("fit_causal_linear", answer)


def test_rows_as_long_as_each_other_are_not_spoken_of_as_filled():
    assert "behind the zeros" not in about("rnn_step", lambda h: h[:, ::-1] + 0.5)


def test_a_square_of_a_column_and_a_row():
    assert "met a column" in about("gradient_norms", lambda norms: norms[:, None] - norms + 5)


def test_blocks_in_another_order():
    words = said("gru_weights_from_pytorch", mistake("gru_weights_from_pytorch", "gates not exchanged"))
    assert "block 0 of yours is what block 1 should be" in words


def test_a_result_that_is_not_finite_at_an_edge_is_compared_without_that_edge():
    evidence = evidence_of("causal_attention", lambda q, k, v: (2 * v, np.ones((*v.shape[:2], v.shape[1]))))
    assert len(evidence.cases) > 1
    spoilt = dataclasses.replace(evidence.outcomes[-1], values=(np.full(1, np.nan), np.full(1, np.nan)))
    assert relations.find(dataclasses.replace(evidence, outcomes=(*evidence.outcomes[:-1], spoilt))) is not None


def test_a_result_changed_in_place_after_it_was_kept():
    def alike(first, second, *weights):
        second = rnncourse.run_two_steps(first, second, *weights)[1]
        return second, second

    assert "What you give as Y0 are the numbers of Y1" in relations.twins(evidence_of("run_two_steps", alike))
    exchanged = evidence_of("run_two_steps", lambda *given: rnncourse.run_two_steps(*given)[::-1])
    assert relations.twins(exchanged) is None


def test_a_number_made_of_an_argument_and_another_result():
    def wrong(w_h):
        place, _ = rnncourse.resting_share(w_h)
        return place, w_h * place

    assert said("resting_share", wrong) == (
        "the share of resting_share: your number is w_h times the place of rest, and nothing more."
    )


def test_numbers_near_the_right_ones_are_told_apart_from_others():
    near, far = (
        evidence_of("temperature_for", lambda *given, by=by: by * rnncourse.temperature_for(*given))
        for by in (1.01, 1.5)
    )
    assert "near the right numbers in every case" in relations.nearly_right(near)
    assert relations.nearly_right(far) is None


def test_cut_along_another_axis():
    def words(got):
        rng = np.random.default_rng(2)
        view = View("", (rng.normal(size=got),), (rng.normal(size=(3, 6, 5)),), ({},), ordinary=1, tolerance=1e-6)
        return shapes.other_shape(view) or ""

    assert "along axis 1 in place of axis 2" in words((3, 3, 10))
    assert "along axis 2 in place of axis 1" not in words((3, 3, 5))


def test_results_exchanged():
    words = said("lstm_step", mistake("lstm_step", "results exchanged"))
    assert "what you give as h is what c should be" in words


def test_right_within_the_lengths():
    words = said("run_with_lengths", mistake("run_with_lengths", "outputs not zeroed"))
    assert "right within the lengths, wrong in the padding after them" in words


@pytest.mark.parametrize("title", ["row without an end token", "no length without an end token"])
def test_rows_without_an_end_token(title):
    words = said("lengths_from_tokens", mistake("lengths_from_tokens", title))
    assert "right in the rows of tokens in which end occurs, wrong in those in which it does not" in words


def test_what_tells_only_where_it_is_wrong_is_open():
    open_one = relations.find(evidence_of("run_with_lengths", mistake("run_with_lengths", "outputs not zeroed")))
    closed = relations.find(evidence_of("rnn_step", lambda *given: -rnncourse.rnn_step(*given)))
    assert (open_one.is_open, closed.is_open) == (True, False)


def test_all_but_the_boundaries():
    spoilt = lambda logits, labels: rnncourse.cross_entropy(logits, labels) + (logits[0, 1] in (0, 999))  # noqa: E731
    words = relations.only_at_boundaries(evidence_of("cross_entropy", spoilt))
    assert words == "cross_entropy: right in every ordinary case, wrong only at a boundary."
    everywhere = evidence_of("cross_entropy", lambda *given: 2 * rnncourse.cross_entropy(*given))
    assert relations.only_at_boundaries(everywhere) is None


def test_what_is_right_in_few_ordinary_cases_is_asked_for_more_before_boundaries_are_blamed():
    exercise = find("units_for_budget")
    nearest = mistake("units_for_budget", "rounded to the nearest")
    evidence = evidence_of("units_for_budget", nearest)
    assert relations.only_at_boundaries(evidence)
    assert relations.only_at_boundaries(evidence, lambda case: ask(exercise.as_call(), nearest, case)) is None
    spoilt = lambda logits, labels: rnncourse.cross_entropy(logits, labels) + (np.max(logits) > 100)  # noqa: E731
    call = find("cross_entropy").as_call()
    assert relations.only_at_boundaries(evidence_of("cross_entropy", spoilt), lambda case: ask(call, spoilt, case))


def test_one_of_several_numbers_is_what_is_asked_for():
    words = said("units_for_budget", lambda *case: [3, 4, rnncourse.units_for_budget(*case)])
    assert "an array of 3 numbers, of which the last is what is asked for" in words
    assert "where a single one is asked for" in said("units_for_budget", lambda *case: [3, 4, 5])


def test_the_axis_that_is_wrong_in_all_cases_goes_before_one_that_is_wrong_in_some():
    """The batch is as long as a number that was written down, in most cases; there is always one unit too many."""
    words = said("rnn_step", lambda x, *rest: np.resize(rnncourse.rnn_step(x, *rest), (4, rest[0].shape[1] + 1)) + 9)
    assert words == "rnn_step: along axis 1 there is one too many in every case."


def test_a_size_that_is_one_more_in_every_case_is_told_both_ways():
    """With one feature less than units everywhere, nobody can tell one too few from a size that was mixed up."""
    near = dataclasses.replace(
        find("rnn_step"),
        cases=lambda rng: rnn_case(rng, 3, 4, 5),
        other_cases=(rnn_case(np.random.default_rng(1), 2, 7, 8),),
    )
    evidence = evidence_for(near, lambda x, h, *rest: rnncourse.rnn_step(x, h, *rest)[:, 1:] + 9)
    assert "axis 1 there is one too few in every case, which makes it as long as the number of features" in (
        relations.find(evidence).text
    )


def test_right_in_some_cases():
    words = said("encode_sentences", mistake("encode_sentences", "<eos> forgotten"))
    assert "right where end is False, wrong where it is True" in words


# --------------------------------------------------------------------------------------------------------- counts
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda features, units: features * units + units * units, "units too little"),
        (lambda features, units: features * units + units, "units · units too little"),
        (lambda features, units: features * units + units * units + 2 * units, "your count has units too much"),
        (
            lambda features, units: 2 * features * units + units,
            "features · units too much and units · units too little",
        ),
    ],
)
def test_what_a_count_has_too_much(wrong, words):
    assert words in said("parameter_count", wrong)


def test_where_nothing_else_is_known_of_a_number_all_cases_stand_side_by_side():
    words = relations.side_by_side(evidence_of("steps_remembered", lambda w_h, threshold: 500))
    assert words.startswith("steps_remembered: wrong in every case, never too small: 500 for ")
    spoilt = lambda w, t: rnncourse.steps_remembered(w, t) - 2 * (abs(w) < 0.7)  # noqa: E731
    assert "cases and never too large: " in relations.side_by_side(evidence_of("steps_remembered", spoilt))
    assert relations.side_by_side(evidence_of("neuron_step", lambda *given: 7)) is None
    assert relations.side_by_side(evidence_of("steps_remembered", lambda w_h, threshold: 1 / 0)) is None


def test_a_count_that_is_too_small_by_the_same_few():
    words = said("encode_sentences", mistake("encode_sentences", "numbers one too large"))
    assert "where your numbers are wrong, they are 1 too large, in every case" in words
    words = said("encode_sentences", mistake("encode_sentences", "special tokens not counted"))
    assert "where your numbers are wrong, they are 4 too small, in every case" in words


def test_a_sum_or_a_mean_of_the_steps_that_count():
    def pooled(query, memory, mask, mean):
        context = np.sum(memory * mask[:, :, None], axis=1)
        return context / mask.sum(axis=1, keepdims=True) if mean else context

    for mean, word in ((False, "sum"), (True, "mean")):
        answer = lambda *given, mean=mean: (pooled(*given, mean), rnncourse.attend(*given)[1])  # noqa: E731
        assert f"your result is the {word} of memory over the steps that count" in said("attend", answer)


def test_a_count_is_looked_at_for_each_kind_of_cell():
    words = said("cell_parameter_count", mistake("cell_parameter_count", "two biases for every gated cell"))
    assert "for 'gru', your count is right; for 'lstm', your count has 4 · units too much" in words


def test_pairs_missing_and_too_many():
    words = said("skip_gram_pairs", mistake("skip_gram_pairs", "the word itself"))
    assert "7 pairs are too many" in words
    assert "No pair is missing" in words
    turned = said("skip_gram_pairs", lambda *a: tuple(part[::-1] for part in rnncourse.skip_gram_pairs(*a)))
    assert "every pair is there, but in another order" in turned


# ------------------------------------------------------------------------------------------- nothing by coincidence
@pytest.mark.parametrize("name", FUNCTIONS)
def test_nothing_is_said_of_numbers_that_have_nothing_to_do_with_the_truth(name):
    rng = np.random.default_rng(len(name))
    evidence = evidence_of(name, FUNCTIONS[name].reference)
    noise = tuple(
        dataclasses.replace(
            outcome,
            values=tuple(
                v + rng.integers(11, 97, v.shape) if v.dtype.kind in "iu" else rng.uniform(-1, 1, v.shape)
                for v in outcome.values
            ),
        )
        for outcome in evidence.outcomes
    )
    found = relations.find(dataclasses.replace(evidence, outcomes=noise))
    true_of_noise = "the rows should add up to 1; yours do not", "the right numbers are 0, and yours are not"
    assert found is None or any(words in found.text for words in true_of_noise)


def test_a_relation_that_one_case_contradicts_is_not_said():
    evidence = evidence_of("sequence_to_sequence", lambda *a: -find("sequence_to_sequence").reference(*a))
    assert relations.find(evidence)
    last = dataclasses.replace(evidence.outcomes[-1], values=(evidence.outcomes[-1].values[0] + 0.01,))
    assert relations.find(dataclasses.replace(evidence, outcomes=(*evidence.outcomes[:-1], last))) is None


def test_an_answer_that_raised_is_left_alone():
    evidence = evidence_of("rnn_step", rnncourse.rnn_step)
    raised = (Outcome(Ending.RAISED, text="ValueError"), *evidence.outcomes[1:])
    assert relations.find(Evidence(evidence.exercise, evidence.cases, raised, evidence.expected)) is None


@pytest.mark.parametrize("name", FUNCTIONS)
def test_catalogued_mistakes_can_be_looked_at(name):
    for known in FUNCTIONS[name].mistakes[len(name) % 6 :: 6]:
        words = said(name, known.function)
        assert "None" not in words
        assert "{" not in words.replace("{}", "")


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("temperature_for", lambda logits, share: share, "temperature_for: it is share as it was given."),
        (
            "lstm_step",
            lambda x, state, *rest: state,
            "h and c of lstm_step: each is as it was given, in state.",
        ),
        (
            "lstm_step",
            lambda x, state, *rest: state[::-1],
            "h of lstm_step: it is state[1] as it was given. c of lstm_step: it is state[0] as it was given.",
        ),
        ("temperature_for", lambda logits, share: share + 1e-3, None),
        ("temperature_for", lambda logits, share: None, None),
    ],
)
def test_an_argument_that_comes_back_is_named(name, answer, words):
    assert relations.handed_back(evidence_of(name, answer)) == words


def test_of_the_right_answers_none_is_told_that_it_hands_something_back():
    for name, exercise in FUNCTIONS.items():
        assert relations.handed_back(evidence_of(name, exercise.reference)) is None, name


def test_a_factor_of_its_own_for_each_part_is_not_called_one_number():
    apart = said("clip_by_global_norm", mistake("clip_by_global_norm", "each array stretched to its own norm"))
    assert "each has a factor of its own" in apart
    together = said("clip_by_global_norm", mistake("clip_by_global_norm", "norms added"))
    assert "W_x, W_h and b of clip_by_global_norm: all is right up to a factor" in together


def test_a_number_that_is_right_but_for_the_rounding():
    exact = said("units_for_budget", mistake("units_for_budget", "not a whole number"))
    assert exact == "units_for_budget: whole numbers are asked for; rounded down, yours are the right ones."


def test_what_is_the_same_all_along_an_axis():
    words = about("seasonal_naive", lambda y: np.repeat(y[:, :1] + y[:, -1:], y.shape[1], axis=1))
    assert words.startswith("seasonal_naive: every ")
    assert words.endswith("of yours is the same, where they should differ.")


def test_the_order_along_an_axis_that_is_short_in_some_cases():
    words = said("make_windows", mistake("make_windows", "nearest last"))
    assert "in reversed order along" in words


def test_what_is_made_of_data_is_told_whatever_is_right():
    alike = relations.of_data(evidence_of("seasonal_naive", mistake("seasonal_naive", "mean of the last season")))
    assert alike.endswith("of yours is the same, where they should differ.")
    assert relations.of_data(evidence_of("seasonal_naive", mistake("seasonal_naive", "one step late"))) is None


def test_of_a_series_few_words_are_enough():
    turned = evidence_of("echo_weights", mistake("echo_weights", "wrong sign"))
    assert relations.of_a_series(turned) == "echo_weights: your numbers are the right ones with the other sign."
    assert relations.of_a_series(evidence_of("echo_weights", mistake("echo_weights", "every neuron read"))) is None
