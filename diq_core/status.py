"""Where a study stands: each step of the work, and what to do next."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from diq_core import plugins
from diq_core.artefact import Artefact
from diq_core.errors import BadFile, UserError
from diq_core.jobs import queue, standing
from diq_core.jobs.progress import Snapshot
from diq_core.kinds import ARTEFACTS, STEPS, Kind, KindRow, row
from diq_core.review.verdicts.overview import FILE as REVIEWS
from diq_core.review.verdicts.overview import glance
from diq_core.stages import identifier_log
from diq_core.stages.experiment_arms import arms_of
from diq_core.study import Study

StepState = Literal["done", "running", "failed", "ready", "waiting", "optional"]


@dataclass(frozen=True)
class StepStatus:
    """How one step stands.

    Attributes:
        key: its kind; "review" makes no artefact.
        title: what a person calls it.
        state: "waiting" = an earlier step is missing; "ready" = can be done now; "optional" = can
            be done now, and the next step does not need it.
        summary: what there is, in one line.
        next_action: what to do, in one line; empty when nothing has to be done.
    """

    key: Kind
    title: str
    state: StepState
    summary: str
    next_action: str

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)


def status(study: Study) -> list[StepStatus]:
    """Return every step in the order of the work."""
    made = {kind: study.artefacts(kind) for kind in ARTEFACTS}
    latest: dict[str, Snapshot] = {}
    for job in standing.all_jobs(study):
        latest.setdefault(job.kind, job)
    return [_step_status(study, step, made, latest.get(step.kind)) for step in STEPS]


def damage(study: Study) -> list[str]:
    """Return what of the study cannot be read, each as a sentence that names the file.

    The rest of it can be worked with.
    """
    found = study.damage()
    try:
        unread = [one.why for one in queue.unread(study)]
    except UserError as error:
        unread = [str(error)]
    return [*map(str, found), *unread]


def faults(study: Study) -> list[str]:
    """Return everything that is not as it was made, every file read anew; empty = whole.

    That is `damage`, files that differ from their manifest, inputs that were replaced, and a log
    of reviews whose chain does not hold. Each line names the file.
    """
    found = damage(study)
    for kind in ARTEFACTS:
        for artefact in study.all_artefacts(kind):
            found += [f"{kind}/{artefact.name}: {fault}" for fault in artefact.faults()]
            found += _replaced(study, artefact)
    try:
        identifier_log.entries(study)
    except BadFile as error:
        found.append(str(error))
    return found + _log_faults(study)


def _replaced(study: Study, artefact: Artefact) -> list[str]:
    inputs = artefact.manifest["inputs"]
    ours = [role for role, entry in inputs.items() if entry["path"].split("/")[0] in ARTEFACTS]
    found = []
    for role in ours:
        try:
            study.resolve(artefact, role)
        except UserError as error:
            found.append(f"{artefact.kind}/{artefact.name}: {error}")
    return found


def _log_faults(study: Study) -> list[str]:
    from diq_core.review.store.changes import open_store
    from diq_core.review.store.checking import check_store

    try:
        if not study.facts.get("store") and not study.inside(REVIEWS).is_file():
            return []
        store = open_store(study)
        try:
            breaks = check_store(store)
        finally:
            store.close()
    except UserError as error:
        return [str(error)]
    return [f"{REVIEWS}, row {one.row}: {one.what}" for one in breaks]


def _step_status(
    study: Study, step: KindRow, made: Mapping[Kind, list[Artefact]], job: Snapshot | None
) -> StepStatus:
    missing = [row(kind).noun for kind in step.needs if not made[kind]]

    def is_at(state: StepState, summary: str, next_action: str = "") -> StepStatus:
        return StepStatus(step.kind, step.title, state, summary, next_action)

    if not step.is_artefact:
        return is_at(*_review(study, missing))
    command = step.command(study.path)
    if job is not None and job.state == "queued":
        return is_at("running", f"'{job.name}': {job.message}")
    if job is not None and job.is_active:
        return is_at("running", f"{job.message or 'running'}: {job.share:.0%}")
    empty = bool(made["dataset"]) and not _in_use(made["dataset"])
    if empty and "dataset" in step.needs and not made[step.kind]:
        return is_at("waiting", "no sample of the dataset is in use")
    if job is not None and job.state in ("failed", "stopped", "interrupted"):
        again = f"run it again, it continues where it stopped: {command}"
        return is_at("failed", f"'{job.name}' {job.state}: {job.message}", again)
    if made[step.kind]:
        again = "no sample is in use: put right why, and import again" if empty else ""
        again = again if step.kind == "dataset" else ""
        said = _summaries(step, made[step.kind], arms_of(study, step.kind))
        return is_at("done", said, again)
    if missing:
        return is_at("waiting", f"needs {' and '.join(missing)} first")
    return is_at("ready", "not done yet", f"{step.promise}: {command}")


def _in_use(datasets: Sequence[Artefact]) -> int:
    return sum(dataset.manifest["counts"].get("included", 0) for dataset in datasets)


def _review(study: Study, missing: Sequence[str]) -> tuple[StepState, str]:
    try:
        seen = glance(study)
    except BadFile as error:
        return "failed", str(error)
    if seen is None:
        return "optional", "kept in a shared database"
    if seen.samples:
        people = "one person" if seen.people == 1 else f"{seen.people:,} people"
        return "done", f"{seen.samples:,} samples judged by {people}"
    if missing:
        return "waiting", f"needs {' and '.join(missing)} first"
    return "optional", "clinicians can judge the chosen samples before they are exported"


def _summaries(step: KindRow, made: Sequence[Artefact], arms: Mapping[str, str]) -> str:
    """Return in a line what was made; the dozens that an experiment made, as one of its parts."""
    own = [artefact for artefact in made if artefact.name not in arms]
    lines = [_summary(step, artefact) for artefact in own[:_SHOWN]]
    if more := len(own) - len(lines):
        lines.append(f"and {more} more")
    counts = Counter(arms[artefact.name] for artefact in made if artefact.name in arms)
    lines += [f"{number} of the experiment '{name}'" for name, number in sorted(counts.items())]
    return "; ".join(lines)


def _summary(step: KindRow, artefact: Artefact) -> str:
    counts = artefact.manifest["counts"]
    shown = {key: f"{value:,}" for key, value in counts.items() if isinstance(value, int)}
    return f"{artefact.name}: {step.summary.format_map(defaultdict(lambda: '?', shown))}"


_SHOWN = 4


def plugin_problems() -> list[str]:
    """Return a sentence for each thing of an installed package that could not be taken."""
    from diq_core.data import formats
    from diq_core.export import exporters
    from diq_core.scoring import measures
    from diq_core.selection import strategies

    rooms = (formats, measures, strategies, exporters)
    return plugins.problems(*(room.PLUGINS for room in rooms))
