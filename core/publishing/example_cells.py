"""The examples that come with Smearlens: single generated cells, and fields composed of them with known truth."""

import json
import shutil
from pathlib import Path
from typing import Any

from core.errors import CheckpointError
from core.inference.cell_maker import CellMaker, MadeCell
from core.progress import Progress, silent
from core.publishing.example_fields import composed
from core.publishing.typical import most_typical
from core.synthetic.examples import CELLS, FIELDS, INDEX
from core.synthetic.generator.mark import encoded

A_CLASS = 13
"""Single cells of each class."""

CANDIDATES = 48
"""Cells drawn of each class or finer type, of which the most typical are shown."""

MORE_CANDIDATES = {"monocyte": 96}
"""Of classes whose nuclei differ most."""

KINDS = {"neutrophil": ("SNE", "SNE", "SNE", "BNE"), "ig": ("PMY", "MY", "MMY")}
"""Finer types of a class, as PBC's files begin, in the order in which they come, over and over; of a cell that PBC
gives no finer type nobody knows of what it is typical."""

FIELDS_WRITTEN = 3
CELLS_A_FIELD = 5
MOST_BYTES = 3_000_000


def write_examples(maker: CellMaker, folder: Path, seed: int, progress: Progress = silent) -> list[Path]:
    """Write cells/<class>-<nn>.webp, fields/<n>.webp with fields/<n>.json, and index.json, in place of earlier ones.

    The same for the same generator, reader and seed. CheckpointError where they would be larger than 3 MB.
    """
    classes = list(dict.fromkeys(condition.cell for condition in maker.conditions))
    draft = folder / ".draft"
    shutil.rmtree(draft, ignore_errors=True)
    (draft / CELLS).mkdir(parents=True)
    (draft / FIELDS).mkdir()
    rows, spare = [], []
    for done, cell in enumerate(classes, start=1):
        made = _typical(maker, cell, seed)
        rows += [
            _write_cell(maker, shown, draft, f"{CELLS}{cell}-{n:02}.webp") for n, shown in enumerate(made[:A_CLASS], 1)
        ]
        spare.append(made[A_CLASS:])
        progress(done, len(classes))
    for number in range(FIELDS_WRITTEN):
        # Each field takes other classes first, so that all are in the three of them.
        cells = [spare[(number * CELLS_A_FIELD + place) % len(spare)][number] for place in range(CELLS_A_FIELD)]
        _write_field(maker, cells, seed + number, draft, f"{FIELDS}{number + 1}")
    (draft / INDEX).write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
    written = sorted(path for path in draft.rglob("*") if path.is_file())
    size = sum(path.stat().st_size for path in written)
    if size > MOST_BYTES:
        shutil.rmtree(draft)
        raise CheckpointError(
            f"The examples would take {size:,} bytes, more than the {MOST_BYTES:,} there are for them."
        )
    return _moved(draft, folder, written)


def _typical(maker: CellMaker, cell: str, seed: int) -> list[MadeCell]:
    """A_CLASS cells to show, the most typical first, and FIELDS_WRITTEN for the fields."""
    known = {condition.subtype for condition in maker.conditions if condition.cell == cell}
    kinds = [kind for kind in KINDS.get(cell, ()) if kind in known] or [""]
    count, reader = MORE_CANDIDATES.get(cell, CANDIDATES), maker.reader
    candidates = {kind: maker.make(cell, count, seed, kind) for kind in dict.fromkeys(kinds)}
    ranked = {kind: iter(most_typical(made, reader) if reader else made) for kind, made in candidates.items()}
    return [next(ranked[kinds[place % len(kinds)]]) for place in range(A_CLASS + FIELDS_WRITTEN)]


def _moved(draft: Path, folder: Path, written: list[Path]) -> list[Path]:
    for part in (CELLS, FIELDS):
        shutil.rmtree(folder / part, ignore_errors=True)
        (draft / part).rename(folder / part)
    (draft / INDEX).replace(folder / INDEX)
    draft.rmdir()
    return [folder / path.relative_to(draft) for path in written]


def _write_cell(maker: CellMaker, made: MadeCell, folder: Path, file: str) -> dict[str, Any]:
    """Write one cell; returns its row of the index."""
    facts = maker.facts(made)
    (folder / file).write_bytes(encoded(made.pixels, facts, "webp"))
    return {"file": file, **{name: facts[name] for name in ("class", "subtype", "seed", "number", "generated_by")}}


def _write_field(maker: CellMaker, cells: list[MadeCell], seed: int, folder: Path, name: str) -> None:
    field = composed(cells, seed)
    facts = {"generated_by": maker.checkpoint.card.sha256, "seed": seed, "background": "drawn"}
    (folder / f"{name}.webp").write_bytes(encoded(field.pixels, facts, "webp"))
    truth = {"file": f"{name}.webp", **facts, **field.truth()}
    (folder / f"{name}.json").write_text(json.dumps(truth, indent=1) + "\n", "utf-8")
