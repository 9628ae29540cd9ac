"""The inline markup that people annotate in: `{SPAN|LABEL …}`, see data/guidelines.md.

A label is `ID:TYPE` or `ID:TYPE/MODALITY` on a trigger, `ID.ROLE` on an argument. Spans may nest. A header may stand
above the text, see `header`. Taking the markup away gives back the text, to the character.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import itemgetter

from hadath.errors import DataError
from hadath.ontology import Ontology
from hadath.schema import Argument, Document, Event, Span

from .check import Complaint, complaints
from .faults import Fault, FaultError
from .header import needs_header, read_header, write_header

DEFAULT_MODALITY = "actual"
_MARK = re.compile(r"[{|}]")
_LABELS = re.compile(r"([^{}\n]*)\}")
_TRIGGER = re.compile(r"(e\d+):([^\s:/|]+)(?:/([^\s:/|]+))?")
_ARGUMENT = re.compile(r"(e\d+)\.([^\s:/|]+)")


def parse(source: str, *, id: str, ontology: Ontology, path: str = "<text>") -> Document:
    """Read one annotated source. `id` is used when the header gives none; `path` is what faults name.

    Raises FaultError (a DataError) with every fault of the source.
    """
    header = read_header(source)
    scan = _scan(source, header.length)
    marked = _Marked.collect(scan)
    text = scan.text
    document = Document(
        id=header.entries.get("id", id),
        text=text,
        events=marked.events(text),
        meta={key: value for key, value in header.entries.items() if key != "id"},
    )
    found = [*header.complaints, *scan.complaints, *marked.complaints]
    found += (Complaint(scan.origin(offset), message) for offset, message in complaints(document, ontology))
    if found:
        raise FaultError(Fault.at(path, source, *complaint) for complaint in found)
    return document


def plain_text(source: str) -> str:
    """The text of a source, without header and markup; labels are not looked at. Raises FaultError."""
    header = read_header(source)
    scan = _scan(source, header.length)
    if found := (*header.complaints, *scan.complaints):
        raise FaultError(Fault.at("<text>", source, *complaint) for complaint in found)
    return scan.text


def write(document: Document) -> str:
    """The inverse of `parse`; a header is written where `meta` or the text calls for one.

    Raises DataError for what the markup cannot hold: spans that cross, braces and bars in the text.
    """
    if char := _MARK.search(document.text):
        raise DataError(f"{document.id}: the text holds {char.group()!r} at {char.start()}; the markup needs it")
    labels: dict[tuple[int, int], list[str]] = {}
    for event in document.events:
        modality = "" if event.modality == DEFAULT_MODALITY else f"/{event.modality}"
        _add(labels, event.trigger, f"{event.id}:{event.type}{modality}", _TRIGGER)
    for event in document.events:
        for argument in event.arguments:
            _add(labels, argument, f"{event.id}.{argument.role}", _ARGUMENT)
    header = write_header(document.id, document.meta) if document.meta or needs_header(document.text) else ""
    return header + _marked_up(document, labels)


@dataclass(frozen=True)
class _Label:
    text: str
    start: int
    end: int
    at: int  # of its span's brace, in the source


@dataclass
class _Scan:
    """The text of a source, with what marked it up. Complaints count code points of the source."""

    length: int = 0  # of the text so far
    kept: list[str] = field(default_factory=list)
    labels: list[_Label] = field(default_factory=list)
    complaints: list[Complaint] = field(default_factory=list)
    # Where the pieces between the marks stand: (offset in the text, offset in the source).
    pieces: list[tuple[int, int]] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.kept)

    def origin(self, offset: int) -> int:
        """The place in the source of a place in the text."""
        text_at, source_at = self.pieces[bisect_right(self.pieces, offset, key=itemgetter(0)) - 1]
        return source_at + offset - text_at


def _scan(source: str, cursor: int) -> _Scan:
    scan = _Scan()
    opened: list[tuple[int, int]] = []  # (offset in the text, offset in the source) of each brace still open
    while mark := _MARK.search(source, cursor):
        at, char = mark.start(), mark.group()
        _keep(scan, source, cursor, at)
        cursor = mark.end()
        if char == "{":
            opened.append((scan.length, at))
        elif not opened:
            kind = "bar: the text may hold none" if char == "|" else "closing brace without an opening one"
            scan.complaints.append(Complaint(at, kind))
        elif char == "|" and (labels := _LABELS.match(source, cursor)):
            _close(scan, *opened.pop(), labels.group(1))
            cursor = labels.end()
        else:
            missing = "labels" if char == "}" else "closing brace behind the labels on the same line"
            scan.complaints.append(Complaint(at, f"no {missing}; expected {{SPAN|LABEL …}}"))
            opened.pop()
    _keep(scan, source, cursor, len(source))
    scan.complaints += (Complaint(at, "brace is never closed") for _, at in opened)
    return scan


def _keep(scan: _Scan, source: str, start: int, end: int) -> None:
    scan.pieces.append((scan.length, start))
    scan.kept.append(source[start:end])
    scan.length += end - start


def _close(scan: _Scan, start: int, at: int, labels: str) -> None:
    if start == scan.length:
        scan.complaints.append(Complaint(at, "empty span"))
    if not labels.strip():
        scan.complaints.append(Complaint(at, "span without a label"))
    scan.labels += (_Label(label, start, scan.length, at) for label in labels.split())


@dataclass
class _Marked:
    """Labels sorted into events. Complaints count code points of the source."""

    triggers: dict[str, tuple[str, str, _Label]] = field(default_factory=dict)
    arguments: dict[str, list[tuple[str, _Label]]] = field(default_factory=dict)
    complaints: list[Complaint] = field(default_factory=list)

    @classmethod
    def collect(cls, scan: _Scan) -> "_Marked":
        marked = cls()
        # By the opening brace: of two spans that start together, the longer one first.
        for label in sorted(scan.labels, key=lambda label: label.at):
            marked._add(label)
        for event, arguments in marked.arguments.items():
            if event not in marked.triggers:
                marked.complaints += (
                    Complaint(label.at, f"{label.text}: no trigger has the id {event}") for _, label in arguments
                )
        return marked

    def _add(self, label: _Label) -> None:
        if match := _TRIGGER.fullmatch(label.text):
            event, kind, modality = match.groups()
            if event in self.triggers:
                self.complaints.append(Complaint(label.at, f"{label.text}: {event} has two triggers"))
            else:
                self.triggers[event] = kind, modality or DEFAULT_MODALITY, label
        elif match := _ARGUMENT.fullmatch(label.text):
            self.arguments.setdefault(match[1], []).append((match[2], label))
        else:
            form = "expected e1:Type, e1:Type/modality or e1.Role"
            self.complaints.append(Complaint(label.at, f"bad label {label.text!r}; {form}"))

    def events(self, text: str) -> tuple[Event, ...]:
        """In the order of their triggers."""
        made = [
            Event(
                id=event,
                type=kind,
                modality=modality,
                trigger=Span.cut(text, label.start, label.end),
                arguments=tuple(_argument(text, *entry) for entry in self.arguments.get(event, ())),
            )
            for event, (kind, modality, label) in self.triggers.items()
        ]
        return tuple(sorted(made, key=lambda event: event.trigger.start))


def _argument(text: str, role: str, label: _Label) -> Argument:
    return Argument(role=role, start=label.start, end=label.end, text=text[label.start : label.end])


def _add(labels: dict[tuple[int, int], list[str]], span: Span, label: str, form: re.Pattern[str]) -> None:
    if not form.fullmatch(label):
        raise DataError(
            f"{label!r} cannot be written as a label; ids are e1, e2 …, names have no blank, colon or slash"
        )
    labels.setdefault((span.start, span.end), []).append(label)


def _marked_up(document: Document, labels: dict[tuple[int, int], list[str]]) -> str:
    text, pieces, cursor = document.text, [], 0
    opened: list[tuple[int, int]] = []

    def close(spans: Iterable[tuple[int, int]]) -> None:
        nonlocal cursor
        for span in spans:
            pieces.append(f"{text[cursor : span[1]]}|{' '.join(labels[span])}}}")
            cursor = span[1]

    for start, end in sorted(labels, key=lambda span: (span[0], -span[1])):
        while opened and opened[-1][1] <= start:
            close([opened.pop()])
        if opened and opened[-1][1] < end:
            raise DataError(f"{document.id}: the spans {opened[-1]} and {(start, end)} cross; the markup only nests")
        pieces.append(text[cursor:start] + "{")
        cursor = start
        opened.append((start, end))
    close(reversed(opened))
    return "".join(pieces) + text[cursor:]
