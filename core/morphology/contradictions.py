"""Whether attributes warn of a wrong answer: how often one contradicts right answers, and how often wrong ones."""

from dataclasses import dataclass

import numpy as np

from core.evaluation.intervals import Rate, wilson
from core.evaluation.results.predictions import Predictions
from core.morphology.description import from_probabilities
from core.morphology.head import HeadCard
from core.morphology.predictions import AttributePredictions


@dataclass(frozen=True)
class ContradictionRates:
    """Of the answers to annotated cells, the share that a sure attribute contradicts: of right answers, where that is a
    false alarm, and of wrong ones. Answers of a class without known attributes count as not contradicted."""

    right: Rate
    wrong: Rate


def contradiction_rates(
    attributes: AttributePredictions, predictions: Predictions, card: HeadCard
) -> ContradictionRates:
    """attributes: of the cells; predictions: the same network's classes of these and other cells."""
    place = {str(key): row for row, key in enumerate(predictions.table["key"])}
    cells = np.array([cell for cell, key in enumerate(attributes.table["key"]) if key in place], np.intp)
    rows = np.array([place[str(attributes.table["key"].iloc[cell])] for cell in cells], np.intp)
    labels = [predictions.classes[number] for number in predictions.predicted[rows]]
    correct = predictions.predicted[rows] == predictions.labels[rows]
    morphologies = [
        from_probabilities(card, attributes.probabilities[cell], label)
        for cell, label in zip(cells, labels, strict=True)
    ]
    alarm = np.array([morphology is not None and bool(morphology.contradicting) for morphology in morphologies], bool)
    return ContradictionRates(
        right=wilson(int((alarm & correct).sum()), int(correct.sum())),
        wrong=wilson(int((alarm & ~correct).sum()), int((~correct).sum())),
    )
