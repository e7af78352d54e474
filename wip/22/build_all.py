import json
P='/tmp/w22/tree/chapters/22-mnist-rows.ipynb'
SRC='/tmp/w22/orig.ipynb'
import os,shutil
if not os.path.exists(SRC): shutil.copy(P,SRC)
nb=json.load(open(SRC))
old={c['id']:c for c in nb['cells']}
order=[c['id'] for c in nb['cells']]
cells=[]
def lines(s):
    s=s.strip('\n'); return s.splitlines(keepends=True)
def md(id,s,tags=None):
    c={'cell_type':'markdown','id':id,'metadata':{},'source':lines(s)}
    if tags: c['metadata']['tags']=tags
    cells.append(c)
def code(id,s,tags=None,alt=None):
    m={}
    if alt: m['mystnb']={'image':{'alt':alt}}
    if tags: m['tags']=tags
    cells.append({'cell_type':'code','execution_count':None,'id':id,'metadata':m,'outputs':[],'source':lines(s)})
def keep(id,*subs,tags=False):
    c=json.loads(json.dumps(old[id])); s=''.join(c['source'])
    for a,b in subs:
        assert a in s,(id,a); s=s.replace(a,b)
    c['source']=lines(s)
    if tags is not False:
        c['metadata'].pop('tags',None)
        if tags: c['metadata']['tags']=tags
    cells.append(c)
I='22-mnist-rows-'

md(I+'000',r'''
# MNIST digits row by row: LSTM and GRU in Keras and PyTorch

Lay a sheet of paper over a handwritten digit and pull it down slowly, one line of pixels at a time. When do you know which digit it is? For a 7 the first stroke may do; a 2 and an 8 take longer. You read the image as a *sequence*, and your belief moves with every line.

This chapter lets {term}`recurrent networks <recurrent neural network>` do the same with the best-known images of machine learning. It is the classic exercise of image classification in Keras, two stacked layers of 50 units, with the questions that it leaves open. Is the LSTM better, or the GRU? What is the order of the rows worth? When does the network know, and does it know that it knows? And what does it say about a digit that *you* have written?

:::{admonition} What you will be able to do
- Feed images to a Keras and to a PyTorch LSTM with the right shape, and recognise two wrong ones, one loud and one silent.
- Count the parameters of a stacked network by hand.
- Decide between two classifiers with a paired test, and say what that test does not decide.
- Tell what an experiment shows from what its shortness shows.
- Follow a network's belief from row to row, and say when it may be trusted.
- Bring a photo of your own digit into the form that the network was trained on, and have it named.
:::

:::{admonition} Before you start
You should have read {doc}`11-lstm` and {doc}`12-gru`, and have seen a PyTorch module. About 45 minutes to read without the exercises; less than a minute to run on two cores.
:::
''')
code(I+'001','''
import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from IPython.display import Markdown
from sklearn.model_selection import train_test_split

from rnnbook import evidence, plots
from rnnbook.data import load_image, load_mnist

plots.use_style()
device = "cuda" if torch.cuda.is_available() else "cpu"
data = load_mnist()
mnist = data.name == "MNIST"
data.train.images.shape, data.test.images.shape
''')
code(I+'002','''
N, R, C = data.train.images.shape
CLASSES = 1 + int(data.train.labels.max())
other = "" if mnist else " The stored tables are MNIST's, no measure for it."
Markdown(
    f"This run reads **{data.name}**: {N:,} images of {R} × {C} pixels to "
    f"learn from, {len(data.test):,} to be judged by.{other}"
)
''',['hide-input'])
md(I+'003','''
MNIST was put together by {cite:t}`lecun1998gradient` from forms that employees of the US census and high-school students had filled in. Look at the images before you model them.
''')
keep(I+'004')
md(I+'005','''
## Three parts, and an envelope

Every choice is made on a *validation part*, cut out of the training images; the test images stay closed, as in an envelope, until the networks are finished. The cut keeps the proportions of the ten digits (`stratify`), and the pixels are brought into the range from 0 to 1.
''')
keep(I+'006')
md(I+'007','''
This cut is drawn at random, so the writers of the validation images also wrote training images. The writers of MNIST's test images did not. A validation part like this is a good judge *between* networks; for the accuracy on new writers, only the test set speaks.

## An image is already a sequence

A recurrent layer wants an array of three dimensions, ({term}`batch`, time, features). An array of images has three dimensions, (image, row, column). Nothing needs to be reshaped: the rows are the {term}`time steps <time step>`, from top to bottom, and the 28 pixels of a row are the features of a step.

A script that was adapted from a convolutional network fails here all the same. A convolution wants a fourth dimension, the colour channel. A recurrent layer does not, and says so:
''')
code(I+'008','''
from keras.layers import GRU, LSTM, Dense, Input

for layers in (
    (Input((R, C, 1)), LSTM(50, name="first")),
    (Input((R, C)), LSTM(50, name="first"), LSTM(50, name="second")),
):
    try:
        keras.Sequential(layers)
    except ValueError as error:
        print(error)
''')
md(I+'009','''
In the first message, *found ndim=4* are the batch, the rows, the columns and a channel too many: with `Input((28, 28))` it is gone. The second message has another cause. An LSTM hands on its *last* state only, (batch, 50), and the layer above it finds no time axis. Every recurrent layer but the last needs `return_sequences=True`.

## The classic network

Two recurrent layers of 50 units and a dense layer on top. It ends in *logits*, plain numbers for the ten digits, and leaves the {term}`softmax` to the loss, which computes it more exactly.
''')
keep(I+'010')
md(I+'011',r'''
How many parameters does it learn? An LSTM layer has four blocks, each with a matrix for its $D$ inputs, one for its $H$ states, and a bias; a Keras GRU has three blocks with *two* biases each ({doc}`13-three-libraries`):

$$
n_\text{LSTM} = 4 \, (D H + H^2 + H) , \qquad
n_\text{GRU} = 3 \, (D H + H^2 + 2 H) .
$$ (eq-mnist-parameters)

The second layer reads the 50 outputs of the first, so its $D$ is 50. The number of *rows* does not occur, because the same weights are used at every step. The formula against the library:
''')
code(I+'012','''
H, head = 50, 50 * CLASSES + CLASSES
formula = {  # eq-mnist-parameters
    "LSTM": sum(4 * (D * H + H * H + H) for D in (C, H)) + head,
    "GRU": sum(3 * (D * H + H * H + 2 * H) for D in (C, H)) + head,
}
counts = {c.__name__: classic(c).count_params() for c in (LSTM, GRU)}
pd.DataFrame({"by hand": formula, "Keras": counts})
''')
md(I+'013',r'''
## Training: the rate first

{term}`Adam` with its default rate of 0.001 and a few epochs is the first thing to try. But the learning rate is the hyperparameter that matters most; {cite:t}`greff2017lstm` found so over thousands of runs, among the settings that they varied. A small constant rate is slow at first, and a large one does not settle at the end. A *schedule* has both: rise to a peak, then fall to zero along a cosine. {cite:t}`smith2019super` called it *{term}`one cycle`*; theirs rises and falls in straight lines, the cosine is a common variant. With $n$ updates in all, of which the first $w = n / 4$ warm up, the fraction of the peak at update $k$ is

$$
s_k = \begin{cases}
0.1 + 0.9 \, k / w & k < w \\
\tfrac12 \left( 1 + \cos \pi \dfrac{k - w}{n - w} \right) & k \ge w .
\end{cases}
$$ (eq-mnist-one-cycle)

In Keras this is `CosineDecay` with a warm-up. The gradient is {term}`clipped <gradient clipping>` to a joint norm of 1, `global_clipnorm`.
''')
code(I+'017','''
def keras_cycle(peak, n):
    w = n // 4
    return keras.optimizers.schedules.CosineDecay(
        0.1 * peak, n - w, warmup_target=peak, warmup_steps=w
    )


def train_keras(model, rate, train, val, epochs):
    model.compile(
        optimizer=keras.optimizers.Adam(rate, global_clipnorm=1.0),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    options = {"validation_data": val, "verbose": 0}
    return model.fit(*train, batch_size=BATCH, epochs=epochs, **options)
''')
md(I+'018','''
This page has two kinds of numbers. What is *trained live* is short, with one seed, and ends in seconds before your eyes: here three epochs over the first 5,120 images. What is *stored* was trained beforehand by a program in `experiments/`, on MNIST, with several seeds.
''')
code('9868009d','''
BATCH, REPEAT = (128, 1) if len(x_train) > 10_000 else (32, 8)
few = x_train[:5120], y_train[:5120]
updates = 3 * REPEAT * -(-len(few[0]) // BATCH)

keras.utils.set_random_seed(0)
net = classic(LSTM)
rate = keras_cycle(0.012, updates)
history = train_keras(net, rate, few, (x_val, y_val), epochs=3 * REPEAT)
''')
md(I+'ev1','''
How much of that is luck? The same short run was also stored, with several seeds. From them follows a *band*, the interval in which one more run is expected 99 times in 100, and a live number is set beside its band.
''')
code(I+'ev2','''
def beside(value, name, number, **where):
    """A live number, and the band of the stored runs of the same kind."""
    low, high, runs = evidence.band(name, number, **where)
    says = f"expected of one more: {low:.1%} to {min(high, 1):.1%}"
    return f"this run {value:.1%}; {says}, from {runs} stored runs on MNIST"


keras_kind = {"cell": "LSTM", "schedule": "one cycle", "images": 5120}
reached_keras = history.history["val_accuracy"][-1]
beside(reached_keras, "mnist_rows_rates", "val_3", **keras_kind)
''')
md(I+'ev3','''
And with all 55,000 images? Each row below is the classic network, on validation images after each of three epochs: Adam's default rate, six times as much, and one cycle with a peak of twelve times.
''')
code('42473a11','''
evidence.table(
    "mnist_rows_rates",
    {"val_1": ".1%", "val_2": ".1%", "val_3": ".1%"},
    by=["cell", "schedule"],
    images=55000,
).rename(columns=lambda name: name.replace("val_", "epoch "))
''')
code(I+'ev4','''
# What this page says, on this run: compared by the tests, and no error with
# other data.
rates = evidence.load("mnist_rows_rates")
rates = rates[rates["images"] == 55000]
by_rate = {name: runs for name, runs in rates.groupby("schedule")}
lstm = rates[rates["cell"] == "LSTM"].groupby("schedule")["test"].mean()
left = (1 - lstm) / (1 - lstm["constant rate"])
points = 100 * rates.groupby(["cell", "schedule"])["test"].mean()
fifth = points["GRU", "one cycle"] - points["LSTM", "one cycle"]
keras_band = evidence.band("mnist_rows_rates", "val_3", **keras_kind)
{
    "the cycle beats the larger rate, and that the default, with every seed": all(
        by_rate[a]["test"].max() < by_rate[b]["test"].min()
        for a, b in (("constant rate", "larger rate"), ("larger rate", "one cycle"))
    ),
    "more than half of the errors are gone": bool(left["one cycle"] < 0.5),
    "a part by the larger rate": bool(0.5 < left["larger rate"] < 0.9),
    "the GRU is about a fifth of a point ahead": bool(0.1 < fifth < 0.3),
    "live": bool(reached_keras > 0.7 and (not mnist or reached_keras in keras_band)),
}
''',['remove-cell','nbval-check-output'])
md(I+'022','''
Nothing changed but the rate, and most of the errors are gone: a part by the larger rate alone, the rest by the cycle. Before you ask for more units, more layers or more epochs, look at the rate. (All of this is for three epochs. Whether the default rate catches up with many more was not run.)
''')
md(I+'026','''
## In PyTorch

### The silent mistake

Keras refuses a wrong shape. PyTorch may accept it. Its recurrent layers expect time *first* unless told otherwise, and an array of images fits either way. To see what a layer really reads, ask which pixels the answer for image 3 depends on: those whose gradient is not zero.
''')
code(I+'027','''
from torch import nn

torch.manual_seed(0)
six = torch.tensor(x_val[:6], requires_grad=True)  # (6, R, C)
for name, kind in (("default", {}), ("batch_first", {"batch_first": True})):
    out, _ = nn.LSTM(C, 8, **kind)(six)  # (6, R, 8), both times
    (g,) = torch.autograd.grad(out[3, -1].sum(), six)  # (6, R, C)
    used = g.abs().sum(dim=2) > 0  # (6, R)
    images = used.any(dim=1).nonzero()[:, 0].tolist()
    rows = "all rows" if used.any(dim=0).all() else "the last row only"
    print(f"{name:12} image 3 is judged by images {images}, {rows}")
''',['nbval-check-output'])
md(I+'028','''
Without `batch_first=True` the network runs *across the images of the batch*, and of each it sees the last row. The shape of the output is the same, no message appears, and since the last row of an MNIST digit is blank, there is nothing to learn from. If your recurrent network learns next to nothing, look here first.

### A reader that answers at each step

One layer of 64 units will do. It differs from what PyTorch users usually write in two points. The first is its initialisation: that of Keras, because PyTorch draws all weights from one uniform distribution and leaves the {term}`forget gate` half open, which costs accuracy in short runs (the next section measures how much). The second: the head is applied to *all* states, so that there is an answer after every row.
''')
code(I+'029','''
@torch.no_grad()
def start_lstm_like_keras(lstm):
    """Glorot inputs, orthogonal recurrence, forget bias 1, other biases 0."""
    if not isinstance(lstm, nn.LSTM):
        raise TypeError(f"expected an nn.LSTM, got {type(lstm).__name__}")
    for name, p in lstm.named_parameters():
        if "weight_hh" in name:
            nn.init.orthogonal_(p)
        elif "weight" in name:
            nn.init.xavier_uniform_(p)
        else:
            p.zero_()
        if "bias_ih" in name:
            p[len(p) // 4 : len(p) // 2] = 1  # blocks i, f, g, o


start_lstm_like_keras(layer := nn.LSTM(C, 2))
layer.bias_ih_l0.tolist()
''')
code(I+'030','''
class Reader(nn.Module):
    def __init__(self, D=C, H=64):
        super().__init__()
        self.rnn = nn.LSTM(D, H, batch_first=True)
        self.head = nn.Linear(H, CLASSES)
        start_lstm_like_keras(self.rnn)

    def forward(self, x):  # (B, T, D) -> (B, T, CLASSES)
        return self.head(self.rnn(x)[0])


Reader()(torch.zeros(5, R, C)).shape
''')
md(I+'031','''
Which of the answers are trained is a matter of the loss. The first of these two counts the answer after the last row; the second counts all of them alike.
''')
code(I+'032','''
from torch.nn.functional import cross_entropy


def last_loss(logits, y):
    """The answer after the last row counts."""
    return cross_entropy(logits[:, -1], y)


def every_loss(logits, y):
    """The answers after all rows count, each as much as the others."""
    B, T, V = logits.shape
    return cross_entropy(logits.reshape(B * T, V), y.repeat_interleave(T))


first_six = Reader()(torch.tensor(x_val[:6])), torch.tensor(y_val[:6])
[round(f(*first_six).item(), 2) for f in (last_loss, every_loss)]
''',['listing:experiments.mnist_rows_order.last_loss', 'listing:experiments.mnist_rows_belief.last_loss', 'listing:experiments.mnist_rows_belief.every_loss'])
md(I+'033',r'''
Both losses of a fresh network are near $\ln 10 \approx 2.3$: it knows nothing, and says so. The rest is common PyTorch: a `DataLoader` that shuffles, AdamW with the rate of {eq}`eq-mnist-one-cycle` (`OneCycleLR`, whose warm-up is a cosine as well), and the loop `rnnbook.training.fit`, which brings each batch to the device of the model.
''')
code(I+'036','''
from torch.optim.lr_scheduler import OneCycleLR
from torch.utils.data import DataLoader, TensorDataset

from rnnbook.training import fit


def train(model, images, labels, loss_fn, peak=0.01):
    """Train in place with one cycle, on the device where the model is."""
    pairs = TensorDataset(torch.tensor(images), torch.tensor(labels))
    batches = DataLoader(pairs, batch_size=BATCH, shuffle=True)
    adam = torch.optim.AdamW(model.parameters(), lr=peak)
    shape = {"pct_start": 0.25, "div_factor": 10, "cycle_momentum": False}
    n = REPEAT * len(batches)
    cycle = OneCycleLR(adam, max_lr=peak, total_steps=n, **shape)
    more = {"scheduler": cycle, "clip_norm": 1.0}
    fit(model, loss_fn, adam, batches, epochs=REPEAT, **more)
''')
code(I+'037','''
@torch.inference_mode()
def logits_of(model, images):
    """Logits for an array of images, in portions, back on the CPU."""
    where = next(model.parameters()).device
    parts = torch.tensor(images).split(1000)
    model.eval()
    return torch.cat([model(part.to(where)).cpu() for part in parts])


def predicted(model, images):
    """The digit that a reader predicts after the last row."""
    return logits_of(model, images)[:, -1].argmax(dim=1).numpy()


short = x_train[:25000], y_train[:25000]
torch.manual_seed(0)
reader = Reader().to(device)
train(reader, *short, last_loss)
reached = float((predicted(reader, x_val) == y_val).mean())
beside(reached, "mnist_rows_order", "accuracy", reading="rows")
''')
md(I+'038','''
## What is the order worth?

An image has no time. We chose to read it from top to bottom, and might have chosen otherwise:

- **columns**, from left to right;
- **permuted rows**: all rows, in an order drawn once and used for every image;
- **pixels**: one number a step. MNIST's 784 pixels one by one are a benchmark of their own {cite:p}`le2015simple`, and take hours. Averages of 4 × 4 pixels leave an image of 7 × 7 and 49 steps. This is not the benchmark, only its question;
- **permuted pixels**, in an order drawn once.

The program `experiments/mnist_rows_order.py` trained the reader on each, with the short run that you have just seen: one epoch over 25,000 images. Two of its rows are controls: the rows with PyTorch's own initialisation, and a small network without recurrence on the same averaged pixels, which tells what averaging costs from what reading costs.
''')
code(I+'ev7','''
accuracy = {"accuracy": ".1%"}
stored_order = evidence.table("mnist_rows_order", accuracy, by="reading")
stored_order.drop("patches")  # those are for an exercise
''')
md(I+'045','''
Rows and columns do equally well, so the direction hardly matters. A permutation of the rows takes no information away, each image still holds the same numbers, and yet it costs the LSTM almost nine percentage points. Neighbouring rows no longer follow each other, and a stroke no longer continues from step to step. The averaged pixels hold enough to predict most digits, as the last row shows, but fed one by one they must be carried over many steps.

### Is it the order, or the shortness?

All of these runs are a race over a short distance, and a race can be lost by a slow start. Whoever says "nine points" owes the same comparison with more training. `experiments/mnist_rows_epochs.py` has it: the same reader, the same 25,000 images, two and four epochs in place of one, and another permutation with each seed.
''')
code('22-mnist-rows-o01','''
one = evidence.load("mnist_rows_order").assign(epochs=1)
longer = pd.concat([one, evidence.load("mnist_rows_epochs")])
longer = longer[longer["reading"].isin(["rows", "permuted rows"])]
by_epochs = longer.groupby(["epochs", "reading"])["accuracy"]
table = by_epochs.agg(lambda runs: evidence.spread(runs, ".1%")).unstack()
mean = by_epochs.mean().unstack()
gap = 100 * (mean["rows"] - mean["permuted rows"])
table[["rows", "permuted rows"]].assign(gap=gap.round(1))
''')
md('22-mnist-rows-o02','''
The gap shrinks to less than half with the second epoch, and it does not close: after four epochs each permuted run is still behind each run with the rows in order. So both are true. Most of the nine points were the *shortness* of the race, because they are gone when nothing but the number of epochs is changed. And the order is worth something that four epochs do not take back, between two and three points. Where it would end was not run here. On the real pixel benchmark, LSTMs that were trained for many epochs reach 98.9, and 95.1 with the pixels permuted {cite:p}`gu2022efficiently`.

The other rows of the first table have not had this test. Read them as what they are, one short race; the same goes for PyTorch's initialisation, whose loss of two points is a loss *in short runs*.
''')
code(I+'ev8','''
# What this page says, on this run: compared by the tests.
orders = evidence.load("mnist_rows_order").groupby("reading")["accuracy"]
s = {name: 100 * runs for name, runs in orders}
far = longer[longer["epochs"] == 4].groupby("reading")["accuracy"]
rows_band = evidence.band("mnist_rows_order", "accuracy", reading="rows")
{
    "rows and columns are alike": bool(abs(s["columns"].mean() - s["rows"].mean()) < 1),
    "permuted rows lose almost nine": bool(8 < gap[1] < 9.5),
    "with every seed": bool(s["permuted rows"].max() < s["rows"].min()),
    "less than half is left with two epochs": bool(gap[2] < gap[1] / 2),
    "two to three points with four": bool(2 < gap[4] < 3),
    "each behind each": bool(
        far.max()["permuted rows"] < far.min()["rows"]
    ),
    "pixels at once are better": bool(
        s["pixels at once, no LSTM"].min() > s["pixels"].max() + 10
    ),
    "PyTorch's start loses": bool(s["rows, PyTorch's start"].max() < s["rows"].min()),
    "live": bool(reached > 0.8 and (not mnist or reached in rows_band)),
}
''',['remove-cell','nbval-check-output'])
md('22-mnist-rows-b00','''
## Belief by row

Back to the sheet of paper. The reader has an answer after every row; a softmax turns it into probabilities for the ten digits. But may one look at the early ones? The usual training, and that of our live reader, asks for the answer after the *last* row only. What the head makes of earlier states was never trained. So train a second one, with the same short run, that is asked after *every* row.
''')
code(I+'046','''
torch.manual_seed(0)
at_each = Reader().to(device)
train(at_each, *short, every_loss)
beliefs = logits_of(at_each, x_val).softmax(dim=2).numpy()  # (N, R, CLASSES)
knows = float((beliefs[:, R // 2 - 1].argmax(axis=1) == y_val).mean())
each_kind = {"asked": "at each row", "images": 25000}
beside(knows, "mnist_rows_belief", "accuracy_14", **each_kind)
''')
md(I+'047','''
That is its accuracy after *half* of the rows. Now the belief itself: four validation images, the first of their kind, and beside each of them the probability of every digit after each row, the darker the more probable.
''')
code(I+'048','''
fig, axes = plt.subplots(2, 4, figsize=(7, 3.8))
look = {"vmin": 0, "vmax": 1, "aspect": "auto"}
digits = [d for d in (1, 4, 5, 9) if d in y_val]
for (left, right), digit in zip(axes.reshape(4, 2), digits):
    which = np.flatnonzero(y_val == digit)[0]
    left.imshow(x_val[which], cmap="gray_r", **look)
    right.imshow(beliefs[which], cmap="Blues", **look)
    left.set(xticks=[], title=f"a {digit}", ylabel="row")
    right.set(xticks=range(CLASSES), title="belief after each row")
    right.tick_params(labelsize=8)
for ax in axes.flat:
    ax.grid(False)
    ax.title.set_fontsize(10)
plt.show()
''',['gallery-figure','hide-input'],old[I+'048']['metadata']['mystnb']['image']['alt'])
md(I+'049','''
While the rows are blank the belief is spread, but not evenly: MNIST's digits are centred by their mass, so the mere number of blank rows is a clue. The first ink rules out more digits, and a few rows settle the matter. How many rows are blank above a digit, in the median?
''')
code('34296b85','''
first_ink = (x_val > 0).any(axis=2).argmax(axis=1)  # (N,)
blank_above = pd.Series(first_ink).groupby(y_val).median()
blank_above.astype(int).to_frame("blank rows above").T
''')
md('e7a05776','''
On MNIST a 6 is heavy below and begins early, a 7 is heavy above and begins late. Some of the early belief is knowledge of how these images were centred, and not of handwriting.

Now the average over all validation images, from readers of both kinds that were trained for two epochs over all 55,000 images (`experiments/mnist_rows_belief.py`). Beside the accuracy stands the *confidence*, the mean probability of the predicted digit. A network that can be trusted is as often right as it is confident. And since one might object that the usual network was never meant to see half an image, it gets a second chance: the rows that it has not read are left blank, and it answers at the end, as it has learned to. The table has accuracy, confidence and this second chance after 14 of 28 rows, and the accuracy after the last row (`val`).
''')
code('f918f95b','''
numbers = "accuracy_14 confidence_14 blank_14 val".split()
forms = dict.fromkeys(numbers, ".1%")
evidence.table("mnist_rows_belief", forms, by="asked", images=55000)
''')
code(I+'ev11','''
# What this page says, on this run: compared by the tests.
stored = evidence.load("mnist_rows_belief")
stored = stored[stored["images"] == 55000]
each, end = (stored[stored["asked"] == a] for a in ("at each row", "at the end"))
each_band = evidence.band("mnist_rows_belief", "accuracy_14", **each_kind)
{
    "asked at each row, half is enough": bool(
        each["accuracy_14"].min() > end["accuracy_14"].max() + 0.1
    ),
    "else hardly better than a guess": bool(end["accuracy_14"].mean() < 0.2),
    "and overconfident": bool(
        (end["confidence_14"] > 2 * end["accuracy_14"]).all()
    ),
    "one is calibrated": bool(abs(each["confidence_14"] - each["accuracy_14"]).max() < 0.05),
    "the last answer is worse": bool(each["val"].max() < end["val"].min()),
    "the rest left blank is no way": bool(end["blank_14"].max() < 0.6),
    "a 6 begins first": bool(not mnist or blank_above.idxmin() == 6),
    "a 7 begins last": bool(not mnist or blank_above.idxmax() == 7),
    "live": bool(knows > 0.6 and (not mnist or knows in each_band)),
}
''',['remove-cell','nbval-check-output'])
md(I+'053','''
So *the early answers of a network that was trained at the end are not its belief*: after half of the rows it is right about as often as a guess, and far more confident. The state may well hold the knowledge, but in a form that is meant to be read later. Ask at each row, and the answers become meaningful, and so does their confidence. It is not free. The loss now spends much of its weight on answers that cannot be known yet, and the *last* answer comes out worse, with every seed. Leaving the rest blank is no way round it either, because half a digit on blank paper is an image of its own, and not one that anyone wrote.

## Two readers, and the rivals

Can a better reader be built from this? One LSTM reads from top to bottom and another from left to right, since they see different things; each takes two lines a step, since length costs; and the head gets the *mean* of the states beside the last one, so that no answer has to be carried to the end. Three ideas, each with a reason. A reason is not a result: take one away, and look. (`experiments/mnist_rows_parts.py`, one epoch over 16,000 images.)
''')
code('22-mnist-rows-t01','''
evidence.table("mnist_rows_parts", accuracy, by="without")
''')
md('22-mnist-rows-t02','''
The columns were taken away, and it costs more than a percentage point, far more than the spread of the seeds; in return the network is half as large. The pairs and the mean were *not* taken away one by one, so whether they help is a guess with a reason. And all of this holds for one short epoch, and the last section but one has shown what that is worth. The recipe as a whole came out of some thirty trials on the validation part, and the best of thirty is also the luckiest of thirty on these images: one more reason for the envelope.
''')
md(I+'060',r'''
## Two kinds of luck

Before the envelope is opened: how exact is a score on $n$ test images? If the images were drawn independently, the accuracy $p$ has a standard error of

$$
\sigma_p = \sqrt{p \, (1 - p) / n} ,
$$ (eq-mnist-error)

and the Wilson {term}`confidence interval` {cite:p}`wilson1927` is about two of these to either side. For an accuracy of 98.5 on 10,000 images that is a quarter of a percentage point. The standard deviation over the seeds measures the other luck, *on these images*. Neither contains the other: more seeds do not make the test set larger, and a larger test set does not calm the training. Quote both.

## The envelope

Now, and only now, the test images. An LSTM is not what one would take for images, so the table must hold what one would: **logistic regression**, a network with **one hidden layer**, and a **small CNN**. In `experiments/mnist_rows_rivals.py` they and the two readers got the same four epochs, the same cycle, and batches that were moved by up to a pixel (logistic regression got the images as they are). "LSTM 64" is the reader of this page, asked at the end, after two epochs.
''')
code(I+'ev17','''
rates = evidence.load("mnist_rows_rates")
rates["model"] = rates["cell"] + ", " + rates["schedule"]
alone = evidence.load("mnist_rows_belief")
alone = alone[alone["asked"] == "at the end"].assign(model="LSTM 64, PyTorch")
full = pd.concat([evidence.load("mnist_rows_rivals"), rates, alone])
full = full[full["images"] == 55000]
epochs = full["passes"].fillna(3).astype(int).rename("epochs")
tested = full.groupby(["model", epochs], sort=False)["test"]
''',['hide-input'])
code(I+'064','''
from statsmodels.stats.proportion import proportion_confint


def images_luck(runs, n=10_000):
    low, high = proportion_confint(runs.mean() * n, n, method="wilson")
    return f"{100 * low:.2f} to {100 * high:.2f}"


pd.DataFrame(
    {
        "right in %": tested.agg(lambda r: evidence.spread(100 * r, ".2f")),
        "95 % interval": tested.agg(images_luck),
        "seeds": tested.size(),
    }
)
''')
md(I+'068','''
The networks of the last percent: the small CNN, which was *made* for images, and the two readers, with overlapping intervals; then the classic networks with one cycle. Nor were all rows trained alike, as the column of epochs says. What stands is this. The rate of the classic network was worth more than everything that separates its better version from the two readers, and no LSTM here is clearly ahead of the small CNN, which has about a tenth of the parameters of the two readers. To read an image row by row is a fine exercise, and no reason to leave convolutions. The reason to know how is that some data comes row by row.
''')
md('22-mnist-rows-c00','''
## LSTM or GRU?

In the table the GRU is ahead of the LSTM by about a fifth of a percentage point, with three quarters of the parameters, and their two intervals overlap. Is that a result? Each of the two kinds of luck needs a test of its own.

*For the images*: both networks are judged on the same 10,000. Those that both predict rightly, or both wrongly, say nothing about which is better. What counts are the images on which they differ: were the two equally good, each of these would fall to either with probability one half. This is the paired test of {cite:t}`mcnemar1947`, and it is much sharper than two intervals side by side.

*For the seed*: that test compares two trained *networks*. Whether the *cell* is better is another question, because another initialisation and another order of the batches would have given another network. Only several seeds answer it.

The first needs the answers image by image. So `experiments/mnist_rows_cells.py` trained the classic network as pairs, in PyTorch with Keras's initialisation and the same cycle, three epochs over 20,000 images. And for each pair a control: a *second LSTM*, which differs from the first by its seed and by nothing else. Each row is a seed; the columns hold the number of test images that only one of the two predicts rightly, and the p-value of the paired test.
''')
code('22-mnist-rows-c01','''
from statsmodels.stats.contingency_tables import mcnemar

pairs = evidence.select(evidence.load("mnist_rows_cells"), {"images": 20000})
tests = {}
for a, b in (("lstm", "gru"), ("first", "other")):
    counts = pairs[[f"only_{a}", f"only_{b}"]].astype(int)
    p = [mcnemar([[0, j], [k, 0]]).pvalue for j, k in counts.values]
    tests[a] = counts.assign(p=[f"{one:.1g}" for one in p])
pd.concat({"LSTM, GRU": tests["lstm"], "two LSTMs": tests["first"]}, axis=1)
''')
md('22-mnist-rows-c02','''
In each row the GRU alone is right on more images than the LSTM alone, and the test tells the two networks apart. The right half is the control: two LSTMs of the same recipe disagree on nearly as many images, but neither of them has a clear lead. The question about the cell is asked over the seeds, and with 1,500 images as well:
''')
code('22-mnist-rows-c04','''
from scipy.stats import ttest_1samp

runs, verdict = evidence.load("mnist_rows_cells").groupby("images"), {}
for images, other in ((1500, "gru"), (20000, "gru"), (20000, "other_lstm")):
    pairs = runs.get_group(images)
    lead = 100 * (pairs[other] - pairs["lstm"])  # (seeds,), in points
    low, high = ttest_1samp(lead, 0).confidence_interval(0.95)
    verdict[f"{other} minus lstm, {images:,} images"] = {
        "points": evidence.spread(lead, "+.2f"),
        "95 % interval": f"{low:+.2f} to {high:+.2f}",
    }
pd.DataFrame.from_dict(verdict, orient="index")
''')
code('22-mnist-rows-c06','''
# What this page says, of the stored runs: compared by the tests.
lead = {n: 100 * (one["gru"] - one["lstm"]) for n, one in runs}
gain = 100 * (pairs["other_lstm"] - pairs["lstm"])
p_of = {name: table["p"].astype(float) for name, table in tests.items()}
{
    "the GRU is ahead with every seed": bool(lead[20000].min() > 0),
    "each of these pairs is told apart": bool(p_of["lstm"].max() < 0.05),
    "no pair of two LSTMs is": bool(p_of["first"].min() > 0.05),
    "the lead shrinks with more images": bool(
        lead[1500].mean() > lead[20000].mean() > fifth
    ),
    "the GRU's lead is larger than the control": bool(lead[20000].min() > gain.max()),
    "the seed alone moves a score": bool(gain.abs().max() > 0.05),
}
''',['remove-cell','nbval-check-output'])
md('22-mnist-rows-c05','''
With 20,000 images the GRU leads with every seed, by more than another seed moves the LSTM. So for this recipe the answer is: the GRU, with three quarters of the parameters. *For this recipe* is more than a hedge. With 1,500 images the lead is largest, and the seeds scatter so much that it is not even certain; with 20,000 it is about half a point; with all 55,000, in the table above, a fifth; and in the first table of the chapter it melts from epoch to epoch. A lead that melts with training is the pattern of the permuted rows: the GRU *learns faster* here, and whether it ends higher was not run. Nor was the best rate of each cell sought; both got the peak that was set for the LSTM.
''')
code(I+'067',"""
two_parameters = 2 * 4 * (2 * 28 * 128 + 128**2 + 2 * 128) + 4 * 128 * 10 + 10
cnn_parameters = (25 * 16 + 16) + (16 * 9 * 32 + 32) + (32 * 49 * 10 + 10)
tested_mean = 100 * full.groupby("model")["test"].mean()
keras_best = tested_mean.filter(like="one cycle").max()
Markdown(  # for the page that shows all applications
    f"Read row by row, **{tested_mean['two LSTM readers']:.2f} %** of MNIST's test "
    f"images are predicted rightly by the best pair of LSTMs, {keras_best:.2f} % "
    f"by the classic Keras network, and {tested_mean['small CNN']:.2f} % by a "
    f"small CNN with {cnn_parameters:,} parameters in place of "
    f"{two_parameters:,}."
)
""",['remove-cell','gallery-sentence'])
code(I+'ev18','''
# What this page says, on this run: compared by the tests.
cycles = tested_mean.filter(like="one cycle")
parts = evidence.load("mnist_rows_parts").groupby("without")["accuracy"]
parts = {name: runs for name, runs in parts}
{
    "logistic regression stays behind": bool(tested_mean["logistic regression"] < 94),
    "the two readers are near the CNN": bool(
        abs(tested_mean["two LSTM readers"] - tested_mean["small CNN"]) < 0.3
    ),
    "then the classic networks": bool(cycles.max() < tested_mean["small CNN"]),
    "the rate is worth more": bool(
        cycles["LSTM, one cycle"] - tested_mean["LSTM, constant rate"]
        > 2 * (tested_mean["two LSTM readers"] - cycles["LSTM, one cycle"])
    ),
    "the columns help": bool(
        parts["nothing"].min() > parts["columns"].max()
        and parts["nothing"].mean() > parts["columns"].mean() + 0.01
    ),
    "a tenth of the parameters": 0.08 < cnn_parameters / two_parameters < 0.13,
}
''',['remove-cell','nbval-check-output'])
md('22-mnist-rows-e01','''
Two caveats for all of these numbers. The interval takes the images as independent, but they come from a limited number of writers, so it is a little too narrow. And nobody's MNIST test set is in an envelope any more: its scores have been in print for decades, and they were looked at while this page was written. {cite:t}`yadav2019cold` rebuilt 50,000 more test images, and found that this re-use has done less harm than feared.

''')
md('22-mnist-rows-y00','''
## Your own data

A network that was trained on MNIST knows MNIST's preparation as much as its digits: white ink on black, 20 pixels high, centred by mass. A photo of your own writing is dark ink on light paper, somewhere on the page. `rnnbook.data.load_image` brings a PNG or a JPEG into that form, step by step as MNIST's makers did: it finds out whether ink or paper is darker, cuts the digit out, fits it into a box of 20 of 28 pixels without stretching it, and puts its centre of mass into the middle. It refuses a blank page, a digit that is cut off at the edge, and a file that is no picture, and says what to do.

A stand-in for your photo, made from a validation image:
''')
code('22-mnist-rows-y01','''
from pathlib import Path

from PIL import Image

photo = Path("logs/22-mnist-rows/my-digit.png")
photo.parent.mkdir(parents=True, exist_ok=True)
ink = Image.fromarray((170 * x_val[0]).astype(np.uint8)).resize((90, 90))
page = np.full((200, 260), 225, dtype=np.uint8)
page[90:180, 30:120] -= np.asarray(ink)
Image.fromarray(page).save(photo)
small = 255 - np.asarray(Image.open(photo).resize((C, R)))
fig, axes = plt.subplots(1, 3, figsize=(7, 2))
views = 255 - page, small, 255 * load_image(photo, side=R)
for ax, view in zip(axes, views):
    ax.imshow(view, cmap="gray_r", vmin=0, vmax=255)
    ax.axis("off")
plt.show()
''',['hide-input'],'Three pictures. Left, a light page with a dark handwritten digit off the centre. Middle, the same page made small and inverted: a tiny, flattened digit off the centre. Right, the digit as MNIST would have it, large, dark and centred.')
md('22-mnist-rows-y03','''
Left the photo, in the middle the photo made small, right what `load_image` makes of it. Does it matter? `experiments/mnist_rows_photos.py` trained our live reader with several seeds, and let it predict 300 validation images as such photos, noisy and anywhere on the page. And because photos of MNIST's digits are still MNIST's digits, it did the same with digits of *other people*, those of scikit-learn, enlarged from 8 × 8 pixels.
''')
code('22-mnist-rows-y04','''
columns = {"only_small": ".0%", "prepared": ".0%", "confidence": ".0%"}
evidence.table("mnist_rows_photos", columns, by="digits")
''')
code('22-mnist-rows-y11','''
# What this page says, of the stored runs: compared by the tests.
photos = evidence.load("mnist_rows_photos").groupby("digits")
accuracy_of, sure = photos["prepared"].mean(), photos["confidence"].mean()
theirs, ours = "other people's", "MNIST's validation images"
{
    "only made small is hardly better than chance": bool(
        photos["only_small"].max().max() < 0.2
    ),
    "prepared is much better": bool(photos["prepared"].min()[ours] > 0.85),
    "three of four of other people's": bool(0.68 < accuracy_of[theirs] < 0.8),
    "calibrated at home": bool(abs(sure[ours] - accuracy_of[ours]) < 0.04),
    "overconfident abroad": bool(sure[theirs] > accuracy_of[theirs] + 0.02),
}
''',['remove-cell','nbval-check-output'])
md('22-mnist-rows-y05','''
Only made small, the photos are predicted hardly better than by chance, with the same network and the same digits: the preparation is part of the model, and is saved and shipped with it. The second row says what remains. On digits by other hands and another scanner the same reader is right in about three of four cases only, and its confidence does not fall as far as its accuracy: it does not know that it has left its ground. An accuracy of 98 in the table above is a promise about MNIST, and not about your photo.

Now the whole way, in cells that need nothing above them. Put the path of your own picture behind `mine`: one digit, a thick pen, paper all around.
''')
code('22-mnist-rows-y06','''
import torch
from torch import nn
from torch.optim.lr_scheduler import OneCycleLR
from torch.utils.data import DataLoader, TensorDataset

from rnnbook.data import load_image, load_mnist
from rnnbook.training import fit

mine = "logs/22-mnist-rows/my-digit.png"  # your photo or drawing
kept = "logs/22-mnist-rows/row-reader.pt"  # what is saved
device = "cuda" if torch.cuda.is_available() else "cpu"


class RowReader(nn.Module):
    def __init__(self, width, hidden, classes):
        super().__init__()
        self.rnn = nn.LSTM(width, hidden, batch_first=True)
        self.head = nn.Linear(hidden, classes)

    def forward(self, x):  # (B, T, D) -> (B, classes)
        return self.head(self.rnn(x)[0].mean(dim=1))
''',['own-data'])
code('22-mnist-rows-y07','''
learn = load_mnist().train
x = torch.tensor(learn.images[:30_000] / 255, dtype=torch.float32)
y = torch.tensor(learn.labels[:30_000])  # all of them are better
sizes = {"width": x.shape[2], "hidden": 64, "classes": int(y.max()) + 1}

torch.manual_seed(0)
model = RowReader(**sizes).to(device)
batches = DataLoader(TensorDataset(x, y), batch_size=128, shuffle=True)
adam = torch.optim.AdamW(model.parameters())
cycle = OneCycleLR(adam, max_lr=0.01, total_steps=len(batches))
more = {"epochs": 1, "scheduler": cycle, "clip_norm": 1.0}
fit(model, nn.functional.cross_entropy, adam, batches, **more)
torch.save({"sizes": sizes, "weights": model.state_dict()}, kept)
''',['own-data'])
md('22-mnist-rows-y08','''
One file, a *checkpoint* with all that is needed: the sizes from which the network is built again, and its weights. A fresh kernel needs the imports, the class, and this:
''')
code('22-mnist-rows-y09','''
saved = torch.load(kept, map_location=device, weights_only=True)
loaded = RowReader(**saved["sizes"]).to(device)
loaded.load_state_dict(saved["weights"])
loaded.eval()

image = load_image(mine, side=saved["sizes"]["width"])
with torch.inference_mode():
    belief = loaded(torch.tensor(image, device=device)[None]).softmax(1)[0]
f"{mine} is a {belief.argmax().item()}, with belief {belief.max().item():.0%}"
''',['own-data'])
md('22-mnist-rows-y10','''
Read the belief with the last section in mind: it is calibrated, at best, for images like those of the training. For *classes* of your own, letters perhaps, the lines for `x` and `y` are yours to replace: `load_image` for each file, one folder a class, and the number of the folder as label. All images and more epochs make a better reader.

## Summary

- An image is a sequence of rows: (batch, rows, columns) goes into a recurrent layer as it is. A channel axis is one dimension too many, and Keras says so; PyTorch without `batch_first=True` reads across the batch and says nothing.
- The learning rate comes first: one cycle took away more than half of the errors of the classic network in three epochs, a part of them by the larger rate alone.
- LSTM or GRU? With this recipe the GRU is ahead, with every seed and in a paired test of each pair, and the lead melts as the training grows. McNemar's test decides between two networks on the same images; only several seeds decide between two recipes.
- Reading order is an assumption: the direction may be exchanged, the neighbourhood may not. But most of what a permutation cost in one epoch was gone after four, so compare at several lengths of training.
- A network trained on its last answer has no belief before. Train every answer that you mean to read.
- A score has two uncertainties, that of the seed and that of the test images. Choose on a validation part, test once, and put the rivals into the table: the small CNN is as good as the best LSTM here, and ten times smaller.
- The preparation of the images is part of the model. Save it, ship it, and test it on other people's data.

## Exercises

A cell `check(...)` after each starter says whether your function is right and, if it is not, which mistake it recognises. Some exercises add a question or an experiment.
''')
for i in order[order.index(I+'074'):order.index(I+'084')]: keep(i)
keep(I+'084',('Which digit do the live two readers miss','Which digit does the live `reader` miss'),('true class down and named class across','true class down and predicted class across'),('the share of its images that were recognised','the fraction of its images that were recognised'))
for i in order[order.index(I+'085'):order.index(I+'087')]: keep(i)
keep(I+'087',('Compare the live two readers with the live small CNN, and with the live Keras LSTM.','Compare the two live networks, `reader` and the Keras LSTM `net`, on the test images, and say why their difference is no verdict on PyTorch and Keras.'))
for i in order[order.index(I+'088'):order.index(I+'093')]: keep(i)
keep(I+'093',('Then run the race with 4 × 4 patches (`race` takes the reading, the network, the loss, a seed and the two parts `short` and `val`). They are as many steps as the averaged pixels, whose scores stand in the table of the race. What did the averaging cost?','Then train a `Reader(D=16)` on the 4 × 4 patches of `short`, as the chapter trained on its rows. They are as many steps as the averaged pixels, whose accuracy stands in the table of the orders. What did the averaging cost?'))
for i in order[order.index(I+'094'):order.index(I+'096')]: keep(i)
keep(I+'096',('to the digits that the committee names','to the digits that the committee predicts'),('Then go on: three seeds of `TwoReaders`, more passes, all training images once the choices are made.','Then go on: three seeds of each, more epochs, all training images once the choices are made.'))
for i in order[order.index(I+'097'):order.index(I+'102')]: keep(i)
md(I+'102','''
**3.** Network A has 98.7 and network B 98.5 percent right on the same 10,000 test images, one seed each, and McNemar's test gives p = 0.01. What may you say?

<details class="choice wrong"><summary>The recipe of A is better than that of B, with p = 0.01.</summary>

The test has one network of each, and another seed gives another network. On this page two LSTMs that differ in nothing but the seed disagree on some two hundred test images.

</details>
<details class="choice wrong"><summary>Nothing: the two confidence intervals overlap.</summary>

Intervals side by side ignore that the images are the same. The paired test looks only at those on which the two differ.

</details>
<details class="choice right"><summary>This network A is better than this network B; for the recipes, more seeds are needed.</summary>

Right: a paired test for the luck of the images, several seeds for the luck of the training.

</details>
''',['quiz'])
for i in order[order.index(I+'103'):order.index(I+'105')]: keep(i)
md('22-mnist-rows-q05','''
**6.** A reader trained for one epoch loses nine percentage points on permuted rows. What is the order of the rows worth to it?

<details class="choice wrong"><summary>Nine points: it is the same network on the same images.</summary>

After one epoch, yes. But the network is still learning, and the permuted rows may only be learned more slowly.

</details>
<details class="choice wrong"><summary>Nothing: the images hold the same numbers in another order.</summary>

They do, and yet the gap stays open with four epochs, with every seed. It becomes smaller, not zero.

</details>
<details class="choice right"><summary>That cannot be said from one length of training; compare at several.</summary>

Right: a gap that shrinks with training was in part the shortness of the run. Report the gap beside the epochs.

</details>
''',['quiz'])
keep(I+'105',('**6.** Thirty','**7.** Thirty'))
for i in order[order.index(I+'106'):order.index(I+'112')]:
    if i==I+'111':
        code(i,'''
def stacked_parameters(D, H, layers, classes):
    first = 4 * (D * H + H * H + 2 * H)
    other = 4 * (H * H + H * H + 2 * H)
    return first + (layers - 1) * other + H * classes + classes


assert check("images.stacked_parameters", stacked_parameters).passed
stack = nn.ModuleList([nn.LSTM(C, 50, num_layers=3), nn.Linear(50, 10)])
in_torch = sum(p.numel() for p in stack.parameters())
assert stacked_parameters(C, 50, 3, 10) == in_torch
''',['solution'])
    else: keep(i)
for i in order[order.index(I+'112'):order.index(I+'126')]:
    if i==I+'115': keep(i,('(guesses(reader, v) == y_val)','(predicted(reader, v) == y_val)'))
    elif i==I+'116': keep(i,('each, a recall near 0.95 is known to little more than a percentage point','each, a recall near 0.9 is known to about two percentage points'))
    elif i==I+'117': keep(i,('matrix, recall = confusion(y_test, named["two LSTM readers"], CLASSES)','x_test = data.test.images / np.float32(255)\ny_test, guess = data.test.labels, predicted(reader, x_test)\nmatrix, recall = confusion(y_test, guess, CLASSES)'))
    elif i==I+'118': keep(i,('(These had short runs, and the Keras LSTM saw fewer images than the others.)','These two differ in the library and also in size, in epochs and in the number of images that they saw, so the test decides between them and says nothing about the reason.'))
    elif i==I+'119':
        code(i,'''
from scipy.stats import binomtest


def paired(a_right, b_right):
    only_a = int((a_right & ~b_right).sum())
    only_b = int((b_right & ~a_right).sum())
    n = only_a + only_b
    return only_a, only_b, binomtest(only_a, n).pvalue if n else 1.0


assert check("images.paired", paired).passed
in_keras = net.predict(x_test, batch_size=1000, verbose=0).argmax(axis=1)
only_reader, only_net, p_keras = paired(guess == y_test, in_keras == y_test)
pd.DataFrame(
    {"only reader": only_reader, "only Keras": only_net, "p": f"{p_keras:.2g}"},
    index=["test images"],
)
''',['solution'])
    elif i==I+'121': keep(i,('decided(outputs(at_each, x_val).numpy(), y_val)','decided(logits_of(at_each, x_val).numpy(), y_val)'))
    elif i==I+'122': keep(i,('The table holds the stored runs, from the program of the race; your run should end near its line.','The table holds the stored runs; yours should end near its line.'))
    elif i==I+'124': keep(i,('A committee gains on the average of its members, because they do not all err on the same images. Do not read from the two lines which kind of committee gains more: the members of the first are better to begin with and leave less to gain. That a committee beats its best member is not certain: the last column.','A committee gains on the average of its members, because they do not all err on the same images. That it beats its best member is not certain: compare the last two columns.'))
    elif i==I+'125':
        code(i,'''
def committee(logits):
    p = np.exp(logits - logits.max(axis=2, keepdims=True))
    return (p / p.sum(axis=2, keepdims=True)).mean(axis=0).argmax(axis=1)


assert check("images.committee", committee).passed
answers = [logits_of(model, x_val)[:, -1].numpy() for model in (reader, at_each)]
answers.append(net.predict(x_val, batch_size=1000, verbose=0))
members = np.stack(answers)  # (3, N, CLASSES)
each = (members.argmax(axis=2) == y_val).mean(axis=1)
together = (committee(members) == y_val).mean()
gains = {"mean": each.mean(), "best": each.max(), "committee": together}
pd.DataFrame(gains, index=["three networks"]).map("{:.2%}".format)
''',['solution'])
    elif i==I+'123': keep(i)
    else: keep(i)
keep(I+'126')
code(I+'ev22','''
# What the solutions say, on this run: compared by the tests, and no error
# with other data.
means = evidence.load("mnist_rows_order").groupby("reading")["accuracy"].mean()
{
    "permuted rows confuse the reader": bool(lost < straight - 0.3),
    "the Keras LSTM is worse, image by image": bool(not mnist or p_keras < 0.01),
    "some digits are decided sooner": bool(medians.min() < medians.max()),
    "patches beat pixels": bool(means["patches"] > means["pixels"] + 0.1),
    "rows beat patches": bool(means["rows"] > means["patches"] + 0.05),
    "the committee beats the mean": bool(not mnist or together > each.mean()),
}
''',['remove-cell','nbval-check-output'])
keep(I+'ev23')
nb['cells']=cells
json.dump(nb,open(P,'w'),indent=1,ensure_ascii=False); open(P,'a').write('\n')
from collections import Counter
c=Counter(x['id'] for x in cells); print([k for k,v in c.items() if v>1], len(cells))
