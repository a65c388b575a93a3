"""Splits that depend on nothing but names, so that they are the same on every machine."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

SHARES: Mapping[str, float] = {"train": 0.7, "val": 0.1, "test": 0.2}


def hashed_fraction(name: str) -> float:
    """A number in [0, 1) that looks random and always comes out the same for a name."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") / 2**64


def by_name(names: Iterable[str], strata: Iterable[str], shares: Mapping[str, float] = SHARES) -> list[str]:
    """The split of each name: every stratum is dealt in those shares, in the order of the names' hashes."""
    return by_group(names, strata, shares)


def by_group(groups: Iterable[str], labels: Iterable[str], shares: Mapping[str, float] = SHARES) -> list[str]:
    """The split of each image, whole groups at a time: no group lies in two splits.

    Groups are dealt per class (a group's class is its most frequent label), ordered by a hash of their
    names; a group goes where its middle image falls, so that shares come out as near as groups allow and
    a class of one group stays in the first split.
    """
    groups = list(groups)
    counts = _counts(groups, labels)
    classes: dict[str, list[str]] = defaultdict(list)
    for group in sorted(counts, key=lambda group: (hashed_fraction(group), group)):
        classes[_commonest(counts[group])].append(group)
    splits: dict[str, str] = {}
    for members in classes.values():
        total, before = sum(counts[group].total() for group in members), 0
        for group in members:
            size = counts[group].total()
            splits[group] = _at((before + size / 2) / total, shares)
            before += size
    return [splits[group] for group in groups]


def by_majority(groups: Iterable[str], splits: Iterable[str]) -> list[str]:
    """A given split mended so that no group lies in two: each goes where most of its images are.

    Ties go to the split that comes first in the alphabet (test before train before val).
    """
    groups = list(groups)
    counts = _counts(groups, splits)
    return [_commonest(counts[group]) for group in groups]


def _counts(groups: Iterable[str], values: Iterable[str]) -> dict[str, Counter[str]]:
    """For each group how often each value occurs in it."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for group, value in zip(groups, values, strict=True):
        counts[group][value] += 1
    return counts


def _commonest(counts: Counter[str]) -> str:
    return min(counts, key=lambda value: (-counts[value], value))


def _at(place: float, shares: Mapping[str, float]) -> str:
    """The split in whose stretch of [0, 1) a place lies."""
    bound = 0.0
    for split, share in shares.items():
        bound += share
        if place < bound:
            return split
    return split
