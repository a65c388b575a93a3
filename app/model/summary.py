"""The parts of the page that shows one model in depth."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from app.shared import alarm, glossary, load, scoping, words
from app.shared.figures import comparison
from app.shared.load import Scored
from core.errors import CheckpointError
from core.evaluation.results.predictions import Predictions
from core.evaluation.scope import Scope

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint


@dataclass(frozen=True)
class ModelResults:
    """What a model said of the chosen cells."""

    scope: Scope
    predictions: Predictions
    scored: Scored

    @property
    def cells(self) -> str:
        return f"{len(self.predictions):,} {comparison.SPLITS.get(self.scope.split, 'cells')}"


def results_of(model: "Checkpoint") -> ModelResults | None:
    """Its answers to the cells that are chosen; None, and a sentence, where its table cannot be read."""
    try:
        load.scopes(model)
        scope = scoping.choose_scope([model])
        return ModelResults(scope, load.predictions(model, scope), load.tested(model, scope)) if scope else None
    except CheckpointError as error:
        alarm.show([f"There are no figures of {model.name}. {error}"])
        return None


def show(model: "Checkpoint", results: ModelResults) -> None:
    """The page's question answered in words, and three figures."""
    report = results.scored.report
    st.markdown(f"## Of {results.cells}, {words.plain(model.name)} names {words.rate(report.accuracy)} correctly.")
    weakness = comparison.weakness(model.name, results.scored, model.space)
    st.markdown(f"{weakness} In brackets: 95 % {glossary.link('interval')}s.")
    first, second, third = st.columns(3)
    first.metric("Right", words.share(report.accuracy), help=f"95 % interval: {words.bounds(report.accuracy)} %")
    second.metric("Mean over the classes", words.share(report["balanced_accuracy"]))
    third.metric("Calibration error", f"{100 * report['ece'].value:.1f}{words.SPACE}%")
    st.caption(
        f"Each interval assumes independent cells, which cells of one patient are not. {words.plain(model.card.limits)}"
    )
