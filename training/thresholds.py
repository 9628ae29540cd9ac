"""The thresholds under which events and arguments are left out, for the sake of F1.

Where scores are probabilities, the threshold with the best F1 is half of that F1 (Lipton et al., 2014, "Optimal
Thresholding of Classifiers to Maximize F1 Measure"). Dev documents tell the F1; which threshold happens to be best on
them is as much chance, for the curve is flat there.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from hadath.ontology import Ontology
from hadath.schema import Document

from .evaluation.items import Judged, judged_arguments, judged_triggers, pairs
from .evaluation.precision_recall import best_f1, precision_recall

# Gold items that a type or role needs for a threshold of its own; the rarer ones share one.
_ENOUGH = 40
_PARTS = 5


def fit_thresholds(gold: Sequence[Document], tagged: Sequence[Document], ontology: Ontology) -> dict[str, float]:
    """First those of types, then those of roles among the arguments that are left.

    `tagged` is all that the model finds in the gold documents, with nothing left out.
    """
    matched = pairs(gold, tagged)
    counts = Counter(trigger.type for pair in matched for trigger in pair.gold.triggers)
    types = thresholds(ontology.trigger_labels.classes, judged_triggers(matched), counts)
    matched = pairs(gold, [above(document, types) for document in tagged])
    counts = Counter(argument.role for pair in matched for argument in pair.gold.arguments)
    return {**types, **thresholds(ontology.roles, judged_arguments(matched), counts)}


def cross_fitted(gold: Sequence[Document], tagged: Sequence[Document], ontology: Ontology) -> list[Document]:
    """What is left of each document under the thresholds that the other four fifths ask for.

    What is scored on it is not flattered by thresholds that were chosen on the very documents. A lone document, for
    which there are no others, keeps all.
    """
    left = list(tagged)
    for part in range(_PARTS):
        others = [i for i in range(len(gold)) if i % _PARTS != part]
        fitted = fit_thresholds([gold[i] for i in others], [tagged[i] for i in others], ontology) if others else {}
        left[part::_PARTS] = [above(document, fitted) for document in tagged[part::_PARTS]]
    return left


def above(document: Document, least: Mapping[str, float]) -> Document:
    """The document with what reaches the thresholds of its types and roles, as a tagger under them gives it; the ids of
    its events stay."""
    events = (
        replace(event, arguments=tuple(each for each in event.arguments if each.score >= least.get(each.role, 0)))
        for event in document.events
        if event.trigger.score >= least.get(event.type, 0)
    )
    return replace(document, events=tuple(events))


def thresholds(names: Iterable[str], judged: Sequence[Judged], gold: Counter[str]) -> dict[str, float]:
    """A threshold for each name, over predictions and the count of gold items by name."""
    common = half_of_best_f1(judged, gold.total())
    return {
        name: half_of_best_f1([each for each in judged if each.name == name], gold[name])
        if gold[name] >= _ENOUGH
        else common
        for name in names
    }


def half_of_best_f1(judged: Iterable[Judged], gold: int) -> float:
    """Half of the F1 at the threshold that has the best, given the count of gold items."""
    return round(best_f1(precision_recall([(each.score, each.right) for each in judged], gold)) / 2, 2)
