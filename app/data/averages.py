"""The average photograph of each class, and where its photographs differ."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st
from PIL import Image

from app.data.dataset import ChosenDataset
from app.shared.saving import save_csv
from core.datasets import Source
from core.datasets.statistics import MOST, SIDE, ClassAppearance, class_appearances

SHOWN = 170
"""Side in screen pixels of a picture."""


def show(dataset: ChosenDataset) -> None:
    """Mean and standard deviation of each class's training photographs."""
    st.header("What do the cells of a class have in common?", anchor=False)
    if dataset.source is None:
        st.markdown("Averages are computed from the photographs, which are not here.")
        return
    class_looks = of_classes(dataset.source)
    white = max(float(look.spread.max()) for look in class_looks.values())
    st.markdown(
        "Above, the mean of each class's training photographs; below, how much they differ, pixel by pixel: the "
        f"brighter, the more. White is a standard deviation of {white:.0f} out of 255 levels in every picture. What "
        "the means show clearly, a model can recognise by place and colour alone."
    )
    st.caption(sampled(class_looks))
    with st.container(horizontal=True, gap="small"):
        for key, look in class_looks.items():
            name = dataset.space[key].name
            with st.container(width=SHOWN, gap="xsmall"):
                st.markdown(f"**{name}**")
                st.image(_large(look.mean), width=SHOWN, alt=_mean_in_words(name, look))
                grey = np.rint(255 * look.spread / max(white, 1e-9)).astype(np.uint8)
                st.image(_large(np.stack([grey] * 3, axis=-1)), width=SHOWN, alt=_spread_in_words(name, look))
    figures = table(class_looks, dataset)
    with st.expander("The table"):
        st.dataframe(
            figures, hide_index=True, alt="Brightness and spread of each class, in the middle and at the edge."
        )
        st.caption("Middle: the central quarter of the picture. Edge: its outermost eighth on each side.")
        save_csv(f"averages-{dataset.name}", lambda: figures.to_csv(index=False))


def of_classes(source: Source) -> dict[str, ClassAppearance]:
    """How each class looks; worked out once for each place of the data set."""
    return _looks(source.spec.name, str(source.root), source)


@st.cache_data(ttl="1h", max_entries=8, show_spinner="Averaging photographs; the first time takes some seconds …")
def _looks(name: str, root: str, _source: Source) -> dict[str, ClassAppearance]:
    return class_appearances(_source)


def sampled(class_looks: Mapping[str, ClassAppearance]) -> str:
    """Which photographs were looked at."""
    total, used = (sum(getattr(look, what) for look in class_looks.values()) for what in ("total", "used"))
    if total == used:
        return f"All {total:,} training photographs, at {SIDE} × {SIDE} pixels."
    return (
        f"At most {MOST} training photographs of each class, {used:,} of {total:,}, picked by a hash of their names "
        f"and so always the same; at {SIDE} × {SIDE} pixels."
    )


def _large(pixels: np.ndarray) -> np.ndarray:
    return np.asarray(Image.fromarray(pixels).resize((2 * SHOWN, 2 * SHOWN), Image.Resampling.BICUBIC))


def _parts(values: np.ndarray) -> tuple[float, float]:
    """Means of the central quarter and of the outermost eighth of (S, S, ...)."""
    side = len(values)
    quarter, eighth = side // 4, side // 8
    edge = np.ones((side, side), bool)
    edge[eighth : side - eighth, eighth : side - eighth] = False
    return float(values[quarter : side - quarter, quarter : side - quarter].mean()), float(values[edge].mean())


def _mean_in_words(name: str, look: ClassAppearance) -> str:
    middle, edge = _parts(look.mean)
    return f"Mean of {look.used} photographs, {name.lower()}: level {middle:.0f} in the middle, {edge:.0f} at the edge."


def _spread_in_words(name: str, look: ClassAppearance) -> str:
    middle, edge = _parts(look.spread)
    return (
        f"Spread of {look.used} photographs, {name.lower()}: {middle:.0f} levels in the middle, {edge:.0f} at the edge."
    )


def table(class_looks: Mapping[str, ClassAppearance], dataset: ChosenDataset) -> pd.DataFrame:
    """The pictures as figures: one row a class."""
    rows = []
    for key, look in class_looks.items():
        (mean_middle, mean_edge), (spread_middle, spread_edge) = _parts(look.mean), _parts(look.spread)
        rows.append(
            {
                "Class": dataset.space[key].name,
                "Looked at": look.used,
                "Of": look.total,
                "Mean, middle": round(mean_middle),
                "Mean, edge": round(mean_edge),
                "Spread, middle": round(spread_middle),
                "Spread, edge": round(spread_edge),
            }
        )
    return pd.DataFrame(rows)
