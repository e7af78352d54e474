"""A service that says what letter comes next, with a state for each session.

``python -m rnnbook.serve letters.onnx`` answers on http://127.0.0.1:8000 until it is
stopped; chapter 34 makes such a file, and so does ``--example FILE``, which trains for
half a minute first. ``POST /v1/next`` with ``{"session": "a", "text": "the tr"}`` reads
on where the session stood. ``/health``, ``/ready`` and ``/metrics`` are for machines.

What it promises, and the tests of chapter 34 hold it to:

* a text sent in pieces costs exactly what the whole costs, whoever else is sending;
* two requests of one session are read one after the other;
* a request that is refused changes nothing, and is told which part is wrong;
* a request that is sent again, because its answer was lost, is not read again, if it
  says with ``at`` how many letters its client believes to be read;
* memory is bounded: sessions, letters of a request, bytes of a body, seconds of a head;
* asked to stop, it answers what it has begun.

What it leaves to the proxy in front of it: who may ask, encryption, how often, who sees
``/metrics``, and clients that do not read their answers. Whoever knows the name of a
session reads on in it, and whoever invents a thousand names throws out all others: a
name is to be as hard to guess as a password, and a proxy counts requests a client.
"""

import argparse
import asyncio
import json
import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

try:
    import onnxruntime
    import prometheus_client as prometheus
    import uvicorn
    from fastapi import FastAPI, HTTPException, Request, Response
    from fastapi.exceptions import RequestValidationError
    from pydantic import BaseModel, ConfigDict, Field
    from starlette.exceptions import HTTPException as AnyHTTPException
    from uvicorn.protocols.http.h11_impl import H11Protocol
except ImportError as error:
    raise ImportError(
        f'rnnbook.serve needs {error.name}: pip install -e ".[practice]"'
    ) from error

__all__ = ["Model", "Session", "Sessions", "create_app", "prove", "Running"]
__all__ += ["Full", "Busy", "Unknown"]

MOST_LETTERS, MOST_BYTES = 1000, 10_000
MOST_SECONDS, LINGER = 5.0, 2.0  # for a head or a body; after a refusal
EXACT = 1e-4  # bits a letter, for a file in float32


class Full(Exception):
    """No room for one more session: all are in use."""


class Busy(Exception):
    """Too many requests of one session wait already."""


class Unknown(Exception):
    """Nothing is kept of a session that should be there."""


class Model:
    """An ONNX file with inputs x, h, c and, among its facts, its ``letters``.

    Parameters
    ----------
    file : path, or the bytes of a file

    Raises
    ------
    ValueError
        If it is no such file: it cannot be loaded, does not say its letters, has other
        inputs or outputs, or reads and scores another number of letters.
    """

    def __init__(self, file):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # requests run side by side
        options.log_severity_level = 3
        content = file if isinstance(file, bytes) else str(file)
        try:
            self.runtime = onnxruntime.InferenceSession(
                content, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # ONNX Runtime has classes of its own
            raise ValueError(
                f"file: expected an ONNX model, got {_line(error)}"
            ) from None
        facts = self.runtime.get_modelmeta().custom_metadata_map
        into, out = self.runtime.get_inputs(), self.runtime.get_outputs()
        names = [one.name for one in into]
        self.letters = facts.get("letters", "")
        if names != ["x", "h", "c"] or not self.letters:
            raise ValueError(
                "file: expected inputs x, h, c and letters among its facts, got "
                f"{names} and {facts}"
            )
        V, self.units = len(self.letters), into[1].shape[2]
        sizes = into[0].shape[2], len(set(self.letters)), into[2].shape[2]
        if sizes != (V, V, self.units) or not isinstance(self.units, int):
            raise ValueError(
                f"file: expected an input for each of {V} letters, all different, and "
                f"h and c of one size, got {[one.shape for one in into]}"
            )
        self.eye = np.eye(V, dtype=np.float32)
        try:
            scores, *states = self._run(self.eye[None, :1], *self.zeros())
        except Exception as error:
            raise ValueError(
                "file: expected scores, h_new and c_new of one letter, got "
                f"{[one.name for one in out]}: {_line(error)}"
            ) from None
        shapes = [a.shape for a in (scores, *states)]
        if shapes != [(1, 1, V), *[(1, 1, self.units)] * 2]:
            raise ValueError(
                f"file: expected scores of {V} letters and two states of {self.units} "
                f"units, got {shapes}"
            )

    def _run(self, x, h, c):
        given = {"x": x, "h": h, "c": c}
        return self.runtime.run(["scores", "h_new", "c_new"], given)

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
        scores, h, c = self._run(self.eye[ids][None], *state)
        z = scores[0].astype(float)  # (T, V)
        z -= z.max(axis=1, keepdims=True)
        log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        said = log_p[:-1] if before is None else np.vstack([before, log_p[:-1]])
        ids = ids[len(ids) - len(said) :]
        bits = -said[np.arange(len(said)), ids] / np.log(2)
        return (h, c), log_p[-1], bits


def _line(error):
    """What an error says, in one line."""
    return " ".join(str(error).split())[:200]


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
    Unknown
        By :meth:`use`, if nothing is kept of a session that should be ``known``.
    ValueError
        If ``limit`` is not at least 1, or ``seconds`` not above 0.
    """

    def __init__(self, limit, seconds, make, clock=time.monotonic, waiting=8):
        if not limit >= 1:
            raise ValueError(f"sessions: expected 1 or more, got {limit}")
        if not seconds > 0:  # not a number, too
            raise ValueError(f"seconds: expected more than 0, got {seconds}")
        self.limit, self.seconds, self.waiting = limit, seconds, waiting
        self.make, self.clock = make, clock
        self.kept: OrderedDict[str, Session] = OrderedDict()  # unused for longest first
        self.lock = threading.Lock()

    def __len__(self):
        return len(self.kept)

    def _enter(self, name, known):
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
                if known:
                    raise Unknown
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
    def use(self, name, known=False):
        """The session of this name, new or kept, for one request alone."""
        session = self._enter(name, known)
        try:
            with session.lock:
                yield session
        finally:
            with self.lock:
                session.users -= 1
                session.seen = self.clock()
                self.kept.move_to_end(name)


class Question(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    session: str = Field(min_length=1, max_length=64, pattern="^[A-Za-z0-9_-]+$")
    text: str = Field(min_length=1, max_length=MOST_LETTERS)
    temperature: float = Field(1.0, ge=0.01, le=10, allow_inf_nan=False)
    at: int | None = Field(None, ge=0)  # letters that the client believes to be read


class Answer(BaseModel):
    session: str
    new: bool  # True: nothing was known of this session, or no more
    letters: int  # read in this session so far
    bits: list[float]  # what each letter of the text cost
    next: dict[str, float]  # probabilities of what comes next


def refusal(status, said, headers=None):
    """Each answer that says no, in one form; in ASCII, whatever was sent."""
    detail = [{"where": a[:100], "what": b[:300]} for a, b in said[:10]]
    content = json.dumps({"detail": detail})
    return Response(content, status, headers, "application/json")


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
        scope["began"] = time.perf_counter()

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
        answer = refusal(status, [("body", what[status])], {"connection": "close"})
        start = {"type": "http.response.start", "status": status}
        await send(start | {"headers": answer.raw_headers})
        body = {"type": "http.response.body", "body": answer.body}
        await send(body | {"more_body": True})
        try:
            async with asyncio.timeout(LINGER if status == 413 else 0):
                while (await receive()).get("more_body", False):
                    pass
        except TimeoutError:
            pass
        await send({"type": "http.response.body"})


class Counted:
    """ASGI: count each answer by its status, those of refusals and errors too."""

    def __init__(self, app, answers):
        self.app, self.answers = app, answers

    async def __call__(self, scope, receive, send):
        started = False

        async def counted(message):
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                self.answers.labels(message["status"]).inc()
            await send(message)

        try:
            await self.app(scope, receive, counted)
        except Exception:
            if not started:  # the answer is written farther out
                self.answers.labels(500).inc()
            raise


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
            "Seconds from the last byte of a request to its answer, in the queue too.",
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
    within: float = EXACT,
) -> FastAPI:
    """The service, as an ASGI application.

    Parameters
    ----------
    model : Model
    limit, seconds : of :class:`Sessions`
    clock : of the sessions, so that a test need not wait
    within : of :func:`prove`

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
        prove(model, within)
        ready.set()
        yield
        ready.clear()

    app = FastAPI(
        title="rnnbook letters",
        lifespan=lifespan,
        redirect_slashes=False,  # to a host that the client has named
        docs_url=None,  # its page loads scripts from elsewhere; /openapi.json stays
        redoc_url=None,
    )
    app.state.sessions = sessions
    app.add_middleware(Limited)
    app.add_middleware(Counted, answers=counters.answers)  # the outer one

    @app.exception_handler(RequestValidationError)
    async def not_valid(request, error):
        # without the input: a NaN in it could not be written as JSON again
        said = [(".".join(map(str, one["loc"])), one["msg"]) for one in error.errors()]
        return refusal(422, said)

    @app.exception_handler(AnyHTTPException)
    async def refused(request, error):
        said = error.detail
        if isinstance(said, str):  # it comes from FastAPI
            said = {404: "path", 405: "method"}.get(error.status_code, "body"), said
        return refusal(error.status_code, [said], error.headers)

    @app.post("/v1/next")
    def following(question: Question, request: Request) -> Answer:
        unknown = sorted(set(question.text) - set(model.letters))
        if unknown:
            what = f"expected letters of {model.letters!r}, got {unknown[:5]}"
            raise HTTPException(422, ("body.text", what))
        try:
            with sessions.use(question.session, bool(question.at)) as session:
                if question.at not in (None, session.letters):
                    what = f"expected {session.letters}, as many are read, got "
                    raise HTTPException(409, ("body.at", f"{what}{question.at}"))
                new = session.letters == 0
                found = model.read(session.state, session.log_p, question.text)
                session.state, session.log_p, bits = found
                session.letters += len(question.text)
                log_p, letters = session.log_p, session.letters
        except Unknown:
            what = f"expected 0, as nothing is kept of this session, got {question.at}"
            raise HTTPException(409, ("body.at", what)) from None
        except Full:
            said = "body.session", "expected a free session, all are in use"
            raise HTTPException(503, said, {"Retry-After": "1"}) from None
        except Busy:
            said = "body.session", f"expected at most {sessions.waiting} at a time"
            raise HTTPException(429, said, {"Retry-After": "1"}) from None
        p = np.exp((log_p - log_p.max()) / question.temperature)
        p /= p.sum()
        for letter in question.text:
            counters.read.labels(letter).inc()
        counters.scored.inc(len(bits))
        counters.bits.inc(bits.sum())
        counters.seconds.observe(time.perf_counter() - request.scope["began"])
        return Answer(
            session=question.session,
            new=new,
            letters=letters,
            bits=bits.tolist(),
            next=dict(zip(model.letters, p.tolist(), strict=True)),
        )

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/ready")
    async def is_ready() -> dict[str, str]:
        if not ready.is_set():
            raise HTTPException(503, ("path", "not yet, or no more"))
        return {"status": "ready"}

    @app.get("/metrics")
    def metrics() -> Response:
        shown = prometheus.generate_latest(counters.registry)
        return Response(shown, media_type=prometheus.CONTENT_TYPE_LATEST)

    return app


def prove(model, within=EXACT):
    """Raise ValueError unless letters one by one cost what they cost together.

    Parameters
    ----------
    model : Model
    within : float, bits by which a letter may differ on average. A file in eight bits
        rounds what flows through by the range of each *call*, so that a piece is not
        read exactly as in the whole; a state that is lost costs many times as much.
    """
    if not 0 < within < 1:
        raise ValueError(f"within: expected bits between 0 and 1, got {within}")
    text = (model.letters * 3)[:60]
    _, _, whole = model.read(model.zeros(), None, text)
    state, log_p, pieces = model.zeros(), None, []
    for letter in text:
        state, log_p, bits = model.read(state, log_p, letter)
        pieces.extend(bits)
    if not np.isfinite(whole).all():
        raise ValueError(f"file: expected numbers for each letter, got {whole[:3]}")
    off = np.abs(whole - pieces).mean()
    if not off < within:
        raise ValueError(
            "file: expected the same bits letter by letter as together, got "
            f"{off:.3g} more or less where {within:g} are allowed: its state is lost, "
            "or h and c are one, or it is in eight bits and needs more (within)"
        )


def bound(host, port):
    """A socket that listens; port 0 takes a free one.

    It says that it is TCP, since asyncio turns Nagle's algorithm off for such sockets
    alone. With it, head and body of an answer go out 40 milliseconds apart.
    """
    if not 0 <= port <= 65535:
        raise ValueError(f"port: expected 0 to 65535, got {port}")
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(100)
        return listening
    except socket.gaierror:
        listening.close()
        raise ValueError(
            f"host: expected an IPv4 address or a name of this machine, got {host!r}"
        ) from None
    except OSError as error:
        listening.close()
        raise ValueError(
            f"port: expected a free one, got {port}: {error.strerror}"
        ) from None


class Patient(H11Protocol):
    """uvicorn's side of a connection, and an end to the patience with half a head.

    Without it a connection that never finishes its head stays for ever, and two hundred
    of them, from one machine, leave no room for anybody else.
    """

    def connection_made(self, transport):
        super().connection_made(transport)
        self.patience = self.loop.call_later(MOST_SECONDS, transport.abort)

    def data_received(self, data):
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self.patience.cancel()  # the head is there
        elif self.patience.cancelled():  # of the next request: the clock starts anew
            self.patience = self.loop.call_later(MOST_SECONDS, self.transport.abort)

    def connection_lost(self, exc):
        self.patience.cancel()
        super().connection_lost(exc)


def configured(app):
    return uvicorn.Config(
        app,
        http=Patient,
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
            self.socket.close()
            raise ValueError("app: expected it to start, see the message above")
        return self

    def __exit__(self, *_):
        self.server.should_exit = True
        self.thread.join()
        self.socket.close()


def example(path, updates=800, units=64):
    """Train a small network on the text of the course, and write its file.

    Raises
    ------
    ValueError
        If there is no such folder, or such a file already.
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise ValueError(f"file: expected a folder that is there, got {path.parent}")
    if path.exists():
        raise ValueError(
            f"file: expected a new one, got {path}, which is there; leave --example "
            "away to serve it"
        )
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
    path.write_bytes(model.SerializeToString())


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m rnnbook.serve")
    parser.add_argument("file", help="an ONNX model with inputs x, h, c")
    parser.add_argument("--example", action="store_true", help="train FILE first")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--sessions", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=600)
    said = "bits a letter, for a file in eight bits"
    parser.add_argument("--within", type=float, default=EXACT, help=said)
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
        prove(model, asked.within)
        more = {"within": asked.within}
        app = create_app(model, asked.sessions, asked.seconds, **more)
        listening = bound(asked.host, asked.port)
    except (ValueError, ImportError) as error:
        raise SystemExit(f"rnnbook.serve: {error}") from None
    host, port = listening.getsockname()[:2]
    print(f"http://{host}:{port}", flush=True)
    with suppress(KeyboardInterrupt):  # it has stopped in order by then
        uvicorn.Server(configured(app)).run(sockets=[listening])


if __name__ == "__main__":
    main()
