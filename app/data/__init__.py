"""What models learned from: counts, photographs, averages, audits."""

from app.shared.entry import Entry

ENTRY = Entry(__name__, "Data", ":material/dataset:", 70)
