"""Folders of data files: shards of one file, splits as the hub lays them out, or files to choose.

Files that are neither are never joined unasked: one of them may be the answers of another, or what
must not be trained on.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from diq_core.data.embedded import is_picture
from diq_core.data.limits import limits, over_budget
from diq_core.data.readers.splits import ALL, choose, is_split
from diq_core.errors import BadFile, BadSetting
from diq_core.files import open_regular

_SHARD = re.compile(r"-\d+-of-\d+")
_NUMBER = re.compile(r"[-_]\d+$")
_HEADER = re.compile(rb"---\s*?\n(.*?)\n---", re.DOTALL)
_README = "README.md"
_README_BYTES = 1 << 20
_NAMED = 5


@dataclass(frozen=True)
class Chosen:
    """What of a folder is read.

    Attributes:
        files: the data files, in order.
        part: the name of the split or file that was chosen; "" = there was nothing to choose.
        others: names of all that there was to choose from.
        parts: what they are called, in plural.
        inner: what is to be chosen inside the file.
    """

    files: list[Path]
    part: str = ""
    others: tuple[str, ...] = ()
    parts: str = "splits"
    inner: str = ""


def data_files(path: Path, suffixes: tuple[str, ...], split: str) -> Chosen:
    """Return which files of a folder are read.

    A split is what the folder's README lists under `configs`, else what files or folders are
    called: ``train.jsonl``, ``data/train-00000-of-00002.parquet``, ``train/0.csv``. Other files
    are chosen by their name, and "*" joins them.

    Args:
        suffixes: how the names of data files end.
        split: what to read; empty = what is for training, or all that is there. What follows
            ``@`` in it is to be chosen inside the file.

    Raises:
        BadFile: there is no data file.
        BadSetting: a configuration must be chosen, or what is wanted does not exist.
        SettingNeeded: there is something to choose.
    """
    there = _data_files(path, suffixes)
    if not there:
        held = f"; it holds: {_some(files)}" if (files := others(path, [])[1]) else ""
        raise BadFile(
            f"The folder holds no data file{held}",
            which=path.name,
            todo=f"give a folder with a file of one of these kinds: {', '.join(suffixes)}",
        )
    splits, parts = _listed(path, there) or _named(path, there), "splits"
    if not splits:
        splits, parts = _by_name(path, there), "data files"
    if len(splits) == 1 and parts != "splits":
        return Chosen(there, inner=split)
    meanings = dict.fromkeys(splits, "")
    if parts != "splits":
        splits, meanings = {**splits, ALL: there}, {**meanings, ALL: _JOINED}
    wanted, _, inner = (split, "", "") if split in splits else split.partition("@")
    part = choose(meanings, wanted, path.name, parts=parts)
    return Chosen(splits[part], part, tuple(sorted(splits)), parts, inner)


_JOINED = "all of them, one after another"


def others(path: Path, used: list[Path]) -> tuple[int, list[str]]:
    """Return how many images lie in a folder, and the names of what is neither image nor used."""
    images, rest = 0, []
    for file in _visible(path):
        if file in used or not file.is_file():
            continue
        if is_picture(file.name):
            images += 1
        elif file.name != _README:
            rest.append(file.relative_to(path).as_posix())
    return images, sorted(rest)


def in_words(path: Path, used: list[Path]) -> str:
    """Return what a folder holds: "1 data file, 12 images; 2 files were not used: a, b"."""
    images, rest = others(path, used)
    said = f"{len(used):,} data file{'s' * (len(used) != 1)}"
    if images:
        said += f", {images:,} image{'s' * (images != 1)}"
    if not rest:
        return said
    was = "file was" if len(rest) == 1 else "files were"
    return f"{said}; {len(rest):,} {was} not used: {_some(rest)}"


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(name[:60] for name in names[:_NAMED]) + more


def _by_name(path: Path, files: list[Path]) -> dict[str, list[Path]]:
    """Return name → files; the shards of one file go together."""
    found: dict[str, list[Path]] = defaultdict(list)
    for file in files:
        found[_SHARD.sub("", file.relative_to(path).as_posix())].append(file)
    return dict(found)


def _data_files(path: Path, suffixes: tuple[str, ...]) -> list[Path]:
    """Return data files at the top, else in folders below; hidden ones and links are left alone."""
    top = sorted(file for file in path.iterdir() if _is_data(file, suffixes))
    if top:
        return top
    return sorted(file for file in _visible(path) if _is_data(file, suffixes))


def _visible(path: Path) -> Iterator[Path]:
    """Yield what lies in a folder and in those below; what is hidden or a link is left alone."""
    for seen, file in enumerate(path.rglob("*")):
        if seen > limits().members:
            what = f"The folder holds more than {limits().members:,} files"
            raise over_budget(what, path.name, "members", "name the data file that is meant")
        inner = file.relative_to(path)
        hidden = any(part.startswith((".", "__MACOSX")) for part in inner.parts)
        if not hidden and not _is_linked(path, inner):
            yield file


def _is_data(file: Path, suffixes: tuple[str, ...]) -> bool:
    return file.is_file() and file.name.lower().endswith(suffixes)


def _is_linked(folder: Path, inner: Path) -> bool:
    return any((folder / part).is_symlink() for part in (inner, *inner.parents))


def _named(path: Path, files: list[Path]) -> dict[str, list[Path]]:
    """Return split → files, by what files or the folders around them are called."""
    splits: dict[str, list[Path]] = defaultdict(list)
    for file in files:
        inner = file.relative_to(path)
        own = _NUMBER.sub("", _SHARD.sub("", file.name).split(".")[0])
        names = [own, *reversed(inner.parts[:-1])]
        found = next((name for name in names if is_split(name)), None)
        if found is None:
            return {}
        splits[found].append(file)
    for name, parts in splits.items():
        kinds = {_SHARD.sub("", file.name) for file in parts}
        if len(kinds) > 1 and len({file.suffix for file in parts}) > 1:
            raise BadFile(
                f"The split '{name}' is there in several kinds: {', '.join(sorted(kinds)[:10])}",
                which=path.name,
                todo="name the file that is meant",
            )
    return dict(splits)


def _listed(path: Path, files: list[Path]) -> dict[str, list[Path]]:
    """Return split → files, as the README's `configs` list them; empty = it lists none."""
    patterns = _patterns(_config(path))
    inner = {file.relative_to(path).as_posix(): file for file in files}
    listed = {
        split: [
            file
            for name, file in inner.items()
            if any(fnmatchcase(name, each.removeprefix("./")) for each in globs)
        ]
        for split, globs in patterns.items()
    }
    return {split: found for split, found in listed.items() if found}


def _config(path: Path) -> dict[str, Any]:
    configs = _configs(path / _README)
    names = [str(each.get("config_name", "default")) for each in configs]
    defaults = [
        each
        for each, name in zip(configs, names, strict=True)
        if each.get("default") is True or name == "default"
    ]
    if len(configs) > 1 and not defaults:
        raise BadSetting(
            f"The folder has several configurations: {', '.join(names[:20])}",
            which=path.name,
            todo="name the folder or file of one of them",
        )
    return (defaults or configs or [{}])[0]


def _configs(readme: Path) -> list[dict[str, Any]]:
    import yaml

    if not readme.is_file() or readme.is_symlink():
        return []
    with open_regular(readme) as file:
        header = _HEADER.match(file.read(_README_BYTES))
    try:
        about = yaml.safe_load(header[1]) if header else None
    except (yaml.YAMLError, ValueError, RecursionError):
        return []
    configs = about.get("configs") if isinstance(about, dict) else None
    return [each for each in configs if isinstance(each, dict)] if isinstance(configs, list) else []


def _patterns(config: dict[str, Any]) -> dict[str, list[str]]:
    """Return split → patterns; `data_files` may be one, a list, an object, or a list of objects."""
    given = config.get("data_files")
    if isinstance(given, dict):
        return {str(split): _texts(globs) for split, globs in given.items()}
    if isinstance(given, list) and all(isinstance(each, dict) for each in given):
        return {str(each.get("split", "train")): _texts(each.get("path")) for each in given}
    return {"train": _texts(given)} if given else {}


def _texts(value: Any) -> list[str]:
    return [
        each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)
    ]
