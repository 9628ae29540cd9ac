"""Intervals over documents, against resampling by hand."""

import numpy as np
import pytest

from training.evaluation.bootstrap import Bootstrap, tally
from training.evaluation.counts import Counts


def test_samples_without_a_label_do_not_widen_its_interval() -> None:
    table = tally(["Attack"], [({("Attack", 1)}, {("Attack", 1)}), *[(set(), set())] * 5])
    score = Bootstrap.draw(6, 200, seed=0).scores(table)[0]
    assert (score.f1.low, score.f1.high) == (1.0, 1.0)


def test_a_handful_of_documents_has_no_interval() -> None:
    table = tally(["Attack"], [({("Attack", 1)}, {("Attack", 1)})] * 5)
    of_four, of_five = (Bootstrap.draw(count, 20, seed=0).scores(table[:count])[0].f1 for count in (4, 5))
    assert (of_four.value, of_four.low, of_four.high, of_four.interval) == (1.0, None, None, "–")
    assert of_five.interval == "1.000–1.000"
    assert Bootstrap.draw(4, 20, seed=0).macro_f1(table[:4]).interval == "–"


def test_bootstrap_agrees_with_counting_each_sample() -> None:
    rng = np.random.default_rng(3)
    rows = [Counts(int(r), int(r + p), int(r + g)) for r, p, g in rng.integers(1, 9, size=(7, 3))]
    table = np.array([[[row.right, row.predicted, row.gold]] for row in rows])
    bootstrap = Bootstrap.draw(7, 50, seed=5)
    f1s = [
        sum((row for row, n in zip(rows, drawn, strict=True) for _ in range(n)), Counts()).f1
        for drawn in bootstrap.weights
    ]
    low, high = np.quantile(f1s, [0.025, 0.975])
    assert bootstrap.scores(table)[0].f1.low == pytest.approx(low)
    assert bootstrap.scores(table)[0].f1.high == pytest.approx(high)
