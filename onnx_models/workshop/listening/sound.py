"""A phrase as a MIDI file: its melody, and its chords as they are voiced for a player."""

from collections.abc import Iterator

from generators.music import midi_export
from generators.music.harmony import Key
from generators.music.notes import Note, Phrase
from generators.music.song import Form, Part, Section, Song
from generators.music.time import QUARTER, Meter, Ticks
from generators.voicing.comping import voice
from generators.voicing.voicing import Voicing
from onnx_models.workshop.listening.drawing import pickup_of
from onnx_models.workshop.tune import Tune

PIANO, GUITAR = 0, 24
"""General MIDI sounds: of the melody, and of the chords."""
BAR_SECONDS = {
    "reel": 1.15, "jig": 1.1, "slip jig": 1.6, "hornpipe": 1.4, "polka": 1.0, "march": 1.15,
    "strathspey": 1.9, "waltz": 1.3,
}  # fmt: skip
"""How long a bar of a dance lasts, about as dancers want it: its own choice of this page."""
PULSES = 100
"""Felt beats a minute of everything else, where its source gives no tempo."""
SLOWEST, FASTEST = 40, 240
"""Felt beats a minute; a source that says more or less is not believed."""


def tempo_of(tune: Tune) -> float:
    """Return the tempo, in quarters a minute, that a tune is played in."""
    meter = tune.phrase.meter
    pulse = meter.pulse / QUARTER
    if tune.tempo is not None and SLOWEST <= tune.tempo / pulse <= FASTEST:
        return tune.tempo
    if tune.style in BAR_SECONDS:
        return round(meter.bar / QUARTER * 60 / BAR_SECONDS[tune.style], 1)
    return PULSES * pulse


def midi(phrase: Phrase, tempo: float, title: str) -> bytes:
    """Return a phrase as a MIDI file that begins with its first note."""
    pickup = pickup_of(phrase)
    early = phrase.meter.bar - pickup if pickup else 0
    comping = voice(phrase.chords, Voicing(), phrase.meter)
    parts = [
        Part("Melody", tuple(later(phrase.notes, early)), PIANO),
        Part("Chords", tuple(later(comping, early)), GUITAR),
    ]
    song = Song(
        Form.MIDI,
        b"",
        tuple(part for part in parts if part.notes),
        Ticks(phrase.end - early),
        (Section(pickup, phrase.meter),),
        ((Ticks(0), tempo),),
        ((Ticks(0), phrase.key or Key(0)),),
        title=title,
    )
    return midi_export.exported(song)


def later(notes: tuple[Note, ...], early: int) -> Iterator[Note]:
    """Give the notes that begin no earlier than a tick, counted from there."""
    return (note.moved(-early) for note in notes if note.onset >= early)


def seconds(meter: Meter, bars: int, tempo: float) -> float:
    """Return how long so many bars last."""
    return bars * meter.bar / QUARTER * 60 / tempo
