"""Measures the ear against its rivals, on pieces that it was not fitted on."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import fmean

from generators.hearing.chords import chord_now, chords_of
from generators.hearing.key import confidence, key_of
from generators.hearing.melody import melody_of
from generators.hearing.meter import STEP, Barring, barring_of
from generators.hearing.modulation import keys_of
from generators.music.errors import BadValue
from generators.music.harmony import Key
from generators.music.notes import ChordSpan, Phrase
from generators.music.time import Meter, Ticks
from generators.voicing.voicing import PATTERNS
from onnx_models.workshop.hearing import chorales, marks, rivals
from onnx_models.workshop.hearing.fit_key import plain
from onnx_models.workshop.hearing.fit_meter import heard_as
from onnx_models.workshop.hearing.pieces import BOOKS, Piece, first_bars, songs, tunes, two_handed
from onnx_models.workshop.hearing.pieces import without_doubled as bare

SONGS = "pop909"
SOURCES = (*BOOKS, SONGS, chorales.SOURCE)
"""What is heard: books of melodies, then what sounds in several voices."""
SAMPLE = 40
"""Pieces of a corpus that are heard: music21 takes a while for each."""
FEW = 32
"""Notes from which a meter is to be heard at the start of a tune."""
GROUPS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.97, 1.01)
"""Bounds of the confidences that are compared with how often they are right."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table."""

    what: str
    corpus: str
    pieces: int
    ours: float
    rival: float
    against: str


def measure(
    corpora: Path, count: int = SAMPLE, seed: int = 1, sources: Sequence[str] = SOURCES
) -> Iterator[Line]:
    """Yield the table, corpus by corpus, on test pieces that are drawn by a seed.

    Raises:
        BadValue: nobody knows what is true of the pieces of a source.

    """
    for source in sources:
        if source in BOOKS:
            pieces = drawn(tunes(corpora, source, ["test"]), count, seed)
            yield from keys(pieces, source)
            yield from meters(with_hands(pieces, seed), f"{source}, hands")
        elif source in SOURCES:
            told = songs(corpora, ["test"]) if source == SONGS else _chorales(corpora, count)
            pieces = drawn(told, count, seed)
            yield from keys(pieces, source)
            yield from regions(pieces, source)
            yield from harmony(pieces, source)
            yield from melodies(pieces, source)
        else:
            raise BadValue(f"{source} cannot be heard", f"there are {', '.join(SOURCES)}")
        yield from meters(pieces, source)


def _chorales(corpora: Path, count: int) -> Iterator[Piece]:
    return chorales.chorales(corpora, ["test"], count)


def drawn(pieces: Iterable[Piece], count: int, seed: int) -> list[Piece]:
    """Return so many pieces, drawn by a seed."""
    every = list(pieces)
    return Random(seed).sample(every, min(count, len(every)))


def with_hands(pieces: Sequence[Piece], seed: int) -> list[Piece]:
    """Return those that have chords, each played with a left hand in a pattern that is drawn."""
    rng = Random(seed)
    return [two_handed(each, rng.choice(PATTERNS)) for each in pieces if each.chords]


def keys(pieces: Sequence[Piece], source: str) -> Iterator[Line]:
    """Compare the key of whole pieces and of their first bars with the best of music21's."""
    told = [piece for piece in pieces if piece.key is not None]
    sure: list[tuple[float, bool]] = []
    for what, cut in (("whole", None), ("4 bars", 4), ("8 bars", 8)):
        right, theirs = list[tuple[float, ...]](), defaultdict[str, list[tuple[float, ...]]](list)
        for piece in told:
            heard = piece.phrase if cut is None else first_bars(piece, cut)
            true = plain(piece.key or Key(0))
            right.append(_key_marks(key_of(heard), true, source))
            sure.append((confidence(heard), right[-1][0] == 1))
            for name, key in rivals.music21_keys(heard).items():
                theirs[name].append(_key_marks(key, true, source))
        for place, measure_ in enumerate(("right", "weighted score")):
            best = max(theirs, key=lambda name: fmean(mark[place] for mark in theirs[name]))
            yield Line(
                f"key, {what}: {measure_}",
                source,
                len(told),
                fmean(mark[place] for mark in right),
                fmean(mark[place] for mark in theirs[best]),
                f"music21 {best}",
            )
    yield from calibration(sure, "key: right where sure of", source)


def _key_marks(heard: Key, true: Key, source: str) -> tuple[float, float]:
    """Return both marks; of OpenEWLD's keys only the signature is to be trusted."""
    if source == "openewld":
        same = float(heard.scale == true.scale)
        return same, same
    return float(heard == true), marks.key_mark(heard, true)


def calibration(sure: Sequence[tuple[float, bool]], what: str, source: str) -> Iterator[Line]:
    """Compare how often answers are right with how sure they were (the rival is the promise)."""
    for low, high in pairwise(GROUPS):
        inside = [(chance, right) for chance, right in sure if low <= chance < high]
        if inside:
            kept = fmean(right for _, right in inside)
            promised = fmean(chance for chance, _ in inside)
            yield Line(f"{what} {low:.2f}+", source, len(inside), kept, promised, "as promised")


def regions(pieces: Sequence[Piece], source: str) -> Iterator[Line]:
    """Compare the key of each bar with one key for the whole piece, ours or music21's."""
    ours, one, theirs = list[bool](), list[bool](), list[bool]()
    for piece in (each for each in pieces if each.keys):
        bar = piece.phrase.meter.bar
        spans, whole = keys_of(piece.phrase), key_of(piece.phrase)
        other = rivals.music21_keys(piece.phrase)["Aarden-Essen"]
        for at in range(0, piece.phrase.bars * bar, bar):
            true = next(
                (k for t, k in reversed(piece.keys) if t <= at + bar // 2), piece.keys[0][1]
            )
            ours.append(any(s.key == true and s.onset <= at < s.end for s in spans))
            one.append(whole == true)
            theirs.append(other == true)
    if ours:
        yield Line("key of each bar", source, len(pieces), fmean(ours), fmean(one), "one key")
        yield Line("key of each bar", source, len(pieces), fmean(ours), fmean(theirs), "music21")


def harmony(pieces: Sequence[Piece], source: str) -> Iterator[Line]:
    """Compare chords, offline and as they are heard while they sound, with rules for each beat."""
    ways: dict[str, Callable[[Phrase], Sequence[ChordSpan]]] = {
        "ours": chords_of,
        "live": causal,
        "templates": rivals.template_chords,
        "music21": rivals.music21_chords,
        "chord_of": rivals.struck_chords,
    }
    sums = {way: defaultdict[str, list[float]](lambda: [0, 0]) for way in ways}
    for piece in pieces:
        for way, read in ways.items():
            for name, (right, asked) in marks.chord_marks(read(piece.phrase), piece.chords).items():
                sums[way][name][0] += right
                sums[way][name][1] += asked
    share = {w: {n: r / max(1, a) for n, (r, a) in found.items()} for w, found in sums.items()}
    for name in share["ours"]:
        best = max(list(ways)[2:], key=lambda way: share[way][name])
        for way in ("ours", "live"):
            what = f"chords, {name}" + (", live" if way == "live" else "")
            yield Line(what, source, len(pieces), share[way][name], share[best][name], best)


def causal(phrase: Phrase) -> list[ChordSpan]:
    """Return, for each beat, what is heard at its end without what comes after."""
    pulse = phrase.meter.pulse
    return [
        ChordSpan(Ticks(at), Ticks(pulse), chord_now(phrase, Ticks(at + pulse)))
        for at in range(0, phrase.end, pulse)
    ]


def melodies(pieces: Sequence[Piece], source: str) -> Iterator[Line]:
    """Compare the notes of the melody with the skyline's."""
    counts = {"ours": [0, 0, 0], "skyline": [0, 0, 0]}
    for piece in map(bare, pieces):
        for way, read in (("ours", melody_of), ("skyline", rivals.skyline)):
            found = marks.note_counts(read(piece.phrase), piece.melody)
            counts[way] = [a + b for a, b in zip(counts[way], found, strict=True)]
    for name, mark in (("F", marks.f_measure), ("precision", _precision), ("recall", _recall)):
        ours, rival = mark(*counts["ours"]), mark(*counts["skyline"])
        yield Line(f"melody, {name}", source, len(pieces), ours, rival, "skyline")


def _precision(right: int, heard: int, true: int) -> float:
    return right / heard if heard and true else 0.0


def _recall(right: int, heard: int, true: int) -> float:
    return right / true if heard and true else 0.0


def meters(pieces: Sequence[Piece], source: str) -> Iterator[Line]:
    """Compare meter and bar lines with the commonest meter, its bar on the first note."""
    known = [(p, m) for p in pieces if (m := heard_as(p.phrase.meter)) is not None]
    if not known:
        return
    every = [meter for _, meter in known]
    common = max(set(every), key=every.count)
    sure: list[tuple[float, bool]] = []
    for what, cut in (("whole", None), (f"{FEW} notes", FEW)):
        right, bars, first = list[bool](), list[bool](), list[bool]()
        for piece, meter in known:
            notes = piece.phrase.notes[:cut]
            found = barring_of(notes)
            right.append(found is not None and found.meter == meter)
            bars.append(right[-1] and _on_bar(found, meter))
            first.append(notes[0].onset % meter.bar == 0 and meter == common)
            sure.append((found.confidence if found else 0, right[-1]))
        size, most = len(known), fmean(meter == common for meter in every)
        yield Line(f"meter, {what}", source, size, fmean(right), most, f"always {common}")
        against = f"{common} from the first note"
        yield Line(f"meter and bar lines, {what}", source, size, fmean(bars), fmean(first), against)
    yield from calibration(sure, "meter: right where sure of", source)


def _on_bar(found: Barring | None, meter: Meter) -> bool:
    return found is not None and round(found.start / STEP) % (meter.bar // STEP) == 0


def page(lines: Iterable[Line]) -> Iterator[str]:
    """Yield the table as text; its head with the first line, which may be refused."""
    for number, line in enumerate(lines):
        if not number:
            yield f"{'what':42} {'corpus':18} {'pieces':>6} {'ours':>6} {'rival':>6}  against"
        yield (
            f"{line.what:42} {line.corpus:18} {line.pieces:6} {line.ours:6.3f} {line.rival:6.3f}"
            f"  {line.against}"
        )


def as_json(lines: Iterable[Line]) -> list[dict[str, str | int | float]]:
    """Return the table for a program."""
    return [asdict(line) for line in lines]
