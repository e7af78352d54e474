"""Chapter 34: files that are the network, and the service, over a real socket."""

import ast
import json
import logging
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

needs = "pip install -e .[practice]"
onnx = pytest.importorskip("onnx", reason=f"needs onnx: {needs}")
onnxruntime = pytest.importorskip("onnxruntime", reason=f"needs onnxruntime: {needs}")
httpx = pytest.importorskip("httpx", reason=f"needs httpx: {needs}")
pytest.importorskip("fastapi", reason=f"needs fastapi: {needs}")
pytest.importorskip("prometheus_client", reason=f"needs prometheus-client: {needs}")

from onnxruntime.quantization import quantize_dynamic  # noqa: E402

from rnnbook import serve  # noqa: E402
from rnnbook.convert_onnx import folded, from_onnx, to_onnx  # noqa: E402
from rnnbook.layers import GRU, LSTM, RNN, Linear  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
LETTERS = " abcdefghijklmnopqrstuvwxyz"
KINDS = {
    "RNN": lambda D, H, rng: RNN(D, H, rng),
    "LSTM": lambda D, H, rng: LSTM(D, H, rng),
    "GRU": lambda D, H, rng: GRU(D, H, rng),
    "GRU, reset before": lambda D, H, rng: GRU(D, H, rng, reset_after=False),
}


def network(kind="LSTM", D=27, H=16, V=27, seed=0):
    rng = np.random.default_rng(seed)
    layer, head = KINDS[kind](D, H, rng), Linear(H, V, rng)
    for part in (layer, head):
        for p in part.params.values():
            p[...] = rng.normal(size=p.shape) / 2
    return layer, head


def run(model, x, *states):
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return session.run(None, dict(zip(("x", "h", "c"), (x, *states), strict=False)))


# ---- files


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("B", "T"), [(1, 1), (2, 4), (3, 50)])
def test_a_file_is_the_network_and_read_back_it_is_the_same(kind, B, T):
    layer, head = network(kind, D=5, H=4, V=3)
    model = to_onnx(layer, head, {"letters": "abc"})
    rng = np.random.default_rng(1)
    x = rng.normal(size=(B, T, 5)).astype(np.float32)
    states = rng.normal(size=(2, B, 4)).astype(np.float32)
    states = states if kind == "LSTM" else states[:1]
    y, last = layer.forward(x, tuple(states) if kind == "LSTM" else states[0])
    scores, *new = run(model, x, *(s[None] for s in states))
    np.testing.assert_allclose(scores, head.forward(y), atol=1e-5)
    last = last if kind == "LSTM" else (last,)
    for a, b in zip(new, last, strict=True):
        np.testing.assert_allclose(a[0], b, atol=1e-5)
    again, head_again = from_onnx(model)
    assert type(again) is type(layer)
    y_again, _ = again.forward(x, tuple(states) if kind == "LSTM" else states[0])
    np.testing.assert_allclose(y_again, y, atol=1e-6)
    assert all(np.array_equal(head_again.params[k], p) for k, p in head.params.items())
    assert {p.key: p.value for p in model.metadata_props} == {"letters": "abc"}


def test_what_does_not_fit_is_refused():
    layer, head = network(D=3, H=4, V=2)
    with pytest.raises(ValueError, match="layer: expected an RNN"):
        to_onnx(head, head)
    with pytest.raises(ValueError, match="head: expected a Linear"):
        to_onnx(layer, layer)
    with pytest.raises(ValueError, match="head: expected 4 inputs"):
        to_onnx(layer, Linear(5, 2))
    with pytest.raises(ValueError, match="float32"):
        to_onnx(LSTM(3, 4, dtype=np.float64), Linear(4, 2, dtype=np.float64))
    model = to_onnx(layer, head)
    del model.graph.node[1]
    with pytest.raises(ValueError, match="model: expected one RNN"):
        from_onnx(model)
    model = to_onnx(layer, head)
    for a in [a for a in model.graph.initializer if a.name == "R"]:
        model.graph.initializer.remove(a)
    with pytest.raises(ValueError, match=r"\['R'\].*folded"):
        from_onnx(model)


def saying(kind, **attributes):
    """A file whose recurrent node says more than ours do."""
    model = to_onnx(*network(kind, D=3, H=4, V=2))
    (node,) = (n for n in model.graph.node if n.op_type in ("RNN", "LSTM", "GRU"))
    node.attribute.extend(
        onnx.helper.make_attribute(k, v) for k, v in attributes.items()
    )
    return model, node


OTHER = {
    "Relu": ("RNN", {"activations": ["Relu"]}),
    "hard gates": ("LSTM", {"activations": ["HardSigmoid", "Tanh", "Tanh"]}),
    "clip": ("LSTM", {"clip": 0.5}),
    "coupled": ("LSTM", {"input_forget": 1}),
    "batch first": ("GRU", {"layout": 1}),
    "backwards": ("GRU", {"direction": "reverse"}),
}


@pytest.mark.parametrize("name", OTHER)
def test_a_node_that_computes_something_else_is_not_read(name):
    """Its weights fit, and the layer that they would be copied into is another one."""
    kind, attributes = OTHER[name]
    (word,) = attributes
    with pytest.raises(ValueError, match=f"model: expected a {kind} with {word}"):
        from_onnx(saying(kind, **attributes)[0])


def test_peepholes_and_lengths_are_not_left_out_in_silence():
    for place, words in ((4, "without lengths"), (7, "without peepholes")):
        model, node = saying("LSTM")
        node.input.extend([""] * (8 - len(node.input)))
        node.input[place] = "B"
        with pytest.raises(ValueError, match=words):
            from_onnx(model)


def test_the_usual_said_in_full_is_read():
    model, node = saying(
        "LSTM", activations=["Sigmoid", "Tanh", "Tanh"], direction="forward", layout=0
    )
    want = from_onnx(to_onnx(*network("LSTM", D=3, H=4, V=2)))[0].params
    assert all(
        np.array_equal(v, want[k]) for k, v in from_onnx(model)[0].params.items()
    )
    node.input[3] = ""  # no biases: zeros
    assert not from_onnx(model)[0].params["b_h"].any()
    del model.graph.node[-1]  # no bias behind the product
    assert not from_onnx(model)[1].params["b"].any()


def test_a_path_is_no_model_and_facts_are_texts():
    layer, head = network(D=3, H=4, V=2)
    for read in (from_onnx, folded):
        with pytest.raises(ValueError, match=r"onnx\.load\(path\) gives, got str"):
            read("letters.onnx")
    with pytest.raises(ValueError, match="facts: expected texts by name, got 'n': int"):
        to_onnx(layer, head, {"n": 5})
    with pytest.raises(ValueError, match="got float32 and float64"):
        to_onnx(layer, Linear(4, 2, dtype=np.float64))


def test_folding_changes_no_answer_and_keeps_the_facts():
    layer, head = network(D=3, H=4, V=2)
    model = to_onnx(layer, head, {"letters": "ab"})
    assert [p.value for p in folded(model).metadata_props if p.key == "letters"] == [
        "ab"
    ]
    x = np.ones((2, 5, 3), np.float32)
    states = np.zeros((2, 1, 2, 4), np.float32)
    for a, b in zip(
        run(model, x, *states), run(folded(model), x, *states), strict=True
    ):
        np.testing.assert_allclose(a, b, atol=1e-6)


# ---- the model, and the table of sessions


@pytest.fixture(scope="module")
def file():
    layer, head = network()
    return to_onnx(layer, head, {"letters": LETTERS}).SerializeToString()


@pytest.fixture(scope="module")
def model(file):
    return serve.Model(file)


def test_a_model_without_letters_or_with_tied_states_is_not_served(file):
    layer, head = network()
    with pytest.raises(ValueError, match="letters among its facts"):
        serve.Model(to_onnx(layer, head).SerializeToString())
    serve.prove(serve.Model(file))
    tied = onnx.load_from_string(file)
    node = next(n for n in tied.graph.node if n.op_type == "LSTM")
    node.input[6] = node.input[5]
    with pytest.raises(ValueError, match="its state is lost, or h and c are one"):
        serve.prove(serve.Model(tied.SerializeToString()))


@pytest.fixture(scope="module")
def in_eight_bits(tmp_path_factory, file):
    """What ONNX Runtime's tool makes of the file."""
    folder = tmp_path_factory.mktemp("int8")
    (folder / "a.onnx").write_bytes(file)
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)  # advice that is about pictures
    try:
        quantize_dynamic(folder / "a.onnx", folder / "b.onnx")
    finally:
        logging.disable(before)
    return (folder / "b.onnx").read_bytes()


def test_a_file_in_eight_bits_is_served_if_its_rounding_is_allowed(in_eight_bits):
    """By the range of a call: a piece is not read exactly as in the whole."""
    model = serve.Model(in_eight_bits)
    with pytest.raises(ValueError, match=r"or it is in eight bits and needs more"):
        serve.prove(model)
    serve.prove(model, within=0.05)
    with serve.Running(serve.create_app(model, within=0.05)) as service:
        assert ask(httpx.Client(base_url=service.url)).status_code == 200


def test_what_is_allowed_for_eight_bits_lets_no_lost_state_through(in_eight_bits, file):
    for content in (file, in_eight_bits):
        tied = onnx.load_from_string(content)
        node = next(n for n in tied.graph.node if "LSTM" in n.op_type)
        node.input[6] = node.input[5]
        with pytest.raises(ValueError, match="its state is lost"):
            serve.prove(serve.Model(tied.SerializeToString()), within=0.05)
        lost = serve.Model(content)
        read = lost.read
        lost.read = lambda _, *rest, lost=lost, read=read: read(lost.zeros(), *rest)
        with pytest.raises(ValueError, match="its state is lost"):
            serve.prove(lost, within=0.05)


def test_sessions_are_bounded_and_expire_by_their_last_request():
    now = [0.0]
    made = []
    table = serve.Sessions(2, 10, lambda: made.append(1), lambda: now[0], waiting=1)

    def visit(name):
        before = len(made)
        with table.use(name):
            return len(made) > before

    assert visit("a") and visit("b") and not visit("a")
    assert visit("c") and len(table) == 2  # b went, unused for longest
    assert not visit("a") and visit("b")
    now[0] = 10.0
    assert not visit("b")
    now[0] = 20.0
    assert not visit("b") and len(table) == 1
    now[0] = 30.5
    assert visit("b")
    with table.use("a"), table.use("b"):
        with pytest.raises(serve.Full):
            visit("c")
        with pytest.raises(serve.Busy):
            visit("a")
    assert visit("c")


def test_a_session_is_used_by_one_request_at_a_time():
    table, inside, most = serve.Sessions(5, 10, lambda: None), [], []

    def visit():
        with table.use("a"):
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.01)
            inside.pop()

    threads = [threading.Thread(target=visit) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 6 and table.kept["a"].users == 0


def test_an_error_inside_gives_the_session_back():
    table = serve.Sessions(1, 10, lambda: None)
    with pytest.raises(KeyError), table.use("a"):
        raise KeyError
    with table.use("b"):
        assert list(table.kept) == ["b"]


# ---- over a socket


@pytest.fixture
def service(model):
    with serve.Running(serve.create_app(model, limit=20)) as running:
        yield running


@pytest.fixture
def client(service):
    with httpx.Client(base_url=service.url, timeout=60) as one:
        yield one


def ask(client, session="a", text="the", **more):
    return client.post("/v1/next", json={"session": session, "text": text, **more})


def alone(model, text):
    return model.read(model.zeros(), None, text)[2]


def test_pieces_cost_what_the_whole_costs(client, model):
    text = "the gradient goes back in time"
    bits = []
    for k in range(0, len(text), 7):
        answer = ask(client, "a", text[k : k + 7]).json()
        assert answer["new"] == (k == 0) and answer["letters"] == len(text[: k + 7])
        bits += answer["bits"]
        ask(client, "b", "something else")  # in between
    np.testing.assert_allclose(bits, alone(model, text), atol=1e-5)
    assert sum(answer["next"].values()) == pytest.approx(1)
    assert set(answer["next"]) == set(LETTERS)
    cold = ask(client, "c", "a", temperature=0.1).json()["next"]
    assert max(cold.values()) > max(ask(client, "d", "a").json()["next"].values())


BAD = {
    "NaN": (b'{"session": "a", "text": "b", "temperature": NaN}', "body.temperature"),
    "NaN as text": (b'{"session": "a", "text": NaN}', "body.text"),
    "infinite": (b'{"session": "a", "text": "b", "temperature": 1e999}', "temperature"),
    "nothing": (b"", "body"),
    "empty": (b"{}", "body.session"),
    "no JSON": (b"\xff\x00", "body"),
    "no letters": (b'{"session": "a", "text": ""}', "body.text"),
    "capitals": (b'{"session": "a", "text": "The"}', "body.text"),
    "too long": (b'{"session": "a", "text": "' + b"a" * 1001 + b'"}', "body.text"),
    "a name": (b'{"session": "../a", "text": "a"}', "body.session"),
    "more": (b'{"session": "a", "text": "a", "x": 1}', "body.x"),
    "surrogate": (b'{"session": "a", "text": "\\ud800"}', "body.text"),
    "surrogate as a field": (b'{"session": "a", "text": "a", "\\ud800": 1}', "body"),
    "true": (b'{"session": "a", "text": "a", "temperature": true}', "body.temperature"),
    "digits": (b'{"session": "a", "text": "a", "temperature": "1"}', "temperature"),
    "no heat": (b'{"session": "a", "text": "a", "temperature": 5e-324}', "temperature"),
    "at less": (b'{"session": "a", "text": "a", "at": -1}', "body.at"),
    "at a half": (b'{"session": "a", "text": "a", "at": 1.5}', "body.at"),
    "line": (b'{"session": "a\\n", "text": "a"}', "body.session"),
    "a list": (b"[1, 2]", "body"),
    "NaN alone": (b"NaN", "body"),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_wrong_is_named_and_changes_nothing(client, model, kind):
    body, named = BAD[kind]
    ask(client, "a", "the gra")
    headers = {"content-type": "application/json"}
    refused = client.post("/v1/next", content=body, headers=headers)
    assert refused.status_code == 422
    assert named in refused.json()["detail"][0]["where"]
    bits = ask(client, "a", "dient").json()["bits"]
    np.testing.assert_allclose(bits, alone(model, "the gradient")[-5:], atol=1e-5)


def test_a_megabyte_is_refused_before_it_is_sent(service):
    host, port = service.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as one:
        one.sendall(b"POST /v1/next HTTP/1.1\r\nHost: a\r\n")
        one.sendall(b"Content-Length: 1000000\r\n\r\n")  # and no byte of it
        assert one.recv(100).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize("chunked", [False, True])
def test_who_sends_a_megabyte_gets_an_answer(client, chunked):
    body = (b"a" * 1000 for _ in range(1000)) if chunked else b"a" * 1_000_000
    refused = client.post("/v1/next", content=body)
    assert refused.status_code == 413
    assert "10000 bytes" in refused.json()["detail"][0]["what"]


@pytest.mark.parametrize(
    "body",
    [b"[" * 9000, b'{"at": ' + b"9" * 5000 + b"}", b'{"session": "\xff"}'],
    ids=["deep", "many digits", "no UTF-8"],
)
def test_what_json_cannot_read_is_no_fault_of_the_server(client, body):
    headers = {"content-type": "application/json"}
    answer = client.post("/v1/next", content=body, headers=headers)
    assert 400 <= answer.status_code < 500
    assert answer.json()["detail"][0]["where"] == "body"


def test_each_refusal_has_one_form(client):
    for method, path, where in (
        ("GET", "/nowhere", "path"),
        ("PUT", "/v1/next", "method"),
    ):
        answer = client.request(method, path)
        assert answer.status_code in (404, 405)
        assert answer.json()["detail"][0]["where"] == where
    many = b'{"session": "a", "text": "a"' + b"".join(
        b', "%d": 1' % k for k in range(500)
    )
    headers = {"content-type": "application/json"}
    answer = client.post("/v1/next", content=many + b"}", headers=headers)
    assert answer.status_code == 422 and len(answer.json()["detail"]) == 10


class Slow(serve.Model):
    """A model that reads when it is told to, and may fail."""

    gate, fails, pause = None, False, 0.0

    def read(self, state, before, text):
        if self.fails:
            raise RuntimeError("no more")
        if self.gate is not None:
            assert self.gate.wait(30)
        time.sleep(self.pause)
        return super().read(state, before, text)


def in_threads(number, function):
    threads = [threading.Thread(target=function, args=(k,)) for k in range(number)]
    for thread in threads:
        thread.start()
    return threads


def test_who_asks_for_health_does_not_wait_in_the_queue(file):
    """All threads that read are busy, and the queue counts in what is measured."""
    slow, statuses = Slow(file), []
    with serve.Running(serve.create_app(slow)) as service:
        slow.gate = threading.Event()

        def talk(k):
            with httpx.Client(base_url=service.url, timeout=60) as one:
                statuses.append(ask(one, f"s{k}").status_code)

        threads = in_threads(60, talk)
        try:
            time.sleep(0.5)
            with httpx.Client(base_url=service.url, timeout=5) as client:
                began = time.perf_counter()
                assert client.get("/health").status_code == 200
                assert client.get("/ready").status_code == 200
                assert time.perf_counter() - began < 3
            time.sleep(0.5)
        finally:
            slow.gate.set()
        for thread in threads:
            thread.join()
        assert statuses == [200] * 60
        shown = httpx.get(f"{service.url}/metrics").text
        sums = float(re.search(r"rnnbook_seconds_sum (\S+)", shown)[1])
        assert sums > 60 * 0.5  # the twenty that stood in the queue as well


def test_too_many_at_a_time_are_told_so(file):
    slow, found = Slow(file), []
    with serve.Running(serve.create_app(slow, limit=1)) as service:
        slow.gate = threading.Event()

        def talk(k):
            with httpx.Client(base_url=service.url, timeout=60) as one:
                found.append(ask(one, "a"))

        threads = in_threads(9, talk)
        try:
            until = time.monotonic() + 20
            while not found and time.monotonic() < until:
                time.sleep(0.01)
            with httpx.Client(base_url=service.url, timeout=5) as client:
                full = ask(client, "b")
        finally:
            slow.gate.set()
        for thread in threads:
            thread.join()
    busy = found[0]
    assert [busy.status_code, full.status_code] == [429, 503]
    for refused in (busy, full):
        assert refused.json()["detail"][0]["where"] == "body.session"
        assert refused.headers["retry-after"] == "1"
    assert [a.status_code for a in found[1:]] == [200] * 8
    assert sorted(a.json()["letters"] for a in found[1:]) == list(range(3, 25, 3))


def test_an_error_of_the_server_is_counted(file):
    failing = Slow(file)
    with serve.Running(serve.create_app(failing)) as service:
        failing.fails = True
        url = service.url
        with httpx.Client(base_url=url) as client:  # uvicorn closes this connection
            assert ask(client, "a").status_code == 500
        failing.fails = False
        with httpx.Client(base_url=url) as client:
            shown = client.get("/metrics").text
            assert 'rnnbook_answers_total{status="500"} 1.0' in shown
            assert ask(client, "a").json()["new"]


def test_a_request_that_is_sent_again_is_not_read_again(client, model):
    """An answer may be lost: the letters are read, and the client does not know."""
    ask(client, "a", "the gra", at=0)
    again = ask(client, "a", "the gra", at=0)
    assert again.status_code == 409
    assert again.json()["detail"][0]["where"] == "body.at"
    assert "expected 7" in again.json()["detail"][0]["what"]
    bits = ask(client, "a", "dient", at=7).json()["bits"]
    np.testing.assert_allclose(bits, alone(model, "the gradient")[-5:], atol=1e-5)


def test_who_goes_on_in_a_session_that_is_gone_throws_out_nobody(client):
    for k in range(20):
        ask(client, f"s{k}")
    gone = ask(client, "elsewhere", "dient", at=7)
    assert gone.status_code == 409 and "expected 0" in gone.json()["detail"][0]["what"]
    assert not ask(client, "s0").json()["new"]


def test_half_heads_are_given_up(model, monkeypatch):
    """More of them than there is room for connections, from one machine."""
    monkeypatch.setattr(serve, "MOST_SECONDS", 1.0)
    with serve.Running(serve.create_app(model)) as service:
        host, port = service.url.removeprefix("http://").split(":")
        with ExitStack() as stack:
            for _ in range(210):
                half = socket.create_connection((host, int(port)), timeout=10)
                stack.enter_context(half)
                half.sendall(b"POST /v1/next HTTP/1.1\r\nHo")
            until, status = time.monotonic() + 20, 503
            while status == 503 and time.monotonic() < until:
                time.sleep(0.2)
                status = ask(httpx.Client(base_url=service.url), "a").status_code
            assert status == 200


def test_a_head_that_comes_in_two_pieces_is_served(service):
    host, port = service.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as one:
        for _ in range(2):  # the connection is kept for a second request
            one.sendall(b"GET /health HT")
            time.sleep(0.1)
            one.sendall(b"TP/1.1\r\nHost: a\r\n\r\n")
            time.sleep(0.2)
            assert b"alive" in one.recv(1000)


def test_who_waits_for_leave_to_send_a_megabyte_is_refused(service):
    """As curl does: it sends the body when it reads 100, and not before."""
    host, port = service.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as one:
        one.sendall(b"POST /v1/next HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n")
        one.sendall(b"Content-Length: 1000000\r\n\r\n")
        assert one.recv(100).startswith(b"HTTP/1.1 413")


def test_half_a_body_is_given_up_and_the_others_are_served(model):
    app = serve.create_app(model)
    (limited,) = (one for one in app.user_middleware if one.cls is serve.Limited)
    limited.kwargs["seconds"] = 0.3
    with serve.Running(app) as service, httpx.Client(base_url=service.url) as client:
        host, port = service.url.removeprefix("http://").split(":")
        head = b"POST /v1/next HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\n{"
        with socket.create_connection((host, int(port)), timeout=10) as half:
            half.sendall(head)
            assert ask(client).status_code == 200
            assert half.recv(100).startswith(b"HTTP/1.1 408")


def test_half_a_head_holds_up_nobody(service, client):
    host, port = service.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as half:
        half.sendall(b"POST /v1/next HTTP/1.1\r\nHo")
        assert ask(client).status_code == 200


def at_once(service, work):
    """Each name's requests in a thread of its own; the answers, by name."""
    found = {}

    def talk(key):
        session, pieces = work[key]
        with httpx.Client(base_url=service.url, timeout=60) as client:
            found[key] = [ask(client, session, piece) for piece in pieces]

    threads = [threading.Thread(target=talk, args=(key,)) for key in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_many_clients_lose_nothing_and_mix_nothing(service, model):
    rng = np.random.default_rng(0)
    texts = ["".join(rng.choice(list(LETTERS), 60)) for _ in range(12)]
    work = {
        f"c{k}": (f"c{k}", [t[j : j + 6] for j in range(0, 60, 6)])
        for k, t in enumerate(texts)
    }
    found = at_once(service, work)
    answers = [a for one in found.values() for a in one]
    assert len(answers) == 120 and {a.status_code for a in answers} == {200}
    for k, text in enumerate(texts):
        bits = sum((a.json()["bits"] for a in found[f"c{k}"]), [])
        np.testing.assert_allclose(bits, alone(model, text), atol=1e-5)


def test_two_requests_of_one_session_are_read_one_after_the_other(file, model):
    """Reading takes a while here: without the lock both begin at the same state."""
    slow = Slow(file)
    slow.pause = 0.05
    with serve.Running(serve.create_app(slow)) as service:
        for n in range(3):
            work = {"x": (f"s{n}", ["the gradient"]), "y": (f"s{n}", [" goes back"])}
            found = {key: one[0].json() for key, one in at_once(service, work).items()}
            first, second = sorted(found, key=lambda key: found[key]["letters"])
            assert found[second]["letters"] == 22
            text = work[first][1][0] + work[second][1][0]
            bits = found[first]["bits"] + found[second]["bits"]
            np.testing.assert_allclose(bits, alone(model, text), atol=1e-5)


def test_what_machines_ask(client):
    ask(client, "a", "aab")
    ask(client, "a", "A")
    assert client.get("/health").json() == {"status": "alive"}
    assert client.get("/ready").status_code == 200
    shown = client.get("/metrics").text
    assert 'rnnbook_read_total{letter="a"} 2.0' in shown
    assert "rnnbook_scored_total 2.0" in shown and "rnnbook_sessions 1.0" in shown
    assert 'rnnbook_answers_total{status="422"} 1.0' in shown
    assert "rnnbook_seconds_count 1.0" in shown


def test_more_sessions_than_there_is_room_for_are_told_so(client):
    for k in range(25):
        assert ask(client, f"s{k}").json()["new"]
    assert ask(client, "s0").json()["new"] and not ask(client, "s24").json()["new"]


def test_an_answer_is_not_held_back():
    """Nagle's algorithm is off: asyncio sees by the protocol that it is TCP."""
    listening = serve.bound("127.0.0.1", 0)
    with listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.proto == socket.IPPROTO_TCP


# ---- as a process


def started(path, *more):
    command = [sys.executable, "-m", "rnnbook.serve", str(path), "--port", "0", *more]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    )


def test_one_command_serves_and_answers_what_it_has_begun(tmp_path, file):
    path = tmp_path / "letters.onnx"
    path.write_bytes(file)
    process = started(path)
    try:
        url = process.stdout.readline().strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)
        statuses, sent = [], threading.Event()

        def talk():
            with httpx.Client(base_url=url, timeout=60) as client:
                for _ in range(400):
                    try:
                        statuses.append(ask(client, "a", "x" * 1000).status_code)
                    except httpx.ConnectError:
                        return  # it takes no new ones, and that is said at once
                    except httpx.HTTPError as error:
                        statuses.append(repr(error))
                        return
                    sent.set()

        thread = threading.Thread(target=talk)
        with httpx.Client(base_url=url) as client:
            for _ in range(400):
                try:
                    assert client.get("/ready").status_code == 200
                    break
                except httpx.ConnectError:
                    time.sleep(0.05)
        thread.start()
        assert sent.wait(30)
        process.send_signal(signal.SIGTERM)
        thread.join(30)
        process.wait(30)
    finally:
        process.kill()
    assert statuses and statuses[0] == 200
    # between two requests a kept connection may be closed: then nothing was begun
    unanswered = [s for s in statuses if s != 200]
    assert all("RemoteProtocolError" in str(s) or "Read" in str(s) for s in unanswered)
    assert len(unanswered) <= 1


def test_stopped_by_ctrl_c_it_says_nothing(tmp_path, file):
    path = tmp_path / "letters.onnx"
    path.write_bytes(file)
    process = started(path)
    try:
        url = process.stdout.readline().strip()
        with httpx.Client(base_url=url, timeout=30) as client:
            assert client.get("/ready").status_code == 200
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    finally:
        process.kill()
    assert said == ""


def stop(*arguments):
    """What the command says when it does not start."""
    with pytest.raises(SystemExit) as stopped:
        serve.main([str(one) for one in arguments])
    said = str(stopped.value)
    assert "\n" not in said and said.startswith("rnnbook.serve: ")
    return said.removeprefix("rnnbook.serve: ")


OPTIONS = {
    "--port": ("99999", "port: expected 0 to 65535, got 99999"),
    "--host": ("1.2.3.4.5", "host: expected an IPv4 address or a name of this machine"),
    "--sessions": ("0", "sessions: expected 1 or more, got 0"),
    "--seconds": ("nan", "seconds: expected more than 0, got nan"),
    "--within": ("nan", "within: expected bits between 0 and 1, got nan"),
}


@pytest.mark.parametrize("option", OPTIONS)
def test_an_option_that_cannot_be_is_named(tmp_path, file, option):
    (tmp_path / "a.onnx").write_bytes(file)
    value, words = OPTIONS[option]
    assert stop(tmp_path / "a.onnx", option, value).startswith(words)


def with_nan(model):
    (held,) = (a for a in model.graph.initializer if a.name == "head_b")
    bad = np.full(held.dims, np.nan, np.float32)
    held.CopyFrom(onnx.numpy_helper.from_array(bad, "head_b"))
    return model


def renamed(model):
    model.graph.node[-1].output[0] = model.graph.output[0].name = "logits"
    return model


FILES = {
    "text": (lambda: b"hello", "expected an ONNX model"),
    "empty": (lambda: b"", "expected an ONNX model"),
    "few letters": (
        lambda: to_onnx(*network(), {"letters": "abc"}),
        "expected an input for each of 3 letters",
    ),
    "a letter twice": (
        lambda: to_onnx(*network(), {"letters": "a" + LETTERS[1:-1] + "a"}),
        "expected an input for each of 27 letters, all different",
    ),
    "few scores": (
        lambda: to_onnx(*network(V=5), {"letters": LETTERS}),
        "expected scores of 27 letters",
    ),
    "GRU": (
        lambda: to_onnx(*network("GRU"), {"letters": LETTERS}),
        "expected inputs x, h, c",
    ),
    "other names": (
        lambda: renamed(to_onnx(*network(), {"letters": LETTERS})),
        "expected scores, h_new and c_new",
    ),
    "NaN": (
        lambda: with_nan(to_onnx(*network(), {"letters": LETTERS})),
        "expected numbers",
    ),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_file_that_cannot_be_served_is_named(tmp_path, kind):
    make, words = FILES[kind]
    content = make()
    content = content if isinstance(content, bytes) else content.SerializeToString()
    (tmp_path / "a.onnx").write_bytes(content)
    said = stop(tmp_path / "a.onnx")
    assert said.startswith("file: ") and words in said


def test_an_example_overwrites_nothing_and_needs_its_folder(tmp_path):
    (tmp_path / "mine.onnx").write_bytes(b"mine")
    assert "which is there" in stop("--example", tmp_path / "mine.onnx")
    assert (tmp_path / "mine.onnx").read_bytes() == b"mine"
    assert "a folder that is there" in stop("--example", tmp_path / "no" / "a.onnx")


@pytest.mark.parametrize(
    ("name", "words"),
    [("missing.onnx", "--example makes one"), ("taken.onnx", "port: expected a free")],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path, file, name, words):
    (tmp_path / "taken.onnx").write_bytes(file)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        process = started(tmp_path / name, "--port", port)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 1 and words in said and said.count("\n") == 1


def test_the_example_is_trained_and_can_be_served(tmp_path):
    path = tmp_path / "example.onnx"
    serve.example(path, updates=3, units=8)
    serve.prove(serve.Model(path))


# ---- the file for a container


def installed_in_the_container():
    text = (ROOT / "Containerfile").read_text(encoding="utf-8")
    text = text.replace("\\\n", " ")  # a line goes on
    return re.findall('"([^"]+)"', re.search("^RUN pip install (.*)$", text, re.M)[1])


def test_paths_and_commands_of_the_containerfile_exist():
    text = (ROOT / "Containerfile").read_text(encoding="utf-8")
    for line in re.findall(r"^COPY (.*)$", text, re.M):
        *sources, _ = line.split()
        assert all((ROOT / source).exists() for source in sources), line
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for wanted in installed_in_the_container():
        assert f'"{wanted}"' in project, wanted
    entry = json.loads(re.search(r"^ENTRYPOINT (\[.*\])$", text, re.M)[1])
    assert entry[:3] == ["python", "-m", "rnnbook.serve"]
    options = subprocess.run(
        [sys.executable, *entry[1:3], "--help"],
        capture_output=True,
        text=True,
        cwd=ROOT,
    ).stdout
    assert all(option in options for option in entry[3:] if option.startswith("--"))
    assert "USER 10001" in text and "--uid 10001" in text and "/ready" in text
    ast.parse(re.search(r'HEALTHCHECK CMD python -c "(.*)"', text)[1])
    # podman's own format has no health check, and drops it
    assert all("--format docker" in one for one in re.findall("podman build.*", text))


ALONE = """
import importlib.metadata as m, re, sys
found, left = set(), [re.match("[A-Za-z0-9_.-]+", one)[0] for one in {wanted}]
while left:
    name = re.sub("[-_.]+", "-", left.pop()).lower()
    if name not in found:
        try:
            needs = m.requires(name) or []
        except m.PackageNotFoundError:
            continue  # of another system
        found.add(name)
        needs = [need for need in needs if "extra ==" not in need]
        left += [re.match("[A-Za-z0-9_.-]+", need)[0] for need in needs]
tops = {{re.sub("[-_.]+", "-", d).lower() for d in found}}
owners = m.packages_distributions()


class Nothing_else:
    def find_spec(self, name, path=None, target=None):
        top = name.split(".")[0]
        theirs = {{re.sub("[-_.]+", "-", d).lower() for d in owners.get(top, ())}}
        if top != "rnnbook" and theirs and not theirs & tops:
            raise ModuleNotFoundError(name, name=name)


sys.meta_path.insert(0, Nothing_else())
from rnnbook import serve
serve.prove(serve.Model(sys.argv[1]))
with serve.Running(serve.create_app(serve.Model(sys.argv[1]))) as service:
    import urllib.request
    print(urllib.request.urlopen(service.url + "/ready").status)
print(serve.__file__, *sorted({{"torch", "pandas", "onnx"}} & set(sys.modules)))
"""


def test_the_service_needs_what_its_container_installs_and_no_more(tmp_path, file):
    """Nothing else can be imported, and of the course only what is copied."""
    text = (ROOT / "Containerfile").read_text(encoding="utf-8")
    for line in re.findall(r"^COPY (.*)$", text, re.M):
        *sources, target = line.split()
        (tmp_path / target).mkdir(parents=True, exist_ok=True)
        for source in sources:
            shutil.copy(ROOT / source, tmp_path / target)
    (tmp_path / "letters.onnx").write_bytes(file)
    (tmp_path / "alone.py").write_text(
        ALONE.format(wanted=installed_in_the_container())
    )
    done = subprocess.run(
        [sys.executable, "alone.py", "letters.onnx"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
    )
    copied = tmp_path / "rnnbook" / "serve.py"
    assert done.stdout.split() == ["200", str(copied)], done.stderr[-1000:]


# ---- the column of ONNX in the table of chapter 13


def conventions():
    """Row and cell of the column ONNX, as the page shows them."""
    path = ROOT / "chapters" / "13-three-libraries.ipynb"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells]
    text = next(source for source in sources if "| ONNX |\n" in source)
    rows = [
        line.strip("| \n").split(" | ") for line in text.splitlines() if "|" in line
    ]
    place = rows[0].index("ONNX") + 1 - len(rows[1][0].split("|"))
    return {row[0]: row[place] for row in rows[2:]}


def node_alone(kind, W, R, B, H, directions=1, inputs=(), **attributes):
    """One recurrent operation, as ONNX Runtime computes it."""
    tensor = onnx.helper.make_tensor_value_info
    names = ["x", "W", "R", "B", *inputs]
    outputs = ["y", "h"]
    if directions == 2:
        attributes["direction"] = "bidirectional"
    node = onnx.helper.make_node(kind, names, outputs, hidden_size=H, **attributes)
    kinds = {"lengths": 6}
    graph = onnx.helper.make_graph(
        [node],
        "g",
        [tensor(n, kinds.get(n, 1), None) for n in names if n],
        [tensor(n, 1, None) for n in outputs],
    )
    opset = [onnx.helper.make_opsetid("", 17)]
    model = onnx.helper.make_model(graph, opset_imports=opset, ir_version=8)
    return onnxruntime.InferenceSession(model.SerializeToString()), names


def by_the_column(kind, layer, said, **attributes):
    """The layer's weights as the column of the table says, and what comes out."""
    ours, size = {"LSTM": ("ifgo", "LSTM"), "GRU": ("rzn", "GRU")}[kind]
    theirs = re.sub(r"[$, ]", "", said[f"{size} gates"])
    if kind == "LSTM":
        theirs = theirs.replace("c", "g")  # as the sentence below the table says
    else:
        theirs = theirs.replace("h", "n")
    order = [ours.index(gate) for gate in theirs]
    p, k = layer.params, len(order)

    def moved(a):
        return np.concatenate([np.split(a, k, axis=-1)[j] for j in order], axis=-1)

    Wb = p.get("b_xh", p.get("b_h"))
    Rb = p.get("b_hh", np.zeros_like(Wb))
    W, R = moved(p["W_xh"]).T[None], moved(p["W_hh"]).T[None]
    B = np.concatenate([moved(Wb), moved(Rb)])[None]
    D, H = W.shape[2], R.shape[2]
    sizes = {"d": 1, "kH": k * H, "2kH": 2 * k * H, "D": D, "H": H}
    for cell, arrays in (("matrices", (W, R)), ("biases", (B,))):
        shapes = re.findall(r"\$\((.*?)\)\$", said[cell])
        for shape, a in zip(shapes, arrays, strict=True):
            assert a.shape == tuple(sizes[one] for one in shape.split(",")), cell
    return node_alone(kind, W, R, B, H, **attributes), (W, R, B)


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "GRU, reset before"])
def test_the_column_of_onnx_is_what_an_operation_computes(kind):
    said = conventions()
    assert said["input"] == "$(T,B,D)$" and said["state"] == "each $(d,B,H)$"
    layer, _ = network(kind, D=3, H=4)
    x = np.random.default_rng(5).normal(size=(2, 5, 3)).astype(np.float32)
    y, last = layer.forward(x)
    last = last[0] if kind == "LSTM" else last
    before, after = said["GRU resets"].split("; ")
    assert before == "before" and after == "`linear_before_reset=1` for after"
    more = {"linear_before_reset": 1} if kind == "GRU" else {}
    (session, names), weights = by_the_column(kind[:4].strip(","), layer, said, **more)
    feed = dict(zip(names, (x.transpose(1, 0, 2), *weights), strict=True))
    all_h, h = session.run(None, feed)
    np.testing.assert_allclose(all_h[:, 0].transpose(1, 0, 2), y, atol=1e-5)
    assert h.shape == (1, 2, 4) and said["returns"] == "both"
    np.testing.assert_allclose(h[0], last, atol=1e-5)


def test_the_column_of_onnx_on_directions_and_lengths():
    said = conventions()
    layer, _ = network("LSTM", D=3, H=4)
    x = np.random.default_rng(5).normal(size=(2, 5, 3)).astype(np.float32)
    (_, _), (W, R, B) = by_the_column("LSTM", layer, said)
    both = [np.concatenate([a, a]) for a in (W, R, B)]
    session, names = node_alone("LSTM", *both, 4, directions=2)
    feed = dict(zip(names, (x.transpose(1, 0, 2), *both), strict=True))
    y, h = session.run(None, feed)
    assert y.shape == (5, 2, 2, 4) and h.shape == (2, 2, 4)  # d directions
    lengths = np.array([5, 3])
    _, (want, _) = layer.forward(x, lengths=lengths)
    assert said["different lengths"] == "`sequence_lens`"
    session, names = node_alone("LSTM", W, R, B, 4, inputs=["lengths"])
    given = x.transpose(1, 0, 2), W, R, B, lengths.astype(np.int32)
    _, h = session.run(None, dict(zip(names, given, strict=True)))
    np.testing.assert_allclose(h[0], want, atol=1e-5)
