"""Mining finds the places where a sure model differs from the annotation, and no others."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer

from hadath.arrays import Floats, Ids
from hadath.engine import Encoded, Engine, Item, Linked, Result
from hadath.ontology import Ontology
from hadath.schema import Document, Event
from hadath.text import Text
from hadath.windows import Window, windows
from tests.conftest import WINDOW
from tests.training.test_examples import ATTACK, DIE, TEXT, argument, document
from tests.training.test_pipeline import SMALL
from training.cli import main
from training.config import Config
from training.documents import corpus_split
from training.examples import make_examples
from training.mine import Disagreement, Judge
from training.run import load_result


class Sure:
    """An engine that is as sure as its `logit` of one annotation. It knows an event's arguments by its trigger word."""

    group = 1

    def __init__(self, annotated: Document, tokenizer: Tokenizer, ontology: Ontology, logit: float = 9.0) -> None:
        (self._row,) = make_examples([annotated], tokenizer, WINDOW, ontology).dataset.with_format("numpy")
        self._ontology, self._logit = ontology, logit

    def encode(self, windows: Sequence[Window]) -> list[Encoded]:
        states = np.zeros((len(self._row["positions"]), 4), np.float32)
        return [Encoded(states, self._logits(self._row["trigger_labels"], len(self._ontology.trigger_labels)))]

    def arguments(self, states: Floats, trigger_words: Ids, trigger_types: Ids) -> Linked:
        places = [list(self._row["trigger_words"]).index(word) for word in trigger_words]
        roles = np.stack(self._row["role_labels"])[places]
        modalities = self._row["modalities"][places]
        labels = len(self._ontology.role_labels)
        return Linked(
            self._logits(roles, labels),
            np.zeros((labels, labels), np.float32),
            self._logits(modalities, len(self._ontology.modalities)),
        )

    def each(self, work: Callable[[Item], Result], items: Iterable[Item]) -> Iterable[Result]:
        return map(work, items)

    def _logits(self, labels: Ids, count: int) -> Floats:
        return (np.eye(count)[labels] * self._logit).astype(np.float32)


class Linking(Sure):
    """Of one word it knows no role; where it `links`, it has learned that a victim has two words at least."""

    def __init__(self, *args: Any, word: int, links: bool) -> None:
        super().__init__(*args)
        self._word, self._links = word, links

    def arguments(self, states: Floats, trigger_words: Ids, trigger_types: Ids) -> Linked:
        linked = super().arguments(states, trigger_words, trigger_types)
        linked.role_logits[:, self._word] = 0
        labels = self._ontology.role_labels
        linked.transitions[labels.begin("Victim"), labels.inside("Victim")] = 9.0 if self._links else 0.0
        return linked


def found(
    annotated: Document, model_says: Document, tokenizer: Tokenizer, ontology: Ontology, *, logit: float = 9.0
) -> list[Disagreement]:
    return judged(annotated, Sure(model_says, tokenizer, ontology, logit), tokenizer, ontology)


def judged(annotated: Document, engine: Engine, tokenizer: Tokenizer, ontology: Ontology) -> list[Disagreement]:
    judge = Judge(engine=engine, ontology=ontology, confidence=0.9)
    text = Text.read(annotated.text)
    (window,) = windows(text, tokenizer, WINDOW)
    (row,) = make_examples([annotated], tokenizer, WINDOW, ontology).dataset.with_format("numpy")
    return list(judge.disagreements(annotated, text, window, row))


def only(annotated: Event, said: Event, tokenizer: Tokenizer, ontology: Ontology) -> Disagreement:
    (one,) = found(document(annotated), document(said), tokenizer, ontology)
    return one


def test_a_model_that_agrees_gives_nothing(tokenizer: Tokenizer, ontology: Ontology) -> None:
    assert found(document(DIE, ATTACK), document(DIE, ATTACK), tokenizer, ontology) == []


def test_a_model_that_is_not_sure_gives_nothing(tokenizer: Tokenizer, ontology: Ontology) -> None:
    assert found(document(DIE), document(replace(DIE, modality="negated")), tokenizer, ontology, logit=1.0) == []


def test_a_missed_trigger_another_type_and_another_modality(tokenizer: Tokenizer, ontology: Ontology) -> None:
    annotated, said = document(DIE), document(DIE, ATTACK)
    (missed,) = found(annotated, said, tokenizer, ontology)
    assert (missed.decision, missed.annotated, missed.predicted) == ("trigger", "none", "Attack")
    assert TEXT[missed.start : missed.end] == "هجوم"
    assert missed.context == TEXT.replace("هجوم", "⟦هجوم⟧")
    assert missed.confidence > 0.9
    other = only(replace(DIE, arguments=()), replace(DIE, type="Injure", arguments=()), tokenizer, ontology)
    assert (other.annotated, other.predicted) == ("Die", "Injure")
    other = only(DIE, replace(DIE, modality="negated"), tokenizer, ontology)
    assert (other.decision, other.annotated, other.predicted) == ("modality", "actual", "negated")


def test_arguments_name_their_event_and_differ_by_words(tokenizer: Tokenizer, ontology: Ontology) -> None:
    """The span that the model draws too short differs in its last word alone; words that differ alike come together."""
    shorter = replace(DIE, arguments=(argument("Victim", "28"), DIE.arguments[1]))
    one = only(DIE, shorter, tokenizer, ontology)
    assert (one.decision, one.annotated, one.predicted, one.event) == ("argument", "Victim", "none", "مقتل, Die")
    assert TEXT[one.start : one.end] == "شخصا"
    without_place = replace(DIE, arguments=DIE.arguments[:1])
    one = only(without_place, DIE, tokenizer, ontology)
    assert (one.annotated, one.predicted, TEXT[one.start : one.end]) == ("none", "Place", "شمال القاهرة")


def test_what_a_model_is_sure_of_by_the_word_before_alone(tokenizer: Tokenizer, ontology: Ontology) -> None:
    annotated = document(replace(DIE, arguments=(argument("Victim", "28"), DIE.arguments[1])))
    second = [word.start for word in Text.read(TEXT).words].index(TEXT.index("شخصا"))
    engines = [Linking(annotated, tokenizer, ontology, word=second, links=links) for links in (False, True)]
    assert judged(annotated, engines[0], tokenizer, ontology) == []
    (one,) = judged(annotated, engines[1], tokenizer, ontology)
    assert (one.annotated, one.predicted, TEXT[one.start : one.end]) == ("none", "Victim", "شخصا")


def test_the_command_mines_the_dev_documents_of_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "cut.jsonl").write_text('{"id": "cut", "text": "هجوم \\ud83d في بغداد", "events": []}\n', "utf-8")
    articles = f"{SMALL[0].removesuffix(']')},{tmp_path}/cut.jsonl]"
    folds = ["data.dev_fraction=0.5", "trainer.max_steps=2", f"output={tmp_path}", articles]
    for fold in "01":
        assert main(["fit", "configs/smoke.yaml", f"data.fold={fold}", f"name=fold-{fold}", *folds]) == 0
    runs = [tmp_path / "fold-0", tmp_path / "fold-1"]
    out = tmp_path / "deep/doubts.jsonl"
    assert main(["mine", *map(str, runs), "--confidence", "0", "--out", str(out)]) == 0
    doubts = [Disagreement(**json.loads(line)) for line in out.read_text("utf-8").splitlines()]
    assert f"{len(doubts)} disagreements: {out}" in capsys.readouterr().out
    assert doubts == sorted(doubts, key=lambda each: -each.confidence)
    dev = {each.id: each for run in runs for each in corpus_split(*_config_and_ontology(run)).dev}
    assert {each.document for each in doubts} == set(dev)
    assert {each.decision for each in doubts} == {"trigger", "argument", "modality"}
    for each in doubts:
        assert each.annotated != each.predicted
        quote = dev[each.document].text[each.start : each.end].encode("utf-8", "replace").decode()
        assert f"⟦{quote}⟧" in each.context


def _config_and_ontology(run: Path) -> tuple[Config, Ontology]:
    config, result = load_result(run)
    return config, result.ontology
