"""The smear that is counted now."""

from app.present.registry import TALKS, Talk

TALKS.add(
    Talk(
        "smear",
        "This smear",
        40,
        "smear",
        (
            "smear-counted",
            "smear-cautions",
            "smear-shares",
            "smear-table",
            "smear-cells",
            "smear-doubtful",
            "smear-besides",
            "smear-not-done",
        ),
    )
)
