"""Safetensors files by their headers: what weights there are, before a byte of them is read.

Source: the format of https://github.com/huggingface/safetensors: eight bytes with the length of
the header, a JSON object with dtype, shape and place of every tensor, then the numbers.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import Any

from diq_core.inside import is_plain
from diq_core.models.reading import MB, model_file, read_config, unusable

WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
HEADER_BYTES = 16 * MB
"""The headers of the largest models have well under 1 MB a file."""
_DIMENSIONS = 16
_BITS = {
    "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8,
    "F8_E4M3": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "U16": 16, "I16": 16,
    "F16": 16, "BF16": 16, "U32": 32, "I32": 32, "F32": 32, "U64": 64, "I64": 64, "F64": 64,
    "C64": 64,
}  # fmt: skip

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the numbers of a tensor lie: bytes from the end of the header."""

    begin: int
    end: int


def weight_shapes(folder: Path) -> dict[str, Shape]:
    """Return name → shape of every weight of the model in `folder`.

    Raises:
        BadSetting: a file is damaged, or the index names what is not there.
    """
    if (folder / WEIGHTS).exists() or not (folder / INDEX).exists():
        return header_shapes(folder, WEIGHTS)
    shapes: dict[str, Shape] = {}
    stated = _indexed(folder)
    for name in sorted(set(stated.values())):
        shapes |= header_shapes(folder, name)
    absent = next((name for name in stated if name not in shapes), None)
    if absent is not None:
        raise unusable(f"its index names a weight that no file holds: {absent[:100]!a}", folder)
    return shapes


def header_shapes(folder: Path, name: str) -> dict[str, Shape]:
    """Return name → shape of every tensor in one file, read from its header only.

    Raises:
        BadSetting: the header is damaged, or does not fit the file.
    """
    file = folder / name
    if not file.exists() and not file.is_symlink():
        raise unusable(f"it has no {name}", folder)
    size = model_file(folder, file).st_size
    header, data = _header(file, size)
    header.pop("__metadata__", None)
    if not header:
        raise unusable("its weights are damaged: the file holds none", file)
    found = {key: _tensor(file, key, value) for key, value in header.items()}
    _check_places(file, [place for _, place in found.values()], data)
    return {key: shape for key, (shape, _) in found.items()}


def numbers_in(shapes: Mapping[str, Shape]) -> int:
    """Return how many numbers tensors of these shapes hold."""
    return sum(map(prod, shapes.values()))


def _indexed(folder: Path) -> dict[str, str]:
    """Return weight → file as the index states it."""
    stated = read_config(folder, INDEX, most=HEADER_BYTES).get("weight_map")
    which = folder / INDEX
    if not isinstance(stated, dict) or not stated:
        raise unusable("its index names no weights", which)
    for name in stated.values():
        sound = isinstance(name, str) and is_plain(name) and "/" not in name
        if not sound or not name.endswith(".safetensors"):
            raise unusable(f"its index names a file that is not its own: {name!a:.100}", which)
    return stated


def _header(file: Path, size: int) -> tuple[dict[str, Any], int]:
    """Return the header, and how many bytes of numbers follow it."""
    with file.open("rb") as handle:
        start = handle.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        if not 2 <= length <= min(HEADER_BYTES, size - 8):
            raise unusable("its weights are damaged: this is no safetensors file", file)
        text = handle.read(length)
    try:
        header = json.loads(text)
    except (ValueError, RecursionError):
        header = None
    if not isinstance(header, dict):
        raise unusable("its weights are damaged: their header is no JSON object", file)
    return header, size - 8 - length


def _tensor(file: Path, name: str, about: Any) -> tuple[Shape, _Place]:
    entry = about if isinstance(about, dict) else {}
    shape, place = _counts(entry.get("shape")), _counts(entry.get("data_offsets"))
    bits = _BITS.get(str(entry.get("dtype")))
    if shape is None or place is None or len(place) != 2 or bits is None:
        raise unusable(f"its weights are damaged: {name[:100]!a} has no sound entry", file)
    begin, end = place
    if prod(shape) * bits != (end - begin) * 8:
        raise unusable(
            f"its weights are damaged: {name[:100]!a} states a shape that its bytes do not have",
            file,
        )
    return shape, _Place(begin, end)


def _counts(values: Any) -> tuple[int, ...] | None:
    """Return a short list of whole numbers from 0; None = it is something else."""
    if not isinstance(values, list) or len(values) > _DIMENSIONS:
        return None
    sound = all(type(value) is int and 0 <= value < 2**63 for value in values)
    return tuple(values) if sound else None


def _check_places(file: Path, places: list[_Place], data: int) -> None:
    """Refuse tensors that overlap, leave gaps, or lie beyond the end of the file."""
    ordered = sorted(places, key=lambda place: (place.begin, place.end))
    ends = [_Place(0, 0), *ordered, _Place(data, data)]
    if any(before.end != after.begin for before, after in pairwise(ends)):
        raise unusable("its weights are damaged: the tensors do not fill the file", file)
