"""Maps of the evidence for a class: Grad-CAM and its kin, Eigen-CAM, integrated gradients, occlusion, input gradient.

The formulas are those of the `grad-cam` package; its forward pass and its scaling are not used. It stretches
every map to 0..1 by its own minimum and maximum, so that noise looks like evidence, clears the model's
gradients, and writes new ones. Here one rule holds for every map (see `CamMap`), and the model is left as it
was found.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import nn

from core.errors import SmearlensError
from core.explain.pixels import integrated_gradients, occlusion, target_score
from core.models.registry import ArchitectureSpec

FLAT_BELOW = 0.01
"""A map whose contrast is at most this share of its largest absolute value is called flat."""


@dataclass(frozen=True)
class Method:
    """One way to draw a map of evidence.

    name: as typed in a command. title: as shown. shows: one sentence in plain words.
    formula: the class of the `grad-cam` package that computes it, or None for the gradient at the input.
    finer: whether it looks at an earlier, finer stage than the architecture's explain layer.
    pixels: computes the map from the pictures alone, for any architecture; None for the others.
    """

    name: str
    title: str
    shows: str
    formula: str | None = None
    finer: bool = False
    pixels: Callable[[nn.Module, torch.Tensor, Sequence[int]], np.ndarray] | None = None

    @property
    def quick(self) -> bool:
        """Whether one pass through the model is enough, so that a gallery of maps need not be waited for."""
        return self.pixels is None

    @property
    def needs_convolutions(self) -> bool:
        """Whether the method reads a feature map, which a model without convolutions does not have."""
        return self.formula is not None


METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method(
            "grad-cam",
            "Grad-CAM",
            "Shows the coarse areas of the picture that raised the score of this class.",
            formula="GradCAM",
        ),
        Method(
            "grad-cam++",
            "Grad-CAM++",
            "Like Grad-CAM, but small areas, and areas that look alike, count as much as one large area.",
            formula="GradCAMPlusPlus",
        ),
        Method(
            "layer-cam",
            "LayerCAM (finer)",
            "Looks one stage earlier in the model, where the squares are about half as wide: "
            "finer detail, but also more speckle.",
            formula="LayerCAM",
            finer=True,
        ),
        Method(
            "hires-cam",
            "HiResCAM",
            "Like Grad-CAM, but each square counts with its own weights, so that it shows only what the model used.",
            formula="HiResCAM",
        ),
        Method(
            "eigen-cam",
            "Eigen-CAM",
            "Shows what stands out to the model most, whatever the class: the map is the same for all of them.",
            formula="EigenCAM",
        ),
        Method(
            "input-gradient",
            "Input gradient",
            "Shows the pixels whose change would change the score of this class most; "
            "for a model of one layer it is the same in every picture.",
        ),
        Method(
            "integrated-gradients",
            "Integrated gradients",
            "Shares out among the parts of the picture what they add to the score of this class, "
            "beginning from a blurred picture. Takes about a second.",
            pixels=integrated_gradients,
        ),
        Method(
            "occlusion",
            "Occlusion",
            "Covers one part after the other with a blur, and shows where that costs the score of this class most. "
            "Takes a few seconds.",
            pixels=occlusion,
        ),
    )
}


def methods_for(spec: ArchitectureSpec) -> tuple[Method, ...]:
    """Methods that can explain this architecture, the default first."""
    convolutional = spec.explain_layer is not None
    return tuple(method for method in METHODS.values() if method.pixels or method.needs_convolutions == convolutional)


@dataclass(frozen=True, eq=False)
class CamMap:
    """Evidence for one class in one picture, on the grid on which the model really has it.

    values: (h, w) float32 in [0, 1]: the raw map, negative evidence cut to zero, divided by its own maximum.
        Its minimum is not moved to zero. All zeros where the map is flat. Row 0 is the top of the picture.
    scale: that maximum before the division, in class score (logit) for the CAM methods, where a square holds
        its share of the score, and in score per unit of normalised input for the input gradient.
    flat: no part stood out: highest and lowest value differ by at most `FLAT_BELOW` of the largest absolute
        value, counted before negative evidence was cut. A map that is negative everywhere, or of one square,
        is flat.
    method: name in `METHODS` of what was really computed. target: column of the class.
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
    model: nn.Module, spec: ArchitectureSpec, batch: torch.Tensor, targets: Sequence[int], method: str
) -> list[CamMap]:
    """Map the evidence for class `targets[i]` in picture i; quick methods take one forward and one backward pass.

    batch: (N, 3, S, S) normalised float; it is moved to the model's device. targets: N columns of the model's
    output. method: a name in `METHODS`; an architecture without convolutions gets its input gradient whatever
    is asked, and the maps say so. The first use of a finer method on a model and size adds a forward pass of
    one picture, to measure its stages.

    Safe from several threads (a lock per model), beside threads that only use the model, and under `no_grad`
    or `inference_mode`, as long as the model was not built under `inference_mode`. The model's mode, hooks
    and gradients are left as they were found.

    Raises SmearlensError for an unknown method or a model whose answer is not a number, ValueError for
    arguments that do not fit together.
    """
    chosen = _choose(spec, method)
    if batch.ndim != 4 or len(batch) != len(targets):
        raise ValueError(f"{len(targets)} targets do not fit a batch of shape {tuple(batch.shape)}")
    if len(batch) == 0:
        return []
    held = _hold(model)
    # A tensor made under inference_mode cannot enter a backward pass: hence the clone, made outside of it.
    with held.lock, torch.inference_mode(False), _evaluating(model):
        images = batch.detach().to(next(model.parameters()).device).clone()
        if chosen.pixels is not None:
            signed = chosen.pixels(model, images, targets)
        elif chosen.formula is None or spec.explain_layer is None:
            signed = _input_gradient(model, images, targets)
        else:
            layer = spec.explain_layer
            if chosen.finer:
                layer = held.finer_layer(model, layer, images)
            activations, gradients = _activations_and_gradients(model, layer, images, targets)
            signed = _apply_formula(chosen.formula, model, activations, gradients)
    return [_as_map(one, chosen.name, target) for one, target in zip(signed, targets, strict=True)]


def _choose(spec: ArchitectureSpec, method: str) -> Method:
    if method not in METHODS:
        raise SmearlensError(f"There is no method “{method}”; choose from {', '.join(METHODS)}.")
    chosen = METHODS[method]
    return methods_for(spec)[0] if chosen.needs_convolutions and spec.explain_layer is None else chosen


def _as_map(signed: np.ndarray, method: str, target: int) -> CamMap:
    """Apply the one rule by which a raw map (h, w) becomes values in 0..1; see `CamMap`."""
    if not np.isfinite(signed).all():
        raise SmearlensError("The model's answer for this picture is not a number, so no reason is shown.")
    raw = np.maximum(signed, 0).astype(np.float32)
    scale = float(raw.max())
    flat = bool(scale - raw.min() <= FLAT_BELOW * np.abs(signed).max())
    values = np.zeros_like(raw) if flat else raw / np.float32(scale)
    return CamMap(values, scale, flat, method, int(target))


# --- passes through the model -------------------------------------------------------------------------------


def _input_gradient(model: nn.Module, images: torch.Tensor, targets: Sequence[int]) -> np.ndarray:
    """(N, S, S): largest absolute gradient over the colours of a pixel (Simonyan et al. 2014)."""
    images.requires_grad_()
    with torch.enable_grad():
        score = target_score(model(images), targets)
    (gradient,) = torch.autograd.grad(score, images)
    return np.asarray(gradient.abs().amax(dim=1).float().cpu().numpy())


def _activations_and_gradients(
    model: nn.Module, layer: str, images: torch.Tensor, targets: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Output of `layer` and the gradient of the targets' scores there, both (N, channels, h, w) float32."""
    seen: list[torch.Tensor] = []

    def cut(_: str, output: torch.Tensor) -> torch.Tensor:
        # The graph begins here, so that nothing before this layer is kept or differentiated, frozen or not.
        # What follows gets a clone, because it may work in place (ReLU) and would overwrite what was seen.
        seen.append(output.detach().requires_grad_())
        torch.set_grad_enabled(True)
        return seen[-1].clone()

    with torch.no_grad(), _watching(model, [layer], cut):
        score = target_score(model(images), targets)
    if len(seen) != 1 or seen[0].ndim != 4:
        raise ValueError(f"layer {layer!r} must give one feature map (N, channels, h, w) in a forward pass")
    (gradient,) = torch.autograd.grad(score, seen, materialize_grads=True)
    return seen[0].detach().float().cpu().numpy(), gradient.float().cpu().numpy()


def _apply_formula(name: str, model: nn.Module, activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """Signed map (N, h, w) by a formula of the `grad-cam` package, before any rescaling."""
    if name == "EigenCAM":
        return np.stack([_eigen(one) for one in activations])
    import pytorch_grad_cam  # takes seconds to import, and only explaining needs it

    # Every formula is unchanged when gradients grow and activations shrink by one factor. Grad-CAM++ adds
    # 1e-6 to squared gradients, which on fine grids are smaller than that: so the largest gradient is made 1.
    largest = np.abs(gradients).max(axis=(1, 2, 3), keepdims=True)
    factor = np.where(largest > 0, largest, 1)
    formula = getattr(pytorch_grad_cam, name)(model=model, target_layers=[])  # no layers: it adds no hooks
    signed = formula.get_cam_image(None, None, None, activations * factor, gradients / factor, False)
    return np.asarray(signed)


def _eigen(activations: np.ndarray) -> np.ndarray:
    """(channels, h, w) -> (h, w): the first principal component over the squares, as the package projects on it, but
    with the sign that makes it rise with what is active (the package leaves it to chance)."""
    squares = activations.reshape(len(activations), -1).T
    centred = squares - squares.mean(axis=0)
    projected = centred @ np.linalg.svd(centred, full_matrices=False)[2][0]
    rising = projected if projected @ squares.sum(axis=1) >= 0 else -projected
    shaped: np.ndarray = rising.reshape(activations.shape[1:])
    return shaped


# --- leaving the model as found -----------------------------------------------------------------------------


@dataclass
class _Held:
    """What is remembered of one model while it lives: its lock; its finer layer by layer and input size."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    finer: dict[tuple[str, int, int], str] = field(default_factory=dict)

    def finer_layer(self, model: nn.Module, layer: str, images: torch.Tensor) -> str:
        key = (layer, images.shape[2], images.shape[3])
        if key not in self.finer:
            self.finer[key] = _find_finer_layer(model, layer, images[:1])
        return self.finer[key]


_HELD: WeakKeyDictionary[nn.Module, _Held] = WeakKeyDictionary()
_HELD_LOCK = threading.Lock()


def _hold(model: nn.Module) -> _Held:
    with _HELD_LOCK:
        return _HELD.setdefault(model, _Held())


@contextmanager
def _evaluating(model: nn.Module) -> Iterator[None]:
    """Evaluation mode inside; each module's own mode again outside."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


@contextmanager
def _watching(
    model: nn.Module, layers: Sequence[str], see: Callable[[str, torch.Tensor], torch.Tensor | None]
) -> Iterator[None]:
    """Call `see(layer, output)` at each of the layers; what it returns, if anything, replaces the output."""
    ours = threading.get_ident()

    def hook_for(layer: str) -> Callable[[nn.Module, object, torch.Tensor], torch.Tensor | None]:
        # Other threads may be reading photos with the same model: their passes are not ours to touch.
        return lambda _module, _inputs, output: see(layer, output) if threading.get_ident() == ours else None

    handles = [model.get_submodule(layer).register_forward_hook(hook_for(layer)) for layer in layers]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _find_finer_layer(model: nn.Module, layer: str, image: torch.Tensor) -> str:
    """The latest stage before `layer` with twice its rows and columns or more, or `layer` if there is none.

    Stages are the neighbours of `layer` and of the modules that contain it (for ResNet's `layer4`, `layer3`),
    not the inner layers of blocks, which a skip connection may go around. Twice is meant as convolutions
    halve: 15 rows become 8.
    """
    grids: list[tuple[str, tuple[int, ...]]] = []

    def note(name: str, output: torch.Tensor) -> None:
        if isinstance(output, torch.Tensor) and output.ndim == 4:
            grids.append((name, tuple(output.shape[2:])))

    with torch.no_grad(), _watching(model, [*_neighbours(model, layer), layer], note):
        model(image)
    earlier = grids[: [name for name, _ in grids].index(layer)]
    height, width = dict(grids)[layer]
    finer = [
        name for name, (rows, columns) in earlier if rows >= max(2, 2 * height - 1) and columns >= max(2, 2 * width - 1)
    ]
    return finer[-1] if finer else layer


def _neighbours(model: nn.Module, layer: str) -> list[str]:
    """Dotted paths of the modules beside `layer` and beside each module that contains it."""
    parts = layer.split(".")
    paths = []
    for depth, own in enumerate(parts):
        parent = model.get_submodule(".".join(parts[:depth]))
        paths += [".".join([*parts[:depth], name]) for name, _ in parent.named_children() if name != own]
    return paths
