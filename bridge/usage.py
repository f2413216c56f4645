"""What a process of ours uses: memory, and the processor's time."""

import psutil


def resident(process: int) -> int:
    """Return the bytes of memory that a process holds; 0 where it is gone."""
    try:
        return int(psutil.Process(process).memory_info().rss)
    except psutil.Error:
        return 0


def busy(process: int) -> float:
    """Return the seconds of processor time that a process and its children have used so far."""
    try:
        top = psutil.Process(process)
        return sum(_seconds(each) for each in (top, *top.children(recursive=True)))
    except psutil.Error:
        return 0.0


def _seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
        return float(times.user + times.system)
    except psutil.Error:
        return 0.0
