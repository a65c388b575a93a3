"""Augmentation keeps pictures pictures, and draws by the seed."""

import pytest
import torch

from core.training.augment import (
    POLICIES,
    Augment,
    Blur,
    CellAlone,
    Grain,
    QuarterTurns,
    TightView,
    augment_each,
    resized,
)


def batch() -> torch.Tensor:
    return torch.randint(0, 256, (20, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("policy", POLICIES)
def test_shape_and_type_stay(policy):
    augmented = Augment(policy)(batch())
    assert augmented.shape == (20, 3, 32, 32)
    assert augmented.dtype == torch.uint8


@pytest.mark.parametrize("policy", [name for name in POLICIES if name != "none"])
def test_a_seed_gives_the_same_draws_and_groups_differ(policy):
    augment = Augment(policy)
    same = batch()[:1].expand(64, -1, -1, -1).contiguous()
    torch.manual_seed(3)
    one = augment(same)
    torch.manual_seed(3)
    assert torch.equal(one, augment(same))
    assert len({picture.numpy().tobytes() for picture in one}) > 1


@pytest.mark.parametrize("policy", POLICIES)
def test_each_picture_is_drawn_by_itself_and_nothing_else_is_drawn_otherwise(policy):
    crops = batch()[:1].expand(16, -1, -1, -1).permute(0, 2, 3, 1).numpy()
    crops.flags.writeable = False
    state = torch.random.get_rng_state()
    augmented = augment_each(policy, crops, seed=4)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert (augmented.shape, augmented.dtype) == (crops.shape, crops.dtype)
    assert (augmented == augment_each(policy, crops, seed=4)).all()
    assert (len({picture.tobytes() for picture in augmented}) > 1) == (policy != "none")


def test_quarter_turns_only_move_pixels():
    turned = QuarterTurns()(batch())
    assert torch.equal(turned.flatten(2).sort(-1).values, batch().flatten(2).sort(-1).values)


def test_a_tight_view_keeps_the_middle():
    torch.manual_seed(0)
    augmented = TightView(0.5)(batch())
    assert torch.equal(augmented[..., 10:22, 10:22], batch()[..., 10:22, 10:22])
    assert not torch.equal(augmented, batch())


def test_a_size_that_fits_is_left_alone():
    assert resized(batch(), 32) is not None
    assert torch.equal(resized(batch(), 32), batch())
    assert resized(batch(), 20).shape[-1] == 20


def test_an_unknown_policy_names_the_known_ones():
    with pytest.raises(ValueError, match="smear"):
        Augment("wild")


@pytest.mark.parametrize("blur", [0, 1, 2])
def test_a_blur_takes_detail_and_keeps_the_light(blur):
    before = batch()
    augmented = Blur(0.05).transform(before, {"blur": blur, "radius": 2.0, "angle": 0.7}).float()
    assert augmented.std() < 0.75 * before.float().std()
    assert augmented.mean() == pytest.approx(before.float().mean(), abs=2)


def test_grain_is_added_up_to_its_most():
    flat = torch.full((8, 3, 32, 32), 128, dtype=torch.uint8)
    torch.manual_seed(0)
    spreads = [float(Grain(30.0)(flat).float().std()) for _ in range(20)]
    assert 0 <= min(spreads) < max(spreads) < 33


def test_what_surrounds_a_cell_is_painted_over():
    pixels = torch.randint(0, 256, (2, 3, 64, 64), dtype=torch.uint8)
    alone = CellAlone()(pixels)
    assert (alone[..., 28:36, 28:36] == pixels[..., 28:36, 28:36]).all()
    assert (alone[..., :4, :4].float().std((2, 3)) < 1).all()
