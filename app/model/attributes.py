"""How well a model tells the attributes of a cell: the section of the page Model."""

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from app.shared import glossary, words
from app.shared.saving import save_csv
from core.errors import CheckpointError

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint
    from core.morphology.contradictions import ContradictionRates
    from core.morphology.metrics import Agreements, AnnotatorAgreement, AttributeReport


def show(model: "Checkpoint") -> None:
    """Figures of each attribute beside a second person's, and the comparison with what was published."""
    from core.morphology.head import has_head

    if not has_head(model):
        return
    st.subheader("How well does it tell a cell in words?", anchor=False)
    try:
        found, agreed, warned, runs = _figures(model.lead.card.sha256, _stamp(model), model)
    except CheckpointError as error:
        st.warning(words.plain(str(error)))
        return
    of = "" if model.lead is model else f" of **{words.plain(model.lead.name)}**"
    st.markdown(
        f"A small head on the features{of} tells eleven attributes of white cells, such as the shape of the nucleus. "
        f"On {found.n:,} test cells it agrees with the person who described them in {words.rate(found.mean_accuracy)} "
        f"of the attributes; mean macro {glossary.link('F1')} {words.rate(found.mean_f1)}."
    )
    st.dataframe(table(found, agreed), hide_index=True, alt="One row for each attribute.")
    save_csv("attributes", lambda: plain_table(found, agreed).to_csv(index=False))
    st.caption(
        f"{_second(agreed)} Neutrophils, eosinophils, basophils, lymphocytes and monocytes only: of the other classes "
        "no attributes are known. Intervals: 95 %, by cell."
    )
    st.markdown(_warned(warned))
    if runs:
        _published(runs)


def _stamp(model: "Checkpoint") -> str:
    """What is remembered of the head's figures is good until this changes."""
    from core.checkpoints import sha256_of
    from core.morphology.head import CARD, PREDICTIONS
    from core.morphology.results import read_runs

    files = [model.lead.folder / name for name in (CARD, PREDICTIONS)]
    return " ".join([*(sha256_of(file) for file in files), *(run.facts.name for run in read_runs())])


@st.cache_data(max_entries=8, show_spinner="Counting attributes …")
def _figures(sha256: str, stamp: str, _model: "Checkpoint"):  # type: ignore[no-untyped-def]
    """Figures of the head, agreement, warnings, and (facts, figures) of each kept run."""
    from core.morphology.contradictions import contradiction_rates
    from core.morphology.head import PREDICTIONS, read_head
    from core.morphology.metrics import annotator_agreement, attribute_report
    from core.morphology.predictions import read_predictions
    from core.morphology.results import read_runs

    lead = _model.lead
    head = read_head(lead)
    attributes = read_predictions(lead.folder / PREDICTIONS)
    if attributes.sha256 != sha256:
        raise CheckpointError(f"The table of attributes of {lead.name} is of other weights; train the head again.")
    attributes = attributes.select("test")
    predictions = lead.predictions().select(source=head.card.source, split="test")
    runs = [(run.facts, attribute_report(run.predictions)) for run in read_runs()]
    return (
        attribute_report(attributes, head.sure_from),
        annotator_agreement(attributes),
        contradiction_rates(attributes, predictions, head.card),
        runs,
    )


def table(found: "AttributeReport", agreed: "tuple[Agreements, Agreements]") -> pd.DataFrame:
    """One row an attribute, in words; the last one is the mean."""
    from core.morphology.attributes import ATTRIBUTES

    person, own = ({one.key: one for one in part} for part in agreed)
    rows = []
    for attribute, one in zip(ATTRIBUTES, found.attributes, strict=True):
        rows.append(
            {
                "Attribute": attribute.name[0].upper() + attribute.name[1:],
                "Right": words.rate(one.accuracy),
                "Macro F1": words.rate(one.macro_f1),
                "Each value counted alike": words.rate(one.balanced_accuracy),
                "Told as sure": words.share(one.sure),
                "Right when sure": words.rate(one.right_when_sure),
                "Second person agrees": _agreed(person.get(one.key)),
                "Model on the same cells": _agreed(own.get(one.key)),
            }
        )
    means = (found.mean_accuracy, found.mean_f1, found.mean_balanced)
    named = dict(zip(("Right", "Macro F1", "Each value counted alike"), map(words.rate, means), strict=True))
    rows.append({"Attribute": "Mean"} | named)
    return pd.DataFrame(rows).fillna("")


def _agreed(one: "AnnotatorAgreement | None") -> str:
    if one is None:
        return ""
    return f"{words.share(one.agree)}, κ {one.kappa.value:.2f} ({one.kappa.low:.2f} to {one.kappa.high:.2f})"


def plain_table(found: "AttributeReport", agreed: "tuple[Agreements, Agreements]") -> pd.DataFrame:
    """The same as plain numbers."""
    person, own = ({one.key: one for one in part} for part in agreed)
    rows = []
    for one in found.attributes:
        row: dict[str, object] = {"attribute": one.key, "n": one.n}
        for name in ("accuracy", "macro_f1", "balanced_accuracy", "sure", "right_when_sure"):
            figure = getattr(one, name)
            row |= {name: figure.value, f"{name}_low": figure.low, f"{name}_high": figure.high}
        for name, part in (("second_person", person), ("model_same_cells", own)):
            if one.key in part:
                row |= {f"{name}_agrees": part[one.key].agree.value, f"{name}_kappa": part[one.key].kappa.value}
        rows.append(row)
    return pd.DataFrame(rows)


def _second(agreed: "tuple[Agreements, Agreements]") -> str:
    if not agreed[0]:
        return "No second person looked at these cells."
    n = agreed[0][0].n
    return (
        f"A second person described {n:,} of these cells again: how often both people agree, and how often the model "
        "agrees with the first, on the same cells. κ is Cohen's kappa, agreement beyond chance."
    )


def _warned(warned: "ContradictionRates") -> str:
    return (
        f"Among answers that are **wrong**, an attribute speaks against {words.rate(warned.wrong)} "
        f"({words.count(warned.wrong.n, 'cell')}); among those that are **right**, against {words.rate(warned.right)}."
    )


def _published(runs: "list[tuple[object, AttributeReport]]") -> None:
    """The authors' split: ours beside the figures that they published."""
    from core.morphology.metrics import PUBLISHED_ACCURACY, PUBLISHED_F1

    st.markdown("**Beside what was published.** On the split of those who described the cells, mean over attributes:")
    rows = [
        {
            "Run": facts.title,  # type: ignore[attr-defined]
            "Right": words.rate(one.mean_accuracy),
            "Macro F1": words.rate(one.mean_f1),
            "Remark": facts.note,  # type: ignore[attr-defined]
        }
        for facts, one in runs
    ]
    rows.append(
        {
            "Run": "ResNet-50 (Tsutsui et al. 2023)",
            "Right": f"{100 * PUBLISHED_ACCURACY:.2f}{words.SPACE}%",
            "Macro F1": f"{100 * PUBLISHED_F1:.2f}{words.SPACE}%",
            "Remark": "As published, without an interval.",
        }
    )
    st.dataframe(pd.DataFrame(rows), hide_index=True, alt="One row for each run on the authors' split.")
