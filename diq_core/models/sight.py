"""The images of a prompt, as a model reads them: how many tokens they take, and their numbers.

A picture is decoded as a person would see it: upright, in colour, 16-bit grey spread from its
darkest to its brightest value. The numbers of a dataset's images would not fit into memory; so a
prompt keeps what makes them, and they are made when a batch needs them.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isqrt, sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from diq_core.data.redrawing import Unreadable, as_seen
from diq_core.errors import BadSetting, UserError
from diq_core.models.marks import Marks
from diq_core.models.reading import first_line

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

Arrays = Mapping[str, "NDArray[Any]"]
_KEPT_BYTES = 256 * 1024 * 1024
_COLOURS = 3


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of an image is shown at most; None = as much as the model's own processor takes.

    Attributes:
        max_pixels: a larger image is made smaller first, its sides in proportion.
        max_tiles: tiles that it is cut into, the overview of all of it not counted.
    """

    max_pixels: int | None = None
    max_tiles: int | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Seen:
    """The images of one prompt.

    Attributes:
        keys: for each image SHA-256 of its pixels and of what prepares them.
        ids: int32, the tokens of the prompt, those of the images among them.
        types: name → int32, shape (tokens,): what kind each token is, as the model asks for it.
        image_tokens: how many of them stand for images.
        pixels: that the model's tower gets.
    """

    keys: tuple[str, ...]
    ids: NDArray[np.int32]
    types: Arrays
    image_tokens: int
    pixels: int
    _sight: Sight
    _names: tuple[str, ...]
    _prompt: str
    _alone: str

    def arrays(self) -> Arrays:
        """Return the numbers of the images, by the names under which the model takes them.

        Raises:
            BadSetting: an image is gone, or was changed.
        """
        return self._sight.arrays(self.keys, self._prompt, self._names)

    def alone(self) -> Seen | None:
        """Return the same images with no text beside them; None = they cannot be shown so."""
        found = self._sight.look(self._alone, self._names) if self._alone else ""
        return None if isinstance(found, str) else found[1]


class Sight:
    """What a model reads of images: its processor, and where their files lie.

    Args:
        processor: of a model that reads images, see `load.CausalModel`.
        find: name of an image in a sample → its file; may raise `UserError`.
        limits: see `Limits`.

    Raises:
        BadSetting: tiles are limited, and this model cuts no image into tiles.
    """

    def __init__(
        self, processor: Any, find: Callable[[str], Path], limits: Limits | None = None
    ) -> None:
        self.limits = limits or Limits()
        self._find = find
        self._tokenizer = _Encoding(processor.tokenizer)
        self._processor = copy.copy(processor)
        self._processor.image_processor = _in_tiles(processor.image_processor, self.limits)
        self._processor.tokenizer = self._tokenizer
        self._settings = _settings(processor, self._processor.image_processor)
        self._kept: OrderedDict[tuple[str, ...], Arrays] = OrderedDict()

    def look(self, prompt: str, names: Sequence[str], alone: str = "") -> tuple[str, Seen] | str:
        """Return the prompt with its images spelled out and what they are, or why that cannot be.

        Args:
            prompt: as the chat template wrote it, with one mark for each image.
            names: of the images, in the order of the marks.
            alone: what the template writes of the images without text; empty = it does not.
        """
        try:
            pictures = [self._picture(name) for name in names]
        except (UserError, Unreadable, OSError) as error:
            return f"an image of it cannot be shown: {first_line(error)}"
        try:
            made = dict(self._processor(text=[prompt], images=pictures, return_tensors="np"))
        except ValueError as error:
            return f"its images do not fit what the model can be shown: {first_line(error)}"
        ids = np.asarray(made.pop("input_ids")[0], dtype=np.int32)
        made.pop("attention_mask", None)
        types = {
            name: np.asarray(made.pop(name)[0], dtype=np.int32)
            for name in sorted(made)
            if name.endswith("token_type_ids")
        }
        arrays = {name: np.asarray(value) for name, value in sorted(made.items())}
        keys = tuple(self._key(picture) for picture in pictures)
        self._keep(keys, arrays)
        shown = int(np.isin(ids, self._processor.image_token_ids).sum())
        return self._tokenizer.text, Seen(
            keys, ids, types, shown, _pixels(arrays), self, tuple(names), prompt, alone
        )

    def arrays(self, keys: tuple[str, ...], prompt: str, names: Sequence[str]) -> Arrays:
        """Return the numbers of images that were looked at before.

        Raises:
            BadSetting: an image is gone, or was changed.
        """
        if keys not in self._kept:
            found = self.look(prompt, names)
            if isinstance(found, str) or found[1].keys != keys:
                raise BadSetting(
                    "An image is another one now than when its sample was read",
                    which=", ".join(names),
                    todo="put the file back, and begin again",
                )
        self._kept.move_to_end(keys)
        return self._kept[keys]

    def _picture(self, name: str) -> Image.Image:
        return _smaller(as_seen(self._find(name).read_bytes()), self.limits.max_pixels)

    def _key(self, picture: Image.Image) -> str:
        total = hashlib.sha256(f"{self._settings}\0{picture.size}\0".encode())
        total.update(picture.tobytes())
        return total.hexdigest()

    def _keep(self, keys: tuple[str, ...], arrays: Arrays) -> None:
        """Keep the latest numbers, as many as fit: questions about one image lie together."""
        self._kept[keys] = arrays
        self._kept.move_to_end(keys)
        while len(self._kept) > 1 and sum(map(_bytes, self._kept.values())) > _KEPT_BYTES:
            self._kept.popitem(last=False)


class _Encoding:
    """Stands in a processor for its tokenizer, so that marks inside texts stay plain signs.

    Attributes:
        text: the one that was encoded last, its images spelled out.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._marks = Marks(tokenizer)
        self.text = ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tokenizer, name)

    def __call__(self, text: Sequence[str], **_: Any) -> Any:
        from transformers import BatchEncoding

        (self.text,) = text
        (ids,) = self._marks.encode(text)
        if ids is None:
            raise ValueError("its text would become control tokens of this model")
        return BatchEncoding({"input_ids": [ids]})


def stacked(parts: Sequence[Arrays]) -> dict[str, NDArray[Any]]:
    """Return the numbers of several prompts as those of one batch, in their order.

    What is smaller along an axis, such as an image with fewer tiles, is filled up with zeros, which
    the models pass over.
    """
    found: dict[str, NDArray[Any]] = {}
    for name in parts[0] if parts else ():
        each = [part[name] for part in parts]
        shape = np.max([array.shape[1:] for array in each], axis=0).astype(int)
        found[name] = np.concatenate([_filled(array, shape.tolist()) for array in each])
    return found


def _filled(array: NDArray[Any], shape: Sequence[int]) -> NDArray[Any]:
    missing = [(0, want - have) for want, have in zip(shape, array.shape[1:], strict=True)]
    return np.pad(array, [(0, 0), *missing]) if any(more for _, more in missing) else array


def _smaller(picture: Image.Image, most: int | None) -> Image.Image:
    width, height = picture.size
    if most is None or width * height <= most:
        return picture
    scale = sqrt(most / (width * height))
    return picture.resize((max(1, int(width * scale)), max(1, int(height * scale))))


def _in_tiles(image_processor: Any, limits: Limits) -> Any:
    """Return a processor of images that cuts each into at most so many tiles."""
    most = limits.max_tiles
    if most is None:
        return image_processor
    found = copy.copy(image_processor)
    if hasattr(found, "max_patches"):
        found.max_patches = min(int(found.max_patches), most)
        found.min_patches = min(int(found.min_patches), most)
    elif hasattr(found, "do_image_splitting"):
        side = int(found.max_image_size["longest_edge"])
        found.do_image_splitting = found.do_image_splitting and most > 1
        longest = min(int(found.size["longest_edge"]), side * isqrt(most))
        found.size = type(found.size)(longest_edge=longest)
    else:
        raise BadSetting(
            "This model does not cut images into tiles, so their number cannot be limited",
            which=f"max_tiles {most}",
            todo="leave it out; max_pixels makes images smaller",
        )
    return found


def _settings(processor: Any, image_processor: Any) -> str:
    """Return everything that says how pixels become numbers, as one text."""
    said = {
        "kind": type(image_processor).__name__,
        **image_processor.to_dict(),
        "processor": getattr(processor, "images_kwargs", {}),
    }
    return json.dumps(said, sort_keys=True, default=str)


def _pixels(arrays: Arrays) -> int:
    return sum(a.size for name, a in arrays.items() if name == "pixel_values") // _COLOURS


def _bytes(arrays: Arrays) -> int:
    return sum(array.nbytes for array in arrays.values())
