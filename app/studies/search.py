"""What a search for settings found: the best trial, what matters most, every trial as a line and in a table."""

import math
from typing import Any

import pandas as pd
import streamlit as st

from app.shared import charts, words
from app.shared.saving import save_csv
from app.studies import tuning_charts
from app.studies.tuning_charts import short, title
from core.evaluation.intervals import Rate, wilson
from core.evaluation.results.searches import Search, open_search
from core.experiments.search_spaces import load_search

SLIGHT = 0.1
"""A share of the differences below which a setting is not said to matter."""
STATES = {"complete": "ran to the end", "pruned": "ended early, being behind", "failed": "failed"}


def show(name: str) -> None:
    """One search; how to run it where it has not been run."""
    search = open_search(name)
    if search is None:
        st.header(load_search(name).title, anchor=False)
        st.info(
            f"No run of this search is recorded here. The command `python -m core search {name}` runs it, without "
            "looking at test cells.",
            icon=":material/model_training:",
        )
        return
    st.header(words.plain(search.facts.title), anchor=False)
    st.markdown(best(search))
    st.markdown(matters(search))
    if search.trials["val_accuracy"].notna().any():
        st.markdown(
            "Each line is a trial, from its settings at the top down to its share of right answers on validation "
            "cells. The stronger the colour, the better; the thick line is the best trial, and dotted ones were ended "
            "early."
        )
        figure = tuning_charts.parallel(search)
        st.plotly_chart(figure, key=f"search-{name}", config=charts.CALM, alt=spoken(search))
    with st.expander("The table of all trials"):
        st.dataframe(table(search), hide_index=True, alt="One row for each trial, the most accurate first.")
        save_csv(f"search-{name}", search.trials.to_csv(index=False))
    st.caption(about(search))


def best(search: Search) -> str:
    """Which trial was best, and which others these cells cannot tell from it."""
    trial = search.best
    if trial is None:
        return "No trial ran to the end."
    rate = accuracy(search, trial)
    complete = search.trials[search.trials["state"] == "complete"]
    close = sum(accuracy(search, other).high >= rate.low for _, other in complete.iterrows()) - 1
    tail = f" {_others(close)} too close to be separated from it on these cells." if close else ""
    return (
        f"**Best of {words.count(len(search.trials), 'trial')}: {settings(search, trial)}.** It was right on "
        f"{words.rate(rate)} of {rate.n:,} validation cells.{tail}"
    )


def _others(number: int) -> str:
    return f"{number} others come" if number > 1 else "One other comes"


def matters(search: Search) -> str:
    """The setting that differences go with most, or that none stands out."""
    effects = search.effects()
    (first, share), *others = effects.items()
    if share < SLIGHT:
        return "No setting stands out: none explains the differences between trials."
    clear = [f"{title(name)} ({100 * effect:.0f}{words.SPACE}%)" for name, effect in others if effect >= SLIGHT]
    tail = f", then {words.join(clear)}" if clear else "; the others matter little" if others else ""
    return (
        f"What matters most is the **{title(first)}**: about {100 * share:.0f}{words.SPACE}% of the differences "
        f"between trials go with it{tail}."
    )


def settings(search: Search, trial: "pd.Series[Any]") -> str:
    """ "batch size 64, learning rate 0.001 and epochs 30"."""
    return words.join([f"{title(name)} {words.plain(short(trial[name]))}" for name in search.facts.settings])


def accuracy(search: Search, trial: "pd.Series[float]") -> Rate:
    """A trial's validation accuracy with its 95 % interval; not known where it failed."""
    n = search.facts.counts["val"]
    value = float(trial["val_accuracy"])
    return wilson(0, 0) if math.isnan(value) else wilson(round(value * n), n)


def spoken(search: Search) -> str:
    """All trials as text, for who cannot see the lines."""
    ordered = search.trials.sort_values("val_accuracy", ascending=False)
    parts = [f"{settings(search, trial)}: {words.share(accuracy(search, trial))}" for _, trial in ordered.iterrows()]
    return f"Trials, the most accurate first. {'; '.join(parts)}."


def table(search: Search) -> pd.DataFrame:
    """One row a trial in words, the most accurate first."""
    return pd.DataFrame(
        {
            "Trial": int(trial["number"]) + 1,
            "State": STATES[trial["state"]],
            **{_heading(name): short(trial[name]) for name in search.facts.settings},
            "Right on validation": words.rate(accuracy(search, trial)),
            "Validation loss": _number(trial["val_loss"], ".3f"),
            "Best epoch": _number(trial["best_epoch"], ".0f"),
            "Epochs run": _number(trial["epochs_run"], ".0f"),
            "Seconds": _number(trial["seconds"], ".0f"),
            "Remark": trial["reason"],
        }
        for _, trial in search.trials.sort_values("val_accuracy", ascending=False).iterrows()
    )


def _heading(setting: str) -> str:
    name = title(setting)
    return name[0].upper() + name[1:]


def _number(value: float, digits: str) -> str:
    return "" if math.isnan(value) else format(value, digits)


def about(search: Search) -> str:
    """How the trials were made and judged, and how far to trust them."""
    facts = search.facts
    states = search.trials["state"].value_counts()
    ended = words.join([f"{states[state]} {text}" for state, text in STATES.items() if state in states])
    minutes = search.trials["seconds"].sum() / 60
    return words.plain(
        f"{facts.declaration.get('note', '').strip()} Trials: {ended}. Test cells were not looked at. The best of many "
        "owes something to luck, so expect a little less on test. Shares are of the differences in rank, corrected "
        f"for chance, and rough with so few trials. Trained on {facts.counts['train']:,} cells of {facts.source}, in "
        f"{minutes:.0f} minutes on {facts.hardware}. The command: python -m core search {facts.name}"
    ).strip()
