import json, re
P='/tmp/w15/chapters/24-text-classification.ipynb'
import subprocess, os
if not os.path.exists('/tmp/w15_24/old.ipynb'):
    open('/tmp/w15_24/old.ipynb','w').write(open(P).read())
old=json.load(open('/tmp/w15_24/old.ipynb'))
cells=[]
def lines(s): return s.strip('\n').splitlines(keepends=True)
def md(s,**meta):
    cells.append({"cell_type":"markdown","metadata":meta,"source":lines(s)})
def code(s,*tags,alt=None):
    meta={}
    if alt: meta["mystnb"]={"image":{"alt":alt}}
    if tags: meta["tags"]=list(tags)
    if 'remove-cell' in tags: meta["jupyter"]={"source_hidden":True}
    cells.append({"cell_type":"code","execution_count":None,"metadata":meta,"outputs":[],"source":lines(s)})
N='listing:experiments.text_classification_negation.'
R='listing:experiments.text_classification_readers.'
O='listing:experiments.text_classification_order.'
K='listing:experiments.text_classification_keras.'
OWN='own-data'

md(r'''
# Sentiment analysis: an LSTM in Keras and a GRU in PyTorch

*The acting was good, not bad.* *The acting was bad, not good.* The same words, and the opposite meaning. To tell whether a sentence praises or complains is called **sentiment analysis**. A program that counts words cannot tell these two sentences apart. A program that reads them in order can. So a {term}`recurrent network <recurrent neural network>` should be the better judge of sentences. Is it?

In this chapter you train an LSTM in Keras and a GRU in PyTorch on real reviews, let them judge sentences that you type, save them and load them again. Beside them stands the oldest method there is, which counts words. On real reviews counting wins, and we look for the reason with a control. Then come sentences in which only the order matters, and there the networks win.

:::{admonition} What you will be able to do
- Train a classifier of sentences in Keras that takes text, with `TextVectorization` and the functional API, and save it with its vocabulary.
- Do the same in PyTorch, with a `DataLoader`, a `collate_fn` and packed sequences, on a processor or a graphics card.
- Show that padding changes neither the outputs nor the gradients.
- Compare models on the same sentences, and say how sure the difference is.
- Construct data on which counting words must fail.
- Build a joint model of an LSTM and a GRU in both libraries, and judge it by its controls.
- Train, save, load and use a classifier on your own sentences.
:::

:::{admonition} Before you start
Read {doc}`11-lstm`, {doc}`12-gru` and {doc}`13-three-libraries`. About 45 minutes to read without the exercises; less than a minute to run.
:::
''')
code(r'''
import re
from collections import Counter
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf
import torch
from IPython.display import Markdown
from keras import layers
from sklearn.model_selection import train_test_split
from torch import nn

from rnnbook import evidence, plots
from rnnbook.data import load_labelled, load_sentences

plots.use_style()
torch.set_num_threads(1)  # small networks run fastest on one core
device = "cuda" if torch.cuda.is_available() else "cpu"
FOLDER = Path("logs/24-text-classification")
FOLDER.mkdir(parents=True, exist_ok=True)
''',OWN)
code(r'''
data = load_sentences()
labels = data.labels
pd.set_option("display.max_colwidth", None)  # sentences whole
some = [0, 1, len(data) // 2, -1]
pd.DataFrame({"sentence": data.sentences[some], "label": labels[some]})
''')
md(r'''
The three thousand sentences are from reviews of products, films and restaurants {cite:p}`kotzias2015`. They were chosen for being clearly one or the other: the label 1 means positive, 0 means negative, and half of them are positive. (If they cannot be had, the loader says so and makes up simpler ones. What is trained on this page is then trained on those; what is *stored* still speaks of the real ones.)

## Count the words first

{doc}`01-sequences` asks for the {term}`baseline` before the network. Here it is an old one. Cut each sentence into words and punctuation marks, in lower case:
''')
code(r'''
def tokenize(sentence):
    return re.findall(r"[a-z]+(?:'[a-z]+)?|[.!?,]", sentence.lower())


words = [tokenize(s) for s in data.sentences]
tokenize("The acting wasn't good. Was it?")
''',N+'tokenize',R+'tokenize',OWN)
md(r'''
The simplest model only counts the words, whatever their order: a **{term}`bag of words`**. Every word has a weight, the weights of the words in the sentence are added up, and a logistic function makes a probability of the sum. The same model can also count pairs of neighbouring words, or pieces of two to five characters.

How shall we judge the models? If one tenth of three thousand sentences were held out, luck would decide between models that are close. So every sentence is judged once: there are three **{term}`folds <fold>`**, and each third is judged by a model that was fitted on the other two. All models of this chapter meet the same folds. `cross_val_predict` of scikit-learn does that. A score above 0 means positive.
''')
code(r'''
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline


def counting(**options):
    return make_pipeline(TfidfVectorizer(**options), LogisticRegression(C=10))


baselines = {
    "words": counting(),
    "words and pairs": counting(ngram_range=(1, 2)),
    "characters": counting(analyzer="char_wb", ngram_range=(2, 5)),
}
''')
code(r'''
from sklearn.model_selection import StratifiedKFold, cross_val_predict

texts = np.array([" ".join(s) for s in words])
cut = StratifiedKFold(n_splits=3, shuffle=True, random_state=0)
folds = list(cut.split(texts, labels))
scores = {
    name: cross_val_predict(
        model, texts, labels, cv=folds, method="decision_function"
    )
    for name, model in baselines.items()
}


def accuracy(scores, labels):
    return float(np.mean((scores > 0) == labels))


right = {name: accuracy(s, labels) for name, s in scores.items()}
pd.DataFrame({"accuracy": right}).map("{:.1%}".format)
''')
md(r'''
These are the marks to beat. A coin would get half. Note that no order is involved here, except that of two neighbours in the pairs, and that of the characters within a word.

### Is a sentence both in the training part and in the test part?

Whoever collects reviews collects some of them twice. If one copy is in the training part and the other is judged, the model need only remember it. So look at the copies: a sentence counts as a copy if the same words in the same order stand in the training part of its fold.
''')
code(r'''
copied = np.zeros(len(texts), dtype=bool)
for train_rows, test_rows in folds:
    copied[test_rows] = np.isin(texts[test_rows], texts[train_rows])
best = max(right, key=right.get)
kept = accuracy(scores[best][~copied], labels[~copied])
f"{copied.sum()} copies; {best}: {right[best]:.1%}, without them {kept:.1%}"
''')
md(r'''
There are too few copies to matter: without them the accuracy moves by much less than what separates the models below. They stay in, so that all models meet the same sentences. In your own data there may be many more. Then they have to go, or all copies of a sentence have to go into the same fold.

## An LSTM in Keras, from text to probability

A network wants numbers. Keras has a layer for that, `TextVectorization`. Its `adapt` collects the **{term}`vocabulary`**, the words that the model knows, each with a number. After that the layer turns a text into a row of numbers. It makes lower case, takes punctuation off, cuts at blanks, and fills short sentences up with zeros, the **{term}`padding`**. What is not in the vocabulary gets the number 1, the *unknown word*.

The vocabulary must come from the *training* part. If the test words were numbered too, no test word would ever be unknown, while new words in real use are. We keep the 2,000 most frequent words; the rarer ones are unknown already in training, so the network learns what an unknown word is worth.

An **{term}`embedding`** gives every number a vector, which is learned like any other weight: row $k$ of a matrix $(V, E)$. With `mask_zero=True` the layer also makes a **{term}`mask`** that says where a word stands, and every later layer that knows masks skips the padding. {doc}`13-three-libraries` shows that this changes neither output nor gradient.

The **functional API** of Keras calls each layer on the output of the one before, like a function. That pays off as soon as the network is not a plain chain. Below, `cells` is a list: with one cell it is a chain, with two cells both read the same embedding and their last states are put side by side.
''')
code(r'''
def keras_reader(sentences, cells, units=32):
    """A model from text to a probability, with its own vocabulary."""
    text = layers.TextVectorization(max_tokens=2000, output_sequence_length=40)
    text.adapt(sentences)
    sentence = keras.Input((), dtype="string")
    numbers = text(sentence)
    e = layers.Embedding(text.vocabulary_size(), 32, mask_zero=True)(numbers)
    e = layers.Dropout(0.3)(e)
    states = [cell(units)(e) for cell in cells]
    h = layers.concatenate(states) if len(cells) > 1 else states[0]
    y_hat = layers.Dense(1, activation="sigmoid")(layers.Dropout(0.3)(h))
    return keras.Model(sentence, y_hat)


toy = keras_reader(["good film", "bad film"], cells=[layers.LSTM])
[layer.name for layer in toy.layers], toy.count_params()
''',OWN)
md(r'''
The first layer takes text, so the vocabulary is *inside* the model, and whoever gets the model gets the vocabulary with it. The last layer gives a probability, and the loss is the binary cross-entropy.

How many epochs? The test part must not decide that. So a tenth of the training part is set apart for *validation*. After each epoch the accuracy on it is measured, and if it has not risen for two epochs, `EarlyStopping` ends the training and takes the weights of the best epoch. The tenth is drawn at random from both labels, because these sentences come in order, all products first: Keras's own `validation_split` takes the *last* tenth, which is restaurants only.
''')
code(r'''
def train_keras(model, sentences, labels):
    """What `fit` saw; the model is left with the weights of its best epoch."""
    x, x_val, y, y_val = train_test_split(
        sentences, labels, test_size=0.1, stratify=labels, random_state=0
    )
    adam = keras.optimizers.Adam(learning_rate=1e-2)
    model.compile(adam, loss="binary_crossentropy", metrics=["accuracy"])
    stop = keras.callbacks.EarlyStopping(
        monitor="val_accuracy", patience=2, restore_best_weights=True
    )
    options = dict(batch_size=64, epochs=6, callbacks=[stop], verbose=0)
    validation = (tf.constant(x_val), y_val)
    return model.fit(tf.constant(x), y, validation_data=validation, **options)
''',OWN)
code(r'''
known_rows, new_rows = folds[0]
keras.utils.set_random_seed(0)
lstm = keras_reader(data.sentences[known_rows], cells=[layers.LSTM])
seen = train_keras(lstm, data.sentences[known_rows], labels[known_rows])
pd.DataFrame(seen.history).rename_axis("epoch").round(2)
''')
md(r'''
Read the columns in pairs. The training loss (`loss`) goes down from epoch to epoch. The loss on the validation sentences (`val_loss`) does not follow it for long: the network has begun to remember the training sentences, which is **overfitting**. Dropout, which sets 30 % of the inputs of a layer to zero at random during training, slows that down. With two thousand sentences it does not stop it.

Now the first third, which was held out and has chosen nothing:
''')
code(r'''
def predict_keras(model, sentences):
    """The probability of a positive sentiment, for each sentence."""
    return model.predict(tf.constant(sentences), verbose=0)[:, 0]


y_hat = predict_keras(lstm, data.sentences[new_rows])
keras_live = accuracy(y_hat - 0.5, labels[new_rows])
f"LSTM in Keras, first fold: {keras_live:.1%}"
''',OWN)
# own-data may not depend on lstm: keep the definition apart
cells.pop()
code(r'''
def predict_keras(model, sentences):
    """The probability of a positive sentiment, for each sentence."""
    return model.predict(tf.constant(sentences), verbose=0)[:, 0]


predict_keras(toy, ["good film"]).shape
''',OWN)
code(r'''
def beside(what, value, band):
    return f"{what}: {value:.1%}; stored: {band.low:.1%} to {band.high:.1%}"


y_hat = predict_keras(lstm, data.sentences[new_rows])
keras_live = accuracy(y_hat - 0.5, labels[new_rows])
KERAS = "text_classification_keras"
band = evidence.band(KERAS, "accuracy", model="LSTM")
beside("LSTM in Keras, first fold", keras_live, band)
''')
md(r'''
One {term}`seed` is one draw: another initialisation and another order of the batches would have given another number. So this page has two kinds of numbers. What is *trained live* is one network with one seed. What is *stored* was trained beforehand on the real sentences, with other seeds than the one above, and what stands behind a number above says where 99 of 100 more runs are expected. `make evidence NAME=text_classification_keras` repeats the stored runs of this section.

Now type sentences of your own:
''')
code(r'''
MINE = ["I loved every minute of it.", "What a waste of time and money."]
MINE += ["The acting was good, not bad.", "The acting was bad, not good."]
pd.DataFrame({"LSTM, Keras": predict_keras(lstm, MINE).round(2)}, index=MINE)
''')
md(r'''
Near 1 means positive, near 0 negative. The last two have the same words. Does the network tell them apart? Two sentences prove nothing, so a section below asks this question properly.

A trained model is worth keeping. One file holds the layers, the weights *and the vocabulary*. What was loaded must answer as before:
''')
code(r'''
lstm.save(FOLDER / "sentiment.keras")
loaded = keras.saving.load_model(FOLDER / "sentiment.keras")
assert np.allclose(predict_keras(loaded, MINE), predict_keras(lstm, MINE))
''')
md(r'''
## A GRU in PyTorch

PyTorch leaves the text to us. The vocabulary is a dictionary; words that came only once are left out, so that the unknown word is trained here as well. A sentence becomes a list of numbers.
''')
code(r'''
PAD, UNKNOWN = 0, 1


def make_vocabulary(sentences, least=2):
    counts = Counter(w for sentence in sentences for w in sentence)
    kept = [w for w, n in counts.items() if n >= least]
    return {w: k for k, w in enumerate(kept, start=2)}


def encode(sentence, vocabulary):
    return [vocabulary.get(w, UNKNOWN) for w in sentence] or [UNKNOWN]


small = make_vocabulary([["good", "good", "not", "not", "bad"]])
encode(["surprisingly", "good"], small)
''',N+'make_vocabulary',N+'encode',R+'make_vocabulary',OWN)
md(r'''
A `DataLoader` draws the {term}`batches <batch>` in random order. Sentences of different lengths do not fit into one tensor, so it needs a function that puts the sentences of a batch together, its `collate_fn`. Ours fills them up to the longest of the batch and keeps the true lengths.
''')
code(r'''
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
from torch.utils.data import DataLoader


def collate(rows):
    """Numbers (B, T) with lengths (B,), and labels (B,)."""
    ids, labels = zip(*rows, strict=True)
    n = torch.tensor([len(row) for row in ids])
    x = [torch.tensor(row) for row in ids]
    x = pad_sequence(x, batch_first=True, padding_value=PAD)
    return (x, n), torch.tensor(labels, dtype=torch.float32)


TWO = [([2, 3], 1), ([4] * 6, 0)]  # "good not", and six times an unknown word
TWO = [(encode(["not", "good"], small), 1), ([2, 3, 2, 3, 2, 1], 0)]
collate(TWO)
''',N+'collate',OWN)
cells[-1]['source']=lines(''.join(cells[-1]['source']).replace('''TWO = [([2, 3], 1), ([4] * 6, 0)]  # "good not", and six times an unknown word
TWO = [(encode(["not", "good"], small), 1), ([2, 3, 2, 3, 2, 1], 0)]
''','''TWO = [([3, 2], 1), ([2, 3, 2, 3, 2, 1], 0)]  # numbers and label
'''))
md(r'''
The network: embedding, dropout, a recurrent layer, the state after the last word, and one number, the *logit*. Above 0 means positive; the logistic function makes a probability of it. The padding must not be read. PyTorch leaves it out if the batch is **packed** together with the lengths (which it wants on the processor, hence `n.cpu()`). The cell, the number of layers and the directions are arguments, since each is a question below.
''')
code(r'''
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


Reader(V=100)(collate(TWO)[0]).shape
''',N+'Reader',OWN)
md(r'''
`logits` asks a network without training it, so it runs in `inference_mode`, and switches dropout off by `eval`. What goes in is brought to the device of the model, and what comes out comes back.
''')
code(r'''
@torch.inference_mode()
def logits(model, vocabulary, words):
    """A number for each sentence, above 0 for positive ones."""
    device = next(model.parameters()).device
    model.eval()
    (x, n), _ = collate([(encode(s, vocabulary), 0) for s in words])
    return model((x.to(device), n)).cpu().numpy()


logits(Reader(V=5), small, [["good"], ["not", "good"]]).shape
''',N+'logits',OWN)
md(r'''
The training puts it together: a vocabulary, a network on the device, a `DataLoader`, an optimiser. `fit` is the training loop of this course; it brings each batch to the device of the model, and clips the gradients. `predict` makes probabilities of the logits.
''')
code(r'''
from rnnbook.training import fit


def trained(words, labels, seed, device, epochs=5):
    """A GRU and the vocabulary of its training sentences."""
    vocabulary = make_vocabulary(words)
    torch.manual_seed(seed)
    model = Reader(V=len(vocabulary) + 2).to(device)
    ids = [encode(sentence, vocabulary) for sentence in words]
    rows = list(zip(ids, labels, strict=True))
    loader = DataLoader(rows, batch_size=64, shuffle=True, collate_fn=collate)
    adam = torch.optim.Adam(model.parameters(), lr=1e-2)
    loss_fn = nn.BCEWithLogitsLoss()
    fit(model, loss_fn, adam, loader, epochs=epochs, clip_norm=1.0)
    return model, vocabulary


def predict(model, vocabulary, sentences):
    """The probability of a positive sentiment, for each sentence."""
    z = logits(model, vocabulary, [tokenize(s) for s in sentences])
    return 1 / (1 + np.exp(-z))
''',OWN)
md(r'''
Now the real sentences, on the first fold, and beside it the model of Keras:
''')
code(r'''
known = [words[k] for k in known_rows]
gru, vocabulary = trained(known, labels[known_rows], seed=0, device=device)
shown = {"LSTM, Keras": predict_keras(lstm, MINE)}
shown["GRU, PyTorch"] = predict(gru, vocabulary, MINE)
pd.DataFrame(shown, index=MINE).round(2)
''')
md(r'''
The same four sentences in two libraries. Now all three folds, so that every sentence is judged once by a network that has not seen it:
''')
code(r'''
z = np.zeros(len(labels))
for seed, (train_rows, test_rows) in enumerate(folds):
    fold_words = [words[k] for k in train_rows]
    model, its = trained(fold_words, labels[train_rows], seed, device)
    z[test_rows] = logits(model, its, [words[k] for k in test_rows])
scores["GRU, PyTorch"], gru_live = z, accuracy(z, labels)
READERS = "text_classification_readers"
band = evidence.band(READERS, "accuracy", model="GRU", epochs=5)
beside("GRU in PyTorch, all folds", gru_live, band)
''')
md(r'''
The stored GRUs have the same layers, rate and number of epochs. These settings were chosen for the GRU on these very folds, which favours it a little. Remember that when counting wins all the same.

## Padding changes nothing

Is the padding really not read? Fill two sentences of two words up to ever more words, and look at their logits. On the left is our network, which packs. On the right are the same weights, read as many programs do: by the last *column* of the states, `out[:, -1]`, without lengths.
''')
code(r'''
torch.manual_seed(0)
model = Reader(V=5).double().eval()
rows = {}
for T in (2, 10, 20, 60):
    x = torch.full((2, T), PAD)
    x[:, :2] = torch.tensor([[3, 2], [4, 4]])
    packed = model((x, torch.tensor([2, 2])))
    column = model.head(model.rnn(model.embedding(x))[0][:, -1])[:, 0]
    rows[T] = [*packed.tolist(), *column.tolist()]
columns = ["packed, not good", "packed, bad bad"]
columns += ["last column, not good", "last column, bad bad"]
padded_to = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
padded_to.rename_axis("filled up to").round(4)
''')
md(r'''
Packed, each column stays the same: the padding is not read. (The tests of this page compare all gradients as well, for each kind of network used here.) Read by the last column, the logit of a sentence depends on the longest sentence of its batch. In the last rows it hardly depends on the sentence at all: the two columns on the right agree. The GRU has read so much padding that its state has settled where it always settles. In a bidirectional layer the last column is wrong even without padding: there the backward half has read *one* word. Its summary stands at the first word, which is why `Reader` takes the final states.

## Who wins?

Two models that judge the same sentences agree on most. Only those sentences on which *one* is right and the other wrong can tell the models apart. If the two were equally good, each such sentence would be the toss of a coin, and a binomial test says how unlikely the observed split would be. This is the test of {cite:t}`mcnemar1947`.
''')
md(r'''
One network with one seed may have been unlucky. So the table holds the stored runs, each compared with the best counting model, *characters*. The columns in the middle count the sentences that only counting, or only the network, has right. The last one is the worst case for counting: the largest p-value among the seeds.
''')
code(r'''
from scipy.stats import binomtest

stored = evidence.select(evidence.load(READERS), {"epochs": 5})
splits = stored[["only_counting", "only_it"]].astype(int).to_numpy()
stored["p"] = [binomtest(int(a), int(a + b)).pvalue for a, b in splits]
forms = {"accuracy": ".1%", "only_counting": ".0f", "only_it": ".0f"}
against = evidence.table(READERS, forms, by="model", epochs=5)
against["largest p"] = stored.groupby("model").p.max().map("{:.1g}".format)
against.loc[["GRU", "LSTM", "LSTM, Keras"]].rename_axis(None)
''','hide-input')
md(r'''
The accuracy of the best counting model stands in the first table of this page. **Counting wins**: no network of these runs comes up to it, and in each of them the split of the sentences is too uneven for a coin. (The LSTM in Keras of this table had the vocabulary of the PyTorch part.)

Why? One possible reason is that three thousand sentences are few. A counting model learns one number for each word; a network learns a vector of 32 numbers for each word, and a grammar on top. (Vectors that others have learned from a large corpus aim at that. They have to be downloaded; what they would gain is not measured here.) Another possible reason is that the order is worth little in sentences like these. That we can test.

## Is it the order? A control with shuffled words

A *not* turns the word after it round, and a bag of words does not see which word comes after. So if the network can use the order, it should do better, relative to counting, where a negation stands. The stored GRUs were split that way: by how many points does counting lead in sentences with *not*, *no*, *never* or *n't*, and by how many elsewhere? Their difference is how much closer the network comes where a negation stands.

There is luck of two kinds in that difference. Another seed moves it, and so would another choice of sentences. The first is the spread over the seeds, the second a standard error over the sentences, for one network (`closer_error` below).

And even if the difference is real, is it *because of the order*? That needs the run without the cause. So the experiment `text_classification_negation` trains the same GRU again, with the words of every sentence **shuffled**, for training and for the test. A network that reads shuffled words has no order to use. All that is left to it is which words occur.
''')
code(r'''
NEGATION = "text_classification_negation"
forms = {"accuracy": ".1%", "lead_negation": "+.1f", "lead_elsewhere": "+.1f"}
forms |= {"closer": "+.1f", "closer_error": ".1f"}
evidence.table(NEGATION, forms, by="words", epochs=5)
''')
code(r'''
runs = evidence.select(evidence.load(NEGATION), {"epochs": 5})
mean = runs.groupby("words")[["accuracy", "closer", "closer_error"]].mean()
half = 1.96 * mean.closer_error
mean.assign(low=mean.closer - half, high=mean.closer + half).round(2)
''','hide-input')
md(r'''
Two things follow. First, most of what the network comes closer is still there when the words are shuffled, so the order is not the main cause. What the main cause is, the table does not say. To conclude "the network reads the negation" from the first row alone would have been wrong. Second, taking all order away costs the GRU about a point, hardly more than another seed. The order of these sentences is worth little *to this network*. It may be that most reviews are decided by a single word, *great*, *terrible*, *waste*, wherever it stands. This does not show that no network could gain more from the order.

## Where counting must fail

Is order then worth nothing? Make sentences in which nothing else matters. Each has one good and one bad adjective, and a form that says which of the two counts. Each comes with its twin, in which the two adjectives have changed places. Twins have the *same words* and *opposite labels*.
''')
code(r'''
from rnnbook.data import twin_sentences

known_made, known_y, new, new_y = twin_sentences(rng=0)
pd.DataFrame({"label": new_y[:4]}, index=[" ".join(s) for s in new[:4]])
''')
md(r'''
These are two of six forms. For the test, whole *pairs of adjectives* are held out, in all forms. Each adjective has been seen in training, and each form, but no pair of the test.
''')
md(r'''
Whatever a model computes from the *counts* of words, it computes the same for both twins, so it is right on exactly one of them. Hence it is right on half of the sentences: not roughly but exactly, and for any training whatever. That is a proof, and the table agrees. Runs of two or three words see a little of the order. And the GRU, in twelve epochs?
''')
code(r'''
by_runs = {}
for k in (1, 2, 3):
    model = counting(ngram_range=(1, k))
    model.fit([" ".join(s) for s in known_made], known_y)
    new_texts = [" ".join(s) for s in new]
    by_runs[f"runs of up to {k}"] = model.score(new_texts, new_y)
made_gru, made_words = trained(known_made, known_y, 0, device, epochs=12)
made_live = accuracy(logits(made_gru, made_words, new), new_y)
live = by_runs | {"GRU, this run": made_live}
pd.DataFrame({"accuracy": live}).map("{:.1%}".format)
''')
code(r'''
ORDER = "text_classification_order"
evidence.table(ORDER, {"accuracy": ".1%"}, by="model")
''')
md(r'''
The second table holds stored runs with other seeds, also of an LSTM. Here the order *is* the meaning. A state that carries along what was read is what is needed, and both networks read every sentence, or nearly every one, rightly. So the networks *can* use the order. On the reviews the same kind of network gains little by it, as the control has shown.

(One short cut is open to the networks: with one good and one bad adjective in each sentence, the form and the *first* adjective already tell the label. An exercise asks whether they take it.) Before you reach for a network, ask what a bag of words scores, and what is left of a network's accuracy when the words are shuffled.

## Two directions, two layers, other states

The last state is one choice. Others are the mean of all states or their largest values, both without the padding; an exercise builds the second. A **{term}`bidirectional layer`** reads from both ends, `Reader(V, bidirectional=True)`, and `num_layers=2` puts a second layer on top. None of the four is trained on this page. These are the stored runs on the real sentences.
''')
code(r'''
variants = ["GRU", "mean", "maximum", "both directions", "two layers"]
shown = against.loc[variants, ["accuracy", "seeds"]].rename_axis(None)
shown.rename({"GRU": "last state"})
''','hide-input')
md(r'''
The means lie within little more than a point, and another seed alone moves a network by nearly as much. Whoever names the best of five rows has let luck choose among five: Welch's t-test of the best row against the first has a p below 0.05, and for four tries it would have to be below 0.05 / 4, which it is not. On sentences this short the choice is worth little.

## One model of two cells: LSTM and GRU, trained jointly

If an LSTM and a GRU read the same sentence, and one readout sees both of their last states: is the **joint model** better than either? In Keras it is our function with two cells:
''')
code(r'''
joint = keras_reader(MINE, cells=[layers.LSTM, layers.GRU])
[layer.name for layer in joint.layers]
''')
md(r'''
The list shows the two branches: one embedding goes into both cells, and `concatenate` puts their states side by side. In PyTorch two of our networks share one embedding, and one readout takes the place of theirs:
''')
code(r'''
class Joint(nn.Module):
    """Logits (B,) from the last states of an LSTM and a GRU."""

    def __init__(self, V):
        super().__init__()
        self.lstm, self.gru = Reader(V, cell=nn.LSTM), Reader(V, cell=nn.GRU)
        self.lstm.head = self.gru.head = nn.Identity()  # not used
        self.gru.embedding = self.lstm.embedding  # shared
        self.head = nn.Linear(64, 1)

    def forward(self, batch):
        both = [self.lstm.last(*batch), self.gru.last(*batch)]
        return self.head(self.lstm.dropout(torch.cat(both, dim=-1)))[:, 0]


Joint(V=5)(collate(TWO)[0]).shape
''')
md(r'''
A joint model is easily judged wrongly. It has more weights, and averaging *any* two models helps. So there are three controls: one GRU with as many weights as the joint model (55 units), the mean of an LSTM and a GRU that were trained apart, and the mean of two GRUs. All are stored runs on all three folds:
''')
code(r'''
joined = ["LSTM", "GRU", "joint", "wide GRU"]
joined += ["mean of LSTM and GRU", "mean of two GRUs"]
against.loc[joined, ["accuracy", "seeds"]].rename_axis(None)
''','hide-input')
md(r'''
The joint model is ahead of both single networks. But it gains less than the wide GRU, which has one kind of cell, and less than the mean of two GRUs, which has one kind of cell as well. So nothing here speaks for two *kinds* of cell under one readout. Where a joint model gains, ask first what a wider network and a plain average gain. And in Keras, first fold:
''')
code(r'''
evidence.table(KERAS, {"accuracy": ".1%"}, by="model")
''')
md(r'''KERAS_READING''')
md(r'''
## What did it react to?

Leave one word out, and see how the logit changes: that is **{term}`occlusion`**. A word that spoke for a positive sentiment takes its part of the logit with it.
''')
code(r'''
def occlusion(model, vocabulary, sentence):
    """How much the logit falls without each word."""
    shorter = [sentence[:k] + sentence[k + 1 :] for k in range(len(sentence))]
    z = logits(model, vocabulary, [sentence, *shorter])
    return z[0] - z[1:]


occlusion(gru, vocabulary, tokenize("A great film!")).round(1)
''')
code(r'''
new_words = [words[k] for k in new_rows]
z = logits(gru, vocabulary, new_words)
short = np.array([7 <= len(s) <= 10 for s in new_words])
wrong = (z > 0) != labels[new_rows]
picked = {"positive": z > 1, "negative": z < -1, "misread": wrong}
fig, axes = plt.subplots(1, 3, figsize=(7, 3.2), sharex=True)
for ax, (title, which) in zip(axes, picked.items()):
    sentence = new_words[np.argmax(which & short)]  # the first that is
    part = occlusion(gru, vocabulary, sentence)
    colors = [plots.COLORS[int(p < 0)] for p in part]
    ax.barh(range(len(part)), part, color=colors)
    ax.set_yticks(range(len(part)), sentence)
    ax.set(title=title, xlabel="part of the logit")
    ax.invert_yaxis()
plt.show()
''','gallery-figure','hide-input',alt="Three bar charts side by side, each for one sentence, with a bar for every word: to the right where leaving the word out lowers the logit, to the left where it raises it. The titles are positive, negative and misread. In each sentence one or two words have long bars and most words have short ones.")
md(r'''
Blue words spoke for a positive sentiment, orange ones for a negative one. The third sentence is one that the network gets wrong, and one sees on which words. Do not take this for the network's reasons. The parts do not add up to the logit, since words act together: without *not*, *good* changes sides, and of two words of praise each covers for the other. And a sentence with a hole is a kind of sentence that the network has never been trained on. Occlusion says what the logit *depends on here*, and neither why, nor what a person would have meant.

## Your own data

Now with your own sentences. `load_labelled` reads a table with a column of sentences and a column of two labels: a CSV file, a spreadsheet, or a DataFrame. If it cannot tell which column is which, it says so, and you name them: `load_labelled("reviews.csv", text="review", label="stars", positive=5)`. Put the name of your file in place of the empty text; without one, these cells take 600 of the reviews of this chapter.
''')
code(r'''
FILE = ""  # "reviews.csv"
mine = load_labelled(FILE) if FILE else load_sentences()
some = np.random.default_rng(0).permutation(len(mine))
some = some[: None if FILE else 600]
x, x_new, y, y_new = train_test_split(
    mine.sentences[some], mine.labels[some], test_size=0.2, random_state=0
)
''',OWN)
md(r'''
In PyTorch: train, and save everything that is needed in one file. That is the weights, and the vocabulary, without which the numbers would mean other words.
''')
code(r'''
model, its_vocabulary = trained(
    [tokenize(s) for s in x], y, seed=0, device=device
)
saved = {"weights": model.cpu().state_dict(), "vocabulary": its_vocabulary}
torch.save(saved, FOLDER / "sentiment.pt")
share = np.mean((predict(model, its_vocabulary, x_new) > 0.5) == y_new)
f"{share:.0%} of {len(x_new)} sentences right"
''',OWN)
md(r'''
Now load the file as in a fresh kernel, where nothing is left but the definitions:
''')
code(r'''
saved = torch.load(FOLDER / "sentiment.pt", weights_only=True)
again = Reader(V=len(saved["vocabulary"]) + 2).to(device)
again.load_state_dict(saved["weights"])
ask_me = ["I would buy it again.", "Never again!"]
predict(again, saved["vocabulary"], ask_me).round(2)
''',OWN)
md(r'''
In Keras the file holds all that by itself, and `load_model` needs no definition of ours:
''')
code(r'''
keras.utils.set_random_seed(0)
model = keras_reader(x, cells=[layers.LSTM])
train_keras(model, x, y)
model.save(FOLDER / "mine.keras")
again = keras.saving.load_model(FOLDER / "mine.keras")
predict_keras(again, ask_me).round(2)
''',OWN)
md(r'''
Before you believe a score, do what this chapter did: compare with `counting(analyzer="char_wb", ngram_range=(2, 5))` on the same sentences, look for copies, and repeat with other seeds. A few hundred sentences are few; and nobody has checked here whether a probability of 0.9 is right nine times out of ten.
''')
md(r'''SUMMARY''')
# hidden cells
code(r'''
def runs_of(model, number="accuracy"):
    """The stored runs of a model, one number for each seed."""
    return evidence.select(stored, {"model": model})[number]


order_runs = evidence.load(ORDER).accuracy
counted = float(stored.counting.iloc[0])
Markdown(  # for the page that shows all applications
    f"On 3,000 short reviews, counting pieces of words is right on "
    f"**{counted:.1%}**, a GRU on {runs_of('GRU').mean():.1%}. On sentences "
    "whose meaning is in their order alone, counting words is right on "
    f"exactly half, and the networks on {order_runs.mean():.1%}."
)
''','remove-cell','gallery-sentence')
code(r'''
# Padding changes no gradient, for each kind of network of this page.
def gradients(model, batches):
    model.zero_grad()
    z = torch.cat([model(batch) for batch in batches])
    (z * torch.tensor([1.0, -2.0])).sum().backward()
    return [z.detach(), *(p.grad.clone() for p in model.parameters())]


kinds = [{}, {"cell": nn.LSTM}, {"bidirectional": True}, {"num_layers": 2}]
models = [Reader(V=5, **options) for options in kinds] + [Joint(V=5)]
assert sum(p.numel() for p in Joint(V=9).parameters()) == 15137  # the wide: 15029
(x, n), _ = collate(TWO)
filled = [(nn.functional.pad(x, (0, 54), value=PAD), n)]
alone, apart = [collate([row])[0] for row in TWO], []
for model in models:
    pairs = (gradients(model.double().eval(), b) for b in (alone, filled))
    apart += [(a - b).abs().max().item() for a, b in zip(*pairs)]
max(apart) < 1e-12
''','remove-cell','nbval-check-output')
code(r'''
# What this page says, on this run: compared by the tests, and no error with
# other data.
real = data.name == "UCI sentences"
readers = ["GRU", "LSTM", "LSTM, Keras"]
worst = max(runs_of(m, "p").max() for m in readers)
ahead = counted - max(runs_of(m).mean() for m in readers)
one, other = mean.loc["as written"], mean.loc["shuffled"]
gru_band = evidence.band(READERS, "accuracy", model="GRU", epochs=5)
keras_band = evidence.band(KERAS, "accuracy", model="LSTM")
checked = {
    "the live GRU lies in its band": not real or gru_live in gru_band,
    "the live LSTM in Keras too": not real or keras_live in keras_band,
    "pieces of words count best": not real or best == "characters",
    "as in the stored runs": not real or abs(right[best] - counted) < 0.002,
    "live, counting wins": not real or right[best] > gru_live + 0.005,
    "stored, it wins by a point": ahead > 0.01,
    "stored, beyond a toss of coins, every run": worst < 0.05,
    "few copies": not real or copied.mean() < 0.02,
    "copies move little": not real or abs(right[best] - kept) < 0.005,
    "shuffled, half of it is left": other.closer > 0.5 * one.closer,
    "little order": abs(one.accuracy - other.accuracy) < 0.02,
}
{name: bool(value) for name, value in checked.items()}
''','remove-cell','nbval-check-output')
code(r'''
from scipy.stats import ttest_ind

m = {name: float(runs_of(name).mean()) for name in against.index}
tests = [ttest_ind(runs_of(k), runs_of("GRU"), equal_var=False)
         for k in variants[1:]]
still = np.ptp(padded_to.to_numpy()[:, :2], axis=0).max()
column = padded_to.iloc[:, 2:].diff(axis=1).iloc[:, 1].abs()
made_band = evidence.band(ORDER, "accuracy", model="GRU")
checked = {
    "bag of words: exactly half": by_runs["runs of up to 1"] == 0.5,
    "pairs and triples: more": min(list(by_runs.values())[1:]) > 0.55,
    "the live GRU reads the order": made_live in made_band,
    "the stored networks do": order_runs.min() > 0.9,
    "packed, nothing moves": still < 1e-12,
    "by the last column, all alike": column[60] < column[2] / 100,
    "variants within two points": np.ptp([m[k] for k in variants]) < 0.02,
    "best p": 0.05 / 4 < min(t.pvalue for t in tests) < 0.05,
    "joint above the two": m["joint"] > max(m["GRU"], m["LSTM"]),
    "joint below the wide GRU": m["joint"] < m["wide GRU"],
    "and below the mean of two": m["joint"] < m["mean of two GRUs"],
    "the wide GRU is the stored one": (runs_of("wide GRU", "hidden") == 55).all(),
}
{name: bool(value) for name, value in checked.items()}
''','remove-cell','nbval-check-output')
exec(open('/tmp/w15_24/tail.py').read())
