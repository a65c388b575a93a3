"""Faithfulness of every way to explain a checkpoint, on a fixed sample of its validation and test cells, and where the
maps lie on the cells of a source whose masks were drawn by people."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from core.checkpoints import Checkpoint, find_checkpoint, list_checkpoints
from core.datasets import SOURCES, Source, find_source
from core.datasets.statistics import sample
from core.errors import SourceError
from core.evaluation.intervals import Interval
from core.evaluation.results.faithfulness import COLUMNS, CONTROLS, Faithfulness, path_of
from core.experiments.benchmarks import BENCHMARKS, Benchmark, Order, Rows
from core.explain.attribution import explain
from core.explain.faithfulness import (
    Judge,
    chance_map,
    middle_spot,
    pixel_order,
    rank_correlation,
    share_inside,
)
from core.explain.identity import identities
from core.explain.masks import Mask, cell_mask
from core.explain.ranking import in_order
from core.explain.registry import methods_for
from core.imaging.decoding import Photo
from core.imaging.windows import cut
from core.inference.reader import Reader
from core.inference.selection import choose
from core.models.registry import build
from core.models.symmetries import mean_logits
from core.progress import Progress, silent

A_CLASS = 10
"""Cells of each class and split, where nothing else is asked for."""

FOLDER = Path("runs") / "explanations"
"""Of what is measured picture by picture, until all is."""

ALL = "all"
SEED = 0
NAN = float("nan")


@dataclass(frozen=True)
class _Picture:
    """One picture to explain; split: val, test or the name of the source with masks."""

    split: str
    key: str
    label: str


@dataclass(frozen=True, eq=False)
class _Subject:
    """A picture as the network gets it. image: (1, 3, S, S); target: the class that the network says; mask: (S, S) of
    the cell, None where it is not known; seed: of the map of chance; names: of methods and controls to measure."""

    image: Tensor
    target: int
    mask: Mask | None
    seed: int
    names: Collection[str]


def measure(
    checkpoint: Checkpoint,
    source: Source,
    folder: Path,
    *,
    most: int = 0,
    progress: Progress = silent,
    stopped: Callable[[], bool] = lambda: False,
) -> Faithfulness | None:
    """Every method on every picture; None where it was stopped. folder: of what is done, so that the next call goes on.

    most: cells of each class and split, A_CLASS where 0. The class that is explained is the one the model says, and
    maps are judged against the answer as it is given: averaged over symmetries where the card says so.
    """
    lead = checkpoint.lead
    path = folder / f"{lead.name}-{lead.card.sha256[:12]}.csv"
    folder.mkdir(parents=True, exist_ok=True)
    valid = identities(checkpoint.spec, lead.preprocessing.symmetries)
    done = set(_measured(path, valid)[["split", "key", "method"]].itertuples(index=False, name=None))
    masked = masked_source()
    pictures = list(_pictures(source, masked, most or A_CLASS))
    benchmark = _Benchmark(Reader(lead), _untrained(lead), source, masked)
    for number, picture in enumerate(pictures, start=1):
        missing = [name for name in valid if (picture.split, picture.key, name) not in done]
        if missing:
            if stopped():
                return None
            rows = pd.DataFrame(benchmark.rows(picture, number, missing), columns=list(COLUMNS))
            rows = rows.assign(identity=rows["method"].map(valid))
            rows.to_csv(path, mode="a", header=not path.is_file(), index=False)
        progress(number, len(pictures))
    table = _measured(path, valid)
    place = {(picture.split, picture.key): number for number, picture in enumerate(pictures)}
    table["place"] = [place.get(pair, -1) for pair in zip(table["split"], table["key"], strict=True)]
    table["column"] = table["method"].map({name: number for number, name in enumerate(valid)})
    table = table[table["place"] >= 0].sort_values(["place", "column"])[list(COLUMNS)]
    return Faithfulness(table.reset_index(drop=True), lead.card.sha256, valid)


def _measured(path: Path, valid: Mapping[str, str]) -> pd.DataFrame:
    """What lies there of the methods as they are now. valid: identity by method."""
    if not path.is_file():
        return pd.DataFrame(columns=[*COLUMNS, "identity"])
    table = pd.read_csv(path)
    return table[table["identity"] == table["method"].map(valid)].copy()


def masked_source() -> Source | None:
    """The first source on this computer that has masks drawn by people."""
    for name in (name for name, spec in SOURCES.items() if spec.mask):
        try:
            return find_source(name)
        except SourceError:
            continue
    return None


def masked_crop(source: Source, key: str, size: int) -> tuple[np.ndarray, Mask]:
    """(S, S, 3) picture and (S, S) mask of one image of a source with masks, framed as that source knows it."""
    assert source.spec.mask is not None
    pixels, mask = source.load(key), source.spec.mask(source.root, key)
    height, width = pixels.shape[:2]
    box = source.frame(key, width, height)
    return cut(pixels, box, size), cut(np.repeat(mask[..., None], 3, axis=2), box, size)[..., 0] > 64


def _pictures(source: Source, masked: Source | None, most: int) -> Iterator[_Picture]:
    for split in ("val", "test"):
        for label, keys in sample(source, split, most).items():
            yield from (_Picture(split, key, label) for key in keys)
    if masked is not None:
        for split in ("train", "val", "test"):
            for label, keys in sample(masked, split, max(1, most // 2)).items():
                yield from (_Picture(masked.spec.name, key, label) for key in keys)


def _untrained(checkpoint: Checkpoint) -> nn.Module:
    """The same network before it learned anything."""
    torch.manual_seed(SEED)
    return build(checkpoint.card.architecture, len(checkpoint.space), checkpoint.preprocessing.size).eval()


@dataclass(frozen=True, eq=False)
class _Benchmark:
    """Measures picture by picture. untrained: the same network with random weights."""

    reader: Reader
    untrained: nn.Module
    source: Source
    masked: Source | None

    def rows(self, picture: _Picture, seed: int, names: Collection[str]) -> list[tuple[object, ...]]:
        """One row for each of these methods and controls, for one picture."""
        on_masks = picture.split not in ("val", "test")
        crop, mask = self._masked(picture.key) if on_masks else self._framed(picture.key)
        image = self.reader.lead.tensor([crop])
        with torch.inference_mode():
            target = int(self._answer(image).argmax())
        name = self.reader.checkpoint.space.keys[target]
        subject = _Subject(image, target, mask, seed, names)
        return [
            (picture.split, picture.key, name, method, *(round(figure, 4) for figure in figures))
            for method, figures in self._figures(subject, faithfulness=not on_masks)
        ]

    def _answer(self, pictures: Tensor) -> Tensor:
        """(N, 3, S, S) -> logits (N, K), averaged as the reader averages them."""
        lead = self.reader.lead
        return mean_logits(lead.model, pictures, lead.preprocessing.symmetries)

    def _maps(self, model: nn.Module, subject: _Subject) -> dict[str, np.ndarray]:
        """By method, of the answer as it is averaged."""
        image, target = subject.image, subject.target
        spec, symmetries = self.reader.checkpoint.spec, self.reader.lead.preprocessing.symmetries
        return {
            method.name: explain(model, spec, image, [target], method.name, symmetries=symmetries)[0].values
            for method in methods_for(spec)
            if method.name in subject.names
        }

    def _framed(self, key: str) -> tuple[np.ndarray, Mask | None]:
        photo = Photo(key, self.source.load(key))
        crop = self.reader.crop(photo, self.reader.frame([photo])[0].box)
        return crop, cell_mask(crop)

    def _masked(self, key: str) -> tuple[np.ndarray, Mask]:
        assert self.masked is not None
        return masked_crop(self.masked, key, self.reader.lead.preprocessing.size)

    def _figures(self, subject: _Subject, *, faithfulness: bool) -> Iterator[tuple[str, tuple[float, ...]]]:
        """(method, (deletion, insertion, alike, inside, area)); the first three are NaN without `faithfulness`."""
        image, target, mask = subject.image, subject.target, subject.mask
        size = image.shape[-1]
        maps = self._maps(self.reader.lead.model, subject)
        others = self._maps(self.untrained, subject) if faithfulness else {}
        both = zip(CONTROLS, (middle_spot(size), chance_map(14, subject.seed)), strict=True)
        controls = {name: values for name, values in both if name in subject.names}
        judge = Judge(self._answer, image[0], target)
        for name, values in (maps | controls).items():
            deletion = insertion = alike = NAN
            if faithfulness:
                deletion, insertion = judge.deletion_and_insertion(pixel_order(values, size))
                # What looks at nothing is the same for any weights.
                alike = rank_correlation(values, others[name]) if name in others else 1.0
            inside = NAN if mask is None else share_inside(values, mask)
            yield name, (deletion, insertion, alike, inside, NAN if mask is None else float(mask.mean()))


def _run(order: Order) -> Rows | None:
    """Of one checkpoint, or with ALL of every single network; the tables are kept where asked for."""
    rows: Rows = []
    for checkpoint in _chosen(order.model):
        source = find_source(checkpoint.card.trained.source)
        with order.bar(f"{checkpoint.name}, explanations") as progress:
            result = measure(checkpoint, source, FOLDER, most=order.limit, progress=progress, stopped=order.stopped)
        if result is None:
            order.say(f"Stopped; what was measured is in {FOLDER}, and the same command goes on from there.")
            return None
        if order.keep:
            result.write(path_of(checkpoint.lead.name))
        rows += table_of(checkpoint.lead.name, result)
    return rows


def _chosen(model: str) -> list[Checkpoint]:
    if model == ALL:
        return [checkpoint for checkpoint in list_checkpoints() if checkpoint.ensemble is None]
    return [choose(model).lead]


def table_of(name: str, result: Faithfulness) -> Rows:
    """The figures as plain data: validation, by which the first method is chosen, test, and other masks."""
    rows: Rows = []
    lead = find_checkpoint(name)
    first = in_order(methods_for(lead.spec), result)[0].name
    for split in dict.fromkeys(result.table["split"]):
        for method in result.methods():
            figures = result.figures(method, split)
            means = {part: _with_range(getattr(figures, part)) for part in ("score", "deletion", "insertion", "alike")}
            row = {"checkpoint": name, "split": split, "method": method, "n": figures.n, **means}
            row |= {"inside": _with_range(figures.inside), "cell": _number(figures.area)}
            rows.append(row | {"first choice": method == first})
    return rows


def _with_range(figure: Interval) -> str:
    if figure.value != figure.value:
        return ""
    return f"{figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f})"


def _number(value: float) -> str:
    return "" if value != value else f"{value:.3f}"


BENCHMARKS.add(
    Benchmark(
        "explanations",
        8,
        "how faithful each method is; --model all for every network",
        _run,
        keeps=True,
        resumes=True,
    )
)
