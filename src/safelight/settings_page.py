"""`make docs`: writes the page of settings from the settings table.

Run as `python -m safelight.settings_page FILE`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from safelight.settings import Settings

_HEAD = """# Settings

Every setting has a default, can be set in the file `safelight.toml` in your configuration folder (`safelight doctor`
shows where; `SAFELIGHT_CONFIG` names another), by an environment variable, and where a command has it by a flag. A
flag beats the environment, which beats the file. A bad value is refused, never replaced.

Written from the settings table by `make docs`; a test keeps it true.

| name | environment variable | default | meaning |
|---|---|---|---|
"""


def page() -> str:
    """The page, in Markdown."""
    rows = []
    for name, field in Settings.model_fields.items():
        ours = field.default_factory and field.annotation is Path
        default = "in your data or cache folder" if ours else _shown(field.get_default(call_default_factory=True))
        rows.append(f"| `{name}` | `SAFELIGHT_{name.upper()}` | {default} | {field.description} |\n")
    return _HEAD + "".join(rows)


def _shown(default: object) -> str:
    return "unset" if default is None else f"`{getattr(default, 'value', default)}`"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page())
