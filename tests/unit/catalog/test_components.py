"""Companions: what a model needs beside its own file is found by fingerprint, and what is missing is offered."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.catalog.sparse import companion_file, diffusion_file

from safelight.catalog.architectures import architectures, companions
from safelight.catalog.catalog import Catalog
from safelight.catalog.downloads.sources import HubSource, parse_source
from safelight.catalog.well_known import WELL_KNOWN, WellKnown, well_known
from safelight.domain.models import Role

FAMILIES = [family.name for family in architectures() if family.needs and family.signature.layouts]


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog(tmp_path / "models", tmp_path / "embedded")


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_finds_its_companions_wherever_they_are_called_anything(catalog: Catalog, name: str) -> None:
    diffusion_file(catalog.models_dir / "unet" / "mine.safetensors", name)
    alone = catalog.resolve("mine")
    assert alone.architecture == name
    lacking = {one.role for one in catalog.missing(alone)}
    assert lacking == {one.role for one in alone.components}
    assert alone.problem and "beside its own file" in alone.problem
    needs = [need for family in architectures() if family.name == name for need in family.needs]
    for number, need in enumerate(needs):
        companion_file(catalog.models_dir / "deep" / "down" / f"{number}.safetensors", need.accepts[0])
    whole = catalog.resolve("mine")
    assert whole.problem is None
    assert {one.role for one in whole.components} == lacking
    assert all(one.path and one.bytes == one.path.stat().st_size for one in whole.components)
    assert catalog.missing(whole) == ()
    assert whole == next(model for model in catalog.list() if model.id == "mine")


def test_what_is_missing_is_named_with_the_command_that_fetches_it(catalog: Catalog) -> None:
    diffusion_file(catalog.models_dir / "my-flux.safetensors", "flux")
    companion_file(catalog.models_dir / "c.safetensors", "clip_l")
    model = catalog.resolve("my-flux")
    assert model.problem is not None
    assert "16 latent channels" in model.problem and "T5" in model.problem and "CLIP-L" not in model.problem
    assert model.problem.endswith("safelight models pull missing:my-flux")
    offers = {one.role: one.offer.address for one in catalog.missing(model) if one.offer}
    assert offers[Role.T5XXL] == "hf:comfyanonymous/flux_text_encoders/t5xxl_fp16.safetensors"
    assert {role: path for role, path in ((one.role, one.path) for one in model.components) if path is None}.keys() == {
        Role.VAE,
        Role.T5XXL,
    }


@pytest.mark.parametrize("folder", ["elsewhere", "elsewhere/models", "models2"])
def test_what_a_model_outside_the_catalog_lacks_is_named_by_its_address(
    catalog: Catalog, tmp_path: Path, folder: str
) -> None:
    file = diffusion_file(tmp_path / folder / "my-flux.safetensors", "flux")
    companion_file(tmp_path / folder / "t5.safetensors", "t5xxl")
    model = catalog.resolve(str(file))
    addresses = [one.offer.address for one in catalog.missing(model) if one.offer]
    assert model.problem and len(addresses) == 2
    commands = " and ".join(f"safelight models pull {address}" for address in addresses)
    assert model.problem.endswith(f"Get what is missing: {commands}")


def test_only_a_published_name_tells_vaes_with_the_same_tensors_apart(catalog: Catalog) -> None:
    diffusion_file(catalog.models_dir / "flux.safetensors", "flux")
    companion_file(catalog.models_dir / "a-vae.safetensors", "kl_16")
    companion_file(catalog.models_dir / "vae" / "ae.safetensors", "kl_16")
    model = catalog.resolve("flux")
    (vae,) = [one.path for one in model.components if one.role is Role.VAE]
    assert vae == catalog.models_dir / "vae" / "ae.safetensors"
    assert any("one of 2 that fit" in sentence for sentence in model.evidence)


def test_the_nearest_of_equal_files_is_taken(catalog: Catalog, tmp_path: Path) -> None:
    more = Catalog(catalog.models_dir, catalog.embedded_dir, more_dirs=(tmp_path / "more",))
    near = companion_file(tmp_path / "more" / "set" / "z.safetensors", "clip_l")
    companion_file(catalog.models_dir / "a.safetensors", "clip_l")
    diffusion_file(tmp_path / "more" / "set" / "x.safetensors", "flux")
    assert [one.path for one in more.resolve("x").components if one.role is Role.CLIP_L] == [near]


def test_a_file_outside_the_catalog_uses_what_lies_beside_it_and_what_is_in_the_catalog(
    catalog: Catalog, tmp_path: Path
) -> None:
    path = diffusion_file(tmp_path / "elsewhere" / "x.safetensors", "flux")
    beside = companion_file(tmp_path / "elsewhere" / "clip.safetensors", "clip_l")
    inside = companion_file(catalog.models_dir / "t5.safetensors", "t5xxl")
    found = {one.role: one.path for one in catalog.resolve(str(path)).components}
    assert (found[Role.CLIP_L], found[Role.T5XXL], found[Role.VAE]) == (beside, inside, None)


def test_a_companion_that_goes_is_missed(catalog: Catalog) -> None:
    diffusion_file(catalog.models_dir / "x.safetensors", "chroma")
    companion_file(catalog.models_dir / "t.safetensors", "t5xxl")
    vae = companion_file(catalog.models_dir / "v.safetensors", "kl_16")
    assert catalog.resolve("x").problem is None
    vae.unlink()
    assert [one.role for one in catalog.missing(catalog.resolve("x"))] == [Role.VAE]


def test_only_a_file_named_so_is_a_high_noise_half(catalog: Catalog) -> None:
    low = companion_file(catalog.models_dir / "wan-LowNoise.safetensors", "wan_t2v_14b")
    other = companion_file(catalog.models_dir / "other.safetensors", "wan_t2v_14b")
    assert halves(catalog, "wan-LowNoise") == [None]
    high = other.rename(other.with_name("wan-HighNoise.safetensors"))
    assert halves(catalog, "wan-LowNoise") == [high]
    assert halves(catalog, "wan-HighNoise") == [None]
    assert low.exists()


def halves(catalog: Catalog, name: str) -> list[Path | None]:
    return [one.path for one in catalog.resolve(name).components if one.role is Role.HIGH_NOISE]


@pytest.mark.parametrize("entry", WELL_KNOWN, ids=lambda entry: entry.address)
def test_well_known_files_are_of_known_companions_and_can_be_pulled(entry: WellKnown) -> None:
    (companion,) = [one for one in companions() if one.name == entry.companion]
    assert companion.role is entry.role
    assert parse_source(entry.address) == HubSource(entry.repository, entry.file)
    assert entry.licence and entry.source
    if entry.licence == "see the repository":  # nothing is said of a licence that was not read
        assert "licence" not in entry.source


def test_a_place_is_known_for_what_every_family_cannot_do_without() -> None:
    unknown = {
        need.accepts[0]
        for family in architectures()
        for need in family.needs
        if not need.optional and well_known(need, family.name) is None
    }
    assert unknown <= {"openclip_h"}  # Stable Diffusion 2's is published inside its checkpoints only
