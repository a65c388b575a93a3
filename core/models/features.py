"""Features of a picture: what enters the head, and means and spreads of the maps on the way there.

The features before the head say which class a picture is nearest to, and forget most of what does not matter for
that: two pictures that no person would confuse may be alike to them. Earlier maps still hold colour and texture.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor, nn

from core.models.normalization import Triple, scaled
from core.models.registry import ArchitectureSpec, build

Forward = Callable[[Tensor], tuple[Tensor, Tensor]]
"""A batch (N, 3, S, S) -> (features (N, F), logits (N, classes)), in one forward pass."""


@contextmanager
def head_features(model: nn.Module, spec: ArchitectureSpec) -> Iterator[Forward]:
    """Inside the `with`, a function from a batch to what enters the head, and the logits.

    Gradients flow as the caller has set them. The hook is released on leaving, also after an error, and threads do
    not see each other's.
    """
    activations = threading.local()

    def keep(_module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        activations.head = inputs[0]

    def forward(batch: Tensor) -> tuple[Tensor, Tensor]:
        logits: Tensor = model(batch)
        return torch.flatten(activations.head, 1), logits

    hook = model.get_submodule(spec.head).register_forward_pre_hook(keep)
    try:
        yield forward
    finally:
        hook.remove()


@torch.inference_mode()
def compute_head_features(
    model: nn.Module, spec: ArchitectureSpec, batches: Iterable[Tensor], mean: Triple, std: Triple
) -> Iterator[np.ndarray]:
    """What enters the head, (N, F) for each batch of pictures (N, 3, S, S) uint8."""
    model.eval()
    with head_features(model, spec) as forward:
        for batch in batches:
            yield forward(scaled(batch, mean, std))[0].numpy()


@lru_cache(maxsize=256)
def stage_names(architecture: str, classes: int, input_size: int) -> tuple[str, ...]:
    """Dotted paths of the last module at each size of map larger than a single pixel, the largest map first.

    Empty where an architecture has no maps. The network is laid out without memory for its weights.
    """
    with torch.device("meta"):
        net = build(architecture, classes, input_size).eval()
        picture = torch.empty(1, 3, input_size, input_size)
    last: dict[tuple[int, int], str] = {}

    def hook_for(name: str) -> Callable[[nn.Module, object, object], None]:
        def keep(_module: nn.Module, _inputs: object, output: object) -> None:
            if isinstance(output, Tensor) and output.dim() == 4 and output.shape[-1] > 1:
                last[(output.shape[-2], output.shape[-1])] = name

        return keep

    for name, module in net.named_modules():
        if name:
            module.register_forward_hook(hook_for(name))
    with torch.inference_mode():
        net(picture)
    return tuple(last[size] for size in sorted(last, reverse=True))


@contextmanager
def stage_features(model: nn.Module, spec: ArchitectureSpec, stages: tuple[str, ...]) -> Iterator[Forward]:
    """Inside the `with`, a function from a batch to the features of all stages, and the logits.

    Features: mean and standard deviation of each channel of the picture and of the maps of the modules `stages`,
    then those that enter the head. The hooks are released on leaving, and threads do not see each other's.
    """
    local = threading.local()

    def activations() -> dict[str, Tensor]:
        """This thread's own; another may go through the same network meanwhile and ask for nothing."""
        values: dict[str, Tensor] = local.__dict__.setdefault("activations", {})
        return values

    def keep_head(_module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        activations()["head"] = torch.flatten(inputs[0], 1)

    def hook_for(stage: str) -> Callable[[nn.Module, object, Tensor], None]:
        def keep(_module: nn.Module, _inputs: object, output: Tensor) -> None:
            activations()[stage] = channel_statistics(output)

        return keep

    def forward(batch: Tensor) -> tuple[Tensor, Tensor]:
        logits: Tensor = model(batch)
        parts = [channel_statistics(batch), *(activations()[stage] for stage in stages), activations()["head"]]
        return torch.cat(parts, dim=1), logits

    hooks = [model.get_submodule(stage).register_forward_hook(hook_for(stage)) for stage in stages]
    hooks.append(model.get_submodule(spec.head).register_forward_pre_hook(keep_head))
    try:
        yield forward
    finally:
        for hook in hooks:
            hook.remove()


def channel_statistics(maps: Tensor) -> Tensor:
    """(N, C, h, w) -> (N, 2 C): mean and standard deviation of each channel."""
    return torch.cat([maps.mean((2, 3)), maps.flatten(2).std(2, correction=0)], dim=1)


def head_width(model: nn.Module, spec: ArchitectureSpec) -> int:
    """How many features enter the head: the last so many of those of `stage_features`."""
    layer = model.get_submodule(spec.head)
    assert isinstance(layer, nn.Linear)
    return layer.in_features


@torch.inference_mode()
def compute_stage_features(
    model: nn.Module,
    spec: ArchitectureSpec,
    stages: tuple[str, ...],
    crops: Sequence[np.ndarray] | np.ndarray,
    mean: Triple,
    std: Triple,
) -> tuple[np.ndarray, np.ndarray]:
    """`stage_features` (N, F) float32 of pictures (S, S, 3) uint8, and their logits (N, K)."""
    pixels = torch.from_numpy(np.stack(list(crops))).permute(0, 3, 1, 2)
    with stage_features(model, spec, stages) as forward:
        features, logits = forward(scaled(pixels, mean, std))
    return features.numpy(), logits.numpy()
