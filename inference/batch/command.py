"""`hadath batch INPUT… --out DIR`: arguments to a job, its progress and its summary to the terminal."""

import argparse
import sys
from functools import partial

from tqdm import tqdm

from hadath.engine import usable_cores

from ..output import say
from ..readers import Fields
from .job import Batch, Job, PartMaker, Summary
from .local import make_parts
from .rows import Layout

_IGNORED_SHOWN = 5
# Seconds between two states of the progress bar, on a terminal and in a log.
_PACE, _LOG_PACE = 0.5, 30.0


def run(arguments: argparse.Namespace) -> Summary:
    """Do the job. What stops it is raised, after the summary is shown."""
    batch = Batch(_job(arguments))
    if batch.ignored:
        more = ", …" if len(batch.ignored) > _IGNORED_SHOWN else ""
        say(f"{len(batch.ignored)} files are no input: {', '.join(batch.ignored[:_IGNORED_SHOWN])}{more}")
    try:
        _run(batch, arguments)
    finally:
        summary = batch.summary()
        say(describe(summary))
        if left := summary.total - summary.read:
            say(f"not finished: {left} articles are left; the same command goes on with them")
    return summary


def describe(summary: Summary) -> str:
    """The counts, which add up."""
    return (
        f"read {summary.read} = tagged {summary.tagged} + quarantined {summary.quarantined} + skipped {summary.skipped}"
        f"{' (done before)' if summary.skipped else ''}; {summary.events} events"
    )


def _job(arguments: argparse.Namespace) -> Job:
    return Job(
        inputs=tuple(arguments.inputs),
        out=arguments.out,
        fields=Fields(text=arguments.text_field, id=arguments.id_field),
        layout=Layout(rows=arguments.rows, format=arguments.format, keep=tuple(arguments.keep)),
        part_size=arguments.part_size,
        model=arguments.model,
        min_score=arguments.min_score,
    )


def _run(batch: Batch, arguments: argparse.Namespace) -> None:
    make, threads = _part_maker(arguments)
    pace = _PACE if sys.stderr.isatty() else _LOG_PACE
    skipped = batch.summary().skipped
    with tqdm(total=batch.total, initial=skipped, unit=" articles", mininterval=pace, dynamic_ncols=True) as bar:
        for report in batch.run(make, device=arguments.device, threads=threads):
            bar.update(report.read)


def _part_maker(arguments: argparse.Namespace) -> tuple[PartMaker, int]:
    """What makes the parts, and the threads of each of its workers."""
    if arguments.engine == "ray":
        from . import cluster  # noqa: PLC0415 - ray is an extra

        return partial(cluster.make_parts, workers=arguments.workers), 1
    workers = arguments.workers or usable_cores()
    return partial(make_parts, workers=workers), max(1, usable_cores() // workers)
