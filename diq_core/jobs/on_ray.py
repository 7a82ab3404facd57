"""The executor on a Ray cluster: actors hold the model and pull the numbers of shards.

The driver computes nothing. It hands out numbers, gives a dead actor's shard to another one, and
verifies and joins the files that the actors wrote.
"""

from __future__ import annotations

import socket
import time
from collections import Counter, deque
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any, Literal

from diq_core.errors import BadSetting, OutOfMemory, UserError
from diq_core.jobs import cluster
from diq_core.jobs.executors import Done, Tally, done, elsewhere, still_missing
from diq_core.jobs.place import Place
from diq_core.jobs.progress import Progress, silent
from diq_core.jobs.work import Work, Worker, agreed, fill, open_worker, place_for
from diq_core.shortage import is_memory_full

TRIES = 3
"""So many workers may die over one shard, or one after the other before their first."""
_LOOK_S = 1.0

Step = Literal["start", "open"] | int
"""What an actor is at: its start, opening the work, or the number of a shard."""


@dataclass(frozen=True)
class OnRay:
    """Actors on a Ray cluster compute the shards that are missing.

    Attributes:
        address: see `cluster.connected`.
        workers: how many actors; those that find room begin, the others wait for it.
        cores, gpus: what each of them asks for.
        url: see `Here`; empty = the study lies on a disk that all machines see.
    """

    address: str = "auto"
    workers: int = 1
    cores: float = 1
    gpus: float = 0
    url: str = ""

    def compute(self, work: Work, progress: Progress, *, unit: str = "samples") -> Done:
        """See `Executor`.

        Raises:
            BadSetting: there is no cluster, it gives no worker in time, its machines do not see
                the study, or workers die again and again.
        """
        work = replace(elsewhere(work, self.url), shared=True)
        place = place_for(work)
        known = agreed(place)
        if known is None or still_missing(place, known):
            progress.say(f"Connecting to the Ray cluster {self.address}")
            with cluster.connected(self.address) as ray:
                _Crew(ray, self, work, place, progress, unit).run()
        return done(place)


class Actor:
    """Lives on a node of the cluster and holds a worker."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._worker: Worker | None = None
        self._place: Place | None = None

    def host(self) -> str:
        """Return the name of its machine."""
        return socket.gethostname()

    def open(self, work: Work) -> None:
        """Load what the work needs; what is decided is pinned at the work's place."""
        self._place = place_for(work)
        self._worker = self._open.enter_context(open_worker(work, self._place, silent()))

    def fill(self, number: int) -> None:
        """Compute a shard and keep it."""
        assert self._worker is not None
        assert self._place is not None
        fill(self._worker, self._place, number)


class _Crew:
    """The actors of one piece of work, and what each is at."""

    def __init__(
        self, ray: Any, how: OnRay, work: Work, place: Place, progress: Progress, unit: str
    ) -> None:
        self._ray, self._how, self._work, self._place = ray, how, work, place
        self._progress, self._unit = progress, unit
        # Whoever dies is replaced by us, so that its shard goes to another one at once.
        self._kind = ray.remote(num_cpus=how.cores, num_gpus=how.gpus, max_restarts=0)(Actor)
        self._at: dict[Any, tuple[Any, Step]] = {}
        self._idle: list[Any] = []
        self._deaths: Counter[Step] = Counter()
        self._tally: Tally | None = None
        self._todo: deque[int] = deque()
        self._lived = time.monotonic()

    def run(self) -> None:
        """See to it that all shards are there; the actors end with it."""
        self._progress.say(f"Waiting for workers of the cluster ({self._asked()})")
        for _ in range(self._how.workers):
            self._start()
        try:
            while self._tally is None or self._todo or self._has_shard_at_work():
                self._turn()
        finally:
            for actor, _ in list(self._at.values()):
                self._ray.kill(actor)
            for actor in self._idle:
                self._ray.kill(actor)

    def _turn(self) -> None:
        ready, _ = self._ray.wait(list(self._at), num_returns=1, timeout=_LOOK_S)
        for reference in ready:
            actor, step = self._at.pop(reference)
            if self._succeeded(reference, step):
                self._go_on(actor, step)
            else:
                self._start()
        if self._tally is not None:
            self._tally.look()
        if any(step != "start" for _, step in self._at.values()):
            self._lived = time.monotonic()
        elif time.monotonic() - self._lived > cluster.PATIENCE_S:
            raise BadSetting(
                f"The cluster gave no worker within {cluster.PATIENCE_S:.0f} s",
                which=f"{self._how.address}, each with {self._asked()}",
                todo="ask for less with --cores and --gpus, or wait until others are finished",
            )

    def _succeeded(self, reference: Any, step: Step) -> bool:
        from ray.exceptions import OutOfMemoryError, RayActorError, RayTaskError

        try:
            self._ray.get(reference)
        except (RayActorError, OutOfMemoryError) as error:
            self._note_death(step, error)
            return False
        except RayTaskError as error:
            cause = getattr(error, "cause", None)
            if isinstance(cause, UserError | MemoryError | OSError):
                raise cause from None
            raise
        self._deaths[step] = 0
        return True

    def _note_death(self, step: Step, error: Exception) -> None:
        self._deaths[step] += 1
        if isinstance(step, int):
            self._todo.appendleft(step)
        if self._deaths[step] >= TRIES:
            what = f"over shard {step}" if isinstance(step, int) else "before their first shard"
            if is_memory_full(error):
                raise OutOfMemory(
                    f"The memory of the cluster is full: {TRIES} workers were ended {what}; what "
                    "was finished is kept",
                    which=self._how.address,
                    todo="use fewer --workers, or choose smaller batches or a smaller model, and "
                    "run it again",
                ) from None
            raise BadSetting(
                f"{TRIES} workers died {what}: {' '.join(str(error).split())[:200]}",
                which=self._how.address,
                todo="look at the cluster's logs (too little memory?); what was finished is kept",
            )

    def _go_on(self, actor: Any, step: Step) -> None:
        if step == "start":
            # A worker that comes late, or for a dead one, must not wipe what is counted.
            if self._tally is None:
                self._progress.say("Workers load what they need")
            self._at[actor.open.remote(self._work)] = (actor, "open")
            return
        if self._tally is None:
            self._begin_tally()
        if not self._todo:
            self._idle.append(actor)
            return
        number = self._todo.popleft()
        self._at[actor.fill.remote(number)] = (actor, number)

    def _begin_tally(self) -> None:
        known = agreed(self._place)
        if known is None:
            raise BadSetting(
                "The workers' files cannot be seen on this machine",
                which=self._work.place,
                todo="put the study on a disk that all machines share, or give --shards a URL",
            )
        self._progress.say("Workers compute")
        self._tally = Tally(self._place, known.shards, self._progress, self._unit)
        self._todo.extend(still_missing(self._place, known))

    def _start(self) -> None:
        if self._idle:
            actor = self._idle.pop()
            self._go_on(actor, "open")
            return
        actor = self._kind.remote()
        self._at[actor.host.remote()] = (actor, "start")

    def _has_shard_at_work(self) -> bool:
        return any(isinstance(step, int) for _, step in self._at.values())

    def _asked(self) -> str:
        return f"{self._how.cores:g} cores, {self._how.gpus:g} graphics cards"
