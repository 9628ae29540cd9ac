"""Annotations without their text: offsets, labels and the hash of the text they belong to, one document a line.

{"id": "…", "sha256": "…", "events": [{"id": "e1", "type": "Attack", "modality": "actual",
 "trigger": [0, 4], "arguments": [["Target", 20, 39]]}]}
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from hadath.errors import DataError
from hadath.schema import Argument, Document, Event, Json, Span


@dataclass(frozen=True, kw_only=True)
class Record:
    """The events of a text that is elsewhere. The spans have offsets only: their `text` is empty until `join`."""

    id: str
    sha256: str
    events: tuple[Event, ...]

    def to_json(self) -> Json:
        """One line of the file."""
        return {"id": self.id, "sha256": self.sha256, "events": [_event_json(event) for event in self.events]}

    @classmethod
    def from_json(cls, line: Mapping[str, Any]) -> Self:
        """The inverse of `to_json`. Raises DataError for a line of another form."""
        try:
            record = cls(id=line["id"], sha256=line["sha256"], events=tuple(map(_event, line["events"])))
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(f"not a stand-off record ({type(error).__name__}: {error})") from error
        if not isinstance(record.id, str) or not isinstance(record.sha256, str):
            raise DataError("not a stand-off record: 'id' and 'sha256' should be text")
        return record


def sha256(text: str) -> str:
    """Of the text in UTF-8. Half of a surrogate pair, which has none, counts as the three bytes it would have."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def detach(document: Document) -> Record:
    """The document's events without its text; scores and meta are left behind."""
    return Record(
        id=document.id, sha256=sha256(document.text), events=tuple(_cut(event, "") for event in document.events)
    )


def join(record: Record, text: str) -> Document:
    """The events on their text. Raises DataError if it is not the text that was annotated."""
    if (found := sha256(text)) != record.sha256:
        raise DataError(f"{record.id}: the text differs from the annotated one (sha256 {found}, not {record.sha256})")
    last = max((span.end for event in record.events for span in (event.trigger, *event.arguments)), default=0)
    if last > len(text):
        raise DataError(f"{record.id}: a span ends at {last}, the text at {len(text)}")
    return Document(id=record.id, text=text, events=tuple(_cut(event, text) for event in record.events))


def read(path: Path) -> list[Record]:
    """The records of a file. Raises DataError naming the first line that is none."""
    records = []
    for number, line in enumerate(path.read_text("utf-8").split("\n"), 1):
        if line.strip():
            try:
                records.append(Record.from_json(json.loads(line)))
            except ValueError as error:  # JSONDecodeError and DataError
                raise DataError(f"{path}:{number}: {error}") from error
    return records


def write(path: Path, records: Iterable[Record]) -> None:
    """One line each, in the order given."""
    lines = (json.dumps(record.to_json(), ensure_ascii=False, separators=(",", ":")) for record in records)
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")


def _event_json(event: Event) -> Json:
    return {
        "id": event.id,
        "type": event.type,
        "modality": event.modality,
        "trigger": [event.trigger.start, event.trigger.end],
        "arguments": [[argument.role, argument.start, argument.end] for argument in event.arguments],
    }


def _event(entry: Mapping[str, Any]) -> Event:
    names = [entry["id"], entry["type"], entry["modality"], *(role for role, _, _ in entry["arguments"])]
    if not all(isinstance(name, str) for name in names):
        raise ValueError(f"ids, types, modalities and roles are text, got {names}")
    return Event(
        id=entry["id"],
        type=entry["type"],
        modality=entry["modality"],
        trigger=Span(text="", **_offsets(*entry["trigger"])),
        arguments=tuple(Argument(role=role, text="", **_offsets(*span)) for role, *span in entry["arguments"]),
    )


def _offsets(start: int, end: int) -> dict[str, int]:
    if type(start) is not int or type(end) is not int or not 0 <= start < end:
        raise ValueError(f"[{start!r}, {end!r}] is no span")
    return {"start": start, "end": end}


def _cut(event: Event, text: str) -> Event:
    """The event with its spans cut from the text; from an empty text, with offsets alone."""
    trigger = Span.cut(text, event.trigger.start, event.trigger.end)
    arguments = (replace(each, text=text[each.start : each.end], score=1.0) for each in event.arguments)
    return replace(event, trigger=trigger, arguments=tuple(arguments), score=1.0)
