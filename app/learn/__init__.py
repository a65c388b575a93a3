"""A round of naming cells, and what came of it."""

from app.shared.entry import PageEntry

ENTRY = PageEntry(
    __name__,
    "Learn",
    ":material/quiz:",
    30,
    terms=(
        "Sensitivity",
        "Accuracy",
        "Interval",
        "Chance",
        "Confusion",
        "Unsure",
        "Unlike",
        "Grad-CAM",
        "Integrated gradients",
        "Validation and test cells",
        "Bootstrap",
        "Wilson's interval",
        "Subtype",
        "Ensemble",
        "Features",
        "Prediction set",
    ),
)
