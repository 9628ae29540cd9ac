"""Altered articles keep their annotations, word for word."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hadath.schema import Document, Event, Span
from hadath.text import Text, Word, normalised_word
from tests.training.annotated import MARKED, ONTOLOGY, documents
from training.cli import main
from training.data.check import complaints
from training.data.corpus import load_documents
from training.data.markup import parse
from training.data.rewrite import Edit, rewrite
from training.evaluation.robustness import ALTERATIONS, format_robustness, robustness

SOURCE = (
    'قال: {أُصيب|e1:Die} {3 جنود|e1.Victim} في {بلدة "أبو كمال|e1.Place}".\n{هجوم|e2:Attack} في {المدينة|e2.Place}\n'
)


def article(source: str = SOURCE) -> Document:
    return parse(source, id="a", ontology=ONTOLOGY)


def altered(name: str) -> Document:
    document = article()
    return rewrite(document, ALTERATIONS[name](document.text))


@settings(max_examples=40, deadline=None)
@given(documents(), st.sampled_from(list(ALTERATIONS)))
def test_every_alteration_keeps_events_and_spans_on_words(document: Document, name: str) -> None:
    new = rewrite(document, ALTERATIONS[name](document.text))
    assert [event.type for event in new.events] == [event.type for event in document.events]
    assert len(list(complaints(new, ONTOLOGY))) == len(list(complaints(document, ONTOLOGY)))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("as it is", 'قال: أُصيب 3 جنود في بلدة "أبو كمال".\nهجوم في المدينة\n'),
        ("no hamza on alif", 'قال: اُصيب 3 جنود في بلدة "ابو كمال".\nهجوم في المدينة\n'),
        ("other digits", 'قال: أُصيب ٣ جنود في بلدة "أبو كمال".\nهجوم في المدينة\n'),
        ("no punctuation", "قال أُصيب 3 جنود في بلدة أبو كمال\nهجوم في المدينة\n"),
        ("one paragraph", 'قال: أُصيب 3 جنود في بلدة "أبو كمال". هجوم في المدينة '),
        ("channel clutter", '🔴 عاجل | قال: أُصيب 3 جنود في بلدة "أبو كمال". 👇👇\n‼️ هجوم في المدينة\n'),
    ],
)
def test_an_alteration_does_what_its_name_says(name: str, text: str) -> None:
    new = altered(name)
    assert new.text == text
    assert new.events[1].trigger.text == "هجوم"
    assert [argument.text.split()[-1] for argument in new.events[0].arguments] == ["جنود", "كمال"]


def test_marks_and_tatweel_stand_inside_words() -> None:
    for name, sign in (("diacritics", "\u064e"), ("tatweel", "\u0640")):
        new = altered(name)
        assert sign in new.text
        assert len(new.text.split()) == len(article().text.split())
        assert [len(argument.text.split()) for argument in new.events[0].arguments] == [2, 3]


def test_what_is_put_in_at_a_border_stands_before_a_span_and_inside_one() -> None:
    document = article("{هجوم|e1:Attack} {قتل|e2:Die}")
    new = rewrite(document, [Edit(0, 0, "- "), Edit(4, 4, "ا"), Edit(5, 5, "و")])
    assert new.text == "- هجوما وقتل"
    assert [event.trigger.text for event in new.events] == ["هجوما", "قتل"]


def by_words(read: Callable[[str], str]) -> Callable[[Sequence[Document]], list[Document]]:
    """A tagger that knows three trigger words by how `read` gives them, and nothing else."""
    known = {"أصيب": "Die", "هجوم": "Attack", "قتلى": "Die"}

    def event(text: str, word: Word) -> Event:
        kind = known[read(text[word.start : word.end])]
        trigger = Span.cut(text, word.start, word.end, 1.0)
        return Event(id=f"e{word.start}", type=kind, modality="actual", trigger=trigger, arguments=(), score=1.0)

    def tagged(document: Document) -> Document:
        text = document.text
        words = [word for word in Text.read(text).words if read(text[word.start : word.end]) in known]
        return replace(document, events=tuple(event(text, word) for word in words))

    return lambda given: [tagged(document) for document in given]


def test_a_tagger_loses_where_an_alteration_changes_what_it_reads() -> None:
    gold = [article(SOURCE.replace("أُصيب", "أصيب")), parse(MARKED, id="b", ontology=ONTOLOGY)]
    letters, signs = (list(robustness(gold, by_words(read), ONTOLOGY)) for read in (normalised_word, str))
    assert [each.name for each in letters] == list(ALTERATIONS)
    assert {each.name for each in letters if each.evaluation.trig_c.f1.value < 1} == {"no hamza on alif"}
    assert {each.name for each in signs if each.evaluation.trig_c.f1.value < 1} == {
        "no hamza on alif",
        "diacritics",
        "tatweel",
    }
    assert format_robustness(letters).splitlines()[2:5:2] == [
        "| as it is | 1.000 | +0.000 | 0.000 | +0.000 | 0.429 | +0.000 |",
        "| no hamza on alif | 0.857 | -0.143 | 0.000 | +0.000 | 0.400 | -0.029 |",
    ]


def test_evaluate_prints_the_table_and_reads_the_documents_once(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = Mock(wraps=load_documents)
    monkeypatch.setattr("training.evaluate.load_documents", reading)
    report = tmp_path / "report.html"
    assert (
        main(["evaluate", str(bundle), "data/authored/sudan-agency-01.txt", "--robustness", f"--report={report}"]) == 0
    )
    assert "| channel clutter |" in capsys.readouterr().out
    assert reading.call_count == 1
    page = report.read_text("utf-8")
    assert all(f"<tr><td>{name}</td>" in page for name in ALTERATIONS)
    for name in ("Triggers", "Arguments", "Events"):
        for state in ("", ", nothing left out", ", nothing left out, before calibration"):
            assert f'aria-label="Reliability diagram: {name}{state}"' in page
