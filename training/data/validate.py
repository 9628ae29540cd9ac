"""`python -m training validate PATH…`: every fault of annotated files, with its place."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hadath.ontology import Ontology
from hadath.schema import Document

from .faults import Fault
from .files import read_paths
from .ontology_file import load_ontology
from .standoff import Record

# Paragraphs are one line each: of a long one, what surrounds the fault is shown.
_BEFORE, _AFTER = 40, 80


@dataclass(frozen=True, kw_only=True)
class Report:
    """Counts of what is without faults, and the faults in the order of files and lines."""

    files: int
    documents: int
    events: int
    arguments: int
    faults: tuple[Fault, ...]

    def summary(self) -> str:
        """One line."""
        counts = (self.files, "file"), (self.documents, "document"), (self.events, "event")
        more = (self.arguments, "argument"), (len(self.faults), "fault")
        return ", ".join(f"{count:,} {name}{'' if count == 1 else 's'}" for count, name in (*counts, *more))


def validate(paths: Sequence[Path], ontology: Ontology) -> Report:
    """Check files and folders (their *.txt and *.jsonl). Raises DataError for a path that holds nothing."""
    reading = read_paths(paths, ontology)
    annotated: tuple[Document | Record, ...] = (*reading.documents, *reading.records)
    events = [event for each in annotated for event in each.events]
    return Report(
        files=reading.files,
        documents=len(annotated),
        events=len(events),
        arguments=sum(len(event.arguments) for event in events),
        faults=reading.faults,
    )


def run(paths: Sequence[Path], ontology: Path) -> int:
    """Print faults and counts; 1 if there are faults."""
    report = validate(paths, load_ontology(ontology))
    for fault in report.faults:
        print(f"{fault}\n    {_excerpt(fault)}")
    print(report.summary())
    return int(bool(report.faults))


def _excerpt(fault: Fault) -> str:
    line = Path(fault.path).read_bytes().decode("utf-8-sig", "replace").split("\n")[fault.line - 1].rstrip()
    start, end = max(0, fault.column - 1 - _BEFORE), fault.column - 1 + _AFTER
    return ("…" if start else "") + line[start:end] + ("…" if end < len(line) else "")
