"""The parts of the page on the five studies."""

import streamlit as st

from app.shared import alarm, charts, words
from app.shared.figures import comparison, confusion_charts, studies
from app.shared.saving import save_csv
from app.studies import study_charts, study_tables
from core.errors import CheckpointError
from core.experiments.studies import STUDIES, Study
from core.experiments.studies.results import Result, Scores
from core.labels import LABEL_SPACES, LabelSpace

PHOTOS, IMAGES = "photos", "images"
AT_FIRST = 3
"""Matrices that are shown before anybody chooses."""


def choose() -> Study:
    """The study to show; its letter is in the address."""
    letter = st.segmented_control(
        "Study",
        list(STUDIES),
        default=next(iter(STUDIES)),
        required=True,
        key="study",
        bind="query-params",
    )
    st.caption("; ".join(f"**{study.letter}** {study.title}" for study in STUDIES.values()) + ".")
    return STUDIES[letter or next(iter(STUDIES))]


def answers(study: Study, results: dict[str, Result]) -> None:
    """The question, and the answers that the runs give."""
    st.header(study.question, anchor=False)
    for finding in study.findings:
        answer = finding.conclusion(results)
        if answer is None:
            missing = words.plain(words.join(list(finding.missing(results))))
            st.markdown(f"**{finding.question}** The runs that answer this are not recorded here: {missing}.")
        else:
            st.markdown(f"**{finding.question}** {words.plain(answer)}")
    if not results:
        st.info(
            "None of this study's runs is recorded here, and there is no trained model here to show instead. The "
            f"command `python -m core study {study.letter}` runs it, `python -m core study {study.letter} --arm "
            f"{study.runs[-1].name}` a single run.",
            icon=":material/model_training:",
        )


def counted(study: Study, results: dict[str, Result]) -> bool:
    """Whether to count photos, where several images show one."""
    if not any(result.by_image(result.splits[-1]).photos for result in results.values()):
        return False
    if all(one.by_image(one.splits[-1]).photos == one.by_image(one.splits[-1]).n for one in results.values()):
        return False
    choice = st.segmented_control(
        "Count",
        [PHOTOS, IMAGES],
        default=PHOTOS,
        required=True,
        key="count",
        bind="query-params",
        help="The test images are rotated copies of few photos. By photo, the mean answer to its copies counts once; "
        "by image, every copy counts, and the interval still resamples whole photos.",
    )
    return choice != IMAGES


def figures(study: Study, results: dict[str, Result]) -> None:
    """Published figures beside ours, as a table and as dots with intervals."""
    st.header("Published, and ours", anchor=False)
    table = study_tables.published(study, results)
    if table.empty:
        st.markdown("The study published no figures.")
    else:
        st.dataframe(table, hide_index=True, alt="One row for each published figure, ours beside it.")
        st.caption(
            "Ours are by image, as the studies counted; the range is a 95 % interval that resamples whole photos "
            "where images share them. The published figures came without intervals (computed here where the counts "
            "were given) and were measured on other images."
        )
    classes = study_tables.published_classes(study, results)
    if not classes.empty:
        with st.expander("Class by class"):
            st.dataframe(classes, hide_index=True, alt="Sensitivity, specificity and precision of each class.")
    if not results:
        return
    st.header("How often is each run right?", anchor=False)
    by_photo = counted(study, results)
    rows = study_charts.rows(study, results, by_photo=by_photo)
    text = "; ".join(f"{row.title}: {words.rate(row.figure)}" for row in rows)
    st.markdown(
        f"Share of the test {'photos' if by_photo else 'images'} that each run gets right, with its 95 % interval. "
        "Hollow diamonds are published figures."
    )
    st.plotly_chart(study_charts.dots(rows), key="study-dots", config=charts.STILL, alt=f"Accuracy. {text}.")
    with st.expander("The table of all runs"):
        runs = study_tables.runs(results)
        st.dataframe(runs, hide_index=True, alt="One row for each run and split.")
        save_csv(f"study-{study.letter.lower()}", study_tables.runs_csv(results))


def mistakes(study: Study, results: dict[str, Result]) -> None:
    """Confusion matrices of a few runs, of which there are some."""
    st.header("Which classes are mixed up?", anchor=False)
    names = list(results)
    first = [row.run for row in study.published if row.run in results] or names
    selected = st.pills(
        "Runs", names, selection_mode="multi", default=first[:AT_FIRST], key=f"runs-{study.letter}", bind="query-params"
    )
    scores_of_runs = {name: results[name].by_photo("test") for name in selected or first[:AT_FIRST]}
    units = next(iter(scores_of_runs.values())).units
    st.markdown(
        f"Rows are what the cells were, columns what the run called them; figures are test {units}. Right answers lie "
        "on the diagonal."
    )
    highest = float(max(scores.confusion.max() for scores in scores_of_runs.values()))
    for start in range(0, len(scores_of_runs), 3):
        for column, name in zip(st.columns(3), list(scores_of_runs)[start : start + 3], strict=False):
            with column:
                _matrix(name, scores_of_runs[name], highest)
    st.caption(
        "; ".join(
            f"{cell_class.abbreviation} {cell_class.name.lower()}"
            for cell_class in _space(scores_of_runs[next(iter(scores_of_runs))])
        )
    )


def _matrix(name: str, scores: Scores, highest: float) -> None:
    space = LabelSpace("shown", "", tuple(_space(scores)))
    st.markdown(f"**{words.plain(name)}**, {words.share(scores.accuracy)} right")
    alt = comparison.matrix_in_words(name, scores.confusion, space, scores.units)
    figure = confusion_charts.plain(scores.confusion, space, confusion_charts.COUNT, highest)
    st.plotly_chart(figure, key=f"study-matrix-{name}", config=charts.CALM, alt=alt)
    with st.expander("The table"):
        st.dataframe(comparison.matrix(scores.confusion, space), alt=alt)


def _space(scores: Scores) -> list:  # type: ignore[type-arg]
    """The classes of a run, in its order."""
    classes = {cell_class.key: cell_class for space in LABEL_SPACES.values() for cell_class in space.classes}
    return [classes[key] for key in scores.classes]


def trained(results: dict[str, Result]) -> dict[str, Result]:
    """The runs of which it is kept how their training went."""
    return {name: result for name, result in results.items() if result.record.facts.training}


def training(_: Study, results: dict[str, Result]) -> None:
    """Loss and accuracy by epoch of one run, of which there are some."""
    runs = trained(results)
    st.header("How did training go?", anchor=False)
    name = st.selectbox("Run", list(runs), key="curve", bind="query-params")
    facts = runs[name].record.facts
    try:
        history = runs[name].record.history()
    except CheckpointError as error:
        alarm.show([str(error)])
        return
    epochs, planned = facts.training.get("epochs"), facts.recipe.get("epochs")
    st.markdown(
        f"**{words.plain(facts.title)}.** {words.plain(facts.note)} It started from {words.plain(facts.began_from)}, "
        f"saw {facts.counts.get('train', 0):,} training images an epoch, and ran {epochs} epochs of at most {planned}. "
        "Dotted: training; solid: validation."
    )
    style, best = {name: ("#1f9aa3", "circle")}, {name: int(facts.training.get("best_epoch", 0))}
    for column, what in zip(st.columns(2), ("loss", "accuracy"), strict=True):
        with column:
            alt = f"{what.capitalize()} by epoch of {name}; validation ends at {history[f'val_{what}'].iloc[-1]:.3f}."
            figure = charts.curves({name: history}, style, best, what)
            st.plotly_chart(figure, key=f"study-curve-{what}", config=charts.CALM, alt=alt)
    with st.expander("The table"):
        st.dataframe(history, hide_index=True, alt=f"Training history of {name}, one row an epoch.")
    st.caption(words.plain(facts.split_note))


def background(study: Study, results: dict[str, Result]) -> None:
    """What was done, what it can show, what the report left open, and counts before and after cleaning."""
    st.header("What was done?", anchor=False)
    st.markdown(
        "Smearlens began with five student studies. Each was run again here, as its report describes and with more "
        "care; every figure comes from the answers of those runs to single images."
    )
    st.markdown(f"**Study {study.letter}.** {study.did} {study.data}")
    st.markdown(f"**What these figures can and cannot show.** {study.limits}")
    st.caption(f"{words.plain(study.citation)}")
    st.header("What the report leaves open", anchor=False)
    st.markdown("\n".join(f"- {line}" for line in study.unclear))
    counts = studies.cleaning_table(results)
    if not counts.empty:
        st.markdown("**Photos of each class, before and after cleaning**")
        st.dataframe(counts, hide_index=True, alt="Photos of each class before and after cleaning.")
        st.caption("Trained on: photos of the training split, with rare classes repeated.")
