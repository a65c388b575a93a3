"""What models learned from: counts, photographs, averages, audits."""

from app.shared.entry import PageEntry

ENTRY = PageEntry(
    __name__,
    "Data",
    ":material/dataset:",
    70,
    terms=(
        "Validation and test cells",
        "Fold",
        "Subtype",
        "Ensemble",
        "Features",
        "Augmentation",
        "Epoch",
        "Interval",
        "Balanced accuracy",
        "Accuracy",
        "Confusion",
    ),
)
