"""Images that lie in two splits, and one picture under two labels."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from core.datasets.audit.duplicates import is_duplicate, shows_one_cell
from core.datasets.audit.registration import Match
from core.datasets.audit.survey import Survey


def conflicts(matches: Sequence[Match], survey: Survey) -> list[dict[str, Any]]:
    """Pairs that show one cell under two labels: files, labels and distance."""
    keys, labels = survey.table["key"].tolist(), survey.table["label"].tolist()
    return [
        {"files": [keys[m.a], keys[m.b]], "labels": [labels[m.a], labels[m.b]], "distance": m.distance}
        for m in matches
        if labels[m.a] != labels[m.b] and is_duplicate(m) and shows_one_cell(m)
    ]


def across_splits(matches: Sequence[Match], survey: Survey) -> list[dict[str, Any]]:
    """What one split shows of another: by image (a pair of files), then by photo (a group of the source's table)."""
    keys, splits = survey.table["key"].tolist(), survey.table["split"].tolist()
    by_image = [
        {"by": "image", "files": [keys[m.a], keys[m.b]], "splits": [splits[m.a], splits[m.b]], "distance": m.distance}
        for m in matches
        if splits[m.a] != splits[m.b]
    ]
    return by_image + by_photo(survey.table)


def by_photo(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Source photos, as the table names them, whose images lie in more than one split."""
    rows = []
    for column in ("group", "photo"):
        if column not in table:
            continue
        for name, members in table[table[column].astype(str) != ""].groupby(column, sort=True):
            counts = members["split"].value_counts()
            if len(counts) > 1:
                files = members["key"].astype(str).tolist()
                counted = {str(split): int(n) for split, n in counts.items()}
                rows.append({"by": column, "photo": str(name), "files": files, "splits": counted})
    return rows
