"""Colours of other laboratories."""

import pytest
import torch

from core.training.augment import Augment
from core.training.colours import OtherLight, StainExchange, from_density, optical_density, stains

BLUE, RED = torch.tensor([0.75, 0.60, 0.28]), torch.tensor([0.15, 0.95, 0.27])


def two_stains(blue: torch.Tensor, red: torch.Tensor, seed: int) -> torch.Tensor:
    """(3, 32, 32) uint8: patches of each stain and of both on white."""
    draw = torch.Generator().manual_seed(seed)
    amounts = torch.rand(2, 32, 32, generator=draw) * torch.tensor([1.2, 0.8]).view(2, 1, 1)
    amounts[0, :, :12] = 0
    amounts[1, :, 20:] = 0
    amounts[:, :6] = 0
    matrix = torch.stack([blue / blue.norm(), red / red.norm()], 1)
    return from_density(torch.einsum("cs,shw->chw", matrix, amounts))


def test_density_and_back():
    pixels = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16).repeat(1, 3, 1, 1)
    assert torch.equal(from_density(optical_density(pixels)), pixels)


def test_the_stains_of_a_picture_are_found():
    density = optical_density(two_stains(BLUE, RED, 0)).flatten(1)[None]
    matrix, strength = stains(density)
    # Within 18 degrees: factors of positive numbers are not unique.
    assert matrix[0, :, 0] @ (BLUE / BLUE.norm()) > 0.95
    assert matrix[0, :, 1] @ (RED / RED.norm()) > 0.95
    assert (strength > 0.3).all()


def test_exchanged_stains_come_nearer_to_the_others():
    torch.manual_seed(0)
    other_blue, other_red = torch.tensor([0.5, 0.75, 0.45]), torch.tensor([0.35, 0.8, 0.5])
    first, second = two_stains(BLUE, RED, 1), two_stains(other_blue, other_red, 2)
    exchange = StainExchange(1.0)
    params = {"towards": torch.ones(2, 1, 1), "other": torch.tensor([1, 0])}
    changed = exchange.transform(torch.stack([first, second]), params)
    own, _ = stains(optical_density(torch.stack([first, second])).flatten(2))
    new, _ = stains(optical_density(changed).flatten(2))
    for place in (0, 1):
        for stain in (0, 1):
            theirs = own[1 - place, :, stain]
            assert new[place, :, stain] @ theirs > own[place, :, stain] @ theirs
    # Structure stays: what was dark stays dark.
    before, after = (picture.float().mean(0).flatten() for picture in (first, changed[0]))
    assert torch.corrcoef(torch.stack([before, after]))[0, 1] > 0.95


def test_those_that_are_not_drawn_stay_as_they_are():
    pictures = torch.stack([two_stains(BLUE, RED, seed) for seed in range(4)])
    assert torch.equal(StainExchange(0.0)(pictures), pictures)
    assert torch.equal(OtherLight(1.0, share=0.0)(pictures).int(), pictures.int())


@pytest.mark.parametrize("colour", [0, 255])
def test_a_picture_of_one_colour_does_no_harm(colour):
    pictures = torch.full((3, 3, 32, 32), colour, dtype=torch.uint8)
    for policy in ("exchange-light", "exchange-light-poor", "light-strong"):
        changed = Augment(policy)(pictures)
        assert changed.shape == pictures.shape
        assert changed.dtype == torch.uint8


def test_every_picture_has_light_of_its_own():
    torch.manual_seed(0)
    pictures = two_stains(BLUE, RED, 3).repeat(6, 1, 1, 1)
    means = OtherLight(1.0, share=1.0)(pictures).float().mean((1, 2, 3))
    assert len(set(means.tolist())) == 6
