"""Headings, ids and encodings as spreadsheets write them."""

from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from hadath.schema import Document
from tests.inference.batch.test_plan import flat, records, texts


def test_a_heading_that_is_repeated_hides_no_column(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("id,title,text,title,title.1\n7,A,نص,B,C\n", "utf-8")
    columns = [pyarrow.array([value]) for value in ("7", "A", "نص", "B", "C")]
    table = pyarrow.Table.from_arrays(columns, names=["id", "title", "text", "title", "title.1"])
    pyarrow.parquet.write_table(table, tmp_path / "in.parquet")
    for name in ("in.csv", "in.parquet"):
        (record,) = flat(records(9, tmp_path / name))
        assert record == Document(id="7", text="نص", meta={"title": "A", "title.2": "B", "title.1": "C"})


def test_headings_of_csv_may_hold_other_delimiters_in_quotes(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text('"a, b, c";text\n1;نص\n', "utf-8")
    assert flat(records(9, tmp_path / "in.csv")) == [Document(id="in:2", text="نص", meta={"a, b, c": "1"})]


def test_a_record_whose_id_is_empty_has_its_place_for_one(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("id,text\n,نص\n", "utf-8")
    (tmp_path / "in.jsonl").write_text('{"id": "", "text": "نص"}\n', "utf-8")
    found = flat(records(9, tmp_path / "in.csv", tmp_path / "in.jsonl"))
    assert found == [Document(id="in:2", text="نص"), Document(id="in:1", text="نص")]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_csv_in_utf16_is_told_from_a_missing_field(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "in.csv").write_bytes("\ufeffid,text\n1,نص\n2,نص\n".encode(encoding))
    (reason,) = texts(records(9, tmp_path / "in.csv"))
    assert "UTF-16, not UTF-8; convert it first" in reason
