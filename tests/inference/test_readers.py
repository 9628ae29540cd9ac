import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hadath.errors import InputError
from hadath.schema import Document
from inference import jsonl
from inference.readers import Fields, Format, Record, Rejected, json_record, read, text_record

TEXT = "وقع هجوم\r\nفي بغداد \u202b\u0640\u064b\n"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3),
    max_leaves=8,
)


def of_line(line: bytes | str, fields: Fields | None = None) -> Record:
    data = line.encode() if isinstance(line, str) else line
    return json_record(data, "in.jsonl", 7, "in:7", fields or Fields())


def reason(record: Record) -> str:
    assert isinstance(record, Rejected)
    return record.reason


def read_bytes(folder: Path, name: str, data: bytes, format: Format | None = None) -> list[Record]:
    path = folder / name
    path.write_bytes(data)
    return list(read([str(path)], format=format))


def test_a_text_file_is_one_document_and_its_text_is_not_changed(tmp_path: Path) -> None:
    assert read_bytes(tmp_path, "خبر.1.txt", TEXT.encode()) == [Document(id="خبر.1", text=TEXT)]


@pytest.mark.parametrize("name", ["a.txt", "a.jsonl"])
def test_a_byte_order_mark_is_not_part_of_the_text(tmp_path: Path, name: str) -> None:
    data = TEXT if name.endswith("txt") else json.dumps({"text": TEXT})
    (record,) = read_bytes(tmp_path, name, b"\xef\xbb\xbf" + data.encode())
    assert isinstance(record, Document)
    assert record.text == TEXT


def test_a_second_byte_order_mark_is_text() -> None:
    assert text_record(("\ufeff" * 2 + "خبر").encode(), "a.txt", "a") == Document(id="a", text="\ufeffخبر")


def test_a_line_of_json_is_a_document_with_the_other_fields_as_meta() -> None:
    line = json.dumps({"id": "a", "text": TEXT, "date": "2024-07-17", "n": [1, None]})
    assert of_line(line) == Document(id="a", text=TEXT, meta={"date": "2024-07-17", "n": [1, None]})


def test_fields_may_have_other_names() -> None:
    line = json.dumps({"body": "خبر", "key": 12, "text": "other", "id": "other"})
    expected = Document(id="12", text="خبر", meta={"text": "other", "id": "other"})
    assert of_line(line, Fields(text="body", id="key")) == expected


@pytest.mark.parametrize("line", ['{"text": "خبر"}', '{"text": "خبر", "id": null}'])
def test_a_record_without_an_id_is_named_after_its_place(line: str) -> None:
    assert of_line(line) == Document(id="in:7", text="خبر")


def test_line_numbers_count_empty_lines_and_carriage_returns_end_no_line(tmp_path: Path) -> None:
    data = '{"text": "أ"}\r\n\n  \n{"text":\r "ب"}\nno\n{"text": "ج"}'.encode()
    first, second, bad, last = read_bytes(tmp_path, "in.jsonl", data)
    assert [getattr(record, "id", None) for record in (first, second, last)] == ["in:1", "in:4", "in:6"]
    assert isinstance(bad, Rejected)
    assert bad.line == 5


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"ab\xc7\xe1", "byte 0xc7 at position 2"),
        ("خبر".encode("utf-16"), "UTF-16"),
        (b"\x89PNG\x00\x01", "NUL byte at position 4"),
        (b"", "empty"),
        (b" \n\t\r\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
    ],
)
def test_a_file_that_holds_no_text_is_rejected_with_the_reason(data: bytes, told: str) -> None:
    assert told in reason(text_record(data, "a.txt", "a"))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b'{"text": "\xff"}', "byte 0xff at position 10"),
        (b'{"text": "a\x00"}', "NUL byte"),
        ('{"text": "خبر" "id": 1}', "column 16"),
        ('{"text": "خبر"', "invalid JSON"),
        ('["خبر"]', "expected a JSON object, got a list"),
        ("3", "got a number"),
        ("null", "got null"),
        ('{"body": "خبر", "na\\u202eme": 1}', "'text' is missing; present are: 'body', 'na\\u202eme'"),
        ("{}", "present are: none"),
        (json.dumps({f"k{i}": 0 for i in range(99)}), "'k9', …"),
        ('{"text": 5}', "should be a string, it is a number"),
        ('{"text": null}', "it is null"),
        ('{"text": ["خبر"]}', "it is a list"),
        ('{"text": "  "}', "empty"),
        ('{"text": "خبر", "id": ["a"]}', "'id' should be a string or a whole number, it is a list"),
        ('{"text": "خبر", "id": true}', "it is true or false"),
        ('{"text": "خبر", "id": 1.5}', "it is a number"),
        ('{"text": "خبر", "n": NaN}', "NaN"),
        ('{"text": "خبر", "n": -Infinity}', "-Infinity"),
        ('{"text": "خبر", "n": 1e999}', "1e999"),
        ('{"text": "خبر", "n": ' + "9" * 5000 + "}", "invalid JSON"),
        ('{"text": "خبر", "n": ' + "[" * 101 + "]" * 101 + "}", "100 levels"),
        ('{"text": "خبر", "n": ' + '{"a":' * 100_000 + "1" + "}" * 100_001, "100 levels"),
    ],
)
def test_a_faulty_line_is_rejected_with_its_place_and_the_reason(line: bytes | str, told: str) -> None:
    record = of_line(line)
    assert told in reason(record)
    assert str(record).startswith("in.jsonl:7: ")


def test_half_of_a_surrogate_pair_is_kept_and_survives_the_way_out_and_back() -> None:
    record = of_line('{"text": "هجوم \\ud83d", "who": "\\ude00"}')
    assert isinstance(record, Document)
    assert record.text == "هجوم \ud83d"
    line = jsonl.line(record)
    line.encode("utf-8")
    assert Document.from_json(json.loads(line)) == record


def test_a_file_that_cannot_be_opened_is_rejected_and_the_next_is_read(tmp_path: Path) -> None:
    good = tmp_path / "good.txt"
    good.write_text("خبر", encoding="utf-8")
    missing, document = read([str(tmp_path / "missing.txt"), str(good)])
    assert str(missing) == f"{tmp_path / 'missing.txt'}: cannot be read: No such file or directory"
    assert document == Document(id="good", text="خبر")


def test_a_folder_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder"):
        read([str(tmp_path)])
    with pytest.raises(InputError, match="is a folder"):
        read([str(tmp_path)], format="txt")


@pytest.mark.parametrize("name", ["a.csv", "a", "a.txt.gz"])
def test_an_unknown_suffix_is_refused_unless_the_format_is_given(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="--input"):
        read([str(tmp_path / name)])
    (record,) = read_bytes(tmp_path, name, b"x", format="txt")
    assert isinstance(record, Document)


def test_suffixes_in_capitals_are_known(tmp_path: Path) -> None:
    assert read_bytes(tmp_path, "A.TXT", b"x") == [Document(id="A", text="x")]


@pytest.mark.parametrize(
    ("format", "expected"),
    [
        (None, [Document(id="stdin", text='{"text": "a"}\n{"text": 1}\n')]),
        (
            "jsonl",
            [
                Document(id="stdin:1", text="a"),
                Rejected("<stdin>", 2, "the field 'text' should be a string, it is a number"),
            ],
        ),
    ],
)
def test_standard_input_is_plain_text_unless_jsonl_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, format: Format | None, expected: list[Record]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'{"text": "a"}\n{"text": 1}\n')))
    assert list(read(["-"], format=format)) == expected


def test_records_are_read_as_they_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "first.txt"
    path.write_text("خبر", encoding="utf-8")
    records = read([str(path), str(tmp_path / "later.txt")])
    assert next(records) == Document(id="first", text="خبر")
    (tmp_path / "later.txt").write_text("خبر آخر", encoding="utf-8")
    assert next(records) == Document(id="later", text="خبر آخر")


@given(st.binary(max_size=60))
def test_no_bytes_make_the_readers_raise(data: bytes) -> None:
    for record in (text_record(data, "a.txt", "a"), of_line(data)):
        assert isinstance(record, Document | Rejected)


@given(JSON)
def test_no_json_makes_the_readers_raise_and_what_is_accepted_can_be_written(value: Any) -> None:
    record = of_line(json.dumps({"text": "خبر", **value} if isinstance(value, dict) else value))
    if isinstance(record, Document):
        assert Document.from_json(json.loads(jsonl.line(record))) == record


@given(st.text(min_size=1).filter(lambda text: text.strip() and "\0" not in text and text[0] != "\ufeff"))
def test_texts_arrive_as_they_were_written(text: str) -> None:
    assert text_record(text.encode(), "a.txt", "a") == Document(id="a", text=text)
    assert of_line(json.dumps({"text": text}, ensure_ascii=False)) == Document(id="in:7", text=text)
