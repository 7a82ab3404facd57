"""The files of a model: where a name leads to, and the digest that stands for them."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from diq_core.errors import NotFound
from diq_core.models import shipped as embedded
from diq_core.models.shipped import Tell

EMBEDDED = "embedded"
MODEL_FILES = ("*.safetensors", "*.json", "*.txt", "*.jinja", "tokenizer.model", "*.tiktoken")
HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")


@dataclass(frozen=True)
class ModelFiles:
    """A model folder, its digest (the same on any machine), and what is known about it."""

    folder: Path
    digest: str
    name: str
    licence: str


def find_causal(ref: str, tell: Tell | None = None) -> ModelFiles:
    """Return the files of a causal model; converts the embedded one first where needed.

    Raises:
        NotFound: there is no such model.
    """
    if ref != EMBEDDED:
        return find_model(ref, tell)
    gguf = embedded.causal_gguf()
    about = gguf.stat()
    digest = file_digest(gguf, about.st_size, about.st_mtime_ns)
    folder = embedded.converted(gguf, digest, tell)
    return ModelFiles(folder, digest, embedded.CAUSAL_NAME, embedded.LICENCE)


def find_encoder(ref: str, tell: Tell | None = None) -> ModelFiles:
    """Return the files of a sentence encoder.

    Raises:
        NotFound: there is no such model.
    """
    if ref != EMBEDDED:
        return find_model(ref, tell)
    folder = embedded.encoder_folder()
    return ModelFiles(folder, model_digest(folder), embedded.ENCODER_NAME, embedded.LICENCE)


def find_model(ref: str, tell: Tell | None = None) -> ModelFiles:
    """Return the files of a local folder, else of a hub id (fetched where not yet here).

    Raises:
        NotFound: there is no such model, or it has no safetensors weights.
    """
    folder = Path(ref).expanduser()
    local = folder.exists()
    if not local:
        if not HUB_ID.fullmatch(ref):
            raise _not_found("There is no model folder here", ref)
        if tell:
            tell(f"Fetching {ref} from the hub")
        folder = _download(ref)
    if not folder.is_dir() or not (folder / "config.json").is_file():
        raise _not_found("This is not a model folder: it has no config.json", ref)
    if not any(folder.glob("*.safetensors")):
        raise NotFound(
            "The model has no safetensors weights; other kinds can run code and are not read",
            which=ref,
            todo="save it again with save_pretrained(), which writes model.safetensors",
        )
    return ModelFiles(folder, model_digest(folder), folder.resolve().name if local else ref, "")


def _download(ref: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError

    try:
        return Path(snapshot_download(ref, allow_patterns=list(MODEL_FILES)))
    except (OSError, HFValidationError) as error:
        what = "This is neither a model folder here nor a model the hub lets us fetch"
        raise _not_found(what, ref) from error


def _not_found(what: str, ref: str) -> NotFound:
    todo = "give a folder with config.json and model.safetensors, a hub id, or 'embedded'"
    return NotFound(what, which=ref, todo=todo)


def model_digest(folder: Path) -> str:
    """Return the SHA-256 over names and content of the files that make the model in `folder`."""
    total = hashlib.sha256()
    for file in _model_files(folder):
        about = file.stat()
        content = file_digest(file, about.st_size, about.st_mtime_ns)
        total.update(f"{file.name}\0{content}\0".encode())
    return total.hexdigest()


@lru_cache(maxsize=256)
def file_digest(path: Path, size: int, changed_ns: int) -> str:
    """Return the SHA-256 of a file; size and time only say when a remembered value is stale."""
    del size, changed_ns
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _model_files(folder: Path) -> list[Path]:
    return sorted({file for pattern in MODEL_FILES for file in folder.glob(pattern)})
