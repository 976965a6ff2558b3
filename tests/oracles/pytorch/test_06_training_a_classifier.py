"""The PyTorch column of chapter 6: each row gives the numbers of Keras and of our own functions."""

from __future__ import annotations

import json
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

import rnncourse

torch = pytest.importorskip("torch")
RNG = np.random.default_rng(6)
LOGITS, LABELS = RNG.normal(size=(6, 10)).astype("float32"), np.array([3, 1, 4, 1, 5, 9])


def alone(script, **given):
    """What a script prints as JSON: making an optimizer of torch ends a process in which TensorFlow was imported first.

    Args:
        script: finds torch imported, and ``given``.
    """
    whole = f"import json, sys, torch\ngiven = json.load(sys.stdin)\n{script}"
    told = subprocess.run([sys.executable, "-c", whole], input=json.dumps(given), capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    return json.loads(told.stdout)


def test_linear_is_dense():
    linear, dense = torch.nn.Linear(150, 10), keras.layers.Dense(10)
    features = RNG.normal(size=(2, 150)).astype("float32")
    dense.build(features.shape)
    dense.set_weights([linear.weight.detach().numpy().T, linear.bias.detach().numpy()])
    np.testing.assert_allclose(linear(torch.tensor(features)).detach(), dense(features), atol=1e-5)


def test_cross_entropy_loss_takes_logits_and_whole_numbers():
    theirs = torch.nn.CrossEntropyLoss()(torch.tensor(LOGITS), torch.tensor(LABELS))
    assert theirs.item() == pytest.approx(rnncourse.cross_entropy(LOGITS, LABELS), abs=1e-5)


def test_argmax_says_what_in_top_k_says():
    logits, labels = torch.tensor(LOGITS), torch.tensor(LABELS)
    np.testing.assert_array_equal(logits.argmax(dim=1) == labels, tf.math.in_top_k(LABELS, LOGITS, 1))


GRADIENTS = [[0.3, -2.0], [0.1, 4.0], [-1.0, 0.5]]
ADAM = """
weight = torch.nn.Parameter(torch.tensor([1.0, -2.0]))
model = torch.nn.ParameterList([weight])
optimizer = torch.optim.Adam(model.parameters(), 1e-3)
for gradient in given["gradients"]:
    weight.grad = torch.tensor(gradient)
    optimizer.step()
print(json.dumps(weight.tolist()))
"""


def test_adam_is_adam():
    ours, optimizer = keras.Variable([1.0, -2.0]), keras.optimizers.Adam(1e-3)
    for gradient in GRADIENTS:
        optimizer.apply([tf.constant(gradient)], [ours])
    np.testing.assert_allclose(alone(ADAM, gradients=GRADIENTS), ours, atol=1e-6)


def test_gradients_are_clipped_by_their_global_norm():
    model = torch.nn.Linear(3, 2)
    gradients = [RNG.normal(size=parameter.shape).astype("float32") for parameter in model.parameters()]
    for parameter, gradient in zip(model.parameters(), gradients, strict=True):
        parameter.grad = torch.tensor(gradient)
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    for parameter, ours in zip(model.parameters(), rnncourse.clip_by_global_norm(gradients, 1.0), strict=True):
        np.testing.assert_allclose(parameter.grad, ours, atol=1e-5)


#: PyTorch has two biases, which are added, and its kernels the other way round.
LOOP = """
kernel, recurrent_kernel, bias, output_kernel, output_bias = map(torch.tensor, given["weights"])
cell = torch.nn.RNN(*kernel.shape, batch_first=True)
dense = torch.nn.Linear(*output_kernel.shape)
cell.load_state_dict(
    {"weight_ih_l0": kernel.T, "weight_hh_l0": recurrent_kernel.T, "bias_ih_l0": bias, "bias_hh_l0": 0 * bias}
)
dense.load_state_dict({"weight": output_kernel.T, "bias": output_bias})
cell.bias_hh_l0.requires_grad = False
optimizer = torch.optim.SGD([*cell.parameters(), *dense.parameters()], 0.5)
costs = []
for start in (0, 2, 4):
    if given["cleared"]:
        optimizer.zero_grad()
    inputs, labels = (torch.tensor(given[name][start : start + 2]) for name in ("inputs", "labels"))
    cost = torch.nn.CrossEntropyLoss()(dense(cell(inputs)[0][:, -1]), labels)
    cost.backward()
    optimizer.step()
    costs.append(cost.item())
print(json.dumps(costs))
"""


@pytest.mark.parametrize("cleared", [True, False])
def test_the_loop_is_tape_epoch_where_gradients_are_cleared(cleared):
    layers = keras.layers.SimpleRNN(4, unroll=True), keras.layers.Dense(10)
    ours = keras.Sequential([keras.Input((5, 3)), *layers])
    inputs = RNG.normal(size=(6, 5, 3)).astype("float32")
    weights = [weight.tolist() for weight in ours.get_weights()]
    costs = alone(LOOP, weights=weights, inputs=inputs.tolist(), labels=LABELS.tolist(), cleared=cleared)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    by_tape = rnncourse.tape_epoch(ours, loss, keras.optimizers.SGD(0.5), inputs, LABELS, batch_size=2)
    assert np.allclose(costs, by_tape, atol=1e-5) is cleared


def test_a_data_loader_hands_out_batches():
    pairs = list(zip(torch.zeros(400, 28, 28), torch.arange(400), strict=True))
    sizes = [len(labels) for _, labels in torch.utils.data.DataLoader(pairs, batch_size=150, shuffle=True)]
    assert sizes == [150, 150, 100]
