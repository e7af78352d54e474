"""Files that are downloaded on demand, each verified by its SHA-256.

A file is looked for in the folder named by the environment variable ``RNNBOOK_DATA``
(a classroom share), then in the cache, then at each public address in order. The cache
is the usual one of the operating system, or the folder named by ``RNNBOOK_CACHE``. In
both, ``~`` is the home folder.
A new set needs one entry in ``REGISTRY`` for each of its files.
"""

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
import time
import warnings
import zipfile
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

with warnings.catch_warnings():
    # pooch imports tqdm.auto, which complains in a notebook that lacks ipywidgets
    warnings.simplefilter("ignore")
    import pooch

# Seconds to connect and seconds between two pieces of the answer: a closed network
# often swallows packets in silence, and a reader should not wait a minute for that.
TIMEOUT = (5, 15)
_PART = ".rnnbook-part-"  # what a download is called until it is whole
_PAGE = (
    r"(<\?xml.*?>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body|script|meta)\b"
)


class RemoteFile(NamedTuple):
    """The checksum of a file and the addresses that serve exactly these bytes.

    With ``member`` the addresses serve a zip archive that holds them under this name.
    """

    sha256: str
    addresses: tuple[str, ...]
    member: str = ""


class DataUnavailable(OSError):
    """The file is in no folder that was looked in and at no address that answered."""


def _mnist(name: str, sha256: str) -> RemoteFile:
    hosts = ("storage.googleapis.com/cvdf-datasets", "ossci-datasets.s3.amazonaws.com")
    return RemoteFile(sha256, tuple(f"https://{host}/mnist/{name}" for host in hosts))


def _sentences(name: str, sha256: str) -> RemoteFile:
    archive = "archive.ics.uci.edu/static/public/331/sentiment+labelled+sentences.zip"
    member = f"sentiment labelled sentences/{name}"
    return RemoteFile(sha256, (f"https://{archive}",), member)


_CHAR_RNN = "6f9487a6fe5b420b7ca9afb0d7c078e37c1d1b4e/data/tinyshakespeare/input.txt"

REGISTRY = {
    "mnist/train-images-idx3-ubyte.gz": _mnist(
        "train-images-idx3-ubyte.gz",
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    ),
    "mnist/train-labels-idx1-ubyte.gz": _mnist(
        "train-labels-idx1-ubyte.gz",
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    ),
    "mnist/t10k-images-idx3-ubyte.gz": _mnist(
        "t10k-images-idx3-ubyte.gz",
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    ),
    "mnist/t10k-labels-idx1-ubyte.gz": _mnist(
        "t10k-labels-idx1-ubyte.gz",
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    ),
    "text/tinyshakespeare.txt": RemoteFile(
        "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
        (
            f"https://raw.githubusercontent.com/karpathy/char-rnn/{_CHAR_RNN}",
            f"https://cdn.jsdelivr.net/gh/karpathy/char-rnn@{_CHAR_RNN}",
        ),
    ),
    "sentiment/amazon_cells_labelled.txt": _sentences(
        "amazon_cells_labelled.txt",
        "47003fc0a0d4840b00e96e715b6189bad09e7443a3da41c4cbe12ffc79f86ae3",
    ),
    "sentiment/imdb_labelled.txt": _sentences(
        "imdb_labelled.txt",
        "aef2e49e3da25714d61175e3a6e68eeef74a20a2f914318dc3be9947ea86512d",
    ),
    "sentiment/yelp_labelled.txt": _sentences(
        "yelp_labelled.txt",
        "c76468b7b5c6e56a0804d728345c5f84aa2142ddb214420f61cc9cfd4c00d2ea",
    ),
}


def fetch(name: str) -> Path:
    """Return the path of a verified file of the registry, downloading it if need be.

    Parameters
    ----------
    name : str
        A key of ``REGISTRY``, for example ``"text/tinyshakespeare.txt"``. In the
        folder ``RNNBOOK_DATA`` and in the cache the file has this relative path.

    Returns
    -------
    Path

    Raises
    ------
    ValueError
        If ``name`` is not in the registry, if ``RNNBOOK_DATA`` names no folder, or if
        the bytes found there or sent by a server are not the expected ones. Such
        bytes are never used and never kept in the cache.
    DataUnavailable
        If the file is nowhere to be had; a web page in place of it, as the login of a
        network sends it, is no file. The message is one line: where was looked, what
        failed, on this machine or at which address, and what to do.
    """
    if name not in REGISTRY:
        raise ValueError(f"name: expected one of {sorted(REGISTRY)}, got {name!r}")
    return _from_folder(name) or _from_cache(name) or _download(name)


def _folder() -> Path | None:
    """The folder that RNNBOOK_DATA names; ``~`` is the home folder."""
    named = os.environ.get("RNNBOOK_DATA")
    if not named:
        return None
    folder = Path(os.path.expanduser(named))
    if not folder.is_dir():
        raise ValueError(
            f"RNNBOOK_DATA: expected an existing folder, got {named!r}, which is "
            f"{folder.absolute()}"
        )
    return folder


def _from_folder(name: str) -> Path | None:
    folder = _folder()
    if folder is None or not (path := folder / name).exists():
        return None
    try:
        found, expected = _sha256(path), REGISTRY[name].sha256
    except OSError as error:
        raise ValueError(
            f"{path}: expected a file that can be read, got ({_local(error)})"
        ) from None
    if found != expected:
        raise ValueError(f"{path}: expected SHA-256 {expected}, got {found}")
    return path


def _cache() -> Path:
    folder = os.environ.get("RNNBOOK_CACHE") or pooch.os_cache("rnnbook")
    return Path(os.path.expanduser(folder))


def _from_cache(name: str) -> Path | None:
    path = _cache() / name
    if not path.is_file():
        return None
    with contextlib.suppress(OSError):  # what cannot be read is downloaded again
        if _sha256(path) == REGISTRY[name].sha256:
            return path
        path.unlink()
    return None


def _download(name: str) -> Path:
    """Try the addresses in order; only a verified file is moved into place."""
    file, target, reasons, corrupt = REGISTRY[name], _cache() / name, [], None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _sweep(target.parent)
        for address in file.addresses:
            host = urlsplit(address).hostname
            try:
                _retrieve(address, target, file)
                print(f"Downloaded {name} from {host}.")
                return target
            except _NotReachable as error:
                reasons.append(f"{host}: {error}")
            except ValueError as error:  # other bytes than expected
                corrupt = ValueError(f"{name} from {address}: {error}")
    except OSError as error:  # not the network: the disk of this machine
        reasons.append(f"this machine cannot write {target.parent}: {_local(error)}")
    if corrupt:
        raise corrupt
    raise DataUnavailable(_nowhere(name, reasons))


class _NotReachable(Exception):
    """An address did not give the file; the message says why in a few words."""


def _nowhere(name: str, reasons: list[str]) -> str:
    """Where was looked, what failed where, and what to do, on one line."""
    folder = _folder()
    looked = "RNNBOOK_DATA (not set)" if folder is None else f"RNNBOOK_DATA ({folder})"
    return (
        f"{name} is neither in {looked} nor in the cache ({_cache()}), and cannot be "
        f"downloaded ({'; '.join(reasons)}). If you have it, put it into a folder as "
        f"{name} and name the folder: os.environ['RNNBOOK_DATA'] = '/that/folder'."
    )


def _local(error: OSError) -> str:
    return error.strerror or type(error).__name__


def _sweep(folder: Path) -> None:
    """Remove what downloads that were killed have left, an hour ago or longer."""
    for old in folder.glob(f"{_PART}*"):
        with contextlib.suppress(OSError):  # another process may be sweeping too
            if old.stat().st_mtime < time.time() - 3600:
                shutil.rmtree(old)


def _retrieve(address: str, target: Path, file: RemoteFile) -> None:
    """Download into a folder of its own beside the target, verify, and move."""
    with tempfile.TemporaryDirectory(prefix=_PART, dir=target.parent) as folder:
        part = Path(folder, "part")
        _receive(address, part)
        if page := _web_page(part):
            raise _NotReachable(page)
        if file.member:
            _take_member(part, file.member)
        if (found := _sha256(part)) != file.sha256:
            raise ValueError(f"expected SHA-256 {file.sha256}, got {found}")
        os.replace(part, target)


def _receive(address: str, part: Path) -> None:
    """Let pooch download; what the network does wrong becomes _NotReachable."""
    from requests import exceptions  # slow to import, needed only here

    downloader = pooch.HTTPDownloader(timeout=TIMEOUT, chunk_size=2**16)
    try:
        downloader(address, str(part), None)
    except exceptions.RequestException as error:
        raise _NotReachable(_reason(error)) from error


def _web_page(part: Path) -> str | None:
    """Say so if a web page came in place of a file: a login that answers for all."""
    with open(part, "rb") as file:
        start = file.read(4096).decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    if not start:
        return "an empty answer"
    if not re.match(_PAGE, start, re.I | re.S):
        return None
    title = re.search(r"<title[^>]*>(.*?)</title>", start, re.I | re.S)
    said = f" ({' '.join(title[1].split())[:60]!r})" if title else ""
    return f"a web page{said} in place of the file, such as the login of a network"


def _take_member(part: Path, member: str) -> None:
    """Put one file of a zip archive in the place of the archive."""
    try:
        with zipfile.ZipFile(part) as members:
            content = members.read(member)
    except (zipfile.BadZipFile, KeyError) as error:
        raise ValueError(f"no archive with {member!r}: {error}") from None
    part.write_bytes(content)


def _reason(error: Exception) -> str:
    """Say in a few words, on one line, why a download failed."""
    from requests import exceptions

    if isinstance(error, exceptions.HTTPError):
        return f"HTTP status {error.response.status_code}"
    if isinstance(error, exceptions.ChunkedEncodingError):
        return "connection lost"
    # requests calls a pause in the middle of the answer a ConnectionError.
    if isinstance(error, exceptions.Timeout) or "timed out" in str(error):
        return "no answer in time"
    if isinstance(error, exceptions.SSLError):
        return "no secure connection (a proxy that reads along, or a wrong clock?)"
    if isinstance(error, exceptions.ProxyError):
        return "no connection to the proxy that is set on this machine"
    if isinstance(error, exceptions.ConnectionError):
        unknown = "NameResolution" in str(error) or "resolve" in str(error)
        return "no connection (name not found)" if unknown else "no connection"
    if isinstance(error, exceptions.TooManyRedirects):
        return "sent from page to page"
    return type(error).__name__


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
