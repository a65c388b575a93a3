"""How well cells are found in fields: the detector's and the classical way's figures, from their committed tables."""

from math import isnan
from pathlib import Path
from typing import Any

from core.datasets.boxes import marked_fields
from core.detection.classical import CLASSICAL
from core.detection.detector import working_points_of
from core.detection.loading import open_detector
from core.detection.recipe import DETECTOR
from core.detection.scale import RedCells, keep_red_cells, measured
from core.errors import CheckpointError, SourceError
from core.evaluation.detection_by_type import recall_by_type
from core.evaluation.detection_report import DetectionReport, detection_reports, working_points
from core.evaluation.results.detections import DetectionTable
from core.experiments.benchmarks import BENCHMARKS, Benchmark, Order, Rows
from core.imaging.fields import Kind
from core.settings import checkpoints_folder

LIMITS = ("value", "low", "high")


def finding_reports(name: str = DETECTOR) -> dict[str, list[DetectionReport]]:
    """The figures of the detector of that name and of the classical way on the same photos.

    CheckpointError where there is no such detector.
    """
    folder = checkpoints_folder() / name
    if not (folder / "card.json").is_file():
        raise CheckpointError(
            f"There is no detector called {name}; `python -m core train detector --publish detector` makes one."
        )
    checkpoint = open_detector(folder)
    plain = DetectionTable.read(folder / CLASSICAL)
    return {
        name: detection_reports(DetectionTable.read(folder), working_points_of(checkpoint)),
        CLASSICAL: detection_reports(plain, working_points(plain.select(split="val"))),
    }


def measure(model: str) -> list[dict[str, Any]]:
    """A row a detector, set of photos and kind, and of the detector one a type of white cell."""
    return _kind_rows(model) + _type_rows(model or DETECTOR)


def _type_rows(name: str) -> list[dict[str, Any]]:
    """Recall of each type of white cell on the test photos of each source, its interval over whole photos."""
    folder = checkpoints_folder() / name
    test = DetectionTable.read(folder).select(split="test")
    threshold = working_points_of(open_detector(folder))["white"]
    return [
        dict.fromkeys(("ap50", "ap50_95", "precision", "count_error", "counted"))
        | {"finder": name, "photos": f"{source}, test", "kind": figures.type, "marked": figures.marked}
        | {"recall": _with_range(vars(figures.recall))}
        for source in dict.fromkeys(test.fields["source"])
        for figures in recall_by_type(test.select(source=source), "white", threshold)
    ]


def _kind_rows(model: str) -> list[dict[str, Any]]:
    return [
        _row(detector, report, kind)
        for detector, reports in finding_reports(model or DETECTOR).items()
        for report in reports
        for kind in [None, *(figures.kind for figures in report.kinds)]
    ]


def _row(detector: str, report: DetectionReport, kind: Kind | None) -> dict[str, Any]:
    row: dict[str, Any] = {"finder": detector, "photos": report.title, "kind": kind or "all"}
    figures_of_report = report.to_dict()
    if kind is None:
        return (
            row
            | {"marked": sum(one["marked"] for one in figures_of_report["kinds"])}
            | {
                "ap50": figures_of_report["map50"],
                "ap50_95": figures_of_report["map50_95"],
                "recall": None,
                "precision": None,
                "count_error": None,
                "counted": None,
            }
        )
    figures = next(one for one in figures_of_report["kinds"] if one["kind"] == kind)
    return row | {
        "marked": figures["marked"],
        "ap50": figures["ap50"],
        "ap50_95": figures["ap50_95"],
        "recall": _with_range(figures["recall"]),
        "precision": _with_range(figures["precision"]),
        "count_error": _with_range(figures["count_error"]),
        "counted": figures["counted"],
    }


def _with_range(figure: dict[str, float | None]) -> str:
    value, low, high = (None if limit is None or isnan(limit) else limit for limit in map(figure.get, LIMITS))
    if value is None:
        return ""
    return f"{value:.3f}" if low is None or high is None else f"{value:.3f} ({low:.3f} to {high:.3f})"


def measure_scale() -> list[dict[str, Any]]:
    """One row: the diameter of PBC's red cells in its training photos."""
    try:
        return [vars(measured(marked_fields("txl-pbc")))]
    except ValueError as error:
        raise SourceError("The photos of TXL-PBC that are here hold none of PBC's whole red cells.") from error


def keep_scale(rows: list[dict[str, Any]]) -> Path:
    """Keep it beside the checkpoints, where the scale of a field is told by it."""
    return keep_red_cells(RedCells(**rows[0]))


def _run_scale(order: Order) -> Rows:
    rows = measure_scale()
    if order.keep:
        keep_scale(rows)
    return rows


BENCHMARKS.add(
    Benchmark(
        "detector",
        3,
        "how well the cells of a field are found, beside a classical way",
        lambda order: measure(order.model),
    )
)
BENCHMARKS.add(Benchmark("scale", 4, "how wide PBC's red cells are", _run_scale, keeps=True))
