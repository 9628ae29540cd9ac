"""`python -m training stats PATH…`: what a corpus holds, as Markdown tables."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from hadath.ontology import Ontology
from hadath.schema import Document
from hadath.text import Text

from .corpus import load_documents
from .ontology_file import load_ontology
from .plot import write_plot

_UNSAID = "not given"
Row = tuple[str, int]


def run(paths: Sequence[Path], ontology: Path, plot: Path | None = None) -> int:
    """Print the tables, and draw the plot if a file is named for it."""
    known = load_ontology(ontology)
    documents = load_documents(paths, known)
    print(tables(documents, known))
    if plot:
        write_plot(documents, known, plot)
    return 0


def tables(documents: Sequence[Document], ontology: Ontology) -> str:
    """Sizes, then counts by type, role, modality, style and region; what does not occur is listed with 0."""
    events = [event for document in documents for event in document.events]
    roles = [argument.role for event in events for argument in event.arguments]
    sizes = [
        ("documents", len(documents)),
        ("words", sum(len(Text.read(document.text).words) for document in documents)),
        ("events", len(events)),
        ("arguments", len(roles)),
    ]
    blocks = [
        _table("corpus", sizes),
        _table("type", _counts((event.type for event in events), ontology.licensed)),
        _table("role", _counts(roles, ontology.roles)),
        _table("modality", _counts((event.modality for event in events), ontology.modalities)),
        *(_table(key, _counts(str(document.meta.get(key, _UNSAID)) for document in documents)) for key in _META),
    ]
    return "\n\n".join("\n".join(block) for block in blocks)


_META = ("style", "region")


def _counts(found: Iterable[str], known: Iterable[str] = ()) -> list[Row]:
    """The most frequent first, then by name."""
    counts = Counter(dict.fromkeys(known, 0))
    counts.update(found)
    return sorted(counts.items(), key=lambda row: (-row[1], row[0]))


def _table(title: str, rows: Sequence[Row]) -> Iterator[str]:
    yield f"| {title} | count |"
    yield "|---|--:|"
    for name, count in rows:
        yield f"| {name} | {count:,} |"
