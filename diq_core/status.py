"""Where a study stands: each step of the work, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from diq_core.artefact import Artefact
from diq_core.jobs import job as jobs
from diq_core.jobs.progress import Snapshot
from diq_core.review.verdicts.overview import glance
from diq_core.study import VERB, Kind, Study

StepKey = Kind | Literal["review"]
StepState = Literal["done", "running", "failed", "ready", "waiting", "optional"]


@dataclass(frozen=True)
class Step:
    """One step of the work, as a fixed fact.

    Attributes:
        key: the kind of artefact it makes; "review" makes none.
        title: what a person calls it.
        page: file of its page.
        needs: steps that must be done first.
        promise: what doing it gives, as a sentence without its full stop.
    """

    key: StepKey
    title: str
    page: str
    needs: tuple[Kind, ...]
    promise: str


STEPS = (
    Step("dataset", "Dataset", "pages/1_dataset.py", (), "import a file of samples"),
    Step("difficulty", "Difficulty", "pages/2_difficulty.py", ("dataset",),
         "rate how hard each question is"),
    Step("influence", "Influence", "pages/3_influence.py", ("dataset",),
         "measure how much each sample would improve the model"),
    Step("selection", "Explore and select", "pages/4_explore.py", ("difficulty", "influence"),
         "see the quadrants, set the budget and fix a selection"),
    Step("review", "Review", "pages/5_review.py", ("selection",),
         "let clinicians judge the chosen samples"),
    Step("export", "Export", "pages/6_export.py", ("selection",),
         "write the chosen samples as training files"),
    Step("run", "Fine-tune", "pages/7_finetune.py", ("export",),
         "train a model on the exported samples"),
    Step("evaluation", "Evaluate", "pages/8_evaluate.py", ("run",),
         "test the trained model against the base model"),
)  # fmt: skip


@dataclass(frozen=True)
class StepStatus:
    """How one step stands.

    Attributes:
        state: "waiting" = an earlier step is missing; "ready" = can be done now; "optional" = can
            be done now, and the next step does not need it.
        summary: what there is, in one line.
        next_action: what to do, in one line; empty when nothing has to be done.
    """

    key: StepKey
    title: str
    page: str
    state: StepState
    summary: str
    next_action: str

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)


def status(study: Study) -> list[StepStatus]:
    """Return every step in the order of the work."""
    made: dict[StepKey, list[Artefact]] = {
        step.key: study.artefacts(step.key) for step in STEPS if step.key != "review"
    }
    latest: dict[str, Snapshot] = {}
    for job in jobs.all_jobs(study):
        latest.setdefault(job.kind, job)
    return [_step_status(study, step, made, latest.get(step.key)) for step in STEPS]


def _step_status(
    study: Study, step: Step, made: Mapping[StepKey, list[Artefact]], job: Snapshot | None
) -> StepStatus:
    missing = [_NOUNS[other.key] for other in STEPS if other.key in step.needs
               and not made[other.key]]  # fmt: skip

    def is_at(state: StepState, summary: str, next_action: str = "") -> StepStatus:
        return StepStatus(step.key, step.title, step.page, state, summary, next_action)

    if step.key == "review":
        return is_at(*_review(study, missing))
    command = f"diq {VERB[step.key]} --study {study.path}"
    if job is not None and job.state == "queued":
        return is_at("running", f"'{job.name}': {job.message}")
    if job is not None and job.is_active:
        return is_at("running", f"{job.message or 'running'}: {job.share:.0%}")
    if job is not None and job.state in ("failed", "stopped", "interrupted"):
        return is_at("failed", f"'{job.name}' {job.state}: {job.message}",
                     f"run it again, it continues where it stopped: {command}")  # fmt: skip
    if made[step.key]:
        return is_at("done", _summaries(made[step.key]))
    if missing:
        return is_at("waiting", f"needs {' and '.join(missing)} first")
    return is_at("ready", "not done yet", f"{step.promise}: {command}")


def _review(study: Study, missing: Sequence[str]) -> tuple[StepState, str]:
    seen = glance(study)
    if seen is None:
        return "optional", "kept in a shared database"
    if seen.samples:
        people = "one person" if seen.people == 1 else f"{seen.people:,} people"
        return "done", f"{seen.samples:,} samples judged by {people}"
    if missing:
        return "waiting", f"needs {' and '.join(missing)} first"
    return "optional", "clinicians can judge the chosen samples before they are exported"


def _summaries(made: Sequence[Artefact]) -> str:
    # An experiment alone makes dozens of runs.
    lines = [_summary(artefact) for artefact in made[:_SHOWN]]
    more = len(made) - len(lines)
    return "; ".join([*lines, *([f"and {more} more"] if more else [])])


def _summary(artefact: Artefact) -> str:
    counts = artefact.manifest["counts"]
    shown = {key: f"{value:,}" for key, value in counts.items() if isinstance(value, int)}
    return f"{artefact.name}: {_SUMMARIES[artefact.kind].format_map(shown)}"


_NOUNS: dict[StepKey, str] = {
    "dataset": "a dataset",
    "difficulty": "difficulty scores",
    "influence": "influence scores",
    "selection": "a selection",
    "export": "an export",
    "run": "a fine-tuned model",
}
_SHOWN = 4
_SUMMARIES = {
    "dataset": "{included} of {samples} samples are in",
    "difficulty": "{scored} samples rated",
    "influence": "{scored} samples measured",
    "selection": "{kept} of {samples} samples kept",
    "export": "{exported} samples written",
    "run": "{steps} steps on {trained} samples",
    "evaluation": "{questions} questions answered",
}
