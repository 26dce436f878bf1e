"""The ladder of packages, and the server side's freedom from ML libraries."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import safelight

ROOT = Path(safelight.__file__).parent

ALLOWED = {
    "version": set(),
    "disk": set(),
    "domain": set(),
    "settings": {"domain"},
    "settings_page": {"settings"},
    "outbound": {"domain"},
    "images": {"disk", "domain", "version", "settings", "outbound"},
    "catalog": {"disk", "domain", "settings", "outbound", "version"},
    "engines": {"disk", "domain", "settings", "images", "catalog"},
    "workers": {"disk", "domain", "settings", "images", "catalog", "engines"},
    "jobs": {"disk", "domain", "settings", "images", "catalog", "engines", "workers"},
    "server": {"domain", "settings", "images", "catalog", "engines", "workers", "jobs", "version"},
    "engine": {"domain", "settings", "images", "catalog", "engines", "workers"},
    "cli": {"domain", "settings", "images", "catalog", "engines", "workers", "jobs", "server", "client", "version"},
    "demo": {"", "images"},
    "__main__": {"cli"},
    "client": {"domain", "images", "version"},
    "": {"version", "engine", "client", "images"},
}
"""Package or module under `safelight` → those it may import besides itself; "" is `safelight` itself."""

ML_LIBRARIES = ("torch", "diffusers", "transformers", "accelerate", "openvino", "stable_diffusion_cpp", "safetensors")


def imports_of(file: Path) -> set[str]:
    """Names under `safelight` that a file imports, wherever in the file it does so."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        assert not (isinstance(node, ast.ImportFrom) and node.level), f"{file} has a relative import"
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "safelight":
            below = node.module.split(".")[1:]
            found |= {below[0]} if below else {n.name if n.name in ALLOWED else "" for n in node.names}
        elif isinstance(node, ast.Import):
            found |= {f"{n.name}.".split(".")[1] for n in node.names if n.name.split(".")[0] == "safelight"}
    return found


def test_imports_only_go_down_the_ladder() -> None:
    wrong = []
    for file in sorted(ROOT.rglob("*.py")):
        parts = file.relative_to(ROOT).with_suffix("").parts
        package = "" if parts == ("__init__",) else parts[0]
        for imported in imports_of(file) - ALLOWED[package] - {package}:
            wrong.append(f"{'/'.join(parts)} imports {imported or 'safelight'}")
    assert not wrong


def test_engine_specs_do_not_import_their_engines() -> None:
    for file in ROOT.glob("engines/*/spec.py"):
        own = f"safelight.engines.{file.parent.name}"
        tree = ast.walk(ast.parse(file.read_text()))
        assert not [n.module for n in tree if isinstance(n, ast.ImportFrom) and (n.module or "").startswith(own)]


def test_everything_outside_the_workers_imports_no_ml_library() -> None:
    modules = (
        "safelight.engine, safelight.cli.main, safelight.cli.report, safelight.cli.progress, safelight.workers.pool, "
        "safelight.server.main, safelight.client"
    )
    code = (
        f"import sys, {modules}; from safelight.engines.spec import engine_specs; engine_specs();"
        f"print([m for m in {ML_LIBRARIES} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
