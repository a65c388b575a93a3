"""How long reading and explaining take, on drawings, so that anybody can repeat it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import torch

from core.checkpoints import Checkpoint, find_checkpoint, list_checkpoints
from core.detection.loading import load_localizer
from core.detection.localizer import Localizer
from core.evaluation.results.speeds import Speed, write_speeds
from core.experiments.benchmarks import BENCHMARKS, Benchmark, Order, Rows
from core.imaging.decoding import Photo
from core.inference.explaining import methods_of
from core.inference.reader import Reader
from core.synthetic.drawings import CELL_CLASSES, drawn_cell
from core.training.provenance import processor

CELLS = 64
REPEATS = 5


def measure(model: str) -> list[dict[str, Any]]:
    """A row a checkpoint: milliseconds a cell, the median of some repeats."""
    chosen = [find_checkpoint(model)] if model else list_checkpoints()
    photos = [Photo(f"drawing {i}", drawn_cell(CELL_CLASSES[i % len(CELL_CLASSES)], i)) for i in range(CELLS)]
    localizer = load_localizer()
    return [_row(checkpoint, localizer, photos) for checkpoint in chosen]


def keep(rows: list[dict[str, Any]]) -> Path:
    """Put rows of `measure` into the table that comes with the checkpoints, saying on what and when."""
    there = {checkpoint.name: checkpoint for checkpoint in list_checkpoints()}
    computer, today = processor(), datetime.now(UTC).date().isoformat()
    measured = []
    for row in rows:
        figures = dict(row)
        name = figures.pop("checkpoint")
        sha256 = there[name].card.sha256
        measured.append(Speed(name=name, sha256=sha256, hardware=computer, date=today, **figures))
    return write_speeds(measured, there)


def _row(checkpoint: Checkpoint, localizer: Localizer, photos: list[Photo]) -> dict[str, Any]:
    begin = time.perf_counter()
    reader = Reader(checkpoint, localizer)
    loading = time.perf_counter() - begin
    method = methods_of(checkpoint)[0].name
    box, key = reader.frame(photos[:1])[0].box, checkpoint.space.keys[0]
    return {
        "checkpoint": checkpoint.name,
        "threads": torch.get_num_threads(),
        "load_ms": round(1000 * loading, 1),
        "one_cell_ms": _milliseconds(partial(reader.read, photos[:1]), 1),
        "batch_ms_a_cell": _milliseconds(partial(reader.read, photos), len(photos)),
        "explain_ms": _milliseconds(partial(reader.explain, photos[0], box, method, key), 1),
    }


def _milliseconds(action: Callable[[], object], cells: int) -> float:
    """The median of some runs after one that is not counted, a cell."""
    action()
    taken = []
    for _ in range(REPEATS):
        begin = time.perf_counter()
        action()
        taken.append(time.perf_counter() - begin)
    return round(1000 * median(taken) / cells, 2)


def _run(order: Order) -> Rows:
    rows = measure(order.model)
    if order.keep:
        keep(rows)
    return rows


BENCHMARKS.add(Benchmark("speed", 2, "milliseconds a cell", _run, keeps=True))
