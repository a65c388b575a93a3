"""A PostgreSQL server of one's own for as long as a measurement or a test needs it."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.errors import SmearlensError

OWNER = "postgres"
"""Whom the server runs as where we are root, since it refuses to be."""


def binaries() -> Path | None:
    """The folder of initdb and pg_ctl, the newest version first; None where PostgreSQL is not installed."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    found.sort(key=lambda folder: int(folder.parent.name) if folder.parent.name.isdigit() else 0)
    if found:
        return found[-1]
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


@dataclass(frozen=True)
class Server:
    """A server that runs. url: of its empty database. folder: of all its files. durable: what is saved is on the disk
    when the server says so; else it is quicker, and a machine that stops may lose it."""

    url: str
    folder: Path
    programs: Path
    durable: bool = True

    def stop(self, mode: str = "fast") -> None:
        """Stop it; mode: as pg_ctl has them, "immediate" as if the power were cut."""
        _call([str(self.programs / "pg_ctl"), "-D", str(self.folder / "data"), "-m", mode, "-w", "stop"])

    def start(self) -> None:
        port = self.url.rpartition(":")[2].partition("/")[0]
        options = f"-p {port} -k {self.folder} -c listen_addresses=127.0.0.1"
        if not self.durable:
            options += " -c fsync=off -c full_page_writes=off"
        log = str(self.folder / "log")
        _call([str(self.programs / "pg_ctl"), "-D", str(self.folder / "data"), "-l", log, "-o", options, "-w", "start"])


@contextmanager
def running(*, durable: bool = True) -> Iterator[Server]:
    """A server in a temporary folder, gone after the block. SmearlensError where there are no binaries, or it fails."""
    programs = binaries()
    if programs is None:
        raise SmearlensError("PostgreSQL is not installed here, so nothing is measured with it.")
    with tempfile.TemporaryDirectory(prefix="pg-") as name:
        folder = Path(name)
        if _owner() is not None:
            shutil.chown(folder, OWNER)
        data = str(folder / "data")
        _call(
            [str(programs / "initdb"), "-D", data, "-U", "smearlens", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]
        )
        server = Server(f"postgresql://smearlens@127.0.0.1:{_free_port()}/postgres", folder, programs, durable)
        server.start()
        try:
            yield server
        finally:
            if (folder / "data" / "postmaster.pid").exists():
                server.stop("immediate")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _owner() -> int | None:
    """Whose the server has to be, None where it can be ours."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(OWNER).pw_uid
    except KeyError:
        raise SmearlensError(f"PostgreSQL does not run as root, and there is no user {OWNER}.") from None


def _call(command: Sequence[str]) -> None:
    # Output goes nowhere: pg_ctl's server would hold a pipe open for as long as it runs.
    quiet = subprocess.DEVNULL
    done = subprocess.run(command, stdout=quiet, stderr=quiet, user=_owner(), cwd="/", check=False)
    if done.returncode != 0:
        raise SmearlensError(f"PostgreSQL's {Path(command[0]).name} failed, so nothing is measured with it.")
