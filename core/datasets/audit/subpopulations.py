"""Images that differ from the rest in how they were made: size, source, format, compression, colours, focus.

Two ways: values that only a minority has (a size, a quality), and clusters in what is measured of every image. Neither
looks at labels; how the classes are spread over each is told afterwards.
"""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.cluster import HDBSCAN

COLOURS = ("red", "green", "blue", "ground_red", "ground_green", "ground_blue", "contrast", "focus", "cut")
"""Measured of every image (core.datasets.audit.facts)."""

NOT_MADE = {
    "bytes",
    "trouble",
    "content",
    "picture",
    "key",
    "label",
    "split",
    "subtype",
    "left",
    "top",
    "right",
    "bottom",
}
"""Columns that say what an image shows or where, not how it was made."""

LEAST, SHARE = 10, 0.002
"""Images that a subpopulation has at least: so many, and this share of all."""

FEW_VALUES = 30
"""A column of more values than this is no category."""

TRAITS = 4
"""Traits told of a subpopulation, the most distinct first."""

CLUSTERED = 20_000
SEED = 0


def subpopulations(table: pd.DataFrame) -> list[dict[str, Any]]:
    """One row a subpopulation, the largest first: name, images, share, classes (counts), splits (counts), traits.

    table: `Survey.table`. traits: what sets it apart, each with its name, the value within and outside, and how
    distinct it is: the chance that an image within has more of it than one outside, 0.5 meaning no difference.
    """
    opened = table[table["trouble"] == ""]
    if len(opened) < 2 * LEAST:
        return []
    candidates = dict(_by_value(opened))
    candidates |= {f"cluster {number}": members for number, members in enumerate(_clusters(opened), start=1)}
    rows: list[dict[str, Any]] = []
    taken: list[np.ndarray] = []
    for name, members in sorted(candidates.items(), key=lambda item: (-len(item[1]), item[0])):
        inside = opened.index.isin(members)
        if any(_nearly_equal(inside, other) for other in taken):
            continue
        taken.append(inside)
        rows.append(_row(name, opened, inside))
    return rows


def _least(total: int) -> int:
    return max(LEAST, int(np.ceil(SHARE * total)))


def categories(table: pd.DataFrame) -> pd.DataFrame:
    """The columns that tell in words or whole numbers how an image was made, as text; quality to the nearest five."""
    columns = {"size": table["width"].map("{:.0f}".format) + " × " + table["height"].map("{:.0f}".format)}
    if {"source_width", "source_height"} <= set(table):
        columns["source size"] = table["source_width"].astype(str) + " × " + table["source_height"].astype(str)
    if table["quality"].notna().any():
        columns["JPEG quality"] = table["quality"].map(lambda value: "none" if np.isnan(value) else f"{value:.0f}")
    for name in ("format", "lab"):
        columns[name] = table[name].astype(str)
    left_out = (
        NOT_MADE | set(COLOURS) | {"width", "height", "source_width", "source_height", "quality", "format", "lab"}
    )
    for column in [name for name in table if name not in left_out and name not in ("group", "photo")]:
        if 1 < table[column].nunique(dropna=False) <= FEW_VALUES:
            columns[str(column)] = table[column].astype(str)
    return pd.DataFrame(columns, index=table.index)


def _by_value(table: pd.DataFrame) -> list[tuple[str, pd.Index]]:
    rows = []
    for column, values in categories(table).items():
        counts = values.value_counts()
        for value, number in counts.iloc[1:].items():
            if number >= _least(len(table)) and number <= len(table) / 2:
                rows.append((f"{column} {value}", values.index[values == value]))
    return rows


def _clusters(table: pd.DataFrame) -> list[pd.Index]:
    """All but the largest of the clusters by density in colours, background and focus."""
    numbers = _spread(table)
    rng = np.random.default_rng(SEED)
    chosen = np.sort(rng.permutation(len(table))[:CLUSTERED])
    least = max(LEAST, int(np.ceil(0.01 * len(chosen))))
    if not numbers.shape[1] or len(chosen) < 3 * least:
        return []
    # copy, since what scikit-learn does without it changes between its versions.
    clusters = HDBSCAN(min_cluster_size=least, min_samples=LEAST, copy=True).fit_predict(numbers[chosen])
    names, counts = np.unique(clusters[clusters >= 0], return_counts=True)
    others = [name for name in names if name != names[counts.argmax()]] if len(names) else []
    return [table.index[chosen[clusters == name]] for name in others]


def _spread(table: pd.DataFrame) -> np.ndarray:
    """(N, D): what is measured, in units of its spread among the middle half; columns without any are left out."""
    values = table[list(COLOURS)].to_numpy(float)
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75], axis=0)
    varied = high - low > 1e-6
    return np.asarray(np.clip((values - middle)[:, varied] / (high - low)[varied], -10, 10))


def _nearly_equal(first: np.ndarray, second: np.ndarray) -> bool:
    """Whether two subpopulations are nearly the same images."""
    return bool((first & second).sum() / max((first | second).sum(), 1) > 0.9)


def _row(name: str, table: pd.DataFrame, inside: np.ndarray) -> dict[str, Any]:
    return {
        "name": name,
        "images": int(inside.sum()),
        "share": round(float(inside.mean()), 4),
        "classes": _counts(table.loc[inside, "label"]),
        "splits": _counts(table.loc[inside, "split"]),
        "apart": _apart(table["label"], inside),
        "traits": _traits(table, inside),
        "files": table.loc[inside, "key"].astype(str).tolist(),
    }


def _counts(values: "pd.Series[str]") -> dict[str, int]:
    return {str(value): int(number) for value, number in values.value_counts().items()}


def _apart(labels: "pd.Series[str]", inside: np.ndarray) -> float:
    """Cramér's V of class and membership: 0 all classes alike, 1 the class says it all."""
    counts = pd.crosstab(labels, inside).to_numpy(float)
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0, keepdims=True) / counts.sum()
    squares = ((counts - expected) ** 2 / np.maximum(expected, 1e-12)).sum()
    return round(float(np.sqrt(squares / counts.sum() / max(min(counts.shape) - 1, 1))), 3)


def _traits(table: pd.DataFrame, inside: np.ndarray) -> list[dict[str, Any]]:
    """What sets it apart: first values that most of its images have and few others, then measures."""
    traits = []
    for column, values in categories(table).items():
        value = values[inside].value_counts().index[0]
        within, outside = float((values[inside] == value).mean()), float((values[~inside] == value).mean())
        if within > 0.5 and within - outside > 0.3:
            shares = {"within": str(value), "share_within": round(within, 3), "share_outside": round(outside, 3)}
            traits.append((within - outside + 1, {"trait": str(column), **shares}))
    for column in (*COLOURS, "bytes"):
        members, rest = table.loc[inside, column].dropna(), table.loc[~inside, column].dropna()
        if members.empty or rest.empty:
            continue
        chance = _superiority(members.to_numpy(), rest.to_numpy())
        if abs(chance - 0.5) > 0.25:
            medians = {"within": round(float(members.median()), 2), "outside": round(float(rest.median()), 2)}
            traits.append((abs(chance - 0.5) * 2, {"trait": column, **medians, "distinct": round(chance, 3)}))
    return [trait for _, trait in sorted(traits, key=lambda item: -item[0])[:TRAITS]]


def _superiority(first: np.ndarray, second: np.ndarray) -> float:
    """The chance that a number of one is larger than one of the other, ties half (Mann-Whitney)."""
    ordered = np.sort(second)
    below = np.searchsorted(ordered, first, "left") + np.searchsorted(ordered, first, "right")
    return float(below.mean() / 2 / len(second))
