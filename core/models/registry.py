"""The architectures by name: what each is, how it is built, and where to look inside it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from torch import nn

from core.registry import Registry

MIN_INPUT = 28
"""The smallest side in pixels that every architecture accepts (the size of BloodMNIST)."""

SMALL_INPUT = 64
"""At this side and below, networks made for 224 pixels shrink the picture less at their start."""

PLAIN = (0.5, 0.5, 0.5)
"""Mean and standard deviation that bring pixels scaled to 0..1 to -1..1."""

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)

Builder = Callable[[int, int], nn.Module]
"""(number of classes, input side in pixels) -> a network with random weights that returns logits."""


@dataclass(frozen=True)
class Pretrained:
    """Weights that an architecture can begin from, and what they expect of the pictures.

    `kind` says where: "torchvision" (downloaded when asked for) or "data" (a file in the `weights` folder
    of SMEARLENS_DATA). `name` is torchvision's name of the weights or the file's name. `fresh` names the
    modules beside the head that the weights do not hold, or that differ in our version of the network.
    """

    kind: Literal["torchvision", "data"]
    name: str
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD
    fresh: tuple[str, ...] = ()
    licence: str = "BSD-3-Clause"


@dataclass(frozen=True)
class ArchitectureSpec:
    """Everything that training, explanation and the pages need to know of one architecture.

    `order` is its place in every list, and by it the look of its models on charts. `study` is the seed study
    ("A" to "E") that used it, or None. `explain_layer` and `head` are dotted module paths; `explain_layer` gives
    the last map (N, C, h, w) and is None where there are no convolutions, `head` is the last Linear. `small_input`
    is a sentence on how small pictures are handled.
    """

    name: str
    order: int
    build: Builder
    title: str
    input_size: int
    explain_layer: str | None
    head: str
    small_input: str
    paper: str
    study: str | None = None
    pretrained: tuple[Pretrained, ...] = ()
    licence: str = "Apache-2.0"


def _problems(spec: ArchitectureSpec) -> Iterator[str]:
    """What can be told without building the network; `core.models.rules` tells the rest."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", spec.name):
        yield "Its name may hold small letters, digits and underscores, and begins with a letter."
    if not (spec.title and spec.paper and spec.licence):
        yield "Say its title, the paper that it comes from and the licence of its code."
    if spec.study not in (None, *"ABCDE"):
        yield "Its study is one of A to E, or None."
    if spec.input_size < MIN_INPUT:
        yield f"Its input_size is {MIN_INPUT} pixels at least."
    if not (spec.small_input[:1].isupper() and spec.small_input.endswith(".")):
        yield "Say in small_input, in a sentence with its full stop, how small pictures are handled."
    if not spec.head:
        yield "Name its head, the dotted path of its last Linear."


ARCHITECTURES = Registry[ArchitectureSpec]("architecture", "core.models.architectures", _problems)


def find_architecture(name: str) -> ArchitectureSpec:
    """The spec of that name; ValueError lists the known ones."""
    if name not in ARCHITECTURES:
        raise ValueError(f"There is no architecture {name!r}; known are {', '.join(sorted(ARCHITECTURES))}.")
    return ARCHITECTURES[name]


def build(name: str, classes: int, input_size: int | None = None) -> nn.Module:
    """A network with random weights: float pictures (N, 3, S, S) to logits (N, classes).

    `input_size` is the side S in pixels, the architecture's own if None. ValueError for an unknown name,
    fewer than two classes or a side below MIN_INPUT. Touches no file and no network.
    """
    spec = find_architecture(name)
    size = spec.input_size if input_size is None else input_size
    if classes < 2:
        raise ValueError(f"A classifier needs at least two classes, not {classes}.")
    if size < MIN_INPUT:
        raise ValueError(f"{name} reads pictures from {MIN_INPUT} pixels a side on; {size} is too small.")
    return spec.build(classes, size)
