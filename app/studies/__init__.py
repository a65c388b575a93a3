"""Five student studies run again, searches for settings, and cross-validation."""

from app.shared.entry import Entry

ENTRY = Entry(__name__, "Studies", ":material/school:", 90)
