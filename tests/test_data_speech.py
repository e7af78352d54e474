"""Spoken digits, and the reader's own voice."""

import io
import tarfile

import numpy as np
import pytest
from scipy.io import wavfile

from rnnbook.data import (
    DataUnavailable,
    load_own_voice,
    load_spoken_digits,
    speech,
    spoken_strings,
)


def wav(samples, rate=8000):
    file = io.BytesIO()
    wavfile.write(file, rate, samples)
    return file.getvalue()


def tone(seconds=0.5, rate=8000, hertz=440.0):
    at = np.arange(int(seconds * rate)) / rate
    return (0.5 * np.sin(2 * np.pi * hertz * at)).astype(np.float32)


def test_the_recordings_are_the_recordings():
    found = load_spoken_digits()
    if found.name != "spoken digits":
        pytest.skip("the recordings are not here")
    assert len(found) == 3000 and found.is_test.sum() == 300
    assert list(np.unique(found.speakers)) == [
        *("george", "jackson", "lucas"),
        *("nicolas", "theo", "yweweler"),
    ]
    assert (np.bincount(found.digits) == 300).all()
    seconds = np.array([len(wave) for wave in found.waves]) / found.rate
    assert 0.14 < seconds.min() < 0.15 and 2.27 < seconds.max() < 2.29
    assert all(wave.dtype == np.float32 and wave.ndim == 1 for wave in found.waves)


def test_without_them_tones_are_made_and_named(monkeypatch, capsys):
    def nowhere():
        raise DataUnavailable("They are nowhere.")

    monkeypatch.setattr(speech, "_recordings", nowhere)
    found, again = load_spoken_digits(), load_spoken_digits()
    said = capsys.readouterr().out.strip().split("\n")
    assert len(said) == 2 and "Using made tones" in said[0]
    assert found.name == "made tones" and "made by rnnbook" in found.source
    assert len(found) == 3000 and found.is_test.sum() == 300
    pairs = zip(found.waves, again.waves, strict=True)
    assert all(np.array_equal(a, b) for a, b in pairs)


def test_other_bytes_are_an_error_and_no_stand_in(monkeypatch, tmp_path):
    folder = tmp_path / "fsdd" / "recordings"
    folder.mkdir(parents=True)
    (folder / "0_george_0.wav").write_bytes(wav(tone()))
    monkeypatch.setenv("RNNBOOK_DATA", str(tmp_path))
    with pytest.raises(ValueError, match="expected 3000 recordings .*, got 1 with"):
        load_spoken_digits()


def test_an_archive_is_cached_when_its_wavs_are_right(monkeypatch, tmp_path, capsys):
    import hashlib

    data = wav(tone())
    line = f"{hashlib.sha256(data).hexdigest()}  recordings/3_theo_7.wav\n"
    monkeypatch.setattr(speech, "SUM", hashlib.sha256(line.encode()).hexdigest())
    monkeypatch.delenv("RNNBOOK_DATA", raising=False)
    monkeypatch.setenv("RNNBOOK_CACHE", str(tmp_path))
    calls = []

    def send(address, target, _):
        calls.append(address)
        with tarfile.open(target, "w:gz") as tar:
            member = tarfile.TarInfo("set-1.0.10/recordings/3_theo_7.wav")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))

    monkeypatch.setattr(speech.pooch, "HTTPDownloader", lambda timeout: send)
    for _ in range(2):
        found = load_spoken_digits()
        assert found.digits.tolist() == [3] and found.takes.tolist() == [7]
        assert not found.is_test.any() and found.speakers.tolist() == ["theo"]
    assert calls == [speech.ADDRESS]
    (tmp_path / "fsdd" / "v1.0.10.tar.gz").write_bytes(b"cut off")
    load_spoken_digits()
    assert len(calls) == 2 and len(list((tmp_path / "fsdd").iterdir())) == 1


def test_without_a_network_there_is_one_line(monkeypatch, tmp_path):
    def closed(*_):
        raise OSError("no route")

    monkeypatch.delenv("RNNBOOK_DATA", raising=False)
    monkeypatch.setenv("RNNBOOK_CACHE", str(tmp_path))
    monkeypatch.setattr(speech.pooch, "HTTPDownloader", lambda timeout: closed)
    with pytest.raises(DataUnavailable, match="did not send them"):
        speech._recordings()
    assert not list((tmp_path / "fsdd").iterdir())


def test_rates_channels_and_widths_give_the_same_wave(capsys):
    plain = load_own_voice(wav(tone()))
    assert plain.dtype == np.float32 and np.abs(plain - tone()).max() == 0
    fast = load_own_voice(wav(tone(rate=44_100), 44_100))
    inner = slice(200, -200)
    assert len(fast) == len(plain)
    assert np.abs(fast[inner] - plain[inner]).max() < 1e-2
    both = np.stack([tone() * 1.5, tone() * 0.5], axis=1)
    assert np.allclose(load_own_voice(wav(both)), plain, atol=1e-6)
    for dtype, scale, bound in (
        (np.int16, 2**15, 1e-4),
        (np.int32, 2**31, 1e-6),
    ):
        other = load_own_voice(wav((tone() * scale).astype(dtype)))
        assert np.abs(other - plain).max() < bound
    eight = (np.round(tone() * 128) + 128).astype(np.uint8)
    assert np.abs(load_own_voice(wav(eight)) - plain).max() < 0.01
    assert "2 channel(s), 8000 to 8000 Hz" in capsys.readouterr().out


@pytest.mark.parametrize(
    "data, message",
    [
        (b"", "got an empty one"),
        (b"ID3\x04" + bytes(100), "got an mp3; save or convert"),
        (b"\0\0\0\x20ftypM4A " + bytes(100), "got an m4a"),
        (b"RIFF" + bytes(40), "expected a wav file, got"),
        (wav(np.zeros(4000, np.int16)), "got silence"),
        (wav(np.full(4000, 9000, np.int16)), "got silence"),
        (wav(tone(0.05)), "got 0.05 s"),
        (wav(tone(31.0)), "got 31.00 s"),
        (wav(np.full(4000, np.nan, np.float32)), "got NaN"),
    ],
)
def test_what_is_no_speech_is_named(data, message):
    with pytest.raises(ValueError, match=message):
        load_own_voice(data)


def test_strings_are_of_one_speaker_and_of_the_recordings_to_be_used():
    spoken = speech._made(2, 6)
    use = (spoken.takes == 5) & (spoken.digits < 3)
    waves, digits = spoken_strings(spoken, use, 20, np.random.default_rng(0), 2, 4)
    again, _ = spoken_strings(spoken, use, 20, np.random.default_rng(0), 2, 4)
    assert len(waves) == len(digits) == 20
    assert all(np.array_equal(a, b) for a, b in zip(waves, again, strict=True))
    for wave, said in zip(waves, digits, strict=True):
        assert 2 <= len(said) <= 4 and set(said.tolist()) <= {0, 1, 2}
        assert np.isfinite(wave).all() and 0.005 < np.sqrt(np.mean(wave**2)) < 0.12
        assert len(wave) > 800 + 1500 * len(said)


@pytest.mark.parametrize("use", [np.zeros(3000, bool), np.ones(3, bool)])
def test_strings_of_nothing_are_refused(use):
    spoken = speech._made()
    with pytest.raises(ValueError, match="use: expected True for some of 3000"):
        spoken_strings(spoken, use, 1, np.random.default_rng(0))


def test_a_rate_that_is_no_rate_is_refused():
    data = bytearray(wav((tone() * 20000).astype(np.int16)))
    data[24:32] = bytes(8)  # samples and bytes a second
    with pytest.raises(ValueError, match="at least 1000 samples a second, got 0"):
        load_own_voice(bytes(data))
