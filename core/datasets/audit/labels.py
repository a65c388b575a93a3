"""Labels that are probably wrong, by confident learning.

Source: Northcutt, Jiang, Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels", JAIR 70 (2021),
arXiv:1911.00068. The probabilities have to be out of sample: here those of a logistic regression on features that a
network gives, in folds that keep the images of one scene together.
"""

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

FOLDS = 5
SEED = 0
STRENGTH, FEW = 0.01, 100
"""C of the regression: strong regularisation, lest it learn wrong labels by heart; FEW / N where that is more."""

CERTAIN = 0.85
"""Margin from which on a label is doubted whatever the joint says: its thresholds are means, which half of all wrong
labels miss where every image of a class is about equally sure."""


@dataclass(frozen=True)
class Suspects:
    """places: (S,) numbers of images whose label is doubted, the most doubtful first. given, likelier: (S,) class
    numbers. margin: (S,) by how much the likelier class leads, 0 to 1. noise: the share of all labels that the
    confident joint puts elsewhere. agreement: the share of all labels that are the likeliest class; where it is low,
    the features tell these classes badly and doubts mean little.
    """

    places: npt.NDArray[np.intp]
    given: npt.NDArray[np.intp]
    likelier: npt.NDArray[np.intp]
    margin: npt.NDArray[np.float64]
    noise: float
    agreement: float


def out_of_fold(features: np.ndarray, labels: np.ndarray, scenes: np.ndarray, folds: int = FOLDS) -> np.ndarray:
    """(N, K) float64 probabilities, each by a regression that saw neither the image nor another of its scene.

    features: (N, D). labels: (N,) in 0..K-1. scenes: (N,) equal for images of one scene. A class that is missing where
    a fold learns has probability 0 there. ValueError where there are fewer than two classes or scenes.
    """
    classes = int(labels.max()) + 1 if len(labels) else 0
    folds = min(folds, len(np.unique(scenes)))
    if len(np.unique(labels)) < 2 or folds < 2:
        raise ValueError("labels of two classes and images of two scenes are needed to learn from")
    probabilities = np.zeros((len(labels), classes))
    strength = max(STRENGTH, FEW / len(labels))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        for learned, left_out in scene_folds(labels, scenes, folds):
            model = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=200))
            if len(np.unique(labels[learned])) < 2:
                probabilities[left_out, labels[learned][0]] = 1
                continue
            model.fit(features[learned], labels[learned])
            probabilities[np.ix_(left_out, model.classes_)] = model.predict_proba(features[left_out])
    return probabilities


def scene_folds(labels: np.ndarray, scenes: np.ndarray, folds: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """(learned from, left out) of each fold, whole scenes at a time, classes spread evenly."""
    single = len(np.unique(scenes)) == len(scenes)
    few = np.bincount(labels)[np.unique(labels)].max() < folds
    splitter = (
        GroupKFold(folds)
        if few
        else (StratifiedKFold if single else StratifiedGroupKFold)(folds, shuffle=True, random_state=SEED)
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return [
            (learned, left) for learned, left in splitter.split(labels, labels, scenes) if len(learned) and len(left)
        ]


def find_suspects(probabilities: np.ndarray, labels: np.ndarray) -> Suspects:
    """Images to doubt, the surest first: pruning by noise rate, from the calibrated confident joint, and CERTAIN ones.

    An image counts for class j if its probability of j reaches the mean probability of j among the images labelled j;
    where it reaches several, for the likeliest. The counts of each label, scaled to all of its images, say how many
    labelled i are likely j: of those with j likeliest of all, so many are doubted, by p(j) - p(i).
    probabilities: (N, K); labels: (N,) in 0..K-1.
    """
    classes, numbers = probabilities.shape[1], np.arange(len(labels))
    joint = confident_joint(probabilities, labels)
    likeliest = probabilities.argmax(axis=1)
    lead = probabilities[numbers, likeliest] - probabilities[numbers, labels]
    order = np.lexsort((numbers, -lead))
    chosen = lead >= CERTAIN
    for given in range(classes):
        for other in range(classes):
            if given != other:
                candidates = order[(labels[order] == given) & (likeliest[order] == other)]
                chosen[candidates[: round(float(joint[given, other]))]] = True
    places = order[chosen[order]]
    noise = float(1 - np.trace(joint) / max(joint.sum(), 1e-9))
    return Suspects(places, labels[places], likeliest[places], lead[places], noise, float((likeliest == labels).mean()))


def confident_joint(probabilities: np.ndarray, labels: np.ndarray) -> npt.NDArray[np.float64]:
    """(K, K) how many images of each label (rows) are probably of each class (columns); rows add up to the labels."""
    classes = probabilities.shape[1]
    counts = np.bincount(labels, minlength=classes)
    thresholds = [probabilities[labels == k, k].mean() if counts[k] else np.inf for k in range(classes)]
    reached = np.where(probabilities >= thresholds, probabilities, -1)
    sure = reached.max(axis=1) >= 0
    joint = np.zeros((classes, classes))
    np.add.at(joint, (labels[sure], reached.argmax(axis=1)[sure]), 1)
    confident = joint.sum(axis=1)
    # Of a label none of whose images counts nothing is known: it is left as it is.
    joint[confident == 0] = np.diag(counts)[confident == 0]
    return np.asarray(joint * (counts / np.maximum(joint.sum(axis=1), 1))[:, None])
