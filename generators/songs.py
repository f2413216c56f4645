"""Answers to whole songs: prompts made from a song, and their answers as parts of it.

The meter and the key in force hold for an answer. A prompt hears bars of one meter only, and at
most some dozens of them, so that a long song takes no longer than a short one to continue.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from generators.choose import Choice, best
from generators.ear import Ear, Stretch, clipped, within
from generators.lead import lead
from generators.music.errors import BadSong, BadValue
from generators.music.harmony import Key
from generators.music.notes import ChordSpan, Note, Phrase
from generators.music.song import Added, Song
from generators.music.time import Meter, Ticks
from generators.prompt import Controls, Generator, Kind, Prompt, Suggestion
from generators.voicing.comping import played
from generators.voicing.hands import hands
from generators.voicing.styles import AUTO, Comping
from generators.voicing.voicing import Hand

HEARD = 32
"""How many bars of a song are heard before a continuation, and around bars to fill."""
WINDOW, BEFORE = 16, 8
"""How many bars are answered at once under a whole song, and heard before them."""
MOST_BARS = 256
MOST_DRAWN = 32
MELODY, CHORDS = "melody", "chords"
NAMES = {MELODY: "Antiphon melody", CHORDS: "Antiphon chords"}
USUAL_PARTS = {
    Kind.CONTINUE: (MELODY, CHORDS),
    Kind.HARMONIZE: (CHORDS,),
    Kind.IMPROVISE: (MELODY,),
    Kind.INFILL: (MELODY, CHORDS),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of a song.

    `bars` is the length of a continuation. `first` to `last` are the bars that are answered
    otherwise, counted from 1 after the pick-up; None is the whole song. `parts` are those that
    are added, () the usual ones. `key` is the answer's, None the song's. `comping` is how its
    chords are played, `best_of` from how many answers the best is chosen.
    """

    kind: Kind
    bars: int = 8
    first: int | None = None
    last: int | None = None
    parts: tuple[str, ...] = ()
    seed: int = 1
    key: Key | None = None
    comping: Comping = field(default_factory=Comping)
    best_of: int = 1

    def __post_init__(self) -> None:
        """Refuse what nobody can play."""
        if not 1 <= self.bars <= MOST_BARS:
            raise BadValue(f"{self.bars} bars cannot be asked for", f"ask for 1 to {MOST_BARS}")
        if not 1 <= self.best_of <= MOST_DRAWN:
            raise BadValue(
                f"the best of {self.best_of} cannot be chosen",
                f"ask for the best of 1 to {MOST_DRAWN}",
            )
        unknown = [part for part in self.parts if part not in NAMES]
        if unknown:
            raise BadValue(f"no part is called {unknown[0]!r}", "the parts are melody and chords")
        if self.kind is Kind.HARMONIZE and MELODY in self.parts:
            raise BadValue("harmonize writes chords, no melody", "improvise writes a melody")
        if self.kind is Kind.INFILL and self.first is None:
            raise BadValue("infill needs to know which bars", "write them as --bars 5-8")

    @property
    def style(self) -> str:
        """The style of the answer, as a prompt names it; empty where any will do."""
        return "" if self.comping.style == AUTO else self.comping.style

    @property
    def added(self) -> tuple[str, ...]:
        """The parts that are added."""
        return tuple(dict.fromkeys(self.parts)) or USUAL_PARTS[self.kind]


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to a song: parts in it from `start` to `end`, and what is told of it."""

    parts: tuple[Added, ...]
    start: Ticks
    end: Ticks
    key: Key
    meter: Meter
    tempo: float
    source: str
    why: str = ""
    choices: tuple[Choice, ...] = ()
    """How the answer to each stretch was chosen."""

    @property
    def sentence(self) -> str:
        """What the player is told of it: of several stretches, only how many there are."""
        told = f"has answered in {len(self.choices)} stretches" if self.choices else "has answered"
        return f"{self.source} {self.why or told}"


@dataclass(frozen=True, slots=True)
class Piece:
    """An answer to one prompt, and where in the song it belongs."""

    stretch: Stretch
    key: Key
    choice: Choice

    @property
    def suggestion(self) -> Suggestion:
        """What is answered."""
        return self.choice.suggestion


def answered(song: Song, wish: Wish, generator: Generator) -> Answer:
    """Return the answer to a song.

    Raises:
        BadSong: nothing in the song can be answered so.
        BadValue: it has no such bars.

    """
    ear = Ear(song)
    if not ear.notes and not song.chords:
        raise BadSong("the song has only drums", "give one with a melody or chords")
    make = {Kind.CONTINUE: _continued, Kind.INFILL: _filled}.get(wish.kind, _accompanied)
    pieces = list(make(ear, wish, generator))
    parts = tuple(
        part for name in wish.added if (part := _part(name, pieces, song, wish)) is not None
    )
    if not parts:
        raise BadSong("the model had no answer to this song", "try another --seed or --model")
    first, last = pieces[0], pieces[-1]
    start = Ticks(max(0, first.stretch.start))
    why = first.suggestion.why if len(pieces) == 1 else ""
    return Answer(
        parts, start, Ticks(last.stretch.end), last.key, first.stretch.meter,
        song.tempo(start), first.suggestion.source, why, tuple(piece.choice for piece in pieces),
    )  # fmt: skip


def _part(name: str, pieces: Sequence[Piece], song: Song, wish: Wish) -> Added | None:
    """Return the melody or the chords of all pieces as one part; None where there are none."""
    make = _comped if name == CHORDS else _sung
    notes, chords = make(pieces, wish)
    if not notes and not chords:
        return None
    singer = lead(song) if name == MELODY else None
    program = singer.program if singer is not None and singer.program is not None else 0
    return Added(NAMES[name], tuple(sorted(notes)), tuple(chords), program)


def _sung(pieces: Sequence[Piece], _: Wish) -> tuple[list[Note], list[ChordSpan]]:
    """Return the notes of the melodies."""
    notes: list[Note] = []
    for piece in pieces:
        bars = replace(piece.stretch, start=0, end=piece.stretch.length)
        line = within(piece.suggestion.notes, bars)
        notes += _at(piece.stretch.start, line)
    return notes, []


def _comped(pieces: Sequence[Piece], wish: Wish) -> tuple[list[Note], list[ChordSpan]]:
    """Return the notes of the chords, each piece led on from the one before, and the chords."""
    notes: list[Note] = []
    chords: list[ChordSpan] = []
    hand: Hand = ()
    for piece in pieces:
        at, meter = piece.stretch.start, piece.stretch.meter
        spans = clipped(piece.suggestion.chords, 0, piece.stretch.length)
        voicing = wish.comping.voicing(meter, piece.key)
        led = hands(spans, voicing, hand)
        hand = next((each for each in reversed(led) if each), hand)
        notes += _at(at, played(spans, led, voicing, meter))
        chords += clipped([span.moved(at) for span in spans], 0, piece.stretch.end)
    return notes, chords


def _at(start: int, notes: Sequence[Note]) -> Iterator[Note]:
    """Give notes counted from the start of the song; nothing is before it."""
    return (note.moved(start) for note in notes if note.onset + start >= 0)


def _continued(ear: Ear, wish: Wish, generator: Generator) -> Iterator[Piece]:
    """Go on from the song's last bar line."""
    start = ear.song.close
    meter = ear.song.section(start).meter
    heard = ear.recent(meter, HEARD)
    bars = sum(s.length // meter.bar for s in ear.stretches if s.meter == meter)
    at = Ticks(min(bars, HEARD) * meter.bar)
    key = wish.key or ear.key(Stretch(start - HEARD * meter.bar, start, meter))
    length = Ticks(wish.bars * meter.bar)
    prompt = Prompt(heard, at, length, Kind.CONTINUE, wish.seed, _controls(wish, key))
    yield Piece(Stretch(start, start + length, meter), key, best(generator, prompt, wish.best_of))


def _filled(ear: Ear, wish: Wish, generator: Generator) -> Iterator[Piece]:
    """Answer some bars with others, by what is heard before and after them."""
    start, end = _range(ear, wish)
    home = _home(ear, start, end)
    gap = Stretch(start, end, home.meter)
    first = max(home.start, start - HEARD * home.meter.bar)
    around = Stretch(first, min(home.end, end + HEARD * home.meter.bar), home.meter)
    whole = ear.heard(around)
    before, after = start - first, end - first
    beyond = [span.moved(after) for span in clipped(whole.chords, after, around.length)]
    outside = [*clipped(whole.chords, 0, before), *beyond]
    notes = tuple(note for note in whole.notes if not before <= note.onset < after)
    chords = tuple(outside) if CHORDS in wish.added else whole.chords
    key = wish.key or ear.key(around)
    heard = replace(whole, notes=notes, chords=chords)
    prompt = Prompt(
        heard,
        Ticks(before),
        gap.length,
        Kind.INFILL,
        wish.seed,
        _controls(wish, key),
    )
    yield Piece(gap, key, best(generator, prompt, wish.best_of))


def _controls(wish: Wish, key: Key, chords: tuple[ChordSpan, ...] = ()) -> Controls:
    """Return what is asked for; the answer keeps to a key that was named."""
    return Controls(key=key, in_key=wish.key is not None, chords=chords, style=wish.style)


def _range(ear: Ear, wish: Wish) -> tuple[int, int]:
    """Return the ticks of the bars that are asked for: the whole song where none are."""
    if wish.first is None:
        return min((s.start for s in ear.covering), default=0), ear.song.close
    last = wish.first if wish.last is None else wish.last
    if last < wish.first:
        raise BadValue(f"bars {wish.first}-{last} run backwards", f"write {last}-{wish.first}")
    return ear.song.bar(wish.first)[0], ear.song.bar(last)[1]


def _home(ear: Ear, start: int, end: int) -> Stretch:
    """Return the stretch that bars belong to."""
    for stretch in ear.stretches:
        if stretch.start <= start and end <= stretch.end:
            return stretch
    raise BadValue("these are not whole bars of one meter", "ask for others, or for fewer")


def _accompanied(ear: Ear, wish: Wish, generator: Generator) -> Iterator[Piece]:
    """Answer a song, or some bars of it, window by window."""
    start, end = _range(ear, wish)
    for home in ear.covering:
        first, last = max(home.start, start), min(home.end, end)
        if first < last:
            walk = Walk(ear, wish, generator)
            for window in _windows(replace(home, start=first, end=last), ear.song):
                yield walk.on(window, home)


def _windows(stretch: Stretch, song: Song) -> Iterator[Stretch]:
    """Cut a stretch where the key changes, and into windows."""
    bar = stretch.meter.bar
    changes = (at - (at - stretch.start) % bar for at, _ in song.keys)
    inside = {at for at in changes if stretch.start < at < stretch.end}
    for first, last in pairwise(sorted({stretch.start, stretch.end, *inside})):
        for at in range(first, last, WINDOW * bar):
            yield replace(stretch, start=at, end=min(at + WINDOW * bar, last))


class Walk:
    """Goes along a stretch of a song, window by window; each hears the answers before it."""

    def __init__(self, ear: Ear, wish: Wish, generator: Generator) -> None:
        self._ear = ear
        self._wish = wish
        self._generator = generator
        self._notes: list[Note] = []
        self._chords: list[ChordSpan] = []

    def on(self, window: Stretch, home: Stretch) -> Piece:
        """Answer the next window."""
        heard = replace(window, start=max(home.start, window.start - BEFORE * home.meter.bar))
        if self._wish.kind is Kind.HARMONIZE:
            answer = self._harmonized(window, heard)
        else:
            answer = self._improvised(window, heard)
        made = answer.suggestion
        chords = clipped(made.chords, 0, window.length)
        self._chords += (span.moved(window.start) for span in chords)
        self._notes += (note.moved(window.start) for note in made.notes)
        return Piece(window, self._key(window), answer)

    def _key(self, window: Stretch) -> Key:
        return self._wish.key or self._ear.key(window)

    def _harmonized(self, window: Stretch, heard: Stretch) -> Choice:
        """Find chords for the melody."""
        before = clipped(self._chords, heard.start, window.start)
        phrase = Phrase(within(self._ear.melody, heard), before, window.meter)
        return self._ask(Kind.HARMONIZE, phrase, window.start - heard.start, window)

    def _improvised(self, window: Stretch, heard: Stretch) -> Choice:
        """Find a melody over the song's chords; a song without any is harmonized first."""
        own = chords = self._ear.chords(window)
        if not own:
            chords = clipped(self._harmonized(window, heard).suggestion.chords, 0, window.length)
        at = window.start - heard.start
        before = clipped(self._chords, heard.start, window.start)
        theme = tuple(sorted(self._notes)) or self._ear.melody
        phrase = Phrase(
            within(theme, heard), (*before, *(span.moved(at) for span in chords)), window.meter
        )
        answer = self._ask(Kind.IMPROVISE, phrase, at, window, chords)
        made = answer.suggestion
        why = made.why if own else f"{made.why}, having harmonized the song first"
        return replace(answer, suggestion=replace(made, chords=chords, why=why))

    def _ask(
        self,
        kind: Kind,
        heard: Phrase,
        at: int,
        window: Stretch,
        chords: tuple[ChordSpan, ...] = (),
    ) -> Choice:
        controls = _controls(self._wish, self._key(window), chords)
        length = window.length
        prompt = Prompt(heard, Ticks(at), length, kind, self._wish.seed, controls)
        return best(self._generator, prompt, self._wish.best_of)
