"""The job on a cluster of two nodes, one of which is lost in its middle."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from inference.batch.job import Batch, Job
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
