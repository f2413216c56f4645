"""A small project that is set up for real, without a network: it is its own build back end."""

import textwrap
from pathlib import Path

BACKEND = """
import pathlib, zipfile

def _wheel(folder, files):
    name = "small-1.0-py3-none-any.whl"
    info = "small-1.0.dist-info/"
    with zipfile.ZipFile(pathlib.Path(folder) / name, "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: small\\nVersion: 1.0\\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "RECORD", "")
    return name

def build_editable(folder, settings=None, metadata=None):
    return _wheel(folder, {"small.pth": str(pathlib.Path.cwd()) + "\\n"})

build_wheel = build_editable
"""  # noqa: E501

PROJECT = """
[build-system]
requires = []
build-backend = "back"
backend-path = ["."]

[project]
name = "small"
version = "1.0"
dependencies = {dependencies}

[dependency-groups]
dev = []
"""


def lay_out(root: Path, *dependencies: str) -> Path:
    """Write the project and return its folder; its daemon prints what it was told."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "back.py").write_text(BACKEND, encoding="utf-8")
    project = PROJECT.format(dependencies=list(dependencies))
    (root / "pyproject.toml").write_text(textwrap.dedent(project), encoding="utf-8")
    (root / "bridge").mkdir(exist_ok=True)
    (root / "bridge" / "__init__.py").touch()
    main = "import sys\nprint('playing', *sys.argv[1:])\nsys.exit(7)\n"
    (root / "bridge" / "__main__.py").write_text(main, encoding="utf-8")
    return root
