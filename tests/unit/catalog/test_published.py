"""Detection is right on every published file of the table: sparse files with real headers, read as users' files are."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.catalog.published.fixtures import Fixture
from tests.unit.catalog.published.storing import write_gguf, write_safetensors
from tests.unit.catalog.published.table import fixtures

from safelight.catalog.detection import detect
from safelight.catalog.filling import fills
from safelight.catalog.headers import read_header
from safelight.domain.models import ModelFormat, ModelKind


@pytest.mark.parametrize("fixture", fixtures(), ids=lambda fixture: fixture.name)
def test_detection(tmp_path: Path, fixture: Fixture) -> None:
    path = tmp_path / "model"
    (write_gguf if fixture.gguf else write_safetensors)(path, fixture.stored)
    header = read_header(path)
    assert header.format is (ModelFormat.GGUF if fixture.gguf else ModelFormat.SAFETENSORS)
    found = detect(header)
    assert (found.kind, found.architecture, found.variant) == (fixture.kind, fixture.architecture, fixture.variant), (
        found.evidence
    )
    assert found.modes == fixture.modes
    assert found.evidence
    if found.kind is ModelKind.CHECKPOINT:
        assert not found.needs
    filling = fills(header)
    name = filling.companion.name if filling and filling.companion.kind is found.kind and fixture.companion else None
    assert name == fixture.companion
