"""What an architecture must obey besides what its entry says: asked before it is trained, and in tests of all of them.

Found by building it once, without memory for weights.
"""

from collections.abc import Iterator

import torch
from torch import nn

from core.models.registry import MIN_INPUT, ArchitectureSpec
from core.models.stages import Grid, finer_stage, grids_of
from core.registry import RegistrationError

CLASSES = 5
SMALLEST_MAP = 3
"""Rows and columns of the last map at MIN_INPUT: a map of one square says nothing of where the evidence lies."""


def check_network(spec: ArchitectureSpec) -> None:
    """RegistrationError with a sentence for each rule that its network breaks."""
    problems = list(_problems(spec))
    if problems:
        raise RegistrationError(f"The architecture {spec.name!r} breaks a rule. {' '.join(problems)}")


def _problems(spec: ArchitectureSpec) -> Iterator[str]:
    with torch.device("meta"):
        model = spec.build(CLASSES, MIN_INPUT).eval()
    modules = dict(model.named_modules())
    head = modules.get(spec.head)
    if not isinstance(head, nn.Linear):
        yield f"Its head {spec.head!r} is no Linear of the network; name the module that gives the logits."
    elif head.out_features != CLASSES:
        yield f"Its head gives {head.out_features} logits for {CLASSES} classes; take the number that build is given."
    convolutional = any(isinstance(module, nn.Conv2d) for module in modules.values())
    if spec.explain_layer is None:
        if convolutional:
            yield "It has convolutions; name in explain_layer the module that gives its last map."
    elif spec.explain_layer not in modules:
        yield f"Its explain_layer {spec.explain_layer!r} is no module of the network."
    else:
        picture = torch.empty(1, 3, MIN_INPUT, MIN_INPUT, device="meta")
        yield from _problems_of_maps(spec.explain_layer, grids_of(model, spec.explain_layer, picture))


def _problems_of_maps(layer: str, grids: list[Grid]) -> Iterator[str]:
    if layer not in dict(grids):
        yield f"Its explain_layer {layer!r} gives no map (N, C, h, w)."
        return
    rows, columns = dict(grids)[layer]
    if min(rows, columns) < SMALLEST_MAP:
        yield (
            f"Its last map has {rows} × {columns} squares at {MIN_INPUT} pixels; shrink small pictures less, "
            f"so that it has {SMALLEST_MAP} × {SMALLEST_MAP} at least."
        )
    if finer_stage(grids, layer) is None:
        yield f"No stage before {layer!r} is twice as fine, so that LayerCAM has nothing to look at."
