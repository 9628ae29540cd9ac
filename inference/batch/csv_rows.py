"""CSV rows with their place in the file."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

from ..readers import UTF16, distinct_names

_DELIMITERS = ",;\t|"
# As they are decoded here.
_UTF16_MARKS = ("\udcff\udcfe", "\udcfe\udcff")
_QUOTED = re.compile('"[^"]*"')


@dataclass(frozen=True, slots=True)
class Row:
    """A row: `[start, end)` in bytes of the file, its first line's number, its cells. An empty line has none."""

    start: int
    end: int
    line: int
    cells: tuple[str, ...]


class CsvRows:
    """Reads the rows of a file from its header on; the header says which of , ; tab | divides cells.

    Raises ValueError for UTF-16; other bytes that are no UTF-8 become surrogate escapes. After a csv.Error, which a
    line of more than `longest` bytes and a cell of more characters raise too, `end` and `line` say where the row before
    ended.
    """

    def __init__(self, stream: BinaryIO, longest: int) -> None:
        self._stream, self._longest = stream, longest
        self._bytes = self._lines = 0
        header = next(self._decoded(), "").removeprefix("\ufeff")
        if header.startswith(_UTF16_MARKS):
            raise ValueError(UTF16)
        self._delimiter = max(_DELIMITERS, key=_QUOTED.sub("", header).count)
        self.end = self.line = 0
        self.header = distinct_names(next(self._rows(header), Row(0, 0, 1, ())).cells)

    def __iter__(self) -> Iterator[Row]:
        """The rows below the header."""
        return self._rows()

    def between(self, start: int, end: int, line: int) -> Iterator[Row]:
        """The rows in `[start, end)`, places at which rows begin; `line` is the number of the first one's line."""
        self._stream.seek(start)
        self._bytes, self._lines = start, line - 1
        self.end, self.line = start, line - 1
        for row in self._rows():
            yield row
            if row.end >= end:
                return

    def _rows(self, *read_before: str) -> Iterator[Row]:
        csv.field_size_limit(self._longest)
        for cells in csv.reader(chain(read_before, self._decoded()), delimiter=self._delimiter, strict=True):
            row = Row(self.end, self._bytes, self.line + 1, tuple(cells))
            self.end, self.line = self._bytes, self._lines
            yield row

    def _decoded(self) -> Iterator[str]:
        while line := self._stream.readline(self._longest + 1):
            if len(line) > self._longest:
                raise csv.Error(f"a line of more than {self._longest} bytes")
            self._bytes += len(line)
            self._lines += 1
            yield line.decode("utf-8", "surrogateescape")
