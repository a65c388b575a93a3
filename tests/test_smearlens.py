"""The file that sets up and opens Smearlens: what it decides, without fetching anything."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import smearlens
from smearlens import Fetch

ROOT = Path(__file__).parents[1]
FILE = ROOT / "smearlens.py"

PYLOCK = """
lock-version = "1.0"

[[packages]]
name = "small"
version = "1"
wheels = [{ url = "https://packages.invalid/small.whl", size = 1000000, hashes = {} }]

[[packages]]
name = "torch"
version = "2"
wheels = [{ url = "https://packages.invalid/torch.whl", hashes = {} }]

[[packages]]
name = "source-only"
version = "3"
sdist = { url = "https://packages.invalid/source-only.tar.gz", size = 500000, hashes = {} }
"""


def test_it_needs_nothing_but_python():
    tree = ast.parse(FILE.read_text("utf-8"))
    imported = {
        name.name.partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
    }
    imported |= {str(node.module).partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported - set(sys.stdlib_module_names) == set()


def test_an_old_python_can_read_it_and_any_terminal_show_it():
    text = FILE.read_text("utf-8")
    ast.parse(text, feature_version=(3, 8))
    assert text.isascii()


def test_it_names_no_place_that_packages_come_from():
    assert re.findall(r"https?://\S+|pypi|pytorch\.org", FILE.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("version", "wanted", "order"),
    [
        ((3, 12), "", ["own", "python3.13", "python3.11"]),
        ((3, 9), "", ["python3.13", "python3.12", "python3.11", "own"]),
        ((3, 15), "", ["python3.13", "python3.12", "python3.11", "own"]),
        ((3, 12), "mine", ["mine", "own", "python3.13", "python3.11"]),
    ],
)
def test_the_python_that_was_wanted_comes_first_and_one_too_new_for_the_packages_last(version, wanted, order):
    assert smearlens.candidates("own", version, wanted) == order


def test_without_a_python_the_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setattr(smearlens, "is_new_enough", lambda python: False)
    for platform, advice in (("linux", "apt-get install python3"), ("darwin", "brew install")):
        monkeypatch.setattr(sys, "platform", platform)
        with pytest.raises(smearlens.SetupError, match=advice):
            smearlens.find_python()


def test_sizes_come_from_the_lock_file_and_where_it_has_none_from_the_file_itself():
    asked = []
    fetch = smearlens.fetch_of(PYLOCK, lambda address: asked.append(address) or 200_000_000)
    assert asked == ["https://packages.invalid/torch.whl"]
    assert fetch == Fetch(packages=3, size=201_500_000)
    assert fetch.in_words() == "3 packages, 0.2 GB to fetch, about 0.4 GB on the disk"


def test_uv_itself_is_asked_in_words_that_it_knows(tmp_path, monkeypatch):
    """Of no packages, so that it needs no connection."""
    for name in ("requirements.txt", "requirements-dev.txt", "constraints.txt"):
        (tmp_path / name).write_text("")
    monkeypatch.setattr(smearlens, "ROOT", tmp_path)
    monkeypatch.setattr(smearlens, "VENV_PYTHON", Path(sys.executable))
    for options in ([], ["--torch-backend", "auto"]):
        assert smearlens.probe("dev", options) == Fetch(packages=0, size=0)


def test_a_size_that_nobody_tells_is_not_made_up():
    fetch = smearlens.fetch_of(PYLOCK, lambda address: 0)
    assert fetch.unsized == ("torch",)
    assert "and torch, of unknown size" in fetch.in_words()
    assert "on the disk" not in fetch.in_words()


def test_the_wait_is_explained_before_it_begins():
    cuda = smearlens.fetch_of(PYLOCK.replace("small", "nvidia-cublas"), lambda address: 3_000_000_000)
    assert cuda.cuda
    without_card = smearlens.explain_fetch(cuda, card=False, free=10**12)
    assert any("for NVIDIA cards and of no use here" in line for line in without_card)
    assert len(smearlens.explain_fetch(cuda, card=True, free=10**12)) == 1
    assert "could not be learned" in smearlens.explain_fetch(None, card=True, free=10**12)[0]
    assert "Only 1.0 GB are free" in smearlens.explain_fetch(cuda, card=True, free=10**9)[-1]


@pytest.mark.parametrize(
    ("platform", "chosen", "options"),
    [("linux", "", ["--torch-backend", "auto"]), ("linux", "cpu", []), ("darwin", "", [])],
)
def test_the_torch_of_this_machine_is_taken_unless_one_was_chosen(platform, chosen, options, monkeypatch):
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.delenv("UV_TORCH_BACKEND", raising=False)
    if chosen:
        monkeypatch.setenv("UV_TORCH_BACKEND", chosen)
    assert smearlens.backend_options() == options


class Runs:
    """Notes commands instead of running them. fails: parts of commands that go wrong."""

    def __init__(self, *fails: str) -> None:
        self.commands: list[str] = []
        self.fails = fails

    def __call__(self, command, **options):
        line = " ".join(map(str, command))
        self.commands.append(line)
        wrong = any(part in line for part in self.fails)
        if wrong and options.get("check"):
            raise subprocess.CalledProcessError(1, command)
        if not wrong and "-o" in command:
            Path(command[command.index("-o") + 1]).write_text(PYLOCK)
        return subprocess.CompletedProcess(command, int(wrong), "", "")


@pytest.fixture
def linux(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(smearlens, "remote_size", lambda address: 0)
    monkeypatch.delenv("UV_TORCH_BACKEND", raising=False)


def test_where_the_index_of_torch_is_out_of_reach_the_usual_packages_are_taken(linux, monkeypatch, capsys):
    runs = Runs("--torch-backend")
    monkeypatch.setattr(subprocess, "run", runs)
    smearlens.install_packages("app")
    assert "uv pip install" in runs.commands[-1]
    assert "--torch-backend" not in runs.commands[-1]
    assert "requirements-dev.txt" not in runs.commands[-1]
    assert "needs 3 packages" in capsys.readouterr().err


def test_where_it_is_in_reach_the_machine_decides(linux, monkeypatch):
    runs = Runs()
    monkeypatch.setattr(subprocess, "run", runs)
    smearlens.install_packages("dev")
    assert "--torch-backend auto" in runs.commands[-1]
    assert "-r requirements-dev.txt" in runs.commands[-1]


def test_without_uv_pip_does_it_and_without_either_a_sentence_is_said(linux, monkeypatch):
    runs = Runs("--quiet uv")
    monkeypatch.setattr(subprocess, "run", runs)
    smearlens.install_packages("app")
    assert runs.commands[-1].endswith(
        "-m pip --disable-pip-version-check install -r requirements.txt -c constraints.txt"
    )
    monkeypatch.setattr(subprocess, "run", Runs("pip"))
    with pytest.raises(smearlens.SetupError, match="is there a connection"):
        smearlens.install_packages("app")


def test_what_has_to_be_installed_has_a_fingerprint(tmp_path):
    for name in ("requirements.txt", "requirements-dev.txt", "constraints.txt"):
        (tmp_path / name).write_text("streamlit")
    before = smearlens.fingerprint(tmp_path)
    assert smearlens.fingerprint(tmp_path) == before
    (tmp_path / "constraints.txt").write_text("streamlit==1")
    assert smearlens.fingerprint(tmp_path) != before


def test_the_environment_is_made_once(tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr(smearlens, "VENV", tmp_path)
    monkeypatch.setattr(smearlens, "VENV_PYTHON", Path(sys.executable))
    monkeypatch.setattr(smearlens, "install_packages", calls.append)
    for kind in ("dev", "dev", "app"):
        smearlens.set_up(kind)
    assert calls == ["dev"]


def test_options_of_a_command_reach_whom_they_are_for(monkeypatch):
    runs = Runs()
    monkeypatch.setattr(subprocess, "run", runs)
    monkeypatch.setattr(smearlens, "set_up", lambda kind: None)
    assert smearlens.obey(["app", "--host", "0.0.0.0", "--port", "9000"]) == 0
    assert runs.commands[-1].endswith("-m app.shared.serving --host 0.0.0.0 --port 9000")
    monkeypatch.setattr(smearlens, "find_browser", lambda: "chromium")
    assert smearlens.obey(["test", "--workers", "3", "-k", "labels", "-x"]) == 0
    assert runs.commands[-1].endswith("-m pytest -n 3 --dist loadfile -k labels -x")
    assert any(command.endswith("mypy") for command in runs.commands)
    with pytest.raises(SystemExit):
        smearlens.obey(["lint", "--fast"])


def test_a_check_that_fails_ends_the_test_before_the_tests(monkeypatch):
    runs = Runs("mypy")
    monkeypatch.setattr(subprocess, "run", runs)
    monkeypatch.setattr(smearlens, "find_browser", lambda: "chromium")
    assert smearlens.test(2, []) == 1
    assert not any("pytest" in command for command in runs.commands)


def test_clean_removes_caches_and_the_link_to_an_environment_but_not_what_it_leads_to(tmp_path, monkeypatch):
    (tmp_path / "elsewhere" / "bin").mkdir(parents=True)
    (tmp_path / "home" / "core" / "__pycache__").mkdir(parents=True)
    link = tmp_path / "home" / ".venv"
    link.symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    monkeypatch.setattr(smearlens, "ROOT", tmp_path / "home")
    monkeypatch.setattr(smearlens, "VENV", link)
    assert smearlens.obey(["clean"]) == 0
    assert not link.exists()
    assert (tmp_path / "elsewhere" / "bin").exists()
    assert not (tmp_path / "home" / "core" / "__pycache__").exists()


@pytest.mark.skipif(shutil.which("make") is None, reason="no make here: `python smearlens.py` does what it does")
def test_the_makefile_sends_every_command_to_this_file():
    line = ["make", "--no-print-directory", "-n", "app", "HOST=0.0.0.0", "NAME=a b"]
    listing = subprocess.run(line, cwd=ROOT, capture_output=True, text=True)
    assert listing.stdout.rstrip().endswith("smearlens.py app --port 8501 --host 0.0.0.0 --name a --name b")
    targets = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for target in set(targets) - {"help"}:
        assert smearlens.parse([target])[0].command == target
