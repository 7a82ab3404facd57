"""Training of the difficulty classifier: low-rank changes of the encoder and a head, together.

Source: our own recipe [D]; it was chosen on the inner validation part, never on held-out labels.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from diq_core.models.kernels import fast_linears, full_precision, use_threads
from diq_core.models.load import Encoder, load_encoder
from diq_core.scoring.difficulty import network
from diq_core.scoring.difficulty.files import ADAPTER, EMBEDDED, HEAD, part
from diq_core.scoring.difficulty.label_split import split_labels
from diq_core.scoring.difficulty.labels import LabelledQuestion, target_distributions, usable
from diq_core.scoring.difficulty.rate import BATCH_TOKENS, Classifier, predict
from diq_core.scoring.difficulty.report import held_out_report
from diq_core.scoring.difficulty.rubric import ASPECTS, shipped_rubric

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

Tell = Callable[[str], None]
SORTED_TOGETHER = 8
TEMPERATURES = tuple(round(0.5 + 0.02 * step, 2) for step in range(126))


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the classifier is trained.

    Attributes:
        rank, scale: of the low-rank change of every linear layer in the encoder's blocks.
        drop: share of the heads' features set to zero in training.
        distance: weight of the squared distance of cumulated distributions (it makes a near
            miss cheaper than a far one) beside the cross-entropy.
        max_length: tokens of a text that are read.
    """

    rank: int = 16
    scale: float = 1.0
    drop: float = 0.3
    distance: float = 1.0
    epochs: int = 3
    batch: int = 16
    adapter_rate: float = 1e-3
    head_rate: float = 3e-4
    weight_decay: float = 0.1
    warm_up: float = 0.1
    max_length: int = 256


@dataclass(frozen=True, eq=False)
class Trained:
    """A trained classifier, ready for `difficulty_files.save_classifier`."""

    tensors: dict[str, Tensor]
    config: dict[str, Any]
    report: dict[str, Any]


def train(
    labels: Sequence[LabelledQuestion],
    *,
    seed: int = 0,
    recipe: Recipe | None = None,
    tell: Tell | None = None,
) -> Trained:
    """Train on one part of the labels, calibrate on another, measure on a third.

    Uses one thread, so the same labels and seed give the same bytes on one machine.

    Args:
        seed: of the split, the first weights, the order and the bootstrap.
        tell: called with a line of text after each epoch.

    Raises:
        BadSetting: there are too few labels to hold some out.
    """
    recipe = recipe or Recipe()
    labels = list(labels)
    split = split_labels(labels, seed=seed)
    use_threads(1)
    encoder = load_encoder(EMBEDDED, device="cpu")
    learning = [labels[row] for row in split.train]
    tensors = _as_stored(_fit(encoder, learning, recipe, seed, tell))
    config = _config(encoder, recipe, labels, seed)
    classifier = _assembled(tensors, config, encoder)
    inner = [labels[row] for row in split.inner]
    config["temperature"] = calibrate(predict(classifier, _texts(inner))[0], inner)
    classifier = Classifier(
        encoder, classifier.head, config["temperature"], recipe.max_length, config, ""
    )
    held_out = [labels[row] for row in split.held_out]
    found, _ = predict(classifier, _texts(held_out))
    report = {
        "held_out": held_out_report(found, held_out, learning, seed=seed),
        "split": {
            "train": len(split.train),
            "inner": len(split.inner),
            "held_out": len(split.held_out),
            "inner_ids": [each.id for each in inner],
            "held_out_ids": [each.id for each in held_out],
        },
    }
    return Trained(tensors, config, report)


def calibrate(
    probabilities: NDArray[np.float32], labels: Sequence[LabelledQuestion]
) -> dict[str, float]:
    """Return for each aspect the temperature with the least cross-entropy, 0.5 to 3.

    Args:
        probabilities: at temperature 1, shape (questions, 3, 5).
        labels: of the same questions, not trained on.
    """
    import numpy as np

    logs = np.log(np.maximum(probabilities.astype(np.float64), 1e-12))
    targets, mask = target_distributions(list(labels)), usable(list(labels))
    best = {}
    for place, aspect in enumerate(ASPECTS):
        rows = mask[:, place]
        losses = []
        for temperature in TEMPERATURES:
            scaled = logs[rows, place] / temperature
            scaled -= np.log(np.exp(scaled).sum(-1, keepdims=True))
            losses.append(float(-(targets[rows, place] * scaled).sum(-1).mean()))
        best[aspect] = TEMPERATURES[int(np.argmin(losses))]
    return best


def _fit(
    encoder: Encoder,
    labels: Sequence[LabelledQuestion],
    recipe: Recipe,
    seed: int,
    tell: Tell | None,
) -> dict[str, Tensor]:
    """Return the trained adapter and head; the encoder's own weights stay as they were."""
    import torch

    ids, _ = network.token_ids(encoder, _texts(labels), recipe.max_length)
    targets = torch.from_numpy(target_distributions(list(labels)))
    mask = torch.from_numpy(usable(list(labels))).float()
    adapter = network.new_adapter(encoder, recipe.rank, seed)
    with torch.random.fork_rng(devices=[]), full_precision(), fast_linears(encoder.model):
        torch.manual_seed(seed)
        head = network.new_head(_known_features(encoder, ids))
        last = [head["weight"], head["bias"]]
        step = _optimiser(list(adapter.values()), last, recipe, len(ids))
        with network.adapted(encoder, adapter, recipe.scale):
            for epoch, plan in enumerate(_epochs(ids, recipe, seed), start=1):
                losses = []
                for rows in plan:
                    feature = network.features(encoder, [ids[row] for row in rows])
                    found = network.logits(head, feature, recipe.drop)
                    loss = _loss(found, targets[rows], mask[rows], recipe.distance)
                    step(loss)
                    losses.append(loss.item())
                if tell:
                    mean = sum(losses) / len(losses)
                    tell(f"epoch {epoch} of {recipe.epochs}: training loss {mean:.3f}")
    parts = ((ADAPTER, adapter), (HEAD, head))
    return {f"{kind}{name}": t.detach() for kind, each in parts for name, t in each.items()}


def _known_features(encoder: Encoder, ids: Sequence[Sequence[int]]) -> Tensor:
    """Return the features of all questions from the unchanged encoder."""
    import torch

    with torch.no_grad():
        plan = network.batches([len(each) for each in ids], BATCH_TOKENS)
        return torch.cat([network.features(encoder, [ids[row] for row in rows]) for rows in plan])


def _loss(found: Tensor, targets: Tensor, mask: Tensor, distance: float) -> Tensor:
    logs = found.log_softmax(-1)
    entropy = -(targets * logs).sum(-1)
    apart = (logs.exp().cumsum(-1) - targets.cumsum(-1)).square().sum(-1)
    result: Tensor = ((entropy + distance * apart) * mask).sum() / mask.sum()
    return result


def _optimiser(
    adapter: list[Tensor], head: list[Tensor], recipe: Recipe, questions: int
) -> Callable[[Tensor], None]:
    """Return a function that takes one step down a loss: AdamW, warm-up, then cosine to 0."""
    import torch

    for each in (*adapter, *head):
        each.requires_grad_(True)
    optimiser = torch.optim.AdamW(
        [
            {"params": adapter, "lr": recipe.adapter_rate},
            {"params": head, "lr": recipe.head_rate},
        ],
        weight_decay=recipe.weight_decay,
    )
    steps = recipe.epochs * math.ceil(questions / recipe.batch)
    warm = max(1.0, recipe.warm_up * steps)

    def rate(done: int) -> float:
        if done < warm:
            return (done + 1) / warm
        return 0.5 * (1 + math.cos(math.pi * (done - warm) / max(1.0, steps - warm)))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, rate)

    def step(loss: Tensor) -> None:
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_([*adapter, *head], 1.0)
        optimiser.step()
        schedule.step()

    return step


def _epochs(ids: Sequence[Sequence[int]], recipe: Recipe, seed: int) -> Iterator[list[list[int]]]:
    """Yield the batches of each epoch: shuffled, but similar lengths share a batch."""
    import numpy as np

    random = np.random.default_rng(seed)
    size = recipe.batch * SORTED_TOGETHER
    for _ in range(recipe.epochs):
        order = random.permutation(len(ids)).tolist()
        plan = []
        for start in range(0, len(order), size):
            near = sorted(order[start : start + size], key=lambda row: (len(ids[row]), row))
            plan += [near[at : at + recipe.batch] for at in range(0, len(near), recipe.batch)]
        yield [plan[place] for place in random.permutation(len(plan))]


def _as_stored(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors in the precision of the file, so that what is measured is what ships."""
    import torch

    whole = {f"{HEAD}mean", f"{HEAD}spread"}
    return {name: t if name in whole else t.to(torch.float16) for name, t in tensors.items()}


def _assembled(tensors: dict[str, Tensor], config: dict[str, Any], encoder: Encoder) -> Classifier:
    known = {name: tensor.float() for name, tensor in tensors.items()}
    network.merge(encoder, part(known, ADAPTER), config["adapter"]["scale"])
    flat = dict.fromkeys(ASPECTS, 1.0)
    return Classifier(encoder, part(known, HEAD), flat, config["max_length"], config, "")


def _config(
    encoder: Encoder, recipe: Recipe, labels: Sequence[LabelledQuestion], seed: int
) -> dict[str, Any]:
    return {
        "kind": "difficulty-classifier",
        "encoder": encoder.ref,
        "encoder_name": encoder.name,
        "encoder_digest": encoder.digest,
        "adapter": {"rank": recipe.rank, "scale": recipe.scale},
        "max_length": recipe.max_length,
        "rubric_version": shipped_rubric().version,
        "recipe": asdict(recipe),
        "seed": seed,
        "labels": len(labels),
        "labels_digest": _labels_digest(labels),
    }


def _labels_digest(labels: Sequence[LabelledQuestion]) -> str:
    total = hashlib.sha256()
    for each in labels:
        rated = [each.ratings[aspect] for aspect in ASPECTS]
        total.update(f"{each.id}\0{each.text}\0{rated}\0{each.flawed}\0".encode("utf-8", "replace"))
    return total.hexdigest()


def _texts(labels: Sequence[LabelledQuestion]) -> list[str]:
    return [each.text for each in labels]
