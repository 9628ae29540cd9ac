"""The job on a cluster of two nodes, one of which is lost in its middle."""

import json
import pickle
import subprocess
import sys
from collections import Counter
from pathlib import Path
from unittest.mock import Mock

import pytest
import ray

from hadath.errors import InputError
from inference.batch import cluster
from inference.batch.cluster import make_parts
from inference.batch.job import Batch, Job
from inference.batch.plan import Unit
from inference.batch.work import Worker
from tests.conftest import TEXTS

ROOT = Path(__file__).parents[3]
ARTICLES, PART = 240, 10


def test_a_node_that_is_lost_costs_no_document_and_results_equal_the_local_engine_s(
    tmp_path: Path, bundle: Path
) -> None:
    records = [{"id": f"n{i}", "text": " ".join([TEXTS[i % 3]] * 20)} for i in range(ARTICLES - 1)]
    articles = tmp_path / "in.jsonl"
    articles.write_text("".join(json.dumps(record) + "\n" for record in [*records, {"id": "bad"}]), "utf-8")
    # In a process of its own: Ray leaves threads and sockets behind that other tests would trip over.
    command = [sys.executable, "-m", "tests.inference.batch.two_nodes", str(articles), str(tmp_path / "ray")]
    done = subprocess.run(
        [*command, str(bundle), str(PART)], cwd=ROOT, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "lost a node" in done.stdout
    job = Job(inputs=(str(articles),), out=str(tmp_path / "local"), part_size=PART, model=str(bundle))
    list(Batch(job).run(lambda units, task: map(Worker(task).make, units)))
    names = [path.name for path in sorted((tmp_path / "local").glob("*-*.jsonl"))]
    assert len(names) == ARTICLES // PART + 1
    for name in names:
        assert (tmp_path / "ray" / name).read_bytes() == (tmp_path / "local" / name).read_bytes()
    parts = (path.read_text("utf-8") for path in (tmp_path / "ray").glob("part-*"))
    rows = [json.loads(line) for part in parts for line in part.split("\n") if line]
    assert Counter(row["id"] for row in rows) == Counter(f"n{i}" for i in range(ARTICLES - 1))
    summary = json.loads((tmp_path / "ray/summary.json").read_text("utf-8"))
    assert (summary["read"], summary["tagged"], summary["quarantined"]) == (ARTICLES, ARTICLES - 1, 1)


def test_what_stops_an_actor_reaches_the_user_as_it_was_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process, with nothing of Ray but the name of its calls."""
    guarded = Mock(make=Mock(side_effect=InputError("no space left")))
    monkeypatch.setattr(cluster, "Guarded", lambda task: guarded)
    dataset, rows = Mock(), Mock()
    dataset.map_batches = lambda actor, fn_constructor_args, **options: rows(actor(*fn_constructor_args))
    rows.side_effect = lambda actor: Mock(
        iter_rows=lambda: [{name: column[0] for name, column in actor({"unit": [pickle.dumps(None)]}).items()}]
    )
    monkeypatch.setattr(ray, "is_initialized", lambda: True)
    monkeypatch.setattr(ray, "cluster_resources", lambda: {"CPU": 1})
    monkeypatch.setattr(ray.data.DataContext, "get_current", Mock())
    monkeypatch.setattr(ray.data, "from_items", lambda items, **options: dataset)
    with pytest.raises(InputError, match="no space left"):
        list(make_parts([Unit(number=0, slices=(), records=0)], Mock(threads=1)))
