"""Claims that could not be made honest at this size, and what each would take."""

UNTESTED = (
    (
        "recurrent_dropout in Keras costs nothing.",
        "It leaves the fast path of a GPU (tensorflow issue 38236); a time measured on "
        "one processor would say nothing of that.",
    ),
    (
        "A GRU step takes less time than an LSTM step.",
        "It multiplies three quarters as much. The time depends on the library, the "
        "processor and the width.",
    ),
    (
        "stateful=True remembers more.",
        "What it carries is tested (carry-state). That it needs batches in their order "
        "is "
        "a rule of its use, and no claim about learning.",
    ),
    (
        "Attention weights explain a decision.",
        "The question needs a definition of an explanation that a run could fail.",
    ),
    (
        "Transformers have made recurrent networks obsolete for series.",
        "It would need large networks of both kinds, each with its own search.",
    ),
    (
        "LSTMs need very long series to be cut.",
        "Windows and carried states are tested up to 128 steps. Series of 100,000 "
        "steps "
        "are not.",
    ),
    (
        "Several modalities are best joined late.",
        "The course has no set with text, sound and pictures of the same things.",
    ),
    (
        "Clipping helps against vanishing.",
        "A clipped gradient is never longer than it was; a run could only repeat that.",
    ),
    (
        "Batch normalisation between the steps helps.",
        "Cooijmans and others 2016 report it for pixels in order, a training of hours.",
    ),
    (
        "The GRU is from Elman, 1990 or 1994; the LSTM from the 2000s.",
        "A matter of dates, and no experiment: Elman 1990 is the simple network, "
        "Hochreiter and Schmidhuber 1997 the LSTM, Cho and others 2014 the GRU.",
    ),
)
