"""Takes in a model of other people; `antiphon models add` runs this as a program of its own.

It is one because torch is needed here and nowhere else.
"""

import argparse
import re
import sys
from pathlib import Path

from generators.command_line import Parser
from generators.music.errors import BadValue, PlayerError

TRAIN = "pip install 'antiphon[train]'"


def main(words: list[str] | None = None) -> int:
    """Take a model in; return 0 if it is done, 1 if it cannot be, 2 for words not understood."""
    try:
        return _add(_parser().parse_args(words))
    except PlayerError as error:
        print(f"antiphon: {error}", file=sys.stderr)
        return 2 if isinstance(error, BadValue) else 1
    except ImportError as error:
        missing = f"taking in a model needs {error.name or 'torch'}, which is not installed"
        print(f"antiphon: {missing}; {TRAIN}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = Parser("antiphon models add", description=__doc__)
    parser.add_argument("source", help="a folder, or OWNER/NAME on the hub")
    parser.add_argument("--into", type=Path, required=True, help="the folder of models")
    parser.add_argument("--name", help="what it will be called")
    parser.add_argument("--yes", action="store_true", help="fetch it without being asked")
    return parser


def _add(options: argparse.Namespace) -> int:
    from onnx_models.workshop.adopt.adopt import Order, adopt
    from onnx_models.workshop.adopt.hub import located

    folder = located(options.source, lambda size: options.yes or _asked(size))
    card = adopt(Order(folder, options.into, options.name or called(options.source)), _say)
    print(f"{card.name} ({card.parameters / 1e6:.1f} M parameters, licence: {card.licence})")
    print(f"is in {card.folder}; ONNX differs from torch by {card.proof.difference:g} at most")
    print(f"play it with: antiphon play --models {options.into} --model {card.name}")
    return 0


def _say(sentence: str) -> None:
    print(f"antiphon: {sentence} ...", file=sys.stderr)


def _asked(size: str) -> bool:
    """Ask whoever sits there; nobody sits at a pipe."""
    if not sys.stdin.isatty():
        print(f"antiphon: {size}", file=sys.stderr)
        return False
    return input(f"{size}. Fetch it? [y/N] ").strip().lower() in ("y", "yes")


def called(source: str) -> str:
    """Return a name for a model by where it comes from."""
    last = Path(source).resolve().name if Path(source).is_dir() else source.rpartition("/")[2]
    plain = re.sub(r"[^\w.-]+", "-", last.removeprefix("models--"), flags=re.ASCII).strip("-.")
    return plain[:60] or "model"


if __name__ == "__main__":
    sys.exit(main())
