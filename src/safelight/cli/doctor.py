"""`safelight doctor`: what is installed, what it can compute on, and what is wrong."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    forget: Annotated[
        bool, typer.Option("--forget", help="Forget which plans failed here, so that they are tried again.")
    ] = False,
) -> None:
    """Say what Safelight finds on this machine: engines, devices, models, failures it remembers, settings.

    Devices are asked for in a process of their own, so that a broken driver is reported and not suffered.
    """
    from safelight.cli.report import examine, forget_failures

    if forget:
        count = forget_failures()
        print(f"{count} remembered failure{'s' if count != 1 else ''} forgotten.", file=sys.stderr)
    report = examine()
    if as_json:
        print(json.dumps(report, indent=2))
    else:
        for name, value in report.items():
            print(f"{name}:")
            for line in _lines(value):
                print(f"  {line}")
    if any(engine["problem"] for engine in report["engines"]):
        raise typer.Exit(1)


def _lines(value: object) -> list[str]:
    if isinstance(value, dict):
        return [f"{key}: {item}" for key, item in value.items()]
    if isinstance(value, list):
        return [line for item in value for line in _item(item)] or ["none"]
    return [str(value)]


def _item(item: object) -> list[str]:
    if not isinstance(item, dict):
        return [str(item)]
    head, *rest = ((key, value) for key, value in item.items() if value not in (None, [], ""))
    return [f"{head[1]}", *(f"  {key}: {_flat(value)}" for key, value in rest)]


def _flat(value: object) -> str:
    if isinstance(value, list):
        return "; ".join(_flat(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(_flat(item) for item in value.values())
    return str(value)
