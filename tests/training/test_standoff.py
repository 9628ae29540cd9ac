"""Annotations without their text."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given

from hadath.errors import DataError
from hadath.schema import Document
from tests.training.annotated import MARKED, ONTOLOGY, TEXT, documents
from training.data.check import label_complaints
from training.data.markup import parse
from training.data.ontology_file import load_ontology
from training.data.standoff import Record, detach, join, read, sha256, write

DATA = Path(__file__).parents[2] / "data"


@given(documents())
def test_a_record_joined_with_its_text_is_the_document_again(document: Document) -> None:
    line = json.dumps(detach(document).to_json())
    assert join(Record.from_json(json.loads(line)), document.text) == replace(document, meta={})


def test_a_record_holds_offsets_labels_and_hash_alone() -> None:
    assert detach(parse(MARKED, id="d", ontology=ONTOLOGY)).to_json() == {
        "id": "d",
        "sha256": sha256(TEXT),
        "events": [
            {
                "id": "e1",
                "type": "Attack",
                "modality": "actual",
                "trigger": [0, 4],
                "arguments": [["Target", 9, 14], ["Place", 18, 24]],
            },
            {"id": "e2", "type": "Die", "modality": "negated", "trigger": [29, 33], "arguments": [["Place", 18, 24]]},
        ],
    }


def test_half_of_a_surrogate_pair_has_a_hash_too() -> None:
    document = Document(id="a", text="هجوم \ud83d")
    assert join(detach(document), document.text) == document
    assert sha256("\ud83d") != sha256("\ud83e")


def test_a_text_that_differs_in_one_character_is_refused() -> None:
    record = detach(parse(MARKED, id="d", ontology=ONTOLOGY))
    with pytest.raises(DataError, match="d: the text differs from the annotated one"):
        join(record, TEXT.rstrip("\n"))


def test_a_span_beyond_the_text_is_refused() -> None:
    record = detach(parse(MARKED, id="d", ontology=ONTOLOGY))
    with pytest.raises(DataError, match="a span ends at 33, the text at 2"):
        join(replace(record, sha256=sha256("aa")), "aa")


def test_records_are_read_as_they_were_written(tmp_path: Path) -> None:
    record = detach(parse(MARKED, id="d", ontology=ONTOLOGY))
    records = [record, replace(record, id="e", events=())]
    write(tmp_path / "a.jsonl", records)
    assert read(tmp_path / "a.jsonl") == records


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        '{"id": "a", "sha256": "b"}',
        '{"id": 3, "sha256": "b", "events": []}',
        '{"id": "a", "sha256": "b", "events": [{"id": "e1", "type": "Die", "modality": "actual", "arguments": []}]}',
        '{"id": "a", "sha256": "b", "events": [{"id": "e1", "type": "Die", "modality": "actual", "arguments": [],'
        ' "trigger": [4, 4]}]}',
        '{"id": "a", "sha256": "b", "events": [{"id": "e1", "type": "Die", "modality": "actual", "arguments": [],'
        ' "trigger": [false, true]}]}',
        '{"id": "a", "sha256": "b", "events": [{"id": "e1", "type": "Die", "modality": "actual", "trigger": [0, 1],'
        ' "arguments": [[3, 0, 1]]}]}',
    ],
)
def test_a_line_that_is_no_record_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(f'{{"id": "a", "sha256": "b", "events": []}}\n{line}\n', "utf-8")
    with pytest.raises(DataError, match=r"a\.jsonl:2: "):
        read(path)


@pytest.mark.parametrize(("name", "count"), [("annotations.jsonl", 1046), ("held-out-annotations.jsonl", 60)])
def test_the_shipped_annotations_are_whole_and_hold_no_text(name: str, count: int) -> None:
    path = DATA / "ant" / name
    records = read(path)
    assert len({record.id for record in records}) == len(records) == count
    assert not re.search("[\u0600-\u06ff]", path.read_text("utf-8"))
    ontology = load_ontology(DATA / "ontology.yaml")
    assert [complaint for record in records for complaint in label_complaints(record.events, ontology)] == []


def test_what_is_held_out_is_not_trained_on() -> None:
    trained, held_out = (
        {key for record in read(DATA / "ant" / name) for key in (record.id, record.sha256)}
        for name in ("annotations.jsonl", "held-out-annotations.jsonl")
    )
    assert not trained & held_out
    for config in (DATA.parent / "configs").glob("*.yaml"):
        assert "held-out" not in config.read_text("utf-8")
