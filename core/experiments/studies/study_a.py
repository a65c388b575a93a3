"""Study A: a small convolutional network against a one-layer network, on BloodMNIST's eight classes."""

from collections.abc import Mapping

from core.experiments.frame import Finding
from core.experiments.studies.results import Result, difference
from core.experiments.studies.study import Published, Study, StudyRun
from core.experiments.studies.wording import apart, percent, points, rate, right
from core.training.recipe import make_recipe

PLAIN = {"input_size": 28, "epochs": 50, "batch_size": 128, "learning_rate": 0.001, "schedule": "constant"}
CNN, BASELINE = 0.914, 0.781


def _run(architecture: str, title: str) -> StudyRun:
    return StudyRun(
        name=architecture,
        title=title,
        note="As the study trained: no augmentation, Adam, one setting of its grid, early stopping on validation loss.",
        data="the source's splits",
        recipe=make_recipe({"name": architecture, "architecture": architecture, "patience": 5} | PLAIN),
    )


def _holds(results: Mapping[str, Result]) -> str:
    cnn, linear = results["simple_cnn"], results["linear"]
    ahead = difference(cnn.predictions.select(split="test"), linear.predictions.select(split="test"))
    conclusion = "So the study's order holds" if ahead.low > 0 else "So the study's order cannot be confirmed"
    return (
        f"Trained in the study's manner, the CNN is right on {right(cnn.by_image())} "
        f"(published {percent(CNN)}) and the one layer on {right(linear.by_image())} (published {percent(BASELINE)}). "
        f"{conclusion}: the difference is {points(ahead)}."
    )


def _published_below(results: Mapping[str, Result]) -> str:
    score = results["simple_cnn"].by_image().accuracy
    if score.low <= CNN <= score.high:
        return f"The published {percent(CNN)} of the CNN lies within our interval, {rate(score)}: nothing to explain."
    side = "below" if score.low > CNN else "above"
    return (
        f"The published {percent(CNN)} of the CNN lies {side} our {rate(score)}, although architecture and manner are "
        "the same. What differs: the split of the cells, and that the study's figure is a mean over five folds of all "
        "images, with a setting of its grid that it does not name. Which of these it was cannot be told."
    )


def _augmented(results: Mapping[str, Result]) -> str:
    score = results["simple_cnn"].by_image()
    other = results["shipped simple_cnn"]
    gain = difference(other.predictions.select(split="test"), results["simple_cnn"].predictions.select(split="test"))
    verb = "more" if gain.value > 0 else "fewer"
    sure = "" if apart(gain) else ", which chance may explain"
    return (
        f"With flips, quarter turns, averaged weights and a schedule the same network is right on "
        f"{right(other.by_image())}, against {right(score)} without: {points(gain)} {verb}{sure}."
    )


STUDY = Study(
    letter="A",
    title="CNN against a one-layer network",
    question="Is a small convolutional network worth its trouble?",
    data="BloodMNIST, 28 × 28 pixels, eight classes, over 17,000 cells. Ours: the same cells from PBC, split by file.",
    did=(
        "A one-layer network against two convolutions, a grid of batch size, learning rate and epochs with early "
        "stopping, and five-fold cross-validation."
    ),
    citation="C. Hobelsberger and others, NN_biomedical_image_classification (repository).",
    published=(
        Published(
            "CNN",
            "simple_cnn",
            {"accuracy": CNN, "precision": 0.912, "sensitivity": 0.896, "f1": 0.901},
            of="five folds of all images",
        ),
        Published(
            "One layer",
            "linear",
            {"accuracy": BASELINE, "precision": 0.775, "sensitivity": 0.738, "f1": 0.748},
            of="five folds of all images",
        ),
    ),
    unclear=(
        "Its folds pool training, validation and test images, so no image was kept apart until the end. Ours never "
        "touch the test split.",
        "BloodMNIST's own split is not published by file, so figures compare by protocol, not image by image.",
    ),
    limits=(
        "2,570 test cells tell differences of about two points. They are cells of one laboratory, several of one "
        "patient, and nobody knows which: on new patients all figures would be lower."
    ),
    runs=(
        _run("linear", "One linear layer, as the study trained"),
        _run("simple_cnn", "Two convolutions, as the study trained"),
    ),
    findings=(
        Finding("Does the CNN beat the one-layer network?", ("linear", "simple_cnn"), _holds),
        Finding("Do we get its figures?", ("simple_cnn",), _published_below),
        Finding("What does better training bring?", ("simple_cnn", "shipped simple_cnn"), _augmented),
    ),
    searches=("study_a", "simple_cnn"),
    crossvals=("linear", "simple_cnn"),
    checkpoints=("linear", "simple_cnn"),
)
