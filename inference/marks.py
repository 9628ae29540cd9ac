"""Triggers and arguments as marks on a text, and the text cut where any of them starts or ends.

Marks nest, cross and coincide (one place may serve three events). No tree of elements can hold that; the pieces between
two cuts can be wrapped one by one.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from hadath.schema import Argument, Document


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """A trigger (`role` None) or an argument of the document's event number `event`, counted from 0.

    Arguments that overlap have different `lane`s, so that lines drawn under them do not cover one another.
    """

    start: int
    end: int
    event: int
    role: str | None = None
    lane: int = 0


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text under the same marks throughout; `ending` are those of them that end with it."""

    text: str
    marks: tuple[Mark, ...]
    ending: tuple[Mark, ...]


def marks(document: Document) -> list[Mark]:
    """The marks of a document's events, triggers first."""
    triggers = [
        Mark(start=event.trigger.start, end=event.trigger.end, event=number)
        for number, event in enumerate(document.events)
    ]
    arguments = [(number, argument) for number, event in enumerate(document.events) for argument in event.arguments]
    return triggers + list(_in_lanes(arguments))


def pieces(text: str, marks: Iterable[Mark]) -> Iterator[Piece]:
    """The text in pieces; put together again they are the text."""
    starting: dict[int, list[Mark]] = defaultdict(list)
    cuts = {0, len(text)}
    for mark in marks:
        starting[mark.start].append(mark)
        cuts |= {mark.start, mark.end}
    current: list[Mark] = []
    for start, end in pairwise(sorted(cuts)):
        current = [mark for mark in current if mark.end > start] + starting[start]
        yield Piece(text[start:end], tuple(current), tuple(mark for mark in current if mark.end == end))


def _in_lanes(arguments: list[tuple[int, Argument]]) -> Iterator[Mark]:
    """Each argument goes to the first lane that is free again; of two with one start the longer is served first."""
    free_from: list[int] = []
    for number, argument in sorted(arguments, key=lambda each: (each[1].start, -each[1].end, each[0])):
        lane = next((i for i, end in enumerate(free_from) if end <= argument.start), len(free_from))
        free_from[lane : lane + 1] = [argument.end]
        yield Mark(start=argument.start, end=argument.end, event=number, role=argument.role, lane=lane)
