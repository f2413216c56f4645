"""Cards as text: the TOML beside a model, and the page about all models."""

import json
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from generators.card import Beside, Card, Proof, Score, Source, Tensors


def write_card(card: Card, folder: Path) -> None:
    """Write a card, whole or not at all."""
    part = folder / "card.part"
    part.write_text(card_text(card), encoding="utf-8")
    part.replace(folder / "card.toml")


def card_text(card: Card) -> str:
    """Return a card as TOML."""
    plain = (
        "name", "family", "about", "default", "file", "sha256", "vocabulary", "vocabulary_size",
        "units_per_quarter", "context", "parameters", "licence",
    )  # fmt: skip
    lines = [f"{name} = {_toml(getattr(card, name))}" for name in plain]
    for table, value in (("tensors", card.tensors), ("proof", card.proof)):
        lines += ["", f"[{table}]", *_rows(value)]
    if card.origins is not None:
        lines += ["", "[origins]", *_rows(card.origins)]
    for table, rows in (("data", card.data), ("scores", card.scores), ("beside", card.beside)):
        for row in rows:
            lines += ["", f"[[{table}]]", *_rows(row)]
    text = "\n".join(lines) + "\n"
    tomllib.loads(text)
    return text


def _rows(value: Tensors | Proof | Source | Score | Beside) -> list[str]:
    return [f"{name} = {_toml(getattr(value, name))}" for name in value.__slots__]


def _toml(value: object) -> str:
    """Write a value as TOML: for what a card holds, JSON and TOML agree."""
    return json.dumps(value, ensure_ascii=False)


def page(cards: Iterable[Card]) -> str:
    """Return `docs/models.md`: every model on the shelf, as its card tells it."""
    return "\n".join([HEAD, *(_section(card) for card in cards)])


HEAD = """\
# Models

This page is made from the cards on the shelf: `antiphon-workshop page > docs/models.md`.

A model is a folder with `card.toml`, `model.onnx` and `speller.onnx`. To use another one, put its
folder into a folder of models and name that; nothing else has to be told. `antiphon models` lists
what is there, `antiphon doctor` checks every model against its card. `small` is for slow machines,
`base` is the one that plays: its weights have 4 bits, and the card says what that costs.

How they sound: [the listening page](listening.md), ten prompts that were drawn, not chosen.

## How they work

A sheet is read event by event: a note (its place in the bar and its pitch, counted from the tonic),
a chord (place, root, kind and bass), a bar line (which may say how many bars are left of its
section, which section it is, and how many notes are wished). A Llama reads one event at a step; a
small second network, the speller, writes the words of the next event one after another. Chords come
before the melody of their bar or after it: the first to play over changes and to accompany, the
second to harmonize. Missing bars are read from both sides.

Beside the model runs a memory of the sheet itself: what followed the longest run of words that
was there before, what came next in the earlier bar that this one goes along with (so chords come
back under a melody that comes back), and how a tune goes on that comes back higher or lower; each
with how sure that is. The speller is told and has learnt how far to believe it, so that a small
network takes up the player's own motifs. `closeness` turns it from deaf (0) over as learnt (0.3)
to stubborn (1).

Where a chord is drawn, what the piece itself has done with its chords is mixed in: what followed
the last changes of chord, up to eight of them and how long each held (prediction by partial
matching). Its share is 6% for each order that was met, at most half, which was chosen on valid
tunes; `closeness` scales it too, from nothing (0).

The index of training pieces that goes with the models (it names the nearest pieces for `--explain`)
also guards the melody: where seven notes in a row are a tune that was learnt, and not what was
played, the pitches that would go on with it are left out.

The harmonizer draws several whole harmonizations and keeps one under which the melody is likely and
that the others agree with; the accompanist imagines six ways in which the next bar may go, and
takes chords that suit what may be played in all of them. It settles the chord of each beat from
what was played before it. At most twenty pieces of a split are accompanied, and as many harmonized.
Each is accompanied three times; the figures are the means of the draws.

## To make one again

With the corpora in folders named as in the tables below, beside each other:

```
pip install 'antiphon[train]'
antiphon-workshop fetch
antiphon-workshop corpus --corpora CORPORA --work WORK
antiphon-workshop train --work WORK --recipe onnx_models/workshop/recipes/small.toml
antiphon-workshop train --work WORK --recipe onnx_models/workshop/recipes/base.toml
antiphon-workshop export --work WORK --shelf MODELS --bits 4 --default
antiphon-workshop origins --work WORK --shelf MODELS
antiphon evaluate --corpora CORPORA --models MODELS --keep
```

`fetch` says where each corpus is published and under which licence. Training can be stopped at any
time and goes on where it stopped; `base` grows from `small`, whose layers it stacks. `--recipe
FILE.toml` trains by another recipe. The tables count the tunes of the train split, without doubles
in any key and without tunes that are like a test or valid tune of any source. The shipped ones
learnt on two shared cores: `small` 40 minutes on one of them, and 26 more once the memory knew bars
and intervals, the last 14 without the weakest 64 neurons of each inner layer; `base` 54, and 106
more. 80 minutes after that, with more chords, learnt some sources too well: a quarter of those
weights is mixed in, which is better than either (M. Wortsman et al., Model soups, 2022). How `base`
learnt in the last 98 minutes before, its rates falling from the 49th on (bits on a few valid tunes
of each source):

![learning curves](learning-curves.png)

Pitches are counted from the tonic because that is learnt faster than pitches as they are in tunes
that are moved to a drawn key: with 0.6 million numbers and 117 steps each (0.49 million words),
Nottingham's valid tunes cost 2.80 bits a note against 3.34, O'Neill's 3.23 against 3.86, OpenEWLD
5.42 against 5.68 (`antiphon-workshop corpus` and then `train`, in a work folder of its own, with
`--recipe onnx_models/workshop/recipes/pilots/relative.toml`, and with `turned.toml`).

A note is one step of the Llama, not two, because that is less work, not because it is learnt
better. The layout before this one (commit `8f1448b`, `generators/tokens/leadsheet.py`: a place and
a pitch are two tokens of a plain Llama, a chord three or four) was trained beside it: Nottingham's
600 train tunes alone, the same lessons, width, layers, optimiser and rates, no memory of the sheet,
281,000 notes each, once. The 166 valid tunes, repeats written out (24,470 notes and 6,451 chords by
either), then cost 3.23 bits a note, the melody alone, and 3.45 a chord under it in tokens (0.45
million numbers), 3.32 and 3.47 in events (0.60 million, of which the memory's 0.05 are idle). Where
the tunes are resampled, events cost 0.05 to 0.12 more a note 95 times of 100, and a chord 0.04 less
to 0.09 more. A melody is 2.66 tokens a note or 1.65 events, with bar lines and rests; with its
chords 3.25 or 1.71. The runs took 141 and 116 seconds of a core. So events save two fifths of the
steps, nearly half with chords, and cost 0.08 bits a note before the memory, which is not in this
comparison. (`antiphon-workshop corpus` and then `train` with `pilots/event.toml`; `measure` in
`train.py` over all valid tunes. For the older layout that commit's workshop with today's `muon.py`,
lessons, dropout and schedule, in 32 bits.)

## How they are measured

`antiphon evaluate` measures every model on the test splits beside baselines that learnt from the
same tunes: the last chord again, the commonest chord of mode, style and place, and Markov chains
that know other tunes and listen to this one (prediction by partial matching of the best order up
to 8, long and short memory mixed by shares that were fitted on valid tunes; the rhythm also knows
the place in the bar). *Bits a note* are those of pitch and rhythm of the melody alone, repeats
written out. *Chord right at a change*: root and kind, of 265, are those of the book; the melody of
the bar and all chords before are known. *Accompanied*: the chord of each beat is settled before
its melody, key and style being told; the diversity is a Vendi score over excerpts of eight bars
(the likeness of two is the mean of two cosines: how long each chord sounds, and how often each
follows each). *Harmonized*: the six measures of Yeh et al. (2021), the nearer to the human figure
the better.

What is strange to a model it accompanies nearly as well. `pilots/left_out.toml` learns like
`small`, but no waltz, hymn, chorale or standard. On test tunes of these four styles, none of which
is told, it has the melody on chord tones for 0.564, 0.558, 0.539 and 0.559 of the time; `small`,
which learnt them, for 0.609, 0.568, 0.510 and 0.579; chords that people gave another tune of the
style for 0.517, 0.429, 0.439 and 0.548. Its chords are as diverse as 10.2, 10.1, 14.1 and 14.3,
people's as 6.1, 6.9, 11.7 and 17.5 (`antiphon-workshop accompany --styles waltz hymn chorale
standard`, 20 tunes each, but 5 waltzes, in three draws).

The other measures of the workshop: `antiphon-workshop hearing` (key, modulation, chords, melody
and meter against music21 and simple rules: [how well it hears](hearing.md)), `voicing` (how far
voices move, how many parallels), `controls` (whether any hard wish is ever broken: none in 10,000
answers to wishes that are drawn), `ranking` (how the rules that rank answers were weighed).
"""


ROWS = (
    ("bits a melody note (best baseline)", ("melody_bits_per_note",), "model", "best_baseline"),
    ("the same without what was played", ("melody_bits_per_note",), "model_without_memory", ""),
    ("chord right at a change (best baseline)", ("chord_top1",), "model", "best_baseline"),
    ("among the three likeliest (best baseline)", ("chord_top3",), "model", "best_baseline"),
    ("accompanied: melody time on chord tones (human)", ("note_in_chord",), "model", "human"),
    ("accompanied: diversity of the chords (human)", ("chord_diversity",), "model", "human"),
    *(
        (f"harmonized: {name} (human)", ("harmonizing", name), "model", "human")
        for name in ("CHE", "CC", "CTD", "CTnCTR", "PCS", "MCTD")
    ),
    ("longest run of notes shared with training (human)", ("originality",), "model_longest",
     "human_longest"),
    ("8-note patterns found in training (human)", ("originality",), "model_share", "human_share"),
)  # fmt: skip
"""What the page tells of each split: its name, where it is, the figure and the one beside it."""


def _section(card: Card) -> str:
    size = f"{card.parameters / 1e6:.1f} million numbers, {card.context} steps of context"
    proof = (
        f"* ONNX against torch: logits differ by {card.proof.difference:g} at most, bits on valid "
        f"tunes by {card.proof.cost:.2%}"
    )
    lines = [
        f"## {card.name}\n",
        f"{card.about}\n",
        *(["* Plays where no other is named"] if card.default else []),
        f"* Family `{card.family}`, {size}, {card.units_per_quarter} units to the quarter",
        f"* Licence: {card.licence}",
        proof,
        f"* Checksum: `sha256:{card.sha256}`",
        "\n| trained on | tunes | notes | chords | licence |",
        "| --- | --: | --: | --: | --- |",
        *(
            f"| {s.name} | {s.tunes:,} | {s.notes:,} | {s.chords:,} | {s.licence} |"
            for s in card.data
        ),
        *_scores(card),
    ]
    return "\n".join(lines) + "\n"


def _scores(card: Card) -> Iterator[str]:
    """Yield the table of scores: a row a measure, a column a split."""
    table = card.table
    splits = [name for name in table if "melody_bits_per_note" in table[name]]
    if not splits:
        return
    yield f"\nOn the test splits, by `{card.scores[0].command}`:\n"
    yield f"| | {' | '.join(splits)} |"
    yield f"| --- |{' --: |' * len(splits)}"
    for name, path, figure, beside in ROWS:
        cells = [_cell(table[split], path, figure, beside) for split in splits]
        yield f"| {name} | {' | '.join(cells)} |"
    if wishes := table.get("hard_controls"):
        broken, answers = wishes["violations"], wishes["answers"]
        yield f"\n{broken:g} of {answers:g} random answers break a hard wish."
    if speed := table.get("speed"):
        yield f"\nOn {speed['cores']:g} cores: " + ", ".join(
            f"{value:g} {name.replace('_', ' ')}"
            for name, value in speed.items()
            if name != "cores"
        )


def _cell(measures: dict[str, Any], path: Sequence[str], figure: str, beside: str) -> str:
    place: Any = measures
    for word in path:
        place = place.get(word, {})
    if figure not in place:
        return "-"
    return f"{place[figure]:g}" + (f" ({place[beside]:g})" if beside in place else "")
