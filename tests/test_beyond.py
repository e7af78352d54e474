"""35-beyond: what its experiments share is what the page says; so are the results."""

import ast
import importlib
import sys
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest

torch = pytest.importorskip("torch")

from rnnbook import evidence  # noqa: E402
from rnnbook.cells import sigmoid  # noqa: E402

EXPERIMENTS = Path(__file__).resolve().parent.parent / "experiments"
CHAPTER = EXPERIMENTS.parent / "chapters" / "35-beyond.ipynb"
KEEP = ("GRU", "LSTM")  # the last state acts through gates
FACTORS = ("minGRU", "minLSTM", "selective SSM", "mLSTM")  # from 0 to 1


@pytest.fixture(scope="module")
def shared():
    sys.path.insert(0, str(EXPERIMENTS))
    try:
        importlib.import_module("_beyond_more")
        yield importlib.import_module("_beyond")
    finally:
        sys.path.remove(str(EXPERIMENTS))
        sys.modules.pop("_beyond_more", None)
        sys.modules.pop("_beyond", None)


@pytest.fixture(scope="module")
def tried():
    both = map(evidence.load, ("beyond_rates", "beyond_more"))
    return pd.concat(both, ignore_index=True).query("updates > 20")


def scan_loop(a, b):
    h, out = torch.zeros_like(b[:, 0]), []
    for t in range(b.shape[1]):
        h = a[:, t] * h + b[:, t]
        out.append(h)
    return torch.stack(out, 1)


def shown(*names: str) -> dict:
    """Functions of the page."""
    space = {"np": np, "sigmoid": sigmoid}
    for cell in nbformat.read(CHAPTER, as_version=4).cells:
        for node in ast.parse(cell.source).body if cell.cell_type == "code" else ():
            if getattr(node, "name", None) in names:
                exec(compile(ast.Module([node], []), "chapter", "exec"), space)
    return space


def test_the_min_lstm_of_the_page_goes_back_as_its_loop_does():
    """Gates by autograd, and the scan behind them by the page's way back."""
    page = shown("min_lstm", "scan", "scan_backward")
    rng = np.random.default_rng(0)
    params = {f"W_{k}": rng.normal(size=(2, 4)) for k in "fin"}
    params |= {f"b_{k}": rng.normal(size=4) for k in "fin"}
    x, dh = rng.normal(size=(3, 9, 2)), rng.normal(size=(3, 9, 4))
    tensors = {k: torch.tensor(v, requires_grad=True) for k, v in params.items()}
    f, i = (
        torch.sigmoid(torch.tensor(x) @ tensors[f"W_{k}"] + tensors[f"b_{k}"])
        for k in "fi"
    )
    n = torch.tensor(x) @ tensors["W_n"] + tensors["b_n"]
    steps = f / (f + i), i / (f + i) * n
    a, b = page["min_lstm"](x, params)
    h = page["scan"](a, b)
    looped = scan_loop(*steps)
    assert np.allclose(looped.detach(), h, atol=1e-12)
    by_loop = torch.autograd.grad(
        (looped * torch.tensor(dh)).sum(), tensors.values(), retain_graph=True
    )
    sent = [torch.tensor(d.copy()) for d in page["scan_backward"](dh, a, h)]
    by_scan = torch.autograd.grad(steps, tensors.values(), sent)
    assert all(map(torch.allclose, by_scan, by_loop))
    assert all(float(g.abs().max()) > 1e-3 for g in by_loop)


@pytest.mark.parametrize("T", [1, 2, 7])
def test_the_way_back_of_the_scan_is_a_scan(shared, T):
    torch.manual_seed(T)
    a, b = torch.randn(2, 3, T, 4, dtype=torch.float64).unbind()
    a.requires_grad_(), b.requires_grad_()
    assert torch.allclose(shared.Scan.apply(a, b), scan_loop(a, b), atol=1e-12)
    assert torch.autograd.gradcheck(shared.Scan.apply, (a, b))


def test_the_linear_model_is_its_recurrence(shared):
    torch.manual_seed(0)
    layer, x = shared.Linear(5).double(), torch.randn(2, 9, 32, dtype=torch.float64)
    u = torch.complex(*layer.into(x).chunk(2, dim=-1))
    factor = torch.exp(torch.complex(-layer.decay.exp(), layer.angle))
    gain = (1 - (-2 * layer.decay.exp()).exp()).sqrt()
    h = scan_loop(factor.expand(2, 9, 5), u * gain)
    ours = layer.out(torch.cat([h.real, h.imag], dim=-1))
    assert torch.allclose(layer(x), ours, atol=1e-10)


def test_mlstm_is_its_recurrence(shared):
    torch.manual_seed(0)
    layer, x = shared.Matrix(3).double(), torch.randn(1, 8, 32, dtype=torch.float64)
    q, k, v, o = layer.qkvo(x)[0].chunk(4, dim=-1)
    i, f = layer.gates(x)[0].chunk(2, dim=-1)
    hs = torch.zeros(8, 6, dtype=torch.float64)
    for head in range(2):
        part, C, n = slice(3 * head, 3 * head + 3), 0.0, 0.0
        for t in range(8):
            keep, write = f[t, head].sigmoid(), i[t, head].exp()
            C = keep * C + write * torch.outer(k[t, part], v[t, part])
            n = keep * n + write * k[t, part]
            asked = q[t, part] / 3**0.5
            hs[t, part] = layer.norm(asked @ C / max(abs(asked @ n), 1))
    assert torch.allclose(layer(x)[0], layer.out(o.sigmoid() * hs), atol=1e-10)


def test_the_slstm_of_the_contest_is_that_of_the_page(shared):
    torch.manual_seed(0)
    layer = shared.MIXERS["sLSTM"](5, 0).double()
    x = 3 * torch.randn(2, 40, 32, dtype=torch.float64)
    params = {
        "W_xh": layer.into.weight.T.detach().numpy(),
        "W_hh": layer.again.weight.T.detach().numpy(),
        "b_h": layer.into.bias.detach().numpy(),
    }
    step, hs = shown("slstm_step")["slstm_step"], []
    state = (*np.zeros((3, 2, 5)), np.full((2, 5), -np.inf))
    for t in range(40):
        state = step(x[:, t].numpy(), state, params)
        hs.append(state[0])
    ours = layer.out(torch.tensor(np.stack(hs, axis=1)))
    assert torch.allclose(layer(x), ours, atol=1e-10)


def test_no_gradient_of_the_slstm_goes_through_its_maximum(shared):
    """It is cut there, and the outputs do not see it: so nothing may be missing."""
    torch.manual_seed(0)
    layer = shared.MIXERS["sLSTM"](2, 0).double()
    x = torch.randn(1, 5, 32, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(layer, (x,))


def test_the_control_of_the_sign_lacks_the_sign_only(shared):
    torch.manual_seed(0)
    signed, folded = (shared.MIXERS[f"{k} minGRU"](4, 0) for k in ("signed", "|tanh|"))
    folded.load_state_dict(signed.state_dict())
    x = torch.randn(2, 9, 32)
    z, n = signed.into(x).chunk(2, dim=-1)
    for layer, a in ((signed, z.tanh()), (folded, z.tanh().abs())):
        h = scan_loop(a, (1 - a.abs()) * n)
        assert torch.allclose(layer(x), layer.out(h), atol=1e-5)
    assert not torch.allclose(signed(x), folded(x), atol=1e-3)


def test_the_longer_training_is_of_the_same_network():
    """Copied, so that the stored results of the first stay valid; held equal here."""
    first, longer = (
        {
            getattr(node, "name", None) or ast.unparse(node): ast.unparse(node)
            for node in ast.parse((EXPERIMENTS / f"{name}.py").read_text()).body
        }
        for name in ("beyond_transfer", "beyond_transfer_longer")
    )
    for name in ("sentences", "encode", "Reader", "pretrain", "asked", "right"):
        assert first[name] == longer[name], name
    assert any(line.startswith("LETTERS =") for line in first.keys() & longer.keys())


def test_no_model_sees_the_future_and_all_have_one_size(shared):
    for kind in shared.MIXERS:
        model = shared.fresh(kind, "echo", 0).eval()
        assert abs(shared.weights(model) / shared.WEIGHTS - 1) < 0.05, kind
        x = torch.randint(0, 2, (2, 30))
        other = x.clone()
        other[:, 20:] = 1 - other[:, 20:]
        with torch.no_grad():
            first, second = model(x), model(other)
        assert torch.allclose(first[:, :20], second[:, :20], atol=1e-5), kind
        assert not torch.allclose(first[:, 20:], second[:, 20:], atol=1e-5), kind


def test_targets_are_what_the_page_says(shared):
    for task in ("echo", "parity"):
        x, y = (
            s.numpy()
            for s in shared.batch(task, "train", 3, 30, np.random.default_rng(0))
        )
        if task == "echo":
            assert (y[:, shared.DELAY :] == x[:, : -shared.DELAY]).all()
        else:
            assert (y[:, 7] == x[:, :8].sum(1) % 2).all()


def test_the_tcn_of_the_contest_sees_64_steps(shared):
    model, x = shared.fresh("TCN", "echo", 0).eval(), torch.zeros(1, 100, dtype=int)
    pokes = x + torch.eye(100, dtype=int)
    with torch.no_grad():
        last = model(torch.cat([x, pokes]))[:, -1]
    moved = (last[1:] - last[0]).abs().amax(-1) > 0
    assert moved.nonzero().flatten().tolist() == list(range(36, 100))


def test_each_rival_is_tried_at_three_rates_or_more_with_three_seeds(shared, tried):
    assert (tried.groupby(["task", "kind"]).lr.nunique() >= 3).all()
    assert (tried.groupby(["task", "kind", "lr"]).seed.nunique() == 3).all()
    assert set(tried.kind) == set(shared.MIXERS)
    sizes = evidence.load("beyond_sizes").set_index("kind")
    assert set(sizes.index) == set(shared.MIXERS) - {"|tanh| minGRU"}
    assert (abs(sizes.weights / shared.WEIGHTS - 1) < 0.05).all()


def test_parity_divides_them(tried):
    parity = tried.query("task == 'parity'").set_index("kind")
    assert (parity.loc[list(KEEP), ["test", "longer"]] < 0.005).all(axis=None)
    signed = parity.loc["signed minGRU"]
    assert (signed.test < 0.005).all()  # with each seed and rate
    assert (signed.longer > 0.15).sum() == 3 and signed.longer.max() < 0.55
    failed = parity.loc["RNN"].groupby("seed").test.min() > 0.2
    assert failed.sum() == 1
    assert (parity.loc[list(FACTORS), "longer"] > 0.4).all()
