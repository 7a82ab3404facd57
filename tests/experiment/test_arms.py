"""Arms: what they are, in which order, and that names tell them apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diq_core.config import ExperimentSettings, FinetuneSettings, SelectSettings
from diq_core.errors import BadSetting
from diq_core.experiment.arms import (
    Arm,
    checked_experiment_name,
    groups,
    parse_strategy,
    plan_arms,
    recipe_of,
    selection_settings,
)
from diq_core.study import checked_name


def settings(**changed: object) -> ExperimentSettings:
    return ExperimentSettings.model_validate(
        {"strategies": ("diq", "random"), "budgets": ("5%", "10%"), "seeds": (0, 7), **changed}
    )


def test_the_base_model_comes_first_then_everything_seed_by_seed() -> None:
    arms = plan_arms(settings())
    assert arms[0] == Arm("base", "", 0)
    assert arms[1:6] == [
        Arm("diq", "5%", 0), Arm("random", "5%", 0), Arm("diq", "10%", 0), Arm("random", "10%", 0),
        Arm("full", "100%", 0),
    ]  # fmt: skip
    assert [arm.seed for arm in arms[6:]] == [7] * 5


def test_without_the_full_set_only_strategies_are_trained() -> None:
    arms = plan_arms(settings(with_full=False))
    assert {arm.strategy for arm in arms} == {"base", "diq", "random"}


@given(
    st.lists(st.sampled_from(["diq", "random", "influence", "longest", "difficulty:reasoning"]),
             min_size=1, unique=True),
    st.lists(st.sampled_from(["1%", "5%", "10%", "0.1", "250", "1.5%"]), min_size=1, unique=True),
    st.lists(st.integers(0, 10**6), min_size=1, max_size=4, unique=True),
)  # fmt: skip
def test_every_arm_has_a_name_of_its_own_that_a_folder_can_have(
    strategies: list[str], budgets: list[str], seeds: list[int]
) -> None:
    arms = plan_arms(settings(strategies=strategies, budgets=budgets, seeds=seeds))
    names = [arm.run("x" * 24) for arm in arms]
    assert len(set(names)) == len(arms) == 1 + len(seeds) * (len(strategies) * len(budgets) + 1)
    for name in names:
        checked_name(name)


def test_only_a_drawn_choice_has_a_selection_for_each_seed() -> None:
    assert Arm("diq", "5%", 0).selection("e") == Arm("diq", "5%", 7).selection("e") == "e-diq-5pct"
    assert Arm("random", "5%", 7).selection("e") == "e-random-5pct-s7"


def test_a_strategy_may_name_its_aspect() -> None:
    arm = Arm("difficulty:reasoning", "5%", 3)
    how = selection_settings(arm, settings(select=SelectSettings(difficulty_cut=70)))
    assert (how.strategy, how.aspect, how.budget, how.difficulty_cut, how.seed) == (
        "difficulty", "reasoning", "5%", 70, 0,
    )  # fmt: skip
    assert parse_strategy("difficulty") == ("difficulty", None)


def test_a_draw_and_the_training_take_the_seed_of_the_arm() -> None:
    arm = Arm("random", "5%", 7)
    assert selection_settings(arm, settings()).seed == 7
    assert recipe_of(arm, settings()).seed == 7


def test_only_what_is_equal_limits_the_training() -> None:
    recipe = FinetuneSettings(max_steps=5, token_budget=900)
    arm = Arm("diq", "5%", 0)
    by_steps = recipe_of(arm, settings(recipe=recipe, equal="steps"))
    by_tokens = recipe_of(arm, settings(recipe=recipe, equal="tokens"))
    assert (by_steps.max_steps, by_steps.token_budget) == (5, None)
    assert (by_tokens.max_steps, by_tokens.token_budget) == (None, 900)


def test_groups_hold_the_seeds_of_one_strategy_and_budget() -> None:
    found = groups(plan_arms(settings()))
    assert found["diq", "5%"] == [Arm("diq", "5%", 0), Arm("diq", "5%", 7)]
    assert found["base", ""] == [Arm("base", "", 0)]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"strategies": ("diq", "diq")}, "strategy diq is named twice"),
        ({"seeds": (1, 1)}, "seed 1 is named twice"),
        ({"budgets": ()}, "names no budget"),
        ({"strategies": ("best",)}, "no strategy 'best'"),
        ({"strategies": ("difficulty:mood",)}, "no aspect 'mood'"),
        ({"strategies": ("full",)}, "keeps everything whatever the budget"),
        ({"budgets": ("110%",)}, "more than everything"),
        ({"recipe": FinetuneSettings()}, "equal steps, but their number is not given"),
        ({"equal": "tokens"}, r"equal tokens, but their number is not given.*--tokens"),
    ],
)
def test_an_experiment_that_cannot_be_run_is_refused(
    changed: dict[str, object], words: str
) -> None:
    with pytest.raises(BadSetting, match=words):
        plan_arms(settings(**changed))


def test_a_long_name_leaves_no_room_for_the_arms() -> None:
    with pytest.raises(BadSetting, match="too long for an experiment"):
        checked_experiment_name("x" * 25)
