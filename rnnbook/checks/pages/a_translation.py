"""Checks of the assignment `translation`: from texts to a decoder, and its score."""

from collections import Counter

import numpy as np

from rnnbook.cells import gru_step
from rnnbook.checks.catalogue import Case, Check, enter, mistake, variant
from rnnbook.checks.pages._cells import params as weights_of
from rnnbook.checks.pages._shared import not_finite

PAGE = "26-translation"
SPECIAL = ["<pad>", "<bos>", "<eos>", "<unk>"]


def vocabulary(texts):
    """{symbol: number}: the four signs, then the symbols of the texts, sorted."""
    known = sorted({symbol for text in texts for symbol in text})
    return {symbol: number for number, symbol in enumerate(SPECIAL + known)}


def _looked_up(function):
    """The numbers of the signs and of the symbols; -1 for what is not there."""

    def call(texts):
        found = function(texts)
        if not isinstance(found, dict):
            return found
        known = sorted(set("".join(texts)))
        signs, symbols = (
            np.array([found.get(s, -1) for s in part]) for part in (SPECIAL, known)
        )
        return signs, symbols, len(found)

    return call


def _words(rng, count, low, high, letters="abcdefg"):
    """Texts of random letters; the first one is the shortest, the second longest."""
    lengths = rng.integers(low, high + 1, size=count)
    lengths[:2] = low, high
    return ["".join(rng.choice(list(letters), size=n)) for n in lengths]


def _vocabulary_cases(rng):
    return [
        Case("three texts", (["dbac" + _words(rng, 2, 2, 5)[1], "cc", "ebbb"],)),
        Case("digits and letters", (["9c1", "a1" + str(rng.integers(99)), "99b"],)),
        Case("an empty text among them", (["zyzz", "", "xyz"],)),
    ]


def _sharing(first, second):
    """Signs of which two have the same number."""

    def numbers(texts):
        known = vocabulary(texts)
        low = known[first] if known[first] < known[second] else known[second]
        gone = max(known[first], known[second])
        moved = {s: n - (n > gone) for s, n in known.items()}
        return moved | {first: low, second: low}

    return numbers


def _share(i, j):
    def holds(case, outputs, expected):
        signs = outputs["special"]
        other = len(set(signs.ravel().tolist())) == 3  # no more than these two
        return signs.shape == (4,) and signs[i] == signs[j] >= 0 and other

    return holds


def _by_count(texts):
    counts = Counter("".join(texts))
    known = sorted(counts, key=lambda symbol: (-counts[symbol], symbol))
    return {symbol: number for number, symbol in enumerate(SPECIAL + known)}


enter(
    Check(
        "translation.vocabulary",
        PAGE,
        vocabulary,
        "texts",
        (("special", "symbols", "size"),),
        _vocabulary_cases,
        (
            mistake(
                "pad_is_bos",
                "PAD and BOS have the same number. Then every place that was "
                "filled up reads as the beginning of a sentence, and no mask can tell "
                "the two apart.",
                _sharing("<pad>", "<bos>"),
                holds=_share(0, 1),
            ),
            mistake(
                "pad_is_eos",
                "PAD and EOS have the same number. What leaves out the padding "
                "leaves out the end as well, and the network never learns to stop.",
                _sharing("<pad>", "<eos>"),
                holds=_share(0, 2),
            ),
            mistake(
                "signs_behind",
                "The four signs stand behind the symbols, so that their numbers change "
                "with each new text.",
                "SPECIAL + known",
                "known + SPECIAL",
            ),
            mistake(
                "signs_missing",
                "Only the symbols have numbers; the four signs have none.",
                "SPECIAL + known",
                "known",
            ),
            mistake(
                "unknown_missing",
                "There is no UNK, and so no number for a symbol that comes up in "
                "the test texts only.",
                "SPECIAL + known",
                "SPECIAL[:3] + known",
            ),
            mistake(
                "counted_from_one",
                "The numbers begin at one, so the last of them lies outside of a table "
                "with a row for each.",
                "SPECIAL + known)",
                "SPECIAL + known, 1)",
            ),
            mistake(
                "by_appearance",
                "The symbols stand in the order in which they came up. Another order "
                "of the texts then gives other numbers.",
                "sorted({symbol for text in texts for symbol in text})",
                "list(dict.fromkeys(symbol for text in texts for symbol in text))",
            ),
            mistake(
                "by_count",
                "The symbols are sorted by how often they occur. Asked for is the "
                "order of the symbols themselves.",
                _by_count,
            ),
            mistake(
                "whole_texts",
                "The texts themselves have numbers. Each *symbol* of a text needs one.",
                "{symbol for text in texts for symbol in text}",
                "set(texts)",
            ),
        ),
        wrap=_looked_up,
        gives="vocabulary",
    )
)


def batch(texts, vocabulary):
    """ids (N, T) and mask (N, T): <bos>, symbols, <eos>, and <pad> to the longest."""
    other = vocabulary["<unk>"]
    rows = []
    for text in texts:
        inner = [vocabulary.get(symbol, other) for symbol in text]
        rows.append([vocabulary["<bos>"], *inner, vocabulary["<eos>"]])
    T, pad = max(len(row) for row in rows), vocabulary["<pad>"]
    ids = np.array([row + [pad] * (T - len(row)) for row in rows])
    mask = np.arange(T) < np.array([len(row) for row in rows])[:, None]
    return ids, mask


def _batch_cases(rng):
    usual = vocabulary(["abcdefg"])
    turned = {s: len(usual) - 1 - n for s, n in usual.items()}
    texts = _words(rng, 4, 1, 6)
    strange = texts[1][:3] + "?" + texts[1][3:]
    return [
        Case("texts of several lengths", (texts, usual)),
        Case("a symbol without a number", ([texts[0], strange, "!a?"], usual)),
        Case("other numbers for the signs", (_words(rng, 3, 2, 5), turned)),
        Case("all of one length", (_words(rng, 3, 4, 4), usual)),
    ]


def _eos_at_the_edge(texts, vocabulary):
    rows = [[vocabulary.get(s, vocabulary["<unk>"]) for s in text] for text in texts]
    T, pad = max(map(len, rows)), vocabulary["<pad>"]
    bos, eos = vocabulary["<bos>"], vocabulary["<eos>"]
    ids = [[bos, *row, *[pad] * (T - len(row)), eos] for row in rows]
    mask = [[1, *[1] * len(row), *[0] * (T - len(row)), 1] for row in rows]
    return np.array(ids), np.array(mask) == 1


FILLED = "row + [pad] * (T - len(row))"

enter(
    Check(
        "translation.batch",
        PAGE,
        batch,
        "texts, vocabulary",
        (("ids", "mask"),),
        _batch_cases,
        (
            mistake(
                "padded_with_bos",
                "The rows are filled up with BOS: to the network a short text is "
                "followed by beginnings.",
                '= max(len(row) for row in rows), vocabulary["<pad>"]',
                '= max(len(row) for row in rows), vocabulary["<bos>"]',
            ),
            mistake(
                "padded_with_eos",
                "The rows are filled up with EOS, so each text ends many times.",
                '= max(len(row) for row in rows), vocabulary["<pad>"]',
                '= max(len(row) for row in rows), vocabulary["<eos>"]',
            ),
            mistake(
                "padded_with_zero",
                "The rows are filled up with zeros. Which number PAD has, the "
                "vocabulary says.",
                FILLED,
                "row + [0] * (T - len(row))",
            ),
            mistake(
                "padded_in_front",
                "The padding stands in front of the texts.",
                FILLED,
                "[pad] * (T - len(row)) + row",
                "np.arange(T) < np.array([len(row) for row in rows])[:, None]",
                "np.arange(T) >= T - np.array([len(row) for row in rows])[:, None]",
            ),
            mistake(
                "bos_missing",
                "Nothing stands in front of the first symbol. The decoder needs "
                "something to read before there is a word.",
                '[vocabulary["<bos>"], *inner, ',
                "[*inner, ",
            ),
            mistake(
                "eos_missing",
                "Nothing stands behind the last symbol, so that the network cannot "
                "learn when to stop.",
                '*inner, vocabulary["<eos>"]]',
                "*inner]",
            ),
            mistake(
                "eos_behind_the_padding",
                "The end stands at the edge of the batch, behind the padding. It "
                "belongs right behind the last symbol.",
                _eos_at_the_edge,
            ),
            mistake(
                "mask_inverted",
                "The mask is true where nothing stands but padding.",
                "return ids, mask",
                "return ids, ~mask",
            ),
            mistake(
                "mask_without_the_end",
                "The mask leaves out EOS as if it were padding. The end is to be "
                "learned like each symbol.",
                "for row in rows])[:, None]",
                "for row in rows])[:, None] - 1",
            ),
            mistake(
                "mask_without_the_beginning",
                "The mask leaves out BOS, which was read like everything else.",
                "return ids, mask",
                "return ids, mask & (np.arange(T) > 0)",
            ),
            mistake(
                "unknown_left_out",
                "A symbol without a number was left out, and the text is shorter now.",
                "for symbol in text]\n",
                "for symbol in text if symbol in vocabulary]\n",
            ),
            mistake(
                "unknown_as_padding",
                "A symbol without a number became PAD, in the middle of its text.",
                'other = vocabulary["<unk>"]',
                'other = vocabulary["<pad>"]',
            ),
            mistake(
                "mask_everywhere",
                "The mask is true everywhere, so the padding counts as text.",
                "return ids, mask",
                "return ids, mask | True",
            ),
        ),
    )
)


def split(source, shuffled, n_test):
    """Rows of the training and of the test part, ascending; no source is in both."""
    test = np.isin(source, shuffled[:n_test])
    return np.flatnonzero(~test), np.flatnonzero(test)


def _split_cases(rng):
    found = []
    for label, distinct, rows, n_test in (
        ("ten sources", 10, 40, 3),
        ("a test part of one source", 6, 30, 1),
        ("twelve sources", 12, 50, 5),
    ):
        source = np.concatenate(
            [np.arange(distinct), rng.integers(distinct, size=rows)]
        )
        source = np.concatenate([source, source[:4]])  # the first ones come again
        source = rng.permutation(distinct)[rng.permutation(source)]
        shuffled = rng.permutation(distinct)
        if shuffled[0] == 0:  # never the first ones by number
            shuffled = shuffled[::-1].copy()
        found.append(Case(label, (source, shuffled, n_test)))
    return found


def _first_of_each(source, shuffled, n_test):
    first = np.unique(source, return_index=True)[1]
    test = np.isin(source, shuffled[:n_test]) & np.isin(np.arange(len(source)), first)
    return np.flatnonzero(~test), np.flatnonzero(test)


def _each_once(source, shuffled, n_test):
    first = np.unique(source, return_index=True)[1]
    return np.sort(first[shuffled[n_test:]]), np.sort(first[shuffled[:n_test]])


def _overlap(case, outputs, expected):
    """As many test rows as sources were asked for, and some source is in both."""
    source, _, n_test = case.args
    train, test = outputs["train"], outputs["test"]
    rows = np.sort(np.concatenate([train.ravel(), test.ravel()]))
    if not np.array_equal(rows, np.arange(len(source))):
        return False
    return len(test) == n_test


def _grouped(source, shuffled, n_test):
    rows = [np.flatnonzero(source == one) for one in shuffled]
    return np.concatenate(rows[n_test:]), np.concatenate(rows[:n_test])


enter(
    Check(
        "translation.split",
        PAGE,
        split,
        "source, shuffled, n_test",
        (("train", "test"),),
        _split_cases,
        (
            mistake(
                "one_row_of_each",
                "Of each test source one row went to the test part, and its other rows "
                "to training, where their translation can be read.",
                _first_of_each,
            ),
            mistake(
                "rows_were_split",
                "Single rows were dealt out, and not sources: what is tested was seen "
                "in training, under another row.",
                "np.isin(source, shuffled[:n_test])",
                "np.arange(len(source)) >= len(source) - n_test",
                holds=_overlap,
            ),
            mistake(
                "shuffle_ignored",
                "The test sources are those with the smallest numbers. Which ones they "
                "are, `shuffled` says.",
                "shuffled[:n_test]",
                "np.unique(source)[:n_test]",
            ),
            mistake(
                "from_the_end",
                "The test sources were taken from the end of `shuffled`, and its first "
                "ones were asked for.",
                "shuffled[:n_test]",
                "shuffled[-n_test:]",
            ),
            mistake(
                "parts_exchanged",
                "The two parts are exchanged: the training part comes first.",
                "return np.flatnonzero(~test), np.flatnonzero(test)",
                "return np.flatnonzero(test), np.flatnonzero(~test)",
            ),
            mistake(
                "sources_returned",
                "These are the numbers of the sources. Asked for are the rows in which "
                "they stand.",
                "return np.flatnonzero(~test), np.flatnonzero(test)",
                "return shuffled[n_test:], shuffled[:n_test]",
            ),
            mistake(
                "each_source_once",
                "Each source has one row left. A part has all rows of its sources.",
                _each_once,
            ),
            mistake(
                "by_groups",
                "The rows are the right ones, but stand in the order of their sources, "
                "not in their own.",
                _grouped,
            ),
            mistake(
                "masks",
                "These are masks over all rows. Asked for are the numbers of the rows.",
                "return np.flatnonzero(~test), np.flatnonzero(test)",
                "return ~test, test",
            ),
        ),
    )
)


def loss(logits, targets, pad):
    """The mean cross-entropy in nats of the targets that are no padding."""
    real = targets != pad
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    B, T = targets.shape
    costs = -log_p[np.arange(B)[:, None], np.arange(T), targets]
    return (costs * real).sum() / real.sum()


def _loss_cases(rng):
    found = []
    for label, B, T, V, pad, scale in (
        ("three sentences", 3, 5, 6, 0, 1.5),
        ("another number for the padding", 4, 6, 5, 3, 1.0),
        ("no padding", 2, 4, 7, 0, 1.0),
        ("scores of thousands", 3, 4, 5, 0, 2000.0),
    ):
        targets = rng.integers(V, size=(B, T))
        targets[targets == pad] = (pad + 1) % V
        lengths = np.arange(B) % (T - 1) + 2
        if label != "no padding":
            targets[np.arange(T) >= lengths[:, None]] = pad
        logits = scale * rng.normal(size=(B, T, V))
        if scale > 10:  # the targets are nearly sure, so that the loss is small
            picked = np.arange(B)[:, None], np.arange(T), targets
            logits[picked] = logits.max(axis=-1) + rng.normal(size=(B, T))
        found.append(Case(label, (logits, targets, pad)))
    return found


MEAN = "return (costs * real).sum() / real.sum()"

enter(
    Check(
        "translation.loss",
        PAGE,
        loss,
        "logits, targets, pad",
        ("loss",),
        _loss_cases,
        (
            mistake(
                "pads_counted",
                "The padding counts like the targets. It is easy to tell, so the loss "
                "falls, and most of what is learned is where sentences end.",
                "real = targets != pad",
                "real = targets != -1",
            ),
            mistake(
                "divided_by_all",
                "The costs of the padding are left out of the sum, but its places are "
                "still counted: the more padding, the smaller the loss.",
                MEAN,
                "return (costs * real).mean()",
            ),
            mistake(
                "zero_is_padding",
                "The number zero was taken for the padding. Which number it has, `pad` "
                "says.",
                "real = targets != pad",
                "real = targets != 0",
            ),
            mistake(
                "mean_of_sentences",
                "That is the mean over sentences of their own means, in which a target "
                "of a short sentence counts more. Every real target counts the same.",
                MEAN,
                "return ((costs * real).sum(axis=1) / real.sum(axis=1)).mean()",
            ),
            mistake(
                "divided_by_sentences",
                "The sum is divided by the number of sentences, so that longer ones "
                "make the loss larger.",
                MEAN,
                "return (costs * real).sum() / B",
            ),
            mistake(
                "summed",
                "That is the sum of the costs, and their mean is asked for.",
                MEAN,
                "return (costs * real).sum()",
            ),
            mistake(
                "wrong_sign",
                "The loss has the wrong sign: to make it smaller would make the right "
                "symbols less likely.",
                MEAN,
                "return -(costs * real).sum() / real.sum()",
            ),
            mistake(
                "bits",
                "That is in bits; asked for are nats.",
                MEAN,
                "return (costs * real).sum() / real.sum() / np.log(2)",
            ),
            mistake(
                "padding_alone",
                "Only the padding is counted.",
                MEAN,
                "return (costs * ~real).sum() / max((~real).sum(), 1)",
            ),
            mistake(
                "probabilities",
                "That is one minus the mean probability of the right symbols. Asked "
                "for is the cross-entropy, which takes its logarithm.",
                MEAN,
                "return ((1 - np.exp(-costs)) * real).sum() / real.sum()",
            ),
            mistake(
                "overflow",
                "It is right for small scores. For scores in the thousands the "
                "exponential is no number any more.",
                "logits - logits.max(axis=-1, keepdims=True)",
                "logits - 0",
                holds=not_finite,
            ),
        ),
    )
)


def attention(query, keys, mask):
    """The context (B, H) and the weights (B, T); padding has the weight zero."""
    scores = (keys * query[:, None]).sum(axis=2) / np.sqrt(query.shape[1])
    scores = np.where(mask, scores, -np.inf)
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights = e / e.sum(axis=1, keepdims=True)
    context = (weights[:, :, None] * keys).sum(axis=1)
    return context, weights


def _attention_cases(rng):
    found = []
    for label, B, T, H, scale in (
        ("sentences of several lengths", 3, 5, 4, 1.0),
        ("no padding", 2, 4, 3, 1.0),
        ("one word among padding", 4, 4, 5, 1.0),
        ("scores of thousands", 3, 4, 4, 60.0),
    ):
        query, keys = rng.normal(size=(B, H)), rng.normal(size=(B, T, H))
        mask = np.arange(T) < (np.arange(B) % (T - 1) + 2)[:, None]
        mask |= label == "no padding"
        if label == "one word among padding":
            mask = np.arange(T) < (np.arange(B) % 2 + 1)[:, None]
        found.append(Case(label, (scale * query, scale * keys, mask)))
    return found


SOFTMAX = "    e = np.exp(scores - scores.max(axis=1, keepdims=True))\n"


def _uniform(case, outputs, expected):
    mask = case.args[2]
    equal = mask / mask.sum(axis=1, keepdims=True)
    return np.shape(outputs["weights"]) == mask.shape and np.allclose(
        outputs["weights"], equal
    )


enter(
    Check(
        "translation.attention",
        PAGE,
        attention,
        "query, keys, mask",
        (("context", "weights"),),
        _attention_cases,
        (
            mistake(
                "encoder_never_seen",
                "All words have the same weight, whatever the encoder found: its "
                "states do not enter the scores.",
                "scores = (keys * query[:, None]).sum(axis=2)",
                "scores = 0 * (keys * query[:, None]).sum(axis=2)",
                holds=_uniform,
            ),
            mistake(
                "mask_missing",
                "The padding gets weights like the words, and its states are mixed "
                "into the context.",
                "np.where(mask, scores, -np.inf)",
                "scores",
            ),
            mistake(
                "zero_scores",
                "The padding has the *score* zero, and the exponential of zero is one: "
                "it still gets a share.",
                "np.where(mask, scores, -np.inf)",
                "np.where(mask, scores, 0)",
            ),
            mistake(
                "masked_afterwards",
                "The padding is taken out behind the softmax, and the weights no "
                "longer sum to one.",
                "np.where(mask, scores, -np.inf)",
                "scores",
                "weights = e / e.sum(axis=1, keepdims=True)",
                "weights = mask * e / e.sum(axis=1, keepdims=True)",
            ),
            mistake(
                "mask_inverted",
                "The weights lie on the padding, and the words have none.",
                "np.where(mask, scores, -np.inf)",
                "np.where(~mask | mask.all(axis=1, keepdims=True), scores, -np.inf)",
            ),
            mistake(
                "not_scaled",
                "The scores are not divided by the root of the number of units; they "
                "grow with it, and the softmax becomes too sure.",
                " / np.sqrt(query.shape[1])",
                "",
            ),
            mistake(
                "divided_by_units",
                "The scores are divided by the number of units and not by its root.",
                " / np.sqrt(query.shape[1])",
                " / query.shape[1]",
            ),
            mistake(
                "over_the_batch",
                "The softmax runs over the sentences of the batch. The weights of one "
                "sentence sum to one.",
                "weights = e / e.sum(axis=1, keepdims=True)",
                "weights = e / e.sum(axis=0, keepdims=True)",
            ),
            mistake(
                "plain_mean",
                "The weights are right and not used: the context is the plain mean of "
                "the words' states.",
                "context = (weights[:, :, None] * keys).sum(axis=1)",
                "context = (mask[:, :, None] * keys).sum(axis=1)\n"
                "    context = context / mask.sum(axis=1, keepdims=True)",
            ),
            mistake(
                "largest_alone",
                "The context is the state with the largest weight. A softmax mixes, so "
                "that a gradient reaches all of them.",
                "context = (weights[:, :, None] * keys).sum(axis=1)",
                "context = keys[np.arange(len(keys)), weights.argmax(axis=1)]",
            ),
            mistake(
                "mean_for_sum",
                "The weighted states were averaged over time. The weights sum to one "
                "already.",
                "context = (weights[:, :, None] * keys).sum(axis=1)",
                "context = (weights[:, :, None] * keys).mean(axis=1)",
            ),
            mistake(
                "overflow",
                "Small scores are right. In the thousands their exponentials are no "
                "numbers any more, and neither are the weights.",
                SOFTMAX,
                "    e = np.exp(scores)\n",
                holds=not_finite,
            ),
        ),
    )
)


def keys_gradient(dcontext, query, keys, weights):
    """(B, T, H): the gradient with respect to the encoder's states."""
    dweights = (keys * dcontext[:, None]).sum(axis=2)
    mean = (weights * dweights).sum(axis=1, keepdims=True)
    dscores = weights * (dweights - mean) / np.sqrt(query.shape[1])
    return (
        weights[:, :, None] * dcontext[:, None] + dscores[:, :, None] * query[:, None]
    )


def _gradient_cases(rng):
    found = []
    for label, (query, keys, mask) in _attention_cases(rng)[:3]:
        dcontext = rng.normal(size=query.shape)
        weights = attention(query, keys, mask)[1]
        found.append(Case(label, (dcontext, query, keys, weights)))
    return found


VALUES = "weights[:, :, None] * dcontext[:, None] + "
SCORES = " + dscores[:, :, None] * query[:, None]"

enter(
    Check(
        "translation.keys_gradient",
        PAGE,
        keys_gradient,
        "dcontext, query, keys, weights",
        ("dkeys",),
        _gradient_cases,
        (
            mistake(
                "through_the_context_only",
                "One of two ways is missing: each state also decides how much weight "
                "it gets.",
                SCORES,
                "",
            ),
            mistake(
                "through_the_scores_only",
                "One of two ways is missing: each state also stands in the sum that is "
                "the context.",
                VALUES,
                "",
            ),
            mistake(
                "weights_alone_in_the_world",
                "The softmax was taken apart: a weight also depends on the scores of "
                "the other words.",
                "weights * (dweights - mean)",
                "weights * dweights",
            ),
            mistake(
                "logistic_slope",
                "That is the slope of a logistic function. In a softmax the gradients "
                "of all weights of a sentence enter.",
                "weights * (dweights - mean)",
                "weights * (1 - weights) * dweights",
            ),
            mistake(
                "plain_mean_subtracted",
                "What is subtracted is the plain mean over time. Words with much "
                "weight count more in it.",
                "(weights * dweights).sum(axis=1, keepdims=True)",
                "dweights.mean(axis=1, keepdims=True)",
            ),
            mistake(
                "root_missing",
                "The root of the number of units, by which the scores were divided, is "
                "missing on the way back.",
                " / np.sqrt(query.shape[1])",
                "",
            ),
            mistake(
                "softmax_left_out",
                "The slope of the softmax is left out: what comes back to the weights "
                "goes on to the scores as it is.",
                "weights * (dweights - mean)",
                "dweights",
            ),
            mistake(
                "unweighted",
                "Every word gets the whole gradient of the context, whatever its "
                "weight is.",
                VALUES,
                "dcontext[:, None] + ",
            ),
            mistake(
                "sign_of_the_scores",
                "What comes through the scores has the wrong sign.",
                SCORES,
                " - dscores[:, :, None] * query[:, None]",
            ),
            mistake(
                "not_the_query",
                "Through the scores comes the query, with which a state was "
                "multiplied. Here the gradient of the context stands in its place.",
                "dscores[:, :, None] * query[:, None]",
                "dscores[:, :, None] * dcontext[:, None]",
            ),
        ),
    )
)


def encode(x, mask, h, params):
    """All states (B, T, H), and of each sentence the one after its last word (B, H)."""
    states = []
    for t in range(x.shape[1]):
        new = gru_step(x[:, t], h, params)[0]
        h = np.where(mask[:, t, None], new, h)
        states.append(h)
    return np.stack(states, axis=1), h


def _encode_cases(rng):
    found = []
    for label, B, T, D, H in (
        ("sentences of several lengths", 4, 6, 3, 4),
        ("no padding", 2, 4, 2, 3),
        ("one sentence", 1, 5, 3, 2),
    ):
        mask = np.arange(T) < (np.arange(B) % (T - 2) + 2)[:, None]
        mask |= label == "no padding"
        x = rng.normal(size=(B, T, D))  # the padding is no zero either
        h = rng.uniform(-1, 1, size=(B, H))
        found.append(Case(label, (x, mask, h, weights_of(rng, "gru", D, H))))
    return found


HELD = "h = np.where(mask[:, t, None], new, h)"

enter(
    Check(
        "translation.encode",
        PAGE,
        encode,
        "x, mask, h, params",
        (("states", "last"),),
        _encode_cases,
        (
            mistake(
                "padding_read",
                "The state goes on changing in the padding. What the decoder gets "
                "depends on how long the *other* sentences of the batch are.",
                HELD,
                "h = new",
            ),
            mistake(
                "last_column",
                "The states at words are right. The last state was taken from the end "
                "of the batch, where most sentences have only padding.",
                "        new = gru_step(x[:, t], h, params)[0]\n        " + HELD,
                "        held = h if t == 0 else held\n"
                "        h = gru_step(x[:, t], h, params)[0]\n"
                "        held = np.where(mask[:, t, None], h, held)",
                "states.append(h)",
                "states.append(held)",
            ),
            mistake(
                "states_read_on",
                "The last state is right; among all states those at the padding have "
                "read it. They should stay what they were.",
                "        new = gru_step(x[:, t], h, params)[0]\n        " + HELD,
                "        new = h if t == 0 else new\n"
                "        new = gru_step(x[:, t], new, params)[0]\n        " + HELD,
                "states.append(h)",
                "states.append(new)",
            ),
            mistake(
                "zero_in_the_padding",
                "In the padding the state is zero, so a short sentence has left "
                "nothing at the end.",
                HELD,
                "h = new * mask[:, t, None]",
            ),
            mistake(
                "mask_inverted",
                "The words are passed over, and the padding is read.",
                HELD,
                "h = np.where(mask[:, t, None], h, new)",
            ),
            mistake(
                "shortest_ends_all",
                "Where the shortest sentence ends, all sentences do.",
                HELD,
                "h = np.where(mask[:, t].all(), new, h)",
            ),
            mistake(
                "end_not_read",
                "The last state of a sentence is the one before its last word.",
                "        new = gru_step",
                "        old = np.where(mask[:, t, None], h, h if t == 0 else old)\n"
                "        new = gru_step",
                "return np.stack(states, axis=1), h",
                "return np.stack(states, axis=1), old",
            ),
            mistake(
                "nothing_carried",
                "Each word is read from the first state: nothing is carried from one "
                "word to the next.",
                "    states = []\n",
                "    states, start = [], h\n",
                "gru_step(x[:, t], h, params)",
                "gru_step(x[:, t], start, params)",
            ),
            mistake(
                "start_not_used",
                "The reading begins at zeros, and the state that was handed in is not "
                "used.",
                "    states = []\n",
                "    states, h = [], np.zeros_like(h)\n",
            ),
            mistake(
                "steps_in_front",
                "The steps are the first axis of all states; the sentences should be.",
                "np.stack(states, axis=1)",
                "np.stack(states)",
            ),
        ),
    )
)


def greedy(scores, bos, eos, barred, limit):
    """The most likely symbol again and again, without <bos> and <eos>."""
    found = []
    while len(found) < limit:
        row = np.array(scores([bos, *found]), float)
        row[barred] = -np.inf
        best = int(row.argmax())
        if best == eos:
            break
        found.append(best)
    return found


def _decoder(table):
    """Log-probabilities of the next symbol after a prefix: two symbols and the time."""

    def scores(prefix):
        before, last = [0, 0, *[int(k) for k in prefix]][-2:]
        return table[len(prefix) % len(table), before, last].copy()

    return scores


def _log_table(rng, T, V, ends=None, sharp=2.0, barred=()):
    """(T, V, V, V); <eos>, the number 2, is likely after `ends` steps."""
    logits = sharp * rng.normal(size=(T, V, V, V))
    logits[..., 2] -= 30 if ends is None else 8
    if ends is not None:
        logits[ends % T, ..., 2] += 24
    logits[..., list(barred)] = -np.inf
    top = logits.max(axis=-1, keepdims=True)
    return logits - top - np.log(np.exp(logits - top).sum(axis=-1, keepdims=True))


def _greedy_cases(rng):
    found = []
    for label, T, V, ends, limit in (
        ("an end after five symbols", 12, 8, 6, 9),
        ("no end before the limit", 12, 7, None, 7),
        ("an end at once", 12, 6, 1, 5),
        ("an end right at the limit", 12, 8, 5, 4),
    ):
        table = _log_table(rng, T, V, ends, sharp=1.0)
        table[2, :, :, 0] = -0.01  # padding would be taken at the second place,
        table[3, :, :, 1] = -0.01  # and <bos> at the third
        found.append(Case(label, (_decoder(table), 1, 2, [0, 1, 3], limit)))
    return found


enter(
    Check(
        "translation.greedy",
        PAGE,
        greedy,
        "scores, bos, eos, barred, limit",
        ("found",),
        _greedy_cases,
        (
            mistake(
                "barred_sign_chosen",
                "A sign that is barred was chosen, such as padding in the middle of a "
                "text.",
                "        row[barred] = -np.inf\n",
                "",
            ),
            mistake(
                "barred_at_zero",
                "The barred signs got the score zero. A logarithm of a probability is "
                "below zero, so that they are always the best.",
                "row[barred] = -np.inf",
                "row[barred] = 0",
            ),
            mistake(
                "ends_at_a_barred_sign",
                "Where a barred sign has the largest score, the text ends. The best of "
                "the others should be taken.",
                "        row[barred] = -np.inf\n",
                "",
                "if best == eos:",
                "if best == eos or best in barred:",
            ),
            mistake(
                "never_ends",
                "It does not stop at the end: EOS was left out of the choice, or "
                "what came behind it was kept.",
                "row[barred] = -np.inf",
                "row[[*barred, eos]] = -np.inf",
            ),
            mistake(
                "end_kept",
                "The end sign is in the text. It says that the text is over, and is no "
                "part of it.",
                "        if best == eos:\n            break\n",
                "",
                "        found.append(best)\n",
                "        found.append(best)\n        if found[-1] == eos:\n"
                "            break\n",
            ),
            mistake(
                "beginning_kept",
                "The text begins with BOS, which was handed to the network and not "
                "said by it.",
                "return found",
                "return [bos, *found]",
            ),
            mistake(
                "prefix_without_beginning",
                "The network reads what was chosen so far without the sign in front.",
                "scores([bos, *found])",
                "scores(found)",
            ),
            mistake(
                "last_symbol_only",
                "The network reads the last symbol alone, and has forgotten the rest.",
                "scores([bos, *found])",
                "scores([bos, *found][-1:])",
            ),
            mistake(
                "always_the_beginning",
                "The network reads BOS at every step, so what was chosen never "
                "reaches it.",
                "scores([bos, *found])",
                "scores([bos])",
            ),
            mistake(
                "one_too_many",
                "Where no end comes, the text is one symbol longer than the limit.",
                "len(found) < limit",
                "len(found) <= limit",
            ),
            mistake(
                "limit_with_beginning",
                "The limit counts BOS too, and the text is one symbol short.",
                "len(found) < limit",
                "len(found) < limit - 1",
            ),
            mistake(
                "least_likely",
                "At each step the *least* likely symbol is taken.",
                "row[barred] = -np.inf",
                "row[barred] = np.inf",
                "row.argmax()",
                "row.argmin()",
            ),
        ),
    )
)


def beam(scores, bos, eos, width, alpha, limit):
    """The best finished text and its score, the sum over the length to the alpha."""
    alive, done = [(0.0, [])], []
    for _ in range(limit):
        grown = [
            (total + float(one), [*found, k])
            for total, found in alive
            for k, one in enumerate(scores([bos, *found]))
        ]
        best = sorted(grown, key=lambda pair: -pair[0])[:width]
        done += [pair for pair in best if pair[1][-1] == eos]
        alive = [pair for pair in best if pair[1][-1] != eos]
        if not alive:
            break
    value, found = max((s / len(f) ** alpha, f) for s, f in done or alive)
    return [k for k in found if k != eos], value


def _apart(args, searches):
    """Whether these searches find scores of their own."""
    values = []
    for search in searches:
        value = search(*args)[1]
        if any(abs(value - other) < 1e-4 for other in values):
            return False
        values.append(value)
    return True


def _beam_cases(rng):
    """Cases in which other searches find something else, if anything ends.

    A case tells two of them apart at most: few tables tell more.
    """
    found = []
    for label, width, alpha, limit, apart in (
        ("width two", 2, 1.0, 6, ("width_ignored", "first_end_wins")),
        ("width two, a longer text", 2, 1.0, 6, ("by_the_sum", "first_end_wins")),
        ("width three", 3, 0.7, 5, ("finished_keep_their_place", "by_the_sum")),
        ("width three, many open", 3, 0.7, 5, ("width_of_each",)),
        ("no length exponent", 2, 0.0, 6, ("width_ignored",)),
        ("nothing ends", 3, 1.0, 4, ("width_ignored",)),
    ):
        wrong = [variant(beam, one) for one in BEAM if one.name in apart]
        for _ in range(3000):
            logits = 1.2 * rng.normal(size=(9, 7, 7, 7))
            logits[..., [0, 1]] = -np.inf
            logits[..., 2] += -30 if label == "nothing ends" else 0.5
            scores = _decoder(logits - np.log(np.exp(logits).sum(-1, keepdims=True)))
            args = scores, 1, 2, width, alpha, limit
            if len(beam(*args)[0]) > 1 and _apart(args, [beam, *wrong]):
                break
        found.append(Case(label, args))
    return found


CHOSEN = "max((s / len(f) ** alpha, f) for s, f in done or alive)"

BEAM = (
    mistake(
        "width_ignored",
        "Only the best text is kept at each step, as if the width were one.",
        "[:width]",
        "[:1]",
    ),
    mistake(
        "width_of_each",
        "Each open text kept `width` continuations of its own, so that there "
        "are more of them at each step. The width is that of all together.",
        "        best = sorted(grown, key=lambda pair: -pair[0])[:width]\n",
        "        best = []\n"
        "        for _, start in alive:\n"
        "            own = [pair for pair in grown if pair[1][:-1] == start]\n"
        "            best += sorted(own, key=lambda pair: -pair[0])[:width]\n",
    ),
    mistake(
        "length_ignored",
        "The score is the plain sum, whatever `alpha` is, so short texts win.",
        "s / len(f) ** alpha, f) for",
        "s, f) for",
    ),
    mistake(
        "always_the_mean",
        "The sum is divided by the length itself, whatever `alpha` is.",
        "s / len(f) ** alpha, f) for",
        "s / len(f), f) for",
    ),
    mistake(
        "length_without_end",
        "The length does not count EOS, whose logarithm is in the sum.",
        "s / len(f) ** alpha, f) for",
        "s / max(len(f) - (f[-1] == eos), 1) ** alpha, f) for",
    ),
    mistake(
        "multiplied_by_length",
        "The sum was multiplied by the power of the length: sums are below "
        "zero, and long texts are punished twice.",
        "s / len(f) ** alpha, f) for",
        "s * len(f) ** alpha, f) for",
    ),
    mistake(
        "probabilities_summed",
        "The probabilities were added up, which is the probability of nothing. "
        "Their logarithms are added.",
        "total + float(one)",
        "total + float(np.exp(one))",
    ),
    mistake(
        "last_step_alone",
        "A text is judged by its last symbol alone. All of them count.",
        "(total + float(one), [*found, k])",
        "(float(one), [*found, k])",
    ),
    mistake(
        "first_end_wins",
        "The search stops at the first text that is finished. A longer one may "
        "still be better.",
        "        if not alive:\n",
        "        if done or not alive:\n",
    ),
    mistake(
        "open_ones_compared",
        "Texts that are not finished were compared with finished ones, though "
        "they have yet to pay for their end.",
        "done or alive",
        "done + alive",
    ),
    mistake(
        "by_the_sum",
        "The text with the largest *sum* was chosen. The length exponent "
        "decides between finished texts.",
        CHOSEN,
        "max(\n        (s, s / len(f) ** alpha, f) for s, f in done or alive\n"
        "    )[1:]",
    ),
    mistake(
        "end_kept",
        "The text that is returned ends in EOS.",
        "return [k for k in found if k != eos], value",
        "return found, value",
    ),
    mistake(
        "finished_keep_their_place",
        "Each finished text makes the beam narrower from there on: fewer open "
        "ones are kept than the width says.",
        "[:width]\n",
        "[: width - len(done)]\n",
    ),
)

enter(
    Check(
        "translation.beam",
        PAGE,
        beam,
        "scores, bos, eos, width, alpha, limit",
        (("found", "score"),),
        _beam_cases,
        BEAM,
    )
)


def bleu(found, right, most):
    """BLEU of texts against one right text each, with n-grams up to `most` symbols."""
    logs = []
    for n in range(1, most + 1):
        hits = total = 0
        for a, b in zip(found, right, strict=True):
            have = Counter(tuple(a[k : k + n]) for k in range(len(a) - n + 1))
            want = Counter(tuple(b[k : k + n]) for k in range(len(b) - n + 1))
            hits += sum(min(count, want[gram]) for gram, count in have.items())
            total += sum(have.values())
        if hits == 0:
            return 0.0
        logs.append(np.log(hits / total))
    c, r = sum(len(a) for a in found), sum(len(b) for b in right)
    return min(1.0, np.exp(1 - r / c)) * np.exp(np.mean(logs))


def _bleu_cases(rng):
    found = []
    for label, texts, most, change in (
        ("too short", 4, 4, -2),
        ("too long", 4, 3, 2),
        ("nothing in common", 2, 2, 0),
        ("a symbol again and again", 3, 2, 0),
        ("some lengths above, some below", 5, 2, None),
        ("one text, all right but for its beginning", 1, 4, 0),
    ):
        right = [list(rng.integers(3, 9, size=n)) for n in rng.integers(7, 12, texts)]
        if label.startswith("one text"):
            right = [[4, 5, 6, 4, 5, 6, 7, 8, 8, 3]]
        ours = []
        for k, b in enumerate(right):
            a = list(b)
            a[int(rng.integers(3))] = 9
            more = change if change is not None else (2, -3)[k % 2]
            a = a[:more] if more < 0 else a + a[-more:] if more else a
            ours.append([int(s) for s in a])
        if label == "nothing in common":
            ours = [[20] * 8, [21] * 7]
        if label == "a symbol again and again":
            ours = [[b[0]] * len(b) for b in right]
            ours[0] = [int(s) for s in right[0]]
        right = [[int(s) for s in b] for b in right]
        found.append(Case(label, (ours, right, most)))
    return found


def _of_sentences(found, right, most):
    return np.mean([bleu([a], [b], most) for a, b in zip(found, right, strict=True)])


def _joined(found, right, most):
    one = [[s for text in side for s in text] for side in (found, right)]
    return bleu([one[0]], [one[1]], most)


PENALTY = "min(1.0, np.exp(1 - r / c)) * "

enter(
    Check(
        "translation.bleu",
        PAGE,
        bleu,
        "found, right, most",
        ("bleu",),
        _bleu_cases,
        (
            mistake(
                "not_clipped",
                "The counts are not clipped: a symbol that stands once in the right "
                "text is a hit as often as it is repeated.",
                "min(count, want[gram])",
                "count * (want[gram] > 0)",
            ),
            mistake(
                "no_brevity_penalty",
                "Texts that are too short are not punished: a single sure word would "
                "be a perfect translation.",
                PENALTY,
                "",
            ),
            mistake(
                "penalty_turned",
                "What is punished are texts that are too long. Precision sees to those "
                "by itself; too *short* ones are punished.",
                "1 - r / c",
                "1 - c / r",
            ),
            mistake(
                "bonus_for_length",
                "Texts that are too long get a bonus above one.",
                PENALTY,
                "np.exp(1 - r / c) * ",
            ),
            mistake(
                "penalty_is_the_ratio",
                "The penalty is the ratio of the lengths; asked for is an exponential.",
                "np.exp(1 - r / c)",
                "c / r",
            ),
            mistake(
                "arithmetic_mean",
                "That is the plain mean of the precisions. In the geometric one a bad "
                "precision pulls all down.",
                "np.exp(np.mean(logs))",
                "np.mean(np.exp(logs))",
            ),
            mistake(
                "single_symbols",
                "Only single symbols are counted, so their order does not matter.",
                "range(1, most + 1)",
                "range(1, 2)",
            ),
            mistake(
                "longest_alone",
                "Only the longest n-grams are counted, and the shorter ones are not.",
                "range(1, most + 1)",
                "range(most, most + 1)",
            ),
            mistake(
                "recall",
                "The hits are divided by the n-grams of the right text: that is "
                "recall, and BLEU is made of precisions.",
                "total += sum(have.values())",
                "total += sum(want.values())",
            ),
            mistake(
                "mean_of_sentences",
                "That is the mean of the BLEU of single sentences. The counts of all "
                "sentences are added up before anything is divided.",
                _of_sentences,
            ),
            mistake(
                "across_sentences",
                "The sentences were joined to one, so that n-grams reach across their "
                "borders.",
                _joined,
            ),
            mistake(
                "distinct_only",
                "Each n-gram is counted once, however often it occurs.",
                "hits += sum(min(count, want[gram]) for gram, count in have.items())",
                "hits += sum(want[gram] > 0 for gram in have)",
                "total += sum(have.values())",
                "total += len(have)",
            ),
            mistake(
                "per_cent",
                "That is in per cent. Asked for is a number up to one.",
                PENALTY,
                "100 * min(1.0, np.exp(1 - r / c)) * ",
            ),
        ),
    )
)


def nearest(texts, train):
    """For each text the nearest training text, and how much they share."""
    rows, shares = [], []
    for a in texts:
        found = []
        for b in train:
            common = sum((Counter(a) & Counter(b)).values())
            found.append(2 * common / (len(a) + len(b)))
        rows.append(int(np.argmax(found)))
        shares.append(max(found))
    return np.array(rows), np.array(shares)


def _nearest_cases(rng):
    def some(count, low, high):
        return [
            [int(k) for k in rng.integers(4, 10, size=n)]
            for n in rng.integers(low, high, size=count)
        ]

    train = some(8, 3, 12)
    again = [*train[:3], *[list(t) for t in train[:3]], *train[3:]]
    texts = some(5, 4, 9)
    return [
        Case("five texts", (texts, train)),
        Case("equal training texts", ([*train[:2], *some(3, 4, 9)], again)),
        Case(
            "repeated symbols",
            (
                [[4, 4, 4, 5], [6, 6, 7, 7]],
                [
                    [4, 5],
                    [5, 4, 4, 6, 4],
                    [7, 6, 8],
                    [6, 7, 6, 7, 9, 9, 9],
                    [4, 4, 4, 4, 5, 5, 5, 5, 6, 6, 7, 7],
                ],
            ),
        ),
    ]


def _last_of_equals(texts, train):
    rows, shares = nearest(texts, train[::-1])
    return len(train) - 1 - rows, shares


COMMON = "sum((Counter(a) & Counter(b)).values())"
SHARE = "2 * common / (len(a) + len(b))"

enter(
    Check(
        "translation.nearest",
        PAGE,
        nearest,
        "texts, train",
        (("rows", "shares"),),
        _nearest_cases,
        (
            mistake(
                "each_symbol_once",
                "Each symbol was counted once, however often it stands in both texts.",
                COMMON,
                "len(set(a) & set(b))",
            ),
            mistake(
                "jaccard",
                "What is common was divided by all that the two texts hold together. "
                "That is another measure than the one asked for.",
                SHARE,
                "common / (len(a) + len(b) - common)",
            ),
            mistake(
                "count_alone",
                "What the two have in common is not divided by their lengths, so the "
                "longest training texts are near to everything.",
                SHARE,
                "common",
            ),
            mistake(
                "half_the_share",
                "The share of a text with itself is one half, and it should be one.",
                SHARE,
                "common / (len(a) + len(b))",
            ),
            mistake(
                "by_own_length",
                "What is common was divided by the length of the text alone. A long "
                "training text holds parts of everything.",
                SHARE,
                "common / len(a)",
            ),
            mistake(
                "by_the_other_length",
                "What is common was divided by the length of the training text alone, "
                "so that the shortest ones win.",
                SHARE,
                "common / len(b)",
            ),
            mistake(
                "same_place",
                "Symbols count only where they stand at the same place. A text that is "
                "moved by one has nothing in common with itself then.",
                COMMON,
                "sum(s == t for s, t in zip(a, b, strict=False))",
            ),
            mistake(
                "last_of_equals",
                "Of training texts that are equally near the last one was taken, and "
                "not the first.",
                _last_of_equals,
            ),
            mistake(
                "farthest",
                "That is the training text which shares the least.",
                "int(np.argmax(found))",
                "int(np.argmin(found))",
                "max(found)",
                "min(found)",
            ),
        ),
    )
)


def accuracies(forced, free, targets, mask):
    """Shares of right symbols, forced and free, and of texts that are right whole."""
    with_help = (forced == targets)[mask].mean()
    alone = (free == targets)[mask].mean()
    whole = ((free == targets) | ~mask).all(axis=1)
    return with_help, alone, whole.mean()


def _accuracy_cases(rng):
    found = []
    for label, N, T, right in (
        ("twelve texts", 12, 7, 0.9),
        ("nearly all right", 9, 5, 0.95),
        ("no padding", 8, 4, 0.7),
    ):
        targets = rng.integers(4, 12, size=(N, T))
        mask = np.arange(T) < rng.integers(2, T, size=N)[:, None]
        mask |= label == "no padding"
        targets[~mask] = 0
        forced, free = targets.copy(), targets.copy()
        forced[rng.random((N, T)) > right] = 13
        free[rng.random((N, T)) > right - 0.1] = 13
        free[:3], free[0, 0] = targets[:3], 13  # one wrong, two right whole
        if not mask.all():
            free[1, ~mask[1]] = 13  # what stands in the padding is nobody's
        forced[2, 0] = 13
        found.append(Case(label, (forced, free, targets, mask)))
    return found


WHOLE = "((free == targets) | ~mask).all(axis=1)"
FORCED = "(forced == targets)[mask].mean()"
FREE = "(free == targets)[mask].mean()"

enter(
    Check(
        "translation.accuracies",
        PAGE,
        accuracies,
        "forced, free, targets, mask",
        (("forced_right", "free_right", "whole"),),
        _accuracy_cases,
        (
            mistake(
                "padding_counted",
                "The shares of symbols count the padding, which is mostly right for "
                "nothing.",
                FORCED,
                "(forced == targets).mean()",
                FREE,
                "(free == targets).mean()",
            ),
            mistake(
                "padding_must_match",
                "A text was called wrong for what stands behind its end.",
                WHOLE,
                "(free == targets).all(axis=1)",
            ),
            mistake(
                "forced_for_free",
                "Whole texts were counted with the right symbol handed in before each "
                "step. In use nobody hands it in.",
                WHOLE,
                "((forced == targets) | ~mask).all(axis=1)",
            ),
            mistake(
                "exchanged",
                "The two shares of symbols are exchanged: forced comes first.",
                "return with_help, alone,",
                "return alone, with_help,",
            ),
            mistake(
                "one_symbol_is_enough",
                "A text counts as right where a single symbol is.",
                WHOLE,
                "((free == targets) & mask).any(axis=1)",
            ),
            mistake(
                "mean_of_texts",
                "The shares of symbols are means over texts of their own shares, in "
                "which a symbol of a short text counts more.",
                FORCED,
                "(((forced == targets) & mask).sum(1) / mask.sum(1)).mean()",
                FREE,
                "(((free == targets) & mask).sum(1) / mask.sum(1)).mean()",
            ),
            mistake(
                "wrong_ones",
                "These are the shares of what is wrong.",
                FORCED,
                "(forced != targets)[mask].mean()",
                FREE,
                "(free != targets)[mask].mean()",
                "whole.mean()",
                "1 - whole.mean()",
            ),
            mistake(
                "counts",
                "These are counts. Asked for are shares.",
                FORCED,
                "(forced == targets)[mask].sum()",
                FREE,
                "(free == targets)[mask].sum()",
                "whole.mean()",
                "whole.sum()",
            ),
        ),
    )
)
