"""`python -m training stats PATH…`: what each corpus holds, and all together, as Markdown tables."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from hadath.ontology import Ontology
from hadath.schema import Document
from hadath.text import Text

from .corpus import load_documents
from .ontology_file import load_ontology
from .plot import write_plot

_ALL = "all"
Counts = Counter[str]
Corpora = Mapping[str, Sequence[Document]]


def run(paths: Sequence[Path], ontology: Path, plot: Path | None = None) -> int:
    """Print the tables, and draw the plot if a file is named for it."""
    known = load_ontology(ontology)
    corpora = {str(path): load_documents([path], known) for path in paths}
    print(tables(corpora, known))
    if plot:
        write_plot([document for each in corpora.values() for document in each], known, plot)
    return 0


def tables(corpora: Corpora, ontology: Ontology) -> str:
    """Sizes, types, roles and modalities with a column for each corpus, then styles by regions where headers say them.

    What does not occur is listed with 0.
    """
    groups: Sequence[tuple[str, Callable[[Document], Iterable[str]], Iterable[str]]] = (
        ("type", _types, ontology.licensed),
        ("role", _roles, ontology.roles),
        ("modality", _modalities, ontology.modalities),
    )
    blocks = [_table("corpus", _columns({name: _sizes(each) for name, each in corpora.items()}), ordered=False)]
    for title, labels, known in groups:
        found = {name: _counts(documents, labels, known) for name, documents in corpora.items()}
        blocks.append(_table(title, _columns(found)))
    headed = [
        each.meta for documents in corpora.values() for each in documents if {"style", "region"} <= set(each.meta)
    ]
    if headed:
        by_style = {style: Counter[str]() for style in sorted({str(meta["style"]) for meta in headed})}
        for meta in headed:
            by_style[str(meta["style"])][str(meta["region"])] += 1
        blocks.append(_table("documents", _columns(by_style)))
    return "\n\n".join("\n".join(block) for block in blocks)


def _sizes(documents: Sequence[Document]) -> Counts:
    return Counter(
        {
            "documents": len(documents),
            "without an event": sum(not document.events for document in documents),
            "words": sum(len(Text.read(document.text).words) for document in documents),
            "events": sum(len(document.events) for document in documents),
            "arguments": sum(len(event.arguments) for document in documents for event in document.events),
        }
    )


def _types(document: Document) -> Iterator[str]:
    return (event.type for event in document.events)


def _roles(document: Document) -> Iterator[str]:
    return (argument.role for event in document.events for argument in event.arguments)


def _modalities(document: Document) -> Iterator[str]:
    return (event.modality for event in document.events)


def _counts(documents: Iterable[Document], labels: Callable[[Document], Iterable[str]], known: Iterable[str]) -> Counts:
    counts = Counter(dict.fromkeys(known, 0))
    counts.update(label for document in documents for label in labels(document))
    return counts


def _columns(found: Mapping[str, Counts]) -> dict[str, Counts]:
    """The columns and, where there are several, their sum as the last one."""
    if len(found) == 1:
        return dict(found)
    total = Counter[str]()
    for counts in found.values():
        total.update(counts)
    return {**found, _ALL: total}


def _table(title: str, columns: Mapping[str, Counts], *, ordered: bool = True) -> Iterator[str]:
    """A row for each name that the last column counts: the most frequent first, if `ordered`, then by name."""
    last = list(columns.values())[-1]
    names = sorted(last, key=lambda name: (-last[name], name)) if ordered else last
    yield f"| {title} | {' | '.join(columns)} |"
    yield f"|---|{'--:|' * len(columns)}"
    for name in names:
        yield f"| {name} | {' | '.join(f'{counts[name]:,}' for counts in columns.values())} |"
