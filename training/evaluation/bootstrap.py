"""Confidence intervals: the percentile bootstrap over documents (Efron and Tibshirani, 1993, chapter 13).

Documents are drawn, not items, because the items of one article stand and fall together. Tables of counts have the
shape `[D, K, 3]`: document, label, and right, predicted, gold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from .counts import Counts

Table = NDArray[np.int64]
Doubles = NDArray[np.float64]
LEVEL = 0.95
# Of fewer documents the samples are so few that an interval would promise what it cannot hold.
_FEWEST = 5


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95% interval, which it lacks where the documents are too few for one."""

    value: float
    low: float | None
    high: float | None

    @property
    def interval(self) -> str:
        """As it is shown to people."""
        return "–" if self.low is None or self.high is None else f"{self.low:.3f}–{self.high:.3f}"


@dataclass(frozen=True, slots=True)
class Score:
    """Counts, and the rates that follow from them with their intervals."""

    counts: Counts
    precision: Estimate
    recall: Estimate
    f1: Estimate


@dataclass(frozen=True)
class Bootstrap:
    """How often each document stands in each sample: `[S, D]`. One draw serves all figures."""

    weights: Table

    @classmethod
    def draw(cls, documents: int, samples: int, seed: int) -> Self:
        """Draw `samples` times as many documents as there are, with replacement."""
        if samples < 1:
            raise ValueError(f"the bootstrap needs at least 1 sample, got {samples}")
        generator = np.random.default_rng(seed)
        return cls(generator.multinomial(documents, np.full(documents, 1 / documents), size=samples))

    def scores(self, table: Table) -> list[Score]:
        """The score of each label."""
        samples = _rates(self._totals(table))  # [3, S, K]
        found = []
        for k, (right, predicted, gold) in enumerate(table.sum(axis=0).tolist()):
            counts = Counts(right, predicted, gold)
            values = (counts.precision, counts.recall, counts.f1)
            found.append(Score(counts, *(self._estimate(value, samples[i, :, k]) for i, value in enumerate(values))))
        return found

    def micro(self, table: Table) -> Score:
        """The score of all labels taken together."""
        return self.scores(table.sum(axis=1, keepdims=True))[0]

    def macro_f1(self, table: Table) -> Estimate:
        """The mean F1 of the labels that occur in gold or prediction; in each sample, of those that occur in it."""
        value = _mean_f1(table.sum(axis=0))
        return self._estimate(float(np.nan_to_num(value)), _mean_f1(self._totals(table)))

    def _totals(self, table: Table) -> Table:
        totals: Table = np.tensordot(self.weights, table, axes=1)  # [S, D] x [D, K, 3] -> [S, K, 3]
        return totals

    def _estimate(self, value: float, samples: Doubles) -> Estimate:
        """The interval is over the samples in which the figure is defined: the others say nothing about it."""
        defined = samples[np.isfinite(samples)]
        if not defined.size or self.weights.shape[1] < _FEWEST:
            return Estimate(value, None, None)
        low, high = np.quantile(defined, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]).tolist()
        return Estimate(value, low, high)


def tally(labels: Sequence[str], documents: Sequence[tuple[set[tuple[str, object]], set[tuple[str, object]]]]) -> Table:
    """Count (label, item) pairs, given per document as the gold set and the predicted set."""
    column = {label: k for k, label in enumerate(labels)}
    table = np.zeros((len(documents), len(labels), 3), dtype=np.int64)
    for row, (gold, predicted) in zip(table, documents, strict=True):
        for i, found in enumerate((gold & predicted, predicted, gold)):
            for label, _ in found:
                row[column[label], i] += 1
    return table


def _rates(totals: Table) -> Doubles:
    """Counts `[…, 3]` to precision, recall and F1 `[3, …]`; NaN where the denominator is 0."""
    right, predicted, gold = np.moveaxis(totals, -1, 0)
    return np.stack([_ratio(right, predicted), _ratio(right, gold), _ratio(2 * right, predicted + gold)])


def _mean_f1(totals: Table) -> Doubles:
    """Counts `[…, K, 3]` to the mean F1 `[…]` of the labels that occur; NaN where none does."""
    f1 = _rates(totals)[2]
    return _ratio(np.nansum(f1, axis=-1), np.isfinite(f1).sum(axis=-1))


def _ratio(part: NDArray[np.number], whole: NDArray[np.number]) -> Doubles:
    ratio: Doubles = np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=np.asarray(whole) > 0)
    return ratio
