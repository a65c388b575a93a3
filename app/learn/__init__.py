"""A round of naming cells, and what came of it."""

from app.shared.entry import Entry

ENTRY = Entry(__name__, "Learn", ":material/quiz:", 30)
