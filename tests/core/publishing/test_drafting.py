"""A checkpoint takes its place only once it is written and whole."""

import numpy as np
import pytest
import torch

from core.checkpoints import Description, open_checkpoint
from core.detection.localizer import LocalizerNet
from core.errors import CheckpointError
from core.publishing.drafting import published


@pytest.fixture
def description(own_copy) -> Description:
    """Of a localizer, which needs no more than weights and a history."""
    return Description(
        task="find",
        title="Points at the middle",
        architecture="finder",
        trained=own_copy.card.trained,
        recipe={},
        began_from="random weights",
        training={},
        intended_use="For tests. Not for diagnosis.",
        limits="It learned nothing.",
    )


def written(draft) -> None:
    torch.manual_seed(0)
    draft.write_weights(LocalizerNet())
    (draft.folder / "history.csv").write_text("epoch,loss\n1,0.5\n")


def test_a_checkpoint_takes_the_place_of_the_one_before_only_once_it_is_whole(own_copy, description):
    before = own_copy.card
    with published(own_copy.folder, description) as draft:
        written(draft)
        assert open_checkpoint(own_copy.folder).card == before
    checkpoint = open_checkpoint(own_copy.folder)
    assert {file.name for file in checkpoint.folder.iterdir()} == {"card.json", "history.csv", "weights.safetensors"}
    assert checkpoint.card.parameters == sum(parameter.numel() for parameter in LocalizerNet().parameters())
    assert (checkpoint.name, checkpoint.card.title) == ("tiny", "Points at the middle")
    assert {file.stat().st_mode & 0o777 for file in checkpoint.folder.iterdir()} == {0o644}
    assert not draft.folder.exists()


def test_what_was_there_stays_where_writing_fails(own_copy, description):
    def failing():
        with published(own_copy.folder, description) as draft:
            written(draft)
            raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        failing()
    assert open_checkpoint(own_copy.folder).card == own_copy.card


def test_what_was_there_stays_where_the_checkpoint_is_not_whole(own_copy, description):
    def incomplete():
        with published(own_copy.folder, description) as draft:
            draft.write_weights(LocalizerNet())

    with pytest.raises(CheckpointError, match=r"tiny is not whole\. The training history"):
        incomplete()
    assert open_checkpoint(own_copy.folder).card == own_copy.card


def test_weights_that_16_bits_cannot_hold_are_refused(own_copy, description):
    net = LocalizerNet()
    with torch.no_grad():
        next(net.parameters()).fill_(float(np.finfo(np.float32).max))

    def too_large():
        with published(own_copy.folder, description) as draft:
            draft.write_weights(net)

    with pytest.raises(CheckpointError, match="too large"):
        too_large()
