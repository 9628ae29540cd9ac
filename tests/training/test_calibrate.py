"""Temperatures and maps find what they are meant to find."""

import numpy as np
import pytest

from hadath.calibration import ScoreMap
from hadath.chains import Chain, field_chains
from hadath.engine import Linked
from hadath.schema import Argument, Document, Event, Span
from training.calibrate import chain_temperature, fit_maps, score_map, temperature
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


def test_the_map_of_arguments_is_for_those_of_right_triggers_apart_from_the_triggers_own_score() -> None:
    random = np.random.default_rng(2)
    gold, tagged = [], []
    for i in range(4000):
        sure, trigger_is_right = float(random.random()), i % 2 == 0
        argument_is_right = random.random() < sure
        truth = event(kind="Attack" if trigger_is_right else "Die", role="Actor" if argument_is_right else "Place")
        gold.append(Document(id=str(i), text=TEXT, events=(truth,)))
        tagged.append(Document(id=str(i), text=TEXT, events=(event(score=0.5, argument_score=0.5 * sure),)))
    triggers, arguments = fit_maps(gold, tagged)
    assert triggers(0.5) == pytest.approx(0.5, abs=0.01)
    for score in (0.2, 0.5, 0.8):
        assert arguments(score) == pytest.approx(score, abs=0.04)


TEXT = "هجوم على قاعدة"


def event(kind: str = "Attack", role: str = "Actor", score: float = 1.0, argument_score: float = 1.0) -> Event:
    argument = Argument(role=role, start=9, end=14, text=TEXT[9:14], score=argument_score)
    trigger = Span.cut(TEXT, 0, 4, score)
    return Event(id="e", type=kind, modality="actual", trigger=trigger, arguments=(argument,), score=score)


@pytest.mark.parametrize(
    "judged", [[], [(0.4, True), (0.9, True)], [(0.1, False)], [(0.9, False), (0.8, False), (0.1, True), (0.2, True)]]
)
def test_nothing_is_mapped_where_nothing_can_be_learned(judged: list[tuple[float, bool]]) -> None:
    assert score_map(judged) == ScoreMap()


def test_scores_that_part_right_from_wrong_give_no_certainty_and_few_of_them_nothing() -> None:
    judged = [(0.9, True), (0.8, True), (0.2, False), (0.1, False)]
    assert score_map(judged) == ScoreMap()
    assert 0.9 < score_map(judged * 10)(0.9) < 0.99
