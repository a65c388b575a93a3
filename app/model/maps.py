"""How faithful the maps of a model are: every method with its figures."""

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from app.shared import alarm, words
from app.shared.reading import explanations
from app.shared.saving import save_csv
from core.errors import CheckpointError
from core.evaluation.intervals import Interval
from core.evaluation.results.faithfulness import CONTROLS, Faithfulness, MethodFigures
from core.wording import portion

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint

COMMAND = "python -m core bench explanations --model {name} --keep"


def show(checkpoint: "Checkpoint") -> None:
    """The section of the page Model: every method with its figures, or the command that measures them."""
    st.header("Do its maps show what the answer rests on?", anchor=False)
    try:
        faithfulness = explanations.measured(checkpoint)
    except CheckpointError as error:
        alarm.show([str(error)])
        return
    if faithfulness is None:
        st.markdown("How faithful its maps are has not been measured with these weights. This command does so:")
        st.code(COMMAND.format(name=checkpoint.lead.name), "bash", wrap_lines=True)
        return
    first = explanations.methods(checkpoint)[0]
    st.markdown(f"**{first.title}** is shown first on Read. {explanations.how_faithful(checkpoint, first.name)}")
    rows = table(checkpoint, faithfulness)
    st.dataframe(rows, hide_index=True, alt="One row for each method, and two for maps that look at nothing.")
    save_csv("explanations", lambda: rows.to_csv(index=False))
    st.caption(
        "The picture is blurred away, starting with what the map marks, and brought back in the same order: "
        "*faithfulness* is the mean probability while it comes back (insertion) less that while it goes (deletion). "
        "*As without learning*: rank correlation with the map of the same network with random weights; near 0 is good. "
        "*In the cell*: share of the map within the cell, with the cell's share of the picture in brackets. The cell's "
        "outline was found by thresholds in PBC and drawn by people in JTSC. Intervals: 95 %, by cell."
    )


def table(checkpoint: "Checkpoint", faithfulness: Faithfulness) -> pd.DataFrame:
    """One row a method, the most faithful on validation first; controls last."""
    from core.explain.registry import ATTRIBUTION_METHODS

    others = [split for split in dict.fromkeys(faithfulness.table["split"]) if split not in ("val", "test")]
    rows = []
    for name in [*faithfulness.ranked(), *(name for name in CONTROLS if name in faithfulness.methods())]:
        own = explanations.figures_of(checkpoint, name)
        row = {
            "Method": ATTRIBUTION_METHODS[name].title if name in ATTRIBUTION_METHODS else CONTROLS[name],
            "Faithfulness": _infigures_of(own.score),
            "On validation": _infigures_of(explanations.figures_of(checkpoint, name, "val").score),
            "Insertion": f"{own.insertion.value:.2f}",
            "Deletion": f"{own.deletion.value:.2f}",
            "As without learning": _infigures_of(own.alike) if name in ATTRIBUTION_METHODS else "1",
            "In the cell": _inside(own),
        }
        row |= {
            f"In the cell ({split.upper()})": _inside(explanations.figures_of(checkpoint, name, split))
            for split in others
        }
        rows.append(row)
    return pd.DataFrame(rows)


def _infigures_of(figure: Interval) -> str:
    if figure.value != figure.value:
        return "not known"
    return f"{figure.value:.2f} ({figure.low:.2f} to {figure.high:.2f})"


def _inside(own: MethodFigures) -> str:
    if own.inside.value != own.inside.value:
        return "not known"
    return f"{words.share(own.inside)} ({portion(own.area)})"
