"""The charts of an experiment, for its page and its report alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diq_core.experiment.arms import BASE, FULL
from diq_core.experiment.findings import Cell, Findings, Measure
from diq_core.experiment.words import amount, best_first, group_name, span

if TYPE_CHECKING:
    import plotly.graph_objects as go

COLOURS = ("#0F766E", "#B45309", "#4338CA", "#BE185D", "#4D7C0F", "#0369A1", "#7E22CE", "#9A3412")
_REFERENCE, _MUTED = "#64748B", "#94A3B8"


def score_figure(findings: Findings, measure: Measure, *, chance: float) -> go.Figure:
    """Return the mean of every arm with its 95 % interval.

    With several budgets it is score against budget, a line with a band for each strategy; with one
    it is a dot with a bar for each strategy, the best on top.

    Args:
        chance: accuracy of blind guessing, 0 to 1; drawn as a line beside accuracies.
    """
    import plotly.graph_objects as go

    cells = best_first(findings.cells, measure)
    trained = [cell for cell in cells if cell.strategy not in (BASE, FULL)]
    figure = go.Figure()
    if len({cell.budget for cell in trained}) > 1:
        _draw_lines(figure, trained, measure)
        references = [cell for cell in cells if cell.strategy in (BASE, FULL)]
        for cell in references:
            figure.add_hline(
                y=_scaled(cell.mean.value, measure), line_dash="dot", line_color=_REFERENCE,
                annotation_text=group_name((cell.strategy, cell.budget)),
                annotation_position="top left",
            )  # fmt: skip
        if measure == "accuracy":
            figure.add_hline(
                y=100 * chance, line_dash="dash", line_color=_MUTED, annotation_text="chance",
                annotation_position="bottom left",
            )  # fmt: skip
        figure.update_xaxes(title="samples chosen", type="log")
        figure.update_yaxes(title=axis_title(measure))
    else:
        _draw_dots(figure, cells, measure)
        if measure == "accuracy":
            figure.add_vline(x=100 * chance, line_dash="dash", line_color=_MUTED,
                             annotation_text="chance")  # fmt: skip
        figure.update_xaxes(title=axis_title(measure))
        figure.update_yaxes(autorange="reversed", automargin=True)
    figure.update_layout(template="plotly_white", height=420, margin={"l": 8, "r": 8, "t": 40})
    return figure


def axis_title(measure: Measure) -> str:
    """Return what an axis of this measure says."""
    return (
        "accuracy in %, higher is better"
        if measure == "accuracy"
        else "answer loss in nats per token, lower is better"
    )


def _draw_lines(figure: go.Figure, cells: list[Cell], measure: Measure) -> None:
    for place, strategy in enumerate(sorted({cell.strategy for cell in cells})):
        some = sorted(
            (cell for cell in cells if cell.strategy == strategy), key=lambda cell: cell.samples
        )
        colour = COLOURS[place % len(COLOURS)]
        x = [cell.samples for cell in some]
        ends = [[_scaled(value, measure) for value in values] for values in
                ([cell.mean.high for cell in some], [cell.mean.low for cell in some])]  # fmt: skip
        figure.add_scatter(
            x=[*x, *reversed(x)], y=[*ends[0], *reversed(ends[1])], fill="toself", mode="none",
            fillcolor=colour, opacity=0.13, hoverinfo="skip", showlegend=False,
            legendgroup=strategy,
        )  # fmt: skip
        figure.add_scatter(
            x=x, y=[_scaled(cell.mean.value, measure) for cell in some], mode="lines+markers",
            line={"color": colour}, name=strategy, legendgroup=strategy,
            text=[_label(cell, measure) for cell in some], hovertemplate="%{text}<extra></extra>",
        )  # fmt: skip


def _draw_dots(figure: go.Figure, cells: list[Cell], measure: Measure) -> None:
    values = [_scaled(cell.mean.value, measure) for cell in cells]
    figure.add_scatter(
        x=values,
        y=[group_name((cell.strategy, cell.budget)) for cell in cells],
        mode="markers",
        marker={"size": 10, "color": [
            _REFERENCE if cell.strategy in (BASE, FULL) else COLOURS[0] for cell in cells
        ]},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [_scaled(each.mean.high - each.mean.value, measure) for each in cells],
            "arrayminus": [_scaled(each.mean.value - each.mean.low, measure) for each in cells],
            "color": _MUTED,
        },
        text=[_label(cell, measure) for cell in cells],
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
    )  # fmt: skip


def _label(cell: Cell, measure: Measure) -> str:
    return (
        f"{group_name((cell.strategy, cell.budget))}: {amount(cell.mean.value, measure)}, 95 % "
        f"{span(cell.mean.low, cell.mean.high, measure)}, {cell.seeds} seeds, "
        f"{cell.questions} questions"
    )


def _scaled(value: float, measure: Measure) -> float:
    return 100 * value if measure == "accuracy" else value
