"""The small networks of the seed studies, with their sizes worked out from the input size."""

from collections import OrderedDict
from itertools import pairwise

from torch import nn

from core.models.registry import ARCHITECTURES, ArchitectureSpec

STUDY_A = "C. Hobelsberger and others, NN_biomedical_image_classification"
STUDY_B = "Kaggle blood-cell images, three networks compared (study B)"
STUDY_D = "Kaggle blood-cell images, custom CNN beside EfficientNet-B4 and VGG16 (study D)"
ONE_SIZE = "Any size from 28 pixels on, but each size is a network of its own: its full connections fit no other."


def linear(classes: int, input_size: int) -> nn.Module:
    """Every pixel votes for every class: 3 S S -> classes."""
    return nn.Sequential(OrderedDict(flatten=nn.Flatten(), head=nn.Linear(3 * input_size * input_size, classes)))


ARCHITECTURES.add(
    ArchitectureSpec(
        name="linear",
        order=6,
        build=linear,
        title="One linear layer (study A's baseline)",
        study="A",
        input_size=28,
        explain_layer=None,
        head="head",
        small_input=ONE_SIZE,
        paper=STUDY_A,
    )
)


def simple_cnn(classes: int, input_size: int) -> nn.Module:
    """As study A has it: one pooling only (28 -> 27 -> 13 -> 12 pixels), no ReLU between the last two."""
    side = (input_size - 1) // 2 - 1
    return nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(3, 64, 2),
            relu1=nn.ReLU(),
            pool=nn.MaxPool2d(2),
            dropout1=nn.Dropout(0.25),
            conv2=nn.Conv2d(64, 64, 2),
            relu2=nn.ReLU(),
            dropout2=nn.Dropout(0.25),
            flatten=nn.Flatten(),
            fc=nn.Linear(64 * side * side, 64),
            dropout3=nn.Dropout(0.25),
            head=nn.Linear(64, classes),
        )
    )


ARCHITECTURES.add(
    ArchitectureSpec(
        name="simple_cnn",
        order=7,
        build=simple_cnn,
        title="Two convolutions (study A's CNN)",
        study="A",
        input_size=28,
        explain_layer="relu2",
        head="head",
        small_input=ONE_SIZE,
        paper=STUDY_A,
    )
)


def basic_cnn(classes: int, input_size: int) -> nn.Module:
    """Each convolution keeps the size, each pooling halves it; the only other layer is the head."""
    side = input_size // 4
    return nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(3, 32, 3, padding=1),
            relu1=nn.ReLU(),
            pool1=nn.MaxPool2d(2),
            conv2=nn.Conv2d(32, 64, 3, padding=1),
            relu2=nn.ReLU(),
            pool2=nn.MaxPool2d(2),
            flatten=nn.Flatten(),
            head=nn.Linear(64 * side * side, classes),
        )
    )


ARCHITECTURES.add(
    ArchitectureSpec(
        name="basic_cnn",
        order=8,
        build=basic_cnn,
        title="Two convolutions, one fully connected layer (study B's CNN)",
        study="B",
        input_size=96,
        explain_layer="relu2",
        head="head",
        small_input=ONE_SIZE,
        paper=STUDY_B,
    )
)


def deep_cnn(classes: int, input_size: int) -> nn.Module:
    """What study B meant: in its listing names are misspelt, layers defined twice, and sizes do not fit.

    Widths and rates are ours: 32 to 256 channels, four halvings, dropout .25 after each, .5 before the head.
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for step, (before, after) in enumerate(pairwise((3, 32, 64, 128, 256)), start=1):
        layers[f"conv{step}"] = nn.Conv2d(before, after, 3, padding=1)
        layers[f"relu{step}"] = nn.ReLU()
        layers[f"pool{step}"] = nn.MaxPool2d(2)
        layers[f"dropout{step}"] = nn.Dropout(0.25)
    side = input_size // 16
    return nn.Sequential(
        OrderedDict(
            features=nn.Sequential(layers),
            flatten=nn.Flatten(),
            fc=nn.Linear(256 * side * side, 256),
            relu=nn.ReLU(),
            dropout=nn.Dropout(0.5),
            head=nn.Linear(256, classes),
        )
    )


ARCHITECTURES.add(
    ArchitectureSpec(
        name="deep_cnn",
        order=9,
        build=deep_cnn,
        title="Four convolutions with dropout (study B's deeper CNN, put right)",
        study="B",
        input_size=96,
        explain_layer="features.relu4",
        head="head",
        small_input=ONE_SIZE,
        paper=STUDY_B,
    )
)


def custom_cnn(classes: int, input_size: int) -> nn.Module:
    """Study D does not print its layers; these are ours: four blocks of two convolutions, pooled between."""
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for step, (before, after) in enumerate(pairwise((3, 32, 64, 128, 256)), start=1):
        layers[f"block{step}"] = _double_convolution(before, after)
        if step < 4:
            layers[f"pool{step}"] = nn.MaxPool2d(2)
    layers |= {
        "average": nn.AdaptiveAvgPool2d(1),
        "flatten": nn.Flatten(),
        "dropout": nn.Dropout(0.3),
        "head": nn.Linear(256, classes),
    }
    return nn.Sequential(layers)


ARCHITECTURES.add(
    ArchitectureSpec(
        name="custom_cnn",
        order=10,
        build=custom_cnn,
        title="Eight convolutions with batch normalisation (study D's custom CNN)",
        study="D",
        input_size=128,
        explain_layer="block4.relu2",
        head="head",
        small_input="Any size from 28 pixels on: the last maps are averaged, so the same weights read all sizes.",
        paper=STUDY_D,
    )
)


def _double_convolution(before: int, after: int) -> nn.Module:
    """Convolution, normalisation, ReLU, twice; the size stays."""
    return nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(before, after, 3, padding=1, bias=False),
            norm1=nn.BatchNorm2d(after),
            relu1=nn.ReLU(),
            conv2=nn.Conv2d(after, after, 3, padding=1, bias=False),
            norm2=nn.BatchNorm2d(after),
            relu2=nn.ReLU(),
        )
    )
