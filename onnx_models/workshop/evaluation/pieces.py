"""Which pieces are measured: the test splits, and what the baselines learn from."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from onnx_models.workshop.measure.lines import as_played
from onnx_models.workshop.tune import Tune

SPLITS = ("nottingham", "openewld", "pop909", "rs200", "oneills1850")
"""The test splits that are measured; the last one has melodies alone."""


@dataclass(frozen=True)
class Pieces:
    """The tunes of the corpora, by what they are used for."""

    tunes: Sequence[Tune]
    most: int | None = None
    """How many pieces of a split are measured; None for all."""

    def test(self, split: str, most: int | None = None) -> list[Tune]:
        """Return the test pieces of a source, as they are played: all, or spread over them."""
        return self._spread(self._sung(split), most)

    def chorded(self, split: str, most: int | None = None) -> list[Tune]:
        """Return those that have chords: all, or as many as are wanted, spread over them."""
        return self._spread([tune for tune in self._sung(split) if tune.phrase.chords], most)

    def of_style(self, style: str, most: int | None = None) -> list[Tune]:
        """Return the test pieces of a style that have chords, of whichever source."""
        return self._spread(
            [tune for tune in self._tests if tune.style == style and tune.phrase.chords], most
        )

    def _sung(self, split: str) -> list[Tune]:
        return [each for each in self._tests if each.source == split]

    @cached_property
    def _tests(self) -> list[Tune]:
        return [each for each in self.tunes if each.split == "test" and each.phrase.notes]

    def _spread(self, found: Sequence[Tune], most: int | None) -> list[Tune]:
        limits = [limit for limit in (most, self.most) if limit is not None]
        count = min([*limits, len(found)])
        return [as_played(found[at * len(found) // count]) for at in range(count)]

    @cached_property
    def splits(self) -> tuple[str, ...]:
        """The splits of which there is something to measure."""
        return tuple(split for split in SPLITS if self.test(split, 1))

    def _all(self, split: str) -> list[Tune]:
        return [as_played(each) for each in self.tunes if each.split == split]

    @cached_property
    def learnt(self) -> list[Tune]:
        """What was learnt from, as it is played."""
        return self._all("train")

    @cached_property
    def held(self) -> list[Tune]:
        """What baselines are fitted on, of the measured sources alone."""
        return [tune for tune in self._all("valid") if tune.source in SPLITS]
