"""Talks: what slides say is what the tables of predictions, the records and the count say."""

from dataclasses import replace

import numpy as np
import pytest

from app.present import registry, strangers
from app.present.content import FOOTER, CellPictures, Deck, Headline, Points, Slide, SlideTable
from app.present.registry import MAKERS, TALKS, Maker, Talk, build
from app.present.subject import Shown, Subject
from app.shared import plots
from app.shared.figures.models import styles_of
from app.shared.scoping import together
from app.shared.smears import LastSmear
from core.checkpoints import Checkpoint, find_checkpoint, list_checkpoints
from core.differential import wording
from core.evaluation.comparison import mcnemar
from core.evaluation.intervals import Interval
from core.evaluation.scope import Scope
from core.imaging.decoding import Photo
from core.inference.selection import best_first
from core.registry import RegistrationError
from core.synthetic import examples
from core.synthetic.drawings import drawn_cell
from tests.core.differential.drawn import cells_of, drawn_smear, smear_of

LEAST = 8
"""Slides of every talk on what ships."""


def shown(*names: str, split: str = "test") -> Subject:
    found = best_first(list_checkpoints())
    made = together([model for model in found if model.name in names], Scope("pbc", split))
    assert made is not None
    return Subject(Shown(made, styles_of(found)))


def deck(talk: str, *names: str, split: str = "test") -> Deck:
    return build(TALKS[talk], shown(*names, split=split))


def text_of(slides: Deck) -> str:
    """All that a room reads, without the notes."""
    parts = []
    for slide in slides.slides:
        parts += [slide.title, slide.lead, slide.caption]
        if isinstance(slide.body, Points):
            parts += slide.body.sentences
        if isinstance(slide.body, SlideTable):
            parts += [*map(str, slide.body.table.columns), *map(str, slide.body.table.to_numpy().ravel())]
        if isinstance(slide.body, tuple):
            parts += [part for one in slide.body for part in (one.figure, one.meaning)]
    return "\n".join(parts)


def table_of(slides: Deck, title: str):
    (slide,) = [one for one in slides.slides if title in one.title]
    assert isinstance(slide.body, SlideTable)
    return slide.body.table


@pytest.fixture
def models(tiny_checkpoints) -> dict[str, Checkpoint]:
    return {model.name: model for model in list_checkpoints()}


@pytest.mark.parametrize("split", ["test", "val"])
def test_the_figures_are_those_of_the_tables(models, split):
    slides = deck("models", "linear", "simple_cnn", split=split)
    tables = {name: model.predictions().select(split=split) for name, model in models.items()}
    accuracies = next(one.body for one in slides.slides if isinstance(one.body, plots.Intervals))
    for series in accuracies.series:
        (figure,) = [one for one in series.figures if not np.isnan(one.value)]
        assert figure.value == np.mean(tables[series.name].labels == tables[series.name].predicted)
    (matrix,) = [one.body for one in slides.slides if isinstance(one.body, plots.Matrices)]
    table = tables["simple_cnn"]
    for true, predicted in np.ndindex(matrix.counts[0].shape):
        assert matrix.counts[0][true, predicted] == ((table.labels == true) & (table.predicted == predicted)).sum()
    cells = table_of(slides, "The cells come from")
    assert list(cells["Cells"])[-1] == f"{len(tables['linear']):,}"
    assert [int(n) for n in cells["Cells"][:-1]] == [int((tables["linear"].labels == k).sum()) for k in range(8)]


def test_the_slide_on_chance_is_mcnemars(models):
    table = table_of(deck("models", "linear", "simple_cnn"), "The lead of simple_cnn over linear is more than chance")
    a, b = (models[name].predictions().select(split="test") for name in ("simple_cnn", "linear"))
    right_a, right_b = a.labels == a.predicted, b.labels == b.predicted
    only_a, only_b = int((right_a & ~right_b).sum()), int((~right_a & right_b).sum())
    assert mcnemar(only_a, only_b) < 0.001
    assert table.iloc[0].tolist()[:3] == ["linear", f"{only_a:,}", f"{only_b:,}"]


def test_the_slides_on_mistakes_count_them(models):
    slides = deck("mistakes", "linear")
    table = models["linear"].predictions().select(split="test")
    wrong = table.labels != table.predicted
    assert slides.slides[0].title == f"linear is wrong on {wrong.sum()} of 160 test cells."
    listed = table_of(slides, " account for ")
    names = shown("linear").shown.space.names
    for row in listed.to_dict("records"):
        true, predicted = names.index(row["It was"]), names.index(row["It was called"])
        assert int(row["Cells"]) == ((table.labels == true) & (table.predicted == predicted)).sum() > 0
    (surer,) = [one for one in slides.slides if "surer half" in one.title]
    first = np.argsort(-table.probabilities.max(1), kind="stable")[:80]
    assert f", {wrong[first].sum()} are among" in surer.title


@pytest.mark.parametrize(("talk", "names"), [("models", ("simple_cnn", "linear")), ("mistakes", ("linear",))])
def test_every_talk_says_what_it_is_not_for_and_shows_no_hash(models, talk, names):
    slides = deck(talk, *names)
    text = text_of(slides)
    assert len(slides.slides) >= LEAST
    assert FOOTER in text
    assert "It learned nothing." in text
    assert "**" not in text
    assert all(slide.title.endswith((".", "?")) and slide.notes for slide in slides.slides)
    for name in names:
        assert models[name].card.sha256 not in text
        assert models[name].card.sha256 in slides.slides[-1].notes


def test_generated_cells_are_called_so_on_their_slides_and_in_their_files(models):
    bodies = [(one, one.body) for one in deck("mistakes", "linear").slides if isinstance(one.body, CellPictures)]
    assert bodies
    for slide, body in bodies:
        assert "generated" in slide.lead
        assert body.mark == examples.MARK
        assert all("Generated" in cell.captions[0] and cell.overlay is not None for cell in body.cells)
        assert all((cell.overlay != cell.pixels).any() for cell in body.cells)


def test_one_model_is_not_compared_with_itself(models):
    assert "chance" not in " ".join(slide.title for slide in deck("models", "linear").slides)


def test_validation_cells_are_called_so(models):
    text = text_of(deck("models", "linear", split="val"))
    assert "90 validation cells" in text
    assert "flatter the models" in text


def test_a_few_cells_are_marked_as_soft(models):
    (slide,) = [one for one in deck("models", "linear").slides if "hardest for" in one.title]
    assert "Hollow marks" in slide.caption


def way(mean: float) -> strangers.StrangersRead:
    labs = {"jtsc": Interval(mean - 0.1, mean - 0.2, mean), "chula": Interval(mean + 0.1, mean, mean + 0.2)}
    return strangers.StrangersRead(
        "A way",
        labs,
        {"jtsc": "Jiangxi Tecom", "chula": "Chulalongkorn University"},
        {"jtsc": 60, "chula": 147},
        ("jtsc", "chula"),
        Interval(mean, mean - 0.05, mean + 0.05),
        Interval(0.3, 0.2, 0.4),
        Interval(0.02, 0.01, 0.05),
    )


def test_other_laboratories_are_said_in_figures_of_the_records(models, monkeypatch):
    monkeypatch.setattr(strangers, "recorded", lambda: {"reader": way(0.7), "plain": way(0.4)})
    slides = deck("elsewhere", "linear")
    first = slides.slides[0]
    assert first.title == "Of the cells of a laboratory that it never saw, a network finds 70\u00a0%."
    assert first.body == (
        Headline("70\u00a0%", "on average; 95\u00a0% interval 65 to 75"),
        Headline("60\u00a0%", "in the worst, Jiangxi Tecom"),
        Headline("80\u00a0%", "in the best, Chulalongkorn University"),
    )
    assert any(one.title.endswith("finds 70\u00a0%, the usual training 40\u00a0%.") for one in slides.slides)
    monkeypatch.setattr(strangers, "recorded", lambda: {"reader": way(0.7), "plain": way(0.68)})
    assert any(one.title.endswith("; the intervals overlap.") for one in deck("elsewhere", "linear").slides)


def test_without_records_nothing_is_said_of_other_laboratories(models):
    slides = deck("elsewhere", "linear")
    assert "cannot be said here" in slides.slides[0].title
    assert not any(isinstance(one.body, tuple | plots.Intervals) for one in slides.slides)


def smear_talk(smear, note: str = "") -> Deck:
    last = LastSmear(smear, find_checkpoint("linear"), lambda number: Photo("one", drawn_cell("neutrophil", 1)), note)
    return build(TALKS["smear"], Subject(counted=last))


def test_a_smear_is_told_in_the_words_of_its_count(models):
    slides = smear_talk(smear_of(cells_of({"neutrophil": 3, "monocyte": 3}), red=40))
    text = text_of(slides)
    assert slides.slides[0].title.startswith("6\u00a0white cells in 1\u00a0field: ")
    assert "neutrophils and monocytes are equally common: 3 of each." in text
    last = LastSmear(smear_of(cells_of({"neutrophil": 3, "monocyte": 3}), red=40), find_checkpoint("linear"), None)
    for sentence in wording.wrong_first(last.smear, last.count):
        assert sentence in text


def test_cells_of_a_smear_are_shown_with_their_maps_and_marked_where_they_are_generated(models):
    smear = drawn_smear(1)
    cells = tuple(replace(cell, window=cell.detection.box) for cell in smear.cells)
    smear = replace(smear, cells=cells, identifier="A drawing, not a photograph")
    own, drawn = smear_talk(smear), smear_talk(smear, note="This is a drawing.")
    bodies = [one.body for one in own.slides if isinstance(one.body, CellPictures)]
    assert bodies
    assert all(
        cell.overlay is not None and cell.captions[0].startswith("Cell 1.") for one in bodies for cell in one.cells
    )
    assert all(one.mark == "" for one in bodies)
    assert all(one.body.mark == examples.MARK for one in drawn.slides if isinstance(one.body, CellPictures))
    assert "A drawing, not a photograph." in text_of(drawn)
    assert "A drawing, not a photograph." not in text_of(own)


def test_a_slide_joins_the_talks_that_it_names(models, monkeypatch):
    extra = Maker("extra", 45, lambda subject: [Slide("One more.")], talks=("models",))
    monkeypatch.setattr(MAKERS, "_entries", dict(MAKERS._entries))
    MAKERS.add(extra)
    slides = deck("models", "linear", "simple_cnn").slides
    place = [slide.title for slide in slides].index("One more.")
    assert "right on" in slides[place - 1].title
    assert "One more." not in [slide.title for slide in deck("mistakes", "linear").slides]


def test_a_talk_of_a_slide_that_is_not_there_is_refused():
    with pytest.raises(RegistrationError, match="no slide called 'nowhere'"):
        registry.TALKS.add(Talk("lost", "Lost?", 999, "models", ("nowhere",)))
