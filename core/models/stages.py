"""Stages of a network: which of them comes before its last map, and is finer."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

Grid = tuple[str, tuple[int, ...]]
"""A module's dotted path, and rows and columns of the map that it gives."""


def neighbours(model: nn.Module, layer: str) -> list[str]:
    """Dotted paths of the modules beside `layer` and beside each module that contains it.

    They are the stages of a network (for ResNet's `layer4` among them `layer3`), not the inner layers of blocks, which
    a skip connection may go around.
    """
    parts = layer.split(".")
    paths = []
    for depth, own in enumerate(parts):
        parent = model.get_submodule(".".join(parts[:depth]))
        paths += [".".join([*parts[:depth], name]) for name, _ in parent.named_children() if name != own]
    return paths


def finer_stage(grids: Sequence[Grid], layer: str) -> str | None:
    """The latest stage before `layer` with twice its rows and columns or more; None if there is none.

    grids: of the neighbours of `layer` and its own, in the order of a forward pass. Twice is meant as convolutions
    halve: 15 rows become 8.
    """
    earlier = grids[: [name for name, _ in grids].index(layer)]
    height, width = dict(grids)[layer]
    finer = [
        name for name, (rows, columns) in earlier if rows >= max(2, 2 * height - 1) and columns >= max(2, 2 * width - 1)
    ]
    return finer[-1] if finer else None


def grids_of(model: nn.Module, layer: str, images: Tensor) -> list[Grid]:
    """Of `layer` and its neighbours, those that give a map, in the order of a forward pass of the pictures."""
    grids: list[Grid] = []

    def hook_for(name: str) -> Callable[[nn.Module, object, object], None]:
        def note(_module: nn.Module, _inputs: object, output: object) -> None:
            if isinstance(output, Tensor) and output.ndim == 4:
                grids.append((name, (output.shape[2], output.shape[3])))

        return note

    hooks = [
        model.get_submodule(name).register_forward_hook(hook_for(name)) for name in [*neighbours(model, layer), layer]
    ]
    try:
        with torch.inference_mode():
            model(images)
    finally:
        for hook in hooks:
            hook.remove()
    return grids
