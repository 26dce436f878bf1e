"""What the tests of downloads ask for, and how."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path
from typing import Any

from tests.hosts import Host, Hub, held, settings_for
from tests.servers import Server
from tests.unit.downloads.conftest import lora

DATA = lora(64)
BIG = lora(3000)


def web(cdn: Host, hub: Hub) -> dict[str, Any]:
    """A server's settings that let the hosts be asked."""
    given = settings_for(cdn, hub)
    return given | {"download_hosts": ",".join(given["download_hosts"]), "hf_endpoint": hub.url}


def pull(server: Server, source: str, **body: Any) -> dict[str, Any]:
    answer = server.client.post("/api/v1/models/pull", json={"source": source, **body})
    assert answer.status_code in (200, 202), answer.text
    found: dict[str, Any] = answer.json()
    return found


def arriving(server: Server, job: str) -> None:
    """Wait until bytes have arrived."""
    for event in server.events(job, after=0):
        if event["type"] == "progress" and event["phase"] == "downloading":
            return


def parts(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "models" / ".downloads").rglob("*.part"))


def much_has_arrived(folder: Path, of: str = "*.part") -> bool:
    with contextlib.suppress(FileNotFoundError):  # a part was finished between the two looks
        return any(part.stat().st_size >= 1_000_000 for part in folder.rglob(of))
    return False


def held_back(go_on: threading.Event) -> Any:
    return held(2_000_000, go_on)
