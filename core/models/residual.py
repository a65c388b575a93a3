"""Residual networks, as torchvision builds them."""

from torch import nn
from torchvision.models import ResNet
from torchvision.models import resnet18 as torchvision_resnet18
from torchvision.models import resnet50 as torchvision_resnet50

from core.models.registry import SMALL_INPUT, Pretrained, register

PAPER = "He et al., Deep Residual Learning for Image Recognition, CVPR 2016, arXiv:1512.03385"
SMALL = (
    f"Up to {SMALL_INPUT} pixels the first convolution keeps the size and the pooling after it is left out "
    "(8-fold instead of 32-fold reduction); the weights are the same."
)


def _fit_stem(model: ResNet, input_size: int) -> ResNet:
    """Leave out the first two halvings for small pictures; the kernels stay, so any weights still fit."""
    if input_size <= SMALL_INPUT:
        model.conv1.stride = (1, 1)
        model.maxpool = nn.Identity()
    return model


@register(
    name="resnet18",
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
def resnet18(classes: int, input_size: int) -> nn.Module:
    """Eight residual blocks of two convolutions."""
    return _fit_stem(torchvision_resnet18(weights=None, num_classes=classes), input_size)


@register(
    name="resnet50",
    title="ResNet-50",
    input_size=128,
    explain_layer="layer4",
    head="fc",
    small_input=SMALL,
    pretrained=(Pretrained("torchvision", "ResNet50_Weights.IMAGENET1K_V2"),),
    licence="BSD-3-Clause",
    paper=PAPER,
)
def resnet50(classes: int, input_size: int) -> nn.Module:
    """Sixteen residual blocks of three convolutions each."""
    return _fit_stem(torchvision_resnet50(weights=None, num_classes=classes), input_size)
