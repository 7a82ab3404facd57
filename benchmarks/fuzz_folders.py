"""Folders around a changed file, as people lay them out: splits, shards, listed files, archives."""

from __future__ import annotations

import io
import json
import random
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

Files = dict[str, bytes]
"""Path inside a folder → bytes."""
Layout = Callable[[str, bytes, Mapping[str, bytes], random.Random], Files]


def laid_out(name: str, data: bytes, seeds: Mapping[str, bytes], draw: random.Random) -> Files:
    """Return a folder with the file `name`.

    Args:
        seeds: unchanged files, of which others lie beside it.
    """
    return draw.choice(_LAYOUTS)(name, data, seeds, draw) | _pictures(draw)


def write(files: Files, folder: Path) -> None:
    """Write the files of a folder."""
    for inner, data in files.items():
        path = folder / inner
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def packed(files: Files, draw: random.Random) -> tuple[str, bytes]:
    """Return the folder as an archive, and what it is called."""
    whole = io.BytesIO()
    if draw.random() < 0.5:
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
            for inner, data in files.items():
                archive.writestr(zipfile.ZipInfo(inner), data)
        return "repo.zip", whole.getvalue()
    with tarfile.open(fileobj=whole, mode="w:gz") as tar:
        for inner, data in files.items():
            entry = tarfile.TarInfo(inner)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return "repo.tar.gz", whole.getvalue()


def _asking(name: str, data: bytes, _seeds: Mapping[str, bytes], _draw: random.Random) -> Files:
    """Nothing says which of the two is for training."""
    return {f"data/train-{name}": data, f"data/test-{name}": data[: len(data) // 2]}


def _plain(name: str, data: bytes, _seeds: Mapping[str, bytes], draw: random.Random) -> Files:
    ending = _ending(name)
    return {f"train{ending}": data, f"{draw.choice(('test', 'validation', 'dev'))}{ending}": data}


def _folders(name: str, data: bytes, _seeds: Mapping[str, bytes], draw: random.Random) -> Files:
    own, other = draw.sample(("train", "test", "eval", "validation_2"), 2)
    return {f"{own}/{name}": data, f"{other}/deep/{name}": data}


def _shards(name: str, data: bytes, seeds: Mapping[str, bytes], draw: random.Random) -> Files:
    """Two shards of one split, of which the second may be another kind of file."""
    ending, other = _ending(name), draw.choice(sorted(seeds))
    second = data if draw.random() < 0.5 else seeds[other]
    return {
        f"data/train-00000-of-00002{ending}": data,
        f"data/train-00001-of-00002{ending}": second,
        f"data/test-00000-of-00001{ending}": data,
    }


def _listed(name: str, data: bytes, _seeds: Mapping[str, bytes], draw: random.Random) -> Files:
    """A card in the head of the README says what belongs to which split."""
    listed = draw.choice((
        [{"config_name": "default", "data_files": [{"split": "train", "path": "a/*"}]}],
        [{"data_files": {"train": f"a/{name}", "gone": "b/*"}}],
        [{"config_name": "one", "data_files": "a/*"}, {"config_name": "two", "data_files": 7}],
        [{"data_files": ["a/*", ["b"], None]}],
        [{"data_files": [{"split": ["train"], "path": {"a": 1}}]}],
        {"configs": "none"}, [None, 3], [{"data_files": f"../{name}"}],
    ))  # fmt: skip
    card = f"---\nconfigs: {json.dumps(listed)}\n---\n# A set\n".encode()
    cut = draw.randrange(len(card)) if draw.random() < 0.2 else len(card)
    return {"README.md": card[:cut], f"a/{name}": data, f"a/test-{name}": data}


def _beside(name: str, data: bytes, seeds: Mapping[str, bytes], draw: random.Random) -> Files:
    """Files that are neither shards nor splits."""
    other = draw.choice(sorted(seeds))
    return {name: data, f"other-{other}": seeds[other], "notes.txt": b"What this is.\n"}


def _odd(name: str, data: bytes, _seeds: Mapping[str, bytes], draw: random.Random) -> Files:
    """Names that a person would not think of."""
    odd = ("a b", "train@x", "*", "[ab]", "größe", "TRAIN", "…", "train\n2", "-", "%2e%2e")
    return {f"{draw.choice(odd)}/{draw.choice(odd)}{_ending(name)}": data for _ in range(3)}


_LAYOUTS: tuple[Layout, ...] = (_asking, _plain, _folders, _shards, _listed, _beside, _odd)


def _ending(name: str) -> str:
    return "".join(Path(name).suffixes[-2:]) or ".jsonl"


def _pictures(draw: random.Random) -> Files:
    """Return images, some of which cannot be opened."""
    found = {f"images/{number}.png": _PNG for number in range(draw.choice((0, 0, 2)))}
    return {
        name: data if draw.random() < 0.5 else data[: draw.randrange(len(data))]
        for name, data in found.items()
    }


def _png() -> bytes:
    from PIL import Image

    sink = io.BytesIO()
    Image.new("RGB", (12, 12), "white").save(sink, "PNG")
    return sink.getvalue()


_PNG = _png()
