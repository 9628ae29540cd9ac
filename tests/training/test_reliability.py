"""Calibration errors, and what chance makes of them."""

import numpy as np
import pytest

from training.evaluation.reliability import reliability


def test_ece_is_the_weighted_gap_between_score_and_accuracy() -> None:
    found = reliability([(0.95, True), (0.95, False), (0.25, False), (1.0, True), (0.0, False)])
    top, low = found.bins[9], found.bins[2]
    assert top.count == 3
    assert top.accuracy == pytest.approx(2 / 3)
    assert top.confidence == pytest.approx(2.9 / 3)
    assert (low.count, low.confidence, low.accuracy) == (1, 0.25, 0.0)
    assert found.ece == pytest.approx((3 * 0.3 + 0.25) / 5)


def test_chance_is_what_well_calibrated_scores_stay_under() -> None:
    """The best of scores exceed it in five samples of a hundred, bad ones nearly always."""
    generator = np.random.default_rng(5)
    exceeded = {"right as often as they say": 0, "too sure": 0}
    for _ in range(40):
        scores = generator.uniform(0.3, 1.0, 300)
        for name, rate in zip(exceeded, (scores, scores - 0.2), strict=True):
            found = reliability(zip(scores.tolist(), (generator.random(300) < rate).tolist(), strict=True))
            exceeded[name] += found.ece > found.chance
    assert exceeded["right as often as they say"] <= 6
    assert exceeded["too sure"] == 40


def test_chance_makes_less_of_an_error_in_larger_samples() -> None:
    few, many = (reliability([(0.7, True)] * count).chance for count in (50, 5000))
    assert few > 5 * many > 0
    assert reliability([]).chance == 0.0
