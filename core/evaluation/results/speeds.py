"""How long each checkpoint takes, as measured once and written to a table beside the checkpoints."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import pandas as pd

from core.evaluation.results.files import damaged_as
from core.settings import checkpoints_folder
from core.storage import write_csv

FILE = "speed.csv"


@dataclass(frozen=True)
class Speed:
    """One checkpoint on one computer, in milliseconds; medians, with the localizer, on drawings.

    sha256: as its card had it, so that a figure is not taken for another model's. batch_ms_a_cell: of many
    cells read together, for each. date: year-month-day.
    """

    name: str
    sha256: str
    threads: int
    load_ms: float
    one_cell_ms: float
    batch_ms_a_cell: float
    explain_ms: float
    hardware: str
    date: str


def read_speeds(folder: Path | None = None) -> dict[str, Speed]:
    """By sha256, what speed.csv in the folder (our checkpoints' where None) tells; empty where there is none.

    CheckpointError where the table is damaged.
    """
    path = (folder or checkpoints_folder()) / FILE
    if not path.is_file():
        return {}
    with damaged_as(f"The table of measured speeds, {FILE}, is damaged; measure again."):
        table = pd.read_csv(path)[[field.name for field in fields(Speed)]]
        if not (table[["load_ms", "one_cell_ms", "batch_ms_a_cell", "explain_ms"]] > 0).all(axis=None):
            raise ValueError("a time that is none")
        rows = [Speed(**{str(key): value for key, value in row.items()}) for row in table.to_dict("records")]
    return {row.sha256: row for row in rows}


def write_speeds(measured: Iterable[Speed], present: Iterable[str], folder: Path | None = None) -> Path:
    """Write speed.csv by name: new rows replace those of the same name, rows of names not `present` go."""
    base = folder or checkpoints_folder()
    rows = {speed.name: speed for speed in read_speeds(base).values()}
    rows |= {speed.name: speed for speed in measured}
    names = sorted(rows.keys() & set(present))
    path = base / FILE
    write_csv(path, pd.DataFrame([asdict(rows[name]) for name in names], columns=[f.name for f in fields(Speed)]))
    return path
