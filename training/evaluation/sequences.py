"""The same predictions as seqeval sees them: strict IOB2 over words.

seqeval's default takes `I-A I-A` for `B-A I-A`; here it is always `mode="strict"` with `scheme=IOB2`. IOB2 holds one
label per word, so of spans that overlap only the first is kept (of those that start together, the longest). The others,
and spans that do not run from word edge to word edge, are left out and counted.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from seqeval.metrics import classification_report
from seqeval.scheme import IOB2

from hadath.ontology import OUTSIDE
from hadath.text import Text, Word

from .items import Items, Pair, Trigger

Labelled = tuple[int, int, str]
_MICRO = "micro avg"
_AVERAGES = (_MICRO, "macro avg", "weighted avg")


@dataclass(frozen=True, slots=True)
class LabelScore:
    """seqeval's figures for one label; `support` counts gold spans."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class SequenceScore:
    """seqeval's figures over all sequences, and how many spans the sequences could not hold."""

    labels: Mapping[str, LabelScore]
    micro: LabelScore
    sequences: int
    gold_left_out: int
    predicted_left_out: int


def trigger_sequences(pairs: Iterable[Pair]) -> SequenceScore:
    """One sequence per document, labelled with event types."""
    return _score(
        (Text.read(pair.text).words, _triggers(pair.gold.triggers), _triggers(pair.predicted.triggers))
        for pair in pairs
    )


def argument_sequences(pairs: Iterable[Pair]) -> SequenceScore:
    """One sequence per event whose trigger is right, labelled with roles: arguments given right triggers."""

    def sequences() -> Iterable[tuple[Sequence[Word], list[Labelled], list[Labelled]]]:
        for pair in pairs:
            words = Text.read(pair.text).words
            for trigger in pair.right:
                yield words, _arguments(pair.gold, trigger), _arguments(pair.predicted, trigger)

    return _score(sequences())


def _triggers(triggers: Iterable[Trigger]) -> list[Labelled]:
    return [(trigger.start, trigger.end, trigger.type) for trigger in triggers]


def _arguments(items: Items, trigger: Trigger) -> list[Labelled]:
    return [(found.start, found.end, found.role) for found in items.arguments if found.trigger == trigger]


def _score(sequences: Iterable[tuple[Sequence[Word], list[Labelled], list[Labelled]]]) -> SequenceScore:
    gold: list[list[str]] = []
    predicted: list[list[str]] = []
    lost = [0, 0]
    for words, ours, theirs in sequences:
        for i, (spans, side) in enumerate(((ours, gold), (theirs, predicted))):
            tags, left_out = iob2(words, spans)
            side.append(tags)
            lost[i] += left_out
    return SequenceScore(*strict_scores(gold, predicted), len(gold), *lost)


def iob2(words: Sequence[Word], spans: Iterable[Labelled]) -> tuple[list[str], int]:
    """Spans `(start, end, label)` in code points to one IOB2 label per word, and how many spans were left out."""
    firsts = {word.start: i for i, word in enumerate(words)}
    lasts = {word.end: i + 1 for i, word in enumerate(words)}
    tags = [OUTSIDE] * len(words)
    left_out = 0
    for start, end, label in sorted(spans, key=lambda span: (span[0], -span[1], span[2])):
        first, last = firsts.get(start), lasts.get(end)
        if first is None or last is None or any(tag != OUTSIDE for tag in tags[first:last]):
            left_out += 1
            continue
        tags[first:last] = [f"B-{label}", *[f"I-{label}"] * (last - first - 1)]
    return tags, left_out


def strict_scores(gold: list[list[str]], predicted: list[list[str]]) -> tuple[dict[str, LabelScore], LabelScore]:
    """seqeval's strict figures per label, by name, and for all labels together."""
    # seqeval cannot average over nothing.
    if all(tag == OUTSIDE for tags in gold + predicted for tag in tags):
        return {}, LabelScore(0.0, 0.0, 0.0, 0)
    report = classification_report(gold, predicted, output_dict=True, mode="strict", scheme=IOB2, zero_division=0)
    scores = {
        label: LabelScore(float(row["precision"]), float(row["recall"]), float(row["f1-score"]), int(row["support"]))
        for label, row in report.items()
    }
    return {label: score for label, score in scores.items() if label not in _AVERAGES}, scores[_MICRO]
