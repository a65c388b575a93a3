"""From which models the figures come."""

from collections.abc import Iterator

import pandas as pd

from app.present.content import Slide, SlideTable
from app.present.registry import MAKERS, Maker
from app.present.subject import Subject
from core import __version__
from core.datasets import source_spec


def make(subject: Subject) -> Iterator[Slide]:
    models = subject.shown.models
    table = pd.DataFrame(
        {
            "Model": model.name,
            "Learned from": ", ".join(source_spec(lab).short for lab in model.card.learned_from),
            "Picture, pixels": f"{model.preprocessing.size} × {model.preprocessing.size}",
            "Learned numbers": f"{model.card.parameters:,}",
        }
        for model in models
    )
    prints = "; ".join(f"{model.name} {model.card.sha256}" for model in models)
    splits = ", ".join(sorted({model.card.trained.split_hash for model in models}))
    yield Slide(
        title="Anybody who has these models can work the figures out again.",
        lead="The models, their answers to every cell and the program that compares them are one download.",
        body=SlideTable(table),
        notes=f"Smearlens {__version__}. sha256 of the weights: {prints}. Of the split that they learned by: {splits}.",
    )


MAKERS.add(Maker("sources", 110, make))
