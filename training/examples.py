"""Documents become training examples: one per window, labels by word; what labels cannot hold is counted by cause."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from datasets import Dataset
from tokenizers import Tokenizer

from hadath.arrays import Ids
from hadath.ontology import Labels, Ontology
from hadath.schema import Document, Event, Span
from hadath.text import Text
from hadath.windows import Window, WindowSize, windows

# The label of what is not to be learned from: padding, and words that another window decides.
IGNORED = -100
# What the model takes of a batch of them.
INPUTS = ("input_ids", "attention_mask", "positions", "trigger_words", "trigger_types")


@dataclass(frozen=True, kw_only=True)
class Example:
    """A window with its labels: W words, T triggers that the window owns."""

    input_ids: Ids  # [n]
    positions: Ids  # [W]
    trigger_labels: Ids  # [W]
    trigger_words: Ids  # [T] places among the W words
    trigger_types: Ids  # [T]
    modalities: Ids  # [T]
    role_labels: Ids  # [T, W]

    def columns(self) -> dict[str, object]:
        """The example as a row of a `datasets.Dataset`."""
        return {"length": len(self.input_ids), **{key: value.tolist() for key, value in vars(self).items()}}


@dataclass(frozen=True, kw_only=True)
class Examples:
    """All examples, and how many annotations stand in them (`kept`) or do not, by cause (`lost`)."""

    dataset: Dataset
    kept: Counter[str]
    lost: Counter[str]

    def summary(self) -> str:
        """One line for the log."""
        lost = ", ".join(f"{count} {cause}" for cause, count in sorted(self.lost.items())) or "none"
        kept = ", ".join(f"{self.kept[kind]} {kind}" for kind in ("triggers", "arguments"))
        return f"{len(self.dataset)} windows; {kept}; not labelled: {lost}"


def make_examples(
    documents: Iterable[Document], tokenizer: Tokenizer, size: WindowSize, ontology: Ontology
) -> Examples:
    """The examples of the documents, in their order."""
    maker = _ExampleMaker(ontology)
    rows = []
    for document in documents:
        text = Text.read(document.text)
        rows += [example.columns() for example in maker.examples(document, text, windows(text, tokenizer, size))]
    return Examples(dataset=Dataset.from_list(rows), kept=maker.kept, lost=maker.lost)


class _ExampleMaker:
    """Labels the words of the whole document first, then cuts them up as the windows do."""

    def __init__(self, ontology: Ontology) -> None:
        self.kept: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()
        self._ontology = ontology
        self._types = {kind.name: i for i, kind in enumerate(ontology.types)}

    def examples(self, document: Document, text: Text, its_windows: Sequence[Window]) -> list[Example]:
        words = _ModelWords(text, its_windows)
        triggers = np.zeros(len(text.words), dtype=np.int64)
        owned: list[list[Event]] = [[] for _ in its_windows]
        for event in document.events:
            places = words.covered(event.trigger)
            if len(places):
                owned[words.owner[places[0]]].append(event)
                self._label(triggers, self._ontology.trigger_labels, event.type, places=places, kind="trigger")
            else:
                self.lost["trigger without a sub-word"] += 1
                self.lost["argument of a lost trigger"] += len(event.arguments)
        pairs = zip(its_windows, owned, strict=True)
        return [self._example(window, words, triggers[window.words], events) for window, events in pairs]

    def _example(self, window: Window, words: "_ModelWords", triggers: Ids, events: Sequence[Event]) -> Example:
        elsewhere = np.ones(len(triggers), dtype=bool)
        elsewhere[window.owned] = False
        firsts = [words.covered(event.trigger)[0] for event in events]
        roles = [self._roles(event, window, words)[window.words] for event in events]
        return Example(
            input_ids=window.input_ids,
            positions=window.positions,
            trigger_labels=np.where(elsewhere, IGNORED, triggers),
            trigger_words=np.searchsorted(window.words, np.array(firsts, dtype=np.int64)),
            trigger_types=np.array([self._types[event.type] for event in events], dtype=np.int64),
            modalities=np.array([self._ontology.modalities.index(event.modality) for event in events], dtype=np.int64),
            role_labels=np.array(roles, dtype=np.int64).reshape(len(events), len(window.words)),
        )

    def _roles(self, event: Event, window: Window, words: "_ModelWords") -> Ids:
        """The role labels of one event over the words of the document, as far as its window reaches."""
        row = np.zeros(len(words.owner), dtype=np.int64)
        # The longest first: of two that overlap it holds more.
        for argument in sorted(event.arguments, key=lambda span: span.start - span.end):
            places = words.covered(argument)
            if not len(places):
                self.lost["argument without a sub-word"] += 1
            elif not np.isin(places, window.words).all():
                self.lost["argument outside the window"] += 1
            else:
                self._label(row, self._ontology.role_labels, argument.role, places=places, kind="argument")
        return row

    def _label(self, row: Ids, labels: Labels, name: str, *, places: Ids, kind: str) -> None:
        """Write B-name I-name … at the places, unless something stands there."""
        if row[places].any():
            self.lost[f"overlapping {kind}"] += 1
            return
        row[places] = labels.inside(name)
        row[places[0]] = labels.begin(name)
        self.kept[f"{kind}s"] += 1


class _ModelWords:
    """The words of a document that the model sees. `owner` `[words]`: the window that decides each, -1 if none does."""

    def __init__(self, text: Text, its_windows: Sequence[Window]) -> None:
        self._starts = np.array([word.start for word in text.words], dtype=np.int64)
        self._ends = np.array([word.end for word in text.words], dtype=np.int64)
        self.owner = np.full(len(text.words), -1)
        for i, window in enumerate(its_windows):
            self.owner[window.words[window.owned]] = i

    def covered(self, span: Span) -> Ids:
        """The indices of those inside a span of the text."""
        return np.flatnonzero((self._starts >= span.start) & (self._ends <= span.end) & (self.owner >= 0))
