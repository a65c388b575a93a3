"""What every source promises, whichever it is."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.datasets import (
    SOURCES,
    Source,
    cached_pixels,
    fetch_source,
    find_source,
    identify,
    open_source,
)
from core.datasets.boxes import FIELD_SOURCES
from core.datasets.laboratories import HOME, LABORATORIES, marked_frames, other_laboratories, single_cells
from core.datasets.registry import COLUMNS, SPLITS
from core.errors import SourceError
from core.labels import LABEL_SPACES
from core.registry import RegistrationError
from tests.core.datasets.blobs import save
from tests.core.registering import added_module

Built, Opened = Callable[[str], Path], Callable[[str], Source]
every_source = pytest.mark.parametrize("name", SOURCES)


@every_source
def test_index_keeps_its_promises(name: str, opened: Opened) -> None:
    source = opened(name)
    index = source.index
    assert set(COLUMNS) <= set(index.columns)
    assert not index[list(COLUMNS)].isna().any().any()
    assert index["key"].is_unique
    assert set(index["label"]) <= set(source.label_space.keys)
    assert set(index["split"]) <= set(SPLITS)
    assert {"val" if source.spec.measure_only else "train", "test"} <= set(index["split"])
    assert source.split_note.endswith(".")


@every_source
def test_no_group_lies_in_two_splits(name: str, opened: Opened) -> None:
    grouped = opened(name).index.query("group != ''")
    assert (grouped.groupby("group")["split"].nunique() == 1).all()


@every_source
def test_images_load_and_their_frames_hold_a_cell(name: str, opened: Opened) -> None:
    source = opened(name)
    for key in source.keys()[:2]:
        pixels = source.load(key)
        assert pixels.dtype == np.uint8
        assert pixels.ndim == 3
        assert pixels.shape[2] == 3
        box = source.frame(key, pixels.shape[1], pixels.shape[0])
        assert 0 <= box.centre[0] <= pixels.shape[1]
        assert 0 <= box.centre[1] <= pixels.shape[0]
    assert cached_pixels(source, 28).shape == (len(source.index), 28, 28, 3)


@every_source
def test_says_who_made_it_and_how_to_get_it(name: str) -> None:
    spec = SOURCES[name]
    assert spec.name == name
    assert spec.title
    assert spec.licence
    assert spec.how_to_get
    assert spec.citation or not spec.searched


@every_source
def test_folder_is_known_by_what_is_in_it(name: str, built: Built, tmp_path: Path) -> None:
    assert name in identify(built(name))
    (tmp_path / "empty").mkdir()
    assert not SOURCES[name].recognise(tmp_path / "empty")
    with pytest.raises(SourceError, match="does not look like"):
        open_source(name, tmp_path / "empty")


@every_source
def test_splits_do_not_depend_on_where_the_folder_is(name: str, opened: Opened, tmp_path: Path) -> None:
    source = opened(name)
    moved = tmp_path / "elsewhere"
    shutil.copytree(source.root, moved)
    assert open_source(name, moved).split_hash() == source.split_hash()


@every_source
def test_found_by_name_below_the_data_folder(
    name: str, built: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMEARLENS_DATA", str(tmp_path))
    root = built(name)
    if SOURCES[name].searched:
        assert find_source(name).root == root.resolve()
    else:
        with pytest.raises(SourceError, match="naming the folder"):
            find_source(name)


@every_source
def test_not_found_says_how_to_get_it(name: str) -> None:
    if SOURCES[name].searched:
        with pytest.raises(SourceError) as caught:
            find_source(name)
        assert SOURCES[name].how_to_get in str(caught.value)


def test_folder_named_like_the_source_comes_first(
    built: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMEARLENS_DATA", str(tmp_path))
    shutil.copytree(built("pbc"), tmp_path / "another")
    assert find_source("pbc").root.name == "pbc"


def test_data_folder_may_be_the_source_itself(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    root = built("jtsc")
    monkeypatch.setenv("SMEARLENS_DATA", str(root))
    assert find_source("jtsc").root == root.resolve()


def test_unknown_names_and_folders_are_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no source called elsewhere.*pbc"):
        find_source("elsewhere")
    with pytest.raises(SourceError, match="There is no folder"):
        open_source("pbc", tmp_path / "nowhere")
    with pytest.raises(SourceError, match="cannot be fetched by this program"):
        fetch_source("kaggle")
    assert identify(tmp_path / "nowhere") == []


def test_a_name_is_registered_once() -> None:
    with pytest.raises(RegistrationError, match="kind source are called 'pbc'"):
        SOURCES.add(SOURCES["pbc"])


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda table: table.drop(columns="lab"), "lacks the columns lab"),
        (lambda table: table.head(0), "holds no images"),
        (lambda table: pd.concat([table, table.head(1)]), "twice"),
        (lambda table: table.assign(split="holdout"), "unknown split, holdout"),
        (lambda table: table.assign(label="blast"), "unknown class, blast"),
    ],
)
def test_a_broken_index_is_refused(
    change: Callable[[pd.DataFrame], pd.DataFrame], complaint: str, opened: Opened
) -> None:
    source = opened("jtsc")
    broken = replace(source.spec, scan=lambda root: change(source.spec.scan(root)))
    with pytest.raises(SourceError, match=complaint):
        _ = Source(broken, source.root).index


def test_split_hash_sees_label_and_split(opened: Opened) -> None:
    source = opened("jtsc")
    for column, value in (("label", "basophil"), ("split", "test")):
        other = Source(source.spec, source.root)
        other.index.loc[0, column] = value
        assert other.split_hash() != source.split_hash()


def test_a_missing_key_or_image_is_named(opened: Opened) -> None:
    source = opened("jtsc")
    with pytest.raises(SourceError, match=r"no image called 999"):
        source.frame("999", 10, 10)
    (source.root / "images" / "002.png").unlink()
    with pytest.raises(SourceError, match=r"002.png is listed"):
        source.load("images/002.png")


ADDED = """
import pandas as pd
from core.datasets.laboratories import LABORATORIES, Laboratory
from core.datasets.registry import SOURCES, SourceSpec
from core.datasets.splits import by_name

def recognise(folder):
    return (folder / "brandnew.csv").is_file()

def scan(root):
    table = pd.read_csv(root / "brandnew.csv", dtype=str)
    table = table.assign(subtype="", lab="Somewhere", group="", split=by_name(table["key"], table["label"]))
    table.attrs["splits"] = "Dealt."
    return table

SOURCES.add(SourceSpec(name="{name}", order={order}, title="{title}", label_space="{space}", labs={labs},
    licence="MIT", citation="{citation}", how_to_get="{how}", recognise=recognise, scan=scan))
LABORATORIES.add(Laboratory("{name}", order={lab_order}))
"""
AS_IT_SHOULD_BE = {
    "name": "brandnew",
    "order": 99,
    "title": "Brand new (Somewhere, 5 classes)",
    "space": "wbc5",
    "labs": ("Somewhere",),
    "citation": "Nobody, 2026.",
    "how": "Draw it.",
    "lab_order": 99,
}


@pytest.fixture
def brandnew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of it, found by SMEARLENS_DATA."""
    monkeypatch.setenv("SMEARLENS_DATA", str(tmp_path))
    root = tmp_path / "brandnew"
    rows = []
    for number, label in enumerate(LABEL_SPACES["wbc5"].keys * 4):
        save(root / f"{number}.png", number, 60, 60)
        rows.append((f"{number}.png", label))
    pd.DataFrame(rows, columns=["key", "label"]).to_csv(root / "brandnew.csv", index=False)
    return root


def test_a_new_source_that_is_a_laboratory_is_one_file(brandnew: Path, tmp_path: Path) -> None:
    known, labs = list(SOURCES), list(LABORATORIES)
    with added_module(tmp_path / "added", ADDED.format(**AS_IT_SHOULD_BE), SOURCES, LABORATORIES):
        assert list(SOURCES) == [*known, "brandnew"]
        assert list(LABORATORIES) == [*labs, "brandnew"]
        assert identify(brandnew) == ["brandnew"]
        source = find_source("brandnew")
        assert single_cells(source).index.equals(source.index)
        (frame,) = marked_frames(source, ["3.png"]).values()
        assert frame.as_tuple() == (0, 0, 60, 60)
        assert other_laboratories([HOME]) == [*labs[1:], "brandnew"]
    assert list(SOURCES) == known
    assert list(LABORATORIES) == labs


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"name": "Brand new"}, "small letters"),
        ({"name": "pbc"}, "kind source are called 'pbc'"),
        ({"order": 0}, "the order 0, which 'pbc' has; the next that is free is"),
        ({"title": ""}, "Say its title"),
        ({"space": "wbc6"}, "no label space 'wbc6'; there are pbc8, wbc5"),
        ({"labs": ()}, "in which laboratories"),
        ({"citation": ""}, "how its makers are cited"),
        ({"how": ""}, "Say in how_to_get"),
        ({"lab_order": 0}, "The laboratory 'brandnew' has the order 0, which 'pbc' has"),
    ],
)
def test_a_broken_rule_is_said_when_it_is_registered(change: dict[str, object], complaint: str, tmp_path: Path) -> None:
    with (
        added_module(tmp_path / "added", ADDED.format(**(AS_IT_SHOULD_BE | change)), SOURCES, LABORATORIES),
        pytest.raises(RegistrationError, match=complaint),
    ):
        _ = list(SOURCES), list(LABORATORIES)


@pytest.mark.parametrize("name", LABORATORIES)
def test_a_laboratory_is_a_source_with_white_cells_whose_frames_hold_a_cell(name: str, opened: Opened) -> None:
    source = single_cells(opened(name))
    assert set(source.index["label"]) & set(LABEL_SPACES["wbc5"].keys)
    key = source.keys()[0]
    height, width = source.load(key).shape[:2]
    box = marked_frames(source, [key])[key]
    assert box.width == box.height
    assert 0 <= box.centre[0] <= width
    assert 0 <= box.centre[1] <= height


def test_fields_with_boxes_are_in_their_order() -> None:
    assert list(FIELD_SOURCES)[:3] == ["bccd", "txl-pbc", "chula"]
