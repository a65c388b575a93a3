"""Beginning from weights that someone has trained before, checked before a single one is used."""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

import torch
import torchvision.models
from pydantic import AliasChoices, AliasPath, BaseModel, Field, ValidationError
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from core.errors import CheckpointError
from core.models.normalization import Triple
from core.models.registry import PLAIN, ArchitectureSpec, Pretrained, build, find_architecture
from core.settings import checkpoints_folder, data_folder


@dataclass(frozen=True)
class Start:
    """What a network begins from.

    `loaded` counts tensors taken over, `fresh` names the modules that keep their random weights, `mean` and
    `std` (RGB, of pixels scaled to 0..1) are what the weights expect of the pictures.
    """

    description: str
    loaded: int
    fresh: tuple[str, ...]
    mean: Triple = PLAIN
    std: Triple = PLAIN


class _Scale(BaseModel):
    mean: Triple
    std: Triple
    size: int = 0


class _CardFacts(BaseModel):
    """What of a checkpoint's card matters here; the whole card is core.checkpoints' business."""

    architecture: str
    sha256: str
    preprocessing: _Scale = Field(
        validation_alias=AliasChoices(AliasPath("classifier", "preprocessing"), "preprocessing")
    )
    """In its section, or, in a card of schema version 1, beside the rest."""


@dataclass(frozen=True)
class _Weights:
    """Tensors by name as found, and what is known of them; `optional` modules may be absent or differ."""

    description: str
    tensors: dict[str, Tensor]
    optional: tuple[str, ...] = ()
    mean: Triple = PLAIN
    std: Triple = PLAIN


def begin_from(model: nn.Module, spec: ArchitectureSpec, source: str, checkpoints: Path | None = None) -> Start:
    """Load weights into a freshly built `model` of `spec`, in place.

    `source` is "none", "torchvision" (downloads once; the only one to touch the network), "data" (the file
    that the spec lists, in SMEARLENS_DATA/weights), "checkpoint:NAME" (one of ours, in the folder
    `checkpoints`) or the path of a .safetensors, .pth or .pt file with a state dict. A head for other classes
    is dropped.

    CheckpointError in one sentence where the weights are missing, damaged, unreachable or of another
    network; the model is then untouched.
    """
    if source == "none":
        return Start("random weights", 0, tuple(name for name, _ in model.named_children()))
    weights = _weights_of(spec, source, checkpoints or checkpoints_folder())
    tensors, fresh = _fit(model, spec, weights)
    model.load_state_dict(tensors, strict=False)
    return Start(weights.description, len(tensors), fresh, weights.mean, weights.std)


def _weights_of(spec: ArchitectureSpec, source: str, checkpoints: Path) -> _Weights:
    """The weights that `source` means for this architecture."""
    if source == "torchvision":
        return _from_torchvision(spec, _listed(spec, "torchvision"))
    if source == "data":
        return _from_data(spec, _listed(spec, "data"))
    if source.startswith("checkpoint:"):
        return _from_checkpoint(spec, source.removeprefix("checkpoint:"), checkpoints)
    if Path(source).suffix in (".safetensors", ".pth", ".pt"):
        return _from_file(spec, Path(source).expanduser())
    raise CheckpointError(
        f"There are no weights called {source}; a model can begin from none, torchvision, data, "
        "checkpoint:NAME or a .safetensors, .pth or .pt file."
    )


def _listed(spec: ArchitectureSpec, kind: str) -> Pretrained:
    """The spec's weights of that kind."""
    for entry in spec.pretrained:
        if entry.kind == kind:
            return entry
    possible = [entry.kind for entry in spec.pretrained] + ["a file", "checkpoint:NAME", "none"]
    raise CheckpointError(f"{spec.title} cannot begin from {kind}, only from {', '.join(possible)}.")


def _from_torchvision(spec: ArchitectureSpec, entry: Pretrained) -> _Weights:
    """Torchvision's weights through its own loader, which keeps a copy and verifies the download's hash."""
    try:
        tensors = torchvision.models.get_model(spec.name, weights=entry.name).state_dict()
    except Exception as error:  # the loader raises whatever urllib, hashlib, zipfile or pickle raise
        raise CheckpointError(
            f"The weights {entry.name} could not be fetched from torchvision's server; check the connection, "
            "or begin from a file or from none."
        ) from error
    return _Weights(f"torchvision {entry.name}", tensors, entry.fresh, entry.mean, entry.std)


def _from_data(spec: ArchitectureSpec, entry: Pretrained) -> _Weights:
    """A file of the weights folder beside the data sets."""
    root = data_folder()
    if root is None:
        raise CheckpointError(
            f"The weights {entry.name} belong in the folder weights of SMEARLENS_DATA, which is not set."
        )
    return _from_file(spec, root / "weights" / entry.name)


@dataclass(frozen=True)
class Teacher:
    """A published network that labels pictures for another: (N, 3, size, size), scaled by mean and std, to logits."""

    net: nn.Module
    architecture: str
    size: int
    mean: Triple
    std: Triple
    sha256: str


def load_teacher(name: str, classes: int, checkpoints: Path | None = None) -> Teacher:
    """A published checkpoint of ours as a teacher for so many classes; CheckpointError where it cannot be had."""
    folder = checkpoints or checkpoints_folder()
    card = _card_facts(name, folder)
    spec = find_architecture(card.architecture)
    net = build(spec.name, classes, card.preprocessing.size)
    if begin_from(net, spec, f"checkpoint:{name}", folder).fresh:
        raise CheckpointError(f"The checkpoint {name} tells other classes apart, so it cannot teach these.")
    scale = card.preprocessing
    return Teacher(net.eval(), spec.name, scale.size, scale.mean, scale.std, card.sha256)


def _card_facts(name: str, checkpoints: Path) -> _CardFacts:
    """What matters here of the card of a published checkpoint of ours."""
    folder = checkpoints / name
    if not name or Path(name).name != name or not (folder / "weights.safetensors").is_file():
        raise CheckpointError(f"There is no checkpoint called {name or 'nothing'}.")
    try:
        return _CardFacts.model_validate_json((folder / "card.json").read_bytes())
    except (OSError, ValidationError) as error:
        raise CheckpointError(f"The card of the checkpoint {name} is missing or damaged.") from error


def _from_checkpoint(spec: ArchitectureSpec, name: str, checkpoints: Path) -> _Weights:
    """A published checkpoint of ours, of the same architecture and with the weights that its card names."""
    card = _card_facts(name, checkpoints)
    path = checkpoints / name / "weights.safetensors"
    if card.architecture != spec.name:
        raise CheckpointError(f"The checkpoint {name} is of {card.architecture}, not of {spec.name}.")
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != card.sha256:
            raise CheckpointError(f"The weights of the checkpoint {name} are not those that its card names.")
    tensors, _ = _read_safetensors(path)
    return _Weights(f"checkpoint {name}", tensors, (), card.preprocessing.mean, card.preprocessing.std)


def _from_file(spec: ArchitectureSpec, path: Path) -> _Weights:
    """A state dict in a local file.

    Mean and std are those listed where the file's name is one the spec lists (also as torchvision serves it),
    else what a safetensors file's own notes say, else PLAIN.
    """
    if not path.is_file():
        raise CheckpointError(f"There is no file {path.name} in {path.parent}.")
    tensors, notes = _read_safetensors(path) if path.suffix == ".safetensors" else (_read_pickle(path), {})
    for entry in spec.pretrained:
        if path.name == _file_name(entry):
            return _Weights(f"file {path.name}", tensors, entry.fresh, entry.mean, entry.std)
    optional = tuple(part for entry in spec.pretrained for part in entry.fresh)
    mean, std = _triple(notes, "mean"), _triple(notes, "std")
    return _Weights(f"file {path.name}", tensors, optional, mean or PLAIN, std or PLAIN)


def _file_name(entry: Pretrained) -> str:
    """What the file of listed weights is called where it is kept or served."""
    return entry.name if entry.kind == "data" else Path(torchvision.models.get_weight(entry.name).url).name


def _read_safetensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors and notes of a safetensors file."""
    try:
        with safe_open(path, "pt") as file:
            return {key: file.get_tensor(key) for key in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"The file {path.name} is damaged or is not a safetensors file.") from error


def _read_pickle(path: Path) -> dict[str, Tensor]:
    """Tensors of a file that torch.save wrote, bare or under "state_dict" or "model"; runs no code of it."""
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch.load raises half a dozen unrelated kinds for damaged or unsafe files
        raise CheckpointError(f"The file {path.name} is damaged or holds more than plain weights.") from error
    for key in ("state_dict", "model"):
        if isinstance(content, dict) and isinstance(content.get(key), dict):
            content = content[key]
    if not isinstance(content, dict) or not all(isinstance(value, Tensor) for value in content.values()):
        raise CheckpointError(f"The file {path.name} holds something other than the weights of one network.")
    return {_present_name(str(key)): value for key, value in content.items()}


def _present_name(key: str) -> str:
    """A tensor's name without data-parallel training's prefix, and as DenseNet's layers are called now."""
    return re.sub(r"(denselayer\d+\.(?:norm|conv))\.(?=[12]\.)", r"\1", key.removeprefix("module."))


def _triple(notes: dict[str, str], key: str) -> Triple | None:
    """Three numbers, written as a JSON list, from a file's notes."""
    try:
        red, green, blue = (float(value) for value in json.loads(notes[key]))
    except (KeyError, ValueError, TypeError):
        return None
    return red, green, blue


def _fit(model: nn.Module, spec: ArchitectureSpec, weights: _Weights) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    """The tensors to load and the modules that stay fresh; CheckpointError unless the rest fits exactly."""
    own, loaded = _counted(model.state_dict()), _counted(weights.tensors)
    fresh: list[str] = []
    for part in (spec.head, *weights.optional):  # the head first: it alone may differ in a part that holds it
        if _shapes(own, part) != _shapes(loaded, part):
            fresh = [inner for inner in fresh if not inner.startswith(f"{part}.")] + [part]
            own, loaded = _without(own, part), _without(loaded, part)
    names = sorted(own.keys() | loaded.keys())
    mismatched = [name for name in names if _shape(own, name) != _shape(loaded, name)]
    if mismatched:
        raise CheckpointError(
            f"The weights ({weights.description}) are not those of {spec.title} for this size of picture: "
            f"{mismatched[0]} does not fit."
        )
    if not all(bool(torch.isfinite(value).all()) for value in loaded.values()):
        raise CheckpointError(f"The weights ({weights.description}) are damaged: some are not numbers.")
    return loaded, tuple(fresh)


def _counted(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Without batch normalisation's step counters, which say nothing to a new training."""
    return {key: value for key, value in tensors.items() if not key.endswith(".num_batches_tracked")}


def _without(tensors: dict[str, Tensor], part: str) -> dict[str, Tensor]:
    return {key: value for key, value in tensors.items() if not key.startswith(f"{part}.")}


def _shape(tensors: dict[str, Tensor], name: str) -> torch.Size | None:
    return tensors[name].shape if name in tensors else None


def _shapes(tensors: dict[str, Tensor], part: str) -> dict[str, torch.Size]:
    """Shapes by name of the tensors under a module."""
    return {key: value.shape for key, value in tensors.items() if key.startswith(f"{part}.")}
