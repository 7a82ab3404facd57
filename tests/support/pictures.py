"""Small pictures made of a number: the same number, the same pixels."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image


def drawn(seed: int, size: tuple[int, int] = (48, 40)) -> Image.Image:
    """Return a picture of a few blobs that no other number gives."""
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, (6, 6, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)


def picture(seed: int, format: str = "PNG", size: tuple[int, int] = (48, 40)) -> bytes:
    """Return the file of such a picture."""
    file = io.BytesIO()
    drawn(seed, size).save(file, format)
    return file.getvalue()
