"""Is a GRU nearer to counting where a negation stands, and is it by the order?

Used by ``24-text-classification``. The same three folds as in
``text_classification_readers``. Beside the sentences as they were written, the control:
the words of every sentence in random order, for training and for the judgement. The
interval is over the sentences, for one network.
"""

import re
from collections import Counter
from functools import cache

import numpy as np
import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
from torch.utils.data import DataLoader

from rnnbook.data import DataUnavailable, load_sentences
from rnnbook.training import fit

GRID = [
    {"words": "as written", "epochs": 1},  # the cheap one
    {"words": "as written", "epochs": 5},
    {"words": "shuffled", "epochs": 5},
]
SEEDS = range(100, 600, 100)
# Weights that differ by 1e-5 at the start change the verdict on one sentence of 3,000.
TOLERANCE = {
    "accuracy": 0.01,
    "lead_negation": 2,
    "lead_elsewhere": 1.5,
    "closer": 3,
    "closer_error": 0.3,
}
PAD, UNKNOWN = 0, 1


def tokenize(sentence):
    return re.findall(r"[a-z]+(?:'[a-z]+)?|[.!?,]", sentence.lower())


def negated(sentence):
    return any(w in ("not", "no", "never") or "n't" in w for w in sentence)


def make_vocabulary(sentences, least=2):
    counts = Counter(w for sentence in sentences for w in sentence)
    kept = [w for w, n in counts.items() if n >= least]
    return {w: k for k, w in enumerate(kept, start=2)}


def encode(sentence, vocabulary):
    return [vocabulary.get(w, UNKNOWN) for w in sentence] or [UNKNOWN]


def collate(rows):
    """One batch: the numbers (B, T) with the lengths (B,), and the labels (B,)."""
    ids, labels = zip(*rows, strict=True)
    n = torch.tensor([len(row) for row in ids])
    x = [torch.tensor(row) for row in ids]
    x = pad_sequence(x, batch_first=True, padding_value=PAD)
    return (x, n), torch.tensor(labels, dtype=torch.float32)


class Reader(nn.Module):
    """Logits (B,) of sentences: numbers (B, T) and lengths (B,)."""

    def __init__(self, V, cell=nn.GRU, units=32, **options):
        super().__init__()
        self.embedding = nn.Embedding(V, 32, padding_idx=PAD)
        self.rnn = cell(32, units, batch_first=True, **options)
        self.dropout = nn.Dropout(0.3)
        self.head = nn.Linear(units * (1 + self.rnn.bidirectional), 1)

    def last(self, x, n):
        """The state after the last word (B, H); (B, 2H) of two directions."""
        e = self.dropout(self.embedding(x))
        packed = pack_padded_sequence(
            e, n.cpu(), batch_first=True, enforce_sorted=False
        )
        state = self.rnn(packed)[1]
        h = state[0] if isinstance(state, tuple) else state  # LSTM: h, not c
        return torch.cat([*h[-1 - self.rnn.bidirectional :]], dim=-1)

    def forward(self, batch):
        return self.head(self.dropout(self.last(*batch)))[:, 0]


def train(model, vocabulary, words, labels, epochs=5):
    ids = [encode(sentence, vocabulary) for sentence in words]
    rows = list(zip(ids, labels, strict=True))
    loader = DataLoader(rows, batch_size=64, shuffle=True, collate_fn=collate)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    loss_fn = nn.BCEWithLogitsLoss()
    return fit(
        model, loss_fn, optimizer, loader, epochs=epochs, clip_norm=1.0, progress=False
    )


@torch.inference_mode()
def logits(model, vocabulary, words):
    """A number for each sentence, above 0 for positive ones."""
    device = next(model.parameters()).device
    model.eval()
    (x, n), _ = collate([(encode(s, vocabulary), 0) for s in words])
    return model((x.to(device), n)).cpu().numpy()


def judged(fit_and_score, words, labels, folds):
    """Scores of all sentences, each from the fold that held it out."""
    scores = np.zeros(len(labels))
    for fold, (train, test) in enumerate(folds):
        known, new = ([words[k] for k in rows] for rows in (train, test))
        scores[test] = fit_and_score(known, labels[train], new, fold)
    return scores


def gru(seed, epochs):
    """For `judged`: train on the training part, score the rest."""

    def fit_and_score(known, y, new, fold):
        vocabulary = make_vocabulary(known)
        torch.manual_seed(seed + fold)
        model = Reader(len(vocabulary) + 2)
        train(model, vocabulary, known, y, epochs)
        return logits(model, vocabulary, new)

    return fit_and_score


def counting(known, y, new, fold):
    """For `judged`: logistic regression on pieces of words."""
    bag = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5))
    model = make_pipeline(bag, LogisticRegression(C=10))
    model.fit([" ".join(s) for s in known], y)
    return model.predict_proba([" ".join(s) for s in new])[:, 1] - 0.5


def closer(right, counted, negation):
    """Points by which counting leads with a negation and without, and their difference.

    The last number is the standard error of the difference, over the sentences.
    """
    lead = 100 * (counted.astype(float) - right)
    parts = lead[negation], lead[~negation]
    a, b = (part.mean() for part in parts)
    error = np.sqrt(sum(part.var(ddof=1) / len(part) for part in parts))
    return a, b, b - a, error


@cache
def reviews():
    """Words, labels, folds, and what the best counting model has right."""
    data = load_sentences()
    if data.name != "UCI sentences":
        raise DataUnavailable("The labelled sentences are not there.")
    words = [tokenize(s) for s in data.sentences]
    cut = StratifiedKFold(3, shuffle=True, random_state=0)
    folds = list(cut.split(words, data.labels))
    scores = judged(counting, words, data.labels, folds)
    return words, data.labels, folds, (scores > 0) == data.labels


def run(setting, seed):
    words, labels, folds, counted = reviews()
    negation = np.array([negated(s) for s in words])
    if setting["words"] == "shuffled":
        rng = np.random.default_rng(seed)
        words = [list(rng.permutation(s)) for s in words]
    scores = judged(gru(seed, setting["epochs"]), words, labels, folds)
    right = (scores > 0) == labels
    a, b, difference, error = closer(right, counted, negation)
    return {
        "accuracy": right.mean(),
        "lead_negation": a,
        "lead_elsewhere": b,
        "closer": difference,
        "closer_error": error,
    }
