"""Exam questions of 27-speech."""

import numpy as np
from exam_bank import exam, from_chapter

from rnnbook.questions import THREE_DIGITS, Drawn, show

from_chapter("speech.paths", 2, "count the alignments of a string")
from_chapter("speech.error_rate", 2, "compute a digit error rate")


@exam("speech.columns", "27-speech", 2, "count frames behind strides")
def _(rng):
    samples = int(rng.integers(80, 240)) * 100
    hop = int(rng.choice([80, 100]))
    frames = (samples - 200) // hop + 1
    stride = int(rng.choice([4, 8]))
    right = -(-frames // stride)
    return Drawn(
        f"A recording has {samples} samples. Frames have 200 samples, one begins every "
        f"{hop} samples, and only whole ones count. Convolutions with padding keep "
        f"one frame of {stride}, beginning with the first. How many columns does the "
        "network give for it?",
        right,
        [
            (frames, "Those are the frames before the convolutions."),
            (frames // stride, "The last few frames still make a column."),
            (samples // 200 // stride, "Frames overlap: one begins at every hop."),
        ],
        worked=f"({samples} - 200) // {hop} + 1 = {frames} frames. One of {stride}, "
        f"beginning with the first: ({frames} + {stride - 1}) // {stride} = {right}.",
    )


@exam("speech.two_frames", "27-speech", 2, "add the paths of one digit")
def _(rng):
    p, q = (float(v) for v in np.round(rng.uniform(0.15, 0.8, size=2), 2))
    right = p * q + p * (1 - q) + (1 - p) * q
    return Drawn(
        f"A network knows one digit and the blank. In two frames it gives the digit "
        f"the probabilities {p} and {q}. What is the probability that CTC gives to "
        "the string of this one digit? (three significant digits)",
        right,
        [
            (p * q, "That is one of three paths: the digit in both frames."),
            (p * (1 - q) + (1 - p) * q, "In both frames is also read as one digit."),
            (max(p, q), "That is the more probable frame; paths have two frames."),
            (p + q, "The path with the digit in both frames is counted twice."),
        ],
        rtol=THREE_DIGITS,
        worked="Three paths are read as the digit: in both frames, in the first, in "
        f"the second. 1 - {show(1 - p)} × {show(1 - q)} = {show(right)}.",
    )


@exam("speech.empty", "27-speech", 2, "recognise the plateau of blanks")
def _(rng):
    updates = int(rng.integers(9, 16)) * 10
    loss = round(float(rng.uniform(2.4, 2.8)), 2)
    return Drawn(
        f"A network is trained with CTC on strings of digits. After {updates} updates "
        f"its loss is {loss} for each digit, hardly lower than before, and whatever it "
        "hears, it writes nothing. What is the best next step?",
        "Go on training, and watch the share of blanks and the error of strings",
        [
            (
                "Take the blank out of the symbols",
                "Then repeats cannot be written, and pauses have no symbol.",
            ),
            (
                "Set zero_infinity to True",
                "The loss is finite, so that nothing would change.",
            ),
            (
                "Divide the loss by the number of frames",
                "That scales the gradient, which Adam hardly notices.",
            ),
        ],
        worked="The blank is right in most frames of most paths, so it is learned "
        f"first. In the chapter no new network at its rate had left it after {updates} "
        "updates, and all given 800 left it. (If it does not end, look at the "
        "rate, the strides and the data.)",
    )


@exam("speech.claim", "27-speech", 3, "judge a report on speech")
def _(rng):
    official = round(float(rng.uniform(98.5, 99.6)), 1)
    people = int(rng.integers(4, 9))
    return Drawn(
        f"A report: our network hears {official} % of spoken digits, an older method "
        f"{official - 0.7:.1f} %; so it is better, and ready for the public. The data "
        f"are 300 recordings of {people} speakers, all of whom were heard in training, "
        "and one seed. Name three faults, and for each what you would do instead.",
        "",
        [],
        worked=f"Two recordings in 300 make 0.7 points, so {official} % is not "
        "shown to be better than the other: give an interval over recordings, paired, "
        "and several seeds. The public are new speakers: leave whole speakers out. "
        "With so few of them the interval over speakers is the one that counts.",
        rubric=(
            (2, "a difference of two recordings: paired interval, several seeds"),
            (2, "new speakers: leave out whole speakers"),
            (2, f"an interval over speakers, of whom there are only {people}"),
        ),
    )
