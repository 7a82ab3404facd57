"""What influence costs, beside a bare forward pass, a naive loop and a training step.

    python -m benchmarks.influence [--samples 12] [--rounds 3] [--json FILE]

All on the same real samples and the embedded model, in one run, on one thread, in CPU seconds;
the ratios count. The floor is the least that any loss needs: a float32 forward pass in plain
PyTorch, logits for response tokens only, batches sorted by length, no mask.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from diq_core.data.sample import Sample
from diq_core.models.batching import Batch, batches_of, collate
from diq_core.models.kernels import fast_linears, use_threads
from diq_core.models.load import load_causal
from diq_core.models.losses import sample_losses, token_losses, with_gradients
from diq_core.models.tokens import Tokens, tokenise
from diq_core.scoring.influence.direction import Direction, validation_direction
from diq_core.scoring.influence.engine import FiniteDifference, relative_error
from diq_core.scoring.influence.oracle import naive_influence
from diq_core.stages.sources import SHIPPED_VALIDATION, read_questions

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
POOLS = ("train_medmcqa_cot.jsonl", "train_huatuo_o1_demo.jsonl", "train_medquad.jsonl")
VALIDATION_SAMPLES = 12
FIXED_BATCH = 6
FLOOR = "forward pass, plain PyTorch (the floor)"
ENGINE = "influence: finite difference"
NAIVE = "influence: naive loop, one sample at a time"


def main() -> None:
    """Print a table of times and ratios, and how well the engine agrees with the naive loop."""
    parser = argparse.ArgumentParser(description="Measure influence against a forward pass.")
    parser.add_argument("--samples", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batch-tokens", type=int, default=2048)
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    arguments = parser.parse_args()
    use_threads(1)
    report = measure(arguments.samples, arguments.rounds, arguments.batch_tokens)
    show(report)
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=2) + "\n")


def measure(samples: int, rounds: int, batch_tokens: int) -> dict[str, Any]:
    """Return CPU seconds of every way, their ratios to the floor, and the agreement."""
    loaded = load_causal(tell=print)
    questions = read_questions(str(SHIPPED_VALIDATION))
    tokens = tokenise(pool(samples, questions), loaded.tokenizer, max_tokens=2048).tokens
    held_out = tokenise(questions[:VALIDATION_SAMPLES], loaded.tokenizer, max_tokens=2048).tokens
    direction = validation_direction(loaded.model, held_out)
    batches = batches_of(tokens, batch_tokens=batch_tokens)
    ways = workloads(loaded.model, direction, tokens, batches)
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    results: dict[str, Any] = {}
    # Round by round, so that a slow spell of the machine falls on all of them.
    for _ in range(rounds):
        for name, work in ways.items():
            before = time.process_time()
            results[name] = work()
            seconds[name].append(time.process_time() - before)
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    real = sum(len(each.ids) for each in tokens)
    return {
        "samples": len(tokens),
        "tokens": real,
        "padding": sum(batch.input_ids.size for batch in batches) / real - 1,
        "seconds": seconds,
        "ratio": {name: value / medians[FLOOR] for name, value in medians.items()},
        "agreement": agreement(results[ENGINE], results[NAIVE]),
    }


def pool(count: int, questions: Sequence[Sample]) -> list[Sample]:
    """Return real samples, a third of each kind; without the data folder, shipped questions."""
    if not all((DATA / name).is_file() for name in POOLS):
        return list(questions[VALIDATION_SAMPLES : VALIDATION_SAMPLES + count])
    kinds = [read_questions(str(DATA / name)) for name in POOLS]
    mixed = [kind[row] for row in range(-(-count // len(kinds))) for kind in kinds]
    return mixed[:count]


def workloads(
    model: Any, direction: Direction, tokens: Sequence[Tokens], batches: Sequence[Batch]
) -> dict[str, Callable[[], Any]]:
    """Return what is timed, the floor first."""
    fixed = [
        collate(tokens[start : start + FIXED_BATCH]) for start in range(0, len(tokens), FIXED_BATCH)
    ]
    return {
        FLOOR: lambda: forward(model, batches),
        "forward pass, our linear kernel": lambda: fast_forward(model, batches),
        ENGINE: lambda: engine(model, direction, tokens, batches),
        NAIVE: lambda: naive_influence(model, direction, tokens),
        "training step, sorted, response logits": lambda: train(model, batches, full=False),
        "training step, sorted, full logits": lambda: train(model, batches, full=True),
        f"training step, unsorted batches of {FIXED_BATCH}": lambda: train(model, fixed, full=True),
    }


def forward(model: Any, batches: Sequence[Batch]) -> None:
    """Compute the losses of all samples, nothing else."""
    import torch

    with torch.inference_mode():
        for batch in batches:
            sample_losses(token_losses(model, batch), batch)


def fast_forward(model: Any, batches: Sequence[Batch]) -> None:
    """Do what `forward` does, through oneDNN where it is better."""
    with fast_linears(model):
        forward(model, batches)


def engine(
    model: Any, direction: Direction, tokens: Sequence[Tokens], batches: Sequence[Batch]
) -> np.ndarray:
    """Return the engine's influence in the order of `tokens`; making shifted weights included."""
    found: dict[str, float] = {}
    with FiniteDifference(model, direction) as scorer:
        for batch in batches:
            scores = scorer.score(batch)
            found.update(zip(scores.ids, scores.influence.tolist(), strict=True))
    return np.array([found[each.id] for each in tokens])


def train(model: Any, batches: Sequence[Batch], *, full: bool) -> None:
    """Run forward and backward over `batches`, without the optimiser's update."""
    with with_gradients(dict(model.named_parameters())):
        for batch in batches:
            loss = full_loss(model, batch) if full else token_losses(model, batch).mean()
            loss.backward()
            model.zero_grad()


def full_loss(model: Any, batch: Batch) -> Any:
    """Return the loss as trainers compute it: attention mask, labels, logits for every token."""
    import torch

    ids = torch.from_numpy(batch.input_ids)
    places = torch.arange(ids.shape[1])
    mask = places < torch.from_numpy(batch.lengths)[:, None]
    said = mask & (places >= torch.from_numpy(batch.starts)[:, None])
    labels = ids.masked_fill(~said, -100)
    return model(input_ids=ids, attention_mask=mask.long(), labels=labels, use_cache=False).loss


def agreement(found: np.ndarray, exact: np.ndarray) -> dict[str, float]:
    """Return rank correlation and errors of `found` against `exact`."""
    from scipy.stats import spearmanr

    return {
        "spearman": float(spearmanr(found, exact)[0]),
        "relative_error": relative_error(found, exact),
        "worst_error_over_mean": float(np.abs(found - exact).max() / np.abs(exact).mean()),
    }


def show(report: dict[str, Any]) -> None:
    """Print the report as a table."""
    print(
        f"{report['samples']} samples, {report['tokens']:,} tokens, "
        f"{report['padding']:.1%} padding, CPU seconds on one thread"
    )
    print(f"{'':<48}{'median':>9}{'x floor':>9}  rounds")
    for name, values in report["seconds"].items():
        each = " ".join(f"{value:.1f}" for value in values)
        ratio = report["ratio"][name]
        print(f"{name:<48}{statistics.median(values):>9.2f}{ratio:>9.2f}  {each}")
    for name, value in report["agreement"].items():
        print(f"engine against naive loop, {name}: {value:.6g}")


if __name__ == "__main__":
    main()
