"""Study B: two small networks and a ResNet-18 on Kaggle's four classes; the pre-trained one came last."""

from collections.abc import Mapping
from typing import Any

from core.experiments.frame import Finding
from core.experiments.studies.results import Result, difference
from core.experiments.studies.study import Published, Reading, Study, StudyRun
from core.experiments.studies.wording import apart, percent, points, rate, right
from core.training.recipe import make_recipe
from core.wording import join_words

PUBLISHED = 0.4326
AS_THEY: dict[str, Any] = {
    "input_size": 96,
    "epochs": 10,
    "batch_size": 32,
    "learning_rate": 0.001,
    "schedule": "constant",
}
WELL: dict[str, Any] = {"input_size": 96, "epochs": 10, "batch_size": 32, "learning_rate": 0.0005, "weight_decay": 0.02}


def _run(name: str, architecture: str, title: str, note: str, base: dict[str, Any], **more: Any) -> StudyRun:
    recipe = {"name": more.get("trained_as", name), "architecture": architecture, "source": "kaggle"} | base
    recipe |= {key: more.pop(key) for key in ("begin_from", "learning_rate", "freeze_epochs") if key in more}
    return StudyRun(name=name, title=title, note=note, data="by photo", recipe=make_recipe(recipe), **more)


def _reread(name: str, title: str, note: str, reading: Reading) -> StudyRun:
    return _run(
        name,
        "resnet18",
        title,
        note,
        AS_THEY,
        begin_from="data",
        unscaled=True,
        keeps="last",
        reading=reading,
        trained_as="resnet18-as-they",
    )


def _transfer(kind: str, begin_from: str, title: str) -> StudyRun:
    note = f"Begins from {title}; all layers learn at a low rate; best epoch by photos kept apart for validation."
    return _run(f"resnet18-{kind}", "resnet18", f"ResNet-18 from {title}", note, WELL, begin_from=begin_from)


SUSPECTS = {
    "resnet18-as-they": "the network trained as the report says, and read properly",
    "resnet18-training-order": "the same network left in training mode, test images class after class",
    "resnet18-training-shuffled": "the same network left in training mode, test images shuffled",
    "resnet18-hot": "a learning rate ten times as high",
    "resnet18-frozen": "a frozen network that gets pixels from 0 to 1 without the scaling its weights expect",
}


def _why(results: Mapping[str, Result]) -> str:
    scores = {name: results[name].by_image() for name in SUSPECTS}
    near = min(scores, key=lambda name: abs(scores[name].accuracy.value - PUBLISHED))
    lines = [f"{what}: {rate(scores[name].accuracy)}" for name, what in SUSPECTS.items()]
    fits = [name for name in SUSPECTS if scores[name].accuracy.low <= PUBLISHED <= scores[name].accuracy.high]
    close = (
        f"{len(fits)} of {len(SUSPECTS)} suspects fit the published {percent(PUBLISHED)} within their intervals; "
        f"nearest comes {SUSPECTS[near]}"
        if fits
        else f"None of these gives the published {percent(PUBLISHED)}; nearest comes {SUSPECTS[near]}"
    )
    return (
        f"{_learned(results)}{close} (AUC {rate(scores[near].figures['auc'])}, published 70.8 %). Share of test images "
        f"right, {'; '.join(lines)}. The report does not show how the network was read, so this is an experiment, not "
        "a proof."
    )


def _learned(results: Mapping[str, Result]) -> str:
    """Whether the weights were good and only their reading was not, by the same weights read in two ways."""
    read, mixed = (results[name] for name in ("resnet18-as-they", "resnet18-training-shuffled"))
    change = difference(*(one.predictions.select(split="test") for one in (mixed, read)))
    if change.low <= 0:
        return ""
    course = read.record.history()["val_accuracy"]
    return (
        "It had learned, but its batch normalisation failed when it was read. Normalised by mixed test batches, the "
        f"same weights gain {points(change)} of accuracy over the averages kept from training, which could not follow "
        f"so fast a training: from epoch to epoch validation went between {100 * course.min():.0f} and "
        f"{100 * course.max():.0f} %, and the study kept whatever the last one gave. "
    )


def _order(results: Mapping[str, Result]) -> str:
    cnn, good = results["deep_cnn"].by_photo(), results["resnet18-imagenet"].by_photo()
    gain = difference(*(results[name].predictions.select(split="test").by_group() for name in _PAIR))
    conclusion = (
        f"the pre-trained network is {'ahead' if gain.value > 0 else 'behind'} by {points(gain)}"
        if apart(gain)
        else f"71 photos cannot tell them apart ({points(gain)})"
    )
    return (
        "The report recommends the pre-trained network while its table says the opposite. Done with care, ResNet-18 "
        f"is right on {right(good)} and the deeper CNN on {right(cnn)}: {conclusion}."
    )


_PAIR = ("resnet18-imagenet", "deep_cnn")
KINDS = {
    "resnet18-random": "random weights",
    "resnet18-imagenet": "ImageNet's weights up to the third stage",
    "resnet18-pbc": "our PBC checkpoint",
}


def _kinds(results: Mapping[str, Result]) -> str:
    found = [f"{what} {right(results[name].by_photo())}" for name, what in KINDS.items()]
    base = results["resnet18-random"].predictions.select(split="test").by_group()
    gains = {
        what: difference(results[name].predictions.select(split="test").by_group(), base)
        for name, what in list(KINDS.items())[1:]
    }
    gained = [f"{what} gain {points(gain)}{'' if apart(gain) else ' (not told apart)'}" for what, gain in gains.items()]
    return f"Beginning from {join_words(found)}. Against random weights, {join_words(gained)}."


STUDY = Study(
    letter="B",
    title="Three networks on Kaggle's blood cells",
    question="Does a pre-trained network beat one trained from nothing?",
    data="Kaggle Blood Cell Images, four classes, 96 × 96 pixels: about 10,000 turned copies of 277 photos to learn "
    "from, 2,487 copies of 71 other photos to test on.",
    did="A basic CNN, a deeper CNN with dropout and a pre-trained ResNet-18, ten epochs each.",
    citation="A student report with three networks on Kaggle Blood Cell Images (study B).",
    published=(
        Published("Deeper CNN", "deep_cnn", {"accuracy": 0.8082, "f1": 0.8108, "auc": 0.9630}),
        Published("ResNet-18 transfer", "resnet18-as-they", {"accuracy": PUBLISHED, "f1": 0.4351, "auc": 0.7079}),
    ),
    unclear=(
        "It calls the cells lymph node sections with metastatic tissue. They are white blood cells.",
        "The deeper CNN's listing does not run: names are misspelt, layers defined twice, sizes do not fit. Ours is "
        "what it seems to mean.",
        "Its loss by epoch (1.1286 .4304 .5654 .2876 .3191 .2834 .2533 .0965 .2752 .1145) is that of the last batch "
        "of each epoch, which says little.",
        "It had no validation set, so nothing tells which epoch was good before the test.",
    ),
    limits=(
        "Its 2,487 test images are turned copies of 71 photos: 48 neutrophils, 13 eosinophils, 6 lymphocytes and 4 "
        "monocytes. A figure by image looks exact to a point and is not; one photo more or less of a monocyte moves "
        "that class by 25 points."
    ),
    runs=(
        _run("basic_cnn", "basic_cnn", "Basic CNN", "Ten epochs, Adam at .001, pixels scaled alike.", AS_THEY),
        _run(
            "deep_cnn", "deep_cnn", "Deeper CNN with dropout", "Ten epochs, Adam at .001, listing put right.", AS_THEY
        ),
        _reread(
            "resnet18-as-they",
            "ResNet-18 as the report says",
            "All layers at .001, pixels 0 to 1 without ImageNet's scaling, the last epoch taken.",
            "evaluation",
        ),
        _reread(
            "resnet18-training-order",
            "The same, read in training mode, in folder order",
            "Batch normalisation by the batch of 32 at hand, which holds one class only.",
            "training, in order",
        ),
        _reread(
            "resnet18-training-shuffled",
            "The same, read in training mode, shuffled",
            "Batch normalisation by the batch of 32 at hand, which holds all classes.",
            "training, shuffled",
        ),
        _run(
            "resnet18-frozen",
            "resnet18",
            "ResNet-18, early stages frozen, pixels unscaled",
            "The stages that ImageNet's weights fill do not learn and get pixels that they do not expect.",
            AS_THEY,
            begin_from="data",
            freeze_epochs=10,
            unscaled=True,
            keeps="last",
        ),
        _run(
            "resnet18-hot",
            "resnet18",
            "ResNet-18 at a learning rate of .01",
            "As the report says, but ten times as fast.",
            AS_THEY,
            begin_from="data",
            learning_rate=0.01,
            unscaled=True,
            keeps="last",
        ),
        _transfer("imagenet", "data", "ImageNet's weights up to the third stage"),
        _transfer("pbc", "checkpoint:resnet18", "our PBC checkpoint"),
        _transfer("random", "none", "random weights"),
        _transfer("torchvision", "torchvision", "torchvision's ImageNet weights"),
    ),
    findings=(
        Finding("Why did its ResNet-18 stand at 43 %?", tuple(SUSPECTS), _why),
        Finding("Which network is better?", _PAIR, _order),
        Finding("Which kind of transfer helps?", tuple(KINDS), _kinds),
    ),
)
