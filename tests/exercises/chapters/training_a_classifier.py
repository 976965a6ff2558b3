"""Right answers to the exercises on training, written differently from the reference, as learners write them."""

from __future__ import annotations

import math

import numpy as np
import tensorflow as tf

import rnncourse


def neuron_with_list_of_deltas(inputs, states, output_gradients, w_h):
    deltas = [0.0] * (len(inputs) + 1)
    for t in range(len(inputs) - 1, -1, -1):
        deltas[t] = (output_gradients[t] + w_h * deltas[t + 1]) * (1 - states[t] ** 2)
    deltas = np.array(deltas[:-1])
    before = np.concatenate([[0.0], states[:-1]])
    return sum(deltas * inputs), sum(deltas * before), sum(deltas)


def neuron_path_by_path(inputs, states, output_gradients, w_h):
    """Every path by itself: from the output of step k back to step t."""
    slopes = 1 - states**2
    total = np.zeros(3)
    for k in range(len(inputs)):
        for t in range(k + 1):
            path = output_gradients[k] * w_h ** (k - t) * np.prod(slopes[t : k + 1])
            total += path * np.array([inputs[t], states[t - 1] if t else 0.0, 1.0])
    return tuple(total)


def neuron_as_a_layer(inputs, states, output_gradients, w_h):
    column = lambda values: np.reshape(values, (1, -1, 1))  # noqa: E731
    return rnncourse.bptt(column(inputs), column(states), column(output_gradients), np.array([[w_h]]))[0].item(), *(
        g.item()
        for g in rnncourse.bptt(column(inputs), column(states), column(output_gradients), np.array([[w_h]]))[1:]
    )


def layer_with_einsum(inputs, states, output_gradients, recurrent_kernel):
    deltas, later = np.zeros_like(states), 0.0
    for t in range(inputs.shape[1] - 1, -1, -1):
        deltas[:, t] = (output_gradients[:, t] + later) * (1 - np.square(states[:, t]))
        later = np.einsum("bv,uv->bu", deltas[:, t], recurrent_kernel)
    before = np.concatenate([np.zeros_like(states[:, :1]), states[:, :-1]], axis=1)
    return np.einsum("btf,btu->fu", inputs, deltas), np.einsum("btv,btu->vu", before, deltas), deltas.sum(axis=(0, 1))


def layer_instance_by_instance(inputs, states, output_gradients, recurrent_kernel):
    w_x, w_h, b = (
        np.zeros((inputs.shape[2], states.shape[2])),
        np.zeros_like(recurrent_kernel),
        np.zeros(states.shape[2]),
    )
    for x, h, g in zip(inputs, states, output_gradients, strict=True):
        later = np.zeros(len(b))
        for t in reversed(range(len(x))):
            delta = (g[t] + recurrent_kernel @ later) * (1 - h[t] ** 2)
            w_x += np.outer(x[t], delta)
            w_h += np.outer(h[t - 1], delta) if t else 0
            b += delta
            later = delta
    return w_x, w_h, b


def clip_with_tensorflow(gradients, limit):
    return tf.clip_by_global_norm([tf.constant(g) for g in gradients], limit)[0]


def clip_with_one_vector(gradients, limit):
    norm = np.linalg.norm(np.concatenate([np.ravel(g) for g in gradients]))
    return [g * min(1, limit / norm) for g in gradients]


def clip_with_if(gradients, limit):
    norm = math.sqrt(sum((g * g).sum() for g in gradients))
    if norm <= limit:
        return gradients
    return tuple(g / norm * limit for g in gradients)


def entropy_with_tensorflow(logits, labels):
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits))


def entropy_row_by_row(logits, labels):
    costs = []
    for row, label in zip(logits, labels, strict=True):
        top = max(row)
        costs.append(top + math.log(sum(math.exp(z - top) for z in row)) - row[label])
    return sum(costs) / len(costs)


def entropy_with_logaddexp(logits, labels):
    return np.mean(np.logaddexp.reduce(logits, axis=1) - np.take_along_axis(logits, labels[:, None], axis=1)[:, 0])


def descend_with_one_axis_for_batch_and_time(inputs, targets, weights, rate, steps, limit):
    weights = list(weights)
    for _ in range(steps):
        states = rnncourse.run_layer(inputs, *weights[:3])
        outgoing = 2 * (states @ weights[3] + weights[4] - targets) / targets.size
        flat, flat_outgoing = (np.reshape(array, (-1, array.shape[2])) for array in (states, outgoing))
        gradients = list(rnncourse.bptt(inputs, states, outgoing @ weights[3].T, weights[1]))
        gradients += [flat.T @ flat_outgoing, flat_outgoing.sum(axis=0)]
        for place, gradient in enumerate(rnncourse.clip_by_global_norm(gradients, limit)):
            weights[place] = weights[place] - rate * gradient
    return weights


def descend_by_tensorflow(inputs, targets, weights, rate, steps, limit):
    """The gradients by the tape, in place of back-propagation by hand."""
    variables = [tf.Variable(weight) for weight in weights]
    for _ in range(steps):
        with tf.GradientTape() as tape:
            state, cost = tf.zeros((len(inputs), variables[1].shape[0]), tf.float64), 0.0
            for t in range(inputs.shape[1]):
                state = tf.tanh(inputs[:, t] @ variables[0] + state @ variables[1] + variables[2])
                cost += tf.reduce_sum((state @ variables[3] + variables[4] - targets[:, t]) ** 2) / targets.size
        gradients, _ = tf.clip_by_global_norm(tape.gradient(cost, variables), limit)
        for variable, gradient in zip(variables, gradients, strict=True):
            variable.assign_sub(rate * gradient)
    return [variable.numpy() for variable in variables]


def epoch_by_train_on_batch(model, loss, optimizer, inputs, targets, batch_size):
    model.compile(optimizer, loss)
    starts = range(0, len(inputs), batch_size)
    return [float(model.train_on_batch(inputs[i : i + batch_size], targets[i : i + batch_size])) for i in starts]


def epoch_in_pieces(model, loss, optimizer, inputs, targets, batch_size):
    def one_step(batch, labels):
        with tf.GradientTape() as tape:
            cost = tf.reduce_mean(loss(labels, model(batch)))
        optimizer.apply_gradients(zip(tape.gradient(cost, model.weights), model.weights, strict=True))
        return cost

    cuts = range(batch_size, len(inputs), batch_size)
    return np.array([one_step(*pair) for pair in zip(np.split(inputs, cuts), np.split(targets, cuts), strict=True)])


def neuron_bptt_as_an_array(inputs, states, output_gradients, w_h):
    def delta(t):
        later = w_h * delta(t + 1) if t + 1 < len(inputs) else 0.0
        return (output_gradients[t] + later) * (1 - states[t] ** 2)

    deltas = [delta(t) for t in range(len(inputs))]
    return np.array([np.dot(deltas, inputs), np.dot(deltas, [0.0, *states[:-1]]), np.sum(deltas)])


ALTERNATIVES = {
    "neuron_bptt": [neuron_bptt_as_an_array, neuron_with_list_of_deltas, neuron_path_by_path, neuron_as_a_layer],
    "bptt": [layer_with_einsum, layer_instance_by_instance],
    "clip_by_global_norm": [clip_with_tensorflow, clip_with_one_vector, clip_with_if],
    "cross_entropy": [entropy_with_tensorflow, entropy_row_by_row, entropy_with_logaddexp],
    "descend": [descend_with_one_axis_for_batch_and_time, descend_by_tensorflow],
    "tape_epoch": [epoch_by_train_on_batch, epoch_in_pieces],
}

ANSWERS = {
    "knows_by": [
        {
            "the 6": "Early",
            "the 3": " middle",
            "the 2": "late",
            "the 2 is taken for": "a 7",
        },
        {
            "the 2 is taken for": "a 7 ",
            "the 2": "LATE",
            "the 3": "middle",
            "the 6": "early",
        },
    ]
}

#: Mutants of a reference that compute the same for every valid input: (exercise, mutant) -> why.
EQUIVALENT = {
    (
        "neuron_bptt",
        "for t in reversed(range(len(inputs))): inputs -> inputs.T",
    ): "a vector is its own transpose",
    (
        "neuron_bptt",
        "for_w_x += delta * inputs[t]: inputs -> inputs.T",
    ): "a vector is its own transpose",
    (
        "bptt",
        "for t in reversed(range(inputs.shape[1])): inputs -> inputs.T",
    ): "the middle one of three axes stays in the middle",
    (
        "bptt",
        "for_w_h = np.zeros(recurrent_kernel.shape): recurrent_kernel -> recurrent_kernel.T",
    ): "a square of zeros is its own transpose",
    (
        "clip_by_global_norm",
        "scale = limit / norm if norm > limit else 1.0: norm > limit -> norm >= limit",
    ): "at the limit the scale is 1 either way",
    **{
        ("descend", f"weights = [array - rate * gradient for array, gradient in {zipped}]: {change}"): "as many of both"
        for zipped in ("zip(weights, clipped, strict=True)",)
        for change in (f"{zipped} -> zip(weights, clipped)", "True -> False")
    },
    (
        "descend",
        "gradients = [*through_time, for_output_kernel, gradients_of_outputs.sum(axis=(0, 1))]: (0, 1) -> (1, 0)",
    ): "a sum over two axes, in any order",
    **{
        ("tape_epoch", f"optimizer.apply_gradients({zipped}): {change}"): "as many of both"
        for zipped in ("zip(gradients, model.trainable_variables, strict=True)",)
        for change in (f"{zipped} -> zip(gradients, model.trainable_variables)", "True -> False")
    },
    **{
        (
            "tape_epoch",
            f"cost = loss(targets[batch], model(inputs[batch], training=True)): {change}",
        ): "no layer of the model does anything else while it trains"
        for change in ("model(inputs[batch], training=True) -> model(inputs[batch])", "True -> False")
    },
}
