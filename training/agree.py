"""`python -m training agree FIRST SECOND`: how far two annotations of the same texts agree, as a Markdown table.

F1 of one against the other by the strict measures that the tagger is judged by. It is the same both ways round, and
stands in for kappa where, as with spans, what neither annotated cannot be counted (Hripcsak and Rothschild, 2005).
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from hadath.errors import DataError
from hadath.ontology import Ontology
from hadath.schema import Document

from .data.faults import FaultError
from .data.files import read_paths
from .data.ontology_file import load_ontology
from .data.standoff import Record, detach
from .evaluation.bootstrap import Estimate, Score
from .evaluation.metrics import Evaluation, evaluate
from .evaluation.table import by_gold, headline


def run(first: Path, second: Path, ontology: Path) -> int:
    """Print the table."""
    known = load_ontology(ontology)
    print(table(agreement(_records(first, known), _records(second, known), known)))
    return 0


def agreement(first: Sequence[Record], second: Sequence[Record], ontology: Ontology) -> Evaluation:
    """The comparison of two annotations. Raises DataError unless they are of the same texts."""
    ours, theirs = ({record.id: record.sha256 for record in records} for records in (first, second))
    for name in sorted(ours.keys() | theirs.keys()):
        if ours.get(name) != theirs.get(name):
            raise DataError(f"{name!r} is not annotated in both, on the same text; name two annotations of the same")
    # Only offsets are compared, so the documents may do without their texts.
    return evaluate(_documents(first), _documents(second), ontology)


def table(evaluation: Evaluation) -> str:
    """F1 with its interval and counts: the headline measures, modalities, types and roles."""
    modality = evaluation.modality
    rows = [
        f"| {evaluation.documents} documents | F1 | 95% interval | both | first | second |",
        "|---|--:|---|--:|--:|--:|",
        *(_row(*each) for each in headline(evaluation)),
        f"| Modality, macro-F1 | {_interval(modality.macro_f1)} | | | |",
        f"| Modality, accuracy | {_interval(modality.accuracy)} | | | |",
        *_group(by_gold(evaluation.types)),
        *_group(by_gold(evaluation.roles)),
        *_group(by_gold(modality.labels)),
    ]
    return "\n".join(rows)


def _records(path: Path, ontology: Ontology) -> list[Record]:
    reading = read_paths([path], ontology)
    if reading.faults:
        raise FaultError(reading.faults)
    return [*map(detach, reading.documents), *reading.records]


def _documents(records: Sequence[Record]) -> list[Document]:
    return [Document(id=record.id, text="", events=record.events) for record in records]


def _group(scores: Sequence[tuple[str, Score]]) -> Iterator[str]:
    yield "| | | | | | |"
    for each in scores:
        yield _row(*each)


def _row(name: str, score: Score) -> str:
    counts = score.counts
    return f"| {name} | {_interval(score.f1)} | {counts.right} | {counts.gold} | {counts.predicted} |"


def _interval(estimate: Estimate) -> str:
    return f"{estimate.value:.3f} | {estimate.interval}"
