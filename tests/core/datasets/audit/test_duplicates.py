"""Planted copies are found, whatever was done to them; different cells are not taken for copies."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.datasets import find_source, open_source
from core.datasets.audit import leaks
from core.datasets.audit.duplicates import components, copy_kind, find_matches, is_duplicate, scene_of
from core.datasets.audit.matching import mirror_order, position
from core.datasets.audit.registration import Match, by_places, by_symmetry
from core.datasets.audit.survey import Survey, survey_images
from core.datasets.registry import Source
from tests.core.datasets.audit.planting import Plant, plant_pbc

T = Image.Transpose


def saved(image: Image.Image, quality: int) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(file)


WAYS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "exact": lambda image: image,
    "saved at 30": lambda image: saved(image, 30),
    "saved at 75": lambda image: saved(image, 75),
    "a quarter turn": lambda image: image.transpose(T.ROTATE_90),
    "half a turn": lambda image: image.transpose(T.ROTATE_180),
    "mirrored": lambda image: saved(image.transpose(T.FLIP_LEFT_RIGHT), 80),
    "transposed": lambda image: saved(image.transpose(T.TRANSPOSE), 80),
    "cropped": lambda image: image.crop((6, 9, image.width - 8, image.height - 5)),
    "cropped and enlarged": lambda image: image.crop((8, 8, image.width - 8, image.height - 8)).resize(image.size),
    "darker": lambda image: image.point(lambda level: int(0.9 * level)),
    "turned by 10 degrees": lambda image: image.rotate(10, Image.Resampling.BICUBIC),
}
SHIFTS = ((10, 4), (25, -12), (48, 30))


def plant_copies(plant: Plant) -> dict[str, set[frozenset[str]]]:
    """Copies of every kind; the pairs by kind."""
    planted: dict[str, set[frozenset[str]]] = {}
    originals = list(plant.rows)
    for number, row in enumerate(originals):
        names = [*WAYS, *(f"shifted by {x}, {y}" for x, y in SHIFTS)]
        name = names[number % len(names)]
        image = plant.image(row)
        if name in WAYS:
            copy = plant.add(row, WAYS[name](image))
        else:
            x, y = SHIFTS[names.index(name) - len(WAYS)]
            across, down = image.width - 50, image.height - 50
            plant.replace(row, image.crop((0, max(-y, 0), across, max(-y, 0) + down)))
            copy = plant.add(row, image.crop((x, max(y, 0), x + across, max(y, 0) + down)))
        planted.setdefault(name, set()).add(frozenset({row["file"], copy}))
    plant.write()
    return planted


def found_in(root: Path) -> tuple[Survey, dict[frozenset[str], Match]]:
    survey = survey_images(open_source("pbc", root))
    keys = survey.table["key"].tolist()
    return survey, {frozenset({keys[m.a], keys[m.b]}): m for m in find_matches(survey)}


def report(planted: dict[str, set[frozenset[str]]], found: dict[frozenset[str], Match]) -> tuple[float, int]:
    """Share of planted pairs that was found as duplicates, and how many others were."""
    every = set().union(*planted.values())
    hit = [pair for pair in every if pair in found and is_duplicate(found[pair])]
    return len(hit) / len(every), len(set(found) - every)


def test_copies_of_drawings_are_found(drawn: Plant) -> None:
    planted = plant_copies(drawn)
    survey, found = found_in(drawn.root)
    share, others = report(planted, found)
    assert share >= 0.99, {way: [pair for pair in pairs if pair not in found] for way, pairs in planted.items()}
    assert others == 0
    assert {copy_kind(found[pair], survey) for pair in planted["a quarter turn"]} == {"turned"}
    assert {copy_kind(found[pair], survey) for pair in planted["saved at 75"]} == {"saved anew"}
    assert {copy_kind(found[pair], survey) for pair in planted["shifted by 25, -12"]} == {"shifted"}


@pytest.fixture(scope="module")
def photographs(data_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Plant:
    """280 real cells of all classes, in a folder of their own."""
    return plant_pbc(data_root, tmp_path_factory.mktemp("real") / "pbc", 280)


def test_copies_of_photographs_are_found(photographs: Plant) -> None:
    planted = plant_copies(photographs)
    _, found = found_in(photographs.root)
    share, others = report(planted, found)
    assert share >= 0.99, {way: [pair for pair in pairs if pair not in found] for way, pairs in planted.items()}
    assert others == 0


def test_one_picture_under_two_labels_and_in_two_splits(drawn: Plant) -> None:
    first, second, third, *_ = drawn.rows
    copy = drawn.add(first, drawn.image(first), label="monocyte", split="test")
    moved = drawn.add(second, saved(drawn.image(second).transpose(T.ROTATE_270), 60), split="test")
    drawn.add(third, drawn.image(third))
    drawn.write()
    survey = survey_images(open_source("pbc", drawn.root))
    found = find_matches(survey)
    (conflict,) = leaks.conflicts(found, survey)
    assert conflict["files"] == [first["file"], copy] or conflict["files"] == [copy, first["file"]]
    assert set(conflict["labels"]) == {first["class"], "monocyte"}
    leaked = {frozenset(row["files"]) for row in leaks.across_splits(found, survey)}
    assert leaked == {frozenset({first["file"], copy}), frozenset({second["file"], moved})}


def test_neighbours_in_a_field_are_no_conflict() -> None:
    table = pd.DataFrame({"key": ["a", "b"], "label": ["x", "y"], "split": "train"})
    near, far = (Match(0, 1, 0.02, shared, shift, False, 1.0) for shared, shift in ((0.95, 0.03), (0.6, 0.4)))
    survey = Survey(None, table, *[None] * 6, 1.0)  # type: ignore[arg-type]
    assert len(leaks.conflicts([near, far], survey)) == 1


def test_a_source_photo_in_two_splits_is_a_leak() -> None:
    table = pd.DataFrame({"key": list("abcd"), "group": ["1", "1", "2", ""], "split": ["train", "test", "test", "val"]})
    (row,) = leaks.by_photo(table)
    assert row == {"by": "group", "photo": "1", "files": ["a", "b"], "splits": {"train": 1, "test": 1}}


def test_pairs_become_groups() -> None:
    groups = components([(5, 3), (3, 9), (1, 2)])
    assert groups == [[3, 5, 9], [1, 2]]
    assert scene_of(10, groups).tolist() == [0, 1, 1, 3, 4, 3, 6, 7, 8, 3]
    assert components([]) == []


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=40))
def test_groups_are_joined_as_long_as_a_pair_joins_them(pairs: list[tuple[int, int]]) -> None:
    """Against the plainest way: sets that share a number become one."""
    groups: list[set[int]] = []
    for pair in pairs:
        touching = [group for group in groups if group & set(pair)]
        groups = [group for group in groups if group not in touching] + [set(pair).union(*touching)]
    expected = sorted((sorted(group) for group in groups), key=lambda members: (-len(members), members))
    assert components(iter(pairs)) == expected


def test_mirroring_a_descriptor_twice_gives_it_back() -> None:
    order = mirror_order()
    assert (order[order] == np.arange(128)).all()


@pytest.mark.parametrize("symmetry", range(8))
def test_a_symmetry_as_a_map(symmetry: int) -> None:
    picture = np.arange(35).reshape(5, 7)
    turned = position(picture, symmetry)
    laid = by_symmetry(turned.shape, picture.shape, symmetry)
    for row in range(turned.shape[0]):
        for column in range(turned.shape[1]):
            x, y = np.rint(laid[:, :2] @ [column, row] + laid[:, 2]).astype(int)
            assert picture[y, x] == turned[row, column]


def test_places_that_agree_outvote_others() -> None:
    rng = np.random.default_rng(0)
    own = rng.uniform(0, 100, (14, 2))
    laid = np.array([[0, -1.1], [-1.1, 0]])
    there = own @ laid.T + [90, 120]
    there[::3] = rng.uniform(0, 100, there[::3].shape)
    found = by_places(np.hstack([own, there]).astype(np.float32))
    assert found is not None
    assert np.abs(found[:, :2] - laid).max() < 0.05
    assert by_places(rng.uniform(0, 100, (3, 4)).astype(np.float32)) is None


def test_augmented_images_fall_into_the_fields_that_they_were_made_from(data_root: Path) -> None:
    """Kaggle's images of ten photos, turned by up to 20 degrees, shifted, sheared and flipped."""
    source = find_source("kaggle")
    photos = sorted(source.index["photo"].unique())[::35]
    part = Source(source.spec, source.root)
    part.__dict__["index"] = source.index[source.index["photo"].isin(photos)].reset_index(drop=True)
    survey = survey_images(part)
    found = find_matches(survey)
    fields = survey.table["group"].tolist()
    assert all(fields[match.a] == fields[match.b] for match in found)
    scenes = scene_of(len(fields), components((match.a, match.b) for match in found))
    assert len(set(scenes.tolist())) <= 1.02 * len(set(fields))
