"""Jobs in the queue are not lost, whatever is killed: real processes, no waiting by the clock."""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from diq_core.errors import BadSetting, Busy, NotFound
from diq_core.files import write_json
from diq_core.jobs import control, ledger, processes, queue, standing, worker_lease
from diq_core.jobs import record as records
from diq_core.jobs.entry import Entry, why_it_waits
from diq_core.jobs.order import Order
from diq_core.jobs.progress import Snapshot
from diq_core.jobs.running import running
from diq_core.jobs.worker import work
from diq_core.study import STUDY_FILE, Study, create_study
from tests.support import queue_program

PROGRAM = Path(queue_program.__file__)
KILLS = int(os.environ.get("DIQ_TEST_KILLS", "20"))
WHOLE = "".join(f"unit {unit}\n" for unit in range(queue_program.UNITS))


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(processes, "PROGRAM", (str(PROGRAM),))
    study = create_study(tmp_path / "study")
    yield study
    for process in ours(study):
        process.kill()


def ours(study: Study) -> list[psutil.Process]:
    """Return the living processes that work on the study."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        line = process.info["cmdline"] or []
        if str(study.path) in line and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found


def workers(study: Study) -> list[psutil.Process]:
    return [process for process in ours(study) if "work" in process.info["cmdline"]]


def until(true: Callable[[], object], what: str = "") -> None:
    end = time.monotonic() + queue_program.PATIENCE
    while not true():
        assert time.monotonic() < end, what or "it did not come true"
        time.sleep(0.01)


def add(study: Study, name: str, after=(), restart=False, **told: object) -> Entry:
    return queue.enqueue(study, counting(name, restart=restart, **told), after=after)


def counting(name: str, *, restart: bool = False, **told: object) -> Order:
    """Return the order of a job that counts; see `queue_program.told`."""
    data = " ".join(f"{word}={value}" for word, value in told.items())
    return Order("run", name, inputs={"data": data} if data else {}, restart=restart)


def states(study: Study) -> list[str]:
    return [entry.state for entry in queue.entries(study)]


def is_idle(study: Study) -> bool:
    return not any(entry.is_open for entry in queue.entries(study)) and not ours(study)


def attempts(study: Study) -> list[str]:
    return (study.path / "attempts.txt").read_text().splitlines()


def at_half(study: Study, name: str, gate: Path) -> tuple[psutil.Process, psutil.Process]:
    """Add a job with a gate, wait until it stands before it; return worker and job."""
    add(study, name, gate=gate)
    queue_program.wait_for(study.path / f"{name}.half")
    (worker,) = workers(study)
    job = standing.look(study, "run", name)
    assert job is not None
    assert job.state == "running"
    return worker, psutil.Process(job.pid)


def kill(*processes: psutil.Process) -> None:
    for process in processes:
        process.send_signal(signal.SIGKILL)
    until(lambda: not any(map(is_left, processes)))


def is_left(process: psutil.Process) -> bool:
    # A thread may live a moment longer than what its process shows.
    try:
        return len(os.listdir(f"/proc/{process.pid}/task")) > 1 or (
            process.is_running() and process.status() != psutil.STATUS_ZOMBIE
        )
    except (FileNotFoundError, psutil.NoSuchProcess):
        return False


def test_jobs_run_one_after_the_other_in_their_order(study: Study, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    at_half(study, "a", gate)
    add(study, "b")
    add(study, "c")
    assert states(study) == ["running", "waiting", "waiting"]
    seen = [(job.state, job.name, job.position) for job in standing.all_jobs(study)]
    assert seen == [("running", "a", 0), ("queued", "b", 1), ("queued", "c", 2)]
    assert standing.look(study, "run", "c").order == counting("c")
    gate.touch()
    until(lambda: is_idle(study))
    assert states(study) == ["done", "done", "done"]
    assert [line.split()[0] for line in attempts(study)] == ["a", "b", "c"]
    assert not lease_left(study)


def lease_left(study: Study) -> bool:
    return (ledger.queue_folder(study) / "worker.json").exists()


def test_many_adds_start_one_worker(study: Study, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    for number in range(4):
        add(study, f"job-{number}", gate=gate)
        assert len(workers(study)) == 1
    gate.touch()
    until(lambda: is_idle(study))
    assert set(states(study)) == {"done"}


def test_a_killed_worker_is_replaced_and_what_runs_is_not_begun_twice(
    study: Study, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    worker, child = at_half(study, "a", gate)
    add(study, "b")
    kill(worker)
    assert standing.look(study, "run", "a").state == "running"
    assert queue.adopt(study)
    until(lambda: queue.has_worker(study))
    gate.touch()
    until(lambda: is_idle(study))
    assert states(study) == ["done", "done"]
    assert attempts(study) == ["a 1", "b 2"]
    assert child.pid == records.read(study.job_folder("run", "a")).job.pid
    assert not queue.adopt(study)


def test_a_killed_job_goes_on_where_it_stopped_with_the_same_bytes(
    study: Study, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    _, child = at_half(study, "a", gate)
    kill(child)
    until(lambda: len(attempts(study)) == 2)
    gate.touch()
    until(lambda: is_idle(study))
    assert (study.path / "run/a.txt").read_text() == WHOLE
    assert [(entry.state, entry.tries) for entry in queue.entries(study)] == [("done", 2)]


def test_worker_and_job_killed_together_go_on_when_a_server_comes(
    study: Study, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    worker, child = at_half(study, "a", gate)
    add(study, "b", after=[1])
    kill(worker, child)
    waits = standing.look(study, "run", "a")
    assert (waits.state, waits.done, waits.total) == ("queued", 5, 10)
    gate.touch()
    assert queue.adopt(study)
    until(lambda: is_idle(study))
    assert (study.path / "run/a.txt").read_text() == WHOLE
    assert attempts(study) == ["a 1", "a 1", "b 2"]


def test_a_job_that_always_dies_has_failed_after_three_tries(study: Study, tmp_path: Path) -> None:
    never = tmp_path / "never"
    add(study, "a", gate=never)
    add(study, "b", after=[1])
    for _ in range(3):
        queue_program.wait_for(study.path / "a.half")
        (study.path / "a.half").unlink()
        kill(psutil.Process(standing.look(study, "run", "a").pid))
    until(lambda: is_idle(study))
    assert states(study) == ["failed", "skipped"]
    job = standing.look(study, "run", "a")
    assert (job.state, job.done) == ("failed", 5)
    assert "interrupted 3 times" in job.message


def test_two_servers_that_adopt_at_once_start_one_worker(study: Study, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    worker, _ = at_half(study, "a", gate)
    kill(worker)
    code = (
        "import sys; from pathlib import Path; from diq_core import study;"
        "from diq_core.jobs import processes, queue;"
        "processes.PROGRAM = (sys.argv[2],);"
        "print(queue.adopt(study.open_study(Path(sys.argv[1]))))"
    )
    servers = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(study.path), str(PROGRAM)], stdout=subprocess.PIPE
        )
        for _ in range(4)
    ]
    answers = sorted(server.communicate()[0].decode().strip() for server in servers)
    assert answers == ["False", "False", "False", "True"]
    assert len(workers(study)) == 1
    gate.touch()
    until(lambda: is_idle(study))
    assert attempts(study) == ["a 1"]


def test_a_second_worker_leaves_at_once(study: Study, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    at_half(study, "a", gate)
    done = subprocess.run(
        [sys.executable, "-m", "diq_core", "work", "--study", str(study.path)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "works through this queue already" in done.stdout
    gate.touch()
    until(lambda: is_idle(study))


def test_what_needs_a_failed_entry_is_not_run_and_says_why(study: Study) -> None:
    first = add(study, "a", fail="")
    second = add(study, "b", after=[first.number])
    add(study, "c", after=[second.number])
    add(study, "d")
    until(lambda: is_idle(study))
    assert states(study) == ["failed", "skipped", "skipped", "done"]
    assert standing.look(study, "run", "a").message.startswith("The file is empty (x.jsonl)")
    b, c = (standing.look(study, "run", name) for name in "bc")
    assert (b.state, b.message) == ("failed", "Not run: the run 'a' that it needs failed")
    assert (c.state, c.message) == ("failed", "Not run: the run 'b' that it needs was not run")
    assert len(attempts(study)) == 2
    with pytest.raises(NotFound, match="no such entry in the queue .99.*Name the number"):
        add(study, "e", after=[99])


def test_what_waits_can_be_taken_out_and_what_runs_can_be_stopped(
    study: Study, tmp_path: Path
) -> None:
    at_half(study, "a", tmp_path / "never")
    add(study, "b")
    needs = add(study, "c", after=[1])
    control.stop(study, "run", "b")
    assert standing.look(study, "run", "b") is None
    assert queue.cancel(study, 1).state == "stopping"
    until(lambda: is_idle(study))
    assert states(study) == ["stopped", "stopped", "skipped"]
    assert standing.look(study, "run", "a").state == "stopped"
    assert "that it needs was stopped" in standing.look(study, "run", "c").message
    assert attempts(study) == ["a 1"]
    for number, words in ((needs.number, "has ended"), (99, "no such entry")):
        with pytest.raises(NotFound, match=words):
            queue.cancel(study, number)
    assert not queue.adopt(study)


def test_a_job_stopped_by_a_person_is_not_begun_again_though_the_worker_died_too(
    study: Study, tmp_path: Path
) -> None:
    worker, child = at_half(study, "a", tmp_path / "never")
    kill(worker)
    control.stop(study, "run", "a")
    until(lambda: not is_left(child))
    queue.adopt(study)
    until(lambda: is_idle(study))
    assert states(study) == ["stopped"]
    assert attempts(study) == ["a 1"]


def test_a_machine_that_goes_down_stops_nothing_for_good(study: Study, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    worker, child = at_half(study, "a", gate)
    kill(worker)
    child.terminate()  # as an orderly restart of the machine does
    until(lambda: records.read(study.job_folder("run", "a")).job.state == "stopped")
    gate.touch()
    queue.adopt(study)
    until(lambda: is_idle(study))
    assert (study.path / "run/a.txt").read_text() == WHOLE


def test_a_job_terminated_under_the_eyes_of_the_worker_stays_stopped(
    study: Study, tmp_path: Path
) -> None:
    _, child = at_half(study, "a", tmp_path / "never")
    child.terminate()
    until(lambda: is_idle(study))
    assert states(study) == ["stopped"]


def test_a_job_terminated_before_the_worker_looked_again_stays_stopped(
    study: Study, tmp_path: Path
) -> None:
    with ledger.changing(study) as line:
        line.add(counting("a", gate=tmp_path / "never"))

    def terminate_at_once(told: str) -> None:
        # The worker tells this between beginning the job and its next look.
        if told.endswith("begun"):
            queue_program.wait_for(study.path / "a.half")
            psutil.Process(standing.record(study, "run", "a").job.pid).terminate()
            until(lambda: not standing.record(study, "run", "a").lives)

    assert work(study, tell=terminate_at_once)
    assert [(entry.state, entry.tries) for entry in queue.entries(study)] == [("stopped", 1)]


def test_a_command_that_cannot_begin_has_failed(study: Study) -> None:
    # The program in place of diq has no such option.
    queue.enqueue(study, Order("run", "a", {"epochs": 2.0}))
    until(lambda: is_idle(study))
    assert [(entry.state, entry.tries) for entry in queue.entries(study)] == [("failed", 1)]
    assert "before it began" in standing.look(study, "run", "a").message
    assert "--epochs" in standing.log_tail(study, "run", "a")


def test_the_same_command_is_one_entry_and_another_one_is_refused(
    study: Study, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    at_half(study, "a", gate)
    assert add(study, "a", gate=gate).number == 1
    with pytest.raises(Busy, match="run 'a' is being made, or waits in the queue"):
        add(study, "a", fail="")
    with pytest.raises(Busy, match="run 'a' is being made by another process"):
        control.start(study, Order("run", "a"))
    gate.touch()
    until(lambda: is_idle(study))


def test_restart_throws_away_once_and_not_again_when_it_goes_on(
    study: Study, tmp_path: Path
) -> None:
    (study.path / "run").mkdir()
    (study.path / "run/a.part").write_text("of an older attempt\n")
    gate = tmp_path / "gate"
    add(study, "a", restart=True, gate=gate)
    queue_program.wait_for(study.path / "a.half")
    kill(psutil.Process(standing.look(study, "run", "a").pid))
    until(lambda: len(attempts(study)) == 2)
    assert len((study.path / "run/a.part").read_text().splitlines()) == 5
    gate.touch()
    until(lambda: is_idle(study))
    assert (study.path / "run/a.txt").read_text() == WHOLE


def test_a_job_outside_the_queue_takes_a_slot(study: Study, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    control.start(study, counting("outside", gate=gate))
    queue_program.wait_for(study.path / "outside.half")
    add(study, "a")
    until(lambda: queue.has_worker(study) and lease_left(study))
    assert standing.look(study, "run", "a").state == "queued"
    gate.touch()
    until(lambda: is_idle(study))
    assert [line.split()[0] for line in attempts(study)] == ["outside", "a"]


def test_two_slots_run_two_with_a_card_each(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,7")
    with (study.path / STUDY_FILE).open("a") as file:
        file.write("slots = 2\n")
    gates = [tmp_path / "gate-a", tmp_path / "gate-b"]
    for name, gate in zip("ab", gates, strict=True):
        add(study, name, gate=gate)
    add(study, "c")
    for name in "ab":
        queue_program.wait_for(study.path / f"{name}.half")
    assert {job.name for job in standing.all_jobs(study) if job.is_active} == {"a", "b"}
    assert standing.look(study, "run", "c").position == 1
    for gate in gates:
        gate.touch()
    until(lambda: is_idle(study))
    assert {(study.path / f"{name}.card").read_text() for name in "ab"} == {"4", "7"}


@pytest.mark.parametrize("value", ["0", "true", '"two"', "-1"])
def test_a_senseless_number_of_slots_is_refused(study: Study, value: str) -> None:
    (study.path / STUDY_FILE).write_text(f"slots = {value}\n")
    with pytest.raises(BadSetting, match="'slots' is .* or more"):
        queue.slots(Study(study.path))


def test_an_entry_that_waits_for_its_own_lends_them_its_slot(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = tmp_path / "gate"
    parent = at_half(study, "parent", gate) and queue.entries(study)[0]
    monkeypatch.setenv(processes.ENTRY, str(parent.number))
    add(study, "child")
    monkeypatch.delenv(processes.ENTRY)
    until(lambda: states(study) == ["running", "done"])
    gate.touch()
    until(lambda: is_idle(study))


def test_whatever_is_killed_whenever_everything_ends_once_and_whole(study: Study) -> None:
    chooser, killed = random.Random(7), 0
    names: list[str] = []
    end = time.monotonic() + queue_program.PATIENCE + 3 * KILLS
    while True:
        assert time.monotonic() < end, (killed, states(study))
        enough = killed >= KILLS and len(turns(study)) > len(names)
        if is_idle(study):
            if enough:
                break
            for _ in range(2):
                names.append(f"job-{len(names)}")
                add(study, names[-1], pace=0.05)
        # Only the kills of this test are to end its jobs' tries.
        with ledger.changing(study) as line:
            for entry in line.open():
                if entry.tries > 1:
                    line.put(replace(entry, tries=1))
        for victim in ours(study):
            if not enough and chooser.random() < 0.05 and psutil.pid_exists(victim.pid):
                victim.send_signal(signal.SIGKILL)
                killed += 1
        queue.adopt(study)
    assert states(study) == ["done"] * len(names)
    assert [(study.path / f"run/{name}.txt").read_text() for name in names] == [WHOLE] * len(names)
    # A process that was once followed by another one at the same job never wrote again.
    assert len(turns(study)) == len(set(turns(study)))


def turns(study: Study) -> list[str]:
    """Return "job process" each time that another process began to write, job by job."""
    trace = study.path / "trace.txt"
    lines = trace.read_text().splitlines() if trace.exists() else []
    by_name = sorted(lines, key=lambda line: line.split()[0])
    return [line for line, _ in itertools.groupby(by_name)]


def elsewhere(study: Study, beat: float, state: str = "running") -> None:
    folder = study.job_folder("run", "far")
    folder.mkdir(parents=True)
    records.write(folder, Snapshot(state, "run", "far", pid=os.getpid(), host="elsewhere",
                                   started=beat, updated=beat, beat=beat))  # fmt: skip


def test_a_job_of_another_machine_lives_by_its_heartbeat(study: Study) -> None:
    elsewhere(study, time.time())
    assert standing.look(study, "run", "far").state == "running"
    with (
        pytest.raises(Busy, match="far, on elsewhere"),
        running(study, Order("run", "far")),
    ):
        pass
    with pytest.raises(NotFound, match="not being made on this machine .elsewhere.. Stop it there"):
        control.stop(study, "run", "far")


def test_a_job_of_another_machine_is_dead_when_its_heartbeat_lapsed(study: Study) -> None:
    elsewhere(study, time.time() - 61)
    assert standing.look(study, "run", "far").state == "interrupted"
    with running(study, Order("run", "far")):
        pass
    assert standing.look(study, "run", "far").state == "done"


def test_a_worker_of_another_machine_is_waited_for(study: Study, tmp_path: Path) -> None:
    folder = ledger.queue_folder(study)
    folder.mkdir(parents=True)
    lived = {"host": "elsewhere", "pid": 1, "begun": time.time(), "beat": time.time()}
    write_json(folder / "worker.json", lived)
    assert worker_lease.elsewhere(study) == "elsewhere"
    add(study, "a")
    until(lambda: queue.has_worker(study) and worker_lease.is_here(study))
    assert states(study) == ["waiting"]
    write_json(folder / "worker.json", {**lived, "beat": time.time() - 61})
    until(lambda: is_idle(study))
    assert states(study) == ["done"]


def test_the_worker_of_a_study_that_is_deleted_ends(study: Study, tmp_path: Path) -> None:
    worker, child = at_half(study, "a", tmp_path / "never")
    kill(child)
    os.rename(study.path, tmp_path / "away")
    until(lambda: not is_left(worker))
    assert not study.path.exists()


def test_what_an_entry_makes_on_its_way_takes_no_second_slot(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (study.path / STUDY_FILE).write_text("slots = 2\n")
    gate = tmp_path / "gate"
    at_half(study, "a", gate)
    own = study.job_folder("run", "own")
    monkeypatch.setenv(processes.ENTRY, "1")
    with running(study, Order("run", "own")):
        monkeypatch.delenv(processes.ENTRY)
        assert records.read(own).job.entry == 1
        add(study, "b")
        until(lambda: states(study) == ["running", "done"])
    gate.touch()
    until(lambda: is_idle(study))


def test_the_command_line_lists_and_cancels(study: Study, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    at_half(study, "a", gate)
    add(study, "b")
    shown = diq("queue", "--study", study.path)
    assert "1  running   run 'a'" in shown
    assert "2  waiting   run 'b'" in shown
    assert "Nobody works at it" not in shown
    assert "run 'b': stopped" in diq("queue", "cancel", 2, "--study", study.path)
    listed = json.loads(diq("queue", "--study", study.path, "--json"))
    assert [entry["state"] for entry in listed["entries"]] == ["running", "stopped"]
    assert listed["worker"] is True
    (worker,) = workers(study)
    kill(worker)
    assert f"To go on: diq work --study {study.path}" in diq("queue", "--study", study.path)
    gate.touch()
    until(lambda: records.read(study.job_folder("run", "a")).job.state == "done")
    assert "run 'a': done" in diq("work", "--study", study.path)
    assert states(study) == ["done", "stopped"]


def diq(*arguments: object) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "diq_core", *map(str, arguments)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


def test_places_in_line_are_said_in_words() -> None:
    found = [Entry(number, Order("run", f"r{number}")) for number in range(1, 24)]
    said = [why_it_waits(found, entry).removeprefix("Waiting: ") for entry in found]
    assert said[:4] == ["1st in line", "2nd in line", "3rd in line", "4th in line"]
    assert said[10:13] == ["11th in line", "12th in line", "13th in line"]
    assert said[20:] == ["21st in line", "22nd in line", "23rd in line"]


def test_the_line_forgets_only_what_ended_long_ago_and_is_not_needed(study: Study) -> None:
    with ledger.changing(study) as line:
        first = line.add(Order("run", "first"), ())
        line.put(replace(first, state="done"))
        line.add(Order("run", "needs"), (first.number,))
        line._entries |= {
            number: Entry(number, Order("run", f"r{number}"), state="done")
            for number in range(3, 1010)
        }
        last = line.add(Order("run", "last"), ())
    kept = [entry.number for entry in queue.entries(study)]
    assert last.number == 1010
    assert kept[:2] == [1, 2]
    assert len(kept) == 1000 + 2 + 1
