"""What this is, what it is not, and what the words mean."""

from app.shared.entry import Entry

ENTRY = Entry(__name__, "About", ":material/info:", 100)
