"""An artefact as one zip file, the same bytes every time."""

from __future__ import annotations

import io
import zipfile

from diq_core.artefact import MANIFEST, Artefact
from diq_core.inside import within

# The earliest time a zip can hold: when it was made is nobody's business and no part of it.
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The date of every file in an archive that is made here."""


def one_file(artefact: Artefact, name: str) -> bytes:
    """Return one file of an artefact, or its manifest, the very bytes that were written.

    Raises:
        BadFile: the file is gone, is a link, or was changed.
    """
    path = within(artefact.path, name) if name == MANIFEST else artefact.file(name)
    return path.read_bytes()


def zip_bytes(artefact: Artefact) -> bytes:
    """Return the files that the manifest names, and the manifest, in a folder of its name.

    Nothing else that may lie in the folder is taken, and no link is followed out of it.

    Raises:
        BadFile: a file is gone, is a link, or was changed.
    """
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in sorted((*artefact.manifest["files"], MANIFEST)):
            entry = zipfile.ZipInfo(f"{artefact.name}/{name}", EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            packed.writestr(entry, one_file(artefact, name))
    return whole.getvalue()
