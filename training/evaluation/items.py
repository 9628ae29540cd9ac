"""What is counted: the triggers and attached arguments of a document, each once however often it was said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from hadath.errors import DataError
from hadath.schema import Document, Event


@dataclass(frozen=True, order=True, slots=True)
class Trigger:
    """A trigger by what makes it strictly the same: its span and its type."""

    start: int
    end: int
    type: str


@dataclass(frozen=True, order=True, slots=True)
class Attached:
    """An argument by what makes it strictly the same: its trigger, its role and its span."""

    trigger: Trigger
    role: str
    start: int
    end: int


@dataclass(frozen=True)
class Items:
    """The items of one document. Of events with the same trigger the most confident one speaks for its modality."""

    triggers: Mapping[Trigger, Event]
    arguments: Mapping[Attached, float]
    """Each argument with its score."""

    @classmethod
    def of(cls, document: Document) -> "Items":
        """The items of a document; duplicates fall together."""
        triggers: dict[Trigger, Event] = {}
        arguments: dict[Attached, float] = {}
        for event in document.events:
            trigger = Trigger(event.trigger.start, event.trigger.end, event.type)
            triggers[trigger] = max(event, triggers.get(trigger, event), key=_confidence)
            for argument in event.arguments:
                attached = Attached(trigger, argument.role, argument.start, argument.end)
                arguments[attached] = max(argument.score, arguments.get(attached, 0.0))
        return cls(triggers, arguments)


@dataclass(frozen=True)
class Pair:
    """One text with what the annotators and what the model say of it."""

    id: str
    text: str
    gold: Items
    predicted: Items

    @cached_property
    def right(self) -> tuple[Trigger, ...]:
        """The triggers found with the right span and type, in order."""
        return tuple(sorted(self.gold.triggers.keys() & self.predicted.triggers.keys()))


class Judged(NamedTuple):
    """A prediction: its event type or role, its score, and whether it is right."""

    name: str
    score: float
    right: bool


def judged_triggers(matched: Sequence[Pair]) -> list[Judged]:
    """Each predicted trigger, by its own score."""
    return [
        Judged(trigger.type, event.trigger.score, trigger in pair.gold.triggers)
        for pair in matched
        for trigger, event in pair.predicted.triggers.items()
    ]


def judged_arguments(matched: Sequence[Pair]) -> list[Judged]:
    """Each predicted argument; it is right where its trigger is as well."""
    return [
        Judged(argument.role, score, argument in pair.gold.arguments)
        for pair in matched
        for argument, score in pair.predicted.arguments.items()
    ]


def judged_events(matched: Sequence[Pair]) -> list[Judged]:
    """Each predicted event, which is right where trigger, type and modality are."""
    return [
        Judged(
            event.type,
            event.score,
            (gold := pair.gold.triggers.get(trigger)) is not None and gold.modality == event.modality,
        )
        for pair in matched
        for trigger, event in pair.predicted.triggers.items()
    ]


def pairs(gold: Sequence[Document], predicted: Sequence[Document]) -> tuple[Pair, ...]:
    """Match documents by id, in the order of their ids, so that no result depends on the order of the input.

    Raises DataError where an id is doubled, missing or extra, or the two texts differ.
    """
    ours, theirs = _by_id(gold, "gold"), _by_id(predicted, "predicted")
    if not ours:
        raise DataError("there are no gold documents to evaluate on")
    if missing := sorted(ours.keys() - theirs.keys()):
        raise DataError(
            f"{len(missing)} gold documents lack a prediction, the first is {missing[0]!r}; tag all of them"
        )
    if extra := sorted(theirs.keys() - ours.keys()):
        raise DataError(f"{len(extra)} predicted documents have no gold, the first is {extra[0]!r}; leave them out")
    for name, document in ours.items():
        if document.text != theirs[name].text:
            raise DataError(f"document {name!r}: the predicted text is not the gold one; tag the gold text itself")
    return tuple(Pair(name, ours[name].text, Items.of(ours[name]), Items.of(theirs[name])) for name in sorted(ours))


def _by_id(documents: Sequence[Document], side: str) -> dict[str, Document]:
    found: dict[str, Document] = {}
    for document in documents:
        if document.id in found:
            raise DataError(f"the id {document.id!r} stands twice in the {side} documents; ids must be unique")
        found[document.id] = document
    return found


def _confidence(event: Event) -> tuple[float, float, str]:
    return event.trigger.score, event.score, event.modality
