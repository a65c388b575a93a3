"""Models side by side: figures with intervals, matrices, curves, costs."""

from app.shared.entry import Entry

ENTRY = Entry(__name__, "Compare", ":material/balance:", 40)
