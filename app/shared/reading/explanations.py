"""How far a map of a model may be believed: what was measured of its method, in words."""

from typing import TYPE_CHECKING

import streamlit as st

from core.errors import CheckpointError
from core.evaluation.results.faithfulness import (
    SANE_BELOW,
    Faithfulness,
    MethodFigures,
    read_faithfulness,
)

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint
    from core.explain.registry import AttributionMethod


def methods(checkpoint: "Checkpoint") -> "tuple[AttributionMethod, ...]":
    """The methods that can explain the network, the most faithful first."""
    from core.explain.ranking import ranked_methods

    lead = checkpoint.lead
    return ranked_methods(lead.spec, lead.name, lead.card.sha256)


def quickest(checkpoint: "Checkpoint") -> "AttributionMethod":
    """Where many maps are shown: Grad-CAM, or what stands in for it in a network without convolutions."""
    from core.explain.registry import methods_for

    return methods_for(checkpoint.lead.spec)[0]


def meaning(method: "AttributionMethod", class_name: str) -> str:
    """What the colour of a map marks, to follow "Lime: "."""
    if method.of_class:
        return f"where the evidence for {class_name} was found"
    return "what stood out to the model, whatever the class"


def measured(checkpoint: "Checkpoint") -> Faithfulness | None:
    """The measurements of these weights, of an ensemble those of its first member; CheckpointError if damaged."""
    lead = checkpoint.lead
    return read_faithfulness(lead.name, lead.card.sha256)


def how_faithful(checkpoint: "Checkpoint", method: str) -> str:
    """What was measured of a method, in a sentence or two; "" where nothing was."""
    try:
        faithfulness = measured(checkpoint)
    except CheckpointError as error:
        return str(error)
    if faithfulness is None or method not in faithfulness.methods():
        return ""
    own, chance, spot = (figures_of(checkpoint, name) for name in (method, "chance", "middle-spot"))
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


def figures_of(checkpoint: "Checkpoint", method: str, split: str = "test") -> MethodFigures:
    faithfulness = measured(checkpoint)
    assert faithfulness is not None
    return _counted(faithfulness.sha256, method, split, faithfulness)


@st.cache_data(max_entries=512, show_spinner=False)
def _counted(sha256: str, method: str, split: str, _faithfulness: Faithfulness) -> MethodFigures:
    return _faithfulness.figures(method, split)
