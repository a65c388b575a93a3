"""What the pages say of photos made worse, and of the quality of one photo."""

import io
from dataclasses import fields, replace

import pandas as pd
import pytest

from app.model import robustness
from app.read import tables
from app.shared.reading import quality
from core.checkpoints import find_checkpoint
from core.evaluation.results.robustness import CLEAN, Robustness, RobustnessFacts, path_of
from core.imaging.corruptions import CORRUPTIONS, SEVERITIES
from core.imaging.quality import OutOfRange, PhotoQuality
from core.labels import PBC8
from tests.app.test_pages import opened, words_on
from tests.app.test_readings import item, reading

CELLS = 32
QUALITY = PhotoQuality(
    sharpness=-6,
    light=220,
    contrast=150,
    clipped=0,
    colour=1,
    enlarged=0.8,
    remarks=(OutOfRange("sharpness", above=False, share=0.997),),
)


def measured(name: str, sha256: str, wrong: int = 1) -> Robustness:
    """Of photos out of focus, `wrong` cells more are read wrongly with every severity."""
    rows = [
        {
            "corruption": kind,
            "severity": severity,
            "key": f"{number}.png",
            "label": PBC8.keys[number % 8],
            "said": PBC8.keys[0] if kind == "defocus" and number < wrong * severity else PBC8.keys[number % 8],
            "verdict": "unlike" if severity == 5 and number % 2 else "answer",
            "remarked": severity > 3,
            "p_truth": 0.9,
            "distance": 0.5,
        }
        for kind, severity in [(CLEAN, 0)] + [(kind, step) for kind in CORRUPTIONS for step in SEVERITIES]
        for number in range(CELLS)
    ]
    facts = RobustnessFacts(
        name=name,
        sha256=sha256,
        source="pbc",
        split="test",
        images=CELLS,
        seed=0,
        classes=PBC8.keys,
        date="2026-11-25",
        seconds=1,
        command="a command",
    )
    return Robustness(pd.DataFrame(rows), facts)


@pytest.fixture
def kept(tiny_copy) -> dict[str, Robustness]:
    found = {}
    for wrong, name in enumerate(("linear", "simple_cnn"), start=1):
        found[name] = measured(name, find_checkpoint(name).card.sha256, wrong)
        found[name].write(path_of(name))
    return found


def test_the_model_page_names_the_weakness(kept, no_photos):
    app = opened("model", "poor photos")
    said = words_on(app)
    assert "hardest of these is **out of focus**" in said
    assert "still gives an answer for 50" in said.replace("\u00a0", " ")
    (table,) = [frame.value for frame in app.dataframe if "The photo is" in frame.value]
    assert len(table) == 1 + len(CORRUPTIONS) * len(SEVERITIES)


def test_compare_ranks_by_the_mean(kept, no_photos):
    app = opened("compare", "poor photos")
    assert "**linear** does best" in words_on(app)
    (table,) = [frame.value for frame in app.dataframe if "The photo is" in frame.value]
    assert list(table.columns) == ["The photo is", "linear", "simple_cnn"]


@pytest.mark.parametrize("page", ["model", "compare"])
def test_what_was_not_measured_names_the_command(tiny_checkpoints, no_photos, page):
    assert any("bench robustness" in code.value for code in opened(page, "poor photos").code)


def test_a_measurement_of_other_weights_is_said_and_left_out(kept, no_photos):
    measured("simple_cnn", "0" * 64).write(path_of("simple_cnn"))
    app = opened("model", "poor photos")
    assert any("other weights" in warning.value for warning in app.warning)


def test_lines_and_words_are_of_the_figures():
    found = measured("a", "b")
    figure = robustness.lines(found, [found, measured("c", "d")])
    assert [line.name for line in figure.data] == [*(one.title for one in CORRUPTIONS.values()), "Mean over models"]
    defocus = next(line for line in figure.data if line.name == "Out of focus")
    assert defocus.y[0] == 1
    assert defocus.y[5] < defocus.y[1] <= 1
    table = pd.read_csv(io.StringIO(robustness.as_csv(found.figures())))
    assert (table["balanced_low"] <= table["balanced"]).all()
    assert "Pixelated" in robustness.spoken(found)


def test_a_remark_is_in_the_tables_and_a_usual_photo_gets_none():
    poor = replace(reading(), quality=QUALITY)
    usual = replace(reading(), quality=replace(QUALITY, remarks=()))
    summary = tables.summary([item(0, reading=poor), item(1, reading=usual), item(2, reading=reading())], PBC8)
    assert list(summary["Unusual"]) == ["sharpness", "", ""]
    csv = pd.read_csv(io.StringIO(tables.csv([item(0, reading=poor), item(1, reading=usual)], PBC8)))
    assert "less sharp" in csv["remarks"][0]
    assert pd.isna(csv["remarks"][1])
    assert quality.in_words(QUALITY).endswith("may be worse.")
    assert quality.usual(usual)
    assert not quality.usual(poor)
    assert not quality.usual(reading())


def test_every_measure_has_a_short_name():
    assert set(quality.SHORT) == {field.name for field in fields(PhotoQuality) if field.name != "remarks"}
