"""Altered copies keep labels and text together."""

from hypothesis import given, settings
from hypothesis import strategies as st

from hadath.schema import Document
from tests.training.annotated import ONTOLOGY, documents
from training.augment import Augmenter
from training.config import AugmentConfig
from training.data.check import complaints
from training.data.markup import parse


def annotated(id: str, source: str) -> Document:
    return parse(source, id=id, ontology=ONTOLOGY)


RAID = annotated("a", '{هجوم|e1:Attack} على {قاعدة "عين|e1.Target e2.Place}" في {العراق|e1.Place} أوقع {قتلى|e2:Die}.')
SHELLING = annotated("b", "{وقصف|e1:Attack} {المسلحون|e1.Actor} أبنية في {الأنبار|e1.Place}، أمس")


def copies(config: AugmentConfig, *found: Document) -> list[Document]:
    return list(Augmenter(found, config, seed=0).copies())


@settings(max_examples=60, deadline=None)
@given(st.lists(documents(), max_size=4, unique_by=lambda each: each.id), st.integers(0, 9))
def test_copies_are_sound_documents_with_the_same_events(found: list[Document], seed: int) -> None:
    config = AugmentConfig(copies=1, swap=0.7, spelling=0.5, punctuation=0.5)
    for old, new in zip(found, Augmenter(found, config, seed).copies(), strict=True):
        assert list(complaints(new, ONTOLOGY)) == list(complaints(old, ONTOLOGY))
        assert [(event.type, event.modality) for event in new.events] == [(e.type, e.modality) for e in old.events]
        for event in new.events:
            for span in (event.trigger, *event.arguments):
                assert new.text[span.start : span.end] == span.text


def test_arguments_are_exchanged_for_others_of_the_same_role_type_and_form() -> None:
    config = AugmentConfig(copies=20, swap=1, spelling=0, punctuation=0)
    made = copies(config, RAID, SHELLING)
    assert len({each.id for each in made}) == 40
    events = [each.events[0] for each in made]
    places = {argument.text for event in events for argument in event.arguments if argument.role == "Place"}
    assert places == {"العراق", "الأنبار"}
    assert {argument.text for each in events for argument in each.arguments if argument.role == "Actor"} == {"المسلحون"}
    assert {event.trigger.text for event in events} == {"هجوم", "وقصف"}


def test_spelling_and_punctuation_are_those_of_a_hurried_writer() -> None:
    (raid, shelling) = copies(AugmentConfig(copies=1, swap=0, spelling=1, punctuation=1), RAID, SHELLING)
    assert raid.text == "هجوم على قاعده عين في العراق أوقع قتلى".replace("أ", "ا")
    assert shelling.text == "وقصف المسلحون ابنيه في الانبار أمس".replace("أ", "ا")
    assert [argument.text for argument in raid.events[0].arguments] == ["قاعده عين", "العراق"]


def test_no_copies_are_made_unless_asked_for() -> None:
    assert copies(AugmentConfig(), RAID) == []
