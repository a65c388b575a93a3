"""Networks of inverted residual blocks, as torchvision builds them: MobileNetV2 and EfficientNet."""

import torchvision.models
from torch import nn

from core.models.registry import ARCHITECTURES, PLAIN, SMALL_INPUT, ArchitectureSpec, Pretrained

SMALL = (
    f"Up to {SMALL_INPUT} pixels the first two convolutions that would halve the picture keep its size "
    "(8-fold instead of 32-fold reduction); the weights are the same."
)
EFFICIENTNET = "Tan and Le, EfficientNet: Rethinking Model Scaling, ICML 2019, arXiv:1905.11946"


def _fit_stem(model: nn.Module, input_size: int) -> nn.Module:
    """For small pictures set the stride of the first two convolutions with stride 2 to 1."""
    if input_size <= SMALL_INPUT:
        halving = [m for m in model.modules() if isinstance(m, nn.Conv2d) and m.stride == (2, 2)]
        for convolution in halving[:2]:
            convolution.stride = (1, 1)
    return model


def mobilenet_v2(classes: int, input_size: int) -> nn.Module:
    """Seventeen inverted residual blocks."""
    return _fit_stem(torchvision.models.mobilenet_v2(weights=None, num_classes=classes), input_size)


ARCHITECTURES.add(
    ArchitectureSpec(
        name="mobilenet_v2",
        order=3,
        build=mobilenet_v2,
        title="MobileNetV2",
        study="E",
        input_size=128,
        explain_layer="features.18",
        head="classifier.1",
        small_input=SMALL,
        pretrained=(
            Pretrained("torchvision", "MobileNet_V2_Weights.IMAGENET1K_V2"),
            Pretrained("data", "mobilenet_v2.safetensors", PLAIN, PLAIN, licence="Apache-2.0"),
        ),
        licence="BSD-3-Clause",
        paper="Sandler et al., Inverted Residuals and Linear Bottlenecks, CVPR 2018, arXiv:1801.04381",
    )
)


def efficientnet_b0(classes: int, input_size: int) -> nn.Module:
    """Sixteen inverted residual blocks with channel attention."""
    return _fit_stem(torchvision.models.efficientnet_b0(weights=None, num_classes=classes), input_size)


ARCHITECTURES.add(
    ArchitectureSpec(
        name="efficientnet_b0",
        order=4,
        build=efficientnet_b0,
        title="EfficientNet-B0",
        study="C",
        input_size=128,
        explain_layer="features.8",
        head="classifier.1",
        small_input=SMALL,
        pretrained=(Pretrained("torchvision", "EfficientNet_B0_Weights.IMAGENET1K_V1"),),
        licence="BSD-3-Clause",
        paper=EFFICIENTNET,
    )
)


def efficientnet_b4(classes: int, input_size: int) -> nn.Module:
    """Thirty-two inverted residual blocks; made for 380 pixels, read here at 128 to be affordable."""
    return _fit_stem(torchvision.models.efficientnet_b4(weights=None, num_classes=classes), input_size)


ARCHITECTURES.add(
    ArchitectureSpec(
        name="efficientnet_b4",
        order=5,
        build=efficientnet_b4,
        title="EfficientNet-B4",
        study="D",
        input_size=128,
        explain_layer="features.8",
        head="classifier.1",
        small_input=SMALL,
        pretrained=(Pretrained("torchvision", "EfficientNet_B4_Weights.IMAGENET1K_V1"),),
        licence="BSD-3-Clause",
        paper=EFFICIENTNET,
    )
)
