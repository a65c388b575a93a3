"""Five student studies run again, searches for settings, and cross-validation."""

from app.shared.entry import PageEntry

ENTRY = PageEntry(__name__, "Studies", ":material/school:", 90)
