"""A page is one new folder: the navigation finds it, and says in a sentence what a folder lacks."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.navigation import ENTRIES, discover, entry_of, pages
from core.registry import RegistrationError

ADDRESSES = ["read", "count", "learn", "compare", "model", "errors", "data", "present", "studies", "about"]


def test_the_pages_stand_in_their_order_under_their_addresses():
    assert [entry.address for entry in ENTRIES] == ADDRESSES
    assert [entry.title for entry in ENTRIES] == [address.capitalize() for address in ADDRESSES]
    assert all(entry.file.is_file() for entry in ENTRIES)
    assert entry_of("count").file.parent.name == "count"


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[dict[str, object]]]:
    """What Streamlit is asked to list, since its pages say nothing of themselves outside of an app."""
    monkeypatch.setattr("streamlit.Page", lambda file, **says: says | {"file": file})
    return pages


@pytest.mark.parametrize("url", ["", "http://localhost:8501/", "http://localhost:8501/compare?models=read"])
def test_the_first_page_has_the_bare_address_and_its_own_hidden_name(listed, url):
    bare, named, *others = listed(url=url)
    assert bare["default"]
    assert [page["url_path"] for page in others] == ADDRESSES[1:]
    assert (named["url_path"], named["visibility"], named["file"]) == ("read", "hidden", bare["file"])
    assert bare["visibility"] == "visible"
    assert all("visibility" not in page for page in others)


def test_opened_by_its_name_the_first_page_is_listed_and_so_marked_under_it(listed):
    bare, named, *_ = listed(url="http://somewhere/smearlens/read?example=Monocyte")
    assert (bare["visibility"], bare["default"]) == ("hidden", True)
    assert (named["visibility"], named["default"]) == ("visible", False)


SAYS = 'from app.shared.entry import PageEntry\n\nENTRY = PageEntry({name}, "{title}", "{icon}", {order})\n'
PAGE = 'import streamlit as st\n\nst.title("A page of its own?")\n'

Add = Callable[..., Path]


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, str, Add]:
    """An empty package for pages, its name, and what adds the folder of one page."""
    package = f"house_{tmp_path.name}"
    folder = tmp_path / package
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)

    def add(address: str, **says: object) -> Path:
        (folder / address).mkdir()
        values = {"name": "__name__", "title": address.title(), "icon": ":material/star:", "order": 1} | says
        (folder / address / "__init__.py").write_text(SAYS.format(**values))
        (folder / address / "page.py").write_text(PAGE)
        return folder / address

    return folder, package, add


def test_a_new_page_is_one_new_folder(house, listed):
    folder, package, add = house
    add("second", order=2)
    add("first")
    (folder / "parts").mkdir()  # no page.py in it: no page
    entries = discover(folder, package)
    assert [entry.address for entry in entries] == ["first", "second"]
    assert [page["url_path"] for page in listed(entries)] == ["start", "first", "second"]
    app = AppTest.from_file(str(entries[0].file)).run()
    assert app.title[0].value == "A page of its own?"


@pytest.mark.parametrize(
    ("says", "sentence"),
    [
        ({"order": 5}, "have the same order: 5"),
        ({"title": "Other"}, "have the same title: Other"),
        ({"name": '"elsewhere.page"'}, r"is that of elsewhere\.page"),
        ({"icon": "star"}, "an icon such as"),
        ({"title": ""}, "needs a title"),
    ],
)
def test_what_a_page_must_say_is_asked_in_a_sentence(house, says, sentence):
    folder, package, add = house
    add("other", order=5)
    add("mine", **{"order": 6} | says)
    with pytest.raises(RegistrationError, match=sentence):
        discover(folder, package)


def test_a_page_that_says_nothing_of_itself_is_named(house):
    folder, package, add = house
    (add("silent") / "__init__.py").write_text("")
    with pytest.raises(RegistrationError, match=r"silent has a page\.py, but its __init__\.py has no ENTRY"):
        discover(folder, package)


@pytest.mark.parametrize("name", ["Upper", "two words", "start"])
def test_a_folder_whose_name_is_no_address_is_refused(house, name):
    folder, package, add = house
    add(name)
    with pytest.raises(RegistrationError, match="cannot be a page"):
        discover(folder, package)
