"""How well chords are foretold at each change, and how well made ones suit a melody."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count

import numpy as np

from generators.habits import HEAD, Hint, remembered
from generators.leadsheet import LeadSheet
from generators.model import Decoder
from generators.music.harmony import Chord
from generators.music.notes import ChordSpan, Phrase
from generators.music.time import Ticks
from generators.progression import KINDS, Progression, name_of
from generators.prompt import Controls, Kind, Prompt
from generators.sampling import log_chances
from generators.tokens import leadsheet as words
from onnx_models.workshop.evaluation.baselines import Baselines
from onnx_models.workshop.foretelling import Question, answers, made_of
from onnx_models.workshop.lessons import Sheet, Way, lesson_of, sheet_of, written
from onnx_models.workshop.measure.changes import (
    Changes,
    accuracy,
    accuracy_of,
    ranks,
    without_current,
)
from onnx_models.workshop.measure.diversity import chord_diversity, windows
from onnx_models.workshop.measure.harmony import gaps, note_in_chord
from onnx_models.workshop.measure.memory import Floats
from onnx_models.workshop.measure.mismatched import mismatched
from onnx_models.workshop.tune import Tune

ROOTS = np.arange(words.FIRST_ROOT, words.NO_CHORD_TOKEN + 1)
EXCERPTS = 100
"""At most so many excerpts of eight bars are compared for how diverse the chords are."""
SEED = 0
APART = 2**24
"""From the seed of one piece to that of the next: more than any piece has ticks."""
MOST_PIECES = 2**12
DRAWS = 3
"""How often each piece is accompanied."""


def top(decoder: Decoder, tunes: Sequence[Tune], baselines: Baselines) -> dict[str, object]:
    """Return how often the chord of a change is the likeliest, and among the three likeliest."""
    places = [_ranks(decoder, tune) for tune in tunes]
    mine = accuracy_of(np.concatenate(places))
    pieces = [Changes.of(tune) for tune in tunes]
    theirs = {each.name: accuracy(each, pieces) for each in baselines.chords}
    return {
        f"chord_top{rank}": {
            "model": round(getattr(mine, f"top{rank}"), 3),
            "best_baseline": round(max(getattr(a, f"top{rank}") for a in theirs.values()), 3),
            **{name: round(getattr(each, f"top{rank}"), 3) for name, each in theirs.items()},
            "changes": mine.changes,
        }
        for rank in (1, 3)
    }


def _ranks(decoder: Decoder, tune: Tune) -> np.ndarray:
    """Return the rank of the true chord at each change: the melody of its bar is known."""
    piece = Changes.of(tune)
    sheet = sheet_of(written(lesson_of(tune), Way(False)))
    at, truth = _changes(sheet)
    chances = _recalling(_chances(decoder, sheet, at), sheet, at, piece.bar)
    told = replace(piece, line=replace(piece.line, values=np.array(truth, np.int64)))
    return ranks(without_current(chances, told), told.line.values)


def _changes(sheet: Sheet) -> tuple[list[int], list[int]]:
    """Return the events in which a chord comes that is another one, and which it is."""
    places, names = list[int](), list[int]()
    for at, event in enumerate(sheet.events.tolist()):
        if words.FIRST_ROOT <= event[1] <= words.NO_CHORD_TOKEN:
            name = name_of(event)
            if not names or names[-1] != name:
                places.append(at)
                names.append(name)
    return places, names


def _chances(decoder: Decoder, sheet: Sheet, places: Sequence[int]) -> Floats:
    """Return how likely each chord is at these events: root by root, kind by kind."""
    made = made_of(decoder, sheet)
    roots: list[Question] = [
        (at, (int(sheet.events[at, 0]),), Hint(*sheet.hints[at, 1].tolist())) for at in places
    ]
    by_root = np.exp(log_chances(answers(decoder, made, roots))[:, ROOTS])
    kinds = _kind_questions(sheet, frozenset(places))
    block = slice(words.FIRST_KIND, words.FIRST_BASS)
    by_kind = np.exp(log_chances(answers(decoder, made, kinds))[:, block])
    joint = by_root[:, :-1, None] * by_kind.reshape(len(places), 12, KINDS)
    return np.concatenate([joint.reshape(len(places), -1), by_root[:, -1:]], axis=1)


def _recalling(chances: Floats, sheet: Sheet, places: Sequence[int], bar: int) -> Floats:
    """Mix in what the piece itself has done with its chords, as where a chord is drawn."""
    found, row = chances.copy(), dict(zip(places, range(len(places)), strict=True))
    progression: Progression | None = None
    for at, (event, habits) in enumerate(remembered(sheet.whole), HEAD):
        if at in row and habits is not None:
            progression = progression or Progression(habits, bar)
            if (recalled := progression.recalled_at(event[0])) is not None:
                found[row[at]] = recalled.mixed(found[row[at]])
    return found


def _kind_questions(sheet: Sheet, places: frozenset[int]) -> list[Question]:
    """Return what is asked of the kind at each change, root by root, with the memory's hints."""
    found: list[Question] = []
    for at, (event, habits) in enumerate(remembered(sheet.whole), HEAD):
        if at in places:
            asked = [(event[0], root) for root in ROOTS[:-1].tolist()]
            found += [(at, told, habits.hint_after(*told) if habits else Hint()) for told in asked]
    return found


def with_seeds(tunes: Iterable[Tune], draw: int = 0) -> Iterator[tuple[Tune, int]]:
    """Yield each tune with a seed of its own: from the same draws, chords come that are alike."""
    return zip(tunes, count(SEED + draw * MOST_PIECES * APART, APART), strict=False)


def accompanied(player: LeadSheet, tune: Tune, seed: int = SEED) -> Phrase:
    """Return a melody with chords that were chosen pulse by pulse, before the melody of each.

    It is what the live session can ask for: at each pulse, what was played before it and which
    chords were chosen is known, and the chord of the pulse is settled. Key and style are told, as
    to the baselines.
    """
    phrase, meter = tune.phrase, tune.phrase.meter
    controls = Controls(key=phrase.key, style=tune.style)
    start = meter.bar_line(phrase.notes[0].onset)
    chords: list[ChordSpan] = []
    for at in range(start, meter.next_bar_line(phrase.end), meter.pulse):
        now, line = Ticks(at), meter.next_bar_line(Ticks(at + 1))
        heard = replace(phrase.between(Ticks(0), now), chords=tuple(chords))
        asked = Prompt(heard, now, Ticks(line - at), Kind.HARMONIZE, seed + at, controls)
        made = next((span for span in player.suggest(asked).chords if span.onset == 0), None)
        chords = held_on(chords, made.chord if made else None, now, meter.pulse)
    return replace(phrase, chords=tuple(chords))


def held_on(
    chords: list[ChordSpan], chord: Chord | None, at: Ticks, length: Ticks
) -> list[ChordSpan]:
    """Return chords that go on with this one, or with the last where none is given."""
    if chords and chords[-1].end == at and chord in (None, chords[-1].chord):
        last = chords[-1]
        return [*chords[:-1], replace(last, length=Ticks(last.length + length))]
    return chords if chord is None else [*chords, ChordSpan(at, length, chord)]


def harmonized(player: LeadSheet, tune: Tune, seed: int = SEED) -> Phrase:
    """Return a melody with chords that were chosen by a search over all of it."""
    phrase = replace(tune.phrase, chords=())
    length = phrase.meter.next_bar_line(phrase.end)
    controls = Controls(key=phrase.key, style=tune.style)
    made = player.suggest(Prompt(phrase, Ticks(0), length, Kind.HARMONIZE, seed, controls))
    return replace(phrase, chords=made.chords)


def accompaniment(
    player: LeadSheet, tunes: Sequence[Tune], baselines: Baselines
) -> dict[str, object]:
    """Return the share of melody time on chord tones, and how diverse the chords are."""
    human = [tune.phrase for tune in tunes]
    return suiting(accompaniments(player, tunes), human, _by_baselines(tunes, baselines))


def accompaniments(player: LeadSheet, tunes: Sequence[Tune]) -> list[list[Phrase]]:
    """Return how all tunes are accompanied, in several draws."""
    return [
        [accompanied(player, tune, seed) for tune, seed in with_seeds(tunes, draw)]
        for draw in range(DRAWS)
    ]


def suiting(
    made: Sequence[Sequence[Phrase]],
    human: Sequence[Phrase],
    others: Mapping[str, Sequence[Phrase]],
) -> dict[str, object]:
    """Return both for made, human and others' chords to the same melodies.

    Chords that were made come in several draws, and count with the mean of these: how diverse
    the chords of twenty pieces are is a matter of luck too, so the least and the most are told.
    """
    places = windows(human, EXCERPTS, SEED)
    each = [round(chord_diversity(draw, places), 2) for draw in made]
    shares = {"model": _on_tones([phrase for draw in made for phrase in draw])}
    mean = round(sum(each) / len(each), 2)
    kinds = {"model": mean, "model_least": min(each), "model_most": max(each)}
    for name, phrases in {"human": human, **others}.items():
        shares[name] = _on_tones(phrases)
        if name != "mismatched":
            kinds[name] = round(chord_diversity(phrases, places), 2)
    return {"note_in_chord": shares, "chord_diversity": kinds}


def _on_tones(phrases: Sequence[Phrase]) -> float:
    time = [note_in_chord(phrase) for phrase in phrases]
    return round(sum(time[1:], time[0]).share, 3)


def _by_baselines(tunes: Sequence[Tune], baselines: Baselines) -> dict[str, list[Phrase]]:
    rng = np.random.default_rng(SEED)
    found = {
        each.name: [replace(tune.phrase, chords=each.chords(tune, rng)) for tune in tunes]
        for each in baselines.chords
    }
    lent = [tune.phrase for tune in mismatched(tunes, SEED)]
    return {**found, "mismatched": lent} if lent else found  # one alone is lent no chords


def harmonizing(
    player: LeadSheet, tunes: Sequence[Tune], baselines: Baselines
) -> dict[str, dict[str, float]]:
    """Return the six measures of harmonization: the human mean, and how far each is from it.

    A line's gap is the distance of its mean from that of the human chords of the same melodies.
    """
    human = [tune.phrase for tune in tunes]
    lines = {"model": [harmonized(player, tune, seed) for tune, seed in with_seeds(tunes)]}
    lines |= _by_baselines(tunes, baselines)
    found: dict[str, dict[str, float]] = {}
    for name, phrases in lines.items():
        theirs = _own(tunes, phrases) if name == "mismatched" else human
        for measure, gap in gaps(phrases, theirs).items():
            row = found.setdefault(measure, {"human": round(gap.human, 3)})
            row[name] = round(gap.made, 3)
            row[f"{name}_gap"] = round(abs(gap.made - gap.human), 3)
    return found


def _own(tunes: Sequence[Tune], lent: Sequence[Phrase]) -> list[Phrase]:
    """Return the human originals of melodies with somebody else's chords."""
    by_notes = {tune.phrase.notes: tune.phrase for tune in tunes}
    return [by_notes[phrase.notes] for phrase in lent]
