"""What the About page says is worked out from what is here."""

from types import SimpleNamespace

import pytest

from app.about import parts


def model(name: str, laboratories: int):
    return SimpleNamespace(card=SimpleNamespace(name=name, learned_from=("lab",) * laboratories))


@pytest.mark.parametrize(
    ("learned_from", "sentence"),
    [
        ((1,), "1 model here learned from cells of one laboratory"),
        ((1, 1), "2 models here learned from cells of one laboratory"),
        ((5,), "**m5** learned from cells of 5 laboratories."),
        ((5, 1), "**m5** learned from cells of 5 laboratories and 1 other model learned from those of one laboratory"),
        (
            (5, 2, 1, 1),
            "**m5** learned from cells of 5 laboratories, **m2** learned from cells of 2 laboratories and 2 other "
            "models learned from those of one laboratory",
        ),
    ],
)
def test_it_says_from_how_many_laboratories_models_learned(learned_from, sentence):
    text = parts.limits([model(f"m{n}", n) for n in learned_from]).replace("\u00a0", " ")
    assert sentence in text


def test_without_models_nothing_is_said_of_them():
    assert "laborator" not in parts.limits([])


def test_that_nothing_leaves_this_computer_is_said_only_where_it_is_so():
    assert parts.privacy(elsewhere=False).startswith("Nothing.")
    assert "Nothing." not in parts.privacy(elsewhere=True)
    assert "every computer that can reach it" in parts.privacy(elsewhere=True)
