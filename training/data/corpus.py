"""The documents of a training run: loaded, split, fingerprinted, and as a `datasets.Dataset`."""

import hashlib
import json
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datasets import Dataset, Features, List, Value

from hadath.errors import DataError
from hadath.ontology import Ontology
from hadath.schema import Argument, Document, Event, Span

from .duplicates import groups
from .faults import FaultError
from .files import read_paths

_SPAN = {"start": Value("int64"), "end": Value("int64"), "score": Value("float64")}
_EVENT = {
    "id": Value("string"),
    "type": Value("string"),
    "modality": Value("string"),
    "score": Value("float64"),
    "trigger": _SPAN,
    "arguments": List({"role": Value("string"), **_SPAN}),
}
# `meta` is JSON: its keys differ from document to document.
FEATURES = Features({"id": Value("string"), "text": Value("string"), "meta": Value("string"), "events": List(_EVENT)})


@dataclass(frozen=True, kw_only=True)
class Split:
    """Documents to learn from, and documents to choose and calibrate by."""

    train: tuple[Document, ...]
    dev: tuple[Document, ...]


def load_documents(paths: Sequence[Path], ontology: Ontology) -> list[Document]:
    """The documents of markup files, of JSONL files and of folders of both.

    Raises DataError for a path without documents, and FaultError (a DataError) with all faults of all files.
    """
    reading = read_paths(paths, ontology)
    if reading.faults:
        raise FaultError(reading.faults)
    if reading.records:
        raise DataError(
            f"{reading.records[0].id} and {len(reading.records) - 1} more are stand-off annotations without text; "
            "data/ant/prepare.py joins such a file with its articles, give the file that it writes"
        )
    return list(reading.documents)


def split(
    documents: Sequence[Document],
    dev_fraction: float,
    seed: int,
    *,
    fold: int = 0,
    train_share: float = 1.0,
    dev_from: Collection[str] | None = None,
) -> Split:
    """Keep about `dev_fraction` of the documents for dev, near-duplicates always on one side.

    With `dev_from`, that fraction of the documents with these ids; near-duplicates of any other stay in train. Another
    `fold` keeps another part; none is in two, and together the folds that fit into the whole cover it. A fold that a
    small corpus would leave empty keeps the first story instead, even one of another fold. Of what is not dev, train
    gets the `train_share`; a smaller share is part of a larger one.

    The side follows from the seed, `dev_from` and the first id of a document's near-duplicates alone, so documents that
    are added later move no other story. The order of the documents is kept.
    """
    stories = [[documents[place] for place in places] for places in groups([each.text for each in documents])]
    ranks = {_rank(story, seed): story for story in stories}
    eligible = [
        rank for rank, story in sorted(ranks.items()) if dev_from is None or all(each.id in dev_from for each in story)
    ]
    first, last = fold * dev_fraction, (fold + 1) * dev_fraction
    chosen = [rank for rank in eligible if first <= rank < last]
    if dev_fraction and len(ranks) > 1:
        # Neither side of a small corpus stays empty.
        chosen = chosen[: len(ranks) - 1] or eligible[:1]
    rest = sorted(ranks.keys() - set(chosen), key=lambda rank: (rank - last) % 1)
    learned = rest[: math.ceil(train_share * len(rest))]
    dev, train = ({document.id for rank in side for document in ranks[rank]} for side in (chosen, learned))
    return Split(
        train=tuple(document for document in documents if document.id in train),
        dev=tuple(document for document in documents if document.id in dev),
    )


def fingerprint(documents: Iterable[Document]) -> str:
    """The sha256 of the documents as canonical JSON, whatever their order."""
    lines = sorted(json.dumps(each.to_json(), sort_keys=True, separators=(",", ":")) for each in documents)
    return hashlib.sha256("\n".join(lines).encode("ascii")).hexdigest()


def to_dataset(documents: Iterable[Document]) -> Dataset:
    """One row a document, by `FEATURES`. Nothing is lost: `from_dataset` gives equal documents."""
    rows = [_row(document) for document in documents]
    # By columns, since no rows would give no columns.
    return Dataset.from_dict({name: [row[name] for row in rows] for name in FEATURES}, features=FEATURES)


def from_dataset(dataset: Dataset) -> list[Document]:
    """The inverse of `to_dataset`."""
    return [_document(row) for row in dataset]


def _rank(story: Sequence[Document], seed: int) -> float:
    """From 0 to 1, evenly spread."""
    first = min(document.id for document in story)
    digest = hashlib.sha256(f"{seed}\n{first}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def _row(document: Document) -> dict[str, Any]:
    return {
        "id": document.id,
        "text": document.text,
        "meta": json.dumps(dict(document.meta)),
        "events": [_event_row(event) for event in document.events],
    }


def _event_row(event: Event) -> dict[str, Any]:
    return {
        "id": event.id,
        "type": event.type,
        "modality": event.modality,
        "score": event.score,
        "trigger": _span_row(event.trigger),
        "arguments": [{"role": argument.role, **_span_row(argument)} for argument in event.arguments],
    }


def _span_row(span: Span) -> dict[str, Any]:
    return {"start": span.start, "end": span.end, "score": span.score}


def _document(row: Mapping[str, Any]) -> Document:
    text = row["text"]
    events = tuple(_event(text, event) for event in row["events"])
    return Document(id=row["id"], text=text, events=events, meta=json.loads(row["meta"]))


def _event(text: str, row: Mapping[str, Any]) -> Event:
    return Event(
        id=row["id"],
        type=row["type"],
        modality=row["modality"],
        trigger=Span.cut(text, **row["trigger"]),
        arguments=tuple(Argument(text=text[each["start"] : each["end"]], **each) for each in row["arguments"]),
        score=row["score"],
    )
