"""How well a model accompanies tunes of some styles, such as those that it never learnt."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from generators.leadsheet import LeadSheet
from onnx_models.workshop.evaluation.harmony import SEED, accompaniments, suiting
from onnx_models.workshop.evaluation.pieces import Pieces
from onnx_models.workshop.measure.mismatched import mismatched
from onnx_models.workshop.styles import known_styles
from onnx_models.workshop.tune import Tune

MOST = 20
"""So many tunes of a style, at most."""
FEWEST = 2
"""A tune alone has no other one to lend it chords."""


def by_style(
    player: LeadSheet, tunes: Sequence[Tune], styles: Sequence[str], most: int = MOST
) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield for each style how melodies of the test split are accompanied, spread over them.

    Which style it is, the model is not told: it has no word for one that it never learnt. A style
    of which fewer than two tunes have chords is left out.

    Raises:
        BadValue: there is no such style.

    """
    pieces = Pieces(tunes)
    for style in known_styles(styles):
        some = pieces.of_style(style, most)
        if len(some) < FEWEST:
            continue
        made = accompaniments(player, [replace(tune, style="") for tune in some])
        lent = {"mismatched": [tune.phrase for tune in mismatched(some, SEED)]}
        found = suiting(made, [tune.phrase for tune in some], lent)
        yield style, {"pieces": len(some), **found}
