"""Temperatures and thresholds find what they are meant to find."""

import numpy as np
import pytest

from training.calibrate import best_threshold, temperature


def sharpened(factor: float) -> list[tuple[np.ndarray, np.ndarray]]:
    """Logits whose labels are drawn from their own softmax, then multiplied by a factor."""
    random = np.random.default_rng(0)
    logits = random.normal(size=(20_000, 4)) * 2
    odds = np.exp(logits)
    labels = (random.random((20_000, 1)) > (odds / odds.sum(1, keepdims=True)).cumsum(1)).sum(1)
    return [((logits * factor).astype(np.float32), labels)]


@pytest.mark.parametrize("factor", [0.5, 1.0, 3.0])
def test_the_temperature_undoes_a_sharpening(factor: float) -> None:
    assert temperature(sharpened(factor)) == pytest.approx(factor, rel=0.08)


def test_without_decisions_the_temperature_is_1() -> None:
    assert temperature([]) == 1.0


def test_the_threshold_cuts_off_what_costs_more_than_it_finds() -> None:
    judged = [(0.9, True), (0.8, True), (0.32, False), (0.31, False), (0.28, True), (0.12, False), (0.11, False)]
    # Over 0.30: 2 of 4 right; over 0.35: 2 of 2, F1 4 / (2 + 3) = 0.8; over 0.15: 3 of 5, F1 6 / (5 + 3) = 0.75.
    assert best_threshold(judged, gold=3) == 0.35


def test_a_threshold_that_changes_nothing_stays_0_and_none_exceeds_a_half() -> None:
    assert best_threshold([(0.9, True), (0.2, True)], gold=2) == 0
    assert best_threshold([(0.9, False)], gold=0) == 0
    assert best_threshold([(0.95, True), (0.7, False)], gold=1) <= 0.5
