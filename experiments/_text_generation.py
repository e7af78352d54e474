"""The text that the experiments of ``21-text-generation`` read, and a measure of it."""

from rnnbook.data import Vocabulary, load_text


def documentation():
    """The alphabet; eight tenths of Python's documentation, the ninth and the last."""
    text = load_text().text
    vocabulary = Vocabulary(text)
    ids = vocabulary.encode(text)
    eight, nine = int(0.8 * len(ids)), int(0.9 * len(ids))
    return vocabulary, ids[:eight], ids[eight:nine], ids[nine:]


def longest_copy(sample, source):
    """The longest substring of sample that occurs in source."""
    best = ""
    for i in range(len(sample)):
        while i + len(best) < len(sample):
            longer = sample[i : i + len(best) + 1]
            if longer not in source:
                break
            best = longer
    return best
