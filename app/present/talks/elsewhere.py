"""How models read laboratories that they did not learn from."""

from app.present.registry import TALKS, Talk

TALKS.add(
    Talk(
        "elsewhere",
        "Does it work elsewhere?",
        30,
        "model",
        (
            "strangers",
            "why-elsewhere",
            "laboratories",
            "left-out",
            "silence",
            "before-use",
            "not-claimed",
            "sources",
        ),
    )
)
