"""Inline markup: what it says, what is wrong in it, and the way back."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from hadath.errors import DataError
from hadath.schema import Argument, Document, Event, Span
from tests.training.annotated import MARKED, ONTOLOGY, TEXT, documents
from training.data.faults import FaultError
from training.data.markup import parse, plain_text, write
from training.data.ontology_file import load_ontology

GOLD = os.environ.get("HADATH_GOLD")
ROOT = Path(__file__).parents[2]


def read(source: str) -> Document:
    return parse(source, id="d", ontology=ONTOLOGY)


def faults(source: str) -> list[tuple[int, int, str]]:
    with pytest.raises(FaultError) as error:
        parse(source, id="d", ontology=ONTOLOGY, path="d.txt")
    return [(fault.line, fault.column, fault.message) for fault in error.value.faults]


def test_labels_become_events_with_their_arguments() -> None:
    document = read(MARKED)
    assert document.text == TEXT
    attack, die = document.events
    assert (attack.id, attack.type, attack.modality, attack.trigger.text) == ("e1", "Attack", "actual", "هجوم")
    assert [(each.role, each.text) for each in attack.arguments] == [("Target", "قاعدة"), ("Place", "العراق")]
    assert (die.id, die.type, die.modality, die.trigger.text) == ("e2", "Die", "negated", "قتلى")
    assert [(each.role, each.start, each.end) for each in die.arguments] == [("Place", 18, 24)]


def test_a_span_may_hold_another() -> None:
    (event,) = read("{28 {قتيلا|e1:Die}|e1.Victim}").events
    assert (event.trigger.start, event.trigger.end) == (3, 8)
    assert [(each.start, each.end, each.text) for each in event.arguments] == [(0, 8, "28 قتيلا")]


def test_events_come_in_the_order_of_their_triggers_with_the_ids_of_the_source() -> None:
    assert [event.id for event in read("{قتل|e7:Die} ثم {قصف|e2:Attack}").events] == ["e7", "e2"]


def test_a_name_of_an_argument_may_stand_before_its_trigger() -> None:
    (event,) = read("{الجيش|e1.Actor} {يقصف|e1:Attack}").events
    assert event.arguments[0].text == "الجيش"


@given(documents(nested=True, id="d"))
def test_what_is_written_reads_as_the_same_document(document: Document) -> None:
    source = write(document)
    assert read(source) == document
    assert plain_text(source) == document.text


@pytest.mark.parametrize(
    ("source", "line", "column", "message"),
    [
        ("aa\nbb {قتل|e1:Die", 2, 8, "no closing brace behind the labels"),
        ("aa\nbb {قتل", 2, 4, "brace is never closed"),
        ("aa } bb", 1, 4, "closing brace without an opening one"),
        ("aa {bb}", 1, 7, "no labels"),
        ("aa {bb|}", 1, 4, "span without a label"),
        ("aa | bb", 1, 4, "bar: the text may hold none"),
        ("aa {|e1:Die}", 1, 4, "empty span"),
        ("{ |e1:Die}", 1, 2, "blank at the edge of the span ' '"),
        ("{قتل |e1:Die}", 1, 2, "blank at the edge of the span 'قتل '"),
        ("{قتل|e1:Dei}", 1, 2, "unknown type 'Dei'; did you mean 'Die'?"),
        ("{قتل|e1:Xyz}", 1, 2, "unknown type 'Xyz'; known are Attack, Die"),
        ("{قتل|e1:Die/negatd}", 1, 2, "unknown modality 'negatd'; did you mean 'negated'?"),
        ("{قتل|e1:Die} {أ|e1.victim}", 1, 15, "unknown role 'victim'; did you mean 'Victim'?"),
        ("{قتل|e1:Die}\n{أ|e1.Target}", 2, 2, "e1: role Target is not licensed for Die, which takes Actor, Victim"),
        ("{قتل|e1:Die}\n{أ|e1.Actor e1.Actor}", 2, 2, "e1.Actor stands 2 times on the same span"),
        ("و{قتل|e1:Die}", 1, 3, "span 'قتل' starts inside the word 'وقتل'"),
        ("{قت|e1:Die}ل", 1, 2, "span 'قت' ends inside the word 'قتل'"),
        ("{قت|e1:Die}\u0651ل", 1, 2, "ends inside the word"),
        ('{"قتل|e1:Die}"', 1, 2, "starts with '\"'; punctuation at the edge stays outside"),
        ("{قتل|e1:Die} و {مات|e1:Die}", 1, 16, "e1:Die: e1 has two triggers"),
        ("{قتل|e1:Die} {أ|e2.Actor}", 1, 14, "e2.Actor: no trigger has the id e2"),
        ("{قتل|e1=Die}", 1, 1, "bad label 'e1=Die'; expected e1:Type, e1:Type/modality or e1.Role"),
        ("{قتل|e1:Die|x}", 1, 1, "bad label 'e1:Die|x'"),
        ("---\nid d\n---\n", 2, 1, "header: expected 'key: value', got 'id d'"),
        ("---\nid:\n---\n", 2, 1, "header: expected 'key: value', got 'id:'"),
        ("---\nid: d\nstile: x\n---\n", 3, 1, "header: unknown key 'stile'; did you mean 'style'?"),
        ("---\nid: d\nid: e\n---\n", 3, 1, "header: 'id' stands twice"),
        ("---\ndate: 31.1.2024\n---\n", 2, 1, "header: date '31.1.2024' is not of the form 2024-01-31"),
        ("---\nid: d\naa", 1, 1, "header: no closing line '---'"),
    ],
)
def test_a_fault_is_reported_with_its_place(source: str, line: int, column: int, message: str) -> None:
    (found,) = faults(source)
    assert found[:2] == (line, column)
    assert message in found[2]


def test_all_faults_are_reported_in_the_order_of_the_source() -> None:
    source = "---\nkey: x\n---\nو{قتل|e1:Dei}\n{أ|e2.Actor} }\n"
    assert [fault[:2] for fault in faults(source)] == [(2, 1), (4, 3), (4, 3), (5, 1), (5, 14)]


def test_a_fault_reads_like_a_compiler_message() -> None:
    with pytest.raises(DataError, match=r"^a/b\.txt:1:4: closing brace"):
        parse("aa } bb", id="b", ontology=ONTOLOGY, path="a/b.txt")


def test_the_header_gives_id_and_meta_and_is_no_text() -> None:
    document = read("---\nid: iraq-01\nstyle: agency\nregion: iraq\ndate: 2024-01-21\n---\n\nنص\n")
    assert (document.id, document.text) == ("iraq-01", "\nنص\n")
    assert dict(document.meta) == {"style": "agency", "region": "iraq", "date": "2024-01-21"}


def test_without_a_header_the_given_id_holds() -> None:
    assert (read("نص").id, dict(read("نص").meta)) == ("d", {})


def test_line_breaks_of_any_kind_stay_as_they_are() -> None:
    assert read("---\r\nid: d\r\n---\r\n{قتل|e1:Die}\r\nx\u2028y\r").text == "قتل\r\nx\u2028y\r"


def test_spans_that_cross_cannot_be_written() -> None:
    text = "aa bb cc"
    actor = Argument(role="Actor", start=3, end=8, text="bb cc")
    event = Event(id="e1", type="Die", modality="actual", trigger=Span.cut(text, 0, 5), arguments=(actor,))
    with pytest.raises(DataError, match="cross"):
        write(Document(id="d", text=text, events=(event,)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"text": "a { b", "events": ()}, "the text holds '{' at 2"),
        ({"meta": {"source": "x"}}, "unknown key 'source'"),
        ({"meta": {"style": "a\nb"}}, "expected text on one line"),
        ({"meta": {"style": 3}}, "'style' is 3"),
    ],
)
def test_what_the_markup_cannot_hold_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        write(replace(read(MARKED), **change))


def test_an_event_id_of_another_form_is_refused() -> None:
    (first, *_) = read(MARKED).events
    with pytest.raises(DataError, match="'x1:Attack' cannot be written as a label"):
        write(Document(id="d", text=TEXT, events=(replace(first, id="x1"),)))


@pytest.mark.skipif(not GOLD, reason="HADATH_GOLD names no folder of marked-up articles")
def test_gold_articles_are_written_as_they_were_read() -> None:
    ontology = load_ontology(ROOT / "data/ontology.yaml")
    for path in Path(GOLD or "").rglob("*.txt"):
        source = path.read_bytes().decode("utf-8")
        assert write(parse(source, id=path.stem, ontology=ontology)) == source
