"""Documents against the ontology and the rules for spans."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from hadath.ontology import Ontology
from hadath.schema import Document, Event
from hadath.text import Text

from .faults import unknown


class Complaint(NamedTuple):
    """A mistake at a code point of the document's text."""

    offset: int
    message: str


def complaints(document: Document, ontology: Ontology) -> Iterator[Complaint]:
    """All that is wrong: spans first, then ids and labels."""
    events = document.events
    spans = {(span.start, span.end) for event in events for span in (event.trigger, *event.arguments)}
    yield from _span_complaints(document.text, sorted(spans))
    yield from label_complaints(events, ontology)


def label_complaints(events: Iterable[Event], ontology: Ontology) -> Iterator[Complaint]:
    """What can be said without the text: ids, types, modalities, roles."""
    seen: set[str] = set()
    for event in events:
        at = event.trigger.start
        if event.id in seen:
            yield Complaint(at, f"{event.id} is the id of two events")
        seen.add(event.id)
        if event.modality not in ontology.modalities:
            yield Complaint(at, unknown("modality", event.modality, ontology.modalities))
        if event.type not in ontology.licensed:
            yield Complaint(at, unknown("type", event.type, ontology.licensed))
        yield from _role_complaints(event, ontology)


def _role_complaints(event: Event, ontology: Ontology) -> Iterator[Complaint]:
    licensed = ontology.licensed.get(event.type, ontology.roles)
    times = Counter((argument.role, argument.start, argument.end) for argument in event.arguments)
    for (role, start, _), count in times.items():
        if role not in ontology.roles:
            yield Complaint(start, unknown("role", role, ontology.roles))
        elif role not in licensed:
            roles = ", ".join(licensed)
            yield Complaint(start, f"{event.id}: role {role} is not licensed for {event.type}, which takes {roles}")
        if count > 1:
            yield Complaint(start, f"{event.id}.{role} stands {count} times on the same span")


def _span_complaints(text: str, spans: Iterable[tuple[int, int]]) -> Iterator[Complaint]:
    words = Text.read(text).words
    starts, ends = {word.start for word in words}, {word.end for word in words}
    inside = {place: word for word in words for place in range(word.start + 1, word.end)}
    for start, end in spans:
        if start == end:
            continue  # markup alone can express it, and reports it with the place of the brace
        span = text[start:end]
        if span != span.strip():
            yield Complaint(start, f"blank at the edge of the span {span!r}")
            continue
        for edge, right, verb, char in ((start, starts, "starts", span[0]), (end, ends, "ends", span[-1])):
            if word := inside.get(edge):
                yield Complaint(start, f"span {span!r} {verb} inside the word {text[word.start : word.end]!r}")
            elif edge not in right:
                yield Complaint(start, f"span {span!r} {verb} with {char!r}; punctuation at the edge stays outside")
