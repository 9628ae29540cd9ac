"""Documents as text for a terminal.

Terminals disagree about right-to-left text, so Arabic stands last on each line, where it can push no column about.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from hadath.ontology import Ontology
from hadath.schema import Document, Event, Span

_BIDI_CONTROLS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_TITLE_LENGTH = 100
_GAP = "  "

Row = tuple[str, ...]


def render(documents: Iterable[Document], _ontology: Ontology) -> Iterator[str]:
    """A block of lines for each document, with an empty line between blocks."""
    for number, document in enumerate(documents):
        yield ("\n" if number else "") + block(document)


def block(document: Document) -> str:
    """A heading, the text's first line, then each event with its arguments below it."""
    lines = [f"{_count(len(document.events))}{_GAP}{visible(document.id)}".rstrip(), _title(document.text)]
    rows = [row for event in document.events for row in _rows(event)]
    if rows:
        lines += ["", *_aligned(rows)]
    return "\n".join(lines) + "\n"


def visible(text: str) -> str:
    """The text on one line, unable to command or reorder a terminal.

    Line breaks and control characters become blanks, bidi controls go, half of a surrogate pair becomes U+FFFD.
    """
    return "".join(map(_shown, _BIDI_CONTROLS.sub("", text)))


def _shown(char: str) -> str:
    match unicodedata.category(char):
        case "Cc" | "Zl" | "Zp":
            return " "
        case "Cs":
            return "\ufffd"
        case _:
            return char


def _count(events: int) -> str:
    match events:
        case 0:
            return "no events"
        case 1:
            return "1 event"
        case _:
            return f"{events} events"


def _title(text: str) -> str:
    lines = text.strip().splitlines()
    title = visible(lines[0]) if lines else ""
    return title if len(title) <= _TITLE_LENGTH else title[: _TITLE_LENGTH - 1].rstrip() + "…"


def _rows(event: Event) -> Iterator[Row]:
    """Id, type or role, modality, score, offsets, quote."""
    yield visible(event.id), visible(event.type), visible(event.modality), *_place(event.trigger, event.score)
    for argument in event.arguments:
        yield "", f"{_GAP}{visible(argument.role)}", "", *_place(argument, argument.score)


def _place(span: Span, score: float) -> Row:
    return f"{score:.2f}", f"{span.start}–{span.end}", visible(span.text)


def _aligned(rows: list[Row]) -> Iterator[str]:
    """Every column but the last, the quote, is padded."""
    widths = [max(map(len, column)) for column in zip(*(row[:-1] for row in rows), strict=True)]
    for *cells, quote in rows:
        padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        yield _GAP.join([*padded, quote])
