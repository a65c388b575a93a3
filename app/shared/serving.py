"""Starting the app's server, for this computer alone or for others, and what that means for who uses it.

`python -m app.shared.serving --host 0.0.0.0` is what `make app HOST=0.0.0.0` runs.
"""

import argparse
import contextlib
import ipaddress
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st

from app.shared.language import N_, _

MAIN = Path(__file__).resolve().parents[1] / "main.py"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
PORT = 8501
OPEN_TO_OTHERS = N_(
    "This one is open to others: who reaches its address can use it, without a password of its own, and photos go to "
    "the computer that runs it."
)


def is_address(name: str) -> bool:
    """Whether it is an address in figures, of either version."""
    with contextlib.suppress(ValueError):
        return bool(ipaddress.ip_address(name))
    return False


def is_loopback(name: str) -> bool:
    """Whether a name or an address is one by which a computer calls itself."""
    return name == "localhost" or (is_address(name) and ipaddress.ip_address(name).is_loopback)


@dataclass(frozen=True)
class Listening:
    """Where the server listens. host: an address or name of this computer; names: others by which browsers call it.

    own: names and addresses of this computer as seen from outside, the best to pass on first.
    """

    host: str = LOOPBACK[0]
    port: int = PORT
    names: Sequence[str] = field(default_factory=tuple)
    own: Sequence[str] = field(default_factory=tuple)

    @property
    def open(self) -> bool:
        """Whether other computers can reach it."""
        return not is_loopback(self.host)

    @property
    def outward(self) -> list[str]:
        """What others may write into the bar of their browser."""
        everywhere = is_address(self.host) and ipaddress.ip_address(self.host).is_unspecified
        # Who listens at 0.0.0.0 cannot be reached by an address of version 6.
        own = [name for name in self.own if ":" not in name or ":" in self.host]
        return list(dict.fromkeys([*self.names, *(own if everywhere else [self.host] if self.open else [])]))

    @property
    def url(self) -> str:
        """The address that the browser of this computer is sent to."""
        listening = self.host if self.open and self.host in self.outward else LOOPBACK[0]
        return self.address(listening)

    def address(self, name: str) -> str:
        return f"http://{f'[{name}]' if ':' in name else name}:{self.port}"

    def options(self) -> list[str]:
        """Streamlit's options on top of .streamlit/config.toml.

        Only browsers that call this computer by a name that it knows get an answer: otherwise a page from elsewhere
        could pose as this one, by pointing its own name here (DNS rebinding).
        """
        shown = urlsplit(self.url).hostname or self.host
        options = ["--server.address", self.host, "--server.port", str(self.port), "--browser.serverAddress", shown]
        known = dict.fromkeys([*LOOPBACK, *self.outward])
        return [*options, *(part for name in known for part in ("--server.allowedHosts", name))]

    def meaning(self) -> str:
        """What a person is told before the app is opened to others; "" where it is not."""
        if not self.open:
            return ""
        addresses = "\n".join(f"  {self.address(name)}" for name in self.outward)
        return (
            f"Smearlens is about to be open to others, at\n{addresses}\n"
            "Everybody who reaches one of these addresses can use it. It asks for no password, and what goes over\n"
            "the network is not encrypted. Photos that are dropped in come to this computer, stay in its memory,\n"
            "and are forgotten after their page is closed; nothing is sent on.\n"
            "A browser that calls this computer by a name not listed here gets no answer: add it with NAME=…\n"
            "(or --name). docs/operating.md is on passwords, encryption and proxies. Ctrl+C ends Smearlens.\n"
        )


def own_names() -> list[str]:
    """Addresses and names by which others may know this computer, addresses first. Nothing is sent to find them."""
    name = socket.gethostname()
    found = []
    for family, elsewhere in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        # A datagram socket that is connected sends nothing; it only learns its own address on the way there.
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as outbound:
            outbound.connect((elsewhere, 9))
            found.append(str(outbound.getsockname()[0]))
    with contextlib.suppress(OSError):
        found += [str(entry[4][0]) for entry in socket.getaddrinfo(name, None)]
    reachable = [each for each in found if not is_loopback(each) and not each.startswith("fe80:")]
    return list(dict.fromkeys([*reachable, name, *([] if "." in name else [f"{name}.local"])]))


def is_elsewhere() -> bool:
    """Whether who looks at the page may sit at another computer than the one that runs it.

    The server listens at every address of its computer where its option names none.
    """
    name = urlsplit(st.context.url or "").hostname or LOOPBACK[0]
    return not is_loopback(name) or not is_loopback(str(st.get_option("server.address")))


def whereabouts() -> str:
    """Where photos go, to be said where they are given."""
    if is_elsewhere():
        return _("Everything happens on the computer that runs Smearlens; nothing is sent on.")
    return _("Everything happens on this computer; nothing is sent anywhere.")


def main(arguments: Sequence[str]) -> None:
    """Starts the server and stays until it ends."""
    from streamlit.web import cli

    parser = argparse.ArgumentParser(prog="smearlens.py app", description="Opens the app, for others too if wished.")
    parser.add_argument("--port", type=int, default=PORT, help=f"another port than {PORT}")
    parser.add_argument(
        "--host",
        default=LOOPBACK[0],
        help="open it to others, at this address of this computer; 0.0.0.0 is all of its addresses",
    )
    parser.add_argument(
        "--name", action="append", default=[], help="a further name by which browsers call this computer"
    )
    given = parser.parse_args(arguments)
    listening = Listening(given.host, given.port, tuple(given.name), tuple(own_names()))
    print(listening.meaning(), end="", file=sys.stderr, flush=True)
    cli.main(["run", str(MAIN), *listening.options()], prog_name="streamlit")


if __name__ == "__main__":
    main(sys.argv[1:])
