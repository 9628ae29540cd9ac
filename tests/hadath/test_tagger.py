"""The contracts of `Tagger`: exact offsets, nothing lost, no neighbour's influence, scores that mean one thing."""

import copy
import dataclasses
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from hadath.calibration import Calibration, MinScore, ScoreMap
from hadath.engine import Encoded, OnnxEngine
from hadath.errors import ScoreError
from hadath.model import JointModel
from hadath.ontology import Ontology
from hadath.schema import Document
from hadath.tagger import Tagger
from hadath.text import Text
from hadath.torch_engine import TorchEngine
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
    assert starts
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
    arguments, others = ([a for event in events for a in event.arguments] for events in (ours, theirs))
    assert [(a.role, a.start, a.end) for a in arguments] == [(a.role, a.start, a.end) for a in others]
    assert [a.score for a in arguments] == pytest.approx([a.score for a in others], abs=1e-4)


def test_role_labels_hang_on_their_neighbours(model: JointModel, tokenizer: Tokenizer, ontology: Ontology) -> None:
    free = copy.deepcopy(model)
    torch.nn.init.zeros_(free.argument_head.transitions)
    with_them, without = (make_tagger(TorchEngine(each), tokenizer, ontology).tag(ARTICLE) for each in (model, free))
    assert [event.trigger for event in with_them.events] == [event.trigger for event in without.events]
    assert [event.arguments for event in with_them.events] != [event.arguments for event in without.events]


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
    document = tagger.under(Calibration(trigger_map=ScoreMap(offset=1), argument_map=ScoreMap(slope=0.5))).tag(ARTICLE)
    assert gist(document) == gist(plain)
    for ours, theirs in zip(document.events, plain.events, strict=True):
        assert ours.trigger.score > theirs.trigger.score
        certainty = [a.score / theirs.trigger.score for a in theirs.arguments]
        assert [a.score / ours.trigger.score for a in ours.arguments] == pytest.approx(
            [ScoreMap(slope=0.5)(each) for each in certainty]
        )


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0.1, 1000), st.floats(-1000, 1000))
def test_a_map_gives_probabilities_in_the_order_of_the_scores(
    one: float, other: float, slope: float, offset: float
) -> None:
    low, high = sorted((one, other))
    as_probability = ScoreMap(slope=slope, offset=offset)
    assert 0 <= as_probability(low) <= as_probability(high) <= 1


@pytest.mark.parametrize(
    ("min_score", "told"), [(1.5, "0 to 1"), ({"Attack": -1}, "of Attack should be"), ({"X": 0.5}, "'X'")]
)
def test_a_least_score_that_means_nothing_is_refused(tagger: Tagger, min_score: MinScore, told: str) -> None:
    with pytest.raises(ScoreError, match=told):
        tagger.tag(ARTICLE, min_score=min_score)


@pytest.fixture(scope="module")
def threaded(bundle: Path) -> Tagger:
    """Whatever the cores of this machine are."""
    return Tagger.load(bundle, threads=3)


def test_threads_change_neither_events_nor_order(onnx_tagger: Tagger, threaded: Tagger) -> None:
    documents = [Document(id=str(i), text=ARTICLE * (1 + 7 * i % 5)) for i in range(30)]
    alone = [onnx_tagger.tag(document.text, id=document.id) for document in documents]
    assert list(threaded.tag_all(documents)) == alone


def test_an_error_comes_after_what_was_tagged_before_it(threaded: Tagger) -> None:
    def failing() -> Iterator[Document]:
        yield from (Document(id=str(i), text=ARTICLE) for i in range(5))
        raise OSError("the disk is gone")

    tagged: list[str] = []
    with pytest.raises(OSError, match="the disk is gone"):
        tagged += (document.id for document in threaded.tag_all(failing()))
    assert tagged == list("01234")


def test_a_stream_that_nobody_reads_to_its_end_leaves_no_thread(threaded: Tagger) -> None:
    before = set(threading.enumerate())
    stream = threaded.tag_all([Document(id=str(i), text=ARTICLE) for i in range(30)])
    next(stream)
    del stream
    assert set(threading.enumerate()) <= before


AFTERWARDS = """
import os, sys, threading, time
from hadath.schema import Document
from hadath.tagger import Tagger

tagger = Tagger.load(sys.argv[1], threads=2)
documents = [Document(id=str(i), text=sys.argv[2]) for i in range(8)]
events = [len(each.events) for each in tagger.tag_all(documents)]
if (child := os.fork()) == 0:
    os._exit([len(each.events) for each in tagger.tag_all(documents)] != events)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

def late():
    time.sleep(0.3)
    assert [len(each.events) for each in tagger.tag_all(documents)] == events
    print("all said")

threading.Thread(target=late).start()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
def test_a_forked_process_and_a_thread_that_outlives_the_main_one_can_tag(bundle: Path) -> None:
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", AFTERWARDS, str(bundle), ARTICLE]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "all said\n"), done.stderr


def test_id_and_meta_are_handed_through(tagger: Tagger) -> None:
    document = tagger.tag(ARTICLE, id="a1", meta={"source": "radio"})
    assert (document.id, dict(document.meta)) == ("a1", {"source": "radio"})
