"""Units cut sources at records: together they hold every record once, whatever the file looks like."""

import csv
import gzip
import io
import json
import os
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hadath.errors import InputError
from hadath.schema import Document
from inference import readers
from inference.batch import plan
from inference.batch.files import Location
from inference.batch.read import Reader
from inference.readers import Fields, Record, Rejected

TEXT = 'خبر عن "هجوم"\r\nفي بغداد، \u0640\u064b'
# Characters that CSV and JSON lines treat in a way of their own, with letters between them.
_TEXTS = st.text(st.sampled_from('ab,;"\n\r\t |\ufeff\u2028\u064bهج\\'), min_size=1, max_size=12)


def records(size: int, *inputs: Path, fields: Fields | None = None) -> list[list[Record]]:
    """The records of each unit, as a worker reads them."""
    found, _ = plan.sources([str(path) for path in inputs], without=Location.of("/nowhere"))
    reader = Reader(fields or Fields())
    made = [[each for part in unit.slices for each in reader.records(part)] for unit in plan.units(found, size)]
    reader.close()
    return made


def flat(units: list[list[Record]]) -> list[Record]:
    return [record for unit in units for record in unit]


def texts(units: list[list[Record]]) -> list[str]:
    return [record.text if isinstance(record, Document) else f"! {record.reason}" for record in flat(units)]


def jsonl(path: Path, *values: str, end: str = "\n") -> Path:
    path.write_bytes("".join(json.dumps({"text": text}) + end for text in values).encode())
    return path


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(["", " ", "{]", '{"text": ""}', '{"text": "نص"}', '{"id": 3, "text": "a\\nb", "x": [1]}'])
    ),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.integers(1, 4),
)
def test_units_of_json_lines_hold_what_reading_the_file_gives(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], end: str, closed: bool, size: int
) -> None:
    path = tmp_path_factory.mktemp("plan") / "in.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + (end.join(lines) + (end if closed else "")).encode())
    made = records(size, path)
    assert flat(made) == list(readers.read([str(path)]))
    assert all(len(unit) == size for unit in made[:-1])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(_TEXTS, _TEXTS), max_size=7), st.sampled_from(",;\t|"), st.integers(1, 4))
def test_units_of_csv_hold_every_row_whatever_is_in_its_cells(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str, str]], delimiter: str, size: int
) -> None:
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter)
    writer.writerows([("text", "outlet"), *cells])
    path = tmp_path_factory.mktemp("plan") / "in.csv"
    path.write_bytes(stream.getvalue().encode("utf-8-sig"))
    found = flat(records(size, path))
    assert len(found) == len(cells)
    for record, (text, outlet) in zip(found, cells, strict=True):
        if text.strip():
            assert isinstance(record, Document)
            assert (record.text, dict(record.meta)) == (text, {"outlet": outlet})
        else:
            assert isinstance(record, Rejected)


@pytest.mark.parametrize("group", [1, 3, 100])
def test_units_of_parquet_hold_every_row_across_row_groups(tmp_path: Path, group: int) -> None:
    table = pyarrow.table(
        {"text": [f"{TEXT} {i}" for i in range(50)], "day": pyarrow.array(range(50), pyarrow.date32())}
    )
    pyarrow.parquet.write_table(table, tmp_path / "in.parquet", row_group_size=group)
    made = records(7, tmp_path / "in.parquet")
    assert texts(made) == [f"{TEXT} {i}" for i in range(50)]
    assert [record.id for record in flat(made) if isinstance(record, Document)] == [f"in:{i}" for i in range(1, 51)]
    (first, *_) = flat(made)
    assert isinstance(first, Document)
    assert first.meta == {"day": "1970-01-01"}


def test_a_unit_can_be_read_again_and_on_its_own(tmp_path: Path) -> None:
    """What a job that goes on does: the first unit is left out; what another process does: a unit twice."""
    pyarrow.parquet.write_table(pyarrow.table({"text": ["a", "b", "c", "d"]}), tmp_path / "a.parquet")
    jsonl(tmp_path / "b.jsonl", "e", "f", "g", "h")
    with gzip.open(tmp_path / "c.csv.gz", "wt", encoding="utf-8") as file:
        file.write('text\n"i\ni"\nj\nk\nl\n')
    found, _ = plan.sources([str(tmp_path)], without=Location.of("/nowhere"))
    reader = Reader(Fields())
    units = list(plan.units(found, 3))
    for unit in reversed([*units, *units]):
        got = texts([list(reader.records(part)) for part in unit.slices])
        assert got == [["a", "b", "c"], ["d", "e", "f"], ["g", "h", "i\ni"], ["j", "k", "l"]][unit.number]


def test_a_folder_gives_its_files_by_path_and_names_those_that_are_no_input(tmp_path: Path) -> None:
    (tmp_path / "in/b").mkdir(parents=True)
    (tmp_path / "in/b/x.TXT").write_text("واحد", "utf-8")
    (tmp_path / "in/a.txt").write_text("اثنان", "utf-8")
    (tmp_path / "in/notes.md").write_text("no", "utf-8")
    (tmp_path / "in/old.txt.gz").write_text("no", "utf-8")
    (tmp_path / "in/out").mkdir()
    (tmp_path / "in/out/part-000000.jsonl").write_text("{}", "utf-8")
    found, ignored = plan.sources([f"{tmp_path}/in/"], without=Location.of(f"{tmp_path}/in/out"))
    assert [(each.name, each.stem) for each in found] == [
        (f"{tmp_path}/in/a.txt", "a"),
        (f"{tmp_path}/in/b/x.TXT", "b/x"),
    ]
    assert ignored == [f"{tmp_path}/in/notes.md", f"{tmp_path}/in/old.txt.gz"]
    ids = [each.id for each in flat(records(9, tmp_path / "in/a.txt", tmp_path / "in/b")) if isinstance(each, Document)]
    assert ids == ["a", "x"]


def test_what_another_job_wrote_into_an_input_folder_is_no_input(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("واحد", "utf-8")
    for name in ("tagged", "tagged-too"):
        (tmp_path / name / "_done").mkdir(parents=True)
    written = [f"{tmp_path}/tagged/{name}" for name in ("_done/000000.json", "manifest.json", "part-000000.jsonl")]
    for path in written:
        Path(path).write_text("{}", "utf-8")
    (tmp_path / "tagged-too/part-000000.jsonl").write_text("{}", "utf-8")
    found, ignored = plan.sources([str(tmp_path)], without=Location.of("/nowhere"))
    assert [each.name for each in found] == [f"{tmp_path}/a.txt", f"{tmp_path}/tagged-too/part-000000.jsonl"]
    assert ignored == written


def test_the_output_folder_is_no_input(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.txt").write_text("واحد", "utf-8")
    for out in (tmp_path, tmp_path / "in"):
        with pytest.raises(InputError, match="is the output folder, or lies in it"):
            plan.sources([f"{tmp_path}/in/"], without=Location.of(str(out)))


def test_a_uri_may_have_any_letters_and_a_local_one_is_a_local_path(tmp_path: Path) -> None:
    (tmp_path / "أخبار اليوم 100%").mkdir()
    (tmp_path / "أخبار اليوم 100%/أ.txt").write_text("واحد", "utf-8")
    for uri in (f"file://{tmp_path}/أخبار اليوم 100%25", (tmp_path / "أخبار اليوم 100%").as_uri()):
        assert Location.of(uri) == Location.of(f"{tmp_path}/أخبار اليوم 100%")
        assert Location.of(uri).is_local
        assert [each.stem for each in plan.sources([uri], without=Location.of("/nowhere"))[0]] == ["أ"]


def test_a_file_that_lies_in_several_inputs_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("a", "b"):
        (tmp_path / f"in/{name}.txt").write_text(name, "utf-8")
    inputs = [f"{tmp_path}/in/b.txt", f"{tmp_path}/in", f"{tmp_path}/in/", f"file://{tmp_path}/in/a.txt"]
    found, _ = plan.sources(inputs, without=Location.of("/nowhere"))
    assert [each.name for each in found] == [f"{tmp_path}/in/b.txt", f"{tmp_path}/in/a.txt"]


def test_a_name_that_is_not_utf8_is_refused_with_its_folder_and_a_way_out(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + "/خبر.txt".encode("cp1256")
    Path(os.fsdecode(name)).touch()
    with pytest.raises(InputError, match=rf"the folder {tmp_path} holds b'.*whose name is not UTF-8; .* convmv"):
        plan.sources([str(tmp_path)], without=Location.of("/nowhere"))
    with pytest.raises(InputError, match="is not UTF-8; rename it"):
        plan.sources([os.fsdecode(name)], without=Location.of("/nowhere"))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("absent", "is not there; name a file or a folder of .txt"),
        ("a.doc", "cannot tell its format"),
        ("e", "there are"),
    ],
)
def test_an_input_that_cannot_be_one_is_refused(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "a.doc").write_text("", "utf-8")
    (tmp_path / "e").mkdir()
    with pytest.raises(InputError, match=message):
        records(1, tmp_path / name)


def test_a_line_that_is_too_long_is_rejected_unread_and_its_neighbours_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "LONGEST_RECORD", 1000)
    path = jsonl(tmp_path / "in.jsonl", "قبل", "x" * 5000, "بعد")
    before, long, after = flat(records(10, path))
    assert isinstance(long, Rejected)
    assert (long.line, long.reason[:9]) == (2, "a line of")
    assert not isinstance(before, Rejected)
    assert not isinstance(after, Rejected)
    assert [before.text, after.text] == ["قبل", "بعد"]


def test_what_is_wrong_with_a_csv_row_is_said_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(
        b'id,text\n1,"a\nb"\n2\n\n3,\xff\n4,\n5,"unclosed, and\nall that follows\n6,lost\n'
    )
    one, short, encoding, empty, unclosed = flat(records(10, tmp_path / "in.csv"))
    assert one == Document(id="1", text="a\nb")
    assert str(short) == f"{tmp_path}/in.csv:4: 1 cells under 2 headings"
    assert str(encoding).startswith(f"{tmp_path}/in.csv:6: not UTF-8")
    assert str(empty) == f"{tmp_path}/in.csv:7: the text is empty"
    assert str(unclosed).startswith(f"{tmp_path}/in.csv:8: no sound CSV from here on, the rest of the file is left out")


@pytest.mark.parametrize("name", ["in.parquet", "in.jsonl.gz", "in.csv.gz"])
def test_a_damaged_file_is_one_rejected_record_and_the_next_file_is_read(tmp_path: Path, name: str) -> None:
    pyarrow.parquet.write_table(pyarrow.table({"text": ["a"] * 999}), tmp_path / "whole.parquet")
    whole = {
        "in.parquet": (tmp_path / "whole.parquet").read_bytes()[:-20],
        "in.jsonl.gz": gzip.compress(b'{"text": "a"}\n' * 9)[:-12],
        "in.csv.gz": b"not gzip at all",
    }
    (tmp_path / name).write_bytes(whole[name])
    jsonl(tmp_path / "next.jsonl", "سليم")
    *rest, sound = texts(records(100, tmp_path / name, tmp_path / "next.jsonl"))
    assert rest[-1].startswith("! cannot be read: ")
    assert sound == "سليم"


def test_a_file_that_changes_under_the_job_is_reported(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "in.jsonl", "a", "b", "c")
    (source,), _ = plan.sources([str(path)], without=Location.of("/nowhere"))
    (unit,) = plan.units([source], 10)
    jsonl(path, "a")
    first, *lost = (record for part in unit.slices for record in Reader(Fields()).records(part))
    assert isinstance(first, Document)
    assert [isinstance(record, Rejected) for record in lost] == [True, True], "each of them counts"
    assert "can no longer be read: the file has become shorter" in str(lost[0])


@pytest.mark.parametrize(
    ("before", "after", "tagged"),
    [
        ("text\na\nb\nc\n", 'text\n"a\nb\nc\n', 0),
        ("text\na\nb\nc\n", 'text\na\n"\nc\n', 1),
        ('text\n"a\nb"\nc\n', "text\naab\nbb\nc\n", 2),
        ("text\na\nb\nc\n", None, 0),
    ],
)
def test_a_csv_file_that_changes_under_the_job_gives_as_many_records_as_were_planned(
    tmp_path: Path, before: str, after: str | None, tagged: int
) -> None:
    path = tmp_path / "in.csv"
    path.write_text(before, "utf-8")
    found, _ = plan.sources([str(path)], without=Location.of("/nowhere"))
    (unit,) = plan.units(found, 10)
    if after is None:
        path.unlink()
    else:
        path.write_text(after, "utf-8")
    got = [record for part in unit.slices for record in Reader(Fields()).records(part)]
    assert len(got) == unit.records
    assert sum(isinstance(record, Document) for record in got) == tagged


def test_a_missing_column_names_those_that_are_there(tmp_path: Path) -> None:
    pyarrow.parquet.write_table(pyarrow.table({"body": ["a", "b"]}), tmp_path / "in.parquet")
    assert texts(records(5, tmp_path / "in.parquet")) == ["! the field 'text' is missing; present are: 'body'"] * 2
    assert texts(records(5, tmp_path / "in.parquet", fields=Fields(text="body"))) == ["a", "b"]


def test_a_fingerprint_tells_of_any_change(tmp_path: Path) -> None:
    def now() -> str:
        return plan.fingerprint(plan.sources([str(tmp_path)], without=Location.of("/nowhere"))[0])

    jsonl(tmp_path / "a.jsonl", "a")
    first = now()
    assert first == now()
    jsonl(tmp_path / "b.jsonl", "b")
    second = now()
    jsonl(tmp_path / "b.jsonl", "bb")
    assert len({first, second, now()}) == 3
