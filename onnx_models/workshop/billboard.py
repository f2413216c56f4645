"""Reads the McGill Billboard annotations: the chords of songs of the charts, bar by bar.

The format is that of J. A. Burgoyne, J. Wild and I. Fujinaga (An expert ground truth set for audio
chord recognition and music analysis, ISMIR 2011). There is no melody.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from statistics import median

from generators.music.errors import BadValue
from generators.music.harmony import NO_CHORD, Chord, Key
from generators.music.time import QUARTER, Meter
from onnx_models.workshop.job import Found, Job, need
from onnx_models.workshop.measures import Measure, meter_named, tunes_of
from onnx_models.workshop.titles import song_key, split_of
from onnx_models.workshop.tune import Refused

HEAD = re.compile(r"# (title|artist|metre|tonic): *(.+)")
PAUSE = "&pause"
"""A bar in which the music waits for as long as it likes."""
LINE = re.compile(r"([\d.e-]+)\t(.*)")
SECTION = re.compile(r"(?:[A-Z]+'*,\s*)?([a-z][a-z -]*?)(?:\s+(?:[a-h]|one|two|three))?,")
SECTION_NAMES = {
    "intro": "intro", "verse": "verse", "chorus": "chorus", "bridge": "bridge", "solo": "solo",
    "outro": "outro", "pre-intro": "intro", "refrain": "chorus", "strophe": "verse",
    "fadeout": "outro", "coda": "outro", "ending": "outro", "fadein": "intro",
    "instrumental": "solo",
}  # fmt: skip
"""What the annotators' words mean; others, such as interludes, are parts."""


def jobs(corpora: Path, source: str) -> Iterator[Job]:
    """Yield the songs, each once: many were annotated for two weeks of the charts."""
    folder = need(corpora / source, "copy the McGill Billboard annotations there")
    known: set[str] = set()
    for path in sorted(folder.glob("*/salami_chords.txt")):
        head = dict(HEAD.findall(path.read_text(encoding="utf-8")))
        song = song_key(head.get("title", ""), head.get("artist", ""))
        if song not in known:
            yield Job(source, split_of(song), str(path), style="pop")
        known.add(song)


def read(job: Job) -> Found:
    """Read one song: its stretches in one meter and on one tonic."""
    text = Path(job.first).read_text(encoding="utf-8")
    song = Song()
    for line in text.splitlines():
        song.add(line)
    return tunes_of(song.bars, song.title, job, song.tempo)


@dataclass
class Song:
    """The reading of one song."""

    title: str = ""
    meter: Meter = field(default_factory=Meter)
    tonic: int | None = None
    bars: list[Measure] = field(default_factory=list)
    part: int = 0
    """How many pauses there have been."""
    begun: list[tuple[float, int]] = field(default_factory=list)
    """Seconds at which lines begin, and how many quarters they have."""

    def add(self, line: str) -> None:
        """Take in a line: a heading, or a time with bars."""
        if match := HEAD.match(line):
            self._head(match.group(1), match.group(2).strip())
        elif match := LINE.match(line):
            new = list(self._bars(match.group(2)))
            self.begun.append((float(match.group(1)), sum(bar.meter.bar for bar in new)))
            self.bars += new

    def _head(self, name: str, value: str) -> None:
        match name:
            case "title":
                self.title = value
            case "metre":
                self.meter = meter_named(value)
            case "tonic":
                self.tonic = Key.named(value).tonic

    def _bars(self, text: str) -> Iterator[Measure]:
        if "|" not in text:
            return
        if self.tonic is None:
            raise Refused("no key")
        before, inside = text.split("|", 1)
        inside, _, after = inside.rpartition("|")
        times = re.search(r"\bx(\d+)", after)
        section = SECTION.match(before)
        begins = SECTION_NAMES.get(section.group(1), "part") if section else ""
        for _ in range(int(times.group(1)) if times else 1):
            for words in map(str.split, inside.split("|")):
                if PAUSE in words:
                    self.part += 1
                    continue
                yield replace(self._bar(words, self.tonic), section=begins)
                begins = ""

    def _bar(self, words: list[str], tonic: int) -> Measure:
        meter = self.meter
        if words and words[0].startswith("("):
            meter = meter_named(words[0].strip("()"))
            words = words[1:]
        return Measure(meter, tonic, tuple(_chords(words)), part=self.part)

    @property
    def tempo(self) -> float | None:
        """Quarters a minute, by the times of the lines: the middle one, repeats counted."""
        paces = [
            length / QUARTER * 60 / (after - before)
            for (before, length), (after, _) in pairwise(self.begun)
            if length and after > before
        ]
        return round(median(paces), 1) if paces else None


def _chords(words: Sequence[str]) -> Iterator[tuple[Fraction, Chord]]:
    for at, word in enumerate(words):
        if word != ".":
            yield Fraction(at, len(words)), chord_of(word)


def chord_of(word: str) -> Chord:
    """Return the chord that a word of a bar is.

    Raises:
        Refused: the chord is not known.

    """
    if word == "*":
        return NO_CHORD
    try:
        return Chord.from_harte(word)
    except BadValue as error:
        raise Refused("a chord that cannot be read") from error
