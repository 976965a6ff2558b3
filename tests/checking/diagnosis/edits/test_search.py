"""Edits of the reference: what is said of wrong answers that nobody has catalogued, and when nothing is."""

import math
from dataclasses import replace

import numpy as np
import pytest

from rnncourse import cells
from rnncourse.checking.calls import ask
from rnncourse.checking.comparing import truth
from rnncourse.checking.diagnosis.edits import search
from rnncourse.checking.diagnosis.evidence import Evidence
from rnncourse.checking.verdicts import judge_function
from rnncourse.exercises import find as find_exercise

from made_exercises import PRODUCT


def evidence(name, function, mistakes=()):
    """An answer to an exercise whose catalogue is empty, or holds the mistakes of these names."""
    exercise = find_exercise(name)
    kept = tuple(mistake for mistake in exercise.mistakes if mistake.name in mistakes)
    exercise = replace(exercise, mistakes=kept)
    cases = tuple(exercise.make_cases(1))
    outcomes = tuple(ask(exercise.as_call(), function, case) for case in cases)
    return Evidence(exercise, cases, outcomes, tuple(truth(exercise, case) for case in cases))


def said(name, function, mistakes=()):
    """What is said of a function that can be asked for more."""
    call = find_exercise(name).as_call()
    return search.find(evidence(name, function, mistakes), lambda case: ask(call, function, case))


def own(name):
    """The function of the catalogued mistake ``exercise: mistake``."""
    exercise, _, mistake = name.partition(": ")
    return next(known.function for known in find_exercise(exercise).mistakes if known.name == mistake)


def gates(inputs, state, kernel, recurrent_kernel, bias, squash=cells.sigmoid):
    """An LSTM step whose three gates go through a function of choice."""
    h, c = state
    i, f, g, o = np.split(inputs @ kernel + h @ recurrent_kernel + bias, 4, axis=1)
    new = squash(f) * c + squash(i) * np.tanh(g)
    return squash(o) * np.tanh(new), new


def complement_of_the_forget_gate(inputs, state, kernel, recurrent_kernel, bias):
    h, c = state
    i, f, g, o = np.split(inputs @ kernel + h @ recurrent_kernel + bias, 4, axis=1)
    new = (1 - cells.sigmoid(f)) * c + cells.sigmoid(i) * np.tanh(g)
    return cells.sigmoid(o) * np.tanh(new), new


def one_step_less(step, inputs, state):
    outputs = []
    for t in range(inputs.shape[1] - 1):
        output, state = step(inputs[:, t], state)
        outputs.append(output)
    return np.stack(outputs, axis=1)


@pytest.mark.parametrize(
    ("name", "function", "words"),
    [
        ("neuron_step", lambda x, h, w_x, w_h, b: np.tanh(w_x * x + b), "w_h times h were left out"),
        ("neuron_step", lambda x, h, w_x, w_h, b: np.tanh(w_x * x - w_h * h + b), "subtracted, not added"),
        ("neuron_step", lambda x, h, w_x, w_h, b: np.tanh(w_x * x + w_h * h) + b, "b stood outside the tanh"),
        ("neuron_step", lambda x, h, w_x, w_h, b: cells.sigmoid(w_x * x + w_h * h + b), "went through the sigmoid"),
        ("neuron_with_readout", own("neuron_with_readout: old state read out"), "h stood in place of the state"),
        ("neuron_with_readout", own("neuron_with_readout: results swapped"), "results came in another order"),
        ("run_neuron", own("run_neuron: state never updated"), "every step began with the first h"),
        ("run_neuron", own("run_neuron: tanh left out"), "the tanh around"),
        ("sequence_to_sequence", one_step_less, "left out its last step"),
        ("rnn_step", own("rnn_step: recurrent kernel transposed"), "the recurrent kernel were transposed"),
        ("bptt", own("bptt: bias: mean over the batch"), "the mean in place of the sum"),
        ("lstm_step", complement_of_the_forget_gate, "1 minus the sigmoid of the gate f"),
        ("lstm_step", lambda *given: gates(*given, squash=np.tanh), "at each such place"),
        (
            "masked_cross_entropy",
            own("masked_cross_entropy: likeliest word for the right one"),
            "the largest of the log-",
        ),
        ("bits_per_character", own("bits_per_character: natural logarithm"), "in place of the logarithm to base 2"),
        ("units_for_budget", own("units_for_budget: biases left out"), "the layers were not added to the features"),
        ("early_stopping", own("early_stopping: one epoch too patient"), "is equal to the patience did not count"),
        ("early_stopping", own("early_stopping: one epoch too hasty"), "the border were one lower"),
        ("early_stopping", own("early_stopping: an equal cost taken for progress"), "counted, too"),
        ("early_stopping", own("early_stopping: bad epochs counted in all"), "waited were never set back to 0"),
        ("early_stopping", own("early_stopping: the cost returned"), "cost were returned in place of the best epoch"),
        ("resting_share", own("resting_share: slope before the tanh"), "what goes into the tanh stood in place of h"),
        ("resting_share", own("resting_share: tanh taken once more"), "h went through the tanh first"),
        ("gradient_norms", own("gradient_norms: norm of the mean"), "the mean were taken before the length"),
        ("beam_search", own("beam_search: worst kept"), "sorted the other way round"),
        ("beam_search", own("beam_search: complete sentences lost"), "nothing were done where end is in the tokens"),
        ("averaging_cell", own("averaging_cell: divided by length from the start"), "the length stood in place"),
        ("causal_attention", own("causal_attention: place itself masked"), "reached one place less far"),
        ("prefix_scan", own("prefix_scan: one round only"), "one round only"),
        ("lengths_from_tokens", own("lengths_from_tokens: last end token"), "went on where it is to stop"),
        ("neuron_bptt", own("neuron_bptt: present state in the gradient of the recurrent weights"), "from t, in the"),
    ],
)
def test_names_one_change(name, function, words):
    found = said(name, function)
    assert found.startswith("Your numbers are as if ")
    assert words in found


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("parameter_count: biases left out", "the term with the units alone were left out"),
        ("parameter_count: one recurrent weight a neuron", "the units, were left out of the units times the units"),
        ("parameter_count: one bias an input", "in place of the units, in the term with the units alone"),
        ("scaled_parts: mean of the whole series", "not only up to cut, in the mean"),
        ("scaled_parts: deviation of the whole series", "not only up to cut, in the standard deviation"),
        ("seasonal_naive: one value for all steps", "k were not added to the length of axis 1 of the inputs"),
        ("skip_gram_pairs: only what came before", "where the steps end"),
        ("grouped_attention: output kernel of the group", "in place of the head, in the index of w_o"),
        ("corpus_bleu: no brevity penalty", "the factor the brevity were left out"),
    ],
)
def test_says_where_if_a_name_alone_does_not_say_it(name, words):
    assert words in said(name.partition(":")[0], own(name))


def place_too_early(inputs, season, ahead):
    last = inputs.shape[1] - season
    return np.stack([inputs[:, last + k % season - 1, 0] for k in range(ahead)], axis=1)


def least_similar(table, token, count):
    cosines = table @ table[token] / np.linalg.norm(table, axis=1) / np.linalg.norm(table[token])
    return np.array([word for word in np.argsort(cosines, kind="stable") if word != token][:count])


def one_beam_more(log_probabilities, width, longest, end=2, power=0.0):
    beams = [((), 0.0)]
    for _ in range(longest):
        new = []
        for tokens, score in beams:
            if tokens and tokens[-1] == end:
                new.append((tokens, score))
            else:
                new += [((*tokens, token), score + gain) for token, gain in enumerate(log_probabilities(tokens))]
        beams = sorted(new, key=lambda beam: beam[1], reverse=True)[: width + 1]
    best = max(beams, key=lambda beam: beam[1] / len(beam[0]) ** power)
    return np.array(best[0]), best[1]


def scores_not_divided(queries, keys, values):
    scores = queries @ keys.transpose(0, 2, 1)
    place = np.arange(scores.shape[1])
    scores = np.where(place[:, None] >= place, scores, -np.inf)
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights = powers / powers.sum(axis=-1, keepdims=True)
    return weights @ values, weights


def end_token_not_counted(tokens, end):
    return np.array([row.index(end) if end in row else len(row) for row in np.asarray(tokens).tolist()])


def window_too_long(length):
    def step(x, state):
        state = [*state, x][-(length + 1) :]
        return sum(state) / len(state), state

    return step, []


def shares_not_weighted(learn, before, letters):
    shares = np.full(len(letters), 1 / len(letters))
    for n in range(len(before) + 1):
        next_letters = [learn[i + n] for i in range(len(learn) - n) if learn[i : i + n] == before[len(before) - n :]]
        counts = np.array([next_letters.count(letter) for letter in letters])
        if counts.any():
            shares = (counts + shares) / (counts.sum() + np.count_nonzero(counts))
    return shares


def epoch_of_the_stop_twice(costs, patience):
    lowest, keep = math.inf, 0
    for epoch, cost in enumerate(costs):
        if cost < lowest:
            lowest, keep = cost, epoch
        elif epoch - keep >= patience:
            return epoch, epoch
    return len(costs) - 1, len(costs) - 1


def only_what_comes_after(tokens, window):
    places = [(i, j) for i in range(len(tokens)) for j in range(i + 1, min(len(tokens), i + window + 1))]
    return np.array([tokens[i] for i, _ in places]), np.array([tokens[j] for _, j in places])


def targets_are_inputs(series, time_steps, ahead=1):
    starts = range(len(series) - time_steps - ahead + 1)
    targets = [[series[start + t : start + t + ahead] for t in range(time_steps)] for start in starts]
    return np.array([series[start : start + time_steps] for start in starts])[..., None], np.array(targets)


@pytest.mark.parametrize(
    ("name", "function", "words"),
    [
        ("seasonal_naive", place_too_early, "the season were one higher, in the last season"),
        ("cosine_neighbours", least_similar, "the sign of the cosines were not turned"),
        ("beam_search", one_beam_more, "ended one entry later, in the beams"),
        ("causal_attention", scores_not_divided, "the division by the square root of the length of axis 2 of the keys"),
        ("lengths_from_tokens", end_token_not_counted, "1 were not added to the place, in the length"),
        ("averaging_cell", window_too_long, "entries of the state is compared with the length"),
        ("interpolated_shares", shares_not_weighted, "the kinds, were left out of the kinds times the shares"),
        ("early_stopping", epoch_of_the_stop_twice, "the epoch were returned in place of the best epoch"),
        ("skip_gram_pairs", only_what_comes_after, "the window were not subtracted from the place, where the steps"),
        ("make_windows", targets_are_inputs, "1 were not added to the places, in targets"),
    ],
)
def test_names_mistakes_that_are_in_no_catalogue(name, function, words):
    assert words in said(name, function)


def test_an_overwritten_sum_is_named_for_its_own_part():
    def overwritten(inputs, states, output_gradients, w_h):
        for_w_x = for_w_h = for_b = later = 0.0
        for t in reversed(range(len(inputs))):
            delta = (output_gradients[t] + later) * (1 - states[t] ** 2)
            for_w_x += delta * inputs[t]
            if t > 0:
                for_w_h += delta * states[t - 1]
            for_b = delta
            later = delta * w_h
        return for_w_x, for_w_h, for_b

    found = said("neuron_bptt", overwritten)
    assert found == "Your numbers are as if each step overwrote the gradient of the bias, where it is to be added up."


def test_factors_that_are_overwritten_are_to_be_multiplied():
    def last_factor(states, w_h):
        for h in states:
            factor = w_h * (1 - h**2)
        return factor

    cases = tuple(PRODUCT.make_cases(1))
    outcomes = tuple(ask(PRODUCT.as_call(), last_factor, case) for case in cases)
    found = search.find(Evidence(PRODUCT, cases, outcomes, tuple(truth(PRODUCT, case) for case in cases)))
    assert "each step overwrote the factor, where all steps are to be multiplied" in found


def test_two_changes_at_once():
    found = said("neuron_step", lambda x, h, w_x, w_h, b: cells.sigmoid(w_x * x + w_h * h))
    assert "two things came together" in found
    assert "b were left out" in found
    assert "through the sigmoid" in found


def all_kept_without_bias(inputs, state, kernel, recurrent_kernel, bias):
    h, c = state
    i, _, g, o = np.split(inputs @ kernel + h @ recurrent_kernel, 4, axis=1)
    new = c + cells.sigmoid(i) * np.tanh(g)
    return cells.sigmoid(o) * np.tanh(new), new


def test_two_known_mistakes_are_both_named():
    found = said("lstm_step", all_kept_without_bias, mistakes=("no bias", "f left out"))
    assert found == "Your numbers are what two known mistakes give together: “f left out” and “no bias”."


def oldest_first_and_untransposed(states, recurrent_kernel, last_gradient, activation="tanh"):
    slopes = {"tanh": 1 - states**2, "relu": states > 0, "linear": np.ones_like(states)}[activation]
    norms, gradient = [], last_gradient
    for t in reversed(range(states.shape[1])):
        norms.append(np.mean(np.linalg.norm(gradient, axis=1)))
        gradient = (gradient * slopes[:, t]) @ recurrent_kernel
    return norms[::-1]


def test_a_change_on_top_of_a_known_mistake():
    found = said("gradient_norms", oldest_first_and_untransposed, mistakes=("oldest first",))
    assert "a known mistake gives, “oldest first”, with another one on top" in found
    assert "the recurrent kernel were not transposed" in found


def natural_logarithm_of_the_mean(probabilities, targets):
    return -np.log(np.mean(probabilities[np.arange(len(targets)), targets]))


def test_another_base_on_top_of_a_known_mistake_about_the_logarithm():
    found = said("bits_per_character", natural_logarithm_of_the_mean, mistakes=("logarithm of the mean",))
    assert "a known mistake gives, “logarithm of the mean”, with another one on top" in found
    assert "the logarithm in place of the logarithm to base 2" in found


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("neuron_step", lambda x, h, w_x, w_h, b: np.tanh(w_x * x + w_h * h + b) + 0.1234),
        ("neuron_step", lambda x, h, w_x, w_h, b: 1 / 0),
        ("steps_remembered", lambda w_h, threshold: 7),
        ("auc_per_unit", lambda states, marks: np.zeros(states.shape[1])),
    ],
)
def test_says_nothing_without_a_fit(name, function):
    assert said(name, function) is None


def steps_by_chance(w_h, threshold):
    """Right by chance for the cases of ``check``: as if one less were counted, and something else in other cases."""
    right = cells.steps_remembered(w_h, threshold)
    known = any(case["w_h"] == w_h for case in find_exercise("steps_remembered").make_cases(1))
    return right - 1 if known else right - 3


def test_small_whole_numbers_are_looked_at_in_more_cases():
    assert said("steps_remembered", lambda w_h, threshold: cells.steps_remembered(w_h, threshold) - 1) is not None
    assert said("steps_remembered", steps_by_chance) is None


def test_what_it_says_depends_on_counts_and_not_on_a_clock(monkeypatch):
    slow = evidence("neuron_step", lambda x, h, w_x, w_h, b: cells.sigmoid(w_x * x + w_h * h))
    monkeypatch.setattr(search, "WORK", 0)
    assert search.find(slow) is None
    monkeypatch.setattr(search, "WORK", 2_000)
    assert search.find(slow) == search.find(slow)


def test_a_slope_that_is_missing_is_said_before_what_does_not_change_without_it():
    """That the gradient of W_x does not change with the states is true, and sends a learner to the wrong term."""
    exercise = find_exercise("bptt")
    left_out = own("bptt: slope of the tanh left out")
    unknown = replace(exercise, mistakes=tuple(one for one in exercise.mistakes if one.function is not left_out))
    advice = judge_function(unknown, left_out, 1).advice
    assert "the factor 1 minus the square of the states at step t were left out" in advice
    assert "does not change" not in advice


def test_nothing_is_said_of_one_part_where_the_others_stay_open():
    """Each array clipped by its own norm: for the shortest it is as if nothing had been clipped."""

    def each_by_itself(gradients, limit):
        return [g * min(1.0, limit / max(np.linalg.norm(g), 1e-12)) + (0.01 * i) for i, g in enumerate(gradients)]

    assert said("clip_by_global_norm", each_by_itself) is None


def test_the_length_of_another_axis_is_named():
    def batch_for_steps(step, inputs, state):
        outputs = []
        for t in range(len(inputs)):
            output, state = step(inputs[:, t], state)
            outputs.append(output)
        return np.stack(outputs, axis=1)

    assert "the length of axis 0 of the inputs" in said("sequence_to_sequence", batch_for_steps)


def test_one_gate_in_place_of_another_at_both_places():
    def blended_by_r(inputs, state, kernel, recurrent_kernel, bias, reset_after=True):
        x_bias, state_bias = bias if reset_after else (bias, np.zeros_like(bias))
        _, x_r, x_g = np.split(inputs @ kernel + x_bias, 3, axis=-1)
        _, u_r, u_g = np.split(recurrent_kernel, 3, axis=1)
        _, b_r, b_g = np.split(state_bias, 3)
        r = cells.sigmoid(x_r + state @ u_r + b_r)
        g = np.tanh(x_g + (r * (state @ u_g + b_g) if reset_after else (r * state) @ u_g))
        return r * state + (1 - r) * g

    assert "the gate r stood in place of the gate z, and likewise at each such place" in said("gru_step", blended_by_r)


def test_says_no_code():
    for mistake in find_exercise("rnn_step").mistakes[:6]:
        found = said("rnn_step", mistake.function) or ""
        assert not any(sign in found for sign in ("@", "**", "==", "np.", "_tick", "(", "["))


def test_leaves_arguments_and_random_numbers_as_they_were():
    found = evidence("lengths_from_tokens", own("lengths_from_tokens: last end token"))
    before = [np.array(case["tokens"]) for case in found.cases]
    np.random.seed(3)
    state = np.random.get_state()[1].copy()
    search.find(found)
    assert all(np.array_equal(old, case["tokens"]) for old, case in zip(before, found.cases, strict=True))
    assert np.array_equal(state, np.random.get_state()[1])


def test_whole_powers_stay_small():
    """Changes of a formula of whole numbers soon ask for powers with millions of digits."""
    assert search.find(evidence("units_for_budget", lambda features, layers, budget: math.isqrt(budget))) is None


def test_a_change_that_would_spoil_a_part_that_is_right_fits_by_chance():
    said_of = said("resting_share", own("resting_share: slope before the tanh"))
    assert said_of is None or "in h" not in said_of, "h would come to rest elsewhere, and the place of rest is right"


def test_a_change_that_would_spoil_other_parts_is_not_said_of_one_alone():
    assert said("clip_by_global_norm", own("clip_by_global_norm: each array by its own norm")) is None


def test_two_changes_are_not_named_where_something_simpler_is_known():
    turned_round = own("negative_sampling_loss: sign of the whole")
    assert "two things" in said("negative_sampling_loss", turned_round)
    assert search.find(evidence("negative_sampling_loss", turned_round), None, lambda: True) is None


def test_a_text_does_not_stand_in_place_of_numbers():
    said_of = said("interpolated_shares", own("interpolated_shares: shorter context not weighted"))
    assert said_of is None or "the learn stood" not in said_of


def test_one_step_of_several_that_make_a_value_is_told_by_what_it_is_made_of():
    words = said("generate_until", own("generate_until: rows go on after their end"))
    assert "make of the tokens were left out" in words
    assert "not renewed" not in words


def test_the_loop_is_named_where_there_are_two():
    assert said("continue_series", own("continue_series: state not handed on while reading")).endswith(
        "the first loop."
    )
    assert said("continue_series", own("continue_series: state not handed on")).endswith("in the second loop.")


def test_what_is_not_turned_round_is_named():
    words = said("bidirectional", own("bidirectional: backward outputs not turned back"))
    assert "were not turned round" in words
    assert "the sign of 1" not in words
