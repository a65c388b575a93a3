"""The `grad-cam` package by its own interface: a class of it, its target layer, and a target for each picture.

Two of its steps are replaced, in the places where its own classes replace them too: the scaling of each map by its own
minimum and maximum, which makes noise look like evidence and forgets what speaks against a class, and the enlarging to
the picture's size. It hooks a network, sets its mode and clears its gradients, and so is given a private copy
(`core.explain.passes.private_copy`).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn


def by_package(name: str, model: nn.Module, layer: str, images: Tensor, targets: Sequence[int]) -> np.ndarray:
    """Evidence (N, h, w), signed, on the grid of `layer`, by the package's class of that name.

    model: a private copy. images: (N, 3, S, S). targets: N columns of the logits.
    """
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget  # seconds, and only explaining needs it

    module = model.get_submodule(layer)
    # The graph begins at the layer: nothing before it is kept or differentiated.
    beginning = module.register_forward_hook(lambda _module, _inputs, output: output.detach().requires_grad_())
    cam = _signed(name)(model, [module])
    try:
        with _kept(module), torch.enable_grad():
            return np.asarray(cam(images, [ClassifierOutputTarget(target) for target in targets]))
    finally:
        cam.activations_and_grads.release()
        beginning.remove()


def activations_of(model: nn.Module, layer: str, images: Tensor) -> np.ndarray:
    """(N, C, h, w): what `layer` of a private copy gives, by the package's own hooks."""
    from pytorch_grad_cam.activations_and_gradients import ActivationsAndGradients

    module = model.get_submodule(layer)
    hooks = ActivationsAndGradients(model, [module], None)
    try:
        with _kept(module), torch.no_grad():
            hooks(images)
        (activations,) = hooks.activations
        return np.asarray(activations.float().numpy())
    finally:
        hooks.release()


@contextmanager
def _kept(module: nn.Module) -> Iterator[None]:
    """What hooks before this saw of a module's output stays as it was: what follows may overwrite a copy in place."""
    last = module.register_forward_hook(lambda _module, _inputs, output: output.clone())
    try:
        yield
    finally:
        last.remove()


class _Signed:
    """Put before a class of the package: its maps as they are, in class score, on the grid of the layer."""

    activations_and_grads: Any
    target_layers: list[nn.Module]
    get_cam_image: Any

    def compute_cam_per_layer(  # as the package calls it
        self,
        images: Tensor,
        targets: object,
        eigen_smooth: bool,  # noqa: FBT001
    ) -> np.ndarray:
        (activations,), (gradients,) = (
            [part.float().numpy() for part in parts]
            for parts in (self.activations_and_grads.activations, self.activations_and_grads.gradients)
        )
        # Every formula is unchanged when gradients grow and activations shrink by one factor. Grad-CAM++ adds
        # 1e-6 to squared gradients, which on fine grids are smaller than that: so the largest gradient is made 1.
        largest = np.abs(gradients).max(axis=(1, 2, 3), keepdims=True)
        factor = np.where(largest > 0, largest, 1)
        scaled = activations * factor, gradients / factor
        return np.asarray(self.get_cam_image(images, self.target_layers[0], targets, *scaled, eigen_smooth))

    def aggregate_multi_layers(self, evidence: np.ndarray) -> np.ndarray:
        return evidence


@cache
def _signed(name: str) -> Any:
    import pytorch_grad_cam

    return type(f"Signed{name}", (_Signed, getattr(pytorch_grad_cam, name)), {})
