"""What hadath says about a text: documents, events, arguments.

Every span is `[start, end)` in code points of the caller's own text, so `text[span.start:span.end] == span.text`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from hadath.errors import SchemaError

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """A piece of the text. `score` is a calibrated probability; 1.0 on annotations made by hand."""

    start: int
    end: int
    text: str
    score: float = 1.0

    def to_json(self) -> Json:
        """The span as it stands in a hadath JSON document."""
        return {"start": self.start, "end": self.end, "text": self.text, "score": round(self.score, 4)}

    @classmethod
    def cut(cls, text: str, start: int, end: int, score: float = 1.0) -> Self:
        """The span of `text` from code point `start` up to, not including, `end`."""
        return cls(start=start, end=end, text=text[start:end], score=score)


@dataclass(frozen=True, kw_only=True, slots=True)
class Argument(Span):
    """A participant, place, time or means of one event. `score`: that it and its event's trigger are right."""

    role: str

    def to_json(self) -> Json:
        """The argument as it stands in a hadath JSON document."""
        # Named, because zero-argument super() does not work in a dataclass with slots.
        return {"role": self.role, **Span.to_json(self)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One mention of an event.

    `trigger.score` is the probability of the trigger's span and type, `score` that the modality is right as well.
    """

    id: str
    type: str
    modality: str
    trigger: Span
    arguments: tuple[Argument, ...] = ()
    score: float = 1.0

    def to_json(self) -> Json:
        """The event as it stands in a hadath JSON document."""
        return {
            "id": self.id,
            "type": self.type,
            "modality": self.modality,
            "score": round(self.score, 4),
            "trigger": self.trigger.to_json(),
            "arguments": [argument.to_json() for argument in self.arguments],
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A text with its events, in the order of their triggers. `meta` is whatever else the caller's record carried."""

    id: str
    text: str
    events: tuple[Event, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> Json:
        """One JSONL record; `meta` is left out when empty."""
        record: Json = {
            "id": self.id,
            "text": self.text,
            "events": [event.to_json() for event in self.events],
        }
        return {**record, "meta": dict(self.meta)} if self.meta else record

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        """The inverse of `to_json`. Raises SchemaError where a field is missing, ill-typed or contradicts the text."""
        text = _get(record, "text", str)
        events = [_event(event, text, f"events[{i}]") for i, event in enumerate(_get(record, "events", list))]
        return cls(
            id=_get(record, "id", str),
            text=text,
            events=tuple(events),
            meta=_get(record, "meta", dict) if "meta" in record else {},
        )


def _get(record: Mapping[str, Any], key: str, kind: type, where: str = "document") -> Any:
    if not isinstance(record, Mapping):
        raise SchemaError(f"{where}: expected a JSON object, got {type(record).__name__}")
    if key not in record:
        raise SchemaError(f"{where}: the field {key!r} is missing; present are {sorted(map(str, record))}")
    value = record[key]
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise SchemaError(f"{where}: {key!r} should be {kind.__name__}, got {type(value).__name__}")
    return value


def _span(record: Mapping[str, Any], text: str, where: str) -> tuple[int, int, float]:
    start, end = _get(record, "start", int, where), _get(record, "end", int, where)
    if not 0 <= start < end <= len(text):
        raise SchemaError(f"{where}: span [{start}, {end}) is not inside the text of {len(text)} code points")
    if (quote := record.get("text")) is not None and quote != text[start:end]:
        raise SchemaError(f"{where}: the text at [{start}, {end}) is {text[start:end]!r}, the record says {quote!r}")
    return start, end, _score(record, where)


def _score(record: Mapping[str, Any], where: str) -> float:
    score = record.get("score", 1.0)
    if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 1:
        raise SchemaError(f"{where}: 'score' should be a number from 0 to 1, got {score!r}")
    return float(score)


def _event(record: Mapping[str, Any], text: str, where: str) -> Event:
    start, end, score = _span(_get(record, "trigger", dict, where), text, f"{where}.trigger")
    arguments = []
    for i, argument in enumerate(_get(record, "arguments", list, where)):
        spot = f"{where}.arguments[{i}]"
        first, last, certainty = _span(argument, text, spot)
        role = _get(argument, "role", str, spot)
        arguments.append(Argument(role=role, start=first, end=last, text=text[first:last], score=certainty))
    return Event(
        id=_get(record, "id", str, where),
        type=_get(record, "type", str, where),
        modality=_get(record, "modality", str, where),
        trigger=Span.cut(text, start, end, score),
        arguments=tuple(arguments),
        score=_score(record, where),
    )
