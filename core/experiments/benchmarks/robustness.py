"""How well a checkpoint reads photos made worse: its test images, every corruption, every severity.

The photo is corrupted before the reader gets it, so that finding the cell is part of what is tried. What was
measured is kept condition by condition in a folder, so that a run that was stopped goes on.
"""

import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from core.datasets import Source, find_source
from core.datasets.statistics import stable_shuffle
from core.evaluation.results.robustness import CLEAN, COLUMNS, NUMBERS, Robustness, RobustnessFacts, path_of
from core.experiments.benchmarks import BENCHMARKS, Benchmark, Order, Rows
from core.imaging.corruptions import CORRUPTIONS, SEVERITIES, corrupted
from core.imaging.decoding import Photo
from core.inference.reader import Reader
from core.inference.selection import choose
from core.progress import Progress, silent
from core.storage import write_parquet

FOLDER = Path("runs") / "robustness"
"""Of what is measured condition by condition, until all is."""

SPLIT = "test"
CHUNK = 32

Stopped = Callable[[], bool]


def measure(
    reader: Reader,
    source: Source,
    folder: Path,
    *,
    limit: int = 0,
    seed: int = 0,
    command: str = "",
    progress: Progress = silent,
    stopped: Stopped = lambda: False,
) -> Robustness | None:
    """All conditions of at most `limit` images (0: all), or None where it was stopped; calling again goes on.

    folder: for what was measured so far; of these weights, this OOD score, these images and this seed only. progress:
    readings done, in all.
    """
    keys = chosen(source, SPLIT, limit)
    card = reader.checkpoint.card
    statistics = str(reader.lead.checkpoint.card.statistics_sha256)
    folder = folder / f"{card.name}-{card.sha256[:12]}-{statistics[:8]}-{len(keys)}-{seed}"
    folder.mkdir(parents=True, exist_ok=True)
    conditions = [(CLEAN, 0)] + [(name, severity) for name in CORRUPTIONS for severity in SEVERITIES]
    waiting = [one for one in conditions if not _file(folder, *one).is_file()]
    photos = [Photo(key, source.load(key)) for key in keys] if waiting else []
    labels = [source.row(key)["label"] for key in keys]
    total, done = len(conditions) * len(keys), (len(conditions) - len(waiting)) * len(keys)
    progress(done, total)
    for name, severity in waiting:
        begin, rows = time.perf_counter(), []
        for first in range(0, len(photos), CHUNK):
            if stopped():
                return None
            part = slice(first, first + CHUNK)
            rows += _read(reader, photos[part], labels[part], name, severity, seed)
            progress(done + len(rows), total)
        done += len(rows)
        seconds = (time.perf_counter() - begin) / len(rows)
        write_parquet(_file(folder, name, severity), pd.DataFrame(rows).assign(seconds=seconds))
    parts = [pd.read_parquet(_file(folder, *one)) for one in conditions]
    table = pd.concat(parts, ignore_index=True)
    facts = RobustnessFacts(
        name=card.name,
        sha256=card.sha256,
        source=source.spec.name,
        split=SPLIT,
        images=len(keys),
        seed=seed,
        classes=reader.checkpoint.space.keys,
        date=date.today().isoformat(),
        seconds=round(float(table["seconds"].sum()), 1),
        command=command,
    )
    return Robustness(table[[*COLUMNS, *NUMBERS]], facts)


def chosen(source: Source, split: str, most: int) -> list[str]:
    """Keys of a split in the order of the index, at most about `most` (0: all), each class by its share, one at
    least; always the same ones."""
    table = source.index[source.index["split"] == split]
    if not most or most >= len(table):
        return [str(key) for key in table["key"]]
    kept: set[str] = set()
    for _, keys in table.groupby("label")["key"]:
        kept.update(stable_shuffle([str(key) for key in keys])[: max(1, round(len(keys) * most / len(table)))])
    return [str(key) for key in table["key"] if str(key) in kept]


def _read(
    reader: Reader, photos: Sequence[Photo], labels: Sequence[str], name: str, severity: int, seed: int
) -> list[dict[str, object]]:
    """A row a photo: what is said of it once it is made worse."""
    worse = [
        Photo(photo.name, corrupted(photo.pixels, name, severity, photo.name, seed) if severity else photo.pixels)
        for photo in photos
    ]
    return [
        {
            "corruption": name,
            "severity": severity,
            "key": photo.name,
            "label": label,
            "said": reading.label,
            "verdict": reading.verdict,
            "remarked": bool(reading.quality and reading.quality.remarks),
            "p_truth": np.float32(reading.probabilities[label]),
            "distance": np.float32(min(reading.distance, 1e4)),
        }
        for photo, label, reading in zip(photos, labels, reader.read(worse), strict=True)
    ]


def _file(folder: Path, name: str, severity: int) -> Path:
    return folder / f"{name}-{severity}.parquet"


def _run(order: Order) -> Rows | None:
    """How often test cells are read right in photos made worse."""
    checkpoint = choose(order.model)
    reader, source = Reader(checkpoint), find_source(checkpoint.card.trained.source)
    command = f"python -m core bench robustness --model {checkpoint.name}"
    command += f" --most {order.limit} --keep" if order.limit else " --keep"
    with order.bar(f"{checkpoint.name}, photos made worse") as progress:
        result = measure(
            reader,
            source,
            FOLDER,
            limit=order.limit,
            command=command,
            progress=progress,
            stopped=order.stopped,
        )
    if result is None:
        order.say(f"Stopped; what was measured is in {FOLDER}, and the same command goes on from there.")
        return None
    if order.keep:
        result.write(path_of(checkpoint.name))
    return table_of(result)


def table_of(result: Robustness) -> Rows:
    """The figures as plain data: every condition, then the mean of each corruption, then of all."""
    rows: Rows = [
        {
            "corruption": figures.corruption,
            "severity": figures.severity,
            "accuracy": round(figures.accuracy.value, 4),
            "balanced": round(figures.balanced.value, 4),
            "low": round(figures.balanced.low, 4),
            "high": round(figures.balanced.high, 4),
            "unsure": round(figures.unsure.value, 4),
            "unlike": round(figures.unlike.value, 4),
            "right when answered": round(figures.right.value, 4),
            "remarked": round(figures.remarked.value, 4),
        }
        for figures in result.figures()
    ]
    means = {name: [name] for name in result.corruptions}
    means |= {"BloodMNIST-C's eleven": result.published, "all": list(CORRUPTIONS)}
    for title, names in means.items():
        mean = result.mean_balanced(names)
        shown = {"balanced": round(mean.value, 4), "low": round(mean.low, 4), "high": round(mean.high, 4)}
        rows.append(dict.fromkeys(rows[0], "") | {"corruption": title, "severity": "mean"} | shown)
    return rows


BENCHMARKS.add(
    Benchmark(
        "robustness",
        5,
        "accuracy on photos made worse; Ctrl-C stops, the same command goes on",
        _run,
        keeps=True,
        resumes=True,
    )
)
