"""Ranges and tested versions hold together: pyproject.toml and the requirements files."""

from __future__ import annotations

import os
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from benchmarks.app_server import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CORE = [Requirement(line) for line in PROJECT["project"]["dependencies"]]
EXTRAS = {
    extra: [Requirement(line) for line in lines]
    for extra, lines in PROJECT["project"]["optional-dependencies"].items()
}
PINNED_IN = {
    "server": "", "ray": "-dev", "tracking": "-tracking", "privacy": "-dev", "excel": "-dev",
    "s3": "-dev", "agents": "-dev", "dicom": "-dev",
}  # fmt: skip


def pins(kind: str) -> dict[str, Requirement]:
    """Return what a requirements file pins, by its normal name."""
    lines = (ROOT / f"requirements{kind}.txt").read_text(encoding="utf-8").splitlines()
    found = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(each.name): each for each in found}


def version(pin: Requirement) -> str:
    (only,) = pin.specifier
    assert only.operator == "==", f"{pin} is not pinned"
    return only.version


def test_the_core_and_the_server_are_what_requirements_txt_pins() -> None:
    named = [canonicalize_name(each.name) for each in (*CORE, *EXTRAS["server"])]
    assert sorted(pins("")) == sorted(named)


def test_every_extra_is_pinned_somewhere() -> None:
    assert list(PINNED_IN) == list(EXTRAS)


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [("", each) for each in CORE]
    + [(PINNED_IN[extra], each) for extra, lines in EXTRAS.items() for each in lines],
    ids=str,
)
def test_a_tested_version_lies_in_its_range(kind: str, wanted: Requirement) -> None:
    pin = pins(kind)[canonicalize_name(wanted.name)]
    assert wanted.specifier.contains(version(pin)), f"{pin} is outside {wanted}"
    assert pin.extras == wanted.extras


def test_everything_the_tests_use_is_pinned() -> None:
    assert all(version(pin) for pin in pins("-dev").values())


@pytest.mark.xdist_group("together")
def test_tests_of_one_group_stay_on_one_worker(request: pytest.FixtureRequest) -> None:
    # pytest-xdist tells a group by the end of a test's name; a pytest that drops it tears groups
    # apart, and each worker prepares for itself what they share.
    if os.environ.get("PYTEST_XDIST_WORKER"):
        assert request.node.nodeid.endswith("@together")
