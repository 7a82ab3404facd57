"""A local model of the user's that finds names: a folder of spaCy's or of transformers'.

None is used by default. What it finds counts only beside the patterns: never where the words are
medicine's own (`eponyms`), and never as sure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from diq_core.errors import BadFile, NotFound
from diq_core.extras import need
from diq_core.privacy.names import may_be_name
from diq_core.privacy.rule import Span

Tagger = Callable[[str], list[Span]]
"""A text → where names stand in it, as start and end of characters."""

_PERSON = ("PER", "PERSON", "PATIENT", "STAFF", "HCW", "NAME", "DOCTOR")


def load_tagger(folder: Path) -> Tagger:
    """Load the name finder in `folder`; no code of the folder's runs and no network is used.

    Raises:
        NotFound: there is no such folder.
        BadFile: it is no pipeline of spaCy's and no token classifier of transformers'.
        BadSetting: the extra `privacy` is not installed.
    """
    if not folder.is_dir():
        raise NotFound("there is no such folder", which=str(folder), todo="name a folder")
    if (folder / "meta.json").is_file() and (folder / "config.cfg").is_file():
        return _spacy(folder)
    if (folder / "config.json").is_file() and (folder / "model.safetensors").is_file():
        return _classifier(folder)
    raise BadFile(
        "this is no name finder",
        which=str(folder),
        todo="name a folder of spaCy's (meta.json, config.cfg) or a token classifier of "
        "transformers' (config.json, model.safetensors)",
    )


def _spacy(folder: Path) -> Tagger:
    need("spacy", "privacy")
    import spacy

    try:
        pipeline = spacy.load(folder)
    except (OSError, ValueError) as problem:
        raise BadFile(
            "spaCy cannot load this",
            which=str(folder),
            todo="see whether it was made for spaCy 3.8",
        ) from problem

    def tag(text: str) -> list[Span]:
        found = ((e.start_char, e.end_char, e.label_) for e in pipeline(text).ents)
        return _people(text, found)

    return tag


def _classifier(folder: Path) -> Tagger:
    from transformers import AutoModelForTokenClassification, AutoTokenizer, pipeline

    given: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    try:
        model = AutoModelForTokenClassification.from_pretrained(
            folder, use_safetensors=True, **given
        )
        tokenizer = AutoTokenizer.from_pretrained(folder, **given)
    except (OSError, ValueError, KeyError) as problem:
        raise BadFile(
            "this is no token classifier that transformers can load",
            which=str(folder), todo="name a folder with its weights and its tokenizer",
        ) from problem  # fmt: skip
    run = pipeline(
        "token-classification", model=model, tokenizer=tokenizer, aggregation_strategy="simple",
        stride=32,
    )  # fmt: skip

    def tag(text: str) -> list[Span]:
        found = ((e["start"], e["end"], e["entity_group"]) for e in run(text))
        return _people(text, found)

    return tag


def _people(text: str, found: Iterable[tuple[int, int, str]]) -> list[Span]:
    return [
        (start, end)
        for start, end, label in found
        if label.upper() in _PERSON and may_be_name(text, start, end)
    ]
