"""Whether one model is really better than another, in words."""

from collections.abc import Sequence

from app.shared import words
from core.evaluation.comparison import UNLIKELY, ClassPairedCounts, Comparison
from core.evaluation.intervals import Interval
from core.labels import LabelSpace


def sentence(a: str, b: str, pair: Comparison, space: LabelSpace) -> str:
    """Who is right where the other is wrong, whether that is chance, and in which classes it lies.

    a, b: names of the first and the second model of the pair. The one that is right more often comes first.
    """
    tally = pair.overall
    cells = f"On these {words.count(tally.n, 'cell')}"
    if pair.alike:
        return f"{cells} {a} and {b} give the same answers."
    if not tally.only_a + tally.only_b:
        return f"{cells} {a} and {b} are right on the same ones: these cells show no difference."
    if tally.only_a == tally.only_b:
        text = f"{cells} {a} and {b} are each right on {tally.only_a:,} that the other misses: no difference overall"
        return f"{text}{_but(a, b, pair, space)}."
    more, fewer = (a, b) if tally.only_a > tally.only_b else (b, a)
    right, wrong = max(tally.only_a, tally.only_b), min(tally.only_a, tally.only_b)
    text = (
        f"{cells} {more} is right on {right:,} that {fewer} misses and wrong on {wrong:,} that {fewer} gets: "
        f"the difference"
    )
    if tally.p >= UNLIKELY:
        return f"{text} may well be chance ({_p(tally.p)}){_but(a, b, pair, space)}."
    return f"{text} is unlikely to be chance ({_p(tally.p)}); {_where(a, b, pair, space, a_leads=more == a)}."


def _where(a: str, b: str, pair: Comparison, space: LabelSpace, *, a_leads: bool) -> str:
    """In which classes a difference lies that there is, and in which it is the other way round."""
    with_difference = [tally for tally in pair.significant if (tally.difference.value > 0) == a_leads]
    against = [tally for tally in pair.significant if (tally.difference.value > 0) != a_leads]
    lies = f"it lies in {_named(with_difference, space)}" if with_difference else "no single class shows it"
    return f"{lies}, while {b if a_leads else a} is better at {_named(against, space)}" if against else lies


def _but(a: str, b: str, pair: Comparison, space: LabelSpace) -> str:
    """The classes that differ although all cells together do not."""
    better = {a: [tally for tally in pair.significant if tally.difference.value > 0]}
    better[b] = [tally for tally in pair.significant if tally.difference.value < 0]
    parts = [f"{name} is better at {_named(tallies, space)}" for name, tallies in better.items() if tallies]
    return f", but {words.join(parts)}" if parts else ""


def _named(tallies: Sequence[ClassPairedCounts], space: LabelSpace) -> str:
    return words.join([f"{space[tally.key].name.lower()}s" for tally in tallies])


def _p(p: float) -> str:
    """For sentences, which never break inside."""
    return f"p {p_value(p)}".replace(" ", words.SPACE)


def p_value(p: float) -> str:
    """ "= .005", "< .001"."""
    return "< .001" if p < 0.001 else f"= {p:.3f}".replace("0.", ".", 1) if p < 1 else "= 1"


def difference(figure: Interval) -> str:
    """In percentage points with its interval: "+0.4 (−0.1 to +0.9)"."""
    value, low, high = (f"{100 * end:+.1f}".replace("-", "\u2212") for end in (figure.value, figure.low, figure.high))
    return value if figure.low != figure.low else f"{value} ({low} to {high})"
