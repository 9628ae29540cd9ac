"""Temperatures, maps and thresholds find what they are meant to find."""

from collections import Counter

import numpy as np
import pytest

from hadath.calibration import ScoreMap
from hadath.chains import Chain, field_chains
from hadath.engine import Linked
from training.calibrate import best_threshold, chain_temperature, score_map, temperature, thresholds
from training.evaluation.reliability import reliability


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


@pytest.mark.parametrize("factor", [0.5, 3.0])
def test_the_temperature_of_chains_undoes_a_sharpening_of_logits_and_transitions(factor: float) -> None:
    random = np.random.default_rng(0)
    decisions = []
    transitions = np.array([[0.5, 0.3, 2.0], [0, 0, 1.5], [0, 0, 1.0]], np.float32)
    for _ in range(300):
        logits = random.normal(size=(4, 6, 3)).astype(np.float32)
        labels = np.array([drawn(chain, random) for chain in field_chains(logits, transitions)])
        decisions.append((Linked(logits * factor, transitions * factor, np.zeros((4, 1), np.float32)), labels))
    assert chain_temperature(decisions) == pytest.approx(factor, rel=0.1)


def drawn(chain: Chain, random: np.random.Generator) -> list[int]:
    """A label sequence of O, B and I as likely as the chain says; what follows an O is drawn by the marginals."""
    labels: list[int] = []
    for log_probs, goes_on in zip(chain.log_probs, chain.goes_on, strict=True):
        if labels and labels[-1] and random.random() < goes_on[labels[-1]]:
            labels.append(2)
            continue
        outside, begins = np.exp(log_probs[:2])
        labels.append(int(random.random() < begins / (outside + begins)))
    return labels


def test_without_decisions_the_temperature_is_1() -> None:
    assert temperature([]) == 1.0
    assert chain_temperature([]) == 1.0


def test_the_threshold_cuts_off_what_costs_more_than_it_finds() -> None:
    judged = [(0.9, True), (0.8, True), (0.32, False), (0.31, False), (0.28, True), (0.12, False), (0.11, False)]
    # Over 0.30: 2 of 4 right; over 0.35: 2 of 2, F1 4 / (2 + 3) = 0.8; over 0.15: 3 of 5, F1 6 / (5 + 3) = 0.75.
    assert best_threshold(judged, gold=3) == 0.35


def test_a_threshold_that_changes_nothing_stays_0_and_none_exceeds_a_half() -> None:
    assert best_threshold([(0.9, True), (0.2, True)], gold=2) == 0
    assert best_threshold([(0.9, False)], gold=0) == 0
    assert best_threshold([(0.95, True), (0.7, False)], gold=1) <= 0.5


def misjudged(slope: float, offset: float) -> list[tuple[float, bool]]:
    """Scores whose probability of being right a known map gives."""
    random = np.random.default_rng(1)
    scores = random.random(20_000)
    truth = ScoreMap(slope=slope, offset=offset)
    return [(float(score), bool(random.random() < truth(score))) for score in scores]


@pytest.mark.parametrize(("slope", "offset"), [(1.0, 0.0), (0.5, -1.0), (2.0, 0.7)])
def test_the_map_is_found_and_the_scores_then_mean_what_they_say(slope: float, offset: float) -> None:
    judged = misjudged(slope, offset)
    found = score_map(judged)
    assert found.slope == pytest.approx(slope, abs=0.08)
    assert found.offset == pytest.approx(offset, abs=0.08)
    assert reliability([(found(score), right) for score, right in judged]).ece < 0.02


@pytest.mark.parametrize(
    "judged", [[], [(0.4, True), (0.9, True)], [(0.1, False)], [(0.9, False), (0.8, False), (0.1, True), (0.2, True)]]
)
def test_nothing_is_mapped_where_nothing_can_be_learned(judged: list[tuple[float, bool]]) -> None:
    assert score_map(judged) == ScoreMap()


def test_scores_that_part_right_from_wrong_give_no_certainty_and_few_of_them_nothing() -> None:
    judged = [(0.9, True), (0.8, True), (0.2, False), (0.1, False)]
    assert score_map(judged) == ScoreMap()
    assert 0.9 < score_map(judged * 10)(0.9) < 0.99


def test_frequent_names_have_a_threshold_of_their_own_and_rare_ones_share_one() -> None:
    judged = [("often", 0.9, True)] * 40 + [("often", 0.4, False)] * 40 + [("rare", 0.42, True)] * 3
    found = thresholds(["often", "rare", "unseen"], judged, Counter(often=40, rare=3))
    assert found == {"often": 0.45, "rare": 0.45, "unseen": 0.45}
    judged += [("other", 0.1, True)] * 60
    found = thresholds(["often", "rare", "other"], judged, Counter(often=40, rare=3, other=60))
    assert found == {"often": 0.45, "rare": 0.0, "other": 0.0}
