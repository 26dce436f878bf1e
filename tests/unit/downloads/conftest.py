"""Hosts and settings for tests of downloads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

from safelight.catalog.downloads.download import download
from safelight.domain.work import DownloadRequest, WorkedFile, WorkProgress
from safelight.settings import Settings, load_settings
from tests.hosts import Host, Hub, running, settings_for


@pytest.fixture
def cdn() -> Iterator[Host]:
    host = Host()
    with running(host):
        yield host


@pytest.fixture
def hub(cdn: Host) -> Iterator[Hub]:
    hub = Hub(cdn)
    with running(hub):
        yield hub


@pytest.fixture
def web_settings(cdn: Host, hub: Hub) -> Callable[..., Settings]:
    """Settings under which the hosts may be asked; more can be given."""

    def settings(**more: Any) -> Settings:
        given = settings_for(cdn, hub) | {"hf_endpoint": hub.url, "civitai_endpoint": hub.url} | more
        return load_settings(**given)

    return settings


class Told:
    """What a download told of its progress."""

    def __init__(self) -> None:
        self.all: list[WorkProgress] = []

    def __call__(self, progress: WorkProgress) -> None:
        self.all.append(progress)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def pull(web_settings: Callable[..., Settings], told: Told) -> Callable[..., Any]:
    """Downloads with the hosts' settings; `settings` of a call gives some more."""

    async def run(source: str, settings: dict[str, Any] | None = None, **request: Any) -> tuple[WorkedFile, ...]:
        return await download(DownloadRequest(source=source, **request), web_settings(**(settings or {})), told)

    return run


def lora(kilobytes: int = 64, seed: int = 0) -> bytes:
    """A LoRA file that is recognised, of about so many kilobytes of incompressible numbers."""
    numbers = np.random.default_rng(seed)
    rows = max(1, kilobytes * 1024 // 4 // 320)
    tensors = {
        "lora_unet_down_blocks_0_attentions_0_proj_in.lora_down.weight": numbers.random((rows, 320), np.float32),
        "lora_unet_down_blocks_0_attentions_0_proj_in.lora_up.weight": numbers.random((320, rows), np.float32),
        "lora_unet_down_blocks_0_attentions_0_proj_in.alpha": np.array(4.0, np.float32),
    }
    return safetensors.numpy.save(tensors)
