"""Recorded runs of the studies, which the pages Studies and Data show."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from app.shared.load import states_of
from core.experiments.studies import STUDIES, Study
from core.experiments.studies.results import Result, results
from core.experiments.studies.shipped import with_shipped
from core.settings import checkpoints_folder, records_folder


def load(study: Study) -> dict[str, Result]:
    """The study's recorded runs and our shipped models beside them; read anew where a file has changed."""
    files = sorted((records_folder() / study.experiment.name).glob("*/*"))
    files += [checkpoints_folder() / name / "predictions.parquet" for name in study.checkpoints]
    return _load(study.letter, str(records_folder()), states_of(files))


@st.cache_resource(max_entries=10, show_spinner="Working out the figures …")
def _load(letter: str, folder: str, state: tuple[tuple[str, int, int], ...]) -> dict[str, Result]:
    study = STUDIES[letter]
    order = {run.name: number for number, run in enumerate(study.runs)}
    recorded = results(study.experiment.name)
    recorded = dict(sorted(recorded.items(), key=lambda item: order.get(item[0], len(order))))
    return with_shipped(study, recorded)


def cleaning_table(study_results: Mapping[str, Result]) -> pd.DataFrame:
    """Photos of each class before and after cleaning, as the first run that counted them did; empty without one."""
    counts_of_runs = [result.record.facts.counts for result in study_results.values()]
    first = next((counts for counts in counts_of_runs if any(key.startswith("labelled ") for key in counts)), {})
    classes = [key.removeprefix("labelled ") for key in first if key.startswith("labelled ")]
    return pd.DataFrame(
        {
            "Class": name.capitalize(),
            "Labelled": first[f"labelled {name}"],
            "Kept": first.get(f"kept {name}", 0),
            "Trained on": first.get(f"trained {name}", 0),
        }
        for name in classes
    )
