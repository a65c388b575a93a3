"""Five student studies run again, searches for settings, and cross-validation."""

from app.shared.entry import PageEntry

ENTRY = PageEntry(
    __name__,
    "Studies",
    ":material/school:",
    90,
    terms=(
        "Sensitivity",
        "Specificity",
        "Precision",
        "F1",
        "Accuracy",
        "Interval",
        "Chance",
        "Balanced accuracy",
        "Confusion",
        "Validation and test cells",
        "Fold",
        "Bootstrap",
        "Wilson's interval",
        "Subtype",
        "Augmentation",
        "Epoch",
        "Loss",
        "Learning rate",
        "Batch normalisation",
        "Weight decay",
        "Trial",
        "Ensemble",
        "Checkpoint",
        "Parameters",
        "Features",
        "AUC",
    ),
)
