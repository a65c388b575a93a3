"""Evidence for a class in a picture, as a saliency map: one rule holds for the maps of all methods (see `SaliencyMap`),
and the model is left as it was found.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from core.errors import SmearlensError
from core.explain.passes import finer_layer, private_copy
from core.explain.registry import ATTRIBUTION_METHODS, AttributionMethod, methods_for
from core.models.registry import ArchitectureSpec
from core.models.symmetries import positions, turned_back

FLAT_BELOW = 0.01
"""A map whose contrast is at most this share of its largest absolute value is called flat."""


@dataclass(frozen=True, eq=False)
class SaliencyMap:
    """Evidence for one class in one picture, on the grid on which the model really has it.

    values: (h, w) float32 in [0, 1]: the raw map, negative evidence cut to zero, divided by its own maximum.
        Its minimum is not moved to zero. All zeros where the map is flat. Row 0 is the top of the picture.
    scale: that maximum before the division, in class score (logit) for the CAM methods, where a square holds
        its share of the score, and in score per unit of normalised input for the input gradient.
    flat: no part stood out: highest and lowest value differ by at most `FLAT_BELOW` of the largest absolute
        value, counted before negative evidence was cut. A map that is negative everywhere, or of one square,
        is flat.
    method: name in `ATTRIBUTION_METHODS` of what was really computed. target: column of the class.
    """

    values: np.ndarray
    scale: float
    flat: bool
    method: str
    target: int

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or self.values.dtype != np.float32:
            raise ValueError(f"values must be (h, w) float32, got {self.values.shape} {self.values.dtype}")

    @property
    def resolution(self) -> tuple[int, int]:
        """Rows and columns of the grid."""
        height, width = self.values.shape
        return height, width


def explain(
    model: nn.Module,
    spec: ArchitectureSpec,
    batch: Tensor,
    targets: Sequence[int],
    method: str,
    *,
    symmetries: int = 1,
) -> list[SaliencyMap]:
    """Map the evidence for class `targets[i]` in picture i; quick methods take one forward and one backward pass.

    batch: (N, 3, S, S) normalised float; it is moved to the model's device. targets: N columns of the model's
    output. method: a name in `ATTRIBUTION_METHODS`; an architecture without convolutions gets its default in place of a
    method that reads a feature map, and the maps say so. symmetries: over which the answer is averaged (1 or 8). The
    map is then of that averaged answer: the maps of all positions, turned back and averaged before negative evidence is
    cut. The first use of a finer method on a model and size adds a forward pass of one picture, to measure its stages.

    Goes through a private copy of the model on the same weights: safe from several threads, beside threads that use
    the model, and under `no_grad` or `inference_mode`, as long as the model was not built under `inference_mode`.

    Raises SmearlensError for an unknown method or a model whose answer is not a number, ValueError for
    arguments that do not fit together.
    """
    chosen = _choose(spec, method)
    if batch.ndim != 4 or len(batch) != len(targets):
        raise ValueError(f"{len(targets)} targets do not fit a batch of shape {tuple(batch.shape)}")
    head = model.get_submodule(spec.head)
    assert isinstance(head, nn.Linear)  # a rule of architectures
    if not all(0 <= target < head.out_features for target in targets):
        raise ValueError(f"targets {list(targets)} are not all columns of {head.out_features} classes")
    if len(batch) == 0:
        return []
    # A tensor made under inference_mode cannot enter a backward pass: hence the clone, made outside of it.
    with torch.inference_mode(mode=False):
        images = batch.detach().to(next(model.parameters()).device).clone()
        twin = private_copy(model)
        if chosen.from_pixels is not None:
            evidence = chosen.from_pixels(twin, images, targets, symmetries)
        else:
            assert chosen.from_layer is not None
            assert spec.explain_layer is not None
            layer = spec.explain_layer
            if chosen.finer:
                layer = finer_layer(model, twin, layer, images)
            views = torch.cat(positions(images, symmetries))
            maps = chosen.from_layer(twin, layer, views, [*targets] * symmetries)
            evidence = turned_back(maps.reshape(symmetries, len(images), *maps.shape[1:])).mean(0)
    return [_saliency(signed, chosen.name, target) for signed, target in zip(evidence, targets, strict=True)]


def _choose(spec: ArchitectureSpec, name: str) -> AttributionMethod:
    """The method of that name, or the default where it reads a feature map that the network does not have."""
    if name not in ATTRIBUTION_METHODS:
        raise SmearlensError(f"There is no method “{name}”; choose from {', '.join(ATTRIBUTION_METHODS)}.")
    method = ATTRIBUTION_METHODS[name]
    return methods_for(spec)[0] if method.from_layer is not None and spec.explain_layer is None else method


def _saliency(signed: np.ndarray, method: str, target: int) -> SaliencyMap:
    """Apply the one rule by which evidence (h, w) becomes values in 0..1; see `SaliencyMap`."""
    if not np.isfinite(signed).all():
        raise SmearlensError("The model's answer for this picture is not a number, so no reason is shown.")
    raw = np.maximum(signed, 0).astype(np.float32)
    scale = float(raw.max())
    flat = bool(scale - raw.min() <= FLAT_BELOW * np.abs(signed).max())
    values = np.zeros_like(raw) if flat else raw / np.float32(scale)
    return SaliencyMap(values, scale, flat, method, int(target))
