"""The files of a model: where a name leads to, and the digest that stands for them."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from diq_core.errors import NotFound
from diq_core.models import shipped as embedded
from diq_core.models.examine import SMALLEST, Examined, examine
from diq_core.models.shipped import Tell
from diq_core.models.stand_in import STAND_IN, STAND_IN_NAME, assembled, stand_in_digest
from diq_core.models.vision import SEEING, causal_class

EMBEDDED = "embedded"
SHIPPED = (EMBEDDED, STAND_IN)
"""The causal models that need no download: of text, and the one with an untrained eye."""
ENCODER_BYTES = 4.0
MODEL_FILES = ("*.safetensors", "*.json", "*.txt", "*.jinja", "tokenizer.model", "*.tiktoken")
HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")


@dataclass(frozen=True)
class ModelFiles:
    """A model folder, its digest (the same on any machine), and what is known about it.

    Attributes:
        examined: what was seen in it; None = it came with the app, and is not tried first.
    """

    folder: Path
    digest: str
    name: str
    licence: str
    examined: Examined | None = None

    @property
    def reads_images(self) -> bool:
        """Whether the model in it reads images; see `causal_class`."""
        return causal_class(self.folder) == SEEING


def find_causal(ref: str, tell: Tell | None = None, *, bytes_each: float = SMALLEST) -> ModelFiles:
    """Return the files of a causal model; converts the embedded ones first where needed.

    Raises:
        UserError: see `find_model`.
    """
    if ref not in SHIPPED:
        return find_model(ref, tell, bytes_each=bytes_each)
    gguf = embedded.causal_gguf()
    about = gguf.stat()
    digest = file_digest(gguf, about.st_size, about.st_mtime_ns)
    folder = embedded.converted(gguf, digest, tell)
    if ref == EMBEDDED:
        return ModelFiles(folder, digest, embedded.CAUSAL_NAME, embedded.LICENCE)
    digest = stand_in_digest(digest)
    return ModelFiles(assembled(folder, digest, tell), digest, STAND_IN_NAME, embedded.LICENCE)


def find_encoder(ref: str, tell: Tell | None = None) -> ModelFiles:
    """Return the files of a sentence encoder.

    Raises:
        UserError: see `find_model`.
    """
    if ref != EMBEDDED:
        return find_model(ref, tell, bytes_each=ENCODER_BYTES)
    folder = embedded.encoder_folder()
    digest = model_digest(folder)
    return ModelFiles(folder, digest, embedded.ENCODER_NAME, embedded.LICENCE)


def find_model(ref: str, tell: Tell | None = None, *, bytes_each: float = SMALLEST) -> ModelFiles:
    """Return the files of a local folder, else of a hub id (fetched where not yet here).

    They have been looked at (`examine`), but nothing of them was loaded or tried.

    Args:
        bytes_each: what a number of the weights will take in memory.

    Raises:
        NotFound: there is no such model, or it has no safetensors weights.
        BadSetting: something in it is not sane.
        OutOfMemory: the machine is too small for it.
    """
    folder, local = _local_folder(ref)
    if not local:
        if not HUB_ID.fullmatch(ref):
            raise _not_found("There is no model folder here", ref)
        if tell:
            tell(f"Fetching {ref} from the hub")
        folder = _download(ref)
    if not folder.is_dir() or not (folder / "config.json").exists():
        raise _not_found("This is not a model folder: it has no config.json", ref)
    if not any(folder.glob("*.safetensors")):
        raise NotFound(
            "The model has no safetensors weights; other kinds can run code and are not read",
            which=ref,
            todo="save it again with save_pretrained(), which writes model.safetensors",
        )
    examined = examine(folder, bytes_each=bytes_each)
    if tell:
        for each in examined.left_out:
            tell(each)
    name = folder.resolve().name if local else ref
    return ModelFiles(folder, model_digest(folder), name, "", examined)


def _local_folder(ref: str) -> tuple[Path, bool]:
    """Return the folder that `ref` would be, and whether it is there."""
    try:
        folder = Path(ref).expanduser()
        return folder, folder.exists()
    except (OSError, ValueError, RuntimeError):
        raise _not_found("This cannot be the name of a folder", ref[:200]) from None


def _download(ref: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError

    try:
        return Path(snapshot_download(ref, allow_patterns=list(MODEL_FILES)))
    except (OSError, HFValidationError) as error:
        what = "This is neither a model folder here nor a model the hub lets us fetch"
        raise _not_found(what, ref) from error


def _not_found(what: str, ref: str) -> NotFound:
    todo = (
        "give a folder with config.json and model.safetensors, a hub id, 'embedded', or "
        f"'{STAND_IN}'"
    )
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
