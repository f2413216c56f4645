"""What is said of an answer: a sentence whose subject is the generator, read off the answer."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from generators.asked import Asked
from generators.music.harmony import NO_CHORD
from generators.music.names import pitch_name
from generators.music.notes import ChordSpan, Note
from generators.music.spelling import symbol
from generators.prompt import Kind, Suggestion

DEEDS = {
    Kind.CONTINUE: "goes on",
    Kind.HARMONIZE: "harmonizes",
    Kind.IMPROVISE: "improvises",
    Kind.INFILL: "fills the gap",
}
TOLD = 8
"""How many bars of chords a sentence names."""
EXCEPTED = 3
"""How many chords from outside the key it names."""


def with_reason(asked: Asked, answer: Suggestion) -> Suggestion:
    """Return an answer with a sentence that says what is in it."""
    return replace(answer, why=why(asked, answer.notes, answer.chords))


def why(asked: Asked, notes: Sequence[Note], chords: Sequence[ChordSpan]) -> str:
    """Say what an answer does: its key, whose chords it has, and on what note it ends."""
    if not notes and not chords:
        return "answers with a rest"
    told = (
        f"{DEEDS[asked.prompt.kind]} {_key(asked, notes, chords)}{_harmony(asked, notes, chords)}"
    )
    if not notes:
        return told
    improvised = asked.prompt.kind is Kind.IMPROVISE
    comma = "," if "," in told or (chords and not improvised) else ""
    last = max(notes, key=lambda note: note.onset)
    return f"{told}{comma} and ends on {pitch_name(last.pitch, asked.key.spelling)}"


def joined(words: Sequence[str]) -> str:
    """Return words as a list in a sentence: one, two and three."""
    return " and ".join([*filter(None, [", ".join(words[:-1])]), *words[-1:]])


def _key(asked: Asked, notes: Sequence[Note], chords: Sequence[ChordSpan]) -> str:
    """Say the key, and what of the answer leaves it."""
    named = f"in {asked.key}" + (" as asked" if asked.prompt.controls.in_key else "")
    used = [*chords, *(() if chords else _given(asked))]
    away = dict.fromkeys(
        symbol(span.chord, asked.key) for span in used if not asked.key.holds(span.chord)
    )
    left = [*away][:EXCEPTED]
    if len(away) > EXCEPTED:
        left.append("other chords")
    if any(note.pitch % 12 not in asked.key.harmonic for note in notes):
        left.append("notes of its melody")
    return f"{named} but for {joined(left)}," if left else named


def _harmony(asked: Asked, notes: Sequence[Note], chords: Sequence[ChordSpan]) -> str:
    """Say which chords were given, and which are the answer's own."""
    given = _given(asked)
    if not chords:
        return f" over {chord_names(given, asked)}" if given and notes else ""
    kept = [span for span in chords if any(_is_part(span, whole) for whole in given)]
    own = [span for span in chords if span not in kept]
    told = []
    if kept and asked.prompt.kind is Kind.IMPROVISE:
        told.append(f" over {chord_names(kept, asked)}")
    elif kept:
        one = "chord" if len(kept) == 1 else "chords"
        told.append(f" {'over' if notes else 'with'} the given {one} {chord_names(kept, asked)}")
    if own:
        drawn = "a chord of its own," if len(own) == 1 else "chords of its own,"
        told.append(f" with {'its own' if kept else drawn} {chord_names(own, asked)}")
    return " and".join(told)


def _given(asked: Asked) -> tuple[ChordSpan, ...]:
    """Return the chords that were there before the answer, counted from its start."""
    prompt = asked.prompt
    if prompt.controls.chords or prompt.kind is Kind.HARMONIZE:
        there = prompt.controls.chords
    else:
        there = tuple(span.moved(-asked.start) for span in _heard(asked))
    return tuple(span for span in there if span.onset < prompt.length and span.chord != NO_CHORD)


def _heard(asked: Asked) -> Iterator[ChordSpan]:
    return (span for span in asked.prompt.heard.chords if span.end > asked.start)


def _is_part(span: ChordSpan, whole: ChordSpan) -> bool:
    return span.chord == whole.chord and whole.onset <= span.onset and span.end <= whole.end


def chord_names(chords: Sequence[ChordSpan], asked: Asked) -> str:
    """Return the chords as a player writes them: G | Em | C D7."""
    bars: dict[int, list[str]] = {}
    for span in chords:
        name = symbol(span.chord, asked.key)
        bars.setdefault((asked.start + span.onset) // asked.bar, []).append(name)
    told = [" ".join(names) for names in bars.values()]
    return " | ".join(told[:TOLD]) + (" and so on" if len(told) > TOLD else "")
