"""Whether an answer can be played: what comes from another process may be anything.

The values of `generators.music` are checked when they are made, but not when they are unpickled.
"""

from math import isfinite

from bridge.answers import Answered
from generators.music.notes import ChordSpan, Note
from generators.prompt import Prompt, Suggestion

MOST = 4096  # notes or chords of one answer
BEYOND = 1  # bars that an answer may reach beyond its end


def fault(said: Answered, prompt: Prompt | None) -> str:
    """Say what is wrong with an answer to a prompt; nothing where it can be played."""
    made = said.suggestion
    if made is None:
        return ""
    if not isinstance(made, Suggestion) or not isfinite(made.score):
        return "no suggestion"
    if made.known is not None and made.known <= 0:
        return "a beginning of no length"
    end = None if prompt is None else prompt.length + BEYOND * prompt.heard.meter.bar
    if len(made.notes) > MOST or len(made.chords) > MOST:
        return f"more than {MOST} notes or chords"
    if not all(_playable(note, end) for note in made.notes):
        return "a note that cannot be played"
    in_place = all(_in_place(span, end) for span in made.chords)
    return "" if in_place else "a chord that has no place"


def _playable(note: object, end: int | None) -> bool:
    return (
        isinstance(note, Note)
        and 0 <= note.pitch <= 127
        and 1 <= note.velocity <= 127
        and note.onset >= 0
        and note.length >= 1
        and (end is None or note.end <= end)
    )


def _in_place(span: object, end: int | None) -> bool:
    return (
        isinstance(span, ChordSpan)
        and span.onset >= 0
        and span.length >= 1
        and (end is None or span.end <= end)
    )
