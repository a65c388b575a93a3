"""Study E: a frozen MobileNetV2 with a new head; good on validation, poor on test. Why?"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from core.experiments.frame import Finding
from core.experiments.studies.results import Result, difference, gap
from core.experiments.studies.study import Published, Study, StudyRun, Way
from core.experiments.studies.wording import apart, percent, points, rate, right
from core.training.recipe import make_recipe
from core.wording import join_words

PUBLISHED = 0.945
HEAD = {"input_size": 128, "epochs": 60, "patience": 6, "batch_size": 64, "learning_rate": 0.001, "weight_decay": 0.02}
TUNED = {"input_size": 96, "epochs": 8, "patience": 4, "batch_size": 32, "learning_rate": 0.0005, "weight_decay": 0.02}


def _run(name: str, title: str, note: str, data: str, begin_from: str, way: Way, **more: Any) -> StudyRun:
    recipe = {"name": name, "architecture": "mobilenet_v2", "source": "kaggle"}
    recipe |= {"begin_from": begin_from} | (HEAD if way == "head" else TUNED) | more
    return StudyRun(name=name, title=title, note=note, data=data, recipe=make_recipe(recipe), way=way)


def _frozen(name: str, title: str, data: str, begin_from: str) -> StudyRun:
    note = "The network stays as it is; two new layers learn on its features, with early stopping."
    return _run(name, title, note, data, begin_from, "head")


def _fine(name: str, title: str, data: str, begin_from: str, freeze: int) -> StudyRun:
    note = "For two epochs the last layer alone, then all." if freeze else "All layers learn from the first epoch on."
    return _run(name, title, note, data, begin_from, "train", freeze_epochs=freeze)


def _gap(results: Mapping[str, Result]) -> str:
    return _gap_of(results, "frozen-random", "frozen-photo", "Frozen")


def _gap_tuned(results: Mapping[str, Result]) -> str:
    return _gap_of(results, "tuned-random", "tuned-photo", "With all layers learning")


def _gap_of(results: Mapping[str, Result], random: str, photo: str, how: str) -> str:
    """Validation that shares photos, validation that does not, and test, by image."""
    shared, apart_ = results[random].by_image("val"), results[photo].by_image("val")
    test = results[random].by_image("test")
    first, second = gap(shared, apart_), gap(apart_, test)
    leak = "more than chance explains" if apart(first) else "which chance may explain"
    rest = (
        f"What is left between photos kept apart and the test set is {points(second)}, "
        f"{'more than chance explains' if apart(second) else 'no more than chance explains'}."
    )
    return (
        f"{how}, the network is right on {rate(shared.accuracy)} of validation images when these share photos with "
        f"training (published {percent(PUBLISHED)}), on {rate(apart_.accuracy)} when whole photos are kept apart, and "
        f"on {rate(test.accuracy)} of the test images. Sharing photos flatters by {points(first)}, {leak}. {rest}"
    )


def _labels(results: Mapping[str, Result]) -> str:
    score = results["frozen-photo"].by_photo()
    classes, counts = score.classes, score.confusion
    n = classes.index("neutrophil")
    called = counts[:, n].sum()
    others = [
        f"{counts[i, n]} {name}{'s' if counts[i, n] > 1 else ''}"
        for i, name in enumerate(classes)
        if i != n and counts[i, n]
    ]
    missed = counts[n].sum() - counts[n, n]
    wrong = counts - np.diag(np.diag(counts))
    share = (wrong[n].sum() + wrong[:, n].sum()) / max(1, wrong.sum())
    return (
        f"Of {score.n} test photos, {called} are called neutrophil"
        f"{', among them ' + join_words(others) if others else ''}; {missed} of {counts[n].sum()} neutrophils are "
        f"called something else. {100 * share:.0f} % of all mistakes are to do with neutrophils. The study suspected "
        "wrong labels: about a third of the eosinophils of BCCD look like neutrophils to us, who are no "
        "haematologists, in training and test alike, so doubtful labels make both sets harder but do not set them "
        "apart. TEST holds other photos of the same collection, not another source."
    )


KINDS = {"random": "random weights", "photo": "ImageNet's weights", "pbc": "our PBC checkpoint"}


def _kinds(results: Mapping[str, Result]) -> str:
    parts = []
    for way, how in (("frozen", "Frozen"), ("tuned", "with all layers learning")):
        names = {kind: f"{way}-{'photo' if kind == 'photo' else f'from-{kind}'}" for kind in KINDS}
        found = [f"{what} {right(results[names[kind]].by_photo())}" for kind, what in KINDS.items()]
        parts.append(f"{how}, from {join_words(found)}")
    pair = [results[name].predictions.select(split="test").by_group() for name in ("tuned-from-pbc", "tuned-photo")]
    change = difference(pair[0], pair[1])
    conclusion = f"ours against ImageNet's: {points(change)}{'' if apart(change) else ', not told apart'}"
    return f"{'; '.join(parts)}. With all layers learning, {conclusion}."


def _gradual(results: Mapping[str, Result]) -> str:
    names = ("frozen-photo", "tuned-photo", "tuned-at-once")
    frozen, gradual, at_once = (results[name].by_photo() for name in names)
    sides = [results[name].record.facts.input_size for name in names]
    tables = [results[name].predictions.select(split="test").by_group() for name in ("tuned-photo", "tuned-at-once")]
    change = difference(tables[0], tables[1])
    conclusion = "a gain" if change.low > 0 else "a loss" if change.high < 0 else "not told apart"
    return (
        f"Frozen at {sides[0]} pixels it is right on {right(frozen)}; at {sides[1]} pixels, unfrozen after two epochs "
        f"on {right(gradual)}, unfrozen at once on {right(at_once)}. "
        f"Gradual against at once: {points(change)}, {conclusion}."
    )


_TRANSFER = (
    "frozen-from-random",
    "frozen-photo",
    "frozen-from-pbc",
    "tuned-from-random",
    "tuned-photo",
    "tuned-from-pbc",
)

STUDY = Study(
    letter="E",
    title="MobileNetV2 with a new head",
    question="Why does a model that is good on validation fail on test?",
    data="Kaggle Blood Cell Images: 12,500 turned copies of 348 photos, four classes.",
    did="MobileNetV2 frozen, layers added, early stopping, classification report and confusion matrix.",
    citation="pratikscodes, Blood-Cell-Type-Prediction (repository), April 2023.",
    published=(Published("MobileNetV2 frozen", "frozen-random", {"accuracy": PUBLISHED}, of="val"),),
    unclear=(
        "It gives no figure for the test set, only that it was poor.",
        "It draws validation from the training images at random. Each of those is a turned copy of one of 277 photos, "
        "so the model is asked about photos that it has learned.",
    ),
    limits=(
        "Validation by photo stands on about 40 photos, test on 71 (4 monocytes, 6 lymphocytes). The gap between "
        "splits is measured by whole photos, and its interval is as wide as so few photos make it."
    ),
    runs=(
        _frozen("frozen-random", "Frozen, validation at random", "at random", "data"),
        _frozen("frozen-photo", "Frozen, validation by photo", "by photo", "data"),
        _frozen("frozen-from-pbc", "Frozen, from our PBC checkpoint", "by photo", "checkpoint:mobilenet_v2"),
        _frozen("frozen-from-random", "Frozen random weights", "by photo", "none"),
        _frozen("frozen-from-torchvision", "Frozen, from torchvision's weights", "by photo", "torchvision"),
        _fine("tuned-random", "Unfrozen after two epochs, validation at random", "at random", "data", 2),
        _fine("tuned-photo", "Unfrozen after two epochs, validation by photo", "by photo", "data", 2),
        _fine("tuned-at-once", "All layers at once, validation by photo", "by photo", "data", 0),
        _fine(
            "tuned-from-pbc",
            "Unfrozen after two epochs, from our PBC checkpoint",
            "by photo",
            "checkpoint:mobilenet_v2",
            2,
        ),
        _fine("tuned-from-random", "All layers from random weights", "by photo", "none", 0),
        _fine(
            "tuned-from-torchvision",
            "Unfrozen after two epochs, from torchvision's weights",
            "by photo",
            "torchvision",
            2,
        ),
    ),
    findings=(
        Finding("Why was the test set poor?", ("frozen-random", "frozen-photo"), _gap),
        Finding("Is it the same when all layers learn?", ("tuned-random", "tuned-photo"), _gap_tuned),
        Finding("Are test images mislabelled, or from another source?", ("frozen-photo",), _labels),
        Finding("Which kind of transfer helps?", _TRANSFER, _kinds),
        Finding("Does gradual unfreezing help?", ("frozen-photo", "tuned-photo", "tuned-at-once"), _gradual),
    ),
)
