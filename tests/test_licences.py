"""A package whose licence does not fit into Apache-2.0 fails the check, by its name."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from benchmarks.app_server import ROOT

pytestmark = pytest.mark.slow
EXPLAINED = tomllib.loads((ROOT / ".ci" / "licences.toml").read_text(encoding="utf-8"))["explained"]


def check(folder: Path, *installed: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, installed))}
    return subprocess.run(
        [sys.executable, ROOT / ".ci" / "licences.py", folder],
        capture_output=True, text=True, check=False, env=environment,
    )  # fmt: skip


def install(folder: Path, name: str, *lines: str) -> None:
    """Lay down the metadata of a package, as pip would."""
    about = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    about.mkdir(parents=True)
    head = ("Metadata-Version: 2.4", f"Name: {name}", "Version: 1.0")
    (about / "METADATA").write_text("\n".join((*head, *lines)) + "\n")


def of(tmp_path: Path, name: str, *lines: str) -> subprocess.CompletedProcess[str]:
    """Check a project that needs one package, which needs `name`."""
    install(tmp_path / "site", "middle", f"Requires-Dist: {name}[more]", "License-Expression: MIT")
    install(tmp_path / "site", name, *lines)
    (tmp_path / "requirements.txt").write_text("# what it needs\nmiddle==1.0\n")
    return check(tmp_path, tmp_path / "site")


@pytest.mark.parametrize(
    "line",
    [
        "License-Expression: GPL-3.0-or-later",
        "License-Expression: AGPL-3.0-only",
        "License-Expression: MIT AND GPL-2.0-only",
        "License-Expression: MIT AND (GPL-2.0-only OR AGPL-3.0-only)",
        "License-Expression: LGPL-3.0-only",
        "License-Expression: LicenseRef-Proprietary",
        "Classifier: License :: OSI Approved :: GNU General Public License v3 (GPLv3)",
        "Classifier: License :: OSI Approved :: GNU Affero General Public License v3",
        "Classifier: License :: Other/Proprietary License",
        "License: GPLv3",
        "License: whatever you like",
        "Summary: it states no licence",
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, line: str) -> None:
    done = of(tmp_path, "deep-below", line)
    assert done.returncode == 1
    assert "deep-below 1.0" in done.stderr
    assert "middle" not in done.stderr


@pytest.mark.parametrize(
    "line",
    [
        "License-Expression: MIT",
        "License-Expression: GPL-2.0-only OR MIT",
        "License-Expression: (BSD-3-Clause AND Apache-2.0 WITH LLVM-exception)",
        "Classifier: License :: OSI Approved :: Apache Software License",
        "License: BSD",
    ],
)
def test_what_fits_is_listed(tmp_path: Path, line: str) -> None:
    done = of(tmp_path, "deep-below", line)
    assert done.returncode == 0, done.stderr
    assert "deep-below                       1.0" in done.stdout


def test_no_reason_makes_up_for_the_gpl(tmp_path: Path) -> None:
    assert "tqdm" in EXPLAINED
    assert "tqdm 1.0" in of(tmp_path, "tqdm", "License-Expression: GPL-3.0-only").stderr


def test_what_is_installed_here_fits_and_is_explained() -> None:
    done = check(ROOT)
    assert done.returncode == 0, done.stderr
    assert "torch" in done.stdout
    assert all(EXPLAINED.values())
