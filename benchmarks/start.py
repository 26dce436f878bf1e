"""Time to the first word and to the first picture: `safelight --help`, the parent's imports, a cold `generate`."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SAFELIGHT = [sys.executable, "-m", "safelight"]
IMPORTS = (
    "import time; t = time.perf_counter(); import safelight.cli.generate, safelight.cli.progress,"
    " safelight.workers.pool, safelight.domain.draft, safelight.settings; print(time.perf_counter() - t)"
)


def seconds(*words: str) -> float:
    """Wall time of a command."""
    started = time.perf_counter()
    subprocess.run(words, check=True, capture_output=True)  # noqa: S603
    return time.perf_counter() - started


def main() -> None:
    """Measure each and print a table; medians of several runs."""
    with tempfile.TemporaryDirectory() as folder:
        picture = str(Path(folder) / "apple.png")
        generate = [*SAFELIGHT, "generate", "red apple on a blue background", "-o", picture]
        shown = [seconds(*SAFELIGHT, "--help") for _ in range(7)]
        imports = [
            float(subprocess.run([sys.executable, "-c", IMPORTS], check=True, capture_output=True).stdout)  # noqa: S603
            for _ in range(7)
        ]
        drawn = [seconds(*generate) for _ in range(3)]
    rows = [("safelight --help", shown, 0.3), ("imports of the parent", imports, 0.5), ("cold generate", drawn, 12.0)]
    for name, times, target in rows:
        print(f"{name:<22} {statistics.median(times):6.2f} s   (target {target} s)")


if __name__ == "__main__":
    main()
