"""Published files besides diffusion models: companions, ControlNets, LoRAs and other add-ons, and strangers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.unit.catalog.published import originals as o
from tests.unit.catalog.published import storing
from tests.unit.catalog.published.configs import STRANGERS
from tests.unit.catalog.published.fixtures import (
    EVERY,
    LDM,
    Fixture,
    Proof,
    W,
    ldm_unets,
    llama_names,
    nested,
    original_transformers,
    store,
)
from tests.unit.catalog.published.originals import Shapes, under

from safelight.domain.models import ModelKind


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
