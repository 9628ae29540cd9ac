"""Thresholds: half of the best F1, not fitted on what they are judged by, leaving what a tagger under them leaves."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from hadath.calibration import Calibration
from hadath.schema import Argument, Document, Event, Span
from hadath.tagger import Tagger
from tests.training.annotated import ONTOLOGY
from training.evaluation.items import Judged
from training.thresholds import above, cross_fitted, fit_thresholds, half_of_best_f1, thresholds

TEXT = "هجوم على قاعدة في العراق دون قتلى\n"


def event(kind: str, word: int, score: float = 1.0, actor: float | None = None) -> Event:
    """An event of the text's given word, with the next word as its Actor if that has a score."""
    words = TEXT.split()
    starts = [sum(map(len, words[:i])) + i for i in range(len(words))]
    actors = []
    if actor is not None:
        start, end = starts[word + 1], starts[word + 1] + len(words[word + 1])
        actors = [Argument(role="Actor", start=start, end=end, text=TEXT[start:end], score=actor)]
    trigger = Span.cut(TEXT, starts[word], starts[word] + len(words[word]), score)
    return Event(id="e", type=kind, modality="actual", trigger=trigger, arguments=tuple(actors), score=score)


def documents(*events: tuple[Event, ...]) -> list[Document]:
    return [Document(id=str(i), text=TEXT, events=each) for i, each in enumerate(events)]


def judged(name: str, *scores: tuple[float, bool]) -> list[Judged]:
    return [Judged(name, score, right) for score, right in scores]


def test_a_threshold_is_half_of_the_best_f1() -> None:
    found = judged("a", (0.9, True), (0.8, True), (0.32, False), (0.31, False), (0.28, True), (0.12, False))
    # From 0.35 on: 2 of 2 right, F1 4 / (2 + 3) = 0.8; from 0.15 on: 3 of 5, F1 6 / (5 + 3) = 0.75.
    assert half_of_best_f1(found, gold=3) == 0.4
    assert half_of_best_f1(judged("a", (0.9, True), (0.2, True)), gold=2) == 0.5
    assert half_of_best_f1(judged("a", (0.9, False)), gold=0) == 0.0


def test_of_probabilities_no_other_threshold_is_better() -> None:
    random = np.random.default_rng(3)
    found = [Judged("a", float(score), bool(random.random() < score)) for score in random.beta(0.5, 0.5, 50_000)]
    gold = 1000 + sum(each.right for each in found)
    best = max((step / 100 for step in range(100)), key=lambda least: f1(found, gold, least))
    assert half_of_best_f1(found, gold) == pytest.approx(best, abs=0.03)


def f1(found: list[Judged], gold: int, least: float) -> float:
    kept = [each.right for each in found if each.score >= least]
    return 2 * sum(kept) / (len(kept) + gold)


def test_frequent_names_have_a_threshold_of_their_own_and_rare_ones_share_one() -> None:
    found = judged("often", *[(0.9, True)] * 40) + judged("rare", *[(0.9, True)] * 10)
    counts = Counter(often=80, rare=20)
    assert thresholds(["often", "rare", "unseen"], found, counts) == {"often": 0.33, "rare": 0.33, "unseen": 0.33}
    found += judged("other", *[(0.9, True)] * 100)
    counts["other"] = 100
    # 150 right of 150, 200 in gold: F1 300 / 350 = 0.86.
    assert thresholds(["often", "rare", "other"], found, counts) == {"often": 0.33, "rare": 0.43, "other": 0.5}


def test_roles_are_judged_among_the_arguments_of_the_events_that_are_left() -> None:
    gold = documents(*[(event("Attack", 0, actor=1.0),)] * 40)
    said = (event("Attack", 0, 0.9, actor=0.45), event("Die", 4, 0.2, actor=0.45))
    found = fit_thresholds(gold, documents(*[said] * 40), ONTOLOGY)
    assert (found["Attack"], found["Die"]) == (0.5, 0.5), "Die has no gold, so it shares the threshold of all"
    assert found["Actor"] == 0.5, "the wrong arguments, which would have made it 0.33, went with their triggers"


def test_no_document_is_judged_by_thresholds_that_were_chosen_on_it() -> None:
    right, unsure = event("Attack", 0, 0.9), event("Die", 4, 0.36)
    gold = documents(*[(event("Attack", 0), event("Die", 4))] * 5)
    tagged = documents((right, unsure), *[(right,)] * 4)
    # The F1 of all is 12 / (6 + 10), half of it above 0.36; that of the others 8 / (4 + 8), half of it below.
    left = [above(each, fit_thresholds(gold, tagged, ONTOLOGY)) for each in tagged]
    assert [len(each.events) for each in left] == [1, 1, 1, 1, 1]
    assert [len(each.events) for each in cross_fitted(gold, tagged, ONTOLOGY)] == [2, 1, 1, 1, 1]
    assert cross_fitted(gold[:1], tagged[:1], ONTOLOGY) == tagged[:1]


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
def test_what_is_left_is_what_a_tagger_under_the_thresholds_says(tagger: Tagger, share: float) -> None:
    whole = tagger.tag(
        "أعلنت وزارة الدفاع مقتل ثلاثة جنود في هجوم على قاعدة عسكرية، واعتقلت الشرطة خمسة أشخاص فجر الأحد. " * 3
    )
    scores: dict[str, list[float]] = {}
    for each in whole.events:
        scores.setdefault(each.type, []).append(each.trigger.score)
        for argument in each.arguments:
            scores.setdefault(argument.role, []).append(argument.score)
    least = {name: sorted(found)[int(share * len(found))] for name, found in scores.items()}
    strict = tagger.under(Calibration(thresholds=least)).tag(whole.text)
    left = above(whole, least)
    assert 0 < len(left.events) < len(whole.events)
    assert strict.events == tuple(replace(each, id=f"e{i}") for i, each in enumerate(left.events, 1))
