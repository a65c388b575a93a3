"""How well a model tells the attributes of a cell: the section of the page Model."""

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from app.shared import alarm, glossary, words
from app.shared.saving import save_csv
from core.errors import CheckpointError

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint
    from core.morphology.contradictions import ContradictionRates
    from core.morphology.metrics import Agreements, AnnotatorAgreement, AttributeReport


def is_there(model: "Checkpoint") -> bool:
    """Whether the model has a head for attributes."""
    from core.morphology.head import has_head

    return has_head(model)


def show(model: "Checkpoint") -> None:
    """Figures of each attribute beside a second person's, and the comparison with what was published."""
    st.header("How well does it describe a cell?", anchor=False)
    try:
        report, agreements, contradictions, runs = _figures(model.lead.card.sha256, _stamp(model), model)
    except CheckpointError as error:
        alarm.show([str(error)])
        return
    of_lead = "" if model.lead is model else f" of **{words.plain(model.lead.name)}**"
    st.markdown(
        f"A small head on the features{of_lead} reads eleven attributes of white cells, such as the shape of the "
        f"nucleus. On {report.n:,} test cells it agrees with the person who described them on "
        f"{words.rate(report.mean_accuracy)} of the attributes; mean macro {glossary.link('F1')} "
        f"{words.rate(report.mean_f1)}."
    )
    st.dataframe(table(report, agreements), hide_index=True, alt="One row for each attribute.")
    save_csv("attributes", lambda: plain_table(report, agreements).to_csv(index=False))
    st.caption(
        f"{_second(agreements)} Neutrophils, eosinophils, basophils, lymphocytes and monocytes only: no attributes are "
        "known for the other classes. 95 % intervals, by cell."
    )
    st.markdown(_contradictions(contradictions))
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


def table(report: "AttributeReport", agreements: "tuple[Agreements, Agreements]") -> pd.DataFrame:
    """One row an attribute, in words; the last one is the mean."""
    from core.morphology.attributes import ATTRIBUTES

    by_second_person, by_model = ({figures.key: figures for figures in part} for part in agreements)
    rows = []
    for attribute, figures in zip(ATTRIBUTES, report.attributes, strict=True):
        rows.append(
            {
                "Attribute": attribute.name[0].upper() + attribute.name[1:],
                "Right": words.rate(figures.accuracy),
                "Macro F1": words.rate(figures.macro_f1),
                "Each value counted alike": words.rate(figures.balanced_accuracy),
                "Told as sure": words.share(figures.sure),
                "Right when sure": words.rate(figures.right_when_sure),
                "Second person agrees": _agreed(by_second_person.get(figures.key)),
                "Model on the same cells": _agreed(by_model.get(figures.key)),
            }
        )
    means = (report.mean_accuracy, report.mean_f1, report.mean_balanced)
    mean_row = dict(zip(("Right", "Macro F1", "Each value counted alike"), map(words.rate, means), strict=True))
    rows.append({"Attribute": "Mean"} | mean_row)
    return pd.DataFrame(rows).fillna("")


def _agreed(agreement: "AnnotatorAgreement | None") -> str:
    if agreement is None:
        return ""
    kappa = agreement.kappa
    return f"{words.share(agreement.agree)}, κ {kappa.value:.2f} ({kappa.low:.2f} to {kappa.high:.2f})"


def plain_table(report: "AttributeReport", agreements: "tuple[Agreements, Agreements]") -> pd.DataFrame:
    """The same as plain numbers."""
    by_second_person, by_model = ({figures.key: figures for figures in part} for part in agreements)
    rows = []
    for figures in report.attributes:
        row: dict[str, object] = {"attribute": figures.key, "n": figures.n}
        for name in ("accuracy", "macro_f1", "balanced_accuracy", "sure", "right_when_sure"):
            figure = getattr(figures, name)
            row |= {name: figure.value, f"{name}_low": figure.low, f"{name}_high": figure.high}
        for name, part in (("second_person", by_second_person), ("model_same_cells", by_model)):
            if figures.key in part:
                row |= {f"{name}_agrees": part[figures.key].agree.value, f"{name}_kappa": part[figures.key].kappa.value}
        rows.append(row)
    return pd.DataFrame(rows)


def _second(agreements: "tuple[Agreements, Agreements]") -> str:
    if not agreements[0]:
        return "No second person described these cells."
    n = agreements[0][0].n
    return (
        f"A second person described {n:,} of these cells too. Shown is how often the two people agree, and how often "
        "the model agrees with the first, on the same cells. κ is Cohen's kappa, agreement beyond chance."
    )


def _contradictions(rates: "ContradictionRates") -> str:
    return (
        f"Among **wrong** answers, an attribute contradicts {words.rate(rates.wrong)} "
        f"({words.count(rates.wrong.n, 'cell')}); among **right** ones, {words.rate(rates.right)}."
    )


def _published(runs: "list[tuple[object, AttributeReport]]") -> None:
    """The authors' split: ours beside the figures that they published."""
    from core.morphology.metrics import PUBLISHED_ACCURACY, PUBLISHED_F1

    st.markdown("**Compared with what was published.** On the authors' own split, averaged over the attributes:")
    rows = [
        {
            "Run": facts.title,  # type: ignore[attr-defined]
            "Right": words.rate(report.mean_accuracy),
            "Macro F1": words.rate(report.mean_f1),
            "Remark": facts.note,  # type: ignore[attr-defined]
        }
        for facts, report in runs
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
