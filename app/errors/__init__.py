"""Which cells a model gets wrong, to be looked at one by one."""

from app.shared.entry import PageEntry

ENTRY = PageEntry(
    __name__,
    "Errors",
    ":material/rule:",
    60,
    terms=(
        "Unsure",
        "Unlike",
        "Grad-CAM",
        "Validation and test cells",
        "Subtype",
        "Ensemble",
        "Confusion",
        "Chance",
        "Calibration",
    ),
)
