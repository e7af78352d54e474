"""A service that says what letter comes next, with a state for each session.

``python -m rnnbook.serve letters.onnx`` answers on http://127.0.0.1:8000 until it is
stopped; chapter 34 makes such a file, and so does ``--example FILE``, which trains for
half a minute first. ``POST /v1/next`` with ``{"session": "a", "text": "the tr"}`` reads
on where the session stood. ``/health``, ``/ready`` and ``/metrics`` are for machines.

What it promises, and the tests of chapter 34 hold it to:

* a text sent in pieces costs exactly what the whole costs, whoever else is sending;
* two requests of one session are read one after the other;
* a request that is refused changes nothing, and is told which part is wrong;
* memory is bounded: sessions, letters of a request, bytes of a body;
* asked to stop, it answers what it has begun.

What it leaves to the proxy in front of it: who may ask, encryption, and clients that
send their *headers* slowly.
"""

import argparse
import asyncio
import json
import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

try:
    import onnxruntime
    import prometheus_client as prometheus
    import uvicorn
    from fastapi import FastAPI, HTTPException, Response
    from fastapi.exceptions import RequestValidationError
    from fastapi.responses import JSONResponse
    from pydantic import BaseModel, ConfigDict, Field
except ImportError as error:
    raise ImportError(
        f'rnnbook.serve needs {error.name}: pip install -e ".[practice]"'
    ) from error

__all__ = ["Model", "Session", "Sessions", "Full", "Busy", "create_app", "Running"]

MOST_LETTERS, MOST_BYTES = 1000, 10_000
MOST_SECONDS, LINGER = 5.0, 2.0  # for a body; for what comes after a refusal


class Full(Exception):
    """No room for one more session: all are in use."""


class Busy(Exception):
    """Too many requests of one session wait already."""


class Model:
    """An ONNX file with inputs x, h, c and, among its facts, its ``letters``.

    Parameters
    ----------
    file : path, or the bytes of a file

    Raises
    ------
    ValueError
        If the file does not say its letters, or has other inputs.
    """

    def __init__(self, file):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # requests run side by side
        options.log_severity_level = 3
        content = file if isinstance(file, bytes) else str(file)
        self.runtime = onnxruntime.InferenceSession(
            content, options, providers=["CPUExecutionProvider"]
        )
        facts = self.runtime.get_modelmeta().custom_metadata_map
        names = [one.name for one in self.runtime.get_inputs()]
        self.letters = facts.get("letters", "")
        if names != ["x", "h", "c"] or not self.letters:
            raise ValueError(
                "file: expected inputs x, h, c and letters among its facts, got "
                f"{names} and {facts}"
            )
        self.eye = np.eye(len(self.letters), dtype=np.float32)
        self.units = self.runtime.get_inputs()[1].shape[2]

    def zeros(self):
        return (np.zeros((1, 1, self.units), np.float32),) * 2

    def read(self, state, before, text):
        """Read on: the new state, the log-probabilities now, the bits of each letter.

        Parameters
        ----------
        state : h and c, (1, 1, H) each
        before : (V,) log-probabilities of the first letter, or None
        text : str of at least one letter
        """
        ids = [self.letters.index(letter) for letter in text]
        feed = {"x": self.eye[ids][None], "h": state[0], "c": state[1]}
        scores, h, c = self.runtime.run(["scores", "h_new", "c_new"], feed)
        z = scores[0].astype(float)  # (T, V)
        z -= z.max(axis=1, keepdims=True)
        log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        said = log_p[:-1] if before is None else np.vstack([before, log_p[:-1]])
        ids = ids[len(ids) - len(said) :]
        bits = -said[np.arange(len(said)), ids] / np.log(2)
        return (h, c), log_p[-1], bits


@dataclass
class Session:
    """What is kept of one client between its requests."""

    state: tuple
    seen: float
    log_p: np.ndarray | None = None
    letters: int = 0
    users: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class Sessions:
    """At most ``limit`` sessions, each for ``seconds`` after its last request.

    Parameters
    ----------
    limit : int; who comes next takes the place of the one unused for longest
    seconds : float
    make : function that returns a first state
    clock : function that returns seconds
    waiting : int, requests of one session at a time

    Raises
    ------
    Full
        By :meth:`use`, if all sessions are in use.
    Busy
        By :meth:`use`, if ``waiting`` requests of this session are there already.
    """

    def __init__(self, limit, seconds, make, clock=time.monotonic, waiting=8):
        self.limit, self.seconds, self.waiting = limit, seconds, waiting
        self.make, self.clock = make, clock
        self.kept: OrderedDict[str, Session] = OrderedDict()  # unused for longest first
        self.lock = threading.Lock()

    def __len__(self):
        return len(self.kept)

    def _enter(self, name):
        with self.lock:
            now = self.clock()
            old = [
                key
                for key, one in self.kept.items()
                if not one.users and now - one.seen > self.seconds
            ]
            for key in old:
                del self.kept[key]
            if name not in self.kept:
                if len(self.kept) >= self.limit:
                    idle = (key for key, one in self.kept.items() if not one.users)
                    if (key := next(idle, None)) is None:
                        raise Full
                    del self.kept[key]
                self.kept[name] = Session(self.make(), now)
            session = self.kept[name]
            if session.users >= self.waiting:
                raise Busy
            session.users += 1
            return session

    @contextmanager
    def use(self, name):
        """The session of this name, new or kept, for one request alone."""
        session = self._enter(name)
        try:
            with session.lock:
                yield session
        finally:
            with self.lock:
                session.users -= 1
                session.seen = self.clock()
                self.kept.move_to_end(name)


class Question(BaseModel):
    model_config = ConfigDict(extra="forbid")
    session: str = Field(min_length=1, max_length=64, pattern="^[A-Za-z0-9_-]+$")
    text: str = Field(min_length=1, max_length=MOST_LETTERS)
    temperature: float = Field(1.0, gt=0, le=10, allow_inf_nan=False)


class Answer(BaseModel):
    session: str
    new: bool  # True: nothing was known of this session, or no more
    letters: int  # read in this session so far
    bits: list[float]  # what each letter of the text cost
    next: dict[str, float]  # probabilities of what comes next


class Limited:
    """ASGI: read a body up to a limit, in time, before anybody else sees it."""

    def __init__(self, app, most_bytes=MOST_BYTES, seconds=MOST_SECONDS):
        self.app, self.most, self.seconds = app, most_bytes, seconds

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        said = dict(scope["headers"]).get(b"content-length", b"0")
        if int(said) > self.most:
            return await self.refuse(413, send, receive)  # before a byte of it
        body, more = b"", True
        try:
            async with asyncio.timeout(self.seconds):
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return None
                    body += message.get("body", b"")
                    more = message.get("more_body", False)
                    if len(body) > self.most:
                        break
        except TimeoutError:
            return await self.refuse(408, send, receive)
        if len(body) > self.most:
            return await self.refuse(413, send, receive)

        async def again():
            nonlocal body
            if body is None:
                return await receive()
            message = {"type": "http.request", "body": body, "more_body": False}
            body = None
            return message

        return await self.app(scope, again, send)

    async def refuse(self, status, send, receive):
        """Answer at once; then throw away what still comes, for a short time.

        A connection that is closed while bytes arrive is reset, and many a client then
        never sees the answer.
        """
        what = {
            413: f"expected at most {self.most} bytes",
            408: f"expected the whole body within {self.seconds} seconds",
        }
        said = json.dumps({"detail": [{"where": "body", "what": what[status]}]})
        headers = {
            "content-type": "application/json",
            "content-length": str(len(said)),
            "connection": "close",
        }
        pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
        start = {"type": "http.response.start", "status": status, "headers": pairs}
        body = {"type": "http.response.body", "body": said.encode()}
        await send(start)
        await send(body | {"more_body": True})
        try:
            async with asyncio.timeout(LINGER if status == 413 else 0):
                while (await receive()).get("more_body", False):
                    pass
        except TimeoutError:
            pass
        await send({"type": "http.response.body"})


class Counted:
    """ASGI: count each answer by its status, those of refusals too."""

    def __init__(self, app, answers):
        self.app, self.answers = app, answers

    async def __call__(self, scope, receive, send):
        async def counted(message):
            if message["type"] == "http.response.start":
                self.answers.labels(message["status"]).inc()
            await send(message)

        await self.app(scope, receive, counted)


class Counters:
    """What ``/metrics`` shows. Alarms are computed from it elsewhere."""

    def __init__(self, sessions):
        self.registry = prometheus.CollectorRegistry()
        given = {"registry": self.registry}
        self.answers = prometheus.Counter(
            "rnnbook_answers", "Answers.", ["status"], **given
        )
        self.seconds = prometheus.Histogram(
            "rnnbook_seconds",
            "Seconds from a valid request to its answer.",
            buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1),
            **given,
        )
        self.read = prometheus.Counter("rnnbook_read", "Letters.", ["letter"], **given)
        self.scored = prometheus.Counter("rnnbook_scored", "Letters scored.", **given)
        self.bits = prometheus.Counter("rnnbook_bits", "What they cost.", **given)
        held = prometheus.Gauge("rnnbook_sessions", "Sessions that are kept.", **given)
        held.set_function(lambda: len(sessions))


def create_app(
    model: Model,
    limit: int = 1000,
    seconds: float = 600,
    clock: Callable[[], float] = time.monotonic,
) -> FastAPI:
    """The service, as an ASGI application.

    Parameters
    ----------
    model : Model
    limit, seconds : of :class:`Sessions`
    clock : of the sessions, so that a test need not wait

    Raises
    ------
    ValueError
        When it starts, if a text in pieces does not cost what the whole costs.
    """
    sessions = Sessions(limit, seconds, model.zeros, clock)
    counters = Counters(sessions)
    ready = threading.Event()

    @asynccontextmanager
    async def lifespan(app):
        prove(model)
        ready.set()
        yield
        ready.clear()

    app = FastAPI(title="rnnbook letters", lifespan=lifespan)
    app.state.sessions = sessions
    app.add_middleware(Limited)
    app.add_middleware(Counted, answers=counters.answers)  # the outer one

    @app.exception_handler(RequestValidationError)
    async def refused(request, error):
        # without the input: a NaN in it could not be written as JSON again
        detail = [
            {"where": ".".join(map(str, one["loc"])), "what": one["msg"]}
            for one in error.errors()
        ]
        return JSONResponse({"detail": detail}, 422)

    @app.post("/v1/next")
    def following(question: Question) -> Answer:
        began = time.perf_counter()
        unknown = sorted(set(question.text) - set(model.letters))
        if unknown:
            what = f"expected letters of {model.letters!r}, got {unknown[:5]}"
            raise HTTPException(422, [{"where": "body.text", "what": what}])
        try:
            with sessions.use(question.session) as session:
                new = session.letters == 0
                found = model.read(session.state, session.log_p, question.text)
                session.state, session.log_p, bits = found
                session.letters += len(question.text)
                log_p, letters = session.log_p, session.letters
        except Full:
            said = "every session is in use"
            raise HTTPException(503, said, {"Retry-After": "1"}) from None
        except Busy:
            said = "too many requests of this session at a time"
            raise HTTPException(429, said) from None
        p = np.exp((log_p - log_p.max()) / question.temperature)
        p /= p.sum()
        for letter in question.text:
            counters.read.labels(letter).inc()
        counters.scored.inc(len(bits))
        counters.bits.inc(bits.sum())
        counters.seconds.observe(time.perf_counter() - began)
        return Answer(
            session=question.session,
            new=new,
            letters=letters,
            bits=bits.tolist(),
            next=dict(zip(model.letters, p.tolist(), strict=True)),
        )

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/ready")
    def is_ready() -> dict[str, str]:
        if not ready.is_set():
            raise HTTPException(503, "not yet, or no more")
        return {"status": "ready"}

    @app.get("/metrics")
    def metrics() -> Response:
        shown = prometheus.generate_latest(counters.registry)
        return Response(shown, media_type=prometheus.CONTENT_TYPE_LATEST)

    return app


def prove(model):
    """Raise ValueError unless letters one by one cost what they cost together."""
    text = (model.letters * 3)[:60]
    _, _, whole = model.read(model.zeros(), None, text)
    state, log_p, pieces = model.zeros(), None, []
    for letter in text:
        state, log_p, bits = model.read(state, log_p, letter)
        pieces.extend(bits)
    off = np.abs(whole - pieces).max()
    if not off < 1e-4:
        raise ValueError(
            f"file: expected the same bits letter by letter as together, got {off:.3g} "
            "more or less: its state is lost, or h and c are one"
        )


def bound(host, port):
    """A socket that listens; port 0 takes a free one.

    It says that it is TCP, since asyncio turns Nagle's algorithm off for such sockets
    alone. With it, head and body of an answer go out 40 milliseconds apart.
    """
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(100)
        return listening
    except OSError as error:
        listening.close()
        raise ValueError(
            f"port: expected a free one, got {port}: {error.strerror}"
        ) from None


def configured(app):
    return uvicorn.Config(
        app,
        log_level="warning",
        limit_concurrency=200,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=10,
    )


class Running:
    """A service in a thread of this process, on a free port: for pages and tests."""

    def __init__(self, app):
        self.server = uvicorn.Server(configured(app))
        self.socket = bound("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        given = {"sockets": [self.socket]}
        self.thread = threading.Thread(target=self.server.run, kwargs=given)

    def __enter__(self):
        self.thread.start()
        while self.thread.is_alive() and not self.server.started:
            time.sleep(0.01)
        if not self.server.started:
            raise ValueError("app: expected it to start, see the message above")
        return self

    def __exit__(self, *_):
        self.server.should_exit = True
        self.thread.join()
        self.socket.close()


def example(path, updates=800, units=64):
    """Train a small network on the text of the course, and write its file."""
    from tqdm import trange

    from rnnbook.convert_onnx import to_onnx
    from rnnbook.data import load_prose, missing_vowels
    from rnnbook.layers import LSTM, Linear
    from rnnbook.losses import softmax_cross_entropy
    from rnnbook.optim import Adam, clip_grad_norm

    letters = " abcdefghijklmnopqrstuvwxyz"
    text = missing_vowels(load_prose().text).text
    ids = np.array([letters.index(letter) for letter in text])
    rng, eye = np.random.default_rng(0), np.eye(len(letters), dtype=np.float32)
    layer, head = LSTM(len(letters), units, rng), Linear(units, len(letters), rng)
    adam = Adam([layer.params, head.params], lr=0.01)
    for _ in trange(updates, desc="training", unit="update"):
        start = rng.integers(0, len(ids) - 65, 16)[:, None]
        window = ids[start + np.arange(65)]
        h, _ = layer.forward(eye[window[:, :-1]])
        _, d = softmax_cross_entropy(head.forward(h), window[:, 1:])
        layer.backward(head.backward(d))
        grads = [layer.grads, head.grads]
        clip_grad_norm(grads, 1.0)
        adam.step(grads)
    model = to_onnx(layer, head, {"letters": letters})
    Path(path).write_bytes(model.SerializeToString())


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m rnnbook.serve")
    parser.add_argument("file", help="an ONNX model with inputs x, h, c")
    parser.add_argument("--example", action="store_true", help="train FILE first")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--sessions", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=600)
    asked = parser.parse_args(arguments)
    try:
        if asked.example:
            example(asked.file)
        if not Path(asked.file).is_file():
            raise ValueError(
                f"file: expected an ONNX model, got {asked.file!r}, which is not "
                "there; --example makes one"
            )
        model = Model(asked.file)
        prove(model)
        listening = bound(asked.host, asked.port)
    except ValueError as error:
        raise SystemExit(f"rnnbook.serve: {error}") from None
    app = create_app(model, asked.sessions, asked.seconds)
    host, port = listening.getsockname()[:2]
    print(f"http://{host}:{port}", flush=True)
    uvicorn.Server(configured(app)).run(sockets=[listening])


if __name__ == "__main__":
    main()
