"""What the page is drawn from, made of the view: what is chosen, marked and opened."""

from __future__ import annotations

from diq_core.errors import BadSetting, NotFound
from diq_core.selection.pool import Pool
from diq_core.selection.strategies import Strategy, by_score, strategies
from diq_core.study import Study
from pages.parts.boxes import show_user_error
from pages.parts.explore.colour import coding_of
from pages.parts.explore.data import Inputs, as_fixed, load_selection, row_of
from pages.parts.explore.finding import make_searchable, marked
from pages.parts.explore.pictures import Scene
from pages.parts.explore.placing import drop_unknown
from pages.parts.explore.state import View, change, current
from pages.parts.set_aside import set_aside


def make_scene(study: Study, inputs: Inputs, pool: Pool) -> Scene | None:
    """Return what both maps are drawn from, or None where the knobs choose nothing."""
    view = current(study)
    try:
        make_searchable(inputs, view)
        selection = load_selection(inputs, as_fixed(inputs, view.settings))
        inside = marked(inputs, view, pool)
    except BadSetting as error:
        show_user_error(error)
        if view != view.unfiltered:
            # What was written stays where it can be corrected; the page goes on without it.
            return _without_filter(inputs, view.unfiltered, pool)
        drop_unknown(study, pool, set_aside(study, inputs.dataset))
        return None
    if inside is None and view.listed == "region":
        change(study, listed="chosen")
        view = current(study)
    opened = None
    if view.sample:
        try:
            opened = row_of(inputs, view.sample)
        except NotFound as error:
            show_user_error(error)
            change(study, sample="")
            view = current(study)
    if inside is not None:
        inside = inside & ~selection.placed.not_asked_for
    coding = coding_of(inputs, view)
    return Scene(inputs, view, pool, selection, inside, opened, coding)


def _without_filter(inputs: Inputs, view: View, pool: Pool) -> Scene | None:
    try:
        chosen = load_selection(inputs, as_fixed(inputs, view.settings))
        return Scene(inputs, view, pool, chosen, None, None, is_asked=False)
    except BadSetting as error:
        show_user_error(error)
        return None


def possible_strategies(pool: Pool) -> dict[str, Strategy]:
    """Return the strategies whose scores at least one sample has, those by own scores too."""
    own = (by_score(score) for score in pool.scores.about.values())
    offered = {**strategies(), **{strategy.name: strategy for strategy in own}}
    return {
        name: strategy
        for name, strategy in offered.items()
        if not strategy.needed(pool.axes) or pool.has_all(*strategy.needed(pool.axes))
    }
