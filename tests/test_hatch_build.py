"""What is compiled when Antiphon is set up, and that nothing is lost where it cannot be."""

import ctypes
import shutil
import sys
from pathlib import Path

import pytest

from bridge.wires import rest
from bridge.wires.rest import Shared
from hatch_build import MADE, SOURCE, compile_beside

ROOT = Path(__file__).parent.parent
COMPILER = sys.platform == "linux" and any(map(shutil.which, ("cc", "gcc", "clang")))
needs_compiler = pytest.mark.skipif(not COMPILER, reason="no C compiler to compile with")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A copy of what is compiled."""
    return Path(shutil.copy(ROOT / SOURCE, tmp_path))


@needs_compiler
def test_what_is_compiled_is_what_python_expects(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = compile_beside(source)
    assert made == source.with_name(MADE)
    size = ctypes.c_uint32.in_dll(ctypes.CDLL(str(made)), "antiphon_rest_size").value
    assert size == ctypes.sizeof(Shared)
    monkeypatch.setattr(rest, "COMPILED", made)
    assert rest.compiled()
    assert {each.name for each in source.parent.iterdir()} == {source.name, MADE}


@needs_compiler
def test_one_with_other_fields_is_passed_over(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = source.read_text("utf-8")
    source.write_text(text.replace("void *way_out;", "void *way_out; void *more;"), "utf-8")
    made = compile_beside(source)
    assert made
    monkeypatch.setattr(rest, "COMPILED", made)
    assert rest.compiled() is None


@needs_compiler
def test_an_older_one_stays_where_the_new_one_does_not_compile(source: Path) -> None:
    made = source.with_name(MADE)
    made.write_bytes(b"older")
    source.write_text("int main(", "utf-8")
    assert compile_beside(source) is None
    assert made.read_bytes() == b"older"
    assert {each.name for each in source.parent.iterdir()} == {source.name, MADE}


@pytest.mark.parametrize("named", [None, "/no/such/compiler -O3"])
def test_without_a_compiler_nothing_is_made(
    source: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, named: str | None
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    if named:
        monkeypatch.setenv("CC", named)
    assert compile_beside(source) is None
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize("content", [b"", b"not a library", b"\x7fELF\x02\x01\x01" + bytes(200)])
def test_a_compiled_file_that_cannot_be_used_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes
) -> None:
    broken = tmp_path / MADE
    broken.write_bytes(content)
    monkeypatch.setattr(rest, "COMPILED", broken)
    assert rest.compiled() is None
