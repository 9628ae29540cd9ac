"""What is wrong in a Parquet file costs the rows in which it is, and no others."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from hadath.schema import Document
from inference.batch import plan
from inference.batch.files import Location
from inference.batch.read import Reader
from inference.readers import Fields, Record, Rejected


def records(path: Path, size: int) -> list[Record]:
    found, _ = plan.sources([str(path)], without=Location.of("/nowhere"))
    reader = Reader(Fields())
    made = [record for unit in plan.units(found, size) for part in unit.slices for record in reader.records(part)]
    reader.close()
    return made


def texts(found: list[Record]) -> list[str]:
    return [record.text if isinstance(record, Document) else "!" for record in found]


@pytest.mark.parametrize("size", [2, 100])
@pytest.mark.parametrize(
    ("column", "reason"),
    [
        (pyarrow.array([b"\xd8\xa8", b"\xff\xfe"] * 20).view(pyarrow.string()), "codec can't decode byte 0xff"),
        (pyarrow.array([0, 2**31 - 1] * 20, pyarrow.int32()).view(pyarrow.date32()), "days=2147483647"),
        (pyarrow.array([0, 2**55] * 20).view(pyarrow.timestamp("ms")), "date value out of range"),
    ],
)
def test_a_value_that_cannot_be_read_costs_its_row_alone(
    tmp_path: Path, column: pyarrow.Array, reason: str, size: int
) -> None:
    table = pyarrow.table({"text": [f"نص {i}" for i in range(40)], "field": column})
    pyarrow.parquet.write_table(table, tmp_path / "in.parquet", row_group_size=30)
    found = records(tmp_path / "in.parquet", size)
    assert texts(found) == [f"نص {i}" if i % 2 == 0 else "!" for i in range(40)]
    rejected = [record for record in found if isinstance(record, Rejected)]
    assert [record.line for record in rejected] == list(range(2, 41, 2))
    assert all(record.reason.startswith("a value cannot be read: ") and reason in record.reason for record in rejected)


def test_a_damaged_row_group_costs_its_own_rows_and_each_of_them_counts(tmp_path: Path) -> None:
    path = tmp_path / "in.parquet"
    table = pyarrow.table({"text": [f"نص {i}" for i in range(30)]})
    pyarrow.parquet.write_table(table, path, row_group_size=10, compression="zstd", use_dictionary=False)
    column = pyarrow.parquet.ParquetFile(path).metadata.row_group(1).column(0)
    data = bytearray(path.read_bytes())
    end = column.data_page_offset + column.total_compressed_size
    data[end - 40 : end] = bytes(40)
    path.write_bytes(data)
    expected = [f"نص {i}" if not 10 <= i < 20 else "!" for i in range(30)]
    assert texts(records(path, 100)) == texts(records(path, 7)) == expected


def test_a_row_group_that_is_too_large_is_not_unpacked_to_reach_the_rows_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = [*(f"نص {i}" for i in range(10)), *("طويل" * 500 + str(i) for i in range(10)), *"ابتثجحخدذر"]
    pyarrow.parquet.write_table(pyarrow.table({"text": values}), tmp_path / "in.parquet", row_group_size=10)
    monkeypatch.setattr(plan, "_LARGEST_ROW_GROUP", 10_000)
    unpacked: list[int] = []
    whole = pyarrow.parquet.ParquetFile.iter_batches

    def iter_batches(
        file: pyarrow.parquet.ParquetFile, *arguments: object, row_groups: list[int], **named: object
    ) -> Iterator[pyarrow.RecordBatch]:
        unpacked.extend(row_groups)
        yield from whole(file, *arguments, row_groups=row_groups, **named)

    monkeypatch.setattr(pyarrow.parquet.ParquetFile, "iter_batches", iter_batches)
    before, (large, *after) = (found := records(tmp_path / "in.parquet", 4))[:10], found[10:]
    assert texts([*before, *after]) == [*values[:10], *values[20:]]
    assert str(large).startswith(f"{tmp_path}/in.parquet:11: a row group of 10 rows unpacks to")
    assert unpacked == [0, 2]


_NANOSECONDS = """
import sys
import pyarrow
from inference.batch.parquet_rows import values

class NoPandas:
    def find_spec(self, name, *rest):
        if name == "pandas":
            raise ImportError

if "block" in sys.argv:
    sys.meta_path.insert(0, NoPandas())
SECOND = 10**9 + 1
kinds = {
    "at": (SECOND, pyarrow.timestamp("ns", "Asia/Baghdad")),
    "clock": (SECOND, pyarrow.time64("ns")),
    "lasted": (61 * SECOND, pyarrow.duration("ns")),
    "all": ([{"at": SECOND}, None], pyarrow.list_(pyarrow.struct([("at", pyarrow.timestamp("ns"))]))),
}
columns = {name: pyarrow.array([value], kind) for name, (value, kind) in kinds.items()}
print(values(pyarrow.RecordBatch.from_pydict(columns)))
"""


@pytest.mark.parametrize("pandas", ["block", "leave"])
def test_nanoseconds_are_cut_whether_or_not_pandas_could_hold_them(pandas: str) -> None:
    done = subprocess.run([sys.executable, "-c", _NANOSECONDS, pandas], capture_output=True, text=True, check=False)
    expected = {
        **{"at": "1970-01-01T03:00:01+03:00", "clock": "00:00:01", "lasted": "0:01:01"},
        "all": [{"at": "1970-01-01T00:00:01"}, None],
    }
    assert done.stdout == f"{expected}\n", done.stderr
