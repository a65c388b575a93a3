"""What the words mean that pages use: each in a sentence or two, and by which forms it is known in a text."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import plotly.graph_objects as go


@dataclass(frozen=True)
class Word:
    """name: its heading, which is also its address on the page About. caption: what is drawn, in words.

    forms: others, in small letters, by which a text uses it; each may have an s behind it.
    """

    name: str
    meaning: str
    drawing: Callable[[], go.Figure] | None = None
    caption: str = ""
    forms: tuple[str, ...] = ()


def used_in(text: str, words: Iterable[Word]) -> list[Word]:
    """Those of the words that a text uses, in their order."""
    text = text.lower()
    return [
        word
        for word in words
        if any(re.search(rf"(?<![\w-]){re.escape(form)}s?(?!\w)", text) for form in (word.name.lower(), *word.forms))
    ]


PLAIN = (
    Word(
        "Balanced accuracy",
        "the mean of the sensitivities of all classes, so that a rare class weighs as much as a common one.",
    ),
    Word("Confusion", "how often cells of one class are called another; right answers lie on the matrix's diagonal."),
    Word(
        "Prediction set",
        "the classes that cannot be left out if the right one is to be among them 99 times in a hundred. One class is "
        "an answer; several are a choice left to a person.",
    ),
    Word("Unsure", "said where no class is likely enough for the model to answer."),
    Word(
        "Unlike",
        "said where a picture is farther from all training cells than 99 in a hundred validation cells are: another "
        "kind of picture, or a cell of no class that the model knows.",
    ),
    Word("Threshold", "the value from which a model answers, or calls a cell one of a class."),
    Word(
        "Grad-CAM",
        "a map of the parts of a picture that raised the score of a class. It is coarse: a few squares.",
    ),
    Word(
        "Integrated gradients",
        "a map that shares out among the points of a picture what they add to the score of a class. Fine, and slower.",
    ),
    Word(
        "Faithfulness",
        "how true a map is to its model: how fast the score falls when what the map marks is removed, and rises when "
        "it is shown alone.",
        forms=("faithful",),
    ),
    Word("Framing", "the square of the photo that is read. Models expect the cell to fill it as in their training."),
    Word(
        "Validation and test cells",
        "cells that the model did not learn from. Validation cells helped to choose; test cells were kept until the "
        "end.",
        forms=("validation cell", "test cell", "test split", "validation set"),
    ),
    Word(
        "Fold",
        "one of the equal parts into which cells are dealt for cross-validation; each part is once left out of "
        "training and then tested on.",
        forms=("cross-validation",),
    ),
    Word("Bootstrap", "an interval found by drawing the cells again and again, each time with some left out."),
    Word("Wilson's interval", "the interval for a share that also holds near 0 and 100 %.", forms=("wilson",)),
    Word("Subtype", "a finer type within a class, such as a band among neutrophils."),
    Word(
        "Checkpoint", "a trained model in its folder, with its weights, its predictions and a card that describes it."
    ),
    Word(
        "sha256", "a fingerprint of a file. If one bit changes, so does it; only files that match their card are used."
    ),
    Word("Ensemble", "several networks that answer together; their probabilities are averaged."),
    Word("Features", "the numbers by which a network describes a picture just before it answers.", forms=("feature",)),
    Word("Parameters", "the numbers that a network learned, its weights. More need more memory."),
    Word(
        "Corruption",
        "a photo made worse on purpose, such as blurred or badly lit, at five severities.",
        forms=("severity", "severities"),
    ),
    Word("Augmentation", "changes to training pictures, such as turns and other stains, that are not to matter."),
    Word("Epoch", "one pass of training through all training cells."),
    Word("Loss", "what training makes small: the larger, the farther the probabilities are from the truth."),
    Word("Learning rate", "how far each step of training goes."),
    Word("Batch normalisation", "layers that bring what passes through a network to one scale.", forms=("batch norm",)),
    Word("Temperature", "one number that flattens or sharpens probabilities until they keep their word."),
    Word(
        "Differential",
        "how the white cells of a smear divide among their types, in percent; usually of at least 100 cells.",
    ),
    Word("Reference interval", "the range in which 95 in a hundred healthy people lie."),
    Word("Trial", "one short training with one choice of settings."),
    Word("Weight decay", "a pull of all weights towards zero during training, against memorising."),
)
"""Words that need no drawing."""
