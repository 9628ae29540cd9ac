"""A batch job from its inputs to its summary. Started again in the same folder, it goes on where it was."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pyarrow.fs import FileType

from hadath.bundle import Bundle, bundle_folder
from hadath.calibration import MinScore, least_scores
from hadath.errors import InputError
from hadath.version import version

from ..readers import Fields
from .files import Location
from .plan import DONE_FOLDER, MANIFEST, Source, Unit, digest, fingerprint, sources, units
from .rows import Layout
from .work import Report, Task, quarantine_name

SUMMARY = "summary.json"
PartMaker = Callable[[Iterable[Unit], Task], Iterator[Report]]


@dataclass(frozen=True, kw_only=True)
class Job:
    """What is to be done. The same job gives the same rows, whatever does it. `part_size` is in records."""

    inputs: tuple[str, ...]
    out: str
    fields: Fields = field(default_factory=Fields)
    layout: Layout = field(default_factory=Layout)
    part_size: int = 500
    model: str | None = None
    min_score: MinScore | None = None


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What became of the records: `read = tagged + quarantined + skipped`, where an earlier run had done the skipped.

    `total` counts all records of the job. `events` and `quarantined_in_all` include what earlier runs found.
    """

    total: int
    read: int
    tagged: int
    quarantined: int
    skipped: int
    events: int
    quarantined_in_all: int
    parts: int


class Batch:
    """A job whose inputs are known and whose output folder is ready.

    Raises InputError for inputs that are not there and for a folder that another job has begun to fill, BundleError
    for a model that is no sound bundle, ScoreError for a least score of something unknown.
    """

    def __init__(self, job: Job) -> None:
        self._bundle = Bundle.open(bundle_folder(job.model))
        job.layout.check(self._bundle.manifest.ontology, job.fields)
        least_scores(job.min_score, self._bundle.manifest.ontology)
        self._job, self._out = job, Location.of(job.out)
        found, self.ignored = sources(job.inputs, without=self._out)
        identity = self._identity(found)
        self._check(identity)  # before the scan, which may take long
        self._units = list(units(found, job.part_size))
        self._claim({**identity, "plan": digest(self._units)})
        done = self._reports()
        self._waiting = [unit for unit in self._units if unit.number not in done]
        self._earlier, self._now = [done[unit.number] for unit in self._units if unit.number in done], list[Report]()
        self.total = sum(unit.records for unit in self._units)

    def run(self, make_parts: PartMaker, *, device: str = "cpu", threads: int = 1) -> Iterator[Report]:
        """Do what is left to do. The summary is written when the last report has been taken."""
        task = Task(
            out=self._out,
            fields=self._job.fields,
            layout=self._job.layout,
            model=_whole_path(self._job.model),
            min_score=_plain(self._job.min_score),
            device=device,
            threads=threads,
        )
        for report in make_parts(self._waiting, task):
            self._now.append(report)
            yield report
        if lost := {unit.number for unit in self._units} - self._reports().keys():
            raise InputError(
                f"{len(lost)} parts were made but are not in {self._job.out}; machines that work together need "
                "a folder that all of them reach under this name"
            )
        self._out.remove_drafts()
        self._remove_old_quarantine()
        self._out.child(SUMMARY).write(json.dumps(asdict(self.summary()), indent=1).encode())

    def summary(self) -> Summary:
        """As far as the job is done."""
        skipped = sum(report.read for report in self._earlier)
        return Summary(
            total=self.total,
            read=sum(report.read for report in self._now) + skipped,
            tagged=sum(report.tagged for report in self._now),
            quarantined=sum(report.quarantined for report in self._now),
            skipped=skipped,
            events=sum(report.events for report in (*self._earlier, *self._now)),
            quarantined_in_all=sum(report.quarantined for report in (*self._earlier, *self._now)),
            parts=len(self._units),
        )

    def _claim(self, ours: dict[str, Any]) -> None:
        """Write into the folder which job it is for, or make sure that it is this one."""
        self._out.make_folder(DONE_FOLDER)
        if not self._check(ours):
            self._out.child(MANIFEST).write(json.dumps(ours, ensure_ascii=False, indent=1).encode())

    def _check(self, ours: dict[str, Any]) -> bool:
        """Whether the folder is claimed. Raises InputError if it is for another job."""
        if self._out.info().type == FileType.File:
            raise InputError(f"{self._job.out} is a file; --out names a folder")
        if (written := self._out.child(MANIFEST).read()) is None:
            return False
        try:
            theirs = dict(json.loads(written))
        except (ValueError, TypeError) as error:
            raise InputError(f"{self._job.out}: {MANIFEST} is damaged ({error}); name another folder") from error
        if changed := [name for name, value in ours.items() if theirs.get(name) != json.loads(json.dumps(value))]:
            raise InputError(
                f"{self._job.out} holds the parts of another job: {', '.join(changed)} differ; "
                "name another folder, or start the job as it was started before"
            )
        return True

    def _identity(self, found: list[Source]) -> dict[str, Any]:
        """What the rows depend on."""
        job, model = self._job, self._bundle.manifest
        return {
            "hadath": version(),
            "model": {
                "files": dict(model.files),
                "calibration": asdict(model.calibration),
                "window": asdict(model.window),
                "ontology": model.ontology.to_mapping(),
            },
            "inputs": fingerprint(found),
            "fields": asdict(job.fields),
            "layout": asdict(job.layout),
            "part_size": job.part_size,
            "min_score": _plain(job.min_score),
        }

    def _reports(self) -> dict[int, Report]:
        """Of the parts that earlier runs finished."""
        found = {}
        for info in self._out.child(DONE_FOLDER).files():
            if info.extension != "json":
                continue  # a draft
            data = Location(self._out.filesystem, info.path).read()
            try:
                report = Report.from_json(data or b"")
            except (ValueError, TypeError):
                continue  # cut off while it was written, on a file system that cannot write at one stroke
            found[report.number] = report
        return found

    def _remove_old_quarantine(self) -> None:
        """A run that was stopped between a part's quarantine and its report leaves one; none may be left after all."""
        clean = {quarantine_name(each.number) for each in (*self._earlier, *self._now) if not each.quarantined}
        for info in self._out.files():
            if info.base_name in clean:
                with suppress(FileNotFoundError):  # another run of the job was as quick
                    self._out.filesystem.delete_file(info.path)


def _plain(min_score: MinScore | None) -> MinScore | None:
    """A mapping as a dict, which can be written and sent to a worker."""
    return dict(min_score) if isinstance(min_score, Mapping) else min_score


def _whole_path(model: str | None) -> str | None:
    """A folder's path holds in whatever folder a worker runs; a shipped bundle goes by its name on every machine."""
    shipped = model is None or bundle_folder(model) != Path(model)
    return model if shipped else str(bundle_folder(model).absolute())
