"""Rows of a Parquet file, as values that JSON can hold."""

import math
from collections.abc import Iterator
from typing import Any

import pyarrow
import pyarrow.parquet

from ..readers import distinct_names
from .files import Location

# Rows decoded at a time: few, because a text that is stored once may stand in every row.
_BATCH = 16


class ParquetRows:
    """The rows of a file, for a reader who goes forwards. To go back it starts the row group again."""

    def __init__(self, location: Location) -> None:
        self._file = pyarrow.parquet.ParquetFile(location.open())
        self._group, self._next = -1, 0
        self._rows: Iterator[pyarrow.RecordBatch] = iter(())

    def between(self, group: int, start: int, end: int) -> Iterator[pyarrow.RecordBatch]:
        """The rows `[start, end)` of a row group, counted from 0, each for `values`. No other group is touched."""
        if group != self._group or start < self._next:
            self._group, self._next, self._rows = group, 0, self._from_the_start(group)
        while self._next < end:
            if (row := next(self._rows, None)) is None:
                raise EOFError("the file holds fewer rows than it says")
            self._next += 1
            if self._next > start:
                yield row

    def close(self) -> None:
        """Close the file."""
        self._file.close(force=True)

    def _from_the_start(self, group: int) -> Iterator[pyarrow.RecordBatch]:
        for batch in self._file.iter_batches(_BATCH, row_groups=[group], use_threads=False):
            yield from (batch.slice(place, 1) for place in range(batch.num_rows))


def values(row: pyarrow.RecordBatch) -> dict[str, Any]:
    """The fields of a row. Raises ValueError or OverflowError where one is no text or no date that there can be."""
    cells = [_json(_in_microseconds(column)[0].as_py()) for column in row.columns]
    return dict(zip(distinct_names(row.schema.names), cells, strict=True))


def _in_microseconds(column: pyarrow.Array) -> pyarrow.Array:
    """Nanoseconds become what Python's own types hold; else they would be read by pandas where that is installed."""
    kind = _without_nanoseconds(column.type)
    return column if kind == column.type else column.cast(kind, safe=False)


def _without_nanoseconds(kind: pyarrow.DataType) -> pyarrow.DataType:
    types = pyarrow.types
    if types.is_struct(kind):
        return pyarrow.struct([field.with_type(_without_nanoseconds(field.type)) for field in kind.fields])
    if types.is_list(kind):
        return pyarrow.list_(kind.value_field.with_type(_without_nanoseconds(kind.value_type)))
    if types.is_timestamp(kind) and kind.unit == "ns":
        return pyarrow.timestamp("us", kind.tz)
    if types.is_duration(kind) and kind.unit == "ns":
        return pyarrow.duration("us")
    return pyarrow.time64("us") if kind == pyarrow.time64("ns") else kind


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
