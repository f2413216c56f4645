"""Which family a model is of, and whether it is one that can be played."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from generators.music.errors import BadModel
from generators.tokens import anticipation, skytnt
from generators.tokens.skytnt import Vocabulary
from onnx_models.workshop.adopt.gpt2 import Habits
from onnx_models.workshop.adopt.plain import Shape, Weights
from onnx_models.workshop.adopt.source import Source

KNOWN = "SkyTNT's midi-model (versions 1 and 2) and the Anticipatory Music Transformer are known"
FETCH = "fetch the whole folder again"
PADDED = 1024
"""Some tables are filled up to a round size; more than this is another vocabulary."""
INTERARRIVAL = 34025
"""The size of the other vocabulary that Anticipatory Music Transformers were trained on."""
GELU = ("gelu_new", "gelu_pytorch_tanh", "gelu_fast")


@dataclass(frozen=True, slots=True)
class Pair:
    """SkyTNT's two Llamas, and the words that they speak."""

    reading: Shape
    spelling: Shape
    bases: tuple[float, float]
    """The base of the speeds by which each tells places."""
    vocabulary: Vocabulary


@dataclass(frozen=True, slots=True)
class Arriving:
    """An Anticipatory Music Transformer."""

    shape: Shape
    habits: Habits
    size: int


def recognised(source: Source) -> Pair | Arriving:
    """Say which family a model is of.

    Raises:
        BadModel: it is of none that is known, or differs in something that matters.

    """
    kind = source.config.get("model_type")
    if kind == "midi_model" or {"net_config", "net_token_config"} <= set(source.config):
        return _pair(source)
    if kind == "gpt2":
        return _arriving(source)
    raise BadModel(f"a model of the type {kind!r} is not known here", KNOWN)


def _pair(source: Source) -> Pair:
    tokenizer = _table(source.config, "tokenizer")
    vocabulary = skytnt.VERSIONS.get(str(tokenizer.get("version")))
    if vocabulary is None:
        raise BadModel(f"the words of version {tokenizer.get('version')!r} are not known", KNOWN)
    tables = _table(source.config, "net_config"), _table(source.config, "net_token_config")
    for table in (*tables, tokenizer):
        _check_size(table.get("vocab_size", vocabulary.size), vocabulary.size, vocabulary.size)
    reading, spelling = (_llama(source, table) for table in tables)
    if reading.width != spelling.width:
        raise BadModel("the two networks of the model are not of one width", KNOWN)
    bases = _base(tables[0]), _base(tables[1])
    return Pair(reading, spelling, bases, vocabulary)


def _table(config: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = config.get(name)
    if not isinstance(table, dict):
        raise BadModel(f"config.json has no {name}", KNOWN)
    return table


def _check_size(size: object, least: int, most: int) -> None:
    if not isinstance(size, int) or not least <= size <= most:
        raise BadModel(
            f"a vocabulary of {size} words is not the one that is known ({least})", KNOWN
        )


def _llama(source: Source, table: Mapping[str, Any]) -> Shape:
    if (
        table.get("hidden_act", "silu") != "silu"
        or table.get("attention_bias")
        or table.get("mlp_bias")
    ):
        raise BadModel("this Llama is built in another way than midi-model's", KNOWN)
    heads = source.number("num_attention_heads", table)
    key_heads = table.get("num_key_value_heads") or heads
    context = min(source.number("max_position_embeddings", table), 4096)
    epsilon = float(table.get("rms_norm_eps", 1e-6))
    layers, width = source.number("num_hidden_layers", table), source.number("hidden_size", table)
    return _checked(Shape(layers, heads, key_heads, width, context, epsilon))


def _checked(shape: Shape) -> Shape:
    if shape.width % shape.heads or shape.heads % shape.key_heads or shape.context < 64:
        raise BadModel("config.json gives sizes that do not go together", KNOWN)
    return shape


def _base(table: Mapping[str, Any]) -> float:
    """Return the base of the speeds by which places are told."""
    told = table.get("rope_parameters") or table.get("rope_scaling") or {}
    if told.get("rope_type", told.get("type", "default")) != "default":
        raise BadModel("this Llama tells places in a way that is not known here", KNOWN)
    return float(told.get("rope_theta", table.get("rope_theta", 10000.0)))


def _arriving(source: Source) -> Arriving:
    config = source.config
    size = config.get("vocab_size")
    if size == INTERARRIVAL:
        raise BadModel("this one counts time from note to note, which is not known here", KNOWN)
    _check_size(size, anticipation.SIZE, anticipation.SIZE + PADDED)
    if config.get("activation_function", "gelu_new") not in GELU or config.get(
        "add_cross_attention"
    ):
        raise BadModel("this GPT-2 is built in another way than those that are known", KNOWN)
    context = min(source.number("n_positions"), anticipation.CONTEXT)
    width, heads = source.number("n_embd"), source.number("n_head")
    epsilon = float(config.get("layer_norm_epsilon", 1e-5))
    shape = Shape(source.number("n_layer"), heads, heads, width, context, epsilon)
    scaled = bool(config.get("scale_attn_weights", True))
    habits = Habits(scaled, bool(config.get("scale_attn_by_inverse_layer_idx")))
    return Arriving(_checked(shape), habits, source.number("vocab_size"))


def fitting(found: Pair | Arriving, weights: Weights) -> Weights:
    """Return the weights by the names that the graphs use, once each has its place and size.

    Raises:
        BadModel: one is missing or of another size than the configuration says.

    """
    if isinstance(found, Arriving):
        weights = {name.removeprefix("transformer."): each for name, each in weights.items()}
        _check_weights(weights, _of_gpt2(found))
    else:
        weights = {name.removeprefix("model."): each for name, each in weights.items()}
        _check_weights(weights, _of_pair(found))
    return weights


def _check_weights(weights: Weights, wanted: Iterable[tuple[str, tuple[int, ...]]]) -> None:
    for name, size in wanted:
        if name not in weights:
            raise BadModel(f"the weights lack {name}", FETCH)
        if weights[name].shape[: len(size)] != size:
            raise BadModel(f"the weights {name} have another size than config.json says", FETCH)


def _of_gpt2(found: Arriving) -> Iterable[tuple[str, tuple[int, ...]]]:
    width = found.shape.width
    yield "wte.weight", (found.size, width)
    yield "ln_f.weight", (width,)
    yield "ln_f.bias", (width,)
    yield "wpe.weight", ()
    for layer in range(found.shape.layers):
        sizes = {
            "ln_1.weight": (width,), "ln_1.bias": (width,), "ln_2.weight": (width,),
            "ln_2.bias": (width,), "attn.c_attn.weight": (width, 3 * width),
            "attn.c_attn.bias": (3 * width,), "attn.c_proj.weight": (width, width),
            "attn.c_proj.bias": (width,), "mlp.c_fc.weight": (width,), "mlp.c_fc.bias": (),
            "mlp.c_proj.weight": (), "mlp.c_proj.bias": (width,),
        }  # fmt: skip
        yield from ((f"h.{layer}.{name}", size) for name, size in sizes.items())


def _of_pair(found: Pair) -> Iterable[tuple[str, tuple[int, ...]]]:
    yield "lm_head.weight", (found.vocabulary.size, found.reading.width)
    for net, shape in (("net", found.reading), ("net_token", found.spelling)):
        width, keys = shape.width, shape.key_heads * shape.numbers
        yield f"{net}.embed_tokens.weight", (found.vocabulary.size, width)
        yield f"{net}.norm.weight", (width,)
        for layer in range(shape.layers):
            sizes = {
                "input_layernorm": (width,), "post_attention_layernorm": (width,),
                "self_attn.q_proj": (width, width), "self_attn.k_proj": (keys, width),
                "self_attn.v_proj": (keys, width), "self_attn.o_proj": (width, width),
                "mlp.gate_proj": (), "mlp.up_proj": (), "mlp.down_proj": (width,),
            }  # fmt: skip
            yield from (
                (f"{net}.layers.{layer}.{name}.weight", size) for name, size in sizes.items()
            )
