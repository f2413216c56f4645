"""ONNX files opened and run, on the CPU or what else the machine has."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from generators.music.errors import BadModel

CPU = "CPUExecutionProvider"
QUICKEST = ("CUDAExecutionProvider", "DmlExecutionProvider", "CoreMLExecutionProvider", CPU)
"""Where a large model runs, if it can."""
Array = npt.NDArray[Any]


class Bound:
    """A session with arrays of one shape each: fill those of `given`, run, and read `made`.

    A small network is done in less than half a millisecond; to make arrays and bind them anew for
    each run would take a sixth of that.
    """

    def __init__(
        self,
        session: Any,
        given: Mapping[str, Array],
        made: Mapping[str, Array],
        kept: Iterable[tuple[str, str, Any]] = (),
    ) -> None:
        """Bind arrays to inputs and outputs by their names.

        `kept` are values (`OrtValue`) that one output writes where an input reads, each with the
        names of the two.
        """
        self.given = {name: np.ascontiguousarray(array) for name, array in given.items()}
        self.made = {name: np.ascontiguousarray(array) for name, array in made.items()}
        self._session, self._binding = session, session.io_binding()
        self._values = {name: held(array) for name, array in self.given.items()}
        for name, array in self.made.items():
            self._binding.bind_ortvalue_output(name, held(array))
        for past, present, value in kept:
            self._binding.bind_ortvalue_input(past, value)
            self._binding.bind_ortvalue_output(present, value)
        self._bind_given()
        # Another device gets a copy of what is bound, as it is at that moment.
        self._copies = session.get_providers() != [CPU]

    def _bind_given(self) -> None:
        for name, value in self._values.items():
            self._binding.bind_ortvalue_input(name, value)

    def run(self) -> None:
        """Let the session work on what is in `given`."""
        if self._copies:
            self._bind_given()
        self._session.run_with_iobinding(self._binding)


def held(array: Array) -> Any:
    """Return an `OrtValue` whose memory is that of the array."""
    import onnxruntime as ort

    return ort.OrtValue.ortvalue_from_numpy(array)


def opened(model: bytes | str, called: str, providers: Sequence[str], threads: int) -> Any:
    """Open an ONNX file, given whole or by its path (which one with weights beside it needs).

    Raises:
        BadModel: it cannot be run; `called` says what it is.

    """
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4
    try:
        return ort.InferenceSession(model, options, providers=list(providers))
    except Exception as error:  # onnxruntime raises kinds of its own, with nothing in common
        raise BadModel(
            f"{called} cannot be run ({_first_line(error)})",
            "export it again, or name another model",
        ) from error


def offered() -> tuple[str, ...]:
    """Return the providers that this onnxruntime has, the quickest for a large model first."""
    import onnxruntime as ort

    there = set(ort.get_available_providers())
    return tuple(name for name in QUICKEST if name in there)


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0][:120]
