"""Average precision on cases worked by hand and against pycocotools, matching, working points and counts."""

from contextlib import redirect_stdout
from io import StringIO

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from core.evaluation.detection import (
    PhotoBoxes,
    average_precision,
    count_detections,
    count_errors,
    match,
    mean_average_precision,
    overlaps,
    working_point,
)

UNIT = np.array([[0.0, 0, 10, 10]])


def photo_of(boxes, scores, truth) -> PhotoBoxes:
    return PhotoBoxes(
        *(np.array(value, float).reshape(shape) for value, shape in ((boxes, (-1, 4)), (scores, -1), (truth, (-1, 4))))
    )


def shifted(by: float) -> list[float]:
    """A box of 10 x 10 whose overlap with UNIT is (10 - by) / (10 + by)."""
    return [by, 0, 10 + by, 10]


@pytest.mark.parametrize(
    ("other", "shared"),
    [([0, 0, 10, 10], 1), ([5, 0, 15, 10], 1 / 3), ([10, 0, 20, 10], 0), ([2, 2, 8, 8], 0.36), ([3, 3, 3, 3], 0)],
)
def test_overlap_is_shared_over_joint_area(other, shared):
    assert overlaps(UNIT, np.array([other]))[0, 0] == pytest.approx(shared)


def test_everything_found_is_one_and_nothing_is_nought():
    assert average_precision([photo_of(UNIT, [0.3], UNIT)], 0.5) == 1
    assert average_precision([photo_of([], [], UNIT)], 0.5) == 0
    assert np.isnan(average_precision([photo_of(UNIT, [0.3], [])], 0.5))


def test_a_wrong_box_above_a_right_one_halves_the_precision():
    """Two marked, found in the order right, wrong, right: precision 1 up to recall 1/2 (51 of 101), then 2/3."""
    truth = [[0, 0, 10, 10], [20, 0, 30, 10]]
    photo = photo_of([[0, 0, 10, 10], [50, 50, 60, 60], [20, 0, 30, 10]], [0.9, 0.8, 0.7], truth)
    assert average_precision([photo], 0.5) == pytest.approx((51 * 1 + 50 * 2 / 3) / 101)


def test_photos_are_ranked_together():
    """The wrong box of one photo is surer than the right one of the other: precision 1/2 at every recall."""
    photos = [photo_of([[50, 50, 60, 60]], [0.9], []), photo_of(UNIT, [0.4], UNIT)]
    assert average_precision(photos, 0.5) == pytest.approx(0.5)


def test_a_second_box_on_the_same_cell_is_wrong():
    scores, right = match(photo_of([[0, 0, 10, 10], [0, 0, 10, 9.9]], [0.5, 0.9], UNIT), 0.5)
    assert (scores.tolist(), right.tolist()) == ([0.9, 0.5], [True, False])


def test_mean_over_thresholds_counts_how_well_a_box_fits():
    """An overlap of 8/12 = .667 is enough at .50, .55, .60 and .65: four of ten thresholds."""
    assert mean_average_precision([photo_of([shifted(2)], [0.9], UNIT)]) == pytest.approx(0.4)


def test_an_overlap_of_exactly_the_threshold_is_enough():
    half = np.array([[0, 0, 10, 5.0]])
    assert average_precision([photo_of(half, [0.9], UNIT)], 0.5) == 1


def test_counts_and_their_rates():
    photo = photo_of(
        [[0, 0, 10, 10], [50, 50, 60, 60], [20, 0, 30, 10]], [0.9, 0.8, 0.3], [[0, 0, 10, 10], [20, 0, 30, 10]]
    )
    counts = count_detections([photo, photo], 0.5)
    assert (counts.detected, counts.marked, counts.right, counts.shown) == (2, 4, 2, 4)
    assert (counts.recall, counts.precision, counts.f(1)) == (0.5, 0.5, 0.5)


def test_the_working_point_lies_between_what_is_to_be_shown_and_what_is_not():
    photo = photo_of(
        [[0, 0, 10, 10], [20, 0, 30, 10], [50, 50, 60, 60]], [0.9, 0.6, 0.4], [[0, 0, 10, 10], [20, 0, 30, 10]]
    )
    assert working_point([photo], 1.0) == pytest.approx(0.5)
    assert working_point([], 1.0) == 0.5


def test_recall_that_counts_more_lowers_the_working_point():
    wrong = [[100 * i, 50, 100 * i + 10, 60] for i in range(1, 5)]
    photo = photo_of(
        [[0, 0, 10, 10], *wrong, [20, 0, 30, 10]], [0.9, 0.6, 0.6, 0.6, 0.6, 0.5], [[0, 0, 10, 10], [20, 0, 30, 10]]
    )
    assert working_point([photo], 4.0) < 0.5 < working_point([photo], 1.0)


def test_count_errors_leave_out_photos_where_nothing_is_marked():
    photos = [photo_of(UNIT, [0.9], []), photo_of([[0, 0, 1, 1]] * 3, [0.9, 0.8, 0.1], [[0, 0, 10, 10]] * 4)]
    assert count_errors(photos, 0.5).tolist() == [0.5]


def coco_average_precision(photos: list[PhotoBoxes], least: float) -> float:
    """pycocotools' figure of the same boxes, one class, all areas, a hundred boxes a photo."""
    truth, detections = COCO(), []
    truth.dataset = {
        "images": [{"id": number} for number in range(len(photos))],
        "categories": [{"id": 1}],
        "annotations": [
            {
                "id": place,
                "image_id": number,
                "category_id": 1,
                "bbox": [x, y, right - x, bottom - y],
                "area": (right - x) * (bottom - y),
                "iscrowd": 0,
            }
            for place, (number, (x, y, right, bottom)) in enumerate(
                ((number, box) for number, photo in enumerate(photos) for box in photo.truth.tolist()), 1
            )
        ],
    }
    for number, photo in enumerate(photos):
        for (x, y, right, bottom), score in zip(photo.boxes.tolist(), photo.scores.tolist(), strict=True):
            box = {"bbox": [x, y, right - x, bottom - y], "score": score}
            detections.append({"image_id": number, "category_id": 1, **box})
    with redirect_stdout(StringIO()):
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes(detections), "bbox")
        evaluation.params.iouThrs = np.array([least])
        evaluation.evaluate()
        evaluation.accumulate()
    return float(evaluation.eval["precision"][0, :, 0, 0, -1].mean())


@st.composite
def marked_photos(draw: st.DrawFn) -> list[PhotoBoxes]:
    """Some photos of marked boxes, and of boxes near them and elsewhere, every score another."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    photos = []
    for _ in range(draw(st.integers(1, 4))):
        corners = rng.integers(0, 200, size=(rng.integers(0, 7), 2)).astype(float)
        truth = np.hstack([corners, corners + rng.integers(8, 40, size=corners.shape)])
        near = truth[rng.random(len(truth)) < 0.8] + rng.integers(-4, 5, size=(1, 4))
        corners = rng.integers(0, 200, size=(rng.integers(0, 5), 2)).astype(float)
        boxes = np.vstack([near, np.hstack([corners, corners + rng.integers(8, 40, size=corners.shape)])])
        photos.append(PhotoBoxes(boxes, rng.permutation(1000)[: len(boxes)] / 1000, truth))
    return photos


@settings(deadline=None, max_examples=60)
@given(marked_photos(), st.sampled_from([0.5, 0.75]))
def test_average_precision_is_that_of_pycocotools(photos, least):
    assume(any(len(photo.truth) for photo in photos) and any(len(photo.boxes) for photo in photos))
    assert average_precision(photos, least) == pytest.approx(coco_average_precision(photos, least), abs=1e-9)
