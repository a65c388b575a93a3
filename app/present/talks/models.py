"""Which of several models to trust."""

from app.present.registry import TALKS, Talk

TALKS.add(
    Talk(
        "models",
        "Which model?",
        10,
        "models",
        (
            "verdict",
            "question",
            "which-cells",
            "accuracy",
            "chance",
            "classes",
            "confusion",
            "maps",
            "laboratories",
            "not-claimed",
            "sources",
        ),
    )
)
