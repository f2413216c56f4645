"""The index of the pieces that models have learnt from, beside their folders on the shelf."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from generators.card import Beside, read_card
from generators.music.errors import BadSong
from onnx_models.workshop.cards import write_card
from onnx_models.workshop.measure.originality import origins
from onnx_models.workshop.tune import Tune

FILE = "origins.bin"


def index(tunes: Sequence[Tune], shelf: Path) -> tuple[str, ...]:
    """Write the index, name it on the cards of the models that learnt from it; return which.

    Models of one training share it: they are those whose cards name the same sources.

    Raises:
        BadSong: none of the tunes is one to learn from.

    """
    learnt = [tune for tune in tunes if tune.split == "train"]
    if not learnt:
        raise BadSong("no tune is of the train split", "make them with `antiphon-workshop corpus`")
    part = shelf / f"{FILE}.part"
    origins(learnt).save(part)
    beside = Beside(f"../{FILE}", sha256(part.read_bytes()).hexdigest())
    part.replace(shelf / FILE)
    return _named(shelf, {tune.source for tune in learnt}, beside)


def _named(shelf: Path, sources: set[str], beside: Beside) -> tuple[str, ...]:
    """Name an index on the cards of a shelf that name these sources."""
    cards = (read_card(path.parent) for path in sorted(shelf.glob("*/card.toml")))
    found = [card for card in cards if {source.name for source in card.data} == sources]
    for card in found:
        write_card(replace(card, origins=beside), Path(str(card.folder)))
    return tuple(card.name for card in found)
