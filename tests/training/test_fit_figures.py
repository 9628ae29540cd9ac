"""What runs are told apart by."""

from dataclasses import replace

import pytest

from hadath.ontology import Ontology
from hadath.schema import Event, Span
from tests.training.test_examples import ATTACK, TEXT, document
from training.evaluation.metrics import evaluate
from training.fit import figures


def scored(event: Event, score: float) -> Event:
    """With a score of the trigger and of its arguments."""
    return replace(
        event,
        score=score,
        trigger=replace(event.trigger, score=score),
        arguments=tuple(replace(each, score=score) for each in event.arguments),
    )


def test_f1_is_that_at_the_best_threshold(ontology: Ontology) -> None:
    gold = document(ATTACK)
    stray = replace(ATTACK, id="e2", trigger=Span.cut(TEXT, 0, 3))
    predicted = replace(gold, events=(scored(ATTACK, 0.9), scored(stray, 0.2)))
    evaluation = evaluate([gold], [predicted], ontology, samples=1)
    assert evaluation.trig_c.f1.value == pytest.approx(2 / 3)
    assert figures(evaluation)["trigger_f1"] == 1
    assert figures(evaluation)["argument_f1"] == 1
