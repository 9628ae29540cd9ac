"""`python -m training mine RUN…`: where finished runs confidently disagree with the annotation of their dev documents.

After confident learning (Northcutt et al., 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels"): a
model that has not seen a label, and is sure of another, points at an annotation worth reading again.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hadath.arrays import Floats, Ids
from hadath.bundle import TOKENIZER_FILE
from hadath.chains import field_chains
from hadath.decoding import log_softmax
from hadath.engine import Engine
from hadath.ontology import Ontology
from hadath.schema import Document
from hadath.text import Text
from hadath.torch_engine import TorchEngine, load_model
from hadath.windows import Window, load_tokenizer, windows

from .documents import corpus_split
from .examples import IGNORED, make_examples
from .run import load_result

NONE = "none"
# Code points of text shown on either side.
_REACH = 160


@dataclass(frozen=True, kw_only=True, slots=True)
class Disagreement:
    """Words `[start, end)` in code points that are annotated as one thing and predicted as another.

    `decision`: "trigger", "argument" or "modality"; the last two are judged on an annotated event, which `event` names
    by its trigger and type. `confidence`: what the model gives to `predicted`, on the least sure of the words.
    """

    document: str
    decision: str
    annotated: str
    predicted: str
    confidence: float
    start: int
    end: int
    event: str
    context: str


class _Doubt(NamedTuple):
    """One word, by its place in the document: class ids, 0 for none, and the probability of the predicted one."""

    word: int
    annotated: int
    predicted: int
    confidence: float


def run(runs: Sequence[Path], confidence: float, out: Path) -> int:
    """Write the disagreements of all runs as JSON lines, the surest first, and print how many there are of each."""
    found = [each for folder in runs for each in mine(folder, confidence)]
    found.sort(key=lambda each: (-each.confidence, each.document, each.start))
    out.parent.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps(asdict(each), ensure_ascii=False) + "\n" for each in found)
    out.write_text("".join(lines), "utf-8", errors="replace")  # half of a surrogate pair has no UTF-8
    for decision, count in sorted(Counter(each.decision for each in found).items()):
        print(f"{decision}: {count}")
    print(f"{len(found)} disagreements: {out}")
    return 0


def mine(folder: Path, confidence: float) -> Iterator[Disagreement]:
    """The disagreements of one run with its dev documents, as they are annotated now."""
    config, result = load_result(folder)
    judge = Judge(
        engine=TorchEngine(load_model(folder, result.ontology, config.heads)),
        ontology=result.ontology,
        confidence=confidence,
    )
    tokenizer = load_tokenizer((folder / TOKENIZER_FILE).read_text("utf-8"))
    for document in corpus_split(config, result.ontology).dev:
        text = Text.read(document.text)
        rows = make_examples([document], tokenizer, result.window, result.ontology).dataset.with_format("numpy")
        for window, row in zip(windows(text, tokenizer, result.window), rows, strict=True):
            yield from judge.disagreements(document, text, window, row)


@dataclass(frozen=True, kw_only=True)
class Judge:
    """Compares the labels of a window with what a model makes of it."""

    engine: Engine
    ontology: Ontology
    confidence: float

    def disagreements(
        self, document: Document, text: Text, window: Window, row: Mapping[str, Ids]
    ) -> Iterator[Disagreement]:
        """Those in triggers, then those in the arguments and the modality of each annotated event."""
        (encoded,) = self.engine.encode([window])
        types = [kind.name for kind in self.ontology.types]
        trigger_labels = np.asarray(row["trigger_labels"])
        for doubts in self._doubts(log_softmax(encoded.trigger_logits), trigger_labels, window):
            yield _disagreement(document, text, doubts, "trigger", names=types)
        if not len(row["trigger_words"]):
            return
        linked = self.engine.arguments(encoded.states, row["trigger_words"], row["trigger_types"])
        chains = field_chains(linked.role_logits, linked.transitions)
        events = zip(row["trigger_words"], row["trigger_types"], chains, row["role_labels"], strict=True)
        for place, kind, chain, labels in events:
            event = f"{_word(text, window.words[place])}, {types[kind]}"
            for doubts in self._doubts(chain.log_probs, np.asarray(labels), window):
                yield _disagreement(document, text, doubts, "argument", names=self.ontology.roles, event=event)
        # Modality has no class "none": its ids are moved up by one to be shown by the same names.
        scores = np.exp(log_softmax(linked.modality_logits))
        said, right = scores.argmax(axis=-1) + 1, np.asarray(row["modalities"]) + 1
        for i in np.flatnonzero((said != right) & (scores.max(axis=-1) >= self.confidence)):
            place, kind = row["trigger_words"][i], row["trigger_types"][i]
            doubt = _Doubt(int(window.words[place]), int(right[i]), int(said[i]), float(scores[i].max()))
            event = f"{_word(text, doubt.word)}, {types[kind]}"
            yield _disagreement(document, text, [doubt], "modality", names=self.ontology.modalities, event=event)

    def _doubts(self, log_probs: Floats, labels: Ids, window: Window) -> Iterator[list[_Doubt]]:
        """The words on which a confident model differs in class; neighbours that differ alike come together."""
        scores = _classes(np.exp(log_probs))
        said, right = scores.argmax(axis=-1), (labels + 1) // 2
        doubtful = (labels != IGNORED) & (said != right) & (scores.max(axis=-1) >= self.confidence)
        doubts = [
            (i, _Doubt(int(window.words[i]), int(right[i]), int(said[i]), float(scores[i].max())))
            for i in np.flatnonzero(doubtful)
        ]
        together = groupby(
            enumerate(doubts), key=lambda each: (each[1][0] - each[0], each[1][1].annotated, each[1][1].predicted)
        )
        for _, group in together:
            yield [doubt for _, (_, doubt) in group]


def _classes(probabilities: Floats) -> Floats:
    """`[W, L]` over IOB2 labels to `[W, 1 + classes]`: B-x and I-x count as x."""
    outside, rest = probabilities[:, :1], probabilities[:, 1:]
    classes: Floats = np.concatenate([outside, rest[:, 0::2] + rest[:, 1::2]], axis=1)
    return classes


def _disagreement(
    document: Document, text: Text, doubts: Sequence[_Doubt], decision: str, *, names: Sequence[str], event: str = ""
) -> Disagreement:
    named = (NONE, *names)
    start, end = text.words[doubts[0].word].start, text.words[doubts[-1].word].end
    before, after = document.text[max(0, start - _REACH) : start], document.text[end : end + _REACH]
    return Disagreement(
        document=document.id,
        decision=decision,
        annotated=named[doubts[0].annotated],
        predicted=named[doubts[0].predicted],
        confidence=round(min(doubt.confidence for doubt in doubts), 4),
        start=start,
        end=end,
        event=event,
        context=f"{before}⟦{document.text[start:end]}⟧{after}",
    )


def _word(text: Text, place: int) -> str:
    word = text.words[place]
    return text.original[word.start : word.end]
