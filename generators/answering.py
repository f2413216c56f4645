"""Writes the bars of an answer: chords, then the melody over them; a close at the end."""

from collections import deque
from collections.abc import Iterator, Sequence
from statistics import fmean

from generators.asked import Asked
from generators.habits import OVER
from generators.music.harmony import NO_CHORD, Chord
from generators.music.notes import ChordSpan, Phrase
from generators.music.time import Ticks
from generators.prompt import Item, Kind, Suggestion
from generators.tokens import leadsheet as words
from generators.tokens.grid import Bar, ChordEvent, bars_of
from generators.writing import Line, Writer

SURER = 0.4
"""By how many nats another chord must be likelier to take the place of one that sounds."""


def write_answer(writer: Writer, asked: Asked) -> Iterator[Item]:
    """Write an answer of melody and chords bar by bar, yielding each item when it is known."""
    line, waiting = new_line(asked), deque[ChordSpan]()
    yield from write_bars(writer, asked, range(asked.first, asked.last + 1), line, waiting)
    if (ended := line.over(asked.end, asked.start)) is not None:
        yield ended
    yield from waiting


def write_bars(
    writer: Writer, asked: Asked, bars: range, line: Line, waiting: deque[ChordSpan]
) -> Iterator[Item]:
    """Write some bars of an answer; what sounds at their end goes on in the line.

    Chords that begin after a note that still sounds wait for it.
    """
    must_play = True
    for bar in bars:
        writer.open_bar(asked.wished(bar))
        waiting += write_chords(writer, asked, bar)
        writer.turn()
        writer.push_melody(words.melody_tokens(begun_in(asked, bar).melody, asked.frame))
        played = writer.notes
        for note in writer.draw_melody(bar, line, not must_play):
            yield from _due(waiting, note.onset)
            yield note
        must_play = writer.notes == played
        since = line.sounding[0] - asked.start if line.sounding else asked.prompt.length
        yield from _due(waiting, since)


def _due(waiting: deque[ChordSpan], until: int) -> Iterator[ChordSpan]:
    """Yield the chords that begin no later than this: a note that still sounds goes before."""
    while waiting and waiting[0].onset <= until:
        yield waiting.popleft()


def weighed(writer: Writer, asked: Asked, answer: Suggestion) -> float:
    """Return the mean log-probability of an answer's words, read bar by bar as it was written."""
    costs: list[float] = []
    notes = [note.moved(asked.start) for note in answer.notes]
    chords = answer.chords or asked.controls.chords
    spans = [span.moved(asked.start) for span in chords] or asked.given
    line = Ticks(asked.first * asked.bar)
    phrase = Phrase.of(notes, spans, asked.prompt.heard.meter).between(line, asked.end)
    for number, bar in enumerate(bars_of(phrase, asked.last - asked.first + 1), asked.first):
        writer.open_bar(asked.wished(number))
        tokens = words.bar_body(bar, asked.frame, chords_first=True)
        costs += [writer.weigh(tokens) / len(tokens)] * len(tokens)
    return fmean(costs)


def write_on(writer: Writer, asked: Asked) -> Iterator[ChordSpan]:
    """Write the rest of a bar's chords from what was played in it so far, in the other order.

    The bar's chord was chosen before anything of the bar was heard: it is chosen again, and
    another one takes its place from now on where what was played speaks for that.
    """
    writer.open_bar()
    writer.push_melody(words.melody_tokens(asked.begun.melody, asked.frame))
    writer.memory.melody.learn(OVER)
    writer.turn()
    bar, known = asked.first, asked.begun.chords or ()
    better = _better(writer, asked, known)
    if better is None or asked.given_bars[0].chords is not None:
        yield from write_chords(writer, asked, bar)
        return
    writer.push_chords(words.chords_tokens([(known[0][0], better)], asked.frame))
    events = writer.draw_chords(bar, ((known[0][0], better),))
    yield from writer.spans(bar, [(known[0][0], better), *events])


def _better(writer: Writer, asked: Asked, known: Sequence[ChordEvent]) -> Chord | None:
    """Return another chord for the bar that is likelier by far after what was played in it."""
    if len(known) != 1 or known[0][1] == NO_CHORD:
        return None
    place, chord = known[0]
    mark = writer.mark()
    writer.push_chords([words.place_token(place)])
    opened = writer.mark()
    drawn = writer.draw_chord_name()
    writer.back(opened)
    found = writer.weigh(drawn)
    writer.back(opened)
    theirs = writer.weigh(asked.frame.chord_tokens(chord))
    writer.back(mark)
    new = asked.frame.chord(drawn)
    return new if new != chord and found > theirs + SURER else None


def write_chords(writer: Writer, asked: Asked, bar: int) -> Iterator[ChordSpan]:
    """Write a bar's chords: those that are given, else drawn; yield what the player asked for."""
    yield from yielded(writer, asked, bar, chosen(writer, asked, bar))


def chosen(writer: Writer, asked: Asked, bar: int) -> list[ChordEvent]:
    """Write a bar's chords: those that are given, else drawn; return those that were drawn."""
    given = asked.given_bars[bar - asked.first].chords
    if given is not None:
        writer.push_chords(words.chords_tokens(given, asked.frame))
        writer.memory.harmony.learn(OVER)
        return []
    known = begun_in(asked, bar).chords or ()
    writer.push_chords(words.chords_tokens(known, asked.frame))
    return writer.draw_chords(bar, known)


def yielded(
    writer: Writer, asked: Asked, bar: int, drawn: Sequence[ChordEvent]
) -> Iterator[ChordSpan]:
    """Yield the chords of a bar that the player asked for: what was locked, and what was drawn."""
    yield from locked_in(asked, bar)
    yield from writer.spans(bar, held(asked, bar, drawn))


def held(asked: Asked, bar: int, events: Sequence[ChordEvent]) -> list[ChordEvent]:
    """Return a bar's drawn chords after the one that holds when the answer begins inside it."""
    known = begun_in(asked, bar).chords or ()
    return [*known[-1:], *events] if asked.given_bars[bar - asked.first].chords is None else []


def locked_in(asked: Asked, bar: int) -> Iterator[ChordSpan]:
    """Yield the locked chords that begin in a bar, as they were given, cut at the answer's end.

    To improvise is to play over somebody else's chords: those are not played again.
    """
    if asked.prompt.kind is Kind.IMPROVISE:
        return
    for span in asked.controls.chords:
        length = min(span.length, asked.prompt.length - span.onset)
        if (asked.start + span.onset) // asked.bar == bar and length > 0:
            yield ChordSpan(span.onset, Ticks(length), span.chord)


def begun_in(asked: Asked, bar: int) -> Bar:
    """Return what was heard in a bar of the answer before the answer begins."""
    return asked.begun if bar == asked.first else Bar()


def new_line(asked: Asked) -> Line:
    """Return the melody line of an answer, as loud as what was heard."""
    recent = asked.before.notes[-32:]
    return Line(sum(note.velocity for note in recent) // len(recent) if recent else 80)
