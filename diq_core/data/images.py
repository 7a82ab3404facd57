"""Images of a dataset: only from its own folder, only real images, named by their content.

Of a DICOM file a picture is made (`dicom`); every other image is kept as it is.
"""

from __future__ import annotations

import hashlib
import os
import re
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from diq_core.data.dicom import DicomReader, Kept, is_dicom
from diq_core.data.embedded import NotDecodable, decoded, is_embedded, is_media, reference_in
from diq_core.data.image_tree import MOST_FILES, ImageTree
from diq_core.data.metadata import kinds_of
from diq_core.data.redrawing import Unreadable, opened
from diq_core.digests import file_digest
from diq_core.errors import BadFile
from diq_core.files import atomic, open_regular

MAX_BYTES = 50 * 1024 * 1024
SUFFIXES = {
    "JPEG": ".jpg", "MPO": ".jpg", "PNG": ".png", "GIF": ".gif", "WEBP": ".webp", "BMP": ".bmp",
    "TIFF": ".tif",
}  # fmt: skip
_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:")


class ImageProblem(ValueError):
    """An image cannot be taken over.

    Args:
        rule: "image-missing", "image-refused", "image-unreadable" or "video-or-sound".
        message: what is wrong, without its full stop.
        hint: what to do about it.
    """

    def __init__(self, rule: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.rule = rule
        self.hint = hint


class ImageStore:
    """Checks images and copies them, byte for byte, under the name of their content.

    Of a DICOM file the picture is copied, and nothing else.

    Args:
        root: the folder that paths are relative to; None = only embedded images.
        target: the folder to copy to; None = check and name them only.
        beside: a folder in `root` that is looked in first.
    """

    def __init__(
        self, root: Path | None, target: Path | None = None, *, beside: Path | None = None
    ) -> None:
        self._root = root.resolve() if root else None
        self._beside = beside.resolve() if beside else None
        self._target = target
        self._tree = ImageTree(self._root) if self._root else None
        self._by_name: dict[Path, str] = {}
        self._names: dict[Path, str] = {}
        self._kinds: dict[str, tuple[str, ...]] = {}
        self._dicom = DicomReader()
        self._headers: dict[str, Kept] = {}

    def add(self, reference: Any) -> str:
        """Return the name of an image inside the dataset's ``images`` folder.

        Args:
            reference: a path relative to `root`, raw bytes, a ``data:`` text, base64, or an object
                of one of them; see `embedded.reference_in`.

        Raises:
            ImageProblem: it is missing, outside the folder, a URL, a film or a sound, or damaged.
        """
        reference = reference_in(reference)
        if is_media(reference):
            raise _media(reference)
        if isinstance(reference, bytes):
            return self._keep(reference, "the embedded image")
        if not isinstance(reference, str) or not reference.strip():
            raise ImageProblem(
                "image-missing", "The image is not named", "give the path of its file"
            )
        if is_embedded(reference):
            return self._keep(_embedded(reference), "the embedded image")
        path = self._inside(reference.strip())
        if path not in self._names:
            self._names[path] = self._keep(
                _read(path, reference), f"'{_short(reference)}'", path.name
            )
        return self._names[path]

    def metadata(self, name: str) -> tuple[str, ...]:
        """Return the kinds of metadata in an image that was added, by the name it was given."""
        return self._kinds[name]

    def header(self, name: str) -> Kept | None:
        """Return what was kept of the header of an image that was DICOM; None = it was not."""
        return self._headers.get(name)

    @property
    def found_by_name(self) -> tuple[str, ...]:
        """References that no folder fits, and whose file was found by its name alone."""
        return tuple(self._by_name.values())

    @property
    def found_below(self) -> dict[str, int]:
        """Folder that no row names → how many images were found in it, by the rest of the path."""
        return self._tree.used if self._tree else {}

    def _inside(self, reference: str) -> Path:
        shown = _short(reference)
        relative = PurePosixPath(reference.replace("\\", "/"))
        if reference.startswith(("\\\\", "//")):
            raise _refused(f"'{shown}' is a network path")
        if _SCHEME.match(reference):
            raise _refused(f"'{shown}' is a URL or a drive; nothing is fetched")
        if relative.is_absolute() or reference.startswith("~"):
            raise _refused(f"'{shown}' is an absolute path")
        if ".." in relative.parts or "\0" in reference:
            raise _refused(f"'{shown}' leaves the dataset's folder")
        if self._root is None:
            raise _missing(shown)
        path = _at(self._beside, relative) or _at(self._root, relative)
        path = path or self._loose(relative) or self._below(relative)
        if path is None:
            raise _missing(shown, looked_all=not (self._tree and self._tree.cut))
        if not path.is_relative_to(self._root):
            raise _refused(f"'{shown}' is a link that leaves the dataset's folder")
        if not path.is_file():
            raise _missing(shown)
        return path

    def _loose(self, relative: PurePosixPath) -> Path | None:
        """Return the file of that name in a folder without folders, as a browser sends files.

        Raises:
            ImageProblem: another reference means this file, too.
        """
        assert self._root is not None
        if len(relative.parts) < 2 or (self._root / relative.parts[0]).exists() or self._is_tree:
            return None
        path = _at(self._root, PurePosixPath(relative.name))
        other = self._by_name.setdefault(path, str(relative)) if path else ""
        if other not in ("", str(relative)):
            raise ImageProblem(
                "image-missing",
                f"'{_short(str(relative))}' and '{_short(other)}' may not both be "
                f"'{relative.name}'",
                "give the images in their folders, as a ZIP or as a folder",
            )
        return path

    def _below(self, relative: PurePosixPath) -> Path | None:
        """Return the one file below the folder whose path ends so.

        Raises:
            ImageProblem: several files of different content do.
        """
        assert self._tree is not None
        found = self._tree.find(relative)
        if len(found) > 1 and len({_digest(each) for each in found}) > 1:
            named = " or ".join(each.parent.name for each in found[:3])
            raise ImageProblem(
                "image-missing",
                f"'{_short(str(relative))}' lies in several folders ({named}), with other content",
                "name the image by its path in the dataset's folder",
            )
        if not found:
            return None
        self._tree.use(found[0], relative)
        return found[0]

    @cached_property
    def _is_tree(self) -> bool:
        return self._root is not None and any(each.is_dir() for each in self._root.iterdir())

    def _keep(self, data: bytes, shown: str, file: str = "") -> str:
        if len(data) > MAX_BYTES:
            raise _unreadable(
                f"{shown} is larger than {MAX_BYTES // 1048576} MB", "make it smaller"
            )
        if is_dicom(data, file):
            return self._keep_picture(data, shown)
        suffix, kinds = _looked_at(data, shown)
        return self._write(data, suffix, kinds)

    def _keep_picture(self, data: bytes, shown: str) -> str:
        try:
            taken = self._dicom.picture(data)
        except Unreadable as error:
            raise _unreadable(f"{shown} {error}", error.hint) from None
        name = self._write(taken.png, ".png", ())
        self._headers[name] = Kept(taken.header, taken.dropped)
        return name

    def _write(self, data: bytes, suffix: str, kinds: tuple[str, ...]) -> str:
        name = hashlib.sha256(data).hexdigest()[:32] + suffix
        self._kinds[name] = kinds
        if self._target is not None and not (self._target / name).exists():
            self._target.mkdir(parents=True, exist_ok=True)
            with atomic(self._target / name) as partial:
                partial.write_bytes(data)
        return name


def _at(folder: Path | None, relative: PurePosixPath) -> Path | None:
    """Return what lies there, links followed; None = nothing."""
    try:
        return (folder / relative).resolve(strict=True) if folder else None
    except (OSError, RuntimeError, ValueError):
        return None


def _read(path: Path, reference: str) -> bytes:
    try:
        with open_regular(path) as file:
            # As much as it holds: a buffer of the whole budget for each image would be slow.
            data = file.read(min(os.fstat(file.fileno()).st_size, MAX_BYTES) + 1)
    except (OSError, BadFile):
        raise _missing(_short(reference)) from None
    if len(data) > MAX_BYTES:
        raise _unreadable(
            f"'{_short(reference)}' is larger than {MAX_BYTES // 1048576} MB", "make it smaller"
        )
    return data


def _digest(path: Path) -> str:
    return file_digest(path) if path.is_file() else ""


def _embedded(text: str) -> bytes:
    try:
        return decoded(text, MAX_BYTES)
    except NotDecodable as error:
        hint = "give the path of the image's file"
        raise _unreadable(f"the embedded image {error}", hint) from None


def _looked_at(data: bytes, shown: str) -> tuple[str, tuple[str, ...]]:
    """Return an image's file suffix and what it holds besides its picture.

    It is decoded, so that a damaged one is noticed.
    """
    try:
        with opened(data) as image:
            suffix, kinds = SUFFIXES[image.format or ""], kinds_of(data, image)
            image.draft("RGB", (64, 64))
            image.load()
    except Unreadable as error:
        raise _unreadable(f"{shown} {error}", error.hint) from None
    return suffix, kinds


def _short(reference: str) -> str:
    return reference if len(reference) <= 120 else reference[:117] + "…"


def _missing(shown: str, *, looked_all: bool = True) -> ImageProblem:
    where = "" if looked_all else f" among its first {MOST_FILES:,} files"
    return ImageProblem(
        "image-missing",
        f"There is no image '{shown}' in the dataset's folder{where}",
        "put the image files beside the data file, at the paths it names, or give the folder that "
        "holds both: FOLDER@FILE",
    )


def _refused(message: str) -> ImageProblem:
    return ImageProblem(
        "image-refused",
        message,
        "copy the image into the dataset's folder and name it by a relative path",
    )


def _media(reference: str) -> ImageProblem:
    return ImageProblem(
        "video-or-sound",
        f"'{_short(reference)}' is a video or a sound, which cannot be used",
        "give single pictures, or leave the row out of the file",
    )


def _unreadable(message: str, hint: str) -> ImageProblem:
    return ImageProblem("image-unreadable", message, hint)
