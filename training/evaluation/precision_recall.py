"""What a threshold buys: precision and recall of the predictions that score at least so much."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_STEPS = 20


@dataclass(frozen=True, slots=True)
class Point:
    """The predictions with a score of `threshold` or more, against all gold items."""

    threshold: float
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean of the two."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def precision_recall(scored: Iterable[tuple[float, bool]], gold: int) -> tuple[Point, ...]:
    """A point for every threshold, in steps of 0.05 from 0 on, that some prediction reaches; none without gold."""
    judged = list(scored)
    points = []
    for threshold in (step / _STEPS for step in range(_STEPS)) if gold else ():
        kept = [right for score, right in judged if score >= threshold]
        if kept:
            points.append(Point(threshold, sum(kept) / len(kept), sum(kept) / gold))
    return tuple(points)


def best_f1(points: Sequence[Point]) -> float:
    """The F1 of the threshold that has the best; 0 without any."""
    return max((point.f1 for point in points), default=0.0)
