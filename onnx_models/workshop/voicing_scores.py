"""Measures voicings on the chords of held-out tunes, against blocks in root position.

A change is a chord that follows another one without a gap. The voices are paired by the smallest
voice leading (Tymoczko 2006, see `generators.voicing.motion`); the bass is a voice by itself.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from statistics import fmean

from generators.music.errors import BadSong
from generators.music.harmony import NO_CHORD
from generators.music.notes import ChordSpan, Phrase
from generators.voicing.hands import hands
from generators.voicing.motion import movement, parallels
from generators.voicing.styles import USUAL
from generators.voicing.voicing import KINDS, SPREADS, Hand, Voicing
from onnx_models.workshop.tune import Tune

SOURCES = ("nottingham", "openewld", "pop909")
BLOCKS = "root-position blocks"
VOICINGS = {
    BLOCKS: Voicing(kind="root"),
    **{
        f"{kind}, {'parallels avoided' if strict else 'free'}": Voicing(kind=kind, strict=strict)
        for kind in KINDS
        if kind != "root"
        for strict in (False, True)
    },
    "rootless of four, free": USUAL["standard"],
    **{f"full of four, {spread}": Voicing(spread=spread, voices=4) for spread in SPREADS},
    "hymn and chorale": USUAL["hymn"],
    "hymn and chorale, free": replace(USUAL["hymn"], strict=False),
}
GREEDY = "full, free, chord by chord"
Change = tuple[Hand, Hand]


@dataclass(frozen=True, slots=True)
class VoicingScore:
    """What one voicing does on the tunes of one source."""

    source: str
    voicing: str
    tunes: int
    changes: int
    semitones_per_voice: float
    """How far an upper voice moves at a change."""
    of_blocks: float
    """The same, as a share of what blocks in root position move."""
    bass_semitones: float
    parallels_per_100: float
    span: float
    """Semitones from the lowest upper voice to the highest."""
    lowest: int
    highest: int


def measured(tunes: Iterable[Tune]) -> tuple[VoicingScore, ...]:
    """Return the scores of every voicing on the test tunes of each source.

    Raises:
        BadSong: no chord changes in any test tune.

    """
    held_out = [tune for tune in tunes if tune.split == "test" and _changing(tune.phrase.chords)]
    by_source = {name: [t.phrase for t in held_out if t.source == name] for name in SOURCES}
    if not any(by_source.values()):
        raise BadSong("no test tune has chords that change", f"read {', '.join(SOURCES)} first")
    return tuple(
        score for name, phrases in by_source.items() if phrases for score in _scores(name, phrases)
    )


def _scores(source: str, phrases: Sequence[Phrase]) -> Iterable[VoicingScore]:
    blocks = 0.0
    for name, voicing in VOICINGS.items():
        found = [
            _changes(phrase.chords, hands(phrase.chords, replace(voicing, key=phrase.key)))
            for phrase in phrases
        ]
        score = _score(source, name, found, blocks)
        blocks = blocks or score.semitones_per_voice
        yield score
    live = [_changes(phrase.chords, _one_by_one(phrase.chords, Voicing())) for phrase in phrases]
    yield _score(source, GREEDY, live, blocks)


def _one_by_one(spans: Sequence[ChordSpan], voicing: Voicing) -> tuple[Hand, ...]:
    """Return the hands of chords of which none is known before it comes."""
    led: list[Hand] = []
    before: Hand = ()
    for span in spans:
        led += hands([span], voicing, before)
        before = led[-1] or before
    return tuple(led)


def _changing(spans: Sequence[ChordSpan]) -> list[int]:
    """Return the chords that follow another chord without a gap, by their number."""
    return [
        at
        for at, (one, other) in enumerate(pairwise(spans), 1)
        if one.end == other.onset
        and one.chord != other.chord
        and NO_CHORD not in (one.chord, other.chord)
    ]


def _changes(spans: Sequence[ChordSpan], led: Sequence[Hand]) -> list[Change]:
    """Return the hands before and after each change of chord."""
    return [(led[at - 1], led[at]) for at in _changing(spans)]


def _score(
    source: str, name: str, found: Sequence[Sequence[Change]], blocks: float
) -> VoicingScore:
    changes = [change for each in found for change in each]
    far = fmean(movement(one[1:], other[1:]) for one, other in changes)
    upper = [hand[1:] for change in changes for hand in change]
    return VoicingScore(
        source=source,
        voicing=name,
        tunes=len(found),
        changes=len(changes),
        semitones_per_voice=round(far, 3),
        of_blocks=round(far / (blocks or far), 3),
        bass_semitones=round(fmean(abs(b[0] - a[0]) for a, b in changes), 3),
        parallels_per_100=round(100 * fmean(parallels(a, b) for a, b in changes), 2),
        span=round(fmean(hand[-1] - hand[0] for hand in upper), 2),
        lowest=min(hand[0] for change in changes for hand in change),
        highest=max(hand[-1] for hand in upper),
    )


def as_json(scores: Iterable[VoicingScore]) -> str:
    """Return the scores as a program may read them: by source, then by voicing."""
    told: dict[str, dict[str, object]] = {}
    for score in scores:
        told.setdefault(score.source, {})[score.voicing] = asdict(score)
    return json.dumps(told, indent=2)


def as_text(scores: Iterable[VoicingScore]) -> str:
    """Return the scores as a table, one voicing to the line."""
    lines = [
        f"{'source':<11} {'voicing':<30} {'changes':>7} {'move':>6} {'share':>6} {'bass':>6} "
        f"{'par/100':>8} {'span':>6}  range"
    ]
    lines += [
        f"{s.source:<11} {s.voicing:<30} {s.changes:>7} {s.semitones_per_voice:>6.2f} "
        f"{s.of_blocks:>6.2f} {s.bass_semitones:>6.2f} {s.parallels_per_100:>8.2f} {s.span:>6.2f}  "
        f"{s.lowest}-{s.highest}"
        for s in scores
    ]
    return "\n".join(lines)
