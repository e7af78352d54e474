"""Claims whose rule was committed before their experiment was run."""

from rnnbook.claims import (
    Found,
    about,
    best,
    by_gain,
    claim,
    gap,
    is_so,
    together,
)

POST = "an introductory post (one of five that the course was asked to check)"


def without_noise(
    name, says, what, *, source, rule, control, page, topic, holds, of="claims_shapes",
    claimed="as claimed", other="control", unit="", key=None, form="",
):  # fmt: skip
    """A claim that a count, a shape or a formula decides.

    ``holds(value, control)`` is the rule; ``what`` the sentence, with both filled in.
    """

    @claim(name, says, source=source, uses={of: {"claim": key or name}}, rule=rule,
           control=control, page=page, topic=topic, asked=True)  # fmt: skip
    def _(table):
        value, changed = table["value"].tolist(), table["control"].tolist()
        verdicts = [is_so(holds(v, c)) for v, c in zip(value, changed, strict=True)]
        sentence = what.format(value=about(value, form), control=about(changed, form))
        return Found(
            together(verdicts), sentence, {claimed: value, other: changed}, unit
        )


without_noise(
    "missing-attention",
    "An LSTM handles missing values by itself, through its self-attention.",
    "After one missing value at step 3 of 10 the share of later outputs that are no "
    "numbers is {value}; without it, {control}. An LSTM has no self-attention.",
    source=POST,
    rule="True if one NaN leaves the later outputs numbers; false if it does not.",
    control="The same sequence without the NaN.",
    page="25-weather",
    topic="data",
    holds=lambda v, c: v == 0,
    key="missing value",
    claimed="one NaN",
    other="none",
    unit="share of later outputs that are NaN",
)
without_noise(
    "gates-share",
    "All gates of an LSTM share one matrix of input weights.",
    "The input weights have {value} rows for each unit, those of a plain RNN "
    "{control}.",
    source=POST,
    rule="True if PyTorch's LSTM has as many rows of input weights for each unit as a "
    "plain RNN.",
    control="The same count of a plain RNN.",
    page="11-lstm",
    topic="formulas",
    holds=lambda v, c: v == c,
    key="gates share",
    claimed="LSTM",
    other="plain RNN",
    unit="rows a unit",
)


@claim(
    "tanh-then-softmax",
    "A layer with tanh before the layer with softmax is an error.",
    source=POST,
    uses={"claims_shapes": {"claim": "tanh then softmax"}},
    control="No weights between: softmax directly on tanh.",
    rule="True if, with the weights of the second layer between, no probability of "
    "0.99 can be reached. Committed first for the sentence that softmax may stand "
    "directly on tanh, which nobody says; turned after the run.",
    page="24-text-classification",
    topic="shapes and calls",
)
def _(table):
    bare, between = table["value"].tolist(), table["control"].tolist()
    sentence = (
        f"Of ten classes the right one can reach a probability of {about(between)} "
        f"with weights between, and {about(bare)} without."
    )
    groups = {"weights between": between, "directly on tanh": bare}
    return Found(is_so(max(between) < 0.99), sentence, groups, "largest probability")


without_noise(
    "batch-first",
    "nn.LSTM reads (samples, steps, features), so out[:, -1] is the last step.",
    "By default a share of {value} of the gradient of one sample's answer lies in "
    "other "
    "samples; with batch_first=True, {control}.",
    source=POST,
    rule="True if the answer for a sample depends on that sample alone.",
    control="batch_first=True.",
    page="13-three-libraries",
    topic="shapes and calls",
    holds=lambda v, c: v == 0,
    key="batch first",
    claimed="default",
    other="batch_first=True",
    unit="share of the gradient",
)
without_noise(
    "first-state",
    "A first state of shape (1, 1, H) serves any batch.",
    "With four samples it is an error (1 stands for one: {value}); of shape (1, 4, H) "
    "it "
    "is none ({control}).",
    source=POST,
    rule="True if PyTorch takes it for four samples.",
    control="A first state of shape (1, 4, H).",
    page="13-three-libraries",
    topic="shapes and calls",
    holds=lambda v, c: v == 0,
    key="first state",
    claimed="(1, 1, H)",
    other="(1, 4, H)",
    unit="errors",
)


@claim(
    "torch-split",
    "torch.split(data, int(q * len(data))) cuts data in two, at the share q.",
    source=POST + ", with q = 0.8",
    uses={"claims_shapes": {"claim": "split"}},
    control="q = 0.8.",
    rule="Committed first as: true if 100 rows fall into two parts at 0.4 as at 0.8. "
    "The post has 0.8 alone; mended after the run: it depends if one of the two gives "
    "two parts, and is false if neither does.",
    page="23-stock-prediction",
    topic="shapes and calls",
)
def _(table):
    low, high = table["value"].tolist(), table["control"].tolist()
    two = [set(low) == {2}, set(high) == {2}]
    verdict = "true" if all(two) else "depends" if any(two) else "false"
    sentence = (
        f"At 0.8 it gives {about(high)} parts, at 0.4 it gives {about(low)}: the "
        "argument is the size of a part."
    )
    return Found(verdict, sentence, {"q = 0.4": low, "q = 0.8": high}, "parts")


without_noise(
    "one-step",
    "Windows of shape (N, 1, 20) make an LSTM recur over 20 past values.",
    "The gradient of the recurrent weights is {value}: nothing recurs. As 20 steps of "
    "one value it is {control}.",
    source="GitHub, LSTM-FCN issue 9, keras issue 2045; and a repaired LSTM-demo, pull "
    "request 6 of omerbsezer",
    rule="True if the recurrent weights get a gradient. The sentence was "
    "narrowed after the run, the rule is the first.",
    control="The same values as 20 steps of one feature.",
    page="23-stock-prediction",
    topic="shapes and calls",
    holds=lambda v, c: v > 0,
    key="one step",
    claimed="(N, 1, 20)",
    other="(N, 20, 1)",
    unit="norm of the gradient",
)
without_noise(
    "forget-gate-open",
    "An LSTM begins with its forget gate open.",
    "In PyTorch it begins at {value}, half open; with a bias of 1 it is {control}.",
    source="a reading of Keras, which begins so, as if it held of all LSTMs; "
    "pytorch issue 20102 asks for it",
    rule="True if the gate begins above 0.7 in PyTorch.",
    control="The bias set to 1.",
    page="11-lstm",
    topic="formulas",
    holds=lambda v, c: v > 0.7,
    key="forget bias",
    claimed="PyTorch",
    other="bias 1",
    unit="forget gate",
)
without_noise(
    "forget-bias-keras",
    "Keras sets the bias of the forget gate to 1 unless it is told otherwise.",
    "The mean bias is {value}; with unit_forget_bias=False it is {control}.",
    source="the documentation of Keras",
    rule="True if the bias of a fresh layer is 1.",
    control="unit_forget_bias=False.",
    page="13-three-libraries",
    topic="formulas",
    holds=lambda v, c: v == 1 and c == 0,
    of="claims_keras",
    key="forget bias",
    claimed="default",
    other="unit_forget_bias=False",
    unit="bias",
)
without_noise(
    "two-biases",
    "For a forget bias of 1 in PyTorch, set both bias vectors to 1.",
    "The gate then begins at {value}, which is a bias of 2; with one of them, "
    "{control}.",
    source="found in code that starts PyTorch's LSTM; why it has two, pytorch issue "
    "750",
    rule="True if the gate begins at the sigmoid of 1, to 0.01.",
    control="One vector at 1, the other at 0.",
    page="11-lstm",
    topic="formulas",
    holds=lambda v, c: abs(v - 0.731) < 0.01,
    key="two biases",
    claimed="both 1",
    other="one 1",
    unit="forget gate",
)
without_noise(
    "forget-means-forget",
    "A forget gate of one forgets.",
    "With the gate at one a share of {value} of the cell is left after 20 steps, at "
    "zero "
    "{control}.",
    source="readings of the gate by its name",
    rule="True if less is left with the gate at one than at zero.",
    control="The gate at zero.",
    page="11-lstm",
    topic="formulas",
    holds=lambda v, c: v < c,
    key="keeps",
    claimed="gate at one",
    other="gate at zero",
    unit="share of the cell",
)
without_noise(
    "carousel",
    "Along the cell the gradient of an LSTM is exactly one: it cannot vanish.",
    "Over 50 steps, with a forget bias of 1, ten to the power of {value} is left of "
    "it; "
    "with the gate held at one, ten to the power of {control}.",
    source="the constant error carousel of 1997, as it is told of the LSTM of today",
    rule="True if more than half is left after 50 steps at a forget bias of 1.",
    control="The gate held at one, as in 1997.",
    page="11-lstm",
    topic="memory",
    holds=lambda v, c: v > -0.3,
    claimed="bias 1",
    other="gate at one",
    unit="power of ten",
)
without_noise(
    "dropout-one-layer",
    "dropout= in an nn.LSTM of one layer regularises it.",
    "Training and judging differ by {value}: nothing is dropped. With two layers they "
    "differ by {control}.",
    source="pytorch issue 5985, after which PyTorch warns",
    rule="True if outputs in training differ from those in judging.",
    control="The same with two layers.",
    page="31-training",
    topic="training",
    holds=lambda v, c: v > 0,
    key="dropout",
    claimed="one layer",
    other="two layers",
    unit="largest difference",
)
without_noise(
    "last-of-both",
    "out[:, -1] is the summary of both directions.",
    "When all inputs but the last change, its backward half changes by {value}; that "
    "of "
    "h_n by {control}.",
    source="code that hands the last output of both directions on; a page that "
    "calls itself verified gives other wrong indices (theneuralbase.com)",
    rule="True if its backward half depends on more than the last input.",
    control="The last state of the backward direction, from h_n.",
    page="15-deep-and-both-ways",
    topic="shapes and calls",
    holds=lambda v, c: v > 0,
    key="last of both",
    claimed="out[:, -1]",
    other="h_n",
    unit="largest change",
)
without_noise(
    "padded-end",
    "In a padded batch out[:, -1] is the answer of each sequence.",
    "Ten zeros behind a sequence change it by {value}; packed, by {control}.",
    source="practical-torchtext issue 5, answered: since batches are padded, "
    "nobody need worry",
    rule="True if zeros behind a sequence leave its answer as it is.",
    control="pack_padded_sequence, and the state it returns.",
    page="24-text-classification",
    topic="shapes and calls",
    holds=lambda v, c: v < 1e-6,
    key="padded end",
    claimed="out[:, -1]",
    other="packed",
    unit="largest change",
)
without_noise(
    "view-swaps",
    "x.view(L, N, F) swaps samples and steps.",
    "A share of {value} of the numbers stands in a wrong place; by transpose, "
    "{control}.",
    source="video-classification issue 42, where one answer offers it as the repair",
    rule="True if all numbers stand where permute puts them.",
    control="transpose(0, 1).",
    page="13-three-libraries",
    topic="shapes and calls",
    holds=lambda v, c: v == 0,
    key="view",
    claimed="view",
    other="transpose",
    unit="share in a wrong place",
)
without_noise(
    "softmax-twice",
    "A softmax belongs before nn.CrossEntropyLoss.",
    "Certain and right, the loss is still {value} for ten classes; of scores it is "
    "{control}.",
    source="code repaired in llama-from-scratch issue 5 and "
    "MicrosoftDocs/ml-basics issue 48",
    rule="True if the loss of a certain and right answer falls below 0.01.",
    control="The scores themselves.",
    page="24-text-classification",
    topic="shapes and calls",
    holds=lambda v, c: v < 0.01,
    key="softmax twice",
    claimed="probabilities",
    other="scores",
    unit="loss",
)
without_noise(
    "no-detach",
    "A state may be carried from batch to batch as it is.",
    "The second backward pass is an error (1 stands for one: {value}); with detach() "
    "it "
    "is none ({control}).",
    source="code to which PyTorch says: trying to backward through the graph a "
    "second time",
    rule="True if the second window goes backwards without an error.",
    control="The state detached.",
    page="03-bptt",
    topic="training",
    holds=lambda v, c: v == 0,
    key="detach",
    claimed="as it is",
    other="detached",
    unit="errors",
)
without_noise(
    "clip-by-value",
    "Clipping by value and by norm do the same.",
    "By value the direction turns by {value} degrees, by norm by {control}.",
    source="recipes that take clipvalue and clipnorm for one another",
    rule="True if both leave the direction within a degree.",
    control="Clipping by norm.",
    page="04-vanishing-gradients",
    topic="training",
    holds=lambda v, c: v < 1,
    key="clip by value",
    claimed="by value",
    other="by norm",
    unit="degrees",
)
without_noise(
    "clip-too-early",
    "Gradients may be clipped before backward().",
    "The step is then {value} long, as if nothing had been clipped; behind backward() "
    "it "
    "is {control}.",
    source="code repaired in FAMO issue 4 and nano-world-model pull request 22",
    rule="True if a step of SGD at rate 1 is no longer than the bound of 1.",
    control="Clipping between backward() and step().",
    page="04-vanishing-gradients",
    topic="training",
    holds=lambda v, c: v < 1.001,
    key="clip too early",
    claimed="before",
    other="behind",
    unit="length of the step",
)


@claim(
    "gates-cure-explosion",
    "The gates of an LSTM rule exploding gradients out.",
    source=POST,
    uses={"claims_shapes": {"claim": "explosion"}},
    control="The weights as they are drawn.",
    rule="Committed first as: true if the gradient does not grow, whatever the "
    "recurrent "
    "weights. Said after the run: one of five draws in which it grows is enough for "
    "false.",
    page="04-vanishing-gradients",
    topic="memory",
)
def _(table):
    grown, drawn = table["value"].tolist(), table["control"].tolist()
    times = sum(v > 0 for v in grown)
    sentence = (
        f"With recurrent weights eight times as large the gradient grows in {times} of "
        f"{len(grown)} draws, at most ten to the power of {about([max(grown)], '.1f')} "
        f"over 80 steps; as drawn, ten to the power of {about(drawn, '.1f')} is left."
    )
    groups = {"weights × 8": grown, "as drawn": drawn}
    return Found("false" if times else "true", sentence, groups, "power of ten")


without_noise(
    "no-vanishing",
    "In an LSTM gradients do not vanish.",
    "As PyTorch starts it, ten to the power of {value} is left of a gradient 80 steps "
    "back; with a forget bias of 3, ten to the power of {control}.",
    source="Cross Validated, on how an LSTM prevents it: the derivative is one and "
    "the gradient stays constant",
    rule="True if more than a thousandth is left after 80 steps in a fresh LSTM.",
    control="A forget bias of 3.",
    page="04-vanishing-gradients",
    topic="memory",
    holds=lambda v, c: v > -3,
    key="vanishing",
    claimed="PyTorch's start",
    other="bias 3",
    unit="power of ten",
)
without_noise(
    "orthogonal-enough",
    "Orthogonal recurrent weights keep the gradient of a tanh RNN.",
    "After 80 steps ten to the power of {value} is left; without the tanh, ten to the "
    "power of {control}.",
    source="a reading of Le, Jaitly and Hinton 2015, who took ReLU and the identity",
    rule="True if more than half is left after 80 steps with tanh and inputs.",
    control="The same matrix without tanh.",
    page="04-vanishing-gradients",
    topic="memory",
    holds=lambda v, c: v > -0.3,
    key="orthogonal",
    claimed="with tanh",
    other="straight",
    unit="power of ten",
)
without_noise(
    "adding-baseline",
    "Always answering 1 costs 0.1767 on the adding problem.",
    "A million sums give {value}, which is 1/6; printed is {control}.",
    source="Le, Jaitly and Hinton 2015; Bai, Kolter and Koltun 2018",
    rule="True if the mean of a million draws is within 0.002 of it.",
    control="None is needed: the printed number stands beside a million draws.",
    page="04-vanishing-gradients",
    topic="baselines",
    holds=lambda v, c: abs(v - c) < 0.002,
    key="adding baseline",
    claimed="drawn",
    other="printed",
    unit="squared error",
    form=".4f",
)
without_noise(
    "copy-learned",
    "A loss of 0.0204 shows that the LSTM has learned something of copying over 1,000 "
    "steps.",
    "Ten symbols guessed among eight cost {value}; printed for the LSTM is {control}.",
    source="a reading of table 1 in Bai, Kolter and Koltun 2018, against which their "
    "text "
    "warns",
    rule="True if the printed loss is more than 1 % below that without any memory.",
    control="The loss without memory, 10 ln 8 / 1,020.",
    page="04-vanishing-gradients",
    topic="baselines",
    holds=lambda v, c: c < 0.99 * v,
    key="copy baseline",
    claimed="no memory",
    other="printed",
    unit="loss",
    form=".5f",
)
without_noise(
    "three-quarters",
    "A GRU has three quarters of the weights of an LSTM.",
    "In PyTorch {value} of them; a plain RNN has {control}.",
    source="posts that compare the two: fewer gates, fewer weights",
    rule="True if the share is 0.75 to 0.01 in PyTorch.",
    control="The share of a plain RNN.",
    page="12-gru",
    topic="LSTM or GRU",
    holds=lambda v, c: abs(v - 0.75) < 0.01,
    key="parameters",
    claimed="GRU",
    other="plain RNN",
    unit="share of the LSTM's weights",
)
without_noise(
    "percentage-error",
    "The mean percentage error suits any series.",
    "One value of 0.001 among a hundred multiplies it by {value}, and the root of the "
    "mean square by {control}, with the same errors.",
    source="reports of forecasts by their MAPE; against it Hewamalage, Ackermann "
    "and Bergmeir 2023",
    rule="True if one value near zero less than doubles it while the errors stay.",
    control="The root of the mean square of the same errors.",
    page="23-stock-prediction",
    topic="forecasts",
    holds=lambda v, c: v < 2,
    key="percent",
    claimed="percentage",
    other="root mean square",
    unit="times as large",
)
without_noise(
    "gru-formula",
    "A GRU computes C = rC + (1 - r)x.",
    "On a constant input that formula turns {value} times, always towards x; a GRU can "
    "turn {control} times in 12 steps.",
    source=POST,
    rule="True if it can change its direction on a constant input, as a GRU can.",
    control="PyTorch's GRU cell with a recurrent weight of −5.",
    page="12-gru",
    topic="formulas",
    holds=lambda v, c: v > 0,
    key="toggle",
    claimed="the formula",
    other="GRU",
    unit="turns",
)
without_noise(
    "r2-of-levels",
    "A high R² on prices shows that the forecast is good.",
    "Yesterday's value has an R² of {value} on a walk of which nothing can be "
    "forecast; "
    "on its changes, {control}.",
    source="reports on share prices with an R² above 0.9 or an accuracy of 94 %, "
    "such as Doshi and others 2025",
    rule="True if yesterday's value stays below 0.5 on a random walk.",
    control="R² of the changes of the same walk.",
    page="23-stock-prediction",
    topic="forecasts",
    holds=lambda v, c: v < 0.5,
    key="random walk",
    claimed="levels",
    other="changes",
    unit="R²",
)
without_noise(
    "units-are-steps",
    "The units of a Keras LSTM are its time steps.",
    "With 500 steps in place of 5 it has {value} times as many weights; with 16 units "
    "in "
    "place of 8, {control} times.",
    source="keras issues 2114 and 12325, where it is asked; haupt issue 6, where "
    "one number serves as both",
    rule="True if the number of weights follows the number of steps.",
    control="Twice the units.",
    page="13-three-libraries",
    topic="shapes and calls",
    holds=lambda v, c: v > 1,
    of="claims_keras",
    key="units",
    claimed="500 steps",
    other="16 units",
    unit="times as many weights",
)
without_noise(
    "four-dimensions",
    "A Keras LSTM reads images with input_shape=(28, 28, 1).",
    "It is an error (1 stands for one: {value}); with (28, 28) it is none ({control}).",
    source=POST,
    rule="True if Keras takes it.",
    control="(28, 28).",
    page="22-mnist-rows",
    topic="shapes and calls",
    holds=lambda v, c: v == 0,
    of="claims_keras",
    key="four dimensions",
    claimed="(28, 28, 1)",
    other="(28, 28)",
    unit="errors",
)
without_noise(
    "stacked-keras",
    "LSTM layers of Keras stack without further ado.",
    "It is an error (1 stands for one: {value}); with return_sequences=True below, "
    "none "
    "({control}).",
    source="code to which Keras says: expected ndim=3, found ndim=2",
    rule="True if Keras takes LSTM(4) on LSTM(4).",
    control="return_sequences=True in the lower one.",
    page="15-deep-and-both-ways",
    topic="shapes and calls",
    holds=lambda v, c: v == 0,
    of="claims_keras",
    key="return sequences",
    claimed="plain",
    other="return_sequences",
    unit="errors",
)
without_noise(
    "masking-features",
    "A Masking layer skips each missing feature.",
    "A step with one of three features missing is skipped: {value} (1 is yes); with "
    "all "
    "three: {control}.",
    source="a reading of Masking as the cure for missing values; its documentation "
    "says that all values of a step must be missing",
    rule="True if a step with one feature missing is masked.",
    control="A step with all features missing.",
    page="25-weather",
    topic="data",
    holds=lambda v, c: v == 1,
    of="claims_keras",
    key="masking",
    claimed="one missing",
    other="all missing",
    unit="skipped",
)


@claim(
    "layers-far",
    "More layers recall a sign after 60 steps where one layer does not.",
    source="this course: the first design of the row layers-for-memory",
    uses={"claims_memory": {"claim": "layers"}},
    control="One layer with about as many weights; each at its own best of three "
    "rates.",
    rule="As committed first: true if the error is lower, false if a gain of 0.2 would "
    "have been seen. That made it false while every network stood at chance; mended "
    "after the run: cannot be tested so if all stand above 0.9.",
    page="15-deep-and-both-ways",
    topic="memory",
)
def _(table):
    errors = best(table, "net")
    one = errors["one layer"]
    gains = [gap(one, errors[k]) for k in ("two layers", "three layers")]
    chance = min(min(runs) for runs in errors.values()) > 0.9
    verdict = together(by_gain(g, 0.2) for g in gains)
    sentence = (
        f"Relative error {about(one, '.2f')} with one layer, "
        f"{about(errors['two layers'], '.2f')} with two, "
        f"{about(errors['three layers'], '.2f')} with three"
        + (": all at chance, so layers were not what was tested." if chance else ".")
    )
    return Found(
        "cannot be tested so" if chance else verdict, sentence, errors, "relative error"
    )


@claim(
    "layers-for-memory",
    "More layers give a longer memory.",
    source="books that add layers for longer timescales, such as Hands-On "
    "Mathematics for Deep Learning",
    uses={"claims_layers": {}},
    control="One layer with about as many weights; each at its own best of two rates. "
    "Distances and starts of which one layer has some.",
    rule="A run recalls if its error is below 0.5, of 15 runs at three distances. If "
    "one "
    "layer recalls in all or in none: cannot be tested so. True if two and three "
    "layers "
    "both recall in at least 4 runs more, false if neither does in at least 2 more; "
    "else "
    "it depends.",
    page="15-deep-and-both-ways",
    topic="memory",
    asked=True,
)
def _(table):
    groups, recalled = {}, {}
    for (steps, bias), rows in table.groupby(["steps", "bias"], sort=False):
        for net, runs in best(rows, "net").items():
            groups[f"{net}, {steps} steps, bias {bias}"] = runs
            recalled[net] = recalled.get(net, 0) + sum(e < 0.5 for e in runs)
    one, two, three = (recalled[k] for k in ("one layer", "two layers", "three layers"))
    verdict = "depends"
    if one in (0, 15):
        verdict = "cannot be tested so"
    elif min(two, three) >= one + 4:
        verdict = "true"
    elif max(two, three) < one + 2:
        verdict = "false"
    sentence = (
        f"Of 15 runs {one} recall with one layer, {two} with two, {three} with three."
    )
    return Found(verdict, sentence, groups, "relative error")


@claim(
    "failed-so-unfit",
    "If an LSTM stays at chance, its architecture does not suit the task.",
    source="comparisons in which one network stays at chance and no other start is "
    "tried",
    uses={"claims_memory": {"claim": "xor"}},
    control="The same network with another forget bias, each at its best of three "
    "rates.",
    rule="The product of two signs, 8 and 16 steps back. False if the start of one "
    "bias "
    "alone takes at least three of five seeds below a relative error of 0.5 while "
    "another start leaves at least four above; true if every start stays above; else "
    "it cannot be tested so.",
    page="31-training",
    topic="training",
    asked=True,
)
def _(table):
    errors = best(table, "net")
    solved = {net: sum(e < 0.5 for e in runs) for net, runs in errors.items()}
    said = ", ".join(f"{n} of 5 at {net}" for net, n in solved.items())
    if max(solved.values()) >= 3 and min(solved.values()) <= 1:
        verdict = "false"
    elif max(solved.values()) == 0:
        verdict = "true"
    else:
        verdict = "cannot be tested so"
    return Found(verdict, f"Solved by {said}.", errors, "relative error")


@claim(
    "padding-side",
    "Padding before and behind are the same.",
    source="answers that call the side of padding a matter of taste",
    uses={"claims_memory": {"claim": "padding"}},
    control="The same sequences without padding; each at its own best of three rates.",
    rule="The sign of the first of five inputs, with 60 zeros and no mask. True if the "
    "errors of both sides differ by less than 0.1, false if they differ by more, by an "
    "interval of 95 % over five seeds; else it cannot be tested so.",
    page="24-text-classification",
    topic="data",
    asked=True,
)
def _(table):
    errors = best(table, "net")
    g = gap(errors["zeros behind"], errors["zeros before"])
    verdict = "cannot be tested so"
    if -0.1 < g.low and g.high < 0.1:
        verdict = "true"
    elif g.low > 0.1 or g.high < -0.1:
        verdict = "false"
    sentence = (
        f"Relative error {about(errors['zeros before'], '.2f')} with zeros before, "
        f"{about(errors['zeros behind'], '.2f')} with zeros behind, "
        f"{about(errors['no zeros'], '.2f')} without."
    )
    return Found(verdict, sentence, errors, "relative error")


@claim(
    "irregular-by-itself",
    "An LSTM or GRU copes with irregular times if it gets the values in their order.",
    source="pages that say an LSTM adapts to uneven times, such as errorhandle.ai "
    "(there with some preparation)",
    uses={"claims_series": {"claim": "irregular"}},
    control="The same with the gaps told; and equal gaps, where nothing is missing. "
    "Each "
    "at its own best of three rates.",
    rule="True if telling the gaps gains less than 5 % of the error, false if it gains "
    "more, by an interval of 95 % over five seeds; else it cannot be tested so.",
    page="25-weather",
    topic="data",
    asked=True,
)
def _(table):
    errors = best(table, "net")
    values = errors["values"]
    g = gap(values, errors["values and gaps"])
    matters = 0.05 * sum(values) / len(values)
    verdict = "cannot be tested so"
    if g.high < matters:
        verdict = "true"
    elif g.low > matters:
        verdict = "false"
    sentence = (
        f"Relative error {about(values, '.2f')} from the values, "
        f"{about(errors['values and gaps'], '.2f')} with the gaps told; "
        f"{about(errors['values, equal gaps'], '.2f')} where all gaps are alike."
    )
    return Found(verdict, sentence, errors, "relative error")


@claim(
    "sets-have-no-order",
    "For unordered data the order in which an LSTM or GRU reads does not matter.",
    source="answers on unordered data: feed it in any order; against them Vinyals, "
    "Bengio and Kudlur 2016",
    uses={"claims_series": {"claim": "set"}},
    control="The same GRU trained on shuffled rows; and a network that sees a mean "
    "over "
    "the elements. Each at its own best of three rates.",
    rule="The second largest of ten numbers, judged in random order. True if the GRU "
    "that learned from sorted rows is worse than the one that learned from shuffled "
    "ones by less than 0.1, false if by more, by an interval of 95 % over five seeds.",
    page="22-mnist-rows",
    topic="data",
    asked=True,
)
def _(table):
    errors = best(table, "net")
    g = gap(errors["sorted"], errors["shuffled"])
    verdict = "cannot be tested so"
    if g.high < 0.1:
        verdict = "true"
    elif g.low > 0.1:
        verdict = "false"
    sentence = (
        f"Relative error {about(errors['sorted'], '.2f')} after sorted rows, "
        f"{about(errors['shuffled'], '.2f')} after shuffled ones, "
        f"{about(errors['mean of the elements'], '.2f')} for the mean of the elements."
    )
    return Found(verdict, sentence, errors, "relative error")


@claim(
    "trend-by-itself",
    "An LSTM or GRU learns the trend of a series by itself.",
    source="Géron, Hands-On Machine Learning: taking it out is generally not "
    "necessary; Data Science Stack Exchange, question 30362",
    uses={"claims_series": {"claim": "trend"}},
    control="The same GRU on changes from the last value, and the last value itself. "
    "Each at its own best of three rates.",
    rule="A straight rise with noise, judged beyond the range that was learned. True "
    "if "
    "the GRU on levels is at most as far off as the last value, false if it is further "
    "off, by an interval of 95 % over five seeds; else it cannot be tested so.",
    page="29-series-in-keras",
    topic="forecasts",
    asked=True,
)
def _(table):
    errors = best(table, "net")
    g = gap(errors["levels"], errors["last value"])
    verdict = "false" if g.low > 0 else "true" if g.high < 0 else "cannot be tested so"
    sentence = (
        f"In units of the noise it is off by {about(errors['levels'], '.2f')} on "
        f"levels, "
        f"{about(errors['changes'], '.2f')} on changes; the last value "
        f"{about(errors['last value'], '.2f')}."
    )
    return Found(verdict, sentence, errors, "units of the noise")


@claim(
    "both-ways-forecast",
    "A network in both directions forecasts each next step better.",
    source="Siami-Namini and others 2019, on share prices",
    uses={"claims_leaks": {"claim": "coin"}},
    control="The same GRU in one direction, on a fair coin that nobody can forecast.",
    rule="Cannot be tested so if the gain shows on a fair coin too (over 60 % "
    "right): then the score counts what was seen, not what was foreseen. "
    "True if it does not. Said after the run: that end is too easy, since "
    "no leak on a coin is no foresight yet; the run did not come to it.",
    page="15-deep-and-both-ways",
    topic="forecasts",
    asked=True,
)
def _(table):
    both, single = table["value"].tolist(), table["control"].tolist()
    leak = min(both) > 0.6
    sentence = (
        f"On a fair coin it has {about(both, '.1%')} right, one direction "
        f"{about(single, '.1%')}."
    )
    groups = {"both directions": both, "one direction": single}
    return Found("cannot be tested so" if leak else "true", sentence, groups, "right")


@claim(
    "random-split-walk",
    "On the changes of a random walk, splitting windows at random gives an honest "
    "score.",
    source="the habit that Albelali and Ahmed 2025 measured",
    uses={"claims_leaks": {"claim": "split"}},
    control="The split in time. And three targets: the level of a random walk, its "
    "next "
    "change, its change over ten steps.",
    rule="For the next change, of which nothing leaks, the scores of both "
    "splits have to agree within 5 %: else the method differs for another"
    " reason. Then false if the random split looks at least 10 % better "
    "for a change over ten steps, whose targets overlap. As committed "
    "first, of all series: true if it looks less than 10 % better, by an "
    "interval of 95 %. Mended after the run: a design in which no leak "
    "shows has no proof that it could show one, so in place of true it "
    "cannot be tested so.",
    page="23-stock-prediction",
    topic="forecasts",
)
def _(table):
    groups, ratio = {}, {}
    for target, rows in table.groupby("target", sort=False):
        ratio[target] = (rows["value"] / rows["control"]).tolist()
        groups[f"{target}: random / in time"] = ratio[target]
    fair = gap(ratio["change, next step"], [1.0])
    leak = gap(ratio["change, over ten steps"], [1.0])
    if not (-0.05 < fair.mean < 0.05):
        verdict = "cannot be tested so"
    elif leak.high < -0.1:
        verdict = "false"
    else:
        verdict = "cannot be tested so"
    level, one, ten = (about(runs, ".2f") for runs in ratio.values())
    sentence = (
        f"The error of a random split over that in time: {level} on levels, {one} for "
        f"the next change, {ten} for a change over ten steps."
    )
    return Found(verdict, sentence, groups, "ratio of errors")


@claim(
    "random-split-returns",
    "On a series that returns to its mean, splitting windows at random gives an "
    "honest score.",
    source="the habit that Albelali and Ahmed 2025 measured",
    uses={"claims_split": {}},
    control="The split in time, on a series that comes back to its mean, so that "
    "hardly any level is new; and the least error that a forecast has on average.",
    rule="The error in units of that least one. As committed first, of all series: "
    "false if the random split gets below 0.95 on a target with every seed while the "
    "split in time never does; true if the random split stays above 0.95; else it "
    "depends. By these words it would be true. Mended after the run: a design in which "
    "no leak shows has no proof that it could show one, so in place of true it cannot "
    "be tested so.",
    page="23-stock-prediction",
    topic="forecasts",
)
def _(table):
    groups = {}
    for target, rows in table.groupby("target", sort=False):
        groups[f"{target}, random"] = rows["value"].tolist()
        groups[f"{target}, in time"] = rows["control"].tolist()
    random = [v for k, v in groups.items() if k.endswith("random")]
    timely = [v for k, v in groups.items() if k.endswith("time")]
    verdict = "depends"
    if min(map(max, random)) < 0.95 < min(map(min, timely)):
        verdict = "false"
    elif min(map(min, random)) > 0.95:
        verdict = "cannot be tested so"
    words = ", ".join(f"{about(v, '.2f')} ({k})" for k, v in groups.items())
    sentence = f"On average no forecast gets below 1. Found: {words}."
    return Found(verdict, sentence, groups, "times the least error")


# Added by the last pair of eyes; each rule was committed before its run.

without_noise(
    "any-number",
    "The output of an LSTM can be any number.",
    "With inputs a thousand times as large its largest output is {value}; through a "
    "linear head, {control}.",
    source="recipes that take the output of the LSTM itself as the forecast",
    rule="True if some output lies above 1 for inputs a thousand times as large.",
    control="A linear head on the same states, its weights ten times as drawn.",
    page="29-series-in-keras",
    topic="shapes and calls",
    holds=lambda v, c: v > 1,
    of="claims_more",
    key="any number",
    claimed="the state",
    other="a head",
    unit="largest output",
)
without_noise(
    "minus-a-gate",
    "A GRU is an LSTM with a gate fewer, and otherwise the same.",
    "An LSTM with the weights of a GRU, coupled gates, no output gate and no tanh on "
    "the way out differs from it by {value}; with the GRU's reset gate held at one, by "
    "{control}.",
    source="posts that compare the two by their number of gates",
    rule="True if the two differ by less than 0.00001 over ten steps.",
    control="The reset gate held at one.",
    page="12-gru",
    topic="LSTM or GRU",
    holds=lambda v, c: v < 1e-5,
    of="claims_more",
    key="minus a gate",
    claimed="reset gate",
    other="r = 1",
    unit="largest difference",
)
without_noise(
    "clipping-vanishing",
    "Clipping helps against vanishing gradients as well.",
    "By a bound of 1 a gradient of norm 0.01 is multiplied by {value}, one of norm 100 "
    "by {control}.",
    source="posts that name clipping among the cures of both",
    rule="True if the small one is multiplied by more than 1.01.",
    control="A gradient of norm 100.",
    page="04-vanishing-gradients",
    topic="training",
    holds=lambda v, c: v > 1.01,
    of="claims_more",
    key="clip a small one",
    claimed="norm 0.01",
    other="norm 100",
    unit="times as long",
)
without_noise(
    "stateful-shuffled",
    "With stateful=True in Keras batches may come in any order.",
    "The answer to a batch changes by {value} with the batch that was read before; "
    "without stateful=True, by {control}.",
    source="code that sets stateful=True and leaves shuffle=True, which the "
    "documentation of Keras forbids",
    rule="True if the answer does not depend on the batch before.",
    control="stateful=False.",
    page="13-three-libraries",
    topic="shapes and calls",
    holds=lambda v, c: v < 1e-6,
    of="claims_keras",
    key="stateful",
    claimed="stateful=True",
    other="stateful=False",
    unit="largest change",
)


@claim(
    "gru-step-time",
    "A GRU takes less time for a step than an LSTM of as many units.",
    source="posts that compare the two; three quarters of the products is their reason",
    uses={"claims_clock": {}},
    control="Another LSTM, whose time is measured in turn with both.",
    rule="PyTorch, one thread of one processor, forwards and backwards. For 16, 64 and "
    "128 units: true if the GRU takes less than the other LSTM at all three, false if "
    "at none and 5 % would have been seen, by intervals of 95 % over five "
    "measurements. If one width cannot tell and the others do not part, it cannot be "
    "tested so; else it depends.",
    page="12-gru",
    topic="LSTM or GRU",
    asked=True,
)
def _(table):
    groups, verdicts, words = {}, [], []
    for units, rows in table.groupby("units", sort=False):
        gru, lstm = rows["GRU"].tolist(), rows["another LSTM"].tolist()
        groups |= {f"GRU, {units} units": gru, f"another LSTM, {units} units": lstm}
        verdicts.append(by_gain(gap(lstm, gru), 0.05))
        words.append(f"{about(gru, '.2f')} at {units} units")
    sentence = f"Its time over that of an LSTM, here: {', '.join(words)}."
    return Found(together(verdicts), sentence, groups, "share of an LSTM's time")


def _within(table, first, second, share):
    """Is the second's error within a share of the first's? And both errors."""
    errors = best(table, "net")
    g = gap(errors[first], errors[second])
    matters = share * sum(errors[first]) / len(errors[first])
    verdict = "cannot be tested so"
    if g.high < matters:
        verdict = "true"
    elif g.low > matters:
        verdict = "false"
    return verdict, errors


@claim(
    "asynchronous",
    "Series of different clocks need no more than the last reading carried on.",
    source="question sites, on sensors with stamps of their own: fill forward, or "
    "resample to one grid",
    uses={"claims_trained": {"claim": "asynchronous"}},
    control="The age of the reading told; and a second series that is read at each "
    "step. Each at its own best of two rates.",
    rule="Two series, one of them read at every fourth step, by chance. True if "
    "telling the age gains less than 5 % of the error, false if it gains more, by an "
    "interval of 95 % over five seeds; else it cannot be tested so.",
    page="25-weather",
    topic="data",
    asked=True,
)
def _(table):
    verdict, errors = _within(table, "carried on", "age told", 0.05)
    words = ", ".join(f"{about(runs, '.2f')} {net}" for net, runs in errors.items())
    return Found(verdict, f"Relative error: {words}.", errors, "relative error")


@claim(
    "shuffle-windows",
    "Windows to learn from must not be shuffled, or their order in time is lost.",
    source="Cross Validated, question 40638; recipes with shuffle=False",
    uses={"claims_trained": {"claim": "windows"}},
    control="The same windows in the order of time; and windows whose inside is "
    "shuffled. Each at its own best of two rates. The test part lies behind both.",
    rule="True if shuffled windows give an error that is more than 5 % larger, false "
    "if not, by an interval of 95 % over five seeds; else it cannot be tested so. If "
    "the shuffled inside costs less than 5 %, order is not needed at all: cannot be "
    "tested so.",
    page="23-stock-prediction",
    topic="data",
    asked=True,
)
def _(table):
    harmless, errors = _within(table, "shuffled", "in order", 0.05)
    needless, _ = _within(table, "inside shuffled", "in order", 0.05)
    verdict = {"true": "false", "false": "true"}.get(harmless, "cannot be tested so")
    if needless == "true":
        verdict = "cannot be tested so"
    words = ", ".join(f"{about(runs, '.3f')} {net}" for net, runs in errors.items())
    return Found(verdict, f"Relative error: {words}.", errors, "relative error")


@claim(
    "dropout-bit",
    "Dropout in the cell, anew at each step, erases what it holds.",
    source="after Zaremba, Sutskever and Vinyals 2014 and Gal and Ghahramani 2016",
    uses={"claims_trained": {"claim": "bit"}},
    control="No dropout; and one mask for the whole sequence. Each at its own best of "
    "two rates.",
    rule="A sign after 15 steps, a quarter of the cell dropped. True if the error is "
    "above 0.5 with every seed, false if below 0.1 with every seed; else it depends. "
    "If the LSTM without dropout does not stay below 0.1, it cannot be tested so.",
    page="31-training",
    topic="memory",
    asked=True,
)
def _(table):
    errors = best(table, "net")
    runs, verdict = errors["each step"], "depends"
    if max(errors["no dropout"]) >= 0.1:
        verdict = "cannot be tested so"
    elif min(runs) > 0.5:
        verdict = "true"
    elif max(runs) < 0.1:
        verdict = "false"
    words = ", ".join(f"{about(v)} {net}" for net, v in errors.items())
    return Found(verdict, f"Relative error: {words}.", errors, "relative error")


@claim(
    "very-long",
    "What an LSTM has learned to keep over 25 steps it keeps over 1,000.",
    source="a reading of Hochreiter and Schmidhuber 1997, who bridged 1,000 steps by "
    "learning on them",
    uses={"claims_trained": {"claim": "far"}},
    control="The same network asked after 25 steps.",
    rule="Forget bias 3. True if the error is below 0.1 after 1,000 steps with every "
    "seed, false if above 0.5 with every seed; else it depends. If it is not below 0.1 "
    "after 25 steps with every seed, it cannot be tested so.",
    page="11-lstm",
    topic="memory",
    asked=True,
)
def _(table):
    near, far = table["valid"].tolist(), table["test"].tolist()
    verdict = "depends"
    if max(near) >= 0.1:
        verdict = "cannot be tested so"
    elif max(far) < 0.1:
        verdict = "true"
    elif min(far) > 0.5:
        verdict = "false"
    sentence = f"Relative error {about(near)} after 25 steps, {about(far)} after 1,000."
    groups = {"25 steps": near, "1,000 steps": far}
    return Found(verdict, sentence, groups, "relative error")


def _pairs(errors, a, b):
    """By how much ``b`` has fewer errors than ``a``, seed by seed."""
    return gap([x - y for x, y in zip(errors[a], errors[b], strict=True)], [0.0])


def _modalities(table):
    """Errors by reader, in the order of the seeds, each at its own best rate."""
    other = table["task"] == "sound of any digit"
    named = table["net"].where(~other, table["net"] + ", sound of any digit")
    return best(table.assign(net=named).sort_values("seed"), "net")


@claim(
    "modalities-joined",
    "An LSTM handles several modalities: join their features at each step, and it "
    "learns from both.",
    source="keras issue 245, where two inputs are joined in their last axis; pages of "
    "questions and answers on multimodal data, which name it first",
    uses={"claims_modalities": {}},
    control="Each modality alone; and pairs in which the sound is of any digit. Each "
    "at its own best of three rates.",
    rule="Shares of wrong digits; six seeds, each with another speaker that was never "
    "heard; differences seed by seed, intervals of 95 %. Three conditions: joined, "
    "there are fewer errors than by the picture alone, and than by the sound alone (by "
    "0.02 would matter); and joined with the sound of any digit, the picture's errors "
    "grow by less than 0.05. True if all hold, false if none does, else it depends; if "
    "one cannot tell and the others do not part, it cannot be tested so.",
    page="27-speech",
    topic="data",
    asked=True,
)
def _(table):
    errors, joined = _modalities(table), "joined at each step"
    noise = _pairs(errors, f"{joined}, sound of any digit", "picture alone")
    harmless = "false" if noise.low > 0 else "cannot be tested so"
    verdicts = [
        by_gain(_pairs(errors, "picture alone", joined), 0.02),
        by_gain(_pairs(errors, "sound alone", joined), 0.02),
        "true" if noise.high < 0.05 else harmless,
    ]
    ends = "joined at the end", "scores added"
    groups = {name: runs for name, runs in errors.items() if name not in ends}
    words = ", ".join(f"{about(runs, '.2f')} {name}" for name, runs in groups.items())
    return Found(together(verdicts), f"Wrong: {words}.", groups, "share wrong")


@claim(
    "modalities-early",
    "Picture and sound are best joined early, at the first layer.",
    source="Barnum, Talukder and Yue 2020, arXiv 2011.07191, of a convolutional LSTM; "
    "others say the opposite",
    uses={"claims_modalities": {"task": "same digit"}},
    control="Two LSTMs whose last states are joined; and two that learned alone, whose "
    "log-probabilities are added. Each at its own best of three rates.",
    rule="Shares of wrong digits; six seeds, each with another speaker that was never "
    "heard; differences seed by seed, intervals of 95 %; 0.02 would matter. True if "
    "joined at each step there are fewer errors than by both others, false if such a "
    "gain would have been seen over neither; it depends if the two part.",
    page="27-speech",
    topic="data",
    asked=True,
)
def _(table):
    errors, joined = _modalities(table), "joined at each step"
    late = "joined at the end", "scores added"
    verdict = together(by_gain(_pairs(errors, k, joined), 0.02) for k in late)
    groups = {name: errors[name] for name in (joined, *late)}
    words = ", ".join(f"{about(runs, '.2f')} {name}" for name, runs in groups.items())
    return Found(verdict, f"Wrong: {words}.", groups, "share wrong")
