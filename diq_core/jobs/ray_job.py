"""A command as a job of a Ray cluster, followed to its end.

It runs ``python -m diq_core …`` with the arguments that were given here; the study must lie where
all machines see it.
"""

from __future__ import annotations

import os
import shlex
import signal
import sys
import time
from collections.abc import Sequence

from diq_core.errors import Stopped
from diq_core.extras import need
from diq_core.jobs import cluster

_POLL_S = 2.0


def run_ray(arguments: Sequence[str], *, gpus: int) -> int:
    """Submit `arguments` as a job of the Ray cluster at ``RAY_ADDRESS``, follow it to its end.

    SIGTERM stops the job.

    Args:
        gpus: graphics cards that the job asks for; 0 = it runs on a processor.

    Raises:
        BadSetting: Ray is not installed, or there is no cluster at that address.
    """
    need("ray", "ray")
    from ray.job_submission import JobStatus, JobSubmissionClient

    address = os.environ.get("RAY_ADDRESS", "http://127.0.0.1:8265")
    try:
        client = JobSubmissionClient(address)
    except (ConnectionError, RuntimeError, ValueError) as error:
        todo = "set RAY_ADDRESS to its dashboard, e.g. http://head-node:8265"
        raise cluster.no_cluster(address, error, todo=todo) from None
    line = shlex.join(["python", "-m", "diq_core", *arguments])
    job = client.submit_job(entrypoint=line, entrypoint_num_gpus=gpus)
    asked = f"{gpus} graphics card{'' if gpus == 1 else 's'}" if gpus else "a processor"
    print(f"Ray job {job}: waiting for {asked} (--ray-gpus)", file=sys.stderr, flush=True)
    before = signal.signal(signal.SIGTERM, _stopped)
    try:
        shown = 0
        while True:
            status, log = client.get_job_status(job), client.get_job_logs(job)
            print(log[shown:], end="", flush=True)
            shown = len(log)
            if status.is_terminal():
                return 0 if status == JobStatus.SUCCEEDED else 1
            time.sleep(_POLL_S)
    except (Stopped, KeyboardInterrupt):
        client.stop_job(job)
        raise
    finally:
        signal.signal(signal.SIGTERM, before)


def _stopped(*_: object) -> None:
    raise Stopped("Stopped on request; so is the job on the cluster")
