from importlib.util import module_from_spec, spec_from_loader
from random import Random
from typing import cast

import numpy as np
import pytest

from generators.hearing import (
    chord_weights,
    key,
    key_weights,
    melody_weights,
    meter,
    meter_weights,
    voices,
)
from generators.hearing.frames import KINDS
from generators.music.harmony import Chord, Key
from generators.music.notes import Note, Phrase
from onnx_models.workshop.hearing import fit_chords, fit_key, fit_melody, fit_meter
from onnx_models.workshop.hearing.fitting import Floats, choice, downhill, worths
from onnx_models.workshop.hearing.pieces import Piece
from tests.music import line


def test_the_way_down_ends_at_the_bottom() -> None:
    def slope(weights: Floats) -> tuple[float, Floats]:
        return float(((weights - 3) ** 2).sum()), 2 * (weights - 3)

    assert downhill(slope, 2) == pytest.approx([3, 3], abs=0.01)


def test_a_choice_is_cheaper_the_likelier_it_was() -> None:
    chosen, worth = np.array([0]), np.array([1.0])
    sure, _ = choice(np.array([[5.0, 0.0]]), chosen, worth)
    even, back = choice(np.array([[0.0, 0.0]]), chosen, worth)
    assert sure < even == pytest.approx(np.log(2))
    assert back[0] == pytest.approx([-0.5, 0.5])


def test_small_groups_are_worth_more_for_each_of_theirs() -> None:
    found = worths(["reel"] * 4 + ["waltz"])
    assert found.sum() == pytest.approx(1)
    assert found[4] == pytest.approx(2 * found[0])


TUNE = "C4 D4 E4 F4 G4 E4 C4:2 F4 E4 D4 B3 C4:4"


def piece(name: str) -> Piece:
    up = Key.named(name).tonic
    notes = [Note(n.onset, n.pitch + up, n.length) for n in line(TUNE).notes]
    return Piece("a tune", "here", "train", Phrase(tuple(notes)), ((0, Key.named(name)),))


def test_a_key_that_was_learnt_from_some_keys_is_heard_in_another() -> None:
    table = fit_key.fit(list(fit_key.examples(piece(name) for name in ("C", "D", "F"))))
    heard = key.turned(key.counts(piece("A").phrase)) @ table[:, :-1].T + table[:, -1]
    assert divmod(int(heard.argmax()), 2) == (9, 0)


@pytest.mark.parametrize(
    ("symbol", "kind"),
    [("C9", "7"), ("Cmaj9", "maj7"), ("Cm9", "m7"), ("C7sus4", "sus4"), ("C6", "6"), ("C", "")],
)
def test_richer_chords_are_learnt_as_the_kind_they_extend(symbol: str, kind: str) -> None:
    assert fit_chords.kind_of(Chord.named(symbol)) == kind
    assert kind in KINDS


def test_tables_are_written_as_they_are_read() -> None:
    rng = Random(1)

    def drawn(*shape: int) -> Floats:
        return np.array([round(rng.uniform(-3, 3), 2) for _ in range(int(np.prod(shape)))]).reshape(
            shape
        )

    keys = drawn(2, fit_key.SIZE + 1)
    assert read(fit_key.module(keys))["MODE_BIAS"] == pytest.approx(tuple(keys[:, -1]))
    frames = drawn(len(KINDS), fit_chords.SIZE + 1)
    assert read(fit_chords.module(frames))["KIND_BIAS"] == pytest.approx(tuple(frames[:, -1]))
    meters, hands = drawn(9, meter.CUES), drawn(9, meter.CUES)
    weights = read(fit_meter.module(meters, hands))
    for name, wanted in (("ALONE", meters), ("HANDS", hands)):
        shared, own = cast(meter_weights.Weights, weights[name])
        assert np.array(shared) == pytest.approx(wanted[0])
        assert np.array(own) == pytest.approx(wanted[1:])
    melody = drawn(voices.CUES)
    assert read(fit_melody.module(melody))["WEIGHTS"] == pytest.approx(tuple(melody))


def read(text: str) -> dict[str, object]:
    spec = spec_from_loader("table", loader=None)
    assert spec is not None
    table = module_from_spec(spec)
    exec(text, table.__dict__)  # noqa: S102  (our own text)
    return vars(table)


def test_the_tables_that_are_shipped_have_the_sizes_that_are_asked_for() -> None:
    assert np.array([key_weights.WEIGHTS[m] for m in ("major", "minor")]).size == 2 * fit_key.SIZE
    assert np.array(chord_weights.WEIGHTS).size == len(KINDS) * fit_chords.SIZE
    for shared, own in (meter_weights.ALONE, meter_weights.HANDS):
        assert np.array(shared).shape == (meter.CUES,)
        assert np.array(own).shape == (8, meter.CUES)
    assert len(melody_weights.WEIGHTS) == voices.CUES
