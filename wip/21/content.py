OWN="own-data"
md(T+"000", r'''
# Text generation with a stacked LSTM, in Keras and in PyTorch

Show a network a text, one character after the other, and ask it for the next one. Take what it says, feed it back, ask again. Out comes text. How good is it, what does "good" mean here, and did the network write it, or copy it?

Most programs for this use the same network: two LSTM layers with dropout between them. This chapter first shows three faults that such programs often have. Then it trains the network properly, in Keras and in PyTorch: on a whole text, of which one part is for training, one for validation and one for the test. It is measured against plain counting and against two compression programs. The compressors win at first; the chapter finds out why, and gives the network what it lacks. At the end stand the lines that do all of it with a text of yours.

:::{admonition} What you will be able to do
- Train a stacked LSTM with dropout on characters, in Keras and in PyTorch, with a state that is carried through the whole text, and prove that it is carried.
- Keep training, validation and test apart, and say which of them may choose what.
- Find three faults of the usual program, and say what two of them cost in bits.
- Compare a model with $n$-grams and compressors on text that it has not seen.
- Write greedily, with temperature, top-k and top-p, and measure what a text repeats and what it copies.
- Train on your own text, save network and vocabulary in one file, load it and let it write.
:::

:::{admonition} Before you start
Read {doc}`01-sequences` (bits per character, $n$-grams) and {doc}`03-bptt` (streams of text, truncation); {doc}`13-three-libraries` for what differs between Keras and PyTorch. About 45 minutes to read without the exercises; less than a minute to run. Long trainings, and trainings with several seeds, were run beforehand: where a table or a sentence says *stored*, these are meant, and they are the documentation's, whatever text you put in.
:::
''')
code(T+"001", '''
import copy
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from keras import layers
from torch import nn

from rnnbook import evidence, plots
from rnnbook.data import Vocabulary, load_text, streams

device = "cuda" if torch.cuda.is_available() else "cpu"
keras.utils.set_random_seed(7)  # NumPy's and PyTorch's seed as well
''', [OWN])
md(T+"002", r'''
`device` is where PyTorch will compute: on a graphics card if there is one, otherwise on the processor. Models are sent there with `.to(device)`, and every function below brings what it feeds a model to that model's device. Keras finds a graphics card by itself.

## One text, three parts

The text is Python's own documentation, English with some code in it. The characters are numbered, and the text is cut in three, in its order: the first eight tenths are for **training**, the ninth for **validation**, the last for the **test**. Whatever is chosen, a learning rate, a size, the moment to stop, is chosen on the validation part. The test part is looked at once, at the end, because a part that has chosen something no longer says how the choice does on text that is new.
''')
code(T+"003", '''
plots.use_style()
text = load_text().text  # or load_text("my_text.txt").text
vocabulary = Vocabulary(text)
V, ids = len(vocabulary), vocabulary.encode(text)
eight, nine = int(0.8 * len(ids)), int(0.9 * len(ids))
train_ids, val_ids, test_ids = np.split(ids, [eight, nine])
V, round(float(np.log2(V)), 2), [len(train_ids), len(val_ids), len(test_ids)]
''')
md(T+"004", r'''
The first number is $V$, how many different characters there are; the second is $\log_2 V$, the bits that a character costs if all have the same probability. Who knows nothing pays that.

A network reads the text in parallel {term}`streams <batch>`, as in {doc}`03-bptt`: it is cut into as many equal pieces as a batch has rows, and each batch goes on where the one before stopped. `streams` of the package does the cutting. Keras wants all batches in one array, one below the other:
''')
code(T+"005", '''
def arrays(ids, rows, length):
    """All batches of parallel streams, one below the other: (M, length)."""
    pairs = list(streams(ids, rows, length))
    return [np.concatenate(side) for side in zip(*pairs)]


x, y = arrays(np.arange(100), rows=2, length=10)
x.shape, x[0::2, 0], x[1::2, 0]
''', [OWN,"listing:experiments.text_generation_recipe.arrays","listing:experiments.text_generation_keras.arrays"])
md(T+"006", r'''
On the numbers 0 to 99 one sees what it does. Every second row belongs to the same stream, and each begins ten characters after the one before. (PyTorch's `DataLoader` is made to shuffle examples. Here the order is the point, so a plain loop over `streams` is the better tool.)

## The usual program, and three faults

### First fault: no text that was held out

The usual program takes two LSTM layers of 128 units with dropout between them, and one page, because a page is quickly learned. It trains until the loss is low. Then it lets the network write, and many of the words are the page's own. What would you ask?

The network has read its page many times. What does it know about the *next* page? `experiments/text_generation_recipe.py` trained such a program on 600 characters, for 15 epochs and for 60, with three seeds each, and then gave it the last tenth of the documentation to read. (`make evidence NAME=text_generation_recipe` repeats it.) The table gives mean and standard deviation over the seeds: bits for a character of the page, and bits for a character of new text.
''')
code(T+"ev2", '''
forms = {"training": ".2f", "bits": ".2f"}
recipe = evidence.table("text_generation_recipe", forms, by="rounds")
recipe.sort_index().rename_axis("epochs")
''')
md(T+"019", r'''
After 60 epochs the page costs less than one bit a character, and new text costs more than it costs to know nothing at all. The network is sure of itself, and wrong: this is **overfitting**. From epoch 15 to epoch 60 the page became cheaper and everything else *dearer*, and the dropout between the layers did not prevent it. The training loss alone does not show it.

### Second fault: a softmax after a tanh

In some programs the last dense layer squashes its scores (`activation="tanh"`) before the {term}`softmax`. It looks harmless. But scores between $-1$ and $1$ cannot be far apart, and the softmax only sees distances. Suppose the network knows for certain which of 100 characters comes next:
''')
keep(T+"020")
md(T+"021", r'''
That is the *best* such a network can do, after any training, because no score can leave its interval. It is no fault of `tanh` in an earlier layer: a dense layer with weights of its own in between can make the scores as large as it likes. An exercise computes this floor for any $V$.

### Third fault: a table of characters that is made anew

The numbers of the characters mean nothing by themselves; the {term}`vocabulary` says which number is which character. A program that makes it anew, from the prompt or from another text, gives the network numbers that fit and mean other characters:
''')
code(T+"022", '''
prompt = "The value of the "  # or, in a text of yours, its beginning
prompt = prompt if set(prompt) <= set(text) else text[:17]
vocabulary.decode(Vocabulary(prompt).encode(prompt))
''')
md(T+"023", r'''
That is what the network would read, and no error is raised. So number the characters once, on all of the text. (With characters that tells next to nothing about the parts that are held out, and every model here uses the same table. With words it would be a leak, see {doc}`24-text-classification`.) Then keep the table *in the same file as the weights*, as "Your own data" does below. The network gets the numbers: an {term}`embedding` is a matrix with a row for each, and looks its row up.

## What counting can do

Before a network is trained on the whole text, find out what it has to beat. An {term}`n-gram` model looks at the last $n-1$ characters and counts what followed them in the training text ({doc}`01-sequences`). For what it has not seen it must leave some probability. {cite:t}`witten1991` leave as much as there were *new* characters after this context so far: if $N(s)$ characters followed the context $s$ and $D(s)$ of them were different ones, then

$$
p(c \mid s) = \frac{N(s, c) + D(s)\, p(c \mid s')}{N(s) + D(s)} ,
$$ (eq-text-ngram)

where $s'$ is $s$ without its oldest character, and the shortest context of all falls back on $1/V$. A context that was followed by many different characters is trusted less. `experiments/text_generation_counts.py` counted in the first nine tenths and judged on the last, for several $n$; and it asked two compression programs what they add to the file if the last tenth is appended to the rest. There is no chance in it, so one run of each is enough:
''')
code(T+"ev22", '''
counted = evidence.load("text_generation_counts")
counted = counted.pivot(index="model", columns="text", values="bits")
counted[["documentation"]].T.round(2)
''')
md(T+"030", r'''
The 5-gram is the best of the counting models; longer contexts become too rare to trust. Both compressors need far fewer bits. These are the marks on the wall. The network has to come below the 5-gram, and somebody will have to explain the compressors.

## The stacked LSTM in Keras

Two LSTM layers, dropout after each, and a dense layer that gives a score to each character:
''')
code(T+"007", '''
def build(V, rows, length, hidden=64, dropout=0.1):
    """A stacked LSTM: scores of the next character, (rows, length, V)."""
    lstm = {"units": hidden, "return_sequences": True, "stateful": True}
    return keras.Sequential(
        [
            keras.Input(batch_shape=(rows, length), dtype="int32"),
            layers.Embedding(V, 64),
            layers.LSTM(**lstm),
            layers.Dropout(dropout),
            layers.LSTM(**lstm),
            layers.Dropout(dropout),
            layers.Dense(V),
        ]
    )


ROWS, LENGTH = 32, 16
build(100, ROWS, LENGTH).count_params()
''', [OWN,"listing:experiments.text_generation_keras.build"])
md(T+"008", r'''
`return_sequences=True` gives the state at each step and not at the last one only, because every step has a next character to be trained on. `stateful=True` keeps the state from one batch to the next, row by row. Two things follow from it, and Keras checks neither: the batches must come in their order (`shuffle=False`), and the state must be cleared when the text begins anew. That happens at the start of every epoch, and of every validation, which reads another text. A callback does it.
''')
code(T+"009", '''
def reset(model):
    for layer in model.layers:
        if isinstance(layer, layers.RNN):
            layer.reset_state()


class ClearState(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        reset(self.model)

    def on_test_begin(self, logs=None):
        reset(self.model)


clear = ClearState()
options = {"batch_size": ROWS, "shuffle": False, "verbose": 0}
''', [OWN,"listing:experiments.text_generation_keras.reset","listing:experiments.text_generation_keras.ClearState"])
md(T+"031", r'''
Of all {term}`hyperparameters <hyperparameter>` the learning rate matters most (the contest below shows how much). It rises to its peak in the first tenth of the updates, while the network is still far from anything, and then falls to zero, so that the last updates settle. The norm of the gradient is clipped at 1 ({doc}`04-vanishing-gradients`).
'''.replace("{term}`hyperparameters <hyperparameter>`","hyperparameters"))
code(T+"032", '''
def compiled(model, updates, peak=0.015):
    """The model with a loss, and a rate that rises to its peak and falls."""
    warm = max(1, updates // 10)
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, updates - warm, warmup_target=peak, warmup_steps=warm
    )
    model.compile(
        optimizer=keras.optimizers.Adam(
            learning_rate=rate, beta_2=0.99, global_clipnorm=1.0
        ),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    return model
''', [OWN,"listing:experiments.text_generation_keras.compiled"])
code(T+"035", '''
x, y = arrays(train_ids[: len(train_ids) // 8], ROWS, LENGTH)
model = compiled(build(V, ROWS, LENGTH), updates=2 * len(x) // ROWS)
validation = arrays(val_ids, ROWS, LENGTH)
stop = keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True)
watch = {"validation_data": validation, "callbacks": [clear, stop]}
history = model.fit(x, y, epochs=2, **watch, **options).history
pd.DataFrame(history, index=["epoch 1", "epoch 2"]) / np.log(2)
''')
md(T+"036", r'''
Keras counts in nats; divided by $\ln 2$ they are bits. `validation_data` puts the validation loss beside the training loss after each epoch, and `EarlyStopping` ends the training when two epochs have not improved it and gives back the best weights. Here there are only two epochs over an eighth of the training text: enough to see everything work in a few seconds, and too little for good bits. `experiments/text_generation_keras.py` ran the same cells with three other seeds:
''')
code(T+"ev4", '''
forms = dict.fromkeys(["training", "validation"], ".2f")
keras_runs = evidence.table("text_generation_keras", forms, by="part")
keras_runs.rename({8: "an eighth", 1: "all"}).rename_axis("text read")
''')
md(T+"037", r'''
That is what you should have seen above, up to the spread of the seeds. For good bits give `fit` all of `train_ids` and three epochs or more, which takes minutes rather than seconds. Here PyTorch will do the longer training, because on a processor its update takes less time; {doc}`13-three-libraries` measures that, and shows that the same weights compute the same in both libraries.

### Is the state really carried?

It is easy to believe that the state goes from batch to batch, and as easy to be wrong; a shuffle, or a state of the wrong row, raises no error. So compare: a text that is read in one piece must give the same scores as the same text read one character at a time. A model that is `stateful` has a fixed number of rows and steps, so the weights go into a twin of another size.
''')
code(T+"040", '''
def scores_of(model, length, ids):
    """Scores (N, V) of a text that is read in pieces of a length."""
    reader = build(V, rows=1, length=length)
    reader.set_weights(model.get_weights())
    pieces = ids.reshape(-1, 1, length)
    return np.concatenate([reader.predict_on_batch(x)[0] for x in pieces])


some = val_ids[:60]
whole, by_one = scores_of(model, 60, some), scores_of(model, 1, some)
cold = scores_of(model, 20, some[20:40])  # a piece from the middle, alone
off = np.abs(whole - by_one).max(), np.abs(whole[20:40] - cold).max()
f"state carried: off by {off[0]:.0e}; state cleared: off by {off[1]:.1f}"
''')
md(T+"041", r'''
Read character by character the scores are the same, up to rounding. The last number is the counter-test: the same piece *without* what came before gives other scores. A test that a cleared state would pass as well tests nothing.

## The stacked LSTM in PyTorch

In PyTorch the loop is ours, and the state is a value that goes in and comes out. `nn.LSTM` stacks its layers itself and drops out between them; what the last layer gives is dropped out before the head.
''')
code(T+"044", open('/tmp/me21/writer.py').read()+"\n\n\nsum(p.numel() for p in Writer(100).parameters())", [OWN,"listing:experiments.text_generation_short.Writer","listing:experiments.text_generation_cells.Writer"])
md(T+"045", r'''
The network keeps its own settings, because whoever loads its weights must build it again in the same size. One update takes a batch and the state that the batch before has left. The state is {term}`detached <detach>`, or the gradient would run back to the beginning of the text ({doc}`03-bptt`).
''')
code(T+"049", open('/tmp/me21/step.py').read(), [OWN,"listing:experiments.text_generation_short.detached","listing:experiments.text_generation_cells.detached","listing:experiments.text_generation_short.step","listing:experiments.text_generation_cells.step"])
code(T+"049b", '''
trial = Writer(V).to(device)
some = torch.tensor(val_ids[None, :64]).to(device)
f"{step(trial, torch.optim.Adam(trial.parameters()), some, some)[0]:.2f} bits"
''')
md(T+"050", r'''
A fresh network knows nothing, so its loss must be near $\log_2 V$: a good test of a new loop. To judge a text, the network reads it in one go, or in several rows at once, which is faster; each row then begins with a cleared state.
''')
code(T+"052", open('/tmp/me21/surprises.py').read()+"\n\n\nsurprises(Writer(100), np.arange(100)).shape", [OWN,"listing:experiments.text_generation_short.surprises","listing:experiments.text_generation_cells.surprises"])
md(T+"051", r'''
`train` reads the streams epoch after epoch, and it validates five times on the way. It keeps the weights of the best validation, so that a training that goes on too long does no harm.
''')
code(T+"048", open('/tmp/me21/batches.py').read()+"\n\n\nadam = torch.optim.Adam(Writer(100).parameters())\nrising_and_falling(adam, 100, 0.015).get_last_lr(), len(next(endless(np.arange(2000))))", [OWN,"listing:experiments.text_generation_short.endless","listing:experiments.text_generation_cells.endless","listing:experiments.text_generation_short.rising_and_falling","listing:experiments.text_generation_cells.rising_and_falling"])
code(T+"053", open('/tmp/me21/train.py').read(), [OWN,"listing:experiments.text_generation_short.train","listing:experiments.text_generation_cells.train"])
code(T+"054", '''
writer = Writer(V).to(device)
curve = train(writer, train_ids, val_ids, updates=400)
curve.round(2)
''')
md(T+"ev6", r'''
The bits fall with every validation. One seed says little about the next one; `experiments/text_generation_short.py` trained this network three times:
''')
code(T+"ev7", '''
evidence.table("text_generation_short", forms, by="updates", updates=400)
''')
md(T+"055", r'''
After so short a training the network is not below the 5-gram yet. `experiments/text_generation_network.py` trained one layer of 256 units for 1,500 updates of 64 characters, with settings that had been chosen on the ninth tenth; then it was fitted on the first nine tenths and judged on the last, like the counting models above:
''')
code(T+"ev8", '''
forms = {"training": ".2f", "bits": ".2f"}
evidence.table("text_generation_network", forms, by="updates", hidden=256)
''')
md(T+"ev25", r'''
That is below the 5-gram with each seed.
''')
md(T+"058", r"""
### LSTM, GRU, or two layers?

The network above has two layers. Does it need them, and would a GRU do better? The usual way to ask is to train each of them once, briefly, at one learning rate. `experiments/text_generation_cells.py` did so with 64 units and 100 updates, three seeds each, and then at other peaks of the rate too. Here are the bits on the validation part:
""")
code(T+"056", """
forms = {"validation": ".2f"}
by_rate = evidence.table("text_generation_cells", forms, ["model", "peak"])
by_rate["validation"].unstack("peak").sort_index(axis=1).fillna("")
""")
md(T+"057b", r"""
At a peak of 0.015 the GRU is ahead of the LSTM with every seed. At four times that rate, its lead is gone. And the second layer looks like a mistake at both. But the rate alone moves the LSTM by more than twice the GRU's lead, and 100 updates are few: `experiments/text_generation_contest.py` trained for ten times as many, at a peak of 0.03.
""")
code(T+"057", """
evidence.table("text_generation_contest", forms, by="model", peak=0.03)
""")
md(T+"057c", r"""
Now the stacked network is ahead of the single layer, with every seed: the order of the short training has turned round. A ranking holds for the rate and the number of updates at which it was found, and a fair contest gives each network the best of several rates and as long a training as you will really use. An exercise asks for one.
""")
md(T+"060", r'''
## To write

The network gives a score to each of the $V$ characters, and one of them has to be chosen; then the network reads it.
''')
code(T+"059", '''
@torch.inference_mode()
def generate(writer, vocabulary, prompt, n, choose):
    """Continue a prompt; choose maps the scores (V,) to a number."""
    device = next(writer.parameters()).device
    read, state, out = vocabulary.encode(prompt), None, []
    for _ in range(n):
        x = torch.tensor(read).to(device)[None]  # (1, T)
        scores, state = writer.eval()(x, state)
        read = np.array([choose(scores[0, -1].double().cpu().numpy())])
        out.extend(read)
    return vocabulary.decode(out)
''', [OWN])
code(T+"059b", '''
print(prompt + generate(writer, vocabulary, prompt, 200, np.argmax))
''')
md(T+"061b", r'''
`np.argmax` is the simplest way, **{term}`greedy`**: always the best. It sounds reasonable, and falls into a loop, because the likeliest continuation of a phrase leads back to the same phrase, and from the same state everything repeats. So **draw** the next character, each as often as its probability says. But many unlikely characters together are not so unlikely, and each one drawn leads the text astray. Three ways to sharpen or to cut the distribution are in use.

**{term}`Temperature <temperature>`** {cite:p}`ackley1985`: divide the scores by $\tau$ before the softmax,

$$
p_k = \frac{e^{s_k / \tau}}{\sum_j e^{s_j / \tau}} .
$$ (eq-text-temperature)
''')
code(T+"061", '''
from rnnbook.sampling import one_row, top_k, top_p


def temperature(logits, tau):
    """Softmax of logits / tau."""
    logits = one_row("logits", logits)
    if not tau > 0:
        raise ValueError(f"tau: expected a positive number, got {tau}")
    if not np.isfinite(logits.max()):
        raise ValueError(
            f"logits: expected a finite maximum, got {logits.max()}"
        )
    tau = min(max(tau, 1e-30), 1e30)  # beyond, greedy or even all the same
    scaled = (logits - logits.max()) / tau  # eq-text-temperature
    p = np.exp(scaled)
    return p / p.sum()


temperature([2.0, 1.0, 0.0], tau=0.5).round(3)
''', [OWN,"listing:rnnbook.sampling.temperature"])
md(T+"062", r'''
As $\tau$ goes to zero this becomes greedy; at 1 it is the network's own distribution; above 1 it flattens. Taking off the largest score changes nothing but the danger of an overflow, and `one_row` refuses a batch, whose rows would be taken for one long one.

The two others take *probabilities* and set some of them to zero. **{term}`Top-k <top-k>`** {cite:p}`fan2018` keeps the $k$ likeliest characters. It keeps as many where the network is sure as where it is not. **{term}`Top-p <top-p>`**, or nucleus sampling {cite:p}`holtzman2020`, keeps as few as are needed to reach the probability $p$ together: one character where the network is sure, and many where it is not. Both are listed in the exercise "Another cut", where you write a third.
''')
code(T+"063b", '''
probs = [0.5, 0.3, 0.15, 0.05]
top_k(probs, k=2).round(3), top_p(probs, p=0.9).round(3)
''')
md(T+"071", r'''
At a temperature of one half, the network that was trained a moment ago writes this:
''')
code(T+"072", '''
def drawing(tau, seed=0):
    """A way to choose: draw at a temperature."""
    rng = np.random.default_rng(seed)
    return lambda scores: rng.choice(len(scores), p=temperature(scores, tau))
''', [OWN])
code(T+"072b", '''
print(prompt + generate(writer, vocabulary, prompt, 500, drawing(tau=0.5)))
''')
md(T+"073", r'''
After less than half a minute of training it has the words, the marks around names, the line breaks and the tone of a manual, and no idea what it is talking about. For other ways to choose, pass another function: `lambda s: rng.choice(V, p=top_p(temperature(s, 1.0), 0.9))`.

### What is wrong with the best?

A single sample proves little; who has a favourite reads what he likes. So take three numbers, for each way of writing and for the authors of the text themselves: the share of stretches of 20 characters that the same text had before; the longest piece that stands letter for letter in the training text; and how much the text surprises the network, in {term}`bits per character`. `experiments/text_generation_network.py` took them from the long training, in eight texts of 800 characters for each of three seeds. Here are the means. (*plain* is temperature 1, *cool* is 0.5, *top_k* keeps 5 characters and *top_p* 90 %; *median* is that of the longest pieces.)
''')
code(T+"ev10", '''
stored = evidence.load("text_generation_network")
longer = stored[stored["hidden"] == 256].mean(numeric_only=True)
ways = ["greedy", "plain", "cool", "top_k", "top_p", "authors"]
columns = ["repeated", "median", "bits"]
rows = {way: [longer[f"{c}_{way}"] for c in columns] for way in ways}
pd.DataFrame.from_dict(rows, "index", columns=columns).round(2)
''', ["hide-input"])
md(T+"077", r'''
The authors surprise the network most. Plain drawing comes nearest to them; it would be equal if the network's probabilities were right on average. Whatever favours the likely lies well below. *People do not write what is most likely.* The greedy text repeats nearly all of its stretches, and at a temperature of one half a text still repeats more than the authors do. {cite:t}`holtzman2020` found the same with much larger networks. Which way to take depends on the use: near greedy where one answer is right, with more chance where many are.

### Did it copy?

The middle column answers, once it is read against its last row. Documentation quotes itself: the authors' own passages of the last tenth share long pieces with the training text too. Pieces of that length in the network's text are no sign of more copying than the authors do themselves. *It copied thirty characters* means nothing without such a comparison.

## Why do the compressors win?

Back to the marks on the wall. Even after the long training the network is still above `bz2` and `xz`, programs that know nothing about language. Where does the network spend its bits? Here is a passage of the validation part, each character on a ground that is the darker the more it surprised the network that was trained above.
''')
code(T+"080", '''
network = surprises(writer, val_ids)  # (N - 1,), the first has none
start = len(network) // 2
grid = network[start : start + 448].reshape(7, 64)
fig, ax = plt.subplots(figsize=(7, 2.4))
image = ax.imshow(grid, aspect="auto", cmap="Blues", vmin=0, vmax=9)
fig.colorbar(image, ax=ax, label="bits")
look = {"family": "monospace", "size": 8, "ha": "center", "va": "center"}
for k, bits in enumerate(grid.ravel()):
    c = text[eight + 1 + start + k].replace("\\n", "¶").replace("$", "S")
    ax.text(k % 64, k // 64, c, color="white" if bits > 5.5 else "black", **look)
ax.axis("off")
plt.show()
''', ["gallery-figure","hide-input"], alt=old[T+"080"]["metadata"]["mystnb"]["image"]["alt"]+" A bar beside them gives the scale, from 0 to 9 bits.")
md(T+"081", r'''
The beginning of a word costs many bits, its end few. That is the network's knowledge: spelling, words, the forms of sentences. Now look for something else: stretches of 32 characters that have stood in the text before, letter for letter.
''')
code(T+"082", '''
def seen_before(text, first, length=32):
    """Have the characters before each place, from first on, come before?"""
    known, seen = set(), []
    for i in range(length, len(text)):
        seen.append(text[i - length : i] in known)
        known.add(text[i - length : i])
    return np.array(seen[first - length :])


seen = seen_before(text[:nine], first=eight + 1)
[f"{part.mean():.2f}" for part in (seen, network[seen], network[~seen])]
''')
md(T+"083", r'''
The first number is the share of characters that follow such a stretch; the others are the bits that the network pays there and elsewhere. A good part of this text has been read before. A *pointer* to the earlier place would name the next character nearly always. The network saves there too, but still pays more than a bit. *It cannot look.* A state of a few hundred numbers holds the habits of a language, and not its pages; a compressor holds the pages, and few habits. And the compressors go on learning while they read the new text; the weights do not.

If these are the reasons, then network and pointer together must beat both. Mix them: where a pointer has a guess $\hat c$, trust it with the share $w$ of its guesses that have come true so far, and leave the rest to the network,

$$
p(c) = w\,[c = \hat c] + (1 - w)\, p_{\text{network}}(c) .
$$ (eq-text-pointer)

The share is counted while the text is read, so that nothing is used before it is known. `experiments/text_generation_network.py` did it with pointers for 16, 32 and 64 characters, of which the longest that has a guess speaks. It did so for the test part with pointers into the training text alone (*frozen*) and with pointers that go on reading (*both*):
''')
code(T+"ev12", '''
forms = dict.fromkeys(["inside", "outside", "bits", "frozen", "both"], ".2f")
evidence.table("text_generation_network", forms, by="updates", hidden=256)
''')
md(T+"087", r'''
*inside* and *outside* are the bits of the network alone, in stretches that were read before and elsewhere; after the long training too, the first are far from zero. Network and pointers together need fewer bits than the network, than `bz2` and than `xz`. Two kinds of memory, and a text that asks for both. The frozen pointers gain little, so most of the gain comes from reading on.

So the compressors did not win by knowing more about language. They have what they read, letter for letter, the new text included. `xz` points back to where a stretch stood before; `bz2` sorts the text by its contexts, so that places with the same neighbourhood come to lie together and share a short code. {cite:t}`grave2017` built such a memory into a network; attention, which looks back by content, is its successor.

A control: on a text that does not repeat itself, the compressors should have no lead. Tiny Shakespeare is about a million characters of plays, and next to nothing in its last tenth has stood there before for 32 characters. `experiments/text_generation_plays.py` trained the network of 256 units on it, with as many updates as on the documentation.

## What the numbers say

Everything for the test part, which nothing on this page has chosen by; all of it is stored:
''')
code(T+"093", '''
table = counted.copy()
plays = evidence.load("text_generation_plays").query("hidden == 256")
table.loc["LSTM, 256 units"] = longer["bits"], plays["bits"].mean()
table.loc["and pointers", "documentation"] = longer["both"]
table.map("{:.2f}".format).replace("nan", "")
''')
md(T+"095", r'''
On the plays the network alone beats both compressors and the 5-gram; on the documentation it needs the pointer. The {term}`perplexity` of a text, $2^{\text{bits}}$, is the number of equally likely characters that would surprise as much: `rnnbook.metrics.perplexity` computes it from the loss.
''')
md(T+"094b", r'''
## Your own data

Put the name of your file in place of `None`: a plain text, from about 100,000 characters on, also in `.gz` or `.zip`. `load_text` reads it in UTF-8, and says what to do with one in another encoding. Everything a writer needs goes into one file: the characters, the settings, the weights. Forty updates take a few seconds and are too few; a thousand or more are worth reading.
''')
code(T+"own1", '''
file = None  # "my_text.txt"; without one, Python's documentation
mine = load_text(file).text
symbols = Vocabulary(mine).symbols
ids_of_mine = Vocabulary(symbols).encode(mine)
parts = int(0.8 * len(mine)), int(0.9 * len(mine))
fitted, validated, _ = np.split(ids_of_mine, parts)  # the last: your test
my_writer = Writer(len(symbols), hidden=64).to(device)
print(train(my_writer, fitted, validated, updates=40).round(2))
Path("mine").mkdir(exist_ok=True)
content = {"symbols": symbols, "settings": my_writer.settings}
content["weights"] = my_writer.state_dict()
torch.save(content, "mine/writer.pt")
''', [OWN])
md(T+"own2", r'''
In another program, with the imports and with `Writer`, `generate` and `drawing` from above, these lines load it and write. A prompt may hold only characters that your text has; `encode` names the first that it does not know.
''')
code(T+"own3", '''
saved = torch.load("mine/writer.pt", map_location=device, weights_only=True)
table_of_mine = Vocabulary(saved["symbols"])
my_writer = Writer(len(table_of_mine), **saved["settings"]).to(device)
my_writer.load_state_dict(saved["weights"])
begin = mine[:20]  # or what you like
print(begin + generate(my_writer, table_of_mine, begin, 200, drawing(tau=0.5)))
''', [OWN])
md(T+"own4", r'''
And in Keras. A stateful model that is saved as a whole keeps its batch of 32 rows and refuses a single character; so the weights and the characters are saved, and a twin with one row and one step is built from them.
''')
code(T+"own5", '''
def write(twin, vocabulary, prompt, n, choose):
    """Continue a prompt with a Keras model of one row and one step."""
    reset(twin)
    ids = list(vocabulary.encode(prompt))
    for k in range(len(prompt) + n - 1):
        scores = twin.predict_on_batch(np.array([[ids[k]]]))[0, 0]
        if k >= len(prompt) - 1:
            ids.append(choose(scores))
    return vocabulary.decode(ids[len(prompt) :])


x, y = arrays(fitted[: len(fitted) // 8], ROWS, LENGTH)  # or all of it
my_model = compiled(build(len(symbols), ROWS, LENGTH), len(x) // ROWS)
my_model.fit(x, y, epochs=1, callbacks=[clear], **options)
np.savez("mine/writer.npz", *my_model.get_weights(), symbols=symbols)
''', [OWN])
code(T+"own6", '''
with np.load("mine/writer.npz") as saved:
    table_of_mine = Vocabulary(str(saved["symbols"]))
    weights = [saved[f"arr_{k}"] for k in range(len(saved.files) - 1)]
twin = build(len(table_of_mine), rows=1, length=1, hidden=len(weights[2]))
twin.set_weights(weights)
begin + write(twin, table_of_mine, begin, 100, drawing(tau=0.5))
''', [OWN])
code(T+"094", '''
from IPython.display import Markdown

Markdown(  # for the page that shows all applications
    "On documentation that it has not seen, an LSTM needs "
    f"**{longer['bits']:.2f} bits** for a character, a 5-gram "
    f"{counted.loc['5-gram', 'documentation']:.2f}. `bz2` needs "
    f"{counted.loc['bz2', 'documentation']:.2f}, because the text repeats "
    "itself; with a pointer to what was read before, the network needs "
    f"{longer['both']:.2f}."
)
''', ["remove-cell","gallery-sentence"])
exec(open('/tmp/me21/content2.py').read())
