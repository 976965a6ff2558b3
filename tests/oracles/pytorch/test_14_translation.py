"""Chapter 14's column of PyTorch: an encoder-decoder, a cost without padding, attention and a step of beam search."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import rnncourse
from rnncourse.models import TranslatorLayers
from rnncourse.vocabulary import EOS, GO, PAD

torch = pytest.importorskip("torch")

UNITS, SOURCE_WORDS, TARGET_WORDS = 5, 9, 8
RNG = np.random.default_rng(14)


def gru_of(layer):
    """Keras's GRU in PyTorch: gates in the order r, z, n in place of z, r, n, and kernels transposed."""
    kernel, recurrent_kernel, bias = layer.get_weights()
    units = len(recurrent_kernel)
    order = np.concatenate([np.arange(units, 2 * units), np.arange(units), np.arange(2 * units, 3 * units)])
    gru = torch.nn.GRU(len(kernel), units, batch_first=True)
    ours = kernel[:, order].T, recurrent_kernel[:, order].T, bias[0][order], bias[1][order]
    with torch.no_grad():
        for own, weights in zip(gru.parameters(), ours, strict=True):
            own.copy_(torch.tensor(weights))
    return gru


def table_of(layer):
    """A table of vectors in PyTorch, with our vectors in it."""
    (vectors,) = layer.get_weights()
    words, units = vectors.shape
    table = torch.nn.Embedding(words, units)
    with torch.no_grad():
        table.weight.copy_(torch.tensor(vectors))
    return table


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(3)
    made = rnncourse.translator(SOURCE_WORDS, TARGET_WORDS, units=UNITS)
    made.set_weights([RNG.normal(0, 0.9, size=weight.shape) for weight in made.get_weights()])
    return made


@pytest.fixture(scope="module")
def twin(model):
    """(source table, target table, encoder, decoder, head) with the weights of the model."""
    layer = model.get_layer
    head = torch.nn.Linear(UNITS, TARGET_WORDS)
    kernel, bias = layer("next").get_weights()
    with torch.no_grad():
        head.weight.copy_(torch.tensor(kernel.T))
        head.bias.copy_(torch.tensor(bias))
    tables = (table_of(layer(f"{side}_embedding")) for side in ("source", "target"))
    return (*tables, gru_of(layer("encoder")), gru_of(layer("decoder")), head)


SOURCES = np.array([[4, 5, 6, 7], [8, 4, 5, 4]])  # of one length: packed sequences are chapter 5's
INPUTS = np.array([[GO, 4, 5], [GO, 6, 7]])


def test_a_state_goes_from_one_gru_to_the_other(model, twin):
    source_table, target_table, encoder, decoder, head = twin
    source_vectors, target_vectors = source_table(torch.tensor(SOURCES)), target_table(torch.tensor(INPUTS))
    _, state = encoder(source_vectors)
    outputs, _ = decoder(target_vectors, state)
    np.testing.assert_allclose(head(outputs).detach(), model([SOURCES, INPUTS]), rtol=1e-4, atol=1e-4)


def test_greedy_writing_is_a_loop(model, twin):
    source_table, target_table, encoder, decoder, head = twin
    longest, written = 6, []
    with torch.no_grad():
        _, state = encoder(source_table(torch.tensor(SOURCES)))
        token = torch.full((2, 1), GO)
        for _ in range(longest):
            output, state = decoder(target_table(token), state)
            token = head(output).argmax(-1)
            written.append(token)
    written = torch.cat(written, dim=1).numpy()
    ours = rnncourse.sentence_generator(model)(SOURCES, longest)
    ended = np.cumsum(written == EOS, axis=1) - (written == EOS) > 0
    np.testing.assert_array_equal(np.where(ended, PAD, written)[:, : ours.shape[1]], ours)


def test_the_cost_leaves_padding_out():
    targets = RNG.integers(1, TARGET_WORDS, size=(3, 6)) * rnncourse.sequence_mask([4, 6, 1], 6)
    logits = RNG.normal(0, 2, size=(3, 6, TARGET_WORDS))
    expected = rnncourse.masked_cross_entropy(logits, targets)
    logits, targets = torch.tensor(logits), torch.tensor(targets)
    cost = torch.nn.functional.cross_entropy(logits.transpose(1, 2), targets, ignore_index=0)
    assert float(cost) == pytest.approx(expected, rel=1e-9)


def test_attention_by_dot_products_is_scaled_attention_with_a_scale_of_one():
    query, memory = RNG.normal(size=(3, UNITS)), RNG.normal(size=(3, 4, UNITS))
    there = rnncourse.sequence_mask([4, 2, 3], 4)
    expected, _ = rnncourse.attend(query, memory, there)
    query, memory, mask = torch.tensor(query[:, None]), torch.tensor(memory), torch.tensor(there[:, None])
    context = torch.nn.functional.scaled_dot_product_attention(query, memory, memory, attn_mask=mask, scale=1.0)
    np.testing.assert_allclose(context[:, 0], expected, atol=1e-9)


def test_a_table_of_vectors_is_looked_up(model):
    words, units = SOURCE_WORDS, UNITS
    table = torch.nn.Embedding(words, units)
    assert tuple(table(torch.tensor(SOURCES)).shape) == (2, 4, units)
    ours = model.get_layer("source_embedding")
    np.testing.assert_array_equal(table_of(ours)(torch.tensor(SOURCES)).detach(), ours(SOURCES))


def test_one_step_of_beam_search_is_a_top_k_of_all_continuations(model):
    width, words = 3, TARGET_WORDS
    layers = TranslatorLayers.of(model)
    memory, state = layers.read(SOURCES)
    logits, _ = layers.write(memory, np.full((2, 1), GO), state)
    totals = torch.log_softmax(torch.tensor(np.asarray(logits)), -1)  # one beginning: (batch, 1, words)
    scores, places = torch.topk(totals.flatten(1), width)
    tokens, sums = rnncourse.beam_generator(model)(SOURCES, width, longest=1)
    np.testing.assert_array_equal(places % words, tokens[:, :, 0])
    np.testing.assert_allclose(scores, sums, rtol=1e-4, atol=1e-4)
