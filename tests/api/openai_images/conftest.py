"""The server of the OpenAI dialect's tests, and the unmodified client."""

from __future__ import annotations

from collections.abc import Iterator

import openai
import openai.types
import pytest

from tests.api.openai_images.calls import client_of
from tests.servers import Server, running_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Draws with the scripted model unless told otherwise, and sends every preview."""
    with running_server(tmp_path_factory.mktemp("openai"), model="scripted", preview_seconds=0) as running:
        yield running


@pytest.fixture
def client(server: Server) -> Iterator[openai.OpenAI]:
    with client_of(server) as client:
        yield client
