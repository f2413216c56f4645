"""How well a model accompanies tunes of some styles, such as those that it never learnt."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from generators.leadsheet import LeadSheet
from generators.music.errors import BadValue
from generators.tokens.leadsheet import STYLES
from onnx_models.workshop.evaluation.harmony import SEED, accompanied, suiting
from onnx_models.workshop.measure.lines import as_played
from onnx_models.workshop.measure.mismatched import mismatched
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
    if unknown := set(styles) - set(STYLES):
        raise BadValue(f"no style is called {min(unknown)!r}", f"there are {', '.join(STYLES)}")
    for style in styles:
        found = [
            tune
            for tune in tunes
            if tune.style == style and tune.split == "test" and tune.phrase.notes
            and tune.phrase.chords
        ]  # fmt: skip
        count = min(most, len(found))
        some = [as_played(found[at * len(found) // count]) for at in range(count)]
        if len(some) < FEWEST:
            continue
        lines = {
            "model": [accompanied(player, replace(tune, style="")) for tune in some],
            "human": [tune.phrase for tune in some],
            "mismatched": [tune.phrase for tune in mismatched(some, SEED)],
        }
        yield style, {"pieces": count, **suiting(lines)}
