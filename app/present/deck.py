"""A comparison as a deck of slides, one message each, before anything is drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from app.shared import charts, plots, words
from app.shared.figures import comparison, significance
from app.shared.load import Scored
from app.shared.scoping import Together
from core import __version__
from core.evaluation.comparison import Comparison, compare, holm
from core.evaluation.confusion import confusion_matrix
from core.evaluation.report import SOFT_BELOW
from core.evaluation.scope import Scope
from core.labels import LabelSpace

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint

FOOTER = "Research and teaching, not for diagnosis."


@dataclass(frozen=True)
class Slide:
    """One message. Text is plain, without Markdown; the title is the question that the message answers."""

    title: str
    message: str
    points: tuple[str, ...] = ()
    chart: plots.Intervals | plots.Matrices | None = None
    table: pd.DataFrame | None = None
    notes: str = ""


@dataclass(frozen=True)
class Deck:
    """title: of the file. name: a file's name without its ending."""

    title: str
    name: str
    slides: tuple[Slide, ...]


@dataclass(frozen=True, eq=False)
class Shown:
    """What the deck is about: models, the best by validation first, their answers to the same cells, their looks."""

    together: Together
    styles: Mapping[str, charts.Style]

    @property
    def models(self) -> "Sequence[Checkpoint]":
        return self.together.models

    @property
    def names(self) -> list[str]:
        return self.together.names

    @property
    def space(self) -> LabelSpace:
        return self.together.space

    @property
    def scope(self) -> Scope:
        return self.together.scope

    @property
    def cells(self) -> str:
        return f"{self.together.n:,} {comparison.SPLITS.get(self.scope.split, 'cells')}"

    def scored(self) -> dict[str, Scored]:
        """Figures of every model on these cells, in the order of the models."""
        return {model.name: self._scored(model) for model in self.models}

    def _scored(self, model: "Checkpoint") -> Scored:
        table = self.together.predictions[model.name]
        counts = confusion_matrix(table.labels, table.predicted, len(table.classes))
        return Scored(model.report(table, self.scope.source, self.scope.split), counts)


def build(shown: Shown) -> Deck:
    """The deck of one comparison; of a single model without the slide on chance."""
    tested = shown.scored()
    slides = [
        _opening(shown),
        _question(shown),
        _data(shown),
        _accuracy(shown, tested),
        _figures(tested),
        *_matrices(shown, tested),
        _classes(shown, tested),
        _classes_in_figures(shown, tested),
        *_chance(shown),
        _limits(shown),
        _files(shown),
    ]
    joined = "-".join(shown.names)
    return Deck(f"Smearlens: {words.join(shown.names)}", f"smearlens-{joined}"[:80], tuple(slides))


def _opening(shown: Shown) -> Slide:
    several = len(shown.models) > 1
    return Slide(
        title="Which of these models should I trust?" if several else f"How far can I trust {shown.names[0]}?",
        message=f"{words.join(shown.names)}, on {shown.cells} of {_source_title(shown)}.",
        points=(
            FOOTER,
            f"Smearlens {__version__}. All figures come from the models' answers to single cells.",
        ),
        notes="Begin with what this is not: it is no medical device and has been tested by no authority.",
    )


def _question(shown: Shown) -> Slide:
    use_of_cells = (
        "They were set aside until the end, so they flatter no model."
        if shown.scope.split == "test"
        else "They helped to choose settings, so they flatter the models."
    )
    return Slide(
        title="What was asked?",
        message="How often does each model agree with the people who labelled the cell?",
        points=(
            f"Each model named {shown.cells} on which it was not trained. {use_of_cells}",
            *(words.unmarked(note) for note in shown.together.notes),
            "Sensitivity: of the cells of a class, the share that the model finds.",
            "95 % interval: the range in which the figure may well lie on other cells of the same kind.",
            "Chance: how easily luck alone could make such a difference between two models.",
        ),
        notes="The glossary on the page About explains each word with a drawing.",
    )


def _data(shown: Shown) -> Slide:
    predictions = next(iter(shown.together.predictions.values()))
    counts = np.bincount(predictions.labels, minlength=len(shown.space))
    card = shown.models[0].card
    labs = ", ".join(sorted(set(predictions.table["lab"])))
    remarks = ["none here" if not n else "few: read with care" if n < SOFT_BELOW else "" for n in counts]
    table = pd.DataFrame(
        {
            "Class": [*shown.space.names, "All"],
            "Cells": [f"{count:,}" for count in (*counts, shown.together.n)],
            **({"Remark": [*remarks, ""]} if any(remarks) else {}),
        }
    )
    return Slide(
        title="Which cells were they?",
        message=f"{shown.cells[0].upper()}{shown.cells[1:]} of {_source_title(shown)}, from {labs}.",
        table=table,
        notes=f"{card.trained.citation} Licence: {card.trained.licence}. Split {card.trained.split_hash}.",
    )


def _source_title(shown: Shown) -> str:
    from core.datasets import source_spec

    return source_spec(shown.scope.source).title


def _accuracy(shown: Shown, tested: Mapping[str, Scored]) -> Slide:
    order = comparison.ranked(tested)
    chart = plots.accuracies({name: tested[name].report.accuracy for name in order}, shown.styles)
    return Slide(
        title="How often is each model right?" if len(order) > 1 else "How often is it right?",
        message=words.unmarked(comparison.accuracies(tested)),
        chart=chart,
        notes=f"{words.unmarked(comparison.verdict(tested))} {chart.alt}",
    )


def _figures(tested: Mapping[str, Scored]) -> Slide:
    order = comparison.ranked(tested)
    reports = [tested[name].report for name in order]
    table = pd.DataFrame(
        {
            "Model": order,
            "Right": [words.rate(report.accuracy) for report in reports],
            "Mean over classes": [words.rate(report["balanced_accuracy"]) for report in reports],
            "Calibration error": [f"{100 * report['ece'].value:.1f}{words.SPACE}%" for report in reports],
        }
    )
    return Slide(
        title="How good is that, in figures?",
        message=words.unmarked(comparison.verdict(tested)),
        table=table,
        notes="Mean over classes: the mean sensitivity, with equal weight for each class. Calibration error: the "
        "average gap between stated confidence and share of right answers. Ranges in brackets: 95 % intervals.",
    )


def _matrices(shown: Shown, tested: Mapping[str, Scored]) -> list[Slide]:
    """Two models a slide, so that figures can be read from the last row."""
    slides = []
    for first in range(0, len(shown.names), 2):
        names = tuple(shown.names[first : first + 2])
        sentences = [comparison.matrix_in_words(name, tested[name].confusion, shown.space) for name in names]
        chart = plots.Matrices(names, tuple(tested[name].confusion for name in names), shown.space, " ".join(sentences))
        weak = [comparison.weakness(name, tested[name], shown.space) for name in names]
        slides.append(Slide("What is mixed up with what?", " ".join(weak), chart=chart, notes=chart.alt))
    return slides


def _classes(shown: Shown, tested: Mapping[str, Scored]) -> Slide:
    chart = plots.sensitivities({n: scored.report.per_class for n, scored in tested.items()}, shown.styles, shown.space)
    soft = " Hollow marks rest on fewer than 30 cells." if plots.any_soft(chart) else ""
    return Slide(
        title="How well is each class found?",
        message=f"The share of each class's cells that is called so, with its 95 % interval.{soft}",
        chart=chart,
        notes=chart.alt,
    )


def _classes_in_figures(shown: Shown, tested: Mapping[str, Scored]) -> Slide:
    columns = {
        name: [words.rate(row["sensitivity"]) for row in scored.report.per_class] for name, scored in tested.items()
    }
    return Slide(
        title="How well is each class found, in figures?",
        message="Sensitivity with its 95 % interval (Wilson's).",
        table=pd.DataFrame({"Class": list(shown.space.names), **columns}),
        notes="Not known: there was no cell of that class.",
    )


def _chance(shown: Shown) -> list[Slide]:
    """The first model against each of the others, corrected for looking at several."""
    first, *others = shown.names
    if not others:
        return []
    pairs: dict[str, Comparison] = {
        name: compare(shown.together.predictions[first], shown.together.predictions[name]) for name in others
    }
    corrected = holm([pair.overall.p for pair in pairs.values()])
    table = pd.DataFrame(
        {
            "Compared": f"{first} with {name}",
            "Only the first is right": f"{pair.overall.only_a:,}",
            "Only the second is right": f"{pair.overall.only_b:,}",
            "Difference": significance.difference(pair.overall.difference),
            f"p{', corrected' if len(others) > 1 else ''}": significance.p_value(p).removeprefix("= "),
        }
        for (name, pair), p in zip(pairs.items(), corrected, strict=True)
    )
    return [
        Slide(
            title="Is the difference more than chance?",
            message=words.unmarked(significance.sentence(first, others[0], pairs[others[0]], shown.space)),
            table=table,
            notes="p: McNemar's exact test; how often luck alone would split the cells at least this unevenly. "
            f"{'Corrected by Holm for comparing several models. ' if len(others) > 1 else ''}Difference: in "
            "percentage points with its 95 % bootstrap interval.",
        )
    ]


def _limits(shown: Shown) -> Slide:
    own = tuple(dict.fromkeys(model.card.limits for model in shown.models))
    return Slide(
        title="What can these figures not tell us?",
        message="They count cells, not patients, and hold for one kind of picture.",
        points=(
            *own,
            "Cells of one patient look alike, so the intervals are narrower than they should be.",
            "The labels were given by people, and some are in doubt.",
            FOOTER,
        ),
        notes=" ".join(dict.fromkeys(model.card.intended_use for model in shown.models)),
    )


def _files(shown: Shown) -> Slide:
    table = pd.DataFrame({"Model": model.name, "sha256": model.card.sha256} for model in shown.models)
    split = sorted({model.card.trained.split_hash for model in shown.models})
    return Slide(
        title="Which files gave these figures?",
        message="Files with these fingerprints give these figures.",
        table=table,
        notes=f"sha256 of the split that the models were trained on: {', '.join(split)}. Smearlens {__version__}.",
    )
