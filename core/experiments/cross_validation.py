"""Cross-validation of a recipe over train and validation; the test split is never touched.

Every image is left out once. The epoch of a fold's model is chosen on a share of the fold's training
images, not on the left-out ones: a figure on images that helped to choose would flatter.
"""

import shutil
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from core.datasets import Source, cached_pixels
from core.datasets.development import development, with_index
from core.errors import RecipeError
from core.evaluation.results.folds import CrossValidation, experiment_of, fold_name, of_records, split_name
from core.evaluation.results.records import Record, open_record
from core.experiments.recording import record
from core.experiments.sequence import InTurn
from core.progress import Progress
from core.settings import records_folder
from core.training.classifier import ClassifierTrainer
from core.training.data import images_of, load_data
from core.training.recipe import Recipe, make_recipe
from core.training.state import EpochProgress

INNER = 10
"""One part in so many of a fold's training images chooses its epoch."""


@dataclass(frozen=True)
class FoldProgress:
    """Where a cross-validation stands. seconds_left: of all folds to come, from the pace of those before."""

    fold: int
    folds: int
    run: EpochProgress
    seconds_left: float


def deal(rows: pd.DataFrame, folds: int, seed: int) -> np.ndarray:
    """The fold of each row, (N,) in 1..folds.

    rows: label, subtype and group as in a source's index. Each class, and each subtype where there is one,
    is spread evenly over the folds, and a group (source photo) lies in one fold whole. RecipeError where
    there are too few images or groups.
    """
    groups = np.where(rows["group"] == "", "image " + rows["key"].astype(str), "group " + rows["group"].astype(str))
    if len(set(groups)) < folds:
        raise RecipeError(f"{len(set(groups))} images or source photos cannot be dealt into {folds} folds.")
    strata = _strata(rows, folds)
    alone = len(set(groups)) == len(rows)
    kind = StratifiedKFold if alone else StratifiedGroupKFold
    found = np.zeros(len(rows), dtype=np.int64)
    with warnings.catch_warnings():
        # A class of fewer images than folds is left out of some; its figures are then those of the others.
        warnings.simplefilter("ignore", UserWarning)
        try:
            parts = kind(folds, shuffle=True, random_state=seed).split(strata, strata, groups)
            for number, (_, left_out) in enumerate(parts, start=1):
                found[left_out] = number
        except ValueError as error:
            raise RecipeError(f"No class has as many images as there are folds, {folds}.") from error
    if len(set(found)) < folds:
        raise RecipeError(f"The source photos are too unequal to be dealt into {folds} folds.")
    return found


def _strata(rows: pd.DataFrame, folds: int) -> np.ndarray:
    """Class and subtype of each row; the class alone where a subtype has fewer images than there are folds."""
    fine = rows["label"].astype(str) + " " + rows["subtype"].astype(str)
    many = fine.map(fine.value_counts()) >= folds
    return fine.where(many, rows["label"].astype(str)).to_numpy()


def fold_source(source: Source, fold: np.ndarray, number: int, seed: int) -> Source:
    """The source as fold `number` sees it: in place of test the left-out images, val a share of the others."""
    index = source.index
    rest = np.flatnonzero(fold != number)
    inner = index.iloc[rest]
    parts = deal(inner, min(INNER, _units(inner), int(inner["label"].value_counts().max())), seed)
    split = np.full(len(index), "test", dtype=object)
    split[rest] = np.where(parts == 1, "val", "train")
    return with_index(source, index.assign(split=split), source.split_note)


def _units(rows: pd.DataFrame) -> int:
    """Images and source photos that can be dealt."""
    groups = rows.loc[rows["group"] != "", "group"]
    return int((rows["group"] == "").sum()) + groups.nunique()


class CrossRun(InTurn):
    """k folds of one recipe in one folder.

    `run()` starts or goes on, and returns whether all folds are finished; `stop()` ends it after the batch in
    hand, saved. Finished folds are not run again. RecipeError where the folder holds another
    cross-validation, or the recipe begins from one of our checkpoints, which may have learned from the
    left-out images.
    """

    def __init__(
        self,
        recipe: Recipe,
        source: Source,
        folder: Path,
        folds: int = 5,
        *,
        report: Callable[[FoldProgress], None] = lambda progress: None,
        decoding: Progress | None = None,
        device: torch.device | None = None,
    ) -> None:
        if recipe.begin_from.startswith("checkpoint:"):
            raise RecipeError(
                f"The recipe {recipe.name} begins from a checkpoint, which may have learned from the left-out cells."
            )
        self.recipe, self.folder, self.folds = recipe, folder, folds
        self.report, self.device = report, device
        self.source = development(source)
        cached_pixels(self.source, recipe.input_size, progress=decoding)
        self.fold = deal(self.source.index, folds, recipe.seed)
        self._pace: list[float] = []

    def run(self) -> bool:
        """Run to the end or until stopped. Returns whether all folds are finished."""
        for number in range(1, self.folds + 1):
            kept = self._kept(number)
            if kept is None:
                if self.stopped or not self._run(number):
                    return False
                kept = self._kept(number)
                assert kept is not None
            self._pace.append(float(kept.facts.training["seconds"]))
        return True

    def result(self) -> CrossValidation:
        """The figures of the finished folds, at least one."""
        return of_records([kept for number in range(1, self.folds + 1) if (kept := self._kept(number)) is not None])

    def keep(self, root: Path | None = None) -> Path:
        """Copy the finished folds to `root`, among the shipped records where it is None, in place of earlier ones."""
        experiment = experiment_of(self.recipe.name)
        target = (root or records_folder()) / experiment
        if target.exists():
            shutil.rmtree(target)
        shutil.copytree(self._records / experiment, target)
        return target

    @property
    def _records(self) -> Path:
        return self.folder / "records"

    def _kept(self, number: int) -> Record | None:
        """The record of a fold that is finished."""
        folder = self._records / experiment_of(self.recipe.name) / fold_name(number)
        if not (folder / "run.json").is_file():
            return None
        kept = open_record(folder)
        # Compared as recipes, so that a run goes on after a setting was added to them.
        same = make_recipe(kept.facts.recipe) == self.recipe
        if not same or set(kept.predictions().table["key"]) != set(self.source.index["key"][self.fold == number]):
            raise RecipeError(
                f"The folder {self.folder} holds another cross-validation, or one on other images; name another "
                "folder or remove it."
            )
        return kept

    def _run(self, number: int) -> bool:
        """Train and record one fold; False where it was stopped within."""
        dealt = fold_source(self.source, self.fold, number, self.recipe.seed)
        folder = self.folder / fold_name(number)

        def report(progress: EpochProgress) -> None:
            self.report(FoldProgress(number, self.folds, progress, self._seconds_left(number, progress)))

        trainer = self.take(
            ClassifierTrainer(self.recipe, load_data(self.recipe, dealt), folder, report, device=self.device)
        )
        if not trainer.train():
            return False
        left_out = images_of(dealt, cached_pixels(dealt, self.recipe.input_size), "test")
        rows = dealt.index[dealt.index["split"] == "test"]
        record(
            trainer,
            dealt,
            {split_name(number): (rows, left_out)},
            experiment=experiment_of(self.recipe.name),
            name=fold_name(number),
            title=f"{trainer.spec.title}, fold {number} of {self.folds}",
            note=_note(self.folds),
            counts={"val": len(trainer.data.val)},
            root=self._records,
        )
        (folder / "state.pt").unlink(missing_ok=True)
        return True

    def _seconds_left(self, number: int, run: EpochProgress) -> float:
        pace = sum(self._pace) / len(self._pace) if self._pace else run.seconds_left
        return min(run.seconds_left, pace) + (self.folds - number) * pace


def _note(folds: int) -> str:
    return (
        f"Train and validation were dealt into {folds} folds by class and, where known, subtype, whole source photos "
        f"at a time; this model learned from the other folds, of which one image in {INNER} chose its epoch."
    )
