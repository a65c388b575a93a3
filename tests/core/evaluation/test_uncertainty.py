"""How doubtful an answer is: by hand, against scipy, and on whatever hypothesis thinks of."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon

from core.evaluation import uncertainty

Floats = npt.NDArray[np.float64]


@st.composite
def opinions(draw: st.DrawFn, least: int = 1) -> Floats:
    """Probabilities (M, N, K) of `least` to 5 models, with zeros and certainties among them."""
    shape = draw(st.integers(least, 5)), draw(st.integers(1, 8)), draw(st.integers(2, 6))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    weights = rng.integers(0, draw(st.sampled_from([2, 4, 1000])), size=shape).astype(float)
    weights[..., 0] += weights.sum(axis=-1) == 0
    return weights / weights.sum(axis=-1, keepdims=True)


def test_by_hand():
    p = [[0.5, 0.5, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0], [0.25, 0.25, 0.25, 0.25]]
    assert uncertainty.entropy(p) == pytest.approx([0.5, 0.0, 1.0])
    assert uncertainty.margin(p) == pytest.approx([0.0, 1.0, 0.0])
    assert uncertainty.strongest_rival(p, [0, 0, 3]) == pytest.approx([0.5, 0.0, 0.25])
    assert uncertainty.strongest_rival([[0.1, 0.9]], [0]) == pytest.approx([0.9])


@given(opinions())
def test_all_figures_are_from_0_to_1_whatever_the_order_of_classes(p):
    turned = p[..., ::-1]
    for figure in (uncertainty.entropy, uncertainty.margin):
        values = figure(p)
        assert values.shape == p.shape[:-1]
        assert ((values >= 0) & (values <= 1)).all()
        assert values == pytest.approx(figure(turned))


@given(opinions(), st.integers(0, 100))
def test_the_rival_of_a_wrong_answer_is_the_answer(p, number):
    one = p[0]
    labels = np.full(len(one), number % one.shape[1])
    rivals = uncertainty.strongest_rival(one, labels)
    wrong = one.argmax(axis=1) != labels
    assert rivals[wrong] == pytest.approx(one.max(axis=1)[wrong])
    assert (rivals <= 1 - one[np.arange(len(one)), labels] + 1e-12).all()


@given(opinions(least=2))
def test_disagreement_is_a_share_that_knows_no_order_of_models(p):
    apart = uncertainty.disagreement(p)
    assert apart.shape == p.shape[1:2]
    assert ((apart >= 0) & (apart <= 1)).all()
    assert apart == pytest.approx(uncertainty.disagreement(p[::-1]), abs=1e-12)


@given(opinions())
def test_models_that_say_the_same_agree(p):
    assert uncertainty.disagreement(np.stack([p[0]] * 3)) == pytest.approx(np.zeros(p.shape[1]), abs=1e-12)


@given(opinions(least=2))
def test_two_models_lie_as_far_apart_as_scipy_says(p):
    two = p[:2]
    wanted = [jensenshannon(a, b, base=2) ** 2 for a, b in zip(*two, strict=True)]
    assert uncertainty.disagreement(two) == pytest.approx(np.nan_to_num(wanted), abs=1e-9)


@pytest.mark.parametrize(("models", "classes"), [(2, 8), (4, 4), (5, 3), (7, 2)])
def test_certain_models_that_spread_out_disagree_completely(models, classes):
    p = np.eye(classes)[np.arange(models) % classes][:, None]
    assert uncertainty.disagreement(p) == pytest.approx([1.0])
    others = p.copy()
    others[0] = 1 / classes
    assert uncertainty.disagreement(others)[0] < 0.95


@pytest.mark.parametrize(
    ("confidence", "distance", "threshold", "wanted"),
    [
        (0.9, 0.5, 0.6, "answer"),
        (0.6, 1.0, 0.6, "answer"),
        (0.5, 0.5, 0.6, "unsure"),
        (0.5, 0.5, None, "answer"),
        (0.9, 1.1, 0.6, "unlike"),
        (0.5, 1.1, 0.6, "unlike"),
        (0.9, float("nan"), 0.6, "answer"),
    ],
)
def test_a_model_answers_when_it_is_sure_and_the_picture_is_like_its_own(confidence, distance, threshold, wanted):
    assert uncertainty.verdict(confidence, distance, threshold) == wanted


@pytest.mark.parametrize(
    "call",
    [
        lambda: uncertainty.entropy([[0.5, 0.6]]),
        lambda: uncertainty.entropy([[1.5, -0.5]]),
        lambda: uncertainty.margin([[1.0]]),
        lambda: uncertainty.strongest_rival([[0.5, 0.5]], [0, 1]),
        lambda: uncertainty.disagreement([[[0.5, 0.5]]]),
        lambda: uncertainty.disagreement([[0.5, 0.5], [0.5, 0.5]]),
    ],
)
def test_what_is_no_probability_is_refused(call):
    with pytest.raises(ValueError, match=r"probabilities|labels|disagreement"):
        call()
