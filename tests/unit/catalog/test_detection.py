"""Kind, family and modes from tensor names and shapes: published key layouts with narrow widths."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch

from safelight.catalog.architectures import architecture, architectures, companions
from safelight.catalog.inspection import inspect
from safelight.domain.models import Component, ModelFormat, ModelKind, Role
from safelight.domain.request import Mode

if TYPE_CHECKING:
    from tests.unit.catalog.conftest import WriteSafetensors

Shapes = dict[str, tuple[int, ...]]

VAE: Shapes = {
    "first_stage_model.decoder.conv_in.weight": (8, 4, 3, 3),
    "first_stage_model.quant_conv.weight": (8, 8, 1, 1),
}
CLIP: Shapes = {"cond_stage_model.transformer.text_model.embeddings.token_embedding.weight": (49, 8)}
OPEN_CLIP: Shapes = {"cond_stage_model.model.transformer.resblocks.0.attn.in_proj_weight": (24, 8)}
TWO_CLIPS: Shapes = {
    "conditioner.embedders.0.transformer.text_model.embeddings.token_embedding.weight": (49, 8),
    "conditioner.embedders.1.model.transformer.resblocks.0.attn.in_proj_weight": (24, 8),
}
RENAMED_CLIPS = CLIP | {"cond_stage_model.1.transformer.text_model.embeddings.token_embedding.weight": (49, 8)}
"""As stable-diffusion.cpp names those of SDXL; it names the only one of SD 1, SD 2 and the refiner as `CLIP` is."""
REFINER_CLIP: Shapes = {"conditioner.embedders.0.model.transformer.resblocks.0.attn.in_proj_weight": (24, 8)}


def unet(channels: int = 4, context: int = 12, prefix: str = "model.diffusion_model.") -> Shapes:
    return {
        f"{prefix}input_blocks.0.0.weight": (8, channels, 3, 3),
        f"{prefix}input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight": (8, context),
        f"{prefix}middle_block.0.in_layers.0.weight": (8,),
    }


@pytest.mark.parametrize(
    ("text_encoder", "family", "prediction", "side"),
    [
        pytest.param(OPEN_CLIP, "sd2", None, 768, id="sd2"),
        pytest.param(TWO_CLIPS, "sdxl", "epsilon", 1024, id="sdxl"),
        pytest.param(RENAMED_CLIPS, "sdxl", "epsilon", 1024, id="sdxl renamed"),
    ],
)
@pytest.mark.parametrize("context", [12, 768, 1024, 2048])
def test_text_encoders_decide_over_widths(
    write_safetensors: WriteSafetensors,
    text_encoder: Shapes,
    family: str,
    prediction: str | None,
    side: int,
    context: int,
) -> None:
    info = inspect(write_safetensors("m.safetensors", unet(context=context) | VAE | text_encoder))
    assert (info.kind, info.architecture, info.problem) == (ModelKind.CHECKPOINT, family, None)
    assert info.prediction == prediction
    assert info.modes == frozenset(Mode)
    assert (info.defaults.size.width, info.defaults.size.height) == (side, side)
    assert (info.defaults.sampler, info.defaults.scheduler) == ("dpmpp_2m", "karras")
    assert (info.defaults.steps, info.defaults.cfg_scale) == (20, 7)
    assert (info.format, info.dtype, info.id) == (ModelFormat.SAFETENSORS, "f16", "m")
    assert any(next(iter(text_encoder)) in fact for fact in info.evidence)


@pytest.mark.parametrize(
    ("context", "family", "missing"),
    [
        pytest.param(12, "sd1", None, id="unknown"),
        pytest.param(768, "sd1", None, id="sd1"),
        pytest.param(1024, "sd2", None, id="sd2"),
        pytest.param(1280, "sdxl_refiner", None, id="refiner"),
        pytest.param(2048, "sdxl", Role.CLIP_G, id="half of sdxl"),
    ],
)
def test_the_width_decides_where_families_share_a_name(
    write_safetensors: WriteSafetensors, context: int, family: str, missing: Role | None
) -> None:
    info = inspect(write_safetensors("m.safetensors", unet(context=context) | VAE | CLIP))
    assert (info.kind, info.architecture) == (ModelKind.CHECKPOINT, family)
    assert [part.role for part in info.components] == ([missing] if missing else [])
    assert (info.problem is None) == (family in {"sd1", "sd2"})
    assert any(("width" if context > 12 else "named") in fact for fact in info.evidence)


def test_the_second_of_two_renamed_encoders_alone_is_not_guessed(write_safetensors: WriteSafetensors) -> None:
    second = {name: shape for name, shape in RENAMED_CLIPS.items() if name not in CLIP}
    assert inspect(write_safetensors("m.safetensors", unet() | VAE | second)).architecture is None
    assert inspect(write_safetensors("n.safetensors", unet() | VAE | second | OPEN_CLIP)).architecture is None


@pytest.mark.parametrize(
    ("metadata", "more", "prediction", "side"),
    [
        pytest.param({"modelspec.prediction_type": "v"}, {}, "v_prediction", 768, id="metadata v"),
        pytest.param({"modelspec.prediction_type": "epsilon"}, {}, "epsilon", 512, id="metadata epsilon"),
        pytest.param({}, {"v_pred": (0,)}, "v_prediction", 768, id="v_pred tensor"),
    ],
)
def test_prediction_of_sd2(
    write_safetensors: WriteSafetensors, metadata: dict[str, str], more: Shapes, prediction: str, side: int
) -> None:
    info = inspect(write_safetensors("m.safetensors", unet() | VAE | OPEN_CLIP | more, metadata))
    assert info.prediction == prediction
    assert info.defaults.size.width == side


def test_sdxl_with_v_prediction(write_safetensors: WriteSafetensors) -> None:
    info = inspect(write_safetensors("m.safetensors", unet() | VAE | TWO_CLIPS | {"v_pred": (0,), "ztsnr": (0,)}))
    assert (info.architecture, info.prediction) == ("sdxl", "v_prediction")


@pytest.mark.parametrize("text_encoder", [CLIP, OPEN_CLIP, TWO_CLIPS], ids=["sd1", "sd2", "sdxl"])
def test_nine_channels_inpaint_only(write_safetensors: WriteSafetensors, text_encoder: Shapes) -> None:
    info = inspect(write_safetensors("m.safetensors", unet(channels=9) | VAE | text_encoder))
    assert info.modes == frozenset({Mode.INPAINT})
    assert (info.prediction, info.problem) == ("epsilon", None)


def test_other_channels_are_a_problem(write_safetensors: WriteSafetensors) -> None:
    info = inspect(write_safetensors("m.safetensors", unet(channels=8) | VAE | CLIP))
    assert info.modes == frozenset()
    assert info.problem == "Its UNet takes 8 input channels; only 4 (plain) and 9 (inpainting) can be run."


def test_refiner_is_told_and_not_run(write_safetensors: WriteSafetensors) -> None:
    info = inspect(write_safetensors("m.safetensors", unet() | VAE | REFINER_CLIP))
    assert info.architecture == "sdxl_refiner"
    assert info.problem
    assert "refiner" in info.problem


def test_a_file_with_two_kinds_of_text_encoder_is_ambiguous(write_safetensors: WriteSafetensors) -> None:
    info = inspect(write_safetensors("m.safetensors", unet() | VAE | CLIP | OPEN_CLIP))
    assert info.architecture is None
    assert info.problem == ("This could be Stable Diffusion 1.x or Stable Diffusion 2.x; its tensor names fit each.")


def test_a_checkpoint_without_vae_says_so(write_safetensors: WriteSafetensors) -> None:
    info = inspect(write_safetensors("m.safetensors", unet() | CLIP))
    assert info.kind is ModelKind.CHECKPOINT
    assert info.problem == "It needs a VAE beside its own file."
    assert info.components == (Component(role=Role.VAE, path=None),)


@pytest.mark.parametrize("prefix", ["model.diffusion_model.", ""], ids=["prefixed", "bare"])
@pytest.mark.parametrize(("context", "family"), [(768, "sd1"), (1024, "sd2"), (2048, "sdxl"), (1280, "sdxl_refiner")])
def test_a_unet_alone_is_told_by_its_context_width(
    write_safetensors: WriteSafetensors, prefix: str, context: int, family: str
) -> None:
    info = inspect(write_safetensors("m.safetensors", unet(context=context, prefix=prefix)))
    assert (info.kind, info.architecture) == (ModelKind.DIFFUSION_MODEL, family)
    assert info.problem
    assert any(f"width {context:,}" in fact for fact in info.evidence)


def test_a_unet_of_unknown_width_is_not_guessed(write_safetensors: WriteSafetensors) -> None:
    info = inspect(write_safetensors("m.safetensors", unet(context=640)))
    assert (info.kind, info.architecture) == (ModelKind.DIFFUSION_MODEL, None)


def test_a_transformer_is_not_taken_for_a_unet(write_safetensors: WriteSafetensors) -> None:
    info = inspect(
        write_safetensors("m.safetensors", {"model.diffusion_model.double_blocks.0.img_mod.lin.weight": (2, 2)})
    )
    assert (info.kind, info.architecture) == (ModelKind.DIFFUSION_MODEL, None)
    assert any("no input_blocks" in fact for fact in info.evidence)


@pytest.mark.parametrize(
    ("shapes", "kind", "family"),
    [
        pytest.param(VAE, ModelKind.VAE, None, id="vae prefixed"),
        pytest.param(
            {"decoder.conv_in.weight": (8, 4, 3, 3), "decoder.mid.block_1.norm1.weight": (8,)},
            ModelKind.VAE,
            None,
            id="vae",
        ),
        pytest.param(
            {"lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k.lora_down.weight": (4, 768)},
            ModelKind.LORA,
            "sd1",
            id="kohya lora",
        ),
        pytest.param(
            {"unet.down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.lora_A.weight": (4, 2048)},
            ModelKind.LORA,
            "sdxl",
            id="diffusers lora",
        ),
        pytest.param({"lora_te_text_model_encoder_layers_0_mlp_fc1.alpha": ()}, ModelKind.LORA, None, id="te lora"),
        pytest.param({"emb_params": (4, 1024)}, ModelKind.EMBEDDING, "sd2", id="embedding"),
        pytest.param({"clip_l": (2, 768), "clip_g": (2, 1280)}, ModelKind.EMBEDDING, "sdxl", id="sdxl embedding"),
        pytest.param(
            {"control_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight": (8, 768)} | unet() | VAE | CLIP,
            ModelKind.CONTROLNET,
            "sd1",
            id="controlnet with its base",
        ),
        pytest.param({"controlnet_cond_embedding.conv_in.weight": (8, 3, 3, 3)}, ModelKind.CONTROLNET, None, id="cnet"),
        pytest.param({"model.1.sub.0.RDB1.conv1.0.weight": (8, 8, 3, 3)}, ModelKind.UPSCALER, None, id="old esrgan"),
        pytest.param({"params_ema.body.0.rdb1.conv1.weight": (8, 8, 3, 3)}, ModelKind.UPSCALER, None, id="esrgan"),
        pytest.param(
            {
                "text_model.embeddings.token_embedding.weight": (49, 8),
                "text_model.encoder.layers.0.mlp.fc1.weight": (8, 8),
            },
            ModelKind.TEXT_ENCODER,
            None,
            id="clip",
        ),
        pytest.param(
            {"shared.weight": (9, 8), "encoder.block.0.layer.0.SelfAttention.q.weight": (8, 8)},
            ModelKind.TEXT_ENCODER,
            None,
            id="t5",
        ),
        pytest.param({"weight": (3,)}, ModelKind.UNKNOWN, None, id="unknown"),
        pytest.param({}, ModelKind.UNKNOWN, None, id="nothing"),
    ],
)
def test_parts_that_cannot_draw_by_themselves(
    write_safetensors: WriteSafetensors, shapes: Shapes, kind: ModelKind, family: str | None
) -> None:
    info = inspect(write_safetensors("part.safetensors", shapes))
    assert (info.kind, info.architecture, info.modes) == (kind, family, frozenset())
    assert info.problem
    assert info.evidence


def flux_attention(blocks: int) -> Shapes:
    shapes: Shapes = {}
    for number in range(blocks):
        layer = f"lora_unet_double_blocks_{number}_img_attn_qkv"
        shapes |= {f"{layer}.lora_down.weight": (4, 3072), f"{layer}.lora_up.weight": (9216, 4)}
    return shapes


def test_a_lora_that_fits_several_families_names_none_but_what_its_trainer_wrote(
    write_safetensors: WriteSafetensors,
) -> None:
    shapes = flux_attention(19)
    info = inspect(write_safetensors("a.safetensors", shapes))
    assert (info.kind, info.architecture) == (ModelKind.LORA, None)
    assert any("Chroma or FLUX.1" in fact for fact in info.evidence)
    said = {"ss_base_model_version": "flux1", "ss_network_dim": "4"}
    assert inspect(write_safetensors("b.safetensors", shapes, said)).architecture == "flux"
    said = {"modelspec.architecture": "Chroma/lora"}
    assert inspect(write_safetensors("c.safetensors", shapes, said)).architecture == "chroma"
    other = {"ss_base_model_version": "sdxl_base_v1-0"}
    assert inspect(write_safetensors("d.safetensors", shapes, other)).architecture is None


def test_a_lora_with_more_blocks_or_other_sides_is_for_another_model(write_safetensors: WriteSafetensors) -> None:
    assert inspect(write_safetensors("a.safetensors", flux_attention(20))).architecture is None
    layer = "lora_unet_double_blocks_0_img_attn_qkv"
    wide = {f"{layer}.lora_down.weight": (4, 6144), f"{layer}.lora_up.weight": (18_432, 4)}
    assert inspect(write_safetensors("b.safetensors", wide)).architecture == "flux2"


def test_a_lora_without_cross_attention_is_told_by_its_metadata(write_safetensors: WriteSafetensors) -> None:
    layer = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_k"
    shapes: Shapes = {f"{layer}.lora_down.weight": (4, 320), f"{layer}.lora_up.weight": (320, 4)}
    assert inspect(write_safetensors("a.safetensors", shapes)).architecture is None
    said = {"ss_base_model_version": "sd_v1"}
    assert inspect(write_safetensors("b.safetensors", shapes, said)).architecture == "sd1"


def test_a_lora_of_old_diffusers(write_safetensors: WriteSafetensors) -> None:
    layer = "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.processor.to_k_lora"
    info = inspect(
        write_safetensors("l.safetensors", {f"{layer}.down.weight": (4, 768), f"{layer}.up.weight": (320, 4)})
    )
    assert (info.kind, info.architecture) == (ModelKind.LORA, "sd1")


def test_a_lora_of_xlabs(write_safetensors: WriteSafetensors) -> None:
    layer = "double_blocks.0.processor.qkv_lora1"
    info = inspect(
        write_safetensors("l.safetensors", {f"{layer}.down.weight": (4, 3072), f"{layer}.up.weight": (9216, 4)})
    )
    assert info.kind is ModelKind.LORA
    assert any("double_blocks_N_img_attn_qkv (9,216 x 3,072), as in Chroma or FLUX.1" in fact for fact in info.evidence)


def test_a_lora_of_the_input_is_for_the_member_with_more_channels(write_safetensors: WriteSafetensors) -> None:
    shapes: Shapes = {"img_in.lora_A.weight": (4, 128), "img_in.lora_B.weight": (3072, 4)}
    assert inspect(write_safetensors("l.safetensors", shapes)).architecture == "flux"


def test_a_checkpoint_with_a_strange_text_encoder_is_not_guessed(write_safetensors: WriteSafetensors) -> None:
    roberta: Shapes = {"cond_stage_model.roberta.embeddings.word_embeddings.weight": (9, 8)}
    info = inspect(write_safetensors("m.safetensors", unet(context=768) | VAE | roberta))
    assert (info.kind, info.architecture) == (ModelKind.CHECKPOINT, None)
    assert info.problem == "This checkpoint is of a family that is not known yet."
    assert any("roberta" in fact for fact in info.evidence)


def test_what_four_bits_are_called(write_safetensors: WriteSafetensors, tmp_path: Path) -> None:
    names = ("w", "w.quant_state.bitsandbytes__nf4")
    header = {
        name: {"dtype": "U8", "shape": [8], "data_offsets": [8 * at, 8 * at + 8]} for at, name in enumerate(names)
    }
    raw = json.dumps(header).encode()
    (tmp_path / "m.safetensors").write_bytes(len(raw).to_bytes(8, "little") + raw + bytes(16))
    assert inspect(tmp_path / "m.safetensors").dtype == "nf4"


def test_lora_problem_reads_as_a_sentence(write_safetensors: WriteSafetensors) -> None:
    info = inspect(write_safetensors("l.safetensors", {"lora_unet_x.lora_up.weight": (2, 2)}))
    assert info.problem == "This is a LoRA; it changes a checkpoint and cannot draw by itself."


def test_leftover_lora_names_do_not_hide_a_checkpoint(write_safetensors: WriteSafetensors) -> None:
    info = inspect(write_safetensors("m.safetensors", unet() | VAE | CLIP | {"lora_te_x.alpha": ()}))
    assert (info.kind, info.architecture) == (ModelKind.CHECKPOINT, "sd1")


def test_pickled_checkpoints_and_embeddings(tmp_path: Path) -> None:
    state = {name: torch.zeros(shape) for name, shape in (unet() | VAE | CLIP).items()}
    torch.save({"state_dict": state, "global_step": 1}, tmp_path / "m.ckpt")
    info = inspect(tmp_path / "m.ckpt")
    assert (info.kind, info.architecture, info.format, info.dtype) == (
        ModelKind.CHECKPOINT,
        "sd1",
        ModelFormat.CKPT,
        "f32",
    )
    torch.save({"string_to_param": {"*": torch.zeros(2, 768)}, "name": "cat"}, tmp_path / "cat.pt")
    info = inspect(tmp_path / "cat.pt")
    assert (info.kind, info.architecture) == (ModelKind.EMBEDDING, "sd1")


def test_families_are_found_and_told_apart() -> None:
    own = [family.name for family in architectures() if family.name != "scripted"]  # the tests' plugin, once it is seen
    assert own == sorted(own)
    assert {"sd1", "sd2", "sdxl", "sdxl_refiner", "sd3", "flux", "chroma", "qwen_image", "wan"} <= set(own)
    assert architecture("sdxl") in architectures()
    assert architecture("nonsense") is None


def test_the_page_names_every_family_and_companion() -> None:
    page = (Path(__file__).parents[3] / "docs" / "architectures.md").read_text(encoding="utf-8")
    names = [family.name for family in architectures() if family.name != "scripted"]
    names += [companion.name for companion in companions()]
    assert [name for name in names if f"`{name}`" not in page] == []


def test_every_need_can_be_filled() -> None:
    known = {companion.name: companion.role for companion in companions()}
    needs = [need for family in architectures() for need in family.needs]
    needs += [need for family in architectures() for one in family.variants for need in one.needs or ()]
    assert len(needs) > 40
    for need in needs:
        assert {known[name] for name in need.accepts} == {need.role}
    assert {family.refines for family in architectures()} - {None} <= {family.name for family in architectures()}
