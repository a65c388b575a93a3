"""What a single model gets wrong."""

from app.present.registry import TALKS, Talk

TALKS.add(
    Talk(
        "mistakes",
        "What does it get wrong?",
        20,
        "model",
        (
            "mistaken",
            "question",
            "which-cells",
            "classes",
            "confusion",
            "commonest",
            "confident",
            "maps",
            "not-claimed",
            "sources",
        ),
    )
)
