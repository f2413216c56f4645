"""MIDI files: into a song, and a song with added parts into a file again.

The tracks of the file stay as they are, byte by byte; what is added are tracks. A type 0 file
becomes type 1 by that. The sequences of a type 2 file are laid end to end, each from a bar line
on, in a file of type 1: hardly a program plays type 2, and none plays its sequences together.
"""

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from generators.music import midi_events as smf
from generators.music.errors import BadSong, BadValue
from generators.music.harmony import Key
from generators.music.midi_clock import Clock
from generators.music.midi_events import Chunk, Event, MidiBytes, meta
from generators.music.notes import Note
from generators.music.song import OVERHANG, Added, Form, Part, Song, sections_of
from generators.music.time import QUARTER, Meter, Ticks

DRUMS = 9
"""The channel that General MIDI gives to drums, counted from 0."""
LONGEST = Ticks(QUARTER * 80_000)  # eleven hours at 120: a broken file is longer than any music
MINOR = 1  # the mode byte of a key signature


@dataclass(frozen=True, slots=True)
class Told:
    """What a file tells of its music: all events of its tracks, and its clock."""

    file: MidiBytes
    tracks: tuple[tuple[Event, ...], ...]
    clock: Clock

    def metas(self, kind: int) -> Iterator[tuple[Ticks, bytes]]:
        """Return the meta events of one kind in all tracks, in order."""
        found = [
            (self.clock.song(event.tick), event.data[1:])
            for track in self.tracks
            for event in track
            if event.status == smf.META and event.data[0] == kind
        ]
        yield from sorted(found, key=lambda pair: pair[0])


def read(data: bytes) -> Song:
    """Return the song in a MIDI file.

    Raises:
        BadSong: it is damaged, or is no MIDI file.

    """
    told = tell(data)
    parts = tuple(_parts(told))
    end = _end([note for part in parts for note in part.notes])
    if end > LONGEST:
        raise BadSong("this MIDI file is damaged: it lasts for days", "export it again")
    return Song(
        form=Form.MIDI,
        original=data,
        parts=parts,
        end=end,
        sections=sections_of(tuple(_meters(told)), end),
        tempi=tuple(_tempi(told)),
        keys=tuple(_keys(told)),
        title=next((_text(event.data[1:]) for event in _names(told.tracks[0])), ""),
        notices=tuple(_notices(told.file)),
    )


def _end(notes: Sequence[Note]) -> Ticks:
    """Return where the song is over: its last note may ring a little over a bar line."""
    if not notes:
        return Ticks(0)
    return Ticks(max(max(n.onset for n in notes) + 1, max(n.end for n in notes) - OVERHANG))


def tell(data: bytes) -> Told:
    """Return a file's tracks, those of a type 2 file laid end to end."""
    file = smf.split(data)
    read_tracks = [tuple(smf.read(chunk.body)[0]) for chunk in file.tracks]
    if file.type == 2:
        read_tracks = list(_laid(read_tracks, file.division))
    every = [event for track in read_tracks for event in track]
    return Told(file, tuple(read_tracks), Clock(file.division, every))


def _laid(tracks: Sequence[tuple[Event, ...]], division: int) -> Iterator[tuple[Event, ...]]:
    start = 0
    meter = Meter()
    for track in tracks:
        yield tuple(event._replace(tick=event.tick + start) for event in track)
        meter = next((m for event in track if (m := _meter(event)) is not None), meter)
        sounding = [event.tick for event in track if event.status < smf.SYSEX]
        bar = max(1, meter.bar * abs(division) // QUARTER)
        start += -(-max(sounding, default=0) // bar) * bar


def _notices(file: MidiBytes) -> Iterator[str]:
    if not file.whole:
        yield "the file breaks off; what is there was taken"
    if file.type == 2:
        yield "type 2: its sequences were laid end to end"


def _text(data: bytes) -> str:
    """Return a name or a word, without the control characters that no score can hold."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return "".join(c for c in text if c >= " " and c not in "\ufffe\uffff").strip()


def _names(track: Sequence[Event]) -> Iterator[Event]:
    return (event for event in track if event.status == smf.META and event.data[0] == smf.NAME)


def _meters(told: Told) -> Iterator[tuple[Ticks, Meter]]:
    for track in told.tracks:
        for event in track:
            if (meter := _meter(event)) is not None:
                yield told.clock.song(event.tick), meter


def _meter(event: Event) -> Meter | None:
    """Return the meter that an event sets, if it sets one that can be."""
    if event.status != smf.META or event.data[0] != smf.METER or len(event.data) < 3:
        return None
    try:
        return Meter(event.data[1], 2 ** min(event.data[2], 7))
    except BadValue:
        return None


def _tempi(told: Told) -> Iterator[tuple[Ticks, float]]:
    for at, data in told.metas(smf.TEMPO):
        if len(data) >= 3 and any(data[:3]):
            yield at, round(60e6 / int.from_bytes(data[:3], "big"), 3)


def _keys(told: Told) -> Iterator[tuple[Ticks, Key]]:
    for at, data in told.metas(smf.KEY):
        fifths = int.from_bytes(data[:1], "big", signed=True)
        if len(data) >= 2 and abs(fifths) <= 7:
            key = Key.signed(fifths, "minor" if data[1] == MINOR else "major")
            # seven signs are a program's choice, which nobody has read: B is easier than C flat
            yield at, key if abs(fifths) < 7 else Key(key.tonic, key.mode)


def _parts(told: Told) -> Iterator[Part]:
    """Give a part for every channel of every track, and one for words without notes."""
    for track in told.tracks:
        names = [_text(event.data[1:]) for event in _names(track)]
        words = tuple(_lyrics(track, told.clock))
        channels = sorted({e.status & 15 for e in track if e.status & 0xF0 == 0x90})
        for channel in channels:
            yield Part(
                name=names[0] if names else "",
                notes=tuple(sorted(_notes(track, channel, told.clock))),
                program=next((p for p in _programs(track, channel)), None),
                channel=channel,
                drums=channel == DRUMS,
                lyrics=words if channel == channels[0] else (),
            )
        if words and not channels:
            yield Part(name=names[0] if names else "", lyrics=words)


def _lyrics(track: Sequence[Event], clock: Clock) -> Iterator[tuple[Ticks, str]]:
    for event in track:
        if event.status == smf.META and event.data[0] == smf.LYRIC:
            yield clock.song(event.tick), _text(event.data[1:])


def _programs(track: Sequence[Event], channel: int) -> Iterator[int]:
    return (event.data[0] for event in track if event.status == 0xC0 | channel)


def _notes(track: Sequence[Event], channel: int, clock: Clock) -> Iterator[Note]:
    """Pair starts and ends: of one pitch the first to start is the first to end.

    What never ends is ended with the track.
    """
    down: dict[int, deque[Event]] = defaultdict(deque)
    for event in track:
        if event.status == 0x90 | channel and event.data[1]:
            down[event.data[0]].append(event)
        elif event.status in (0x80 | channel, 0x90 | channel) and down[event.data[0]]:
            yield _note(down[event.data[0]].popleft(), event.tick, clock)
    for left in down.values():
        yield from (_note(start, track[-1].tick, clock) for start in left)


def _note(start: Event, end: int, clock: Clock) -> Note:
    onset = clock.song(start.tick)
    length = Ticks(max(1, clock.song(end) - onset))
    return Note(onset, start.data[0], length, start.data[1])


def with_parts(data: bytes, added: Sequence[Added]) -> bytes:
    """Return a MIDI file with tracks added; nothing that was in it is changed."""
    told = tell(data)
    file = replace(told.file, chunks=tuple(smf.mended(chunk) for chunk in told.file.chunks))
    if file.type == 2:
        file = _sequenced(file, told)
    channels = free_channels(told.tracks)
    tracks = (_track(part, channels[i % len(channels)], told.clock) for i, part in enumerate(added))
    return smf.joined(smf.with_tracks(file, tracks))


def _sequenced(file: MidiBytes, told: Told) -> MidiBytes:
    """Return the sequences end to end under a first track with all their tempi and meters."""
    kinds = (smf.TEMPO, smf.METER, smf.KEY)
    every = [event for track in told.tracks for event in track]
    leading = sorted(e for e in every if e.status == smf.META and e.data[0] in kinds)
    starts = [
        laid[0].tick - alone[0][0].tick if laid else 0
        for laid, alone in zip(told.tracks, (smf.read(c.body) for c in file.tracks), strict=True)
    ]
    shift = iter(starts)
    chunks = tuple(
        replace(c, body=smf.delayed(c.body, next(shift))) if c.kind == b"MTrk" else c
        for c in file.chunks
    )
    return replace(file, type=1, chunks=(Chunk(b"MTrk", smf.encode(leading)), *chunks))


def free_channels(tracks: Sequence[Sequence[Event]]) -> list[int]:
    """Return the channels that no track uses, never the drums' one.

    Where all are in use, all are returned, those with the fewest events first.
    """
    used = dict.fromkeys((c for c in range(16) if c != DRUMS), 0)
    for track in tracks:
        for event in track:
            if event.status < smf.SYSEX and event.status & 15 != DRUMS:
                used[event.status & 15] += 1
    free = [channel for channel, count in used.items() if not count]
    return free or sorted(used, key=lambda channel: used[channel])


def _track(part: Added, channel: int, clock: Clock) -> bytes:
    """Return a track: its name, its sound, its notes, and its chord symbols as cue points.

    Text events would be taken for lyrics by some programs, markers for parts of the song.
    """
    first = min((note.onset for note in part.notes), default=Ticks(0))
    events = [
        meta(0, smf.NAME, part.name.encode()),
        Event(clock.file(first), 0xC0 | channel, bytes([part.program])),
        *(meta(clock.file(s.onset), smf.CUE, str(s.chord).encode()) for s in part.chords),
        *note_events(part.notes, channel, clock),
    ]
    return smf.encode(sorted(events, key=playing_order))


def note_events(notes: Sequence[Note], channel: int, clock: Clock) -> Iterator[Event]:
    """Give the starts and ends of notes; one that starts again on its pitch ends before."""
    ordered = sorted(notes, key=lambda note: (note.pitch, note.onset))
    for note, after in zip_longest(ordered, ordered[1:]):
        start, end = clock.file(note.onset), max(clock.file(note.end), clock.file(note.onset) + 1)
        if after is not None and after.pitch == note.pitch:
            end = max(start + 1, min(end, clock.file(after.onset)))
        yield Event(start, 0x90 | channel, bytes([note.pitch, note.velocity]))
        yield Event(end, 0x80 | channel, bytes([note.pitch, 64]))


def playing_order(event: Event) -> tuple[int, int]:
    """Return what sorts events: at one tick words come first, then sounds, ends and starts."""
    order = {smf.META: 0, 0xC0: 1, 0x80: 2, 0x90: 3}
    kind = event.status if event.status >= smf.SYSEX else event.status & 0xF0
    return event.tick, order[kind]
