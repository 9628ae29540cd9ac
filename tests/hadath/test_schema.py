"""Documents as JSON and back."""

import copy
import dataclasses
import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hadath.errors import SchemaError
from hadath.schema import Argument, Document, Event, Span

RECORD: dict[str, Any] = {
    "id": "a",
    "text": "وقع هجوم على القاعدة",
    "events": [
        {
            "id": "e1",
            "type": "Attack",
            "modality": "actual",
            "score": 0.9,
            "trigger": {"start": 4, "end": 8, "text": "هجوم", "score": 0.95},
            "arguments": [{"role": "Target", "start": 13, "end": 20, "text": "القاعدة", "score": 0.8}],
        }
    ],
    "meta": {"source": "radio"},
}


@st.composite
def documents(draw: st.DrawFn) -> Document:
    text = draw(st.text(min_size=1, max_size=40))
    scores = st.integers(0, 10_000).map(lambda n: n / 10_000)

    def span() -> dict[str, Any]:
        start = draw(st.integers(0, len(text) - 1))
        end = draw(st.integers(start + 1, len(text)))
        return {"start": start, "end": end, "text": text[start:end], "score": draw(scores)}

    events = tuple(
        Event(
            id=f"e{i}",
            type=draw(st.sampled_from(["Attack", "Die"])),
            modality="actual",
            trigger=Span(**span()),
            arguments=tuple(Argument(role="Place", **span()) for _ in range(draw(st.integers(0, 2)))),
            score=draw(scores),
        )
        for i in range(draw(st.integers(0, 3)))
    )
    meta = draw(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=2))
    return Document(id=draw(st.text(max_size=5)), text=text, events=events, meta=meta)


@given(documents())
def test_a_document_comes_back_from_its_json(document: Document) -> None:
    assert Document.from_json(json.loads(json.dumps(document.to_json()))) == document


@given(documents())
def test_a_document_can_be_sent_to_another_process_copied_and_taken_apart(document: Document) -> None:
    assert pickle.loads(pickle.dumps(document)) == copy.deepcopy(document) == document
    assert dataclasses.asdict(Document(id="a", text="x")) == {"id": "a", "text": "x", "events": (), "meta": {}}


def test_the_json_is_the_published_shape() -> None:
    assert Document.from_json(RECORD).to_json() == RECORD


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        (["text"], None, "'text' should be str"),
        (["id"], 5, "'id' should be str"),
        (["events"], {}, "'events' should be list"),
        (["events", 0], 1, "expected a JSON object"),
        (["events", 0, "trigger", "end"], 99, r"span \[4, 99\) is not inside"),
        (["events", 0, "trigger", "start"], True, "'start' should be int"),
        (["events", 0, "trigger", "text"], "قصف", "the record says"),
        (["events", 0, "arguments", 0, "score"], 2, "from 0 to 1"),
        (["events", 0, "arguments", 0, "role"], None, r"arguments\[0\]: 'role'"),
    ],
)
def test_a_record_that_is_no_document_is_refused_by_field(path: list[Any], value: object, complaint: str) -> None:
    record = json.loads(json.dumps(RECORD))
    inner = record
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    with pytest.raises(SchemaError, match=complaint):
        Document.from_json(record)


def test_a_missing_field_is_named() -> None:
    with pytest.raises(SchemaError, match=r"'text' is missing; present are \['id'\]"):
        Document.from_json({"id": "a"})
