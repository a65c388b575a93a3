"""Passes through a model that leave it as it was found: its mode, its hooks, its gradients, and threads beside."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import Tensor, nn

from core.models.stages import Grid, finer_stage, neighbours


def target_score(logits: Tensor, targets: Sequence[int]) -> Tensor:
    """Sum over the batch of each picture's logit for its target; pictures do not mix in evaluation mode."""
    return target_scores(logits, targets).sum()


def target_scores(logits: Tensor, targets: Sequence[int]) -> Tensor:
    """(N, K) logits -> (N,) of the targets; ValueError where one is no column."""
    if not all(0 <= target < logits.shape[1] for target in targets):
        raise ValueError(f"targets {list(targets)} are not all columns of {logits.shape[1]} classes")
    return logits.gather(1, torch.tensor(targets, device=logits.device)[:, None])[:, 0]


def activations_and_gradients(
    model: nn.Module, layer: str, images: Tensor, targets: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Output of `layer` and the gradient of the targets' scores there, both (N, channels, h, w) float32."""
    activations: list[Tensor] = []

    def cut(_: str, output: Tensor) -> Tensor:
        # The graph begins here, so that nothing before this layer is kept or differentiated, frozen or not.
        # What follows gets a clone, because it may work in place (ReLU) and would overwrite it.
        activations.append(output.detach().requires_grad_())
        torch.set_grad_enabled(True)
        return activations[-1].clone()

    with torch.no_grad(), _hooked(model, [layer], cut):
        score = target_score(model(images), targets)
    if len(activations) != 1 or activations[0].ndim != 4:
        raise ValueError(f"layer {layer!r} must give one feature map (N, channels, h, w) in a forward pass")
    (gradient,) = torch.autograd.grad(score, activations, materialize_grads=True)
    return activations[0].detach().float().cpu().numpy(), gradient.float().cpu().numpy()


@dataclass
class ModelState:
    """What is remembered of one model while it lives: its lock; its finer layer by layer and input size."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    _finer: dict[tuple[str, int, int], str] = field(default_factory=dict)

    def finer_layer(self, model: nn.Module, layer: str, images: Tensor) -> str:
        """The latest stage before `layer` with twice its rows and columns, or `layer` where there is none."""
        key = (layer, images.shape[2], images.shape[3])
        if key not in self._finer:
            self._finer[key] = _finer_layer(model, layer, images[:1])
        return self._finer[key]


_STATES: WeakKeyDictionary[nn.Module, ModelState] = WeakKeyDictionary()
_STATES_LOCK = threading.Lock()


def state_of(model: nn.Module) -> ModelState:
    """The same for every caller, as long as the model lives."""
    with _STATES_LOCK:
        return _STATES.setdefault(model, ModelState())


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Evaluation mode inside; each module's own mode again outside."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


@contextmanager
def _hooked(
    model: nn.Module, layers: Sequence[str], on_output: Callable[[str, Tensor], Tensor | None]
) -> Iterator[None]:
    """Call `on_output(layer, output)` at each of the layers; what it returns, if anything, replaces the output."""
    ours = threading.get_ident()

    def hook_for(layer: str) -> Callable[[nn.Module, object, Tensor], Tensor | None]:
        # Other threads may be reading photos with the same model: their passes are not ours to touch.
        return lambda _module, _inputs, output: on_output(layer, output) if threading.get_ident() == ours else None

    handles = [model.get_submodule(layer).register_forward_hook(hook_for(layer)) for layer in layers]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _finer_layer(model: nn.Module, layer: str, image: Tensor) -> str:
    """The finer stage before `layer`, or `layer` if there is none."""
    grids: list[Grid] = []

    def note(name: str, output: Tensor) -> None:
        if isinstance(output, Tensor) and output.ndim == 4:
            grids.append((name, tuple(output.shape[2:])))

    with torch.no_grad(), _hooked(model, [*neighbours(model, layer), layer], note):
        model(image)
    return finer_stage(grids, layer) or layer
