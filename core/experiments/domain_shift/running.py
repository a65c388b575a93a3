"""Makes one run on all laboratories and keeps its record."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from torch import nn

from core.checkpoints import find_checkpoint
from core.datasets import Source, cached_pixels, source_spec
from core.datasets.laboratories import HOME
from core.datasets.statistics import stable_shuffle
from core.detection.localizer import Localizer
from core.errors import SourceError
from core.evaluation.calibration import Calibration
from core.evaluation.results.predictions import Predictions, stacked
from core.evaluation.results.records import Record, RunFacts, save_record
from core.experiments.domain_shift.adaptation import adapted
from core.experiments.domain_shift.reframing import reframed
from core.experiments.domain_shift.runs import EXPERIMENT, FOUR, SHIPPED, LabRun
from core.experiments.frame import Runner
from core.experiments.recording import probabilities
from core.imaging.stain import recoloured
from core.inference.sources import group_names
from core.labels import LABEL_SPACES, LabelSpace
from core.models.normalization import Triple
from core.training.classifier import HISTORY_COLUMNS, ClassifierTrainer
from core.training.data import Images
from core.training.mixing import load_mixed
from core.training.provenance import versions
from core.training.recipe import Recipe, make_recipe

MOST_HOME = 600
"""Test cells of PBC that a run reads: enough to see what it costs at home."""

REFERENCE = 300
"""Training cells of PBC whose colours are the goal."""


@dataclass(frozen=True)
class Network:
    """A network ready to read. size: side in pixels of its pictures; began: what it is, in a few words."""

    net: nn.Module
    space: LabelSpace
    architecture: str
    size: int
    mean: Triple
    std: Triple
    calibration: Calibration
    began: str
    recipe: dict[str, Any]
    counts: dict[str, int]
    training: dict[str, float | int | str]
    history: pd.DataFrame


@dataclass
class LabRunner(Runner[LabRun, Record]):
    """sources: by name, all laboratories that are at hand, HOME among them."""

    sources: Mapping[str, Source]
    localizer: Localizer

    def run(self, run: LabRun) -> Record | None:
        missing = [lab for lab in run.learned if lab not in self.sources]
        if missing:
            raise SourceError(f"{', '.join(missing)} is not on this computer.")
        begin = time.perf_counter()
        if run.recipe is not None and self.settings:
            run = replace(run, recipe=make_recipe(run.recipe.model_dump() | self.settings))
        network = self._trained(run, run.recipe) if run.recipe else self._shipped()
        if network is None:
            return None
        tables = []
        for name in (lab for lab in FOUR if lab in self.sources):
            if self.stopped:
                return None
            tables.append(self._predictions(run, network, name))
        training = network.training or {"seconds": round(time.perf_counter() - begin)}
        return self._record(run, replace(network, training=training), stacked(tables))

    # ---- networks

    def _shipped(self) -> Network:
        checkpoint = find_checkpoint(SHIPPED)
        preprocessing = checkpoint.preprocessing
        return Network(
            net=checkpoint.model(),
            space=checkpoint.space,
            architecture=checkpoint.card.architecture,
            size=preprocessing.size,
            mean=preprocessing.mean,
            std=preprocessing.std,
            calibration=checkpoint.classifier.calibration,
            began=f"checkpoint {checkpoint.name}",
            recipe=checkpoint.card.recipe,
            counts={},
            training={},
            history=pd.DataFrame(columns=list(HISTORY_COLUMNS)),
        )

    def _trained(self, run: LabRun, recipe: Recipe) -> Network | None:
        sources = [
            framed_to_learn(self.sources[name], self.localizer) for name in recipe.learned if name in self.sources
        ]
        data = load_mixed(recipe, sources, classes_of(recipe), self.progress)
        trainer = self.take(ClassifierTrainer(recipe, data, self.out / run.name, self.report))
        if not trainer.train():
            return None
        return Network(
            net=trainer.best(),
            space=data.space,
            architecture=recipe.architecture,
            size=recipe.input_size,
            mean=trainer.start.mean,
            std=trainer.start.std,
            calibration=Calibration(),
            began=trainer.start.description,
            recipe=recipe.model_dump(mode="json"),
            counts={"train": len(data.train), "validation": len(data.val)},
            training=trainer.summary(),
            history=trainer.history(),
        )

    # ---- reading

    def _predictions(self, run: LabRun, network: Network, name: str) -> pd.DataFrame:
        """The run's predictions for the images of one laboratory that its network did not learn from."""
        source = self.sources[name]
        keys = unseen(source, learned=name in run.learned)
        rows = source.index.set_index("key").loc[keys].reset_index()
        pixels = self._pixels(run, network, source, keys)
        images = Images(pixels, np.zeros(len(keys), np.int64))
        net = network.net
        if run.norms:
            net = adapted(net, images, network.mean, network.std, run.norms)
        p = probabilities(net, images, network.mean, network.std)
        return Predictions.from_arrays(
            source=name,
            lab=list(rows["lab"]),
            split=list(rows["split"]),
            keys=keys,
            labels=list(rows["label"]),
            classes=network.space.keys,
            probabilities=network.calibration.apply(p),
            groups=group_names(rows),
        ).table

    def _pixels(self, run: LabRun, network: Network, source: Source, keys: Sequence[str]) -> np.ndarray:
        """(N, S, S, 3) uint8, framed and coloured as the run has it."""
        framed = reframed(source, run.how, self.localizer, keys)
        pixels = cached_pixels(framed, network.size, keys, self.progress)
        if run.colours == "as they are":
            return pixels
        home = self.sources[HOME]
        reference = cached_pixels(home, network.size, stable_shuffle(home.keys("train"))[:REFERENCE])
        return recoloured(np.asarray(pixels), run.colours, np.asarray(reference), single=run.single)

    def _record(self, run: LabRun, network: Network, predictions: Predictions) -> Record:
        counts = {str(name): int(n) for name, n in predictions.table["source"].value_counts().items()}
        facts = RunFacts(
            experiment=EXPERIMENT.name,
            name=run.name,
            title=run.title,
            note=run.note,
            architecture=network.architecture,
            input_size=network.size,
            parameters=sum(parameter.numel() for parameter in network.net.parameters()),
            recipe=network.recipe | run.settings(),
            began_from=network.began,
            source=HOME,
            split_note=(
                "Of a laboratory that was learned from, test images alone were read; of the others all, by their own "
                f"splits. Of PBC {MOST_HOME} test cells."
            ),
            counts=network.counts | counts,
            training=network.training,
            versions=versions(),
        )
        return save_record(facts, predictions, network.history, self.root)


def unseen(source: Source, *, learned: bool) -> list[str]:
    """Keys of images that a network did not learn from: all, or those of the test split; of PBC only so many of them,
    chosen by a hash of their names."""
    if source.spec.name == HOME:
        return stable_shuffle(source.keys("test"))[:MOST_HOME]
    return source.keys("test" if learned else None)


def framed_to_learn(source: Source, localizer: Localizer) -> Source:
    """A source as it is learned from: PBC by its own window, others as the reader will frame them."""
    return source if source.spec.name == HOME else reframed(source, "as read", localizer)


def classes_of(recipe: Recipe) -> LabelSpace:
    """The classes that a recipe of several sources tells apart, whether or not their source is left out."""
    return LABEL_SPACES[str(source_spec(recipe.source).label_space)]
