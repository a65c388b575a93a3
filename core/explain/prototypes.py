""" "Looks like these": training cells that stand for their subtype, and which of them lie nearest to a cell."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.errors import CheckpointError
from core.storage import replacing

FILE = "prototypes.parquet"
COLUMNS = ("key", "label", "kind", "stands_for")
"""Of the file; `kind` is the subtype."""


@dataclass(frozen=True)
class Prototype:
    """key: of the training image. subtype: as the file's name tells, or "". stands_for: so many of the candidates of
    its subtype lie nearer to it than to another. distance: from the cell in question."""

    key: str
    label: str
    subtype: str
    stands_for: int
    distance: float


@dataclass(frozen=True, eq=False)
class Prototypes:
    """P cells. rows: COLUMNS as a tuple each; features (P, F) float16, of length 1. source: of the images; sha256: of
    the weights that give the features."""

    rows: tuple[tuple[str, str, str, int], ...]
    features: npt.NDArray[np.float16]
    source: str
    sha256: str

    def nearest(self, features: npt.ArrayLike, label: str, count: int) -> list[Prototype]:
        """The nearest of a class, the nearest first. features: (F,) as they come. The distance is 1 less the cosine."""
        direction = unit(np.asarray(features, np.float32)[None])[0]
        distances = 1 - self.features.astype(np.float32) @ direction
        nearest = []
        for place in np.argsort(distances, kind="stable"):
            key, its_label, subtype, stands_for = self.rows[int(place)]
            if its_label == label:
                nearest.append(Prototype(key, its_label, subtype, stands_for, float(distances[place])))
        return nearest[:count]

    def write(self, folder: Path) -> None:
        """prototypes.parquet in the folder, replaced if there."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        key, label, subtype, stands_for = zip(*self.rows, strict=True)
        width = self.features.shape[1]
        flat = pa.array(self.features.ravel(), pa.float16())
        table = pa.table(
            {
                "key": pa.array(key, pa.string()),
                "label": pa.array(label, pa.string()),
                "kind": pa.array(subtype, pa.string()),
                "stands_for": pa.array(stands_for, pa.int32()),
                "features": pa.FixedSizeListArray.from_arrays(flat, width),
            }
        )
        notes = {"source": self.source, "sha256": self.sha256}
        with replacing(folder / FILE) as draft:
            pq.write_table(table.replace_schema_metadata(notes), draft, compression="zstd")


def unit(features: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """(N, F) brought to length 1; what has no length stays nothing."""
    length = np.linalg.norm(features, axis=1, keepdims=True)
    scaled: npt.NDArray[np.float32] = features / np.maximum(length, 1e-12)
    return scaled


def has_prototypes(folder: Path) -> bool:
    """Whether a checkpoint's folder holds prototypes, sound or not."""
    return (folder / FILE).is_file()


def read_prototypes(folder: Path, sha256: str) -> Prototypes:
    """Those in a checkpoint's folder; CheckpointError where they are missing, damaged, or of other weights."""
    import pyarrow.parquet as pq

    try:
        stored = pq.read_table(folder / FILE)
        notes = {k.decode(): v.decode() for k, v in (stored.schema.metadata or {}).items()}
        columns = [stored[name].to_pylist() for name in COLUMNS]
        features = np.stack(stored["features"].to_numpy(zero_copy_only=False)).astype(np.float16)
        prototypes = Prototypes(tuple(zip(*columns, strict=True)), features, notes["source"], notes["sha256"])
    except FileNotFoundError as error:
        raise CheckpointError(f"There are no prototypes of {folder.name}.") from error
    except (OSError, ValueError, KeyError) as error:  # pyarrow's own errors are of the first two kinds
        raise CheckpointError(f"The prototypes of {folder.name} are damaged; make them again.") from error
    if prototypes.sha256 != sha256:
        raise CheckpointError(f"The prototypes of {folder.name} are of other weights than those here; make them again.")
    return prototypes


def check_prototypes(folder: Path, sha256: str) -> None:
    """CheckpointError where a folder holds prototypes that cannot be used; it need not have any."""
    if has_prototypes(folder):
        read_prototypes(folder, sha256)


def medoids(features: npt.NDArray[np.float32], count: int, rounds: int = 50) -> tuple[list[int], list[int]]:
    """Rows of the `count` cells that stand for N cells (N, F) of length 1, and how many each stands for.

    k-medoids by cosine: the first is the most central, each next the farthest from those before, then cells and
    medoids are assigned in turn (Park and Jun, Expert Systems with Applications 36(2), 2009). All where N <= count.
    """
    distances = 1 - features @ features.T
    chosen = [int(distances.sum(axis=1).argmin())]
    while len(chosen) < min(count, len(features)):
        chosen.append(int(distances[:, chosen].min(axis=1).argmax()))
    for _ in range(rounds):
        nearest = distances[:, chosen].argmin(axis=1)
        better = []
        for place, medoid in enumerate(chosen):
            members = np.flatnonzero(nearest == place)
            within = distances[np.ix_(members, members)].sum(axis=1)
            better.append(int(members[within.argmin()]) if len(members) else medoid)
        if better == chosen:
            break
        chosen = better
    counts = np.bincount(distances[:, chosen].argmin(axis=1), minlength=len(chosen))
    order = np.argsort(-counts, kind="stable")
    return [chosen[place] for place in order], [int(counts[place]) for place in order]
