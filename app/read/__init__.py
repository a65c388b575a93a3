"""One cell read: the answer, why, how sure, and when it should not be believed."""

from app.shared.entry import Entry

ENTRY = Entry(__name__, "Read", ":material/search:", 10)
