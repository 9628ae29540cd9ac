"""Distributions over label sequences, against all sequences one by one."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hadath.arrays import Floats
from hadath.chains import Chain, field_chains
from hadath.decoding import spans

LABELS = 5
SCORES = st.floats(-6, 6, width=32)
LOGITS = st.integers(1, 4).flatmap(lambda words: arrays(np.float32, (2, words, LABELS), elements=SCORES))
MOVES = arrays(np.float32, (LABELS, LABELS), elements=SCORES)


def strict(moves: Floats) -> Floats:
    """The moves without those that are no IOB2: into I-x from anything but B-x and I-x."""
    ruled_out = moves.copy()
    for inside in (2, 4):
        ruled_out[[each for each in range(LABELS) if each not in (inside - 1, inside)], inside] = -1e4
    return ruled_out


def sequences(logits: Floats, moves: Floats, temperature: float) -> dict[tuple[int, ...], float]:
    """The probability of every label sequence of one chain."""
    scores = {
        labels: (
            sum(float(logits[i, label]) for i, label in enumerate(labels))
            + sum(float(moves[pair]) for pair in itertools.pairwise((0, *labels)))
        )
        / temperature
        for labels in itertools.product(range(LABELS), repeat=len(logits))
    }
    top = max(scores.values())
    weights = {labels: np.exp(score - top) for labels, score in scores.items()}
    total = sum(weights.values())
    return {labels: weight / total for labels, weight in weights.items()}


@given(LOGITS, MOVES, st.sampled_from([0.5, 1.0, 3.0]))
def test_a_fields_probabilities_are_sums_over_its_strict_sequences(
    logits: Floats, moves: Floats, temperature: float
) -> None:
    for chain, each in zip(field_chains(logits, moves, temperature), logits, strict=True):
        known = sequences(each, strict(moves), temperature)
        marginals = np.zeros(each.shape)
        for labels, probability in known.items():
            marginals[np.arange(len(each)), labels] += probability
        assert np.exp(chain.log_probs) == pytest.approx(marginals, abs=1e-4)
        for span in spans(chain):
            inside = 2 * span.label + 2
            whole = (inside - 1, *[inside] * (span.last - span.first - 1))
            right = sum(
                probability
                for labels, probability in known.items()
                if labels[span.first : span.last] == whole and labels[span.last : span.last + 1] != (inside,)
            )
            assert span.score == pytest.approx(right, abs=1e-4)


def test_what_a_chain_says_of_its_neighbours_does_not_change_it() -> None:
    random = np.random.default_rng(0)
    logits = random.normal(size=(3, 20, LABELS)).astype(np.float32)
    moves = random.normal(size=(LABELS, LABELS)).astype(np.float32)
    together = field_chains(logits, moves)
    for chain, each in zip(together, logits, strict=True):
        (alone,) = field_chains(each[None], moves)
        assert chain.log_probs == pytest.approx(alone.log_probs, abs=1e-5)


def test_scores_beyond_all_measure_break_no_chain() -> None:
    logits = np.full((1, 300, LABELS), -1e4, np.float32)
    logits[0, np.arange(300), np.arange(300) % LABELS] = 1e4
    (chain,) = field_chains(logits, np.zeros((LABELS, LABELS), np.float32))
    found = spans(chain)
    # O B-0 I-0 B-1 I-1, over and over.
    assert [(span.first, span.last, span.label) for span in found] == [
        (first, first + 2, label) for start in range(0, 300, 5) for first, label in ((start + 1, 0), (start + 3, 1))
    ]
    assert [span.score for span in found] == pytest.approx([1.0] * 120)


@pytest.mark.parametrize("scale", [80.0, 800.0, 1e4])
@pytest.mark.parametrize("temperature", [0.1, 1.0])
def test_transitions_beyond_all_measure_break_no_chain(scale: float, temperature: float) -> None:
    random = np.random.default_rng(0)
    logits = (random.normal(size=(20, 50, LABELS)) * 1e4).astype(np.float32)
    for moves in (random.normal(size=(LABELS, LABELS)) * scale, np.full((LABELS, LABELS), scale)):
        for sign in (1, -1):
            for chain in field_chains(logits, (sign * moves).astype(np.float32), temperature):
                assert np.exp(chain.log_probs).sum(axis=1) == pytest.approx(np.ones(50), abs=1e-4)
                assert np.isfinite(chain.goes_on).all()
                assert (chain.goes_on >= 0).all()
                assert (chain.goes_on <= 1 + 1e-6).all()


def test_a_chain_of_no_words_has_no_spans() -> None:
    assert spans(Chain(np.zeros((0, LABELS), np.float32), np.zeros((0, LABELS), np.float32))) == []
