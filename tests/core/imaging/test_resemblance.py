"""Which laboratory a picture resembles, on drawings under other light and at other scales."""

import numpy as np
import pytest

from core.errors import CheckpointError
from core.imaging.resemblance import (
    TRAITS,
    LaboratoryTraits,
    read_laboratories,
    resemblance,
    traits,
    write_laboratories,
)
from core.imaging.windows import whole
from core.synthetic.drawings import drawn_cell

SHADES = {"grey": (0.8, 0.8, 0.8), "yellow": (1.0, 0.95, 0.6), "dim": (0.5, 0.5, 0.55)}


def picture(shade: str, seed: int, size: int = 96) -> np.ndarray:
    kind = ("basophil", "monocyte", "neutrophil")[seed % 3]
    return (drawn_cell(kind, seed, size) * np.array(SHADES[shade])).astype(np.uint8)


def measured(shade: str, seeds: range) -> np.ndarray:
    return np.array([traits(picture(shade, seed), whole(96, 96)) for seed in seeds])


@pytest.fixture(scope="module")
def looks():
    return {
        shade: LaboratoryTraits.fit(shade, f"{shade} lab", measured(shade, range(60))) for shade in ("grey", "yellow")
    }


@pytest.mark.parametrize("shade", ["grey", "yellow"])
def test_new_pictures_are_told(looks, shade):
    found = [resemblance(picture(shade, seed), whole(96, 96), looks) for seed in range(100, 120)]
    assert {one.source for one in found} == {shade}
    assert sum(one.known for one in found) >= 17


def test_another_light_or_scale_is_none_of_them(looks):
    found = [resemblance(picture("dim", seed), whole(96, 96), looks) for seed in range(100, 110)]
    assert not any(one.known for one in found)
    larger = [resemblance(picture("grey", seed, 400), whole(400, 400), looks) for seed in range(100, 110)]
    assert not any(one.known for one in larger)


def test_traits_are_named_and_finite(looks):
    found = traits(np.full((40, 40, 3), 255, np.uint8), whole(40, 40))
    assert found.shape == (len(TRAITS),)
    assert np.isfinite(found).all()
    assert resemblance(picture("grey", 1), whole(96, 96), {}) is None


def test_what_is_kept_tells_the_same(looks, tmp_path):
    path = tmp_path / "laboratories.json"
    write_laboratories(looks, path)
    kept = read_laboratories(path)
    new = measured("yellow", range(200, 210))
    for name, look in looks.items():
        assert kept[name].distance(new) == pytest.approx(look.distance(new), rel=0.02)
    assert path.stat().st_size < 50_000
    assert read_laboratories(tmp_path / "nowhere.json") == {}


@pytest.mark.parametrize("content", ["", "{}", '{"traits": ["size"], "laboratories": []}'])
def test_a_damaged_file_is_refused(tmp_path, content):
    path = tmp_path / "laboratories.json"
    path.write_text(content)
    with pytest.raises(CheckpointError, match="damaged"):
        read_laboratories(path)
