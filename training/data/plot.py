"""A corpus's counts of types and roles as one SVG of bars, types split by modality."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from hadath.ontology import Ontology
from hadath.schema import Document

# In pixels: where bars start, how long the longest is, and from one row to the next.
_LEFT, _LENGTH, _ROW = 110, 520, 20


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a bar; `kind` is the number of its colour."""

    kind: int
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Bar:
    """A labelled bar whose top edge is `y`, with its count at its end."""

    name: str
    count: int
    y: int
    end: float
    segments: tuple[Segment, ...]


def write_plot(documents: Sequence[Document], ontology: Ontology, path: Path) -> None:
    """Draw how often each type and each role is annotated, the most frequent first; each group has its own scale."""
    events = [event for document in documents for event in document.events]
    types = {name: Counter(dict.fromkeys(ontology.modalities, 0)) for name in ontology.licensed}
    for event in events:
        types[event.type][event.modality] += 1
    roles = Counter(dict.fromkeys(ontology.roles, 0))
    roles.update(argument.role for event in events for argument in event.arguments)
    type_bars = list(_bars(types, 50))
    second = type_bars[-1].y + 3 * _ROW
    role_bars = list(_bars({name: {"": count} for name, count in roles.items()}, second + _ROW))
    source = resources.files(__package__).joinpath("plot.svg.j2").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    drawn = environment.from_string(source).render(
        groups=(
            (f"{len(events):,} events by type", 34, type_bars),
            (f"{roles.total():,} arguments by role", second + 4, role_bars),
        ),
        modalities=[(i, name, _LEFT + 100 * i) for i, name in enumerate(ontology.modalities)],
        left=_LEFT,
        width=_LEFT + _LENGTH + 70,
        height=role_bars[-1].y + 2 * _ROW,
    )
    path.write_text(drawn + "\n", encoding="utf-8")


def _bars(counts: Mapping[str, Mapping[str, int]], top: int) -> Iterator[Bar]:
    totals = Counter({name: sum(parts.values()) for name, parts in counts.items()})
    scale = _LENGTH / (max(totals.values()) or 1)
    for row, (name, total) in enumerate(sorted(totals.items(), key=lambda each: (-each[1], each[0]))):
        segments = tuple(_segments(counts[name].values(), scale))
        yield Bar(name, total, top + row * _ROW, _LEFT + total * scale + 6, segments)


def _segments(parts: Iterable[int], scale: float) -> Iterator[Segment]:
    x = float(_LEFT)
    for kind, count in enumerate(parts):
        yield Segment(kind, round(x, 1), round(count * scale, 1))
        x += count * scale
