"""The contracts of `Tagger`: exact offsets, nothing lost, no neighbour's influence, scores that mean one thing."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hadath.calibration import Calibration, MinScore, ScoreMap
from hadath.engine import Encoded, OnnxEngine
from hadath.errors import ScoreError
from hadath.schema import Document
from hadath.tagger import Tagger
from hadath.text import Text
from hadath.windows import Window
from tests.conftest import TEXTS, make_tagger
from tests.strategies import texts

ARTICLE = "\n".join(TEXTS)


@pytest.fixture(scope="module")
def onnx_tagger(bundle: Path) -> Tagger:
    return Tagger.load(bundle)


def check_contract(document: Document, tagger: Tagger) -> None:
    """Every quote is the text at its offsets and keeps to words; labels are licensed; scores are probabilities."""
    words = Text.read(document.text).words
    starts, ends = {word.start for word in words}, {word.end for word in words}
    assert [event.id for event in document.events] == [f"e{i + 1}" for i in range(len(document.events))]
    for event in document.events:
        assert event.modality in tagger.ontology.modalities
        assert event.score <= event.trigger.score
        for span in (event.trigger, *event.arguments):
            assert document.text[span.start : span.end] == span.text
            assert span.start in starts
            assert span.end in ends
            assert 0 <= span.score <= 1
        for argument in event.arguments:
            assert argument.role in tagger.ontology.licensed[event.type]


def gist(document: Document) -> list[object]:
    """All that is said of a document but places and scores: those of the words, by their order in the text."""
    order = {word.start: i for i, word in enumerate(Text.read(document.text).words)}
    return [
        (event.type, event.modality, order[event.trigger.start], [(a.role, order[a.start]) for a in event.arguments])
        for event in document.events
    ]


@given(texts())
@settings(deadline=None, max_examples=60)
def test_quotes_are_exact_whatever_the_text_carries(tagger: Tagger, text: str) -> None:
    document = tagger.tag(text)
    assert document.text == text
    check_contract(document, tagger)


@pytest.mark.parametrize(
    "text",
    [
        ARTICLE.replace("\n", "\r\n"),
        "\ufeff" + ARTICLE,
        ARTICLE.replace("ه", "هـــ"),
        "".join(char + "\u064e" if char.isalpha() else char for char in ARTICLE),
        "\u202b" + ARTICLE.replace(" ", "\u200f \u200e") + "\u202c",
        "".join(char + "\u064e\u0640" if char.isalpha() else char for char in ARTICLE),
        ARTICLE.translate({ord(str(i)): chr(0x0660 + i) for i in range(10)}),
    ],
)
def test_ornament_changes_offsets_and_nothing_else(tagger: Tagger, text: str) -> None:
    document = tagger.tag(text)
    check_contract(document, tagger)
    assert document.events, "the tiny model says something, or this test says nothing"
    assert gist(document) == gist(tagger.tag(ARTICLE))


@pytest.mark.parametrize("text", ["", " \n", "\u064b", "...", "ا" * 5000])
def test_odd_texts_are_tagged_without_complaint(onnx_tagger: Tagger, text: str) -> None:
    check_contract(onnx_tagger.tag(text), onnx_tagger)


def test_a_long_article_gives_events_to_its_end(onnx_tagger: Tagger) -> None:
    once = onnx_tagger.tag(ARTICLE)
    assert once.events
    document = onnx_tagger.tag("\n".join([ARTICLE] * 470))
    assert len(Text.read(document.text).words) > 20_000
    check_contract(document, onnx_tagger)
    # In every tenth of the text there are about as many events as in every other.
    counts = np.histogram([event.trigger.start for event in document.events], bins=10, range=(0, len(document.text)))[0]
    assert counts.min() > 0.8 * counts.max()


def test_repeated_mentions_have_their_own_offsets(tagger: Tagger) -> None:
    document = tagger.tag(" ".join([TEXTS[0]] * 6))
    starts = [event.trigger.start for event in document.events]
    assert starts == sorted(set(starts))


def test_every_word_is_scored_by_the_encoder(bundle: Path, tagger: Tagger) -> None:
    """A model that calls every word a trigger yields one event per word, from first to last."""

    class Eager(OnnxEngine):
        def encode(self, windows: Sequence[Window]) -> list[Encoded]:
            return [
                dataclasses.replace(
                    one,
                    trigger_logits=np.eye(one.trigger_logits.shape[1], dtype="f4")[[1]] * 50
                    + np.zeros_like(one.trigger_logits),
                )
                for one in super().encode(windows)
            ]

    eager = make_tagger(Eager(bundle), tagger._tokenizer, tagger.ontology)
    text = " ".join([ARTICLE] * 5)
    words = Text.read(text).words
    assert [(event.trigger.start, event.trigger.end) for event in eager.tag(text).events] == [
        (word.start, word.end) for word in words
    ]


def test_a_document_does_not_depend_on_its_neighbours(onnx_tagger: Tagger) -> None:
    documents = [Document(id=str(i), text=text) for i, text in enumerate([*TEXTS, ARTICLE, "", ARTICLE * 9])]
    alone = [onnx_tagger.tag(document.text, id=document.id) for document in documents]
    assert list(onnx_tagger.tag_all(documents)) == alone
    assert list(onnx_tagger.tag_all(documents[::-1])) == alone[::-1]


def test_a_padded_batch_changes_scores_by_rounding_alone(tagger: Tagger) -> None:
    documents = [Document(id=str(i), text=text) for i, text in enumerate([*TEXTS, ARTICLE, "", ARTICLE * 9])]
    for together, document in zip(tagger.tag_all(documents), documents, strict=True):
        alone = tagger.tag(document.text)
        assert gist(together) == gist(alone)
        assert [e.score for e in together.events] == pytest.approx([e.score for e in alone.events], abs=1e-4)


def test_torch_and_onnx_say_the_same(tagger: Tagger, onnx_tagger: Tagger) -> None:
    ours, theirs = (each.tag(ARTICLE * 3).events for each in (tagger, onnx_tagger))
    assert [(event.type, event.trigger.start, event.modality) for event in ours] == [
        (event.type, event.trigger.start, event.modality) for event in theirs
    ]
    assert [event.score for event in ours] == pytest.approx([event.score for event in theirs], abs=1e-4)


def test_a_least_score_leaves_out_what_scores_less(tagger: Tagger) -> None:
    everything = tagger.tag(ARTICLE)
    limit = sorted(event.score for event in everything.events)[len(everything.events) // 2]
    document = tagger.tag(ARTICLE, min_score=limit)
    assert 0 < len(document.events) < len(everything.events)
    assert all(span.score >= limit for event in document.events for span in (event.trigger, *event.arguments))
    assert all(event.score >= limit for event in document.events), "also the score that the table shows"
    assert [event.id for event in document.events] == [f"e{i + 1}" for i in range(len(document.events))]
    assert tagger.tag(ARTICLE, min_score=1.0).events == ()


def test_a_least_score_of_one_type_or_role_leaves_the_others_alone(tagger: Tagger) -> None:
    everything = tagger.tag(ARTICLE).events
    kind, role = everything[0].type, next(a.role for event in everything for a in event.arguments)
    fewer = tagger.tag(ARTICLE, min_score={kind: 1.0, role: 1.0}).events
    others = [event for event in everything if event.type != kind]
    assert [event.trigger for event in fewer] == [event.trigger for event in others]
    assert [event.arguments for event in fewer] == [
        tuple(argument for argument in event.arguments if argument.role != role) for event in others
    ]


def test_the_thresholds_of_the_bundle_rule_until_a_least_score_is_asked_for(tagger: Tagger) -> None:
    everything = tagger.tag(ARTICLE)
    strict = tagger.under(Calibration(thresholds={event.type: 1.0 for event in everything.events}))
    assert strict.tag(ARTICLE).events == ()
    assert strict.tag(ARTICLE, min_score=0) == everything


def test_the_maps_change_scores_and_nothing_else(tagger: Tagger) -> None:
    plain = tagger.tag(ARTICLE)
    document = tagger.under(Calibration(triggers=ScoreMap(offset=1), arguments=ScoreMap(slope=0.5))).tag(ARTICLE)
    assert gist(document) == gist(plain)
    for ours, theirs in zip(document.events, plain.events, strict=True):
        assert ours.trigger.score > theirs.trigger.score
        certainty = [a.score / theirs.trigger.score for a in theirs.arguments]
        assert [a.score / ours.trigger.score for a in ours.arguments] == pytest.approx(
            [ScoreMap(slope=0.5)(each) for each in certainty]
        )


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0.1, 5), st.floats(-5, 5))
def test_a_map_gives_probabilities_in_the_order_of_the_scores(
    one: float, other: float, slope: float, offset: float
) -> None:
    low, high = sorted((one, other))
    as_probability = ScoreMap(slope=slope, offset=offset)
    assert 0 <= as_probability(low) <= as_probability(high) <= 1


@pytest.mark.parametrize(("min_score", "told"), [(1.5, "0 to 1"), ({"Attack": -1}, "0 to 1"), ({"X": 0.5}, "'X'")])
def test_a_least_score_that_means_nothing_is_refused(tagger: Tagger, min_score: MinScore, told: str) -> None:
    with pytest.raises(ScoreError, match=told):
        tagger.tag(ARTICLE, min_score=min_score)


def test_id_and_meta_are_handed_through(tagger: Tagger) -> None:
    document = tagger.tag(ARTICLE, id="a1", meta={"source": "radio"})
    assert (document.id, dict(document.meta)) == ("a1", {"source": "radio"})
