"""What a threshold leaves, and what that is worth."""

import pytest

from training.evaluation.precision_recall import Point, best_f1, precision_recall


def test_each_threshold_keeps_what_reaches_it() -> None:
    points = precision_recall([(0.97, True), (0.5, True), (0.5, False), (0.1, False)], gold=4)
    assert points[0] == Point(0.0, 0.5, 0.5)
    assert points[10] == Point(0.5, 2 / 3, 0.5)
    assert points[11] == Point(0.55, 1.0, 0.25)
    assert len(points) == 20


def test_thresholds_that_nothing_reaches_and_a_corpus_without_gold_have_no_point() -> None:
    assert [point.threshold for point in precision_recall([(0.12, True)], gold=1)] == [0.0, 0.05, 0.1]
    assert precision_recall([(0.9, False)], gold=0) == ()


def test_the_best_f1_is_that_of_the_threshold_which_leaves_what_is_right() -> None:
    assert best_f1(precision_recall([(0.9, True), (0.8, True), (0.3, False), (0.2, False)], gold=3)) == pytest.approx(
        0.8
    )
    assert best_f1(precision_recall([(0.9, False)], gold=3)) == 0
    assert best_f1(()) == 0
