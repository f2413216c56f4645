"""From a checkpoint to the shelf: the ONNX files, their proof and their card.

Export ends in a proof: torch and ONNX Runtime read the same tunes, the largest difference of
a logit is written on the card, and with it what the exported file costs in bits beside the
network that was trained, a golden prompt, and what the model goes on with.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch

from generators.card import Beside, Card, Proof, Source, Tensors
from generators.habits import Hint
from generators.model import Decoder
from generators.music.errors import BadModel
from generators.sampling import Logits, log_chances
from generators.tokens import leadsheet as words
from generators.tokens.grid import PER_QUARTER
from onnx_models.workshop import graph
from onnx_models.workshop.cards import write_card
from onnx_models.workshop.lessons import Sheet, Way, learnt, lesson_of, sheet_of, written
from onnx_models.workshop.network import Network, network, parameters
from onnx_models.workshop.quantize import quantized
from onnx_models.workshop.recipe import Recipe, made
from onnx_models.workshop.sources import LICENCES
from onnx_models.workshop.tune import Tune

log = logging.getLogger(__name__)

LARGEST_DIFFERENCE = 1e-3
GOLDEN_PROMPT, GOLDEN_ANSWER = 120, 40
PROOFS = 60
"""How many valid tunes are read by both."""
LICENCE = "MIT; trained on the sources below, none of which is passed on"
ABOUT = "Chords and melody in one stream: it continues, harmonizes, improvises and fills in."
FILE, SPELLER = "model.onnx", "speller.onnx"


@dataclass(frozen=True, slots=True)
class Trained:
    """A checkpoint that was read."""

    model: Network
    recipe: Recipe
    steps: int
    words: int


def read_checkpoint(path: Path) -> Trained:
    """Read a checkpoint.

    Raises:
        BadModel: there is none.

    """
    if not path.exists():
        raise BadModel(f"there is no checkpoint {path}", "run antiphon-workshop train first")
    kept = torch.load(path, weights_only=True)
    recipe = made(kept["recipe"])
    model = network(recipe)
    model.load_state_dict(kept["model"])
    return Trained(model.eval(), recipe, kept["step"], kept["words"])


def export(
    trained: Trained, tunes: Sequence[Tune], folder: Path, bits: int = 32, default: bool = False
) -> Card:
    """Write model and card into a folder of the shelf; return the card.

    With fewer than 32 bits, the weights of the network are rounded to so many. The default is
    the model that plays where none is named.

    Raises:
        BadModel: ONNX Runtime does not give what torch gives.

    """
    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: each.numpy() for name, each in trained.model.state_dict().items()}
    whole = graph.build(weights, trained.recipe)
    graph.write(whole if bits == 32 else quantized(whole, bits), folder / FILE)
    graph.write(graph.build_speller(weights, trained.recipe), folder / SPELLER)
    card = _card(trained, tunes, folder, Proof(0.0, (0,), (0,)))
    decoder = Decoder(card)
    heard = [
        sheet_of(written(lesson_of(tune, played=True), Way(chords_first=True)), card.context)
        for tune in _spread([t for t in tunes if t.split == "valid"], PROOFS)
    ]
    worst, cost = _compared(trained.model, decoder, heard)
    if bits == 32 and worst > LARGEST_DIFFERENCE:
        raise BadModel(
            f"ONNX and torch differ by {worst:.2g}", "the graph does not fit the network"
        )
    prompt = tuple(written(lesson_of(tunes[0]), Way(chords_first=True))[:GOLDEN_PROMPT])
    prompt = tuple(word for event in list(words.events(prompt))[:-1] for word in event)
    answer = decoder.likeliest(prompt, GOLDEN_ANSWER)
    proof = Proof(float(f"{worst:.2g}"), prompt, answer, float(f"{cost:.4f}"))
    card = replace(_card(trained, tunes, folder, proof), default=default)
    write_card(card, folder)
    log.info("%s: logits differ by %.2g, bits by %.3f %%", folder, worst, cost * 100)
    return card


def _spread(tunes: Sequence[Tune], count: int) -> Sequence[Tune]:
    return tunes[:: max(1, len(tunes) // count)][:count]


def _card(trained: Trained, tunes: Sequence[Tune], folder: Path, proof: Proof) -> Card:
    recipe = trained.recipe
    pairs = [pair for layer in range(recipe.layers) for pair in graph.cache_names(layer)]
    shape = (1, recipe.key_heads, recipe.context, recipe.width // recipe.heads)
    names = tuple(past for past, _ in pairs), tuple(present for _, present in pairs)
    return Card(
        name=folder.name,
        family="leadsheet",
        file=FILE,
        sha256=sha256((folder / FILE).read_bytes()).hexdigest(),
        vocabulary=words.DIGEST,
        vocabulary_size=words.SIZE,
        units_per_quarter=PER_QUARTER,
        context=recipe.context,
        parameters=parameters(trained.model),
        licence=LICENCE,
        tensors=Tensors(
            graph.TOKENS, graph.LAST, graph.LENGTH, graph.LOGITS, *names, shape,
            graph.MADE, graph.TOLD, graph.HINT,
        ),
        proof=proof,
        about=ABOUT,
        data=sources(tunes),
        beside=(Beside(SPELLER, sha256((folder / SPELLER).read_bytes()).hexdigest()),),
        folder=folder,
    )  # fmt: skip


def sources(tunes: Sequence[Tune]) -> tuple[Source, ...]:
    """Count what was trained on."""
    counts: dict[str, Counter[str]] = {}
    for tune in tunes:
        if tune.split == "train":
            count = counts.setdefault(tune.source, Counter())
            count.update(tunes=1, notes=len(tune.phrase.notes), chords=len(tune.phrase.chords))
    return tuple(
        Source(name, count["tunes"], count["notes"], count["chords"], LICENCES[name])
        for name, count in counts.items()
    )


def _compared(model: Network, decoder: Decoder, sheets: Sequence[Sheet]) -> tuple[float, float]:
    """Return the largest difference of a logit, and the share of bits that it costs more."""
    worst, mine, theirs = 0.0, 0.0, 0.0
    for sheet in sheets:
        mask = learnt(sheet.events)
        given = (torch.from_numpy(each)[None] for each in (sheet.events, sheet.hints, mask))
        with torch.no_grad():
            wanted, true = model.logits(*given)
        got = logits_of(decoder, sheet)
        worst = max(worst, float(np.abs(got - wanted.numpy()).max()))
        at = np.arange(len(got)), true.numpy()
        mine -= float(log_chances(got)[at].sum())
        theirs -= float(log_chances(wanted.numpy())[at].sum())
    return worst, mine / theirs - 1


def logits_of(decoder: Decoder, sheet: Sheet) -> Logits:
    """Return the logits of each word that is learnt: half read at once, the rest one by one."""
    events = sheet.whole
    half = len(events) // 2
    decoder.rewind(0)
    made = [decoder.feed(events[:half])] + [decoder.feed([event]) for event in events[half:]]
    before = np.concatenate(made)
    asked = [(at, word) for at, word in np.argwhere(learnt(sheet.events)).tolist() if at]
    told = [events[at][:word] for at, word in asked]
    hints = [Hint(*sheet.hints[at, word].tolist()) for at, word in asked]
    return decoder.spell(before[[at - 1 for at, _ in asked]], told, hints)
