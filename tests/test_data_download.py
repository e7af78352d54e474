"""Downloads: only verified bytes are used, and a failure is one clear line."""

import gzip
import hashlib
import io
import os
import re
import socket
import struct
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pooch
import pytest

from rnnbook.data import (
    DataUnavailable,
    download,
    fetch,
    load_digits,
    load_mnist,
    load_sentences,
    load_shakespeare,
    load_text,
)

SHAKESPEARE = "text/tinyshakespeare.txt"
MNIST = [
    "mnist/train-images-idx3-ubyte.gz",
    "mnist/train-labels-idx1-ubyte.gz",
    "mnist/t10k-images-idx3-ubyte.gz",
    "mnist/t10k-labels-idx1-ubyte.gz",
]
GOOD = b"First Citizen:\nBefore we proceed any further, hear me speak.\n" * 5000


PAGES = {  # what a network sends in place of a file, with status 200
    "login": b"\n<!DOCTYPE html>\n<html><head><title>Hotel\n Login</title></head>",
    "script": b"<!-- x -->\n<HTML><script>location='/login'</script></HTML>",
    "nothing": b"",
}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        _, behaviour, name = self.path.split("/", 2)
        self.server.asked.append(behaviour)
        body = PAGES.get(behaviour, self.server.files.get(name, b""))
        if behaviour == "hang":
            self.server.closing.wait(20)
            return
        self.send_response(404 if behaviour == "missing" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if behaviour == "corrupt":
            body = b"<" + body[1:]
        sent = body[: len(body) // 2] if behaviour in ("cut", "stall") else body
        self.wfile.write(sent)
        self.wfile.flush()
        if behaviour == "stall":
            self.server.closing.wait(20)
        self.close_connection = True

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.files, server.asked, server.closing = {}, [], threading.Event()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.closing.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.delenv("RNNBOOK_DATA", raising=False)
    monkeypatch.setenv("RNNBOOK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(download, "TIMEOUT", (10, 10))
    return tmp_path / "cache"


@pytest.fixture
def serve(server, cache, monkeypatch):
    """Let a file of the registry be served by the local server."""

    def serve(*behaviours, name=SHAKESPEARE, body=GOOD):
        server.files[name] = body
        root = f"http://127.0.0.1:{server.server_port}"
        addresses = tuple(f"{root}/{behaviour}/{name}" for behaviour in behaviours)
        entry = download.RemoteFile(hashlib.sha256(body).hexdigest(), addresses)
        monkeypatch.setitem(download.REGISTRY, name, entry)

    return serve


@pytest.fixture
def impatient(cache, monkeypatch):
    monkeypatch.setattr(download, "TIMEOUT", (1, 1))


@pytest.fixture
def offline(cache, monkeypatch):
    """Let every address of the registry refuse the connection."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for name, entry in list(download.REGISTRY.items()):
        refused = entry._replace(addresses=(f"http://127.0.0.1:{port}/{name}",))
        monkeypatch.setitem(download.REGISTRY, name, refused)


def files_in(folder):
    return [path for path in folder.rglob("*") if not path.is_dir()]


def one_line(capfd):
    """What was printed, after checking that it is one line and stderr is empty."""
    out, err = capfd.readouterr()
    assert err == ""
    assert out.count("\n") == 1 and out.endswith("\n")
    return out


def test_a_good_file_is_downloaded_once(serve, server, cache, capfd):
    serve("good")
    assert fetch(SHAKESPEARE).read_bytes() == GOOD
    assert "Downloaded" in one_line(capfd)
    assert files_in(cache) == [cache / SHAKESPEARE]
    assert fetch(SHAKESPEARE) == cache / SHAKESPEARE
    assert server.asked == ["good"]
    assert capfd.readouterr() == ("", "")


def test_the_loader_uses_the_downloaded_text(serve, cache):
    serve("good")
    shakespeare = load_shakespeare()
    assert shakespeare.text == GOOD.decode()
    assert shakespeare.name == "Tiny Shakespeare"


def test_a_corrupt_download_is_refused_and_not_kept(serve, cache, capfd):
    serve("corrupt")
    received = hashlib.sha256(b"<" + GOOD[1:]).hexdigest()
    with pytest.raises(ValueError, match=SHAKESPEARE) as refusal:
        load_shakespeare()
    assert received in str(refusal.value)
    assert hashlib.sha256(GOOD).hexdigest() in str(refusal.value)
    assert files_in(cache) == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        ("cut", "connection lost"),
        ("stall", "no answer in time"),
        ("hang", "no answer in time"),
        ("missing", "HTTP status 404"),
    ],
)
def test_a_failed_download_leaves_nothing(
    serve, cache, impatient, capfd, behaviour, reason
):
    serve(behaviour)
    with pytest.raises(DataUnavailable, match=reason) as error:
        fetch(SHAKESPEARE)
    assert "\n" not in str(error.value)
    assert files_in(cache) == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("first", ["missing", "cut", "hang", "corrupt"])
def test_the_next_address_is_tried(serve, server, cache, impatient, first):
    serve(first, "good")
    assert fetch(SHAKESPEARE).read_bytes() == GOOD
    assert server.asked == [first, "good"]
    assert files_in(cache) == [cache / SHAKESPEARE]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_in_place_of_a_file_is_not_reachable(serve, cache, capfd, page):
    serve(page, page)
    stand_in = load_shakespeare()
    line = one_line(capfd)
    assert stand_in.name == "Python's documentation"
    assert ("an empty answer" if page == "nothing" else "a web page") in line
    assert ("'Hotel Login'" in line) is (page == "login")
    assert files_in(cache) == []


def test_a_page_is_no_archive_either(serve_zip, cache):
    serve_zip(SENTENCES[0], b"no archive", "right", behaviour="login")
    with pytest.raises(DataUnavailable, match="a web page"):
        fetch(SENTENCES[0])


def test_after_a_page_the_next_address_is_tried(serve, server, cache):
    serve("login", "good")
    assert fetch(SHAKESPEARE).read_bytes() == GOOD
    assert server.asked == ["login", "good"]


def test_the_message_says_where_and_what_to_do(offline, cache, tmp_path, monkeypatch):
    with pytest.raises(DataUnavailable) as error:
        fetch(SHAKESPEARE)
    message = str(error.value)
    assert "RNNBOOK_DATA (not set)" in message and str(cache) in message
    assert "127.0.0.1: no connection" in message and "\n" not in message
    assert f"as {SHAKESPEARE}" in message and "os.environ['RNNBOOK_DATA']" in message
    monkeypatch.setenv("RNNBOOK_DATA", str(tmp_path))
    with pytest.raises(DataUnavailable, match=f"RNNBOOK_DATA .{tmp_path}."):
        fetch(SHAKESPEARE)


def test_what_fails_on_this_machine_is_not_blamed_on_the_other(serve, server, cache):
    serve("good", "good")
    cache.write_text("a file where the folder should be")
    with pytest.raises(DataUnavailable, match="this machine cannot write") as error:
        fetch(SHAKESPEARE)
    assert "127.0.0.1" not in str(error.value) and server.asked == []


def test_what_a_killed_download_left_is_swept(serve, cache):
    serve("good")
    (cache / "text").mkdir(parents=True)
    old, new = cache / "text/.rnnbook-part-old", cache / "text/.rnnbook-part-new"
    for folder in (old, new):
        folder.mkdir()
        (folder / "part").write_text("half")
    os.utime(old, (0, 0))
    fetch(SHAKESPEARE)
    assert not old.exists() and new.exists()  # the new one may be another's download


def test_the_home_folder_is_understood(serve, server, cache, tmp_path, monkeypatch):
    serve("good")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "data/text").mkdir(parents=True)
    (tmp_path / "data" / SHAKESPEARE).write_bytes(GOOD)
    monkeypatch.setenv("RNNBOOK_DATA", "~/data")
    assert fetch(SHAKESPEARE) == tmp_path / "data" / SHAKESPEARE
    assert server.asked == []


def test_an_interrupt_leaves_nothing(serve, cache, monkeypatch):
    def interrupted(self, url, output_file, pooch, check_only=False):
        with open(output_file, "wb") as file:
            file.write(GOOD[:1000])
        raise KeyboardInterrupt

    serve("good")
    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fetch(SHAKESPEARE)
    assert files_in(cache) == []


def test_a_corrupt_file_in_the_cache_is_replaced(serve, cache):
    serve("good")
    fetch(SHAKESPEARE).write_bytes(GOOD[:-1])
    assert fetch(SHAKESPEARE).read_bytes() == GOOD


def test_a_corrupt_file_in_the_cache_is_not_used_offline(offline, cache):
    (cache / SHAKESPEARE).parent.mkdir(parents=True)
    (cache / SHAKESPEARE).write_bytes(GOOD)  # not the bytes of the real registry
    with pytest.raises(DataUnavailable):
        fetch(SHAKESPEARE)
    assert files_in(cache) == []


def test_a_cache_that_cannot_be_written_is_unavailable(serve, cache):
    serve("good")
    cache.write_text("a file where the folder should be")
    with pytest.raises(DataUnavailable):
        fetch(SHAKESPEARE)


def test_without_network_shakespeare_has_a_stand_in(offline, capfd):
    stand_in = load_shakespeare()
    line = one_line(capfd)
    assert SHAKESPEARE in line and "no connection" in line
    assert "Python's documentation" in line
    assert stand_in.text == load_text().text
    assert stand_in.name == "Python's documentation"


def test_without_network_mnist_has_a_stand_in(offline, capfd):
    stand_in, digits = load_mnist(), load_digits()
    line = one_line(capfd)
    assert MNIST[0] in line and "scikit-learn's digits" in line
    assert stand_in.name == "digits" and "in place of MNIST" in stand_in.source
    assert stand_in.train.images.shape == (1437, 8, 8)
    assert stand_in.test.images.shape == (360, 8, 8)
    assert stand_in.train.images.dtype == np.uint8
    assert stand_in.train.labels.dtype == np.int64
    images = np.concatenate([stand_in.train.images, stand_in.test.images])
    np.testing.assert_allclose(images / 255, digits.images, atol=0.5 / 255 + 1e-7)
    labels = np.concatenate([stand_in.train.labels, stand_in.test.labels])
    np.testing.assert_array_equal(labels, digits.labels)


def test_one_missing_file_of_four_is_not_mixed_with_the_rest(serve, capfd):
    for name in MNIST[:3]:
        serve("good", name=name, body=gzip.compress(idx(np.zeros(2, np.uint8))))
    serve("missing", name=MNIST[3])
    mnist = load_mnist()
    assert "HTTP status 404" in capfd.readouterr().out
    assert mnist.name == mnist.train.name == mnist.test.name == "digits"


def idx(array):
    sizes = struct.pack(f">{array.ndim}i", *array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


def test_mnist_files_are_parsed(serve, cache):
    rng = np.random.default_rng(0)
    # Unequal sizes, so that a swapped axis or file is seen.
    arrays = [
        rng.integers(0, 256, (5, 4, 3), dtype=np.uint8),
        rng.integers(0, 10, 5, dtype=np.uint8),
        rng.integers(0, 256, (2, 4, 3), dtype=np.uint8),
        rng.integers(0, 10, 2, dtype=np.uint8),
    ]
    for name, array in zip(MNIST, arrays, strict=True):
        serve("good", name=name, body=gzip.compress(idx(array)))
    mnist = load_mnist()
    parts = mnist.train.images, mnist.train.labels, mnist.test.images, mnist.test.labels
    for part, array in zip(parts, arrays, strict=True):
        np.testing.assert_array_equal(part, array)
        assert part.flags.writeable
    assert mnist.train.images.dtype == np.uint8
    assert mnist.train.labels.dtype == mnist.test.labels.dtype == np.int64
    assert mnist.name == "MNIST" and "LeCun" in mnist.source


SENTENCES = [f"sentiment/{n}_labelled.txt" for n in ("amazon_cells", "imdb", "yelp")]


def zipped(**members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in members.items():
            archive.writestr(f"folder/{name}.txt", text)
    return file.getvalue()


@pytest.fixture
def serve_zip(serve, monkeypatch):
    """Serve an archive; the registry knows the checksum of one file in it."""

    def serve_zip(name, archive, text, member="folder/a.txt", behaviour="good"):
        serve(behaviour, name=name, body=archive)
        served = download.REGISTRY[name].addresses
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        entry = download.RemoteFile(sha256, served, member)
        monkeypatch.setitem(download.REGISTRY, name, entry)

    return serve_zip


def test_a_file_is_taken_out_of_its_archive(serve_zip, cache, capfd):
    serve_zip(SENTENCES[0], zipped(a="right", b="other"), "right")
    assert fetch(SENTENCES[0]).read_text() == "right"
    assert "Downloaded" in one_line(capfd)
    assert files_in(cache) == [cache / SENTENCES[0]]  # and no archive is left


@pytest.mark.parametrize(
    ("archive", "member"),
    [
        (zipped(a="changed"), "folder/a.txt"),
        (zipped(b="right"), "folder/a.txt"),
        (b"no archive", "folder/a.txt"),
    ],
    ids=["changed", "another file", "no archive"],
)
def test_a_wrong_archive_is_refused(serve_zip, cache, archive, member):
    serve_zip(SENTENCES[0], archive, "right", member)
    with pytest.raises(ValueError, match="amazon_cells"):
        fetch(SENTENCES[0])
    assert files_in(cache) == []


def test_sentences_are_parsed(serve_zip):
    for k, name in enumerate(SENTENCES):
        text = f"So {k}.  \t1\nA\x85b\tc.\t0\n"
        serve_zip(name, zipped(a=text), text)
    data = load_sentences()
    assert data.sentences.tolist()[:3] == ["So 0.", "A\x85b\tc.", "So 1."]
    assert data.labels.tolist() == [1, 0] * 3
    assert data.origins.tolist() == ["amazon"] * 2 + ["imdb"] * 2 + ["yelp"] * 2


def test_without_network_sentences_are_generated(offline, capfd):
    data = load_sentences()
    assert SENTENCES[0] in (line := one_line(capfd)) and "generated" in line
    assert data.name == "generated sentences" and len(data) == 3000
    assert 1400 < data.labels.sum() < 1600
    praise = [any(w in s for w in ("great", "superb", "fine")) for s in data.sentences]
    assert 0.85 < data.labels[praise].mean() < 0.95
    assert data.sentences.tolist() == load_sentences().sentences.tolist()


@pytest.fixture
def share(tmp_path, monkeypatch):
    """A classroom share named by RNNBOOK_DATA."""
    folder = tmp_path / "share"
    (folder / "text").mkdir(parents=True)
    monkeypatch.setenv("RNNBOOK_DATA", str(folder))
    return folder


def test_the_folder_is_looked_in_first(serve, server, cache, share, capfd):
    serve("good")
    (share / SHAKESPEARE).write_bytes(GOOD)
    assert fetch(SHAKESPEARE) == share / SHAKESPEARE
    assert server.asked == [] and files_in(cache) == []
    assert capfd.readouterr() == ("", "")
    (cache / SHAKESPEARE).parent.mkdir(parents=True)
    (cache / SHAKESPEARE).write_bytes(GOOD)
    assert fetch(SHAKESPEARE) == share / SHAKESPEARE


def test_a_file_that_the_folder_lacks_is_downloaded(serve, cache, share):
    serve("good")
    assert fetch(SHAKESPEARE) == cache / SHAKESPEARE


def test_a_corrupt_file_in_the_folder_is_refused(serve, server, cache, share):
    serve("good")
    (share / SHAKESPEARE).write_bytes(GOOD[:-1])
    with pytest.raises(ValueError, match="tinyshakespeare.txt") as refusal:
        load_shakespeare()
    assert hashlib.sha256(GOOD).hexdigest() in str(refusal.value)
    assert hashlib.sha256(GOOD[:-1]).hexdigest() in str(refusal.value)
    assert (share / SHAKESPEARE).exists()  # it is not ours to delete
    assert server.asked == []


def test_a_folder_in_place_of_the_file_is_refused(serve, server, share):
    serve("good")
    (share / SHAKESPEARE).mkdir()
    with pytest.raises(ValueError, match="shakespeare.txt: expected a file that can"):
        fetch(SHAKESPEARE)
    assert server.asked == []


def test_a_home_folder_that_is_not_there_is_said(serve, monkeypatch):
    serve("good")
    monkeypatch.setenv("RNNBOOK_DATA", "~nobody_has_this_name/data")
    with pytest.raises(ValueError, match="RNNBOOK_DATA: expected an existing folder"):
        fetch(SHAKESPEARE)


def test_a_folder_that_does_not_exist_is_refused(serve, share, monkeypatch):
    serve("good")
    monkeypatch.setenv("RNNBOOK_DATA", str(share / "typo"))
    with pytest.raises(ValueError, match="RNNBOOK_DATA: expected an existing folder"):
        fetch(SHAKESPEARE)


def test_an_empty_variable_is_no_folder(serve, cache, monkeypatch):
    serve("good")
    monkeypatch.setenv("RNNBOOK_DATA", "")
    assert fetch(SHAKESPEARE) == cache / SHAKESPEARE


def test_an_unknown_name_is_refused():
    with pytest.raises(ValueError, match="name: expected one of"):
        fetch("text/../../secret")


def test_every_registered_file_has_a_checksum_and_two_hosts():
    for name, (sha256, addresses, member) in download.REGISTRY.items():
        assert len(sha256) == 64 and int(sha256, 16) > 0, name
        hosts = {address.split("/")[2] for address in addresses}
        packed = name.endswith(".csv.gz")  # of a shared folder: nobody serves it
        pinned = any(re.search("/[0-9a-f]{40}/", address) for address in addresses)
        wanted = {0} if packed else {1} if member else {1, 2} if pinned else {2}
        assert len(hosts) in wanted, name
        assert all(address.startswith("https://") for address in addresses), name
