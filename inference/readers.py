"""Files and standard input to documents; what cannot be read is rejected, with the reason, and the rest goes on.

A text is never changed: line ends stay as they are (CRLF too), nothing is stripped or normalised. One exception: a byte
order mark at the very start of a file signs the encoding and is no part of the text, so it is dropped and offset 0 is
the first character an editor shows. `open(path, encoding="utf-8-sig", newline="")` gives the same text.

Half of a surrogate pair can stand in JSON as an escape ("\\ud83d", left by tools that cut an emoji in two). It is legal
there and is kept, so that offsets hold; writers escape or replace it (see `jsonl` and `html`).
"""

import json
import math
import sys
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO, Literal

from hadath.errors import InputError
from hadath.schema import Document

Format = Literal["txt", "jsonl"]
_SUFFIXES: dict[str, Format] = {".txt": "txt", ".jsonl": "jsonl"}
STDIN = "-"
UTF16 = "UTF-16, not UTF-8; convert it first: iconv -f UTF-16 -t UTF-8"
# Deeper nesting than any real record has. Python's own limit would strike at a depth that depends on the caller.
_MAX_DEPTH = 100
_NAMES_SHOWN = 10
_JSON_NAMES = {dict: "an object", list: "a list", str: "a string", bool: "true or false", type(None): "null"}


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that cannot be tagged. `line` counts from 1; None where the fault is the whole file's."""

    source: str
    line: int | None
    reason: str

    def __str__(self) -> str:
        place = self.source if self.line is None else f"{self.source}:{self.line}"
        return f"{place}: {self.reason}"


Record = Document | Rejected


@dataclass(frozen=True, kw_only=True, slots=True)
class Fields:
    """The names of the JSON fields that hold a record's text and its id."""

    text: str = "text"
    id: str = "id"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Source:
    path: str
    format: Format

    @property
    def name(self) -> str:
        return "<stdin>" if self.path == STDIN else self.path

    @property
    def stem(self) -> str:
        return "stdin" if self.path == STDIN else Path(self.path).stem

    def open(self) -> AbstractContextManager[BinaryIO]:
        return nullcontext(sys.stdin.buffer) if self.path == STDIN else Path(self.path).open("rb")


def read(paths: Iterable[str], *, format: Format | None = None, fields: Fields | None = None) -> Iterator[Record]:
    """The records of files in their order, read as they are asked for; the path "-" is standard input.

    By default a file's suffix, .txt or .jsonl, says its format, and standard input is plain text; `format` overrides
    both. Raises InputError at once for a folder or an unknown suffix. Every other fault becomes a `Rejected`.
    """
    sources = [_Source(path=path, format=format or _format(path)) for path in map(_file, paths)]
    names = fields or Fields()
    return (record for source in sources for record in _records(source, names))


def text_record(data: bytes, source: str, id: str) -> Record:
    """A plain text file as one record."""
    try:
        text = _decoded(data.removeprefix(BOM_UTF8))
        return Document(id=id, text=_not_empty(text))
    except InputError as fault:
        return Rejected(source, None, str(fault))


def json_record(line: bytes, source: str, number: int, default_id: str, fields: Fields) -> Record:
    """One line of a JSONL file as a record. Fields other than the text and the id pass through under `meta`."""
    try:
        record = _object(_decoded(line))
    except InputError as fault:
        return Rejected(source, number, str(fault))
    return field_record(record, source, number, default_id, fields)


def distinct_names(names: Sequence[str]) -> tuple[str, ...]:
    """The names of columns. One that repeats an earlier one gets a number, so that neither hides the other."""
    found: list[str] = []
    for name in names:
        again = (f"{name}.{number}" for number in count(1))
        found.append(name if name not in found else next(each for each in again if each not in (*names, *found)))
    return tuple(found)


def field_record(record: dict[str, Any], source: str, number: int, default_id: str, fields: Fields) -> Record:
    """A record that has been read into named fields."""
    try:
        text = _not_empty(_text(record, fields.text))
        name = _id(record.get(fields.id), fields.id, default_id)
    except InputError as fault:
        return Rejected(source, number, str(fault))
    meta = {field: value for field, value in record.items() if field not in (fields.text, fields.id)}
    return Document(id=name, text=text, meta=meta)


def _file(path: str) -> str:
    if path != STDIN and Path(path).is_dir():
        raise InputError(f"{path} is a folder; name the files in it, e.g. {path.rstrip('/')}/*.txt")
    return path


def _format(path: str) -> Format:
    if path == STDIN:
        return "txt"
    suffix = Path(path).suffix
    if suffix.lower() not in _SUFFIXES:
        raise InputError(
            f"{path}: cannot tell its format by the suffix {suffix!r}, known are {', '.join(_SUFFIXES)}; "
            "say --input txt or --input jsonl"
        )
    return _SUFFIXES[suffix.lower()]


def _records(source: _Source, fields: Fields) -> Iterator[Record]:
    try:
        with source.open() as stream:
            if source.format == "txt":
                yield text_record(stream.read(), source.name, source.stem)
            else:
                yield from _json_records(stream, source, fields)
    except OSError as error:
        yield Rejected(source.name, None, f"cannot be read: {error.strerror or error}")


def _json_records(lines: Iterable[bytes], source: _Source, fields: Fields) -> Iterator[Record]:
    for number, raw in enumerate(lines, start=1):
        line = raw.removeprefix(BOM_UTF8) if number == 1 else raw
        if line.strip():
            yield json_record(line, source.name, number, f"{source.stem}:{number}", fields)


def _decoded(data: bytes) -> str:
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        raise InputError(UTF16)
    if (at := data.find(b"\0")) >= 0:
        raise InputError(f"binary, not text: a NUL byte at position {at}")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            f"not UTF-8: byte 0x{data[error.start]:02x} at position {error.start}; "
            "if it is another encoding, convert it first, e.g. iconv -f WINDOWS-1256 -t UTF-8"
        ) from None


def _not_empty(text: str) -> str:
    if not text.strip():
        raise InputError("the text is empty")
    return text


def _object(line: str) -> dict[str, Any]:
    try:
        value = json.loads(line, parse_float=_finite, parse_constant=_finite)
        too_deep = _deeper(value, _MAX_DEPTH)
    except json.JSONDecodeError as error:
        raise InputError(f"invalid JSON at column {error.colno}: {error.msg}") from None
    except RecursionError:
        too_deep = True
    except ValueError as error:  # a number that is none, or an integer of thousands of digits
        raise InputError(f"invalid JSON: {str(error).partition(';')[0]}") from None
    if too_deep:
        raise InputError(f"nested more than {_MAX_DEPTH} levels deep")
    if not isinstance(value, dict):
        raise InputError(f"expected a JSON object, got {_json_name(value)}")
    return value


def _finite(literal: str) -> float:
    """Python reads NaN, Infinity and 1e999, but no JSON can be written from them."""
    number = float(literal)
    if not math.isfinite(number):
        raise ValueError(f"{literal} is not a number that JSON can hold")
    return number


def _deeper(value: object, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    children = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_deeper(child, levels - 1) for child in children)


def _text(record: dict[str, Any], field: str) -> str:
    if field not in record:
        names = [repr(name) for name in record]
        present = ", ".join(names[:_NAMES_SHOWN]) + (", …" if len(names) > _NAMES_SHOWN else "")
        raise InputError(f"the field {field!r} is missing; present are: {present or 'none'}")
    text = record[field]
    if not isinstance(text, str):
        raise InputError(f"the field {field!r} should be a string, it is {_json_name(text)}")
    return text


def _id(value: object, field: str, default: str) -> str:
    """Whole numbers are common ids and are written out; null and an empty string count as missing."""
    if value is None or value == "":
        return default
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise InputError(f"the field {field!r} should be a string or a whole number, it is {_json_name(value)}")
    return str(value)


def _json_name(value: object) -> str:
    return _JSON_NAMES.get(type(value), "a number")
