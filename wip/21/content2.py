code(T+"ev16", '''
# What this page says, on this run: no error with other data.
doc = text == load_text().text
keras_bits = min(history["val_loss"]) / np.log(2)
of_keras = evidence.band("text_generation_keras", "validation")
where = {"updates": 400}
of_torch = evidence.band("text_generation_short", "validation", **where)
there, elsewhere = network[seen].mean(), network[~seen].mean()
claims = {
    "Keras is in its band": not doc or keras_bits in of_keras,
    "PyTorch is in its band": not doc or curve["validation"].min() in of_torch,
    "a cleared state matters": off[1] > 100 * off[0],
    "the text repeats itself": not doc or seen.mean() > 0.1,
    "inside costs less": not doc or there < elsewhere - 0.3,
    "but more than a bit": not doc or there > 1,
}
{claim: bool(holds) for claim, holds in claims.items()}
''', ["remove-cell","nbval-check-output"])
code(T+"ev18", '''
pages = evidence.load("text_generation_recipe")
few, many = (pages[pages["rounds"] == n] for n in (15, 60))
long_runs = stored[stored["hidden"] == 256]
worst, of_doc = long_runs.max(numeric_only=True), counted["documentation"]
grams, packer = of_doc.filter(like="gram"), of_doc[["bz2", "xz"]]
gain = long_runs["bits"] - long_runs["frozen"]
poet = evidence.load("text_generation_plays")
poet = poet[poet["hidden"] == 256]["bits"].max()
claims = {
    "the page costs less than a bit": many["training"].max() < 1,
    "the recipe is worse than nothing": many["bits"].min() > np.log2(103),
    "and was better earlier": few["bits"].max() < many["bits"].min(),
    "the 5-gram is the best": grams.idxmin() == "5-gram",
    "the network beats it": worst["bits"] < grams.min() - 0.05,
    "the compressors beat the network": long_runs["bits"].min() > packer.max(),
    "with pointers it beats both": worst["both"] < packer.min(),
    "frozen pointers gain little": 0 < gain.min() < gain.max() < 0.1,
    "on the plays the network wins": poet < counted["plays"].min(),
}
{claim: bool(holds) for claim, holds in claims.items()}
''', ["remove-cell","nbval-check-output"])
code(T+"ev19", '''
# What the page says about writing.
bits_of = {way: longer[f"bits_{way}"] for way in ways}
theirs, plainly = bits_of.pop("authors"), bits_of.pop("plain")
likely = max(bits_of.values())
claims = {
    "plain drawing comes nearest": abs(plainly - theirs) < theirs - likely,
    "the likely lies well below": likely < theirs - 0.2,
    "greedy repeats nearly everything": longer["repeated_greedy"] > 0.8,
    "cool repeats more than the authors": longer["repeated_cool"]
    > longer["repeated_authors"],
    "plain draws copy no more": longer["median_plain"]
    < 1.2 * longer["median_authors"],
}
{claim: bool(holds) for claim, holds in claims.items()}
''', ["remove-cell","nbval-check-output"])
code(T+"ev26", '''
# The contest.
cells = evidence.load("text_generation_cells")
mean = cells.groupby(["peak", "model"])["validation"].mean()
runs = evidence.load("text_generation_contest").groupby("model")["validation"]
claims = {
    "briefly, the GRU leads": mean[0.015].idxmin() == "GRU",
    "not at four times the rate": abs(mean[0.06]["GRU"] - mean[0.06]["LSTM"]) < 0.05,
    "and two layers are last": all(
        mean[p].idxmax() == "two LSTMs" for p in (0.015, 0.06)
    ),
    "later they lead": runs.max()["two LSTMs"] < runs.min()["LSTM"],
}
{claim: bool(holds) for claim, holds in claims.items()}
''', ["remove-cell","nbval-check-output"])
md(T+"ev17", r'''
## Summary

- A low training loss says that a text was read often. Only held-out text says what was learned, and only a comparison with counting says whether that is much. What chooses is not what judges: training, validation, test.
- A softmax after a `tanh` cannot be sure of anything; a vocabulary that is made anew exchanges the characters in silence, so it is saved with the weights.
- Training with a carried state needs batches in order, streams in rows, and a cleared state at each new beginning. Reading in one piece and reading step by step must agree, and a cleared state must not.
- Which network is best cannot be told from a short training at one learning rate: the order depends on both.
- Greedy writing takes what the network likes best at every step, and ends in a loop; people do not write what is most likely. *Repeated* and *copied* are numbers, and they need the authors' own numbers beside them.
- A state of fixed size knows habits; a pointer knows pages. Mixed, they beat the compressors that beat the network alone.

## Exercises

After each piece of code stands a cell `check(...)`. It runs what you wrote, says whether it is right, and if not, which mistake it is.

:::{exercise} How low is the floor? ★☆☆
:label: ex-text-floor
Somebody keeps the `tanh` and multiplies its scores by $a$ before the softmax. Write `floor_bits(V, a)`: the fewest bits that a character can cost then, for $V$ characters. What $a$ brings the floor below a hundredth of a bit?

<details class="hint"><summary>Hint</summary>

The right character has the score $a$, all others $-a$. Divide numerator and denominator of the softmax by $e^{a}$.

</details>
:::
''')
for k in ("096","097"): keep(T+k)
md(T+"098", r'''
:::{exercise} Another cut ★☆☆
:label: ex-text-min-p
Here are `top_k` and `top_p`. They would take scores as well as probabilities, and be wrong without a word: what they keep is renormalised and sums to one. So they look first at what they are given. Write `min_p(probs, m)`: it keeps every token that has at least $m$ times the probability of the likeliest one, and renormalises. How many characters does it keep where the network is sure, and how many where it is not? What does top-k do there?

<details class="hint"><summary>Hint</summary>

`np.where` with a condition, the probabilities, and 0; then divide by the sum.

</details>
:::
''')
keep(T+"distribution", tags=["listing:rnnbook.sampling.one_row","listing:rnnbook.sampling.distribution"], sub=[("def distribution",'''def one_row(name, values):
    """One row of numbers, as floats."""
    values = np.asarray(values)
    if values.ndim != 1 or values.size == 0:
        raise ValueError(f"{name}: expected one row (V,), got {values.shape}")
    return values.astype(np.result_type(values, np.float32))


def distribution'''),('''

try:
    distribution(np.array([2.0, 1.0, 0.0]))
except ValueError as refused:
    print(refused)''',"")])
keep(T+"063")
keep(T+"065")
for k in ("099","100"): keep(T+k)
keep(T+"101"); keep(T+"102"); keep(T+"103")
md(T+"104", r'''
:::{exercise} Two models, one code ★★☆
:label: ex-text-mixture
Write `mixture_bits(p, q, share)`: the mean bits of a mixture that gives each character $\text{share} \cdot p + (1 - \text{share})\, q$, from what two models gave the true characters. Mix the LSTM with the 5-gram, for which the first cell has the code: choose the share on the first half of the validation text, and judge on the second. Why can a worse model help a better one?

<details class="hint"><summary>Hint</summary>

`network` and `surprise` hold bits of the same characters, $p = 2^{-\text{bits}}$.

</details>
:::
''')
code(T+"026", '''
from collections import Counter, defaultdict


def count(text, n):
    """What followed each context of 0 to n - 1 characters."""
    tables = defaultdict(Counter)
    for k in range(n):
        for i in range(k, len(text)):
            tables[text[i - k : i]][text[i]] += 1
    return dict(tables)


def probability(c, context, tables, V):
    p = 1 / V
    for k in range(len(context) + 1):
        seen = tables.get(context[len(context) - k :])
        if seen:
            p = (seen[c] + len(seen) * p) / (seen.total() + len(seen))
    return p  # eq-text-ngram
''', ["listing:experiments.text_generation_counts.count","listing:experiments.text_generation_counts.probability"])
code(T+"027", '''
tables, held_out = count(text[:eight], 5), text[eight:nine]
pairs = [(held_out[i], held_out[max(0, i - 4) : i]) for i in range(1, nine - eight)]
surprise = -np.log2([probability(c, s, tables, V) for c, s in pairs])


def mixture_bits(p, q, share):
    return share * -np.log2(p).mean() + (1 - share) * -np.log2(q).mean()


p, q = 2.0**-network, 2.0**-surprise
round(float(mixture_bits(p, q, 0.5)), 3)
''')
keep(T+"106")
md(T+"107", r'''
:::{exercise} Up and down ★★☆
:label: ex-text-rate
Write a schedule like that of the PyTorch training, which rises from a 25th of its peak: `rate(n, updates, peak, warm)` rises on a straight line from 0 at update 0 to `peak` at update `warm`, and falls on a straight line to 0 at `updates`. Then find out how much the peak matters in a short training: train one LSTM layer of 64 units for 100 updates with a tenth of the chapter's peak, the peak itself, four and thirty times as much. Judge on the validation part.

<details class="hint"><summary>Hint</summary>

Two lines, and the smaller of them. For the experiment `train(Writer(V, hidden=64, layers=1), train_ids, val_ids, 100, peak)` does everything.

</details>
:::
''')
keep(T+"108"); keep(T+"109")
md(T+"110", r'''
:::{exercise} Learn while you read ★★★
:label: ex-text-prequential
A compressor learns from the text that it packs, as it goes. Let the network do so {cite:p}`krause2018`. Write `prequential(score, update, pieces)`: for each piece in turn it calls `score(piece)`, and only then `update(piece)`, and it returns the list of scores. Why is that no leak? Use it on the first 6,000 characters of the validation text: the score is the network's bits on a piece of 200 characters, the update one step of Adam with a small rate on that piece. How much does the network gain, and on which pieces?

<details class="hint"><summary>Hint</summary>

Work on a `copy.deepcopy(writer)` with its dropout set to 0, and with a rate near 5e-4. Let both networks begin each piece with a cleared state, so that only the learning differs.

</details>
:::
''')
for k in ("111","112"): keep(T+k)
md(T+"113", r'''
:::{exercise} Ten minutes ★★★
:label: ex-text-better
Give the network ten minutes in place of half a minute, and get as low as you can on the last tenth, without pointers. Begin with a fair contest: one LSTM, one GRU and two LSTMs (`Writer(V, cell="GRU", layers=1)`), each at the best of three peaks of the rate and after a thousand updates. Choose everything by fitting on the first eight tenths and judging on the ninth, and touch the last tenth once. Write down what you tried, in the order in which you tried it, with the seeds.

<details class="hint"><summary>Hint</summary>

With more updates the gap between training and validation opens, so width and dropout have to grow together.

</details>
:::

## Quiz
''')
for k in range(114,119): keep(T+str(k))
keep(T+"119")
keep(T+"120"); keep(T+"121"); keep(T+"122"); keep(T+"123")
keep(T+"124"); keep(T+"125"); keep(T+"126"); keep(T+"127"); keep(T+"128"); keep(T+"129"); keep(T+"130",sub=[])
md(T+"131", r'''
:::{solution-end}
:::

:::{solution-start} ex-text-rate
:class: dropdown
:::

With a tenth of the peak the same number of updates leads much less far; with thirty times as much the training does not settle. In a short training the small network likes a higher peak than the chapter's. The table is stored, by `experiments/text_generation_cells.py`.
''')
code(T+"132", '''
def rate(n, updates, peak, warm):
    return peak * min(n / warm, (updates - n) / (updates - warm))


assert check("text.rate", rate).passed
evidence.table(
    "text_generation_cells", {"validation": ".2f"}, by="peak", model="LSTM"
).sort_index()
''', ["solution"])
keep(T+"133"); keep(T+"134")
code(T+"135", '''
reader = copy.deepcopy(writer)
reader.rnn.dropout = reader.dropout.p = 0.0
adam = torch.optim.Adam(reader.parameters(), lr=5e-4)


def learn(piece):
    part = torch.tensor(piece[None]).to(device)
    step(reader, adam, part[:, :-1], part[:, 1:])


pages = val_ids[:6000].reshape(-1, 200)
fixed = [surprises(writer, piece).mean() for piece in pages]
adapted = prequential(lambda s: surprises(reader, s).mean(), learn, pages)
print(f"fixed {np.mean(fixed):.2f}, learning {np.mean(adapted):.2f} bits")
gain = np.array(fixed) - adapted
for k in np.argsort(-gain)[:3]:
    print(f"{gain[k]:+.2f} at {vocabulary.decode(pages[k][:50])!r}")
''', ["solution"])
keep(T+"136"); keep(T+"ev21")
code(T+"ev20", '''
# What the solutions say, on this run: compared by the tests, and no error
# with other data.
at_peak = cells[cells["model"] == "LSTM"].groupby("peak")["validation"].mean()
{
    "the mixture beats both": bool(not doc or mixed < min(alone) - 0.01),
    "the peak matters": float(at_peak.idxmin()) in (0.015, 0.06),
    "learning while reading pays": bool(
        not doc or np.mean(adapted) < np.mean(fixed) - 0.01
    ),
}
''', ["remove-cell","nbval-check-output"])
