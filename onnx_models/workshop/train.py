"""Trains a recipe for so many minutes; can be stopped at any time and taken up again."""

import json
import logging
import math
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from transformers import LlamaForCausalLM

from onnx_models.workshop.lessons import Lesson, batches, lesson_of, padded, written
from onnx_models.workshop.network import network, parameters
from onnx_models.workshop.recipe import Recipe
from onnx_models.workshop.surprise import by_section
from onnx_models.workshop.tune import Tune

log = logging.getLogger(__name__)

SAVE_EVERY = 240.0
"""Seconds between checkpoints, each with a measure on the valid tunes."""


def train(tunes: list[Tune], recipe: Recipe, folder: Path) -> Path:
    """Train on the tunes of the train split; return the checkpoint.

    A checkpoint that is there already is taken up where it was left.
    """
    torch.set_num_threads(recipe.threads)
    folder.mkdir(parents=True, exist_ok=True)
    lessons = [lesson_of(tune) for tune in tunes if tune.split == "train"]
    valid = [lesson_of(t) for t in tunes if t.split == "valid" and t.source == "nottingham"]
    run = Run(recipe, folder)
    log.info("%s parameters, %s lessons", parameters(run.model), len(lessons))
    run.learn(lessons, valid[::4])
    return run.path


class Run:
    """One training run: the network, its optimiser, and how far it is."""

    def __init__(self, recipe: Recipe, folder: Path) -> None:
        self.recipe, self.folder = recipe, folder
        self.path = folder / "checkpoint.pt"
        self.model = network(recipe)
        decayed = [p for p in self.model.parameters() if p.dim() > 1]
        plain = [p for p in self.model.parameters() if p.dim() <= 1]
        self.optimiser = torch.optim.AdamW(
            [{"params": decayed, "weight_decay": recipe.weight_decay},
             {"params": plain, "weight_decay": 0.0}],
            lr=recipe.rate, betas=(0.9, 0.97),
        )  # fmt: skip
        self.step, self.seconds, self.tokens = 0, 0.0, 0
        if self.path.exists():
            self._take_up()

    def _take_up(self) -> None:
        kept = torch.load(self.path, weights_only=True)
        self.model.load_state_dict(kept["model"])
        self.optimiser.load_state_dict(kept["optimiser"])
        self.step, self.seconds, self.tokens = kept["step"], kept["seconds"], kept["tokens"]

    def learn(self, lessons: list[Lesson], valid: list[Lesson]) -> None:
        """Learn until the recipe's time is over."""
        rng = np.random.default_rng((self.recipe.seed, self.step))
        saved, last = self.seconds, time.monotonic()
        losses: list[float] = []
        for batch in batches(lessons, self.recipe, rng):
            losses.append(self._one(batch))
            now = time.monotonic()
            self.seconds, last = self.seconds + now - last, now
            over = self.seconds >= self.recipe.minutes * 60
            if self.seconds - saved >= SAVE_EVERY or over:
                self._note(float(np.mean(losses)), valid)
                losses, saved, last = [], self.seconds, time.monotonic()
            if over:
                return

    def _rate(self) -> float:
        """Warm up, then fall as a half cosine over the time there is."""
        recipe = self.recipe
        warm = min(1.0, (self.step + 1) / recipe.warm_up)
        done = min(1.0, self.seconds / (recipe.minutes * 60))
        fall = 0.5 * (1 + math.cos(math.pi * done))
        return warm * (recipe.least_rate + (recipe.rate - recipe.least_rate) * fall)

    def _one(self, batch: list[list[int]]) -> float:
        self.model.train()
        for group in self.optimiser.param_groups:
            group["lr"] = self._rate()
        inputs, targets = (
            torch.from_numpy(part) for part in padded(batch, self.recipe.batch_tokens)
        )
        loss = _loss(self.model, inputs, targets)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.step += 1
        self.tokens += int((targets >= 0).sum())
        return float(loss.detach())

    def _note(self, loss: float, valid: list[Lesson]) -> None:
        """Keep a checkpoint, and write a line of the learning curve."""
        line = {
            "step": self.step, "minutes": round(self.seconds / 60, 1), "tokens": self.tokens,
            "train_nats": round(loss, 4), **bits(self.model, valid, self.recipe.context),
        }  # fmt: skip
        part = self.path.with_suffix(".part")
        kept = {"model": self.model.state_dict(), "optimiser": self.optimiser.state_dict()}
        state = {"step": self.step, "seconds": self.seconds, "tokens": self.tokens}
        torch.save({**kept, **state, "recipe": asdict(self.recipe)}, part)
        part.replace(self.path)
        with (self.folder / "curve.jsonl").open("a", encoding="utf-8") as curve:
            curve.write(json.dumps(line) + "\n")
        log.info("%s", json.dumps(line))


def _loss(model: LlamaForCausalLM, inputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = model(input_ids=inputs, use_cache=False).logits
    flat = logits.float().view(-1, logits.shape[-1])
    return torch.nn.functional.cross_entropy(flat, targets.view(-1), ignore_index=-100)


def bits(model: LlamaForCausalLM, lessons: list[Lesson], context: int) -> dict[str, float]:
    """Return bits per note (place and pitch, chords first) and per chord (melody first)."""
    model.eval()
    notes, chords = [0.0, 0], [0.0, 0]
    for lesson in lessons:
        for chords_first in (True, False):
            tokens = written(lesson, chords_first)[:context]
            nats = surprise(model, tokens)
            sums = by_section(tokens, nats, chords_first)
            total = notes if chords_first else chords
            total[0] += sums[0 if chords_first else 1][0]
            total[1] += sums[0 if chords_first else 1][1]
    return {
        "bits_per_note": round(notes[0] / math.log(2) / max(1, notes[1]), 4),
        "bits_per_chord": round(chords[0] / math.log(2) / max(1, chords[1]), 4),
    }


def surprise(model: LlamaForCausalLM, tokens: list[int]) -> list[float]:
    """Return how many nats each token costs, given those before it; the first is free."""
    row = torch.tensor([tokens])
    with torch.no_grad():
        logits = model(input_ids=row[:, :-1], use_cache=False).logits.float()[0]
        costs = torch.nn.functional.cross_entropy(logits, row[0, 1:], reduction="none")
    return [0.0, *costs.tolist()]
