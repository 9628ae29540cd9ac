"""Whether the memory of a batch job stays flat: a table in Markdown of what its processes hold as it goes on.

    python -m benchmarks.memory TEXTS… [--articles 10000] [--workers 2]

TEXTS are .txt files or folders of them, used over and over; inline markup is taken off. Linux alone.
"""

import argparse
import json
import os
import tempfile
from collections.abc import Iterator
from functools import partial
from itertools import cycle, islice
from multiprocessing import active_children
from pathlib import Path

from inference.batch.job import Batch, Job
from inference.batch.local import make_parts

from .texts import read

_STEPS = 10


def main() -> None:
    """Run the job and print."""
    parser = argparse.ArgumentParser(description="Measure the memory of a batch job.")
    parser.add_argument("texts", type=Path, nargs="+", metavar="TEXTS", help=".txt files, or folders of them")
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        articles = Path(folder) / "in.jsonl"
        with articles.open("w", encoding="utf-8") as file:
            for text in islice(cycle(read(options.texts)), options.articles):
                file.write(json.dumps({"text": text}) + "\n")
        batch = Batch(Job(inputs=(str(articles),), out=f"{folder}/out", part_size=100))
        print("| articles done | the starting process, MB | largest worker, MB |\n|--:|--:|--:|")
        for done, (starter, worker) in sampled(batch, options.workers):
            print(f"| {done:,} | {starter:.0f} | {worker:.0f} |", flush=True)


def sampled(batch: Batch, workers: int) -> Iterator[tuple[int, tuple[float, float]]]:
    """After each tenth of the articles, how many are done and what is held by the processes."""
    done = shown = 0
    for report in batch.run(partial(make_parts, workers=workers)):
        done += report.read
        if done * _STEPS // batch.total > shown:
            shown = done * _STEPS // batch.total
            yield (
                done,
                (held(os.getpid()), max((held(worker.pid) for worker in active_children() if worker.pid), default=0.0)),
            )


def held(process: int) -> float:
    """The resident memory of a process in MB."""
    lines = Path(f"/proc/{process}/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


if __name__ == "__main__":
    main()
