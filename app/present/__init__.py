"""A comparison as slides and as a document."""

from app.shared.entry import Entry

ENTRY = Entry(__name__, "Present", ":material/slideshow:", 80)
