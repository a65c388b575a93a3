"""Sets up Smearlens and opens it, on Linux, macOS and Windows: `python smearlens.py app`, `python smearlens.py test`.

Needs nothing but Python 3.11 or newer: what Smearlens itself needs goes into the folder .venv beside this file.
The Makefile calls this file, and so does whoever has no make. It is written so that an older Python can read it,
look for a newer one and, where there is none, say what to install.
"""

from __future__ import annotations

import argparse
import contextlib
import glob
import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
VENV_PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")

OLDEST = (3, 11)
TRIED = ("python3.13", "python3.12", "python3.11")
"""In this order: the newest Python that all packages are made for comes first."""

REQUIREMENTS = {"app": ("requirements.txt",), "dev": ("requirements.txt", "requirements-dev.txt")}
CONSTRAINTS = "constraints.txt"
PROBE_SECONDS = 120
"""How long the question which packages there are may take before they are fetched without knowing their sizes."""
GIGABYTE = 1e9
UNPACKED = 2
"""Packages need about twice as much on the disk as they are large on the way."""

ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""Test workers share the processor: one thread each, or they slow each other down."""

CACHES = (".mypy_cache", ".ruff_cache", ".pytest_cache", ".import_linter_cache", ".hypothesis")


class SetupError(Exception):
    """A sentence for the person in front of the terminal: what is missing, and what to do."""


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def is_new_enough(python: str) -> bool:
    """Whether that command is a Python that Smearlens can use."""
    check = f"import sys; sys.exit(sys.version_info < {OLDEST})"
    try:
        return subprocess.run([python, "-c", check], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def candidates(own: str, version: tuple[int, int], wanted: str = "") -> list[str]:
    """Pythons to try, the best first. wanted: what the variable PYTHON names; own: what runs this file."""
    others = [name for name in TRIED if name != f"python{version[0]}.{version[1]}"]
    tried = f"python{version[0]}.{version[1]}" in TRIED
    return [*([wanted] if wanted else []), *([own, *others] if tried else [*others, own])]


def find_python() -> str:
    """A Python for the environment; SetupError with what to install where there is none."""
    for python in candidates(sys.executable, sys.version_info[:2], os.environ.get("PYTHON", "")):
        if is_new_enough(python):
            return python
    needed = f"Smearlens needs Python {OLDEST[0]}.{OLDEST[1]} or newer, and none was found. "
    if sys.platform == "darwin":
        raise SetupError(f"{needed}Install one with 'brew install python@3.13' or from python.org, then try again.")
    if os.name == "nt":
        raise SetupError(f"{needed}Install one with 'winget install Python.Python.3.13' or from python.org.")
    raise SetupError(
        f"{needed}Install one with your package manager (Debian 12 and Ubuntu 24.04: 'sudo apt-get install python3 "
        "python3-venv'), then try again."
    )


def as_root(command: list[str]) -> bool:
    """Runs a command as the administrator where that needs no password; whether it went well."""
    lead = [] if hasattr(os, "getuid") and os.getuid() == 0 else ["sudo", "-n"]
    try:
        return subprocess.run([*lead, *command], stdin=subprocess.DEVNULL, stdout=2, check=False).returncode == 0
    except OSError:
        return False


def apt_install(package: str, *options: str) -> None:
    as_root(["apt-get", "update", "-qq"])
    as_root(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-qq", *options, package])


def can_make_environments(python: str) -> bool:
    return subprocess.run([python, "-c", "import venv, ensurepip"], capture_output=True, check=False).returncode == 0


def make_environment() -> None:
    """The folder .venv, empty but for pip. Debian keeps what makes it in a package of its own, fetched if need be."""
    python = find_python()
    if not can_make_environments(python):
        version = "import sys; print('python%d.%d-venv' % sys.version_info[:2])"
        package = subprocess.run([python, "-c", version], capture_output=True, text=True, check=True).stdout.strip()
        if shutil.which("apt-get"):
            say(f"Installing {package}, which this Python lacks.")
            apt_install(package)
        if not can_make_environments(python):
            raise SetupError(
                f"This Python cannot make an environment: install {package} (Debian and Ubuntu: 'sudo apt-get install "
                f"{package}'), then try again."
            )
    say(f"Making an environment in {VENV.name} with {python}.")
    shutil.rmtree(VENV, ignore_errors=True)
    subprocess.run([python, "-m", "venv", str(VENV)], check=True)


@dataclass(frozen=True)
class Fetch:
    """What would be fetched. packages: how many; size: bytes, of those that tell it; unsized: names of the others."""

    packages: int
    size: int
    unsized: tuple[str, ...] = ()
    cuda: bool = False

    def in_words(self) -> str:
        """ "126 packages, 3.4 GB to fetch, about 6.8 GB on the disk"."""
        text = f"{self.packages} packages, {_gigabytes(self.size)} to fetch"
        if self.unsized:
            return f"{text} and {' and '.join(self.unsized)}, of unknown size"
        return f"{text}, about {_gigabytes(UNPACKED * self.size)} on the disk"


def _gigabytes(size: float) -> str:
    return f"{size / GIGABYTE:.1f} GB"


def fetch_of(pylock: str, size_of: Callable[[str], int]) -> Fetch:
    """What a lock file in the standard format (pylock.toml, PEP 751) would fetch.

    size_of: bytes behind an address, 0 where unknown; asked only for packages whose size the file lacks.
    """
    import tomllib

    sizes = {}
    packages = tomllib.loads(pylock).get("packages", [])
    for package in packages:
        file = next(iter(package.get("wheels", [])), None) or package.get("sdist") or package.get("archive") or {}
        sizes[str(package["name"])] = int(file.get("size", 0)) or size_of(str(file.get("url", "")))
    unsized = tuple(name for name, size in sizes.items() if not size)
    return Fetch(len(packages), sum(sizes.values()), unsized, any(name.startswith("nvidia-") for name in sizes))


def remote_size(address: str) -> int:
    """Bytes behind an address, 0 where it does not tell."""
    try:
        with urllib.request.urlopen(urllib.request.Request(address, method="HEAD"), timeout=5) as answer:
            return int(answer.headers.get("Content-Length", 0))
    except (OSError, ValueError):
        return 0


def has_nvidia_card() -> bool:
    return shutil.which("nvidia-smi") is not None or Path("/proc/driver/nvidia/version").exists()


def requirement_options(kind: str) -> list[str]:
    """What uv and pip are given. kind: a key of REQUIREMENTS."""
    files = [option for name in REQUIREMENTS[kind] for option in ("-r", name)]
    return [*files, "-c", CONSTRAINTS]


def backend_options() -> list[str]:
    """The options of uv that take the torch which this machine has a use for; none where there is but one torch.

    Who sets UV_TORCH_BACKEND has chosen already.
    """
    chosen = sys.platform == "darwin" or "UV_TORCH_BACKEND" in os.environ
    return [] if chosen else ["--torch-backend", "auto"]


def probe(kind: str, options: list[str]) -> Fetch | None:
    """What uv would fetch with these options; None where it cannot tell, as where their index is out of reach."""
    uv = [str(VENV_PYTHON), "-m", "uv", "pip", "compile", "-q", "--python", str(VENV_PYTHON), *options]
    with tempfile.TemporaryDirectory() as folder:
        pylock = Path(folder) / "pylock.toml"
        command = [*uv, *REQUIREMENTS[kind], "-c", CONSTRAINTS, "--format", "pylock.toml", "-o", str(pylock)]
        # The index of torch is either there or not; the usual one may be slow.
        environment = {**os.environ, **({"UV_HTTP_RETRIES": "0"} if options else {})}
        with contextlib.suppress(subprocess.SubprocessError):
            subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=PROBE_SECONDS, check=True)
            return fetch_of(pylock.read_text(encoding="utf-8"), remote_size)
    return None


def explain_fetch(fetch: Fetch | None, *, card: bool, free: int) -> list[str]:
    """Sentences for before the wait. card: an NVIDIA card is here; free: bytes on the disk."""
    if fetch is None:
        return [
            "How much there is to fetch could not be learned beforehand; with torch for NVIDIA cards it is over 3 GB."
        ]
    lines = [f"This computer needs {fetch.in_words()}. What an earlier setup left in the cache is not fetched again."]
    if fetch.cuda and not card:
        lines.append(
            "Most of it is for NVIDIA cards and of no use here, but the place that has torch without it cannot be "
            "reached from this computer."
        )
    if free < UNPACKED * fetch.size:
        lines.append(f"Only {_gigabytes(free)} are free on this disk, which may not be enough.")
    return lines


def install_packages(kind: str) -> None:
    """uv is several times faster than pip; where it cannot be had or does not reach the packages, pip does."""
    pip = [str(VENV_PYTHON), "-m", "pip", "--disable-pip-version-check", "install"]
    nothing = subprocess.DEVNULL
    done = subprocess.run([*pip, "--quiet", "uv", "-c", CONSTRAINTS], cwd=ROOT, stdin=nothing, check=False)
    if done.returncode == 0:
        say("Asking which packages this computer needs ...")
        backend = backend_options()
        fetch = probe(kind, backend)
        if fetch is None and backend:
            backend, fetch = [], probe(kind, [])
        for line in explain_fetch(fetch, card=has_nvidia_card(), free=shutil.disk_usage(ROOT).free):
            say(line)
        # Compiled once here, as pip does by itself: else every start of Python compiles torch and streamlit anew.
        compiled = ["--compile-bytecode", "--python", str(VENV_PYTHON)]
        uv = [str(VENV_PYTHON), "-m", "uv", "pip", "install", *compiled, *backend]
        if subprocess.run([*uv, *requirement_options(kind)], cwd=ROOT, stdin=nothing, check=False).returncode == 0:
            return
    say("uv could not install the packages; trying pip, which is slower.")
    if subprocess.run([*pip, *requirement_options(kind)], cwd=ROOT, stdin=nothing, check=False).returncode != 0:
        raise SetupError(
            "The packages could not be installed; the messages above say why (is there a connection, and 8 GB of free "
            "disk?)."
        )


def fingerprint(folder: Path) -> str:
    """Changes whenever what has to be installed does."""
    names = (*REQUIREMENTS["dev"], CONSTRAINTS)
    return hashlib.sha256(b"\0".join((folder / name).read_bytes() for name in names)).hexdigest()


def set_up(kind: str) -> None:
    """The environment with what the app ("app") or the tests ("dev") need; returns at once where it is there."""
    stamp, key = VENV / f".smearlens-{kind}", fingerprint(ROOT)
    usable = VENV_PYTHON.exists() and is_new_enough(str(VENV_PYTHON))
    if usable and stamp.exists() and stamp.read_text() == key:
        return
    if not usable:
        make_environment()
    install_packages(kind)
    stamp.write_text(key)
    if kind == "dev":
        # What the tests need includes all that the app needs.
        (VENV / ".smearlens-app").write_text(key)


BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "msedge")
BROWSER_PLACES = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "~/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "~/.cache/ms-playwright/chromium-*/chrome-linux*/chrome",
    "~/Library/Caches/ms-playwright/chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
    "$PROGRAMFILES/Google/Chrome/Application/chrome.exe",
    "$LOCALAPPDATA/Google/Chrome/Application/chrome.exe",
    "${PROGRAMFILES(X86)}/Microsoft/Edge/Application/msedge.exe",
)


def find_browser() -> str:
    """Path of a Chromium, Chrome or Edge, "" where there is none. CHROMIUM=/path/to/it comes first."""
    for name in (os.environ.get("CHROMIUM", ""), *BROWSERS):
        path = shutil.which(name) if name else None
        if path:
            return path
    for place in BROWSER_PLACES:
        for path in sorted(glob.glob(os.path.expanduser(os.path.expandvars(place)))):
            if os.access(path, os.X_OK):
                return path
    return ""


def get_browser() -> int:
    """Chromium from the system's package manager if there is none. It never fails: tests are skipped without one."""
    if find_browser():
        return 0
    say("Looking for a browser for the tests: none here, asking the package manager for Chromium.")
    if shutil.which("brew"):
        subprocess.run(["brew", "install", "--cask", "chromium"], stdin=subprocess.DEVNULL, stdout=2, check=False)
    elif shutil.which("apt-get"):
        apt_install("chromium", "--no-install-recommends")
    elif shutil.which("dnf"):
        as_root(["dnf", "install", "-y", "-q", "chromium"])
    elif shutil.which("pacman"):
        as_root(["pacman", "-Sy", "--noconfirm", "--needed", "chromium"])
    if not find_browser():
        say(
            "No browser could be installed, so the browser tests will be skipped: install Chromium, Chrome or Edge "
            "(Debian: 'sudo apt-get install chromium'; macOS: 'brew install --cask chromium')."
        )
    return 0


def run(command: list[str], **variables: str) -> int:
    """Runs one of our tools from this folder until its end; its exit status."""
    # Many processes start here, and without bytecode each would compile our modules again.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with contextlib.suppress(KeyboardInterrupt):
        return subprocess.run(command, cwd=ROOT, env={**environment, **variables}, check=False).returncode
    return 130


def tool(name: str) -> str:
    return str(BIN / name)


def lint() -> int:
    """Style, types and the direction of imports; the status of the first that fails."""
    checks = [[tool("ruff"), "check", "."], [tool("ruff"), "format", "--check", "."], [tool("mypy")]]
    for command in [*checks, [tool("lint-imports")]]:
        status = run(command, PYTHONPATH=".")
        if status:
            return status
    return 0


def test(workers: int, options: list[str]) -> int:
    """options: for pytest."""
    get_browser()
    pytest = [str(VENV_PYTHON), "-m", "pytest", "-n", str(workers), "--dist", "loadfile", *options]
    return lint() or run(pytest, **ONE_THREAD)


def reformat() -> int:
    return run([tool("ruff"), "check", "--fix", "."]) or run([tool("ruff"), "format", "."])


def clean() -> int:
    """Removes the environment and all caches."""
    for folder in (VENV, *(ROOT / name for name in CACHES), ROOT / "__pycache__", *ROOT.glob("[!.]*/**/__pycache__")):
        if folder.is_symlink():
            folder.unlink()
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return 0


def parse(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """The command with its options, and what is left for the app or pytest."""
    parser = argparse.ArgumentParser(prog="smearlens.py", description="Reading cells in stained blood smears.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("app", add_help=False, help="set up if needed, then open the app (app --help: for others, too)")
    test = commands.add_parser(
        "test", help="set up if needed, check the code, run all tests (options go to pytest)", allow_abbrev=False
    )
    test.add_argument("--workers", type=int, default=2, help="tests at a time")
    commands.add_parser("lint", help="style, types and the direction of imports")
    commands.add_parser("format", help="put the code into its usual form")
    commands.add_parser("setup", help="the environment that the app and the commands need")
    commands.add_parser("setup-dev", help="the same, with the tools for tests")
    commands.add_parser("browser", help="a browser for the tests, if there is none")
    commands.add_parser("clean", help="remove the environment and all caches")
    known, rest = parser.parse_known_args(arguments)
    if rest and known.command not in ("app", "test"):
        parser.error(f"not known: {shlex.join(rest)}")
    return known, rest


NEEDS = {"app": "app", "setup": "app", "test": "dev", "lint": "dev", "format": "dev", "setup-dev": "dev"}
"""Which packages a command needs."""


def obey(arguments: list[str]) -> int:
    """Runs one command; its exit status."""
    options, rest = parse(arguments)
    if options.command in NEEDS:
        set_up(NEEDS[options.command])
    if options.command == "app":
        return run([str(VENV_PYTHON), "-m", "app.shared.serving", *rest])
    if options.command == "test":
        return test(options.workers, rest)
    simple = {"lint": lint, "format": reformat, "clean": clean, "browser": get_browser}
    return simple[options.command]() if options.command in simple else 0


def main() -> int:
    """SetupError and an old Python become a sentence."""
    try:
        if sys.version_info[:2] < OLDEST:
            return subprocess.run([find_python(), __file__, *sys.argv[1:]], check=False).returncode
        return obey(sys.argv[1:])
    except SetupError as error:
        say(str(error))
    except KeyboardInterrupt:
        say("Stopped.")
    return 1


if __name__ == "__main__":
    sys.exit(main())
