"""The baselines, fitted once: they learn from what the models learnt from."""

from collections.abc import Sequence
from dataclasses import dataclass

from onnx_models.workshop.evaluation.pieces import Pieces
from onnx_models.workshop.measure.changes import Changes, ChordBaseline
from onnx_models.workshop.measure.chord_baselines import RepeatLast, Template, best_chain
from onnx_models.workshop.measure.markov import Melody, MelodyMarkov
from onnx_models.workshop.measure.markov import best_chain as best_melody_chain
from onnx_models.workshop.tune import Tune


@dataclass(frozen=True, slots=True)
class Baselines:
    """What the models have to be better than."""

    melody: MelodyMarkov
    chords: tuple[ChordBaseline, ...]


def fitted(pieces: Pieces) -> Baselines:
    """Learn from the train split; orders and shares are fitted on the valid split."""
    sung = melodies(pieces.learnt)
    chords = [tune for tune in pieces.learnt if tune.phrase.chords]
    held = [Changes.of(tune) for tune in pieces.held if tune.phrase.chords]
    return Baselines(
        best_melody_chain(sung, melodies(pieces.held)),
        (
            RepeatLast(),
            Template(chords),
            best_chain([Changes.of(tune) for tune in chords], held),
        ),
    )


def melodies(tunes: Sequence[Tune]) -> list[Melody]:
    """Return the melodies of those that have one."""
    return [Melody.of(tune.phrase) for tune in tunes if tune.phrase.notes]
