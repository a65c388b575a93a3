"""A comparison as slides and as a document."""

from app.shared.entry import PageEntry

ENTRY = PageEntry(
    __name__,
    "Present",
    ":material/slideshow:",
    80,
    terms=(
        "Sensitivity",
        "Specificity",
        "Precision",
        "F1",
        "Accuracy",
        "Interval",
        "Calibration",
        "AUC",
        "Chance",
        "Balanced accuracy",
        "Confusion",
        "Prediction set",
        "Unsure",
        "Unlike",
        "Threshold",
        "Grad-CAM",
        "Faithfulness",
        "Validation and test cells",
        "Bootstrap",
        "Wilson's interval",
        "Subtype",
        "Checkpoint",
        "sha256",
        "Ensemble",
        "Parameters",
        "Corruption",
    ),
)
