"""Published diffusion models: what each file holds, how it is stored, what detection must say, and what proves it.

A fixture counts when its names and shapes are proven: they are those of the library's own class, or diffusers' own
converter makes exactly that class's tensors of them (`proofs.py`, run by `test_published_proofs.py`).
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

from tests.unit.catalog.published import originals as o
from tests.unit.catalog.published import storing
from tests.unit.catalog.published.generate import STORE
from tests.unit.catalog.published.originals import Shapes, under

from safelight.domain.models import ModelKind
from safelight.domain.request import Mode

EVERY = frozenset(Mode)
NONE: frozenset[Mode] = frozenset()
INPAINT = frozenset({Mode.INPAINT})
TEXT, PICTURE = frozenset({Mode.TEXT_TO_IMAGE}), frozenset({Mode.IMAGE_TO_IMAGE})
LDM = "model.diffusion_model."


class Proof(NamedTuple):
    """That the tensors under `prefix` are, by way of `how`, those of the class that `target` names in `configs.py`."""

    how: str
    target: str
    prefix: str = ""


@dataclass(frozen=True)
class Fixture:
    """A published file.

    Attributes:
        name: For people.
        shapes: Its tensors before quantisation.
        stored: Its tensors as stored.
        kind: What detection must say, and so on for the rest.
        proofs: What proves the names and shapes; empty when nothing installed here can.
    """

    name: str
    shapes: Shapes
    stored: storing.Stored
    kind: ModelKind
    architecture: str | None = None
    modes: frozenset[Mode] = NONE
    companion: str | None = None
    variant: str | None = None
    proofs: tuple[Proof, ...] = ()
    gguf: bool = False


@cache
def store() -> dict[str, Shapes]:
    """Names and shapes of the libraries' classes under the published configurations."""
    table = json.loads(lzma.decompress(STORE.read_bytes()))
    return {name: {key: tuple(sides) for key, sides in shapes.items()} for name, shapes in table.items()}


W, X, R = (320, 640, 1280, 1280), (320, 640, 1280), (384, 768, 1536, 1536)


def ldm_unets() -> dict[str, Shapes]:
    """UNets in LDM layout, by their entry in `configs.py`."""
    ssd_up = [[4, 4, 10], [2, 1, 1], [0, 0, 0]]
    return {
        "sd1": o.ldm_unet(4, W, (1, 1, 1, 0), 768, middle=1),
        "sd1_inpaint": o.ldm_unet(9, W, (1, 1, 1, 0), 768, middle=1),
        "sd1_pix2pix": o.ldm_unet(8, W, (1, 1, 1, 0), 768, middle=1),
        "sd2": o.ldm_unet(4, W, (1, 1, 1, 0), 1024, middle=1, flat=True),
        "sd2_inpaint": o.ldm_unet(9, W, (1, 1, 1, 0), 1024, middle=1, flat=True),
        "sdxl": o.ldm_unet(4, X, (0, 2, 10), 2048, middle=10, pooled=2816, flat=True),
        "sdxl_inpaint": o.ldm_unet(9, X, (0, 2, 10), 2048, middle=10, pooled=2816, flat=True),
        "sdxl_pix2pix": o.ldm_unet(8, X, (0, 2, 10), 2048, middle=10, pooled=2816, flat=True),
        "sdxl_refiner": o.ldm_unet(4, R, (0, 4, 4, 0), 1280, middle=4, pooled=2560, flat=True),
        "ssd1b": o.ldm_unet(4, X, (0, 2, 4), 2048, middle=None, pooled=2816, flat=True, up=ssd_up),
        "vega": o.ldm_unet(4, X, (0, 1, 2), 2048, middle=None, pooled=2816, flat=True),
    }


UNET_FACTS = {
    "sd1": ("sd1", EVERY),
    "sd1_inpaint": ("sd1", INPAINT),
    "sd1_pix2pix": ("sd1", NONE),
    "sd1_tiny": ("sd1_tiny", EVERY),
    "sdxs": ("sdxs", EVERY),
    "sd2": ("sd2", EVERY),
    "sd2_inpaint": ("sd2", INPAINT),
    "sd2_tiny": ("sd2_tiny", EVERY),
    "sdxl": ("sdxl", EVERY),
    "sdxl_inpaint": ("sdxl", INPAINT),
    "sdxl_pix2pix": ("sdxl", NONE),
    "sdxl_refiner": ("sdxl_refiner", EVERY),
    "ssd1b": ("ssd1b", EVERY),
    "vega": ("vega", EVERY),
    "sd2_unclip": ("sd2_unclip", EVERY),
    "sd2_upscaler": ("sd2", NONE),
    "kolors": ("kolors", EVERY),
}

WAN_14B, WAN_1B, WAN_5B = (5120, 13_824, 40), (1536, 8960, 30), (3072, 14_336, 30)


def original_transformers() -> dict[str, Shapes]:
    """Transformers in their authors' layouts, by their entry in `configs.py`."""
    return {
        "sd3_medium": o.sd3(1536, 24, 192),
        "sd35_large": o.sd3(2432, 38, 192, normed=True),
        "sd35_medium": o.sd3(1536, 24, 384, normed=True, dual=13),
        "flux_schnell": o.flux(guided=False),
        "flux_dev": o.flux(guided=True),
        "flux_fill": o.flux(384, guided=True),
        "flux_control": o.flux(128, guided=True),
        "flux2_dev": o.flux2(48, 8, 48, 15_360, guided=True),
        "flux2_klein_4b": o.flux2(24, 5, 20, 7680, guided=False),
        "flux2_klein_9b": o.flux2(32, 8, 24, 12_288, guided=False),
        "chroma": o.chroma(),
        "qwen_image": store()["qwen_image"],
        "z_image": o.z_image(),
        "wan_t2v_1b": o.wan(*WAN_1B),
        "wan_t2v_14b": o.wan(*WAN_14B),
        "wan_i2v_14b": o.wan(*WAN_14B, 36, image=True),
        "wan_flf2v_14b": o.wan(*WAN_14B, 36, image=True, two_images=True),
        "wan_vace_1b": o.wan(*WAN_1B, vace=range(15)),
        "wan_vace_14b": o.wan(*WAN_14B, vace=range(8)),
        "wan22_i2v_a14b": o.wan(*WAN_14B, 36),
        "wan22_ti2v_5b": o.wan(*WAN_5B, 48, latent=48),
    }


TRANSFORMER_FACTS = {
    "sd3_medium": ("sd3", EVERY, "Stable Diffusion 3 medium", "sd3"),
    "sd35_large": ("sd3", EVERY, "Stable Diffusion 3.5 large", "sd3"),
    "sd35_medium": ("sd3", EVERY, "Stable Diffusion 3.5 medium", "sd3"),
    "flux_schnell": ("flux", EVERY, "FLUX.1 schnell", "flux"),
    "flux_dev": ("flux", EVERY, "FLUX.1 dev or Kontext", "flux"),
    "flux_fill": ("flux", INPAINT, "FLUX.1 Fill", "flux"),
    "flux_control": ("flux", PICTURE, "FLUX.1 Canny or Depth", "flux"),
    "flux2_dev": ("flux2", EVERY, "FLUX.2 dev", "flux2"),
    "flux2_klein_4b": ("flux2", EVERY, "FLUX.2 klein 4B", "flux2"),
    "flux2_klein_9b": ("flux2", EVERY, "FLUX.2 klein 9B", "flux2"),
    "chroma": ("chroma", EVERY, None, "chroma"),
    "qwen_image": ("qwen_image", EVERY, None, "class"),
    "z_image": ("z_image", EVERY, None, "z_image"),
    "wan_t2v_1b": ("wan", TEXT, "Wan 2.1 T2V 1.3B", "wan"),
    "wan_t2v_14b": ("wan", TEXT, "Wan 2.1 T2V 14B, or one of the halves of Wan 2.2 T2V A14B", "wan"),
    "wan_i2v_14b": ("wan", PICTURE, "Wan 2.1 I2V", "wan"),
    "wan_flf2v_14b": ("wan", PICTURE, "Wan 2.1 FLF2V 14B", None),
    "wan_vace_1b": ("wan", TEXT | PICTURE, "Wan 2.1 VACE", "wan"),
    "wan_vace_14b": ("wan", TEXT | PICTURE, "Wan 2.1 VACE", "wan"),
    "wan22_i2v_a14b": ("wan", PICTURE, "Wan 2.2 I2V A14B, one of its halves", "wan"),
    "wan22_ti2v_5b": ("wan", TEXT | PICTURE, "Wan 2.2 TI2V 5B", "wan"),
}
"""Entry in `configs.py` → architecture, modes, variant, and the converter that proves the authors' layout."""


def nested(name: str) -> Shapes:
    """A CLIP text model as transformers before 5.6 named it: under `text_model.`."""
    shapes = store()[name]
    return shapes if any(key.startswith("text_model.") for key in shapes) else under("text_model.", shapes)


def renamed(shapes: Shapes) -> Shapes:
    """OpenCLIP's tensors as stable-diffusion.cpp's `convert_name` has them: transformers' names; q, k, v joined."""
    table = {
        "transformer.resblocks.": "encoder.layers.",
        ".ln_": ".layer_norm",
        ".c_fc.": ".fc1.",
        ".c_proj.": ".fc2.",
        ".attn.": ".self_attn.",
        "in_proj_": "in_proj.",
        "positional_embedding": "embeddings.position_embedding.weight",
        "token_embedding.": "embeddings.token_embedding.",
        "ln_final.": "final_layer_norm.",
    }
    found: Shapes = {}
    for name, shape in shapes.items():
        new = name
        for theirs, own in table.items():
            new = new.replace(theirs, own)
        if name != "logit_scale":
            found[f"text_model.{new}"] = shape
    return found


def checkpoints_renamed() -> Iterator[Fixture]:
    """Whole files as stable-diffusion.cpp's conversion writes them: its own names of the text encoders."""
    vae = under("first_stage_model.", o.ldm_vae(4, quantised=True))
    first, second = "cond_stage_model.transformer.", "cond_stage_model.1.transformer."
    g = renamed(o.openclip(1280, 32))
    sd1 = (under(first, nested("clip_l")), (Proof("nested", "clip_l", first),))
    sd2 = (under(first, renamed(o.openclip(1024, 24))), (Proof("renamed", "openclip_h_whole", first),))
    xl = (sd1[0] | under(second, g), (*sd1[1], Proof("renamed", "clip_g", second)))
    small = (under(first, g), (Proof("renamed", "clip_g", first),))
    encoders = {"sd1": sd1, "sd2": sd2, "sdxl": xl, "ssd1b": xl, "vega": xl, "sdxl_refiner": small}
    for name, unet in ldm_unets().items():
        family, modes = UNET_FACTS[name]
        text, proofs = encoders[family]
        shapes = under(LDM, unet) | vae | text
        proofs = (Proof("ldm_unet", name, LDM), Proof("ldm_vae", "kl_4", "first_stage_model."), *proofs)
        label, stored = f"{name}, own names, q8_0", storing.blocks(shapes, "Q8_0")
        yield Fixture(label, shapes, stored, ModelKind.CHECKPOINT, family, modes, proofs=proofs, gguf=True)


def checkpoints() -> Iterator[Fixture]:
    """Whole files in LDM layout: UNet, VAE and text encoders."""
    vae = under("first_stage_model.", o.ldm_vae(4, quantised=True))
    vae_proof = Proof("ldm_vae", "kl_4", "first_stage_model.")
    clip, clip_g = "cond_stage_model.transformer.", "conditioner.embedders.1.model."
    clip_xl, refiner = "conditioner.embedders.0.transformer.", "conditioner.embedders.0.model."
    sd1 = (under(clip, nested("clip_l")), (Proof("nested", "clip_l", clip),))
    sd2 = (
        under("cond_stage_model.model.", o.openclip(1024, 24)),
        (Proof("openclip", "openclip_h_whole", "cond_stage_model.model."),),
    )
    xl = (
        under(clip_xl, nested("clip_l")) | under(clip_g, o.openclip(1280, 32)),
        (Proof("nested", "clip_l", clip_xl), Proof("openclip", "clip_g", clip_g)),
    )
    small = (under(refiner, o.openclip(1280, 32)), (Proof("openclip", "clip_g", refiner),))
    encoders = {"sd1": sd1, "sd2": sd2, "sdxl": xl, "ssd1b": xl, "vega": xl, "sdxl_refiner": small}
    for name, unet in ldm_unets().items():
        family, modes = UNET_FACTS[name]
        text, proofs = encoders[family]
        shapes = under(LDM, unet) | vae | text
        proofs = (Proof("ldm_unet", name, LDM), vae_proof, *proofs)
        whole = Fixture(
            f"{name}, checkpoint", shapes, storing.plain(shapes), ModelKind.CHECKPOINT, family, modes, proofs=proofs
        )
        yield whole
        yield replace(whole, name=f"{name}, checkpoint in fp8", stored=storing.fp8(shapes))
        yield replace(whole, name=f"{name}, checkpoint as q8_0", stored=storing.blocks(shapes, "Q8_0"), gguf=True)
    pieces = {
        "flux_schnell": ("vae.", "text_encoders.clip_l.transformer.", "text_encoders.t5xxl.transformer."),
        "flux_dev": ("vae.", "text_encoders.clip_l.transformer.", "text_encoders.t5xxl.transformer."),
        "sd3_medium": ("first_stage_model.", "text_encoders.clip_l.transformer.", "text_encoders.t5xxl.transformer."),
    }
    for name, (vae_at, clip_at, t5_at) in pieces.items():
        family, modes, variant, how = TRANSFORMER_FACTS[name]
        shapes = under(LDM, original_transformers()[name]) | under(vae_at, o.ldm_vae(16, quantised=False))
        shapes |= under(clip_at, nested("clip_l")) | under(t5_at, store()["t5xxl"])
        proofs = (
            Proof(how or "", name, LDM),
            Proof("ldm_vae", "kl_16", vae_at),
            Proof("nested", "clip_l", clip_at),
            Proof("class", "t5xxl", t5_at),
        )
        if name == "sd3_medium":
            clip_g_at = "text_encoders.clip_g.transformer."
            shapes |= under(clip_g_at, store()["clip_g"])
            proofs += (Proof("class", "clip_g", clip_g_at),)
        whole = Fixture(
            f"{name}, all in one",
            shapes,
            storing.plain(shapes),
            ModelKind.CHECKPOINT,
            family,
            modes,
            None,
            variant,
            proofs,
        )
        yield whole
        yield replace(whole, name=f"{name}, all in one, fp8", stored=storing.fp8(shapes))


def unets() -> Iterator[Fixture]:
    """UNets alone, in both layouts."""
    for name, shapes in ldm_unets().items():
        family, modes = UNET_FACTS[name]
        for prefix in (LDM, ""):
            tensors = under(prefix, shapes)
            proofs = (Proof("ldm_unet", name, prefix),)
            label = f"{name}, UNet, {'prefixed' if prefix else 'bare'}"
            one = Fixture(
                label, tensors, storing.plain(tensors), ModelKind.DIFFUSION_MODEL, family, modes, proofs=proofs
            )
            yield one
            if prefix:
                yield replace(one, name=f"{label}, q4_k", stored=storing.blocks(tensors, "Q4_K"), gguf=True)
    for name, (family, modes) in UNET_FACTS.items():
        shapes = store()[name]
        proofs = (Proof("class", name),)
        one = Fixture(
            f"{name}, UNet, diffusers",
            shapes,
            storing.plain(shapes),
            ModelKind.DIFFUSION_MODEL,
            family,
            modes,
            proofs=proofs,
        )
        yield one
        if name in {"sd1", "sdxl", "sd2"}:
            yield replace(one, name=f"{one.name}, nf4", stored=storing.nf4(shapes))
            yield replace(one, name=f"{one.name}, int8", stored=storing.int8(shapes))


def transformers() -> Iterator[Fixture]:
    """Transformers alone, in both layouts, plain and quantised."""
    for name, shapes in original_transformers().items():
        family, modes, variant, how = TRANSFORMER_FACTS[name]

        def made(
            label: str,
            tensors: Shapes,
            proofs: tuple[Proof, ...],
            stored: storing.Stored,
            *,
            gguf: bool = False,
            name: str = name,
            facts: tuple[str, frozenset[Mode], str | None] = (family, modes, variant),
        ) -> Fixture:
            architecture, can, member = facts
            return Fixture(
                f"{name}, {label}",
                tensors,
                stored,
                ModelKind.DIFFUSION_MODEL,
                architecture,
                can,
                None,
                member,
                proofs,
                gguf,
            )

        bare = (Proof(how, name),) if how else ()
        with_prefix = (Proof(how, name, LDM),) if how else ()
        prefixed, theirs = under(LDM, shapes), store()[name]
        yield made("original", shapes, bare, storing.plain(shapes, "BF16"))
        yield made("original, q8_0", shapes, bare, storing.blocks(shapes, "Q8_0"), gguf=True)
        yield made("original, q4_k", shapes, bare, storing.blocks(shapes, "Q4_K"), gguf=True)
        yield made("original, prefixed", prefixed, with_prefix, storing.plain(prefixed, "BF16"))
        yield made("original, prefixed, scaled fp8", prefixed, with_prefix, storing.scaled_fp8(prefixed, LDM))
        if theirs != shapes:
            yield made("diffusers", theirs, (Proof("class", name),), storing.plain(theirs, "BF16"))
        yield made("diffusers, nf4", theirs, (Proof("class", name),), storing.nf4(theirs))
        yield made("diffusers, int8", theirs, (Proof("class", name),), storing.int8(theirs))


@cache
def llama_names(config: str) -> Shapes:
    """A language model's or T5's tensors under the names that llama.cpp's own table gives them."""
    import gguf

    kinds = {"qwen3": gguf.MODEL_ARCH.QWEN3, "qwen25": gguf.MODEL_ARCH.QWEN2, "mistral": gguf.MODEL_ARCH.LLAMA}
    arch = next((kind for start, kind in kinds.items() if config.startswith(start)), gguf.MODEL_ARCH.T5ENCODER)
    table = gguf.get_tensor_name_map(arch, 48)
    named = {}
    for name, shape in store()[config].items():
        new = table.get_name(name, try_suffixes=(".weight", ".bias"))
        if new is None and name in {"encoder.embed_tokens.weight", "lm_head.weight"}:
            continue
        assert new, name
        named[new] = shape
    return named
