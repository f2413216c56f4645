"""The network: a small Llama that reads an event at a place, and a speller of its words.

The Llama (RMS norms, rotary places, gated inner layers, shared key heads) reads the sum of the
words of each event. What it makes of an event, with the words of the next event that are known
already and what the memory of the sheet expects (`generators.habits`), goes through one gated
layer and says what the next word may be.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, dropout, silu
from transformers import LlamaConfig, LlamaModel

from generators.habits import SURENESSES
from generators.tokens import leadsheet as words
from onnx_models.workshop.recipe import Recipe

EPSILON = 1e-6


def configuration(recipe: Recipe) -> LlamaConfig:
    """Return the shape of the Llama that a recipe asks for."""
    return LlamaConfig(
        vocab_size=words.SIZE,
        hidden_size=recipe.width,
        intermediate_size=recipe.inner,
        num_hidden_layers=recipe.layers,
        num_attention_heads=recipe.heads,
        num_key_value_heads=recipe.key_heads,
        max_position_embeddings=recipe.context,
        rms_norm_eps=EPSILON,
        attention_dropout=0.0,
        bos_token_id=None,
        eos_token_id=words.END_TOKEN,
        pad_token_id=None,
    )


class Network(nn.Module):  # type: ignore[misc]
    """What is trained: `events` are whole numbers of shape (rows, events, words), 0 for none."""

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        self.dropout = recipe.dropout
        self.llama = LlamaModel(configuration(recipe))
        self.llama.config._attn_implementation = "sdpa"
        self.known = nn.Embedding(words.SIZE, recipe.width)
        self.hinted = nn.Embedding(words.SIZE, recipe.width)
        self.sureness = nn.Embedding(SURENESSES, recipe.width)
        self.norm = nn.RMSNorm(recipe.width, EPSILON)
        self.gate = nn.Linear(recipe.width, recipe.spelling, bias=False)
        self.up = nn.Linear(recipe.width, recipe.spelling, bias=False)
        self.down = nn.Linear(recipe.spelling, recipe.width, bias=False)
        self.last = nn.RMSNorm(recipe.width, EPSILON)
        self.head = nn.Linear(recipe.width, words.SIZE, bias=False)
        for table in (self.llama.embed_tokens, self.known):
            nn.init.normal_(table.weight, std=0.02)
        for table in (self.hinted, self.sureness):
            nn.init.zeros_(table.weight)
        nn.init.zeros_(self.down.weight)
        nn.init.normal_(self.head.weight, std=0.02)

    def read(self, events: Tensor) -> Tensor:
        """Return what is made of each event: shape (rows, events, width)."""
        told = (self.llama.embed_tokens(events) * (events > 0).unsqueeze(-1)).sum(-2)
        told = dropout(told, self.dropout, self.training)
        made: Tensor = self.llama(inputs_embeds=told, use_cache=False).last_hidden_state
        return made

    def spell(self, made: Tensor) -> Tensor:
        """Return the logits of the next word, from what was made and the words known so far."""
        normed = self.norm(made)
        made = made + self.down(silu(self.gate(normed)) * self.up(normed))
        logits: Tensor = self.head(self.last(made))
        return logits

    def logits(self, events: Tensor, hints: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits and true words where the mask of shape (rows, events, words) is true.

        `hints` are what the memory expects of each word and how sure it is, 0 and 0 for nothing:
        shape (rows, events, words, 2). The first event of each row is given.
        """
        made, after = self.read(events[:, :-1]), events[:, 1:]
        told = self.known(after[..., :-1])
        before = torch.nn.functional.pad(told.cumsum(-2), (0, 0, 1, 0))
        row, event, word = mask[:, 1:].nonzero(as_tuple=True)
        asked = made[row, event] + before[row, event, word]
        hint = hints[:, 1:][row, event, word]
        return self.spell(asked + self.hint(hint)), after[row, event, word]

    def hint(self, hint: Tensor) -> Tensor:
        """Return what hints of shape (..., 2) add to what is made; nothing where there is none."""
        told: Tensor = self.hinted(hint[..., 0]) + self.sureness(hint[..., 1])
        return told * (hint[..., 1:] > 0)

    def loss(self, events: Tensor, hints: Tensor, mask: Tensor) -> Tensor:
        """Return the mean surprise of the words that are learnt, in nats."""
        return cross_entropy(*self.logits(events, hints, mask))


def network(recipe: Recipe) -> Network:
    """Return an untrained network, the same one for the same seed."""
    torch.manual_seed(recipe.seed)
    return Network(recipe)


def parameters(model: nn.Module) -> int:
    """Return how many numbers are learnt."""
    return sum(each.numel() for each in model.parameters())
