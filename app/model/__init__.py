"""One model in depth."""

from app.shared.entry import PageEntry

ENTRY = PageEntry(__name__, "Model", ":material/model_training:", 50)
