"""An artefact as one zip file, the same bytes every time."""

from __future__ import annotations

import io
import zipfile

from diq_core.artefact import MANIFEST, Artefact

# The earliest time a zip can hold: when it was made is nobody's business and no part of it.
_EPOCH = (1980, 1, 1, 0, 0, 0)


def zip_bytes(artefact: Artefact) -> bytes:
    """Return the files that the manifest names, and the manifest, in a folder of its name.

    Nothing else that may lie in the folder is taken, and no link is followed out of it.
    """
    root = artefact.path.resolve()
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in sorted((*artefact.manifest["files"], MANIFEST)):
            path = (root / name).resolve()
            if not path.is_relative_to(root) or not path.is_file():
                continue
            entry = zipfile.ZipInfo(f"{artefact.name}/{name}", _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            packed.writestr(entry, path.read_bytes())
    return whole.getvalue()
