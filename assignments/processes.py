"""What the processes of a kernel use: processor, memory, files.

Time is counted so that a busy machine changes nothing: what the processes computed, and
what they *waited for other than a processor*. Who wants to compute and does not get a
processor neither computes nor waits in this sense.
"""

import functools
import os
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

POLL = 0.15  # seconds between two looks at the processes


def family(pid: int) -> list[int]:
    """A process and all that come from it."""
    if sys.platform != "linux":
        return [pid, *(one.pid for one in _of_psutil(pid, "children", True) or [])]
    found, left = [], [pid]
    while left:
        one = left.pop()
        found.append(one)
        with suppress(OSError):
            for task in os.listdir(f"/proc/{one}/task"):
                with open(f"/proc/{one}/task/{task}/children") as f:
                    left += map(int, f.read().split())
    return found


def of_user(user: int) -> list[int]:
    """All processes of a user, whoever started them."""
    found = []
    for entry in os.scandir("/proc"):
        with suppress(OSError):
            if entry.name.isdigit() and entry.stat().st_uid == user:
                found.append(int(entry.name))
    return found


def _of_psutil(pid: int, what: str, *arguments: object):
    """What psutil says, which comes with ipykernel; None if the process is gone."""
    import psutil

    with suppress(psutil.Error):
        return getattr(psutil.Process(pid), what)(*arguments)
    return None


# ---- time


def _computed(pids: Sequence[int]) -> float:
    """Seconds of a processor, with those of children that have ended."""
    if sys.platform != "linux":
        times = [_of_psutil(pid, "cpu_times") for pid in pids]
        return sum(sum(one[:4]) for one in times if one)
    ticks = 0
    for pid in pids:
        with suppress(OSError, IndexError), open(f"/proc/{pid}/stat") as f:
            ticks += sum(map(int, f.read().rpartition(")")[2].split()[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _queued(pids: Sequence[int]) -> dict[str, int]:
    """Nanoseconds that each thread was ready to run and got no processor."""
    found = {}
    for pid in pids if waits_are_known() else ():
        with suppress(OSError, IndexError):
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/schedstat") as f:
                    found[task] = int(f.read().split()[1])
    return found


@functools.cache
def waits_are_known() -> bool:
    """Whether this system tells a sleeping process from one that gets no processor."""
    with suppress(OSError, IndexError, ValueError):
        with open("/proc/self/schedstat") as f:
            return int(f.read().split()[0]) > 0
    return False


class Meter:
    """Counts what processes compute and how long they wait, from look to look."""

    def __init__(self):
        self.computed = self.waited = 0.0
        self._total, self._queued = 0.0, {}
        self._at = time.monotonic()

    def look(self, pids: Sequence[int]) -> None:
        now, total, queued = time.monotonic(), _computed(pids), _queued(pids)
        computed = max(0.0, total - self._total)
        delay = sum(ns - self._queued.get(task, 0) for task, ns in queued.items()) / 1e9
        # If it is this process that got no processor, it knows nothing of the others.
        known = min(now - self._at, 2 * POLL)
        self.computed += computed
        self.waited += max(0.0, known - computed - delay)
        self._at, self._total, self._queued = now, total, queued


# ---- memory and files


class Memory:
    """Memory of processes in MB, without files that are only read."""

    def __init__(self):
        self._files = 0

    def look(self, pids: Sequence[int]) -> tuple[float, float]:
        """Of all together now, and the most that one process had at any time.

        Of all together, what several share counts for each; of files, the most that any
        process has read is taken off.
        """
        now, highest = 0, 0
        for pid in pids:
            with suppress(OSError, KeyError, ValueError):
                one = _status(pid)
                self._files = max(self._files, one["RssFile"])
                now += one["RssAnon"] + one["RssShmem"]
                highest = max(highest, one["VmHWM"])
        return now / 1024, (highest - self._files) / 1024


def _status(pid: int) -> dict[str, int]:
    """The lines about memory of a process, in kB."""
    found = {}
    with open(f"/proc/{pid}/status") as f:
        for line in f:
            if line.startswith(("VmHWM", "Rss")):
                name, _, rest = line.partition(":")
                found[name] = int(rest.split()[0])
    return found


def shared_evenly_mb(pids: Sequence[int]) -> float | None:
    """Memory with what several share counted once; None where that is not told."""
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/smaps_rollup") as f:
                lines = [line.split() for line in f.readlines()[1:]]
        except PermissionError:
            return None
        except OSError:
            continue  # it has ended
        parts = [int(x[1]) for x in lines if x[0] in ("Pss_Anon:", "Pss_Shmem:")]
        if lines and not parts:  # an old system
            return None
        total += sum(parts)
    return total / 1024


def folder(path: Path, most: int) -> tuple[float, int]:
    """MB and number of files and folders; stops counting after ``most``."""
    size, count = 0, 0
    for at, folders, names in os.walk(path):
        count += len(folders) + len(names)
        if count > most:
            break
        for name in names:
            with suppress(OSError):
                size += os.lstat(os.path.join(at, name)).st_size
    return size / 2**20, count


def files_in_memory(pid: int, size: int) -> int:
    """Number of files in a container's own ``/tmp`` and ``/dev/shm``, of a known size.

    The size tells them from those of the system, which a process sees before it is in
    its container.
    """
    count = 0
    for name in ("tmp", "dev/shm"):
        with suppress(OSError):
            of = os.statvfs(f"/proc/{pid}/root/{name}")
            if of.f_blocks * of.f_frsize == size:
                count += of.f_files - of.f_ffree
    return count


def available_mb() -> float | None:
    """Memory that is free for new processes, also within a container's limit."""
    found = []
    with suppress(OSError, ValueError, StopIteration), open("/proc/meminfo") as f:
        line = next(line for line in f if line.startswith("MemAvailable"))
        found.append(int(line.split()[1]) / 1024)
    with suppress(OSError, ValueError):
        at = Path("/sys/fs/cgroup")
        most = int((at / "memory.max").read_text())
        found.append((most - int((at / "memory.current").read_text())) / 2**20)
    if not found:
        with suppress(ImportError):
            import psutil

            found.append(psutil.virtual_memory().available / 2**20)
    return min(found, default=None)
