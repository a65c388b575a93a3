"""A comparison as slides and as a document."""

from app.shared.entry import PageEntry

ENTRY = PageEntry(__name__, "Present", ":material/slideshow:", 80)
