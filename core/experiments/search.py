"""Search: many short runs of one recipe with other settings, judged on validation; test is never looked at."""

import importlib.metadata
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import optuna
import pandas as pd
import torch
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import FrozenTrial, TrialState

from core.datasets import Source, cached_pixels
from core.datasets.development import development
from core.errors import CheckpointError, RecipeError
from core.evaluation.results import searches
from core.evaluation.results.searches import OUTCOME, SearchFacts
from core.experiments.search_spaces import Choice, Declaration, Span
from core.experiments.sequence import InTurn
from core.progress import Progress
from core.training.classifier import ClassifierTrainer
from core.training.data import TrainingData, load_data
from core.training.provenance import hardware, versions
from core.training.recipe import Recipe
from core.training.state import EpochProgress

STATE_NAMES = {TrialState.COMPLETE: "complete", TrialState.PRUNED: "pruned", TrialState.FAIL: "failed"}
DATABASE = "study.db"
UNJUDGED = 1
"""First epochs of a trial after which it is not ended early: all are poor then."""

logging.getLogger("optuna").setLevel(logging.ERROR)
logging.getLogger("alembic").setLevel(logging.ERROR)


@dataclass(frozen=True)
class SearchProgress:
    """Where a search stands. seconds_left: of all trials to come, from the pace of those that are done."""

    trial: int
    trials: int
    settings: dict[str, Any]
    run: EpochProgress
    seconds_left: float
    ended: str = ""
    """How the trial ended, as in the table's state, where it just has."""


class _Grid(optuna.samplers.GridSampler):
    def after_trial(self, *_: Any) -> None:
        """Nothing: optuna's own ends an optimising loop here, and we ask and tell without one."""


class SearchRun(InTurn):
    """One declared search in one folder.

    `run()` starts or goes on, and returns whether the search is finished; `stop()` ends it after the batch
    in hand, saved. A trial that was interrupted goes on where it was, and what is tried next depends only on
    the declaration and on the trials before: stopping changes nothing. RecipeError where the folder holds
    another search.
    """

    def __init__(
        self,
        declared: Declaration,
        source: Source,
        folder: Path,
        report: Callable[[SearchProgress], None] = lambda progress: None,
        decoding: Progress | None = None,
        device: torch.device | None = None,
    ) -> None:
        self.declared, self.source, self.folder = declared, source, folder
        self.report, self.device = report, device
        self._development = development(source)
        self._data: dict[int, TrainingData] = {}
        cached_pixels(self._development, declared.recipe_of({}).input_size, progress=decoding)
        self._pace: float | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self._open()

    def run(self) -> bool:
        """Run to the end or until stopped. Returns whether the search is finished."""
        while (trial := self._next()) is not None:
            if self.stopped or not self._run(trial):
                return False
        return True

    def result(self) -> searches.Search:
        """The trials so far, ready to be kept."""
        rows = [_row(trial, tuple(self.declared.space)) for trial in self.study.trials if trial.state.is_finished()]
        columns = ["number", "state", *self.declared.space, *OUTCOME]
        return searches.Search(self._facts(), pd.DataFrame(rows, columns=columns))

    # ---- trials

    def _open(self) -> None:
        storage = optuna.storages.RDBStorage(f"sqlite:///{self.folder / DATABASE}")
        self.study = optuna.create_study(
            storage=storage,
            study_name=self.declared.name,
            direction="maximize",
            pruner=self._pruner(),
            load_if_exists=True,
        )
        # The number of trials may grow from one call to the next, and words may change; all else makes another search.
        identity = self.declared.model_dump_json(exclude={"trials", "title", "note"}) + self.source.split_hash()
        if self.study.user_attrs.setdefault("identity", identity) != identity:
            raise RecipeError(
                f"The folder {self.folder} holds another search, or one on other images; name another folder or "
                "remove it."
            )
        self.study.set_user_attr("identity", identity)

    def _pruner(self) -> optuna.pruners.BasePruner:
        if self.declared.pruner == "none":
            return optuna.pruners.NopPruner()
        return optuna.pruners.MedianPruner(n_startup_trials=self.declared.startup, n_warmup_steps=UNJUDGED + 1)

    def _sampler(self, number: int) -> optuna.samplers.BaseSampler:
        """Made anew for each trial from its number, so that a resumed search draws what it would have drawn."""
        declared = self.declared
        if declared.sampler == "grid":
            values = {name: list(one.values) for name, one in declared.space.items() if isinstance(one, Choice)}
            return _Grid(values, seed=declared.seed)
        return optuna.samplers.TPESampler(n_startup_trials=declared.startup, seed=declared.seed * 10_007 + number)

    def _next(self) -> optuna.Trial | None:
        """The interrupted trial, else a new one; None where there have been enough."""
        trials = self.study.get_trials(deepcopy=False)
        seconds = [trial.user_attrs["seconds"] for trial in trials if "seconds" in trial.user_attrs]
        self._pace = sum(seconds) / len(seconds) if seconds else None
        self.study.sampler = self._sampler(len(trials))
        for trial in trials:
            if trial.state == TrialState.RUNNING:
                return optuna.Trial(self.study, trial._trial_id)
        if len(trials) >= self.declared.trials:
            return None
        return self.study.ask({name: _distribution(one) for name, one in self.declared.space.items()})

    def _run(self, trial: optuna.Trial) -> bool:
        """Train one trial to its end; False where it was stopped within."""
        pruned = False

        def report(progress: EpochProgress) -> None:
            nonlocal pruned
            row = progress.row
            if row is not None and progress.epoch > reported:
                trial.report(row["val_accuracy"], progress.epoch)
            self._tell(trial, progress)
            if row is not None and trial.should_prune():
                pruned = True
                trainer.stop()

        try:
            recipe = self.declared.recipe_of(trial.params)
            trainer = self.take(
                ClassifierTrainer(recipe, self._images(recipe), self._folder(trial), report, device=self.device)
            )
        except (RecipeError, CheckpointError) as error:
            trial.set_user_attr("reason", str(error))
            self.study.tell(trial, state=TrialState.FAIL)
            return True
        reported = max(self.study.trials[trial.number].intermediate_values, default=0)
        finished = trainer.state.finished
        # A trial that was cut off between its last save and its end is not trained any further.
        pruned = not finished and reported > 0 and reported == len(trainer.state.history) and trial.should_prune()
        if not pruned:
            finished = trainer.train()
        if not finished and not pruned:
            return False
        self._end(trial, trainer, TrialState.COMPLETE if finished else TrialState.PRUNED)
        return True

    def _end(self, trial: optuna.Trial, trainer: ClassifierTrainer, state: TrialState) -> None:
        history = pd.DataFrame(trainer.state.history)
        best = history[history["epoch"] == trainer.state.best_epoch].iloc[0]
        outcome: dict[str, float] = {
            "val_accuracy": float(best["val_accuracy"]),
            "val_loss": float(best["val_loss"]),
            "best_epoch": int(best["epoch"]),
            "epochs_run": len(history),
            "seconds": round(float(history["seconds"].sum()), 1),
        }
        for name, figure in outcome.items():
            trial.set_user_attr(name, figure)
        self.study.tell(trial, outcome["val_accuracy"] if state == TrialState.COMPLETE else None, state)
        # Its course stays in history.csv; `train` with its settings makes the network again.
        (self._folder(trial) / "state.pt").unlink(missing_ok=True)
        last = EpochProgress(len(history), trainer.recipe.epochs, 1, 1, float(history["train_loss"].iloc[-1]), 0.0)
        self._tell(trial, last, STATE_NAMES[state])

    def _folder(self, trial: optuna.Trial) -> Path:
        return self.folder / "trials" / f"{trial.number:03d}"

    def _images(self, recipe: Recipe) -> TrainingData:
        """Train and validation at a size, decoded once."""
        if recipe.input_size not in self._data:
            self._data[recipe.input_size] = load_data(recipe, self._development)
        return self._data[recipe.input_size]

    def _tell(self, trial: optuna.Trial, run: EpochProgress, ended: str = "") -> None:
        to_come = self.declared.trials - trial.number - 1
        pace = run.seconds_left if self._pace is None else self._pace
        # A trial seldom runs to the last epoch it may run to, so the pace of the others bounds what is left of it.
        here = 0.0 if ended else min(run.seconds_left, pace)
        self.report(SearchProgress(trial.number, self.declared.trials, trial.params, run, here + to_come * pace, ended))

    def _facts(self) -> SearchFacts:
        declared, source = self.declared, self.source
        splits = self._development.index["split"].value_counts()
        return SearchFacts(
            name=declared.name,
            title=declared.title,
            declaration=declared.model_dump(mode="json"),
            recipe=declared.recipe_of({}).model_dump(mode="json"),
            source=source.spec.name,
            split_note=source.split_note,
            split_hash=source.split_hash(),
            counts={split: int(splits.get(split, 0)) for split in ("train", "val")},
            hardware=hardware(self.device or torch.device("cpu")),
            versions=versions() | {"optuna": importlib.metadata.version("optuna")},
        )


def _distribution(setting: Choice | Span) -> BaseDistribution:
    if isinstance(setting, Choice):
        return CategoricalDistribution(setting.values)
    if setting.kind == "whole":
        return IntDistribution(int(setting.low), int(setting.high), log=setting.log)
    return FloatDistribution(setting.low, setting.high, log=setting.log)


def _row(trial: FrozenTrial, settings: tuple[str, ...]) -> dict[str, Any]:
    outcome = {name: trial.user_attrs.get(name, "") for name in OUTCOME}
    return {
        "number": trial.number,
        "state": STATE_NAMES[trial.state],
        **{name: trial.params[name] for name in settings},
        **outcome,
    }
