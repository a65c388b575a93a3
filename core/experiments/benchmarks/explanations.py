"""Faithfulness of every way to explain a checkpoint, on a fixed sample of its validation and test cells, and where the
maps lie on JTSC's cells, of which masks drawn by people are known."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from PIL import Image
from torch import Tensor, nn

from core.checkpoints import Checkpoint
from core.datasets import Source, find_source
from core.datasets.statistics import sample
from core.errors import SourceError
from core.evaluation.results.faithfulness import COLUMNS, CONTROLS, Faithfulness
from core.explain.attribution import explain
from core.explain.faithfulness import alike, chance_map, middle_spot, order_of, share_inside, taken_and_given
from core.explain.masks import Mask, cell_mask
from core.explain.registry import methods_for
from core.imaging.decoding import Photo
from core.imaging.windows import cut
from core.inference.reader import Reader
from core.models.registry import build
from core.progress import Progress, silent

A_CLASS = 10
"""Cells of each class and split, where nothing else is asked for."""

MASKED = "jtsc"
SEED = 0


@dataclass(frozen=True)
class _Picture:
    """One picture to explain, as it is asked for; split: val, test or the name of the source with masks."""

    split: str
    key: str
    label: str


def measure(
    checkpoint: Checkpoint,
    source: Source,
    folder: Path,
    most: int = 0,
    progress: Progress = silent,
    stopped: Callable[[], bool] = lambda: False,
) -> Faithfulness | None:
    """Every method on every picture; None where it was stopped. folder: of what is done, so that the next call goes on.

    most: cells of each class and split, A_CLASS where 0. The class that is explained is the one the model says. The
    map is judged against the network as it is, without averaging over symmetries, as it is drawn.
    """
    lead = checkpoint.lead
    path = folder / f"{lead.name}-{lead.card.sha256[:12]}.csv"
    folder.mkdir(parents=True, exist_ok=True)
    done = pd.read_csv(path) if path.is_file() else pd.DataFrame(columns=list(COLUMNS))
    known = set(zip(done["split"], done["key"], strict=True))
    pictures = list(_pictures(source, most or A_CLASS))
    reader = Reader(lead)
    blank = _random_twin(lead)
    for number, picture in enumerate(pictures, start=1):
        if (picture.split, picture.key) not in known:
            if stopped():
                return None
            rows = pd.DataFrame(_rows(reader, blank, source, picture, number), columns=list(COLUMNS))
            rows.to_csv(path, mode="a", header=not path.is_file(), index=False)
        progress(number, len(pictures))
    table = pd.read_csv(path)
    wanted = {(picture.split, picture.key) for picture in pictures}
    asked = [pair in wanted for pair in zip(table["split"], table["key"], strict=True)]
    return Faithfulness(table[asked].reset_index(drop=True), lead.card.sha256)


def _pictures(source: Source, most: int) -> Iterator[_Picture]:
    for split in ("val", "test"):
        for label, keys in sample(source, split, most).items():
            yield from (_Picture(split, key, label) for key in keys)
    with_masks = _with_masks()
    if with_masks is not None:
        for split in ("train", "val", "test"):
            for label, keys in sample(with_masks, split, max(1, most // 2)).items():
                yield from (_Picture(MASKED, key, label) for key in keys)


def _with_masks() -> Source | None:
    """The source with masks drawn by people, where it is on this computer."""
    try:
        return find_source(MASKED)
    except SourceError:
        return None


def _random_twin(checkpoint: Checkpoint) -> nn.Module:
    """The same network before it learned anything."""
    torch.manual_seed(SEED)
    return build(checkpoint.card.architecture, len(checkpoint.space), checkpoint.preprocessing.size).eval()


def _rows(reader: Reader, blank: nn.Module, source: Source, picture: _Picture, seed: int) -> list[tuple[object, ...]]:
    """One row a method for one picture."""
    size = reader.lead.preprocessing.size
    mask: Mask | None
    if picture.split == MASKED:
        crop, mask = _masked(picture.key, size)
    else:
        photo = Photo(picture.key, source.load(picture.key))
        crop = reader.crop(photo, reader.frame([photo])[0].box)
        mask = cell_mask(crop)
    image = reader.lead.tensor([crop])
    with torch.inference_mode():
        target = int(reader.lead.model(image).argmax())
    name = reader.checkpoint.space.keys[target]
    return [
        (picture.split, picture.key, name, method, *(round(number, 4) for number in numbers))
        for method, numbers in _measured(reader, blank, image, target, mask, picture.split != MASKED, seed)
    ]


def _measured(
    reader: Reader, blank: nn.Module, image: Tensor, target: int, mask: Mask | None, faithful: bool, seed: int
) -> Iterator[tuple[str, Sequence[float]]]:
    """(method, deletion, insertion, alike, inside, area); all but the last two are NaN where not `faithful`."""
    nan = float("nan")
    model, spec, size = reader.lead.model, reader.checkpoint.spec, image.shape[-1]
    maps = {one.name: explain(model, spec, image, [target], one.name)[0].values for one in methods_for(spec)}
    controls = dict(zip(CONTROLS, (middle_spot(size), chance_map(14, seed)), strict=True))
    for name, values in (maps | controls).items():
        deletion = insertion = same = nan
        if faithful:
            deletion, insertion = taken_and_given(model, image[0], order_of(values, size), target)
            # What looks at nothing is the same for any weights.
            same = 1.0
            if name in maps:
                same = alike(values, explain(blank, spec, image, [target], name)[0].values)
        inside = nan if mask is None else share_inside(values, mask)
        yield name, (deletion, insertion, same, inside, nan if mask is None else float(mask.mean()))


def _masked(key: str, size: int) -> tuple[np.ndarray, Mask]:
    """(S, S, 3) picture and (S, S) mask of one image of the source with masks, framed as that source knows it."""
    source = find_source(MASKED)
    pixels = source.load(key)
    height, width = pixels.shape[:2]
    box = source.frame(key, width, height)
    drawn = Image.open(source.root / "masks" / Path(key).name).convert("RGB")
    return cut(pixels, box, size), cut(np.asarray(drawn), box, size)[..., 0] > 64
