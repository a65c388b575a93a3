"""Trains the five networks of an ingredient, each without one laboratory, and keeps what each says of strangers."""

import resource
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from torch import nn

from core.checkpoints import Preprocessing, find_checkpoint
from core.datasets import Source, cached_pixels
from core.datasets.cache import framed
from core.datasets.laboratories import HOME, doubted_labels, learnable
from core.datasets.statistics import stable_shuffle
from core.detection.localizer import Localizer
from core.errors import RecipeError, SourceError
from core.evaluation.results.left_out import DOUBTED, fold_name
from core.evaluation.results.predictions import Predictions, mean_predictions, stacked
from core.evaluation.results.records import Record, RunFacts, records, save_record
from core.experiments.domain_shift.reframing import reframed
from core.experiments.domain_shift.running import classes_of, framed_to_learn
from core.experiments.frame import Runner
from core.experiments.recording import probabilities
from core.experiments.strangers.runs import EXPERIMENT, JUDGE, Ingredient
from core.imaging.stain import ColourMethod, recoloured
from core.inference.sources import group_names
from core.labels import WBC5
from core.training.classifier import ClassifierTrainer
from core.training.data import Images
from core.training.mixing import load_mixed
from core.training.provenance import versions

MOST = 300
"""Cells of one class that are read of a stranger's test split, and as many of its other splits."""

MOST_KNOWN = 60
"""Validation cells of one class and laboratory that was learned from: what calibration is fitted on."""

REFERENCE, REFERENCE_SIZE = 100, 64
"""Training pictures of PBC whose colours others are brought to, and their side in pixels."""

SPLIT_NOTE = (
    f"Of the laboratory left out up to {MOST} cells a class were read of its test split and as many of the others; of "
    f"those learned from up to {MOST_KNOWN} validation cells a class. "
    "Labels that an audit doubts were not learned from."
)


@dataclass
class StrangerRunner(Runner[Ingredient, list[Record]]):
    """sources: by name, the training laboratories and JUDGE. framed: sources as they are read, which is worked out
    once for all runs that share the dictionary. again: folds that are recorded are made once more."""

    sources: Mapping[str, Source]
    localizer: Localizer
    framed: dict[str, Source] = field(default_factory=dict)
    again: bool = False

    def run(self, run: Ingredient) -> list[Record] | None:
        missing = [name for name in (*run.folds(), JUDGE) if name not in self.sources]
        if missing:
            raise SourceError(f"{', '.join(missing)} is not on this computer.")
        recorded = set() if self.again else EXPERIMENT.recorded(self.root)
        if run.shipped:
            return self._shipped(run, [lab for lab in run.folds() if fold_name(run.name, lab) not in recorded])
        if run.joined:
            return [self._joined(run, lab) for lab in run.folds() if fold_name(run.name, lab) not in recorded]
        made = []
        for lab in run.folds():
            if fold_name(run.name, lab) in recorded:
                continue
            record = self._fold(run, lab)
            if record is None:
                return None
            made.append(record)
        return made

    def _fold(self, run: Ingredient, lab: str) -> Record | None:
        """One training without a laboratory; None where it was stopped."""
        recipe = run.recipe(lab, self.settings)
        learned = [self._coloured(self._to_learn(name), run.colours) for name in recipe.learned]
        data = load_mixed(recipe, learned, classes_of(recipe), self.progress)
        trainer = self.take(ClassifierTrainer(recipe, data, self.out / recipe.name, self.report))
        begin = time.process_time()
        if not trainer.train():
            return None
        cost = {"cpu_seconds": round(time.process_time() - begin), "peak_megabytes": peak_megabytes()}
        wanted = {name: read_keys(self.sources[name]) for name in (lab, JUDGE)}
        wanted |= {name: known_keys(self.sources[name]) for name in recipe.learned}
        network = ReadyNetwork(trainer.best(), trainer.data.space.keys, trainer.preprocessing)
        predictions = stacked(
            [
                self._read(network, self._coloured(self._to_read(name), run.colours), keys)
                for name, keys in wanted.items()
                if keys
            ]
        )
        counts = {str(name): int(n) for name, n in predictions.table["source"].value_counts().items()}
        facts = RunFacts(
            experiment=EXPERIMENT.name,
            name=recipe.name,
            title=run.title,
            note=run.note,
            architecture=recipe.architecture,
            input_size=recipe.input_size,
            parameters=sum(parameter.numel() for parameter in trainer.best().parameters()),
            recipe=recipe.model_dump(mode="json"),
            began_from=trainer.start.description,
            source=lab,
            split_note=SPLIT_NOTE,
            counts={"train": len(data.train), "validation": len(data.val)} | counts,
            training=trainer.summary() | cost,
            versions=versions(),
        )
        return save_record(facts, predictions, trainer.history(), self.root, halves=True)

    def _shipped(self, run: Ingredient, labs: Sequence[str]) -> list[Record]:
        """What a checkpoint says of each of the laboratories that it did not learn from."""
        checkpoint = find_checkpoint(run.shipped)
        network = ReadyNetwork(checkpoint.model(), checkpoint.space.keys, checkpoint.preprocessing)
        card, made = checkpoint.card, []
        for lab in (lab for lab in labs if lab not in card.learned_from):
            tables = [self._read(network, self._to_read(name), read_keys(self.sources[name])) for name in (lab, JUDGE)]
            facts = RunFacts(
                experiment=EXPERIMENT.name,
                name=fold_name(run.name, lab),
                title=run.title,
                note=run.note,
                architecture=card.architecture,
                input_size=checkpoint.preprocessing.size,
                parameters=card.parameters,
                recipe=card.recipe,
                began_from=f"checkpoint {checkpoint.name}",
                source=lab,
                split_note=SPLIT_NOTE,
                counts={},
                training=card.training,
                versions=versions(),
            )
            made.append(save_record(facts, stacked(tables), checkpoint.history(), self.root, halves=True))
        return made

    def _joined(self, run: Ingredient, lab: str) -> Record:
        """The mean answer of the recorded folds of other ingredients; RecipeError where one is missing."""
        recorded = {record.facts.name: record for record in records(EXPERIMENT.name, self.root)}
        names = [fold_name(name, lab) for name in run.joined]
        missing = [name for name in names if name not in recorded]
        if missing:
            raise RecipeError(f"{run.name} averages {', '.join(missing)}, which is not recorded.")
        folds = [recorded[name] for name in names]
        facts = folds[0].facts.model_copy(
            update={
                "name": fold_name(run.name, lab),
                "title": run.title,
                "note": run.note,
                "architecture": " + ".join(fold.facts.architecture for fold in folds),
                "parameters": sum(fold.facts.parameters for fold in folds),
                "training": {"cpu_seconds": sum(int(fold.facts.training.get("cpu_seconds", 0)) for fold in folds)},
            }
        )
        averaged = mean_predictions([fold.predictions() for fold in folds])
        return save_record(facts, averaged, folds[0].history(), self.root, halves=True)

    @cached_property
    def _reference(self) -> np.ndarray:
        """(REFERENCE, S, S, 3) uint8: training pictures of PBC."""
        home = self.sources[HOME]
        chosen = stable_shuffle(home.keys("train"))[:REFERENCE]
        return np.stack([framed(home, key, REFERENCE_SIZE) for key in chosen])

    def _coloured(self, source: Source, colours: ColourMethod) -> Source:
        """The same source with every photo in PBC's colours, worked out from some of its training pictures."""
        if colours == "as they are":
            return source
        reference, load, digest = self._reference, source.spec.load, source.spec.digest

        def coloured(root: Path, key: str) -> np.ndarray:
            return recoloured(load(root, key)[None], colours, reference, single=True)[0]

        def coloured_digest(root: Path, keys: Sequence[str]) -> str:
            return f"{digest(root, keys)} {colours}"

        return Source(replace(source.spec, load=coloured, digest=coloured_digest), source.root)

    def _to_learn(self, name: str) -> Source:
        key = f"{name} to learn"
        if key not in self.framed:
            self.framed[key] = framed_to_learn(learnable(self.sources[name]), self.localizer)
        return self.framed[key]

    def _to_read(self, name: str) -> Source:
        """Framed as a user's picture is, PBC's too; of others all, so that their frames serve learning as well."""
        if name not in self.framed:
            source = self.sources[name]
            wanted = sorted({*read_keys(source), *known_keys(source)}) if name == HOME else None
            self.framed[name] = reframed(source, "as read", self.localizer, wanted)
        return self.framed[name]

    def _read(self, network: "ReadyNetwork", source: Source, keys: list[str]) -> pd.DataFrame:
        """What a network says of some images: probabilities as it gives them."""
        name, seen_as = source.spec.name, network.preprocessing
        rows = source.index.set_index("key").loc[keys].reset_index()
        pixels = cached_pixels(source, seen_as.size, keys, self.progress)
        images = Images(pixels, np.zeros(len(keys), np.int64))
        return Predictions.from_arrays(
            source=name,
            lab=list(rows["lab"]),
            split=_splits(self.sources[name], rows),
            keys=keys,
            labels=list(rows["label"]),
            classes=network.classes,
            probabilities=probabilities(network.net, images, seen_as.mean, seen_as.std, seen_as.symmetries),
            groups=group_names(rows),
        ).table


@dataclass(frozen=True)
class ReadyNetwork:
    """A network and how it is shown pictures. classes: in the order of its outputs."""

    net: nn.Module
    classes: tuple[str, ...]
    preprocessing: Preprocessing


def peak_megabytes() -> int:
    """The most memory that this process has held."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def _splits(source: Source, rows: pd.DataFrame) -> list[str]:
    """The split of each row, DOUBTED where its label is doubted: such cells are kept and counted apart."""
    doubted = rows["key"].isin(doubted_labels(source))
    return [str(split) for split in rows["split"].mask(doubted, DOUBTED)]


def read_keys(source: Source, most: int = MOST) -> list[str]:
    """Keys of a stranger's white cells: at most so many a class of its test split, and as many of the others; of a
    laboratory beside PBC every class that it has. Chosen by a hash of their names; in the order of the index."""
    index = source.index
    white = index[index["label"].isin(WBC5.keys)] if source.spec.name == HOME else index
    return _some(white, white["split"] == "test", most)


def known_keys(source: Source, most: int = MOST_KNOWN) -> list[str]:
    """Keys of validation cells of a laboratory that was learned from, doubted labels left out."""
    if source.spec.measure_only:
        return []
    index = learnable(source).index
    val = index[index["split"] == "val"]
    return _some(val, val["split"], most)


def _some(rows: pd.DataFrame, part: pd.Series, most: int) -> list[str]:
    chosen: set[str] = set()
    for _, group in rows.groupby([part, "label"]):
        chosen.update(stable_shuffle([str(key) for key in group["key"]])[:most])
    return [str(key) for key in rows["key"] if key in chosen]
