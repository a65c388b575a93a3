"""Residual networks: ResNet-18 as torchvision builds it, and two in the form made for small pictures."""

from collections import OrderedDict
from itertools import pairwise

from torch import nn
from torchvision.models import ResNet
from torchvision.models import resnet18 as torchvision_resnet18
from torchvision.models.resnet import BasicBlock

from core.models.registry import ARCHITECTURES, SMALL_INPUT, ArchitectureSpec, Pretrained

PAPER = "He et al., Deep Residual Learning for Image Recognition, CVPR 2016, arXiv:1512.03385"
SMALL = (
    f"Up to {SMALL_INPUT} pixels the first convolution keeps the size and the pooling after it is left out "
    "(8-fold instead of 32-fold reduction); the weights are the same."
)


def fit_stem(model: ResNet, input_size: int) -> ResNet:
    """Leave out the first two halvings for small pictures; the kernels stay, so any weights still fit."""
    if input_size <= SMALL_INPUT:
        model.conv1.stride = (1, 1)
        model.maxpool = nn.Identity()
    return model


def resnet18(classes: int, input_size: int) -> nn.Module:
    """Eight residual blocks of two convolutions."""
    return fit_stem(torchvision_resnet18(weights=None, num_classes=classes), input_size)


ARCHITECTURES.add(
    ArchitectureSpec(
        name="resnet18",
        order=11,
        build=resnet18,
        title="ResNet-18",
        study="B",
        input_size=128,
        explain_layer="layer4",
        head="fc",
        small_input=SMALL,
        pretrained=(
            Pretrained("torchvision", "ResNet18_Weights.IMAGENET1K_V1"),
            Pretrained("data", "resnet18_stem_to_layer3.safetensors", fresh=("layer4",)),
        ),
        licence="BSD-3-Clause",
        paper=PAPER,
    )
)


def _three_stages(widths: tuple[int, int, int], classes: int) -> nn.Module:
    """He et al.'s form for 32 pixels (their section 4.2): full size, a half, a quarter; two blocks each."""
    layers = OrderedDict[str, nn.Module](
        conv1=nn.Conv2d(3, widths[0], 3, padding=1, bias=False),
        norm1=nn.BatchNorm2d(widths[0]),
        relu1=nn.ReLU(inplace=True),
    )
    for stage, (before, after) in enumerate(pairwise((widths[0], *widths)), start=1):
        layers[f"stage{stage}"] = nn.Sequential(_block(before, after, 1 if stage == 1 else 2), _block(after, after, 1))
    layers |= {
        "average": nn.AdaptiveAvgPool2d(1),
        "flatten": nn.Flatten(),
        "dropout": nn.Dropout(0.1),
        "head": nn.Linear(widths[-1], classes),
    }
    model = nn.Sequential(layers)
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    return model


def _block(before: int, after: int, stride: int) -> nn.Module:
    shortcut = None
    if stride != 1 or before != after:
        shortcut = nn.Sequential(nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after))
    return BasicBlock(before, after, stride, shortcut)


ANY_SIZE = "Made for about 28 pixels; larger pictures are read by the same weights, only slower."


def slim_resnet(classes: int, input_size: int) -> nn.Module:
    """Six residual blocks of 48, 96 and 128 channels: 0.93 million weights."""
    return _three_stages((48, 96, 128), classes)


ARCHITECTURES.add(
    ArchitectureSpec(
        name="slim_resnet",
        order=12,
        build=slim_resnet,
        title="Slim ResNet for 28 pixels (under a million weights)",
        input_size=28,
        explain_layer="stage3",
        head="head",
        small_input=ANY_SIZE,
        paper=PAPER,
    )
)


def wide_resnet(classes: int, input_size: int) -> nn.Module:
    """Six residual blocks of 80, 160 and 320 channels: 4.4 million weights."""
    return _three_stages((80, 160, 320), classes)


ARCHITECTURES.add(
    ArchitectureSpec(
        name="wide_resnet",
        order=13,
        build=wide_resnet,
        title="Wide ResNet for 28 pixels",
        input_size=28,
        explain_layer="stage3",
        head="head",
        small_input=ANY_SIZE,
        paper="Zagoruyko and Komodakis, Wide Residual Networks, BMVC 2016, arXiv:1605.07146",
    )
)
