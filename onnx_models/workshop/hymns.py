"""Reads hymns of the Open Hymnal: the soprano, and the chords that four voices make.

The book is ABC with voices in the line ([V: S1V1] is the soprano); a line of music is a line of
the verse. Only hymns that are declared to be in the public domain are read.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from generators.hearing.chords import chord_of
from generators.music.harmony import NO_CHORD, Chord
from generators.music.notes import ChordSpan, Note, Phrase
from generators.music.time import Ticks
from onnx_models.workshop import abc
from onnx_models.workshop.job import FETCH, Found, Job, need
from onnx_models.workshop.titles import split_of
from onnx_models.workshop.tune import Refused, Tune

BOOK = "OpenHymnal.abc"
FREE = re.compile(r"(?m)^C:\s*copyright:\s*public domain")
"""What a hymn says whose words, music and setting are all free."""
VOICES = ("S1V1", "S1V2", "S2V1", "S2V2")
IN_VOICE = re.compile(r"\[V:\s*(\w+)\s*\](.*)")
NO_MUSIC = re.compile(r'![^!]*!|"[\^_<>@][^"]*"|\\$')
"""Decorations, remarks above or below, and the sign that a line goes on."""
OVERLAY = re.compile(r"&[^|]*")
"""A second voice within a bar of one voice."""
STEADY = ("", "m", "dim", "7", "m7b5", "dim7")
"""Chords that are heard as themselves; others on a beat are mostly on their way to one."""
LINE_END = ("line", "")


def jobs(corpora: Path, source: str) -> Iterator[Job]:
    """Yield the hymns of the book."""
    book = need(corpora / source / BOOK, FETCH)
    for text in abc.books(book.read_text(encoding="utf-8", errors="replace")):
        title = next((li[2:].strip() for li in text.splitlines() if li.startswith("T:")), text)
        yield Job(source, split_of(title), text, style="hymn")


def read(job: Job) -> Found:
    """Read one hymn: its parts, a new one at each change of meter or key."""
    if not FREE.search(job.first):
        raise Refused("not said to be in the public domain")
    if re.search(r"(?m)^M:\s*none", job.first):
        raise Refused("no meter")
    voices = [Voice(items_of(job.first, name)) for name in VOICES]
    shapes = {tuple((part.at, part.meter, part.key) for part in voice.parts) for voice in voices}
    if not any(part.notes for part in voices[0].parts):
        raise Refused("no four voices")
    if len(shapes) > 1:
        raise Refused("voices of different lengths")
    together = zip(*(voice.parts for voice in voices), strict=True)
    return [_tune(job, voices[0], list(parts)) for parts in together], []


def _tune(job: Job, soprano: "Voice", parts: list[abc.Part]) -> Tune:
    lead = parts[0]
    phrase = replace(lead.phrase(), chords=tuple(chords_at_beats(_sounding(parts))))
    closes = frozenset(bar for bar in lead.closes if bar < phrase.bars)
    tune = Tune(lead.title, job.source, job.split, phrase, closes, style=job.style)
    return replace(tune, tempo=soprano.tempo)


def _sounding(parts: Iterable[abc.Part]) -> Phrase:
    """Return all voices as one phrase."""
    every = list(parts)
    notes: list[Note] = [note for part in every for note in part.notes]
    return Phrase.of(notes, (), every[0].meter, every[0].key)


def chords_at_beats(phrase: Phrase) -> list[ChordSpan]:
    """Return the chord that voices make on each beat, equal neighbours as one.

    It is what sounds on the beat; where that is no triad or seventh chord that stands by itself,
    a voice is suspended or leans, and it is what sounds in the middle of the beat. In 68 chorales
    whose chords analysts have written down, root, quality and bass are theirs for 80 % of the
    time, where those of `hearing.chords_of`, made for playing, are for 55 %.
    """
    pulse = phrase.meter.pulse
    found: list[ChordSpan] = []
    for at in range(0, phrase.end, pulse):
        chord = _on_beat(phrase, at, pulse)
        last = found[-1] if found else None
        if last and (chord in (last.chord, NO_CHORD)):
            found[-1] = replace(last, length=Ticks(at + pulse - last.onset))
        elif chord != NO_CHORD:
            found.append(ChordSpan(Ticks(at), pulse, chord))
    return found


def _on_beat(phrase: Phrase, at: int, pulse: int) -> Chord:
    """Return the chord of a beat; silence, or one pitch alone, is none."""
    on, amid = (chord_of(_at(phrase, tick), phrase.key) for tick in (at, at + pulse // 2))
    return amid if on.quality not in STEADY and amid.quality in STEADY else on


def _at(phrase: Phrase, tick: int) -> list[int]:
    return [note.pitch for note in phrase.notes if note.onset <= tick < note.end]


def items_of(text: str, voice: str) -> Iterator[abc.Item]:
    """Yield the fields of a hymn and the signs of one of its voices."""
    head: list[str] = []
    lines: list[str] = []
    for line in re.sub(r"(?m)(?<!\\)%.*", "", text).splitlines():
        sung = IN_VOICE.match(line)
        if sung and sung[1] == voice:
            lines.append(sung[2])
        elif not sung and not lines and re.match(r"[A-Z]:", line):
            head.append(line)
    yield from abc.items_of("\n".join(head))
    for line in lines:
        bare = OVERLAY.sub("", NO_MUSIC.sub("", line.strip()))
        yield from abc.TOKEN.finditer(bare)
        yield LINE_END


class Voice(abc.Reading):
    """The reading of one voice, whose lines are lines of the verse."""

    def _field(self, name: str, value: str) -> None:
        if name == LINE_END[0]:
            part = self.parts[-1]
            if part.at:
                part.closes.add((part.at - 1) // part.meter.bar)
        else:
            super()._field(name, value)
