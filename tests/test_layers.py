"""The house keeps its rooms apart: who may import whom, and that importing does nothing."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent
ROOMS = ("bridge", "generators", "onnx_models", "install")
FILES = sorted(
    path.relative_to(HOUSE).as_posix() for room in ROOMS for path in (HOUSE / room).rglob("*.py")
)
EVERY_FILE = sorted(
    [*FILES, *(p.relative_to(HOUSE).as_posix() for p in (HOUSE / "tests").rglob("*.py"))]
)

HOMES = {
    "onnxruntime": ("generators/runtime.py", "onnx_models/workshop/quantize.py"),
    "rtmidi": ("bridge/wires/midi.py",),
    "jack": ("bridge/wires/jack.py",),
    "aalink": ("bridge/wires/link.py",),
    "starlette": ("bridge/wires/http.py",),
    "uvicorn": ("bridge/wires/http.py",),
    "websockets": ("bridge/wires/http.py",),
    "pythonosc": ("bridge/wires/osc.py",),
    "music21": ("generators/music/notation.py", "onnx_models/workshop/"),
    "torch": ("onnx_models/workshop/",),
    "transformers": ("onnx_models/workshop/",),
    "onnx": ("onnx_models/workshop/",),
    "onnxscript": ("onnx_models/workshop/",),
    "matplotlib": ("onnx_models/workshop/", "bridge/bench/plot.py"),
    "notochord": ("bridge/bench/notochord.py",),
    "psutil": ("bridge/usage.py",),
    "verovio": ("onnx_models/workshop/listening/engraving.py",),
    "safetensors": ("onnx_models/workshop/adopt/source.py",),
    "huggingface_hub": ("onnx_models/workshop/adopt/hub.py",),
}
"""Where each third-party name may be imported: one file, or the workshop."""

MAY_IMPORT = {
    "generators/music/": ("generators.music", "music21"),
    "generators/hearing/": ("generators.music", "generators.hearing", "numpy"),
    "generators/tokens/": ("generators.music", "generators.hearing", "generators.tokens", "numpy"),
    "generators/": ("generators", "numpy", "onnxruntime"),
    "onnx_models/workshop/": ("generators", "onnx_models.workshop", "*"),
    "bridge/": ("bridge", "generators", "*"),
    "install/": ("install",),
}
"""What a room may import beside the standard library; * is any third party. First match wins."""

OURS = {*ROOMS, "tests"}
IMPURE = {"asyncio", "socket", "subprocess", "multiprocessing", "time", "sched", "secrets"}
"""What would let a generator wait, listen or read a clock."""
PURE_RANDOM = {"Random", "Generator", "default_rng", "PCG64", "SeedSequence"}
RANDOM_MODULES = {"np.random", "numpy.random", "random"}
TRAINING = {"torch", "transformers", "onnx", "onnxscript", "safetensors"}


def faults(path: str, source: str) -> list[str]:
    """Return what is wrong with a file's imports."""
    tree = ast.parse(source)
    found = [*_bad_forms(tree), *_wrong_homes(path, tree), *_wrong_ways(path, tree)]
    if path.startswith("generators/"):
        found += _impure(tree)
    if path.endswith("__init__.py"):
        found += [
            f"holds more than a docstring: {ast.unparse(n)}" for n in tree.body if not _doc(n)
        ]
    return found


def imported(tree: ast.AST) -> Iterator[str]:
    """Give the full name of everything that is imported, wherever in the file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from (f"{node.module}.{name.name}" for name in node.names)


def _doc(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _bad_forms(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            if node.level:
                yield f"imports by a relative path: {ast.unparse(node)}"
            if any(name.name == "*" for name in node.names):
                yield f"imports everything: {ast.unparse(node)}"


def _wrong_homes(path: str, tree: ast.AST) -> Iterator[str]:
    for name in imported(tree):
        homes = HOMES.get(name.partition(".")[0])
        if homes and not path.startswith(homes) and not path.startswith("tests/"):
            yield f"imports {name}, which belongs in {' or '.join(homes)}"


def _wrong_ways(path: str, tree: ast.AST) -> Iterator[str]:
    allowed = next((may for room, may in MAY_IMPORT.items() if path.startswith(room)), ("*", *OURS))
    for name in imported(tree):
        top = name.partition(".")[0]
        known = top in sys.stdlib_module_names or f"{name}.".startswith(
            tuple(f"{a}." for a in allowed)
        )
        if not known and not ("*" in allowed and top not in OURS):
            yield f"imports {name}"


def _impure(tree: ast.AST) -> Iterator[str]:
    for name in imported(tree):
        top, _, rest = name.partition(".")
        random = top == "random" or name.startswith("numpy.random")
        if top in IMPURE or name == "threading.Thread" or (random and rest not in PURE_RANDOM):
            yield f"imports {name}, and a generator is pure"
    for node in (each for each in ast.walk(tree) if isinstance(each, ast.Attribute)):
        if ast.unparse(node.value) in RANDOM_MODULES and node.attr not in PURE_RANDOM:
            yield f"draws from a global random source: {ast.unparse(node)}"


@pytest.mark.parametrize("path", EVERY_FILE)
def test_a_file_imports_only_what_its_room_may(path: str) -> None:
    assert faults(path, (HOUSE / path).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("path", "source", "what"),
    [
        ("generators/music/time.py", "from generators.hearing.key import key_of", "key_of"),
        ("generators/music/time.py", "import numpy as np", "numpy"),
        ("generators/hearing/key.py", "from generators.prompt import Prompt", "Prompt"),
        ("generators/tokens/grid.py", "import generators.rules", "rules"),
        ("generators/rules.py", "def f():\n    from bridge.session import Session", "Session"),
        ("generators/rules.py", "import time", "pure"),
        ("generators/rules.py", "from threading import Thread", "pure"),
        ("generators/rules.py", "import random", "pure"),
        ("generators/rules.py", "from random import choice", "pure"),
        ("generators/rules.py", "import numpy as np\nnp.random.rand(3)", "global random"),
        ("generators/rules.py", "from onnx_models.workshop import train", "train"),
        ("generators/sampling.py", "import onnxruntime as ort", "generators/runtime.py"),
        ("generators/runtime.py", "import torch", "workshop"),
        ("bridge/session.py", "import rtmidi", "bridge/wires/midi.py"),
        ("bridge/wires/osc.py", "import jack", "bridge/wires/jack.py"),
        ("bridge/daemon.py", "from starlette.routing import Route", "bridge/wires/http.py"),
        ("bridge/daemon.py", "import onnx_models.workshop.train", "train"),
        ("bridge/daemon.py", "from tests.music import line", "tests"),
        ("bridge/daemon.py", "from . import session", "relative"),
        ("bridge/daemon.py", "from bridge.events import *", "everything"),
        ("onnx_models/workshop/train.py", "import bridge.config", "bridge"),
        ("onnx_models/workshop/train.py", "import onnxruntime", "generators/runtime.py"),
        ("install/__main__.py", "import tqdm", "tqdm"),
        ("bridge/__init__.py", '"""Rooms."""\nfrom bridge.cli import main', "docstring"),
    ],
)
def test_a_wrong_import_is_seen(path: str, source: str, what: str) -> None:
    assert what in " ".join(faults(path, source))


@pytest.mark.parametrize(
    ("path", "source"),
    [
        (
            "generators/rules.py",
            "from random import Random\nfrom generators.music.notes import Note",
        ),
        ("generators/sampling.py", "import numpy as np\nnp.random.default_rng(3)"),
        ("generators/runtime.py", "import onnxruntime"),
        ("bridge/wires/midi.py", "def f():\n    import rtmidi"),
        ("onnx_models/workshop/train.py", "import torch\nfrom generators.tokens import leadsheet"),
        ("bridge/daemon.py", "import asyncio\nfrom generators.rules import Rules"),
        ("bridge/__init__.py", '"""Rooms."""'),
    ],
)
def test_a_right_import_is_let_be(path: str, source: str) -> None:
    assert faults(path, source) == []


LOOK = """
import importlib, json, os, sys, threading
before = dict(os.environ)
found = []
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
    if len(threading.enumerate()) > 1:
        found.append(f"{name} starts a thread")
        break
    if dict(os.environ) != before:
        found.append(f"{name} changes the environment")
        break
print(json.dumps(found))
"""


def importable() -> list[str]:
    """Return our modules, without those of the workshop where what it trains with is missing."""
    trained = all(find_spec(name) for name in TRAINING)
    names = [
        path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for path in FILES
        if not path.endswith("__main__.py") and (trained or not _trains(path))
    ]
    return sorted(names)


def _trains(path: str) -> bool:
    names = set(imported(ast.parse((HOUSE / path).read_text(encoding="utf-8"))))
    if any(name.partition(".")[0] in TRAINING for name in names):
        return True
    ours = {name.rpartition(".")[0] for name in names} | names
    files = (f"{name.replace('.', '/')}.py" for name in ours if name.startswith("onnx_models."))
    return any(file in FILES and file != path and _trains(file) for file in files)


def test_importing_does_nothing() -> None:
    asked = [sys.executable, "-c", LOOK, json.dumps(importable())]
    done = subprocess.run(asked, cwd=HOUSE, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout.strip() == "[]"


def test_an_import_that_does_something_is_seen(tmp_path: Path) -> None:
    noisy = "import os, threading\nos.environ['NOISY'] = '1'\nthreading.Event().wait(0)"
    (tmp_path / "noisy.py").write_text(noisy, encoding="utf-8")
    asked = [sys.executable, "-c", LOOK, json.dumps(["noisy"])]
    done = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert json.loads(done.stdout) == ["noisy changes the environment"]


def test_every_room_is_looked_at() -> None:
    assert len(FILES) > 40
    assert {path.partition("/")[0] for path in FILES} == set(ROOMS)
