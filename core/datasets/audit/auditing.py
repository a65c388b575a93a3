"""The audit of a source, put together."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.datasets import Source
from core.datasets.audit import duplicates, files, leaks
from core.datasets.audit.labels import Suspects, find_suspects, out_of_fold
from core.datasets.audit.registration import Match
from core.datasets.audit.shortcuts import Shortcut, shortcuts
from core.datasets.audit.subpopulations import subpopulations
from core.datasets.audit.survey import Survey, survey_images
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

    survey: Survey
    matches: Sequence[Match]
    suspects: Suspects | None
    doubted_by: str
    shortcuts: Sequence[Shortcut]
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """All of it for a machine; files are keys of the source's index."""
        table, matches = self.survey.table, self.matches
        keys = table["key"].astype(str).tolist()
        copies = [match for match in matches if duplicates.is_duplicate(match)]
        return {
            "source": self.survey.source.spec.name,
            "images": len(keys),
            "splits": self.survey.source.split_note,
            "seconds": round(self.seconds, 1),
            "duplicates": [[keys[m.a], keys[m.b], m.distance] for m in copies],
            "kinds": [duplicates.copy_kind(match, self.survey) for match in copies],
            "conflicts": leaks.conflicts(matches, self.survey),
            "leaks": leaks.across_splits(matches, self.survey),
            "groups": [[keys[number] for number in members] for members in groups_of(matches)],
            "subpopulations": subpopulations(table),
            "suspect_labels": self._suspect_labels(keys),
            "doubted_by": self.doubted_by,
            "noise": None if self.suspects is None else round(self.suspects.noise, 4),
            "agreement": None if self.suspects is None else round(self.suspects.agreement, 4),
            "files": files.wrong_files(self.survey),
            "odd_sizes": files.odd_sizes(table),
            "balance": files.balance(table),
            "shortcuts": [shortcut.to_dict() for shortcut in self.shortcuts],
        }

    def _suspect_labels(self, keys: Sequence[str]) -> list[dict[str, Any]]:
        if self.suspects is None:
            return []
        names, splits = classes_of(self.survey), self.survey.table["split"].tolist()
        suspects = self.suspects
        return [
            {"file": keys[place], "label": names[given], "likelier": names[likelier], "margin": round(float(margin), 4)}
            | {"split": splits[place]}
            for place, given, likelier, margin in zip(
                suspects.places, suspects.given, suspects.likelier, suspects.margin, strict=True
            )
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
    survey = survey_images(source, _stage("images", progress))
    matches = duplicates.find_matches(survey, _stage("pairs", progress))
    scenes = scenes_of(survey, matches)
    suspects = None
    if features is not None and survey.opened.any():
        suspects = suspect_labels(survey, features(survey, _stage("features", progress)), scenes)
        if suspects is None:
            doubted_by = "Labels could not be doubted: images of two classes and two scenes are needed."
    found_shortcuts = shortcuts(survey, scenes, _stage("shortcuts", progress))
    progress(TOTAL, TOTAL)
    return Audit(survey, matches, suspects, doubted_by, found_shortcuts, time.monotonic() - began)


def suspect_labels(survey: Survey, features: np.ndarray, scenes: np.ndarray) -> Suspects | None:
    """Labels that are probably wrong; None where there is too little to learn from. features: (N, D)."""
    opened = np.flatnonzero(survey.opened)
    names = classes_of(survey)
    labels = np.array([names.index(label) for label in survey.table["label"]])[opened]
    try:
        suspects = find_suspects(out_of_fold(features[opened], labels, scenes[opened]), labels)
    except ValueError:
        return None
    return replace(suspects, places=opened[suspects.places])


def groups_of(matches: Sequence[Match]) -> list[list[int]]:
    """Images of one scene: those that matches connect."""
    return duplicates.components((match.a, match.b) for match in matches)


def scenes_of(survey: Survey, matches: Sequence[Match]) -> np.ndarray:
    """(N,) equal for images of one scene, as found and as the source's own groups say."""
    pairs = [(match.a, match.b) for match in matches]
    groups: Mapping[Any, Any] = survey.table[survey.table["group"].astype(str) != ""].groupby("group").groups
    for members in groups.values():
        first, *others = (int(number) for number in members)
        pairs += [(first, other) for other in others]
    return duplicates.scene_of(len(survey.table), duplicates.components(pairs))


def classes_of(survey: Survey) -> list[str]:
    """Keys of the classes that occur, in the order of the label space."""
    present = set(survey.table["label"])
    return [key for key in survey.source.label_space.keys if key in present]


def _stage(name: str, progress: Progress) -> Progress:
    """Progress within a stage as progress of the whole."""
    before = sum(share for stage, share in list(STAGES.items())[: list(STAGES).index(name)])

    def report(done: int, total: int) -> None:
        progress(int(TOTAL * (before + STAGES[name] * done / max(total, 1))), TOTAL)

    return report
