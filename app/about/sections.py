"""What the About page says."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from app.shared import load, words
from core.labels import PBC8

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint

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

PRIVACY = """
Nothing. The app runs on this computer and answers only to it; photos stay in its memory until you close the page.
It sends no statistics, loads nothing from the internet, and works offline.
"""

LIMITS = """
- Most models here were trained on cells of one laboratory, one stain and one instrument. They read other stains,
  cameras and magnifications far worse, and not always with a warning.
- It knows eight classes. A blast, a parasite or a plasma cell is none of them: at best it is flagged as unlike.
- The differential that Count makes is of the cells in the photos, not of the patient: check it cell by cell.
- Its figures count cells, not patients. Cells of one patient look alike, so expect less on other patients.
- The labels it was trained on were given by people, and some of them are in doubt.
"""


def show_classes() -> None:
    """The eight classes, with definitions and their source."""
    lines = [f"- **{kind.name}** ({kind.abbreviation}): {kind.definition}" for kind in PBC8.classes]
    st.markdown("\n".join(lines))
    st.caption(f"After {'; '.join(sorted({kind.source for kind in PBC8.classes}))}.")


def show_models(models: "Sequence[Checkpoint]") -> None:
    """Each model's card, in words."""
    if not models:
        st.info(load.NO_MODELS, icon=":material/model_training:")
    for model in models:
        card = model.card
        counts = words.join([f"{n:,} {split}" for split, n in card.trained.counts.items()])
        with st.expander(f"{words.plain(card.name)} · {card.sha256[:6]}"):
            st.markdown(
                f"""
**{words.plain(card.title)}**, {card.parameters:,} parameters, reads {model.preprocessing.size} ×
{model.preprocessing.size} pixels.

- Trained on: {words.plain(card.trained.source)} ({counts} cells). {words.plain(card.trained.citation)}
- Licence of the data: {words.plain(card.trained.licence)}
- Started from: {words.plain(card.began_from)}
- Meant for: {words.plain(card.intended_use)}
- Limits: {words.plain(card.limits)}
"""
            )
            st.code(f"sha256 of the weights  {card.sha256}\nsha256 of the split    {card.trained.split_hash}", None)


def show_sources() -> None:
    """Every data set that Smearlens can read, with its licence and whom to cite. No photo of them comes along."""
    from core.datasets import SOURCES

    st.markdown("Smearlens comes without photographs. It can read these data sets where they are at hand:")
    cited: dict[tuple[str, str], list[str]] = {}
    for spec in SOURCES.values():
        if spec.searched:
            cited.setdefault((spec.citation, spec.licence), []).append(spec.title)
    for (citation, licence), titles in cited.items():
        st.markdown(f"- **{words.plain('; '.join(titles))}.** {words.plain(citation)} Licence: {words.plain(licence)}.")
