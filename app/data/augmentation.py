"""Augmentation, live: the views that a training makes of one picture."""

import io

import numpy as np
import streamlit as st
from PIL import Image

from app.data.dataset import ChosenDataset
from app.data.photographs import choose_class
from app.shared import words
from app.shared.examples import stand_ins
from core.datasets.cache import framed
from core.datasets.statistics import stable_shuffle
from core.errors import SourceError
from core.imaging.windows import cut, whole
from core.synthetic.drawings import CELL_CLASSES
from core.training.recipe import Recipe, load_recipe, recipe_names

VIEWS = 7
SHOWN = 150
MOST_SEED = 9999

WHAT_IT_DOES = {
    "none": "It changes nothing: each epoch sees the same pictures.",
    "symmetry": "It turns the picture by quarter turns and mirrors it, since a smear has no right way up.",
    "smear": (
        "It turns by any angle, mirrors, zooms and shifts a little, sometimes crops tighter, and changes light, "
        "contrast, colour and sharpness, as other smears, lamps and cameras do."
    ),
    "shape": "It turns, mirrors, zooms, shifts and blurs, and leaves colours as they are.",
    "stain": (
        "It turns, mirrors, zooms and shifts a little, and changes the stains and colours far beyond those of one "
        "laboratory."
    ),
    "wide": "It does the same, and scales the cell by 0.6 to 1.6.",
    "hard": (
        "It turns, mirrors, zooms and shifts a little, and often makes the photo worse: out of focus, shaken, grainy, "
        "too dark or too bright, badly stained or squeezed as JPEG."
    ),
    "stain-hard": (
        "It turns, mirrors, zooms and shifts a little, changes stain and colours far beyond those of one laboratory, "
        "and often makes the photo out of focus, shaken or grainy, or squeezes it as JPEG."
    ),
    "light": "It turns, mirrors, scales the cell by 0.6 to 1.4, and changes the lamp and the camera's colours.",
    "light-strong": "It does the same, with light and colours changed twice as much.",
    "exchange": (
        "It turns, mirrors, scales the cell by 0.6 to 1.4, and shows many pictures in the stains of another, mostly "
        "of another laboratory."
    ),
    "exchange-light": "It does the same, and changes the lamp and the camera's colours.",
    "exchange-light-same-size": "It does the same, and leaves the cell about as large as it is.",
    "exchange-light-alone": (
        "It turns, mirrors, scales, exchanges stains and changes the light, and paints over what surrounds the cell in "
        "half of the pictures."
    ),
    "exchange-light-poor": (
        "It turns, mirrors, scales, exchanges stains, changes the light, and often makes the photo out of focus or "
        "grainy, or squeezes it as JPEG."
    ),
    "exchange-light-grey": (
        "It turns, mirrors, scales, exchanges stains, changes the light, and shows four in ten pictures in grey."
    ),
    "strangers": (
        "It turns, mirrors and zooms a little; in six of ten pictures it also scales, exchanges stains, changes the "
        "light, makes photos worse, or shows them in grey."
    ),
    "photo": "It changes light, contrast, colour and sharpness, and adds the traces of JPEG files; it turns nothing.",
}
"""By policy in core.training.augment."""


def show(dataset: ChosenDataset) -> None:
    """A picture and seven views of it, as the chosen recipe's training would make them."""
    st.header("What does training see of one picture?", anchor=False)
    left, right = st.columns([3, 1])
    with left:
        name = st.selectbox("Recipe", recipe_names(), key="recipe", bind="query-params")
        recipe = load_recipe(name)
        cell_class = choose_class(dataset)
    with right:
        seed = st.number_input(
            "Seed", 0, MOST_SEED, 0, key="seed", bind="query-params", help="Another seed, other views."
        )
    st.markdown(
        "Each epoch sees a changed copy of every training picture, so that the model learns what does not matter. "
        f"**{words.plain(name)}** augments by the policy *{recipe.augment}*. {WHAT_IT_DOES.get(recipe.augment, '')}"
    )
    pixels, origin = _picture(dataset, cell_class, recipe.input_size)
    st.caption(f"{origin} At {recipe.input_size} × {recipe.input_size} pixels, the size that this recipe reads.")
    pictures = [pixels, *views(recipe, pixels, int(seed))]
    with st.container(horizontal=True, gap="small"):
        for number, picture in enumerate(pictures):
            title = f"view {number}" if number else "original"
            alt = f"{dataset.space[cell_class].name}, {title} of the augmentation {recipe.augment}."
            st.image(_enlarged(picture), width=SHOWN, caption=title, alt=alt)
    unchanged = sum(np.array_equal(picture, pixels) for picture in pictures[1:])
    if unchanged and recipe.augment != "none":
        st.caption(f"{words.count(unchanged, 'view')} happened to change nothing.")


def views(recipe: Recipe, pixels: np.ndarray, seed: int) -> list[np.ndarray]:
    """VIEWS augmented copies of (S, S, 3) uint8, each drawn on its own; the same for the same seed."""
    from core.training.augment import augment_each

    return list(augment_each(recipe.augment, np.repeat(pixels[None], VIEWS, axis=0), seed))


def _picture(dataset: ChosenDataset, cell_class: str, size: int) -> tuple[np.ndarray, str]:
    """(size, size, 3) uint8 of a training cell, or of what stands in for one, and where it is from."""
    if dataset.source is not None:
        cells = dataset.source.index
        keys = stable_shuffle(
            [str(key) for key in cells.loc[(cells["label"] == cell_class) & (cells["split"] == "train"), "key"]]
        )
        for key in keys[:1]:
            try:
                return framed(dataset.source, key, size), f"The training cell {words.plain(key)}."
            except SourceError as error:
                picture, description = _stand_in(cell_class, size)
                return picture, f"{words.plain(str(error))} So this is {description}, not a photograph."
    picture, description = _stand_in(cell_class, size)
    return picture, f"This is {description}, not a photograph: no photograph of a training cell is here."


def _stand_in(cell_class: str, size: int) -> tuple[np.ndarray, str]:
    picture, description = (stand_ins(cell_class, 1) or stand_ins(CELL_CLASSES[0], 1))[0]
    return cut(picture, whole(*picture.shape[1::-1]), size), description


def _enlarged(pixels: np.ndarray) -> bytes:
    """A PNG in which the pixels of a small picture stay square."""
    times = max(1, round(2 * SHOWN / len(pixels)))
    file = io.BytesIO()
    image = Image.fromarray(pixels)
    image.resize((times * image.width, times * image.height), Image.Resampling.NEAREST).save(file, "PNG")
    return file.getvalue()
