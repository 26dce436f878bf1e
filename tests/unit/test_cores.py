"""How many threads a worker takes, and where: by the files in which Linux describes processors and control groups."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from safelight.workers.cores import allowed, cores_by_quota, largest_processor, take_cores, usable_cores

EIGHT = frozenset(range(8))


def describe(folder: Path, *cpus: tuple[int, int, str]) -> Path:
    """A machine: of each logical CPU its number, its processor, and the CPUs of its core."""
    for cpu, processor, siblings in cpus:
        topology = folder / f"cpu{cpu}" / "topology"
        topology.mkdir(parents=True)
        (topology / "physical_package_id").write_text(f"{processor}\n")
        (topology / "thread_siblings_list").write_text(f"{siblings}\n")
    return folder


def test_two_hardware_threads_are_one_core(tmp_path: Path) -> None:
    paired = describe(tmp_path, *((cpu, 0, f"{cpu % 4},{cpu % 4 + 4}") for cpu in range(8)))
    assert largest_processor(EIGHT, paired) == [frozenset({core, core + 4}) for core in range(4)]
    assert largest_processor(frozenset({0, 4, 5}), paired) == [frozenset({0, 4}), frozenset({5})]


def test_of_several_processors_the_one_with_most_of_the_allowed_cores_counts(tmp_path: Path) -> None:
    two = describe(tmp_path, *((cpu, cpu // 4, f"{cpu // 2 * 2}-{cpu // 2 * 2 + 1}") for cpu in range(8)))
    assert largest_processor(EIGHT, two) == [frozenset({0, 1}), frozenset({2, 3})]
    assert largest_processor(frozenset({0, 4, 6}), two) == [frozenset({4}), frozenset({6})]


def test_processors_of_one_core_are_the_cores_of_a_virtual_machine(tmp_path: Path) -> None:
    virtual = describe(tmp_path, *((cpu, cpu, str(cpu)) for cpu in range(8)))
    assert largest_processor(EIGHT, virtual) == [frozenset({cpu}) for cpu in range(8)]


def test_what_the_system_does_not_describe_counts_as_cores(tmp_path: Path) -> None:
    assert len(largest_processor(EIGHT, tmp_path)) == 8


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({}, None),
        ({"box/cpu.max": "max 100000"}, None),
        ({"box/cpu.max": "400000 100000"}, 4),
        ({"box/cpu.max": "250000 100000"}, 2),
        ({"box/cpu.max": "50000 100000"}, 1),
        ({"box/cpu.max": "800000 100000", "cpu.max": "300000 100000"}, 3),
        ({"cpu/box/cpu.cfs_quota_us": "200000", "cpu/box/cpu.cfs_period_us": "100000"}, 2),
        ({"cpu/box/cpu.cfs_quota_us": "-1", "cpu/box/cpu.cfs_period_us": "100000"}, None),
    ],
)
def test_a_container_gets_its_share_of_the_time(tmp_path: Path, files: dict[str, str], cores: int | None) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"{text}\n")
    member = tmp_path / "member"
    member.write_text("5:memory:/box\n4:cpu,cpuacct:/box\n0::/box\n")
    found = cores_by_quota(tmp_path, member)
    assert found == cores if cores else found > 1000


def test_a_process_that_may_run_on_one_cpu_takes_one_thread() -> None:
    """In a process of its own, which starts as a worker does."""
    code = (
        "import os; from safelight.workers.cores import take_cores; "
        "os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); take_cores(0, os.environ); "
        "print(os.environ['OMP_NUM_THREADS'])"
    )
    clean = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    said = subprocess.run([sys.executable, "-c", code], env=clean, check=True, stdout=subprocess.PIPE, text=True)
    assert said.stdout.strip() == "1"


@pytest.fixture
def cores_kept() -> Iterator[None]:
    """This process may run where it might before."""
    before = allowed()
    yield
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, before)


@pytest.mark.usefixtures("cores_kept")
def test_a_number_that_is_set_goes_first() -> None:
    many, environment = 4 * len(allowed()), {"OMP_NUM_THREADS": "3,1"}
    take_cores(0, environment)
    assert environment["OMP_NUM_THREADS"] == "3"
    take_cores(many, environment)
    assert environment["OMP_NUM_THREADS"] == str(many)
    environment.clear()
    take_cores(0, environment)
    assert environment["OMP_NUM_THREADS"] == str(usable_cores())
    assert 1 <= usable_cores() <= len(allowed())
