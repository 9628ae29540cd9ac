"""Thresholds: the best are found, not on what they are judged by, and leave what a tagger under them leaves."""

from collections import Counter
from dataclasses import replace

import pytest

from hadath.calibration import Calibration
from hadath.schema import Argument, Document, Event, Span
from hadath.tagger import Tagger
from tests.training.annotated import ONTOLOGY
from training.evaluation.items import Judged
from training.thresholds import above, best_threshold, cross_fitted, fit_thresholds, thresholds

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


def test_the_threshold_cuts_off_what_costs_more_than_it_finds() -> None:
    judged = [(0.9, True), (0.8, True), (0.32, False), (0.31, False), (0.28, True), (0.12, False), (0.11, False)]
    # Over 0.30: 2 of 4 right; over 0.35: 2 of 2, F1 4 / (2 + 3) = 0.8; over 0.15: 3 of 5, F1 6 / (5 + 3) = 0.75.
    assert best_threshold(judged, gold=3) == 0.35


def test_a_threshold_that_changes_nothing_stays_0_and_none_exceeds_a_half() -> None:
    assert best_threshold([(0.9, True), (0.2, True)], gold=2) == 0
    assert best_threshold([(0.9, False)], gold=0) == 0
    assert best_threshold([(0.95, True), (0.7, False)], gold=1) <= 0.5


def test_frequent_names_have_a_threshold_of_their_own_and_rare_ones_share_one() -> None:
    judged = [Judged("often", 0.9, True)] * 40 + [Judged("often", 0.4, False)] * 40 + [Judged("rare", 0.42, True)] * 3
    found = thresholds(["often", "rare", "unseen"], judged, Counter(often=40, rare=3))
    assert found == {"often": 0.45, "rare": 0.45, "unseen": 0.45}
    judged += [Judged("other", 0.1, True)] * 60
    found = thresholds(["often", "rare", "other"], judged, Counter(often=40, rare=3, other=60))
    assert found == {"often": 0.45, "rare": 0.0, "other": 0.0}


def test_roles_are_judged_among_the_arguments_of_the_events_that_are_left() -> None:
    gold = documents(*[(event("Attack", 0, actor=1.0),)] * 40)
    said = (event("Attack", 0, 0.9, actor=0.45), event("Die", 4, 0.2, actor=0.19))
    found = fit_thresholds(gold, documents(*[said] * 40), ONTOLOGY)
    assert (found["Attack"], found["Die"]) == (0.0, 0.25), "Die has no gold, so it shares the threshold of all"
    assert found["Actor"] == 0.0, "the wrong arguments went with their triggers"


def test_no_document_is_judged_by_thresholds_that_were_chosen_on_it() -> None:
    right, wrong = event("Attack", 0, 0.9), event("Die", 4, 0.3)
    gold = documents(*[(event("Attack", 0),)] * 5)
    tagged = documents((right, wrong), *[(right,)] * 4)
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
