"""How right the tagger is, by the strict measures of the field.

All spans are compared in code points, from the first character to the last: a span one word short is wrong.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hadath.errors import DataError
from hadath.ontology import Ontology
from hadath.schema import Document

from .bootstrap import Bootstrap, Estimate, Score, tally
from .confusion import Cell, confusion
from .items import Items, Pair, judged_arguments, judged_events, judged_triggers, pairs
from .precision_recall import Point, precision_recall
from .reliability import Reliability, reliability
from .sequences import SequenceScore, argument_sequences, trigger_sequences

DEFINITIONS: Mapping[str, str] = {
    "Trig-I": "a trigger is right when its span is",
    "Trig-C": "a trigger is right when its span and event type are",
    "Arg-I": "an argument is right when its span, and the span and event type of its trigger, are (attached)",
    "Arg-C": "an argument is right when its span and role, and the span and event type of its trigger, are (attached)",
    "Modality": "over the triggers that are right by Trig-C; macro-F1 is the mean over the modalities that occur",
    "ECE": "expected calibration error, 10 bins of equal width, over predictions: the trigger's score against Trig-C, "
    "the argument's against Arg-C, the event's against Trig-C and modality; chance: what perfectly calibrated scores "
    "would stay under in 95 of 100 samples of this size",
    "seqeval": "strict IOB2 over words; triggers as one sequence per document, arguments as one per event whose "
    "trigger is right by Trig-C, so it scores arguments given right triggers",
}


@dataclass(frozen=True, slots=True)
class Modality:
    """How the modality is judged on the triggers that are right by Trig-C."""

    macro_f1: Estimate
    accuracy: Estimate
    labels: Mapping[str, Score]


@dataclass(frozen=True, kw_only=True, slots=True)
class Evaluation:
    """All figures of one comparison; `DEFINITIONS` says what each means. Mappings follow the ontology's order.

    Types, roles and modalities that occur on neither side have counts of 0. `reliabilities`: of triggers, arguments and
    events, an event's score being that of its trigger and its modality.
    """

    documents: int
    samples: int
    seed: int
    trig_i: Score
    trig_c: Score
    arg_i: Score
    arg_c: Score
    modality: Modality
    types: Mapping[str, Score]
    roles: Mapping[str, Score]
    reliabilities: Mapping[str, Reliability]
    trigger_curve: tuple[Point, ...]
    argument_curve: tuple[Point, ...]
    confusion: tuple[Cell, ...]
    trigger_sequences: SequenceScore
    argument_sequences: SequenceScore


def evaluate(
    gold: Sequence[Document], predicted: Sequence[Document], ontology: Ontology, *, samples: int = 1000, seed: int = 0
) -> Evaluation:
    """Compare predictions with gold; documents are matched by id, and what is said twice counts once.

    `samples` and `seed` rule the bootstrap behind the 95% intervals. Raises DataError where the documents do not match
    or name a type, role or modality that the ontology lacks.
    """
    matched = pairs(gold, predicted)
    _check_labels(matched, ontology)
    bootstrap = Bootstrap.draw(len(matched), samples, seed)
    types = tally(ontology.trigger_labels.classes, [(_typed(pair.gold), _typed(pair.predicted)) for pair in matched])
    triggers, arguments, events = (
        [(each.score, each.right) for each in of(matched)] for of in (judged_triggers, judged_arguments, judged_events)
    )
    roles = tally(ontology.roles, [(_roles(pair.gold), _roles(pair.predicted)) for pair in matched])
    return Evaluation(
        documents=len(matched),
        samples=samples,
        seed=seed,
        trig_i=bootstrap.micro(tally([""], [(_spans(pair.gold), _spans(pair.predicted)) for pair in matched])),
        trig_c=bootstrap.micro(types),
        arg_i=bootstrap.micro(tally([""], [(_attached(pair.gold), _attached(pair.predicted)) for pair in matched])),
        arg_c=bootstrap.micro(roles),
        modality=_modality(matched, ontology, bootstrap),
        types=dict(zip(ontology.trigger_labels.classes, bootstrap.scores(types), strict=True)),
        roles=dict(zip(ontology.roles, bootstrap.scores(roles), strict=True)),
        reliabilities={
            "triggers": reliability(triggers),
            "arguments": reliability(arguments),
            "events": reliability(events),
        },
        trigger_curve=precision_recall(triggers, sum(len(pair.gold.triggers) for pair in matched)),
        argument_curve=precision_recall(arguments, sum(len(pair.gold.arguments) for pair in matched)),
        confusion=confusion(matched, ontology.trigger_labels.classes),
        trigger_sequences=trigger_sequences(matched),
        argument_sequences=argument_sequences(matched),
    )


def _spans(items: Items) -> set[tuple[str, object]]:
    return {("", (trigger.start, trigger.end)) for trigger in items.triggers}


def _typed(items: Items) -> set[tuple[str, object]]:
    return {(trigger.type, trigger) for trigger in items.triggers}


def _attached(items: Items) -> set[tuple[str, object]]:
    return {("", (argument.trigger, argument.start, argument.end)) for argument in items.arguments}


def _roles(items: Items) -> set[tuple[str, object]]:
    return {(argument.role, argument) for argument in items.arguments}


def _modality(matched: Sequence[Pair], ontology: Ontology, bootstrap: Bootstrap) -> Modality:
    def by_modality(pair: Pair, items: Items) -> set[tuple[str, object]]:
        return {(items.triggers[trigger].modality, trigger) for trigger in pair.right}

    table = tally(
        ontology.modalities, [(by_modality(pair, pair.gold), by_modality(pair, pair.predicted)) for pair in matched]
    )
    return Modality(
        macro_f1=bootstrap.macro_f1(table),
        # Each trigger has one modality on either side, so precision, recall and F1 over all of them are the accuracy.
        accuracy=bootstrap.micro(table).f1,
        labels=dict(zip(ontology.modalities, bootstrap.scores(table), strict=True)),
    )


def _check_labels(matched: Sequence[Pair], ontology: Ontology) -> None:
    for pair in matched:
        for items, side in ((pair.gold, "gold"), (pair.predicted, "predicted")):
            used = [("type", trigger.type, ontology.trigger_labels.classes) for trigger in items.triggers]
            used += [("modality", event.modality, ontology.modalities) for event in items.triggers.values()]
            used += [("role", argument.role, ontology.roles) for argument in items.arguments]
            for what, name, known in used:
                if name not in known:
                    raise DataError(
                        f"document {pair.id!r}: the {side} {what} {name!r} is not in the ontology; "
                        f"known are {', '.join(known)}"
                    )
