"""Whether a score of 0.8 means right four times in five."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS = 10
_DRAWS, _SEED, _LEVEL = 500, 13, 0.95


@dataclass(frozen=True, slots=True)
class Bin:
    """The predictions with a score in `[low, high)`; the last bin holds 1.0 as well. An empty bin has means of 0."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """The expected calibration error over bins of equal width (Naeini et al., 2015), and the bins.

    Its population is what the model said; what it missed has no score. `chance`: what 95 in 100 samples of predictions
    with these scores stay under when each is right just as often as it says (consistency resampling: Bröcker and Smith,
    2007, "Increasing the Reliability of Reliability Diagrams"). An error below it is no sign of bad calibration. Since
    the predictions of an article stand and fall together, arguments with their trigger above all, chance can do more.
    """

    ece: float
    chance: float
    bins: tuple[Bin, ...]


def reliability(scored: Iterable[tuple[float, bool]]) -> Reliability:
    """Compare the scores of predictions with whether they are right."""
    judged = list(scored)
    groups: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for score, right in judged:
        groups[_place(score)].append((score, right))
    bins = tuple(_bin(i, group) for i, group in enumerate(groups))
    total = sum(each.count for each in bins)
    gap = math.fsum(each.count * abs(each.accuracy - each.confidence) for each in bins)
    return Reliability(gap / total if total else 0.0, _chance(sorted(score for score, _ in judged)), bins)


def _place(score: float) -> int:
    return min(int(score * BINS), BINS - 1)


def _chance(scores: list[float]) -> float:
    if not scores:
        return 0.0
    generator = np.random.default_rng(_SEED)
    members = np.eye(BINS)[[_place(score) for score in scores]]  # [n, bins]
    given = np.array(scores)
    errors = [_error(generator, given, members) for _ in range(_DRAWS)]
    return float(np.quantile(errors, _LEVEL))


def _error(generator: np.random.Generator, scores: NDArray[np.float64], members: NDArray[np.float64]) -> float:
    """The calibration error where each prediction turns out right with the probability that is its score."""
    right = generator.random(len(scores)) < scores
    return float(np.abs((right - scores) @ members).sum() / len(scores))


def _bin(index: int, group: list[tuple[float, bool]]) -> Bin:
    count = len(group)
    return Bin(
        low=index / BINS,
        high=(index + 1) / BINS,
        count=count,
        confidence=math.fsum(score for score, _ in group) / count if count else 0.0,
        accuracy=sum(right for _, right in group) / count if count else 0.0,
    )
