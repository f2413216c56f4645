"""Real tunes, as they ship with music21: Ryan's Mammoth Collection of 1883."""

import warnings
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path

from generators.music.notes import Note, Phrase
from generators.music.time import Meter, Ticks, ticks

EACH = 7  # every so many tunes of the collection, so that reels do not follow reels


@cache
def phrases(count: int, bars: int) -> list[Phrase]:
    """Return the first whole bars of so many tunes in common time."""
    found = list(islice(_phrases(bars), count))
    assert len(found) == count, f"only {len(found)} tunes"
    return found


def _phrases(bars: int) -> Iterator[Phrase]:
    from music21 import corpus

    paths = sorted(path for path in corpus.getCorePaths() if "ryansMammoth" in str(path))
    for first in range(EACH):
        for path in paths[first::EACH]:
            phrase = _phrase(Path(path), bars)
            if phrase is not None:
                yield phrase


def _phrase(path: Path, bars: int) -> Phrase | None:
    from music21 import converter

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Not from the cache that all programs share: another process may be writing it.
        score = converter.parse(path, forceSource=True)
    meter = next(iter(score.recurse().getElementsByClass("TimeSignature")), None)
    measures = list(score.parts[0].getElementsByClass("Measure"))
    whole = [measure for measure in measures if measure.duration.quarterLength == 4]
    if meter is None or meter.ratioString not in ("4/4", "2/2") or len(whole) < bars:
        return None
    notes = []
    for nth, measure in enumerate(whole[:bars]):
        for note in measure.flatten().notes:
            onset = ticks(4 * nth + float(note.offset))
            length = max(Ticks(1), ticks(float(note.quarterLength)))
            if note.isNote and length > 1:
                notes.append(Note(onset, note.pitch.midi, length, 90))
    return Phrase.of(notes, meter=Meter(4, 4)) if len(notes) >= 4 else None
