"""Three ways to go on after a prompt: its maker's, a model's, and a Markov chain's."""

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from generators.music.notes import Phrase
from generators.music.time import Ticks
from generators.prompt import Generator, Prompt, gather
from onnx_models.workshop.evaluation.baselines import Baselines
from onnx_models.workshop.listening.drawing import ANSWERED, Call
from onnx_models.workshop.measure.chord_baselines import ChordMarkov
from onnx_models.workshop.measure.markov import MelodyMarkov


class Maker(StrEnum):
    """Whose answer it is."""

    HUMAN = "human"
    MODEL = "model"
    MARKOV = "markov"


@dataclass(frozen=True, slots=True)
class Chains:
    """Markov chains for melodies and for chords; neither hears what the other plays."""

    melody: MelodyMarkov
    chords: ChordMarkov

    @classmethod
    def of(cls, baselines: Baselines) -> "Chains":
        """Return the chains among the baselines that the models are measured beside."""
        chords = next(each for each in baselines.chords if isinstance(each, ChordMarkov))
        return cls(baselines.melody, chords)

    def answer(self, call: Call) -> Phrase:
        """Go on after a prompt; with chords where some were heard."""
        rng = np.random.default_rng(call.seed)
        melody = self.melody.continued(call.heard, ANSWERED, rng)
        if not call.heard.chords:
            return cut(melody, call)
        heard = replace(call.tune, phrase=call.heard)
        spans = self.chords.continued(heard, Ticks(call.start + call.length), rng)
        over = replace(call.heard, notes=(), chords=spans)
        chords = over.between(call.start, Ticks(call.start + call.length)).chords
        return cut(replace(melody, chords=chords), call)


def by_model(generator: Generator, call: Call) -> Phrase:
    """Let a model go on after a prompt, once, at the settings that players begin with."""
    made = gather(generator, Prompt(call.heard, call.start, call.length, seed=call.seed))
    return cut(replace(call.heard, notes=made.notes, chords=made.chords), call)


def cut(answer: Phrase, call: Call) -> Phrase:
    """Return an answer that is over where it should be."""
    return answer.between(Ticks(0), call.length)


def answers(call: Call, generator: Generator, chains: Chains) -> dict[Maker, Phrase]:
    """Return all three answers."""
    return {
        Maker.HUMAN: call.human,
        Maker.MODEL: by_model(generator, call),
        Maker.MARKOV: chains.answer(call),
    }
