"""Read: what is this cell?"""

from typing import TYPE_CHECKING

import streamlit as st

from app.read import card, example_row, results
from app.shared import examples, intake, load, scoping, serving
from app.shared.language import _
from app.shared.reading import framing
from app.shared.uploads import Upload, uploads_of

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint


def choose() -> "tuple[list[Upload], examples.Example, Checkpoint | None]":
    """What was dropped, the example for when nothing was, and the model."""
    left, right = st.columns([3, 2], gap="large")
    with left:
        files = intake.photos(_("Photos, or zip archives of photos"))
        uploads = uploads_of(files, intake.opening()) if files else []
    with right:
        by_title = {example.title: example for example in examples.all_examples()}
        title = "" if files else st.selectbox(_("Example"), list(by_title), key="example", bind="query-params")
        models = load.best_first(load.checkpoints())
        model = scoping.choose_model(models) if models else None
    return uploads, by_title.get(title) or next(iter(by_title.values())), model


def show_example(example: examples.Example, model: "Checkpoint | None") -> None:
    """The chosen example, read; the picture alone where there is no model."""
    example_row.show()
    if example.field is not None and model is not None:
        results.show([Upload(example.title, example.field.path.name, example.field.data())], model)
        return
    photo = example.photo()
    if model is None:
        st.info(_(load.NO_MODELS), icon=":material/model_training:")
        st.image(photo.pixels, width=360, alt=_("An example: {title}.", title=example.title))
        st.caption(_(example.note))
        return
    cell = f"example-{example.title}"
    reading = framing.read_in(cell, photo, framing.box_by_hand(cell), model)
    card.show(card.Cell(cell, photo, reading, example.note), model)


st.title(_("What is this cell?"), anchor=False)
st.markdown(
    _("Drop in photos of stained blood cells, one cell each or whole fields, or look at an example.")
    + f" {serving.whereabouts()}"
)
uploads, example, model = choose()
if not uploads or model is None:
    show_example(example, model)
else:
    results.show(uploads, model)
