"""How far a map of a model may be believed: the score of its method in words, and all methods in a table."""

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from app.shared import words
from app.shared.saving import save_csv
from core.errors import CheckpointError
from core.evaluation.intervals import Interval
from core.evaluation.results.faithfulness import (
    CONTROLS,
    SANE_BELOW,
    Faithfulness,
    MethodFigures,
    read_faithfulness,
)

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint
    from core.explain.registry import AttributionMethod

COMMAND = "python -m core bench explanations --model {name} --keep"


def methods(checkpoint: "Checkpoint") -> "tuple[AttributionMethod, ...]":
    """The methods that can explain the network, the most faithful first."""
    from core.explain.ranking import ranked_methods

    lead = checkpoint.lead
    return ranked_methods(lead.spec, lead.name, lead.card.sha256)


def quickest(checkpoint: "Checkpoint") -> "AttributionMethod":
    """The most faithful of those that need not be waited for."""
    return next(method for method in methods(checkpoint) if method.quick)


def _measured(checkpoint: "Checkpoint") -> Faithfulness | None:
    lead = checkpoint.lead
    return read_faithfulness(lead.name, lead.card.sha256)


def how_faithful(checkpoint: "Checkpoint", method: str) -> str:
    """What was measured of a method, in a sentence or two; "" where nothing was."""
    try:
        faithfulness = _measured(checkpoint)
    except CheckpointError as error:
        return str(error)
    if faithfulness is None or method not in faithfulness.methods():
        return ""
    own, chance, spot = (_figures(checkpoint, name) for name in (method, "chance", "middle-spot"))
    return _in_words(own, chance, spot, first=faithfulness.ranked()[0] == method)


def _in_words(own: MethodFigures, chance: MethodFigures, spot: MethodFigures, *, first: bool) -> str:
    best = " It comes first because it was the most faithful on validation cells." if first else ""
    middle = f" A plain spot in the middle, where cells are, reaches {spot.score.value:.2f}."
    beyond = own.score.low > chance.score.high
    does = "does carry the answer" if beyond else "carries the answer hardly better than chance"
    text = (
        f"Faithfulness {own.score.value:.2f} on {own.n} test cells, {chance.score.value:.2f} for a random map: "
        f"what it marks {does}."
    )
    learned = (
        "" if abs(own.alike.value) < SANE_BELOW else " It looks much the same for a model that has learned nothing."
    )
    return f"{text}{middle}{learned}{best}"


def _figures(checkpoint: "Checkpoint", method: str, split: str = "test") -> MethodFigures:
    faithfulness = _measured(checkpoint)
    assert faithfulness is not None
    return _counted(faithfulness.sha256, method, split, faithfulness)


@st.cache_data(max_entries=512, show_spinner=False)
def _counted(sha256: str, method: str, split: str, _faithfulness: Faithfulness) -> MethodFigures:
    return _faithfulness.figures(method, split)


def show(checkpoint: "Checkpoint") -> None:
    """The section of the page Model: every method with its figures, or the command that measures them."""
    st.subheader("Do its maps show where it looked?", anchor=False)
    try:
        faithfulness = _measured(checkpoint)
    except CheckpointError as error:
        st.warning(words.plain(str(error)))
        return
    if faithfulness is None:
        st.markdown("How faithful its maps are has not been measured with these weights. This command does so:")
        st.code(COMMAND.format(name=checkpoint.lead.name), "bash", wrap_lines=True)
        return
    first = next(method for method in methods(checkpoint) if method.name == faithfulness.ranked()[0])
    st.markdown(
        f"**{first.title}** was the most faithful on validation cells and is shown first on Read. "
        f"{how_faithful(checkpoint, first.name)}"
    )
    rows = table(checkpoint, faithfulness)
    st.dataframe(rows, hide_index=True, alt="One row for each method, and two for maps that look at nothing.")
    save_csv("explanations", lambda: rows.to_csv(index=False))
    st.caption(
        "The picture is blurred away, starting with what the map marks, and brought back in the same order: "
        "*faithfulness* is the mean probability while it comes back (insertion) less that while it goes (deletion). "
        "*As without learning*: "
        "rank correlation of the map with that of the same network with random weights; near 0 is good. *In the cell*: "
        "share of the map within the cell, which has the share of the picture that is in brackets. Where the cell is "
        "was found by thresholds for PBC, and drawn by people for JTSC. Intervals: 95 %, by cell."
    )


def table(checkpoint: "Checkpoint", faithfulness: Faithfulness) -> pd.DataFrame:
    """One row a method, the most faithful on validation first; controls last."""
    from core.explain.registry import ATTRIBUTION_METHODS

    others = [split for split in dict.fromkeys(faithfulness.table["split"]) if split not in ("val", "test")]
    rows = []
    for name in [*faithfulness.ranked(), *(name for name in CONTROLS if name in faithfulness.methods())]:
        own = _figures(checkpoint, name)
        row = {
            "Method": ATTRIBUTION_METHODS[name].title if name in ATTRIBUTION_METHODS else CONTROLS[name],
            "Faithfulness": _in_figures(own.score),
            "On validation": _in_figures(_figures(checkpoint, name, "val").score),
            "Insertion": f"{own.insertion.value:.2f}",
            "Deletion": f"{own.deletion.value:.2f}",
            "As without learning": _in_figures(own.alike) if name in ATTRIBUTION_METHODS else "1",
            "In the cell": _inside(own),
        }
        row |= {f"In the cell ({split.upper()})": _inside(_figures(checkpoint, name, split)) for split in others}
        rows.append(row)
    return pd.DataFrame(rows)


def _in_figures(figure: Interval) -> str:
    if figure.value != figure.value:
        return "not known"
    return f"{figure.value:.2f} ({figure.low:.2f} to {figure.high:.2f})"


def _inside(own: MethodFigures) -> str:
    if own.inside.value != own.inside.value:
        return "not known"
    return f"{words.share(own.inside)} ({words.percent(own.area)})"
