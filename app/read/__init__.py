"""One cell read: the answer, why, how sure, and when it should not be believed."""

from app.shared.entry import PageEntry

ENTRY = PageEntry(
    __name__,
    "Read",
    ":material/search:",
    10,
    terms=(
        "Balanced accuracy",
        "Interval",
        "Prediction set",
        "Unsure",
        "Unlike",
        "Grad-CAM",
        "Integrated gradients",
        "Faithfulness",
        "Framing",
        "Ensemble",
        "Features",
        "Corruption",
        "Sensitivity",
        "Accuracy",
    ),
)
