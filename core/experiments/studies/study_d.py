"""Study D: a custom CNN, EfficientNet-B4 and VGG16 on Kaggle's four classes; no figures published."""

from collections.abc import Mapping

from core.experiments.frame import Finding
from core.experiments.studies.results import Result, difference
from core.experiments.studies.study import Study, StudyRun
from core.experiments.studies.wording import apart, points, right
from core.training.recipe import make_recipe
from core.wording import join_words

BASE = {
    "source": "kaggle",
    "input_size": 128,
    "epochs": 100,
    "patience": 12,
    "batch_size": 32,
    "augment": "smear",
    "balance": "sampler",
    "weight_decay": 0.02,
}
TITLES = {"custom_cnn": "Custom CNN", "efficientnet_b4": "EfficientNet-B4", "vgg16": "VGG16"}
RATES = {"custom_cnn": 0.002, "efficientnet_b4": 0.0007, "vgg16": 0.00003}
BEGIN = {"custom_cnn": "none", "efficientnet_b4": "checkpoint:efficientnet_b4", "vgg16": "checkpoint:vgg16"}
NETWORKS = tuple(TITLES)


def _run(name: str) -> StudyRun:
    start = "random weights" if BEGIN[name] == "none" else "our PBC checkpoint"
    return StudyRun(
        name=name,
        title=TITLES[name],
        note=f"From {start}; turned, flipped and recoloured images, classes drawn alike, best epoch by validation.",
        data="by photo",
        recipe=make_recipe(
            BASE | {"name": name, "architecture": name, "learning_rate": RATES[name], "begin_from": BEGIN[name]}
        ),
    )


def _which(results: Mapping[str, Result]) -> str:
    scores = {name: results[name].by_photo() for name in NETWORKS}
    best, second, _ = sorted(scores, key=lambda name: -scores[name].accuracy.value)
    gain = difference(*(results[name].predictions.select(split="test").by_group() for name in (best, second)))
    conclusion = (
        f"{TITLES[best]} is ahead of {TITLES[second]} by {points(gain)}"
        if apart(gain)
        else f"{TITLES[best]} and {TITLES[second]} cannot be told apart ({points(gain)})"
    )
    lines = [f"{TITLES[name]} is right on {right(score)}" for name, score in scores.items()]
    epochs = [f"{TITLES[name]} {results[name].record.facts.training['epochs']}" for name in NETWORKS]
    return f"{join_words(lines)}; {conclusion}. Epochs run here, of the study's 100: {join_words(epochs)}."


STUDY = Study(
    letter="D",
    title="Custom CNN, EfficientNet-B4 and VGG16",
    question="Does a larger network read these cells better than a custom one?",
    data="Kaggle Blood Cell Images, four classes, 128 × 128 pixels, augmented to balance the classes.",
    did="Three networks, 100 epochs, the best checkpoint kept, TensorBoard, prediction on new images.",
    citation="A student report with a custom CNN, EfficientNet-B4 and VGG16 on Kaggle Blood Cell Images (study D).",
    published=(),
    unclear=(
        "It publishes no figures, so there is nothing to set ours against.",
        "It says pixels from 0 to 255 in one place and from 0 to 1 in another.",
        "Kaggle's training images are augmented already: augmenting them again adds little, and balances classes that "
        "are balanced by image but not by photo.",
        "The custom CNN's layers are not listed; ours are eight convolutions with batch normalisation.",
    ),
    limits=(
        "The test images are turned copies of 71 photos (4 monocytes, 6 lymphocytes): score by photo, and expect "
        "intervals of 15 points and more."
    ),
    runs=tuple(_run(name) for name in NETWORKS),
    findings=(Finding("Which of the three is best?", NETWORKS, _which),),
)
