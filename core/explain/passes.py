"""Passes through a model that leave it as it was found: they go through a private copy on the same weights."""

import copy
import threading
from collections import OrderedDict
from collections.abc import Sequence
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from core.models.stages import finer_stage, grids_of


def private_copy(model: nn.Module) -> nn.Module:
    """The same network on the same memory for weights, in evaluation mode, with hooks and gradients of its own.

    Hooks that others have put on the model are not copied, and no weight asks for a gradient. A few milliseconds.
    """
    known: dict[int, object] = {
        id(weight): nn.Parameter(weight.detach(), requires_grad=False) for weight in model.parameters()
    }
    known |= {id(buffer): buffer for buffer in model.buffers()}
    for module in model.modules():
        known |= {id(hooks): OrderedDict() for name, hooks in vars(module).items() if name.endswith("_hooks")}
    return copy.deepcopy(model, known).eval()


def target_score(logits: Tensor, targets: Sequence[int]) -> Tensor:
    """Sum over the batch of each picture's logit for its target; pictures do not mix in evaluation mode."""
    return target_scores(logits, targets).sum()


def target_scores(logits: Tensor, targets: Sequence[int]) -> Tensor:
    """(N, K) logits -> (N,) of the targets."""
    return logits.gather(1, torch.tensor(targets, device=logits.device)[:, None])[:, 0]


_FINER: WeakKeyDictionary[nn.Module, dict[tuple[str, int], str]] = WeakKeyDictionary()
_FINER_LOCK = threading.Lock()


def finer_layer(model: nn.Module, twin: nn.Module, layer: str, images: Tensor) -> str:
    """The latest stage before `layer` with twice its rows and columns, or `layer` where there is none.

    Found with a private copy, and remembered of the model by layer and size of picture while it lives.
    """
    with _FINER_LOCK:
        known = _FINER.setdefault(model, {})
    key = layer, images.shape[-1]
    if key not in known:
        known[key] = finer_stage(grids_of(twin, layer, images[:1]), layer) or layer
    return known[key]
