"""What the experiments of ``27-speech`` share: the loss of CTC by hand."""

import numpy as np

BLANK = 0


def ctc(log_p, label):
    """Loss -log p(label) and its gradient by log_p, (T, K), by forward and backward."""
    T, s = len(log_p), np.full(2 * len(label) + 1, BLANK)  # the extended label, (S,)
    s[1::2] = label
    skip = np.zeros(len(s), bool)  # a digit may follow another one without a blank
    skip[2:] = (s[2:] != BLANK) & (s[2:] != s[:-2])
    first = np.full(len(s), -np.inf)
    first[:2] = 0.0

    def forward(log_e, skip):
        alpha = np.empty_like(log_e)  # (T, S)
        before = first
        for t in range(T):
            if t > 0:
                one = np.r_[-np.inf, before[:-1]]
                two = np.where(
                    skip, np.r_[-np.inf, -np.inf, before[:-2]][: len(s)], -np.inf
                )
                before = np.logaddexp(np.logaddexp(before, one), two)
            before = alpha[t] = before + log_e[t]
        return alpha

    log_e = log_p[:, s]
    alpha = forward(log_e, skip)
    back = np.r_[skip[2:], False, False][: len(s)][::-1]
    beta = forward(log_e[::-1, ::-1], back)[::-1, ::-1]
    total = np.logaddexp.reduce(alpha[-1, -2:])
    grad = np.zeros_like(log_p)
    if total > -np.inf:
        share = np.exp(alpha + beta - log_e - total)  # of s at t, (T, S)
        np.subtract.at(grad.T, s, share.T)
    return -total, grad
