"""The architectures by name: what each is, how it is built, and where to look inside it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

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

    `study` is the seed study ("A" to "E") that used it, or None. `explain_layer` and `head` are dotted
    module paths; `explain_layer` gives the last map (N, C, h, w) and is None where there are no
    convolutions, `head` is the last Linear. `small_input` is a sentence on how small pictures are handled.
    """

    name: str
    title: str
    study: str | None
    input_size: int
    build: Builder
    explain_layer: str | None
    head: str
    small_input: str
    pretrained: tuple[Pretrained, ...]
    licence: str
    paper: str


ARCHITECTURES: dict[str, ArchitectureSpec] = {}


def register(
    *,
    name: str,
    title: str,
    input_size: int,
    explain_layer: str | None,
    head: str,
    small_input: str,
    paper: str,
    study: str | None = None,
    pretrained: tuple[Pretrained, ...] = (),
    licence: str = "Apache-2.0",
) -> Callable[[Builder], Builder]:
    """Enter the decorated builder into ARCHITECTURES; a name that is taken raises ValueError."""

    def enter(builder: Builder) -> Builder:
        if name in ARCHITECTURES:
            raise ValueError(f"Two architectures are called {name!r}.")
        ARCHITECTURES[name] = ArchitectureSpec(
            name=name,
            title=title,
            study=study,
            input_size=input_size,
            build=builder,
            explain_layer=explain_layer,
            head=head,
            small_input=small_input,
            pretrained=pretrained,
            licence=licence,
            paper=paper,
        )
        return builder

    return enter


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


@contextmanager
def features(model: nn.Module, spec: ArchitectureSpec) -> Iterator[Callable[[Tensor], tuple[Tensor, Tensor]]]:
    """Inside the `with`, a function from a batch (N, 3, S, S) to (features (N, D), logits (N, classes)).

    The features are what enters the head. One forward pass gives both; gradients flow as the caller has
    set them. The hook is released on leaving, also after an error, and threads do not see each other's.
    """
    seen = threading.local()

    def keep(_module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        seen.features = inputs[0]

    def read(batch: Tensor) -> tuple[Tensor, Tensor]:
        logits: Tensor = model(batch)
        return torch.flatten(seen.features, 1), logits

    hook = model.get_submodule(spec.head).register_forward_pre_hook(keep)
    try:
        yield read
    finally:
        hook.remove()
