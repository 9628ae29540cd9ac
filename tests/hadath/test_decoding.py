"""Scores become strict IOB2 spans with probabilities."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hadath.arrays import Floats
from hadath.chains import independent_labels
from hadath.decoding import best_sequence, log_softmax, spans

LOGITS = st.integers(1, 5).flatmap(lambda words: arrays(np.float32, (words, 5), elements=st.floats(-8, 8, width=32)))


def is_strict(labels: tuple[int, ...]) -> bool:
    before = (0, *labels[:-1])
    return all(label in (0, 1, 3) or last in (label, label - 1) for last, label in zip(before, labels, strict=True))


@given(LOGITS)
def test_the_best_strict_sequence_is_found(logits: Floats) -> None:
    scores = log_softmax(logits)
    found = tuple(best_sequence(scores))
    assert is_strict(found)
    strict = [labels for labels in itertools.product(range(5), repeat=len(scores)) if is_strict(labels)]
    best = max(sum(scores[i, label] for i, label in enumerate(labels)) for labels in strict)
    assert sum(scores[i, label] for i, label in enumerate(found)) == pytest.approx(best, abs=1e-4)


@given(LOGITS)
def test_spans_are_in_order_apart_and_have_probabilities(logits: Floats) -> None:
    found = spans(independent_labels(log_softmax(logits)))
    assert all(span.first < span.last for span in found)
    assert all(left.last <= right.first for left, right in itertools.pairwise(found))
    assert all(0 < span.score <= 1 for span in found)


def test_what_must_be_a_span_and_can_hardly_be_one_has_a_score_above_0() -> None:
    # I-0 is all but sure where it may not stand, so that the best strict sequence is unlikely beyond float32.
    (span,) = spans(independent_labels(np.array([[-2000, -1000, 0, -2000, -2000]], np.float32)))
    assert (span.first, span.last, span.label) == (0, 1, 0)
    assert span.score > 0


def test_a_span_scores_its_labels_and_its_end() -> None:
    probabilities = np.array([[0.1, 0.9, 0, 0, 0], [0.2, 0, 0.8, 0, 0], [0.7, 0, 0.3, 0, 0]], dtype=np.float32).clip(
        1e-9
    )
    (span,) = spans(independent_labels(np.log(probabilities)))
    assert (span.first, span.last, span.label) == (0, 2, 0)
    assert span.score == pytest.approx(0.9 * 0.8 * 0.7, rel=1e-4)


def test_neighbours_of_one_class_are_two_spans() -> None:
    scores = np.full((2, 5), -9, dtype=np.float32)
    scores[:, 3] = 0
    assert [(span.first, span.last, span.label) for span in spans(independent_labels(scores))] == [(0, 1, 1), (1, 2, 1)]


def test_no_words_give_no_spans() -> None:
    assert spans(independent_labels(np.zeros((0, 5), dtype=np.float32))) == []


def test_a_temperature_flattens_without_changing_the_order() -> None:
    logits = np.array([[4.0, 1.0, 0.0]], dtype=np.float32)
    cool, warm = np.exp(log_softmax(logits)), np.exp(log_softmax(logits, 4.0))
    assert warm.max() < cool.max()
    assert warm.sum() == pytest.approx(1)
    assert warm.argmax() == cool.argmax()
