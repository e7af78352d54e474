"""Checks of 33-scaling: Amdahl, dealing, weights, streams, resuming, a ring."""

import numpy as np

from rnnbook.checks.catalogue import Case, Check, enter, mistake, taught_in

PAGE = "33-scaling"


def amdahl(serial, parallel, n):
    """How many times as fast n workers are: work in a row, work that can be shared."""
    return (serial + parallel) / (serial + parallel / n)


def _works(rng):
    cases = (2.0, 4.0, 2), (1.0, 9.0, 8), (30.0, 10.0, 16), (5.0, 5.0, 1)
    return [Case(f"serial, parallel, n = {case}", case) for case in cases]


enter(
    Check(
        "scaling.amdahl",
        PAGE,
        amdahl,
        "serial, parallel, n",
        ("faster",),
        _works,
        (
            mistake(
                "everything_shared",
                "You shared out all the work. What has to be done in a row takes as "
                "long with n workers as with one.",
                "(serial + parallel / n)",
                "((serial + parallel) / n)",
            ),
            mistake(
                "slower_for_faster",
                "That is the time that is left, as a share. How many times as fast is "
                "its reciprocal.",
                "(serial + parallel) / (serial + parallel / n)",
                "(serial + parallel / n) / (serial + parallel)",
            ),
            mistake(
                "time_saved",
                "That is the time that is saved, not how many times as fast it is.",
                "(serial + parallel) / (serial + parallel / n)",
                "(serial + parallel) - (serial + parallel / n)",
            ),
            mistake(
                "ceiling",
                "That is the ceiling for any number of workers. Here there are n.",
                "(serial + parallel / n)",
                "serial",
            ),
            mistake(
                "exchanged",
                "The two kinds of work are exchanged: you shared out what has to be "
                "done in a row.",
                "(serial + parallel / n)",
                "(serial / n + parallel)",
            ),
            mistake(
                "one_worker_more",
                "You counted one worker too many.",
                "parallel / n",
                "parallel / (n + 1)",
            ),
            mistake(
                "work_grown",
                "You let the shared work grow with the workers. Here it is the same "
                "work, done in less time.",
                "(serial + parallel) / (serial + parallel / n)",
                "(serial + n * parallel) / (serial + parallel)",
            ),
            mistake(
                "works_for_shares",
                "You took the two works for shares that add up to one. One worker "
                "takes as long as both together.",
                "(serial + parallel)",
                "1.0",
            ),
        ),
    )
)


def dealt(n, epoch, seed, rank, world):
    """What a worker reads in an epoch: each world-th item of the order of all."""
    drawn = np.random.default_rng([seed, epoch]).permutation(n)
    return drawn[: n // world * world][rank::world]


def _filled_up(n, epoch, seed, rank, world):
    drawn = np.random.default_rng([seed, epoch]).permutation(n)
    return np.resize(drawn, -(-n // world) * world)[rank::world]


def _epochs(rng):
    cases = (10, 0, 3, 0, 2), (10, 1, 3, 0, 2), (11, 2, 7, 1, 3), (23, 5, 2, 3, 4)
    return [Case(f"n, epoch, seed, rank, world = {case}", case) for case in cases]


enter(
    Check(
        "scaling.dealt",
        PAGE,
        dealt,
        "n, epoch, seed, rank, world",
        ("items",),
        _epochs,
        (
            mistake(
                "same_each_epoch",
                "The epoch does not enter: each epoch has the order of the first one. "
                "That is what is missing where nobody calls set_epoch.",
                "[seed, epoch]",
                "[seed, 0]",
            ),
            mistake(
                "seed_ignored",
                "The seed does not enter: two runs that should differ read the same.",
                "[seed, epoch]",
                "[0, epoch]",
            ),
            mistake(
                "seed_and_epoch_added",
                "You added seed and epoch. Then the second epoch of one seed has the "
                "order of the first epoch of the next seed.",
                "[seed, epoch]",
                "seed + epoch",
            ),
            mistake(
                "epoch_before_seed",
                "The generator is seeded with the seed first and the epoch second.",
                "[seed, epoch]",
                "[epoch, seed]",
            ),
            mistake(
                "last_items_never",
                "You left the same last items out in every epoch, so nobody ever reads "
                "them. The order of all is what is cut.",
                "permutation(n)",
                "permutation(n // world * world)",
            ),
            mistake(
                "filled_up",
                "You filled the order up, so some items are read twice. Here it is "
                "cut.",
                _filled_up,
            ),
            mistake(
                "own_order",
                "Each worker draws an order of its own. Then some items are read by "
                "two workers, and others by none.",
                "[seed, epoch]",
                "[seed, epoch, rank]",
            ),
            mistake(
                "not_shuffled",
                "The items are not shuffled.",
                "np.random.default_rng([seed, epoch]).permutation(n)",
                "np.arange(n)",
            ),
            mistake(
                "uneven",
                "Some workers have an item more than others. Whoever makes a step more "
                "meets nobody there: its gradients are not answered.",
                "[: n // world * world]",
                "",
            ),
            mistake(
                "all_of_them",
                "Every worker reads everything: n workers do the work of one, n times.",
                "[rank::world]",
                "",
            ),
            mistake(
                "rank_zero_for_all",
                "All workers read the share of the first one.",
                "[rank::world]",
                "[::world]",
            ),
            mistake(
                "blocks",
                "A worker has a block of neighbours. Then a batch of all workers "
                "together is not the next piece of the order, and one process would "
                "make other batches.",
                "[rank::world]",
                "[rank * (n // world) : (rank + 1) * (n // world)]",
            ),
        ),
    )
)


def own_losses(sums, counts):
    """What each worker differentiates, so that DDP's average is the mean over all."""
    return len(sums) * sums / counts.sum()


def _sums(rng):
    cases = []
    for label, counts in (
        ("two workers", (40, 10)),
        ("four workers", (7, 30, 12, 55)),
        ("equal lengths", (8, 8, 8)),
    ):
        counts = np.array(counts)
        cases.append(Case(label, (counts * rng.uniform(1, 4, len(counts)), counts)))
    return cases


def _twice(sums, counts):
    return sums / counts / len(sums)


enter(
    Check(
        "scaling.own_losses",
        PAGE,
        own_losses,
        "sums, counts",
        ("losses",),
        _sums,
        (
            mistake(
                "mean_of_means",
                "Each worker divides by its own letters. The average of that is a mean "
                "of means: a letter of a worker with few letters counts for more.",
                "len(sums) * sums / counts.sum()",
                "sums / counts",
            ),
            mistake(
                "world_left_out",
                "DDP averages over the workers, so it divides once more: the gradient "
                "is too small by their number.",
                "len(sums) * sums",
                "sums",
            ),
            mistake(
                "divided_twice",
                "You divided by the number of workers, and DDP does so again.",
                _twice,
            ),
            mistake(
                "sums_only",
                "Those are sums. A batch with more letters would make a longer step.",
                "len(sums) * sums / counts.sum()",
                "sums * 1.0",
            ),
            mistake(
                "counts_averaged_away",
                "You divided the mean of the sums by all letters.",
                "len(sums) * sums",
                "sums.mean() + 0 * sums",
            ),
            mistake(
                "sums_weighted",
                "You weighted the sums by their letters. A sum over more letters is "
                "larger already, so they count twice.",
                "len(sums) * sums",
                "sums * counts",
            ),
            mistake(
                "largest_count",
                "You divided by the letters of the largest share, as if all were "
                "padded to it and the padding counted.",
                "counts.sum()",
                "counts.max()",
            ),
        ),
    )
)


def accumulated(grads, counts):
    """The gradient of a large batch from those of its parts: grads (K, P) of means."""
    return counts @ grads / counts.sum()


def _parts(rng):
    cases = []
    for label, counts, P in (
        ("three parts of other sizes", (16, 16, 5), 4),
        ("two parts", (3, 9), 3),
        ("equal parts", (8, 8, 8, 8), 5),
    ):
        cases.append(Case(label, (rng.normal(size=(len(counts), P)), np.array(counts))))
    return cases


enter(
    Check(
        "scaling.accumulated",
        PAGE,
        accumulated,
        "grads, counts",
        ("grad",),
        _parts,
        (
            mistake(
                "plain_mean",
                "You averaged the parts as if they had equally many examples. The "
                "small last one counts for too much.",
                "counts @ grads / counts.sum()",
                "grads.mean(axis=0)",
            ),
            mistake(
                "only_added",
                "You added the gradients of means. The sum of K means is K times too "
                "long a step.",
                "counts @ grads / counts.sum()",
                "grads.sum(axis=0)",
            ),
            mistake(
                "not_divided",
                "That is the gradient of the sum over all examples. That of the mean "
                "is asked for.",
                " / counts.sum()",
                "",
            ),
            mistake(
                "divided_once_more",
                "You added the gradients of means and divided by all examples: each "
                "mean was divided by its own before.",
                "counts @ grads",
                "grads.sum(axis=0)",
            ),
            mistake(
                "divided_by_parts",
                "You divided by the number of parts, not by the number of examples.",
                "/ counts.sum()",
                "/ len(counts)",
            ),
            mistake(
                "last_part",
                "That is the last part alone: the gradients before it were thrown "
                "away, as by a zero_grad inside the loop.",
                "counts @ grads / counts.sum()",
                "grads[-1]",
            ),
            mistake(
                "inverse_weights",
                "The weights are upside down: a part with few examples counts for "
                "more.",
                "counts @ grads / counts.sum()",
                "(1 / counts) @ grads / (1 / counts).sum()",
            ),
        ),
    )
)


def windows_of(ids, streams, length, rank, world):
    """The windows (K, streams/world, length) of a worker, in their order in time."""
    rows = ids[: len(ids) // streams * streams].reshape(streams, -1)
    each, K = streams // world, rows.shape[1] // length
    mine = rows[rank * each : (rank + 1) * each, : K * length]
    return mine.reshape(each, K, length).swapaxes(0, 1)


def _texts(rng):
    return [
        Case(label, (rng.permutation(n), *rest))
        for label, n, rest in (
            ("four streams, the first of two workers", 50, (4, 3, 0, 2)),
            ("four streams, the second of two workers", 50, (4, 3, 1, 2)),
            ("six streams, the last of three workers", 97, (6, 4, 2, 3)),
            ("one worker", 33, (2, 5, 0, 1)),
        )
    ]


def _lines(ids, streams, length, rank, world):
    n = len(ids) // (streams * length)
    rows = ids[: n * streams * length].reshape(n, streams, length)
    each = streams // world
    return rows[:, rank * each : (rank + 1) * each]


def _cut(ids, streams, length, rank, world):
    rows = ids[: len(ids) // streams * streams].reshape(streams, -1)
    K = rows.shape[1] // length
    cut = rows[:, : K * length].reshape(streams, K, length).swapaxes(0, 1)
    return cut[rank::world]


def _ends_cut(ids, streams, length, rank, world):
    n = len(ids) // (streams * length)
    rows = ids[: n * streams * length].reshape(streams, -1)
    each = streams // world
    mine = rows[rank * each : (rank + 1) * each]
    return mine.reshape(each, n, length).swapaxes(0, 1)


def _glued(ids, streams, length, rank, world):
    rows = ids[: len(ids) // streams * streams].reshape(streams, -1)
    each, K = streams // world, rows.shape[1] // length
    mine = rows[rank * each : (rank + 1) * each, : K * length]
    return mine.reshape(K, each, length)


enter(
    Check(
        "scaling.windows_of",
        PAGE,
        windows_of,
        "ids, streams, length, rank, world",
        ("windows",),
        _texts,
        (
            mistake(
                "next_window_next_row",
                "The next window of the text stands in the next row, not in the next "
                "step of the same row. A state carried on along a row would go on in a "
                "place far from where it stopped.",
                _lines,
            ),
            mistake(
                "axes_glued",
                "The shape is right, and the windows stand in the wrong places: a "
                "reshape does not exchange streams and time.",
                _glued,
            ),
            mistake(
                "stream_first",
                "The first axis counts the streams, the second the windows. The first "
                "should be time, so that one window of all streams is one item.",
                ".swapaxes(0, 1)",
                "",
            ),
            mistake(
                "text_cut_to_windows",
                "You cut the text to whole windows before it was dealt, so the "
                "streams are shorter and all but the first begin elsewhere. Deal the "
                "text first; each stream then leaves its own rest out.",
                _ends_cut,
            ),
            mistake(
                "rank_ignored",
                "All workers read the streams of the first one.",
                "rows[rank * each : (rank + 1) * each, : K * length]",
                "rows[:each, : K * length]",
            ),
            mistake(
                "all_streams",
                "A worker reads all streams, not its share.",
                "each, K = streams // world,",
                "rank, each, K = 0, streams,",
            ),
            mistake(
                "every_second_stream",
                "Which streams a worker gets does not matter much, but here they are "
                "neighbours: the first worker has the first ones.",
                "rows[rank * each : (rank + 1) * each, : K * length]",
                "rows[rank::world, : K * length]",
            ),
            mistake(
                "columns_dealt",
                "You dealt out windows, not streams: the next window of a stream is "
                "read by another worker, which does not have its state.",
                _cut,
            ),
        ),
    )
)


def resumed(step, n, batch, seed):
    """The items of update number ``step`` (from 0), as if nothing had happened."""
    epoch, k = divmod(step, n // batch)
    drawn = np.random.default_rng([seed, epoch]).permutation(n)
    return drawn[k * batch : (k + 1) * batch]


def _items_divided(step, n, batch, seed):
    epoch, at = divmod(step * batch, n)
    drawn = np.random.default_rng([seed, epoch]).permutation(n)
    return drawn[at : at + batch]


def _steps(rng):
    cases = (0, 20, 4, 1), (7, 20, 4, 1), (13, 22, 4, 2), (29, 31, 10, 0), (9, 9, 2, 5)
    return [Case(f"step, n, batch, seed = {case}", case) for case in cases]


enter(
    Check(
        "scaling.resumed",
        PAGE,
        resumed,
        "step, n, batch, seed",
        ("items",),
        _steps,
        (
            mistake(
                "epoch_from_its_start",
                "You began the epoch again from its first batch. Items that were "
                "read before are read twice, and the end of the epoch never.",
                "drawn[k * batch : (k + 1) * batch]",
                "drawn[:batch]",
            ),
            mistake(
                "place_in_batches",
                "The place in the epoch was counted in batches and used as a count of "
                "items.",
                "drawn[k * batch : (k + 1) * batch]",
                "drawn[k : k + batch]",
            ),
            mistake(
                "one_skipped",
                "One batch is skipped.",
                "drawn[k * batch : (k + 1) * batch]",
                "drawn[(k + 1) * batch : (k + 2) * batch]",
            ),
            mistake(
                "first_order_again",
                "The order is that of the first epoch, whichever epoch it is.",
                "[seed, epoch]",
                "[seed, 0]",
            ),
            mistake(
                "step_for_epoch",
                "You drew a new order for each update. Within an epoch some items "
                "are read twice and some never.",
                "[seed, epoch]",
                "[seed, step]",
            ),
            mistake(
                "incomplete_batch_counted",
                "You counted an incomplete batch at the end of an epoch. It is left "
                "out, so an epoch has one update less.",
                "n // batch)",
                "-(-n // batch))",
            ),
            mistake(
                "rest_counted",
                "You divided the items that were read by all items of an epoch. The "
                "incomplete batch is left out, so an epoch has fewer items than that, "
                "and each epoch begins too late.",
                _items_divided,
            ),
            mistake(
                "drawn_anew",
                "The seed does not enter, so it is not the order of the run that was "
                "interrupted.",
                "[seed, epoch]",
                "[epoch]",
            ),
        ),
    )
)


def ring(parts):
    """Sums of parts (n, n, P), n pieces a worker, in all of them; numbers sent."""
    held, n, sent = parts.copy(), len(parts), 0
    for s in range(n - 1):
        moved = [(k, (k - s) % n, held[k, (k - s) % n].copy()) for k in range(n)]
        for k, piece, numbers in moved:
            held[(k + 1) % n, piece] += numbers
        sent += parts.shape[2]
    for s in range(n - 1):
        done = [(k + 1 - s) % n for k in range(n)]
        moved = [(k, done[k], held[k, done[k]].copy()) for k in range(n)]
        for k, piece, numbers in moved:
            held[(k + 1) % n, piece] = numbers
        sent += parts.shape[2]
    return held, sent


def _rings(rng):
    return [
        Case(f"{n} workers, pieces of {P}", (rng.normal(size=(n, n, P)),))
        for n, P in ((2, 3), (3, 2), (4, 5))
    ]


def _to_everybody(parts):
    n, _, P = parts.shape
    return np.broadcast_to(parts.sum(axis=0), parts.shape).copy(), (n - 1) * n * P


def _half(parts):
    held, sent = ring(parts)
    return held, sent // 2


def _all_sent(parts):
    held, sent = ring(parts)
    return held, sent * len(parts)


def _n_rounds(parts):
    held, sent = ring(parts)
    return held, sent + 2 * parts.shape[2]


def _one_copy(parts):
    held, _ = ring(parts)
    return held, parts[0].size


def _mean(parts):
    held, sent = ring(parts)
    return held / len(parts), sent


def _reduced_only(parts):
    held, n = parts.copy(), len(parts)
    for s in range(n - 1):
        moved = [(k, (k - s) % n, held[k, (k - s) % n].copy()) for k in range(n)]
        for k, piece, numbers in moved:
            held[(k + 1) % n, piece] += numbers
    return held, 2 * (n - 1) * parts.shape[2]


def _reduced_and_counted(parts):
    held, sent = _reduced_only(parts)
    return held, sent // 2


enter(
    Check(
        "scaling.ring",
        PAGE,
        ring,
        "parts",
        (("held", "sent"),),
        _rings,
        (
            mistake(
                "everything_to_everybody",
                "You sent everything to everybody. The sums are right; a worker of a "
                "ring sends less, and hardly more the more workers there are.",
                _to_everybody,
            ),
            mistake(
                "one_round_counted",
                "You counted one of the two rounds. The sums have to go around, too.",
                _half,
            ),
            mistake(
                "of_all_workers",
                "You counted what all workers send together. One of them is asked for.",
                _all_sent,
            ),
            mistake(
                "one_copy",
                "You counted one copy of all pieces. A worker sends all but one of "
                "them twice.",
                _one_copy,
            ),
            mistake(
                "n_rounds",
                "You counted n rounds each way. A sum of n numbers is complete after "
                "one less, and it is handed on to one worker less.",
                _n_rounds,
            ),
            mistake(
                "averaged",
                "Those are the means. The sums are asked for.",
                _mean,
            ),
            mistake(
                "second_round_missing",
                "After the first round each worker holds one finished piece. The "
                "second round hands the finished pieces around.",
                _reduced_only,
            ),
            mistake(
                "first_round_alone",
                "After the first round each worker holds one finished piece, and "
                "you stop and count there.",
                _reduced_and_counted,
            ),
        ),
    )
)

taught_in(
    {
        "scaling.amdahl": "What runs side by side",
        "scaling.dealt": "The script",
        "scaling.own_losses": "Half a batch each",
        "scaling.accumulated": "Half a batch each",
        "scaling.windows_of": "A state belongs to a stream",
        "scaling.resumed": "A worker is killed",
        "scaling.ring": "What more processes would buy",
    }
)
