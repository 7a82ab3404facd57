"""A disk that is really full: what was acknowledged is there, and the rest goes on afterwards."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from diq_core.demo import DEMO
from diq_core.errors import OutOfSpace, UserError
from diq_core.packing.pack import pack
from diq_core.packing.unpack import unpack
from diq_core.review.form.form import load_form
from diq_core.review.store import reading
from diq_core.review.store.changes import open_store
from diq_core.review.store.checking import check_store
from diq_core.review.store.roles import Actor
from diq_core.study import create_study, open_study
from tests.support.reviews import ADA, ANN, rate
from tests.support.small_disk import leave

pytestmark = pytest.mark.slow


def test_a_review_that_was_acknowledged_is_there_and_the_next_goes_on(small_disk: Path) -> None:
    store, form = open_store(create_study(small_disk / "s")), load_form()
    rate(store, form, ANN, "s0")
    leave(small_disk, 64 * 1024)
    acknowledged = ["s0"]
    with pytest.raises(UserError, match="nothing was saved") as full:
        for number in range(1, 2000):
            rate(store, form, ANN, f"s{number}")
            acknowledged.append(f"s{number}")
    assert isinstance(full.value, OutOfSpace)
    (small_disk / "ballast").unlink()
    assert check_store(store) == []
    late = f"s{len(acknowledged)}"
    rate(store, form, ANN, late)
    stored = {one.sample for one in reading.judgements(store, ADA, "verdict")}
    assert stored == {*acknowledged, late}
    store.close()


def test_a_pack_is_whole_or_not_there(small_disk: Path, tmp_path: Path) -> None:
    study = open_study(Path(shutil.copytree(DEMO, tmp_path / "study")))
    pack(study, tmp_path / "whole.tar")
    leave(small_disk, 128 * 1024)
    with pytest.raises(OutOfSpace, match="The disk is full"):
        pack(study, small_disk / "p.tar")
    with pytest.raises(OutOfSpace, match="needs .* bytes"):
        unpack(tmp_path / "whole.tar", small_disk / "opened", Actor("a", "admin"))
    assert os.listdir(small_disk) == ["ballast"]
    (small_disk / "ballast").unlink()
    pack(study, small_disk / "p.tar")
    assert (small_disk / "p.tar").read_bytes() == (tmp_path / "whole.tar").read_bytes()
