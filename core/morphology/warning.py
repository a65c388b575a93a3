"""Whether attributes warn of a wrong answer: how often one speaks against right answers, and against wrong ones."""

from dataclasses import dataclass

import numpy as np

from core.evaluation.intervals import Rate, wilson
from core.evaluation.results.predictions import Predictions
from core.morphology.head import HeadCard
from core.morphology.predictions import Told
from core.morphology.words import from_probabilities


@dataclass(frozen=True)
class Warned:
    """Of the answers to annotated cells, the share against which a sure attribute speaks: of right answers, where that
    is a false alarm, and of wrong ones. Answers of a class without known attributes count as not spoken against."""

    right: Rate
    wrong: Rate


def warned(told: Told, answers: Predictions, card: HeadCard) -> Warned:
    """told: attributes of the cells; answers: the table of the same network's answers to these and other cells."""
    place = {str(key): row for row, key in enumerate(answers.table["key"])}
    cells = np.array([cell for cell, key in enumerate(told.table["key"]) if key in place], np.intp)
    rows = np.array([place[str(told.table["key"].iloc[cell])] for cell in cells], np.intp)
    said = [answers.classes[number] for number in answers.predicted[rows]]
    right = answers.predicted[rows] == answers.labels[rows]
    found = [from_probabilities(card, told.probabilities[cell], one) for cell, one in zip(cells, said, strict=True)]
    alarm = np.array([one is not None and bool(one.against) for one in found], bool)
    return Warned(
        wilson(int((alarm & right).sum()), int(right.sum())), wilson(int((alarm & ~right).sum()), int((~right).sum()))
    )
