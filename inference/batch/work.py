"""One unit to one part: what every worker does, in whatever process and on whatever machine."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Self

from hadath.calibration import MinScore
from hadath.errors import HadathError
from hadath.schema import Document
from hadath.tagger import Tagger

from .. import jsonl
from ..readers import Fields, Record, Rejected
from .files import Location
from .plan import DONE_FOLDER, Unit
from .read import Reader
from .rows import Layout, encode

# A text that any sound tagger on a sound machine can tag.
_PROBE = "خبر"
_DEADLY = "its worker died while it was tagged, and died again when that was repeated; out of memory, perhaps"


@dataclass(frozen=True, kw_only=True)
class Task:
    """All that a worker needs to know beside the unit. It can be sent to other processes and machines."""

    out: Location
    fields: Fields
    layout: Layout
    model: str | None
    device: str
    threads: int
    min_score: MinScore | None


@dataclass(frozen=True, kw_only=True)
class Report:
    """What became of a unit; once it is written, the unit is done. `read = tagged + quarantined`."""

    number: int
    read: int
    tagged: int
    quarantined: int
    events: int

    def to_json(self) -> bytes:
        """As it is kept in the output folder."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """The inverse. Raises ValueError or TypeError for what is no report."""
        return cls(**json.loads(data))


def part_name(number: int, layout: Layout) -> str:
    """The file with the rows of a unit."""
    return f"part-{number:06}.{layout.format}"


def quarantine_name(number: int) -> str:
    """The file with the records of a unit that could not be tagged."""
    return f"quarantine-{number:06}.jsonl"


def report_name(number: int) -> str:
    """The file whose being there says that the unit is done."""
    return f"{DONE_FOLDER}/{number:06}.json"


class Worker:
    """Loads the model once and makes parts.

    `watch` is told of each record before its turn, by its place in the unit, and after the last of them None.
    """

    def __init__(self, task: Task, watch: Callable[[int | None], None] = lambda place: None) -> None:
        self._task, self._watch = task, watch
        self._tagger = Tagger.load(task.model, device=task.device, threads=task.threads)
        self._reader = Reader(task.fields)

    def make(self, unit: Unit, deaths: Sequence[int] = ()) -> Report:
        """Read, tag and write; the report comes last.

        `deaths` are the places that earlier processes were at when they died over this unit. A record that is named
        twice is quarantined untagged; the others are tagged one by one, so that the next death is not put down to a
        record that only shared a batch with the deadly one.

        Raises HadathError, so that the unit is done again later, when it is the machine that fails and not a record.
        """
        records = [(part.source.name, record) for part in unit.slices for record in self._reader.records(part)]
        results = [
            _rejected(name, record, _DEADLY) if deaths.count(place) > 1 else record
            for place, (name, record) in enumerate(records)
        ]
        names = [name for name, _ in records]
        results = self._tagged_alone(names, results) if deaths else self._tagged(names, results)
        self._watch(None)
        documents = [each for each in results if isinstance(each, Document)]
        rejected = [each for each in results if isinstance(each, Rejected)]
        out, layout = self._task.out, self._task.layout
        out.child(part_name(unit.number, layout)).write(encode(documents, self._tagger.ontology, layout))
        if rejected:
            out.child(quarantine_name(unit.number)).write(
                "".join(jsonl.dumped(asdict(each)) for each in rejected).encode()
            )
        report = Report(
            number=unit.number,
            read=len(results),
            tagged=len(documents),
            quarantined=len(rejected),
            events=sum(len(document.events) for document in documents),
        )
        out.child(report_name(unit.number)).write(report.to_json())
        return report

    def _tagged(self, names: Sequence[str], records: Sequence[Record]) -> list[Record]:
        """The records with their documents tagged, one by one if together they fail."""
        try:
            tagged = self._tagger.tag_all(self._watched(records), min_score=self._task.min_score)
            return [next(tagged) if isinstance(record, Document) else record for record in records]
        except Exception:
            return self._tagged_alone(names, records)

    def _tagged_alone(self, names: Sequence[str], records: Sequence[Record]) -> list[Record]:
        return [self._alone(place, *each) for place, each in enumerate(zip(names, records, strict=True))]

    def _alone(self, place: int, name: str, record: Record) -> Record:
        if isinstance(record, Rejected):
            return record
        self._watch(place)
        try:
            return next(self._tagger.tag_all([record], min_score=self._task.min_score))
        except Exception as error:
            self._make_sure_of_the_tagger()
            return _rejected(name, record, f"tagging failed, {_told(error)}")

    def _make_sure_of_the_tagger(self) -> None:
        """A device that is lost, say, fails at every text, and would have the rest of the job quarantined."""
        try:
            self._tagger.tag(_PROBE)
        except Exception as error:
            raise HadathError(
                f"the model cannot tag even the word {_PROBE!r} on this machine now, {_told(error)}; when that is "
                "mended, the same command goes on"
            ) from error

    def _watched(self, records: Iterable[Record]) -> Iterator[Document]:
        for place, record in enumerate(records):
            if isinstance(record, Document):
                self._watch(place)
                yield record


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _rejected(name: str, record: Record, reason: str) -> Rejected:
    return record if isinstance(record, Rejected) else Rejected(name, None, f"id {record.id!r}: {reason}")
