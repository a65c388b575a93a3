"""Maps: where each test cell lies among the others in a model's own features, drawn flat. Kept beside the weights."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.errors import CheckpointError
from core.evaluation.results.files import damaged_as, read_noted_parquet, write_noted_parquet

FILE = "map.parquet"
Method = Literal["umap", "pca"]
METHODS: tuple[Method, ...] = ("umap", "pca")
COLUMNS = ("key", "split", "umap_x", "umap_y", "pca_x", "pca_y")
NEIGHBOURS = 10


@dataclass(frozen=True, eq=False)
class FeatureMap:
    """Places of N cells on two maps.

    table: key and split as text; umap_x, umap_y, pca_x, pca_y float16, centred, in units of the standard deviation
    along the wider axis, for neither map has a unit of its own. source: of the cells. sha256: of the weights that the
    features are of. explained: share of the features' variance along the two axes of the PCA.
    """

    table: pd.DataFrame
    source: str
    sha256: str
    explained: tuple[float, float]

    def places(self, method: Method) -> npt.NDArray[np.float64]:
        """(N, 2) x and y."""
        return self.table[[f"{method}_x", f"{method}_y"]].to_numpy(np.float64)

    def write(self, folder: Path) -> None:
        """map.parquet in the folder, replaced if there."""
        types = {name: "string" if name in ("key", "split") else "halffloat" for name in COLUMNS}
        first, second = (f"{share:.4f}" for share in self.explained)
        notes = {"source": self.source, "sha256": self.sha256, "explained_x": first, "explained_y": second}
        write_noted_parquet(folder / FILE, self.table[list(COLUMNS)], notes, types=types)


def has_map(folder: Path) -> bool:
    """Whether a checkpoint's folder holds a map, sound or not."""
    return (folder / FILE).is_file()


def read_map(folder: Path, sha256: str) -> FeatureMap:
    """The map in a checkpoint's folder. sha256: of the weights that are there.

    CheckpointError where it is missing, damaged, or of other weights.
    """
    if not has_map(folder):
        raise CheckpointError(f"There is no map of {folder.name}.")
    damaged = f"The map of {folder.name} is damaged; make it again."
    with damaged_as(damaged):
        table, notes = read_noted_parquet(folder / FILE)
        explained = float(notes["explained_x"]), float(notes["explained_y"])
        feature_map = FeatureMap(table[list(COLUMNS)], notes["source"], notes["sha256"], explained)
    if feature_map.sha256 != sha256:
        raise CheckpointError(f"The map of {folder.name} is of other weights than those that are here; make it again.")
    finite = all(np.isfinite(feature_map.places(method)).all() for method in METHODS)
    if feature_map.table.empty or not finite:
        raise CheckpointError(damaged)
    return feature_map


def check_map(folder: Path, sha256: str) -> None:
    """CheckpointError where a folder holds a map that cannot be used; a checkpoint need not have one."""
    if has_map(folder):
        read_map(folder, sha256)


def beside(
    places: npt.NDArray[np.float64], labels: npt.NDArray[np.intp], classes: int, nearest: int = NEIGHBOURS
) -> npt.NDArray[np.float64]:
    """(K, K): of the `nearest` neighbours of a cell of class i, how many on average are of class j.

    places: (N, 2), N > 1; labels: (N,) numbers of K classes. A class that does not occur has NaN. Where fewer than
    `nearest` others are there, all of them are counted.
    """
    from scipy.spatial import cKDTree

    k = min(nearest, len(places) - 1)
    _, neighbours = cKDTree(places).query(places, k=k + 1)
    # A cell is its own nearest neighbour, unless another lies at the very same place.
    own = neighbours == np.arange(len(places))[:, None]
    own[~own.any(axis=1), -1] = True
    others = labels[neighbours[~own].reshape(len(places), k)]
    counts = np.stack([(others == number).sum(axis=1) for number in range(classes)], axis=1).astype(np.float64)
    sizes = np.bincount(labels, minlength=classes)
    sums = np.zeros((classes, classes))
    np.add.at(sums, labels, counts)
    mean: npt.NDArray[np.float64] = np.divide(
        sums, sizes[:, None], out=np.full_like(sums, np.nan), where=sizes[:, None] > 0
    )
    return mean
