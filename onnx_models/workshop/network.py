"""The network: a small Llama (RMS norms, rotary places, gated inner layers, shared key heads)."""

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from generators.tokens import leadsheet as words
from onnx_models.workshop.recipe import Recipe


def configuration(recipe: Recipe) -> LlamaConfig:
    """Return the shape of the network that a recipe asks for."""
    return LlamaConfig(
        vocab_size=words.SIZE,
        hidden_size=recipe.width,
        intermediate_size=recipe.inner,
        num_hidden_layers=recipe.layers,
        num_attention_heads=recipe.heads,
        num_key_value_heads=recipe.key_heads,
        max_position_embeddings=recipe.context,
        attention_dropout=0.0,
        tie_word_embeddings=False,
        bos_token_id=words.NUMBER["nothing"],
        eos_token_id=words.END_TOKEN,
        pad_token_id=None,
    )


def network(recipe: Recipe) -> LlamaForCausalLM:
    """Return an untrained network, the same one for the same seed."""
    torch.manual_seed(recipe.seed)
    model = LlamaForCausalLM(configuration(recipe))
    model.config._attn_implementation = "sdpa"
    return model


def parameters(model: LlamaForCausalLM) -> int:
    """Return how many numbers are learnt."""
    return sum(each.numel() for each in model.parameters())
