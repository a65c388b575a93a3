"""A checkpoint's card in words, what it costs, and how it can be had and made again."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st

from app.model import reproduce
from app.shared import load, words
from app.shared.figures import costs
from core.datasets import source_spec
from core.evaluation.results.speeds import Speed
from core.wording import milliseconds

if TYPE_CHECKING:
    from core.checkpoints import AbstainThreshold, Checkpoint
    from core.evaluation.calibration import Calibration


def show(model: "Checkpoint") -> None:
    """What it is, what it learned from, what it is for, and when it answers."""
    card = model.card
    st.header("What is it?", anchor=False)
    counts = words.join([f"{card.trained.counts.get(split, 0):,} {name}" for split, name in _SPLITS.items()])
    st.markdown(f"**{words.plain(card.title)}**. {_built(model)}")
    st.markdown(
        "\n".join(
            [
                f"- **Meant for:** {words.plain(card.intended_use)}",
                f"- **Limits:** {words.plain(card.limits)}",
                f"- **Trained on:** {words.plain(_source(model))} ({counts} cells){_also(model)}. Licence: "
                f"{words.plain(card.trained.licence)}. Cite: {words.plain(card.trained.citation)}",
                f"- **Started from:** {words.plain(card.began_from)}",
                f"- **Answers:** {_answers(model)}",
                f"- **Confidence:** {adjusted(model.classifier.calibration)}",
            ]
        )
    )


_SPLITS = {"train": "training", "val": "validation", "test": "test"}


def _source(model: "Checkpoint") -> str:
    from core.datasets import source_spec

    return source_spec(model.card.trained.source).title


def _also(model: "Checkpoint") -> str:
    """The other sources of a model that learned from several."""
    from core.datasets import source_spec

    parts = [
        f"{words.plain(source_spec(source.source).title)} ({source.counts.get('train', 0):,} training cells)"
        for source in model.card.trained_also
    ]
    return f", and on {words.join(parts)}" if parts else ""


def _built(model: "Checkpoint") -> str:
    size = f"{model.preprocessing.size} × {model.preprocessing.size} pixels"
    if model.ensemble is None:
        return f"It reads {size} and tells {_classes(model)} apart."
    votes = words.join([f"**{member.name}** ({words.count(n, 'vote')})" for member, n in model.members])
    return f"Several models answering together: {votes}. The first reads {size}. It tells {_classes(model)} apart."


def _classes(model: "Checkpoint") -> str:
    return words.count(len(model.space), "class", "classes")


def _answers(model: "Checkpoint") -> str:
    answering = model.classifier.abstain
    if answering is None:
        return "always, however unsure."
    least = f"{100 * answering.probability:.0f}{words.SPACE}%"
    if answering.laboratories:
        return f"only where a class reaches {least}, otherwise it says that it is unsure; {_over(answering)}."
    aim = f"{100 * answering.aim:g}{words.SPACE}%"
    reached = (
        f"of its answers on validation cells, {aim} were right"
        if answering.reached
        else f"{aim} right answers on validation cells were out of reach, so this is as near as it gets"
    )
    return f"only where a class reaches {least}, otherwise it says that it is unsure; {reached}."


def _over(answering: "AbstainThreshold") -> str:
    """How the threshold was chosen on laboratories that were left out in turn."""
    wrong = f"{100 * (1 - answering.aim):g}{words.SPACE}%"
    labs = words.join([source_spec(lab).short for lab in answering.laboratories])
    if not answering.reached:
        return f"no lower limit kept wrong answers under {wrong} of the cells of {labs}, each read as a stranger"
    return f"with that, no more than {wrong} of the cells of {labs} were answered wrongly, each read as a stranger"


def adjusted(calibration: "Calibration | None") -> str:
    """How probabilities were made true to their word."""
    if calibration is None:
        return "as the network gives it."
    if calibration.factors is not None:
        return (
            "adjusted by a factor and a shift for each class (vector scaling), fitted on validation cells, where they "
            "did better than a single temperature on cells held out."
        )
    way = "flattened" if calibration.temperature > 1 else "sharpened"
    return (
        f"{way} by one number, the temperature {calibration.temperature:.2f}, fitted on validation cells so that it is "
        "right as often as it claims."
    )


def price(model: "Checkpoint", speeds: Mapping[str, Speed]) -> None:
    """Size and speed."""
    st.header("How large and how fast is it?", anchor=False)
    cost, speed = load.cost(model, speeds), speeds.get(model.card.sha256)
    with st.container(horizontal=True):
        st.metric("Parameters", words.short(cost.parameters), border=True)
        st.metric("On disk", words.megabytes(cost.bytes), border=True)
        if cost.multiply_adds == cost.multiply_adds:
            st.metric("Multiply-adds a cell", words.short(cost.multiply_adds), border=True)
        if speed is not None:
            st.metric("One cell", milliseconds(speed.one_cell_ms), border=True)
            st.metric("Among many", f"{milliseconds(speed.batch_ms_a_cell)} a cell", border=True)
    timed = (
        f"Times, including finding the cell, were measured on {speed.hardware} "
        f"({words.count(speed.threads, 'thread')}, {speed.date})."
        if speed is not None
        else "It has not been timed in its present form; `python -m core bench speed --keep` does that."
    )
    meant = ", ".join(f"{title.lower().split(' in ')[0]}: {meaning}" for _, title, meaning in costs.COSTS.values())
    st.caption(f"{timed} {meant[0].upper()}{meant[1:]}.")


def again(model: "Checkpoint") -> None:
    """Fingerprints, how to make it again, and what can be saved."""
    st.header("How can I check or reproduce it?", anchor=False)
    file = "list of members" if model.ensemble is not None else "weights"
    st.code(
        f"sha256 of the {file}  {model.card.sha256}\nsha256 of the split  {model.card.trained.split_hash}",
        None,
        wrap_lines=True,
    )
    lines = reproduce.lines_of(model)
    if isinstance(lines, str):
        st.markdown(words.plain(lines))
    else:
        st.markdown(
            "In the folder of Smearlens, with the data set at hand, these commands train another one by the same "
            "recipe, beside this one, and measure it:"
        )
        st.code("\n".join(lines), "bash", wrap_lines=True)
        st.caption(_sameness(model))
    left, right = st.columns(2)
    left.download_button(
        "Save the card (JSON)",
        lambda: (model.folder / "card.json").read_bytes(),
        f"smearlens-{model.name}-card.json",
        "application/json",
        key="save-card",
        on_click="ignore",
    )
    right.download_button(
        "Save all its answers (CSV)",
        lambda: model.predictions().table.to_csv(index=False),
        f"smearlens-{model.name}-predictions.csv",
        "text/csv",
        key="save-predictions",
        on_click="ignore",
    )


def _sameness(model: "Checkpoint") -> str:
    card = model.card
    where = f" It was trained on: {card.training['hardware']}." if card.training.get("hardware") else ""
    packages = ", ".join(f"{name} {version}" for name, version in card.versions.items())
    versions = f" Versions: {packages}." if packages else ""
    return f"On another computer or with other versions, the figures come out close but not equal.{where}{versions}"
