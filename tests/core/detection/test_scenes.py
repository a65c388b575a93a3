"""Scenes show what their boxes say, whatever was turned, cut or left unmarked."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from core.datasets.boxes import MarkedField
from core.detection.network import STRIDE
from core.detection.scenes import LoadedField, SceneBatch, Scenes, apply_symmetry, evenly, load_fields
from core.errors import SourceError
from tests.core.detection.conftest import loaded_field


def dark_square(trusted=(True, True, True)) -> LoadedField:
    """A bright field with one dark square of 40 pixels, marked as a red cell."""
    pixels = np.full((120, 160, 3), 230, np.uint8)
    pixels[50:90, 70:110] = 20
    return LoadedField(
        pixels, np.array([[70, 50, 110, 90]], np.float32), np.array([1]), np.array(trusted), 40.0, np.array([230.0] * 3)
    )


def plain(recipe, **changes):
    return recipe.model_copy(update={"mosaic": 0.0} | changes)


@pytest.mark.parametrize("step", range(6))
@pytest.mark.parametrize("mosaic", [0.0, 1.0])
def test_boxes_lie_on_what_they_mark(tiny_recipe, mosaic, step):
    """Of a dark square on a bright ground: dark within every box (but a cut one's seam), bright outside all."""
    scenes = Scenes([dark_square()], tiny_recipe.model_copy(update={"mosaic": mosaic, "smallest": 0.65}))
    scenes.augment = lambda batch: batch
    batch = scenes.batch(1, step)
    for pixels, (boxes, kinds), labelled in zip(batch.pixels, batch.cells, batch.labelled, strict=True):
        assert (kinds == 1).all()
        dark = pixels[0] < 125
        inside = torch.zeros_like(dark)
        for left, top, right, bottom in boxes.round().int().tolist():
            inside[top:bottom, left:right] = True
            assert dark[top:bottom, left:right].float().mean() > 0.85
        hidden = labelled[1] == 0
        unknown = torch.nn.functional.interpolate(hidden[None, None].float(), scale_factor=STRIDE)[0, 0] > 0
        assert (dark & ~inside & ~unknown).float().mean() < 0.02


def test_the_same_step_is_the_same_scene_and_another_is_another(tiny_recipe, drawn_fields):
    scenes = Scenes(drawn_fields, tiny_recipe)
    one, same, other = scenes.batch(1, 0), scenes.batch(1, 0), scenes.batch(2, 0)
    assert torch.equal(one.pixels, same.pixels)
    assert one.pixels.shape != other.pixels.shape or not torch.equal(one.pixels, other.pixels)


def test_an_epoch_takes_every_field_once(tiny_recipe, drawn_fields):
    scenes = Scenes(drawn_fields, plain(tiny_recipe))
    taken = []
    scenes._scene = lambda row, rng: taken.append(row) or Scenes._scene(scenes, row, rng)
    for step in range(scenes.steps):
        scenes.batch(3, step)
    assert sorted(taken) == [0, 1, 2, 3]


def test_of_a_kind_that_was_not_marked_nothing_is_known(tiny_recipe):
    batch = Scenes([dark_square((True, False, True))], plain(tiny_recipe)).batch(1, 0)
    assert (batch.labelled[:, [0, 2]] == 1).all()
    assert (batch.labelled[:, 1] == 0).any()


@pytest.mark.parametrize("turn", [(True, False, False), (False, True, False), (False, False, True), (True, True, True)])
def test_turning_takes_boxes_and_maps_along(turn):
    field = loaded_field(1)
    pixels = torch.from_numpy(field.pixels).permute(2, 0, 1)[None]
    labelled = torch.rand(1, 3, 60, 80)
    whole = SceneBatch(pixels, [(torch.from_numpy(field.boxes), torch.from_numpy(field.kinds))], labelled)
    after = apply_symmetry(whole, **dict(zip(("mirrored", "flipped", "quarter"), turn, strict=True)))
    for before, now in zip(whole.cells[0][0].int().tolist(), after.cells[0][0].int().tolist(), strict=True):
        was = pixels[0, :, before[1] : before[3], before[0] : before[2]].float().mean()
        is_now = after.pixels[0, :, now[1] : now[3], now[0] : now[2]].float().mean()
        assert is_now == pytest.approx(was, abs=4)
    back = {(True, False, False): lambda m: m.flip(3), (False, True, False): lambda m: m.flip(2)}.get(turn)
    if back:
        assert torch.equal(back(after.labelled), labelled)


def test_sizes_of_red_cells_centre_on_the_recipes(tiny_recipe, drawn_fields):
    scenes = Scenes(drawn_fields, plain(tiny_recipe, smallest=0.999, largest=1.001))
    boxes, kinds = zip(*(cell for step in range(4) for cell in scenes.batch(1, step).cells), strict=True)
    sides = torch.cat([(b[:, 2:] - b[:, :2]).mean(1)[k == 1] for b, k in zip(boxes, kinds, strict=True)])
    assert float(sides.median()) == pytest.approx(tiny_recipe.diameter, rel=0.2)


def test_single_cells_are_shown_beside_fields_and_alone(tiny_recipe):
    cell = dark_square((True, False, False))
    cell = replace(cell, kinds=np.array([0]))
    for mosaic in (0.0, 1.0):
        recipe = tiny_recipe.model_copy(update={"mosaic": mosaic, "crops": 1.0})
        scenes = Scenes([dark_square()], recipe, [cell])
        kinds = torch.cat([kinds for step in range(20) for _, kinds in scenes.batch(1, step).cells])
        assert set(kinds.tolist()) == {0, 1}
        without = torch.cat([kinds for _, kinds in Scenes([dark_square()], recipe).batch(1, 0).cells])
        assert set(without.tolist()) <= {1}


def test_laboratories_with_few_fields_are_shown_more_often(tmp_path):
    fields = [MarkedField("drawn", lab, "a", "train", "", tmp_path, ()) for lab in "AAAAAAAAB"]
    assert evenly(fields) == [0, 1, 2, 3, 4, 5, 6, 7, *[8] * 4]
    assert evenly([]) == []


def test_without_red_cells_the_measured_diameter_is_taken_or_none(tmp_path):
    Image.fromarray(np.full((20, 20, 3), 200, np.uint8)).save(tmp_path / "a.png")
    field = MarkedField("drawn", "A", "a.png", "train", "", tmp_path, (), red_diameter=12.0)
    (loaded,) = load_fields([field], lambda done, total: None)
    assert loaded.red_diameter == 12
    with pytest.raises(SourceError, match="fields of A"):
        load_fields([replace(field, red_diameter=float("nan"))], lambda done, total: None)
