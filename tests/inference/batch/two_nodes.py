"""`… two_nodes INPUT OUT BUNDLE PART_SIZE`: a job on two Ray nodes, one of which is lost in its middle."""

import sys
import time

import ray
from ray.cluster_utils import Cluster

from inference.batch.cluster import make_parts
from inference.batch.job import Batch, Job

PARTS_BEFORE_THE_LOSS = 4
# A lost node is noticed within seconds, where by default it takes a minute.
HEALTH = {"health_check_initial_delay_ms": 1000, "health_check_period_ms": 1000, "health_check_failure_threshold": 5}


def main(articles: str, out: str, bundle: str, part_size: str) -> None:
    """Take some parts, remove the second node at once, and go on."""
    cluster = Cluster(
        initialize_head=True, head_node_args={"num_cpus": 2, "include_dashboard": False, "_system_config": HEALTH}
    )
    node = cluster.add_node(num_cpus=2)
    ray.init(address=cluster.address, log_to_driver=False)
    batch = Batch(Job(inputs=(articles,), out=out, part_size=int(part_size), model=bundle))
    started = time.monotonic()
    for count, report in enumerate(batch.run(make_parts), 1):
        print(f"{time.monotonic() - started:6.1f} s  part {report.number}: {report.read} read", flush=True)
        if count == PARTS_BEFORE_THE_LOSS:
            cluster.remove_node(node, allow_graceful=False)
            print(f"{time.monotonic() - started:6.1f} s  lost a node", flush=True)
    print(batch.summary())
    ray.shutdown()
    cluster.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
