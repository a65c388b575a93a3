"""What is tried so that a model reads other laboratories: each run declared, one setting changed at a time."""

from dataclasses import dataclass
from typing import Any

from core.datasets.laboratories import HOME
from core.experiments.domain_shift.reframing import How
from core.experiments.frame import Experiment
from core.imaging.stain import ColourMethod
from core.training.recipe import Recipe, make_recipe

FOUR = (HOME, "jtsc", "chula", "bccd")
"""The laboratories that were at hand when this was tried; `strangers` goes on with more."""

SHIPPED = "mobilenet_v2"
"""The checkpoint that the runs without training read with: a single network, quick, and learned from PBC alone."""


@dataclass(frozen=True)
class LabRun:
    """note: what sets it apart, in a sentence.

    recipe: how its network is trained; None where it reads with SHIPPED. how, colours, single: framing, colours, and
    whether colours are brought to PBC's picture by picture. norms: how far batch normalisation is drawn to the
    statistics of each laboratory's own pictures, 0 (kept) to 1.
    """

    name: str
    title: str
    note: str
    recipe: Recipe | None = None
    how: How = "as read"
    colours: ColourMethod = "as they are"
    single: bool = False
    norms: float = 0.0

    @property
    def learned(self) -> tuple[str, ...]:
        """Laboratories that its network learned from."""
        return self.recipe.learned if self.recipe else (HOME,)

    def settings(self) -> dict[str, Any]:
        """How it reads, as a record keeps it."""
        return {"how": self.how, "colours": self.colours, "single": self.single, "norms": self.norms}


BASE: dict[str, Any] = {
    "architecture": "mobilenet_v2",
    "sources": [HOME],
    "input_size": 96,
    "begin_from": "data",
    "epochs": 6,
    "epoch_images": 4000,
    "learning_rate": 0.0015,
    "weight_decay": 0.02,
    "label_smoothing": 0.05,
    "ema_decay": 0.99,
    "augment": "smear",
    "sizes": [[1, 64], [4, 96]],
    "seed": 1,
}
"""Short enough for an afternoon of all runs on one thread; the shipped models learn longer."""


def _read(name: str, title: str, note: str, **changes: Any) -> LabRun:
    return LabRun(name, title, note, **changes)


def _trained(name: str, title: str, note: str, **changes: Any) -> LabRun:
    return LabRun(name, title, note, make_recipe(BASE | {"name": name} | changes))


def _without(lab: str) -> LabRun:
    note = f"Learned from all laboratories but {lab}, each as often as the others; {lab} is read as one never seen."
    return _trained(
        f"without-{lab}",
        f"all but {lab}",
        note,
        sources=list(FOUR),
        balance="lab",
        augment="stain",
        leave_out_lab=lab,
    )


def _few(lab: str) -> LabRun:
    note = f"PBC and a hundred cells of {lab}, validation among them, each source as often as the other."
    return _trained(
        f"few-{lab}",
        f"a hundred cells of {lab}",
        note,
        sources=[HOME, lab],
        balance="lab",
        augment="stain",
        most_others=100,
    )


RUNS: tuple[LabRun, ...] = (
    _read("as-read", "as it is", "The shipped network, cells framed by the finder, of fields by the marked box."),
    _read("boxes", "marked boxes", "Each cell framed by its marked box, at PBC's margin.", how="boxes"),
    _read("whole", "whole pictures", "Pictures taken whole, of fields the middle.", how="whole"),
    _read("found", "finder alone", "The finder alone, which of a field sees the whole.", how="found"),
    _read(
        "white-balance",
        "white balance",
        "The glass between the cells brought to the colour that it has in PBC, for each laboratory at once.",
        colours="white balance",
    ),
    _read(
        "reinhard",
        "Reinhard, by laboratory",
        "Mean and spread of L*a*b* brought to PBC's, for each laboratory at once.",
        colours="reinhard",
    ),
    _read(
        "reinhard-single",
        "Reinhard, by picture",
        "Mean and spread of L*a*b* brought to PBC's, picture by picture.",
        colours="reinhard",
        single=True,
    ),
    _read(
        "macenko",
        "Macenko, by laboratory",
        "The two stains brought to PBC's, for each laboratory at once.",
        colours="macenko",
    ),
    _read(
        "macenko-single",
        "Macenko, by picture",
        "The two stains brought to PBC's, picture by picture.",
        colours="macenko",
        single=True,
    ),
    _read(
        "norms-of-lab",
        "batch statistics of the laboratory",
        "Batch normalisation with the statistics of the laboratory's own unlabelled pictures.",
        norms=1.0,
    ),
    _read(
        "norms-half",
        "batch statistics, half and half",
        "Batch normalisation half-way between its own statistics and the laboratory's.",
        norms=0.5,
    ),
    _read(
        "white-norms",
        "white balance and batch statistics",
        "White balance by laboratory, then batch statistics half-way.",
        colours="white balance",
        norms=0.5,
    ),
    _trained("pbc", "usual augmentation", "PBC alone, augmented as the shipped models are."),
    _trained("pbc-shape", "no colour augmentation", "PBC alone, colours left as they are.", augment="shape"),
    _trained("pbc-stain", "stain augmentation", "PBC alone, stains and colours changed strongly.", augment="stain"),
    _trained("pbc-wide", "stain and size augmentation", "The same, and cells of .6 to 1.6 times.", augment="wide"),
    _trained("pbc-hard", "poor photos", "PBC alone, pictures blurred, grainy, compressed, badly lit.", augment="hard"),
    _trained("pbc-both", "stain augmentation and poor photos", "PBC alone, both of these.", augment="stain-hard"),
    _trained(
        "pbc-frozen", "frozen batch norm", "PBC alone, batch normalisation as ImageNet left it.", freeze_norms=True
    ),
    _trained("pbc-batch", "ResNet-18, batch norm", "PBC alone, by ResNet-18.", architecture="resnet18"),
    _trained(
        "pbc-group",
        "ResNet-18, group norm",
        "PBC alone, by ResNet-18 with group normalisation; its norms begin anew.",
        architecture="resnet18_gn",
    ),
    *(_without(lab) for lab in FOUR),
    *(_few(lab) for lab in FOUR if lab != HOME),
    _trained(
        "all-labs",
        "all laboratories",
        "Learned from the training splits of all laboratories, each as often as the others.",
        sources=list(FOUR),
        balance="lab",
        augment="stain",
    ),
)


EXPERIMENT = Experiment("labs", "The experiment on laboratories", RUNS)
