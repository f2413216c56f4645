"""Reads the Rolling Stone corpus: melodies in scale degrees, harmony in Roman numerals.

The formats are those of D. Temperley and T. de Clercq (Statistical analysis of harmony and melody
in rock music, Journal of New Music Research 42, 2013). Both are written bar by bar. The chords are
those that de Clercq heard: each song was analysed by both, but sung parts were written down once.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from generators.music.harmony import MODES, NO_CHORD, Chord, Key
from generators.music.time import Meter
from onnx_models.workshop.job import Found, Job, need
from onnx_models.workshop.measures import Measure, meter_named, tunes_of
from onnx_models.workshop.roman import chord_of
from onnx_models.workshop.titles import song_key, split_of
from onnx_models.workshop.tune import Refused

ARTISTS = Path(__file__).with_name("rs200_artists.txt")
SECTION_NAMES = {
    "In": "intro", "Vr": "verse", "V": "verse", "Ch": "chorus", "Rf": "chorus", "Re": "chorus",
    "Ref": "chorus", "Br": "bridge", "Md": "bridge", "So": "solo", "Ou": "outro", "Co": "outro",
    "Fadeout": "outro", "Ln": "part", "Pc": "part", "Pch": "part", "Tg": "part", "Ta": "part",
    "Tr": "part", "Bk": "part", "Brk": "part", "Bld": "part",
}  # fmt: skip
"""What the analyses' abbreviations mean; links, tags and pre-choruses are parts."""
SAME_BARS = "melody and harmony that are not of the same bars"
NOTE = re.compile(r"([\^v]*)([b#n]*)([1-7])|(\.)")
SIGN = re.compile(r"\[([^\]]*)\]")
CALL = re.compile(r"\$(\w+)(?:\*(\d+))?")
TIMES = re.compile(r"\s*\*(\d+)")
DEEPEST = 12
"""How deep sections may hold sections."""


def jobs(corpora: Path, source: str) -> Iterator[Job]:
    """Yield the songs: the melody of each, and its harmony."""
    folder = need(corpora / source, "copy the Rolling Stone corpus there")
    artists = artists_of()
    for melody in sorted((folder / "rs200_melody").glob("*.mel")):
        name = melody.stem.rpartition("_")[0]
        harmony = folder / "rs200_harmony" / f"{name}_tdc.har"
        title = _title(melody.read_text(encoding="utf-8"), name)
        split = split_of(song_key(title, artists.get(name, "")))
        yield Job(source, split, str(melody), str(harmony), "rock")


def artists_of() -> dict[str, str]:
    """Return who sings each song: the corpus itself tells only its name."""
    rows = [row.split(": ") for row in ARTISTS.read_text(encoding="utf-8").splitlines()]
    return {name: artist for artist, names in rows for name in names.split()}


def _title(melody: str, name: str) -> str:
    """Return the title at the head of a melody, else what its file is called."""
    first = next((line for line in melody.splitlines() if line.strip()), "")
    return first.strip("% ") if first.startswith("%") else name.replace("_", " ")


def read(job: Job) -> Found:
    """Read one song: what is sung of it, with its chords."""
    melody, harmony = (Path(name).read_text(encoding="utf-8") for name in (job.first, job.second))
    bars = together(melody_of(melody), harmony_of(harmony))
    return tunes_of(bars, _title(melody, Path(job.first).stem), job)


def together(melody: Sequence[Measure], harmony: Sequence[Measure]) -> list[Measure]:
    """Put a melody and a harmony on the same bars, in the keys of the harmony.

    Raises:
        Refused: they are not of the same bars.

    """
    if len(melody) != len(harmony):
        raise Refused(SAME_BARS)
    if any(a.meter != b.meter for a, b in zip(melody, harmony, strict=True)):
        raise Refused(SAME_BARS)
    return [replace(b, melody=a.melody) for a, b in zip(melody, harmony, strict=True)]


@dataclass
class Singer:
    """Where a melody has come to: its key, its signature and its last pitch."""

    meter: Meter = field(default_factory=Meter)
    tonic: int = 0
    signature: tuple[int, ...] = (0,) * 7
    octave: int = 4
    last: int | None = None

    def sign(self, text: str) -> None:
        """Take in what stands in brackets: an octave, a meter, a signature or a key."""
        if text.startswith("OCT="):
            self.octave = int(text[4:])
            self.last = None
        elif "/" in text:
            self.meter = meter_named(text)
        elif "." in text:
            self.signature = tuple({"b": -1, "#": 1}.get(mark, 0) for mark in text)
        elif text == "0":
            self.signature = (0,) * 7
        else:
            self.tonic = Key.named(text).tonic

    def pitch(self, marks: str, signs: str, degree: int) -> int:
        """Return the pitch of a degree: the one nearest to the last, or octaves from it."""
        altered = signs.count("#") - signs.count("b") if signs else self.signature[degree - 1]
        pitch_class = self.tonic + MODES["major"][degree - 1] + altered
        if self.last is None:
            pitch = 12 * (self.octave + 1) + pitch_class % 12
        else:
            pitch = self.last + (pitch_class - self.last + 5) % 12 - 5
        self.last = pitch + 12 * (marks.count("^") - marks.count("v"))
        return self.last


def melody_of(text: str) -> list[Measure]:
    """Return the bars of a melody.

    The words of a bar share it evenly, and the signs of a word share that: a degree is an onset,
    a dot is none.
    """
    singer, bars = Singer(), list[Measure]()
    for bar in _bars(text):
        words: list[str] = []
        times = 1
        for word in bar:
            if match := SIGN.fullmatch(word):
                singer.sign(match.group(1))
            elif word.startswith("R"):
                times = int(word[2:] or 1)
            else:
                words.append(word)
        sung = tuple(_sung(words, singer))
        bars += [Measure(singer.meter, singer.tonic, melody=sung)] * times
    return bars


def _sung(words: list[str], singer: Singer) -> Iterator[tuple[Fraction, int]]:
    for at, word in enumerate(words):
        signs = [] if set(word) <= set("_-=") else list(NOTE.finditer(word))
        if "".join(sign.group() for sign in signs) != word.strip("_-="):
            raise Refused("a melody that cannot be read")
        for place, sign in enumerate(signs):
            if sign.group(3):
                share = (at + Fraction(place, len(signs))) / len(words)
                yield share, singer.pitch(sign.group(1), sign.group(2), int(sign.group(3)))


def harmony_of(text: str) -> list[Measure]:
    """Return the bars of a harmony, with the sections that begin in them."""
    analyst = Analyst()
    return [analyst.bar(words) for words in _bars(written_out(text))]


@dataclass
class Analyst:
    """Where an analysis has come to: a meter or a key holds to the end of its section."""

    meter: Meter = field(default_factory=Meter)
    tonic: int = 0
    outer: list[tuple[Meter, int]] = field(default_factory=list)

    def bar(self, words: Sequence[str]) -> Measure:
        """Read a bar; its meter and key are those of its first word."""
        section, began = "", None
        chords: list[tuple[str, int]] = []
        for word in words:
            if word.startswith("<"):
                section = section or word[1:]
            elif not self._signed(word):
                began = began or (self.meter, self.tonic)
                chords.append((word, self.tonic))
        meter, tonic = began or (self.meter, self.tonic)
        return Measure(meter, tonic, tuple(_chords(chords)), section=section)

    def _signed(self, word: str) -> bool:
        """Take in a sign; return whether it was one."""
        if word == "{":
            self.outer.append((self.meter, self.tonic))
        elif word == "}":
            self.meter, self.tonic = self.outer.pop()
        elif match := SIGN.fullmatch(word):
            sign = match.group(1)
            if "/" in sign:
                self.meter = meter_named(sign)
            elif sign[0] in "ABCDEFG":
                self.tonic = Key.named(sign).tonic
        else:
            return False
        return True


def _chords(words: list[tuple[str, int]]) -> Iterator[tuple[Fraction, Chord]]:
    for at, (word, tonic) in enumerate(words):
        if word != ".":
            yield Fraction(at, len(words)), NO_CHORD if word == "R" else chord_of(word, tonic)


def _bars(text: str) -> Iterator[list[str]]:
    """Yield the words of each bar; what follows the last bar line is none."""
    plain = re.sub(r"%.*", "", text)
    yield from (bar.split() for bar in plain.split("|")[:-1])


def written_out(text: str) -> str:
    """Return the song that an analysis makes of its sections, marked where they begin.

    Raises:
        Refused: a section is missing.

    """
    lines = re.sub(r"%.*", "", text).splitlines()
    named = dict(line.split(":", 1) for line in lines if ":" in line)
    parts = {name.strip(): body for name, body in named.items()}
    if "S" not in parts:
        raise Refused("a song without sections")
    return _repeated(_called(parts["S"], parts, marked=False, depth=0))


def _repeated(text: str) -> str:
    """Write out bars that are to be played so many times, as in `I |*4`."""
    bars: list[str] = []
    for bar in text.split("|"):
        match = TIMES.match(bar)
        if match and bars:
            bars += [re.sub(r"<\w*|[{}]", "", bars[-1])] * (int(match.group(1)) - 1)
        bars.append(bar[match.end() :] if match else bar)
    return "|".join(bars)


def _called(body: str, parts: dict[str, str], marked: bool, depth: int) -> str:
    if depth > DEEPEST:
        raise Refused("sections within themselves")

    def call(match: re.Match[str]) -> str:
        name, times = match.group(1), int(match.group(2) or 1)
        if name not in parts:
            raise Refused("a section that is missing")
        section = SECTION_NAMES.get(re.split(r"(?<!^)[A-Z0-9_]", name)[0], "")
        whole = _called(parts[name], parts, marked or bool(section), depth + 1)
        begins = f"<{section}" if section and not marked else ""
        return f" {{ {begins} {whole} }} " * times

    return CALL.sub(call, body)
