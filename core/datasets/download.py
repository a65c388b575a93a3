"""Fetching one large file so that it arrives whole or not at all; a broken line costs only the rest."""

import hashlib
import http.client
import urllib.error
import urllib.request
from pathlib import Path

from core.errors import SourceError
from core.progress import Progress

CHUNK = 1 << 20
TIMEOUT = 30.0


def md5_of(path: Path) -> str:
    """MD5 of a file, as publishers of data sets list it; says that it is whole, not that it is safe."""
    total = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            total.update(chunk)
    return total.hexdigest()


def download(url: str, path: Path, md5: str, progress: Progress | None = None) -> Path:
    """The file at `url` in `path`, checked by its MD5; goes on where an earlier try broke off.

    A file that is there already and is right is not fetched. Raises SourceError in a sentence: no
    connection, not found, broken off, other contents than promised, no room.
    """
    if path.is_file() and md5_of(path) == md5:
        return path
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _fetch(url, part, progress)
        if md5_of(part) != md5:
            part.unlink()
            raise SourceError(
                f"{path.name} came from {url} with other contents than its publisher lists (its MD5 "
                "differs), so it was thrown away; try again, or fetch it by hand."
            )
        part.replace(path)
    except urllib.error.HTTPError as error:
        answer = f"{error.code} {error.reason}".strip()
        raise SourceError(f"{path.name} could not be fetched: {url} answered {answer}.") from error
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
        reason = getattr(error, "reason", None) or error
        raise SourceError(
            f"{path.name} could not be fetched from {url} ({reason}); check the connection and try again, "
            "it goes on from what has arrived."
        ) from error
    except OSError as error:
        raise SourceError(f"{path.name} could not be kept in {path.parent}: {error.strerror}.") from error
    return path


def _fetch(url: str, part: Path, progress: Progress | None) -> None:
    """Append to `part` what is missing of it, or begin anew where the server cannot go on."""
    here = part.stat().st_size if part.is_file() else 0
    try:
        response = _request(url, here)
    except urllib.error.HTTPError as error:
        if error.code != http.client.REQUESTED_RANGE_NOT_SATISFIABLE or not here:
            raise
        here, response = 0, _request(url, 0)  # all of it is here, or more: it is checked by fetching it again
    with response:
        if response.status != http.client.PARTIAL_CONTENT:
            here = 0
        rest = int(response.headers.get("Content-Length") or 0)
        whole = here + rest if rest else 0
        with part.open("ab" if here else "wb") as file:
            while chunk := response.read(CHUNK):
                file.write(chunk)
                here += len(chunk)
                if progress:
                    progress(here, whole)
    if whole and here < whole:
        raise ConnectionError(f"it broke off after {here:,} of {whole:,} bytes")


def _request(url: str, start: int) -> http.client.HTTPResponse:
    headers = {"User-Agent": "smearlens"} | ({"Range": f"bytes={start}-"} if start else {})
    response: http.client.HTTPResponse = urllib.request.urlopen(
        urllib.request.Request(url, headers=headers), timeout=TIMEOUT
    )
    return response
