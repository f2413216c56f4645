"""The language of lead sheets: chords and a melody in one stream of events.

An event is one to four words (whole numbers), spelled one after another, each knowing those
before it; the network reads a whole event at one place. So a note is one step, and so is a chord.

    order meter mode style      the head of a sheet: what comes first in each bar, and the rest
    manner tempo span           how fast, how wide: each may be left open
    BAR left section density    a bar line, and what is wished of the bar: each may be left open
    place pitch                 a note, or the rest that ends one
    place root kind bass        a chord
    place no-chord              no chord
    TURN                        from a bar's first section (chords or melody) to its second
    UNKNOWN                     a section that nobody knows
    GAP left                    bars are missing here; what follows them comes next
    FILL                        now the missing bars
    END

A note lasts until the next event, so two never overlap. Pitches, roots and basses are counted
from the tonic, so that every key is the same to the model. Training and playing share this
file; a model's card names the digest of its vocabulary.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

from generators.music.harmony import NO_CHORD, Chord, Key
from generators.music.notes import Note
from generators.music.qualities import BY_SUFFIX
from generators.music.time import QUARTER, Meter
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

STYLES = (
    "reel", "jig", "slip jig", "hornpipe", "waltz", "polka", "march", "strathspey", "air",
    "folk", "hymn", "chorale", "song", "standard", "pop", "rock",
)  # fmt: skip
"""Reels to airs are dances and tunes by their own name; `folk` is any other traditional tune,
`song` an art song, `standard` the American song book."""
SECTIONS = ("intro", "verse", "chorus", "bridge", "solo", "outro", "part")
"""`part` is a section of which no more is known, such as the second half of a fiddle tune."""
TEMPI = (60, 76, 92, 108, 126, 148, 184)
"""Where one tempo class ends and the next begins, in beats a minute of the meter's pulse."""
SPANS = (7, 10, 12, 14, 17, 21)
"""The same for the span of a melody, in semitones from its lowest to its highest note."""
DENSITIES = (1, 2, 3, 4, 6, 8, 12)
"""The same for how many notes begin in a bar."""
COUNTED = 8
"""How many bars before its end a section is counted down."""
ARITY = 4
"""The most words of an event."""

CHORDS_FIRST, MELODY_FIRST = "chords first", "melody first"
BAR, TURN, END, UNKNOWN, GAP, FILL = "bar", "turn", "end", "unknown", "gap", "fill"

NAMES = (
    "nothing", END, CHORDS_FIRST, MELODY_FIRST, "manner", BAR, TURN, UNKNOWN, GAP, FILL,
    *(f"meter {meter}" for meter in METERS),
    *(f"mode {mode}" for mode in ("major", "mixolydian", "dorian", "minor")),
    "any style", *(f"style {style}" for style in STYLES),
    "any tempo", *(f"tempo {number}" for number in range(len(TEMPI) + 1)),
    "any span", *(f"span {number}" for number in range(len(SPANS) + 1)),
    "any left", *(f"left {left}" for left in range(1, COUNTED + 1)), "left more",
    "any section", *(f"section {section}" for section in SECTIONS),
    "any density", *(f"density {number}" for number in range(len(DENSITIES) + 1)),
    *(f"at {place}" for place in PLACES),
    *(f"pitch {pitch}" for pitch in range(LOWEST, HIGHEST + 1)), "rest",
    *(f"root {root}" for root in range(12)), "no chord",
    *(f"kind {kind}" for kind in KINDS),
    "own bass", *(f"bass {bass}" for bass in range(12)),
)  # fmt: skip
NUMBER = {name: number for number, name in enumerate(NAMES)}
SIZE = len(NAMES)
DIGEST = "sha256:" + sha256("\n".join(("leadsheet 3", *NAMES)).encode()).hexdigest()

FIRST_PLACE, FIRST_PITCH = NUMBER["at 0"], NUMBER[f"pitch {LOWEST}"]
FIRST_ROOT, FIRST_KIND, FIRST_BASS = NUMBER["root 0"], NUMBER["kind "], NUMBER["own bass"]
REST_TOKEN, NO_CHORD_TOKEN = NUMBER["rest"], NUMBER["no chord"]
BAR_TOKEN, TURN_TOKEN, END_TOKEN = NUMBER[BAR], NUMBER[TURN], NUMBER[END]
UNKNOWN_TOKEN, GAP_TOKEN, FILL_TOKEN = NUMBER[UNKNOWN], NUMBER[GAP], NUMBER[FILL]
SECTION_ENDS = (TURN_TOKEN, BAR_TOKEN, GAP_TOKEN, END_TOKEN)
"""What may come where a section of a bar is over."""
FIRST_LEFT, ANY_SECTION, ANY_DENSITY = (
    NUMBER["any left"], NUMBER["any section"], NUMBER["any density"],
)  # fmt: skip
PLACE_TOKEN = {place: FIRST_PLACE + index for index, place in enumerate(PLACES)}
LENGTHS = {
    NUMBER[CHORDS_FIRST]: 4, NUMBER[MELODY_FIRST]: 4, NUMBER["manner"]: 3, BAR_TOKEN: 4,
    GAP_TOKEN: 2,
}  # fmt: skip
"""How many words an event has that begins so; where its first word is not here, it is one, or,
where that is a place, its second word says it."""


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
        """Return the tokens of a chord: root, kind and bass."""
        if chord == NO_CHORD:
            return [NO_CHORD_TOKEN]
        tonic = self.key.tonic
        bass = 0 if chord.bass is None else 1 + (chord.bass - tonic) % 12
        return [
            FIRST_ROOT + (chord.root - tonic) % 12,
            FIRST_KIND + nearest_kind(chord.quality),
            FIRST_BASS + bass,
        ]

    def chord(self, tokens: list[int]) -> Chord:
        """Return the chord that such tokens spell."""
        if tokens[0] == NO_CHORD_TOKEN:
            return NO_CHORD
        tonic = self.key.tonic
        own = tokens[2] == FIRST_BASS
        bass = None if own else (tokens[2] - FIRST_BASS - 1 + tonic) % 12
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


@dataclass(frozen=True, slots=True)
class Manner:
    """How a sheet goes, where somebody says it: all of it may be left open."""

    style: str = ""
    """One of `STYLES`."""
    tempo: float | None = None
    """Quarters a minute."""
    span: int | None = None
    """Semitones from the lowest to the highest note of the melody."""


def header(chords_first: bool, meter: Meter, key: Key, manner: Manner | None = None) -> list[int]:
    """Return the two events that a sheet begins with."""
    manner = manner or Manner()
    order = NUMBER[CHORDS_FIRST if chords_first else MELODY_FIRST]
    mode = NUMBER[f"mode {MODES[key.mode]}"]
    style = NUMBER.get(f"style {manner.style}", NUMBER["any style"])
    beats = None if manner.tempo is None else manner.tempo * QUARTER / meter.pulse
    return [
        order, meter_token(meter), mode, style,
        NUMBER["manner"], _classed("tempo", beats, TEMPI), _classed("span", manner.span, SPANS),
    ]  # fmt: skip


def _classed(what: str, value: float | None, borders: tuple[int, ...]) -> int:
    """Return the token of the class that a value is in, or that it may be any."""
    if value is None:
        return NUMBER[f"any {what}"]
    return NUMBER[f"{what} {bisect_right(borders, value)}"]


@dataclass(frozen=True, slots=True)
class Wished:
    """What is wished of a bar: all of it may be left open."""

    left: int | None = None
    """How many bars of its section are left, itself counted: 1 is the last."""
    section: str = ""
    """One of `SECTIONS`."""
    notes: int | None = None
    """How many notes begin in it, about."""

    @property
    def words(self) -> list[int]:
        """The bar line that says it."""
        left = 0 if self.left is None else min(self.left, COUNTED + 1)
        section = NUMBER.get(f"section {self.section}", ANY_SECTION)
        return [BAR_TOKEN, FIRST_LEFT + left, section, _classed("density", self.notes, DENSITIES)]


PLAIN = Wished()
LAST = Wished(left=1)


def spelled(tokens: Sequence[int]) -> int:
    """Return how many words the event has that these begin, as far as they tell; at least one more.

    >>> spelled([BAR_TOKEN]), spelled([TURN_TOKEN]), spelled([FIRST_PLACE])
    (4, 1, 2)
    """
    first = tokens[0]
    if not FIRST_PLACE <= first < FIRST_PITCH:
        return LENGTHS.get(first, 1)
    return ARITY if len(tokens) > 1 and FIRST_ROOT <= tokens[1] < NO_CHORD_TOKEN else 2


def events(tokens: Iterable[int]) -> Iterator[tuple[int, ...]]:
    """Yield the events that words spell; the last may be unfinished."""
    open_: list[int] = []
    for token in tokens:
        open_.append(token)
        if len(open_) == spelled(open_):
            yield tuple(open_)
            open_ = []
    if open_:
        yield tuple(open_)


def place_token(place: int) -> int:
    """Return the token of the place nearest to this one, counted in units from the bar line."""
    token = PLACE_TOKEN.get(place)
    return token or PLACE_TOKEN[min(PLACES, key=lambda other: abs(other - place))]


def melody_tokens(melody: Iterable[Event] | None, frame: Frame) -> list[int]:
    """Return the tokens of a bar's melody."""
    if melody is None:
        return [UNKNOWN_TOKEN]
    return [
        token for place, pitch in melody for token in (place_token(place), frame.pitch_token(pitch))
    ]


def chords_tokens(chords: Iterable[ChordEvent] | None, frame: Frame) -> list[int]:
    """Return the tokens of a bar's chords."""
    if chords is None:
        return [UNKNOWN_TOKEN]
    return [
        token
        for place, chord in chords
        for token in (place_token(place), *frame.chord_tokens(chord))
    ]


def bar_tokens(bar: Bar, frame: Frame, chords_first: bool, wished: Wished = PLAIN) -> list[int]:
    """Return the tokens of a bar; its bar line says what is wished of it."""
    return [*wished.words, *bar_body(bar, frame, chords_first)]


def bar_body(bar: Bar, frame: Frame, chords_first: bool) -> list[int]:
    """Return the tokens of a bar after its bar line."""
    chords = chords_tokens(bar.chords, frame)
    melody = melody_tokens(bar.melody if bar.sung else None, frame)
    first, second = (chords, melody) if chords_first else (melody, chords)
    return [*first, TURN_TOKEN, *second]


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
