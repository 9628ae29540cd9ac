"""Documents become training examples: one per window, labels by word; what labels cannot hold is counted by cause."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from datasets import Dataset
from numpy.typing import NDArray
from tokenizers import Tokenizer

from hadath.ontology import Labels, Ontology
from hadath.schema import Document, Event, Span
from hadath.text import Text
from hadath.windows import Ids, Window, WindowSize, windows

# The label of what is not to be learned from: padding, and words that another window decides.
IGNORED = -100


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
    def __init__(self, ontology: Ontology) -> None:
        self.kept: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()
        self._ontology = ontology
        self._types = {kind.name: i for i, kind in enumerate(ontology.types)}

    def examples(self, document: Document, text: Text, its_windows: Sequence[Window]) -> list[Example]:
        starts = np.array([word.start for word in text.words])
        ends = np.array([word.end for word in text.words])
        homeless = list(document.events)
        made = []
        for window in its_windows:
            edges = np.stack([starts[window.words], ends[window.words]])
            owned = [event for event in homeless if _owns(window, edges, event.trigger)]
            homeless = [event for event in homeless if event not in owned]
            made.append(self._example(window, edges, owned))
        for event in homeless:
            self.lost["trigger without a sub-word"] += 1
            self.lost["argument of a lost trigger"] += len(event.arguments)
        return made

    def _example(self, window: Window, edges: Ids, events: Sequence[Event]) -> Example:
        triggers = np.zeros(len(window.words), dtype=np.int64)
        roles = np.zeros((len(events), len(window.words)), dtype=np.int64)
        for event, row in zip(events, roles, strict=True):
            self._label(triggers, edges, self._ontology.trigger_labels, event.type, span=event.trigger, kind="trigger")
            # The longest first: of two that overlap it holds more.
            for argument in sorted(event.arguments, key=lambda span: span.start - span.end):
                self._label(row, edges, self._ontology.role_labels, argument.role, span=argument, kind="argument")
        elsewhere = np.ones(len(triggers), dtype=bool)
        elsewhere[window.owned] = False
        triggers[elsewhere] = IGNORED
        return Example(
            input_ids=window.input_ids,
            positions=window.positions,
            trigger_labels=triggers,
            trigger_words=np.array([_covered(edges, event.trigger)[0] for event in events], dtype=np.int64),
            trigger_types=np.array([self._types[event.type] for event in events], dtype=np.int64),
            modalities=np.array([self._ontology.modalities.index(event.modality) for event in events], dtype=np.int64),
            role_labels=roles,
        )

    def _label(self, row: Ids, edges: Ids, labels: Labels, name: str, *, span: Span, kind: str) -> None:
        """Write B-name I-name … over the span's words, unless something stands there or no word is there."""
        places = _covered(edges, span)
        if not len(places):
            self.lost[f"{kind} outside the window"] += 1
        elif row[places].any():
            self.lost[f"overlapping {kind}"] += 1
        else:
            row[places] = labels.inside(name)
            row[places[0]] = labels.begin(name)
            self.kept[f"{kind}s"] += 1


def _covered(edges: Ids, span: Span) -> NDArray[np.intp]:
    """The places of the window's words inside a span of the text; `edges` `[2, W]` are their starts and ends."""
    return np.flatnonzero((edges[0] >= span.start) & (edges[1] <= span.end))


def _owns(window: Window, edges: Ids, trigger: Span) -> bool:
    places = _covered(edges, trigger)
    return len(places) > 0 and window.owned.start <= places[0] < window.owned.stop
