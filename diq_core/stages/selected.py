"""What fixed selections keep, read for comparing them; nothing is written."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from diq_core.artefact import Artefact
from diq_core.selection.comparing import Comparison, compare
from diq_core.selection.pool import Mask
from diq_core.selection.scores import Texts
from diq_core.stages.joining import SAMPLES, load_scores, load_table, take_by_id
from diq_core.stages.selection import SELECTION
from diq_core.study import Study


def compare_selections(study: Study, names: Sequence[str]) -> Comparison:
    """Compare fixed selections of a study, also of different datasets: by the ids of samples.

    Raises:
        NotFound: there is no such selection, or its dataset is gone.
        BadSetting: fewer than two different ones are named.
    """
    found = {name: study.find("selection", name) for name in dict.fromkeys(names)}
    return compare({name: kept_samples(study, one) for name, one in found.items()})


def kept_samples(study: Study, selection: Artefact) -> pa.Table:
    """Return what `selection` keeps, best first: id, source, subject, quadrant, length.

    Length is that of the score "length".

    Raises:
        NotFound: its dataset is gone.
    """
    dataset = study.resolve(selection, "dataset")
    table = load_table(selection, SELECTION, ["id", "kept", "rank", "quadrant"])
    kept = table.filter(table["kept"]).sort_by("rank").select(["id", "quadrant"])
    ids = kept["id"].combine_chunks()
    about = take_by_id(load_table(dataset, SAMPLES, ["id", "source", "subject"]), ids)
    scores = load_scores(dataset, None, None, only=())
    lengths = pa.table({"id": pa.array(scores.ids, pa.string()), "length": scores["length"]})
    for name, values in (
        ("source", about["source"]),
        ("subject", about["subject"]),
        ("length", take_by_id(lengths, ids)["length"]),
    ):
        kept = kept.append_column(name, values)
    return kept


def kept_of(selection: Artefact, ids: Texts) -> Mask:
    """Return bool[n]: which of `ids` the selection keeps; what it does not know it does not."""
    table = load_table(selection, SELECTION, ["id", "kept"])
    known = take_by_id(table, pa.array(ids, pa.string()))["kept"]
    mask: Mask = np.asarray(pc.fill_null(known, False).to_numpy(zero_copy_only=False), dtype=bool)
    return mask
