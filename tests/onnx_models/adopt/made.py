"""Models of the true architecture and vocabulary, small, with weights that are diced here."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaModel

from generators.tokens import anticipation, skytnt

WILD = 0.3
"""How far weights are diced apart: as they begin they would hardly differ from nothing."""


def gpt2(folder: Path, **changes: Any) -> Path:
    """Write a small Anticipatory Music Transformer as transformers itself writes it."""
    torch.manual_seed(0)
    size = {"n_positions": anticipation.CONTEXT, "n_embd": 32, "n_layer": 2, "n_head": 4}
    config = GPT2Config(vocab_size=anticipation.SIZE, initializer_range=WILD, **{**size, **changes})
    GPT2LMHeadModel(config).save_pretrained(folder)
    return folder


def pair(folder: Path, version: str = "v2", **changes: Any) -> Path:
    """Write a small midi-model: its configuration, and the weights of both networks."""
    torch.manual_seed(0)
    vocabulary = skytnt.VERSIONS[version]
    size = {"vocab_size": vocabulary.size, "pad_token_id": 0, "max_position_embeddings": 4096,
            "hidden_size": 32, "initializer_range": WILD, **changes}  # fmt: skip
    large = LlamaConfig(num_attention_heads=4, num_hidden_layers=2, intermediate_size=64, **size)
    small = LlamaConfig(num_attention_heads=1, num_hidden_layers=1, intermediate_size=16, **size)
    weights = {
        **{f"net.{name}": each for name, each in LlamaModel(large).state_dict().items()},
        **{f"net_token.{name}": each for name, each in LlamaModel(small).state_dict().items()},
        "lm_head.weight": torch.randn(vocabulary.size, 32) * WILD,
    }
    tokenizer = {"version": version, "optimise_midi": True, "vocab_size": vocabulary.size}
    folder.mkdir(parents=True)
    save_file(weights, folder / "model.safetensors")
    write_config(folder, {
        "model_type": "midi_model", "architectures": ["MIDIModel"], "tokenizer": tokenizer,
        "net_config": large.to_dict(), "net_token_config": small.to_dict(),
    })  # fmt: skip
    return folder


def write_config(folder: Path, config: Mapping[str, Any]) -> None:
    """Write a configuration."""
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")


def changed(folder: Path, **changes: Any) -> Path:
    """Change a configuration that is there."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    write_config(folder, {**config, **changes})
    return folder
