"""Formulas: how many weights there are, and which bias holds for how long."""

import math

from rnnbook.checks.catalogue import Case, Check, enter, mistake


def rnn_parameters(D, H, K):
    """An RNN with a linear readout."""
    return D * H + H * H + H + H * K + K


def _rnn_sizes(rng):
    return [
        Case(f"D, H, K = {D}, {H}, {K}", (D, H, K))
        for D, H, K in ((3, 5, 2), (65, 256, 65), (1, 4, 7))
    ]


def lstm_parameters(D, H):
    """An LSTM layer with one bias."""
    return 4 * (D * H + H * H + H)


def gru_parameters(D, H):
    """A GRU layer with one bias."""
    return 3 * (D * H + H * H + H)


def _sizes(rng):
    return [Case(f"D, H = {D}, {H}", (D, H)) for D, H in ((3, 5), (28, 128), (7, 2))]


enter(
    Check(
        "rnn.parameters",
        "02-rnn",
        rnn_parameters,
        "D, H, K",
        ("count",),
        _rnn_sizes,
        (
            mistake(
                "state_matrix_missing",
                "The matrix from the state to the state is missing.",
                "D * H + H * H +",
                "D * H +",
            ),
            mistake(
                "readout_bias_missing",
                "The readout has a bias as well.",
                " + H * K + K",
                " + H * K",
            ),
            mistake(
                "biases_missing",
                "Neither bias was counted.",
                "H * H + H + H * K + K",
                "H * H + H * K",
            ),
            mistake(
                "hidden_bias_missing",
                "The bias of the recurrent layer was not counted.",
                "H * H + H + H * K",
                "H * H + H * K",
            ),
            mistake(
                "readout_missing",
                "The readout was not counted.",
                " + H * K + K",
                "",
            ),
            mistake(
                "readout_reads_input",
                "The readout reads the state, and was counted as if it read the input.",
                "H * K + K",
                "D * K + K",
            ),
            mistake(
                "two_biases",
                "The recurrent layer was counted with two biases, as PyTorch has it.",
                "H * H + H +",
                "H * H + 2 * H +",
                page="13-three-libraries",
            ),
        ),
    ),
    Check(
        "lstm.parameters",
        "11-lstm",
        lstm_parameters,
        "D, H",
        ("count",),
        _sizes,
        (
            mistake(
                "one_gate",
                "That is one gate. Each of the four parts has weights of its own.",
                "4 * (",
                "1 * (",
            ),
            mistake(
                "three_gates",
                "Three gates were counted; the candidate has weights too.",
                "4 * (",
                "3 * (",
            ),
            mistake(
                "bias_missing",
                "The biases of the gates were not counted.",
                " + H)",
                ")",
            ),
            mistake(
                "two_biases",
                "Each gate was counted with two biases. PyTorch stores two, of which "
                "one is redundant; asked for is one.",
                " + H)",
                " + 2 * H)",
                page="13-three-libraries",
            ),
            mistake(
                "one_bias_for_all",
                "One bias was counted for all gates together.",
                "4 * (D * H + H * H + H)",
                "4 * (D * H + H * H) + H",
            ),
            mistake(
                "state_matrix_missing",
                "The gates read the old output too: those matrices are missing.",
                " + H * H",
                "",
            ),
        ),
    ),
    Check(
        "gru.parameters",
        "12-gru",
        gru_parameters,
        "D, H",
        ("count",),
        _sizes,
        (
            mistake(
                "two_gates",
                "Two gates were counted, and the candidate of the GRU was not.",
                "3 * (",
                "2 * (",
            ),
            mistake(
                "as_lstm",
                "Four parts were counted: that is an LSTM. The GRU has one less.",
                "3 * (",
                "4 * (",
            ),
            mistake(
                "two_biases",
                "Each part of the GRU was counted with two biases. That is right with "
                "the reset gate after the product; asked for is one.",
                " + H)",
                " + 2 * H)",
                page="13-three-libraries",
            ),
            mistake(
                "bias_missing",
                "The biases of the GRU were not counted.",
                " + H)",
                ")",
            ),
        ),
    ),
)


def bias_for(k):
    """The forget bias of a cell that halves in k steps."""
    p = 2 ** (-1 / k)
    return math.log(p / (1 - p))


enter(
    Check(
        "lstm.bias_for",
        "11-lstm",
        bias_for,
        "k",
        ("bias",),
        lambda rng: [Case(f"k = {k}", (k,)) for k in (1, 2, 10, 100)],
        (
            mistake(
                "gate_not_bias",
                "That is the value of the gate. The bias stands before the sigmoid.",
                "math.log(p / (1 - p))",
                "p",
            ),
            mistake(
                "logarithm_only",
                "That is the logarithm of the gate. The sigmoid has another inverse.",
                "math.log(p / (1 - p))",
                "math.log(p)",
            ),
            mistake(
                "time_constant",
                "After that many steps 1/e is left, not one half.",
                "2 ** (-1 / k)",
                "math.exp(-1 / k)",
            ),
            mistake(
                "linear",
                "The gate was set so that half is lost when the losses are *added*. "
                "They multiply: each step takes its share of what is left.",
                "2 ** (-1 / k)",
                "1 - 0.5 / k",
            ),
            mistake(
                "sign",
                "The sign is the other way round: this gate closes instead of opening.",
                "p / (1 - p)",
                "(1 - p) / p",
            ),
            mistake(
                "base_two",
                "The logarithm is to the base two, and the sigmoid is made with e.",
                "math.log(p / (1 - p))",
                "math.log2(p / (1 - p))",
            ),
            mistake(
                "power_not_root",
                "That is the gate's value halved again in each step, where one half "
                "is left after all of them.",
                "p = 2 ** (-1 / k)",
                "p = 2.0**-k",
            ),
        ),
    )
)
