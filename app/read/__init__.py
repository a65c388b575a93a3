"""One cell read: the answer, why, how sure, and when it should not be believed."""

from app.shared.entry import PageEntry

ENTRY = PageEntry(__name__, "Read", ":material/search:", 10)
