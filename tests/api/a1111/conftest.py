"""The server of the A1111 dialect's tests: two models that differ in their hash, and every preview."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import safetensors.numpy

from tests.servers import Server, running_server, save_scripted_model


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("a1111")
    other = save_scripted_model(folder / "models", "other")
    safetensors.numpy.save_file(safetensors.numpy.load_file(other), other, metadata={"of": "another hash"})
    with running_server(folder, model="scripted", preview_seconds=0) as running:
        yield running
