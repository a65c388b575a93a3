"""The app in a real browser: a server on a free port, and pages that record what they ask for."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

import smearlens

ROOT = Path(__file__).parents[2]
START_SECONDS = 60
PATIENCE_MS = 180_000
SCREENS = {"desktop": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}

PHONE = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Mobile Safari/537.36"
)
"""How the browser of a phone calls itself: by this, not by its width, Streamlit knows one."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder, so that `-m "not journey"` leaves it out."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.journey)


def find_browser() -> str:
    """Path of a Chromium or Chrome; the test is skipped, and says what to install, where there is none."""
    found = smearlens.find_browser()
    if not found:
        pytest.skip("no browser here: install Chromium or Chrome, or set CHROMIUM to the path of one")
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


@pytest.fixture(scope="session")
def app_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a running app, started as `make app` starts it."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    log = tmp_path_factory.mktemp("app") / "server.log"
    command = [sys.executable, "-m", "streamlit", "run", "app/main.py"]
    options = ["--server.port", str(port), "--server.headless", "true"]
    with log.open("wb") as sink:
        server = subprocess.Popen(command + options, cwd=ROOT, stdout=sink, stderr=sink, env=dict(os.environ))
    try:
        begin = time.monotonic()
        while not is_healthy(url):
            if server.poll() is not None or time.monotonic() - begin > START_SECONDS:
                pytest.fail(f"the app did not start:\n{log.read_text(errors='replace')}")
            time.sleep(0.2)
        yield url
    finally:
        server.terminate()
        server.wait(timeout=20)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = find_browser()
    with sync_playwright() as playwright:
        # Without a sandbox, because tests may run as root in a container; they visit our own server only.
        chromium = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        yield chromium
        chromium.close()


@dataclass
class Visit:
    """A browser tab and everything that went wrong in it."""

    page: Page
    app_url: str
    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("console", self._note_message)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self._note_address(request.url))
        self.page.on("websocket", lambda web_socket: self._note_address(web_socket.url))

    def _note_message(self, message: ConsoleMessage) -> None:
        # Streamlit looks for its server below the page's own address first; the miss is no error of ours.
        path = urlsplit(message.location["url"]).path
        is_search = "/_stcore/" in path and not path.startswith("/_stcore/")
        # A picture may be gone before a slow browser asks for it, where the next run shows others: see settle.
        is_picture = path.startswith("/media/") and "404" in message.text
        if message.type == "error" and not is_search and not is_picture:
            self.errors.append(f"{message.text} {path}")

    def _note_address(self, address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("data", "blob") and parts.netloc != urlsplit(self.app_url).netloc:
            self.outside.append(address)

    def open(self, path: str) -> None:
        """Open a page of the app and wait until it has finished drawing itself."""
        self.page.goto(f"{self.app_url}/{path}")
        self.settle()

    def settle(self) -> None:
        """Wait until the app has run to its end and shows a heading; a picture that is shown and broken is an error."""
        # What a page binds to its address makes it run once more, a moment after its first end.
        for pause in (300, 0):
            expect(self.page.get_by_test_id("stApp")).to_have_attribute(
                "data-test-script-state", "notRunning", timeout=PATIENCE_MS
            )
            self.page.wait_for_timeout(pause)
        expect(self.page.get_by_role("heading").first).to_be_visible(timeout=PATIENCE_MS)
        expect(self.page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=PATIENCE_MS)
        pictures = "[...document.images].filter(one => one.complete && !one.naturalWidth).map(one => one.src)"
        self.errors += [f"broken picture {address}" for address in self.page.evaluate(pictures)]

    def grave_violations(self) -> list[str]:
        """What axe calls moderate (headings out of order), serious or critical on this page, one line each."""
        found = Axe().run(self.page).response["violations"]
        return [
            f"{rule['impact']} {rule['id']}: {node['html'][:200]} {node['failureSummary'][:300]}"
            for rule in found
            if rule["impact"] in ("moderate", "serious", "critical")
            for node in rule["nodes"]
        ]


@pytest.fixture
def visit(browser: Browser, app_url: str) -> Iterator[Callable[..., Visit]]:
    """`visit("dark", "phone")` is a fresh tab with no memory of earlier ones."""
    contexts = []

    def begin(scheme: str = "light", screen: str = "desktop") -> Visit:
        touch = {"user_agent": PHONE, "has_touch": True, "is_mobile": True} if screen == "phone" else {}
        context = browser.new_context(color_scheme=scheme, viewport=SCREENS[screen], **touch)
        contexts.append(context)
        return Visit(context.new_page(), app_url)

    yield begin
    for context in contexts:
        context.close()
