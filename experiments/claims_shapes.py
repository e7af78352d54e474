"""What do PyTorch and the formulas say to claims that need no training?

``value`` is what the claim speaks of, ``control`` the same with one thing changed; what
they are stands beside each function below. Where an error is asked for, 1 stands for
it. Used by ``41-claims-tested``.
"""

import math
import warnings

import torch
from torch import nn
from torch.nn import functional as F

GRID = [
    {"claim": claim}
    for claim in (
        "missing value", "gates share", "tanh then softmax", "batch first",
        "first state", "split", "one step", "forget bias", "two biases", "keeps",
        "carousel", "dropout", "last of both", "padded end", "view", "softmax twice",
        "detach", "any number", "clip by value", "clip too early", "explosion",
        "vanishing", "orthogonal", "adding baseline", "copy baseline", "parameters",
        "percent", "toggle", "random walk",
    )
]  # fmt: skip
SEEDS = range(5)
TOLERANCE = {"value": 0.01, "control": 0.01}

N, L, D, H = 4, 10, 3, 16


def lstm(bias=None, scale=1.0, layers=1, **options):
    net = nn.LSTM(D, H, layers, batch_first=True, **options)
    if bias is not None:
        net.bias_ih_l0.data[H : 2 * H], net.bias_hh_l0.data[H : 2 * H] = bias, 0.0
    net.weight_hh_l0.data *= scale
    return net


def raises(function):
    try:
        function()
    except (RuntimeError, ValueError, TypeError, AttributeError):
        return 1.0
    return 0.0


def missing_value():
    """The share of later outputs that are no numbers: one NaN in, and none."""
    net, x = lstm(), torch.randn(N, L, D)
    bad = x.clone()
    bad[:, 2, 0] = float("nan")
    return [float(net(v)[0][:, 2:].isnan().float().mean()) for v in (bad, x)]


def gates_share():
    """Rows of the input weights for each unit: of an LSTM, and of a plain RNN."""
    return lstm().weight_ih_l0.shape[0] / H, nn.RNN(D, H).weight_ih_l0.shape[0] / H


def tanh_then_softmax():
    """The largest probability of ten classes: on tanh, and with weights between."""
    scores = -torch.ones(10)
    scores[0] = 1.0
    return float(scores.softmax(0).max()), float((20 * scores).softmax(0).max())


def batch_first():
    """The share of an answer's gradient in other samples: default, and set."""
    out = []
    for net in (nn.LSTM(D, H), lstm()):
        x = torch.randn(N, L, D, requires_grad=True)
        net(x)[0][3, -1].sum().backward()
        size = x.grad.abs().sum(dim=(1, 2))
        out.append(float(size[:3].sum() / size.sum()))
    return out


def first_state():
    """Is a first state of (1, 1, H) refused for four samples, and one of (1, 4, H)?"""
    net, x = lstm(), torch.randn(N, L, D)
    states = [(torch.zeros(1, n, H), torch.zeros(1, n, H)) for n in (1, N)]
    return [raises(lambda s=s: net(x, s)) for s in states]


def split():
    """How many parts 100 rows are split into: at 0.4, and at 0.8."""
    rows = torch.randn(100, D)
    return [float(len(torch.split(rows, int(q * 100)))) for q in (0.4, 0.8)]


def one_step():
    """The gradient of the recurrent weights: 20 values as one step, and as 20 steps."""
    out, values = [], torch.randn(N, 20)
    for shape in ((N, 1, 20), (N, 20, 1)):
        net = nn.LSTM(shape[2], H, batch_first=True)
        net(values.view(shape))[0][:, -1].sum().backward()
        out.append(float(net.weight_hh_l0.grad.norm()))
    return out


def forget_bias():
    """The forget gate at input zero and state zero: PyTorch's start, and bias 1."""
    biases = [
        (net.bias_ih_l0 + net.bias_hh_l0).detach()[H : 2 * H]
        for net in (lstm(), lstm(1.0))
    ]
    return [float(b.sigmoid().mean()) for b in biases]


def two_biases():
    """The forget gate, if both of PyTorch's biases are 1, and if one of them is."""
    out = []
    for second in (1.0, 0.0):
        net = lstm(1.0)
        net.bias_hh_l0.data[H : 2 * H] = second
        both = (net.bias_ih_l0 + net.bias_hh_l0).detach()[H : 2 * H]
        out.append(float(both.sigmoid().mean()))
    return out


def keeps():
    """What is left of a cell after 20 steps: forget gate at one, and at zero."""
    out = []
    for bias in (12.0, -12.0):
        net, x = lstm(bias, 0.0), torch.zeros(1, 20, D)
        ends = [net(x, (torch.zeros(1, 1, H), torch.full((1, 1, H), c)))[1][1]
                for c in (0.0, 1.0)]  # fmt: skip
        out.append(float((ends[1] - ends[0]).detach().mean()))
    return out


def cell_share(net):
    """The power of ten of a cell's gradient after 50 steps, beside the last one."""
    c = torch.zeros(1, 1, H, requires_grad=True)
    last = net(torch.randn(1, 50, D), (torch.zeros(1, 1, H), c))[1][1]
    last.sum().backward()
    return float(torch.log10(c.grad.norm() / math.sqrt(H)))


def carousel():
    """That power of ten: forget bias 1, and a forget gate held at one (bias 30)."""
    return cell_share(lstm(1.0, 0.0)), cell_share(lstm(30.0, 0.0))


def dropout():
    """How far training and judging differ by ``dropout=0.5``: one layer, and two."""
    out = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        nets = [lstm(layers=k, dropout=0.5) for k in (1, 2)]
    for net in nets:
        x = torch.randn(N, L, D)
        out.append(float((net(x)[0] - net.eval()(x)[0]).abs().max()))
    return out


def last_of_both():
    """How much the backward half changes with all inputs but the last: out, and h_n."""
    net, x = lstm(bidirectional=True), torch.randn(N, L, D)
    other = torch.randn(N, L, D)
    other[:, -1] = x[:, -1]
    pairs = [(net(v)[0][:, -1, H:], net(v)[1][0][1]) for v in (x, other)]
    return [float((a - b).abs().max()) for a, b in zip(*pairs, strict=True)]


def padded_end():
    """How far ten zeros behind a sequence change its answer: as it is, and packed."""
    net, x = lstm(), torch.randn(N, L, D)
    long = F.pad(x, (0, 0, 0, 10))
    right = net(x)[0][:, -1]
    packed = nn.utils.rnn.pack_padded_sequence(long, [L] * N, batch_first=True)
    answers = net(long)[0][:, -1], net(packed)[1][0][0]
    return [float((a - right).abs().max()) for a in answers]


def view():
    """The share of numbers at a wrong place: by ``view``, and by transpose."""
    x = torch.arange(N * L * D).view(N, L, D)
    right = x.permute(1, 0, 2)
    swapped = x.view(L, N, D), x.transpose(0, 1)
    return [float((s != right).float().mean()) for s in swapped]


def softmax_twice():
    """The lowest cross-entropy of ten classes: of probabilities, and of scores."""
    scores = torch.full((1, 10), -50.0)
    scores[0, 3] = 50.0
    y = torch.tensor([3])
    return [float(F.cross_entropy(z, y)) for z in (scores.softmax(1), scores)]


def detach():
    """Does the second window end in an error: the state as it is, and detached?"""

    def windows(cut):
        net, state = lstm(), None
        for _ in range(2):
            y, state = net(torch.randn(N, L, D), state)
            y.sum().backward()
            state = tuple(cut(s) for s in state)

    return [raises(lambda c=c: windows(c)) for c in (lambda s: s, torch.Tensor.detach)]


def any_number():
    """The largest output for inputs times a thousand: the state, and a head."""
    h = lstm()(1000 * torch.randn(N, L, D))[0]
    return float(h.detach().abs().max()), float(nn.Linear(H, 1)(100 * h).abs().max())


def clip_by_value():
    """The angle in degrees to the gradient: clipped by value, and by norm."""
    g = torch.randn(100) * torch.logspace(-2, 1, 100)
    clipped = g.clamp(-0.1, 0.1), g / g.norm()
    cosines = [F.cosine_similarity(g, c, dim=0).clamp(-1, 1) for c in clipped]
    return [float(torch.rad2deg(torch.acos(c))) for c in cosines]


def clip_too_early():
    """The length of an SGD step: clipped to 1 before ``backward``, and behind it."""
    out = []
    for early in (True, False):
        w = torch.full((100,), 5.0, requires_grad=True)
        start = w.detach().clone()
        optimiser = torch.optim.SGD([w], 1.0)
        loss = (w**2).sum()
        if early:
            nn.utils.clip_grad_norm_([w], 1.0)
        loss.backward()
        if not early:
            nn.utils.clip_grad_norm_([w], 1.0)
        optimiser.step()
        out.append(float((w.detach() - start).norm()))
    return out


def state_share(net, T=80):
    """The power of ten by which a gradient of the last state grows on 80 steps back."""
    x = torch.randn(N, T, D)
    first = torch.zeros(1, N, H, requires_grad=True)
    state = (first, torch.zeros(1, N, H)) if isinstance(net, nn.LSTM) else first
    last = net(x, state)[0][:, -1]
    last.sum().backward()
    return float(torch.log10(first.grad.norm() / math.sqrt(N * H)))


def explosion():
    """That power of ten in an LSTM of bias 1: weights times 8, and as drawn."""
    return state_share(lstm(1.0, 8.0)), state_share(lstm(1.0))


def vanishing():
    """That power of ten in an LSTM: PyTorch's start, and forget bias 3."""
    return state_share(lstm()), state_share(lstm(3.0))


def orthogonal():
    """After 80 steps of orthogonal weights: with tanh, and in a straight line."""
    net = nn.RNN(D, H, batch_first=True)
    nn.init.orthogonal_(net.weight_hh_l0)
    straight = torch.linalg.matrix_power(net.weight_hh_l0.detach(), 80)
    kept = straight.T @ torch.ones(H)
    return state_share(net), float(torch.log10(kept.norm() / math.sqrt(H)))


def adding_baseline():
    """The squared error of always answering 1: of a million sums, and as printed."""
    return float(((torch.rand(1_000_000, 2).sum(1) - 1) ** 2).mean()), 0.1767


def copy_baseline():
    """The loss of copying without memory, T = 1000, and as printed for the LSTM."""
    return 10 * math.log(8) / 1020, 0.0204


def parameters():
    """The weights of a GRU beside those of an LSTM, and of a plain RNN beside it."""
    count = [sum(p.numel() for p in net(D, H).parameters())
             for net in (nn.GRU, nn.RNN, nn.LSTM)]  # fmt: skip
    return count[0] / count[2], count[1] / count[2]


def percent():
    """How many times one value near zero multiplies the MAPE, and the RMSE."""
    y = 2 + torch.rand(100)
    guess, small = y + 0.1 * torch.randn(100), y.clone()
    small[0] = 1e-3
    guess_small = guess - y + small

    def scores(y, p):
        return ((p - y) / y).abs().mean(), ((p - y) ** 2).mean().sqrt()

    before, after = scores(y, guess), scores(small, guess_small)
    return [float(b / a) for a, b in zip(before, after, strict=True)]


def toggle():
    """Turns of the state on a constant input: the formula rC + (1 - r)x, and a GRU."""
    cell, C, x = nn.GRUCell(1, 1), torch.zeros(1, 1), torch.ones(1, 1)
    for p in cell.parameters():
        p.data.zero_()
    cell.weight_hh.data[2], cell.bias_ih.data[1] = -5.0, -12.0  # U and the gate z
    cell.bias_ih.data[2], cell.bias_ih.data[0] = 0.5, 12.0
    r, h, ways = torch.rand(1, 1), C, ([C], [C])
    for _ in range(12):
        C, h = r * C + (1 - r) * x, cell(x, h)
        ways[0].append(C)
        ways[1].append(h.detach())
    steps = [torch.cat(w).diff(dim=0).sign() for w in ways]
    return [float((s[1:] * s[:-1] < 0).sum()) for s in steps]


def random_walk():
    """The R2 of yesterday's value on a random walk: of levels, and of changes."""
    level = torch.randn(2500).cumsum(0)
    change = level.diff()
    r2 = [1 - (change**2).sum() / ((y - y.mean()) ** 2).sum() for y in (level, change)]
    return [float(r) for r in r2]


def run(setting, seed):
    torch.manual_seed(seed)
    value, control = globals()[setting["claim"].replace(" ", "_").lower()]()
    return {"value": value, "control": control}
