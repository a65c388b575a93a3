"""One model in depth."""

from app.shared.entry import Entry

ENTRY = Entry(__name__, "Model", ":material/model_training:", 50)
