"""DenseNet-121, as torchvision builds it, with its last map within reach."""

import torch
from torch import Tensor, nn
from torchvision.models import DenseNet

from core.models.registry import ARCHITECTURES, SMALL_INPUT, ArchitectureSpec, Pretrained


class _DenseNet(DenseNet):
    """Torchvision's DenseNet-121 whose last ReLU is a layer of its own, so that it can be explained."""

    def __init__(self, classes: int) -> None:
        super().__init__(num_classes=classes)
        self.features.add_module("relu5", nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        maps = self.features(x)  # (N, 1024, h, w)
        logits: Tensor = self.classifier(torch.flatten(nn.functional.adaptive_avg_pool2d(maps, 1), 1))
        return logits


def densenet121(classes: int, input_size: int) -> nn.Module:
    """Fifty-eight dense layers in four blocks; each sees the maps of all before it."""
    model = _DenseNet(classes)
    if input_size <= SMALL_INPUT:
        model.features.conv0.stride = (1, 1)
        model.features.pool0 = nn.Identity()
    return model


ARCHITECTURES.add(
    ArchitectureSpec(
        name="densenet121",
        order=2,
        build=densenet121,
        title="DenseNet-121",
        input_size=128,
        explain_layer="features.relu5",
        head="classifier",
        small_input=(
            f"Up to {SMALL_INPUT} pixels the first convolution keeps the size and the pooling after it is left "
            "out (8-fold instead of 32-fold reduction); the weights are the same."
        ),
        pretrained=(Pretrained("torchvision", "DenseNet121_Weights.IMAGENET1K_V1"),),
        licence="BSD-3-Clause",
        paper="Huang et al., Densely Connected Convolutional Networks, CVPR 2017, arXiv:1608.06993",
    )
)
