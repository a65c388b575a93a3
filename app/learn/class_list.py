"""The eight classes to look up: what to look for, some cells of each, and what a model takes them for."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from app.learn import cell_pictures
from app.shared import load, words
from app.shared.language import _, class_name, class_with_article, joined, number
from core.errors import CheckpointError
from core.evaluation.scope import Scope
from core.labels import PBC8, CellClass
from core.teaching import draw

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint

EXAMPLES, SIDE = 6, 132
"""Pictures of each class to look at, and their side in screen pixels."""


def show(models: "Sequence[Checkpoint]") -> None:
    """models: those that tell the eight classes apart, the best first."""
    collection = cell_pictures.at_hand()[0]
    st.markdown(cell_pictures.note(collection))
    pool = cell_pictures.pool(collection)
    confusions = confused_with(models[0]) if models else {}
    if confusions:
        st.markdown(
            _(
                "What **{model}** mixes up was measured on its test cells, real ones from PBC.",
                model=words.plain(models[0].name),
            )
        )
    for first in range(0, len(PBC8), 2):
        for column, cell_class in zip(st.columns(2), PBC8.classes[first : first + 2], strict=True):
            key = cell_class.key
            with column, st.container(border=True):
                names = [question.name for question in draw({key: pool[key]}, EXAMPLES, 0)]
                _class(cell_class, collection, names)
                if key in confusions:
                    st.caption(confusions[key])


def _class(cell_class: CellClass, collection: str, names: Sequence[str]) -> None:
    st.header(f"{class_name(cell_class)} ({cell_class.abbreviation})", anchor=False)
    st.markdown(_("**Look for:** {definition}", definition=words.lowered(_(cell_class.definition))))
    subtypes = cell_pictures.SUBTYPES[cell_class.key]
    if subtypes:
        st.markdown(
            "\n".join(f"- **{class_name(subtype)}:** {words.lowered(_(subtype.definition))}" for subtype in subtypes)
        )
    sources = list(dict.fromkeys(defined.source for defined in (cell_class, *subtypes)))
    with st.container(horizontal=True, gap="small"):
        for place, name in enumerate(names, 1):
            alt = _(
                "{class_name}, {picture}, {place} of {total}.",
                class_name=class_name(cell_class),
                picture=cell_pictures.single(collection),
                place=place,
                total=len(names),
            )
            st.image(cell_pictures.small(collection, name, SIDE), width=SIDE, alt=alt)
    st.caption(_("Definition after {sources}.", sources=joined(sources)))


def confused_with(model: "Checkpoint") -> dict[str, str]:
    """By class, what the model takes test cells of its own source for most often; nothing where there are none."""
    try:
        confusion = load.tested(model, Scope(model.card.trained.source, "test")).confusion
    except CheckpointError:
        return {}
    sentences = {}
    for true, cell_class in enumerate(PBC8.classes):
        wrong = confusion[true].copy()
        wrong[true] = 0
        if wrong.any():
            predicted = int(wrong.argmax())
            sentences[cell_class.key] = _(
                "{model} most often takes it for {other_class}: {wrong} of {total} cells.",
                model=words.plain(model.name),
                other_class=class_with_article(PBC8.classes[predicted]),
                wrong=number(wrong[predicted]),
                total=number(confusion[true].sum()),
            )
    return sentences
