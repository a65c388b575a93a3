"""What can be chosen on the page: what to do, and the round with the model beside it, all of it in the address."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from app.learn import cell_pictures
from app.learn.quiz import Round
from app.shared import link
from app.shared.language import N_, _, class_name, named
from core.labels import PBC8
from core.teaching import LENGTHS

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint

PART, COLLECTION, LENGTH, NUMBER, CLASSES, MODEL = "part", "pictures", "length", "round", "classes", "model"
"""Names in the address."""

NAMING, LOOKING = N_("quiz"), N_("the classes")
LAST = 9999

KEPT = "learn-choices"
"""Where a session keeps its choices while it is on another page, so that a round can be left and continued."""


def choose_part() -> str:
    picked = st.segmented_control(
        _("What to do"),
        [NAMING, LOOKING],
        format_func=named([NAMING, LOOKING]),
        default=NAMING,
        required=True,
        key=PART,
        bind="query-params",
        label_visibility="collapsed",
    )
    return picked or NAMING


def choose_round(models: "Sequence[Checkpoint]") -> "tuple[Round, Checkpoint | None]":
    """The round and the model that the address names, or the first that there are, in a box that stays closed.

    models: those that tell the eight classes apart, the best first.
    """
    at_hand = cell_pictures.at_hand()
    class_names = {cell_class.name: class_name(cell_class) for cell_class in PBC8.classes}
    _start({COLLECTION: at_hand[0], LENGTH: LENGTHS[1], NUMBER: 1, CLASSES: []}, models)
    with st.expander(_("Choose the round"), icon=":material/tune:"):
        collection = _choose_collection(at_hand)
        left, middle, right = st.columns(3)
        n = left.segmented_control(_("Cells"), LENGTHS, required=True, key=LENGTH, bind="query-params") or LENGTHS[1]
        number = middle.number_input(
            _("Round"),
            1,
            LAST,
            key=NUMBER,
            bind="query-params",
            help=_("Each number is a round of its own, with the same cells for everybody."),
        )
        model = _choose_model(right, models)
        picked = st.pills(
            _("Only these classes (none chosen: all)"),
            PBC8.names,
            format_func=lambda name: class_names.get(name, name),
            selection_mode="multi",
            key=CLASSES,
            bind="query-params",
        )
    _keep()
    classes = tuple(cell_class.key for cell_class in PBC8.classes if cell_class.name in picked)
    return Round(collection, int(n), int(number), classes if len(classes) > 1 else PBC8.keys), model


def _start(first: dict[str, object], models: "Sequence[Checkpoint]") -> None:
    """Choices that neither the page nor its address has yet are those of before, or the first.

    Set here and not as the widgets' own defaults, beside which Streamlit lets nothing else be set.
    """
    before = dict(st.session_state.get(KEPT, {}))
    names = [model.name for model in models]
    if before.get(MODEL) not in names:
        before[MODEL] = names[0] if names else None
    for key, value in (first | before).items():
        if key not in st.session_state and key not in st.query_params:
            st.session_state[key] = value


def _keep() -> None:
    keys = (COLLECTION, LENGTH, NUMBER, CLASSES, MODEL)
    st.session_state[KEPT] = {key: st.session_state.get(key) for key in keys}


def _choose_collection(at_hand: list[str]) -> str:
    """A collection that is not here is offered only to those who asked for it."""
    requested = st.session_state.get(COLLECTION, st.query_params.get(COLLECTION))
    offered = [name for name in cell_pictures.COLLECTIONS if name in at_hand or name == requested]
    return (
        st.segmented_control(
            _("Pictures"), offered, format_func=named(offered), required=True, key=COLLECTION, bind="query-params"
        )
        or at_hand[0]
    )


def _choose_model(place: "st.delta_generator.DeltaGenerator", models: "Sequence[Checkpoint]") -> "Checkpoint | None":
    by_name = {model.name: model for model in models}
    if not by_name:
        return None
    name = place.selectbox(
        _("Model beside you"),
        list(by_name),
        key=MODEL,
        bind="query-params",
        help=_(
            "It names the same cells; answers to photographs are compared. The first in the list was right most "
            "often on its validation cells."
        ),
    )
    return by_name.get(name, models[0])


def copy_link(quiz_round: Round, model: "Checkpoint | None") -> None:
    """A control that opens to the address of the round.

    Not that of link.copy, which leaves out what was left as it was: on another computer, with other pictures and
    models, other choices come first, and a class that takes one round would get several.
    """
    says = _("Anyone who opens this address here names the same cells.")
    if quiz_round.collection == cell_pictures.REAL:
        says += " " + _("On another computer they need the same folder of PBC images.")
    link.copy(query_of(quiz_round, model), says)


def query_of(quiz_round: Round, model: "Checkpoint | None") -> dict[str, list[str]]:
    """What the address of a round holds, in the words of the page's language, nothing left out."""
    query = {COLLECTION: [_(quiz_round.collection)], LENGTH: [str(quiz_round.n)], NUMBER: [str(quiz_round.number)]}
    if quiz_round.narrowed:
        query[CLASSES] = [class_name(PBC8[key]) for key in quiz_round.classes]
    return query | ({MODEL: [model.name]} if model else {})


def another_round(quiz_round: Round, classes: tuple[str, ...]) -> None:
    """Turn to the next round, of these classes; () for all."""
    st.session_state[CLASSES] = [PBC8[key].name for key in classes]
    st.session_state[NUMBER] = quiz_round.number % LAST + 1
