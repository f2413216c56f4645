"""From a folder of somebody's to the player's own shelf: ONNX, proof and card, or nothing.

It ends in a proof, as our own export does: torch and ONNX Runtime read the same music, and the
largest difference of what comes out is written on the card with a golden prompt.
"""

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import file_digest
from pathlib import Path
from tempfile import mkdtemp

from generators.anticipation import Anticipation
from generators.card import Beside, Card, Proof, Tensors
from generators.growing import KEEP, OUT, TOKENS
from generators.music.errors import BadModel, BadValue
from generators.skytnt import SkyTNT
from generators.tokens import anticipation, skytnt
from onnx_models.workshop.adopt import gpt2, llama
from onnx_models.workshop.adopt.families import Arriving, Pair, fitting, recognised
from onnx_models.workshop.adopt.plain import Graph, Shape, Weights
from onnx_models.workshop.adopt.proof import difference, golden_prompt
from onnx_models.workshop.adopt.source import Source, read_source, read_weights
from onnx_models.workshop.cards import write_card

LARGEST_DIFFERENCE = 1e-2
"""Of what comes out, beside numbers of about 1 to 20; ours are held to a tenth of that."""
ANSWER = 24
NAME = re.compile(r"[\w.-]{1,60}", re.ASCII)
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Order:
    """Which model is taken in, where it goes, and what it will be called."""

    source: Path
    into: Path
    name: str

    def __post_init__(self) -> None:
        """Refuse names that are no name of a folder everywhere."""
        if not NAME.fullmatch(self.name) or self.name.strip(".") == "":
            raise BadValue(f"a model cannot be called {self.name!r}", "use letters, digits, . _ -")


def adopt(order: Order, say: Say) -> Card:
    """Take a model in; return its card. Nothing is written if anything is wrong.

    Raises:
        BadModel: it is not known, not whole, or does not compute what torch computes.
        BadValue: there is a model of this name already.

    """
    target = order.into / order.name
    if target.exists():
        raise BadValue(f"there is a model {target} already", "give it another --name")
    source = read_source(order.source)
    found = recognised(source)
    say("reading the weights")
    weights = fitting(found, read_weights(order.source))
    try:
        order.into.mkdir(parents=True, exist_ok=True)
        beside = Path(mkdtemp(prefix=".adding-", dir=order.into))
        try:
            say("writing them as ONNX, and comparing that with torch")
            card = _written(order, source, found, weights, beside)
            beside.rename(target)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    except OSError as error:
        raise BadModel(
            f"{target} cannot be written ({error})", "make room, or name --into"
        ) from error
    return replace(card, folder=target)


def _written(
    order: Order, source: Source, found: Pair | Arriving, weights: Weights, folder: Path
) -> Card:
    card = _graphs(order, source, found, weights, folder)
    player = _player(card)
    prompt = golden_prompt(found)
    worst = difference(found, weights, player, prompt)
    if not worst <= LARGEST_DIFFERENCE:
        raise BadModel(
            f"ONNX and torch differ by {worst:.2g}",
            "this onnxruntime computes otherwise than torch",
        )
    asked = replace(card, proof=Proof(float(f"{worst:.2g}"), prompt, (0,) * ANSWER))
    player.card = asked
    proved = replace(asked, proof=replace(asked.proof, answer=player.golden()))
    write_card(proved, folder)
    return proved


def _player(card: Card) -> Anticipation | SkyTNT:
    return Anticipation(card) if card.family == "anticipation" else SkyTNT(card)


def _graphs(
    order: Order, source: Source, found: Pair | Arriving, weights: Weights, folder: Path
) -> Card:
    """Write the graphs; return a card without a proof."""
    graph = Graph(folder / "weights.bin")
    if isinstance(found, Arriving):
        gpt2.reading(graph, weights, found.shape, found.habits)
        told = ("anticipation", anticipation.DIGEST, found.size, anticipation.PER_QUARTER)
        shape, more = found.shape, []
        about = "An Anticipatory Music Transformer, taken in from a model of other people."
    else:
        llama.reading(graph, weights, found.reading, found.bases[0])
        vocabulary, shape = found.vocabulary, found.reading
        told = ("skytnt", vocabulary.digest, vocabulary.size, skytnt.PER_QUARTER)
        more = [_spelling(found, weights, folder)]
        about = (
            f"SkyTNT's midi-model ({vocabulary.version}), taken in from a model of other people."
        )
    graph.save(folder / "model.onnx")
    family, digest, size, units = told
    return Card(
        name=order.name,
        family=family,
        file="model.onnx",
        sha256=_sum(folder / "model.onnx"),
        vocabulary=digest,
        vocabulary_size=size,
        units_per_quarter=units,
        context=shape.context,
        parameters=graph.parameters + sum(each.parameters for each in more),
        licence=source.licence(),
        tensors=_tensors(shape),
        proof=Proof(0.0, (0,), (0,)),
        about=about,
        beside=tuple(
            Beside(path.name, _sum(path))
            for path in sorted(folder.iterdir())
            if path.name != "model.onnx"
        ),
        folder=folder,
    )


def _spelling(found: Pair, weights: Weights, folder: Path) -> Graph:
    graph = Graph(folder / "spelling.bin")
    llama.spelling(graph, weights, found.spelling, found.bases[1])
    graph.save(folder / "spelling.onnx")
    return graph


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _tensors(shape: Shape) -> Tensors:
    names = [f"{layer}.{kind}" for layer in range(shape.layers) for kind in ("key", "value")]
    size = (1, shape.key_heads, shape.context, shape.numbers)
    past, present = (tuple(f"{time}.{name}" for name in names) for time in ("past", "present"))
    return Tensors(TOKENS, KEEP, KEEP, OUT, past, present, size)
