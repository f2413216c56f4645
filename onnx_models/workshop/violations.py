"""What a hard wish forbids: an answer's faults, told by nothing that made it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise

from generators.music.notes import ChordSpan, Note
from generators.music.time import Ticks
from generators.prompt import Item, Prompt
from generators.tokens.grid import grid_bar


def broken(prompt: Prompt, items: Iterable[Item]) -> list[str]:
    """Return each way in which an answer breaks the prompt's hard wishes."""
    items = list(items)
    notes = [item for item in items if isinstance(item, Note)]
    spans = [item for item in items if isinstance(item, ChordSpan)]
    return [
        *(f"{item} is not within" for item in items if outside(item, prompt.length)),
        *_out_of_range(prompt, notes),
        *_off_grid(prompt, notes),
        *_too_dense(prompt, notes),
        *_too_many(prompt, notes),
        *_wrong_chords(prompt, spans),
        *_out_of_key(prompt, spans),
        *_out_of_order(prompt, items),
    ]


def outside(item: Item, length: Ticks) -> bool:
    """Say whether an item is not within an answer of this length."""
    return item.onset < 0 or item.onset + item.length > length


def _out_of_range(prompt: Prompt, notes: list[Note]) -> Iterator[str]:
    allowed = prompt.controls.allowed_pitches
    yield from (f"{note} is forbidden" for note in notes if note.pitch not in allowed)


def _off_grid(prompt: Prompt, notes: list[Note]) -> Iterator[str]:
    grid, bar = prompt.controls.grid, prompt.heard.meter.bar
    if grid:
        off = (note for note in notes if (prompt.start + note.onset) % bar % grid)
        yield from (f"{note} is off the grid" for note in off)


def _too_dense(prompt: Prompt, notes: list[Note]) -> Iterator[str]:
    meter, density = prompt.heard.meter, prompt.controls.density
    if density is not None:
        bars = Counter((prompt.start + note.onset) // meter.bar for note in notes)
        full = (bar for bar, count in bars.items() if count > density * meter.beats + 1e-9)
        yield from (f"bar {bar} is too dense" for bar in full)


def _too_many(prompt: Prompt, notes: list[Note]) -> Iterator[str]:
    for note in notes:
        sounding = sum(other.onset <= note.onset < other.end for other in notes)
        if sounding > prompt.controls.polyphony:
            yield f"{sounding} notes sound with {note}"


def _wrong_chords(prompt: Prompt, spans: list[ChordSpan]) -> Iterator[str]:
    for given in prompt.controls.chords:
        for span in spans:
            together = span.onset < given.end and span.end > given.onset
            if together and span.chord != given.chord:
                yield f"{span} stands where {given} is given"
    ordered = sorted(spans, key=lambda span: span.onset)
    for one, other in pairwise(ordered):
        if one.end > other.onset:
            yield f"{one} and {other} overlap"


def _out_of_key(prompt: Prompt, spans: list[ChordSpan]) -> Iterator[str]:
    """Yield the chords of the answer's own that leave its key.

    One that was heard may still stand, and one from the bar in which the answer begins goes on;
    short bars are written several at once.
    """
    key, bar = prompt.controls.key, prompt.heard.meter.bar
    if key is None or not prompt.controls.in_key:
        return
    heard = [span.moved(-prompt.start) for span in prompt.heard.chords]
    reach = max(bar, grid_bar(prompt.heard.meter))
    given = [span for span in (*prompt.controls.chords, *heard) if span.end > -reach]
    for span in spans:
        there = (each for each in given if each.chord == span.chord)
        kept = any(
            each.onset <= span.onset and (span.onset == 0 or span.onset < each.end)
            for each in there
        )
        if not kept and not key.holds(span.chord):
            yield f"{span} leaves {key}"


def _out_of_order(prompt: Prompt, items: list[Item]) -> Iterator[str]:
    latest = 0
    for item in items:
        if item.onset < latest - prompt.heard.meter.bar:
            yield f"{item} comes more than a bar too late"
        latest = max(latest, item.onset)
