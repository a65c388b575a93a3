"""Which score tells best what is unlike the training cells: chosen on outliers, then reported on everything else.

Nothing of what is reported has a say in the choice: pictures of other things, drawings, other laboratories' cells.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TypeVar

import numpy as np
from scipy.special import logsumexp
from sklearn.neighbors import NearestNeighbors

from core.checkpoints import Checkpoint
from core.datasets import Source, find_source, open_source
from core.datasets.laboratories import HOME, other_laboratories, single_cells
from core.errors import SourceError
from core.evaluation.intervals import wilson
from core.evaluation.results.ood import Group, OodFigures, OodMeasurement, best_score, ood_figures, write_measurement
from core.experiments.benchmarks import BENCHMARKS, Benchmark, Order, Rows
from core.imaging.decoding import Photo, open_photo
from core.imaging.windows import cut
from core.inference.reader import Reader
from core.inference.selection import choose
from core.inference.sources import drawn_cells, framed_crops
from core.models.features import head_width
from core.ood.mahalanobis import ClassDistance
from core.ood.outliers import OUTLIERS, harmless, outliers
from core.ood.scores import ClusterDistance, OutlierScore, directions
from core.ood.training_features import TrainingFeatures, training_features
from core.progress import Progress
from core.settings import data_subfolder
from core.synthetic.drawings import CELL_CLASSES, drawn_cell

BATCH = 64
TRAIN, CELLS, EACH = 3_000, 1_000, 60
"""Training cells that scores are fitted on, validation and test cells, and pictures of each kind of outlier."""
FROM_A_LAB = 150
DRAWN = 20
NEIGHBOURS = 10

HEAD, KNN, ENERGY, SOFTMAX = "Mahalanobis, before the head", "10th neighbour", "energy", "largest probability"
CLUSTERS_ONLY = "nearest kind, before the head"
EARLIER, OUTLIERS_ONLY = "Mahalanobis, on the way to the head", "told from decoys, on the way to the head"
MAHALANOBIS_OR_OUTLIERS = "the larger of Mahalanobis before the head and told from decoys"
CLUSTERS_OR_OUTLIERS = "the larger of nearest kind before the head and told from decoys"

HEAD_DIMENSIONS, EARLIER_DIMENSIONS = 48, 96

T = TypeVar("T")


@dataclass(frozen=True)
class NetworkOutputs:
    """Of N pictures: features (N, F) of all stages, of which the last `head` enter the head; logits (N, K)."""

    stages: np.ndarray
    logits: np.ndarray
    head: int

    @property
    def features(self) -> np.ndarray:
        return self.stages[:, -self.head :]

    @property
    def earlier(self) -> np.ndarray:
        return self.stages[:, : -self.head]


Score = Callable[[NetworkOutputs], np.ndarray]
"""-> (N,), higher for what is less like the training cells."""


def fit_scores(
    fitted_on: TrainingFeatures, labels: np.ndarray, val: NetworkOutputs
) -> Callable[[str], dict[str, Score]]:
    """By name: Lee et al. 2018 twice, Sun et al. 2022 (arXiv:2204.06507), Liu et al. 2020 (arXiv:2010.03759), Hendrycks
    & Gimpel 2017 (arXiv:1610.02136), Hendrycks et al. 2019 (arXiv:1812.04606), and our own (core.ood.scores).

    labels (N,): class numbers of the training cells. Gives a function of a kind of outliers to the scores as they are
    where that kind was not fitted on; "" for all.
    """
    head, classes = val.head, labels[fitted_on.rows]
    train = fitted_on.features[: len(labels), -head:]
    before_head = ClassDistance.fit(fitted_on.features[:, -head:], classes, val.features, HEAD_DIMENSIONS, even=False)
    earlier = ClassDistance.fit(fitted_on.features[:, :-head], classes, val.earlier, EARLIER_DIMENSIONS, even=True)
    clusters = ClusterDistance.fit(fitted_on.features[:, -head:], val.features)
    neighbours = NearestNeighbors(n_neighbors=min(NEIGHBOURS, len(labels))).fit(directions(train))
    fixed: dict[str, Score] = {
        HEAD: lambda outputs: before_head(outputs.features),
        CLUSTERS_ONLY: lambda outputs: clusters(outputs.features),
        KNN: lambda outputs: neighbours.kneighbors(directions(outputs.features))[0][:, -1],
        ENERGY: lambda outputs: -logsumexp(outputs.logits, axis=1),
        SOFTMAX: lambda outputs: 1 - np.exp(outputs.logits.max(1) - logsumexp(outputs.logits, axis=1)),
        EARLIER: lambda outputs: earlier(outputs.earlier),
    }

    def scores(without: str) -> dict[str, Score]:
        outlier_features = fitted_on.all_outliers(without)[:, :-head]
        outlier_score = OutlierScore.fit(fitted_on.features[:, :-head], outlier_features, val.earlier)
        return fixed | {
            OUTLIERS_ONLY: lambda outputs: outlier_score(outputs.earlier),
            MAHALANOBIS_OR_OUTLIERS: lambda outputs: np.maximum(
                before_head(outputs.features), outlier_score(outputs.earlier)
            ),
            CLUSTERS_OR_OUTLIERS: lambda outputs: np.maximum(
                clusters(outputs.features), outlier_score(outputs.earlier)
            ),
        }

    return scores


def measure(
    reader: Reader, sources: Sequence[Source], command: str, progress: Progress, scale: float = 1.0
) -> OodMeasurement:
    """All scores of a reader's network (of an ensemble, of the one that explains) on all that is at hand.

    sources: those that the network learned from. scale: so much of the usual number of pictures. Pictures of other
    things and other laboratories are left out where they are not in SMEARLENS_DATA.
    """
    network = reader.lead
    head = head_width(network.model, network.checkpoint.spec)
    plan = list(_pictures(reader, sources, scale))

    def see(crops: Sequence[np.ndarray] | np.ndarray) -> NetworkOutputs:
        starts = range(0, len(crops), BATCH)
        parts = [network.features_and_logits(list(crops[first : first + BATCH])) for first in starts]
        return NetworkOutputs(np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts]), head)

    train = drawn_cells(sources, "train", round(TRAIN * scale))
    numbers = np.array([network.checkpoint.space.index(label) for _, _, label in train])
    crops = _framed(reader, train)
    steps = len(plan) + 3
    progress(1, steps)
    fitted_on = training_features(
        lambda part: see(part).stages, crops, len(crops), network.checkpoint.card.augmentation
    )
    val_crops = _framed(reader, drawn_cells(sources, "val", round(CELLS * scale)))
    val = see(val_crops)
    scores = fit_scores(fitted_on, numbers, val)

    @cache
    def fitted(without: str) -> dict[str, tuple[Score, np.ndarray]]:
        return {name: (score, score(val)) for name, score in scores(without).items()}

    progress(3, steps)
    rows: list[OodFigures] = []
    for done, (group, kind, make) in enumerate(plan, start=1):
        pictures = see(make(val_crops))
        # A kind of outliers is scored by what was fitted on the others: elsewhere pictures are of none of these kinds.
        now = fitted(kind if group == "decoy" else "")
        rows += [ood_figures(name, group, kind, score(pictures), cells) for name, (score, cells) in now.items()]
        progress(3 + done, steps)
    card = network.checkpoint.card
    return OodMeasurement(
        name=reader.checkpoint.name,
        sha256=card.sha256,
        chosen=best_score(tuple(rows)),
        used=CLUSTERS_OR_OUTLIERS,
        cells=len(val_crops),
        date=date.today().isoformat(),
        command=command,
        rows=tuple(rows),
    )


Make = Callable[[Sequence[np.ndarray]], Sequence[np.ndarray] | np.ndarray]
"""From validation crops to pictures; most have no need of them."""


def _pictures(reader: Reader, sources: Sequence[Source], scale: float) -> Iterator[tuple[Group, str, Make]]:
    """What is looked at, in what order; made only when its turn comes."""

    def framed_photos(load: Callable[[], list[Photo]]) -> Make:
        return lambda _: _cut(reader, load())

    each = max(2, round(EACH * scale))
    for kind in OUTLIERS:
        yield "decoy", kind, lambda val, kind=kind: outliers(_some(val, each), kind)  # type: ignore[misc]
    yield "harmless", "nearer, lighter, softer, JPEG", lambda val: harmless(_some(val, 5 * each))
    for source in sources:
        test = drawn_cells([source], "test", round(CELLS * scale))
        yield "test", source.spec.title, lambda _, test=test: _framed(reader, test)  # type: ignore[misc]
    for folder in _unlike_folders():
        files = sorted(file for file in folder.iterdir() if file.is_file())
        step = max(1, round(1 / scale))
        yield "unlike", folder.name.replace("-", " "), framed_photos(lambda files=files[::step]: _opened(files))  # type: ignore[misc]
    yield "drawing", "single cells", framed_photos(lambda: _drawings(max(1, round(DRAWN * scale))))
    for name in other_laboratories([HOME]):
        if name in reader.lead.checkpoint.card.learned_from:
            continue
        try:
            other = find_source(name)
        except SourceError:
            continue
        keys = _spread([str(key) for key in other.index["key"]], max(2, round(FROM_A_LAB * scale)))
        some = [(other, key) for key in keys]
        yield "lab", other.spec.title, lambda _, some=some: list(framed_crops(reader, some))  # type: ignore[misc]


def _unlike_folders() -> list[Path]:
    base = data_subfolder("unlike")
    return sorted(folder for folder in base.iterdir() if folder.is_dir()) if base else []


def _opened(files: Sequence[Path]) -> list[Photo]:
    return [open_photo(file.read_bytes(), file.name) for file in files]


def _drawings(each: int) -> list[Photo]:
    return [Photo(f"{kind} {seed}", drawn_cell(kind, 1000 + seed)) for kind in CELL_CLASSES for seed in range(each)]


def _some(crops: Sequence[np.ndarray], most: int) -> np.ndarray:
    return np.stack(_spread(list(crops), most))


def _spread(items: list[T], most: int) -> list[T]:
    """At most so many, dealt evenly over the list by chance that is always the same."""
    chosen = np.sort(np.random.default_rng(0).permutation(len(items))[:most])
    return [items[row] for row in chosen]


def _framed(reader: Reader, cells: Sequence[tuple[Source, str, str]]) -> list[np.ndarray]:
    """Images of sources as the reader frames them, for its network."""
    return list(framed_crops(reader, [(source, key) for source, key, _ in cells]))


def _cut(reader: Reader, photos: Sequence[Photo]) -> list[np.ndarray]:
    size = reader.lead.preprocessing.size
    return [cut(photo.pixels, framing.box, size) for photo, framing in zip(photos, reader.frame(photos), strict=True)]


def learned_sources(checkpoint: Checkpoint, root: Path | None = None) -> list[Source]:
    """The sources that it learned from; root: of the only one, where it is not found by itself."""
    first, *others = checkpoint.card.learned_from
    if others:
        return [single_cells(find_source(name)) for name in (first, *others)]
    return [open_source(first, root) if root else find_source(first)]


def table_of(result: OodMeasurement) -> Rows:
    """As plain data, with the shares that pass and Wilson's interval."""
    rows = []
    for row in result.rows:
        passed, at_gate = wilson(row.passed, row.n), wilson(row.at_gate, row.n)
        rows.append(
            {
                "score": row.score + (" (chosen)" if row.score == result.chosen and row.group == "decoy" else ""),
                "group": row.group,
                "kind": row.kind,
                "n": row.n,
                "auroc": row.auroc,
                "auroc_low": row.low,
                "auroc_high": row.high,
                "passed": round(passed.value, 4),
                "low": round(passed.low, 4),
                "high": round(passed.high, 4),
                "passed_gate": round(at_gate.value, 4),
            }
        )
    return rows


def _run(order: Order) -> Rows:
    """How well every score tells outliers, other things, drawings and other laboratories' cells from known cells."""
    checkpoint = choose(order.model)
    command = f"python -m core bench unlike --model {checkpoint.name} --keep"
    with order.bar(f"{checkpoint.name}, what is unlike") as progress:
        result = measure(Reader(checkpoint), learned_sources(checkpoint.lead), command, progress)
    if order.keep:
        write_measurement(result)
    return table_of(result)


BENCHMARKS.add(Benchmark("unlike", 7, "how well pictures of other things are told from cells", _run, keeps=True))
