"""The records of a slice. Line ends, blanks and all else in a text stay as they are, as in `inference.readers`."""

from codecs import BOM_UTF8
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

from pyarrow import RecordBatch

from hadath.errors import InputError

from ..readers import Fields, Record, Rejected, field_record, json_record, text_record
from .csv_rows import CsvRows, Row
from .files import unreadable_now
from .parquet_rows import ParquetRows, values
from .plan import CSV, LONGEST_RECORD, PARQUET, TXT, UNREADABLE, Slice, Source


class Reader:
    """Reads slices. The last source stays open: slices come in order, and not every file can be entered anywhere."""

    def __init__(self, fields: Fields) -> None:
        self._fields = fields
        self._source: Source | None = None
        self._stream: BinaryIO | None = None
        self._parquet: ParquetRows | None = None

    def records(self, part: Slice) -> Iterator[Record]:
        """As many records as were planned; those that can no longer be read are each a `Rejected` that says so.

        Raises InputError where the machine fails, and not the file: the slice may be read another time.
        """
        name, line = part.source.name, part.first or None
        if part.fault:
            yield Rejected(name, line, part.fault)
            return
        left = part.records
        try:
            self._open(part.source)
            for record in islice(self._read(part), part.records):
                yield record
                left -= 1
            if left:
                raise EOFError("the file holds fewer records")
        except InputError:
            self.close()
            raise
        except UNREADABLE as error:
            self.close()
            if isinstance(error, FileNotFoundError) and not part.source.location.folder_is_there():
                # A disk is not mounted, or this machine of several does not reach the inputs.
                raise unreadable_now(name, error) from error
            reason = f"what the file held here when the job began can no longer be read: {error}"
            yield from [Rejected(name, line, reason)] * left

    def close(self) -> None:
        """Close the source that is open."""
        for each in (self._stream, self._parquet):
            if each is not None:
                each.close()
        self._source = self._stream = self._parquet = None

    def _open(self, source: Source) -> None:
        if source == self._source:
            return
        self.close()
        if source.format == PARQUET:
            self._parquet = ParquetRows(source.location)
        else:
            self._stream = source.location.open()
        self._source = source

    def _read(self, part: Slice) -> Iterator[Record]:
        if self._parquet:
            for number, row in enumerate(self._parquet.between(part.group, part.start, part.end), part.first):
                yield self._parquet_record(row, part, number)
        elif self._stream and part.source.format == CSV:
            yield from self._csv_records(part, self._stream)
        elif self._stream and part.source.format == TXT:
            self._stream.seek(0)
            yield text_record(self._stream.read(LONGEST_RECORD + 1), part.source.name, part.source.stem)
        elif self._stream:
            yield from self._json_records(part, self._stream)

    def _parquet_record(self, row: RecordBatch, part: Slice, number: int) -> Record:
        try:
            fields = values(row)
        except UNREADABLE as error:
            return Rejected(part.source.name, number, f"a value cannot be read: {error}")
        return self._record(fields, part, number)

    def _json_records(self, part: Slice, stream: BinaryIO) -> Iterator[Record]:
        stream.seek(part.start)
        at, number = part.start, part.first
        while at < part.end:
            line = stream.readline(part.end - at)
            if not line:
                raise EOFError("the file has become shorter")
            at += len(line)
            line = line.removeprefix(BOM_UTF8) if number == 1 else line
            yield json_record(line, part.source.name, number, _default_id(part, number), self._fields)
            number += 1

    def _csv_records(self, part: Slice, stream: BinaryIO) -> Iterator[Record]:
        stream.seek(0)
        rows = CsvRows(stream, LONGEST_RECORD)
        for row in rows.between(part.start, part.end, part.first):
            if row.cells:
                yield self._csv_record(rows.header, row, part)

    def _csv_record(self, header: tuple[str, ...], row: Row, part: Slice) -> Record:
        reason = ""
        if len(row.cells) != len(header):
            reason = f"{len(row.cells)} cells under {len(header)} headings"
        elif any("\udc80" <= char <= "\udcff" for cell in (*header, *row.cells) for char in cell):
            reason = "not UTF-8; convert the file first, e.g. iconv -f WINDOWS-1256 -t UTF-8"
        if reason:
            return Rejected(part.source.name, row.line, reason)
        return self._record(dict(zip(header, row.cells, strict=True)), part, row.line)

    def _record(self, fields: dict[str, object], part: Slice, number: int) -> Record:
        return field_record(fields, part.source.name, number, _default_id(part, number), self._fields)


def _default_id(part: Slice, number: int) -> str:
    return f"{part.source.stem}:{number}"
