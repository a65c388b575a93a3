"""What is said of a photo: nothing of one like the training cells, the right thing of one made worse."""

import numpy as np
import pytest

from core.checkpoints import list_checkpoints
from core.errors import CheckpointError
from core.imaging.corruptions import corrupted
from core.imaging.decoding import Photo
from core.imaging.quality import (
    MEASURES,
    QUIET,
    QualityRanges,
    Reference,
    judge_quality,
    keep,
    path_of,
    ranges_of,
    ranges_of_sources,
    tints,
    tones,
)
from core.imaging.wording import quality_sentence
from core.inference.reader import Reader
from core.synthetic.drawings import CELL_CLASSES, drawn_cell

SIZE = 96
SHIPPED = list_checkpoints()


def cells(first: int, count: int) -> list[np.ndarray]:
    return [drawn_cell(CELL_CLASSES[seed % 8], seed, SIZE) for seed in range(first, first + count)]


@pytest.fixture(scope="module")
def look() -> QualityRanges:
    return QualityRanges.fit(cells(0, 80), cells(1000, 40))


def test_ranges_end_where_about_one_cell_of_validation_in_a_hundred_is_remarked_on():
    rng = np.random.default_rng(0)
    levels = rng.normal(130, 15, (2000, 1, 1, 1)) + rng.normal(0, 30, (2000, 16, 16, 3))
    known = list(levels.clip(0, 255).astype(np.uint8))
    look = QualityRanges.fit(known, known)
    remarked = np.mean([bool(look.judge(picture, 200).outside) for picture in known])
    assert look.tail > 1e-4
    assert 0.5 * (1 - QUIET) < remarked <= 1 - QUIET + 1e-9
    assert set(look.ranges) == set(MEASURES)


@pytest.mark.parametrize(
    ("corruption", "measure", "said", "least"),
    [
        ("defocus", "sharpness", "less sharp", 7),
        ("noise", "sharpness", "grainier", 7),
        ("darker", "light", "darker", 7),
        # Drawn platelets have little contrast, so that a range over all kinds is wide.
        ("contrast-down", "contrast", "flatter", 2),
        ("brighter", "clipped", "plain white", 7),
        ("cast", "colour", "colours", 7),
    ],
)
def test_what_was_made_worse_is_named(look, corruption, measure, said, least):
    found = [look.judge(corrupted(picture, corruption, 5, "a"), 200) for picture in cells(2000, 8)]
    assert sum(measure in one.outside for one in found) >= least
    one = next(one for one in found if measure in one.outside)
    assert said in quality_sentence(one.remarks[one.outside.index(measure)])


@pytest.mark.parametrize(
    ("change", "hue"), [((0, 0, 60), "yellower"), ((60, 0, 60), "greener"), ((0, 60, 0), "redder")]
)
def test_the_change_of_colour_is_said(look, change, hue):
    """change: levels that are taken from red, green and blue."""
    picture = np.clip(cells(2000, 1)[0].astype(int) - change, 0, 255).astype(np.uint8)
    (said,) = [text for text in map(quality_sentence, look.judge(picture, 200).remarks) if "colours" in text]
    assert said.endswith(f"and {hue}.")


def test_a_small_cell_is_said_to_be_small_only_where_the_model_wants_more(look):
    picture = cells(2000, 1)[0]
    assert "enlarged" in look.judge(picture, 40).outside
    assert "40 pixels" in quality_sentence(look.judge(picture, 40).remarks[-1])
    assert "enlarged" not in look.judge(picture, SIZE).outside
    assert look.judge(picture, 48).enlarged == 2


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_blank_picture_has_finite_figures(look, level):
    found = look.judge(np.full((SIZE, SIZE, 3), level, np.uint8), 200)
    assert all(np.isfinite(getattr(found, name)) for name in MEASURES)
    assert found.outside


def test_measures_are_what_they_say():
    half = np.zeros((SIZE, SIZE, 3), np.uint8)
    half[SIZE // 2 :] = 200
    found = tones(half)
    assert (found["light"], found["contrast"], found["clipped"]) == (200, 200, 0.5)
    red = np.zeros((SIZE, SIZE, 3), np.uint8) + np.array([200, 40, 40], np.uint8)
    assert tints(red)[0] > 30


def test_the_reader_says_it_and_a_record_is_needed(own_copy, look):
    assert Reader(own_copy).read([Photo("a.png", cells(5, 1)[0])])[0].quality is None
    trained = own_copy.card.trained
    size = own_copy.preprocessing.size
    small = QualityRanges.fit(
        [drawn_cell(CELL_CLASSES[seed % 8], seed, size) for seed in range(80)],
        [drawn_cell(CELL_CLASSES[seed % 8], seed, size) for seed in range(100, 140)],
    )
    reference = Reference(
        source=trained.source, split_hash="", cells={"train": 80}, date="", command="", sizes={size: small}
    )
    keep(reference)
    dark = Photo("dark.png", corrupted(drawn_cell("monocyte", 5, 204), "darker", 5, "a"))
    (reading,) = Reader(own_copy).read([dark])
    assert reading.quality is not None
    assert "light" in reading.quality.outside
    assert ranges_of(trained.source, size + 1) is None


def test_of_several_looks_the_one_with_the_least_to_say_counts(look):
    dark = [corrupted(drawn_cell(CELL_CLASSES[seed % 8], seed, SIZE), "darker", 5, "a") for seed in range(120)]
    dim = QualityRanges.fit(dark[:80], dark[80:])
    assert "light" in judge_quality([look], dark[0], SIZE).outside
    assert judge_quality([look, dim], dark[0], SIZE).outside == ()
    assert judge_quality([], dark[0], SIZE) is None


@pytest.mark.parametrize("checkpoint", SHIPPED, ids=[one.name for one in SHIPPED])
def test_cells_of_all_that_a_shipped_checkpoint_learned_from_were_looked_at_at_its_size(checkpoint):
    sources = checkpoint.card.learned_from
    assert len(ranges_of_sources(sources, checkpoint.preprocessing.size)) == len(sources)


def test_a_damaged_record_is_one_sentence(own_copy):
    path = path_of("folder")
    path.parent.mkdir(parents=True)
    path.write_text("{}")
    with pytest.raises(CheckpointError, match="damaged"):
        ranges_of("folder", 28)
