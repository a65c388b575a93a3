"""Every architecture keeps what its spec says; a new one is covered without a change here."""

import copy
import socket
import threading
from functools import lru_cache
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from core.models.pretrained import begin_from
from core.models.registry import ARCHITECTURES, MIN_INPUT, ArchitectureSpec, build, features, register

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


def test_features_and_logits(spec: ArchitectureSpec, model: nn.Module) -> None:
    head = model.get_submodule(spec.head)
    assert isinstance(head, nn.Linear)
    with torch.no_grad(), features(model, spec) as read:
        found, logits = read(pictures(spec.input_size, 2))
        assert found.shape == (2, head.in_features)
        assert logits.shape == (2, head.out_features) == (2, CLASSES)
        torch.testing.assert_close(head(found), logits)


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
        register(name="linear", title="", input_size=28, explain_layer=None, head="head", small_input="", paper="")(
            lambda *_: nn.Identity()
        )


def test_features_hook_is_released_after_an_error() -> None:
    model, spec = build("linear", CLASSES), ARCHITECTURES["linear"]
    with pytest.raises(RuntimeError), features(model, spec) as read:  # noqa: PT012
        read(pictures(28))
        read(pictures(30))
    assert not model.get_submodule(spec.head)._forward_pre_hooks


def test_threads_read_their_own_features() -> None:
    model, spec = build("linear", CLASSES), ARCHITECTURES["linear"]
    gate = threading.Barrier(2)
    wrong: list[int] = []

    def work(seed: int) -> None:
        batch = torch.full((1, 3, 28, 28), float(seed))
        with features(model, spec) as read:
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
