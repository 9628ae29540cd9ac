"""What there is to do: inputs to sources, sources to units of records, always in the same way.

A source is scanned for where its records begin and end, without reading what is in them; a worker then reads its own
slice. A plan is the same every time, so a job that was stopped goes on by leaving out the units that are done.
"""

import csv
import hashlib
import zlib
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import BinaryIO

import pyarrow
import pyarrow.parquet
from pyarrow.fs import FileInfo, FileType

from hadath.errors import InputError

from .csv_rows import CsvRows
from .files import GZIP, Location, unreadable_now

TXT, JSONL, CSV, PARQUET = "txt", "jsonl", "csv", "parquet"
# By these the folder of a job is known: which job it is, and the reports of its parts.
MANIFEST, DONE_FOLDER = "manifest.json", "_done"
FORMATS = (TXT, JSONL, CSV, PARQUET)
# What a damaged file raises, by whoever reads it. ValueError and ArithmeticError: names and text in Parquet that are no
# UTF-8, odd dates. What the file system raises is none of it: see `Location.open`.
UNREADABLE = (
    *(OSError, EOFError, zlib.error, csv.Error, pyarrow.ArrowException),
    *(ValueError, ArithmeticError, MemoryError),
)
# In bytes. No article comes near it; a longer record is quarantined unread.
LONGEST_RECORD = 16 << 20
# A unit of long records holds fewer of them.
_UNIT_BYTES = 8 << 20
# What a row group of Parquet may unpack to. Writers make them of 1 MB to 1 GB.
_LARGEST_ROW_GROUP = 4 << 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A file of records. `name` is how the user knows it, `stem` what ids are made of where records have none."""

    location: Location
    name: str
    stem: str
    format: str
    size: int
    modified_ns: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Slice:
    """Part of a source: `[start, end)` in bytes, of Parquet in rows of its row group, the `group`th from 0.

    `first` numbers its first line, or its first row in the file, from 1. A slice with a `fault` is one record, which
    cannot be read for that reason.
    """

    source: Source
    start: int
    end: int
    first: int
    group: int = 0
    records: int = 1
    fault: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """What becomes one part. `records` is how many it holds."""

    number: int
    slices: tuple[Slice, ...]
    records: int


def sources(inputs: Sequence[str], *, without: Location) -> tuple[list[Source], list[str]]:
    """The sources of files and folders, and the names of the files in folders that are none.

    A file that lies in several inputs is one source. `without` is the output folder, which may lie inside an input, as
    may those of other jobs: what jobs wrote is no source. Raises InputError for an input that is not there, is no kind
    of file that can be read, holds nothing, or lies in the output folder.
    """
    found: dict[Location, Source] = {}
    ignored: list[str] = []
    for name in dict.fromkeys(inputs):
        location = Location.of(name)
        if location == without or without.holds(location):
            raise InputError(f"{name} is the output folder, or lies in it; --out names a folder of its own")
        info = location.info()
        if info.type == FileType.NotFound:
            raise InputError(f"{name} is not there; name a file or a folder of {_kinds()}")
        if info.type != FileType.Directory:
            if not (kind := _format(info.path)):
                raise InputError(f"{name}: cannot tell its format by its name; known are {_kinds()}")
            stem = PurePosixPath(_bare(info.path)).name
            found.setdefault(location, _source(location, info, name, stem, kind))
            continue
        files = location.files()
        written = tuple(_job_folders([each.path for each in files]))
        for each in files:
            place = Location(location.filesystem, each.path)
            if without.holds(place):
                continue
            inner = each.path.removeprefix(location.path).lstrip("/")
            shown = f"{name.rstrip('/')}/{inner}"
            if (kind := _format(each.path)) and not each.path.startswith(written):
                found.setdefault(place, _source(place, each, shown, _bare(inner), kind))
            else:
                ignored.append(shown)
    if not found:
        raise InputError(f"there are no {_kinds()} in {', '.join(inputs)}")
    return list(found.values()), ignored


def fingerprint(found: Iterable[Source]) -> str:
    """The sha256 of the sources' names, sizes and times."""
    state = hashlib.sha256()
    for each in found:
        state.update(f"{each.name}\0{each.size}\0{each.modified_ns}\n".encode("utf-8", "surrogateescape"))
    return state.hexdigest()


def digest(made: Iterable[Unit]) -> str:
    """The sha256 of where the units begin and end: of units that differ in it, none may be left out by its number."""
    bounds = hashlib.sha256()
    for unit in made:
        slices = [(each.source.name, each.group, each.start, each.end, bool(each.fault)) for each in unit.slices]
        bounds.update(f"{unit.number} {slices}\n".encode("utf-8", "surrogateescape"))
    return bounds.hexdigest()


def units(found: Iterable[Source], size: int) -> Iterator[Unit]:
    """Cut the sources into units of `size` records; the last one of the job, and units of long records, hold fewer."""
    number = records = weight = 0
    slices: list[Slice] = []
    for record, its_weight in (pair for source in found for pair in _records(source)):
        if records and (records == size or weight + its_weight > _UNIT_BYTES):
            yield Unit(number=number, slices=tuple(slices), records=records)
            number, records, weight, slices = number + 1, 0, 0, []
        if slices and _continues(slices[-1], record):
            slices[-1] = replace(slices[-1], end=record.end, records=slices[-1].records + 1)
        else:
            slices.append(record)
        records, weight = records + 1, weight + its_weight
    if records:
        yield Unit(number=number, slices=tuple(slices), records=records)


def _continues(last: Slice, record: Slice) -> bool:
    adjoins = last.source is record.source and last.group == record.group and last.end == record.start
    return adjoins and not last.fault and not record.fault


def _job_folders(paths: Sequence[str]) -> set[str]:
    """The folders, with the slash, in which a job has written."""
    marks = {path.removesuffix(MANIFEST) for path in paths if PurePosixPath(path).name == MANIFEST}
    return {folder for path in paths for folder in marks if path.startswith(f"{folder}{DONE_FOLDER}/")}


def _source(location: Location, info: FileInfo, name: str, stem: str, kind: str) -> Source:
    return Source(
        location=location, name=name, stem=stem, format=kind, size=info.size or 0, modified_ns=info.mtime_ns or 0
    )


def _format(path: str) -> str:
    """By the suffix; empty if it is none of ours. Only what has lines is read compressed."""
    plain = path.removesuffix(GZIP)
    suffix = PurePosixPath(plain).suffix.lower().removeprefix(".")
    return suffix if suffix in FORMATS and (plain == path or suffix in (JSONL, CSV)) else ""


def _bare(path: str) -> str:
    return str(PurePosixPath(path.removesuffix(GZIP)).with_suffix(""))


def _kinds() -> str:
    return ", ".join(f".{name}" for name in FORMATS)


def _records(source: Source) -> Iterator[tuple[Slice, int]]:
    """Each record of a source as a slice of its own, with its weight in bytes.

    A file that is damaged is so the next time too; what may be well by then stops the job, lest the plan change.
    """
    scan = {TXT: _whole, JSONL: _lines, CSV: _csv_rows, PARQUET: _parquet_rows}[source.format]
    at = 0
    try:
        for each, weight in scan(source):
            at = each.end
            yield each, weight
    except InputError:
        raise
    except (FileNotFoundError, MemoryError) as error:
        raise unreadable_now(source.name, error) from error
    except UNREADABLE as error:
        reason = f"cannot be read: {getattr(error, 'strerror', None) or error}"
        yield Slice(source=source, start=at, end=at, first=0, fault=reason), 0


def _whole(source: Source) -> Iterator[tuple[Slice, int]]:
    too_long = f"longer than {LONGEST_RECORD >> 20} MB" if source.size > LONGEST_RECORD else ""
    yield Slice(source=source, start=0, end=source.size, first=0, fault=too_long), source.size


def _lines(source: Source) -> Iterator[tuple[Slice, int]]:
    with source.location.open() as stream:
        start = 0
        for number, (size, blank) in enumerate(_line_sizes(stream), 1):
            end = start + size
            if size > LONGEST_RECORD:
                yield Slice(source=source, start=start, end=end, first=number, fault=_too_long(size)), size
            elif not blank:
                yield Slice(source=source, start=start, end=end, first=number), size
            start = end


def _line_sizes(stream: BinaryIO) -> Iterator[tuple[int, bool]]:
    """The size in bytes of each line, and whether nothing is in it. A long line is never held as a whole."""
    mark = BOM_UTF8
    while line := stream.readline(LONGEST_RECORD + 1):
        size, blank, mark = len(line), not line.removeprefix(mark).strip(), b""
        while not line.endswith(b"\n") and (line := stream.readline(LONGEST_RECORD)):
            size += len(line)
        yield size, blank


def _csv_rows(source: Source) -> Iterator[tuple[Slice, int]]:
    end, line = 0, 1
    with source.location.open() as stream:
        try:
            rows = CsvRows(stream, LONGEST_RECORD)
            for row in rows:
                if row.cells:
                    yield Slice(source=source, start=row.start, end=row.end, first=row.line), row.end - row.start
                end, line = rows.end, rows.line + 1
        except csv.Error as error:
            # What follows cannot be told from what a quotation mark left open has swallowed.
            reason = f"no sound CSV from here on, the rest of the file is left out: {error}"
            yield Slice(source=source, start=end, end=source.size, first=line, fault=reason), 0


def _parquet_rows(source: Source) -> Iterator[tuple[Slice, int]]:
    with source.location.open() as stream:
        metadata = pyarrow.parquet.ParquetFile(stream).metadata
        before = 0
        for number, group in enumerate(metadata.row_group(i) for i in range(metadata.num_row_groups)):
            rows, size = group.num_rows, group.total_byte_size
            if size > _LARGEST_ROW_GROUP:
                reason = f"a row group of {rows} rows unpacks to {size >> 20} MB"
                yield Slice(source=source, start=0, end=rows, first=before + 1, group=number, fault=reason), 0
            else:
                for row in range(rows):
                    each = Slice(source=source, start=row, end=row + 1, first=before + row + 1, group=number)
                    yield each, size // rows
            before += rows


def _too_long(size: int) -> str:
    return f"a line of {size >> 20} MB or more; the longest that is read has {LONGEST_RECORD >> 20} MB"
