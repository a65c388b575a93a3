"""What a network sees on its way: means and spreads of its maps, from the picture itself to what enters the head.

The features before the head say which class a picture is nearest to, and forget most of what does not matter for
that: two pictures that no person would confuse may be alike to them. Earlier maps still hold colour and texture.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor, nn

from core.models.normalization import Triple, scaled
from core.models.registry import ArchitectureSpec, build


@lru_cache(maxsize=256)
def stage_names(architecture: str, classes: int, input_size: int) -> tuple[str, ...]:
    """Dotted paths of the last module at each size of map larger than a single pixel, the largest map first.

    Empty where an architecture has no maps. The network is laid out without memory for its weights.
    """
    with torch.device("meta"):
        net = build(architecture, classes, input_size).eval()
        picture = torch.empty(1, 3, input_size, input_size)
    last: dict[tuple[int, int], str] = {}

    def watch(name: str) -> Callable[[nn.Module, object, object], None]:
        def keep(_module: nn.Module, _inputs: object, output: object) -> None:
            if isinstance(output, Tensor) and output.dim() == 4 and output.shape[-1] > 1:
                last[(output.shape[-2], output.shape[-1])] = name

        return keep

    for name, module in net.named_modules():
        if name:
            module.register_forward_hook(watch(name))
    with torch.inference_mode():
        net(picture)
    return tuple(last[size] for size in sorted(last, reverse=True))


@contextmanager
def watched(
    model: nn.Module, spec: ArchitectureSpec, names: tuple[str, ...]
) -> Iterator[Callable[[Tensor], tuple[Tensor, Tensor]]]:
    """Inside the `with`, a function from a batch (N, 3, S, S) to (what it sees (N, F), logits (N, classes)).

    What it sees: mean and standard deviation of each channel of the picture and of the maps of the modules `names`,
    then the features that enter the head. One forward pass; the hooks are released on leaving, and threads do not
    see each other's.
    """
    seen = threading.local()

    def found() -> dict[str, Tensor]:
        """What this thread has seen; another may go through the same network meanwhile and ask for nothing."""
        values: dict[str, Tensor] = seen.__dict__.setdefault("found", {})
        return values

    def head(_module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        found()["head"] = torch.flatten(inputs[0], 1)

    def watch(name: str) -> Callable[[nn.Module, object, Tensor], None]:
        def keep(_module: nn.Module, _inputs: object, output: Tensor) -> None:
            found()[name] = summary(output)

        return keep

    def read(batch: Tensor) -> tuple[Tensor, Tensor]:
        logits: Tensor = model(batch)
        parts = [summary(batch), *(found()[name] for name in names), found()["head"]]
        return torch.cat(parts, dim=1), logits

    hooks = [model.get_submodule(name).register_forward_hook(watch(name)) for name in names]
    hooks.append(model.get_submodule(spec.head).register_forward_pre_hook(head))
    try:
        yield read
    finally:
        for hook in hooks:
            hook.remove()


def summary(maps: Tensor) -> Tensor:
    """(N, C, h, w) -> (N, 2 C): mean and standard deviation of each channel."""
    return torch.cat([maps.mean((2, 3)), maps.flatten(2).std(2, correction=0)], dim=1)


def head_width(model: nn.Module, spec: ArchitectureSpec) -> int:
    """How many features enter the head: the last so many of what `watched` sees."""
    layer = model.get_submodule(spec.head)
    assert isinstance(layer, nn.Linear)
    return layer.in_features


@torch.inference_mode()
def look(
    net: nn.Module,
    spec: ArchitectureSpec,
    names: tuple[str, ...],
    crops: Sequence[np.ndarray] | np.ndarray,
    mean: Triple,
    std: Triple,
) -> tuple[np.ndarray, np.ndarray]:
    """What `watched` sees of pictures (S, S, 3) uint8, (N, F) float32, and their logits (N, K)."""
    pixels = torch.from_numpy(np.stack(list(crops))).permute(0, 3, 1, 2)
    with watched(net, spec, names) as forward:
        seen, logits = forward(scaled(pixels, mean, std))
    return seen.numpy(), logits.numpy()
