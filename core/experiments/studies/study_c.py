"""Study C: AlexNet, ResNet and EfficientNet on the original photos, tested on 35 of them."""

from collections.abc import Mapping
from math import hypot, log
from typing import Any

import numpy as np

from core.evaluation.intervals import Interval, wilson
from core.experiments.frame import Finding
from core.experiments.studies.results import Result, Scores, difference, gap
from core.experiments.studies.study import Published, Study, StudyRun
from core.experiments.studies.wording import apart, points, rate, right
from core.training.recipe import make_recipe
from core.wording import join_words

SIZES = {"alexnet": 128, "resnet18": 96, "efficientnet_b0": 96}
TITLES = {"alexnet": "AlexNet", "resnet18": "ResNet-18", "efficientnet_b0": "EfficientNet-B0"}
BASE = {"source": "bccd", "epochs": 20, "batch_size": 32, "augment": "symmetry", "weight_decay": 0.02}
BEGIN = {"resnet18": "data", "alexnet": "none", "efficientnet_b0": "none"}
RATES = {"alexnet": 0.0003, "resnet18": 0.0005, "efficientnet_b0": 0.001}
NETWORKS = tuple(TITLES)
N = 35


def _run(name: str, architecture: str, data: str, note: str, **more: Any) -> StudyRun:
    recipe = BASE | {
        "name": name,
        "architecture": architecture,
        "input_size": SIZES[architecture],
        "begin_from": BEGIN[architecture],
        "learning_rate": RATES[architecture],
    }
    recipe |= {key: more.pop(key) for key in ("begin_from", "learning_rate", "schedule", "augment") if key in more}
    title = more.pop("title", f"{TITLES[architecture]}, {data}")
    return StudyRun(name=name, title=title, note=note, data=data, recipe=make_recipe(recipe), **more)


def _collapse(name: str, learning_rate: float, *, default: bool) -> StudyRun:
    start = "PyTorch's default random weights" if default else "random weights scaled for ReLUs"
    return _run(
        name,
        "alexnet",
        "whole photo",
        f"From {start}, Adam at {learning_rate:g}, no schedule, no augmentation; the last epoch is kept.",
        title=f"AlexNet from {start}, at a learning rate of {learning_rate:g}",
        learning_rate=learning_rate,
        schedule="constant",
        augment="none",
        keeps="last",
        default_start=default,
    )


COLLAPSES = {
    "alexnet-default-hot": (0.01, True),
    "alexnet-default": (0.001, True),
    "alexnet-default-gentle": (0.0001, True),
    "alexnet-hot": (0.01, False),
    "alexnet-common": (0.001, False),
    "alexnet-gentle": (0.0001, False),
}
"""Learning rate, and whether the random weights are PyTorch's default."""


def _one_class(scores: Scores) -> float:
    """Share of the test photos that get the commonest answer."""
    answered = scores.confusion.sum(0)
    return float(answered.max() / answered.sum())


def _why(results: Mapping[str, Result]) -> str:
    found = {name: results[name].by_photo() for name in COLLAPSES}
    fallen = [name for name in COLLAPSES if _one_class(found[name]) == 1]
    lines = []
    for default in (True, False):
        parts = [
            f"at {learning_rate:g} {100 * _one_class(found[name]):.0f} % of the test photos get the commonest answer "
            f"and {rate(found[name].accuracy)} are right"
            for name, (learning_rate, plain) in COLLAPSES.items()
            if plain == default
        ]
        lines.append(f"{'By default' if default else 'Scaled for ReLUs'}, {'; '.join(parts)}")
    if fallen:
        where = [
            f"at a learning rate of {learning_rate:g} from {'default' if default else 'scaled'} random weights"
            for learning_rate, default in (COLLAPSES[name] for name in fallen)
        ]
        losses = [results[name].record.history()["train_loss"].iloc[-1] for name in fallen]
        conclusion = (
            f"It happens {join_words(where)}: the training loss ends at {losses[0]:.2f}, that of guessing among four "
            f"({log(4):.2f}). Most likely steps too large, in a network without normalisation, leave units that answer "
            "nothing any more"
        )
    else:
        conclusion = "None of our runs ends with one class for every photo"
    tried = f"{len(fallen)} of {len(COLLAPSES)} runs end so"
    return f"{conclusion} ({tried}). {'. '.join(lines)}. What the study began from and at which rate it does not say."


def _independent(a: int, b: int) -> Interval:
    """b/35 minus a/35 by Newcombe's interval, as if measured on different photos."""
    one, two = wilson(a, N), wilson(b, N)
    d = two.value - one.value
    low = d - hypot(two.value - two.low, one.high - one.value)
    return Interval(d, low, d + hypot(two.high - two.value, one.value - one.low))


def _apart(results: Mapping[str, Result]) -> str:
    change = _independent(28, 32)
    verb = "are" if change.low > 0 else "are not"
    return (
        f"28 of 35 is {rate(wilson(28, N))} and 32 of 35 is {rate(wilson(32, N))}: the difference is "
        f"{points(change)}, so by these photos EfficientNet and ResNet {verb} told apart. The study names EfficientNet "
        "the best by accuracy, although ResNet finds a larger share of the cells of an average class (92 % against "
        "86 %). With 6 of 35, AlexNet is worse than both beyond chance."
    )


def _pooled(results: Mapping[str, Result]) -> str:
    scores = {name: results[f"{name}-folds"].by_photo() for name in NETWORKS}
    best, second = sorted(scores, key=lambda name: -scores[name].accuracy.value)[:2]
    gain = difference(*(results[f"{name}-folds"].predictions.select(split="test") for name in (best, second)))
    lines = [f"{TITLES[name]} is right on {right(score)}" for name, score in scores.items()]
    conclusion = (
        f"{TITLES[best]} is ahead of {TITLES[second]} by {points(gain)}"
        if apart(gain)
        else f"{TITLES[best]} and {TITLES[second]} still cannot be told apart ({points(gain)})"
    )
    return f"With every photo a test photo once, {join_words(lines)}; {conclusion}."


def _with_care(results: Mapping[str, Result]) -> str:
    lines = []
    spread = {
        kind: np.ptp([results[f"{name}-{kind}"].by_photo().accuracy.value for name in NETWORKS])
        for kind in ("folds", "folds-pbc")
    }
    for name in NETWORKS:
        plain, cared = (results[f"{name}-{kind}"] for kind in spread)
        gain = difference(*(one.predictions.select(split="test") for one in (cared, plain)))
        beyond = "" if apart(gain) else ", which chance can explain"
        lines.append(f"{TITLES[name]} is right on {right(cared.by_photo())}, {points(gain)} more than before{beyond}")
    return (
        f"From the cell's box, with weights that know blood cells from PBC, {join_words(lines)}. "
        f"From the best to the worst of the three it is then {100 * spread['folds-pbc']:.1f} percentage points, before "
        f"it was {100 * spread['folds']:.0f}."
    )


def _box(results: Mapping[str, Result]) -> str:
    whole, box = (results[name].by_photo() for name in ("resnet18", "resnet18-box"))
    ours = results["resnet18-box-pbc"].by_photo()
    change = gap(box, whole)
    conclusion = "more than chance explains" if apart(change) else "which so few photos cannot tell from chance"
    return (
        f"ResNet-18 is right on {right(whole)} from the whole photo and on {right(box)} from the cell's box, "
        f"{points(change)}, {conclusion}. "
        f"Begun from our PBC checkpoint instead of ImageNet it is right on {right(ours)}."
    )


STUDY = Study(
    letter="C",
    title="AlexNet, ResNet and EfficientNet on 410 photos",
    question="Which network reads the original photos best?",
    data="BCCD's 410 photos of 640 × 480, one class each. Of these 44 were never labelled and 15 have two labels.",
    did=(
        "Cleaned the photos, compared class counts, average images and pixel distributions, and trained three "
        "networks; 35 test photos."
    ),
    citation="A student report with ResNet, EfficientNet and AlexNet on BCCD's photos (study C).",
    published=(
        Published(
            "AlexNet",
            "alexnet",
            {"accuracy": 0.171, "sensitivity": 0.25, "specificity": 0.75},
            6,
            N,
            {
                "neutrophil": (1.0, 0.0, 0.171),
                "eosinophil": (0.0, 1.0, 0.0),
                "monocyte": (0.0, 1.0, 0.0),
                "lymphocyte": (0.0, 1.0, 0.0),
            },
        ),
        Published(
            "ResNet",
            "resnet18",
            {"accuracy": 0.800, "sensitivity": 0.92, "specificity": 0.94},
            28,
            N,
            {
                "neutrophil": (1.0, 0.759, 0.462),
                "eosinophil": (1.0, 1.0, 1.0),
                "monocyte": (1.0, 1.0, 1.0),
                "lymphocyte": (0.696, 1.0, 1.0),
            },
        ),
        Published(
            "EfficientNet",
            "efficientnet_b0",
            {"accuracy": 0.914, "sensitivity": 0.86, "specificity": 0.97},
            32,
            N,
            {
                "neutrophil": (0.833, 1.0, 1.0),
                "eosinophil": (1.0, 0.938, 0.6),
                "monocyte": (0.667, 1.0, 1.0),
                "lymphocyte": (0.957, 0.917, 0.957),
            },
        ),
    ),
    unclear=(
        "It does not say how the 35 test photos were chosen. By its own rates they held about 6 neutrophils and 23 "
        "lymphocytes, while neutrophils are by far the commonest of the photos.",
        "Photos of overlapping fields may lie on both sides of its split; ours keep them together.",
        "It repeats rare classes before or after splitting: which, it does not say. Ours repeats training photos only.",
        "The mean specificity of EfficientNet is given as .97; its four values have a mean of .964.",
        "It does not say which ResNet and EfficientNet, nor what they began from.",
    ),
    limits=(
        "35 test photos hold 2 or 3 monocytes and 3 or 4 lymphocytes. A figure from them is right to within 10 to 15 "
        "points at best; per class it says next to nothing. The pooled folds use every photo once, and even so there "
        "are 21 monocytes. A third of the eosinophils look like neutrophils."
    ),
    runs=(
        *(_run(name, name, "whole photo", "The whole photo, cleaned as the study says.") for name in NETWORKS),
        *(_collapse(name, learning_rate, default=default) for name, (learning_rate, default) in COLLAPSES.items()),
        _run("alexnet-box", "alexnet", "cell's box", "The square around the cell's box in place of the whole photo."),
        _run("resnet18-box", "resnet18", "cell's box", "The square around the cell's box in place of the whole photo."),
        _run(
            "resnet18-box-pbc",
            "resnet18",
            "cell's box",
            "The cell's box, begun from our PBC checkpoint.",
            begin_from="checkpoint:resnet18",
            title="ResNet-18 from our PBC checkpoint, cell's box",
        ),
        *(
            _run(
                f"{name}-folds",
                name,
                "whole photo, folds",
                "Five models; every photo is a test photo once.",
                way="folds",
            )
            for name in NETWORKS
        ),
        *(
            _run(
                f"{name}-folds-pbc",
                name,
                "cell's box, folds",
                "Five models on the cell's box, begun from our PBC checkpoint; every photo is a test photo once.",
                way="folds",
                begin_from=f"checkpoint:{name}",
                title=f"{TITLES[name]} from our PBC checkpoint, cell's box, folds",
            )
            for name in NETWORKS
        ),
    ),
    findings=(
        Finding("Why did AlexNet give one class to every photo?", tuple(COLLAPSES), _why),
        Finding("Can 35 photos tell EfficientNet from ResNet?", (), _apart),
        Finding("And all photos?", tuple(f"{name}-folds" for name in NETWORKS), _pooled),
        Finding(
            "What decides: the network, or what it begins with?",
            tuple(f"{name}-{kind}" for name in NETWORKS for kind in ("folds", "folds-pbc")),
            _with_care,
        ),
        Finding("Does it help to cut out the cell?", ("resnet18", "resnet18-box", "resnet18-box-pbc"), _box),
    ),
)
