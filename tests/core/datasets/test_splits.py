import random

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from core.datasets.splits import SHARES, by_group, by_majority, by_name

images = st.lists(st.tuples(st.sampled_from("abcdefghij"), st.sampled_from(["x", "y"])), min_size=1, max_size=60)


def test_shares_come_out_within_every_class() -> None:
    names, strata = [f"cell {i}" for i in range(1000)], ["rare"] * 100 + ["common"] * 900
    table = pd.DataFrame({"stratum": strata, "split": by_name(names, strata)})
    counts = table.value_counts()
    for stratum, size in (("rare", 100), ("common", 900)):
        for split, share in SHARES.items():
            assert counts[stratum, split] == round(share * size)


def test_a_known_split_never_changes() -> None:
    """Checkpoints remember splits by file: this deal may not depend on versions of anything."""
    dealt = by_name([f"{number}.png" for number in range(10)], ["one"] * 10)
    assert " ".join(dealt) == "train train train val train test train train train test"


@given(images, st.randoms(use_true_random=False))
def test_groups_stay_together_in_any_order(found: list[tuple[str, str]], chance: random.Random) -> None:
    groups, labels = zip(*found, strict=True)
    splits = dict(zip(groups, by_group(groups, labels), strict=True))
    assert [splits[group] for group in groups] == by_group(groups, labels)
    shuffled = chance.sample(found, len(found))
    groups, labels = zip(*shuffled, strict=True)
    assert by_group(groups, labels) == [splits[group] for group in groups]


def test_a_class_of_one_group_is_for_training() -> None:
    assert by_group(["only"] * 5, ["x"] * 5) == ["train"] * 5


def test_majority_mends_a_split_that_cuts_groups() -> None:
    groups, splits = list("aaabbc"), ["train", "train", "test", "val", "test", "val"]
    assert by_majority(groups, splits) == ["train"] * 3 + ["test"] * 2 + ["val"]
