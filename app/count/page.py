"""Count: how many of each cell are there?"""

from dataclasses import replace

import streamlit as st

from app.count import (
    corrections,
    counting,
    differential_view,
    examples,
    photo_view,
    report_view,
    saved_table,
    sheet_view,
    types_view,
)
from app.shared import intake, load, scoping, serving, smears, words
from app.shared.uploads import uploads_of
from core.differential.truth import truth_sentence
from core.imaging.opening import AS_THEY_ARE

st.title("How many of each cell are there?", anchor=False)
st.markdown(
    "Drop in photos of one smear. Every cell is found, read and counted; you check the result and save a report. "
    f"{serving.whereabouts()}"
)
left, right = st.columns([3, 2], gap="large")
with left:
    files = intake.photos("Photos of one smear, or zip archives of photos")
    opening = intake.opening() if files else AS_THEY_ARE
with right:
    example = None
    if not files:
        title = st.selectbox("Example", examples.titles(), key="smear", bind="query-params")
        example = examples.example(title)
    models = load.best_first(load.checkpoints())
    model = scoping.choose_model(models) if models else None
    single = st.toggle(
        "Every photo shows one cell",
        key="single",
        bind="query-params",
        help="The photos are then not searched for cells. Single cells among photos of fields are recognised anyway.",
    )
if model is None:
    st.info(load.NO_MODELS, icon=":material/model_training:")
else:
    if example is not None:
        st.info(example.note, icon=":material/info:")
    uploads = uploads_of(files, opening) if example is None else example.uploads
    counted = counting.count(uploads, model, single=single and example is None, example=example is not None)
    if counted is not None:
        answer = st.container()  # stands first, though what is said of the smear below it changes it
        counting.left_out(counted.smear)
        types = types_view.choose(each.label for each in corrections.made() if each.label)
        counted = replace(counted, smear=replace(counted.smear, types=types))
        corrected = corrections.corrected(counted)
        smear = differential_view.given(corrected if example is None else replace(corrected, identifier=example.called))
        smear = saved_table.offer(smear)
        smears.keep(smears.LastSmear(smear, model, counted.photo, example.note if example else ""))
        if example is not None:
            answer.markdown(words.plain(truth_sentence(smear, example.truth)))
        count, photos, cells, report = answer.tabs(
            ["Count", "Photos", "Cells", "Report"], key="part", bind="query-params"
        )
        if count.open:
            with count:
                differential_view.show(smear)
        if photos.open:
            with photos:
                photo_view.show(smear, counted, model)
        if cells.open:
            with cells:
                sheet_view.show(smear)
        if report.open:
            with report:
                report_view.show(smear)
        st.caption(words.source_line(model))
