"""An import that is compared with the images of benchmarks, and what it says of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from diq_core.artefact import Artefact
from diq_core.config import ImportSettings
from diq_core.data.table import load_samples
from diq_core.errors import SettingNeeded
from diq_core.jobs.progress import silent
from diq_core.stages import dataset as importing
from diq_core.stages.joining import PROBLEMS, SAMPLES, load_table
from diq_core.stages.shared_images import FACT, shared_lines
from diq_core.study import create_study
from tests.support import image_sources


def add(folder: Path, source: Path, benchmark: str, **how: bool) -> Artefact:
    study = create_study(folder)
    return importing.run(
        study, "main", ImportSettings(**how), silent(), source=str(source), validation=(),
        benchmark=(benchmark,),
    )  # fmt: skip


def test_the_test_questions_of_vqa_rad_show_images_of_its_training_questions(
    tmp_path: Path,
) -> None:
    source = image_sources.vqa_rad_osf(tmp_path / "set")
    dataset = add(tmp_path / "study", source, str(source))
    group = "benchmark questions (VQA_RAD Dataset Public.json)"
    # Both parts show synpic1; the test questions alone show synpic3.
    shared = {"images": 2, "exact": 1, "near": 0, "samples": 1}
    assert dataset.manifest["facts"][FACT] == {group: shared}
    problems = load_table(dataset, PROBLEMS).to_pylist()
    assert [(each["rule"], each["id"], each["message"]) for each in problems
            if each["rule"].startswith("image-overlap")] == [
        ("image-overlap-exact", "0", f"An image is in {group}: 3")
    ]  # fmt: skip
    assert dataset.manifest["counts"]["included"] == 3
    assert shared_lines(dataset) == [
        f"Images in {group}: 2; of these the dataset shows 1 pixel for pixel and 0 nearly so; each "
        "sample that shows one (1) is in use, unless another reason leaves it out."
    ]


def test_such_samples_are_left_out_where_that_is_asked_for(tmp_path: Path) -> None:
    source = image_sources.vqa_rad_osf(tmp_path / "set")
    dataset = add(tmp_path / "study", source, str(source), leave_out_shared_images=True)
    included = load_samples(load_table(dataset, SAMPLES), excluded=False)
    assert [each.id for each in included] == ["1", "2"]
    reason = "an image is in validation or benchmark questions"
    assert dataset.manifest["counts"]["excluded"] == {reason: 1}
    assert shared_lines(dataset)[0].endswith("each sample that shows one (1) is left out.")


def test_a_part_of_a_benchmark_is_named_and_no_folder_of_this_machine(tmp_path: Path) -> None:
    source = image_sources.vqa_rad_osf(tmp_path / "set")
    image_sources.slake(tmp_path / "SLAKE")
    dataset = add(tmp_path / "study", source, f"{tmp_path / 'SLAKE'}@validate")
    assert dataset.manifest["inputs"]["benchmark-0"]["path"] == "SLAKE@validate"
    group = "benchmark questions (SLAKE@validate)"
    assert dataset.manifest["facts"][FACT][group]["images"] == 1


def test_a_benchmark_of_several_parts_without_one_for_testing_is_asked_about(
    tmp_path: Path,
) -> None:
    source = image_sources.vqa_rad_osf(tmp_path / "set")
    image_sources.slake(tmp_path / "SLAKE")
    (tmp_path / "SLAKE" / "test.json").unlink()
    with pytest.raises(SettingNeeded, match="not one is called test"):
        add(tmp_path / "study", source, str(tmp_path / "SLAKE"))
