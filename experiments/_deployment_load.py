"""Many clients at a service, over sockets: what was sent, answered, and how fast."""

import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np

LETTERS = " abcdefghijklmnopqrstuvwxyz"
PIECE = 20


@contextmanager
def served(file, *options):
    """The service as a process of its own; gives its address and the process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "letters.onnx")
        path.write_bytes(file)
        command = [sys.executable, "-m", "rnnbook.serve", str(path), "--port", "0"]
        process = subprocess.Popen(
            [*command, *options], stdout=subprocess.PIPE, text=True
        )
        try:
            url = process.stdout.readline().strip()
            with httpx.Client(base_url=url) as client:
                for _ in range(600):
                    try:
                        if client.get("/ready").status_code == 200:
                            break
                    except httpx.ConnectError:
                        time.sleep(0.05)
            yield url, process
        finally:
            process.terminate()
            process.wait(20)


def ask(client, session, text):
    return client.post("/v1/next", json={"session": session, "text": text})


def good(url, session, texts, found):
    """One client: each request when the last one is answered."""
    with httpx.Client(base_url=url, timeout=60) as client:
        for text in texts:
            began = time.perf_counter()
            try:
                answer = ask(client, session, text)
                status, bits = answer.status_code, answer.json().get("bits")
            except (httpx.HTTPError, ValueError):
                status, bits = 0, None
            found.append((status, bits, time.perf_counter() - began))


BAD = {
    "NaN": b'{"session": "bad", "text": "a", "temperature": NaN}',
    "a megabyte": b"a" * 1_000_000,
    "nothing": b"",
    "no JSON": b"\xff\x00",
    "capitals": b'{"session": "bad", "text": "Hello"}',
}


def bad(url, stop, refused):
    """One client that sends what it should not, and leaves in the middle."""
    host, port = url.removeprefix("http://").split(":")
    head = b"POST /v1/next HTTP/1.1\r\nHost: a\r\nContent-Length: 90\r\n\r\n"
    while not stop.is_set():
        with httpx.Client(base_url=url, timeout=60) as client:
            for body in BAD.values():
                kind = {"content-type": "application/json"}
                answer = client.post("/v1/next", content=body, headers=kind)
                refused.append(answer.status_code)
        with socket.create_connection((host, int(port))) as half:
            half.sendall(head + b'{"session": "a", "te')


def load(url, texts, bad_clients=0, name="client"):
    """Send; ``texts`` is a list for each client. Returns what each client found."""
    found, refused, stop = [[] for _ in texts], [], threading.Event()
    threads = [
        threading.Thread(target=good, args=(url, f"{name}-{k}", mine, found[k]))
        for k, mine in enumerate(texts)
    ]
    others = [
        threading.Thread(target=bad, args=(url, stop, refused))
        for _ in range(bad_clients)
    ]
    for thread in [*others, *threads]:
        thread.start()
    for thread in threads:
        thread.join()
    stop.set()
    for thread in others:
        thread.join()
    return found, refused


def texts_for(clients, requests, rng):
    """Letters at random, a list of pieces for each client."""
    drawn = rng.integers(0, len(LETTERS), (clients, requests, PIECE))
    return [
        ["".join(LETTERS[i] for i in piece) for piece in pieces] for pieces in drawn
    ]


def alone(model, texts):
    """What the letters of one client cost if nobody else is there."""
    state, log_p, answers = model.zeros(), None, []
    for text in texts:
        state, log_p, bits = model.read(state, log_p, text)
        answers.append(bits)
    return answers


def wrong(answers, found):
    """How many answers are not what they are alone, or are none."""
    return sum(
        status != 200 or len(bits) != len(want) or np.abs(want - bits).max() > 1e-6
        for (status, bits, _), want in zip(found, answers, strict=True)
    )
