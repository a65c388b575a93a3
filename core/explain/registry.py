"""The attribution methods by name: what each shows, and how it is computed."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor, nn

from core.models.registry import ArchitectureSpec
from core.registry import Registry

FromLayer = Callable[[nn.Module, str, Tensor, Sequence[int]], np.ndarray]
"""A private copy of a network, the layer to look at, pictures (N, 3, S, S), a column of its output for each -> evidence
(N, h, w), signed, on the grid of the layer."""

FromPixels = Callable[[nn.Module, Tensor, Sequence[int], int], np.ndarray]
"""A private copy of a network, pictures (N, 3, S, S), a column of its output for each, and over how many symmetries the
answer is averaged -> evidence (N, h, w)."""


@dataclass(frozen=True)
class AttributionMethod:
    """One way to draw a map of evidence; it has `from_layer` or `from_pixels`.

    name: as typed in a command. order: its place in every list; the first that suits an architecture is its default.
    title: as shown. shows: a sentence in plain words.
    from_layer: computes evidence from a feature map, for networks with convolutions. finer: of an earlier stage than
    the architecture's explain layer. from_pixels: computes it from the pictures, for any network.
    without_convolutions: is offered for networks without convolutions only, where it stands in for the methods that
    read a feature map. of_class: its map is of the evidence for one class. quick: one pass through the network is
    enough, so that a gallery need not be waited for.
    """

    name: str
    order: int
    title: str
    shows: str
    from_layer: FromLayer | None = None
    from_pixels: FromPixels | None = None
    finer: bool = False
    without_convolutions: bool = False
    of_class: bool = True
    quick: bool = True

    @property
    def grad_cam(self) -> bool:
        """Whether it is Grad-CAM or a form of it: a feature map, weighted by the gradients of one class."""
        return self.from_layer is not None and self.of_class

    def suits(self, spec: ArchitectureSpec) -> bool:
        """Whether it is offered for this architecture."""
        if spec.explain_layer is None:
            return self.from_layer is None
        return not self.without_convolutions


def _problems(method: AttributionMethod) -> Iterator[str]:
    if not re.fullmatch(r"[a-z][a-z0-9+-]*", method.name):
        yield "Its name may hold small letters, digits, + and -, and begins with a letter."
    if not method.title or not method.shows.endswith("."):
        yield "Say its title, and in shows, in a sentence with its full stop, what its map shows."
    if (method.from_layer is None) == (method.from_pixels is None):
        yield "Give it either from_layer or from_pixels."
    if method.from_layer is None and method.finer:
        yield "Only a method that has from_layer can look at a finer stage."
    if method.from_layer is not None and method.without_convolutions:
        yield "A network without convolutions has no feature map; a method for it has from_pixels."


ATTRIBUTION_METHODS = Registry[AttributionMethod]("attribution method", "core.explain.methods", _problems)


def methods_for(spec: ArchitectureSpec) -> tuple[AttributionMethod, ...]:
    """Methods that can explain this architecture, the default first."""
    return tuple(method for method in ATTRIBUTION_METHODS.values() if method.suits(spec))
