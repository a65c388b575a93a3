"""A study's figures as tables: in words to be read, in numbers to be saved."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from app.shared import words
from core.evaluation.intervals import wilson
from core.evaluation.metrics.registry import ClassMetric, confusion_metrics
from core.experiments.studies import Study
from core.experiments.studies.results import Result, Scores, study_metrics
from core.experiments.studies.study import PER_CLASS, Published
from core.wording import portion

SPLITS = {"val": "validation", "test": "test"}


def ours(row: Published, results: Mapping[str, Result]) -> Scores | None:
    """Our figures beside a published row, None where the run is not recorded."""
    result = results.get(row.run)
    return result.by_image("val" if row.of == "val" else "test") if result else None


def published(study: Study, results: Mapping[str, Result]) -> pd.DataFrame:
    """One row a published figure."""
    rows = []
    for row in study.published:
        scores = ours(row, results)
        for name, metric in study_metrics().items():
            if name in row.figures:
                figure = None if scores is None else scores.accuracy if name == "accuracy" else scores.figures[name]
                rows.append(
                    {
                        "Network": row.system,
                        "Figure": metric.title,
                        "Published": _theirs(row, name),
                        "Ours (95 %)": words.rate(figure) if figure else "not run here",
                        "Our run": row.run,
                        "Measured by the study on": SPLITS.get(row.of, row.of),
                    }
                )
    return pd.DataFrame(rows)


def _theirs(row: Published, name: str) -> str:
    """A published figure; with an interval where the study counted."""
    if name == "accuracy" and row.n:
        return f"{words.rate(wilson(row.correct, row.n))}, {row.correct} of {row.n}"
    return f"{100 * row.figures[name]:.1f}{words.SPACE}%"


def published_classes(study: Study, results: Mapping[str, Result]) -> pd.DataFrame:
    """One row a network and class: published rates and ours."""
    rows = []
    for row in study.published:
        scores = ours(row, results)
        for key, figures in row.per_class.items():
            line: dict[str, str] = {"Network": row.system, "Class": key.capitalize()}
            for metric, figure in zip(map(_class_metric, PER_CLASS), figures, strict=True):
                line[metric.title] = f"{100 * figure:.0f}{words.SPACE}%"
                line[f"{metric.title}, ours"] = _share(scores, key, metric) if scores else "not run here"
            rows.append(line)
    return pd.DataFrame(rows)


def _class_metric(name: str) -> ClassMetric:
    return confusion_metrics()[name]


def _share(scores: Scores, key: str, metric: ClassMetric) -> str:
    value = metric.function(scores.confusion)[scores.classes.index(key)]
    return "none called so" if np.isnan(value) else portion(float(value))


def _rows(results: Mapping[str, Result]) -> list[tuple[Result, str, Scores, Scores]]:
    return [
        (result, split, result.by_image(split), result.by_photo(split))
        for result in results.values()
        for split in ("val", "test")
        if split in result.splits
    ]


def runs(results: Mapping[str, Result]) -> pd.DataFrame:
    """One row a run and split, in words."""
    return pd.DataFrame(
        {
            "Run": result.name,
            "Split": SPLITS[split],
            "Accuracy": words.rate(image.accuracy),
            "Images": f"{image.n:,}",
            "By photo": words.rate(photo.accuracy) if image.photos else "",
            "Photos": f"{image.photos:,}" if image.photos else "",
            "F1": words.rate(image.figures["f1"]),
            "AUC": words.rate(image.figures["auc"]),
            "Trained on": f"{result.record.facts.counts.get('train', 0):,}" if result.record.facts.counts else "",
            "Epochs": str(result.record.facts.training.get("epochs", "")),
            "Began from": result.record.facts.began_from,
            "What sets it apart": result.record.facts.note,
        }
        for result, split, image, photo in _rows(results)
    )


def runs_csv(results: Mapping[str, Result]) -> str:
    """The same as plain numbers."""
    rows = []
    for result, split, image, photo in _rows(results):
        row: dict[str, object] = {"run": result.name, "split": split, "images": image.n, "photos": image.photos}
        for prefix, scores in (("", image), ("photo_", photo)):
            for name, figure in (("accuracy", scores.accuracy), ("f1", scores.figures["f1"])):
                row |= {f"{prefix}{name}": figure.value, f"{prefix}{name}_low": figure.low}
                row[f"{prefix}{name}_high"] = figure.high
        rows.append(row)
    return pd.DataFrame(rows).to_csv(index=False)
