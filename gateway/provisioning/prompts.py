"""Prompts for the seat that pressed: ``asterisk-conf/prompts/zh.txt`` spoken by espeak-ng into 8 kHz wav files.

Made once into the cache, and again when the texts change. A site replaces any of them by a recording of the same name.
"""

from __future__ import annotations

import array
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import wave
from pathlib import Path

from gateway.debian import packages
from gateway.debian.apt import Say
from gateway.debian.errors import LabError
from gateway.provisioning import texts

RATE_HZ = 8000
"""Sample rate that Asterisk's ``format_wav`` reads and a telephone carries."""
WORDS_PER_MINUTE = 220
"""Brisk: the seat is in the middle of a call."""
SPEAK_S = 30.0
"""One prompt takes 20 ms to speak; a busy machine longer."""


def prompt_texts(path: Path) -> dict[str, str]:
    """The prompts of a file, by name. Raises LabError with the line that is not ``name = text``."""
    found: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, equals, text = (part.strip() for part in line.partition("="))
        if not equals or not text or not re.fullmatch(r"[a-z_]{1,40}", name):
            what = texts.LINE_NUMBER_IS_NOT_NAME_TEXT(number=number)
            raise LabError(what, str(path), texts.NAME_HAS_LOWER_CASE_LETTERS)
        found[name] = text
    return found


def make(source: Path, into: Path, say: Say = packages.say_on_stderr) -> None:
    """Put every prompt of ``source`` into ``into``; recordings that are there already are kept. A package brings them spoken (``zh/`` beside
    ``zh.txt``); a checkout speaks them. Raises LabError."""
    shipped = source.parent / source.stem
    has_all = all((shipped / f"{name}.wav").exists() for name in prompt_texts(source))
    spoken = shipped if has_all else _spoken(source, say)
    into.mkdir(parents=True, exist_ok=True)
    for file in spoken.glob("*.wav"):
        if not (into / file.name).exists():
            shutil.copy(file, into / file.name)


def _spoken(source: Path, say: Say) -> Path:
    wanted = prompt_texts(source)
    key = hashlib.sha256(repr((sorted(wanted.items()), WORDS_PER_MINUTE)).encode()).hexdigest()[:10]
    final = packages.cache_dir() / f"prompts-{key}"
    if final.is_dir():
        return final
    tree = packages.ensure("voices", say)
    with tempfile.TemporaryDirectory(dir=final.parent) as scratch:
        for name, text in wanted.items():
            _speak(tree, text, Path(scratch) / f"{name}.wav")
        try:
            os.rename(scratch, final)
        except OSError:
            if not final.is_dir():  # else another lab has made them at the same time
                raise
        else:
            Path(scratch).mkdir()  # for its clean-up
    return final


def _speak(tree: packages.Tree, text: str, path: Path) -> None:
    data = next(iter(tree.root.glob("usr/lib/*/espeak-ng-data")), tree.root / "usr/share/espeak-ng-data")
    words = [
        *tree.argv("espeak-ng"),
        f"--path={data.parent}",
        "-v",
        "cmn",
        "-s",
        str(WORDS_PER_MINUTE),
        "--stdout",
        "--stdin",
    ]
    try:
        done = subprocess.run(words, input=text.encode(), capture_output=True, check=True, timeout=SPEAK_S)
    except (OSError, subprocess.SubprocessError) as error:
        said = (
            error.stderr.decode(errors="replace")[-200:] if isinstance(error, subprocess.CalledProcessError) else error
        )
        remedy = texts.DELETE_VOICES_IN_THE_CACHE
        raise LabError(texts.CANNOT_SPEAK_A_PROMPT(said=said), str(tree.root), remedy) from None
    rate_hz, samples = _samples(done.stdout)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(_little_endian(resampled(samples, rate_hz)))


def _samples(wav: bytes) -> tuple[int, array.array[int]]:
    """Rate and 16-bit samples. espeak writes to a pipe, so the sizes in its header are no sizes: the data is all that follows."""
    rate_hz = int.from_bytes(wav[24:28], "little")
    samples = array.array("h", wav[44 : 44 + (len(wav) - 44) // 2 * 2])
    if sys.byteorder == "big":
        samples.byteswap()
    return rate_hz, samples


def _little_endian(samples: array.array[int]) -> bytes:
    if sys.byteorder == "big":
        samples.byteswap()
    return samples.tobytes()


def resampled(samples: array.array[int], rate_hz: int) -> array.array[int]:
    """Samples at ``RATE_HZ``: each is the mean of those that it replaces, which is filter enough for a voice of 22 kHz."""
    step = rate_hz / RATE_HZ
    count = int(len(samples) / step)
    out = array.array("h")
    for number in range(count):
        part = samples[int(number * step) : max(int((number + 1) * step), int(number * step) + 1)]
        out.append(sum(part) // len(part))
    return out
