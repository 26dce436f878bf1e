"""What doctor says of OpenVINO: its version, what it sees, and whether it is used."""

from __future__ import annotations

import pytest

from safelight.engines.diffusers.acceleration.toolkit import installed_version
from safelight.engines.diffusers.engine import DiffusersEngine

pytestmark = pytest.mark.skipif(not installed_version(), reason="OpenVINO is not installed")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "have a diffusion model of 50 million parameters or more"),
        ({"acceleration": "openvino"}, "small ones too"),
        ({"acceleration": "torch"}, "It is not used, as the settings say torch."),
    ],
)
def test_openvino_is_described_as_it_is_set(options: dict[str, str], words: str) -> None:
    engine = DiffusersEngine()
    engine.configure(options)
    [toolkit] = engine.toolkits()
    assert (toolkit.name, toolkit.version) == ("openvino", installed_version())
    assert toolkit.devices["CPU"] and words in toolkit.use
