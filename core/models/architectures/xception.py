"""Xception (Chollet 2017): depthwise separable convolutions with residual connections."""

from collections import OrderedDict
from itertools import pairwise

from torch import Tensor, nn

from core.models.registry import ARCHITECTURES, SMALL_INPUT, ArchitectureSpec

MIDDLE = 4
"""Blocks of the middle flow. The paper has eight; four keep the checkpoint at 29 instead of 42 MB."""


def _separable(before: int, after: int) -> list[nn.Module]:
    """A 3 x 3 convolution within each channel, then a 1 x 1 across them, then normalisation."""
    return [
        nn.Conv2d(before, before, 3, padding=1, groups=before, bias=False),
        nn.Conv2d(before, after, 1, bias=False),
        nn.BatchNorm2d(after),
    ]


class _Block(nn.Module):
    """Separable convolutions beside a shortcut; with a stride, both sides shrink (the branch by pooling)."""

    def __init__(self, widths: tuple[int, ...], stride: int = 1, *, leading_relu: bool = True) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for step, (before, after) in enumerate(pairwise(widths)):
            if step or leading_relu:
                layers.append(nn.ReLU())  # not in place: the shortcut needs what came in
            layers += _separable(before, after)
        if stride > 1:
            layers.append(nn.MaxPool2d(3, stride, padding=1))
        self.branch = nn.Sequential(*layers)
        self.shortcut: nn.Module = nn.Identity()
        if stride > 1 or widths[0] != widths[-1]:
            self.shortcut = nn.Sequential(
                nn.Conv2d(widths[0], widths[-1], 1, stride, bias=False), nn.BatchNorm2d(widths[-1])
            )

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, h, w) to (N, D, h / stride, w / stride), rounded up."""
        total: Tensor = self.branch(x) + self.shortcut(x)
        return total


def xception(classes: int, input_size: int) -> nn.Module:
    """Entry, middle and exit flow of the paper's figure 5, the middle half as long; the first two
    convolutions have no padding.
    """
    stride = 1 if input_size <= SMALL_INPUT else 2
    entry = OrderedDict[str, nn.Module](
        conv1=nn.Conv2d(3, 32, 3, stride, bias=False),
        norm1=nn.BatchNorm2d(32),
        relu1=nn.ReLU(inplace=True),
        conv2=nn.Conv2d(32, 64, 3, bias=False),
        norm2=nn.BatchNorm2d(64),
        relu2=nn.ReLU(inplace=True),
        block1=_Block((64, 128, 128), stride, leading_relu=False),
        block2=_Block((128, 256, 256), 2),
        block3=_Block((256, 728, 728), 2),
    )
    middle = OrderedDict[str, nn.Module](
        (f"block{step}", _Block((728, 728, 728, 728))) for step in range(1, MIDDLE + 1)
    )
    ending = OrderedDict[str, nn.Module](
        block=_Block((728, 728, 1024), 2),
        separable1=nn.Sequential(*_separable(1024, 1536)),
        relu1=nn.ReLU(inplace=True),
        separable2=nn.Sequential(*_separable(1536, 2048)),
        relu2=nn.ReLU(inplace=True),
    )
    model = nn.Sequential(
        OrderedDict(
            entry=nn.Sequential(entry),
            middle=nn.Sequential(middle),
            exit=nn.Sequential(ending),
            average=nn.AdaptiveAvgPool2d(1),
            flatten=nn.Flatten(),
            head=nn.Linear(2048, classes),
        )
    )
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    return model


ARCHITECTURES.add(
    ArchitectureSpec(
        name="xception",
        order=14,
        build=xception,
        title="Xception (four of its eight middle blocks)",
        input_size=128,
        explain_layer="exit.relu2",
        head="head",
        small_input=(
            f"Up to {SMALL_INPUT} pixels the first convolution and the first block keep the size "
            "(8-fold instead of 32-fold reduction); the weights are the same."
        ),
        paper="Chollet, Deep Learning with Depthwise Separable Convolutions, CVPR 2017, arXiv:1610.02357",
    )
)
