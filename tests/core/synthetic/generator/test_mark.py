"""Every generated picture says that it is one."""

import io

import numpy as np
import pytest
from PIL import Image

from core.synthetic.drawings import drawn_cell, png
from core.synthetic.examples import MARK
from core.synthetic.generator.mark import encoded, facts_of


@pytest.mark.parametrize("suffix", ["png", "webp"])
def test_the_file_says_what_it_is(noise, suffix):
    pixels = noise.integers(0, 256, (32, 32, 3), dtype=np.uint8)
    facts = {"class": "ig", "seed": 3, "learned_from": "Acevedo et al. · “PBC”"}
    data = encoded(pixels, facts, suffix)
    assert facts_of(data) == facts
    assert "not a photograph" in MARK
    assert MARK.encode() in data
    picture = np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)
    assert np.abs(picture - pixels).mean() < (0.5 if suffix == "png" else 60)


def test_other_files_do_not_carry_it(noise):
    assert facts_of(b"nothing") is None
    assert facts_of(png(drawn_cell("monocyte", 1))) is None
    plain = io.BytesIO()
    Image.fromarray(noise.integers(0, 256, (8, 8, 3), dtype=np.uint8)).save(plain, "WEBP")
    assert facts_of(plain.getvalue()) is None
