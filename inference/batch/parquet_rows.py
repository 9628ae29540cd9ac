"""Rows of a Parquet file, as values that JSON can hold."""

import math
from collections.abc import Iterator
from typing import Any

import pyarrow.parquet

from .files import Location

# Rows decoded at a time: few, because a text that is stored once may stand in every row.
_BATCH = 16


class ParquetRows:
    """The rows of a file, for a reader who goes forwards. To go back it starts again from the first row."""

    def __init__(self, location: Location) -> None:
        self._file = pyarrow.parquet.ParquetFile(location.path, filesystem=location.filesystem)
        self._rows = self._from_the_start()
        self._next = 0

    def between(self, start: int, end: int) -> Iterator[dict[str, Any]]:
        """The rows `[start, end)`, counted from 0."""
        if start < self._next:
            self._rows, self._next = self._from_the_start(), 0
        while self._next < end:
            if (row := next(self._rows, None)) is None:
                raise EOFError("the file holds fewer rows than it says")
            self._next += 1
            if self._next > start:
                yield {name: _json(value) for name, value in row.items()}

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _from_the_start(self) -> Iterator[dict[str, Any]]:
        for batch in self._file.iter_batches(_BATCH, use_threads=False):
            yield from batch.to_pylist()


def _json(value: Any) -> Any:
    """Bytes become text, numbers that JSON lacks become null, dates and all else what they are usually written as."""
    if isinstance(value, dict):
        return {str(name): _json(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if value is None or isinstance(value, str | int):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
