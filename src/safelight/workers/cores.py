"""Which processor cores a worker computes on, and so how many threads it takes.

One thread for each physical core of one processor (socket): a picture does not fill two, and their memories are far
from each other (OpenVINO's guide says the same of the best latency on machines with several sockets). No more than
this process may run on (its affinity), nor than its container gets of the processors' time (control groups).
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import MutableMapping
from functools import cache
from pathlib import Path

_THREADS = "OMP_NUM_THREADS"
_CGROUPS, _MEMBER = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")
_CPUS = Path("/sys/devices/system/cpu")
_NO_LIMIT = 1 << 20


def take_cores(threads: int, environment: MutableMapping[str, str]) -> None:
    """Say how many threads libraries shall take that are imported from now on, and keep them within one processor.

    Args:
        threads: As set; 0 for one on each physical core. More than a processor has may run on all of them.
        environment: This process's. A number that is there already goes before one that is not set.
    """
    given = environment.get(_THREADS, "").partition(",")[0]
    asked = threads or (int(given) if given.isdigit() else 0)
    processor = largest_processor(allowed())
    near = frozenset[int]().union(*processor)
    if asked <= len(processor) and near < allowed():
        os.sched_setaffinity(0, near)
    environment[_THREADS] = str(asked or usable_cores())


@cache
def usable_cores() -> int:
    """How many physical cores a worker computes on where nothing is set."""
    if not _CPUS.is_dir():
        import psutil  # noqa: PLC0415 - costs 20 ms

        return psutil.cpu_count(logical=False) or os.cpu_count() or 1
    return max(1, min(len(largest_processor(allowed())), cores_by_quota()))


def allowed() -> frozenset[int]:
    """The logical CPUs that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return frozenset(os.sched_getaffinity(0))
    return frozenset(range(os.cpu_count() or 1))


def largest_processor(cpus: frozenset[int], described: Path = _CPUS) -> list[frozenset[int]]:
    """The physical cores of the processor that has most of these CPUs, each as the CPUs of its hardware threads.

    Where the system does not describe them, each CPU is taken for a core of one and the same processor; so it is where
    every processor has a single core, which is how hypervisors describe the cores of one.
    """
    cores: defaultdict[str, set[frozenset[int]]] = defaultdict(set)
    for cpu in cpus:
        topology = described / f"cpu{cpu}" / "topology"
        siblings = _numbers(_read(topology / "thread_siblings_list")) & cpus or frozenset([cpu])
        cores[_read(topology / "physical_package_id")].add(siblings)
    most = max(cores.values(), key=len)
    if len(most) == 1:
        most = set().union(*cores.values())
    return sorted(most, key=min)


def cores_by_quota(groups: Path = _CGROUPS, member: Path = _MEMBER) -> int:
    """Whole cores' worth of time that this process's control groups, and those around them, get at most.

    Rounded down: a thread too many would let the group run out of time, and the server in it stand still.
    """
    least = float(_NO_LIMIT)
    for line in _read(member).splitlines():
        _, controllers, path = line.split(":", 2)
        if not controllers:
            root, stated = groups, ["cpu.max"]
        elif "cpu" in controllers.split(","):
            root, stated = groups / "cpu", ["cpu.cfs_quota_us", "cpu.cfs_period_us"]
        else:
            continue
        folder = root / path.lstrip("/")
        for group in (folder, *folder.parents):
            words = " ".join(_read(group / name) for name in stated).split()
            if len(words) == 2 and words[0].isdigit():  # noqa: PLR2004 - quota ("max" or -1 for none) and period
                least = min(least, int(words[0]) / int(words[1]))
            if group == root:
                break
    return max(1, int(least))


def _numbers(text: str) -> frozenset[int]:
    """The numbers of a list as the kernel writes it: `0-3,8`."""
    found: set[int] = set()
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return frozenset(found)


def _read(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:  # another system, or a container that hides it
        return ""
