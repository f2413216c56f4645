"""The language of lead sheets: chords and a melody in one stream of whole numbers.

A sheet begins with three tokens: what comes first in each bar (chords or melody), the meter, the
mode. Then come its bars:

    BAR  chords  TURN  melody        where chords come first
    BAR  melody  TURN  chords        where the melody does

A bar token also says how near the end of the section is. Chords are place, root, kind and
sometimes a bass, or UNKNOWN; melody is place and pitch, or place and REST: a note lasts until
the next event, so two never overlap. Pitches and roots are counted from the tonic, so that every
key is the same to the model. Training and playing share this file; a model's card names the
digest of its vocabulary.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

from generators.music.harmony import NO_CHORD, Chord, Key
from generators.music.notes import Note
from generators.music.qualities import BY_SUFFIX
from generators.music.time import Meter
from generators.tokens.grid import PLACES, REST, Bar, ChordEvent, Event

METERS = (
    "2/4", "3/4", "4/4", "2/2", "3/8", "6/8", "9/8", "12/8", "5/4", "7/8", "6/4", "3/2", "5/8",
)  # fmt: skip
"""The meters that are told apart; others go by the length of their bar."""
MODES = {
    "major": "major", "lydian": "major", "mixolydian": "mixolydian", "dorian": "dorian",
    "minor": "minor", "phrygian": "minor", "locrian": "minor",
}  # fmt: skip
KINDS = (
    "", "m", "dim", "aug", "5", "sus2", "sus4", "6", "m6", "7", "maj7", "m7", "m(maj7)", "m7b5",
    "dim7", "7#5", "7sus4", "add9", "9", "maj9", "m9", "7b9",
)  # fmt: skip
"""The kinds of chord that are told apart; others become the nearest of them."""
LOWEST, HIGHEST = -24, 36
"""Pitches in semitones from the tonic that lies nearest middle C."""
MIDDLE_C = 60

CHORDS_FIRST, MELODY_FIRST = "chords first", "melody first"
BAR, NEAR, CLOSE = "bar", "bar before the last", "last bar"
TURN, END, UNKNOWN = "turn", "end", "unknown chords"

NAMES = (
    "nothing", END, CHORDS_FIRST, MELODY_FIRST, BAR, NEAR, CLOSE, TURN, UNKNOWN,
    *(f"meter {meter}" for meter in METERS),
    *(f"mode {mode}" for mode in ("major", "mixolydian", "dorian", "minor")),
    *(f"at {place}" for place in PLACES),
    *(f"pitch {pitch}" for pitch in range(LOWEST, HIGHEST + 1)), "rest",
    *(f"root {root}" for root in range(12)), "no chord",
    *(f"kind {kind}" for kind in KINDS),
    *(f"bass {bass}" for bass in range(12)),
)  # fmt: skip
NUMBER = {name: number for number, name in enumerate(NAMES)}
SIZE = len(NAMES)
DIGEST = "sha256:" + sha256("\n".join(("leadsheet 1", *NAMES)).encode()).hexdigest()

FIRST_PLACE, FIRST_PITCH = NUMBER["at 0"], NUMBER[f"pitch {LOWEST}"]
FIRST_ROOT, FIRST_KIND, FIRST_BASS = NUMBER["root 0"], NUMBER["kind "], NUMBER["bass 0"]
REST_TOKEN, NO_CHORD_TOKEN = NUMBER["rest"], NUMBER["no chord"]
BAR_TOKEN, NEAR_TOKEN, CLOSE_TOKEN = NUMBER[BAR], NUMBER[NEAR], NUMBER[CLOSE]
TURN_TOKEN, END_TOKEN, UNKNOWN_TOKEN = NUMBER[TURN], NUMBER[END], NUMBER[UNKNOWN]
SECTION_ENDS = (TURN_TOKEN, BAR_TOKEN, NEAR_TOKEN, CLOSE_TOKEN, END_TOKEN)
BAR_TOKENS = (BAR_TOKEN, NEAR_TOKEN, CLOSE_TOKEN)
PLACE_TOKEN = {place: FIRST_PLACE + index for index, place in enumerate(PLACES)}


@dataclass(frozen=True, slots=True)
class Frame:
    """What pitches are counted from: the key, and by how many octaves the sheet is moved."""

    key: Key
    octaves: int = 0

    @property
    def zero(self) -> int:
        """The MIDI pitch that is written as pitch 0: a tonic."""
        return MIDDLE_C + (self.key.tonic + 6) % 12 - 6 - 12 * self.octaves

    @property
    def home(self) -> tuple[int, ...]:
        """The pitch tokens of the tonic chord's root and third."""
        third = 3 if self.key.minor else 4
        tokens = range(FIRST_PITCH, REST_TOKEN)
        return tuple(t for t in tokens if (t - FIRST_PITCH + LOWEST) % 12 in (0, third))

    def pitch_token(self, pitch: int) -> int:
        """Return the token of a MIDI pitch, moved by octaves when it is out of reach."""
        if pitch == REST:
            return REST_TOKEN
        away = pitch - self.zero
        if away < LOWEST:
            away += -((away - LOWEST) // 12) * 12
        if away > HIGHEST:
            away -= -((HIGHEST - away) // 12) * 12
        return FIRST_PITCH + away - LOWEST

    def pitch(self, token: int) -> int:
        """Return the MIDI pitch (it may lie outside 0 to 127), or REST."""
        return REST if token == REST_TOKEN else token - FIRST_PITCH + LOWEST + self.zero

    def chord_tokens(self, chord: Chord) -> list[int]:
        """Return the tokens of a chord: root, kind and perhaps bass."""
        if chord == NO_CHORD:
            return [NO_CHORD_TOKEN]
        tonic = self.key.tonic
        tokens = [FIRST_ROOT + (chord.root - tonic) % 12, FIRST_KIND + nearest_kind(chord.quality)]
        if chord.bass is not None:
            tokens.append(FIRST_BASS + (chord.bass - tonic) % 12)
        return tokens

    def chord(self, tokens: list[int]) -> Chord:
        """Return the chord that such tokens spell."""
        if tokens[0] == NO_CHORD_TOKEN:
            return NO_CHORD
        tonic = self.key.tonic
        bass = (tokens[2] - FIRST_BASS + tonic) % 12 if len(tokens) > 2 else None
        kind = KINDS[tokens[1] - FIRST_KIND]
        return Chord((tokens[0] - FIRST_ROOT + tonic) % 12, kind, bass)


def frame_for(notes: Iterable[Note], key: Key) -> Frame:
    """Return the frame in which the melody lies around the octave above the tonic."""
    pitches = [note.pitch for note in notes]
    if not pitches:
        return Frame(key)
    mean = sum(pitches) / len(pitches) - Frame(key).zero
    return Frame(key, -int((mean - 1) // 12))


@cache
def nearest_kind(quality: str) -> int:
    """Return the number of the kind whose tones are most like a quality's."""
    if quality in KINDS:
        return KINDS.index(quality)
    wanted = {tone % 12 for tone in BY_SUFFIX[quality].tones}
    basic = {tone for tone in BY_SUFFIX[quality].tones if tone < 12}

    def unlike(kind: str) -> tuple[int, int]:
        tones = {tone % 12 for tone in BY_SUFFIX[kind].tones}
        return len(basic ^ {t for t in BY_SUFFIX[kind].tones if t < 12}), len(wanted ^ tones)

    return min(range(len(KINDS)), key=lambda index: unlike(KINDS[index]))


@cache
def meter_token(meter: Meter) -> int:
    """Return the token of a meter, or of the one whose bar is nearest in length."""
    named = NUMBER.get(f"meter {meter}")
    if named is not None:
        return named

    def away(name: str) -> tuple[int, bool]:
        other = Meter.named(name)
        return abs(other.bar - meter.bar), other.unit != meter.unit

    return NUMBER[f"meter {min(METERS, key=away)}"]


def header(chords_first: bool, meter: Meter, key: Key) -> list[int]:
    """Return the three tokens that a sheet begins with."""
    order = NUMBER[CHORDS_FIRST if chords_first else MELODY_FIRST]
    return [order, meter_token(meter), NUMBER[f"mode {MODES[key.mode]}"]]


def place_token(place: int) -> int:
    """Return the token of the place nearest to this one, counted in units from the bar line."""
    token = PLACE_TOKEN.get(place)
    return token or PLACE_TOKEN[min(PLACES, key=lambda other: abs(other - place))]


def melody_tokens(events: Iterable[Event], frame: Frame) -> list[int]:
    """Return the tokens of a bar's melody."""
    return [
        token for place, pitch in events for token in (place_token(place), frame.pitch_token(pitch))
    ]


def chords_tokens(events: Iterable[ChordEvent] | None, frame: Frame) -> list[int]:
    """Return the tokens of a bar's chords."""
    if events is None:
        return [UNKNOWN_TOKEN]
    return [
        token
        for place, chord in events
        for token in (place_token(place), *frame.chord_tokens(chord))
    ]


def bar_tokens(bar: Bar, frame: Frame, chords_first: bool, begins: int = BAR_TOKEN) -> list[int]:
    """Return the tokens of a bar; `begins` is its bar token."""
    chords, melody = chords_tokens(bar.chords, frame), melody_tokens(bar.melody, frame)
    first, second = (chords, melody) if chords_first else (melody, chords)
    return [begins, *first, TURN_TOKEN, *second]


def read_melody(tokens: list[int], frame: Frame) -> Iterator[Event]:
    """Yield the events that the tokens of a bar's melody spell."""
    for place, pitch in zip(tokens[::2], tokens[1::2], strict=True):
        yield PLACES[place - FIRST_PLACE], frame.pitch(pitch)


def read_chords(tokens: list[int], frame: Frame) -> Iterator[ChordEvent]:
    """Yield the chords that the tokens of a bar's chords spell."""
    starts = [
        index
        for index, token in enumerate(tokens)
        if FIRST_PLACE <= token < FIRST_PLACE + len(PLACES)
    ]
    for start, end in zip(starts, [*starts[1:], len(tokens)], strict=False):
        yield PLACES[tokens[start] - FIRST_PLACE], frame.chord(tokens[start + 1 : end])
