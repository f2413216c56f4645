"""Cards as text: the TOML beside a model, and the page about all models."""

import json
import tomllib
from collections.abc import Iterable
from pathlib import Path

from generators.card import Beside, Card, Proof, Score, Source, Tensors


def write_card(card: Card, folder: Path) -> None:
    """Write a card, whole or not at all."""
    part = folder / "card.part"
    part.write_text(card_text(card), encoding="utf-8")
    part.replace(folder / "card.toml")


def card_text(card: Card) -> str:
    """Return a card as TOML."""
    plain = (
        "name", "family", "about", "default", "file", "sha256", "vocabulary", "vocabulary_size",
        "units_per_quarter", "context", "parameters", "licence",
    )  # fmt: skip
    lines = [f"{name} = {_toml(getattr(card, name))}" for name in plain]
    for table, value in (("tensors", card.tensors), ("proof", card.proof)):
        lines += ["", f"[{table}]", *_rows(value)]
    if card.origins is not None:
        lines += ["", "[origins]", *_rows(card.origins)]
    for table, rows in (("data", card.data), ("scores", card.scores), ("beside", card.beside)):
        for row in rows:
            lines += ["", f"[[{table}]]", *_rows(row)]
    text = "\n".join(lines) + "\n"
    tomllib.loads(text)
    return text


def _rows(value: Tensors | Proof | Source | Score | Beside) -> list[str]:
    return [f"{name} = {_toml(getattr(value, name))}" for name in value.__slots__]


def _toml(value: object) -> str:
    """Write a value as TOML: for what a card holds, JSON and TOML agree."""
    return json.dumps(value, ensure_ascii=False)


def page(cards: Iterable[Card]) -> str:
    """Return `docs/models.md`: every model on the shelf, as its card tells it."""
    return "\n".join([HEAD, *(_section(card) for card in cards)])


HEAD = """\
# Models

This page is made from the cards on the shelf: `antiphon-workshop page > docs/models.md`.

A model is an ONNX file and its `card.toml` in a folder of their own. To use another one, put its
folder into a folder of models and name that; nothing else has to be told. `antiphon models` lists
what is there, `antiphon doctor` checks every model against its card.

To make one again, with the corpora in folders named as in the tables below, beside each other:

```
pip install 'antiphon[train]'
antiphon-workshop fetch
antiphon-workshop corpus --corpora CORPORA --work WORK
antiphon-workshop train --work WORK --recipe onnx_models/workshop/recipes/small.toml
antiphon-workshop train --work WORK --recipe onnx_models/workshop/recipes/base.toml
antiphon-workshop export --work WORK --shelf MODELS --bits 8 --default
antiphon evaluate --corpora CORPORA --models MODELS --keep
```

`fetch` says where each corpus is published and under which licence.

Training can be stopped at any time and goes on where it stopped. `--recipe FILE.toml` trains by
another recipe. The tables count the tunes of the train split, without doubles in any key.
"""


def _section(card: Card) -> str:
    size = f"{card.parameters / 1e6:.1f} million numbers, {card.context} tokens of context"
    lines = [
        f"## {card.name}\n",
        f"{card.about}\n",
        f"* Family `{card.family}`, {size}, {card.units_per_quarter} units to the quarter",
        f"* Licence: {card.licence}",
        f"* ONNX against torch: logits differ by {card.proof.difference:g} at most",
        f"* Checksum: `sha256:{card.sha256}`",
        "\n| trained on | tunes | notes | chords | licence |",
        "| --- | --: | --: | --: | --- |",
        *(
            f"| {s.name} | {s.tunes:,} | {s.notes:,} | {s.chords:,} | {s.licence} |"
            for s in card.data
        ),
        "\n| measured | value | command |",
        "| --- | --: | --- |",
        *(f"| {s.what} | {s.value:g} | `{s.command}` |" for s in card.scores),
    ]
    return "\n".join(lines) + "\n"
