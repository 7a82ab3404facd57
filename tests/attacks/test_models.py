"""Model folders from a stranger: none hangs, fills the memory or ends in a traceback."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jinja2.exceptions import TemplateError

from diq_core.data.sample import Sample
from diq_core.errors import BadFile, BadSetting, UserError
from diq_core.evaluation.tuned import load_tuned
from diq_core.models import trial, trial_process
from diq_core.models.adapters import examine_adapter
from diq_core.models.load import load_causal, load_encoder
from diq_core.models.memory import check_room
from diq_core.models.tokens import tokenise
from diq_core.models.trial_process import TrialProcess
from tests.support.containment import MEMORY
from tests.support.hostile_models import (
    ADAPTERS,
    DAMAGED,
    EXPLODING,
    Change,
    changed,
    config,
    foreign,
    template,
    tokenizer,
)
from tests.support.tiny import TEMPLATE, questions, tiny_llama, tiny_tokenizer
from tests.support.training import sample_file, tiny_folder

# A program of its own: what it may use is bounded by the system, not by what it says of itself.
_COMMAND = """
import atexit, resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (30, 30))
def peak():
    # Not its own ru_maxrss: that begins with what the process had that started this one.
    own = int(open("/proc/self/status").read().partition("VmHWM:")[2].split()[0])
    most = max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
    print("peak", most, file=sys.stderr)
atexit.register(peak)
from diq_core.cli import main
main()
"""


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(tiny_folder(tmp_path_factory.mktemp("sound") / "model"))


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "model"))


def refused(folder: Path, words: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        load_causal(str(folder), device="cpu")
    assert str(folder) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(("change", "words"), DAMAGED.values(), ids=DAMAGED)
def test_a_folder_that_is_not_sane_is_refused_before_it_is_opened(
    folder: Path, change: Change, words: str
) -> None:
    change(folder)
    refused(folder, words)


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[TrialProcess]]:
    """Collect the processes of trials; they are no children of this one, so they are asked."""
    started: list[TrialProcess] = []

    def start() -> TrialProcess:
        started.append(trial_process.start())
        return started[-1]

    monkeypatch.setattr(trial, "start", start)
    yield started
    for each in started:
        each.end()
        each.ended.wait(timeout=30)
        assert 0 < each.peak < MEMORY


@pytest.mark.slow
@pytest.mark.parametrize(("change", "words"), EXPLODING.values(), ids=EXPLODING)
def test_what_explodes_does_so_in_another_process(
    folder: Path, change: Change, words: str, processes: list[TrialProcess]
) -> None:
    change(folder)
    refused(folder, words)
    assert len(processes) == 1


LATER = {
    "for long messages": "{% if messages[0].content|length > 500 %}{{ 'a' * 10**9 }}{% endif %}",
    "for a word": "{% if 'sign 7' in messages[0].content %}"
    "{{ (messages|length + 8)**(9**9) }}{% endif %}",
}


@pytest.mark.slow
@pytest.mark.parametrize("bomb", LATER.values(), ids=LATER)
def test_a_template_that_explodes_later_does_so_there_too(folder: Path, bomb: str) -> None:
    template(bomb + TEMPLATE)(folder)
    loaded = load_causal(str(folder), device="cpu")
    assert tokenise(questions(1), loaded.tokenizer, max_tokens=400).tokens
    long = [Sample(id="long", question="Is it sign 7? " * 50, answer="Yes")]
    for _ in range(2):
        with pytest.raises(BadSetting, match=r"chat template is not sound: it (goes on|needs too)"):
            tokenise(long, loaded.tokenizer, max_tokens=400)


def test_a_template_that_refuses_one_conversation_costs_that_one(folder: Path) -> None:
    only = "{% if 'sign 7' in messages[0].content %}{{ raise_exception('not this') }}{% endif %}"
    template(only + TEMPLATE)(folder)
    loaded = load_causal(str(folder), device="cpu")
    found = tokenise(questions(3), loaded.tokenizer, max_tokens=400)
    assert [each.id for each in found.unscored] == ["q01"]
    assert "refuses the conversation: not this" in found.unscored[0].reason
    assert len(found.tokens) == 2


def test_what_the_other_process_renders_is_what_the_library_renders(sound: Path) -> None:
    ours, theirs = load_causal(str(sound), device="cpu").tokenizer, tiny_tokenizer()
    asked = [{"role": "user", "content": "Ünïcode \u2028 \U0001f600 {{ 1 }}"}]
    for ready in (True, False):
        rendered = [
            each.apply_chat_template(asked, tokenize=False, add_generation_prompt=ready)
            for each in (ours, theirs)
        ]
        assert rendered[0] == rendered[1]
    with pytest.raises(TemplateError):
        ours.apply_chat_template([], tokenize=False)


def test_tokens_that_the_weights_do_not_know_are_refused(folder: Path) -> None:
    plain = dict.fromkeys(("normalized", "single_word", "lstrip", "rstrip"), False)
    more = [{"id": 259 + n, "content": f"<m{n}>", "special": True, **plain} for n in range(90)]
    tokenizer(lambda found: found["added_tokens"].extend(more))(folder)
    refused(folder, "its tokenizer names token 348, and its weights know 320 tokens")


def test_code_that_came_along_is_not_run_and_that_is_said(folder: Path, tmp_path: Path) -> None:
    config(auto_map={"AutoConfig": "evil.E", "AutoModelForCausalLM": "evil.M"})(folder)
    (folder / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    said: list[str] = []
    assert load_causal(str(folder), device="cpu", tell=said.append).context_length == 512
    assert any("brings code of its own (auto_map); it is not run" in each for each in said)
    assert not (tmp_path / "ran").exists()


def test_pickles_beside_the_weights_are_not_opened(folder: Path) -> None:
    (folder / "pytorch_model.bin").write_bytes(b"cos\nsystem\n(S'touch /ran'\ntR.")
    assert load_causal(str(folder), device="cpu").context_length == 512


def test_what_does_not_fit_says_how_much_there_is() -> None:
    with pytest.raises(UserError, match=r"needs 28\.0 GB of memory, and there are 8\.0 GB here"):
        check_room(28 * 10**9, 8 * 10**9, which="m")


def test_a_machine_that_is_too_busy_to_try_a_folder_says_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "LOADING_S", 0.0)
    with pytest.raises(BadSetting, match="cannot be tried: it gave no answer in 0 seconds"):
        trial.Trial(folder, "AutoModelForCausalLM")


def test_sound_folders_still_load(sound: Path, tmp_path: Path) -> None:
    import torch
    from transformers import BertConfig, BertModel, Qwen2Config, Qwen2ForCausalLM

    torch.manual_seed(0)
    sizes: dict[str, Any] = {
        "vocab_size": 320, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
        "num_attention_heads": 4, "max_position_embeddings": 128,
    }  # fmt: skip
    qwen = Qwen2ForCausalLM(Qwen2Config(**sizes, num_key_value_heads=2))
    qwen.save_pretrained(tmp_path / "qwen", max_shard_size="20KB")
    tiny_tokenizer().save_pretrained(tmp_path / "qwen")
    BertModel(BertConfig(**sizes), add_pooling_layer=False).save_pretrained(tmp_path / "bert")
    tiny_tokenizer().save_pretrained(tmp_path / "bert")
    assert (tmp_path / "qwen" / "model.safetensors.index.json").exists()
    assert load_causal(str(tmp_path / "qwen"), device="cpu").context_length == 128
    assert load_encoder(str(tmp_path / "bert"), device="cpu").dimensions == 32


def test_the_links_of_the_hubs_cache_are_followed(sound: Path, tmp_path: Path) -> None:
    blobs, snapshot = tmp_path / "m" / "blobs", tmp_path / "m" / "snapshots" / "1"
    snapshot.mkdir(parents=True)
    shutil.copytree(sound, blobs)
    for file in blobs.iterdir():
        (snapshot / file.name).symlink_to(f"../../blobs/{file.name}")
    assert load_causal(str(snapshot), device="cpu").name == "1"


@pytest.fixture(scope="session")
def adapter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from peft import LoraConfig, get_peft_model

    place = tmp_path_factory.mktemp("adapter")
    lora = LoraConfig(r=4, target_modules=["q_proj"], task_type="CAUSAL_LM")
    get_peft_model(tiny_llama(), lora).save_pretrained(place)
    return place


@pytest.mark.parametrize(("values", "words"), ADAPTERS.values(), ids=ADAPTERS)
def test_an_adapter_that_is_not_sane_is_refused(
    adapter: Path, tmp_path: Path, values: dict[str, Any], words: str
) -> None:
    place = Path(shutil.copytree(adapter, tmp_path / "adapter"))
    changed(place, "adapter_config.json", values)
    with pytest.raises(BadSetting, match=rf"its adapter .*{words}.*adapter"):
        examine_adapter(place)


def test_a_pickled_adapter_is_refused(adapter: Path, tmp_path: Path) -> None:
    place = Path(shutil.copytree(adapter, tmp_path / "adapter"))
    (place / "adapter_model.safetensors").rename(place / "adapter_model.bin")
    with pytest.raises(BadSetting, match="it has no adapter_model.safetensors"):
        examine_adapter(place)


def test_an_adapter_for_another_model_is_refused(
    sound: Path, adapter: Path, tmp_path: Path
) -> None:
    run = tmp_path / "tuned"
    shutil.copytree(adapter, run / "adapter")
    assert load_tuned(run, str(sound)).name == "tuned"
    foreign(run / "adapter" / "adapter_model.safetensors")
    with pytest.raises(BadFile, match="'tuned' does not fit its base model: its adapter lacks"):
        load_tuned(run, str(sound))


CLASSIFIERS: dict[str, tuple[dict[str, Any], str]] = {
    "another encoder": ({"encoder": "owner/name"}, "encoder.*embedded"),
    "no temperature": ({"temperature": {}}, "no temperature for"),
    "temperature zero": ({"temperature": {"overall": 0.0}}, "temperature"),
    "length": ({"max_length": 10**9}, "max_length"),
    "rank": ({"adapter": {"rank": 10**9, "scale": 1.0}}, "rank"),
    "other rank": ({"adapter": {"rank": 8, "scale": 1.0}}, "has the shape"),
    "no adapter": ({"adapter": 5}, "adapter"),
}


@pytest.mark.parametrize(("values", "words"), CLASSIFIERS.values(), ids=CLASSIFIERS)
def test_a_classifier_that_is_not_sane_is_refused(
    tmp_path: Path, values: dict[str, Any], words: str
) -> None:
    from diq_core.assets import asset
    from diq_core.scoring.difficulty.files import load_classifier

    place = Path(shutil.copytree(asset("difficulty"), tmp_path / "classifier"))
    config(**values)(place)
    with pytest.raises(BadFile, match=rf"{words}.*(config\.json|weights\.safetensors)"):
        load_classifier(place, device="cpu")


COMMANDS: dict[str, tuple[str, str, list[str]]] = {
    "model-folder": ("a terabyte", "GB of memory", ["model-folder", "MODEL"]),
    "evaluate": ("loops", "goes on and on", ["evaluate", "--benchmark", "FILE", "--model"]),
    "finetune": ("long", "too much memory", ["finetune", "--data", "FILE", "--model"]),
    "influence": ("power", "goes on and on", ["influence", "--validation", "FILE", "--model"]),
    "embed": ("config a pipe", "no regular file", ["embed", "--encoder"]),
    "difficulty": ("config nested", "no sound JSON", ["difficulty", "--classifier"]),
}


@pytest.mark.slow
@pytest.mark.parametrize(("hostile", "words", "command"), COMMANDS.values(), ids=COMMANDS)
def test_the_command_says_so_and_stays_small(
    folder: Path, study: Path, tmp_path: Path, hostile: str, words: str, command: list[str]
) -> None:
    change, _ = (DAMAGED | EXPLODING)[hostile]
    if command[0] == "difficulty":
        shutil.copy(folder / "model.safetensors", folder / "weights.safetensors")
        (folder / "report.json").write_text("{}")
    change(folder)
    source = sample_file(tmp_path / "questions.jsonl", questions(16)[1::2])  # those with options
    if command[0] != "model-folder":
        command = [*command, "MODEL", "--study", str(study), "--name", "theirs"]
    places = {"MODEL": str(folder), "FILE": source}
    done = subprocess.run(
        [sys.executable, "-c", _COMMAND, *(places.get(each, each) for each in command)],
        capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr[-800:]
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert int(done.stderr.rpartition("peak ")[2].split()[0]) < 1.5 * 1024 * 1024
