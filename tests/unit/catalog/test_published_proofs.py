"""The table of published files is real: each fixture's names and shapes are proven by the libraries themselves."""

from __future__ import annotations

from importlib.util import find_spec

import pytest
from tests.unit.catalog.published import configs
from tests.unit.catalog.published.fixtures import Fixture
from tests.unit.catalog.published.proofs import covered, current
from tests.unit.catalog.published.table import fixtures

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:`.*` is deprecated:FutureWarning")]

PROVEN = [fixture for fixture in fixtures() if fixture.proofs]


@pytest.mark.parametrize("name", configs.ALL)
def test_the_store_is_what_the_classes_have(name: str) -> None:
    assert current(name)


@pytest.mark.parametrize("fixture", PROVEN, ids=lambda fixture: fixture.name)
def test_every_tensor_is_one_that_its_loader_takes(fixture: Fixture) -> None:
    if any(proof.how.startswith("sdcpp") for proof in fixture.proofs) and find_spec("stable_diffusion_cpp") is None:
        pytest.skip("stable-diffusion-cpp-python is not installed")
    proven = set().union(*(covered(proof, fixture.shapes) for proof in fixture.proofs))
    assert proven == set(fixture.shapes)


def test_enough_are_proven() -> None:
    print(f"{len(PROVEN)} of {len(fixtures())} fixtures are proven")
    assert len(PROVEN) >= 120
