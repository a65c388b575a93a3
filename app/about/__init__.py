"""What this is, what it is not, and what the words mean."""

from app.shared.entry import PageEntry

ENTRY = PageEntry(__name__, "About", ":material/info:", 100)
