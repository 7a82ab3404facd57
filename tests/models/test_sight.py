"""What a model reads of images: prompts, pixels, limits, and what makes a sample unscored."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from diq_core.data.sample import Sample, Turn
from diq_core.errors import BadSetting
from diq_core.models import processor as processors
from diq_core.models.batching import BATCH_PIXELS, batches_of, collate
from diq_core.models.files import find_causal
from diq_core.models.load import CausalModel, load_causal
from diq_core.models.processor import load_processor
from diq_core.models.sight import Limits, Sight
from diq_core.models.tokens import Tokens, tokenise, tokens_digest
from diq_core.models.vision import decoder_name, language_parameters
from tests.support.eyes import FAMILIES, Family, family_named, write_image
from tests.support.eyes_fixtures import Seeing, pictured

SAMPLE = Sample("a", "Is it broken?", answer="No", images=("p0.png",))


def one(model: CausalModel, sample: Sample, sight: Sight, max_tokens: int = 900) -> Tokens:
    found = tokenise([sample], model.tokenizer, max_tokens=max_tokens, sight=sight)
    assert found.unscored == ()
    return found.tokens[0]


def reason(model: CausalModel, sample: Sample, sight: Sight, max_tokens: int = 900) -> str:
    found = tokenise([sample], model.tokenizer, max_tokens=max_tokens, sight=sight)
    assert found.tokens == ()
    return found.unscored[0].reason


@pytest.fixture(scope="module")
def llava(seeing_folder: Callable[[Family], Path]) -> CausalModel:
    return load_causal(str(seeing_folder(family_named("llava"))))


@pytest.fixture(scope="module")
def smolvlm(seeing_folder: Callable[[Family], Path]) -> CausalModel:
    return load_causal(str(seeing_folder(family_named("smolvlm"))))


def test_each_family_is_loaded_with_pillow_and_its_language_model_is_told_from_its_eye(
    seeing: Seeing,
) -> None:
    model, tokens, _ = seeing
    assert model.reads_images
    assert type(model.processor.image_processor).__name__.endswith("Pil")
    assert decoder_name(model.model) in ("model.language_model", "model.text_model")
    scored = language_parameters(model.model)
    rest = {name for name, _ in model.model.named_parameters()} - set(scored)
    assert rest
    assert not any("visual" in name or "vision" in name for name in scored)
    assert {name.split(".")[1] for name in rest}.isdisjoint({"language_model", "text_model"})
    shown = [each.seen.image_tokens if each.seen else 0 for each in tokens]
    assert shown[3] == 0  # one sample in seven shows nothing
    assert shown[1] > shown[2] > 0  # one in five shows two pictures


def test_a_processor_of_films_too_is_loaded_without_its_films(
    seeing_folder: Callable[[Family], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """AutoProcessor is asked first; what it cannot load for want of torchvision is put together."""
    from transformers import AutoTokenizer

    asked: list[str] = []
    put_together = processors._without_films

    def without_films(folder: Path, tokenizer: Any) -> Any:
        asked.append(folder.name)
        return put_together(folder, tokenizer)

    monkeypatch.setattr(processors, "_without_films", without_films)
    for family in FAMILIES:
        folder = seeing_folder(family)
        tokenizer = AutoTokenizer.from_pretrained(folder)
        found = load_processor(folder, tokenizer)
        assert found.tokenizer is tokenizer
        assert type(found.image_processor).__name__.endswith("Pil")
    assert asked == ["qwen2.5-vl", "qwen3-vl", "smolvlm", "internvl"]


def test_prompts_show_images_in_their_turns_and_responses_are_as_ever(
    llava: CausalModel, pictures: Path
) -> None:
    sight = Sight(llava.processor, pictures.joinpath)
    earlier = replace(
        SAMPLE, history=(Turn("user", "And this?"), Turn("assistant", "Fine.")),
        images=("p1.png", "p0.png"), image_places=(0, 2),
    )  # fmt: skip
    found = one(llava, earlier, sight)
    text = llava.tokenizer.decode(found.ids).replace("<image>", "#").replace("####", "@")
    assert text.startswith("<|im_start|>user\n@And this?<|im_end|>\n")
    assert "user\n@Is it broken?" in text
    plain = tokenise([SAMPLE], llava.tokenizer, max_tokens=900).tokens[0]
    assert found.ids[found.start :].tolist() == plain.ids[plain.start :].tolist()


def test_a_mark_of_an_image_inside_a_text_shows_none(llava: CausalModel, pictures: Path) -> None:
    sight = Sight(llava.processor, pictures.joinpath)
    said = one(llava, replace(SAMPLE, question="What does <image> mean?"), sight)
    assert said.seen is not None
    assert said.seen.image_tokens == one(llava, SAMPLE, sight).seen.image_tokens  # type: ignore[union-attr]
    assert llava.tokenizer.decode(said.ids).count("<image>") == said.seen.image_tokens + 1


def test_a_digest_changes_with_a_pixel_a_limit_and_the_place_of_an_image(
    llava: CausalModel, pictures: Path, tmp_path: Path
) -> None:
    def digest(folder: Path, limits: Limits | None = None, *names: str) -> str:
        sight = Sight(llava.processor, folder.joinpath, limits)
        sample = replace(SAMPLE, images=names or SAMPLE.images)
        return tokens_digest([one(llava, sample, sight)])

    before = digest(pictures)
    shutil.copytree(pictures, tmp_path, dirs_exist_ok=True)
    assert digest(tmp_path) == before
    with Image.open(tmp_path / "p0.png") as image:
        image.putpixel((3, 3), (1, 2, 3))
        image.save(tmp_path / "p0.png")
    assert digest(tmp_path) != before
    assert digest(pictures, Limits(max_pixels=800)) != before
    assert digest(pictures, None, "p0.png", "p1.png") != digest(pictures, None, "p1.png", "p0.png")
    assert tokens_digest([replace(one(llava, SAMPLE, Sight(llava.processor, pictures.joinpath)),
                                  seen=None)]) != before  # fmt: skip


def test_what_cannot_be_shown_is_unscored_with_its_reason(
    llava: CausalModel, pictures: Path, tmp_path: Path
) -> None:
    sight = Sight(llava.processor, tmp_path.joinpath)
    assert "an image of it cannot be shown: " in reason(llava, SAMPLE, sight)
    (tmp_path / "p0.png").write_bytes(b"\x89PNG and no more")
    assert "cannot be shown: is not an image" in reason(llava, SAMPLE, sight)
    sight = Sight(llava.processor, pictures.joinpath)
    prompt = one(llava, SAMPLE, sight).start
    assert reason(llava, SAMPLE, sight, max_tokens=prompt) == (
        f"its prompt alone has {prompt} tokens, 4 of them for its images, and the limit is "
        f"{prompt}, so no response token is left"
    )
    assert one(llava, SAMPLE, sight, max_tokens=prompt + 1).cut


def test_samples_keep_their_order_among_those_without_images(
    llava: CausalModel, pictures: Path
) -> None:
    samples = [pictured(number) for number in range(8)]
    sight = Sight(llava.processor, pictures.joinpath)
    found = tokenise(samples, llava.tokenizer, max_tokens=900, sight=sight)
    assert [each.id for each in found.tokens] == [sample.id for sample in samples]


def test_sixteen_bits_are_spread_and_a_turned_picture_is_upright(
    llava: CausalModel, tmp_path: Path
) -> None:
    grey = np.linspace(20_000, 24_000, 64, dtype=np.uint16).reshape(8, 8)
    Image.fromarray(grey).save(tmp_path / "deep.png")
    plain = ((grey - 20_000.0) * 255 / 4_000).astype(np.uint8)
    Image.fromarray(plain).save(tmp_path / "plain.png")
    turned = Image.fromarray(plain).transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    turned.save(tmp_path / "turned.png", exif=exif)
    sight = Sight(llava.processor, tmp_path.joinpath)
    arrays = [
        one(llava, replace(SAMPLE, images=(name,)), sight).seen.arrays()["pixel_values"]  # type: ignore[union-attr]
        for name in ("plain.png", "deep.png", "turned.png")
    ]
    assert arrays[0].std() > 0.5
    np.testing.assert_array_equal(arrays[1], arrays[0])
    np.testing.assert_array_equal(arrays[2], arrays[0])


def test_pixels_and_tiles_are_limited(
    smolvlm: CausalModel, llava: CausalModel, seeing_folder: Callable[[Family], Path],
    pictures: Path,
) -> None:  # fmt: skip
    def shown(model: CausalModel, limits: Limits) -> int:
        seen = one(model, SAMPLE, Sight(model.processor, pictures.joinpath, limits)).seen
        assert seen is not None
        return seen.image_tokens

    assert [shown(smolvlm, Limits(max_tiles=most)) for most in (9, 4, 3, 1)] == [20, 20, 4, 4]
    internvl = load_causal(str(seeing_folder(family_named("internvl"))))
    assert shown(internvl, Limits(max_tiles=1)) < shown(internvl, Limits())
    qwen = load_causal(str(seeing_folder(family_named("qwen3-vl"))))
    assert shown(qwen, Limits(max_pixels=800)) < shown(qwen, Limits())
    with pytest.raises(BadSetting, match="does not cut images into tiles"):
        Sight(llava.processor, pictures.joinpath, Limits(max_tiles=2))


def test_images_of_a_batch_stand_in_its_order_with_their_tiles_filled_up(
    smolvlm: CausalModel, tmp_path: Path
) -> None:
    write_image(tmp_path / "wide.png", 56, 20, 1)
    write_image(tmp_path / "square.png", 56, 56, 2)
    sight = Sight(smolvlm.processor, tmp_path.joinpath)
    both = [one(smolvlm, replace(SAMPLE, id=name, images=(f"{name}.png",)), sight)
            for name in ("wide", "square")]  # fmt: skip
    together = collate(both).inputs()["pixel_values"].numpy()
    alone = [collate([each]).inputs()["pixel_values"].numpy()[0] for each in both]
    assert [len(tiles) for tiles in alone] == [3, 5]
    assert together.shape[:2] == (2, 5)
    np.testing.assert_array_equal(together[0, :3], alone[0])
    assert not together[0, 3:].any()
    np.testing.assert_array_equal(together[1], alone[1])


def test_a_batch_holds_no_more_pixels_than_fit(llava: CausalModel, pictures: Path) -> None:
    sight = Sight(llava.processor, pictures.joinpath)
    seen = one(llava, SAMPLE, sight).seen
    assert seen is not None
    assert seen.pixels == 28 * 28
    heavy = replace(seen, pixels=BATCH_PIXELS // 2)
    tokens = [replace(one(llava, replace(SAMPLE, id=f"s{n}"), sight), seen=heavy) for n in range(5)]
    assert [len(batch.ids) for batch in batches_of(tokens)] == [2, 2, 1]


def test_an_image_that_changes_under_a_run_is_refused(llava: CausalModel, tmp_path: Path) -> None:
    write_image(tmp_path / "p0.png", 30, 30, 1)
    sight = Sight(llava.processor, tmp_path.joinpath)
    found = one(llava, SAMPLE, sight)
    sight._kept.clear()
    write_image(tmp_path / "p0.png", 30, 30, 2)
    with pytest.raises(BadSetting, match="another one now"):
        collate([found]).inputs()


def test_a_folder_that_does_not_say_how_images_are_prepared_is_refused(
    seeing_folder: Callable[[Family], Path], tmp_path: Path
) -> None:
    folder = shutil.copytree(seeing_folder(family_named("llava")), tmp_path / "model")
    for name in ("preprocessor_config.json", "processor_config.json"):
        (folder / name).unlink()
    with pytest.raises(BadSetting, match="reads images, and its folder has no"):
        load_causal(str(folder))


def test_a_template_that_shows_no_image_is_refused(
    seeing_folder: Callable[[Family], Path], tmp_path: Path
) -> None:
    folder = shutil.copytree(seeing_folder(family_named("llava")), tmp_path / "model")
    template = folder / "chat_template.jinja"
    template.write_text(template.read_text("utf-8").replace("<image>", ""), "utf-8")
    with pytest.raises(BadSetting, match="cannot prepare an image"):
        load_causal(str(folder))


@pytest.mark.parametrize(
    ("file", "said", "why"),
    [
        ("preprocessor_config.json", {"size": {"height": 10**6, "width": 28}}, "height is"),
        ("preprocessor_config.json", {"size": {"longest_edge": 10**12}}, "longest_edge is"),
        ("processor_config.json", {"image_seq_length": 10**9}, "image_seq_length is"),
        ("processor_config.json", {"audio_tokenizer": {}}, "a model of sound"),
        ("processor_config.json", [], "holds no JSON object"),
    ],
)
def test_a_folder_that_would_make_images_enormous_is_refused_before_it_is_opened(
    seeing_folder: Callable[[Family], Path], tmp_path: Path, file: str, said: Any, why: str
) -> None:
    folder = shutil.copytree(seeing_folder(family_named("llava")), tmp_path / "model")
    before = json.loads((folder / file).read_text("utf-8"))
    told = {**before, **said} if isinstance(said, dict) else said
    (folder / file).write_text(json.dumps(told), "utf-8")
    with pytest.raises(BadSetting, match=why):
        find_causal(str(folder))


def test_code_that_a_processor_brings_is_not_run(
    seeing_folder: Callable[[Family], Path], tmp_path: Path
) -> None:
    folder = shutil.copytree(seeing_folder(family_named("llava")), tmp_path / "model")
    mark = tmp_path / "ran"
    (folder / "own.py").write_text(f"open({str(mark)!r}, 'w')\nclass P: pass\n", "utf-8")
    for name, kind in (("processor", "AutoProcessor"), ("preprocessor", "AutoImageProcessor")):
        file = folder / f"{name}_config.json"
        said = json.loads(file.read_text("utf-8"))
        file.write_text(json.dumps({**said, "auto_map": {kind: "own.P"}}), "utf-8")
    assert load_causal(str(folder)).reads_images
    assert not mark.exists()
