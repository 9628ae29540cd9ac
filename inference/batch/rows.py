"""The rows of a part: one for each document or one for each event, as JSON lines or as Parquet."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow
import pyarrow.parquet

from hadath.errors import InputError
from hadath.ontology import Ontology
from hadath.schema import Document, Event

from .. import jsonl
from ..readers import Fields

DOCUMENTS, EVENTS = "documents", "events"
JSONL, PARQUET = "jsonl", "parquet"
Row = Mapping[str, Any]

_TEXT, _WHOLE, _REAL = pyarrow.string(), pyarrow.int64(), pyarrow.float64()
_SPAN = [("start", _WHOLE), ("end", _WHOLE), ("text", _TEXT), ("score", _REAL)]
_ARGUMENTS = pyarrow.list_(pyarrow.struct([("role", _TEXT), *_SPAN]))
_EVENT = [("id", _TEXT), ("type", _TEXT), ("modality", _TEXT), ("score", _REAL)]
_EVENTS = pyarrow.list_(pyarrow.struct([*_EVENT, ("trigger", pyarrow.struct(_SPAN)), ("arguments", _ARGUMENTS)]))
_FLAT = {
    **{"document": _TEXT, "event": _TEXT, "type": _TEXT, "modality": _TEXT, "score": _REAL},
    **{"trigger": _TEXT, "trigger_start": _WHOLE, "trigger_end": _WHOLE, "trigger_score": _REAL},
}
_META = {"meta": _TEXT}
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How rows are written. `keep` names fields of the caller's records that get a column of their own in flat rows."""

    rows: str = DOCUMENTS
    format: str = JSONL
    keep: tuple[str, ...] = ()

    def check(self, ontology: Ontology, fields: Fields) -> None:
        """Raises InputError for fields that cannot be kept in rows of events, and for roles that these cannot hold."""
        if self.keep and self.rows == DOCUMENTS:
            raise InputError("keep gives columns to the rows of events; rows of documents hold all fields under 'meta'")
        if self.rows == EVENTS:
            _check_roles(ontology)
        if own := {fields.text, fields.id} & set(self.keep):
            raise InputError(
                f"keep: {', '.join(sorted(own))}: an event's row has the id under 'document', and not the whole text, "
                "which rows of documents have"
            )
        if taken := set(self.keep) & set(_columns(ontology, ())):
            raise InputError(f"keep: {', '.join(sorted(taken))} would take the place of a column; rename the field")


def encode(documents: Iterable[Document], ontology: Ontology, layout: Layout) -> bytes:
    """A whole part."""
    if layout.rows == EVENTS:
        rows: list[Row] = [*event_rows(documents, ontology, layout.keep)]
        schema = pyarrow.schema(list(_columns(ontology, layout.keep).items()))
    else:
        rows = [document.to_json() for document in documents]
        schema = pyarrow.schema([("id", _TEXT), ("text", _TEXT), ("events", _EVENTS), *_META.items()])
    if layout.format == JSONL:
        return "".join(map(jsonl.dumped, rows)).encode()
    return _parquet(rows, schema)


def event_rows(documents: Iterable[Document], ontology: Ontology, keep: Sequence[str] = ()) -> Iterator[Row]:
    """One flat row for each event. A role has its texts in one column, their `start-end` in another, in text order."""
    for document in documents:
        kept = {name: _cell(document.meta.get(name)) for name in keep}
        rest = {name: value for name, value in document.meta.items() if name not in keep}
        for event in document.events:
            yield {
                **{"document": document.id, "event": event.id, "type": event.type, "modality": event.modality},
                **{"score": round(event.score, 4), "trigger": event.trigger.text},
                **{"trigger_start": event.trigger.start, "trigger_end": event.trigger.end},
                "trigger_score": round(event.trigger.score, 4),
                **{name: cell for role in ontology.roles for name, cell in _role_cells(event, role)},
                **kept,
                "meta": _json(rest) if rest else None,
            }


def _columns(ontology: Ontology, keep: Sequence[str]) -> dict[str, pyarrow.DataType]:
    roles = {name: _TEXT for role in ontology.roles for name in _role_names(role)}
    return {**_FLAT, **roles, **dict.fromkeys(keep, _TEXT), **_META}


def _check_roles(ontology: Ontology) -> None:
    names = [*_FLAT, *_META, *(name for role in ontology.roles for name in _role_names(role))]
    if twice := sorted(name for name, count in Counter(names).items() if count > 1):
        raise InputError(
            f"rows of events would have two columns called {', '.join(twice)}, by the names of the model's roles; "
            "ask for rows of documents"
        )


def _role_names(role: str) -> tuple[str, str]:
    return role.lower(), f"{role.lower()}_spans"


def _role_cells(event: Event, role: str) -> Iterator[tuple[str, str | None]]:
    found = sorted((each for each in event.arguments if each.role == role), key=lambda each: (each.start, each.end))
    texts, spans = _role_names(role)
    yield texts, " | ".join(each.text for each in found) or None
    yield spans, " ".join(f"{each.start}-{each.end}" for each in found) or None


def _cell(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _parquet(rows: Sequence[Row], schema: pyarrow.Schema) -> bytes:
    columns = {name: [_writable(name, row.get(name)) for row in rows] for name in schema.names}
    sink = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(pyarrow.table(columns, schema=schema), sink, compression="zstd")
    return bytes(sink.getvalue())


def _writable(name: str, value: Any) -> Any:
    """Meta as JSON text. Half of a surrogate pair has no UTF-8: U+FFFD takes its one place, so that offsets hold."""
    if name in _META and isinstance(value, dict):
        return _writable(name, _json(value))
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {key: _writable("", item) for key, item in value.items()}
    return [_writable("", item) for item in value] if isinstance(value, list) else value
