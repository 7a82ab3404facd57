"""A Ray cluster by a stand-in for its client; the real one is asked the same three things."""

from __future__ import annotations

import os
import signal
import sys
from enum import Enum
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import pytest

from diq_core.errors import BadSetting, Stopped
from diq_core.jobs import ray_job
from diq_core.training.launch import without_launch

ARGUMENTS = ["finetune", "--study", "s", "--launch", "ray", "--ray-gpus", "2", "--name=a b"]


class JobStatus(Enum):
    PENDING, RUNNING, SUCCEEDED, FAILED = range(4)

    def is_terminal(self) -> bool:
        return self in (JobStatus.SUCCEEDED, JobStatus.FAILED)


class Cluster:
    """Moves one job on by one state each time it is asked."""

    def __init__(self, *states: JobStatus, killed: bool = False) -> None:
        self.states, self.killed = list(states), killed
        self.submitted: list[dict[str, Any]] = []
        self.stopped: list[str] = []

    def submit_job(self, **asked: Any) -> str:
        self.submitted.append(asked)
        return "job 1"

    def get_job_status(self, _job: str) -> JobStatus:
        if self.killed:
            os.kill(os.getpid(), signal.SIGTERM)
        return self.states.pop(0)

    def get_job_logs(self, _job: str) -> str:
        return "a line\n" * (4 - len(self.states))

    def stop_job(self, job: str) -> None:
        self.stopped.append(job)


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that puts a cluster behind Ray's client."""
    monkeypatch.setattr(ray_job, "_POLL_S", 0.0)

    def put(cluster: Cluster | Exception) -> None:
        def client(address: str) -> Cluster:
            assert address == "http://head:8265"
            if isinstance(cluster, Exception):
                raise cluster
            return cluster

        module: Any = ModuleType("ray.job_submission")
        module.JobStatus, module.JobSubmissionClient = JobStatus, client
        package = ModuleType("ray")
        package.__spec__ = ModuleSpec("ray", None)
        monkeypatch.setitem(sys.modules, "ray", package)
        monkeypatch.setitem(sys.modules, "ray.job_submission", module)
        monkeypatch.setenv("RAY_ADDRESS", "http://head:8265")

    return put


@pytest.mark.parametrize(("end", "code"), [(JobStatus.SUCCEEDED, 0), (JobStatus.FAILED, 1)])
def test_the_same_command_runs_there_and_its_log_is_followed(
    use: Any, end: JobStatus, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster = Cluster(JobStatus.PENDING, JobStatus.RUNNING, end)
    use(cluster)
    assert ray_job.run_ray(without_launch(ARGUMENTS), gpus=2) == code
    line = "python -m diq_core finetune --study s '--name=a b'"
    assert cluster.submitted == [{"entrypoint": line, "entrypoint_num_gpus": 2}]
    said = capsys.readouterr()
    assert said.out == "a line\n" * 4
    assert "waiting for 2 graphics cards (--ray-gpus)" in said.err
    assert cluster.stopped == []


def test_no_card_is_asked_for_where_none_is_wanted(
    use: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster = Cluster(JobStatus.SUCCEEDED)
    use(cluster)
    ray_job.run_ray(without_launch(ARGUMENTS), gpus=0)
    assert cluster.submitted[0]["entrypoint_num_gpus"] == 0
    assert "waiting for a processor" in capsys.readouterr().err


def test_who_is_stopped_stops_the_job(use: Any) -> None:
    before = signal.getsignal(signal.SIGTERM)
    cluster = Cluster(JobStatus.RUNNING, killed=True)
    use(cluster)
    with pytest.raises(Stopped, match="so is the job on the cluster"):
        ray_job.run_ray(without_launch(ARGUMENTS), gpus=1)
    assert cluster.stopped == ["job 1"]
    assert signal.getsignal(signal.SIGTERM) is before


def test_no_cluster_is_said_with_its_address(use: Any) -> None:
    use(ConnectionError("Failed to connect\n to Ray"))
    with pytest.raises(BadSetting, match=r"no Ray cluster: Failed to connect to Ray \(http://head"):
        ray_job.run_ray(without_launch(ARGUMENTS), gpus=1)
