"""Claims that could not be made honest at this size, and what each would take."""

UNTESTED = (
    (
        "recurrent_dropout in Keras costs nothing.",
        "It leaves the fast path of a GPU (tensorflow issue 38236); a time measured on "
        "one processor would say nothing of that.",
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
        "Very long series have to be cut.",
        "Windows and carried states are tested up to 128 steps, and what is kept over "
        "1,000 (very-long). Learning on series of 100,000 steps is not.",
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
