"""DICOM files for tests: made here, and those that pydicom ships."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

FILES = Path(pydicom.__file__).parent / "data" / "test_files"
CANARY = "Mustermann^Erika"


def made(
    values: np.ndarray | None = None, syntax: Any = ExplicitVRLittleEndian, **more: Any
) -> bytes:
    """Return a DICOM file of grey values; `more` are fields, None = without this one."""
    values = np.array([[0, 100], [200, 1000]], np.uint16) if values is None else values
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    dataset.SOPInstanceUID = "1.2.3"
    fields = {
        "Rows": values.shape[0], "Columns": values.shape[1], "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2", "BitsAllocated": values.dtype.itemsize * 8,
        "BitsStored": values.dtype.itemsize * 8, "HighBit": values.dtype.itemsize * 8 - 1,
        "PixelRepresentation": int(values.dtype.kind == "i"), "Modality": "CT",
        "PixelData": values.tobytes(),
    } | more  # fmt: skip
    for name, value in fields.items():
        if value is not None:
            setattr(dataset, name, value)
    file = io.BytesIO()
    pydicom.dcmwrite(file, dataset, enforce_file_format=True)
    return file.getvalue()
