"""AlexNet and VGG16 with their original convolutions and slim heads.

The original heads hold 59 and 124 million weights, made for 1,000 classes at 224 pixels: 117 and 247 MB in
16-bit floats. Ours have 2.4 and 0.6 million, so that all models together stay small enough
to be shipped. Layers are named as in torchvision, so that its convolutions still load.
"""

from collections import OrderedDict

from torch import nn

from core.models.registry import ARCHITECTURES, SMALL_INPUT, ArchitectureSpec, Pretrained

ALEXNET_MADE_FOR = 128
"""From this side in pixels on, AlexNet's first convolution takes its original stride."""

VGG16_WIDTHS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))


def alexnet(classes: int, input_size: int) -> nn.Module:
    """Five convolutions and two hidden layers."""
    stride = 1 if input_size <= SMALL_INPUT else 2 if input_size < ALEXNET_MADE_FOR else 4
    features = nn.Sequential(
        nn.Conv2d(3, 64, 11, stride=stride, padding=2),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, stride=2),
        nn.Conv2d(64, 192, 5, padding=2),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, stride=2),
        nn.Conv2d(192, 384, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.Conv2d(384, 256, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.Conv2d(256, 256, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, stride=2),
    )
    classifier = nn.Sequential(
        nn.Dropout(0.5),
        nn.Linear(256 * 6 * 6, 256),
        nn.ReLU(inplace=True),
        nn.Dropout(0.5),
        nn.Linear(256, 256),
        nn.ReLU(inplace=True),
        nn.Linear(256, classes),
    )
    return _assemble(features, 6, classifier)


ARCHITECTURES.add(
    ArchitectureSpec(
        name="alexnet",
        order=0,
        build=alexnet,
        title="AlexNet (slim head: 256 hidden units in place of 4,096)",
        study="C",
        input_size=128,
        explain_layer="features.11",
        head="classifier.6",
        small_input=(
            f"Below {ALEXNET_MADE_FOR} pixels the first convolution steps by 2 pixels instead of 4, "
            f"up to {SMALL_INPUT} pixels by 1; the weights are the same."
        ),
        pretrained=(Pretrained("torchvision", "AlexNet_Weights.IMAGENET1K_V1", fresh=("classifier",)),),
        licence="BSD-3-Clause",
        paper="Krizhevsky, One weird trick for parallelizing CNNs, 2014, arXiv:1404.5997",
    )
)


def vgg16(classes: int, input_size: int) -> nn.Module:
    """Thirteen convolutions in five stages and two hidden layers."""
    layers: list[nn.Module] = []
    channels = 3
    for stage, widths in enumerate(VGG16_WIDTHS):
        for width in widths:
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(inplace=True)]
            channels = width
        # An Identity keeps the numbering of the layers, and so the names of the weights.
        layers.append(nn.Identity() if stage >= 3 and input_size <= SMALL_INPUT else nn.MaxPool2d(2))
    classifier = nn.Sequential(
        nn.Linear(512 * 2 * 2, 256),
        nn.ReLU(inplace=True),
        nn.Dropout(0.5),
        nn.Linear(256, 256),
        nn.ReLU(inplace=True),
        nn.Dropout(0.5),
        nn.Linear(256, classes),
    )
    return _assemble(nn.Sequential(*layers), 2, classifier)


ARCHITECTURES.add(
    ArchitectureSpec(
        name="vgg16",
        order=1,
        build=vgg16,
        title="VGG16 (slim head: 256 hidden units in place of 4,096)",
        study="D",
        input_size=128,
        explain_layer="features.29",
        head="classifier.6",
        small_input=f"Up to {SMALL_INPUT} pixels two of its five poolings, the last, are left out; same weights.",
        pretrained=(Pretrained("torchvision", "VGG16_Weights.IMAGENET1K_V1", fresh=("classifier",)),),
        licence="BSD-3-Clause",
        paper="Simonyan and Zisserman, Very Deep Convolutional Networks, ICLR 2015, arXiv:1409.1556",
    )
)


def _assemble(features: nn.Sequential, side: int, classifier: nn.Sequential) -> nn.Module:
    """Convolutions, an average to side x side maps, the head; begun so that deep ones learn from nothing."""
    for module in features.modules():
        if isinstance(module, nn.Conv2d) and module.bias is not None:
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            nn.init.zeros_(module.bias)
    return nn.Sequential(
        OrderedDict(features=features, avgpool=nn.AdaptiveAvgPool2d(side), flatten=nn.Flatten(), classifier=classifier)
    )
