"""Compare Safelight with stable-diffusion.cpp, with the tutorial's diffusers and with the bare OpenVINO network.

`python -m benchmarks.comparison` takes hours on two cores: narrow it with the flags. In each round every contender
draws once, one after another, so that what the machine does meanwhile meets them all. Prints tables in Markdown.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.comparison.case import Case, Taken
from benchmarks.comparison.contenders import CONTENDERS
from benchmarks.comparison.machine import measured, operations_of_step

_LIMIT_SECONDS = 7200


def drawn_by(name: str, case: Case) -> Taken | None:
    """One round of a contender; None, and its last words, when it failed."""
    command = [sys.executable, "-m", "benchmarks.comparison.contenders", name, case.architecture]
    command += [str(case.side), str(case.steps), str(case.files)]
    told = subprocess.run(command, capture_output=True, text=True, timeout=_LIMIT_SECONDS, check=False)  # noqa: S603
    if told.returncode:
        print(f"{name} failed on {case}: {told.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        return None
    return Taken(**json.loads(told.stdout.strip().splitlines()[-1]))


def table(case: Case, rounds: dict[str, list[Taken]], roofline: float) -> str:
    """A line for each contender: medians of its rounds, and how much faster Safelight was."""
    first = rounds.get("safelight")
    ours = median(one.picture or 0 for one in first) if first else None
    lines = [
        f"### {case}",
        "",
        "| contender | picture s | spread | step s | of roofline | ready s | peak GB | kept GB | Safelight is |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    return "\n".join([*lines, *(_line(name, taken, case, roofline, ours) for name, taken in rounds.items())])


def _line(name: str, taken: list[Taken], case: Case, roofline: float, ours: float | None) -> str:
    if not taken:
        return f"| {name} | failed | | | | | | | |"
    step = median(one.denoising for one in taken) / case.steps
    pictures = [one.picture for one in taken if one.picture is not None]
    cells = [name, "-", "-", f"{step:.2f}", f"{operations_of_step(case) / step / roofline:.0%}"]
    cells += [f"{median(one.ready for one in taken):.1f}", f"{median(one.peak for one in taken) / 1e9:.1f}"]
    cells += [f"{median(one.retained for one in taken) / 1e9:.1f}", ""]
    if pictures:
        cells[1:3] = f"{median(pictures):.1f}", f"{min(pictures):.1f}-{max(pictures):.1f}"
        cells[-1] = f"{median(pictures) / ours:.2f} times as fast" if ours and name != "safelight" else ""
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Compare, and print a table for each model and size."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.comparison", description=__doc__)
    parser.add_argument("--models", nargs="+", choices=("sd1", "sd2", "sdxl"), default=["sd1", "sd2", "sdxl"])
    parser.add_argument("--sizes", nargs="+", type=int, default=[512, 768])
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=CONTENDERS, default=list(CONTENDERS))
    parser.add_argument("--files", type=Path, default=Path(tempfile.gettempdir()), help="where the models are kept")
    given = parser.parse_args()
    machine, roofline = measured()
    print(f"{machine}\n", flush=True)
    for architecture in given.models:
        for side in given.sizes:
            case = Case(architecture, side, given.steps, given.files)
            rounds: dict[str, list[Taken]] = {name: [] for name in given.only}
            for _ in range(given.rounds):
                for name in given.only:
                    if taken := drawn_by(name, case):
                        rounds[name].append(taken)
            print(table(case, rounds, roofline) + "\n", flush=True)


if __name__ == "__main__":
    main()
