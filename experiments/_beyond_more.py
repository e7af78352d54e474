"""Two more layers for the body of ``_beyond``: the sLSTM, and a control of minGRU.

They stand here and not there because a change of that file would make the stored
results of the others stale. Whoever imports this has them among its ``MIXERS``.
"""

import torch
from _beyond import MIXERS, D, Scan
from torch import nn


class Exponential(nn.Module):
    """The sLSTM as the page's ``slstm_step`` has it: one head, and a loop."""

    def __init__(self, H):
        super().__init__()
        self.H = H
        self.into, self.again = nn.Linear(D, 4 * H), nn.Linear(H, 4 * H, bias=False)
        self.out = nn.Linear(H, D)

    def forward(self, x):
        u, W = self.into(x).transpose(0, 1), self.again.weight.T  # (T, B, 4 H)
        h = c = n = x.new_zeros(len(x), self.H)
        m, hs = torch.full_like(h, -torch.inf), []
        for now in u.unbind():
            i, f, g, o = torch.addmm(now, h, W).chunk(4, dim=1)
            # The ratio c / n does not see m, and so no gradient goes through it.
            m_next = torch.maximum(f + m, i).detach()
            i, f = (i - m_next).exp(), (f + m - m_next).exp()
            c, n, m = f * c + i * g.tanh(), f * n + i, m_next
            h = o.sigmoid() * c / n
            hs.append(h)
        return self.out(torch.stack(hs, dim=1))


class Folded(nn.Module):
    """The minGRU with a factor of |tanh|: the signed one's slope, and no sign."""

    def __init__(self, H):
        super().__init__()
        self.into, self.out = nn.Linear(D, 2 * H), nn.Linear(H, D)

    def forward(self, x):
        z, n = self.into(x).chunk(2, dim=-1)
        a = z.tanh().abs()
        return self.out(Scan.apply(a, (1 - a) * n))


MIXERS |= {
    "sLSTM": lambda H, block: Exponential(H),
    "|tanh| minGRU": lambda H, block: Folded(H),
}
