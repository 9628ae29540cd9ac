"""Annotated files of any of the three forms: inline markup, hadath documents, stand-off records."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hadath.errors import DataError, HadathError
from hadath.ontology import Ontology
from hadath.schema import Document

from .check import complaints, label_complaints
from .faults import Fault, FaultError
from .markup import parse
from .standoff import Record

MARKUP, JSONL = ".txt", ".jsonl"


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What some paths hold. Documents and records with faults are left out."""

    files: int
    documents: tuple[Document, ...]
    records: tuple[Record, ...]
    faults: tuple[Fault, ...]


@dataclass(frozen=True)
class _Place:
    path: str
    line: int


_Item = tuple[_Place, Document | Record] | Fault


def read_paths(paths: Sequence[Path], ontology: Ontology) -> Reading:
    """Read files and folders, and check all of it. Raises DataError for a path that is not there or holds nothing."""
    files = [file for path in paths for file in _files(path)]
    documents: list[Document] = []
    records: list[Record] = []
    faults: list[Fault] = []
    seen: dict[tuple[type, str], _Place] = {}
    for item in (item for file in dict.fromkeys(files) for item in _read(file, ontology)):
        if isinstance(item, Fault):
            faults.append(item)
            continue
        place, found = item
        first = seen.setdefault((type(found), found.id), place)
        if first is not place:
            faults.append(Fault(place.path, place.line, 1, f"the id {found.id!r} is that of {first.path}:{first.line}"))
        elif isinstance(found, Document):
            documents.append(found)
        else:
            records.append(found)
    return Reading(
        files=len(dict.fromkeys(files)),
        documents=tuple(documents),
        records=tuple(records),
        faults=tuple(faults),
    )


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        files = [file for file in sorted(path.rglob("*")) if file.suffix in (MARKUP, JSONL)]
        if not files:
            raise DataError(f"no *{MARKUP} and no *{JSONL} in the folder {path}")
        return files
    if not path.is_file():
        maker = path.parent / "prepare.py"
        hint = f"; make it with `python {maker} SOURCE`, see {maker.parent / 'README.md'}" if maker.is_file() else ""
        raise DataError(f"no annotated data at {path}{hint}")
    if path.suffix not in (MARKUP, JSONL):
        raise DataError(f"{path}: expected inline markup (*{MARKUP}) or JSON lines (*{JSONL})")
    return [path]


def _read(path: Path, ontology: Ontology) -> Iterator[_Item]:
    data = path.read_bytes()
    try:
        source = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        column = error.start - data.rfind(b"\n", 0, error.start)
        yield Fault(str(path), data.count(b"\n", 0, error.start) + 1, column, f"not UTF-8: {error.reason}")
        return
    if path.suffix == JSONL:
        for number, line in enumerate(source.split("\n"), 1):
            if line.strip():
                yield from _read_line(_Place(str(path), number), line, ontology)
        return
    try:
        yield _Place(str(path), 1), parse(source, id=path.stem, ontology=ontology, path=str(path))
    except FaultError as error:
        yield from error.faults


def _read_line(place: _Place, line: str, ontology: Ontology) -> Iterator[_Item]:
    try:
        found = _parse_line(line)
    except json.JSONDecodeError as error:
        yield Fault(place.path, place.line, error.colno, f"not JSON: {error.msg}")
        return
    except HadathError as error:
        yield Fault(place.path, place.line, 1, str(error))
        return
    check = complaints(found, ontology) if isinstance(found, Document) else label_complaints(found.events, ontology)
    faults = [Fault(place.path, place.line, 1, f"{found.id}, at {at} of the text: {message}") for at, message in check]
    if faults:
        yield from faults
    else:
        yield place, found


def _parse_line(line: str) -> Document | Record:
    tree = json.loads(line)
    return Record.from_json(tree) if isinstance(tree, dict) and "sha256" in tree else Document.from_json(tree)
