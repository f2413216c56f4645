"""Reads art songs of the OpenScore Lieder corpus: what the voice sings, and chords where they fit.

The chords are those that a machine heard in the piano (AugmentedNet, N. Nápoles López et al.,
ISMIR 2021), as M. Gotham's When in Rome holds them. They are used where score and analysis have
as many bars, and where the melody of a song is on tones of them for at least `FITS` of its time,
and of each stretch of it; other songs are learnt without chords. Where a pick-up is bar 0 to one
and bar 1 to the other, the numbers are a bar apart.

Of 743 songs the melody of 716 is on chord tones for `FITS` of its time or longer, mostly for 75
to 95 %; of those whose numbers are a bar apart (58) it is mostly for 35 to 55 % before they are
moved, as by chance.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from generators.hearing.key import key_of, scores_of
from generators.music.harmony import Key
from generators.music.notes import Phrase
from generators.music.time import Ticks
from onnx_models.workshop.job import FETCH, Found, Job, need
from onnx_models.workshop.quality import chord_tone_share, without_silence
from onnx_models.workshop.romantext import Label, bars_of, labels_of, spans_of
from onnx_models.workshop.scores import Change, Line, line_of, stretches
from onnx_models.workshop.titles import split_of
from onnx_models.workshop.tune import Refused, Tune, resting_bars

ANALYSIS = "analysis_automatic.rntxt"
FITS = 0.7
SHORTEST_BARS = 4
"""A stretch between two changes of key or meter is learnt from when it has so many."""
FEWEST_SYLLABLES = 8


def jobs(corpora: Path, source: str) -> Iterator[Job]:
    """Yield the songs; those of one set are on one side of the split."""
    folder = need(corpora / source / "scores", FETCH)
    for song in sorted(folder.glob("*/*/*/*.mxl")):
        composer, group = song.parts[-4:-2]
        split = split_of(f"{composer}|{group}")
        yield Job(source, split, str(song), str(song.with_name(ANALYSIS)), "song")


def read(job: Job) -> Found:
    """Read one song: the stretches that are sung, each in one meter and key signature."""
    line = line_of(Path(job.first))
    if line.syllables < FEWEST_SYLLABLES:
        raise Refused("no words")
    whole, refused = _whole(line, Path(job.second))
    tunes: list[Tune] = []
    for change, end in stretches(line):
        if end - change.at < SHORTEST_BARS * change.meter.bar:
            refused.append("a stretch of few bars between changes")
        elif (phrase := _phrase(whole, change, end)).notes:
            tunes += without_silence(_tune(job, line, _fitting(phrase, refused), change.at))
        else:
            refused.append("a stretch without melody")
    return tunes, refused


def _fitting(phrase: Phrase, refused: list[str]) -> Phrase:
    """Return a stretch without its chords where they do not fit there, as after a lost bar."""
    if not phrase.chords or chord_tone_share(phrase) >= FITS:
        return phrase
    refused.append("a stretch of an analysis that does not fit (chords only)")
    return replace(phrase, chords=())


def _whole(line: Line, analysis: Path) -> tuple[Phrase, list[str]]:
    """Return the song with its chords, or without, and then why."""
    alone = Phrase.of(line.notes)
    if not analysis.exists():
        return alone, ["no analysis (chords only)"]
    text = analysis.read_text(encoding="utf-8", errors="replace")
    labels = labels_of(text)
    if bars_of(text) != line.written:
        return alone, ["an analysis of other bars (chords only)"]
    chorded = max((_chorded(line, labels, by) for by in (0, -1, 1)), key=chord_tone_share)
    if chord_tone_share(chorded) < FITS:
        return alone, ["an analysis that does not fit (chords only)"]
    return chorded, []


def _chorded(line: Line, labels: Sequence[Label], by: int) -> Phrase:
    """Return the song with the chords of an analysis whose bars are numbered differently."""
    bars = {number + by: at for number, at in line.bars.items()}
    meters = {number + by: meter for number, meter in line.meters.items()}
    return Phrase.of(line.notes, spans_of(labels, bars, meters, line.end))


def _phrase(whole: Phrase, change: Change, end: int) -> Phrase:
    cut = replace(whole.between(Ticks(change.at), Ticks(end)), meter=change.meter)
    return replace(cut, key=_key(cut, change.fifths))


def _key(phrase: Phrase, fifths: int | None) -> Key:
    """Return the key of the signature that is heard, major or minor."""
    if fifths is None:
        return key_of(phrase)
    tonic = fifths * 7 % 12
    heard = scores_of(phrase)
    return max(Key(tonic), Key((tonic + 9) % 12, "minor"), key=lambda key: heard.get(key, 0.0))


def _tune(job: Job, line: Line, phrase: Phrase, start: int) -> Tune:
    bar, bars = phrase.meter.bar, phrase.bars
    title = line.title or Path(job.first).parent.name
    doubles = {(at - start - 1) // bar for at in line.doubles}
    closes = frozenset(each for each in doubles if 0 <= each < bars) | resting_bars(phrase)
    tune = Tune(title, job.source, job.split, phrase, closes, style=job.style)
    return replace(tune, tempo=line.tempo)
