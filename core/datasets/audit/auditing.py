"""The audit of a source, put together."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.datasets import Source
from core.datasets.audit import duplicates, files, leaks
from core.datasets.audit.labels import Suspects, out_of_fold, suspects
from core.datasets.audit.registration import Match
from core.datasets.audit.shortcuts import Shortcut, shortcuts
from core.datasets.audit.subpopulations import subpopulations
from core.datasets.audit.survey import Survey, survey
from core.progress import Progress, silent

STAGES = {"images": 0.30, "pairs": 0.30, "features": 0.30, "shortcuts": 0.10}
"""Share of the time that each stage takes, about."""

TOTAL = 10_000

Features = Callable[[Survey, Progress], np.ndarray]


@dataclass(frozen=True, eq=False)
class Audit:
    """What was found in a source. suspects is None where labels were not doubted, or could not be; doubted_by says by
    which network's features, or why not. seconds: what it took.
    """

    seen: Survey
    found: Sequence[Match]
    suspects: Suspects | None
    doubted_by: str
    shortcuts: Sequence[Shortcut]
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """All of it for a machine; files are keys of the source's index."""
        table, found = self.seen.table, self.found
        keys = table["key"].astype(str).tolist()
        copies = [match for match in found if duplicates.is_duplicate(match)]
        return {
            "source": self.seen.source.spec.name,
            "images": len(keys),
            "splits": self.seen.source.split_note,
            "seconds": round(self.seconds, 1),
            "duplicates": [[keys[m.a], keys[m.b], m.distance] for m in copies],
            "kinds": [duplicates.kind(match, self.seen) for match in copies],
            "conflicts": leaks.conflicts(found, self.seen),
            "leaks": leaks.across_splits(found, self.seen),
            "groups": [[keys[number] for number in members] for members in groups_of(found)],
            "subpopulations": subpopulations(table),
            "suspect_labels": self._suspect_labels(keys),
            "doubted_by": self.doubted_by,
            "noise": None if self.suspects is None else round(self.suspects.noise, 4),
            "agreement": None if self.suspects is None else round(self.suspects.agreement, 4),
            "files": files.untrue(self.seen),
            "odd_sizes": files.odd_sizes(table),
            "balance": files.balance(table),
            "shortcuts": [one.to_dict() for one in self.shortcuts],
        }

    def _suspect_labels(self, keys: Sequence[str]) -> list[dict[str, Any]]:
        if self.suspects is None:
            return []
        names, splits = classes_of(self.seen), self.seen.table["split"].tolist()
        told = self.suspects
        return [
            {"file": keys[place], "label": names[given], "likelier": names[likelier], "margin": round(float(margin), 4)}
            | {"split": splits[place]}
            for place, given, likelier, margin in zip(told.places, told.given, told.likelier, told.margin, strict=True)
        ]


def audit(
    source: Source,
    features: Features | None = None,
    doubted_by: str = "",
    progress: Progress = silent,
) -> Audit:
    """Look at every image of a source. features: what a network sees in the images, for doubting labels; None: labels
    are not doubted, and doubted_by should say why. progress is told of parts of TOTAL.
    """
    began = time.monotonic()
    seen = survey(source, _stage("images", progress))
    found = duplicates.matches(seen, _stage("pairs", progress))
    scenes = scenes_of(seen, found)
    doubted = None
    if features is not None and seen.opened.any():
        doubted = doubt(seen, features(seen, _stage("features", progress)), scenes)
        if doubted is None:
            doubted_by = "Labels could not be doubted: images of two classes and two scenes are needed."
    checked = shortcuts(seen, scenes, _stage("shortcuts", progress))
    progress(TOTAL, TOTAL)
    return Audit(seen, found, doubted, doubted_by, checked, time.monotonic() - began)


def doubt(seen: Survey, features: np.ndarray, scenes: np.ndarray) -> Suspects | None:
    """Labels that are probably wrong; None where there is too little to learn from. features: (N, D)."""
    opened = np.flatnonzero(seen.opened)
    names = classes_of(seen)
    labels = np.array([names.index(label) for label in seen.table["label"]])[opened]
    try:
        told = suspects(out_of_fold(features[opened], labels, scenes[opened]), labels)
    except ValueError:
        return None
    return Suspects(opened[told.places], told.given, told.likelier, told.margin, told.noise, told.agreement)


def groups_of(found: Sequence[Match]) -> list[list[int]]:
    """Images of one scene: those that matches connect."""
    return duplicates.components((match.a, match.b) for match in found)


def scenes_of(seen: Survey, found: Sequence[Match]) -> np.ndarray:
    """(N,) equal for images of one scene, as found and as the source's own groups say."""
    pairs = [(match.a, match.b) for match in found]
    known: Mapping[Any, Any] = seen.table[seen.table["group"].astype(str) != ""].groupby("group").groups
    for members in known.values():
        first, *others = (int(number) for number in members)
        pairs += [(first, other) for other in others]
    return duplicates.scene_of(len(seen.table), duplicates.components(pairs))


def classes_of(seen: Survey) -> list[str]:
    """Keys of the classes that occur, in the order of the label space."""
    there = set(seen.table["label"])
    return [key for key in seen.source.label_space.keys if key in there]


def _stage(name: str, progress: Progress) -> Progress:
    """Progress within a stage as progress of the whole."""
    before = sum(share for stage, share in list(STAGES.items())[: list(STAGES).index(name)])

    def report(done: int, total: int) -> None:
        progress(int(TOTAL * (before + STAGES[name] * done / max(total, 1))), TOTAL)

    return report
