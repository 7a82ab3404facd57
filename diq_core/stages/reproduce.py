"""Make an export again from its manifest, and say of every step whether its bytes are the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

from diq_core import config
from diq_core.artefact import Artefact, settings_of
from diq_core.errors import BadFile, NotFound
from diq_core.export.verdicts import Verdicts
from diq_core.files import read_json
from diq_core.jobs.order import Order, order_of
from diq_core.jobs.progress import Progress
from diq_core.jobs.running import running
from diq_core.kinds import Kind, leading_to, row
from diq_core.options import said
from diq_core.privacy.gate import Decisions
from diq_core.records import ManifestRecord, StepRecord, Told, checked
from diq_core.review.log.canonical import digest
from diq_core.stages import dataset as importing
from diq_core.stages import difficulty, influence, scores
from diq_core.stages import export as exporting
from diq_core.stages import selection as selecting
from diq_core.stages.export_gate import GateRecord
from diq_core.stages.sources import SHIPPED_VALIDATION, source_digest
from diq_core.study import Study, create_study

_IMAGES_ANEW = (
    "the images were copied then with whatever they held, and are now written anew from their "
    "pixels, under other names"
)


@dataclass(frozen=True)
class StepResult:
    """One step made again.

    Attributes:
        different: files whose bytes are not those of the manifest; empty = all the same.
        renamed: files that are the same but for the digests of manifests that they name: a
            manifest also holds the versions it was made with, so another version of a package
            or of the settings gives it another digest.
    """

    kind: str
    name: str
    different: list[str]
    renamed: list[str] = field(default_factory=list)
    because: str = ""


@dataclass(frozen=True)
class Reproduction:
    """What came of making an export again.

    Attributes:
        path: the new export.
    """

    path: str
    steps: list[StepResult]

    @property
    def identical(self) -> bool:
        """Whether every byte of the export is the same, digests of manifests apart."""
        return not self.steps[-1].different

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {**asdict(self), "identical": self.identical}

    def text(self) -> str:
        """Return it as lines for a person."""
        lines = [
            f"{step.kind} '{step.name}': "
            + (f"differs in {', '.join(step.different)}" if step.different else "same bytes")
            + (f", but for digests of manifests in {', '.join(step.renamed)}" * bool(step.renamed))
            + (f"; {step.because}" * bool(step.because and step.different))
            for step in self.steps
        ]
        verdict = "The export is the same to the byte" if self.identical else "The export differs"
        return "\n".join([*lines, f"{verdict}: {self.path}"])


def run(
    manifest_path: Path,
    *,
    source: str,
    study_path: Path,
    validation: Sequence[str] = (),
    benchmark: Sequence[str] = (),
    own: Sequence[str] = (),
) -> Reproduction:
    """Repeat every step that led to the export in a new study, and compare.

    Args:
        own: files of own scores that were used then.

    Raises:
        BadFile: the manifest is not an export's.
        NotFound: a file that was used then is not among those given.
    """
    title, recipe = _read_recipe(manifest_path)
    files = _Files([source, *validation, *benchmark, *own, str(SHIPPED_VALIDATION)])
    study = create_study(study_path, title=title)
    steps = []
    made: dict[str, Artefact] = {}
    for role in sorted(recipe, key=_place):
        kind: Kind = recipe[role]["kind"]
        made[role] = _again(study, kind, recipe[role], files, made)
        steps.append(_compare(kind, recipe[role], made[role], _digests(recipe, made)))
    return Reproduction(str(made["export"].path), steps)


def _read_recipe(path: Path) -> tuple[str, dict[str, dict[str, Any]]]:
    """Return the title of the study, and role → the manifest of each step up to the export.

    Raises:
        BadFile: it is not an export's, or one of its steps is none.
    """
    values, todo = read_json(path), "give the manifest.json that lies in an export's folder"
    facts = values.get("facts") if isinstance(values, dict) else None
    if not isinstance(facts, dict) or "recipe" not in facts:
        raise BadFile("This is not the manifest of an export", which=str(path), todo=todo)
    whole = Told(checked(ManifestRecord, values, which=str(path), todo=todo), str(path), todo)
    steps = {**whole["facts"]["recipe"], "export": {**whole, "name": path.parent.name}}
    found = {role: _read_step(role, step, f"{path}, step {role[:80]!a}", todo)
             for role, step in steps.items()}  # fmt: skip
    lacking = sorted({"dataset", "selection"} - found.keys())
    if lacking:
        raise BadFile(f"The step {lacking[0]!r} is missing in it", which=str(path), todo=todo)
    return whole["facts"]["study"], found


def _read_step(role: str, values: Any, which: str, todo: str) -> dict[str, Any]:
    step = checked(StepRecord, values, which=which, todo=todo)
    kind = "scores" if role.startswith(selecting.OWN) else role
    if kind != step["kind"] or kind not in (*leading_to("export"), "scores"):
        raise BadFile("This is no step that leads to an export", which=which, todo=todo)
    return Told(step, which, todo)


def _place(role: str) -> tuple[int, str]:
    """Return when a step of the recipe is made: own scores just before the selection."""
    steps: list[str] = [*leading_to("export")]
    steps.insert(steps.index("selection"), selecting.OWN)
    return steps.index(selecting.OWN if role.startswith(selecting.OWN) else role), role


class _Files:
    """The files that were given, found by what is in them."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._by_digest = {source_digest(path): path for path in reversed(paths)}

    def like(self, entry: dict[str, str]) -> str:
        if entry["digest"] not in self._by_digest:
            raise NotFound(
                "A file that was used then is not among those given, or it has changed",
                which=entry["path"],
                todo="give the very same file with --source, --validation, --benchmark or --scores",
            )
        return self._by_digest[entry["digest"]]

    def all_like(self, inputs: dict[str, dict[str, str]], role: str) -> list[str]:
        return [self.like(inputs[key]) for key in sorted(inputs) if key.startswith(role)]


def _again(
    study: Study, kind: Kind, then: dict[str, Any], files: _Files, made: dict[str, Artefact]
) -> Artefact:
    name, inputs = then["name"], then["inputs"]
    importing.require_not_added(inputs)
    settings: Any = config.build(row(kind).settings, settings_of(then))

    def steps(progress: Progress) -> Artefact:
        stages: dict[str, Callable[[], Artefact]] = {
            "dataset": lambda: importing.run(
                study, name, settings, progress,
                source=files.like(inputs["source"]),
                validation=files.all_like(inputs, "validation"),
                benchmark=files.all_like(inputs, "benchmark"),
                **_decided(then),
            ),
            "difficulty": lambda: difficulty.run(
                study, name, settings, progress,
                dataset=made["dataset"],
            ),
            "influence": lambda: influence.run(
                study, name, settings, progress,
                dataset=made["dataset"], validation=files.like(inputs["validation"]),
                schema=then.get("schema", 1),
            ),
            "scores": lambda: scores.run(
                study, name, settings, progress,
                dataset=made["dataset"],
                source=files.like(inputs["source"]) if "source" in inputs else None,
            ),
            "selection": lambda: selecting.run(
                study, name, settings, progress,
                dataset=made["dataset"], difficulty=made.get("difficulty"),
                influence=made.get("influence"),
                own=[step for role, step in made.items() if role.startswith(selecting.OWN)],
                review=then["facts"].get("review"),
            ),
            "export": lambda: exporting.run(
                study, name, settings, progress,
                selection=made["selection"], verdicts=_verdicts(then),
                then=_passed(then),
                schema=then.get("schema", 1),
            ),
        }  # fmt: skip
        return stages[kind]()

    with running(study, _order(kind, name, settings)) as progress:
        return steps(progress)


def _order(kind: Kind, name: str, settings: config.Settings) -> Order:
    # What it is made of follows from the manifest, which no order names.
    return order_of(kind, name, settings, said(settings), config.Inputs(), ())


def _decided(then: dict[str, Any]) -> dict[str, Any]:
    """Return what people had decided about identifiers, if they were looked for then."""
    looked = then["facts"].get("identifiers")
    if looked is None:
        return {"gated": False}
    return {"decisions": Decisions(looked["decided"])}


def _passed(then: dict[str, Any]) -> Mapping[str, Any]:
    """Return what the gate said of the export then; empty = it was written without a gate."""
    said = then["facts"].get("identifiers")
    if said is None:
        return {}
    which = "manifest.json, facts, identifiers"
    todo = "use the manifest as the export wrote it"
    return cast(Mapping[str, Any], checked(GateRecord, said, which=which, todo=todo))


def _verdicts(then: dict[str, Any]) -> Verdicts | None:
    """Return the verdicts that the manifest of an export holds; the reviews are not needed."""
    if "verdicts" not in then["inputs"]:
        return None
    try:
        found = Verdicts.from_dict(then["facts"]["verdicts"])
        # Those on samples that the gate kept back are not in the manifest.
        given = then["facts"].get("verdicts_digest", then["inputs"]["verdicts"]["digest"])
        whole = digest(found.as_dict()) == given
    except (KeyError, TypeError, ValueError):
        whole = False
    if not whole:
        raise BadFile(
            "The verdicts in this manifest were changed or are missing",
            which="manifest.json, facts, verdicts",
            todo="use the manifest as the export wrote it",
        )
    return found


def _digests(recipe: dict[str, Any], made: dict[str, Artefact]) -> dict[str, str]:
    """Return the digest of each manifest made so far → the digest of the one of then."""
    return {
        made[role].digest: entry["digest"]
        for step in recipe.values()
        for role, entry in step["inputs"].items()
        if role in made
    }


def _compare(kind: str, then: dict[str, Any], now: Artefact, digests: dict[str, str]) -> StepResult:
    files = now.manifest["files"]
    others = sorted(
        name for name in {*then["files"], *files} if then["files"].get(name) != files.get(name)
    )
    renamed = [name for name in others if name in files and name in then["files"]
               and _renamed(now.path / name, digests) == then["files"][name]]  # fmt: skip
    different = [each for each in others if each not in renamed]
    because = _IMAGES_ANEW if _copied_images(kind, then) else ""
    return StepResult(kind, now.name, different, renamed, because)


def _copied_images(kind: str, then: dict[str, Any]) -> bool:
    return bool(kind == "export" and then["counts"].get("images") and "images" not in then["facts"])


def _renamed(file: Path, digests: dict[str, str]) -> str:
    """Return the digest that a file would have if it named the manifests of then."""
    content = file.read_bytes()
    for now, then in digests.items():
        content = content.replace(now.encode(), then.encode())
    return sha256(content).hexdigest()
