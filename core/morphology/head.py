"""The attribute head: one linear layer on the features of a published network, kept beside its weights."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

from core.checkpoints import Checkpoint
from core.errors import CheckpointError
from core.evaluation.probabilities import Floats
from core.morphology.attributes import ATTRIBUTES, KEYS, OUTPUTS, columns
from core.storage import StoredModel

WEIGHTS = "attributes.safetensors"
CARD = "attributes.json"
PREDICTIONS = "attributes.parquet"


class AttributeCard(StoredModel):
    """How one attribute is told. temperature: of its softmax. sure_from: below this probability its value is said to
    be unsure; chosen on validation so that `aim` of the sure ones are right, 1.01 where that cannot be had. penalty: on
    the squared weights, chosen on validation."""

    key: str
    values: tuple[str, ...]
    temperature: float
    sure_from: float
    aim: float
    penalty: float


class HeadCard(StoredModel):
    """attributes.json. weights_sha256: of the network that gives the features. sha256: of attributes.safetensors.
    expected: cells of each class with each value among the training cells, [class][attribute][value]."""

    schema_version: Literal[1] = 1
    weights_sha256: str
    sha256: str
    features: int
    attributes: tuple[AttributeCard, ...]
    expected: dict[str, dict[str, dict[str, int]]]
    source: str
    split_hash: str
    counts: dict[str, int]
    citation: str
    licence: str
    versions: dict[str, str]


@dataclass(frozen=True, eq=False)
class Head:
    """weight (F, 31) float32 and bias (31,) from features to logits; see `attributes.columns` for what is where."""

    weight: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32]
    card: HeadCard

    def probabilities(self, features: npt.ArrayLike) -> Floats:
        """(N, F) -> (N, 31) calibrated: the columns of each attribute add up to 1."""
        logits = np.asarray(features, np.float32) @ self.weight + self.bias
        return softmaxes(logits, [attribute.temperature for attribute in self.card.attributes])

    @property
    def sure_from(self) -> Floats:
        """(11,) the least probability from which a value is told without doubt."""
        return np.array([attribute.sure_from for attribute in self.card.attributes])


def softmaxes(logits: npt.ArrayLike, temperatures: npt.ArrayLike) -> Floats:
    """(N, 31) logits and (11,) temperatures -> (N, 31) float64, a softmax over the columns of each attribute."""
    raw = np.asarray(logits, np.float64)
    probabilities = np.empty_like(raw)
    for part, temperature in zip(columns(), np.asarray(temperatures, np.float64), strict=True):
        powers = np.exp((raw[:, part] - raw[:, part].max(axis=1, keepdims=True)) / temperature)
        probabilities[:, part] = powers / powers.sum(axis=1, keepdims=True)
    return probabilities


def write_head(folder: Path, weight: npt.ArrayLike, bias: npt.ArrayLike, card: HeadCard) -> Head:
    """Both files in a checkpoint's folder, replaced if there; the head as it will be read, its weights of 16 bits.

    CheckpointError where a weight does not fit into 16 bits.
    """
    weight_16, bias_32 = np.ascontiguousarray(weight, np.float16), np.ascontiguousarray(bias, np.float32)
    if not (np.isfinite(weight_16).all() and np.isfinite(bias_32).all()):
        raise CheckpointError("The weights of the attribute head are too large to be kept in 16 bits.")
    data = save_arrays({"weight": weight_16, "bias": bias_32})
    card = card.model_copy(update={"sha256": hashlib.sha256(data).hexdigest()})
    (folder / WEIGHTS).write_bytes(data)
    (folder / CARD).write_text(card.model_dump_json(indent=1) + "\n", "utf-8")
    return Head(weight_16.astype(np.float32), bias_32, card)


def has_head(checkpoint: Checkpoint) -> bool:
    """Whether an attribute head lies beside the network that explains, sound or not."""
    return (checkpoint.lead.folder / CARD).is_file()


def read_head(checkpoint: Checkpoint) -> Head:
    """The head of a checkpoint, or of an ensemble's lead member.

    CheckpointError where it is missing, damaged, or was made for other weights.
    """
    lead = checkpoint.lead
    try:
        card = HeadCard.model_validate_json((lead.folder / CARD).read_bytes())
        data = (lead.folder / WEIGHTS).read_bytes()
    except OSError as error:
        raise CheckpointError(f"There is no attribute head of {lead.name}.") from error
    except ValidationError as error:
        raise CheckpointError(f"The attribute head of {lead.name} is damaged or of another version.") from error
    if card.weights_sha256 != lead.card.sha256:
        raise CheckpointError(f"The attribute head of {lead.name} is of other weights than those here; train it again.")
    if hashlib.sha256(data).hexdigest() != card.sha256:
        raise CheckpointError(f"The attribute head of {lead.name} is not the one that its card describes.")
    expected = [(attribute.key, attribute.values) for attribute in ATTRIBUTES]
    try:
        arrays = load_arrays(data)
        weight, bias = arrays["weight"].astype(np.float32), arrays["bias"].astype(np.float32)
    except (SafetensorError, KeyError) as error:
        raise CheckpointError(f"The attribute head of {lead.name} is damaged.") from error
    fits = weight.shape == (card.features, OUTPUTS) and bias.shape == (OUTPUTS,)
    if not fits or [(attribute.key, attribute.values) for attribute in card.attributes] != expected:
        raise CheckpointError(f"The attribute head of {lead.name} tells other attributes than this version knows.")
    return Head(weight, bias, card)


def check_head(checkpoint: Checkpoint) -> None:
    """CheckpointError where a checkpoint's folder holds a head that cannot be used; it need not have one."""
    if (checkpoint.folder / CARD).is_file():
        read_head(checkpoint)


def shares(card: HeadCard, label: str) -> dict[str, dict[str, float]]:
    """Of a class's training cells, the share with each value of each attribute; empty where none are known."""
    counts = card.expected.get(label, {})
    return {
        key: {value: number / max(1, sum(by_value.values())) for value, number in by_value.items()}
        for key, by_value in counts.items()
        if key in KEYS
    }
