"""A round of naming cells, and what came of it."""

from app.shared.entry import PageEntry

ENTRY = PageEntry(__name__, "Learn", ":material/quiz:", 30)
