"""From a checkpoint to the shelf: the ONNX file, its proof and its card.

Export ends in a proof: torch and ONNX Runtime read the same tokens, the largest difference of
a logit is written on the card, and with it a golden prompt and what the model goes on with.
"""

import logging
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from transformers import LlamaForCausalLM

from generators.card import Card, Proof, Source, Tensors
from generators.model import Decoder
from generators.music.errors import BadModel
from generators.tokens import leadsheet as words
from generators.tokens.grid import PER_QUARTER
from onnx_models.workshop import graph
from onnx_models.workshop.cards import write_card
from onnx_models.workshop.lessons import lesson_of, written
from onnx_models.workshop.network import network, parameters
from onnx_models.workshop.recipe import Recipe
from onnx_models.workshop.sources import LICENCES
from onnx_models.workshop.tune import Tune

log = logging.getLogger(__name__)

LARGEST_DIFFERENCE = 1e-3
GOLDEN_PROMPT, GOLDEN_ANSWER = 120, 40
PROOFS = 20
"""How many tunes are read by both."""
LICENCE = "MIT; trained on the sources below, none of which is passed on"
ABOUT = "Chords and melody in one stream: it continues, harmonizes, improvises and fills in."


@dataclass(frozen=True, slots=True)
class Trained:
    """A checkpoint that was read."""

    model: LlamaForCausalLM
    recipe: Recipe
    steps: int
    tokens: int


def read_checkpoint(path: Path) -> Trained:
    """Read a checkpoint.

    Raises:
        BadModel: there is none.

    """
    if not path.exists():
        raise BadModel(f"there is no checkpoint {path}", "run antiphon-workshop train first")
    kept = torch.load(path, weights_only=True)
    recipe = Recipe(**{**kept["recipe"], "sources": tuple(kept["recipe"]["sources"])})
    model = network(recipe)
    model.load_state_dict(kept["model"])
    return Trained(model.eval(), recipe, kept["step"], kept["tokens"])


def export(trained: Trained, tunes: list[Tune], folder: Path) -> Card:
    """Write model and card into a folder of the shelf; return the card.

    Raises:
        BadModel: ONNX Runtime does not give what torch gives.

    """
    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: each.numpy() for name, each in trained.model.state_dict().items()}
    graph.write(graph.build(weights, trained.recipe, words.SIZE), folder / "model.onnx")
    card = _card(trained, tunes, folder, Proof(0.0, (0,), (0,)))
    decoder = Decoder(card)
    heard = [written(lesson_of(t), True) for t in tunes if t.split == "valid"][:PROOFS]
    worst = max(_difference(trained.model, decoder, tokens) for tokens in heard)
    if worst > LARGEST_DIFFERENCE:
        raise BadModel(
            f"ONNX and torch differ by {worst:.2g}", "the graph does not fit the network"
        )
    prompt = tuple(heard[0][:GOLDEN_PROMPT])
    proof = Proof(float(f"{worst:.2g}"), prompt, golden(decoder, prompt, GOLDEN_ANSWER))
    card = _card(trained, tunes, folder, proof)
    write_card(card, folder)
    log.info("%s: %d parameters, differs by %.2g", folder, card.parameters, worst)
    return card


def _card(trained: Trained, tunes: list[Tune], folder: Path, proof: Proof) -> Card:
    recipe = trained.recipe
    pairs = [pair for layer in range(recipe.layers) for pair in graph.cache_names(layer)]
    shape = (1, recipe.key_heads, recipe.context, recipe.width // recipe.heads)
    names = tuple(past for past, _ in pairs), tuple(present for _, present in pairs)
    return Card(
        name=recipe.name,
        family="leadsheet",
        file="model.onnx",
        sha256=sha256((folder / "model.onnx").read_bytes()).hexdigest(),
        vocabulary=words.DIGEST,
        vocabulary_size=words.SIZE,
        units_per_quarter=PER_QUARTER,
        context=recipe.context,
        parameters=parameters(trained.model),
        licence=LICENCE,
        tensors=Tensors(graph.TOKENS, graph.LAST, graph.LENGTH, graph.LOGITS, *names, shape),
        proof=proof,
        about=ABOUT,
        default=True,
        data=sources(tunes),
        folder=folder,
    )


def sources(tunes: list[Tune]) -> tuple[Source, ...]:
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


def _difference(model: LlamaForCausalLM, decoder: Decoder, tokens: list[int]) -> float:
    """Return the largest difference of a logit: half read at once, the rest one by one."""
    tokens = tokens[: decoder.card.context]
    with torch.no_grad():
        wanted = model(input_ids=torch.tensor([tokens])).logits[0].numpy()
    half = len(tokens) // 2
    decoder.rewind(0)
    rows = [decoder.feed(tokens[:half])]
    rows += [decoder.feed([token]) for token in tokens[half:]]
    return float(np.abs(np.concatenate(rows) - wanted).max())


def golden(decoder: Decoder, prompt: tuple[int, ...], count: int) -> tuple[int, ...]:
    """Return what a model goes on with when it always takes the likeliest token."""
    answer: list[int] = []
    logits = decoder.begin(prompt)
    while len(answer) < count:
        answer.append(int(np.argmax(logits)))
        logits = decoder.feed(answer[-1:])[-1]
    return tuple(answer)
