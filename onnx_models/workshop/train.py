"""Trains a recipe for so many minutes or steps; can be stopped at any time and taken up again."""

import json
import logging
import math
import re
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from generators.music.errors import BadModel
from onnx_models.workshop.lessons import (
    School,
    Sheet,
    Way,
    learnt,
    lesson_of,
    padded,
    sheet_of,
    written,
)
from onnx_models.workshop.muon import Muon
from onnx_models.workshop.network import Network, network, parameters
from onnx_models.workshop.recipe import Recipe
from onnx_models.workshop.restore import restored
from onnx_models.workshop.surprise import by_section
from onnx_models.workshop.tune import Tune

log = logging.getLogger(__name__)

HELD = "held.pt"
"""The network as it was before its rates fell: others grow from it."""
TABLES = ("llama.embed_tokens", "known", "hinted", "sureness", "head")
"""Matrices that are rows of words: Muon is not for them."""
SAVE_EVERY = 480.0
"""Seconds between checkpoints, each with a measure on valid tunes."""
MEASURED = 8
"""How many valid tunes of each source are measured on the way."""


def train(tunes: Sequence[Tune], recipe: Recipe, folder: Path) -> Path:
    """Train on the tunes of the train split; return the checkpoint.

    A checkpoint that is there already is taken up where it was left.
    """
    torch.set_num_threads(recipe.threads)
    folder.mkdir(parents=True, exist_ok=True)
    run = Run(recipe, folder)
    rng = np.random.default_rng((recipe.seed, run.step))
    school = School([tune for tune in tunes if tune.split == "train"], recipe, rng)
    log.info("%s parameters; %s", parameters(run.model), json.dumps(school.shares))
    run.learn(school, held(tunes))
    return run.path


def held(tunes: Sequence[Tune]) -> dict[str, list[Tune]]:
    """Return the valid tunes that are measured on the way: some of each source."""
    found: dict[str, list[Tune]] = {}
    for tune in tunes:
        if tune.split == "valid":
            found.setdefault(tune.source, []).append(tune)
    return {name: each[:: max(1, len(each) // MEASURED)][:MEASURED] for name, each in found.items()}


class Run:
    """One training run: the network, its optimisers, and how far it is."""

    def __init__(self, recipe: Recipe, folder: Path) -> None:
        self.recipe, self.folder = recipe, folder
        self.path = folder / "checkpoint.pt"
        self.held = folder / HELD
        self.model = network(recipe)
        self.optimisers = optimisers(self.model, recipe)
        self.step, self.seconds, self.words = 0, 0.0, 0
        if self.path.exists():
            self._take_up()
        elif recipe.grown_from:
            held = folder.parent / recipe.grown_from / HELD
            shelved = Path(recipe.grown_from)
            grown(self.model, shelved if shelved.is_dir() else held)

    def _take_up(self) -> None:
        kept = torch.load(self.path, weights_only=True)
        self.model.load_state_dict(kept["model"])
        for optimiser, state in zip(self.optimisers, kept["optimisers"], strict=True):
            optimiser.load_state_dict(state)
        self.step, self.seconds, self.words = kept["step"], kept["seconds"], kept["words"]

    def learn(self, school: School, valid: dict[str, list[Tune]]) -> None:
        """Learn until the recipe's time, or its steps, are over."""
        saved, last = self.seconds, time.monotonic()
        losses: list[float] = []
        for batch in school.batches():
            losses.append(self._one(batch))
            now = time.monotonic()
            self.seconds, last = self.seconds + now - last, now
            over = self._gone() >= 1
            falls = self._share() < 1 and self.step > self.recipe.warm_up
            if (falls or over) and not self.held.exists():
                part = self.held.with_suffix(".part")
                torch.save(self.model.state_dict(), part)
                part.replace(self.held)
            if self.seconds - saved >= SAVE_EVERY or over:
                self._note(float(np.mean(losses)), valid)
                losses, saved, last = [], self.seconds, time.monotonic()
            if over:
                return

    def _share(self) -> float:
        """Return the share of the full rate: warm up, hold, then fall to nothing by the end."""
        warm = min(1.0, (self.step + 1) / self.recipe.warm_up)
        return warm * min(1.0, max(0.0, 1 - self._gone()) / self.recipe.cool_down)

    def _gone(self) -> float:
        """Return which part of the recipe's steps, or of its time, is over."""
        if self.recipe.steps:
            return self.step / self.recipe.steps
        return self.seconds / (self.recipe.minutes * 60)

    def _one(self, batch: list[Sheet]) -> float:
        self.model.train()
        share = self._share()
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = group["full"] * share
        whole = padded(batch)
        mask = learnt(whole.events)
        with autocast():
            loss = self.model.loss(
                torch.from_numpy(whole.events),
                torch.from_numpy(whole.hints),
                torch.from_numpy(mask),
            )
        self.model.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimiser in self.optimisers:
            optimiser.step()
        self.step += 1
        self.words += int(mask[:, 1:].sum())
        return float(loss.detach())

    def _note(self, loss: float, valid: dict[str, list[Tune]]) -> None:
        """Keep a checkpoint, and write a line of the learning curve."""
        part = self.path.with_suffix(".part")
        state = {"step": self.step, "seconds": self.seconds, "words": self.words}
        kept = {
            "model": self.model.state_dict(),
            "optimisers": [each.state_dict() for each in self.optimisers],
            "recipe": asdict(self.recipe),
        }
        torch.save({**kept, **state}, part)
        part.replace(self.path)
        line = {
            "step": self.step, "minutes": round(self.seconds / 60, 1), "words": self.words,
            "train_nats": round(loss, 4), **measure(self.model, valid, self.recipe),
        }  # fmt: skip
        with (self.folder / "curve.jsonl").open("a", encoding="utf-8") as curve:
            curve.write(json.dumps(line) + "\n")
        log.info("%s", json.dumps(line))


def grown(model: Network, path: Path) -> None:
    """Begin with a network of the same width that may be shallower, stacking its layers.

    Where its inner layers are narrower, what is new of them adds nothing at first.

    It is one that was held before its rates fell, or the folder of a model on a shelf.

    Raises:
        BadModel: it is not there yet, or of another shape.

    """
    if path.is_dir():
        shapes = {name: tuple(each.shape) for name, each in model.state_dict().items()}
        weights = restored(path, shapes)
        model.load_state_dict({name: torch.from_numpy(weights[name].copy()) for name in shapes})
        return
    if not path.exists():
        raise BadModel(f"there is no {path} to grow from", "train that recipe first")
    kept = torch.load(path, weights_only=True)
    place = re.compile(r"llama\.layers\.(\d+)\.")
    count = 1 + max(int(found[1]) for name in kept if (found := place.match(name)))
    stacked = {
        name: place.sub(lambda at: f"llama.layers.{int(at[1]) % count}.", name)
        for name in model.state_dict()
    }
    own = model.state_dict()
    model.load_state_dict({n: _filled_up(kept[old], own[n], n) for n, old in stacked.items()})


def _filled_up(kept: torch.Tensor, own: torch.Tensor, name: str) -> torch.Tensor:
    """Return a matrix in the shape of our own: what is new of it leads nowhere yet."""
    whole = torch.zeros_like(own) if name.endswith("down_proj.weight") else own.clone()
    whole[tuple(slice(size) for size in kept.shape)] = kept
    return whole


def optimisers(model: Network, recipe: Recipe) -> list[torch.optim.Optimizer]:
    """Return Muon for the matrices between tables, AdamW for the rest; or AdamW for all."""
    inner = {
        name: each for name, each in model.named_parameters()
        if recipe.optimiser == "muon" and each.dim() == 2
        and not name.startswith(TABLES)
    }  # fmt: skip
    rest = [each for name, each in model.named_parameters() if name not in inner]
    groups = [
        {"params": [p for p in rest if p.dim() > 1], "weight_decay": recipe.weight_decay},
        {"params": [p for p in rest if p.dim() <= 1], "weight_decay": 0.0},
    ]
    found: list[torch.optim.Optimizer] = [
        torch.optim.AdamW(groups, lr=recipe.plain_rate, betas=(0.9, 0.97))
    ]
    if inner:
        found.append(Muon(inner.values(), recipe.rate, recipe.momentum, recipe.weight_decay))
    for optimiser in found:
        for group in optimiser.param_groups:
            group["full"] = group["lr"]
    return found


def autocast() -> torch.autocast:
    """Return 16-bit numbers where the processor multiplies them itself; elsewhere they are slow."""
    quick = bool(torch.cpu._is_avx512_bf16_supported())
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=quick)


def measure(model: Network, valid: dict[str, list[Tune]], recipe: Recipe) -> dict[str, float]:
    """Return, for each source, bits per note of the melody alone, and per chord under it."""
    found: dict[str, float] = {}
    for source, tunes in valid.items():
        melody, harmony = [0.0, 0], [0.0, 0]
        for tune in tunes:
            lesson = lesson_of(tune, played=True)
            for way, total, part in (
                (Way(False, harmony=False, turned=_turned(lesson.key.tonic, recipe)), melody, 0),
                (Way(False, turned=_turned(lesson.key.tonic, recipe)), harmony, 1),
            ):
                sheet = sheet_of(written(lesson, way), recipe.context)
                sums = by_section(sheet.events, surprise(model, sheet), chords_first=False)[part]
                total[0] += sums[0]
                total[1] += sums[1]
        if melody[1]:
            found[f"{source} note"] = round(melody[0] / math.log(2) / melody[1], 3)
        if harmony[1]:
            found[f"{source} chord"] = round(harmony[0] / math.log(2) / harmony[1], 3)
    return found


def _turned(tonic: int, recipe: Recipe) -> int:
    """Return how far a tune is moved when it is measured: where it stands, with its true key."""
    return 0 if recipe.relative else tonic


def surprise(model: Network, sheet: Sheet) -> npt.NDArray[np.float64]:
    """Return how many nats each word costs, given all before it; 0 for what is given."""
    model.eval()
    mask = torch.from_numpy(sheet.events > 0)[None]
    events, hints = torch.from_numpy(sheet.events)[None], torch.from_numpy(sheet.hints)[None]
    with torch.no_grad(), autocast():
        logits, true = model.logits(events, hints, mask)
        costs = torch.nn.functional.cross_entropy(logits.float(), true, reduction="none")
    found = np.zeros(sheet.events.shape, np.float64)
    found[1:][sheet.events[1:] > 0] = costs.numpy()
    return found
