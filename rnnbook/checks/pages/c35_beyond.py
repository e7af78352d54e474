"""Checks of 35-beyond: scans, kernels, exponential gates, masks, reach and memory."""

import numpy as np

from rnnbook.checks.catalogue import Case, Check, enter, mistake, taught_in

PAGE = "35-beyond"


def compose(a, b, a2, b2):
    """One step for two: first h -> a h + b, then h -> a2 h + b2."""
    return a2 * a, a2 * b + b2


def _steps(rng):
    return [
        Case("two numbers a unit", tuple(rng.uniform(0.1, 1, (4, 3)))),
        Case("with signs", tuple(rng.normal(size=(4, 2, 3)))),
        Case("one unit", tuple(rng.normal(size=(4, 1)))),
    ]


enter(
    Check(
        "beyond.compose",
        PAGE,
        compose,
        "a, b, a2, b2",
        (("a", "b"),),
        _steps,
        (
            mistake(
                "exchanged",
                "The steps are in the wrong order: the second one is taken first. "
                "The grouping is free, the order is not.",
                "a2 * b + b2",
                "a * b2 + b",
            ),
            mistake(
                "first_not_carried",
                "What the first step adds goes through the second one unchanged. It is "
                "part of the state, and the second factor multiplies it.",
                "a2 * b + b2",
                "b + b2",
            ),
            mistake(
                "first_lost",
                "What the first step adds is lost.",
                "a2 * b + b2",
                "b2",
            ),
            mistake(
                "second_lost",
                "What the second step adds is missing.",
                "a2 * b + b2",
                "a2 * b",
            ),
            mistake(
                "factors_added",
                "The factors are added. A state that goes through both is multiplied "
                "twice.",
                "a2 * a,",
                "a2 + a,",
            ),
            mistake(
                "own_factor",
                "What the first step adds was multiplied by the factor of its own "
                "step. That one comes before it is added.",
                "a2 * b + b2",
                "a * b + b2",
            ),
            mistake(
                "second_multiplied",
                "What the second step adds was multiplied by its own factor. It comes "
                "after that factor has done its work.",
                "a2 * b + b2",
                "a2 * (b + b2)",
            ),
            mistake(
                "both_factors",
                "What the first step adds was multiplied by both factors.",
                "a2 * b + b2",
                "a2 * a * b + b2",
            ),
        ),
    )
)


def doubling_work(T):
    """Rounds of a scan by doubling, and how many pairs of steps are put together."""
    rounds = pairs = 0
    d = 1
    while d < T:
        rounds, pairs, d = rounds + 1, pairs + T - d, 2 * d
    return rounds, pairs


def _lengths(rng):
    return [Case(f"T = {T}", (T,)) for T in (8, 9, 1, 100, int(rng.integers(20, 60)))]


def _logarithm(T):
    rounds = int(np.ceil(np.log2(T)))
    return rounds, T * rounds


enter(
    Check(
        "beyond.doubling_work",
        PAGE,
        doubling_work,
        "T",
        (("rounds", "pairs"),),
        _lengths,
        (
            mistake(
                "all_places",
                "Each round counts all places. The first ones, which have nothing that "
                "far before them, do nothing.",
                _logarithm,
            ),
            mistake(
                "rounded_down",
                "The logarithm was rounded down: where T is no power of two, the last "
                "round is missing.",
                "while d < T:",
                "while 2 * d <= T:",
            ),
            mistake(
                "one_round_too_many",
                "There is a round too many: once each place holds all T steps, it is "
                "done.",
                "while d < T:",
                "while d <= T:",
            ),
            mistake(
                "as_a_loop",
                "The pairs are those of a loop. Doubling puts together more, in "
                "fewer rounds.",
                "return rounds, pairs",
                "return rounds, T - 1",
            ),
            mistake(
                "one_place_further",
                "Each round reaches one place further than it did. The distances are "
                "1, 2, 4 and so on.",
                "2 * d\n",
                "d + 1\n",
            ),
            mistake(
                "idle_counted",
                "Those places are counted that have nothing before them, in place of "
                "the others.",
                "pairs + T - d",
                "pairs + d",
            ),
            mistake(
                "rounds_as_steps",
                "The rounds are as many as the steps of a loop.",
                "return rounds, pairs",
                "return T - 1, pairs",
            ),
        ),
    )
)


def kernel(lam, B, C, T):
    """The T numbers of the kernel of a diagonal SSM; lam, B, C: (H,) complex."""
    powers = lam ** np.arange(T)[:, None]
    return ((B * powers) @ C).real


def _ssm(rng):
    def case(label, H, T):
        lam = rng.uniform(0.5, 1, H) * np.exp(1j * rng.uniform(0.3, 3, H))
        B, C = rng.normal(size=(2, H)) + 1j * rng.normal(size=(2, H))
        return Case(label, (lam, B, C, T))

    return [case("three units", 3, 6), case("one unit", 1, 4), case("five", 5, 5)]


enter(
    Check(
        "beyond.kernel",
        PAGE,
        kernel,
        "lam, B, C, T",
        ("K",),
        _ssm,
        (
            mistake(
                "begins_with_lambda",
                "The kernel begins one power too late. What is read at the same step "
                "has not been multiplied at all.",
                "np.arange(T)",
                "np.arange(1, T + 1)",
            ),
            mistake(
                "written_without_b",
                "The kernel lacks B, by which the input is written into the state.",
                "(B * powers)",
                "powers",
            ),
            mistake(
                "read_without_c",
                "The units are added up without C, by which they are read.",
                "((B * powers) @ C).real",
                "(B * powers).sum(axis=1).real",
            ),
            mistake(
                "modulus",
                "The modulus was taken, not the real part: each number has lost "
                "its sign.",
                "return ((B * powers) @ C).real",
                "return np.abs((B * powers) @ C)",
            ),
            mistake(
                "imaginary",
                "That is the imaginary part.",
                ".real",
                ".imag",
            ),
            mistake(
                "backwards",
                "The kernel is the wrong way round: the first number belongs to the "
                "input of the same step.",
                ".real",
                ".real[::-1]",
            ),
            mistake(
                "fades_only",
                "Each factor fades, and does not turn: its modulus was taken before "
                "the powers.",
                "powers = lam **",
                "powers = np.abs(lam) **",
            ),
            mistake(
                "real_parts_multiplied",
                "The real parts were taken before the multiplication. The product of "
                "two imaginary parts is real, too, and is missing.",
                "((B * powers) @ C).real",
                "(B * powers).real @ C.real",
            ),
            mistake(
                "conjugated",
                "B or C was conjugated. In this sum nothing is.",
                "((B * powers) @ C)",
                "((B * powers) @ C.conj())",
            ),
        ),
    )
)


def stable(i, f, g):
    """c / n after each step, for exponents i and f of the gates; (T,) each."""
    c = n = 0.0
    m = -np.inf  # nothing is stored yet
    out = []
    for t in range(len(g)):
        top = max(f[t] + m, i[t])
        write, keep = np.exp(i[t] - top), np.exp(f[t] + m - top)
        c, n, m = keep * c + write * g[t], keep * n + write, top
        out.append(c / n)
    return np.array(out)


def _clipped(i, f, g):
    i, f = np.minimum(i, 50), np.minimum(f, 50)
    c = n = 0.0
    out = []
    for t in range(len(g)):
        write, keep = np.exp(i[t]), np.exp(f[t])
        c, n = keep * c + write * g[t], keep * n + write
        out.append(c / n)
    return np.array(out)


def _one_maximum(i, f, g):
    m = max(i.max(), f.max())
    c = n = 0.0
    out = []
    for t in range(len(g)):
        write, keep = np.exp(i[t] - m), np.exp(f[t] - m)
        c, n = keep * c + write * g[t], keep * n + write
        out.append(c / n)
    return np.array(out)


def _exponents(rng):
    def case(label, T, size, shift):
        return Case(
            label, (*(size * rng.normal(size=(2, T)) + shift), rng.normal(size=T))
        )

    def one(T):
        return (rng.normal(size=T),)

    rise = 200 + np.sort(rng.normal(size=6))
    return [
        case("small exponents", 6, 1.0, 0.0),
        case("a gate that adds up to e^1000", 9, 20.0, 110.0),
        case("a gate that fades", 7, 2.0, -3.0),
        case("one step", 1, 1.0, 0.0),
        Case(
            "exponents in the hundreds",
            (300 * rng.normal(size=8), -30 * abs(rng.normal(size=8)), *one(8)),
        ),
        Case("both rise together", (rise, rise - rise.min(), *one(6))),
        Case(
            "at the start nothing is stored",
            (np.array([-400.0, 1.0, 2.0]), np.array([400.0, 0.0, 1.0]), *one(3)),
        ),
    ]


enter(
    Check(
        "beyond.stable",
        PAGE,
        stable,
        "i, f, g",
        ("ratio",),
        _exponents,
        (
            mistake(
                "not_stabilised",
                "The exponentials overflow: e to the 710 is no number of float64. "
                "Divide all that is stored by e to the largest exponent so far.",
                "top = max(f[t] + m, i[t])",
                "m = top = 0.0",
            ),
            mistake(
                "clipped",
                "The exponents were cut off. That is finite, and another formula: "
                "what was far larger than the rest no longer is.",
                _clipped,
            ),
            mistake(
                "one_maximum",
                "The same maximum was taken off both gates. In the forget gate, which "
                "multiplies what was divided before, only the step from the old "
                "maximum to the new one belongs.",
                _one_maximum,
            ),
            mistake(
                "starts_at_zero",
                "The maximum begins at zero, as if something were stored by then. If "
                "the first input gate is far below, it vanishes, and 0 is divided by "
                "0.",
                "m = -np.inf",
                "m = 0.0",
            ),
            mistake(
                "old_maximum_lost",
                "The forget gate lacks the old maximum. What is stored was divided by "
                "e to the old m, and has to be brought to the new one.",
                "np.exp(f[t] + m - top)",
                "np.exp(min(f[t] - top, 0.0))",
            ),
            mistake(
                "not_normalised",
                "The cell was returned, which is divided by e to the m and not by the "
                "sum of its weights.",
                "out.append(c / n)",
                "out.append(c)",
            ),
            mistake(
                "normaliser_keeps_all",
                "The normaliser adds up the input gates without forgetting. It has to "
                "fade as the cell does.",
                "keep * n + write, top",
                "n + write, top",
            ),
            mistake(
                "no_forgetting",
                "Nothing fades: the forget gate does not multiply what is stored.",
                "keep * c + write * g[t], keep * n + write",
                "c + write * g[t], n + write",
            ),
            mistake(
                "maximum_forgotten",
                "The maximum is not kept for the next step.",
                "keep * n + write, top",
                "keep * n + write, 0.0",
            ),
            mistake(
                "normaliser_is_the_gate",
                "The normaliser is the last input gate alone, not the sum of all.",
                "keep * n + write, top",
                "write, top",
            ),
            mistake(
                "sigmoid_gates",
                "The gates are sigmoids. Exponents are asked for here.",
                "write, keep = np.exp(i[t] - top), np.exp(f[t] + m - top)",
                "write, keep = 1 / (1 + np.exp(-i[t])), 1 / (1 + np.exp(-f[t]))",
            ),
            mistake(
                "gates_exchanged",
                "The two exponents are exchanged: that of the input gate keeps, that "
                "of the forget gate writes.",
                "for t in range(len(g)):",
                "for t, (i, f) in enumerate([(f, i)] * len(g)):",
            ),
        ),
    )
)


def causal_weights(scores):
    """The weights of causal attention, (T, T), of scores (T, T): query by key."""
    T = len(scores)
    allowed = np.tril(np.ones((T, T), dtype=bool))
    e = np.where(allowed, np.exp(scores), 0.0)
    return e / e.sum(axis=1, keepdims=True)


def _scores(rng):
    return [
        Case("three steps", (rng.normal(size=(3, 3)),)),
        Case("six steps", (2 * rng.normal(size=(6, 6)),)),
        Case("one step", (rng.normal(size=(1, 1)),)),
    ]


enter(
    Check(
        "beyond.causal_weights",
        PAGE,
        causal_weights,
        "scores",
        ("weights",),
        _scores,
        (
            mistake(
                "past_hidden",
                "The mask is the wrong way round: each step sees itself and the "
                "future, and not the past.",
                "np.tril(",
                "np.triu(",
            ),
            mistake(
                "own_step_hidden",
                "Each step is hidden from itself. It sees itself and the past; the "
                "first one has nothing else.",
                "np.ones((T, T), dtype=bool))",
                "np.ones((T, T), dtype=bool), -1)",
            ),
            mistake(
                "scaled",
                "The scores were divided by the root of the number of steps. What is "
                "given is the score itself.",
                "np.exp(scores), 0.0)",
                "np.exp(scores / np.sqrt(T)), 0.0)",
            ),
            mistake(
                "no_mask",
                "Nothing is hidden: each step sees the future.",
                "np.where(allowed, np.exp(scores), 0.0)",
                "np.exp(scores)",
            ),
            mistake(
                "zero_scores",
                "The scores of the future were set to zero. A score of zero still has "
                "a weight: e to the zero is one.",
                "np.where(allowed, np.exp(scores), 0.0)",
                "np.exp(np.where(allowed, scores, 0.0))",
            ),
            mistake(
                "masked_after",
                "The future was taken out after the softmax, so that the weights of "
                "a step no longer add up to one.",
                "e / e.sum(axis=1, keepdims=True)",
                "e / np.exp(scores).sum(axis=1, keepdims=True)",
            ),
            mistake(
                "over_queries",
                "The weights add up to one over the queries. A query shares its "
                "weight among the keys.",
                "e.sum(axis=1, keepdims=True)",
                "e.sum(axis=0, keepdims=True)",
            ),
            mistake(
                "softmax_missing",
                "The scores were not made positive by an exponential; they were "
                "divided by the number of steps that are seen.",
                "np.where(allowed, np.exp(scores), 0.0)",
                "np.where(allowed, scores, 0.0)",
                "e / e.sum(axis=1, keepdims=True)",
                "e / allowed.sum(axis=1, keepdims=True)",
            ),
            mistake(
                "keys_and_queries_exchanged",
                "Rows and columns are exchanged: the rows are the queries.",
                "np.exp(scores), 0.0)",
                "np.exp(scores.T), 0.0)",
            ),
        ),
    )
)


def linear_attention(q, k, v):
    """Sums of values, weighted by q times k, as a recurrence; (T, d) to (T, d)."""
    S = np.zeros((k.shape[1], v.shape[1]))
    out = []
    for t in range(len(q)):
        S = S + np.outer(k[t], v[t])
        out.append(q[t] @ S)
    return np.array(out)


def _asked(rng):
    return [
        Case("four steps", tuple(rng.normal(size=(3, 4, 3)))),
        Case("seven steps", tuple(rng.normal(size=(3, 7, 2)))),
        Case("one step", tuple(rng.normal(size=(3, 1, 3)))),
    ]


enter(
    Check(
        "beyond.linear_attention",
        PAGE,
        linear_attention,
        "q, k, v",
        ("h",),
        _asked,
        (
            mistake(
                "overwritten",
                "The state is written over at each step. It has to add up.",
                "S = S + np.outer(k[t], v[t])",
                "S = np.outer(k[t], v[t])",
            ),
            mistake(
                "asked_before_written",
                "The state is asked before the step is written into it: the step "
                "does not see itself.",
                "out.append(q[t] @ S)",
                "out.append(q[t] @ (S - np.outer(k[t], v[t])))",
            ),
            mistake(
                "values_under_keys",
                "Keys and values are exchanged: the query has to meet the keys.",
                "np.outer(k[t], v[t])",
                "np.outer(v[t], k[t])",
            ),
            mistake(
                "future_seen",
                "Each step sees all keys, the later ones too.",
                "S = S + np.outer(k[t], v[t])",
                "S = k.T @ v",
            ),
            mistake(
                "mean",
                "The sum was divided by the number of steps. No softmax and no mean is "
                "taken here.",
                "out.append(q[t] @ S)",
                "out.append(q[t] @ S / (t + 1))",
            ),
            mistake(
                "entry_by_entry",
                "Key and value were multiplied entry by entry. The state is a matrix: "
                "every entry of the one with every entry of the other.",
                "S = S + np.outer(k[t], v[t])",
                "S = S + np.diag(k[t] * v[t])",
            ),
            mistake(
                "scaled",
                "The scores were divided by the root of the width. That belongs to the "
                "softmax.",
                "out.append(q[t] @ S)",
                "out.append(q[t] @ S / np.sqrt(k.shape[1]))",
            ),
        ),
    )
)


def reach(k, dilations):
    """How many steps a stack of causal convolutions sees, itself included."""
    return 1 + (k - 1) * sum(dilations)


def _stacks(rng):
    return [
        Case("three layers", (2, [1, 2, 4])),
        Case("one layer", (5, [1])),
        Case("wide holes", (3, [1, 3, 9, 27])),
        Case(
            "drawn", (int(rng.integers(3, 9)), [int(d) for d in rng.integers(2, 9, 4)])
        ),
    ]


enter(
    Check(
        "beyond.reach",
        PAGE,
        reach,
        "k, dilations",
        ("steps",),
        _stacks,
        (
            mistake(
                "itself_forgotten",
                "That is how many steps lie *before* the one that answers. It sees "
                "itself, too.",
                "1 + (k - 1)",
                "(k - 1)",
            ),
            mistake(
                "places_for_gaps",
                "A kernel of k places has k - 1 gaps, and the gaps are what is wide.",
                "1 + (k - 1) *",
                "1 + k *",
            ),
            mistake(
                "places_times_holes",
                "The kernels were taken k dilations wide, and added up. A kernel of k "
                "places has k - 1 gaps, and the step itself counts once.",
                "1 + (k - 1) * sum",
                "k * sum",
            ),
            mistake(
                "itself_in_each_layer",
                "The step itself was counted in each layer. It counts once.",
                "1 + (k - 1) * sum(dilations)",
                "sum((k - 1) * d + 1 for d in dilations)",
            ),
            mistake(
                "the_last_layer",
                "Only the widest layer was counted. Each layer looks back from what "
                "the one below it has seen.",
                "sum(dilations)",
                "max(dilations)",
            ),
            mistake(
                "without_holes",
                "The holes were left out: each layer was counted with dilation 1.",
                "sum(dilations)",
                "len(dilations)",
            ),
            mistake(
                "product_of_layers",
                "The dilations were multiplied with each other. The looks back add up.",
                "sum(dilations)",
                "int(np.prod(dilations))",
            ),
            mistake(
                "kernels_multiplied",
                "That is k to the number of layers. It is right only if each dilation "
                "is k times the last one.",
                "1 + (k - 1) * sum(dilations)",
                "k ** len(dilations)",
            ),
        ),
    )
)


def kept(layers, width, T, per_number):
    """Bytes of the keys and values that a Transformer keeps after T steps."""
    return 2 * layers * width * T * per_number


def _caches(rng):
    return [
        Case("two layers", (2, 32, 1000, 4)),
        Case("twelve, half precision", (12, 768, 2048, 2)),
        Case(
            "drawn",
            (
                int(rng.integers(3, 9)),
                int(rng.integers(20, 90)),
                int(rng.integers(10, 99)),
                8,
            ),
        ),
    ]


enter(
    Check(
        "beyond.kept",
        PAGE,
        kept,
        "layers, width, T, per_number",
        ("bytes",),
        _caches,
        (
            mistake(
                "keys_alone",
                "Each step leaves a key *and* a value.",
                "2 * layers",
                "layers",
            ),
            mistake(
                "queries_kept",
                "The query is kept as well. It is used once, at its own step.",
                "2 * layers",
                "3 * layers",
            ),
            mistake(
                "one_layer",
                "Each layer has keys and values of its own.",
                "2 * layers * width",
                "2 * width",
            ),
            mistake(
                "numbers_for_bytes",
                "That is how many numbers are kept, not how many bytes.",
                "* T * per_number",
                "* T",
            ),
            mistake(
                "scores_kept",
                "That grows with the square of T. The scores of a step are used at "
                "once, and not kept.",
                "* T * per_number",
                "* T * T * per_number",
            ),
            mistake(
                "constant",
                "That does not grow with T; it would be the state of an RNN.",
                "* width * T *",
                "* width *",
            ),
            mistake(
                "four_bytes_always",
                "Each number was counted with four bytes, whatever it has.",
                "T * per_number",
                "T * 4",
            ),
        ),
    )
)

taught_in(
    {
        "beyond.compose": "Steps in any grouping",
        "beyond.doubling_work": "Steps in any grouping",
        "beyond.kernel": "The same step at all times is a convolution",
        "beyond.stable": "Exponential gates: xLSTM",
        "beyond.causal_weights": "No state at all: attention",
        "beyond.linear_attention": "No state at all: attention",
        "beyond.reach": "No state at all: attention",
        "beyond.kept": "No state at all: attention",
    }
)
