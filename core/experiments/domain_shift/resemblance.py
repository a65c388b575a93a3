"""Works out what pictures of each laboratory are like, and how well that tells a held-out picture's laboratory."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from core.datasets import Source
from core.datasets.statistics import stable_shuffle
from core.detection.localizer import Localizer
from core.evaluation.intervals import wilson
from core.experiments.domain_shift.reframing import reframed
from core.experiments.studies.wording import rate
from core.imaging.resemblance import LaboratoryTraits, laboratories_file, traits, write_laboratories
from core.progress import Progress

MOST = 400
"""Pictures of one laboratory that are looked at, of training and of test."""


def fit_and_keep(sources: Mapping[str, Source], localizer: Localizer, progress: Progress) -> dict[str, Any]:
    """Fit on training pictures, keep the result, and tell the laboratory of test pictures.

    A row a laboratory, and one more for it left out: its test pictures told by the others alone, where "none of
    them" is right.
    """
    traits = {
        (name, split): measured(source, split, localizer, progress)
        for name, source in sources.items()
        for split in ("train", "test")
    }
    laboratories = {
        name: LaboratoryTraits.fit(name, str(source.index["lab"].iloc[0]), traits[name, "train"])
        for name, source in sources.items()
    }
    write_laboratories(laboratories, laboratories_file())
    rows = [_row(name, laboratories[name].lab, traits[name, "test"], laboratories, name) for name in laboratories]
    for name in laboratories:
        others = {other: laboratory for other, laboratory in laboratories.items() if other != name}
        if others:
            rows.append(_row(name, f"{laboratories[name].lab}, not known", traits[name, "test"], others, None))
    return {"rows": rows}


def measured(source: Source, split: str, localizer: Localizer, progress: Progress) -> np.ndarray:
    """(N, T) traits of up to MOST pictures of a split, framed as a reader would."""
    keys: Sequence[str] = stable_shuffle(source.keys(split))[:MOST]
    framed = reframed(source, "as read", localizer, keys)
    rows = []
    for key in keys:
        pixels = source.load(key)
        rows.append(traits(pixels, framed.frame(key, *pixels.shape[1::-1])))
        progress(len(rows), len(keys))
    return np.array(rows)


def _row(
    name: str, title: str, pictures: np.ndarray, laboratories: Mapping[str, LaboratoryTraits], right: str | None
) -> dict[str, Any]:
    distances = np.stack([laboratory.distance(pictures) for laboratory in laboratories.values()])
    nearest = np.array(list(laboratories))[distances.argmin(0)]
    none = distances.min(0) > 1
    correct = none if right is None else (nearest == right) & ~none
    n = len(pictures)
    return {
        "source": name,
        "of": title,
        "n": n,
        "right": rate(wilson(int(correct.sum()), n)),
        "none": rate(wilson(int(none.sum()), n)),
    }
