"""Folders of data files: shards of one file, or splits as the hub lays them out."""

from __future__ import annotations

import re
from collections import defaultdict
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from diq_core.data.readers.splits import choose, is_split
from diq_core.errors import BadFile, BadSetting
from diq_core.files import open_regular

_SHARD = re.compile(r"-\d+-of-\d+")
_NUMBER = re.compile(r"[-_]\d+$")
_HEADER = re.compile(rb"---\s*?\n(.*?)\n---", re.DOTALL)
_MOST_FILES = 10_000
_README_BYTES = 1 << 20


def data_files(path: Path, suffixes: tuple[str, ...], split: str) -> tuple[list[Path], list[str]]:
    """Return the files of a folder that are read, and the names of its splits; often none.

    A split is what the folder's README lists under `configs`, else what files or folders are
    called: ``train.jsonl``, ``data/train-00000-of-00002.parquet``, ``train/0.csv``.

    Args:
        suffixes: how the names of data files end.
        split: the one to read; empty = that for training, or the only one.

    Raises:
        BadFile: there is no data file, or several without a split.
        BadSetting: a configuration or split must be chosen, or does not exist.
    """
    there = _data_files(path, suffixes)
    splits = _listed(path, there) or _named(path, there)
    if splits:
        return splits[choose(splits, split, path.name)], sorted(splits)
    if split:
        choose((), split, path.name)
    if not there:
        raise BadFile(
            "The folder holds no data file",
            which=str(path),
            todo=f"give a folder with a file of one of these kinds: {', '.join(suffixes)}",
        )
    if len({_SHARD.sub("", str(file)) for file in there}) > 1:
        names = ", ".join(file.relative_to(path).as_posix() for file in there[:10])
        raise BadFile(
            f"The folder holds several data files: {names}",
            which=str(path),
            todo="name one of them; images are looked for in its folder",
        )
    return there, []


def _data_files(path: Path, suffixes: tuple[str, ...]) -> list[Path]:
    """Return data files at the top, else in folders below; hidden ones and links are left alone."""
    top = sorted(file for file in path.iterdir() if _is_data(file, suffixes))
    if top:
        return top
    found = []
    for seen, file in enumerate(path.rglob("*")):
        if seen > _MOST_FILES:
            raise BadFile(
                f"The folder holds more than {_MOST_FILES:,} files",
                which=str(path),
                todo="name the data file that is meant",
            )
        inner = file.relative_to(path)
        hidden = any(part.startswith((".", "__MACOSX")) for part in inner.parts)
        if not hidden and not _is_linked(path, inner) and _is_data(file, suffixes):
            found.append(file)
    return sorted(found)


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
                which=str(path),
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
    configs = _configs(path / "README.md")
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
