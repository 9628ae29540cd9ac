"""Whether a score of 0.8 means right four times in five."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

BINS = 10


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

    Its population is what the model said; what it missed has no score.
    """

    ece: float
    bins: tuple[Bin, ...]


def reliability(scored: Iterable[tuple[float, bool]]) -> Reliability:
    """Compare the scores of predictions with whether they are right."""
    groups: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for score, right in scored:
        groups[min(int(score * BINS), BINS - 1)].append((score, right))
    bins = tuple(_bin(i, group) for i, group in enumerate(groups))
    total = sum(each.count for each in bins)
    gap = math.fsum(each.count * abs(each.accuracy - each.confidence) for each in bins)
    return Reliability(gap / total if total else 0.0, bins)


def _bin(index: int, group: list[tuple[float, bool]]) -> Bin:
    count = len(group)
    return Bin(
        low=index / BINS,
        high=(index + 1) / BINS,
        count=count,
        confidence=math.fsum(score for score, _ in group) / count if count else 0.0,
        accuracy=sum(right for _, right in group) / count if count else 0.0,
    )
