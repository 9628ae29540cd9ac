"""Real processes that are killed, interrupted, or run out of disk: nothing is lost and nothing doubled."""

import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
ARTICLES = 120


def write_articles(path: Path, texts: dict[int, str] | None = None) -> Path:
    texts = texts or {}
    records = [{"id": f"n{i}", "text": texts.get(i, f"وقع هجوم رقم {i} في بغداد")} for i in range(ARTICLES)]
    path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    return path


def start(
    articles: Path, out: Path, *options: str, pause: float = 0.0, load: str = "", **settings: Any
) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.inference.batch.fake_job", "batch", str(articles), "--out", str(out)]
    return subprocess.Popen(
        [*command, "--part-size", "5", "--workers", "2", *options],
        cwd=ROOT,
        env={**os.environ, "FAKE_PAUSE": str(pause), "FAKE_LOAD": load},
        stderr=subprocess.PIPE,
        text=True,
        **settings,
    )


def finish(process: "subprocess.Popen[str]") -> tuple[int, str]:
    _, messages = process.communicate(timeout=60)
    return process.returncode, messages


def rows(out: Path, kind: str = "part") -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for path in sorted(out.glob(f"{kind}-*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    ]


def parts_done(out: Path) -> int:
    return len(list((out / "_done").glob("*.json")))


def wait_for_parts(process: "subprocess.Popen[str]", out: Path, count: int) -> None:
    deadline = time.monotonic() + 60
    while parts_done(out) < count:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What a job that nothing disturbs writes."""
    folder = tmp_path_factory.mktemp("expected")
    code, messages = finish(start(write_articles(folder / "in.jsonl"), folder / "out"))
    assert code == 0, messages
    return content(folder / "out")


def content(out: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(out.glob("part-*.jsonl")))


def test_a_job_that_is_killed_again_and_again_loses_and_doubles_nothing(tmp_path: Path, expected: bytes) -> None:
    articles, out, chance = write_articles(tmp_path / "in.jsonl"), tmp_path / "out", random.Random(0)
    kills = 0
    while parts_done(out) < ARTICLES // 5:
        process = start(articles, out, pause=0.02, start_new_session=True)
        wait_for_parts(process, out, min(parts_done(out) + 2, ARTICLES // 5))
        time.sleep(chance.uniform(0, 0.2))
        # Half of the time only the main process, so that its workers have to find out for themselves.
        (os.kill if kills % 2 else os.killpg)(process.pid, signal.SIGKILL)
        process.communicate()
        kills += 1
    assert kills >= 4
    for draft in out.rglob("*.tmp"):
        os.utime(draft, (0, 0))  # nobody's, by its age
    code, messages = finish(start(articles, out))
    assert code == 0, messages
    assert f"read {ARTICLES} = tagged 0 + quarantined 0 + skipped {ARTICLES}" in messages
    assert content(out) == expected
    assert Counter(row["id"] for row in rows(out)) == Counter(f"n{i}" for i in range(ARTICLES))
    assert not list(out.rglob("*.tmp"))


def test_ctrl_c_stops_at_once_says_what_is_left_and_the_job_goes_on(tmp_path: Path, expected: bytes) -> None:
    articles, out = write_articles(tmp_path / "in.jsonl"), tmp_path / "out"
    process = start(articles, out, "--part-size", "20", pause=0.1, start_new_session=True)
    wait_for_parts(process, out, 1)
    started = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    code, messages = finish(process)
    assert code == 130, messages
    assert time.monotonic() - started < 5
    assert "Traceback" not in messages
    assert "not finished: " in messages
    assert "hadath: interrupted" in messages
    code, messages = finish(start(articles, out, "--part-size", "20"))
    assert code == 0, messages
    assert content(out) == expected


def test_a_record_that_kills_its_worker_is_quarantined_and_the_rest_is_tagged(tmp_path: Path) -> None:
    """The record after the deadly one, with which it is tagged together, is not blamed."""
    articles = write_articles(tmp_path / "in.jsonl", {7: "نص مميت", 9: "نص فيه خلل"})
    code, messages = finish(start(articles, tmp_path / "out"))
    assert code == 1, messages
    assert f"read {ARTICLES} = tagged {ARTICLES - 2} + quarantined 2 + skipped 0" in messages
    deadly, failing = rows(tmp_path / "out", "quarantine")
    assert deadly["source"] == failing["source"] == str(articles)
    assert deadly["reason"].startswith("id 'n7': its worker died")
    assert failing["reason"] == "id 'n9': tagging failed, RuntimeError: no such luck"
    assert {row["id"] for row in rows(tmp_path / "out")} == {f"n{i}" for i in range(ARTICLES) if i not in (7, 9)}


@pytest.mark.parametrize(
    ("load", "message"),
    [
        ("fails", "hadath: no device 'cpu'\n"),
        ("dies", "hadath: a worker died twice while it loaded the model, read the articles of part 0 or wrote it; if"),
    ],
)
def test_a_worker_that_cannot_start_ends_the_job_with_one_line_that_says_why(
    tmp_path: Path, load: str, message: str
) -> None:
    code, messages = finish(start(write_articles(tmp_path / "in.jsonl"), tmp_path / "out", load=load))
    assert code == 2, messages
    assert message in messages
    assert "Traceback" not in messages


def test_a_progress_bar_that_nobody_reads_is_no_success(tmp_path: Path, expected: bytes) -> None:
    articles, out = write_articles(tmp_path / "in.jsonl"), tmp_path / "out"
    process = start(articles, out, pause=0.05)
    assert process.stderr
    process.stderr.close()
    assert process.wait(60) == 2
    code, messages = finish(start(articles, out))
    assert code == 0, messages
    assert content(out) == expected


def test_a_full_disk_stops_the_job_and_it_goes_on_when_there_is_room(tmp_path: Path, expected: bytes) -> None:
    articles, out = write_articles(tmp_path / "in.jsonl"), tmp_path / "out"

    def no_room() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # so that a write fails, as on a full disk
        resource.setrlimit(resource.RLIMIT_FSIZE, (600, 600))

    code, messages = finish(start(articles, out, preexec_fn=no_room))
    assert code == 2, messages
    assert "hadath: [Errno 27] File too large" in messages
    assert "Traceback" not in messages
    assert not list(out.glob("part-*"))
    code, messages = finish(start(articles, out))
    assert code == 0, messages
    assert content(out) == expected
