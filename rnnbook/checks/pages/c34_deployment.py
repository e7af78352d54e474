"""Checks of 34-deployment: bytes, gates, teaching, sessions, latencies and limits."""

import math

import numpy as np

from rnnbook.checks.catalogue import Case, Check, enter, mistake, taught_in

PAGE = "34-deployment"


def quantised(w):
    """Eight bits with a zero point: whole numbers, step, zero point."""
    low, high = min(w.min(), 0.0), max(w.max(), 0.0)
    s = (high - low) / 255
    z = np.round(-128 - low / s)
    q = np.clip(np.round(w / s) + z, -128, 127)
    return q, s, z


def _weights(rng):
    return [
        Case("on both sides of zero", (rng.normal(size=(4, 6)),)),
        Case("positive ones", (rng.uniform(2, 5, size=(3, 5)),)),
        Case("negative ones", (-rng.uniform(1, 9, size=7),)),
        Case("mostly positive", (rng.normal(1.5, 1.0, size=(5, 5)),)),
    ]


enter(
    Check(
        "deployment.quantised",
        PAGE,
        quantised,
        "w",
        (("q", "s", "z"),),
        _weights,
        (
            mistake(
                "zero_left_out",
                "The range goes from the smallest weight to the largest. Where all lie "
                "on one side of zero, zero itself has no whole number, and pruned or "
                "padded zeros come back as something else.",
                "min(w.min(), 0.0), max(w.max(), 0.0)",
                "w.min(), w.max()",
            ),
            mistake(
                "one_step_too_many",
                "The range was cut into 256 steps. Between 256 numbers there are 255.",
                "/ 255",
                "/ 256",
            ),
            mistake(
                "half_the_range",
                "The range was cut into 127 steps, which uses half of the numbers a "
                "byte has.",
                "/ 255",
                "/ 127",
            ),
            mistake(
                "cut_off_before",
                "The numbers are cut to whole ones downwards. The error may then be a "
                "whole step, and it always points the same way.",
                "np.clip(np.round(w / s)",
                "np.clip(np.floor(w / s)",
            ),
            mistake(
                "zero_point_not_added",
                "The zero point was computed and not added, so that numbers are cut "
                "off at 127.",
                "np.round(w / s) + z",
                "np.round(w / s)",
            ),
            mistake(
                "zero_point_taken_off",
                "The zero point was subtracted on the way into bytes. It is subtracted "
                "on the way back.",
                "np.round(w / s) + z",
                "np.round(w / s) - z",
            ),
            mistake(
                "from_zero_to_255",
                "These are bytes without a sign, from 0 to 255. Asked for are -128 to "
                "127.",
                "np.round(-128 - low / s)",
                "np.round(-low / s)",
                "-128, 127)",
                "0, 255)",
            ),
            mistake(
                "zero_point_is_no_whole_number",
                "The zero point was not rounded. It is stored in a byte as well, and "
                "zero has to come back as zero exactly.",
                "np.round(-128 - low / s)",
                "-128 - low / s",
            ),
            mistake(
                "symmetric",
                "That is the rule without a zero point, from the largest weight on "
                "either side. It wastes what lies on the empty side.",
                "low, high = min(w.min(), 0.0), max(w.max(), 0.0)",
                "low, high = -np.abs(w).max(), np.abs(w).max()",
            ),
            mistake(
                "without_a_zero_point",
                "That is the rule of the text, with a zero point of 0. Here the range "
                "may lie to one side, and the zero point moves it into the byte.",
                "low, high = min(w.min(), 0.0), max(w.max(), 0.0)",
                "low, high = -np.abs(w).max(), np.abs(w).max()",
                "/ 255",
                "/ 254",
                "z = np.round(-128 - low / s)",
                "z = 0.0",
            ),
            mistake(
                "wrong_end",
                "The smallest number should become -128. Here the zero point was "
                "counted from +128, and nearly all numbers are cut off at 127.",
                "np.round(-128 - low / s)",
                "np.round(128 - low / s)",
            ),
            mistake(
                "without_128",
                "The zero point is counted from 0, as for bytes without a sign, and "
                "the numbers are cut at 127: half of them do not fit.",
                "np.round(-128 - low / s)",
                "np.round(-low / s)",
            ),
            mistake(
                "counted_from_the_smallest",
                "These are steps above the smallest number, from 0 to 255. The zero "
                "point is to be added to w / s in place of that.",
                "np.clip(np.round(w / s) + z, -128, 127)",
                "np.round((w - low) / s)",
            ),
            mistake(
                "inverse_step",
                "The step is upside down: it is how much one whole number is worth.",
                "return q, s, z",
                "return q, 1 / s, z",
            ),
        ),
    )
)


def from_file(W):
    """ONNX's W of an LSTM, (1, 4H, D) in i, o, f, c, as (D, 4H) in i, f, g, o."""
    i, o, f, c = np.split(W[0], 4)
    return np.concatenate([i, f, c, o]).T


def _files(rng):
    return [
        Case("three inputs, two units", (rng.normal(size=(1, 8, 3)),)),
        Case("one unit", (rng.normal(size=(1, 4, 5)),)),
        Case("as many inputs as rows", (rng.normal(size=(1, 12, 12)),)),
    ]


enter(
    Check(
        "deployment.from_file",
        PAGE,
        from_file,
        "W",
        ("W_xh",),
        _files,
        (
            mistake(
                "order_of_the_file",
                "The gates stand in the file's order still. The output gate would be "
                "taken for the forget gate, without an error.",
                "[i, f, c, o]",
                "[i, o, f, c]",
            ),
            mistake(
                "there_and_not_back",
                "The gates were moved from our order into ONNX's. The way back is "
                "another exchange.",
                "[i, f, c, o]",
                "[i, c, o, f]",
            ),
            mistake(
                "candidate_and_output",
                "The candidate and the output gate are exchanged. ONNX calls the "
                "candidate c.",
                "[i, f, c, o]",
                "[i, f, o, c]",
            ),
            mistake(
                "not_transposed",
                "The gates lie along the first axis still.",
                "[i, f, c, o]).T",
                "[i, f, c, o])",
            ),
            mistake(
                "direction_kept",
                "The first axis, of the directions, is there still.",
                "[i, f, c, o]).T",
                "[i, f, c, o]).T[None]",
            ),
            mistake(
                "axes_relabelled",
                "The shape is right and the numbers are not: reshaping puts them in "
                "another place. The axes have to be exchanged.",
                "[i, f, c, o]).T",
                "[i, f, c, o]).reshape(W.shape[2], -1)",
            ),
        ),
    )
)


def answer(requests, params):
    """The state after each request, (N, H): each session goes on with its own."""
    kept, found = {}, []
    for name, x in requests:
        h = kept.get(name, np.zeros(params["W_hh"].shape[0]))
        for x_t in x:
            h = np.tanh(x_t @ params["W_xh"] + h @ params["W_hh"] + params["b_h"])
        kept[name] = h
        found.append(h)
    return np.array(found)


def _one_state_until_a_new_session(requests, params):
    seen, found = set(), []
    for name, x in requests:
        if name not in seen:
            h = np.zeros(params["W_hh"].shape[0])
        seen.add(name)
        for x_t in x:
            h = np.tanh(x_t @ params["W_xh"] + h @ params["W_hh"] + params["b_h"])
        found.append(h)
    return np.array(found)


def _requests(rng):
    def case(label, names, D, H):
        sizes = {"W_xh": (D, H), "W_hh": (H, H), "b_h": (H,)}
        params = {name: rng.normal(size=size) for name, size in sizes.items()}
        asked = [
            (name, rng.normal(size=(int(rng.integers(1, 4)), D))) for name in names
        ]
        return Case(label, (asked, params))

    return [
        case("two sessions in turn", "abab", 3, 4),
        case("one session", "aaa", 2, 3),
        case("one that comes back", "abcca", 2, 2),
    ]


enter(
    Check(
        "deployment.answer",
        PAGE,
        answer,
        "requests, params",
        ("states",),
        _requests,
        (
            mistake(
                "one_state_for_all",
                "All sessions share one state: each client goes on where the last one, "
                "whoever it was, has stopped.",
                "kept.get(name, ",
                "kept.get(0, ",
                "kept[name] = h",
                "kept[0] = h",
            ),
            mistake(
                "nothing_kept",
                "Each request begins at zeros. A text in pieces is read as many texts.",
                "        kept[name] = h\n",
                "",
            ),
            mistake(
                "first_state_kept",
                "A session goes on from its *first* request for ever: what came later "
                "was not kept.",
                "kept[name] = h",
                "kept.setdefault(name, h)",
            ),
            mistake(
                "kept_until_another_asks",
                "A session goes on only if nobody else asked in between: the first "
                "request of another one throws its state away.",
                '        h = kept.get(name, np.zeros(params["W_hh"].shape[0]))\n',
                '        h = kept.get(name, np.zeros(params["W_hh"].shape[0]))\n'
                "        kept.clear()\n",
            ),
            mistake(
                "zeros_for_all_at_a_new_one",
                "One state serves all, and a new session sets it to zeros for "
                "everybody.",
                _one_state_until_a_new_session,
            ),
            mistake(
                "state_before",
                "That is the state with which each request begins, not the one after "
                "it.",
                "        kept[name] = h\n        found.append(h)\n",
                "        found.append(kept.get(name, np.zeros_like(h)))\n"
                "        kept[name] = h\n",
            ),
            mistake(
                "state_after_the_last_one",
                "Each request got the state after the *last* request of its session. "
                "An array that is changed in place changes in the list as well.",
                "return np.array(found)",
                "return np.array([kept[name] for name, _ in requests])",
            ),
            mistake(
                "every_step",
                "There is a state for each step. Asked for is one for each request.",
                "        kept[name] = h\n        found.append(h)\n",
                "            found.append(h)\n        kept[name] = h\n",
            ),
            mistake(
                "one_for_each_session",
                "There is a state for each session. Asked for is one for each request.",
                "return np.array(found)",
                "return np.array(list(kept.values()))",
            ),
            mistake(
                "last_step_alone",
                "Of each request only the last step was read.",
                "for x_t in x:",
                "for x_t in x[-1:]:",
            ),
            mistake(
                "first_step_alone",
                "Of each request only the first step was read.",
                "for x_t in x:",
                "for x_t in x[:1]:",
            ),
        ),
    )
)


def new_sessions(requests, limit, seconds):
    """Whether each request (time, name) finds nothing of its session: 0 or 1."""
    kept, found = {}, []  # the one unused for longest stands first
    for now, name in requests:
        kept = {key: t for key, t in kept.items() if now - t <= seconds}
        found.append(int(name not in kept))
        kept.pop(name, None)
        if len(kept) >= limit:
            kept.pop(next(iter(kept)))
        kept[name] = now
    return np.array(found)


def _by_first_request(requests, limit, seconds):
    kept, found = {}, []
    for now, name in requests:
        kept = {key: t for key, t in kept.items() if now - t <= seconds}
        found.append(int(name not in kept))
        if name not in kept:
            if len(kept) >= limit:
                kept.pop(next(iter(kept)))
        kept[name] = now  # keeps its place
    return np.array(found)


def _visits(_):
    rng = np.random.default_rng(7)

    def drawn(n, names):
        times = np.cumsum(rng.integers(1, 5, n)).tolist()
        return [(t, names[int(rng.integers(len(names)))]) for t in times]

    return [
        Case("room for two", ([(0, "a"), (1, "b"), (2, "a"), (3, "c"), (4, "a"),
                               (5, "b"), (6, "c")], 2, 100)),  # fmt: skip
        Case("ten seconds", ([(0, "a"), (8, "a"), (16, "a"), (27, "a"), (30, "b"),
                              (40, "b"), (51, "b")], 5, 10)),  # fmt: skip
        Case("both limits", (drawn(60, "abcdef"), 3, 20)),
        Case("both limits, other visits", (drawn(80, "abcdefgh"), 4, 40)),
    ]  # fmt: skip


enter(
    Check(
        "deployment.new_sessions",
        PAGE,
        new_sessions,
        "requests, limit, seconds",
        ("new",),
        _visits,
        (
            mistake(
                "who_came_first_goes_first",
                "The session that was *made* first has to go, although it was used "
                "just now. The one unused for longest should.",
                _by_first_request,
            ),
            mistake(
                "age_since_the_first_request",
                "A session ends so many seconds after it was made, in the middle of "
                "the talk. The clock starts anew with each request.",
                "        kept.pop(name, None)\n",
                "        began = kept.pop(name, now)\n",
                "kept[name] = now",
                "kept[name] = began",
            ),
            mistake(
                "never_ended",
                "Sessions are kept however long nobody asks.",
                "if now - t <= seconds",
                "if True",
            ),
            mistake(
                "no_limit",
                "There is no limit on sessions: whoever invents names fills the "
                "memory.",
                "        if len(kept) >= limit:\n            kept.pop("
                "next(iter(kept)))\n",
                "",
            ),
            mistake(
                "one_more_than_the_limit",
                "One session more than the limit is kept.",
                "len(kept) >= limit",
                "len(kept) > limit",
            ),
            mistake(
                "ended_on_the_second",
                "A session that is exactly as old as allowed is thrown away.",
                "now - t <= seconds",
                "now - t < seconds",
            ),
            mistake(
                "newest_thrown_out",
                "The session that was used last makes room, so that two clients who "
                "take turns throw each other out.",
                "next(iter(kept))",
                "list(kept)[-1]",
            ),
            mistake(
                "known_one_needs_no_room",
                "A session that is kept already threw another one out. It has its "
                "place.",
                "        kept.pop(name, None)\n        if len(kept) >= limit:\n"
                "            kept.pop(next(iter(kept)))\n",
                "        if len(kept) >= limit:\n"
                "            kept.pop(next(iter(kept)))\n"
                "        kept.pop(name, None)\n",
            ),
            mistake(
                "newcomer_not_kept",
                "If there is no room, nobody goes, and the newcomer is forgotten at "
                "once. The one unused for longest should make room.",
                "        if len(kept) >= limit:\n            kept.pop("
                "next(iter(kept)))\n        kept[name] = now\n",
                "        if len(kept) < limit:\n            kept[name] = now\n",
            ),
            mistake(
                "all_thrown_out",
                "If there is no room, all sessions go. One is enough.",
                "kept.pop(next(iter(kept)))",
                "kept.clear()",
            ),
            mistake(
                "known_and_unknown",
                "The answers are the wrong way round: 1 stands for a session of which "
                "nothing is known.",
                "name not in kept",
                "name in kept",
            ),
        ),
    )
)


def taught_gradient(a, b, tau):
    """Gradient of tau squared KL(softmax(b / tau), softmax(a / tau)) in a, (N, V)."""
    p = np.exp(a / tau)
    p /= p.sum(axis=1, keepdims=True)
    q = np.exp(b / tau)
    q /= q.sum(axis=1, keepdims=True)
    return tau * (p - q) / len(a)


def _scores(rng):
    return [
        Case("temperature two", (*rng.normal(size=(2, 3, 5)), 2.0)),
        Case("temperature one", (*rng.normal(size=(2, 4, 3)), 1.0)),
        Case("temperature five", (*(3 * rng.normal(size=(2, 2, 6))), 5.0)),
    ]


enter(
    Check(
        "deployment.taught_gradient",
        PAGE,
        taught_gradient,
        "a, b, tau",
        ("da",),
        _scores,
        (
            mistake(
                "without_the_square",
                "The factor of the loss, tau squared, is missing. At a high "
                "temperature the teacher would hardly be heard beside the letters.",
                "tau * (p - q)",
                "(p - q) / tau",
            ),
            mistake(
                "chain_rule_forgotten",
                "The scores are divided by the temperature inside the softmax; that "
                "division has a derivative, too.",
                "tau * (p - q)",
                "tau**2 * (p - q)",
            ),
            mistake(
                "no_factor",
                "Neither the factor of the loss nor the division inside the softmax "
                "is in the gradient; together they leave one tau.",
                "tau * (p - q)",
                "(p - q)",
            ),
            mistake(
                "student_and_teacher",
                "The sign is wrong: this leads away from the teacher.",
                "(p - q)",
                "(q - p)",
            ),
            mistake(
                "student_without_temperature",
                "The student's probabilities are taken at temperature 1, the teacher's "
                "at another one. They could never agree.",
                "p = np.exp(a / tau)",
                "p = np.exp(a)",
            ),
            mistake(
                "teacher_without_temperature",
                "The teacher's probabilities are taken at temperature 1, the student's "
                "at another one. They could never agree.",
                "q = np.exp(b / tau)",
                "q = np.exp(b)",
            ),
            mistake(
                "other_way_round",
                "That is the gradient of KL(student, teacher). Here the logarithms are "
                "weighted by the teacher's probabilities.",
                "tau * (p - q) / len(a)",
                "tau * p * (np.log(p / q) - (p * np.log(p / q)).sum(1, keepdims=True))"
                " / len(a)",
            ),
            mistake(
                "one_half_kept",
                "The one half of the loss is in it. Asked for is the first part "
                "without it.",
                "tau * (p - q)",
                "0.5 * tau * (p - q)",
            ),
            mistake(
                "teachers_first_choice",
                "The student learns the teacher's likeliest class alone. How likely "
                "the others are is what a teacher adds.",
                "tau * (p - q)",
                "tau * (p - np.eye(a.shape[1])[b.argmax(axis=1)])",
            ),
            mistake(
                "normalised_over_examples",
                "The probabilities sum to one over the examples. They should over the "
                "classes of each.",
                "p /= p.sum(axis=1, keepdims=True)",
                "p /= p.sum(axis=0, keepdims=True)",
                "q /= q.sum(axis=1, keepdims=True)",
                "q /= q.sum(axis=0, keepdims=True)",
            ),
            mistake(
                "sum_over_examples",
                "That is the gradient of the sum over the examples. The loss is their "
                "mean.",
                " / len(a)",
                "",
            ),
            mistake(
                "mean_over_everything",
                "The mean was taken over classes as well as over examples.",
                " / len(a)",
                " / a.size",
            ),
            mistake(
                "scores_in_place_of_probabilities",
                "The difference of the scores is the limit for high temperatures, and "
                "not the gradient at this one.",
                "(p - q)",
                "(a - b)",
            ),
        ),
    )
)


def slowest(milliseconds, lost, patience):
    """The 99th percentile by rank; a lost request took all of the patience."""
    all_of_them = np.append(milliseconds, np.full(lost, patience))
    rank = math.ceil(0.99 * len(all_of_them))
    return float(np.sort(all_of_them)[rank - 1])


def _between_ranks(milliseconds, lost, patience):
    return np.percentile(np.append(milliseconds, np.full(lost, patience)), 99)


def _latencies(rng):
    return [
        Case("two hundred", (rng.exponential(20, 200), 0, 900.0)),
        Case("four of three hundred lost", (rng.exponential(20, 296), 4, 1000.0)),
        Case("fifty", (rng.exponential(20, 50), 0, 500.0)),
        Case("one of 150 lost", (rng.exponential(20, 149), 1, 700.0)),
    ]


enter(
    Check(
        "deployment.slowest",
        PAGE,
        slowest,
        "milliseconds, lost, patience",
        ("p99",),
        _latencies,
        (
            mistake(
                "lost_ones_left_out",
                "Lost requests are not counted. A service that drops whatever takes "
                "long would be the fastest of all.",
                "np.append(milliseconds, np.full(lost, patience))",
                "milliseconds",
            ),
            mistake(
                "lost_ones_took_no_time",
                "Lost requests were counted as answered at once. They were never "
                "answered.",
                "np.full(lost, patience)",
                "np.zeros(lost)",
            ),
            mistake(
                "between_two_ranks",
                "np.percentile and np.quantile take a value between two ranks if they "
                "are not told otherwise. No request took that long.",
                _between_ranks,
            ),
            mistake(
                "between_ranks_and_lost_ones_left_out",
                "Lost requests are not counted, and np.percentile takes a value "
                "between two ranks.",
                lambda milliseconds, lost, patience: np.percentile(milliseconds, 99),
            ),
            mistake(
                "lost_for_ever",
                "Lost requests count as infinitely long. The client waited for its "
                "patience.",
                "np.full(lost, patience)",
                "np.full(lost, np.inf)",
            ),
            mistake(
                "lost_ones_counted_once",
                "All lost requests together were counted as one.",
                "np.full(lost, patience)",
                "np.full(min(lost, 1), patience)",
            ),
            mistake(
                "sorted_downwards",
                "The times are sorted from the slowest on, so that this is among the "
                "fastest.",
                "np.sort(all_of_them)",
                "np.sort(all_of_them)[::-1]",
            ),
            mistake(
                "slowest_of_all",
                "That is the slowest request of all.",
                "rank = math.ceil(0.99 * len(all_of_them))",
                "rank = len(all_of_them)",
            ),
            mistake(
                "not_sorted",
                "The times stand in the order in which they came. A rank is one among "
                "sorted times.",
                "np.sort(all_of_them)",
                "all_of_them",
            ),
            mistake(
                "one_rank_too_far",
                "That is one rank too far: the first in the list has rank 1.",
                "[rank - 1]",
                "[min(rank, len(all_of_them) - 1)]",
            ),
            mistake(
                "rank_downwards",
                "The rank was rounded down, so that less than 99 of 100 are as fast.",
                "math.ceil(0.99",
                "math.floor(0.99",
            ),
            mistake(
                "ninety_fifth",
                "That is the 95th percentile.",
                "0.99",
                "0.95",
            ),
            mistake(
                "median_of_all",
                "That is the median, which half of all clients never see.",
                "0.99",
                "0.5",
            ),
        ),
    )
)


def limit_of(null, a_day, days):
    """The lowest value of null with an alarm in so many days or fewer."""
    allowed = len(null) / (a_day * days)
    ranked = np.sort(null)[::-1]
    return float(ranked[int(allowed)])


def _nulls(rng):
    return [
        Case("ten a day, ten days", (rng.chisquare(20, 1000), 10, 10)),
        Case("twenty a day, a week", (rng.chisquare(5, 5000), 20, 7)),
        Case("one a day, thirty days", (rng.normal(size=700), 1, 30)),
        Case("four a day, six days", (rng.exponential(size=333), 4, 6)),
    ]


enter(
    Check(
        "deployment.limit_of",
        PAGE,
        limit_of,
        "null, a_day, days",
        ("limit",),
        _nulls,
        (
            mistake(
                "days_ignored",
                "The days do not count: with this limit there is a false alarm every "
                "day.",
                "(a_day * days)",
                "a_day",
            ),
            mistake(
                "windows_ignored",
                "The number of windows a day does not count. Each of them may cry.",
                "(a_day * days)",
                "days",
            ),
            mistake(
                "five_per_cent",
                "One alarm in twenty windows is the habit of papers, where one test is "
                "made. Here one is made for each window.",
                "len(null) / (a_day * days)",
                "len(null) * 0.05",
            ),
            mistake(
                "wrong_end",
                "The limit is at the low end: nearly every window lies above it.",
                "np.sort(null)[::-1]",
                "np.sort(null)",
            ),
            mistake(
                "largest_of_all",
                "That is the largest value that was simulated. It depends on how long "
                "one simulated, and not on the alarms that are allowed.",
                "ranked[int(allowed)]",
                "ranked[0]",
            ),
            mistake(
                "one_alarm_too_many",
                "With this limit one window more than allowed lies above it.",
                "ranked[int(allowed)]",
                "ranked[int(allowed) + 1]",
            ),
            mistake(
                "one_value_too_high",
                "One value lower would do as well: an alarm is a window *above* the "
                "limit.",
                "ranked[int(allowed)]",
                "ranked[int(allowed) - 1]",
            ),
            mistake(
                "between_two_values",
                "np.quantile takes a value between two if it is not told otherwise. "
                "Asked for is one of the values that were simulated.",
                "float(ranked[int(allowed)])",
                "float(np.quantile(null, 1 - 1 / (a_day * days)))",
            ),
            mistake(
                "counted_from_below",
                "Counted from below, a whole number of allowed windows gives one value "
                "too many: the next lower one keeps the promise as well.",
                "float(ranked[int(allowed)])",
                "float(np.sort(null)[int(len(null) * (1 - 1 / (a_day * days)))])",
            ),
            mistake(
                "never_sorted",
                "The values stand in the order in which they were simulated. The limit "
                "is one among sorted values.",
                "np.sort(null)[::-1]",
                "null[::-1]",
            ),
            mistake(
                "one_in_a_hundred",
                "One window in a hundred is an alarm here, whatever was asked for.",
                "float(ranked[int(allowed)])",
                "float(np.quantile(null, 0.99))",
            ),
            mistake(
                "three_deviations",
                "The mean and three deviations fit a normal distribution. What was "
                "simulated need not be one.",
                "float(ranked[int(allowed)])",
                "float(null.mean() + 3 * null.std())",
            ),
        ),
    )
)

taught_in(
    {
        "deployment.quantised": "Smaller",
        "deployment.from_file": "What stands in the file",
        "deployment.answer": "A service",
        "deployment.new_sessions": "A service",
        "deployment.taught_gradient": "Smaller",
        "deployment.slowest": "A service",
        "deployment.limit_of": "After the release",
    }
)
