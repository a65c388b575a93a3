"""Do two pictures look alike to a network that reads cells? A loss on the first features of one of our checkpoints.

After Zhang et al., "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric", CVPR 2018
(arXiv:1801.03924), without learned weights: features are brought to length 1 at each place and compared.
"""

import torch
from torch import Tensor, nn

from core.errors import RecipeError
from core.models.pretrained import load_teacher

BLOCKS = 8
"""How many of the network's blocks are passed; the later ones keep too little of the detail."""


class Perceptual(nn.Module):
    """The distance between pictures (N, 3, S, S) in -1..1; takes no gradient itself.

    blocks: a network's first ones, which take pictures scaled by mean and std.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, blocks: nn.Sequential, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        super().__init__()
        self.blocks = blocks.eval().requires_grad_(requires_grad=False)
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1))

    def features(self, pictures: Tensor) -> list[Tensor]:
        """Unit-length features after every block but the first."""
        x = ((pictures + 1) / 2 - self.mean) / self.std
        features = []
        for block in self.blocks:
            x = block(x)
            features.append(x / (x.square().sum(1, keepdim=True) + 1e-6).sqrt())
        return features[1:]

    def forward(self, made: Tensor, real: Tensor) -> Tensor:
        """Mean squared difference over channels, summed, at all places, averaged over blocks."""
        with torch.no_grad():
            target = self.features(real)
        distances = [(a - b).square().sum(1).mean() for a, b in zip(self.features(made), target, strict=True)]
        return torch.stack(distances).mean()


def perceptual_of(checkpoint: str, classes: int) -> Perceptual:
    """By a published checkpoint of ours; CheckpointError where it is not at hand, RecipeError where it has no
    sequence of blocks called `features`.
    """
    teacher = load_teacher(checkpoint, classes)
    blocks = getattr(teacher.net, "features", None)
    if not isinstance(blocks, nn.Sequential):
        raise RecipeError(f"The network of {checkpoint} is not a sequence of blocks to compare pictures by.")
    return Perceptual(blocks[:BLOCKS], teacher.mean, teacher.std)
