"""Spoken digits: 3,000 recordings of six speakers, or a wav file of the reader's own.

The recordings are downloaded on demand. Where they cannot be had, gliding tones, which
are written below, keep the pages running, and say so.
"""

import contextlib
import hashlib
import io
import os
import re
import tarfile
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import gcd
from pathlib import Path
from typing import Any

import numpy as np

from rnnbook.data import _file
from rnnbook.data.download import TIMEOUT, DataUnavailable, _cache, _folder, pooch

RATE = 8000  # samples a second
ADDRESS = (
    "https://github.com/Jakobovski/free-spoken-digit-dataset/archive/refs/tags/"
    "v1.0.10.tar.gz"
)
# Of the list of all names and sums: the bytes of the archive are GitHub's own.
SUM = "04e1baae96c6a26e39c623f2b01d0182ddae627ba0ac02a3cdc17ba2af99fd9b"
LONGEST = 30.0  # seconds of a reader's file
SHORTEST = 0.1
SILENT = 1e-3  # a peak below this, where 1 is full scale
_NAME = re.compile(r"(\d)_([a-z]+)_(\d+)\.wav")
_SOUNDS = (  # what a recorder may write instead of wav
    (0, b"ID3", "an mp3"),
    (0, b"\xff\xfb", "an mp3"),
    (0, b"\xff\xf3", "an mp3"),
    (4, b"ftyp", "an m4a"),
    (0, b"OggS", "an ogg"),
    (0, b"fLaC", "a flac"),
    (0, b"\x1aE\xdf\xa3", "a webm"),
)


@dataclass(frozen=True, eq=False)
class SpokenDigits:
    """Recordings of single digits, in the order of speaker, digit and take.

    ``waves`` holds arrays (samples,) of float32 between -1 and 1 at ``rate`` samples a
    second; ``digits``, ``speakers`` and ``takes`` are (N,). ``is_test`` marks the takes
    0 to 4, the test part that the makers of the set chose.
    """

    name: str
    source: str
    waves: tuple[np.ndarray, ...] = field(repr=False)
    digits: np.ndarray = field(repr=False)
    speakers: np.ndarray = field(repr=False)
    takes: np.ndarray = field(repr=False)
    rate: int = RATE

    def __len__(self) -> int:
        return len(self.waves)

    @property
    def is_test(self) -> np.ndarray:
        return self.takes < 5


def load_spoken_digits() -> SpokenDigits:
    """Load ten digits, each spoken 50 times by each of six speakers.

    Returns
    -------
    SpokenDigits
        3,000 recordings of 0.14 to 2.28 s. If they are neither in ``RNNBOOK_DATA``
        (``fsdd/recordings/*.wav``) nor cached nor reachable, one line says so, and
        these are pairs of gliding tones. ``name`` and ``source`` say which they are.

    Raises
    ------
    ValueError
        If a recording is missing or has other bytes than expected.

    Notes
    -----
    Jackson and others, *Free Spoken Digit Dataset*, version 1.0.10,
    https://github.com/Jakobovski/free-spoken-digit-dataset, CC BY-SA 4.0.
    """
    try:
        files = _recordings()
    except DataUnavailable as error:
        print(f"{error} Using made tones in place of spoken digits.")
        return _made()
    parts = {}
    for name, data in files.items():
        digit, speaker, take = _NAME.fullmatch(name).groups()
        parts[speaker, int(digit), int(take)] = _read(data, name)[1]
    source = "Free Spoken Digit Dataset 1.0.10 (CC BY-SA 4.0)"
    return _gathered("spoken digits", source, parts)


def _gathered(name: str, source: str, parts: Mapping) -> SpokenDigits:
    keys = sorted(parts)
    speakers, digits, takes = map(np.array, zip(*keys, strict=True))
    waves = tuple(parts[key] for key in keys)
    return SpokenDigits(name, source, waves, digits, speakers, takes)


def _recordings() -> dict[str, bytes]:
    """The bytes of each wav by its name, verified all together."""
    folder = _folder()
    if folder is not None and (place := folder / "fsdd" / "recordings").is_dir():
        return _verified({p.name: p.read_bytes() for p in place.glob("*.wav")}, place)
    archive = _cache() / "fsdd" / "v1.0.10.tar.gz"
    if archive.is_file():
        with contextlib.suppress(ValueError):  # what is damaged is downloaded again
            return _verified(_unpacked(archive), archive)
    return _download(archive)


def _download(archive: Path) -> dict[str, bytes]:
    part = None
    try:
        archive.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=archive.parent, prefix=".rnnbook-part-")
        os.close(handle)
        pooch.HTTPDownloader(timeout=TIMEOUT)(ADDRESS, part, None)
        files = _verified(_unpacked(Path(part)), ADDRESS)
        os.replace(part, archive)
    except OSError as error:
        raise DataUnavailable(
            "The spoken digits are not here, and github.com did not send them "
            f"({type(error).__name__}); unpack {ADDRESS} and name the folder that "
            "holds fsdd/recordings in RNNBOOK_DATA."
        ) from None
    finally:
        if part is not None:
            Path(part).unlink(missing_ok=True)
    print("Downloaded the spoken digits from github.com.")
    return files


def _unpacked(archive: Path) -> dict[str, bytes]:
    try:
        with tarfile.open(archive) as tar:
            return {
                name: tar.extractfile(member).read()
                for member in tar
                if member.isfile()
                and Path(member.name).parent.name == "recordings"
                and _NAME.fullmatch(name := Path(member.name).name)
            }
    except (tarfile.TarError, EOFError) as error:
        raise ValueError(
            f"{archive.name}: expected a tar archive, got ({error})"
        ) from None


def _verified(files: dict[str, bytes], place: Any) -> dict[str, bytes]:
    files = {name: data for name, data in files.items() if _NAME.fullmatch(name)}
    sums = {name: hashlib.sha256(files[name]).hexdigest() for name in sorted(files)}
    text = "".join(f"{found}  recordings/{name}\n" for name, found in sums.items())
    if (found := hashlib.sha256(text.encode()).hexdigest()) != SUM:
        raise ValueError(
            f"{place}: expected 3000 recordings whose list has the SHA-256 {SUM}, got "
            f"{len(files)} with {found}"
        )
    return files


def _made(speakers: int = 6, takes: int = 50) -> SpokenDigits:
    """Two tones a digit, which glide; a speaker has a height, a speed and a level."""
    rng = np.random.default_rng(0)
    low, high = rng.uniform(250, 800, (10, 2)), rng.uniform(1000, 2600, (10, 2))
    parts = {}
    for k in range(speakers):
        height, speed = rng.uniform(0.85, 1.2, 2)
        level = 10 ** rng.uniform(-1.5, -0.4)
        for digit in range(10):
            for take in range(takes):
                length = int(0.4 * RATE * speed * rng.uniform(0.85, 1.15))
                at = np.linspace(0, 1, length)
                wave = 0.02 * rng.standard_normal(length)
                for tone in (low[digit], high[digit]):
                    tone = tone * height * rng.uniform(0.96, 1.04)
                    hertz = tone[0] + (tone[1] - tone[0]) * at
                    wave += np.sin(2 * np.pi * np.cumsum(hertz) / RATE)
                wave = level * wave / 3 * np.sin(np.pi * at)
                parts[f"made{k}", digit, take] = wave.astype(np.float32)
    source = "made by rnnbook: two gliding tones a digit"
    return _gathered("made tones", source, parts)


def spoken_strings(
    spoken: SpokenDigits,
    use: np.ndarray,
    n: int,
    rng: np.random.Generator,
    least: int = 3,
    most: int = 6,
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Make strings of digits out of recordings of single ones.

    Parameters
    ----------
    spoken : SpokenDigits
    use : (N,) ndarray of bool, the recordings that may be taken
    n : int, the number of strings
    rng : Generator
    least, most : int, the digits of a string

    Returns
    -------
    waves : list of n ndarrays (samples,)
        Each by one speaker, with pauses of up to 0.25 s or a slight overlap, at a
        random loudness, and with noise.
    digits : list of n ndarrays of int
        What is said.

    Raises
    ------
    ValueError
        If no recording is to be used.
    """
    use = np.asarray(use, dtype=bool)
    if use.shape != (len(spoken),) or not use.any():
        raise ValueError(
            f"use: expected True for some of {len(spoken)} recordings, got "
            f"{int(use.sum())} in shape {use.shape}"
        )
    pools = [np.flatnonzero(use & (spoken.speakers == s)) for s in set(spoken.speakers)]
    pools = sorted((p for p in pools if len(p)), key=lambda p: p[0])
    waves, digits = [], []
    for _ in range(n):
        pool = pools[rng.integers(len(pools))]
        few = rng.choice(pool, rng.integers(least, most + 1))
        waves.append(_in_a_row([spoken.waves[k] for k in few], rng))
        digits.append(spoken.digits[few])
    return waves, digits


def _in_a_row(waves: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    place, parts = int(rng.integers(400, 2000)), []
    for wave in waves:
        parts.append((place, wave * 10 ** rng.uniform(-0.15, 0.15)))
        place += len(wave) + max(int(rng.integers(-400, 2000)), -len(wave) // 2)
    end = max(at + len(wave) for at, wave in parts) + int(rng.integers(400, 2000))
    out = np.zeros(end)
    for at, wave in parts:
        out[at : at + len(wave)] += wave
    out *= 10 ** rng.uniform(-2, -1) / np.sqrt(np.mean(out**2))
    return out + 10 ** rng.uniform(-4, -2.7) * rng.standard_normal(end)


def load_own_voice(file: Any) -> np.ndarray:
    """Load a wav file of your own as one channel at 8,000 samples a second.

    Parameters
    ----------
    file : path, bytes, open file or address
        A wav of 0.1 to 30 s, at any rate, of one or more channels, which are averaged.

    Returns
    -------
    ndarray of float32, (samples,)
        Between -1 and 1. What was read is printed in one line.

    Raises
    ------
    ValueError
        If it is no wav, empty, silent, too short or too long.
    OSError
        If the file cannot be opened.
    """
    from scipy.signal import resample_poly  # slow to import

    name = _file.last_part(_file.label(file))
    data = _file.content(file, "file")
    if isinstance(data, str):
        raise ValueError(f"{name}: expected a wav file opened as bytes, got text")
    rate, wave = _read(data, name)
    if rate < 1000:
        raise ValueError(f"{name}: expected at least 1000 samples a second, got {rate}")
    channels = 1 if wave.ndim == 1 else wave.shape[1]
    wave = wave if wave.ndim == 1 else wave.mean(axis=1)
    seconds = len(wave) / rate
    if not SHORTEST <= seconds <= LONGEST:
        raise ValueError(
            f"{name}: expected {SHORTEST} to {LONGEST:.0f} s of speech, got "
            f"{seconds:.2f} s"
        )
    if not np.isfinite(wave).all():
        raise ValueError(f"{name}: expected finite samples, got NaN or infinity")
    if (peak := float(np.abs(wave - wave.mean()).max())) < SILENT:
        raise ValueError(
            f"{name}: expected speech, got silence (peak {peak:.1g} of full scale 1); "
            "is the microphone on?"
        )
    if rate != RATE:
        shared = gcd(rate, RATE)
        wave = resample_poly(wave, RATE // shared, rate // shared)
    print(f"{name}: {seconds:.2f} s, {channels} channel(s), {rate} to {RATE} Hz")
    return wave.astype(np.float32)


def _read(data: bytes, name: str) -> tuple[int, np.ndarray]:
    """The rate of a wav and its samples, full scale 1, (samples,) or (samples, C)."""
    from scipy.io import wavfile

    if not data:
        raise ValueError(f"{name}: expected a wav file, got an empty one")
    for at, mark, kind in _SOUNDS:
        if data[at : at + len(mark)] == mark:
            raise ValueError(
                f"{name}: expected a wav file, got {kind}; save or convert it as wav"
            )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", wavfile.WavFileWarning)
            rate, samples = wavfile.read(io.BytesIO(data))
    except Exception as error:
        raise ValueError(f"{name}: expected a wav file, got ({error})") from None
    if samples.dtype == np.uint8:
        return rate, ((samples.astype(np.float32) - 128) / 128)
    if np.issubdtype(samples.dtype, np.integer):
        scale = -float(np.iinfo(samples.dtype).min)
        return rate, (samples / scale).astype(np.float32)
    return rate, samples.astype(np.float32)
