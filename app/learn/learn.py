"""The page to learn with: what is asked, the round that it leads to, and the classes to look up."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from app.learn import cell_pictures, question_view, quiz, results
from app.learn.quiz import Round
from app.shared import load, words
from app.shared.link import joined
from core.errors import CheckpointError
from core.evaluation.scope import Scope
from core.labels import PBC8, CellClass
from core.teaching import LENGTHS, draw

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint

PART, STOCK, LENGTH, NUMBER, CLASSES, MODEL = "part", "pictures", "length", "round", "classes", "model"
"""Names in the address."""

NAMING, LOOKING = "quiz", "the classes"
LAST = 9999
EXAMPLES, SIDE = 6, 132
"""Pictures of each class to look at, and their side in screen pixels."""

KEPT = "learn-choices"
"""Where a session keeps its choices while it is on another page, so that a round can be left and continued."""


def choose_part() -> str:
    picked = st.segmented_control(
        "What to do",
        [NAMING, LOOKING],
        default=NAMING,
        required=True,
        key=PART,
        bind="query-params",
        label_visibility="collapsed",
    )
    return picked or NAMING


def choose(models: "Sequence[Checkpoint]") -> "tuple[Round, Checkpoint | None]":
    """The round and the model that the address names, or the first that there are, in a box that stays closed.

    models: those that tell the eight classes apart, the best first.
    """
    stocks = cell_pictures.at_hand()
    _start({STOCK: stocks[0], LENGTH: LENGTHS[1], NUMBER: 1, CLASSES: []}, models)
    with st.expander("Choose the round", icon=":material/tune:"):
        stock = _stock(stocks)
        left, middle, right = st.columns(3)
        n = left.segmented_control("Cells", LENGTHS, required=True, key=LENGTH, bind="query-params") or LENGTHS[1]
        number = middle.number_input(
            "Round",
            1,
            LAST,
            key=NUMBER,
            bind="query-params",
            help="Each number is a round of its own. The same number has the same cells for everybody.",
        )
        model = _model(right, models)
        picked = st.pills(
            "Only cells of (none chosen: all classes)",
            PBC8.names,
            selection_mode="multi",
            key=CLASSES,
            bind="query-params",
        )
    _keep()
    classes = tuple(kind.key for kind in PBC8.classes if kind.name in picked)
    return Round(stock, int(n), int(number), classes if len(classes) > 1 else PBC8.keys), model


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
    st.session_state[KEPT] = {key: st.session_state.get(key) for key in (STOCK, LENGTH, NUMBER, CLASSES, MODEL)}


def _stock(there: list[str]) -> str:
    """The kind of picture; one that is not here is offered only to who asked for it."""
    asked = st.session_state.get(STOCK, st.query_params.get(STOCK))
    offered = [stock for stock in cell_pictures.STOCKS if stock in there or stock == asked]
    return st.segmented_control("Pictures", offered, required=True, key=STOCK, bind="query-params") or there[0]


def _model(place: "st.delta_generator.DeltaGenerator", models: "Sequence[Checkpoint]") -> "Checkpoint | None":
    known = {model.name: model for model in models}
    if not known:
        return None
    name = place.selectbox(
        "Model beside you",
        list(known),
        key=MODEL,
        bind="query-params",
        help="It names the same cells. The first is the one that was right most often on its validation cells.",
    )
    return known.get(name, models[0])


def copy_link(of: Round, model: "Checkpoint | None") -> None:
    """A control that opens to the address of the round.

    Not that of link.copy, which leaves out what was left as it was: on another computer, with other pictures and
    models, other choices come first, and a class that takes one round would get several.
    """
    opened = st.popover("Copy link", icon=":material/link:", type="tertiary", key="link", on_change="rerun")
    if opened.open:
        with opened:
            st.code(joined(st.context.url or "", choices_of(of, model)), language=None, wrap_lines=True)
            told = "Whoever opens this address here names the same cells."
            if of.stock == cell_pictures.REAL:
                told += " On another computer they need the same folder of PBC's images."
            st.caption(told)


def choices_of(of: Round, model: "Checkpoint | None") -> dict[str, list[str]]:
    """What the address of a round holds, nothing left out."""
    told = {STOCK: [of.stock], LENGTH: [str(of.n)], NUMBER: [str(of.number)]}
    if of.narrowed:
        told[CLASSES] = [PBC8[key].name for key in of.classes]
    return told | ({MODEL: [model.name]} if model else {})


def another(of: Round, classes: tuple[str, ...]) -> None:
    """Turn to the next round, of these classes; () for all."""
    st.session_state[CLASSES] = [PBC8[key].name for key in classes]
    st.session_state[NUMBER] = of.number % LAST + 1


def round_of(of: Round, model: "Checkpoint | None") -> None:
    """The question that a round has come to, or how it went."""
    questions = of.questions()
    if not questions:
        st.info(cell_pictures.how_to_get(of.stock), icon=":material/photo_library:")
        return
    if quiz.progress(of).turned < len(questions):
        question_view.show(of, questions, model)
    else:
        results.show(of, questions, model, lambda classes: another(of, classes))
    st.markdown(described(of, len(questions), model))
    st.caption(cell_pictures.note(of.stock))


def described(of: Round, count: int, model: "Checkpoint | None") -> str:
    """The round in a sentence or two."""
    kinds = words.join([PBC8[key].name.lower() for key in of.classes]) if of.narrowed else "all eight classes"
    told = f"Round {of.number}: {count} {of.stock} of {kinds}."
    if count < of.n:
        told += " There are no more here."
    return told + (f" Beside your answers stand those of **{words.plain(model.name)}**." if model else "")


def classes(models: "Sequence[Checkpoint]") -> None:
    """The eight classes: what to look for, and some cells of each."""
    stock = cell_pictures.at_hand()[0]
    st.markdown(cell_pictures.note(stock))
    pool = cell_pictures.pool(stock)
    confused = _confused(models[0]) if models else {}
    if confused:
        st.markdown(f"What **{words.plain(models[0].name)}** mixes up is said of its test cells: real ones of PBC.")
    for first in range(0, len(PBC8), 2):
        for column, kind in zip(st.columns(2), PBC8.classes[first : first + 2], strict=True):
            with column, st.container(border=True):
                _class(kind, stock, [question.name for question in draw({kind.key: pool[kind.key]}, EXAMPLES, 0)])
                if kind.key in confused:
                    st.caption(confused[kind.key])


def _class(kind: CellClass, stock: str, names: list[str]) -> None:
    st.subheader(f"{kind.name} ({kind.abbreviation})", anchor=False)
    st.markdown(f"**Look for:** {question_view.lowered(kind.definition)}")
    finer = cell_pictures.FINER[kind.key]
    if finer:
        st.markdown("\n".join(f"- **{one.name}:** {question_view.lowered(one.definition)}" for one in finer))
    sources = list(dict.fromkeys(one.source for one in (kind, *finer)))
    with st.container(horizontal=True, gap="small"):
        for place, name in enumerate(names, 1):
            alt = f"{kind.name}, {cell_pictures.single(stock)}, {place} of {len(names)}."
            st.image(cell_pictures.small(stock, name, SIDE), width=SIDE, alt=alt)
    st.caption(f"Definition after {words.join(sources)}.")


def _confused(model: "Checkpoint") -> dict[str, str]:
    """By class, what the model takes test cells of its own source for most often; nothing where there are none."""
    try:
        counts = load.tested(model, Scope(model.card.trained.source, "test")).confusion
    except CheckpointError:
        return {}
    told = {}
    for true, kind in enumerate(PBC8.classes):
        wrong = counts[true].copy()
        wrong[true] = 0
        if wrong.any():
            said = int(wrong.argmax())
            told[kind.key] = (
                f"{words.plain(model.name)} most often takes it for {words.article(PBC8.names[said])}: "
                f"{wrong[said]:,} of {counts[true].sum():,} cells."
            )
    return told
