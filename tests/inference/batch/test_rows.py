"""Rows say what the documents say, in every layout."""

import json
from dataclasses import replace
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given, settings

from hadath.errors import InputError
from hadath.ontology import EventType
from hadath.schema import Argument, Document, Event, Span
from inference.batch.rows import Layout, encode
from inference.readers import Fields
from tests.inference.fake_tagger import ONTOLOGY
from tests.strategies import texts

TEXT = "هجوم في بغداد والأنبار"
EVENT = Event(
    id="e1",
    type="Attack",
    modality="negated",
    trigger=Span.cut(TEXT, 0, 4, 0.98765),
    arguments=(
        Argument(role="Place", start=14, end=22, text="والأنبار", score=0.5),
        Argument(role="Place", start=8, end=13, text="بغداد", score=0.75),
    ),
    score=0.9,
)
DOCUMENT = Document(id="a", text=TEXT, events=(EVENT,), meta={"day": "2024-07-17", "n": 3, "who": {"x": [1]}})


def read(data: bytes, layout: Layout) -> list[dict[str, Any]]:
    if layout.format == "jsonl":
        return [json.loads(line) for line in data.decode().split("\n") if line]
    table = pyarrow.parquet.read_table(pyarrow.BufferReader(data))
    return [{key: value for key, value in row.items() if value is not None} for row in table.to_pylist()]


def written(document: Document, **layout: Any) -> list[dict[str, Any]]:
    chosen = Layout(**layout)
    return read(encode([document], ONTOLOGY, chosen), chosen)


@pytest.mark.parametrize("format", ["jsonl", "parquet"])
def test_a_row_of_a_document_is_the_document(format: str) -> None:
    (row,) = written(DOCUMENT, format=format)
    meta = row.pop("meta")
    assert (json.loads(meta) if format == "parquet" else meta) == DOCUMENT.meta
    assert row == {key: value for key, value in DOCUMENT.to_json().items() if key != "meta"}


@pytest.mark.parametrize("format", ["jsonl", "parquet"])
def test_a_row_of_an_event_is_flat_and_has_a_column_for_each_role(format: str) -> None:
    (row,) = written(DOCUMENT, format=format, rows="events", keep=("n", "day"))
    assert {key: value for key, value in row.items() if value is not None} == {
        **{"document": "a", "event": "e1", "type": "Attack", "modality": "negated", "score": 0.9},
        **{"trigger": "هجوم", "trigger_start": 0, "trigger_end": 4, "trigger_score": 0.9877},
        **{"place": "بغداد | والأنبار", "place_spans": "8-13 14-22"},
        **{"n": "3", "day": "2024-07-17", "meta": '{"who": {"x": [1]}}'},
    }


@pytest.mark.parametrize("format", ["jsonl", "parquet"])
def test_a_document_without_events_has_no_rows_of_events(format: str) -> None:
    assert written(Document(id="a", text=TEXT), format=format, rows="events") == []


@settings(max_examples=100, deadline=None)
@given(texts())
def test_offsets_hold_in_parquet_even_where_a_text_has_no_utf8(text: str) -> None:
    (row,) = written(Document(id=text, text=text, meta={text: [text]}), format="parquet")
    assert len(row["text"]) == len(text)
    assert all(one == other or "\ud800" <= other <= "\udfff" for one, other in zip(row["text"], text, strict=True))


def test_a_field_may_not_take_the_place_of_a_column() -> None:
    with pytest.raises(InputError, match="keep: place, score would take the place of a column"):
        Layout(rows="events", keep=("score", "place", "day")).check(ONTOLOGY, Fields())
    with pytest.raises(InputError, match="keep gives columns to the rows of events"):
        Layout(keep=("day",)).check(ONTOLOGY, Fields())


def test_the_text_and_the_id_have_no_column_of_their_own() -> None:
    with pytest.raises(InputError, match="keep: body, key: an event's row has the id under 'document'"):
        Layout(rows="events", keep=("key", "body", "day")).check(ONTOLOGY, Fields(text="body", id="key"))
    Layout(rows="events", keep=("text",)).check(ONTOLOGY, Fields(text="body"))


@pytest.mark.parametrize("roles", [("Document", "Trigger"), ("Place", "PLACE"), ("Place", "Place_spans")])
def test_roles_that_would_share_a_column_are_refused_in_rows_of_events(roles: tuple[str, ...]) -> None:
    ontology = replace(ONTOLOGY, roles=roles, types=(EventType(name="Attack", roles=roles),))
    Layout().check(ontology, Fields())
    with pytest.raises(InputError, match=r"two columns called (document, trigger|place)"):
        Layout(rows="events").check(ontology, Fields())
