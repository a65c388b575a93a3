"""Every architecture keeps what its spec says; a new one is covered without a change here."""

import copy
import dataclasses
import socket
import threading
from functools import lru_cache
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from core.models.features import head_features
from core.models.pretrained import begin_from
from core.models.registry import ARCHITECTURES, MIN_INPUT, ArchitectureSpec, build
from core.models.rules import check_network
from core.registry import RegistrationError
from tests.core.registering import added_module

CLASSES = 5
CHECKPOINT_LIMIT = 95_000_000  # bytes, with weights as 16-bit floats


@lru_cache(maxsize=2)
def model_of(name: str, size: int) -> nn.Module:
    """A network in evaluation mode, shared by the tests of one architecture: copy it before changing it."""
    torch.manual_seed(0)
    return build(name, CLASSES, size).eval()


@pytest.fixture(scope="module", params=sorted(ARCHITECTURES))
def spec(request: pytest.FixtureRequest) -> ArchitectureSpec:
    """Each architecture in turn, all its tests together."""
    return ARCHITECTURES[request.param]


@pytest.fixture
def model(spec: ArchitectureSpec) -> nn.Module:
    """The network at its default size."""
    return model_of(spec.name, spec.input_size)


@pytest.fixture
def small(spec: ArchitectureSpec) -> nn.Module:
    """The network at the smallest size."""
    return model_of(spec.name, MIN_INPUT)


def pictures(size: int, count: int = 1) -> Tensor:
    return torch.randn(count, 3, size, size, generator=torch.Generator().manual_seed(1))


def map_and_logits(model: nn.Module, spec: ArchitectureSpec, batch: Tensor) -> tuple[Tensor, Tensor]:
    """The output of the explain layer, and the logits that came of it."""
    if spec.explain_layer is None:
        pytest.skip(f"{spec.name} has no convolutions, so no map")
    maps: list[Tensor] = []
    hook = model.get_submodule(spec.explain_layer).register_forward_hook(lambda *seen: maps.append(seen[2]))
    try:
        logits = model(batch)
    finally:
        hook.remove()
    return maps[0], logits


def test_all_asked_for_are_here() -> None:
    assert {
        *("linear", "simple_cnn", "basic_cnn", "deep_cnn", "custom_cnn", "alexnet", "vgg16", "resnet18"),
        *(
            "slim_resnet",
            "wide_resnet",
            "mobilenet_v2",
            "efficientnet_b0",
            "efficientnet_b4",
            "xception",
            "densenet121",
        ),
    } <= ARCHITECTURES.keys()


def test_spec_says_what_people_read(spec: ArchitectureSpec, small: nn.Module) -> None:
    assert spec is ARCHITECTURES[spec.name]
    assert spec.study in {None, *"ABCDE"}
    assert all((spec.title, spec.licence, spec.paper))
    assert spec.small_input[0].isupper()
    assert spec.small_input.endswith(".")
    has_convolutions = any(isinstance(module, nn.Conv2d) for module in small.modules())
    assert has_convolutions == (spec.explain_layer is not None)


def test_rules_are_kept(spec: ArchitectureSpec) -> None:
    check_network(spec)


ADDED = """
from collections import OrderedDict
from torch import nn
from core.models.registry import ARCHITECTURES, ArchitectureSpec

def tiny(classes, input_size):
    return nn.Sequential(OrderedDict(
        conv1=nn.Conv2d(3, 4, 3, padding=1), pool=nn.MaxPool2d({pool}), conv2=nn.Conv2d(4, 4, 3, padding=1),
        average=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten(), head=nn.Linear(4, {classes})))

ARCHITECTURES.add(ArchitectureSpec(name="{name}", order={order}, build=tiny, title="Tiny", input_size={size},
    explain_layer={layer}, head="{head}", small_input="As it is.", paper="None."))
"""
AS_IT_SHOULD_BE = {
    "name": "tiny",
    "order": 99,
    "size": 32,
    "layer": '"conv2"',
    "head": "head",
    "pool": 2,
    "classes": "classes",
}


def test_a_new_architecture_is_one_file(tmp_path: Path) -> None:
    known = list(ARCHITECTURES)
    with added_module(tmp_path, ADDED.format(**AS_IT_SHOULD_BE), ARCHITECTURES):
        assert list(ARCHITECTURES) == [*known, "tiny"]
        check_network(ARCHITECTURES["tiny"])
        assert build("tiny", CLASSES)(pictures(32)).shape == (1, CLASSES)
    assert list(ARCHITECTURES) == known


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"name": "Tiny net"}, "small letters"),
        ({"order": 0}, "the order 0, which .* next that is free is"),
        ({"size": 27}, "28 pixels at least"),
        ({"head": ""}, "Name its head"),
    ],
)
def test_a_broken_rule_is_said_when_it_is_registered(change: dict[str, object], complaint: str, tmp_path: Path) -> None:
    with (
        added_module(tmp_path, ADDED.format(**(AS_IT_SHOULD_BE | change)), ARCHITECTURES),
        pytest.raises(RegistrationError, match=complaint),
    ):
        list(ARCHITECTURES)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"head": "conv2"}, "no Linear"),
        ({"classes": "9"}, "9 logits for 5 classes"),
        ({"layer": None}, "It has convolutions"),
        ({"layer": '"conv9"'}, "no module of the network"),
        ({"layer": '"flatten"'}, r"no map \(N, C, h, w\)"),
        ({"pool": 14}, "2 × 2 squares"),
        ({"pool": 1}, "twice as fine"),
    ],
)
def test_a_broken_rule_of_its_network_is_said(change: dict[str, object], complaint: str, tmp_path: Path) -> None:
    with (
        added_module(tmp_path, ADDED.format(**(AS_IT_SHOULD_BE | change)), ARCHITECTURES),
        pytest.raises(RegistrationError, match=complaint),
    ):
        check_network(ARCHITECTURES["tiny"])


def test_features_and_logits(spec: ArchitectureSpec, model: nn.Module) -> None:
    head = model.get_submodule(spec.head)
    assert isinstance(head, nn.Linear)
    with torch.no_grad(), head_features(model, spec) as read:
        features, logits = read(pictures(spec.input_size, 2))
        assert features.shape == (2, head.in_features)
        assert logits.shape == (2, head.out_features) == (2, CLASSES)
        torch.testing.assert_close(head(features), logits)


def test_map_to_explain_is_fine_enough(spec: ArchitectureSpec, model: nn.Module) -> None:
    with torch.no_grad():
        maps, _ = map_and_logits(model, spec, pictures(spec.input_size))
    assert maps.ndim == 4
    assert min(maps.shape[2:]) >= 4


def test_map_to_explain_carries_gradients_at_the_smallest_size(spec: ArchitectureSpec, small: nn.Module) -> None:
    maps, logits = map_and_logits(small, spec, pictures(MIN_INPUT))
    (slope,) = torch.autograd.grad(logits[0, 0], maps)
    assert slope.any()
    assert min(maps.shape[2:]) >= 3


def test_a_training_step_reaches_every_weight(small: nn.Module) -> None:
    learner = copy.deepcopy(small).train()
    nn.functional.cross_entropy(learner(pictures(MIN_INPUT, 2)), torch.tensor([0, 3])).backward()
    for name, weight in learner.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.isfinite().all(), name


def test_checkpoint_fits_and_comes_back(spec: ArchitectureSpec, model: nn.Module, tmp_path: Path) -> None:
    half = {key: value.half() for key, value in model.state_dict().items() if value.is_floating_point()}
    path = tmp_path / "weights.safetensors"
    save_file(half, path)
    assert path.stat().st_size <= CHECKPOINT_LIMIT

    again = copy.deepcopy(model)
    for weight in again.parameters():
        nn.init.zeros_(weight)
    assert begin_from(again, spec, str(path)).fresh == ()
    loaded = again.state_dict()
    assert all(torch.equal(loaded[key], value.float()) for key, value in half.items())

    head = again.get_submodule(spec.head)
    assert isinstance(head, nn.Linear)
    again.set_submodule(spec.head, nn.Linear(head.in_features, CLASSES + 1))
    assert begin_from(again, spec, str(path)).fresh == (spec.head,)


def test_building_is_repeatable_and_needs_no_network(
    spec: ArchitectureSpec, small: nn.Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network was touched")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    torch.manual_seed(0)
    again = build(spec.name, CLASSES, MIN_INPUT).state_dict()
    assert all(torch.equal(value, again[key]) for key, value in small.state_dict().items())


@pytest.mark.parametrize(
    ("name", "classes", "size", "part"),
    [
        ("resnet19", 8, 64, "mobilenet_v2, resnet18"),
        ("resnet18", 1, 64, "two classes"),
        ("resnet18", 8, MIN_INPUT - 1, "too small"),
    ],
)
def test_refusals_are_sentences(name: str, classes: int, size: int, part: str) -> None:
    with pytest.raises(ValueError, match=part):
        build(name, classes, size)


def test_a_name_is_taken_once() -> None:
    with pytest.raises(ValueError, match="linear"):
        ARCHITECTURES.add(dataclasses.replace(ARCHITECTURES["linear"], order=99))


def test_features_hook_is_released_after_an_error() -> None:
    model, spec = build("linear", CLASSES), ARCHITECTURES["linear"]
    with pytest.raises(RuntimeError), head_features(model, spec) as read:  # noqa: PT012
        read(pictures(28))
        read(pictures(30))
    assert not model.get_submodule(spec.head)._forward_pre_hooks


def test_threads_read_their_own_features() -> None:
    model, spec = build("linear", CLASSES), ARCHITECTURES["linear"]
    gate = threading.Barrier(2)
    wrong: list[int] = []

    def work(seed: int) -> None:
        batch = torch.full((1, 3, 28, 28), float(seed))
        with head_features(model, spec) as read:
            gate.wait()
            for _ in range(200):
                if not torch.equal(read(batch)[0], batch.flatten(1)):
                    wrong.append(seed)

    workers = [threading.Thread(target=work, args=(seed,)) for seed in (1, 2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not wrong
