"""Labels say what the annotations say, each once, and what they cannot say is counted."""

import json
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from hadath.ontology import Ontology
from hadath.schema import Argument, Document, Event, Span
from hadath.windows import WindowSize
from tests.conftest import WINDOW
from training.data.corpus import load_documents
from training.examples import IGNORED, make_examples

AUTHORED = Path("data/authored")
TEXT = "مقتل 28 شخصا في هجوم على حافلة شمال القاهرة"


def span(quote: str, text: str = TEXT) -> Span:
    return Span.cut(text, text.index(quote), text.index(quote) + len(quote))


def argument(role: str, quote: str) -> Argument:
    found = span(quote)
    return Argument(role=role, start=found.start, end=found.end, text=quote)


def document(*events: Event, text: str = TEXT) -> Document:
    return Document(id="d", text=text, events=events)


DIE = Event(
    id="e1",
    type="Die",
    modality="actual",
    trigger=span("مقتل"),
    arguments=(argument("Victim", "28 شخصا"), argument("Place", "شمال القاهرة")),
)
ATTACK = Event(
    id="e2", type="Attack", modality="possible", trigger=span("هجوم"), arguments=(argument("Target", "حافلة"),)
)


def test_triggers_and_attached_arguments_become_iob2(tokenizer: Tokenizer, ontology: Ontology) -> None:
    (row,) = make_examples([document(DIE, ATTACK)], tokenizer, WINDOW, ontology).dataset
    names = ontology.trigger_labels.names
    assert [names[label] for label in row["trigger_labels"]] == ["B-Die", "O", "O", "O", "B-Attack", "O", "O", "O", "O"]
    roles = [[ontology.role_labels.names[label] for label in labels] for labels in row["role_labels"]]
    assert roles[0] == ["O", "B-Victim", "I-Victim", "O", "O", "O", "O", "B-Place", "I-Place"]
    assert roles[1] == ["O", "O", "O", "O", "O", "O", "B-Target", "O", "O"]
    assert row["trigger_words"] == [0, 4]
    assert [ontology.modalities[label] for label in row["modalities"]] == ["actual", "possible"]


def test_what_iob2_cannot_hold_is_counted_by_cause(tokenizer: Tokenizer, ontology: Ontology) -> None:
    twice = Event(id="e3", type="Attack", modality="actual", trigger=span("مقتل"))
    nested = Event(
        id="e4",
        type="Attack",
        modality="actual",
        trigger=span("هجوم"),
        arguments=(argument("Target", "28 شخصا"), argument("Instrument", "شخصا")),
    )
    examples = make_examples([document(DIE, twice, nested)], tokenizer, WINDOW, ontology)
    assert dict(examples.lost) == {"overlapping trigger": 1, "overlapping argument": 1}
    assert dict(examples.kept) == {"triggers": 2, "arguments": 3}
    assert "1 overlapping trigger" in examples.summary()


def test_arguments_that_the_window_does_not_reach_are_counted(tokenizer: Tokenizer, ontology: Ontology) -> None:
    far = " ".join([TEXT, *["كلمة"] * 60, "بغداد"])
    place = Argument(role="Place", start=far.index("بغداد"), end=len(far), text="بغداد")
    event = Event(id="e1", type="Die", modality="actual", trigger=span("مقتل", far), arguments=(place,))
    examples = make_examples([document(event, text=far)], tokenizer, WindowSize(max_length=32, overlap=8), ontology)
    assert dict(examples.lost) == {"argument outside the window": 1}


def test_a_trigger_without_a_subword_is_counted_with_its_arguments(tokenizer: Tokenizer, ontology: Ontology) -> None:
    text = f"{TEXT} \u064b"
    event = Event(
        id="e1",
        type="Die",
        modality="actual",
        trigger=Span.cut(text, len(text) - 1, len(text)),
        arguments=(argument("Victim", "28 شخصا"),),
    )
    examples = make_examples([document(event, text=text)], tokenizer, WINDOW, ontology)
    assert dict(examples.lost) == {"trigger without a sub-word": 1, "argument of a lost trigger": 1}


def test_every_annotation_of_the_authored_corpus_is_kept_or_counted(tokenizer: Tokenizer, ontology: Ontology) -> None:
    documents = load_documents([AUTHORED], ontology)
    examples = make_examples(documents, tokenizer, WindowSize(max_length=128, overlap=32), ontology)
    events = [event for each in documents for event in each.events]
    arguments = sum(len(event.arguments) for event in events)
    lost = {
        kind: sum(n for cause, n in examples.lost.items() if kind in cause.split()) for kind in ("trigger", "argument")
    }
    assert examples.kept["triggers"] + lost["trigger"] == len(events), json.dumps(examples.lost)
    assert examples.kept["arguments"] + lost["argument"] == arguments


def test_each_word_is_learned_from_in_one_window_only(tokenizer: Tokenizer, ontology: Ontology) -> None:
    text = " ".join([TEXT] * 20)
    rows = make_examples([document(text=text)], tokenizer, WindowSize(max_length=32, overlap=8), ontology).dataset
    assert len(rows) > 5
    learned = [np.sum(np.array(row["trigger_labels"]) != IGNORED) for row in rows]
    assert sum(learned) == len(text.split())


def test_a_trigger_across_two_windows_is_labelled_in_both(tokenizer: Tokenizer, ontology: Ontology) -> None:
    """The window that owns its second word must not teach that nothing stands there."""
    size = WindowSize(max_length=32, overlap=8)
    text = " ".join([TEXT] * 20)
    rows = make_examples([document(text=text)], tokenizer, size, ontology).dataset
    border = sum(label != IGNORED for label in rows[0]["trigger_labels"])
    words = text.split()
    start = len(" ".join(words[: border - 1])) + 1
    trigger = Span.cut(text, start, start + len(" ".join(words[border - 1 : border + 1])))
    event = Event(id="e1", type="Attack", modality="actual", trigger=trigger)
    examples = make_examples([document(event, text=text)], tokenizer, size, ontology)
    learned = [label for row in examples.dataset for label in row["trigger_labels"] if label != IGNORED]
    labels = ontology.trigger_labels
    assert learned[border - 1 : border + 1] == [labels.begin("Attack"), labels.inside("Attack")]
    assert dict(examples.lost) == {}


def test_an_argument_cut_by_the_window_is_counted_and_not_taught(tokenizer: Tokenizer, ontology: Ontology) -> None:
    text = " ".join(["مقتل", *["كلمة"] * 60])
    edge = Argument(role="Place", start=5, end=len(text), text=text[5:])
    event = Event(id="e1", type="Die", modality="actual", trigger=span("مقتل", text), arguments=(edge,))
    examples = make_examples([document(event, text=text)], tokenizer, WindowSize(max_length=32, overlap=8), ontology)
    assert dict(examples.lost) == {"argument outside the window": 1}
    assert not any(label for row in examples.dataset for labels in row["role_labels"] for label in labels)
