"""Altered articles keep their annotations, word for word."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hadath.schema import Document
from tests.training.annotated import MARKED, ONTOLOGY, documents
from training.cli import main
from training.data.check import complaints
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
        ("no hamza", 'قال: اُصيب 3 جنود في بلدة "ابو كمال".\nهجوم في المدينة\n'),
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


def test_a_tagger_that_reads_letters_alone_loses_nothing_but_where_letters_change() -> None:
    gold = [article(), parse(MARKED, id="b", ontology=ONTOLOGY)]
    found = list(robustness(gold, lambda given: given, ONTOLOGY))
    assert [each.name for each in found] == list(ALTERATIONS)
    assert all(each.evaluation.arg_c.f1.value == 1 for each in found)
    assert format_robustness(found).splitlines()[3] == (
        "| diacritics | 1.000 | +0.000 | 1.000 | +0.000 | 1.000 | +0.000 |"
    )


def test_evaluate_prints_the_table(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(bundle), "data/authored/sudan-agency-01.txt", "--robustness"]) == 0
    assert "| channel clutter |" in capsys.readouterr().out
