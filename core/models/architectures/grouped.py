"""ResNet-18 with group normalisation: its statistics are of the picture at hand, none are kept of a laboratory."""

from functools import partial

from torch import nn
from torchvision.models import resnet18 as torchvision_resnet18

from core.models.architectures.residual import SMALL, fit_stem
from core.models.registry import ARCHITECTURES, ArchitectureSpec, Pretrained

GROUPS = 32


NORMS = (
    "bn1",
    *(f"layer{stage}.{block}.bn{norm}" for stage in (1, 2, 3) for block in (0, 1) for norm in (1, 2)),
    "layer2.0.downsample.1",
    "layer3.0.downsample.1",
)
"""Modules that normalise, into which the weights of batch normalisation do not fit."""


def resnet18_gn(classes: int, input_size: int) -> nn.Module:
    """Eight residual blocks of two convolutions, channels normalised in 32 groups."""
    net = torchvision_resnet18(weights=None, num_classes=classes, norm_layer=partial(nn.GroupNorm, GROUPS))
    return fit_stem(net, input_size)


ARCHITECTURES.add(
    ArchitectureSpec(
        name="resnet18_gn",
        order=15,
        build=resnet18_gn,
        title="ResNet-18 with group normalisation",
        input_size=128,
        explain_layer="layer4",
        head="fc",
        small_input=SMALL,
        pretrained=(Pretrained("data", "resnet18_stem_to_layer3.safetensors", fresh=("layer4", *NORMS)),),
        licence="BSD-3-Clause",
        paper="Wu and He, Group Normalization, ECCV 2018, arXiv:1803.08494",
    )
)
