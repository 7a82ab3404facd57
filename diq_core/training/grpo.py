"""Reinforcement learning with verifiable rewards in this process: prompts in, a tuned model out.

Source: group relative policy optimisation, Shao et al., arXiv 2402.03300, as TRL computes it;
InfiMed (arXiv 2505.23867) trains with it after fine-tuning. What an answer earns is `rewards`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from diq_core.config import FinetuneSettings
from diq_core.models.load import CausalModel
from diq_core.models.tokens import Tokens
from diq_core.training.fit import Trained, fit, processes
from diq_core.training.plan import plan_steps
from diq_core.training.rewards import Judge, rollout
from diq_core.training.trainers import grpo_trainer
from diq_core.training.watch import Watch

_NOBODY = Watch()


def train_policy(
    model: CausalModel,
    prompts: Sequence[Tokens],
    judge: Judge,
    settings: FinetuneSettings,
    *,
    folder: Path,
    watch: Watch = _NOBODY,
) -> Trained:
    """Let `model` answer each prompt several times and learn from what the answers earn.

    A step takes `batch_size` prompts and writes `rollouts` answers to each. Otherwise as
    `sft.train`: on one CPU, with one thread count, equal inputs give equal weights, whether or not
    the run was interrupted.

    Args:
        prompts: of each the tokens up to its response are given to the model.
        judge: says what a text is worth as an answer to a sample.
    """
    at_once = processes()
    plan = plan_steps([0] * len(prompts), settings, processes=at_once, whole=True)
    by_id = {each.id: each for each in prompts}

    def reward(prompts: list[str], completions: list[str], log_metric: Any, **more: Any) -> Any:
        judged = [rollout(*pair, judge, settings.reward)
                  for pair in zip(prompts, completions, strict=True)]  # fmt: skip
        count = len(judged)
        found = Counter(each.outcome for each in judged)
        log_metric("form", sum(each.form for each in judged) / count)
        log_metric("accuracy", found["right"] / count)
        log_metric("undecided", found["undecided"] / count)
        if watch.on_rollouts:
            watch.on_rollouts(more["trainer_state"].global_step + 1, judged[: settings.rollouts])
        return [each.reward for each in judged]

    def make_trainer(common: dict[str, Any], lora: Any) -> Any:
        return grpo_trainer()(
            asked=by_id,
            model=model.model,
            args=_arguments(common, settings, image_tokens(model)),
            reward_funcs=[reward],
            train_dataset=_dataset(prompts).select(plan.order),
            processing_class=model.tokenizer,
            peft_config=lora,
        )

    return fit(model, plan, settings, folder, watch, make_trainer)


def _arguments(common: dict[str, Any], settings: FinetuneSettings, never: Sequence[int]) -> Any:
    from trl import GRPOConfig

    return GRPOConfig(
        **common | policy_arguments(settings, common["gradient_accumulation_steps"]),
        log_completions=False,
        # A written mark of an image would be one more image than there are.
        generation_kwargs={"suppress_tokens": list(never)} if never else None,
    )


def policy_arguments(settings: FinetuneSettings, accumulated: int) -> dict[str, Any]:
    """Return what TRL calls the settings of reinforcement learning, here and elsewhere.

    Args:
        accumulated: micro-batches in a step of the optimiser.
    """
    gspo = settings.policy_loss == "gspo"
    return {
        "per_device_train_batch_size": settings.micro_batch * settings.rollouts,
        # One generation for each step of the optimiser: only so a run can be continued exactly.
        "steps_per_generation": accumulated,
        "num_generations": settings.rollouts,
        "num_iterations": 1,
        "shuffle_dataset": False,
        "max_completion_length": settings.max_new_tokens,
        "temperature": settings.temperature,
        "beta": settings.kl,
        "loss_type": "grpo" if gspo else settings.policy_loss,
        "importance_sampling_level": "sequence" if gspo else "token",
    }


def image_tokens(model: CausalModel) -> list[int]:
    """Return the tokens that stand for images, which a model must not write."""
    if model.processor is None:
        return []
    found = {*model.processor.image_token_ids, getattr(model.model.config, "image_token_id", None)}
    return sorted(each for each in found if each is not None)


def _dataset(prompts: Sequence[Tokens]) -> Any:
    from datasets import Dataset

    return Dataset.from_dict({"prompt": [each.id for each in prompts]})
