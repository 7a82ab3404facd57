"""Prompts are files with a version, filled in with the form and the sample.

What a model was asked is part of what it answered: a prompt's name holds its version and the
digest of its words, so two wordings are never taken for one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

from diq_core.assets import ASSETS
from diq_core.errors import BadFile

PROMPTS = ASSETS / "prompts"
_FILE = re.compile(
    r"version: (?P<version>[A-Za-z0-9.]{1,20})\n+"
    r"# System\n+(?P<system>.+?)\n+# User\n+(?P<user>.+)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt to be filled in.

    Attributes:
        name: version and the first eight digits of the digest of its words, e.g. "1-0a1b2c3d".
        system: what the model is told about its task.
        user: the request, with ``$places`` to be filled in.
    """

    name: str
    system: str
    user: str

    def messages(self, values: Mapping[str, str]) -> list[dict[str, str]]:
        """Return the messages, with every place filled in once: what is put in is not read again.

        Raises:
            BadFile: the prompt has a place that `values` has not.
        """
        try:
            user = Template(self.user).substitute(values)
        except (KeyError, ValueError) as error:
            raise BadFile(
                "The prompt has a place that cannot be filled in",
                which=str(error),
                todo="correct the prompt's file; write a dollar sign as $$",
            ) from None
        return [{"role": "system", "content": self.system}, {"role": "user", "content": user}]


def load_prompt(path: Path) -> Prompt:
    """Return the prompt in `path`.

    Raises:
        BadFile: it has no version, system part or user part.
    """
    text = path.read_text(encoding="utf-8").replace("\r\n", "\n").strip()
    found = _FILE.fullmatch(text)
    if found is None:
        raise BadFile(
            "This is no prompt",
            which=path.name,
            todo="begin it with 'version: 1', then the headings '# System' and '# User'",
        )
    words = hashlib.sha256(text.encode()).hexdigest()[:8]
    return Prompt(f"{found['version']}-{words}", found["system"], found["user"])
