"""Weights are loaded whole or refused with a sentence, and the network is untouched by a refusal."""

import hashlib
import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torchvision.models import MobileNet_V2_Weights, densenet121, mobilenet_v2

from core.errors import CheckpointError
from core.models.pretrained import begin_from
from core.models.registry import ARCHITECTURES, IMAGENET_MEAN, IMAGENET_STD, PLAIN, build

CNN = ARCHITECTURES["simple_cnn"]
RESNET = ARCHITECTURES["resnet18"]
MOBILE = ARCHITECTURES["mobilenet_v2"]


def weights_of(model: nn.Module) -> dict[str, Tensor]:
    return {key: value.clone() for key, value in model.state_dict().items()}


def refused(model: nn.Module, source: str, checkpoints: Path | None = None) -> str:
    """The sentence that `source` is refused with; the network must not have changed."""
    before = weights_of(model)
    with pytest.raises(CheckpointError) as caught:
        begin_from(model, CNN, source, *([checkpoints] if checkpoints else []))
    after = model.state_dict()
    assert all(torch.equal(after[key], value) for key, value in before.items())
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


class TestNothing:
    def test_none_leaves_everything_fresh(self) -> None:
        model = build("resnet18", 8, 64)
        before = weights_of(model)
        start = begin_from(model, RESNET, "none")
        assert (start.loaded, start.mean, start.std) == (0, PLAIN, PLAIN)
        assert {name.split(".")[0] for name in before} <= set(start.fresh)
        after = model.state_dict()
        assert all(torch.equal(after[key], value) for key, value in before.items())

    def test_unknown_source(self) -> None:
        assert "imagenet" in refused(build("simple_cnn", 8), "imagenet")

    @pytest.mark.parametrize("kind", ["torchvision", "data"])
    def test_kinds_that_the_architecture_does_not_know(self, kind: str) -> None:
        assert kind in refused(build("simple_cnn", 8), kind)


class TestFiles:
    @pytest.mark.parametrize("wrapped", [None, "state_dict", "model"])
    def test_pth(self, tmp_path: Path, wrapped: str | None) -> None:
        path = tmp_path / "weights.pth"
        origin = build("simple_cnn", 8)
        state = {f"module.{key}": value for key, value in origin.state_dict().items()}
        torch.save({wrapped: state, "epoch": 3} if wrapped else state, path)
        model = build("simple_cnn", 8)
        start = begin_from(model, CNN, str(path))
        assert (start.loaded, start.fresh, start.mean) == (len(state), (), PLAIN)
        assert all(torch.equal(value, origin.state_dict()[key]) for key, value in model.state_dict().items())

    def test_head_for_other_classes_is_dropped(self, tmp_path: Path) -> None:
        path = tmp_path / "weights.safetensors"
        save_file(build("simple_cnn", 4).state_dict(), path, {"mean": "[0.1, 0.2, 0.3]", "std": "[1, 1, 1]"})
        start = begin_from(build("simple_cnn", 8), CNN, str(path))
        assert start.fresh == ("head",)
        assert (start.mean, start.std) == ((0.1, 0.2, 0.3), (1.0, 1.0, 1.0))

    @pytest.mark.parametrize("notes", [None, {"mean": "grey", "std": "[1, 2]"}])
    def test_notes_that_say_nothing(self, tmp_path: Path, notes: dict[str, str] | None) -> None:
        path = tmp_path / "weights.safetensors"
        save_file(build("simple_cnn", 8).state_dict(), path, notes)
        start = begin_from(build("simple_cnn", 8), CNN, str(path))
        assert (start.mean, start.std) == (PLAIN, PLAIN)

    def test_full_head_gives_way_to_the_slim_one(self, tmp_path: Path) -> None:
        spec = ARCHITECTURES["alexnet"]
        path = tmp_path / "alexnet-owt-7be5be79.pth"  # as torchvision serves it, with a head of another width
        state = build("alexnet", 8).state_dict()
        state |= {"classifier.1.weight": torch.zeros(4096, 9216, dtype=torch.int8)}
        torch.save(state, path)
        model = build("alexnet", 8)
        start = begin_from(model, spec, str(path))
        assert start.fresh == ("classifier",)
        assert (start.loaded, start.mean, start.std) == (10, IMAGENET_MEAN, IMAGENET_STD)
        assert torch.equal(model.state_dict()["features.0.weight"], state["features.0.weight"])

    def test_names_of_torchvisions_densenet_file(self, tmp_path: Path) -> None:
        path = tmp_path / "densenet.pth"
        state = densenet121(num_classes=2).state_dict()
        old = {key.replace("norm1.", "norm.1.").replace("conv2.", "conv.2."): value for key, value in state.items()}
        assert old.keys() != state.keys()
        torch.save(old, path)
        assert begin_from(build("densenet121", 8), ARCHITECTURES["densenet121"], str(path)).fresh == ("classifier",)

    @pytest.mark.parametrize("name", ["cut.safetensors", "cut.pth", "text.safetensors", "text.pt", "empty.pth"])
    def test_damaged(self, tmp_path: Path, name: str) -> None:
        path = tmp_path / name
        if name.startswith("cut"):
            state = build("simple_cnn", 8).state_dict()
            save_file(state, path) if path.suffix == ".safetensors" else torch.save(state, path)
            path.write_bytes(path.read_bytes()[:-1000])
        else:
            path.write_text("not weights" if name.startswith("text") else "")
        assert name in refused(build("simple_cnn", 8), str(path))

    def test_code_in_a_file_is_not_run(self, tmp_path: Path) -> None:
        path, proof = tmp_path / "code.pth", tmp_path / "proof"

        class Bomb:
            def __reduce__(self) -> tuple[object, ...]:
                return Path.touch, (proof,)

        torch.save({"head.weight": Bomb()}, path)
        assert "plain weights" in refused(build("simple_cnn", 8), str(path))
        assert not proof.exists()

    @pytest.mark.parametrize("content", [[1, 2], {"epoch": 3}, torch.zeros(3)])
    def test_something_else(self, tmp_path: Path, content: object) -> None:
        path = tmp_path / "else.pth"
        torch.save(content, path)
        assert "something other" in refused(build("simple_cnn", 8), str(path))

    @pytest.mark.parametrize(("name", "size"), [("basic_cnn", 28), ("resnet18", 28), ("simple_cnn", 32)])
    def test_of_another_network_or_size(self, tmp_path: Path, name: str, size: int) -> None:
        path = tmp_path / "other.safetensors"
        save_file(build(name, 8, size).state_dict(), path)
        assert "does not fit" in refused(build("simple_cnn", 8), str(path))

    def test_one_tensor_missing(self, tmp_path: Path) -> None:
        path = tmp_path / "most.safetensors"
        state = build("simple_cnn", 8).state_dict()
        del state["conv2.bias"]
        save_file(state, path)
        assert "conv2.bias" in refused(build("simple_cnn", 8), str(path))

    def test_not_a_number(self, tmp_path: Path) -> None:
        path = tmp_path / "nan.safetensors"
        state = build("simple_cnn", 8).state_dict()
        state["conv2.bias"][0] = torch.nan
        save_file(state, path)
        assert "not numbers" in refused(build("simple_cnn", 8), str(path))

    def test_missing(self, tmp_path: Path) -> None:
        assert "gone.pth" in refused(build("simple_cnn", 8), str(tmp_path / "gone.pth"))


class TestCheckpoints:
    def publish(self, root: Path, classes: int = 8, architecture: str = "simple_cnn") -> Path:
        """A folder as training leaves it, with the part of the card that matters here."""
        folder = root / "mine"
        folder.mkdir()
        half = {key: value.half() for key, value in build("simple_cnn", classes).state_dict().items()}
        save_file(half, folder / "weights.safetensors")
        sha256 = hashlib.sha256((folder / "weights.safetensors").read_bytes()).hexdigest()
        scale = {"size": 28, "mean": [0.7, 0.6, 0.5], "std": [0.2, 0.2, 0.2]}
        card = {"architecture": architecture, "sha256": sha256, "preprocessing": scale, "title": "Mine"}
        (folder / "card.json").write_text(json.dumps(card))
        return folder

    @pytest.mark.parametrize(("classes", "fresh"), [(8, ()), (4, ("head",))])
    def test_ours(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, classes: int, fresh: tuple[str, ...]) -> None:
        half = load_file(self.publish(tmp_path, classes) / "weights.safetensors")
        monkeypatch.setenv("SMEARLENS_CHECKPOINTS", str(tmp_path))
        model = build("simple_cnn", 8)
        start = begin_from(model, CNN, "checkpoint:mine")
        assert (start.description, start.fresh) == ("checkpoint mine", fresh)
        assert (start.mean, start.std) == ((0.7, 0.6, 0.5), (0.2, 0.2, 0.2))
        loaded = model.state_dict()["conv1.weight"]
        assert loaded.dtype == torch.float32
        assert torch.equal(loaded, half["conv1.weight"].float())

    def test_of_another_architecture(self, tmp_path: Path) -> None:
        self.publish(tmp_path, architecture="resnet18")
        assert "resnet18" in refused(build("simple_cnn", 8), "checkpoint:mine", tmp_path)

    @pytest.mark.parametrize("card", [None, "", "{}", '{"architecture": "simple_cnn", "preprocessing": null}'])
    def test_whose_card_says_too_little(self, tmp_path: Path, card: str | None) -> None:
        path = self.publish(tmp_path) / "card.json"
        path.unlink() if card is None else path.write_text(card)
        assert "card" in refused(build("simple_cnn", 8), "checkpoint:mine", tmp_path)

    def test_whose_weights_were_changed(self, tmp_path: Path) -> None:
        path = self.publish(tmp_path) / "weights.safetensors"
        path.write_bytes(path.read_bytes()[:-1] + b"x")
        assert "names" in refused(build("simple_cnn", 8), "checkpoint:mine", tmp_path)

    @pytest.mark.parametrize("name", ["", "gone", "..", "../mine", "/"])
    def test_that_is_not_there(self, tmp_path: Path, name: str) -> None:
        self.publish(tmp_path)
        (tmp_path / "root").mkdir()
        assert "no checkpoint" in refused(build("simple_cnn", 8), f"checkpoint:{name}", tmp_path / "root")


class TestData:
    def test_resnet18_without_its_last_stage(self, data_root: Path) -> None:
        model = build("resnet18", 8)
        before = weights_of(model)
        start = begin_from(model, RESNET, "data")
        assert (start.fresh, start.mean, start.std) == (("fc", "layer4"), IMAGENET_MEAN, IMAGENET_STD)
        changed = {key for key, value in model.state_dict().items() if not torch.equal(value, before[key])}
        assert start.loaded == 75
        assert not any(key.startswith(start.fresh) for key in changed)
        assert {"conv1.weight", "bn1.running_var", "layer3.1.bn2.bias"} <= changed

    def test_mobilenet_v2_is_whole(self, data_root: Path) -> None:
        start = begin_from(build("mobilenet_v2", 8), MOBILE, "data")
        assert (start.fresh, start.mean, start.std) == (("classifier.1",), PLAIN, PLAIN)
        assert begin_from(build("mobilenet_v2", 1000), MOBILE, "data").fresh == ()

    def test_the_same_file_by_its_path(self, data_root: Path) -> None:
        path = data_root / "weights" / "resnet18_stem_to_layer3.safetensors"
        assert begin_from(build("resnet18", 8), RESNET, str(path)) == begin_from(build("resnet18", 8), RESNET, "data")

    def test_weights_of_another_network(self, data_root: Path) -> None:
        path = data_root / "weights" / "mobilenet_v2.safetensors"
        assert "Two convolutions" in refused(build("simple_cnn", 8), str(path))

    @pytest.mark.parametrize("folder", [None, "empty"])
    def test_no_data_here(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str | None) -> None:
        monkeypatch.delenv("SMEARLENS_DATA", raising=False)
        if folder:
            monkeypatch.setenv("SMEARLENS_DATA", str(tmp_path / folder))
        with pytest.raises(CheckpointError, match=r"resnet18_stem_to_layer3\.safetensors"):
            begin_from(build("resnet18", 8, 28), RESNET, "data")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, str]]:
    """A folder served on this machine and its address; downloads are kept in a temporary folder."""
    folder = tmp_path / "served"
    folder.mkdir()
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "home"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class TestTorchvision:
    """The real loader of torchvision, its address turned to a server of our own."""

    def turn_to(self, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
        monkeypatch.setattr(MobileNet_V2_Weights.IMAGENET1K_V2.value, "url", url)

    def test_download(self, served: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
        folder, address = served
        origin = mobilenet_v2(weights=None)
        torch.save(origin.state_dict(), folder / "new.pth")
        digest = hashlib.sha256((folder / "new.pth").read_bytes()).hexdigest()
        (folder / "new.pth").rename(folder / f"mobilenet_v2-{digest[:8]}.pth")
        self.turn_to(monkeypatch, f"{address}/mobilenet_v2-{digest[:8]}.pth")

        model = build("mobilenet_v2", 8, 28)
        start = begin_from(model, MOBILE, "torchvision")
        assert start.description == "torchvision MobileNet_V2_Weights.IMAGENET1K_V2"
        assert (start.fresh, start.mean, start.std) == (("classifier.1",), IMAGENET_MEAN, IMAGENET_STD)
        loaded = model.get_submodule("features").state_dict()
        assert all(torch.equal(loaded[key], value) for key, value in origin.features.state_dict().items())

    @pytest.mark.parametrize("content", [None, b"damaged on the way"])
    def test_missing_or_damaged(
        self, served: tuple[Path, str], monkeypatch: pytest.MonkeyPatch, content: bytes | None
    ) -> None:
        folder, address = served
        if content:
            (folder / "mobilenet_v2-0123abcd.pth").write_bytes(content)
        self.turn_to(monkeypatch, f"{address}/mobilenet_v2-0123abcd.pth")
        with pytest.raises(CheckpointError, match="could not be fetched"):
            begin_from(build("mobilenet_v2", 8, 28), MOBILE, "torchvision")

    def test_unreachable(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TORCH_HOME", str(tmp_path))
        self.turn_to(monkeypatch, "http://127.0.0.1:9/mobilenet_v2-0123abcd.pth")
        with pytest.raises(CheckpointError, match="check the connection"):
            begin_from(build("mobilenet_v2", 8, 28), MOBILE, "torchvision")

    @pytest.mark.parametrize("name", sorted(ARCHITECTURES))
    def test_listed_names_are_torchvisions(self, name: str) -> None:
        from torchvision.models import get_model_builder, get_weight

        for entry in ARCHITECTURES[name].pretrained:
            if entry.kind == "torchvision":
                weights = get_weight(entry.name)
                assert get_model_builder(name)
                assert tuple(weights.transforms().mean) == entry.mean
                assert tuple(weights.transforms().std) == entry.std
