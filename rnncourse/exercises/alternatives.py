"""Other right answers, as learners write them: with loops and conditions where the reference has one line of NumPy.

A diagnosis that looks for the place where an answer leaves the right way needs ways that look like the answer. Each
function gives what the reference of the exercise of its name gives; the exercise names it among its ``alternatives``.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np


def steps_remembered(w_h: Any, threshold: Any = 0.01) -> Any:
    """Fading step by step, counted."""
    size, steps = 1.0, 0
    while size >= threshold:
        size = size * abs(w_h)
        steps += 1
    return steps


def bidirectional(forward_step: Any, backward_step: Any, inputs: Any, forward_state: Any, backward_state: Any) -> Any:
    """Two loops, the second from the last step to the first, into a list that is turned round."""
    forward, backward = [], []
    for t in range(inputs.shape[1]):
        output, forward_state = forward_step(inputs[:, t], forward_state)
        forward.append(output)
    for t in reversed(range(inputs.shape[1])):
        output, backward_state = backward_step(inputs[:, t], backward_state)
        backward.append(output)
    backward.reverse()
    return np.concatenate([np.stack(forward, axis=1), np.stack(backward, axis=1)], axis=2)


def influence(kind: Any, source_steps: Any, target_steps: Any) -> Any:
    """Every pair of steps, one by one."""
    table = np.zeros((target_steps, source_steps))
    for target in range(target_steps):
        for source in range(source_steps):
            if kind != "sequence-to-sequence" or source <= target:
                table[target, source] = 1
    return table


def averaging_cell(length: Any) -> Any:
    """Inputs one above the other in one array, none before the first step."""

    def step(inputs: Any, state: Any) -> Any:
        newest = inputs[np.newaxis]
        state = newest if state is None else np.concatenate([state, newest])
        if len(state) > length:
            state = state[1:]
        return state.mean(axis=0), state

    return step, None


def assign_batches(lengths: Any, size: Any) -> Any:
    """The batches filled one after the other, the longest sequences first."""
    numbers = np.zeros(len(lengths), dtype=int)
    order = np.argsort(lengths)[::-1]
    for place in range(len(order)):
        numbers[order[place]] = place // size
    return numbers


def lengths_from_tokens(tokens: Any, end: Any) -> Any:
    """Two loops, the inner one left at the end token."""
    lengths = []
    for row in tokens:
        length = len(row)
        for place in range(len(row)):
            if row[place] == end:
                length = place + 1
                break
        lengths.append(length)
    return np.array(lengths)


def generate_until(step: Any, start: Any, state: Any, end: Any, longest: Any) -> Any:
    """A loop that is left when all have ended."""
    tokens, ended, written = start, np.zeros(len(start), dtype=bool), []
    for _ in range(longest):
        tokens, state = step(tokens, state)
        tokens = np.where(ended, end, tokens)
        written.append(tokens)
        ended = ended | (tokens == end)
        if ended.all():
            break
    return np.stack(written, axis=1)


def cross_entropy(logits: Any, labels: Any) -> Any:
    """By way of the probabilities, row by row; where one is too small for a number, by way of the sum."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    powers = np.exp(shifted)
    probabilities = powers / powers.sum(axis=1, keepdims=True)
    total = 0.0
    for row in range(len(labels)):
        chosen = probabilities[row, labels[row]]
        total += -np.log(chosen) if chosen > 0 else np.log(powers[row].sum()) - shifted[row, labels[row]]
    return total / len(labels)


def make_windows(series: Any, time_steps: Any, ahead: Any) -> Any:
    """Two lists of slices."""
    inputs, targets = [], []
    for start in range(len(series) - time_steps - ahead + 1):
        inputs.append(series[start : start + time_steps])
        following = []
        for t in range(time_steps):
            following.append(series[start + t + 1 : start + t + 1 + ahead])
        targets.append(following)
    return np.array(inputs)[..., np.newaxis], np.array(targets)


def bits_per_character(probabilities: Any, targets: Any) -> Any:
    """Character by character."""
    total = 0.0
    for row in range(len(targets)):
        total -= math.log2(probabilities[row, targets[row]])
    return total / len(targets)


def interpolated_shares(learn: Any, before: Any, letters: Any) -> Any:
    """Place by place, with a dictionary of counts."""
    shares = {letter: 1 / len(letters) for letter in letters}
    for start in range(len(before), -1, -1):
        context = before[start:]
        counts: dict[str, int] = {}
        for end in range(len(context), len(learn)):
            if learn[:end].endswith(context):
                counts[learn[end]] = counts.get(learn[end], 0) + 1
        kinds, total = len(counts), sum(counts.values())
        for letter in letters:
            if kinds:
                shares[letter] = (counts.get(letter, 0) + kinds * shares[letter]) / (total + kinds)
    return np.array([shares[letter] for letter in letters])


def temperature_for(logits: Any, share: Any) -> Any:
    """The largest logit taken off; the logarithm of T is halved in."""
    below = logits - np.max(logits)
    low, high = -20.0, 20.0
    for _ in range(80):
        middle = (low + high) / 2
        if 1 / np.sum(np.exp(below / np.exp(middle))) > share:
            low = middle
        else:
            high = middle
    return np.exp(middle)


def auc_per_unit(states: Any, marks: Any) -> Any:
    """All pairs at once."""
    inside, outside = states[marks], states[~marks]
    higher = inside[:, np.newaxis] > outside[np.newaxis]
    equal = inside[:, np.newaxis] == outside[np.newaxis]
    return np.mean(higher + 0.5 * equal, axis=(0, 1))


def units_for_budget(features: Any, layers: Any, budget: Any) -> Any:
    """One unit more, until it is too many."""
    units = 0
    while True:
        next_units = units + 1
        first_layer = next_units * (features + next_units + 1)
        count = first_layer + (layers - 1) * next_units * (next_units + next_units + 1)
        if count > budget:
            return units
        units = next_units


def dropout(values: Any, rate: Any, noise: Any, training: Any = True) -> Any:
    """By np.where."""
    if not training:
        return values
    return np.where(noise < rate, 0, values / (1 - rate))


def resting_share(w_h: Any) -> Any:
    """Until nothing changes any more."""
    before, h = 2.0, 1.0
    while abs(before - h) > 1e-12:
        before, h = h, math.tanh(w_h * h)
    slope = 1 - h**2
    return h, w_h * slope


def kernel_that_keeps(units: Any) -> Any:
    """The waves of the discrete cosine transform, one per row."""
    places = np.pi * (np.arange(units) + 0.5) / units
    waves = np.array([np.cos(number * places) for number in range(units)])
    return waves / np.linalg.norm(waves, axis=1, keepdims=True)


def sigmoid(x: Any) -> Any:
    """The formula."""
    return 1 / (1 + np.exp(-x))


def forget_bias_for(steps: Any, share: Any = 0.5) -> Any:
    """The gate first, then the logarithm."""
    forget = math.exp(math.log(share) / steps)
    return math.log(forget / (1 - forget))


def cell_parameter_count(cell: Any, features: Any, units: Any, reset_after: Any = True) -> Any:
    """The three arrays by name, then how many of them."""
    kernel, recurrent_kernel, bias = features * units, units * units, units
    if cell == "rnn":
        return kernel + recurrent_kernel + bias
    if cell == "lstm":
        return 4 * (kernel + recurrent_kernel + bias)
    biases = 2 if reset_after else 1
    return 3 * (kernel + recurrent_kernel + biases * bias)


def lookup_gradient(tokens: Any, gradients: Any, words: Any) -> Any:
    """Place by place."""
    total = np.zeros((words, gradients.shape[-1]))
    for place in np.ndindex(tokens.shape):
        total[tokens[place]] += gradients[place]
    return total


def skip_gram_pairs(tokens: Any, window: Any) -> Any:
    """Two loops and a condition."""
    centres, contexts = [], []
    for place in range(len(tokens)):
        for other in range(max(0, place - window), min(len(tokens), place + window + 1)):
            if other != place:
                centres.append(tokens[place])
                contexts.append(tokens[other])
    return np.array(centres), np.array(contexts)


def negative_sampling_loss(centres: Any, contexts: Any, noise: Any, negatives: Any = 5.0) -> Any:
    """Near and far, a line each."""
    near = np.sum(centres * contexts, axis=1)
    far = centres @ noise.T
    return np.mean(-np.log(sigmoid(near))) + negatives * np.mean(-np.log(sigmoid(-far)))


def cosine_neighbours(table: Any, token: Any, count: Any) -> Any:
    """All cosines, sorted, without the word itself."""
    lengths = np.sqrt(np.sum(table**2, axis=1))
    cosines = table @ table[token] / (lengths * lengths[token])
    order = np.argsort(-cosines)
    return order[order != token][:count]


def masked_cross_entropy(logits: Any, targets: Any) -> Any:
    """By way of the probabilities, place by place; where one is too small for a number, by way of the sum."""
    shifted = logits - logits.max(axis=2, keepdims=True)
    powers = np.exp(shifted)
    probabilities = powers / powers.sum(axis=2, keepdims=True)
    total, words = 0.0, 0
    for row in range(targets.shape[0]):
        for t in range(targets.shape[1]):
            word = targets[row, t]
            if word != 0:
                chosen = probabilities[row, t, word]
                total += -np.log(chosen) if chosen > 0 else np.log(powers[row, t].sum()) - shifted[row, t, word]
                words += 1
    return total / words


def corpus_bleu(predictions: Any, references: Any) -> Any:
    """Runs in lists; each that is right is crossed off."""
    pairs = [(one.split(), other.split()) for one, other in zip(predictions, references, strict=True)]
    said = sum(len(prediction) for prediction, _ in pairs)
    wanted = sum(len(reference) for _, reference in pairs)
    product = 1.0
    for n in range(1, 5):
        right, total = 0, 0
        for prediction, reference in pairs:
            runs_left = [reference[k : k + n] for k in range(len(reference) - n + 1)]
            for k in range(len(prediction) - n + 1):
                run = prediction[k : k + n]
                total += 1
                if run in runs_left:
                    runs_left.remove(run)
                    right += 1
        if right == 0:
            return 0.0
        product *= right / total
    brevity = 1.0 if said > wanted else math.exp(1 - wanted / said)
    return 100 * brevity * product**0.25


def fooling_language(width: Any) -> Any:
    """Two words more than tempting ones; what follows them is any word but the last."""
    words = width + 2
    first = np.ones(words)
    first[width] = 0.9
    first[width + 1] = 0.1
    second = np.zeros((words, words))
    second[:, : words - 1] = 1 / (words - 1)
    second[width] = 0.0
    second[width, words - 1] = 1.0
    return first / first.sum(), second


def attend(query: Any, memory: Any, mask: Any) -> Any:
    """Products and sums written out."""
    scores = np.sum(query[:, np.newaxis] * memory, axis=2)
    scores = np.where(mask, scores, -np.inf)
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights = powers / powers.sum(axis=1, keepdims=True)
    return np.sum(weights[:, :, np.newaxis] * memory, axis=1), weights


def run_two_steps(first: Any, second: Any, kernel: Any, recurrent_kernel: Any, bias: Any) -> Any:
    """Both sums written out, the first without a state."""
    first_output = np.tanh(first @ kernel + bias)
    second_output = np.tanh(second @ kernel + first_output @ recurrent_kernel + bias)
    return first_output, second_output


def run_with_lengths(step: Any, inputs: Any, state: Any, lengths: Any) -> Any:
    """Into an array of zeros; a row is written while it lasts."""
    state, rows = np.array(state), len(inputs)
    outputs = []
    for t in range(inputs.shape[1]):
        output, new_state = step(inputs[:, t], state)
        shown = np.zeros_like(output)
        kept = state.copy()
        for row in range(rows):
            if t < lengths[row]:
                shown[row] = output[row]
                kept[row] = new_state[row]
        state = kept
        outputs.append(shown)
    return np.stack(outputs, axis=1), state


def clip_by_global_norm(gradients: Any, limit: Any) -> Any:
    """A running sum of squares, then a condition."""
    total = 0.0
    for gradient in gradients:
        total += np.sum(gradient**2)
    norm = np.sqrt(total)
    if norm <= limit:
        return gradients
    return [gradient * limit / norm for gradient in gradients]


def scaled_parts(series: Any, cut: Any) -> Any:
    """Scaled as a whole by what the first part tells, and cut in the end."""
    scaled = (series - np.mean(series[:cut])) / np.std(series[:cut])
    return scaled[:cut], scaled[cut:]


def seasonal_naive(inputs: Any, season: Any, ahead: Any) -> Any:
    """Value by value, going back by seasons until there is one."""
    forecasts = np.zeros((len(inputs), ahead))
    for k in range(ahead):
        place = inputs.shape[1] + k
        while place >= inputs.shape[1]:
            place = place - season
        forecasts[:, k] = inputs[:, place, 0]
    return forecasts


def fit_causal_linear(inputs: Any, targets: Any) -> Any:
    """The normal equations, a row of weights for each step."""
    windows, time_steps = inputs.shape[:2]
    weights, biases = np.zeros((time_steps, time_steps)), np.zeros(time_steps)
    for t in range(time_steps):
        seen = np.hstack([inputs[:, : t + 1, 0], np.ones((windows, 1))])
        solved = np.linalg.pinv(seen) @ targets[:, t, 0]
        weights[t, : t + 1] = solved[:-1]
        biases[t] = solved[-1]
    return weights, biases


def gradient_norms(states: Any, recurrent_kernel: Any, last_gradient: Any) -> Any:
    """Measured, then one step back."""
    gradient, norms = last_gradient, []
    for t in range(states.shape[1] - 1, -1, -1):
        lengths = np.sqrt(np.sum(gradient**2, axis=1))
        norms.append(np.mean(lengths))
        gradient = (gradient * (1 - states[:, t] ** 2)) @ recurrent_kernel.T
    return np.array(norms)


def gru_step(inputs: Any, state: Any, kernel: Any, recurrent_kernel: Any, bias: Any, reset_after: Any = True) -> Any:
    """The weights taken apart first; the two forms in two branches."""
    w_z, w_r, w_g = np.split(kernel, 3, axis=1)
    u_z, u_r, u_g = np.split(recurrent_kernel, 3, axis=1)
    if reset_after:
        b_z, b_r, b_g = np.split(bias[0], 3)
        c_z, c_r, c_g = np.split(bias[1], 3)
        z = sigmoid(inputs @ w_z + state @ u_z + b_z + c_z)
        r = sigmoid(inputs @ w_r + state @ u_r + b_r + c_r)
        g = np.tanh(inputs @ w_g + b_g + r * (state @ u_g + c_g))
    else:
        b_z, b_r, b_g = np.split(bias, 3)
        z = sigmoid(inputs @ w_z + state @ u_z + b_z)
        r = sigmoid(inputs @ w_r + state @ u_r + b_r)
        g = np.tanh(inputs @ w_g + (r * state) @ u_g + b_g)
    return z * state + (1 - z) * g


def encode_sentences(sentences: Any, vocabulary: Any, end: Any = False) -> Any:
    """Word by word into lists, padded to the longest."""
    padding, end_of_sentence, unknown = 0, 2, 3
    numbers = {vocabulary[i]: i for i in range(len(vocabulary))}
    rows = []
    for sentence in sentences:
        row = []
        for word in sentence.split():
            if word in numbers:
                row.append(numbers[word])
            else:
                row.append(unknown)
        if end:
            row.append(end_of_sentence)
        rows.append(row)
    longest = max(len(row) for row in rows)
    return np.array([row + [padding] * (longest - len(row)) for row in rows])


def beam_search(log_probabilities: Any, width: Any, longest: Any, end: Any, power: Any = 0.0) -> Any:
    """Candidates in a list, sorted, cut."""
    beams = [((), 0.0)]
    for _ in range(longest):
        candidates: list = []
        for tokens, score in beams:
            if tokens and tokens[-1] == end:
                candidates.append((tokens, score))
                continue
            gains = log_probabilities(tokens)
            for token in range(len(gains)):
                candidates.append(((*tokens, token), score + gains[token]))
        candidates.sort(key=lambda beam: beam[1], reverse=True)
        beams = candidates[:width]
    tokens, score = beams[0]
    for other, total in beams:
        if total / len(other) ** power > score / len(tokens) ** power:
            tokens, score = other, total
    return np.array(tokens), float(score)


def encoder_decoder(encoder_step: Any, decoder_step: Any, inputs: Any, state: Any, start: Any, time_steps: Any) -> Any:
    """Two loops; only the state goes from one to the other."""
    for t in range(inputs.shape[1]):
        _, state = encoder_step(inputs[:, t], state)
    output, outputs = start, []
    for _ in range(time_steps):
        output, state = decoder_step(output, state)
        outputs.append(output)
    return np.stack(outputs, axis=1)


def descend(inputs: Any, targets: Any, weights: Any, rate: Any, steps: Any, limit: Any) -> Any:
    """All of it in one function: forwards, backwards, clipped, one step down."""
    w_x, w_h, b, w_y, b_y = weights
    time_steps = inputs.shape[1]
    for _ in range(steps):
        states = [np.zeros((len(inputs), len(b)))]
        for t in range(time_steps):
            states.append(np.tanh(inputs[:, t] @ w_x + states[-1] @ w_h + b))
        g_x, g_h, g_b, g_y, g_by = [np.zeros_like(w) for w in (w_x, w_h, b, w_y, b_y)]
        later = 0.0
        for t in range(time_steps - 1, -1, -1):
            state = states[t + 1]
            outgoing = 2 * (state @ w_y + b_y - targets[:, t]) / targets.size
            g_y = g_y + state.T @ outgoing
            g_by = g_by + outgoing.sum(axis=0)
            delta = (outgoing @ w_y.T + later) * (1 - state**2)
            g_x = g_x + inputs[:, t].T @ delta
            g_h = g_h + states[t].T @ delta
            g_b = g_b + delta.sum(axis=0)
            later = delta @ w_h.T
        gradients = [g_x, g_h, g_b, g_y, g_by]
        norm = np.sqrt(sum(np.sum(g**2) for g in gradients))
        step = rate * min(1.0, limit / norm)
        w_x, w_h, b = w_x - step * g_x, w_h - step * g_h, b - step * g_b
        w_y, b_y = w_y - step * g_y, b_y - step * g_by
    return w_x, w_h, b, w_y, b_y


def tape_epoch(model: Any, loss: Any, optimizer: Any, inputs: Any, targets: Any, batch_size: Any) -> Any:
    """A while loop; the outputs named; Keras's own way to apply gradients."""
    import tensorflow as tf

    losses = []
    start = 0
    while start < len(inputs):
        end = start + batch_size
        with tf.GradientTape() as tape:
            outputs = model(inputs[start:end])
            cost = loss(targets[start:end], outputs)
        gradients = tape.gradient(cost, model.trainable_weights)
        optimizer.apply(gradients, model.trainable_weights)
        losses.append(cost.numpy())
        start = end
    return losses


def stack_steps(steps: Any) -> Any:
    """A function inside, with a loop over the cells."""

    def stacked_step(inputs, states):
        new_states = []
        for layer in range(len(steps)):
            inputs, new_state = steps[layer](inputs, states[layer])
            new_states.append(new_state)
        return inputs, tuple(new_states)

    return stacked_step


def between_marks() -> Any:
    """Other weights: a stronger mark, a lower threshold."""
    neuron = 4.0, 2.0, 0.0
    return neuron, neuron, (1.0, 1.0, -1.4)


def early_stopping(costs: Any, patience: Any) -> Any:
    """A counter of the epochs without progress, set to 0 by each lowest cost."""
    lowest_cost, best_epoch, epochs_waited = float("inf"), 0, 0
    for epoch in range(len(costs)):
        if costs[epoch] < lowest_cost:
            lowest_cost, best_epoch, epochs_waited = costs[epoch], epoch, 0
        elif epoch > 0:
            epochs_waited += 1
        if epochs_waited == patience:
            return epoch, best_epoch
    return len(costs) - 1, best_epoch


def lstm_step(inputs: Any, state: Any, kernel: Any, recurrent_kernel: Any, bias: Any) -> Any:
    """A line for each gate."""
    h, c = state
    z = inputs @ kernel + h @ recurrent_kernel + bias
    i, f, g, o = np.split(z, 4, axis=1)
    i = sigmoid(i)
    f = sigmoid(f)
    g = np.tanh(g)
    o = sigmoid(o)
    c = f * c + i * g
    h = o * np.tanh(c)
    return h, c


def lstm_step_backward(
    inputs: Any, state: Any, kernel: Any, recurrent_kernel: Any, bias: Any, h_gradient: Any, c_gradient: Any
) -> Any:
    """A line for each gate, a product for each block."""
    h, c = state
    u_i, u_f, u_g, u_o = np.split(recurrent_kernel, 4, axis=1)
    z = inputs @ kernel + h @ recurrent_kernel + bias
    i, f, g, o = np.split(z, 4, axis=1)
    i = sigmoid(i)
    f = sigmoid(f)
    g = np.tanh(g)
    o = sigmoid(o)
    c_new = f * c + i * g
    d_c = c_gradient + h_gradient * o * (1 - np.tanh(c_new) ** 2)
    d_i = d_c * g * i * (1 - i)
    d_f = d_c * c * f * (1 - f)
    d_g = d_c * i * (1 - g**2)
    d_o = h_gradient * np.tanh(c_new) * o * (1 - o)
    d_h = d_i @ u_i.T + d_f @ u_f.T + d_g @ u_g.T + d_o @ u_o.T
    return d_h, d_c * f


def peephole_lstm_step(inputs: Any, state: Any, kernel: Any, recurrent_kernel: Any, bias: Any, peepholes: Any) -> Any:
    """A line for each gate; o looks at the new c."""
    h, c = state
    p_i, p_f, p_o = peepholes
    z = inputs @ kernel + h @ recurrent_kernel + bias
    i, f, g, o = np.split(z, 4, axis=1)
    i = sigmoid(i + p_i * c)
    f = sigmoid(f + p_f * c)
    g = np.tanh(g)
    c = f * c + i * g
    o = sigmoid(o + p_o * c)
    return o * np.tanh(c), c


def rnn_step_tensorflow(inputs: Any, state: Any, kernel: Any, recurrent_kernel: Any, bias: Any) -> Any:
    """Two products and the bias."""
    import tensorflow as tf

    return tf.tanh(tf.matmul(inputs, kernel) + tf.matmul(state, recurrent_kernel) + bias)


def truncated_rnn(step: Any, inputs: Any, state: Any, length: Any) -> Any:
    """The state is cut off where a piece begins."""
    import tensorflow as tf

    outputs = []
    for t in range(len(inputs)):
        if t % length == 0:
            state = tf.stop_gradient(state)
        output, state = step(inputs[t], state)
        outputs.append(output)
    return outputs, state


def min_lstm_steps(inputs: Any, kernel: Any, bias: Any) -> Any:
    """Step by step, with the three parts of the weights cut out by hand; what stays is 1 minus what comes in."""
    units = kernel.shape[1] // 3
    factors, addends = [], []
    for t in range(inputs.shape[1]):
        products = inputs[:, t] @ kernel + bias
        forget = 1 / (1 + np.exp(-products[:, :units]))
        write = 1 / (1 + np.exp(-products[:, units : 2 * units]))
        share = write / (forget + write)
        factors.append(1 - share)
        addends.append(share * products[:, 2 * units :])
    return np.stack(factors, axis=1), np.stack(addends, axis=1)


def combine_steps(earlier: Any, later: Any) -> Any:
    """What comes of 0 is the addend, and what comes of 1 is the factor more."""
    after = []
    for start in (0.0, 1.0):
        state = earlier[0] * start + earlier[1]
        state = later[0] * state + later[1]
        after.append(state)
    return after[1] - after[0], after[0]


def prefix_scan(combine: Any, factors: Any, addends: Any) -> Any:
    """Blelloch's way: neighbours first, the same for half as many, and then those between."""
    if len(factors) == 1:
        return factors, addends
    pairs = len(factors) // 2
    earlier = factors[0 : 2 * pairs : 2], addends[0 : 2 * pairs : 2]
    later = factors[1 : 2 * pairs : 2], addends[1 : 2 * pairs : 2]
    odd = prefix_scan(combine, *combine(earlier, later))
    all_factors, all_addends = factors.copy(), addends.copy()
    all_factors[1 : 2 * pairs : 2], all_addends[1 : 2 * pairs : 2] = odd
    between = len(factors[2::2])
    if between > 0:
        before = odd[0][:between], odd[1][:between]
        all_factors[2::2], all_addends[2::2] = combine(before, (factors[2::2], addends[2::2]))
    return all_factors, all_addends


def causal_attention(queries: Any, keys: Any, values: Any) -> Any:
    """Place by place: each looks at the slice of the past."""
    outputs, weights = np.zeros((*queries.shape[:2], values.shape[2])), np.zeros((*queries.shape[:2], keys.shape[1]))
    for row in range(len(queries)):
        for t in range(queries.shape[1]):
            scores = keys[row, : t + 1] @ queries[row, t] / math.sqrt(queries.shape[2])
            shares = np.exp(scores - scores.max())
            shares = shares / shares.sum()
            weights[row, t, : t + 1] = shares
            outputs[row, t] = shares @ values[row, : t + 1]
    return outputs, weights


def grouped_attention(inputs: Any, w_q: Any, w_k: Any, w_v: Any, w_o: Any) -> Any:
    """Keys and values once for each group, contexts side by side, and one wide output kernel."""
    heads = w_q.shape[1]
    shared = heads // w_k.shape[1]
    past = np.tri(inputs.shape[1]) > 0
    contexts = []
    for group in range(w_k.shape[1]):
        keys, values = inputs @ w_k[:, group], inputs @ w_v[:, group]
        for head in range(group * shared, (group + 1) * shared):
            queries = inputs @ w_q[:, head]
            scores = queries @ keys.transpose(0, 2, 1) / math.sqrt(keys.shape[2])
            shares = np.where(past, np.exp(scores - scores.max(axis=2, keepdims=True)), 0)
            contexts.append(shares / shares.sum(axis=2, keepdims=True) @ values)
    return np.concatenate(contexts, axis=2) @ w_o.reshape(-1, w_o.shape[2])


# ------------------------------------------------------------------------------------------------------ chapter 16
def cut_in_time(length: Any, time_steps: Any, ahead: Any, first: Any, second: Any) -> Any:
    """With slices: the first start whose targets lie in a part, and the last."""
    starts = np.arange(length)
    cuts = [0, first, second, length]
    return tuple(
        starts[max(0, low - time_steps) : max(0, high - time_steps - ahead + 1)]
        for low, high in itertools.pairwise(cuts)
    )


def lead_in_errors(scores: Any, others: Any) -> Any:
    """With standard deviations."""
    errors = [np.std(row, ddof=1) / np.sqrt(len(row)) for row in (scores, others)]
    return (np.mean(scores) - np.mean(others)) / np.hypot(*errors)


def lookup_weights() -> Any:
    """A query of its key and two ones: the match is worth more than all steps together, a value more than none."""
    w_q, w_k, w_v = np.zeros((11, 8)), np.zeros((11, 8)), np.zeros((11, 4))
    for key in range(6):
        w_q[key, key], w_k[key, key] = 1000.0, 1.0
        w_q[key, 6], w_q[key, 7] = 10.0, 1000.0
    w_k[10, 6] = 1.0
    for value in range(4):
        w_k[6 + value, 7] = 1.0
        w_v[6 + value, value] = 1.0
    return w_q, w_k, w_v
