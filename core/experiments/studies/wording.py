"""Figures in the sentences of findings."""

from math import isnan

from core.evaluation.intervals import Interval, Rate
from core.experiments.studies.results import Scores
from core.wording import NOT_KNOWN, SPACE, digits


def percent(value: float) -> str:
    """A published figure: "43.3 %"."""
    return f"{100 * value:.1f}{SPACE}%"


def rate(figure: Interval | Rate) -> str:
    """ "82 % (75 to 88)", in no more digits than the interval deserves."""
    if isnan(figure.value):
        return NOT_KNOWN
    places = digits(figure.value, figure.low, figure.high, most=1)
    ends = f"{100 * figure.low:.{places}f} to {100 * figure.high:.{places}f}"
    return f"{100 * figure.value:.{places}f}{SPACE}% ({'no interval' if isnan(figure.low) else ends})"


def right(scores: Scores) -> str:
    """ "82 % (75 to 88) of 71 photos"."""
    return f"{rate(scores.accuracy)} of {scores.n:,} {scores.units}"


def points(change: Interval) -> str:
    """A difference: "12 points (3 to 20)", "1 point (-2 to 5)"."""
    whole = f"{100 * change.value:.0f}"
    return f"{whole} point{'' if whole in ('1', '-1') else 's'} ({100 * change.low:.0f} to {100 * change.high:.0f})"


def apart(change: Interval) -> bool:
    """Whether a difference is more than chance explains."""
    return change.low > 0 or change.high < 0
