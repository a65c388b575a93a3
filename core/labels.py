"""The cells that models tell apart: their names, what they look like, their colours, and how class lists map."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

BAIN = "Bain BJ, Blood Cells: A Practical Guide, 6th ed., Wiley 2022, chapter 3"
PALMER = "Palmer L et al., ICSH recommendations for peripheral blood cell morphology, Int J Lab Hematol 2015;37:287-303"


@dataclass(frozen=True)
class CellClass:
    """One kind of cell. `key` is its name in data sets and files; `colour` is the same in every chart.

    plural: of its name, where that is not the name with an s.
    """

    key: str
    name: str
    abbreviation: str
    definition: str
    source: str
    colour: str
    plural: str = ""


@dataclass(frozen=True)
class LabelSpace:
    """An ordered list of classes; the order is that of a model's outputs."""

    name: str
    title: str
    classes: tuple[CellClass, ...]

    def __len__(self) -> int:
        return len(self.classes)

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(cell.key for cell in self.classes)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(cell.name for cell in self.classes)

    @property
    def colours(self) -> dict[str, str]:
        return {cell.key: cell.colour for cell in self.classes}

    def index(self, key: str) -> int:
        """Position of a class; ValueError naming the known keys otherwise."""
        if key not in self.keys:
            raise ValueError(f"{key!r} is not one of {', '.join(self.keys)}")
        return self.keys.index(key)

    def __getitem__(self, key: str) -> CellClass:
        return self.classes[self.index(key)]


NO_CELL = "no cell"
"""A person's word where there is no cell to be counted."""

LOOKALIKES = ("lymphocyte", "monocyte", "ig")
"""Classes that blasts are taken for."""


@dataclass(frozen=True, eq=False)
class Probabilities:
    """A model's probabilities of one cell: a row of an (N, K) array with its label space.

    values: (K,) float64 in the order of the space.
    """

    space: LabelSpace
    values: npt.NDArray[np.float64]

    def __getitem__(self, key: str) -> float:
        return float(self.values[self.space.index(key)])

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Probabilities)
            and self.space == other.space
            and bool(np.array_equal(self.values, other.values))
        )

    __hash__ = None  # type: ignore[assignment]

    @property
    def label(self) -> str:
        """Key of the likeliest class."""
        return self.space.keys[int(self.values.argmax())]

    @property
    def confidence(self) -> float:
        """Probability of the likeliest class."""
        return float(self.values.max())

    def ranked(self) -> list[tuple[str, float]]:
        """Key and probability of every class, the likeliest first."""
        return [
            (self.space.keys[place], float(self.values[place])) for place in np.argsort(-self.values, kind="stable")
        ]

    def as_dict(self) -> dict[str, float]:
        """By class key, in the order of the space: for JSON."""
        return dict(zip(self.space.keys, self.values.tolist(), strict=True))


# Colours: Okabe and Ito's colour-blind-safe set, the light ones darkened to stand on white as on black.
_BASOPHIL = CellClass(
    "basophil",
    "Basophil",
    "BA",
    "Coarse violet-black granules fill the cell and often hide a nucleus with few lobes.",
    BAIN,
    "#0072B2",
)
_EOSINOPHIL = CellClass(
    "eosinophil",
    "Eosinophil",
    "EO",
    "Nucleus usually of two lobes; the cytoplasm is packed with round orange-red granules of one size.",
    BAIN,
    "#D55E00",
)
_ERYTHROBLAST = CellClass(
    "erythroblast",
    "Erythroblast",
    "ERB",
    "Nucleated red cell: small, round, very dense nucleus; cytoplasm from blue to grey-pink as it matures.",
    BAIN,
    "#CC79A7",
)
_IG = CellClass(
    "ig",
    "Immature granulocyte",
    "IG",
    "Promyelocyte, myelocyte or metamyelocyte: nucleus round to indented, short of a band; granules present.",
    PALMER,
    "#B8860B",
)
_LYMPHOCYTE = CellClass(
    "lymphocyte",
    "Lymphocyte",
    "LY",
    "Round or slightly notched nucleus with dense, clumped chromatin; a rim of clear blue cytoplasm.",
    BAIN,
    "#009E73",
)
_MONOCYTE = CellClass(
    "monocyte",
    "Monocyte",
    "MO",
    "Large; folded or kidney-shaped nucleus with lacy chromatin; grey-blue cytoplasm, often with vacuoles.",
    BAIN,
    "#3A9BD9",
)
_NEUTROPHIL = CellClass(
    "neutrophil",
    "Neutrophil",
    "NE",
    "Nucleus a band or of two to five lobes joined by threads; pale pink cytoplasm with very fine granules.",
    PALMER,
    "#8E5EA2",
)
_PLATELET = CellClass(
    "platelet",
    "Platelet",
    "PLT",
    "Small fragment without a nucleus, 2 to 4 µm, with fine purple granules.",
    BAIN,
    "#7F7F7F",
)


def _finer(key: str, name: str, abbreviation: str, definition: str, colour: str) -> CellClass:
    return CellClass(key, name, abbreviation, definition, PALMER, colour)


_BAND = _finer(
    "band neutrophil",
    "Band neutrophil",
    "BNE",
    "Nucleus a curved band without segments: no part is a mere thread.",
    "#8E5EA2",
)
_SEGMENTED = _finer(
    "segmented neutrophil",
    "Segmented neutrophil",
    "SNE",
    "Nucleus of two to five lobes joined by threads of chromatin.",
    "#B48EC7",
)
_PROMYELOCYTE = _finer(
    "promyelocyte",
    "Promyelocyte",
    "PMY",
    "Large cell; round eccentric nucleus, often a nucleolus; coarse azure granules, also over the nucleus.",
    "#8A6508",
)
_MYELOCYTE = _finer(
    "myelocyte",
    "Myelocyte",
    "MY",
    "Round to oval nucleus without nucleolus; fine specific granules in pinkish cytoplasm.",
    "#B8860B",
)
_METAMYELOCYTE = _finer(
    "metamyelocyte",
    "Metamyelocyte",
    "MMY",
    "Nucleus indented like a kidney, by less than half of its width.",
    "#D6A83C",
)

PBC8 = LabelSpace(
    "pbc8",
    "Eight kinds of blood cell (PBC, BloodMNIST)",
    (_BASOPHIL, _EOSINOPHIL, _ERYTHROBLAST, _IG, _LYMPHOCYTE, _MONOCYTE, _NEUTROPHIL, _PLATELET),
)
WBC5 = LabelSpace(
    "wbc5", "Five kinds of white blood cell", (_BASOPHIL, _EOSINOPHIL, _LYMPHOCYTE, _MONOCYTE, _NEUTROPHIL)
)
KAGGLE4 = LabelSpace(
    "kaggle4",
    "Four kinds of white blood cell (Kaggle)",
    (_EOSINOPHIL, _LYMPHOCYTE, _MONOCYTE, _NEUTROPHIL),
)
PBC_FINE = LabelSpace(
    "pbc_fine",
    "PBC's finer names",
    (
        _BASOPHIL,
        _EOSINOPHIL,
        _ERYTHROBLAST,
        _PROMYELOCYTE,
        _MYELOCYTE,
        _METAMYELOCYTE,
        _LYMPHOCYTE,
        _MONOCYTE,
        _BAND,
        _SEGMENTED,
        _PLATELET,
    ),
)

LABEL_SPACES: dict[str, LabelSpace] = {space.name: space for space in (PBC8, WBC5, KAGGLE4, PBC_FINE)}

_COARSER = {
    "band neutrophil": "neutrophil",
    "segmented neutrophil": "neutrophil",
    "promyelocyte": "ig",
    "myelocyte": "ig",
    "metamyelocyte": "ig",
}

PBC_SUBTYPES: dict[str, str] = {
    "SNE": "segmented neutrophil",
    "BNE": "band neutrophil",
    "PMY": "promyelocyte",
    "MY": "myelocyte",
    "MMY": "metamyelocyte",
}
"""PBC's file-name prefixes that say more than the class; the others (NEUTROPHIL, IG, BA, …) do not."""


def subtype_of(key: str) -> str:
    """The finer kind that the name of one of PBC's files tells, a key of PBC_FINE; "" where it tells none."""
    prefix = key.rsplit("/", 1)[-1].split("_")[0]
    return PBC_SUBTYPES.get(prefix, "")


def label_space(name: str) -> LabelSpace:
    """A label space by name; ValueError naming the known ones otherwise."""
    if name not in LABEL_SPACES:
        raise ValueError(f"{name!r} is not one of {', '.join(LABEL_SPACES)}")
    return LABEL_SPACES[name]


def mapping(source: LabelSpace, target: LabelSpace) -> dict[str, str | None]:
    """For each class of `source` the class of `target` that it belongs to, None where there is none."""
    return {key: _first_in(target, (key, _COARSER.get(key))) for key in source.keys}


def _first_in(space: LabelSpace, keys: Iterable[str | None]) -> str | None:
    return next((key for key in keys if key in space.keys), None)
