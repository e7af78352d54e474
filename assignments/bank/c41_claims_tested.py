"""Exam questions of 41-claims-tested."""

from exam_bank import exam, from_chapter

from rnnbook.questions import THREE_DIGITS, Drawn, show

PAGE = "41-claims-tested"

from_chapter("claims.interval", 2, "find the error of a difference")
from_chapter("claims.agreeing", 1, "say how often a better network wins all")
from_chapter("claims.ways", 1, "count what many tests call true by chance")


@exam("claims.seeds", PAGE, 2, "plan how many seeds are needed")
def _(rng):
    spread = round(float(rng.uniform(0.05, 0.3)), 2)
    gain = round(spread * float(rng.choice([0.25, 0.5, 1.0])), 3)
    n = 2 * (2 * spread / gain) ** 2
    return Drawn(
        "Single runs of each of two networks spread with a standard deviation of "
        f"{spread:.2f}. From how many seeds each on is a gain of {gain:.3f} as large "
        f"as "
        "two standard errors of the difference? (not rounded, three significant "
        "digits)",
        n,
        [
            ((2 * spread / gain) ** 2, "Both means have an error."),
            (2 * 2 * spread / gain, "The error falls with the root of the seeds."),
            ((spread / gain) ** 2 * 2, "That is for one standard error."),
            (4 * spread / gain**2, "The deviation is squared as well."),
        ],
        rtol=THREE_DIGITS,
        worked=f"Two errors are 2 √(2 / n) times the deviation, so that n = 2 × (2 × "
        f"{spread:.2f} / {gain:.3f})^2 = {show(n)}.",
    )


@exam("claims.floor", PAGE, 2, "see a design that cannot tell")
def _(rng):
    steps, chance = int(rng.integers(60, 300)), 1.0
    return Drawn(
        f"A sign is to be recalled after {steps} steps. One layer has a relative error "
        f"of {chance:.2f} with each of five seeds, and so have two layers. What does "
        "the experiment say of layers?",
        "Nothing: both stand where a network stands that knows nothing",
        [
            (
                "Layers do not lengthen the memory",
                "A longer memory would not show either, as long as it is too short.",
            ),
            (
                "One layer is enough",
                "It recalls nothing, so it is not enough for this.",
            ),
            (
                "More seeds would tell",
                "The seeds agree; the task is too hard for all of them.",
            ),
        ],
        worked="Where every rival stands at chance no difference can show, whatever "
        "its cause. The distance has to be one that some runs bridge.",
    )


@exam("claims.coin", PAGE, 2, "find a leak by a task without an answer")
def _(rng):
    share = int(rng.integers(90, 99))
    return Drawn(
        f"A network forecasts the next throw of a fair coin with {share} % right on "
        "new throws. What follows?",
        "Its inputs contain the throw that it is to forecast",
        [
            (
                "It has found a pattern in the coin",
                "A fair coin has none; on new throws half is what can be right.",
            ),
            (
                "It has learned the throws by heart",
                "That would help on the old throws, not on new ones.",
            ),
            (
                "It needs more throws to be judged",
                "So far from half, luck is out of the question for a few dozen throws.",
            ),
        ],
        worked="Nothing that happened before says anything about a fair throw. Who "
        "knows it has seen it: the direction that reads from the end has.",
    )


@exam("claims.when", PAGE, 2, "say why a rule comes before its run")
def _(rng):
    n = int(rng.integers(3, 9))
    return Drawn(
        f"After the run somebody looks at {n} measures and states the claim for the "
        f"one "
        "in which his network is ahead. Why is the interval of that measure no "
        "evidence?",
        "Of several measures one is ahead by luck, and it was chosen for that",
        [
            (
                "Intervals hold for means of many seeds only",
                "Student's quantile allows for few seeds. The choice is the fault.",
            ),
            (
                "Measures of one run are never independent",
                "Independent ones would make the luck of the best larger still.",
            ),
            (
                "The measure should have been the loss",
                "Any measure will do that was named before.",
            ),
        ],
        worked="Each interval errs once in twenty times. Whoever may pick among "
        "several "
        "picks the one that erred in his favour; a rule that is written before the run "
        "takes the choice away.",
    )
