"""How much memory influence takes, in copies of the model's weights in float32.

    python -m benchmarks.memory [--layers 6 12 24 40] [--tokens 128] [--recompute] [--json FILE]

For each size a random Llama is written to a temporary folder and scored in a process of its own,
by the functions that the command uses. The peak of each phase is the kernel's (resident set, Linux
only), less what the process had before the model was loaded. Batches are small, so that weights and
direction are what is seen; activations come on top, as `models/memory_of_scoring` says.
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_RESET = "5"


def main() -> None:
    """Print one line for each size; the last column is the peak over all phases."""
    parser = argparse.ArgumentParser(description="Measure the memory that influence takes.")
    parser.add_argument("--layers", type=int, nargs="+", default=[6, 12, 24, 40])
    parser.add_argument("--tokens", type=int, default=128, help="in a batch and in a sample")
    parser.add_argument("--recompute", action="store_true", help="activations, layer by layer")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.folder:
        print(json.dumps(measure(asked.folder, asked.tokens, recompute=asked.recompute)))
        return
    found = [_of_size(layers, asked.tokens, recompute=asked.recompute) for layers in asked.layers]
    for each in found:
        phases = ", ".join(
            f"{name} {ratio:.2f} (expected {each['expected'].get(name, 1.0):.2f})"
            for name, ratio in each["peaks"].items()
        )
        print(f"{each['weights_mb']:7,.0f} MB of weights: {phases}")
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=2) + "\n")


def measure(folder: str, tokens: int, *, recompute: bool) -> dict[str, Any]:
    """Return the peak of each phase of scoring the model in `folder`, in copies of its weights."""
    import numpy as np

    from diq_core.models.batching import batches_of
    from diq_core.models.kernels import use_threads
    from diq_core.models.load import load_causal
    from diq_core.models.memory import give_back
    from diq_core.models.tokens import Tokens
    from diq_core.scoring.influence.direction import validation_direction
    from diq_core.scoring.influence.engine import FiniteDifference, choose_step
    from diq_core.scoring.influence.room import Build, room_for

    use_threads(1)
    import transformers  # noqa: F401

    draw = np.random.default_rng(0)
    samples = [
        Tokens(f"s{each}", draw.integers(3, 256, tokens).astype(np.int32), tokens // 2)
        for each in range(4)
    ]
    room = room_for(Build.of(Path(folder)), tokens=tokens)
    model, loading = _peak(lambda: load_causal(folder))
    # Libraries that are only loaded with a model are none of it.
    before = _now() - room.weights
    direction, finding = _peak(
        lambda: validation_direction(
            model.model, samples[:2], batch_tokens=tokens, recompute=recompute
        )
    )
    give_back()
    _, checking = _peak(
        lambda: choose_step(model.model, direction, samples[2:], recompute=recompute)
    )

    def score() -> None:
        with FiniteDifference(model.model, direction) as engine:
            for batch in batches_of(samples, batch_tokens=tokens):
                engine.score(batch)

    give_back()
    _, scoring = _peak(score)
    peaks = {"loading": loading, "direction": finding, "check": checking, "scoring": scoring}
    ratios = {name: round((peak - before) / room.weights, 3) for name, peak in peaks.items()}
    held = (room.weights + room.direction) / room.weights
    said = {"direction": room.finding, "check": room.checking, "scoring": room.scoring}
    expected = {name: round(held + more / room.weights, 3) for name, more in said.items()}
    return {"weights_mb": room.weights / 1e6, "peaks": ratios, "expected": expected}


def _of_size(layers: int, tokens: int, *, recompute: bool) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as place:
        _write(Path(place), layers)
        command = [sys.executable, "-m", "benchmarks.memory", "--folder", place]
        command += ["--tokens", str(tokens), *(["--recompute"] if recompute else [])]
        said = subprocess.run(command, check=True, capture_output=True, text=True)
        found: dict[str, Any] = json.loads(said.stdout.splitlines()[-1])
    return found


def _write(folder: Path, layers: int) -> None:
    """Write a random Llama whose vocabulary is about a fifth of it, as that of small models is."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    from tests.support.tiny import tiny_tokenizer

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=1500 * layers, hidden_size=512, intermediate_size=1536,
        num_hidden_layers=layers, num_attention_heads=8, max_position_embeddings=1024,
        tie_word_embeddings=True, pad_token_id=2,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)


def _peak(work: Callable[[], T]) -> tuple[T, int]:
    """Return what `work` returns, and the most bytes that this process held meanwhile."""
    gc.collect()
    _CLEAR.write_text(_RESET)
    result = work()
    return result, _read("VmHWM")


def _now() -> int:
    return _read("VmRSS")


def _read(name: str) -> int:
    for line in _STATUS.read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    raise OSError(f"the kernel does not say {name}")


if __name__ == "__main__":
    main()
