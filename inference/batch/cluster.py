"""Units to parts by Ray Data, on one machine or many. What a machine does not finish, another does again."""

import logging
import pickle
from collections.abc import Iterable, Iterator
from typing import Any

import ray

from hadath.errors import HadathError

from .local import Guarded
from .plan import Unit
from .work import Report, Task

Columns = dict[str, Any]


def make_parts(units: Iterable[Unit], task: Task, workers: int | None = None) -> Iterator[Report]:
    """The reports of the units as they are done; each of the `workers`, by default one for each CPU, is an actor.

    Joins the cluster that RAY_ADDRESS names or that runs on this machine, else starts one. All machines must reach the
    inputs and the output folder under the same name.
    """
    waiting = [{"unit": pickle.dumps(unit)} for unit in units]
    if not waiting:
        return
    if not ray.is_initialized():
        ray.init(logging_level=logging.WARNING, log_to_driver=False)
    ray.data.DataContext.get_current().enable_progress_bars = False
    resources = ray.cluster_resources()
    actors = workers or int(resources.get("CPU", 1)) // task.threads
    reports = ray.data.from_items(waiting, override_num_blocks=len(waiting)).map_batches(
        _Actor,
        fn_constructor_args=(task,),
        batch_size=1,
        num_cpus=task.threads,
        compute=ray.data.ActorPoolStrategy(min_size=1, max_size=max(1, min(actors, len(waiting)))),
    )
    for row in reports.iter_rows():
        if row["error"]:
            raise pickle.loads(row["error"])
        yield Report.from_json(row["report"])


class _Actor:
    """Keeps a model loaded. The worker has a process of its own: a record that kills it must not cost the actor.

    Errors that are for the user travel as results: raised here, Ray would add its own account of where.
    """

    def __init__(self, task: Task) -> None:
        self._guarded = Guarded(task)

    def __call__(self, batch: Columns) -> Columns:
        (unit,) = batch["unit"]
        try:
            return {"report": [self._guarded.make(pickle.loads(unit)).to_json()], "error": [b""]}
        except (HadathError, OSError) as error:
            return {"report": [b""], "error": [pickle.dumps(error)]}
