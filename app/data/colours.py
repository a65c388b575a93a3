"""Which colours the pixels of each class have."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from app.data import averages, class_charts
from app.data.dataset import ChosenDataset
from app.shared import charts
from app.shared.saving import save_csv
from core.datasets.statistics import CHANNELS, ClassAppearance

TITLES = {
    "brightness": ("brightness", "From 0, black, to 255, white."),
    "red": ("red", "From 0, none, to 255."),
    "green": ("green", "From 0, none, to 255."),
    "blue": ("blue", "From 0, none, to 255."),
    "hue": (
        "hue in degrees",
        "-120 is blue, -60 magenta, 0 red, 60 yellow. Pixels with a saturation below 5 % have no hue and are left out.",
    ),
    "saturation": ("saturation in percent", "From 0, grey, to 100, pure colour."),
    "value": ("value in percent", "The strongest of red, green and blue, 100 for all that a camera can take."),
}
"""By channel: its axis, and what the figures mean."""

QUARTILES = ("Lower quartile", "Median", "Upper quartile")


def show(dataset: ChosenDataset) -> None:
    """The distribution of one channel by class, as lines and as quartiles."""
    st.header("What colours do they have?", anchor=False)
    if dataset.source is None:
        st.markdown("Colours are measured on the photographs, which are not here.")
        return
    channel = st.segmented_control(
        "Measure", list(CHANNELS), default=CHANNELS[0], required=True, key="channel", bind="query-params"
    )
    channel = channel or CHANNELS[0]
    class_looks = averages.of_classes(dataset.source)
    sentence = in_words(class_looks, channel, dataset)
    st.markdown(sentence)
    figure = class_charts.colours(class_looks, channel, TITLES[channel][0], dataset.space)
    st.plotly_chart(figure, key="colours", config=charts.CALM, alt=f"Share of pixels by {channel}. {sentence}")
    meaning = f"{TITLES[channel][1]} All pixels count, including the background and red cells."
    st.caption(f"{meaning} {averages.sampled(class_looks)}")
    st.dataframe(
        table(class_looks, [channel], dataset).drop(columns="Measure"), hide_index=True, alt=f"Quartiles of {channel}."
    )
    save_csv(f"colours-{dataset.name}", lambda: table(class_looks, CHANNELS, dataset).to_csv(index=False))


def in_words(class_looks: Mapping[str, ClassAppearance], channel: str, dataset: ChosenDataset) -> str:
    """The classes with the lowest and the highest median."""
    medians = {key: look.quartiles(channel)[1] for key, look in class_looks.items()}
    measured = {key: value for key, value in medians.items() if value == value}  # not NaN
    if not measured:
        return f"No pixel has a {channel}."
    low, high = min(measured, key=measured.__getitem__), max(measured, key=measured.__getitem__)
    ends = [f"{dataset.space[key].name.lower()} ({measured[key]:.0f})" for key in (low, high)]
    return f"The median {channel} is lowest for {ends[0]} and highest for {ends[1]}."


def table(
    class_looks: Mapping[str, ClassAppearance], channels: "tuple[str, ...] | list[str]", dataset: ChosenDataset
) -> pd.DataFrame:
    """Quartiles, one row a channel and class."""
    return pd.DataFrame(
        {"Measure": channel, "Class": dataset.space[key].name}
        | {title: round(value, 1) for title, value in zip(QUARTILES, look.quartiles(channel), strict=True)}
        for channel in channels
        for key, look in class_looks.items()
    )
