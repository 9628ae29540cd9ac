"""Input that is broken, huge or meant to do harm: a reason for each record, no crash, bounded memory."""

import gzip
import json
import random
import tracemalloc
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

MEGABYTE = 1 << 20


def records(path: Path) -> Iterator[Record]:
    found, _ = plan.sources([str(path)], without=Location.of("/nowhere"))
    reader = Reader(Fields())
    for unit in plan.units(found, 7):
        for part in unit.slices:
            yield from reader.records(part)
    reader.close()


def reasons(path: Path) -> list[str]:
    return [record.reason for record in records(path) if isinstance(record, Rejected)]


def samples() -> dict[str, bytes]:
    """A sound file of each kind."""
    lines = "".join(json.dumps({"id": i, "text": f"خبر {i}"}) + "\n" for i in range(40)).encode()
    rows = "id,text\n" + "".join(f'{i},"خبر {i}\nسطر"\n' for i in range(40))
    sink = pyarrow.BufferOutputStream()
    table = {"text": ["خبر " * 5] * 90, "day": pyarrow.array(range(90), pyarrow.timestamp("ms")), "b": [b"\xff"] * 90}
    pyarrow.parquet.write_table(pyarrow.table(table), sink, row_group_size=40)
    plain = {"in.jsonl": lines, "in.csv": rows.encode(), "in.txt": "خبر".encode(), "in.parquet": bytes(sink.getvalue())}
    return {**plain, "in.jsonl.gz": gzip.compress(lines), "in.csv.gz": gzip.compress(rows.encode())}


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Some bytes changed, taken out or put in; half of the time near the end, where Parquet says what it holds."""
    changed = bytearray(data)
    for _ in range(chance.choice([1, 2, 5, 20])):
        reach = len(changed) if chance.random() < 0.5 else min(len(changed), 900)
        at = len(changed) - chance.randrange(reach + 1)
        match chance.randrange(4):
            case 0:
                del changed[at : at + chance.randrange(1, 30)]
            case 1:
                changed[at:at] = chance.randbytes(chance.randrange(1, 20))
            case 2:
                del changed[at:]
            case _:
                changed[at : at + 1] = chance.randbytes(1)
    return bytes(changed)


@pytest.mark.parametrize("name", list(samples()))
def test_damage_of_any_kind_gives_records_and_reasons_and_never_an_error(tmp_path: Path, name: str) -> None:
    chance, sound = random.Random(name), samples()[name]
    rejected = 0
    for _ in range(150):
        (tmp_path / name).write_bytes(mutated(sound, chance))
        for record in records(tmp_path / name):
            assert isinstance(record, Document | Rejected)
            rejected += isinstance(record, Rejected)
    assert rejected


@pytest.mark.parametrize("compressed", [False, True])
def test_a_line_of_200_mb_costs_one_record_and_little_memory(tmp_path: Path, compressed: bool) -> None:
    """Compressed, it is a bomb: 200 kB that unpack to a thousand times as much."""
    path = tmp_path / ("in.jsonl.gz" if compressed else "in.jsonl")
    with gzip.open(path, "wb", compresslevel=1) if compressed else path.open("wb") as file:
        file.write(b'{"text": "')
        for _ in range(200):
            file.write(b"x" * MEGABYTE)
        file.write(b'"}\n{"text": "\xd8\xa8\xd8\xb9\xd8\xaf"}\n')
    tracemalloc.start()
    long, after = records(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert isinstance(long, Rejected)
    assert "a line of 200 MB or more" in long.reason
    assert after == Document(id="in:2", text="بعد")
    assert peak < 100 * MEGABYTE


def test_a_text_file_and_a_csv_cell_that_are_too_long_are_rejected(tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_bytes(b"x" * (17 * MEGABYTE))
    (tmp_path / "in.csv").write_bytes(b'id,text\n1,a\n2,"' + b"x\n" * (9 * MEGABYTE) + b'"\n3,b\n')
    (long,) = reasons(tmp_path / "in.txt")
    assert long == "longer than 16 MB"
    (long,) = reasons(tmp_path / "in.csv")
    assert "the rest of the file is left out: field larger than field limit" in long


def test_a_value_that_stands_once_in_parquet_and_counts_in_every_row_is_read_in_bounded_memory(tmp_path: Path) -> None:
    """A dictionary holds the value once: 10 kB on disk, 2 GB when every row is unpacked."""
    value = pyarrow.array(["x" * MEGABYTE])
    column = pyarrow.DictionaryArray.from_arrays(pyarrow.array([0] * 2000, pyarrow.int32()), value)
    pyarrow.parquet.write_table(pyarrow.table({"text": column}), tmp_path / "in.parquet")
    assert (tmp_path / "in.parquet").stat().st_size < MEGABYTE
    before = pyarrow.default_memory_pool().max_memory()
    count = sum(isinstance(record, Document) for record in records(tmp_path / "in.parquet"))
    assert count == 2000
    assert pyarrow.default_memory_pool().max_memory() - before < 200 * MEGABYTE


def test_json_that_is_nested_too_deep_is_rejected(tmp_path: Path) -> None:
    deep = '{"a": ' * 50_000
    (tmp_path / "in.jsonl").write_text(
        f'{deep}1{"}" * 50_000}\n{{"text": "بعد", "a": {"[" * 101}{"]" * 101}}}\n', "utf-8"
    )
    assert reasons(tmp_path / "in.jsonl") == ["nested more than 100 levels deep"] * 2
