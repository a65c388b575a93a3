"""What a page says of itself, for the navigation."""

import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class PageEntry:
    """One page, named in its folder's `__init__.py` as `ENTRY = PageEntry(__name__, "Read", ":material/search:", 10)`.

    package: of its folder, which is named as its address. title: as the navigation and the tab call it. icon: as
    Streamlit names icons. order: in the navigation, the lowest first; no two pages have the same. terms: words of the
    glossary that the page uses.
    """

    package: str
    title: str
    icon: str
    order: int
    terms: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """The page's path in the browser."""
        return self.package.rpartition(".")[2]

    @property
    def file(self) -> Path:
        return Path(str(sys.modules[self.package].__file__)).resolve().with_name("page.py")
