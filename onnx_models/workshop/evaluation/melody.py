"""How many bits a melody note costs: pitch and rhythm apart and together."""

from collections.abc import Sequence

from generators.model import Decoder
from onnx_models.workshop.evaluation.baselines import Baselines, melodies
from onnx_models.workshop.foretelling import Foretold, melody_of
from onnx_models.workshop.lessons import lesson_of
from onnx_models.workshop.tune import Tune

NONE = Foretold(0.0, 0.0, 0)


def bits(decoder: Decoder, tunes: Sequence[Tune], baselines: Baselines) -> dict[str, float]:
    """Return bits a note, harmony unknown, and the share fewer than the best baseline's."""
    lessons = [lesson_of(tune) for tune in tunes]
    model = sum((melody_of(decoder, each) for each in lessons), NONE)
    deaf = sum((melody_of(decoder, each, deaf=True) for each in lessons), NONE)
    markov = baselines.melody.bits(melodies(tunes))
    return {
        "model": round(model.each, 3),
        "model_rhythm": round(model.rhythm / model.count, 3),
        "model_pitch": round(model.names / model.count, 3),
        "model_without_memory": round(deaf.each, 3),
        "best_baseline": round(markov.total, 3),
        "baseline_rhythm": round(markov.rhythm, 3),
        "baseline_pitch": round(markov.pitch, 3),
        "fewer": round(1 - model.each / markov.total, 3),
        "notes": model.count,
    }


def second_halves(decoder: Decoder, tunes: Sequence[Tune]) -> dict[str, float]:
    """Return bits a note of second halves, with and without the memory of what was played."""
    lessons = [lesson_of(tune) for tune in tunes]
    found = dict[str, float]()
    for name, deaf in (("with_memory", False), ("without", True)):
        halves = (melody_of(decoder, each, deaf, len(each.bars) // 2) for each in lessons)
        found[name] = round(sum(halves, NONE).each, 3)
    return found
