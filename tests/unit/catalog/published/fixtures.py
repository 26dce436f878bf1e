"""The table of published files: what each holds, how it is stored, what detection must say, and what proves it.

A fixture counts when its names and shapes are proven: they are those of the library's own class, or diffusers' own
converter makes exactly that class's tensors of them (`proofs.py`, run by `test_published_proofs.py`).
"""

from __future__ import annotations

import json
import lzma
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

from tests.unit.catalog.published import originals as o
from tests.unit.catalog.published import storing
from tests.unit.catalog.published.configs import STRANGERS
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


def companions() -> Iterator[Fixture]:
    """VAEs, text encoders and image encoders in files of their own."""
    for name, quantised, target in (("kl_4", True, "kl_4"), ("kl_16", False, "kl_16")):
        bare = o.ldm_vae(int(name[3:]), quantised=quantised)
        for prefix in ("", "first_stage_model."):
            shapes = under(prefix, bare)
            yield _companion(
                f"{name}, LDM{', prefixed' if prefix else ''}", shapes, name, (Proof("ldm_vae", target, prefix),)
            )
    for config, companion in (
        ("kl_4", "kl_4"),
        ("kl_16", "kl_16"),
        ("kl_32", "kl_32"),
        ("wan_16", "wan_16"),
        ("qwen_16", "wan_16"),
        ("wan_48", "wan_48"),
        ("taesd_4", "taesd_4"),
        ("taesd_16", "taesd_16"),
        ("clip_l", "clip_l"),
        ("clip_l_projection", "clip_l"),
        ("openclip_h", "openclip_h"),
        ("openclip_h_whole", "openclip_h"),
        ("clip_g", "clip_g"),
        ("t5xxl", "t5xxl"),
        ("umt5xxl", "umt5xxl"),
        ("qwen3_4b", "qwen3_4b"),
        ("qwen3_8b", "qwen3_8b"),
        ("qwen25_vl_7b", "qwen25_vl_7b"),
        ("mistral_small_24b", "mistral_small_24b"),
        ("clip_whole_l", "clip_l"),
        ("clip_vision_l", "clip_vision_l"),
        ("clip_vision_h", "clip_vision_h"),
    ):
        shapes = store()[config]
        yield _companion(f"{config}, as its class", shapes, companion, (Proof("class", config),))
    for config in ("clip_l", "openclip_h"):
        yield _companion(f"{config}, text_model", nested(config), config, (Proof("nested", config),))
    for config, target, width, layers in (("openclip_h", "openclip_h_whole", 1024, 24), ("clip_g", "clip_g", 1280, 32)):
        shapes = o.openclip(width, layers)
        yield _companion(f"{config}, OpenCLIP", shapes, config, (Proof("openclip", target),))
    for config in ("t5xxl", "umt5xxl", "qwen3_4b", "qwen3_8b", "qwen25_vl_7b", "mistral_small_24b"):
        proofs = (Proof("class", config),)
        shapes = store()[config]
        yield replace(_companion(f"{config}, scaled fp8", shapes, config, proofs), stored=storing.scaled_fp8(shapes))
        mapped = llama_names(config)
        for kind in ("Q8_0", "Q4_K"):
            one = _companion(f"{config}, llama.cpp, {kind.lower()}", mapped, config, (Proof("llama", config),))
            yield replace(one, stored=storing.blocks(mapped, kind), gguf=True)


KINDS = {"kl": ModelKind.VAE, "wan": ModelKind.VAE, "taesd": ModelKind.TAESD, "clip_vision": ModelKind.CLIP_VISION}


def _companion(label: str, shapes: Shapes, name: str, proofs: tuple[Proof, ...]) -> Fixture:
    kind = next((kind for start, kind in KINDS.items() if name.startswith(start)), ModelKind.TEXT_ENCODER)
    return Fixture(label, shapes, storing.plain(shapes), kind, companion=name, proofs=proofs)


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


def controlnets() -> Iterator[Fixture]:
    """ControlNets, as their class and in lllyasviel's layout."""
    for name in ("sd1", "sd2", "sdxl", "flux", "sd3", "qwen_image", "sdxl_mid", "sdxl_small"):
        shapes = store()[f"controlnet_{name}"]
        base = name.removesuffix("_mid").removesuffix("_small")
        proofs = (Proof("class", f"controlnet_{name}"),)
        yield Fixture(
            f"controlnet_{name}, diffusers", shapes, storing.plain(shapes), ModelKind.CONTROLNET, base, proofs=proofs
        )
    for name, flat, context in (("sd1", False, 768), ("sd2", True, 1024)):
        bare = o.ldm_controlnet(W, (1, 1, 1, 0), context, middle=1, flat=flat)
        for prefix in ("control_model.", ""):
            shapes = under(prefix, bare)
            proofs = (Proof("ldm_controlnet", f"controlnet_{name}", prefix),)
            label = f"controlnet_{name}, LDM{', prefixed' if prefix else ''}"
            yield Fixture(label, shapes, storing.plain(shapes), ModelKind.CONTROLNET, name, proofs=proofs)


def lora(shapes: Shapes, pattern: str, name: Callable[[str, str], str], *, rank: int = 16) -> Shapes:
    """A LoRA of the layers whose names fit; `name` makes a tensor's name from a layer's and "down", "up" or "alpha"."""
    found: Shapes = {}
    for key, shape in shapes.items():
        layer = key.removesuffix(".weight")
        if len(shape) == 2 and layer != key and re.search(pattern, layer):
            outputs, inputs = shape
            found |= {name(layer, "down"): (rank, inputs), name(layer, "up"): (outputs, rank)}
            if name(layer, "alpha"):
                found[name(layer, "alpha")] = ()
    return found


def kohya(layer: str, part: str) -> str:
    """As kohya-ss/sd-scripts names tensors."""
    stem = f"lora_unet_{layer.replace('.', '_')}"
    return f"{stem}.alpha" if part == "alpha" else f"{stem}.lora_{part}.weight"


def peft(prefix: str) -> Callable[[str, str], str]:
    """As PEFT and diffusers name tensors, with `prefix` before them."""
    letters = {"down": "A", "up": "B"}

    def name(layer: str, part: str) -> str:
        return f"{prefix}{layer}.lora_{letters[part]}.weight" if part in letters else ""

    return name


def old_diffusers(layer: str, part: str) -> str:
    """As diffusers named tensors before PEFT."""
    return f"unet.{layer}.lora.{part}.weight" if part != "alpha" else ""


def loras() -> Iterator[Fixture]:
    """LoRAs in the forms of kohya, diffusers, PEFT and LyCORIS."""
    attention = r"attn\d?\.|\.ff\."
    original, theirs = original_transformers(), store()

    def made(label: str, shapes: Shapes, base: str | None, *proofs: Proof) -> Fixture:
        return Fixture(f"LoRA, {label}", shapes, storing.plain(shapes), ModelKind.LORA, base, proofs=proofs)

    for name in ("sd1", "sd2", "sdxl", "ssd1b"):
        base = "sdxl" if name == "ssd1b" else name
        layers = theirs[name]
        yield made(f"{name}, kohya", lora(layers, attention, kohya), base, Proof("lora_kohya", name))
        yield made(f"{name}, PEFT", lora(layers, r"attn\d\.to", peft("unet.")), base, Proof("lora", name))
        yield made(f"{name}, diffusers", lora(layers, r"attn\d\.to", old_diffusers), base, Proof("lora", name))
        loha: Shapes = {
            f"lora_unet_{layer.replace('.', '_')}.{part}": sides
            for layer, outputs, inputs in _matrices(layers, attention)
            for part, sides in (
                ("hada_w1_a", (outputs, 8)),
                ("hada_w1_b", (8, inputs)),
                ("hada_w2_a", (outputs, 8)),
                ("hada_w2_b", (8, inputs)),
                ("alpha", ()),
            )
        }
        yield made(f"{name}, LyCORIS LoHa", loha, base)
    sgm = ldm_unets()["sdxl"]
    layers = lora(sgm, r"_block.*(attn\d\.|\.ff\.)", kohya)
    yield made("sdxl, kohya, Stability's names", layers, "sdxl", Proof("lora_kohya_sgm", "sdxl"))
    layers = lora(original["wan_t2v_14b"], r"^blocks\.\d+\.(self_attn|cross_attn|ffn)", kohya)
    yield made("wan_t2v_14b, musubi-tuner", layers, "wan", Proof("lora_musubi_wan", "wan_t2v_14b"))
    for name in ("flux_dev", "chroma"):
        layers = original[name]
        family = "flux" if name == "flux_dev" else None
        pattern = r"_blocks\.\d+\.(img_(attn|mlp|mod)|txt_(attn|mlp|mod)|linear|modulation)"
        yield made(f"{name}, kohya", lora(layers, pattern, kohya), family, Proof("lora_kohya_flux", name))
        pattern = r"transformer_blocks\.\d+\.(attn\.(to_[qkv]|to_out|add_)|ff|norm|proj_)"
        yield made(f"{name}, PEFT", lora(theirs[name], pattern, peft("transformer.")), family, Proof("lora", name))
    for name, base in (
        ("qwen_image", "qwen_image"),
        ("sd3_medium", "sd3"),
        ("sd35_large", "sd3"),
        ("z_image", "z_image"),
    ):
        pattern = r"(blocks|layers)\.\d+\.(attn|attention)\."
        yield made(f"{name}, PEFT", lora(theirs[name], pattern, peft("transformer.")), base, Proof("lora", name))
    for name in ("wan_t2v_1b", "wan_t2v_14b", "wan_i2v_14b"):
        pattern = r"^blocks\.\d+\.(self_attn|cross_attn|ffn)"
        layers = lora(original[name], pattern, peft("diffusion_model."))
        yield made(f"{name}, original names", layers, "wan", Proof("lora_wan", name))
        layers = lora(theirs[name], r"^blocks\.\d+\.(attn|ffn)", peft("transformer."))
        yield made(f"{name}, PEFT", layers, "wan", Proof("lora", name))
    layers = lora(original["z_image"], r"^layers\.\d+\.(attention|feed_forward)", peft("diffusion_model."))
    yield made("z_image, original names", layers, "z_image")
    for name in ("flux2_dev", "flux2_klein_4b", "flux2_klein_9b"):
        pattern = r"transformer_blocks\.\d+\.(attn|ff)"
        yield made(f"{name}, PEFT", lora(theirs[name], pattern, peft("transformer.")), "flux2", Proof("lora", name))
        layers = lora(original[name], r"_blocks\.\d+\.(img_|txt_|linear)", peft("diffusion_model."))
        yield made(f"{name}, original names", layers, "flux2", Proof("lora_flux2", name))


def _matrices(shapes: Shapes, pattern: str) -> Iterator[tuple[str, int, int]]:
    for key, shape in shapes.items():
        layer = key.removesuffix(".weight")
        if len(shape) == 2 and layer != key and re.search(pattern, layer):
            yield layer, shape[0], shape[1]


def others() -> Iterator[Fixture]:
    """Upscalers, and families that no engine here runs: unknown must be the answer to those."""
    for label, old, scale in (("x4, new layout", False, 4), ("x4, old layout", True, 4), ("x2, new layout", False, 2)):
        shapes = o.esrgan(old=old, scale=scale)
        proofs = (Proof("sdcpp_upscaler", ""),) if scale == 4 else ()
        yield Fixture(f"ESRGAN {label}", shapes, storing.plain(shapes), ModelKind.UPSCALER, proofs=proofs)
    for second in (False, True):
        for prefix in ("pmid.", "id_encoder."):
            shapes = under(prefix, o.photomaker(store()["clip_vision_l"], second=second))
            if prefix == "id_encoder.":  # TencentARC's own .bin, which has SDXL's LoRA beside it
                shapes |= under("lora_weights.", lora(store()["sdxl"], r"attn\d\.to", old_diffusers))
            label = f"PhotoMaker{' v2' if second else ''}, {prefix}"
            yield Fixture(label, shapes, storing.plain(shapes), ModelKind.PHOTOMAKER, "sdxl")
    embeddings: tuple[tuple[str, Shapes, str], ...] = (
        ("SD 1, A1111", {"emb_params": (8, 768)}, "sd1"),
        ("SD 2, A1111", {"string_to_param.*": (4, 1024)}, "sd2"),
        ("SDXL, A1111", {"clip_l": (4, 768), "clip_g": (4, 1280)}, "sdxl"),
        ("SD 1, diffusers", {"<cat-toy>": (768,)}, "sd1"),
    )
    for label, embedding, base in embeddings:
        yield Fixture(f"embedding, {label}", embedding, storing.plain(embedding, "F32"), ModelKind.EMBEDDING, base)
    for latent in (4, 16):
        encoder, decoder = o.taesd(latent)
        for label, shapes in (
            ("decoder", decoder),
            ("both halves", under("encoder.", encoder) | under("decoder.", decoder)),
        ):
            yield _companion(f"taesd_{latent}, original, {label}", shapes, f"taesd_{latent}", ())
    tiny = {
        "sd1_tiny": o.ldm_tiny(768, top=True),
        "sdxs": o.ldm_tiny(768, top=False),
        "sd2_tiny": o.ldm_tiny(1024, top=True, flat=True),
        "chroma_radiance": o.radiance(),
    }
    clip, h = "cond_stage_model.transformer.", "cond_stage_model.model."
    encoders = {"sd1_tiny": under(clip, nested("clip_l")), "sd2_tiny": under(h, o.openclip(1024, 24, projected=False))}
    encoders["sdxs"] = encoders["sd1_tiny"]
    for name, text in encoders.items():
        vae = store()["taesd_4"] if name == "sdxs" else o.ldm_vae(4, quantised=True)
        shapes = under(LDM, tiny[name]) | under("first_stage_model.", vae) | text
        yield Fixture(
            f"{name}, checkpoint",
            shapes,
            storing.plain(shapes),
            ModelKind.CHECKPOINT,
            name,
            EVERY,
            proofs=(Proof("sdcpp_checkpoint", ""),),
        )
    for name, bare in tiny.items():
        shapes = under(LDM, bare)
        yield Fixture(f"{name}, alone, LDM", shapes, storing.plain(shapes), ModelKind.DIFFUSION_MODEL, name, EVERY)
    for name in STRANGERS:
        shapes = store()[name]
        yield Fixture(
            f"{name}, a stranger", shapes, storing.plain(shapes), ModelKind.UNKNOWN, proofs=(Proof("class", name),)
        )


@cache
def fixtures() -> tuple[Fixture, ...]:
    """All fixtures."""
    groups = (checkpoints, checkpoints_renamed, unets, transformers, companions, controlnets, loras, others)
    return tuple(fixture for group in groups for fixture in group())
