"""Does attention translate what was never seen, better than what can be looked up?

Networks with attention and without (with a state twice as wide, and with the source
read from its end), seven passes, settings of the validation part, judged on the test
part. BLEU, chrF and exact matches of greedy translation; ``quarter_1`` to
``quarter_4``: BLEU from the sentences farthest from all training sentences to the
nearest; ``words_k``: by length of
the source; ``gain`` in BLEU over the nearest training sentence, ``low`` and ``high``
its 95 % interval over sentences, ``far`` the same in the farthest quarter;
``different``: distinct translations a sentence; ``beam_4`` and ``beam_10``
(``beam_4_sum`` without a power of the length) on 300 sentences drawn at random beside
``greedy_300``; ``forced_k`` and ``free_k``: the share of signs at place k that are
those of the first reference, with the true beginning given or the network's own, where
both texts are that long;
``hybrid``: the looked-up translation where its likeness is above a threshold from the
validation part. ``aligned``: how often the largest weight of attention is on the word
that IBM model 1 gives for a sign, ``diagonal`` and ``chance``: how often the word at
the same place, or any word, is (without attention, ``aligned`` is chance). Used by
``26-translation`` and ``41-claims-tested``.
"""

import numpy as np
import torch
from _translation import (
    BOS,
    EOS,
    PAD,
    UNK,
    batch,
    beam,
    bleu_gain,
    by_source,
    coded,
    ibm1,
    loss_of_all,
    nearest,
    new_translator,
    quarters,
    tatoeba,
    train,
    translated,
)

from rnnbook.bleu import corpus_bleu, corpus_chrf

GRID = [
    {"pairs": "few", "passes": 1, "model": "attention"},
    {"pairs": "all", "passes": 7, "model": "attention"},
    {"pairs": "all", "passes": 7, "model": "without"},
    {"pairs": "all", "passes": 7, "model": "without, twice as wide"},
    {"pairs": "all", "passes": 7, "model": "without, source reversed"},
]
KINDS = {
    "attention": {},
    "without": {"attention": False},
    "without, twice as wide": {"attention": False, "H": 256},
    "without, source reversed": {"attention": False},
}
LENGTHS = {"4": (1, 4), "6": (5, 6), "8": (7, 8), "11": (9, 11)}
PLACES = range(1, 9)
SEEDS = range(100, 103)
TOLERANCE = {
    "forced_1": 0.1,
    "free_1": 0.1,
    **{f"forced_{k}": 0.1 for k in PLACES},
    **{f"free_{k}": 0.1 for k in PLACES},
    **dict.fromkeys(("exact", "aligned", "diagonal", "chance"), 0.06),
    **dict.fromkeys(("bleu", "chrf", "gain", "low", "high", "hybrid"), 3.0),
    **{f"quarter_{k}": 5.0 for k in range(1, 5)},
    **{f"words_{k}": 5.0 for k in LENGTHS},
    **{f"far_{k}": 5.0 for k in ("gain", "low", "high")},
    **dict.fromkeys(("greedy_300", "beam_4", "beam_10", "beam_4_sum"), 4.0),
    **dict.fromkeys(("signs_greedy", "signs_4", "signs_10", "signs_4_sum"), 0.5),
    "different": 0.1,
    "loss": 0.1,
    "threshold": 0.3,
}
THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9, 1.1)


def mixed(said, looked_up, like, threshold):
    return [a if c >= threshold else b for a, b, c in zip(looked_up, said, like)]


def beams(model, source, target, sentences, references):
    few = np.random.default_rng(0).permutation(len(sentences))[:300]
    rows = [source.encode(sentences[i]) + [EOS] for i in few]
    references = [references[i] for i in few]

    def said(numbers):
        return [[target.names[k] for k in row] for row in numbers]

    found = {
        "greedy_300": translated(model, [sentences[i] for i in few], source, target),
        "beam_4": said(beam(model, row) for row in rows),
        "beam_4_sum": said(beam(model, row, power=0.0) for row in rows),
        "beam_10": said(beam(model, row, width=10) for row in rows),
    }
    scores = {name: corpus_bleu(said, references) for name, said in found.items()}
    names = {
        "greedy_300": "greedy",
        "beam_4": "4",
        "beam_4_sum": "4_sum",
        "beam_10": "10",
    }
    return scores | {
        f"signs_{names[name]}": float(np.mean([len(s) for s in said]))
        for name, said in found.items()
    }


@torch.inference_mode()
def forced(model, pairs):
    """What is most probable at each place, the true beginning given: lists."""
    model.eval()
    found = []
    for i in range(0, len(pairs), 250):
        x, length = batch([x for x, _ in pairs[i : i + 250]])
        y, _ = batch([y for _, y in pairs[i : i + 250]])
        scores = model(x, length, y[:, :-1])
        scores[..., [PAD, BOS, UNK]] = -torch.inf
        found += scores.argmax(dim=2).tolist()
    return found


def by_place(model, pairs, said):
    """Shares of signs that are right at each place, of those that both have."""
    wanted = [y[1:-1] for _, y in pairs]
    shares = {}
    for name, rows in (("forced", forced(model, pairs)), ("free", said)):
        for k in PLACES:
            both = zip(rows, said, wanted)
            right = [
                r[k - 1] == y[k - 1] for r, s, y in both if min(len(s), len(y)) >= k
            ]
            shares[f"{name}_{k}"] = float(np.mean(right)) if right else 0.0
    return shares


@torch.inference_mode()
def alignment(model, pairs, t):
    """How often attention looks where IBM model 1 says a sign comes from."""
    model.eval()
    same, diagonal, chance = [], [], []
    for x, y in pairs:
        p = t[np.ix_(x[:-1], y[1:-1])].T  # (U, T)
        sure, best = p.max(axis=1) > 0.15, p.argmax(axis=1)
        place = np.arange(len(best)) * (len(x) - 1) // max(len(best), 1)
        diagonal += (best == place)[sure].tolist()
        chance += [1 / (len(x) - 1)] * int(sure.sum())
        if model.decode.W is not None:
            states, h = model.encode(*batch([x]))
            mask = torch.ones(1, len(x), dtype=bool)
            a = model.decode(torch.tensor([y[:-2]]), h, states, mask)[2][0, :, :-1]
            same += (best == a.argmax(dim=1).numpy())[sure].tolist()
    return {
        "aligned": float(np.mean(same or chance)),
        "diagonal": float(np.mean(diagonal)),
        "chance": float(np.mean(chance)),
    }


def run(setting, seed):
    torch.set_num_threads(1)
    (first, val, test), source, target = tatoeba()
    few, name = setting["pairs"] == "few", setting["model"]
    if name == "without, source reversed":
        first, val, test = (
            part.assign(source=part["source"].map(lambda s: s[::-1]))
            for part in (first, val, test)
        )
    if few:
        first, val, test = first[::16], val[::7], test[::9]
    pairs = coded(first, source, target)
    model = new_translator(source, target, seed, dropout=0.1, **KINDS[name])
    train(model, pairs, setting["passes"], seed)

    known, looked_up = first["source"].tolist(), first["target"].tolist()
    near, copied = {}, {}
    for part, table in (("val", val), ("test", test)):
        place, like = nearest(known, by_source(table)[0])
        near[part], copied[part] = like, [looked_up[k] for k in place]
    sentences, references = by_source(val)
    said = translated(model, sentences, source, target)
    threshold = max(
        THRESHOLDS,
        key=lambda c: corpus_bleu(
            mixed(said, copied["val"], near["val"], c), references
        ),
    )

    sentences, references = by_source(test)
    said = translated(model, sentences, source, target)
    like = near["test"]
    gain, low, high = bleu_gain(said, copied["test"], references)
    far = np.argsort(like, kind="stable")[: len(like) // 4]
    of_far = ([rows[i] for i in far] for rows in (said, copied["test"], references))
    once = coded(test.drop_duplicates("key"), source, target)
    size = np.array([len(s) for s in sentences])
    found = {
        "bleu": corpus_bleu(said, references),
        "chrf": corpus_chrf(said, references),
        "exact": float(np.mean([s in r for s, r in zip(said, references)])),
        "loss": loss_of_all(model, coded(test, source, target)),
        "different": len(set(map(tuple, said))) / len(said),
        "gain": gain,
        "low": low,
        "high": high,
        **{
            f"far_{k}": v
            for k, v in zip(("gain", "low", "high"), bleu_gain(*of_far), strict=True)
        },
        **{
            f"quarter_{k}": b for k, b in enumerate(quarters(said, references, like), 1)
        },
        "threshold": threshold,
        "hybrid": corpus_bleu(mixed(said, copied["test"], like, threshold), references),
        **by_place(model, once, [target.encode(s) for s in said]),
    }
    for k, (least, most) in LENGTHS.items():
        group = np.flatnonzero((size >= least) & (size <= most))
        found[f"words_{k}"] = corpus_bleu(
            [said[i] for i in group], [references[i] for i in group]
        )
    t = ibm1([(x[:-1], y[1:-1]) for x, y in pairs], len(source), len(target))
    found |= alignment(model, once, t)
    found |= beams(model, source, target, sentences, references)
    return found
