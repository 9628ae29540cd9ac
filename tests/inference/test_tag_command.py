import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hadath.schema import Document
from inference.cli import main
from tests.inference.fake_tagger import FakeTagger

SCRIPT = Path(__file__).with_name("fake_tagger.py")
ROOT = SCRIPT.parents[2]
TEXT = "وقع هجوم في بغداد دون ضحايا"

pytestmark = pytest.mark.usefixtures("fake_tagger")


def command(*arguments: str, **options: Any) -> "subprocess.CompletedProcess[bytes]":
    """The command line in a process of its own, with the fake tagger."""
    settings = {"PYTHONPATH": str(ROOT), **options.pop("env", {})}
    line = [sys.executable, str(SCRIPT), *arguments]
    return subprocess.run(line, capture_output=True, env={**os.environ, **settings}, check=False, **options)


@pytest.fixture
def article(tmp_path: Path) -> Path:
    path = tmp_path / "article.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    path = tmp_path / "mixed.jsonl"
    path.write_text(f'{{"text": "{TEXT}", "day": 3}}\nno\n{{"id": "b"}}\n{{"text": "x"}}\n', encoding="utf-8")
    return path


def lines_of(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def test_the_default_format_is_the_table(article: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tag", str(article)]) == 0
    shown = capsys.readouterr()
    assert shown.out.startswith("2 events  article\n")
    assert shown.err == ""


def test_jsonl_lines_are_documents(article: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tag", "--format", "jsonl", str(article), str(article)]) == 0
    records = lines_of(capsys.readouterr().out)
    assert [Document.from_json(record) for record in records] == [FakeTagger().tag(TEXT, id="article")] * 2


def test_html_is_one_page_of_all_documents(article: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tag", "--format", "html", str(article), str(article)]) == 0
    page = capsys.readouterr().out
    assert page.startswith("<!doctype html>")
    assert page.endswith("</html>\n")
    assert page.count("<section") == 2


def test_rejected_records_are_named_counted_and_do_not_stop_the_rest(
    mixed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["tag", "--format", "jsonl", str(mixed)]) == 1
    shown = capsys.readouterr()
    records = lines_of(shown.out)
    assert [record["id"] for record in records] == ["mixed:1", "mixed:4"]
    assert records[0]["meta"] == {"day": 3}
    first, second, last = shown.err.splitlines()
    assert first.startswith(f"{mixed}:2: invalid JSON")
    assert second.startswith(f"{mixed}:3: the field 'text' is missing")
    assert last == "read 4 = tagged 2 + rejected 2"


def test_options_reach_reader_and_tagger(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], fake_tagger: type[FakeTagger]
) -> None:
    path = tmp_path / "records.json"
    path.write_text(json.dumps({"body": TEXT, "key": 5}), encoding="utf-8")
    options = ["--input", "jsonl", "--text-field", "body", "--id-field", "key", "--format", "jsonl"]
    options += ["--min-score", "0.9", "--model", str(tmp_path), "--device", "cuda"]
    assert main(["tag", str(path), *options]) == 0
    (record,) = lines_of(capsys.readouterr().out)
    assert record["id"] == "5"
    assert [event["arguments"] for event in record["events"]] == [[], []]
    assert fake_tagger.loads == [(tmp_path.resolve(), "cuda")]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["tag", "{tmp}"], "is a folder"),
        (["tag", "{tmp}/a.csv"], "--input"),
        (["tag", "{tmp}/article.txt", "--model", "broken"], "no model bundle"),
        (["tag", "{tmp}/article.txt", "--min-score", "Attak=0.5"], "names 'Attak'"),
        (["tag", "{tmp}/article.txt", "--out", "{tmp}/no/where.txt"], "cannot write"),
        (["tag", "{tmp}/article.txt", "--out", "{tmp}"], "cannot write"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    article: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert main([argument.format(tmp=tmp_path) for argument in arguments]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    (line,) = shown.err.splitlines()
    assert line.startswith("hadath: ")
    assert told in line


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["tag", "-", "--min-score", "1.5"],
        ["tag", "-", "--min-score", "Place=0.5,x"],
        ["tag", "-", "--format", "xml"],
        ["no"],
    ],
)
def test_usage_errors_leave_with_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    assert "usage: hadath" in capsys.readouterr().err


def test_the_help_describes_each_format(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["tag", "--help"])
    shown = capsys.readouterr().out
    assert all(f"\n  {name} " in shown for name in ("table", "jsonl", "html"))


def test_out_holds_what_standard_output_would(mixed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.jsonl"
    assert main(["tag", "--format", "jsonl", str(mixed), "--out", str(out)]) == 1
    assert capsys.readouterr().out == ""
    main(["tag", "--format", "jsonl", str(mixed)])
    assert out.read_text("utf-8") == capsys.readouterr().out


def test_an_interrupted_job_leaves_the_old_file_and_no_draft(
    article: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_self: FakeTagger, documents: Iterable[Document], **_: Any) -> Iterator[Document]:
        yield from list(documents)
        raise KeyboardInterrupt

    monkeypatch.setattr(FakeTagger, "tag_all", interrupted)
    out = tmp_path / "out.txt"
    out.write_text("old", encoding="utf-8")
    assert main(["tag", str(article), "--out", str(out)]) == 130
    assert capsys.readouterr().err == "hadath: interrupted\n"
    assert out.read_text("utf-8") == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["article.txt", "out.txt"]


def test_a_link_or_device_given_as_out_stays_what_it_is(article: Path, tmp_path: Path) -> None:
    (tmp_path / "link.txt").symlink_to(tmp_path / "out.txt")
    assert main(["tag", str(article), "--out", str(tmp_path / "link.txt")]) == 0
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "out.txt").read_text("utf-8").startswith("2 events")
    assert main(["tag", str(article), "--out", os.devnull]) == 0
    assert not Path(os.devnull).is_file()


@pytest.mark.parametrize("format", ["table", "jsonl", "html"])
def test_output_is_utf8_whatever_the_locale(format: str) -> None:
    locale = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = command("tag", "-", "--format", format, input=TEXT.encode(), env=locale)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "هجوم" in done.stdout.decode("utf-8")


def test_output_lines_end_in_plain_line_feeds_and_texts_keep_theirs() -> None:
    done = command("tag", "--format", "jsonl", input=f"{TEXT}\r\n".encode())
    (record,) = lines_of(done.stdout.decode("utf-8"))
    assert record["text"] == f"{TEXT}\r\n"
    assert b"\r" not in done.stdout


def start(*arguments: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_results_stream_and_a_reader_who_leaves_ends_the_job_quietly() -> None:
    line = json.dumps({"text": TEXT}).encode() + b"\n"
    with start("tag", "-", "--input", "jsonl", "--format", "jsonl") as job:
        assert job.stdin and job.stdout and job.stderr
        job.stdin.write(line)
        job.stdin.flush()
        assert json.loads(job.stdout.readline())["id"] == "stdin:1"  # while the input is still open
        job.stdout.close()
        job.stdin.write(line * 10)
        job.stdin.close()
        assert job.wait(timeout=30) == 0
        assert job.stderr.read() == b""


def test_ctrl_c_ends_the_job_with_one_line() -> None:
    with start("tag", "-", "--input", "jsonl", "--format", "jsonl") as job:
        assert job.stdin and job.stdout and job.stderr
        job.stdin.write(json.dumps({"text": TEXT}).encode() + b"\n")
        job.stdin.flush()
        job.stdout.readline()
        job.send_signal(signal.SIGINT)
        assert job.wait(timeout=30) == 130
        assert job.stderr.read() == b"hadath: interrupted\n"


def test_a_closed_standard_input_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert main(["tag"]) == 2
    assert capsys.readouterr().err == "hadath: standard input is closed; name files, or pipe a text in\n"


def test_messages_that_nobody_reads_do_not_stop_the_work(mixed: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    line = [sys.executable, str(SCRIPT), "tag", str(mixed), "--format", "jsonl", "--out", str(out)]
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(line, stderr=writer, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
    os.close(writer)
    assert done.returncode == 1
    assert len(lines_of(out.read_text("utf-8"))) == 2
