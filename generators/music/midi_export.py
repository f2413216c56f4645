"""A song from notation as a MIDI file: what was written, played once through."""

from collections.abc import Iterator

from generators.music import midi_events as smf
from generators.music.harmony import Key
from generators.music.midi_clock import Clock
from generators.music.midi_events import Chunk, Event, MidiBytes, meta
from generators.music.midi_file import DRUMS, note_events, playing_order
from generators.music.song import Part, Song
from generators.music.time import QUARTER, Meter, Ticks

CLOCKS_IN_QUARTER = 24


def exported(song: Song) -> bytes:
    """Return a song as a MIDI file of type 1: its tempi, meters and keys, then its parts."""
    clock = Clock(QUARTER)
    channels = [channel for channel in range(16) if channel != DRUMS]
    tracks = [smf.encode(sorted(_leading(song), key=lambda event: event.tick))]
    for number, part in enumerate(song.parts):
        channel = DRUMS if part.drums else channels[number % len(channels)]
        tracks.append(smf.encode(sorted(_events(part, channel, clock), key=playing_order)))
    chunks = tuple(Chunk(b"MTrk", body) for body in tracks)
    return smf.joined(MidiBytes(1, QUARTER, chunks))


def _leading(song: Song) -> Iterator[Event]:
    yield meta(0, smf.NAME, song.title.encode())
    if song.pickup:
        yield _meter(Ticks(0), _meter_of(song.pickup))
    for section in song.sections:
        yield _meter(section.start, section.meter)
    for at, key in song.keys:
        yield _key(at, key)
    for at, tempo in song.tempi:
        yield meta(at, smf.TEMPO, min(round(60e6 / tempo), 0xFFFFFF).to_bytes(3, "big"))


def _meter_of(length: Ticks) -> Meter:
    """Return a meter whose bar is this long, or nearly, for a pick-up."""
    for unit in (4, 8, 16, 32):
        if length % (QUARTER * 4 // unit) == 0:
            return Meter(length * unit // (QUARTER * 4), unit)
    return Meter(max(1, round(length / 60)), 64)


def _meter(at: Ticks, meter: Meter) -> Event:
    click = min(255, CLOCKS_IN_QUARTER * meter.pulse // QUARTER)
    return meta(at, smf.METER, bytes([meter.beats, meter.unit.bit_length() - 1, click, 8]))


def _key(at: Ticks, key: Key) -> Event:
    return meta(at, smf.KEY, key.fifths.to_bytes(1, "big", signed=True) + bytes([key.minor]))


def _events(part: Part, channel: int, clock: Clock) -> Iterator[Event]:
    yield meta(0, smf.NAME, part.name.encode())
    if part.program is not None:
        yield Event(0, 0xC0 | channel, bytes([part.program]))
    for at, word in part.lyrics:
        yield meta(clock.file(at), smf.LYRIC, word.encode())
    yield from note_events(part.notes, channel, clock)
