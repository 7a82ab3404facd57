"""The outcome of an import, compared with what is right: the cases in ``tests/cases``.

A kind of case is a folder with small files in the shapes that people bring, and ``cases.jsonl``:
one case a line (file, args, expect). Only the outcome counts: which samples are in use, what
they say, what was left out with which reason, what was refused.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from typer.testing import CliRunner

from diq_core.cli import app
from diq_core.errors import UserError

TEXTS = ("system", "history", "context", "question", "options", "reasoning", "answer")


def squeeze(text: Any) -> str:
    return " ".join(str(text or "").split())


def found(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE | re.DOTALL) is not None


class Outcome:
    """What one import left behind, by the very command line that people type."""

    def __init__(self, study: Path, name: str, source: Path, args: list[str]) -> None:
        self.study, self.name = study, name
        self.code, self.said = self._run(
            "import", str(source), "--study", str(study), "--name", name, "--json", *args
        )
        report = self.said
        self.said = squeeze(self.said)
        for own in (str(source), str(study), source.name):
            self.said = self.said.replace(own, "…")  # a file's own name says nothing about it
        folder = study / "dataset" / name
        self.samples = _rows(folder / "samples.parquet") if self.code == 0 else []
        self.findings = _rows(folder / "problems.parquet") if self.code == 0 else []
        self.extra = _extra(report)
        self._exports: dict[str, str] = {}

    @staticmethod
    def _run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, list(words))
        if isinstance(done.exception, UserError):
            return 2, f"{done.output} {done.exception}"
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.exit_code, done.output

    @property
    def kept(self) -> list[dict[str, Any]]:
        return [row for row in self.samples if not row.get("excluded")]

    def export(self, kind: str) -> str:
        """Return the training file of all kept samples in one export format, or why not."""
        if kind not in self._exports:
            own = f"{self.name}-{kind}"
            where = ("--study", str(self.study))
            steps = (
                ("select", *where, "--dataset", self.name, "--strategy", "full", "--budget",
                 "100%", "--name", own),
                ("export", *where, "--selection", own, "--format", kind, "--name", own),
            )  # fmt: skip
            for step in steps:
                code, said = self._run(*step)
                if code:
                    return f"EXPORT FAILED: {squeeze(said)[:200]}"
            files = sorted((self.study / "export" / own).glob("train*"))
            self._exports[kind] = "".join(
                file.read_text("utf-8") for file in files if file.suffix in (".json", ".jsonl")
            ).replace("\\n", "\n")
        return self._exports[kind]


def _rows(path: Path) -> list[dict[str, Any]]:
    return pq.read_table(path).to_pylist() if path.exists() else []


def _extra(report: str) -> str:
    """Return what the command itself reports beside path, name and counts."""
    for line in report.splitlines():
        try:
            values = json.loads(line)
        except ValueError:
            continue
        if isinstance(values, dict):
            gone = ("path", "name", "kind", "digest", "counts")
            rest = {key: value for key, value in values.items() if key not in gone}
            return json.dumps(rest, ensure_ascii=False)
    return ""


def say(finding: dict[str, Any]) -> str:
    return " ".join(str(finding.get(k) or "") for k in ("rule", "message", "hint", "field"))


def value(sample: dict[str, Any], name: str) -> str:
    if name == "label":
        return squeeze(sample["answer_label"])
    if name == "history":
        return squeeze(" | ".join(f"{t['role']}: {t['content']}" for t in sample["history"] or []))
    if name == "learned":
        return squeeze(f"{sample['reasoning']} {sample['answer_label']} {sample['answer']}")
    return squeeze(sample.get(name))


def chosen(result: Outcome, match: dict[str, str]) -> list[dict[str, Any]]:
    def fits(row: dict[str, Any]) -> bool:
        if "id" in match:
            return row["id"] == match["id"]
        text = squeeze(f"{row['context']} {row['question']}")
        return squeeze(match["question_contains"]).casefold() in text.casefold()

    return [row for row in result.samples if fits(row)]


def sample_faults(result: Outcome, want: dict[str, Any]) -> list[str]:
    rows, name = chosen(result, want["match"]), "/".join(want["match"].values())[:40]
    reason = want.get("excluded_matches", "not asked")
    errors = [say(each) for each in result.findings if each["severity"] == "error"]
    if not rows:
        if reason not in (None, "not asked"):
            if any(found(reason, each) for each in errors):
                return []
            return [
                f"'{name}' is neither left out nor reported for /{reason}/; errors: {errors[:1]}"
            ]
        return [f"'{name}' is not in the dataset; errors: {errors[:1]}"]
    faults = []
    for row in rows:
        if reason is None and row["excluded"]:
            faults.append(f"'{name}' is left out: {row['excluded']}")
        if isinstance(reason, str) and reason != "not asked":
            why = [row["excluded"] or ""]
            why += [say(each) for each in result.findings if each["id"] == row["id"]]
            if not row["excluded"]:
                faults.append(f"'{name}' is in use, should be left out for /{reason}/")
            elif not found(reason, " ".join(why)):
                faults.append(f"'{name}' is left out for another reason: {row['excluded']}")
        for key, wanted in want.items():
            if key in ("match", "excluded_matches", "n"):
                continue
            if key == "images":
                if len(row["images"] or []) != wanted:
                    faults.append(f"'{name}' has {len(row['images'] or [])} images, not {wanted}")
            elif key == "options":
                have = {each["label"]: squeeze(each["text"]) for each in row["options"] or []}
                if list(have.items()) != list(wanted.items()):
                    faults.append(f"'{name}' has options {have}")
            elif key.endswith("_matches"):
                if not found(wanted, value(row, key[:-8])):
                    faults.append(f"'{name}': {key[:-8]} is '{value(row, key[:-8])[:80]}'")
            elif key.endswith("_not"):
                if found(wanted, value(row, key[:-4])):
                    faults.append(f"'{name}': {key[:-4]} holds /{wanted}/")
            elif value(row, key) != squeeze(wanted):
                faults.append(f"'{name}': {key} is '{value(row, key)[:80]}', not '{wanted[:60]}'")
    if "n" in want and len(rows) != want["n"]:
        faults.append(f"'{name}' fits {len(rows)} samples, not {want['n']}")
    return faults


def left_out_reasons(expect: dict[str, Any]) -> list[str]:
    """Return the reasons to be named where an expectation leaves every row out; else []."""
    reasons = [want.get("excluded_matches") for want in expect.get("samples", ())]
    if expect.get("in", 0) or not all(isinstance(each, str) for each in reasons):
        return []
    if "in" in expect and "finding_rules_any" in expect:
        reasons.append(expect["finding_rules_any"])
    return reasons


def faults_of(expect: dict[str, Any], result: Outcome) -> list[str]:
    """Return what differs from an expectation; [] = right."""
    if "Traceback (most recent call last)" in result.said or result.code not in (0, 2):
        return [f"crashed (status {result.code}): …{result.said[-160:]}"]
    faults: list[str] = []
    for one in expect.get("all", ()):
        faults += faults_of(one, result)
    if "any" in expect:
        each = [faults_of(one, result) for one in expect["any"]]
        if all(each):
            nearest = "; ".join(min(each, key=len))
            faults.append(f"none of {len(each)} right outcomes, one of them: {nearest}")
    if "refused" in expect:
        if result.code != 2:
            return [*faults, f"was imported, should be refused with /{expect['refused']}/"]
        if not found(expect["refused"], result.said):
            faults.append(f"refused without saying /{expect['refused']}/: {result.said[:160]}")
        return faults
    if set(expect) <= {"any", "all"}:
        return faults
    if result.code and "any" in expect and not faults:
        return []  # a refusal that is allowed; the rest speaks of what was imported
    if result.code:
        reasons = left_out_reasons(expect)
        if reasons and all(found(reason, result.said) for reason in reasons):
            return faults  # every row was to be left out, and the refusal says why
        return [*faults, f"refused: {result.said[:160]}"]
    kept = result.kept
    if "in" in expect and len(kept) != expect["in"]:
        faults.append(f"{len(kept)} samples are in use, not {expect['in']}")
    if "excluded" in expect:
        lines = {row["line"] for row in result.samples}
        lost = {f["line"] for f in result.findings if f["severity"] == "error"} - lines
        out = len(result.samples) - len(kept) + len(lost)
        if out != expect["excluded"]:
            faults.append(f"{out} are left out, not {expect['excluded']}")
    for want in expect.get("samples", ()):
        faults += sample_faults(result, want)
    told = [*map(say, result.findings), result.extra]
    pattern = expect.get("finding_rules_any")
    if pattern and not any(found(pattern, each) for each in told):
        faults.append(f"nothing is said that matches /{pattern}/")
    pattern = expect.get("no_finding")
    if pattern:
        faults += [f"false alarm: {each[:100]}" for each in told if found(pattern, each)][:1]
    pattern = expect.get("not_learned")
    if pattern:
        bad = [row for row in kept if found(pattern, value(row, "learned"))]
        faults += [f"learned: '{value(row, 'learned')[:90]}'" for row in bad][:1]
    pattern = expect.get("not_in_text")
    if pattern:
        bad = [row for row in kept if any(found(pattern, value(row, name)) for name in TEXTS)]
        faults += [f"/{pattern}/ is in the text of '{row['question'][:50]}'" for row in bad][:1]
    rule = expect.get("each_told")
    if rule:
        words = {f["id"]: "" for f in result.findings}
        for each in result.findings:
            words[each["id"]] += say(each) + " "
        bad = [
            row
            for row in kept
            if any(found(rule["text"], value(row, name)) for name in TEXTS)
            and not found(rule["finding"], words.get(row["id"], ""))
        ]
        faults += [f"in use and nothing is said of it: '{row['question'][:60]}'" for row in bad]
    for one in expect.get("export", ()):
        text = result.export(one["format"])
        if text.startswith("EXPORT FAILED"):
            faults.append(text)
        if "matches" in one and not found(one["matches"], text):
            faults.append(f"the {one['format']} export lacks /{one['matches']}/")
        if "not_matches" in one and found(one["not_matches"], text):
            faults.append(f"the {one['format']} export holds /{one['not_matches']}/")
    return faults
