"""What all roles share: the settings, the song's position, and the music so far."""

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise, zip_longest

from bridge.capture import Capture
from bridge.config import Settings
from bridge.events import Action, Ask, Cancel, Carry, Lane, Play, Silence, Sounding, Tell
from bridge.looping import Loop
from bridge.protocol import Value
from bridge.transport import Transport
from generators.hearing.key import key_of
from generators.music.harmony import NO_CHORD, Chord, Key
from generators.music.notes import ChordSpan, Note, Phrase
from generators.music.progression import progression
from generators.music.time import QUARTER, Meter, Seconds, Ticks
from generators.prompt import Controls, Kind, Prompt, Suggestion
from generators.voicing.comping import played
from generators.voicing.hands import hands
from generators.voicing.styles import AUTO
from generators.voicing.voicing import Hand

MARGIN = 0.06  # seconds that a decision is taken before its bar, at least: above a port's lead
MEMORY = 16  # bars of the conversation that a prompt holds
FORGOTTEN = 8  # bars that are forgotten at once, when there are so many more than that
PAUSE = 4  # bars of silence after which the conversation starts anew


@dataclass(frozen=True, slots=True)
class Heard:
    """The music so far, and where on the song it starts (a bar line)."""

    phrase: Phrase
    origin: Ticks


class Stage:
    """The state that the roles share. What they want done collects in `actions`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.transport = Transport(tempo=settings.tempo, meter=Meter.named(settings.meter))
        self.capture = Capture()
        self.loop = Loop()
        self.left = Capture()
        """The left hand, where it is split off: chords, while `capture` has the melody."""
        self.actions: list[Action] = []
        self.margin = MARGIN
        self.accepted: tuple[tuple[Ticks, Suggestion], ...] = ()
        """The suggestions that the player keeps, and where on the song they begin."""
        self._melody: deque[Sounding] = deque(maxlen=4096)
        self._chords: deque[ChordSpan] = deque(maxlen=1024)
        self._struck: deque[tuple[Ticks, Chord]] = deque(maxlen=1024)
        self._hand: Hand = ()
        self._ids = 0
        self.key: Key | None = None
        self.chord: Chord | None = None
        """The chord that the player has played last."""
        self.busy_until = Ticks(0)
        """The tick at which the last note that was given to the schedule is over."""

    # What is wanted

    def do(self, action: Action) -> None:
        """Want this done."""
        self.actions.append(action)

    def tell(self, path: str, *args: Value) -> None:
        """Say this to every listener."""
        self.do(Tell(path, args))

    def ask(self, lane: Lane, prompt: Prompt, *, grows: bool = False) -> int:
        """Ask the generator; return the number of the question."""
        self._ids += 1
        self.do(Ask(self._ids, lane, prompt, grows))
        return self._ids

    def play(self, suggestion: Suggestion, start: Ticks, since: Ticks | None = None) -> None:
        """Play an answer from this tick of the song; what begins before `since` is left out."""
        since = start if since is None else since
        self._take_back(since)
        self._give(suggestion, start, since)

    def go_on(self, suggestion: Suggestion, start: Ticks, since: Ticks) -> None:
        """Play the rest of an answer whose beginning sounds: what begins from `since` on."""
        self._give(suggestion.after(Ticks(since - start)), start, since)

    def _give(self, suggestion: Suggestion, start: Ticks, since: Ticks) -> None:
        melody = self._sounding(suggestion.notes, start, self.settings.melody_channel)
        spans = _from(since, [span.moved(start) for span in suggestion.chords])
        chords = self._sounding(self._voice(suggestion.chords), start, self.settings.chord_channel)
        notes = tuple(note for note in (*melody, *chords) if note.start >= since)
        self._melody.extend(note for note in melody if note.start >= since)
        self._chords.extend(spans)
        self.busy_until = max((note.end for note in notes), default=self.busy_until)
        self.do(Play(notes))
        for span in spans:
            self.tell(
                "/antiphon/played/chord", str(span.chord), beats(span.onset), beats(span.length)
            )

    def remember(self, spans: tuple[ChordSpan, ...], start: Ticks) -> None:
        """Know the chords of these bars, which somebody else plays."""
        self._take_back(start)
        self._chords.extend(span.moved(start) for span in spans)

    def cancel(self, since: Ticks) -> None:
        """Take back what begins at this tick or later."""
        self.do(Cancel(since))
        self._take_back(since)

    def hush(self, at: Seconds) -> None:
        """End all that sounds, and take back the rest."""
        self.busy_until = Ticks(0)
        self._take_back(self.transport.tick_at(at))
        self.do(Silence(at))

    def carry(self) -> None:
        """Go round the loop: what was to sound from its end on sounds from its start on."""
        end, by = self.loop.end, Ticks(-self.loop.length)
        melody = [n for n in self._melody if n.start >= end]
        chords = [span.moved(by) for span in _from(end, self._chords)]
        self.forget()
        self._melody.extend(
            replace(n, start=Ticks(n.start + by), end=Ticks(n.end + by)) for n in melody
        )
        self._chords.extend(chords)
        self.busy_until = Ticks(max(0, self.busy_until + by))
        self.do(Carry(by))

    # The hands

    @property
    def hands(self) -> tuple[Capture, Capture]:
        """What the right hand and the left hand have played."""
        return self.capture, self.left

    @property
    def harmony(self) -> Capture:
        """The hand whose chords are heard: the left one, where it is split off."""
        return self.left if self.settings.split else self.capture

    @property
    def down(self) -> tuple[int, ...]:
        """The pitches whose keys are down in either hand, low to high."""
        return tuple(sorted(self.capture.down + self.left.down))

    @property
    def keys(self) -> Counter[tuple[int, int]]:
        """How often each key is down, by its channel and pitch, in both hands."""
        return self.capture.keys + self.left.keys

    def strike(self, chord: Chord, tick: Ticks) -> None:
        """Know the chord that the player has begun; the left hand's is the song's."""
        self.chord = chord
        if self.settings.split:
            half = self.transport.meter.pulse // 2
            bar = self.bar_at(tick)
            self._struck.append((Ticks(bar + round((tick - bar) / half) * half), chord))

    # The music so far

    def heard(self, until: Ticks, bars: int = MEMORY) -> Heard:
        """Return what was played and answered in the bars before a tick; held notes last to it."""
        counted_from = self.first_bar if until > self.first_bar else Ticks(0)
        bars_before = max(0, self.bar_at(until) - counted_from - bars * self.bar)
        # Not bar by bar: what begins as the last prompt did need not be read again.
        since = Ticks(counted_from + bars_before // (FORGOTTEN * self.bar) * FORGOTTEN * self.bar)
        played = [*self.capture.notes(since, until), *self._answered(since, until)]
        notes = self._after_pause(sorted(played + self._kept_notes(since, until)))
        chords = [s for s in self._known_chords() if s.end > since and s.onset < until]
        first = min([n.onset for n in notes[:1]] + [s.onset for s in chords], default=until)
        origin = max(self.bar_at(first), since)
        phrase = Phrase.of(
            (note.moved(-origin) for note in notes),
            meter=self.transport.meter,
        )
        clipped = tuple(s for s in _clipped(chords, origin, until) if s.chord != NO_CHORD)
        self.key = key_of(phrase) if notes else self.key
        return Heard(replace(phrase, chords=clipped, key=self.wished_key), origin)

    def prompt(self, kind: Kind, start: Ticks, length: Ticks, heard: Heard | None = None) -> Prompt:
        """Return the question for an answer at this tick of the song."""
        heard = heard or self.heard(start)
        return Prompt(
            heard=heard.phrase,
            start=Ticks(max(0, start - heard.origin)),
            length=length,
            kind=kind,
            seed=self.settings.seed,
            controls=self.controls(self.loop.place(start), length),
        )

    def controls(self, start: Ticks, length: Ticks) -> Controls:
        """Return the player's wishes for the answer in these ticks."""
        wish = self.settings
        return Controls(
            key=self.wished_key,
            in_key=wish.in_key and self.wished_key is not None,
            low=wish.low,
            high=wish.high,
            chords=self.given_chords(start, length),
            density=wish.density or None,
            temperature=wish.temperature,
            top_p=wish.top_p,
            closeness=wish.closeness,
            style="" if wish.style == AUTO else wish.style,
            activity=wish.activity or None,
        )

    def given_chords(self, start: Ticks, length: Ticks) -> tuple[ChordSpan, ...]:
        """Return the chords that the player has locked for these ticks, counted from the start."""
        if self.settings.chords == "auto":
            return ()
        spans = progression(self.settings.chords, self.transport.meter)
        around = Ticks(spans[-1].end)
        first = Ticks(self.first_bar + (start - self.first_bar) // around * around)
        rounds = range(first, start + length, around)
        return _clipped([s.moved(at) for at in rounds for s in spans], start, Ticks(start + length))

    @property
    def wished_key(self) -> Key | None:
        """The key that the player has locked, if any."""
        return None if self.settings.key == "auto" else Key.named(self.settings.key)

    def forget(self) -> None:
        """Start the conversation anew: the song jumped, or stopped."""
        for hand in self.hands:
            hand.forget()
        self._struck.clear()
        self._melody.clear()
        self._chords.clear()
        self._hand = ()
        self.chord = None

    # Bars

    @property
    def bar(self) -> Ticks:
        """The length of a bar now."""
        return self.transport.meter.bar

    @property
    def first_bar(self) -> Ticks:
        """The bar line that bars are counted from."""
        return self.transport.bar_line

    def bar_at(self, tick: Ticks) -> Ticks:
        """Return the last bar line at or before a tick."""
        return self.transport.bar_at(tick)

    def next_bar(self, tick: Ticks) -> Ticks:
        """Return the first bar line at or after a tick."""
        return self.transport.next_bar(tick)

    def when_to_decide(self, tick: Ticks) -> Seconds:
        """Return the moment at which what begins at a tick must be settled."""
        return Seconds(self.transport.when(tick) - self.margin)

    def settled(self, due: Ticks, now: Ticks) -> bool:
        """Say whether what begins at `due` must be settled by now; timers may be early a little."""
        return now >= due - self.transport.ticks_in(1.2 * self.margin)

    def committed(self, now: Ticks) -> Ticks:
        """Return the tick up to which nothing is replaced any more."""
        return Ticks(now + round(self.settings.commit * self.transport.meter.beat))

    # Inside

    def _answered(self, since: Ticks, until: Ticks) -> list[Note]:
        return [
            Note(n.start, n.pitch, Ticks(max(1, min(n.end, until) - n.start)), n.velocity)
            for n in self._melody
            if since <= n.start < until
        ]

    def _take_back(self, since: Ticks) -> None:
        """Know nothing more of what was to begin at this tick or later."""
        self._melody = deque((n for n in self._melody if n.start < since), maxlen=4096)
        self._chords = deque(_until(since, self._chords), maxlen=1024)

    def _kept_notes(self, since: Ticks, until: Ticks) -> list[Note]:
        notes = (note.moved(start) for start, kept in self.accepted for note in kept.notes)
        return [n for n in notes if since <= n.onset < until]

    def _known_chords(self) -> list[ChordSpan]:
        """Return the chords of the song so far; those of kept suggestions lie over the others."""
        known = list(self._chords)
        for start, kept in self.accepted:
            spans = [span.moved(start) for span in kept.chords]
            if spans:
                known = _over(spans, known)
        for span in self._left_hand():
            known = _over([span], known)
        return known

    def _left_hand(self) -> Iterator[ChordSpan]:
        """Give the left hand's chords: each until the next, or the bar line after its last note."""
        following = [tick for tick, _ in self._struck][1:]
        for (tick, chord), nxt in zip_longest(self._struck, following):
            until = Ticks(tick + MEMORY * self.bar) if nxt is None else nxt
            ends = [note.end for note in self.left.notes(Ticks(tick - self.bar), until)]
            end = min(until, self.next_bar(max(ends, default=tick)))
            if end > tick:
                yield ChordSpan(tick, Ticks(end - tick), chord)

    def _after_pause(self, notes: list[Note]) -> list[Note]:
        """Leave out what came before a long silence."""
        pause = PAUSE * self.bar
        gaps = [
            at
            for at, (one, other) in enumerate(pairwise(notes), 1)
            if other.onset - one.end > pause
        ]
        return notes[gaps[-1] :] if gaps else notes

    def _voice(self, spans: tuple[ChordSpan, ...]) -> tuple[Note, ...]:
        meter = self.transport.meter
        voicing = self.settings.comping.voicing(meter, self.wished_key or self.key)
        led = hands(spans, voicing, self._hand)
        self._hand = next((hand for hand in reversed(led) if hand), self._hand)
        return played(spans, led, voicing, meter)

    def _sounding(self, notes: tuple[Note, ...], start: Ticks, channel: int) -> list[Sounding]:
        return [
            Sounding(Ticks(start + n.onset), Ticks(start + n.end), n.pitch, n.velocity, channel - 1)
            for n in notes
        ]


def beats(tick: float) -> float:
    """Return quarters, the unit of the protocol."""
    return tick / QUARTER


def _clipped(spans: list[ChordSpan], start: Ticks, end: Ticks) -> tuple[ChordSpan, ...]:
    """Return the spans within start..end, counted from start."""
    inside = [span for span in spans if span.end > start and span.onset < end]
    return tuple(
        ChordSpan(
            Ticks(max(span.onset, start) - start),
            Ticks(min(span.end, end) - max(span.onset, start)),
            span.chord,
        )
        for span in inside
    )


def _over(spans: list[ChordSpan], known: list[ChordSpan]) -> list[ChordSpan]:
    """Lay spans over those that are known."""
    return [*_until(spans[0].onset, known), *spans, *_from(spans[-1].end, known)]


def _until(tick: Ticks, spans: Iterable[ChordSpan]) -> list[ChordSpan]:
    """Return what of the spans lies before a tick."""
    before = (span for span in spans if span.onset < tick)
    return [replace(s, length=Ticks(min(s.end, tick) - s.onset)) for s in before]


def _from(tick: Ticks, spans: Iterable[ChordSpan]) -> list[ChordSpan]:
    """Return what of the spans lies at a tick and after it."""
    onsets = ((max(span.onset, tick), span) for span in spans if span.end > tick)
    return [ChordSpan(at, Ticks(span.end - at), span.chord) for at, span in onsets]
