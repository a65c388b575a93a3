"""Whether a map tells the truth about its model: measures that need no opinion of what a map should look like."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from scipy.stats import spearmanr
from torch import Tensor

from core.explain.baseline import blurred

STEPS = 5
"""Parts in which a picture is taken away, and given back."""

Floats = npt.NDArray[np.float64]


def upsampled(values: np.ndarray, size: int) -> Floats:
    """A map (h, w) brought to (size, size) as it is drawn over a picture: bilinearly, centre to centre."""
    grid = Image.fromarray(values.astype(np.float32)).resize((size, size), Image.Resampling.BILINEAR)
    return np.asarray(grid, np.float64)


def pixel_order(values: np.ndarray, size: int) -> npt.NDArray[np.intp]:
    """(size * size,) numbers of the pixels, those first that the map (h, w) marks most; equals in a fixed disorder,
    so that a flat map is a map of chance."""
    tie = np.random.default_rng(0).permutation(size * size)
    return tie[np.argsort(-upsampled(values, size).ravel()[tie], kind="stable")]


@dataclass(frozen=True, eq=False)
class Judge:
    """Deletion and insertion of the maps for one answer about one picture.

    answer: pictures (N, 3, S, S) -> logits (N, K), as the maps that are judged were made for: averaged where that is.
    image: (3, S, S). target: column of the answer.
    """

    answer: Callable[[Tensor], Tensor]
    image: Tensor
    target: int

    @cached_property
    def _ends(self) -> Floats:
        """(2,): the target's probability in the picture, and where all of it is blurred away."""
        return self._probabilities(torch.cat([self.image[None], blurred(self.image[None])]))

    def deletion_and_insertion(self, order: npt.NDArray[np.intp]) -> tuple[float, float]:
        """(deletion, insertion): the mean probability of the target while the picture is blurred away in this order,
        where less is better, and while it comes back from the blur, where more is.

        Petsiuk, Das and Saenko, RISE, BMVC 2018 (arXiv:1806.07421), the area by trapezes over STEPS equal parts.
        """
        size = self.image.shape[-1]
        rank = torch.empty(size * size, dtype=torch.long)
        rank[torch.from_numpy(order)] = torch.arange(size * size)
        limits = torch.arange(1, STEPS).view(-1, 1, 1) * (size * size) // STEPS
        first = (rank.view(1, size, size) < limits)[:, None]
        image, baseline = self.image[None], blurred(self.image[None])
        between = torch.cat([torch.where(first, baseline, image), torch.where(first, image, baseline)])
        going, coming = np.split(self._probabilities(between), 2)
        whole, gone = self._ends
        curves = [whole, *going, gone], [gone, *coming, whole]
        deletion, insertion = (float(np.trapezoid(curve) / STEPS) for curve in curves)
        return deletion, insertion

    @torch.inference_mode()
    def _probabilities(self, pictures: Tensor) -> Floats:
        return np.asarray(self.answer(pictures).softmax(1)[:, self.target].double().numpy())


def rank_correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Spearman's rank correlation of two maps on one grid; 0 where one of them is flat.

    Of a model and of one with random weights it should be near 0: a map that stays the same says nothing of what was
    learned (Adebayo et al., Sanity checks for saliency maps, NeurIPS 2018, arXiv:1810.03292).
    """
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0
    return float(spearmanr(first.ravel(), second.ravel()).statistic)


def share_inside(values: np.ndarray, mask: npt.NDArray[np.bool_]) -> float:
    """Of a map's energy, the share that lies within the mask (S, S); NaN for a flat map."""
    spread = upsampled(values, len(mask)).clip(0)
    total = spread.sum()
    return float(spread[mask].sum() / total) if total > 0 else float("nan")


def middle_spot(size: int) -> np.ndarray:
    """(size, size) float32: a round spot in the middle. It looks at nothing, but cells lie in the middle."""
    place = (np.arange(size) + 0.5) / size - 0.5
    return np.exp(-(place[:, None] ** 2 + place[None] ** 2) / (2 * 0.2**2)).astype(np.float32)


def chance_map(size: int, seed: int) -> np.ndarray:
    """(size, size) float32: squares of random height."""
    return np.random.default_rng(seed).random((size, size)).astype(np.float32)
