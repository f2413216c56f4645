"""What is said of an answer that a model of other people wrote."""

from generators.music.names import pitch_name
from generators.music.notes import ChordSpan, Note
from generators.parts import Page
from generators.prompt import Kind, Suggestion

DEEDS = {
    Kind.CONTINUE: "goes on",
    Kind.HARMONIZE: "harmonizes",
    Kind.IMPROVISE: "improvises",
    Kind.INFILL: "fills the gap",
}
NAMED = 8
"""How many chords a sentence names."""


def suggestion(source: str, page: Page, score: float) -> Suggestion:
    """Return a page as a suggestion, with a sentence that says what is on it."""
    items = page.items()
    notes = tuple(sorted(item for item in items if isinstance(item, Note)))
    chords = tuple(item for item in items if isinstance(item, ChordSpan))
    key = page.told.key
    parts = [f"{DEEDS[page.told.prompt.kind]} in {key}"]
    if chords:
        parts.append("with " + " ".join(s.chord.spelled(key.spelling) for s in chords[:NAMED]))
    if notes:
        parts.append(f"and ends on {pitch_name(notes[-1].pitch, key.spelling)}")
    if not items:
        parts.append("with a rest")
    return Suggestion(source, notes, chords, score, " ".join(parts))
