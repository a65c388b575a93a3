"""A smear counted: photos with framed cells, what a person says of them, the differential, and the report."""

from app.shared.entry import PageEntry

ENTRY = PageEntry(
    __name__,
    "Count",
    ":material/grid_view:",
    20,
    terms=(
        "Interval",
        "Wilson's interval",
        "Unsure",
        "Unlike",
        "Threshold",
        "Grad-CAM",
        "Integrated gradients",
        "Faithfulness",
        "Ensemble",
        "Differential",
        "Reference interval",
        "Subtype",
        "Sensitivity",
        "Prediction set",
    ),
)
