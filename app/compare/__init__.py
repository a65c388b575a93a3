"""Models side by side: figures with intervals, matrices, curves, costs."""

from app.shared.entry import PageEntry

ENTRY = PageEntry(__name__, "Compare", ":material/balance:", 40)
