"""Data of the course: real sets, windows and splits, vocabulary, synthetic tasks."""

from importlib import import_module
from typing import TYPE_CHECKING

from rnnbook.data.download import DataUnavailable, fetch
from rnnbook.data.image import load_image, load_images
from rnnbook.data.labelled import load_labelled
from rnnbook.data.own import load_series
from rnnbook.data.prices import Prices, load_prices
from rnnbook.data.prose import load_prose
from rnnbook.data.series import (
    TargetWindows,
    chronological_split,
    windows,
    windows_by_target,
)
from rnnbook.data.sets import (
    Images,
    Sentences,
    Series,
    Text,
    TrainTestImages,
    load_digits,
    load_mnist,
    load_sea_temperature,
    load_sentences,
    load_shakespeare,
    load_text,
)
from rnnbook.data.tasks import adding_task, copying_task, echo_task, recall_task
from rnnbook.data.text import Vocabulary, streams
from rnnbook.data.twins import twin_sentences
from rnnbook.data.vowels import MissingVowels, missing_vowels

if TYPE_CHECKING:  # they need pandas, and are imported when they are asked for
    from rnnbook.data.clicks import Clicks, load_clicks
    from rnnbook.data.own_clicks import load_own_clicks
    from rnnbook.data.own_pairs import load_own_pairs
    from rnnbook.data.own_table import load_table
    from rnnbook.data.pairs import (
        Pairs,
        Words,
        load_pairs,
        split_pairs,
        tokens,
    )
    from rnnbook.data.speech import (
        SpokenDigits,
        load_own_voice,
        load_spoken_digits,
        spoken_strings,
    )
    from rnnbook.data.weather import Weather, load_beijing, load_seattle

__all__ = [
    "Clicks",
    "DataUnavailable",
    "Images",
    "MissingVowels",
    "Pairs",
    "Prices",
    "Sentences",
    "Series",
    "SpokenDigits",
    "TargetWindows",
    "Text",
    "TrainTestImages",
    "Vocabulary",
    "Weather",
    "Words",
    "adding_task",
    "chronological_split",
    "copying_task",
    "echo_task",
    "fetch",
    "load_beijing",
    "load_clicks",
    "load_digits",
    "load_image",
    "load_images",
    "load_labelled",
    "load_mnist",
    "load_own_clicks",
    "load_own_pairs",
    "load_pairs",
    "load_own_voice",
    "load_prices",
    "load_prose",
    "load_sea_temperature",
    "load_seattle",
    "load_sentences",
    "load_series",
    "load_shakespeare",
    "load_spoken_digits",
    "spoken_strings",
    "load_table",
    "load_text",
    "missing_vowels",
    "recall_task",
    "split_pairs",
    "streams",
    "tokens",
    "twin_sentences",
    "windows",
    "windows_by_target",
]

_LATER = {
    "Clicks": "clicks",
    "load_clicks": "clicks",
    "load_own_clicks": "own_clicks",
    "SpokenDigits": "speech",
    "load_own_voice": "speech",
    "load_spoken_digits": "speech",
    "spoken_strings": "speech",
    "load_table": "own_table",
    "Pairs": "pairs",
    "load_own_pairs": "own_pairs",
    "load_pairs": "pairs",
    "split_pairs": "pairs",
    "tokens": "pairs",
    "Words": "pairs",
    "Weather": "weather",
    "load_beijing": "weather",
    "load_seattle": "weather",
}


def __getattr__(name: str):
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
