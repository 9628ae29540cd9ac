"""A job on the tiny model, in this process: what it writes, and when it refuses."""

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import fsspec
import pyarrow.parquet
import pytest

from hadath.errors import BundleError, InputError
from hadath.tagger import Tagger
from inference.batch.job import Batch, Job
from inference.batch.local import make_parts
from inference.batch.plan import Unit
from inference.batch.rows import Layout
from inference.batch.work import Report, Task, Worker
from inference.cli import main
from tests.conftest import TEXTS


def here(units: Iterable[Unit], task: Task) -> Iterator[Report]:
    """The engine without processes."""
    worker = Worker(task)
    return map(worker.make, units)


@pytest.fixture
def job(tmp_path: Path, bundle: Path) -> Job:
    """Seven articles and two bad records, in parts of three."""
    records: list[dict[str, Any]] = [{"id": f"a{i}", "text": TEXTS[i % 3], "day": i} for i in range(7)]
    lines = [json.dumps(record) for record in records]
    lines[2:2] = ["{]", '{"id": "empty", "text": " "}']
    (tmp_path / "in.jsonl").write_text("\n".join(lines), "utf-8")
    return Job(inputs=(str(tmp_path / "in.jsonl"),), out=str(tmp_path / "out"), part_size=3, model=str(bundle))


def rows(job: Job, kind: str = "part") -> list[dict[str, Any]]:
    paths = sorted(Path(job.out).glob(f"{kind}-*.jsonl"))
    return [json.loads(line) for path in paths for line in path.read_text("utf-8").split("\n") if line]


def test_rows_are_what_the_tagger_says_and_the_counts_add_up(job: Job, bundle: Path) -> None:
    batch = Batch(job)
    assert batch.total == 9
    assert [report.read for report in batch.run(here)] == [3, 3, 3]
    tagger = Tagger.load(bundle)
    expected = [tagger.tag(TEXTS[i % 3], id=f"a{i}", meta={"day": i}).to_json() for i in range(7)]
    assert rows(job) == expected
    assert any(row["events"] for row in rows(job)), "the tiny model says nothing, so nothing was tested"
    assert [bad["line"] for bad in rows(job, "quarantine")] == [3, 4]
    summary = batch.summary()
    assert (summary.read, summary.tagged, summary.quarantined, summary.skipped) == (9, 7, 2, 0)
    written = json.loads((Path(job.out) / "summary.json").read_text("utf-8"))
    assert written["events"] == summary.events == sum(len(row["events"]) for row in rows(job))


def test_a_job_goes_on_where_it_stopped(job: Job) -> None:
    first = Batch(job)
    next(first.run(here))
    assert (first.summary().read, first.summary().tagged) == (3, 2)
    assert not (Path(job.out) / "summary.json").exists()
    second = Batch(job)
    assert [report.number for report in second.run(here)] == [1, 2]
    summary = second.summary()
    assert (summary.read, summary.tagged, summary.quarantined, summary.skipped) == (9, 5, 1, 3)
    assert summary.quarantined_in_all == 2
    assert [row["id"] for row in rows(job)] == [f"a{i}" for i in range(7)]


def test_a_report_that_was_cut_off_counts_for_nothing(job: Job) -> None:
    list(Batch(job).run(here))
    done = Path(job.out) / "_done"
    (done / "000001.json").write_text('{"number": 1, "re', "utf-8")
    (done / "000002.json").rename(done / ".000002.json.0.tmp")
    assert [report.number for report in Batch(job).run(here)] == [1, 2]


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"part_size": 4}, "part_size"),
        ({"min_score": 0.5}, "min_score"),
        ({"layout": Layout(rows="events")}, "layout"),
        ({"model": None}, "model"),
    ],
)
def test_a_folder_with_the_parts_of_another_job_is_left_alone(job: Job, change: dict[str, Any], name: str) -> None:
    list(Batch(job).run(here))
    with pytest.raises(InputError, match=f"holds the parts of another job: {name} differ"):
        Batch(replace(job, **change))
    Path(job.inputs[0]).write_text("{}", "utf-8")
    with pytest.raises(InputError, match="another job: inputs differ"):
        Batch(job)


def test_a_bundle_that_reads_in_other_windows_is_another_model(job: Job, bundle: Path, tmp_path: Path) -> None:
    list(Batch(job).run(here))
    other = shutil.copytree(bundle, tmp_path / "other")
    manifest = json.loads((other / "hadath.json").read_text("utf-8"))
    manifest["window"]["overlap"] += 1
    (other / "hadath.json").write_text(json.dumps(manifest), "utf-8")
    with pytest.raises(InputError, match="another job: model differ"):
        Batch(replace(job, model=str(other)))


@pytest.mark.parametrize("content", ["", "[1]", "nothing", "3"])
def test_a_damaged_manifest_is_refused(job: Job, content: str) -> None:
    list(Batch(job).run(here))
    (Path(job.out) / "manifest.json").write_text(content, "utf-8")
    with pytest.raises(InputError, match=r"manifest\.json is damaged"):
        Batch(job)


def test_quarantine_of_a_part_that_was_made_again_without_faults_goes(job: Job) -> None:
    """What is left when a job is killed between the quarantine of a part and its report."""
    list(Batch(job).run(here))
    out = Path(job.out)
    (out / "_done/000002.json").unlink()
    (out / "quarantine-000002.jsonl").write_text("{}\n", "utf-8")
    list(Batch(job).run(here))
    assert sorted(path.name for path in out.glob("quarantine-*")) == [
        "quarantine-000000.jsonl",
        "quarantine-000001.jsonl",
    ]


def test_a_plan_that_changed_is_another_job_even_where_the_files_seem_the_same(job: Job) -> None:
    """Else units that are done would be left out by their number, though other records are in them now."""
    next(Batch(job).run(here))
    articles = Path(job.inputs[0])
    before, lines = articles.stat(), articles.read_bytes().split(b"\n")
    articles.write_bytes(b"\n".join([*lines[4:], *lines[:4]]))
    os.utime(articles, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert articles.stat().st_size == before.st_size
    with pytest.raises(InputError, match="another job: plan differ"):
        Batch(job)


def test_the_output_folder_may_lie_in_the_input_folder_and_an_id_names_no_file(tmp_path: Path, bundle: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"id": "../../outside", "text": "وقع هجوم"}\n', "utf-8")
    job = Job(inputs=(str(tmp_path),), out=str(tmp_path / "out"), model=str(bundle))
    assert len(list(Batch(job).run(here))) == 1
    assert list(Batch(job).run(here)) == []
    assert rows(job)[0]["id"] == "../../outside"
    assert {path.name for path in tmp_path.iterdir()} == {"in.jsonl", "out"}


def test_what_cannot_be_begun_says_why(job: Job, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(InputError, match="is a file; --out names a folder"):
        Batch(replace(job, out=str(tmp_path / "file")))
    with pytest.raises(BundleError, match="is no model bundle"):
        Batch(replace(job, model=str(tmp_path)))
    with pytest.raises(InputError, match="cannot be reached"):
        Batch(replace(job, inputs=("nosuchscheme://bucket/x",)))


def test_folders_on_other_file_systems_do_as_well(job: Job) -> None:
    data = Path(job.inputs[0]).read_bytes()
    memory = fsspec.filesystem("memory")
    memory.pipe("/news/in.jsonl", data)
    remote = replace(job, inputs=("memory://news",), out="memory://tagged")
    list(Batch(job).run(here))
    list(Batch(remote).run(here))
    for name in ("part-000000.jsonl", "part-000002.jsonl", "quarantine-000000.jsonl"):
        assert memory.cat(f"/tagged/{name}").count(b"\n") == (Path(job.out) / name).read_bytes().count(b"\n")
        if name.startswith("part"):
            assert memory.cat(f"/tagged/{name}") == (Path(job.out) / name).read_bytes()


def test_the_output_folder_may_lie_in_an_input_folder_on_another_file_system(job: Job) -> None:
    fsspec.filesystem("memory").pipe("/press/in.jsonl", Path(job.inputs[0]).read_bytes())
    inside = replace(job, inputs=("memory://press",), out="memory://press/out")
    assert len(list(Batch(inside).run(here))) == 3
    assert list(Batch(inside).run(here)) == []


def test_workers_are_told_where_a_model_lies_and_a_shipped_one_by_its_name(
    job: Job, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def model_of(chosen: Job) -> str | None:
        tasks: list[Task] = []

        def only_look(units: Iterable[Unit], task: Task) -> Iterator[Report]:
            tasks.append(task)
            return iter(())

        with pytest.raises(InputError, match="parts were made but"):
            list(Batch(chosen).run(only_look))
        return tasks[0].model

    monkeypatch.chdir(bundle.parent)
    assert model_of(replace(job, model=bundle.name)) == str(bundle)
    assert model_of(replace(job, model="default", out=str(tmp_path / "shipped"))) == "default"


def test_a_worker_tells_which_record_it_is_at_and_that_it_is_at_none_when_it_writes(job: Job) -> None:
    """What a death is put down to; after two deaths a record is not tagged at all."""

    def at(deaths: list[int], out: str) -> list[int | None]:
        seen: list[int | None] = []

        def engine(units: Iterable[Unit], task: Task) -> Iterator[Report]:
            worker = Worker(task, watch=seen.append)
            return (worker.make(unit, deaths) for unit in units)

        next(Batch(replace(job, out=out)).run(engine))
        return seen

    assert at([], f"{job.out}-1") == at([1], f"{job.out}-2") == [0, 1, None]
    assert at([1, 1], f"{job.out}-3") == [0, None]


def test_workers_and_threads_change_nothing(job: Job) -> None:
    """Parts by two processes with one thread each are those of this process with two threads."""
    list(Batch(job).run(here, threads=2))
    other = replace(job, out=f"{job.out}-2")
    assert sorted(report.number for report in Batch(other).run(partial(make_parts, workers=2))) == [0, 1, 2]
    assert rows(other) == rows(job)


def test_the_size_of_parts_changes_no_row(job: Job) -> None:
    list(Batch(job).run(here))
    other = replace(job, out=f"{job.out}-2", part_size=100)
    list(Batch(other).run(here))
    assert rows(other) == rows(job)
    assert rows(other, "quarantine") == rows(job, "quarantine")


def test_the_command_writes_parquet_of_events(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--rows", "events", "--format", "parquet", "--keep", "day", "--workers", "1"]
    assert main(["batch", *job.inputs, "--out", job.out, "--model", str(job.model), *options]) == 1
    messages = capsys.readouterr().err
    assert "read 9 = tagged 7 + quarantined 2 + skipped 0" in messages
    table = pyarrow.parquet.read_table(Path(job.out) / "part-000000.parquet")
    assert table.column("day").to_pylist() == [row["document"][1:] for row in table.to_pylist()]
    assert len(table) == json.loads((Path(job.out) / "summary.json").read_text("utf-8"))["events"]
