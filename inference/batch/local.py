"""Units to parts by processes on this machine. One that dies costs its time and at most the record that killed it."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from functools import cache, partial
from itertools import islice
from multiprocessing import get_context
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event

from hadath.errors import HadathError

from .plan import Unit
from .work import Report, Task, Worker

_SPAWN = get_context("spawn")  # a process that is forked with the threads of pyarrow or ONNX Runtime in it may hang
_NOWHERE = -1


def make_parts(units: Iterable[Unit], task: Task, workers: int) -> Iterator[Report]:
    """The reports of the units as they are done. Raises what a worker raises, such as OSError for a full disk.

    When a process dies, the units under way are made again one by one, to see which of them kills it.
    """
    waiting = iter(units)
    while True:
        with _Pool(task, workers) as pool:
            try:
                yield from pool.reports(waiting)
                return
            except BrokenProcessPool:
                suspects = list(pool.under_way.values())
        with Guarded(task) as guarded:
            yield from map(guarded.make, suspects)


class Guarded(ExitStack):
    """One worker in a process of its own, which is replaced when it dies."""

    def __init__(self, task: Task) -> None:
        super().__init__()
        self._task = task
        self._pool = self.enter_context(_Pool(task, 1))

    def make(self, unit: Unit) -> Report:
        """Where the process dies at the same record twice, the part is made without that record.

        Raises HadathError where it dies twice at no record at all.
        """
        deaths: list[int] = []
        while True:
            try:
                return next(self._pool.reports(iter([unit]), deaths))
            except BrokenProcessPool as error:
                deaths.append(self._pool.place)
                self.close()
                self._pool = self.enter_context(_Pool(self._task, 1))
                if deaths.count(_NOWHERE) > 1:
                    raise HadathError(
                        f"a worker died twice while it loaded the model, read the articles of part {unit.number} or "
                        "wrote it; if memory is short, name fewer --workers, or start a new folder with a smaller "
                        "--part-size"
                    ) from error


class _Pool(ExitStack):
    """Processes that each have a worker. When it is left, units under way are given up at their next record."""

    def __init__(self, task: Task, workers: int) -> None:
        super().__init__()
        self.under_way: dict[int, Unit] = {}
        self._room = 2 * workers
        self._at, self._stop = _SPAWN.Value("q", _NOWHERE), _SPAWN.Event()
        self._executor = ProcessPoolExecutor(
            workers, mp_context=_SPAWN, initializer=_begin, initargs=(task, self._at, self._stop, os.getpid())
        )
        self.callback(self._executor.shutdown, cancel_futures=True)
        self.callback(self._stop.set)

    @property
    def place(self) -> int:
        """The record in its unit that a process was at last, if there is but one; `_NOWHERE` if it was at none."""
        return int(self._at.value)

    def reports(self, units: Iterator[Unit], deaths: Sequence[int] = ()) -> Iterator[Report]:
        """The reports in the order in which they come. Raises BrokenProcessPool when a process has died.

        `deaths`: see `Worker.make`.
        """
        running: dict[Future[Report], Unit] = {}
        while True:
            for unit in islice(units, self._room - len(running)):
                self.under_way[unit.number] = unit
                running[self._executor.submit(_make, unit, tuple(deaths))] = unit
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                report = future.result()
                del self.under_way[running.pop(future).number]
                yield report


class _Stopped(BaseException):
    """No fault of a record: the job is being stopped."""


_worker: Callable[[], Worker]
_at: "Synchronized[int]"
_stop: Event


def _begin(task: Task, at: "Synchronized[int]", stop: Event, parent: int) -> None:
    """Set a process up. Ctrl-C is the parent's to answer, and without a parent there is nothing to live for."""
    global _worker, _at, _stop  # noqa: PLW0603 - what an executor's initializer makes can be kept nowhere else
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with, args=(parent,), daemon=True).start()
    _at, _stop = at, stop
    # Made for the first unit: what an initializer raises would come back as a broken pool.
    _worker = cache(partial(Worker, task, watch=_watch))


def _make(unit: Unit, deaths: Sequence[int]) -> Report:
    return _worker().make(unit, deaths)


def _watch(place: int | None) -> None:
    if _stop.is_set():
        raise _Stopped
    _at.value = _NOWHERE if place is None else place


def _die_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)
