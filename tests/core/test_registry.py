"""Entries are found by listing their package, keep their order, and are refused in a sentence."""

import importlib
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.registry import RegistrationError, Registry

FILE = """
from tests.core.test_registry import Fruit, registry_of
registry_of(__name__).add(Fruit({name!r}, {order}))
"""
REGISTRIES: dict[str, Registry["Fruit"]] = {}


@dataclass(frozen=True)
class Fruit:
    name: str
    order: int


def registry_of(module: str) -> Registry[Fruit]:
    return REGISTRIES[module.rpartition(".")[0]]


@pytest.fixture
def basket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package without modules, on the path of imports; its registry lets no fruit be called stone."""
    folder = tmp_path / "basket_of_fruit"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    problems = lambda fruit: ["A stone is no fruit."] if fruit.name == "stone" else []  # noqa: E731
    REGISTRIES["basket_of_fruit"] = Registry[Fruit]("fruit", "basket_of_fruit", problems)
    yield folder
    for name in [name for name in sys.modules if name.startswith("basket_of_fruit")]:
        del sys.modules[name]


def put(folder: Path, module: str, *fruits: tuple[str, int]) -> Registry[Fruit]:
    (folder / f"{module}.py").write_text("".join(FILE.format(name=name, order=order) for name, order in fruits))
    importlib.invalidate_caches()
    return REGISTRIES["basket_of_fruit"]


def test_order_is_that_of_the_entries_whatever_the_files_are_called(basket: Path) -> None:
    put(basket, "a", ("pear", 2))
    fruits = put(basket, "b", ("fig", 1), ("date", 3))
    assert list(fruits) == ["fig", "pear", "date"]
    assert [fruit.order for fruit in fruits.values()] == [1, 2, 3]
    assert len(fruits) == 3
    assert "stone" not in fruits


def test_order_does_not_depend_on_what_was_imported_first(basket: Path) -> None:
    put(basket, "a", ("pear", 2))
    fruits = put(basket, "b", ("fig", 1))
    importlib.import_module("basket_of_fruit.b")
    assert list(fruits) == ["fig", "pear"]


def test_a_broken_rule_is_said_and_leaves_no_half_of_the_file_behind(basket: Path) -> None:
    fruits = put(basket, "a", ("pear", 2), ("stone", 3))
    for _ in range(2):  # the second time says the same
        with pytest.raises(RegistrationError, match=r"fruit 'stone' cannot be registered. A stone is no fruit\."):
            list(fruits)


def test_a_name_is_taken_once(basket: Path) -> None:
    fruits = put(basket, "a", ("pear", 2), ("pear", 3))
    with pytest.raises(RegistrationError, match="called 'pear'; give one another name"):
        fruits["pear"]


def test_an_order_is_taken_once_and_the_next_free_one_is_named(basket: Path) -> None:
    put(basket, "a", ("pear", 2))
    fruits = put(basket, "b", ("fig", 2), ("date", 7))
    with pytest.raises(RegistrationError, match=r"the order 2, which 'pear' has; the next that is free is 8\."):
        len(fruits)


def test_threads_see_all_of_it(basket: Path) -> None:
    for place, module in enumerate("abcdefgh"):
        fruits = put(basket, module, (module, place))
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: len(fruits), range(8))) == {8}
