"""Torch reads what the ONNX files read, by transformers' own networks."""

from collections.abc import Sequence

import numpy as np
import torch
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaModel

from generators.anticipation import Anticipation, event_of
from generators.growing import Floats
from generators.music.harmony import Key
from generators.music.notes import Note, Phrase
from generators.music.progression import progression
from generators.music.time import QUARTER, Meter, Ticks
from generators.parts import Told
from generators.prompt import Prompt
from generators.skytnt import SkyTNT, note_rows
from generators.tokens import anticipation, skytnt
from onnx_models.workshop.adopt.families import Arriving, Pair
from onnx_models.workshop.adopt.plain import Shape, Weights

SCALE = (60, 62, 64, 65, 67, 69, 71, 72, 71, 69, 67, 65, 64, 62, 59, 60)


def golden_prompt(found: Pair | Arriving) -> tuple[int, ...]:
    """Return a scale over four chords in the words of a family."""
    notes = (Note(Ticks(at * QUARTER), pitch, QUARTER) for at, pitch in enumerate(SCALE))
    spans = progression("C | F | G | C", Meter())
    heard = Phrase.of(notes, spans, key=Key(0))
    prompt = Prompt(heard, Ticks(16 * QUARTER), Ticks(4 * QUARTER))
    if isinstance(found, Arriving):
        events = [event_of(note) for note in Told(prompt, anticipation.UNIT).before]
        return (anticipation.AUTOREGRESS, *(token for e in events for token in e.tokens()))
    told = Told(prompt, skytnt.UNIT)
    return tuple(token for row in note_rows(found.vocabulary, told) for token in row)


def difference(
    found: Pair | Arriving, weights: Weights, player: Anticipation | SkyTNT, prompt: Sequence[int]
) -> float:
    """Return how far torch and ONNX differ at most: read at once, and one word after another."""
    if isinstance(found, Arriving) and isinstance(player, Anticipation):
        wanted = _gpt2(found, weights, prompt)
        got = [player.network.begin(prompt[:-2])]
        got += [player.network.feed([token]) for token in prompt[-2:]]
        return _apart(got, wanted[-3:])
    if isinstance(found, Pair) and isinstance(player, SkyTNT):
        return _pair_apart(found, weights, player, prompt)
    raise TypeError(f"{type(player)} does not play {type(found)}")


def _apart(got: Sequence[Floats], wanted: Floats) -> float:
    return float(np.abs(np.array(got) - wanted).max())


def _tensors(weights: Weights, prefix: str = "") -> dict[str, torch.Tensor]:
    return {
        name.removeprefix(prefix): torch.from_numpy(np.array(each))
        for name, each in weights.items()
        if name.startswith(prefix)
    }


def _gpt2(found: Arriving, weights: Weights, prompt: Sequence[int]) -> Floats:
    shape, habits = found.shape, found.habits
    model = GPT2LMHeadModel(
        GPT2Config(
            vocab_size=found.size,
            n_positions=weights["wpe.weight"].shape[0],
            n_embd=shape.width,
            n_layer=shape.layers,
            n_head=shape.heads,
            n_inner=weights["h.0.mlp.c_fc.weight"].shape[1],
            layer_norm_epsilon=shape.epsilon,
            scale_attn_weights=habits.scaled,
            scale_attn_by_inverse_layer_idx=habits.scaled_by_layer,
            tie_word_embeddings="lm_head.weight" not in weights,
        )
    )
    head = {name: each for name, each in _tensors(weights).items() if name.startswith("lm_head.")}
    rest = {f"transformer.{n}": e for n, e in _tensors(weights).items() if n not in head}
    model.load_state_dict({**rest, **head}, strict=False)
    with torch.no_grad():
        out: Floats = model.eval()(input_ids=torch.tensor([list(prompt)])).logits[0].numpy()
    return out


def _llama(shape: Shape, base: float, weights: Weights, net: str) -> LlamaModel:
    first = weights[f"{net}.layers.0.mlp.gate_proj.weight"]
    config = LlamaConfig(
        vocab_size=weights[f"{net}.embed_tokens.weight"].shape[0],
        hidden_size=shape.width,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.key_heads,
        num_hidden_layers=shape.layers,
        intermediate_size=first.shape[0],
        max_position_embeddings=shape.context,
        rms_norm_eps=shape.epsilon,
        rope_theta=base,
    )
    model = LlamaModel(config)
    model.load_state_dict(_tensors(weights, f"{net}."))
    return model.eval()


def _pair_apart(found: Pair, weights: Weights, player: SkyTNT, prompt: Sequence[int]) -> float:
    rows = [tuple(prompt[at : at + skytnt.ROW]) for at in range(0, len(prompt), skytnt.ROW)]
    reading = _llama(found.reading, found.bases[0], weights, "net")
    spelling = _llama(found.spelling, found.bases[1], weights, "net_token")
    head = torch.from_numpy(np.array(weights["lm_head.weight"]))
    with torch.no_grad():
        summed = reading.embed_tokens(torch.tensor([rows])).sum(dim=-2)
        hidden = reading(inputs_embeds=summed).last_hidden_state
        tokens = spelling.embed_tokens(torch.tensor([rows[-1]]))
        both = torch.cat([hidden[:, -1:], tokens], dim=1)
        logits = (spelling(inputs_embeds=both).last_hidden_state @ head.T)[0].numpy()
    got = [player.network.begin(rows[:-2])] + [player.network.feed([row]) for row in rows[-2:]]
    spelt = [player.speller.begin(got[-1])] + [player.speller.feed(token) for token in rows[-1]]
    return max(_apart(got, hidden[0, -3:].numpy()), _apart(spelt, logits))
