"""How far a map of a model may be believed: what was measured of its method, in words."""

import math
from typing import TYPE_CHECKING

import streamlit as st

from core.errors import CheckpointError
from core.evaluation.intervals import Interval
from core.evaluation.results.faithfulness import (
    SANE_BELOW,
    Faithfulness,
    MethodFigures,
)

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint
    from core.explain.registry import AttributionMethod


def methods(checkpoint: "Checkpoint") -> "tuple[AttributionMethod, ...]":
    """The methods that can explain the network, in the order of `core.explain.ranking`."""
    from core.inference.explaining import methods_of

    return methods_of(checkpoint)


def compared(checkpoint: "Checkpoint") -> "AttributionMethod | None":
    """What is shown beside Grad-CAM: the best of the other methods."""
    from core.explain.ranking import compared as beside

    return beside(methods(checkpoint))


def quickest(checkpoint: "Checkpoint") -> "AttributionMethod":
    """Where many maps are shown: Grad-CAM in its best form, or what stands in for it without convolutions."""
    from core.inference.explaining import quick_method_of

    return quick_method_of(checkpoint)


def meaning(method: "AttributionMethod", class_name: str) -> str:
    """What the colour of a map marks, to follow "Lime: "."""
    if method.of_class:
        return f"where the evidence for {class_name} was found"
    return "what stood out to the model, whatever the class"


def measured(checkpoint: "Checkpoint") -> Faithfulness | None:
    """The measurements of these weights, of an ensemble those of its first member; CheckpointError if damaged."""
    from core.inference.explaining import measured_of

    return measured_of(checkpoint)


def how_faithful(checkpoint: "Checkpoint", method: str) -> str:
    """What was measured of a method, in a sentence or two; "" where nothing was."""
    try:
        faithfulness = measured(checkpoint)
    except CheckpointError as error:
        return str(error)
    if faithfulness is None or method not in faithfulness.methods():
        return ""
    own, chance, spot = (figures_of(checkpoint, name) for name in (method, "chance", "middle-spot"))
    first = methods(checkpoint)[0].name == method
    return _in_words(own, chance, spot) + (f" {why_first(checkpoint)}" if first else "")


def why_first(checkpoint: "Checkpoint") -> str:
    """Of what was measured, why the first method is the first, and by how much another is better, in a sentence."""
    first, other, faithfulness = methods(checkpoint)[0], compared(checkpoint), measured(checkpoint)
    assert faithfulness is not None
    if not first.grad_cam:
        return "It comes first because it was the most faithful on validation cells."
    because = "It comes first as the best form of Grad-CAM on validation cells"
    if other is None:
        return f"{because}."
    difference = faithfulness.difference(first.name, other.name)
    if difference.value != difference.value:
        return f"{because}."
    low, high = (f"{end:+.2f}".replace("-", "−") for end in (difference.low, difference.high))
    margin = f"{abs(difference.value):.2f} (difference {low} to {high})"
    if difference.high < 0:
        return f"{because}; {other.title}, the best of the other methods, is more faithful by {margin}."
    if difference.low > 0:
        return f"{because}; it is more faithful than {other.title}, the best of the other methods, by {margin}."
    return (
        f"{because}; in faithfulness these cells do not tell it from {other.title}, the best of the other methods "
        f"(difference {low} to {high})."
    )


def _in_words(own: MethodFigures, chance: MethodFigures, spot: MethodFigures) -> str:
    if math.isnan(own.score.value):
        return "How faithful it is could not be measured."
    text = (
        f"Faithfulness {own.score.value:.2f} on {own.n:,} test cells; {chance.score.value:.2f} for a random map, "
        f"{spot.score.value:.2f} for a plain spot in the middle, where cells are."
    )
    learned = abs(own.alike.value) >= SANE_BELOW
    return f"{text} {worth(own.score, chance.score, spot.score)}" + (
        " It looks much the same for a model that has learned nothing." if learned else ""
    )


def worth(own: Interval, chance: Interval, spot: Interval) -> str:
    """What a method's faithfulness says of its maps, beside that of maps that look at nothing, in a sentence."""
    if not own.low > chance.high:
        return "So what it marks carries the answer no better than chance, as far as this can tell."
    if own.high < spot.low:
        return "So what it marks is better than chance, and tells less than that the cell is in the middle."
    if not own.low > spot.high:
        return "So what it marks is better than chance, but no surer than that the cell is in the middle."
    return "So what it marks does carry the answer, beyond that the cell is in the middle."


def figures_of(checkpoint: "Checkpoint", method: str, split: str = "test") -> MethodFigures:
    faithfulness = measured(checkpoint)
    assert faithfulness is not None
    return _counted(faithfulness.sha256, method, split, faithfulness)


@st.cache_data(max_entries=512, show_spinner=False)
def _counted(sha256: str, method: str, split: str, _faithfulness: Faithfulness) -> MethodFigures:
    return _faithfulness.figures(method, split)
