"""Going before other programs, where the system lets us: what plays must not wait for what counts.

On Linux that is what JACK itself needs, a low real-time priority (`ulimit -r`), here below that of
every JACK client. On Windows and macOS everybody may have what is asked for here.
"""

import ctypes
import logging
import os
import sys
from typing import Any

log = logging.getLogger(__name__)
LOW = 2  # of 1 to 99; clients of `jackd -P10`, its default, have 5
HIGHEST, HIGH = 2, 0x80  # THREAD_PRIORITY_HIGHEST, HIGH_PRIORITY_CLASS
INTERACTIVE = 0x21  # QOS_CLASS_USER_INTERACTIVE


def hurry_thread() -> bool:
    """Let the calling thread go first, and say whether it does; on Linux also those it starts."""
    try:
        if sys.platform == "win32":
            kernel = _kernel()
            return bool(kernel.SetThreadPriority(_handle(kernel.GetCurrentThread), HIGHEST))
        if sys.platform == "darwin":
            return not ctypes.CDLL(None).pthread_set_qos_class_self_np(INTERACTIVE, 0)
        if os.sched_getscheduler(0) == os.SCHED_OTHER:
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(LOW))
        return True
    except (OSError, AttributeError) as error:
        log.debug("no priority: %s", error)
        return False


def hurry_process() -> bool:
    """Let this process go first, with each thread that it has yet to start; say whether it does.

    On macOS it is only the calling thread.
    """
    if sys.platform != "win32":
        return hurry_thread()
    kernel = _kernel()
    return bool(kernel.SetPriorityClass(_handle(kernel.GetCurrentProcess), HIGH))


def _kernel() -> Any:
    if sys.platform == "win32":
        return ctypes.windll.kernel32
    raise OSError("this is not Windows")


def _handle(current: Any) -> ctypes.c_void_p:
    """Return a handle as wide as a pointer: ctypes takes and gives 32 bits unless it is told."""
    current.restype = ctypes.c_void_p
    return ctypes.c_void_p(current())
