"""Charts of differences between two models, and of one class against all others."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from app.shared.charts import LEGEND, Style, framed, ink, interval_bars, whiskers
from core.evaluation.curves import Curve
from core.evaluation.operating_points import OperatingPoint

HEIGHT = 380
_ROOMS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Where the axis of false alarms may end."""


def roc(curves: Mapping[str, Curve], styles: Mapping[str, Style], point: OperatingPoint | None = None) -> go.Figure:
    """Share found against share of false alarms, the corner that matters; with the point of a threshold."""
    figure = go.Figure()
    lines = _lines(list(curves), styles)
    for name, curve in curves.items():
        figure.add_scatter(
            x=curve.false_alarms,
            y=curve.sensitivity,
            mode="lines",
            name=name,
            line=lines[name],
            customdata=_cuts(curve),
            hovertemplate=f"{name} from %{{customdata}} on: found %{{y:.1%}}, false alarms %{{x:.2%}}<extra></extra>",
        )
    x_end, y_begin = corner(curves.values())
    if point is not None:
        alarms = 1 - point.specificity.value
        x_end, y_begin = max(x_end, alarms * 1.1), min(y_begin, max(0.0, point.sensitivity.value - 0.05))
        figure.add_scatter(
            x=[alarms],
            y=[point.sensitivity.value],
            error_x=whiskers([alarms], [1 - point.specificity.high], [1 - point.specificity.low], 1.5),
            error_y=interval_bars([point.sensitivity], 1.5),
            mode="markers",
            name="the threshold chosen",
            marker={"color": ink(), "symbol": "circle", "size": 13},
            hovertemplate="the threshold: found %{y:.1%}, false alarms %{x:.2%}<extra></extra>",
        )
    figure = framed(figure, HEIGHT, showlegend=len(curves) > 1, legend=LEGEND)
    figure.update_xaxes(
        title="false alarms",
        tickformat=".1~%",
        range=[-0.02 * x_end, min(x_end, 1) * 1.02],
        fixedrange=True,
        zeroline=False,
    )
    low = y_begin - 0.02 * (1 - y_begin)
    return figure.update_yaxes(
        title="found", tickformat=".1~%", range=[low, 1 + 0.02 * (1 - y_begin)], fixedrange=True, zeroline=False
    )


def corner(curves: Iterable[Curve]) -> tuple[float, float]:
    """Where the axes of a ROC chart end and begin: false alarms to where every curve has found 99 in 100."""
    ends, begins = [1e-9], [1.0]
    for curve in curves:
        if np.isnan(curve.auc.value):
            continue
        ends.append(float(curve.false_alarms[np.argmax(curve.sensitivity >= 0.99)]))
        begins.append(float(curve.sensitivity[curve.false_alarms <= 0.002].max()))
    x_end = next(room for room in _ROOMS if room >= max(ends))
    return x_end, max(0.0, np.floor(min([*begins, 0.95]) * 10 - 1e-9) / 10)


def precision_recall(curves: Mapping[str, Curve], styles: Mapping[str, Style]) -> go.Figure:
    """Precision against the share found."""
    figure = go.Figure()
    lines = _lines(list(curves), styles)
    lowest = 0.9
    for name, curve in curves.items():
        # Where nothing is called so there is no precision; the curve begins with that of the first cells called.
        precision = np.where(np.isnan(curve.precision), curve.precision[1], curve.precision)
        usual = (curve.sensitivity >= 0.1) & (curve.sensitivity <= 0.98)
        lowest = min(lowest, float(precision[usual].min())) if usual.any() else lowest
        figure.add_scatter(
            x=curve.sensitivity,
            y=precision,
            mode="lines",
            name=name,
            line=lines[name],
            customdata=_cuts(curve),
            hovertemplate=f"{name} from %{{customdata}} on: found %{{x:.1%}}, right %{{y:.1%}}<extra></extra>",
        )
    figure = framed(figure, HEIGHT, showlegend=len(curves) > 1, legend=LEGEND)
    begin = float(np.floor(max(0.0, lowest) * 10) / 10)
    figure.update_xaxes(title="found", tickformat=".0%", range=[-0.01, 1.01], fixedrange=True, zeroline=False)
    return figure.update_yaxes(
        title="right, of those called so",
        tickformat=".0%",
        range=[begin - 0.02 * (1 - begin), 1 + 0.02 * (1 - begin)],
        fixedrange=True,
        zeroline=False,
    )


def _lines(names: Sequence[str], styles: Mapping[str, Style]) -> dict[str, dict[str, object]]:
    """The model's colour; models that share one, and would differ by their marks only, get other dashes."""
    dashes = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
    before: dict[str, int] = {}
    lines = {}
    for name in names:
        colour = styles[name][0]
        lines[name] = {"color": colour, "width": 2, "dash": dashes[before.get(colour, 0) % len(dashes)]}
        before[colour] = before.get(colour, 0) + 1
    return lines


def _cuts(curve: Curve) -> list[str]:
    return ["none" if np.isinf(cut) else f"{cut:.3g}" for cut in curve.thresholds]
