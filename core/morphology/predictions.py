"""A head's predictions for single cells beside what two people saw: the table from which its figures are computed."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.errors import CheckpointError
from core.evaluation.probabilities import Floats
from core.morphology.attributes import ATTRIBUTES, KEYS, columns, output_names
from core.morphology.wbcatt import AnnotatedCells
from core.storage import replacing

FIRST, SECOND = "first_", "second_"


@dataclass(frozen=True, eq=False)
class AttributePredictions:
    """N cells. table: key, label and split as text. values, second: (N, 11) as in `AnnotatedCells`.

    probabilities: (N, 31) calibrated, as `attributes.columns` has them, in 16 bits. sha256: of the weights that gave
    the features, "" where there are none on disk.
    """

    table: pd.DataFrame
    values: npt.NDArray[np.int8]
    second: npt.NDArray[np.int8]
    probabilities: Floats
    sha256: str

    def __len__(self) -> int:
        return len(self.table)

    @property
    def predicted(self) -> npt.NDArray[np.int8]:
        """(N, 11) number of the likeliest value."""
        return likeliest(self.probabilities)

    @property
    def confidence(self) -> Floats:
        """(N, 11) its probability."""
        return confidence(self.probabilities)

    def select(self, split: str) -> "AttributePredictions":
        """Only the cells of that split; CheckpointError where there are none."""
        rows = np.flatnonzero((self.table["split"] == split).to_numpy())
        if not len(rows):
            raise CheckpointError(f"The table of attributes has no cells of the split {split}.")
        table = self.table.iloc[rows].reset_index(drop=True)
        return AttributePredictions(table, self.values[rows], self.second[rows], self.probabilities[rows], self.sha256)

    def write(self, path: Path) -> None:
        """A Parquet file at path, replaced if there."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        arrays: dict[str, pa.Array] = {
            name: pa.array(self.table[name].astype(str), pa.string()) for name in ("key", "label", "split")
        }
        for number, key in enumerate(KEYS):
            arrays[FIRST + key] = pa.array(self.values[:, number], pa.int8())
            arrays[SECOND + key] = pa.array(self.second[:, number], pa.int8())
        for number, name in enumerate(output_names()):
            arrays[name] = pa.array(self.probabilities[:, number].astype(np.float16), pa.float16())
        table = pa.table(arrays).replace_schema_metadata({"sha256": self.sha256})
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as draft:
            pq.write_table(table, draft, compression="zstd")


def predictions_of(
    cells: AnnotatedCells, rows: npt.NDArray[np.intp], split: str, probabilities: Floats, sha256: str
) -> AttributePredictions:
    """Predictions for some rows of the annotated cells. split: the column that holds the split, ours or theirs."""
    chosen = cells.table.iloc[rows].reset_index(drop=True)
    table = chosen[["key", "label"]].assign(split=chosen[split])
    rounded = probabilities.astype(np.float16).astype(np.float64)
    return AttributePredictions(table, cells.values[rows], cells.second[rows], rounded, sha256)


def read_predictions(path: Path) -> AttributePredictions:
    """The table at path; CheckpointError where it is missing, damaged or of another form."""
    import pyarrow.parquet as pq

    try:
        stored = pq.read_table(path)
        frame = stored.to_pandas()
        probabilities = frame[list(output_names())].to_numpy(np.float64)
        first, second = (frame[[person + key for key in KEYS]].to_numpy(np.int8) for person in (FIRST, SECOND))
        sha256 = (stored.schema.metadata or {}).get(b"sha256", b"").decode()
        table = frame[["key", "label", "split"]].astype(str)
        predictions = AttributePredictions(table, first, second, probabilities, sha256)
    except FileNotFoundError as error:
        raise CheckpointError(f"There is no table of attributes called {path.name} in {path.parent.name}.") from error
    except (OSError, ValueError, KeyError) as error:  # pyarrow's own errors are of the first two kinds
        raise CheckpointError(f"The table of attributes {path.name} in {path.parent.name} is damaged.") from error
    sums = np.stack([probabilities[:, part].sum(axis=1) for part in columns()])
    valid = all((first[:, n] >= 0).all() and (first[:, n] < len(a.values)).all() for n, a in enumerate(ATTRIBUTES))
    if not len(probabilities) or not valid or not (np.abs(sums - 1) < 0.01).all():
        raise CheckpointError(f"The table of attributes {path.name} in {path.parent.name} is damaged.")
    return predictions


def likeliest(probabilities: Floats) -> npt.NDArray[np.int8]:
    """(N, 31) -> (N, 11) number of each attribute's likeliest value."""
    return np.stack([probabilities[:, part].argmax(axis=1) for part in columns()], axis=1).astype(np.int8)


def confidence(probabilities: Floats) -> Floats:
    """(N, 31) -> (N, 11) probability of each attribute's likeliest value."""
    return np.stack([probabilities[:, part].max(axis=1) for part in columns()], axis=1)
