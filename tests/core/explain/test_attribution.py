"""Maps of evidence: where they point, on which grid, by which scale, and how the model is left."""

import dataclasses
import gc
import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from core.errors import SmearlensError
from core.explain import attribution, passes
from core.explain.attribution import SaliencyMap, explain
from core.explain.methods.eigen_cam import first_component
from core.explain.methods.grad_cam_plus_plus import grad_cam_plus_plus
from core.explain.package import activations_of
from core.explain.passes import private_copy
from core.explain.registry import ATTRIBUTION_METHODS, methods_for
from core.models.registry import ARCHITECTURES, ArchitectureSpec, build
from core.models.symmetries import mean_logits, positions, turned_back
from core.registry import RegistrationError
from tests.core.registering import added_module

CONVOLUTIONAL = [name for name, method in ATTRIBUTION_METHODS.items() if method.from_layer]
SHIPPED = ["grad-cam", "grad-cam++", "layer-cam", "hires-cam", "eigen-cam", "integrated-gradients", "occlusion"]
GRADED = [name for name in ATTRIBUTION_METHODS if name != "eigen-cam"]
"""Methods whose map is of one class."""
SIZE = 32


def spec_with(explain_layer: str | None) -> ArchitectureSpec:
    """A spec for a network made in this file."""
    return dataclasses.replace(ARCHITECTURES["simple_cnn"], explain_layer=explain_layer)


def red_network(classes: int = 3) -> nn.Sequential:
    """Class 1 is the amount of red beyond green and blue, wherever it is; the other classes see the rest."""
    network = nn.Sequential(
        OrderedDict(
            colour=nn.Conv2d(3, 2, 1),
            relu=nn.ReLU(inplace=True),
            pool1=nn.AvgPool2d(4),
            mix=nn.Conv2d(2, 2, 1, bias=False),
            pool2=nn.AvgPool2d(2),
            bend=nn.ReLU(inplace=True),
            average=nn.AdaptiveAvgPool2d(1),
            flatten=nn.Flatten(),
            head=nn.Linear(2, classes),
        )
    )
    with torch.no_grad():
        network.colour.weight.copy_(torch.tensor([[1.0, -1, -1], [0, 0.5, 0.5]])[..., None, None])
        network.colour.bias.zero_()
        network.mix.weight.copy_(torch.eye(2)[..., None, None])
        network.head.weight.copy_(torch.tensor([[0, 1.0], [4, 0.1], [0, 0.5]])[:classes])
        network.head.bias.zero_()
    return network.eval()


def marked_picture(row: int, column: int) -> torch.Tensor:
    """Grey with a little noise and one red square in the quadrant (row, column): (1, 3, SIZE, SIZE)."""
    picture = 0.4 + 0.05 * torch.rand(1, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(7))
    top, left = row * SIZE // 2 + 4, column * SIZE // 2 + 4
    picture[0, :, top : top + 8, left : left + 8] = torch.tensor([2.0, 0, 0])[:, None, None]
    return picture


def share_in_quadrant(values: np.ndarray, row: int, column: int) -> float:
    height, width = values.shape
    rows = slice(row * height // 2, (row + 1) * height // 2)
    columns = slice(column * width // 2, (column + 1) * width // 2)
    return float(values[rows, columns].sum() / values.sum())


# --- what the maps say --------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ATTRIBUTION_METHODS)
@pytest.mark.parametrize(("row", "column"), [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_map_lies_where_the_evidence_is(method: str, row: int, column: int) -> None:
    (saliency,) = explain(red_network(), spec_with("bend"), marked_picture(row, column), [1], method)
    assert saliency.method == method
    assert not saliency.flat
    assert saliency.values.max() == 1
    assert share_in_quadrant(saliency.values, row, column) > 0.8


@pytest.mark.parametrize(("method", "side"), [("grad-cam", 4), ("layer-cam", 8), ("input-gradient", SIZE)])
def test_map_keeps_the_grid_of_its_layer(method: str, side: int) -> None:
    (saliency,) = explain(red_network(), spec_with("bend"), marked_picture(0, 0), [1], method)
    assert saliency.resolution == saliency.values.shape == (side, side)


def test_grad_cam_sums_to_the_score_and_keeps_its_minimum() -> None:
    """With an average and a linear head after the layer, theory says: the raw squares add up to the logit."""
    model, picture = red_network(), marked_picture(0, 1)
    (saliency,) = explain(model, spec_with("bend"), picture, [1], "grad-cam")
    assert saliency.values.sum() * saliency.scale == pytest.approx(model(picture)[0, 1].item(), rel=1e-4)
    assert saliency.values.min() > 0  # the grey background has a little evidence, and is not moved to zero


def test_grad_cam_plus_plus_follows_its_paper_where_gradients_are_tiny() -> None:
    """The package's 1e-6 would decide the weights here; an independent computation in float64 has none."""
    random = np.random.default_rng(3)
    activations = random.random((2, 4, 16, 16), np.float32)
    gradients = (1e-5 * random.standard_normal((2, 4, 16, 16))).astype(np.float32)
    a, g = activations.astype(float), gradients.astype(float)
    alpha = g**2 / (2 * g**2 + a.sum(axis=(2, 3), keepdims=True) * g**3)
    expected = ((alpha * np.maximum(g, 0)).sum(axis=(2, 3), keepdims=True) * a).sum(axis=1)
    # Of a picture that is its own map, under a linear head, the gradients are the head's weights.
    head = nn.Linear(4 * 16 * 16, 2)
    network = nn.Sequential(OrderedDict(map=nn.Identity(), flatten=nn.Flatten(), head=head))
    with torch.no_grad():
        head.weight.copy_(torch.from_numpy(gradients).flatten(1))
    evidence = grad_cam_plus_plus(private_copy(network), "map", torch.from_numpy(activations), [0, 1])
    np.testing.assert_allclose(evidence, expected, rtol=1e-3)


def test_hires_cam_is_grad_cam_before_an_average_and_a_linear_head() -> None:
    """Draelos and Carin 2020 (arXiv:2011.08891) prove it for such networks."""
    model, picture = red_network(), marked_picture(0, 1)
    one, other = (explain(model, spec_with("bend"), picture, [1], name)[0] for name in ("grad-cam", "hires-cam"))
    np.testing.assert_allclose(one.values, other.values, atol=1e-5)


def test_elementwise_grad_cam_marks_what_exceeds_the_edge() -> None:
    """Where the picture is even, nothing does; a square in the middle is all that is left."""
    model, even = red_network(), torch.full((1, 3, SIZE, SIZE), 0.5)
    even[:, 0] = 2
    marked = even.clone()
    marked[:, 0, 12:20, 12:20] = 4
    one, other = (explain(model, spec_with("bend"), each, [1], "grad-cam-elementwise")[0] for each in (even, marked))
    assert one.flat
    assert (other.values[3:5, 3:5] == 1).all()
    assert other.values.sum() == pytest.approx(4, abs=0.01)


def test_eigen_cam_does_not_ask_for_the_class_and_rises_with_what_is_active() -> None:
    model, picture = red_network(), marked_picture(0, 1)
    one, other = (explain(model, spec_with("bend"), picture, [target], "eigen-cam")[0] for target in (0, 1))
    np.testing.assert_array_equal(one.values, other.values)
    activations = np.zeros((3, 4, 4), np.float32)
    activations[:, 2, 1] = 1, 2, 3
    assert first_component(activations).argmax() == first_component(-activations).argmin() == 9


@pytest.mark.parametrize("method", CONVOLUTIONAL)
def test_layer_that_is_overwritten_in_place_is_seen_as_it_was(method: str) -> None:
    """`colour` has negative values, which the ReLU after it overwrites with zeros."""
    model, picture = red_network(), marked_picture(0, 0)
    seen = activations_of(private_copy(model), "colour", picture)
    np.testing.assert_allclose(seen, model.colour(picture).detach(), rtol=1e-6)
    assert seen.min() < 0
    apart = red_network()
    apart.relu.inplace = False
    one, other = (explain(each, spec_with("colour"), picture, [1], method)[0] for each in (model, apart))
    np.testing.assert_array_equal(one.values, other.values)


def test_input_gradient_of_a_linear_model_is_its_weights() -> None:
    model = build("linear", 4, 28)
    weights = torch.zeros(4, 3, 28, 28)
    weights[2, 0, :14, 14:] = 5
    weights[2, 1, 20, 20] = -1
    with torch.no_grad():
        model.head.weight.copy_(weights.flatten(1))
    (saliency,) = explain(model, ARCHITECTURES["linear"], torch.rand(1, 3, 28, 28), [2], "input-gradient")
    np.testing.assert_allclose(saliency.values * saliency.scale, weights[2].abs().amax(0), rtol=1e-6)
    assert share_in_quadrant(saliency.values, 0, 1) > 0.8


@pytest.mark.parametrize("method", [*CONVOLUTIONAL, "input-gradient"])
def test_model_without_convolutions_gets_its_input_gradient_by_name(method: str) -> None:
    (saliency,) = explain(build("linear", 4, 28), ARCHITECTURES["linear"], torch.rand(1, 3, 28, 28), [0], method)
    assert saliency.method == "input-gradient"


def test_methods_offered_are_those_that_apply() -> None:
    offered = [method.name for method in methods_for(spec_with("bend"))]
    assert offered[: len(SHIPPED)] == SHIPPED
    assert "input-gradient" not in offered
    offered = [method.name for method in methods_for(spec_with(None))]
    assert offered[:3] == ["input-gradient", "integrated-gradients", "occlusion"]
    assert not set(offered) & set(CONVOLUTIONAL)
    assert all(method.name == name and method.shows.endswith(".") for name, method in ATTRIBUTION_METHODS.items())


# --- flat maps ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", GRADED)
def test_model_without_evidence_is_said_to_be_flat(method: str) -> None:
    model = red_network()
    nn.init.zeros_(model.head.weight)
    (saliency,) = explain(model, spec_with("bend"), marked_picture(0, 0), [1], method)
    assert saliency.flat
    assert saliency.scale == 0
    assert not saliency.values.any()


@pytest.mark.parametrize(
    ("raw", "flat", "scale"),
    [
        pytest.param([[0, 0], [0, 0]], True, 0, id="nothing"),
        pytest.param([[-5, -1], [-2, -3]], True, 0, id="all evidence against"),
        pytest.param([[-5, 0.01], [-2, 0]], True, 0.01, id="next to nothing for, much against"),
        pytest.param([[8, 8], [8, 8]], True, 8, id="even"),
        pytest.param([[8, 7.95], [8, 8]], True, 8, id="nearly even"),
        pytest.param([[3]], True, 3, id="one square"),
        pytest.param([[8, 7], [8, 8]], False, 8, id="high but uneven"),
        pytest.param([[1e-9, 0], [0, 0]], False, 1e-9, id="small but clear"),
    ],
)
def test_one_rule_maps_values_and_names_flat_maps(raw: list[list[float]], flat: bool, scale: float) -> None:
    saliency = attribution._saliency(np.array(raw), "grad-cam", 0)
    assert saliency.flat is flat
    assert saliency.scale == pytest.approx(scale)
    expected = np.zeros_like(np.array(raw, float)) if flat else np.maximum(raw, 0) / scale
    np.testing.assert_allclose(saliency.values, expected, rtol=1e-6)


# --- every architecture -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(ARCHITECTURES))
def test_every_architecture_is_explained_by_all_its_methods(name: str) -> None:
    spec = ARCHITECTURES[name]
    size = min(spec.input_size, 64)
    torch.manual_seed(0)
    model = build(name, 5, size)
    batch = torch.randn(2, 3, size, size)
    grids = {}
    # The slow ones know nothing of architectures; two stand for all.
    for method in [one for one in methods_for(spec) if one.quick or name in ("linear", "simple_cnn")]:
        for saliency in explain(model, spec, batch, [0, 3], method.name):
            assert saliency.method == method.name
            assert saliency.values.min() >= 0
            assert saliency.values.max() == (0 if saliency.flat else 1)
            assert not saliency.flat or not saliency.values.any()
            grids[method.name] = saliency.resolution
    if spec.explain_layer is None:
        expected = {"input-gradient": (size, size), "integrated-gradients": (14, 14), "occlusion": (8, 8)}
        assert expected.items() <= grids.items()
    else:
        assert grids["grad-cam"] == grids["grad-cam++"]
        assert grids["layer-cam"][0] >= 2 * grids["grad-cam"][0] - 1  # 15 rows become 8
        assert grids["grad-cam"][0] >= 4


@pytest.mark.parametrize(("name", "size"), [("simple_cnn", 28), ("resnet18", 64)])
@pytest.mark.parametrize("method", CONVOLUTIONAL)
def test_batch_gives_what_single_pictures_give(name: str, size: int, method: str) -> None:
    torch.manual_seed(1)
    model, spec = build(name, 5, size), ARCHITECTURES[name]
    batch, targets = torch.randn(3, 3, size, size), [4, 0, 2]
    together = explain(model, spec, batch, targets, method)
    for one, (picture, target) in zip(together, zip(batch, targets, strict=True), strict=True):
        (alone,) = explain(model, spec, picture[None], [target], method)
        assert one.target == target
        assert one.scale == pytest.approx(alone.scale, rel=1e-3)
        np.testing.assert_allclose(one.values, alone.values, atol=1e-3)


# --- averaged as the answer is ------------------------------------------------------------------------------


@pytest.mark.parametrize("view", range(8))
@pytest.mark.parametrize("method", [name for name in ATTRIBUTION_METHODS if name != "occlusion"])  # squares take turns
def test_map_of_an_averaged_answer_turns_with_the_picture(method: str, view: int) -> None:
    torch.manual_seed(2)
    model, spec = build("simple_cnn", 3, 28), ARCHITECTURES["simple_cnn"]
    picture = torch.randn(1, 3, 28, 28)
    target = int(mean_logits(model.eval(), picture, 8).argmax())
    (upright,) = explain(model, spec, picture, [target], method, symmetries=8)
    (turned,) = explain(model, spec, positions(picture, 8)[view], [target], method, symmetries=8)
    expected = positions(torch.from_numpy(upright.values)[None, None], 8)[view][0, 0]
    assert 0 <= upright.values.min() <= upright.values.max() == 1
    if method == "integrated-gradients":  # each of whose points sees one position only
        assert np.corrcoef(turned.values.ravel(), expected.numpy().ravel())[0, 1] > 0.5
    else:
        np.testing.assert_allclose(turned.values, expected, atol=1e-4)


def test_maps_of_all_positions_are_turned_back_onto_each_other() -> None:
    picture = torch.randn(2, 3, 6, 6)
    views = np.stack([view[:, 0].numpy() for view in positions(picture, 8)])
    for upright in turned_back(views):
        np.testing.assert_array_equal(upright, picture[:, 0])


# --- how the model is left ----------------------------------------------------------------------------------


def hooks(model: nn.Module) -> int:
    return sum(len(m._forward_hooks) + len(m._backward_hooks) for m in model.modules())


@pytest.mark.parametrize("method", ATTRIBUTION_METHODS)
def test_model_is_left_as_found(method: str) -> None:
    model = red_network().train()
    model.colour.eval()  # one frozen layer in a model under training
    model.head.weight.requires_grad_(False)
    model.mix.weight.grad = torch.ones_like(model.mix.weight)
    modes = [module.training for module in model.modules()]
    explain(model, spec_with("bend"), marked_picture(0, 0), [1], method)
    assert hooks(model) == 0
    assert [module.training for module in model.modules()] == modes
    assert model.colour.weight.grad is None
    assert (model.mix.weight.grad == 1).all()
    assert torch.is_grad_enabled()


@pytest.mark.parametrize("method", ATTRIBUTION_METHODS)
def test_hooks_and_mode_are_released_after_an_error(method: str) -> None:
    model = red_network().train()
    with pytest.raises(ValueError, match="columns of 3 classes"):
        explain(model, spec_with("bend"), marked_picture(0, 0), [3], method)
    with pytest.raises(SmearlensError, match="not a number"):
        explain(model, spec_with("bend"), torch.full((1, 3, SIZE, SIZE), torch.nan), [1], "grad-cam")
    assert hooks(model) == 0
    assert all(module.training for module in model.modules())


@pytest.mark.parametrize("guard", [torch.no_grad, torch.inference_mode])
@pytest.mark.parametrize("method", ATTRIBUTION_METHODS)
def test_works_for_callers_without_gradients(method: str, guard: type) -> None:
    model = red_network().requires_grad_(False)
    (expected,) = explain(model, spec_with("bend"), marked_picture(1, 0), [1], method)
    with guard():
        picture = marked_picture(1, 0)  # under inference_mode, a tensor that no graph may hold
        (saliency,) = explain(model, spec_with("bend"), picture, [1], method)
        assert not torch.is_grad_enabled()
    np.testing.assert_array_equal(saliency.values, expected.values)


def test_nothing_piles_up_in_a_loop() -> None:
    model, spec = red_network(), spec_with("bend")

    def tensors() -> int:
        gc.collect()
        return sum(issubclass(type(thing), torch.Tensor) for thing in gc.get_objects())

    for method in ATTRIBUTION_METHODS:
        explain(model, spec, marked_picture(0, 0), [1], method)
    before = tensors()
    for _ in range(5):
        for method in ATTRIBUTION_METHODS:
            explain(model, spec, marked_picture(0, 0), [1], method)
    assert tensors() == before


def test_model_is_not_kept_alive() -> None:
    gc.collect()
    before = len(passes._FINER)
    explain(red_network(), spec_with("bend"), marked_picture(0, 0), [1], "layer-cam")
    gc.collect()
    assert len(passes._FINER) <= before


@pytest.mark.parametrize("symmetries", [1, 8])
@pytest.mark.parametrize("method", ["grad-cam", "layer-cam", "eigen-cam", "input-gradient"])
def test_a_batch_is_one_forward_pass(method: str, symmetries: int, monkeypatch: pytest.MonkeyPatch) -> None:
    model, spec = red_network(), spec_with("bend")
    batch = torch.cat([marked_picture(0, 0), marked_picture(1, 1)])
    explain(model, spec, batch, [1, 1], method)  # a finer layer is looked for once
    pictures: list[int] = []
    forward = nn.Linear.forward

    def counted(head: nn.Linear, features: torch.Tensor) -> torch.Tensor:
        pictures.append(len(features))
        return forward(head, features)

    monkeypatch.setattr(nn.Linear, "forward", counted)
    explain(model, spec, batch, [1, 1], method, symmetries=symmetries)
    if method == "input-gradient":
        assert pictures == [2] * symmetries
    else:
        assert pictures == [2 * symmetries]


def test_hooks_of_others_are_neither_copied_nor_called() -> None:
    model, called = red_network(), []
    model.mix.register_forward_hook(lambda *_: called.append("forward"))
    model.mix.register_full_backward_hook(lambda *_: called.append("backward"))
    for method in ATTRIBUTION_METHODS:
        explain(model, spec_with("bend"), marked_picture(0, 0), [1], method)
    assert not called
    assert hooks(model) == 2


def test_private_copy_shares_its_weights_and_answers_the_same() -> None:
    model = build("resnet18", 3, 64)
    twin = private_copy(model)
    for (name, one), (_, other) in zip(model.state_dict().items(), twin.state_dict().items(), strict=True):
        assert one.data_ptr() == other.data_ptr(), name
    picture = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        assert torch.equal(twin(picture), model.eval()(picture))
    assert not any(weight.requires_grad for weight in twin.parameters())
    assert all(weight.requires_grad for weight in model.parameters())


def test_threads_get_what_one_thread_gets_and_readers_are_not_disturbed() -> None:
    model, spec = red_network(), spec_with("bend")
    pictures = [marked_picture(row, column) for row in (0, 1) for column in (0, 1)]
    jobs = [(picture, method) for method in ATTRIBUTION_METHODS for picture in pictures] * 4
    expected = [explain(model, spec, picture, [1], method)[0].values for picture, method in jobs]
    logits = [model(picture).detach() for picture in pictures]
    done = threading.Event()

    def read_on() -> int:
        wrong = 0
        while not done.is_set():
            with torch.inference_mode():
                for picture, answer in zip(pictures, logits, strict=True):
                    again = model(picture)
                    wrong += again.requires_grad or torch.is_grad_enabled() or not torch.equal(again, answer)
        return wrong

    with ThreadPoolExecutor(5) as pool:
        reader = pool.submit(read_on)
        try:
            maps = list(pool.map(lambda job: explain(model, spec, job[0], [1], job[1])[0].values, jobs))
        finally:
            done.set()
        assert reader.result() == 0
    for one, other in zip(maps, expected, strict=True):
        np.testing.assert_array_equal(one, other)
    assert hooks(model) == 0


# --- arguments ----------------------------------------------------------------------------------------------


def test_unknown_method_names_the_choices() -> None:
    with pytest.raises(SmearlensError, match=r"“score-cam”.* grad-cam, .*input-gradient, .*occlusion.*\."):
        explain(red_network(), spec_with("bend"), marked_picture(0, 0), [1], "score-cam")


def test_targets_must_fit_the_batch() -> None:
    with pytest.raises(ValueError, match="2 targets"):
        explain(red_network(), spec_with("bend"), marked_picture(0, 0), [1, 1], "grad-cam")


def test_no_pictures_give_no_maps() -> None:
    assert explain(red_network(), spec_with("bend"), torch.zeros(0, 3, SIZE, SIZE), [], "grad-cam") == []


def test_map_refuses_other_shapes() -> None:
    with pytest.raises(ValueError, match="float32"):
        SaliencyMap(np.zeros((2, 2)), 0.0, True, "grad-cam", 0)


def test_architectures_are_registered() -> None:
    """The tests over the registry above would pass unseen if it were empty."""
    assert {"linear", "simple_cnn", "resnet18"} <= set(ARCHITECTURES)


# --- a new method -------------------------------------------------------------------------------------------

ADDED = """
from core.explain.package import activations_of
from core.explain.registry import ATTRIBUTION_METHODS, AttributionMethod

def mean_activation(model, layer, images, targets):
    return activations_of(model, layer, images).mean(axis=1)

ATTRIBUTION_METHODS.add(AttributionMethod(name="{name}", order={order}, title="Mean", shows="{shows}",
    from_layer={layer}, from_pixels={pixels}, finer={finer}, without_convolutions={without}))
"""
AS_IT_SHOULD_BE = {
    "name": "mean-activation",
    "order": 99,
    "shows": "Shows what is active.",
    "layer": "mean_activation",
    "pixels": None,
    "finer": False,
    "without": False,
}


def test_a_new_method_is_one_file(tmp_path: Path) -> None:
    known = list(ATTRIBUTION_METHODS)
    with added_module(tmp_path, ADDED.format(**AS_IT_SHOULD_BE), ATTRIBUTION_METHODS):
        assert list(ATTRIBUTION_METHODS) == [*known, "mean-activation"]
        assert methods_for(spec_with("bend"))[-1].name == "mean-activation"
        (saliency,) = explain(red_network(), spec_with("bend"), marked_picture(1, 0), [1], "mean-activation")
        assert (saliency.method, saliency.resolution) == ("mean-activation", (4, 4))
    assert list(ATTRIBUTION_METHODS) == known


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"name": "Mean"}, "small letters"),
        ({"order": 0}, "the order 0, which 'grad-cam' has; the next that is free is"),
        ({"shows": "No full stop"}, "with its full stop"),
        ({"layer": None}, "either from_layer or from_pixels"),
        ({"layer": None, "pixels": "mean_activation", "finer": True}, "finer stage"),
        ({"without": True}, "no feature map"),
    ],
)
def test_a_broken_rule_is_said_when_it_is_registered(change: dict[str, object], complaint: str, tmp_path: Path) -> None:
    with (
        added_module(tmp_path, ADDED.format(**(AS_IT_SHOULD_BE | change)), ATTRIBUTION_METHODS),
        pytest.raises(RegistrationError, match=complaint),
    ):
        list(ATTRIBUTION_METHODS)
