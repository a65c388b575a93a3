"""What the About page says."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from app.shared import glossary, load, serving, words
from core.labels import PBC8
from core.wording import count_of

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint, Trained

PURPOSE = """
Smearlens names white blood cells, erythroblasts and platelets in photos of stained blood smears, says how sure it
is, and shows where in the photo its evidence is. It is made for **research and teaching**.

**It is not for diagnosis.** It is not a medical device, no authority has tested it, and nobody should be treated, or
left untreated, because of what it says.
"""

HOW = """
1. A photo is opened, whatever its format, and turned upright; files that are not photos are listed with the reason.
2. A small network finds the cell and frames it as the model was trained to see it; you can correct the frame.
3. The model, a neural network trained on labelled cells, gives a probability for each class. These are adjusted so
   that, on its validation cells, about 90 % of the answers given with 90 % were right.
4. If the picture is far from every cell that the model was trained on, or no class is likely enough, Smearlens says
   so instead of giving an answer.
5. A map shows which parts of the picture raised the score of a class. It shows what the answer rests on, not whether
   it is right.
"""


def privacy(*, elsewhere: bool) -> str:
    """What leaves which computer. elsewhere: others than the one that runs the app can open it."""
    if elsewhere:
        where = (
            "A photo travels from the computer on which it is dropped to the one on which the app runs, and no "
            "farther. The app answers to every computer that can reach it, without a password of its own"
        )
    else:
        where = "Nothing. The app runs on this computer and answers only to it"
    return (
        f"{where}; photos stay in its memory until you close the page. What models computed from them, numbers and "
        "maps but no photo, is remembered until the app is stopped. It sends no statistics, loads nothing from the "
        "internet, and works offline."
    )


def limits(models: "Sequence[Checkpoint]") -> str:
    """What it cannot do, of the models that are here."""
    return "\n".join(f"- {sentence}" for sentence in [*_laboratories(models), *_LIMITS])


_LIMITS = (
    "Its models know eight classes. A blast, a parasite or a plasma cell is none of them: at best it is flagged as "
    "unlike.",
    "The differential that Count makes is of the cells in the photos, not of the patient: check it cell by cell.",
    "Its figures count cells, not patients. Cells of one patient look alike, so expect less on other patients.",
    "The labels that its models learned from were given by people, and some of them are in doubt.",
)


def _laboratories(models: "Sequence[Checkpoint]") -> list[str]:
    """From how many laboratories the models here learned, in a sentence; none without models."""
    if not models:
        return []
    several = [model for model in models if len(model.card.learned_from) > 1]
    one = len(models) - len(several)
    learned = [
        f"**{words.plain(model.card.name)}** learned from cells of {len(model.card.learned_from)} laboratories"
        for model in several
    ]
    if one:
        which = count_of(one, "other model", "other models") if several else count_of(one, "model here", "models here")
        cells = "those" if several else "cells"
        learned.append(f"{which} learned from {cells} of one laboratory, one stain and one instrument")
    sentence = words.join(learned)
    return [f"{sentence}. Other stains, cameras and magnifications are read worse, and not always with a warning."]


def show_classes() -> None:
    """The eight classes, with definitions and their source."""
    st.header("The classes", anchor=False)
    lines = [f"- **{kind.name}** ({kind.abbreviation}): {kind.definition}" for kind in PBC8.classes]
    st.markdown("\n".join(lines))
    st.caption(f"After {'; '.join(sorted({kind.source for kind in PBC8.classes}))}.")


def show_models(models: "Sequence[Checkpoint]") -> None:
    """Each model's card, in words."""
    st.header("The models here", anchor=False)
    if not models:
        st.info(load.NO_MODELS, icon=":material/model_training:")
    for model in models:
        card = model.card
        learned = "\n".join(_learned(trained) for trained in (card.trained, *card.trained_also))
        with st.expander(f"{words.plain(card.name)} · {card.sha256[:6]}"):
            st.markdown(
                f"""
**{words.plain(card.title)}**, {card.parameters:,} parameters, reads {model.preprocessing.size} ×
{model.preprocessing.size} pixels.

{learned}
- Started from: {words.plain(card.began_from)}
- Meant for: {words.plain(card.intended_use)}
- Limits: {words.plain(card.limits)}
"""
            )
            st.code(f"sha256 of the weights  {card.sha256}\nsha256 of the split    {card.trained.split_hash}", None)


def _learned(trained: "Trained") -> str:
    """A source that a model learned from, its cells, its licence and whom to cite, as an item of a list."""
    counts = words.join([f"{n:,} {split}" for split, n in trained.counts.items()])
    cited = f"{words.plain(trained.citation)} Licence of the data: {words.plain(trained.licence)}"
    return f"- Trained on: {words.plain(trained.source)} ({counts} cells). {cited}"


def show_sources() -> None:
    """Every data set that Smearlens can read, with its licence and whom to cite. No photo of them comes along."""
    from core.datasets import SOURCES

    st.header("Where the data come from", anchor=False)
    st.markdown("Smearlens comes without photographs. It can read these data sets where they are at hand:")
    cited: dict[tuple[str, str], list[str]] = {}
    for spec in SOURCES.values():
        if spec.searched:
            cited.setdefault((spec.citation, spec.licence), []).append(spec.title)
    for (citation, licence), titles in cited.items():
        st.markdown(f"- **{words.plain('; '.join(titles))}.** {words.plain(citation)} Licence: {words.plain(licence)}.")


def show_words() -> None:
    """The glossary."""
    st.header("What the words mean", anchor=False)
    glossary.show()


def _text(title: str, text: "Callable[[Sequence[Checkpoint]], str]") -> "Callable[[Sequence[Checkpoint]], None]":
    """A part that is a heading and a text about the models that are here."""

    def show(models: "Sequence[Checkpoint]") -> None:
        st.header(title, anchor=False)
        st.markdown(text(models))

    return show


PARTS: "dict[str, Callable[[Sequence[Checkpoint]], None]]" = {
    "limits": _text("What it cannot do", limits),
    "how it works": _text("How it works", lambda _: HOW),
    "privacy": _text("What leaves this computer", lambda _: privacy(elsewhere=serving.is_elsewhere())),
    "words": lambda _: show_words(),
    "classes": lambda _: show_classes(),
    "models": show_models,
    "data": lambda _: show_sources(),
}
"""What About shows, one thing at a time; all are given the models that are here."""
