"""A machine that fails for a while: the job stops, and when it is resumed every record is read, none twice."""

import errno
import gzip
import io
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import fsspec
import pyarrow
import pyarrow.parquet
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from hadath.errors import HadathError, InputError
from hadath.tagger import Tagger
from inference.batch.job import Batch, Job
from inference.batch.plan import Unit
from inference.batch.work import Report, Task, Worker

ARTICLES = 9
LINES = "".join(json.dumps({"text": f"وقع هجوم {i}"}) + "\n" for i in range(ARTICLES)).encode()


def parquet() -> bytes:
    sink = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(pyarrow.table({"text": [f"وقع هجوم {i}" for i in range(ARTICLES)]}), sink)
    return bytes(sink.getvalue())


FILES = {
    "in.jsonl": LINES,
    "in.jsonl.gz": gzip.compress(LINES),
    "in.csv": ("text\n" + "".join(f"وقع هجوم {i}\n" for i in range(ARTICLES))).encode(),
    "in.parquet": parquet(),
}


class Storage:
    """The file system in memory; `fault` is raised when a file is read or, with `at_once`, opened."""

    fault: Exception | None = None
    at_once = False

    def open(self, whole: Callable[..., Any], system: MemoryFileSystem, path: str, mode: str, **named: Any) -> Any:
        file = whole(system, path, mode, **named)
        if mode != "rb":
            return file
        if self.at_once:
            self.fail()
        return _File(self, file.getvalue())

    def fail(self) -> None:
        if self.fault:
            raise self.fault


class _File(io.BytesIO):
    def __init__(self, storage: Storage, data: bytes) -> None:
        super().__init__(data)
        self._storage = storage

    def read(self, size: int | None = -1, /) -> bytes:
        self._storage.fail()
        return super().read(size)


@pytest.fixture
def storage(monkeypatch: pytest.MonkeyPatch) -> Storage:
    made, whole = Storage(), MemoryFileSystem._open
    monkeypatch.setattr(MemoryFileSystem, "_open", lambda *place, **named: made.open(whole, *place, **named))
    return made


@pytest.fixture(params=FILES)
def job(request: pytest.FixtureRequest, tmp_path: Path, bundle: Path) -> Job:
    fsspec.filesystem("memory").pipe(f"/failing/{request.param}", FILES[request.param])
    return Job(inputs=(f"memory://failing/{request.param}",), out=str(tmp_path / "out"), part_size=3, model=str(bundle))


def here(units: Iterable[Unit], task: Task) -> Iterator[Report]:
    return map(Worker(task).make, units)


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize(
    "fault", [OSError(errno.EIO, "broken disk"), OSError("a store's error has no number"), MemoryError("too little")]
)
def test_a_fault_during_the_scan_stops_the_job_and_never_becomes_its_plan(
    job: Job, storage: Storage, fault: Exception, at_once: bool
) -> None:
    storage.at_once = at_once
    storage.fault = fault
    with pytest.raises(InputError, match=rf"in\.[a-z.]+ cannot be read now: .*{fault.args[-1]}"):
        Batch(job)
    storage.fault = None
    assert sum(report.tagged for report in Batch(job).run(here)) == ARTICLES


@pytest.mark.parametrize("fault", [OSError(errno.EIO, "broken disk"), OSError("a store's error has no number")])
def test_a_fault_while_a_worker_reads_leaves_its_unit_to_be_done_again(
    job: Job, storage: Storage, fault: OSError
) -> None:
    first = Batch(job)
    storage.fault = fault
    with pytest.raises(InputError, match="cannot be read now"):
        list(first.run(here))
    storage.fault = None
    second = Batch(job)
    assert sum(report.tagged for report in second.run(here)) == ARTICLES
    assert second.summary().quarantined_in_all == 0


def test_a_folder_that_is_gone_leaves_its_units_to_be_done_when_it_is_back(tmp_path: Path, bundle: Path) -> None:
    """A disk that is not mounted, or a machine of several that does not reach the inputs."""
    (tmp_path / "news").mkdir()
    (tmp_path / "news/in.jsonl").write_bytes(LINES)
    job = Job(inputs=(str(tmp_path / "news"),), out=str(tmp_path / "out"), part_size=3, model=str(bundle))
    batch = Batch(job)
    (tmp_path / "news").rename(tmp_path / "away")
    with pytest.raises(InputError, match=r"in\.jsonl cannot be read now: .*the same command goes on"):
        list(batch.run(here))
    (tmp_path / "away").rename(tmp_path / "news")
    assert sum(report.tagged for report in Batch(job).run(here)) == ARTICLES


def test_a_model_that_fails_at_every_text_stops_the_job_and_blames_no_record(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> Iterator[None]:
        raise RuntimeError("the device is lost")

    with (
        monkeypatch.context() as patch,
        pytest.raises(HadathError, match=r"cannot tag .*: the device is lost"),
    ):
        patch.setattr(Tagger, "tag_all", fails)
        list(Batch(job).run(here))
    second = Batch(job)
    assert sum(report.tagged for report in second.run(here)) == ARTICLES
    assert second.summary().quarantined_in_all == 0


def test_each_record_of_a_file_that_is_gone_is_quarantined(job: Job) -> None:
    batch = Batch(job)
    fsspec.filesystem("memory").pipe("/failing/notes.md", b"the folder is still there")
    fsspec.filesystem("memory").rm(job.inputs[0].removeprefix("memory:/"))
    assert [report.quarantined for report in batch.run(here)] == [3, 3, 3]
    assert batch.summary().read == batch.total == ARTICLES


def test_a_file_that_may_not_be_read_costs_itself_and_not_the_job(job: Job, storage: Storage) -> None:
    storage.fault = PermissionError(errno.EACCES, "not yours")
    batch = Batch(job)
    assert sum(report.quarantined for report in batch.run(here)) == batch.total == 1
    (quarantine,) = Path(job.out).glob("quarantine-*")
    assert "cannot be read: not yours" in quarantine.read_text("utf-8")
