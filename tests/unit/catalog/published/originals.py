"""Names and shapes in the layouts of the models' own authors, from the same numbers as in `configs.py`.

That they are right is proven in `test_published.py`: diffusers' single-file converters make of each exactly the tensors
of the class. Sources: CompVis/latent-diffusion, Stability-AI/generative-models and sd3-ref, black-forest-labs/flux and
flux2, lodestone-rock/flow (Chroma), Wan-Video/Wan2.1, Tongyi-MAI/Z-Image.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

Shapes = dict[str, tuple[int, ...]]


def linear(name: str, outputs: int, inputs: int, *, bias: bool = True) -> Shapes:
    """A linear layer."""
    return {f"{name}.weight": (outputs, inputs), **({f"{name}.bias": (outputs,)} if bias else {})}


def conv(name: str, outputs: int, inputs: int, kernel: Sequence[int]) -> Shapes:
    """A convolution."""
    return {f"{name}.weight": (outputs, inputs, *kernel), f"{name}.bias": (outputs,)}


def norm(name: str, width: int) -> Shapes:
    """A norm with scale and shift."""
    return {f"{name}.weight": (width,), f"{name}.bias": (width,)}


def under(prefix: str, shapes: Shapes) -> Shapes:
    """`shapes` with `prefix` before every name."""
    return {prefix + name: shape for name, shape in shapes.items()}


def joined(parts: Iterable[Shapes]) -> Shapes:
    """All of `parts`."""
    return {name: shape for part in parts for name, shape in part.items()}


THREE, ONE = (3, 3), (1, 1)


def ldm_resnet(name: str, inputs: int, outputs: int, time: int) -> Shapes:
    """CompVis' ResBlock."""
    skip = conv(f"{name}.skip_connection", outputs, inputs, ONE) if inputs != outputs else {}
    return {
        **norm(f"{name}.in_layers.0", inputs),
        **conv(f"{name}.in_layers.2", outputs, inputs, THREE),
        **linear(f"{name}.emb_layers.1", outputs, time),
        **norm(f"{name}.out_layers.0", outputs),
        **conv(f"{name}.out_layers.3", outputs, outputs, THREE),
        **skip,
    }


def ldm_attention(name: str, width: int, depth: int, context: int, *, flat: bool) -> Shapes:
    """CompVis' SpatialTransformer; `flat`: projections are linear layers."""
    shapes = norm(f"{name}.norm", width)
    for side in ("proj_in", "proj_out"):
        shapes |= linear(f"{name}.{side}", width, width) if flat else conv(f"{name}.{side}", width, width, ONE)
    for number in range(depth):
        block = f"{name}.transformer_blocks.{number}"
        for which, source in (("attn1", width), ("attn2", context)):
            shapes |= linear(f"{block}.{which}.to_q", width, width, bias=False)
            shapes |= linear(f"{block}.{which}.to_k", width, source, bias=False)
            shapes |= linear(f"{block}.{which}.to_v", width, source, bias=False)
            shapes |= linear(f"{block}.{which}.to_out.0", width, width)
        shapes |= linear(f"{block}.ff.net.0.proj", 8 * width, width) | linear(f"{block}.ff.net.2", width, 4 * width)
        for which in ("norm1", "norm2", "norm3"):
            shapes |= norm(f"{block}.{which}", width)
    return shapes


def ldm_half(
    channels: int, widths: Sequence[int], depths: Sequence[Sequence[int]], context: int, pooled: int, *, flat: bool
) -> tuple[Shapes, list[int], int]:
    """Embeddings and input blocks of CompVis' UNetModel; with the widths of their outputs and the last index."""
    start = widths[0]
    time = 4 * start
    shapes = linear("time_embed.0", time, start) | linear("time_embed.2", time, time)
    if pooled:
        shapes |= linear("label_emb.0.0", time, pooled) | linear("label_emb.0.2", time, time)
    shapes |= conv("input_blocks.0.0", start, channels, THREE)
    outputs, index, last = [start], 0, start
    for level, width in enumerate(widths):
        for depth in depths[level]:
            index += 1
            shapes |= ldm_resnet(f"input_blocks.{index}.0", last, width, time)
            if depth:
                shapes |= ldm_attention(f"input_blocks.{index}.1", width, depth, context, flat=flat)
            last = width
            outputs.append(last)
        if level < len(widths) - 1:
            index += 1
            shapes |= conv(f"input_blocks.{index}.0.op", last, last, THREE)
            outputs.append(last)
    return shapes, outputs, index


def ldm_middle(width: int, depth: int, time: int, context: int, *, flat: bool) -> Shapes:
    """The middle block of CompVis' UNetModel."""
    return {
        **ldm_resnet("middle_block.0", width, width, time),
        **ldm_attention("middle_block.1", width, depth, context, flat=flat),
        **ldm_resnet("middle_block.2", width, width, time),
    }


def ldm_unet(
    channels: int,
    widths: Sequence[int],
    depths: Sequence[int],
    context: int,
    *,
    middle: int | None,
    pooled: int = 0,
    flat: bool = False,
    up: Sequence[Sequence[int]] | None = None,
    down: Sequence[Sequence[int]] | None = None,
) -> Shapes:
    """CompVis' UNetModel with two blocks a level.

    Args:
        channels: Of the input.
        widths: Of the levels.
        depths: Transformer blocks of each level; 0 is none.
        context: Width of the text.
        middle: Transformer blocks of the middle block; None when it is one residual block alone.
        pooled: Width of the vector condition.
        flat: Whether projections are linear layers.
        up: Depths of the output blocks, lowest level first, where they differ.
        down: Depths of the input blocks, where they differ.
    """
    shapes, outputs, _ = ldm_half(channels, widths, down or [[d, d] for d in depths], context, pooled, flat=flat)
    time, last = 4 * widths[0], widths[-1]
    if middle is None:
        shapes |= ldm_resnet("middle_block.0", last, last, time)
    else:
        shapes |= ldm_middle(last, middle, time, context, flat=flat)
    ups = up or [[d] * 3 for d in reversed(depths)]
    index = 0
    for level, width in enumerate(reversed(widths)):
        for number, depth in enumerate(ups[level]):
            shapes |= ldm_resnet(f"output_blocks.{index}.0", last + outputs.pop(), width, time)
            last = width
            if depth:
                shapes |= ldm_attention(f"output_blocks.{index}.1", width, depth, context, flat=flat)
            if number == len(ups[level]) - 1 and level < len(widths) - 1:
                shapes |= conv(f"output_blocks.{index}.{2 if depth else 1}.conv", width, width, THREE)
            index += 1
    return shapes | norm("out.0", last) | conv("out.2", 4, last, THREE)


def ldm_controlnet(
    widths: Sequence[int], depths: Sequence[int], context: int, *, middle: int, pooled: int = 0, flat: bool = False
) -> Shapes:
    """lllyasviel/ControlNet's ControlNet: the first half of a UNet, a hint encoder and zero convolutions."""
    shapes, outputs, _ = ldm_half(4, widths, [[d, d] for d in depths], context, pooled, flat=flat)
    shapes |= ldm_middle(widths[-1], middle, 4 * widths[0], context, flat=flat)
    for number, width in enumerate(outputs):
        shapes |= conv(f"zero_convs.{number}.0", width, width, ONE)
    shapes |= conv("middle_block_out.0", widths[-1], widths[-1], ONE)
    hint = (3, 16, 16, 32, 32, 96, 96, 256, widths[0])
    for number, (inputs, result) in enumerate(pairwise(hint)):
        shapes |= conv(f"input_hint_block.{2 * number}", result, inputs, THREE)
    return shapes


def _ldm_vae_resnet(name: str, inputs: int, outputs: int) -> Shapes:
    return {
        **norm(f"{name}.norm1", inputs),
        **conv(f"{name}.conv1", outputs, inputs, THREE),
        **norm(f"{name}.norm2", outputs),
        **conv(f"{name}.conv2", outputs, outputs, THREE),
        **(conv(f"{name}.nin_shortcut", outputs, inputs, ONE) if inputs != outputs else {}),
    }


def _ldm_vae_middle(name: str, width: int) -> Shapes:
    shapes = _ldm_vae_resnet(f"{name}.block_1", width, width) | _ldm_vae_resnet(f"{name}.block_2", width, width)
    shapes |= norm(f"{name}.attn_1.norm", width)
    for which in ("q", "k", "v", "proj_out"):
        shapes |= conv(f"{name}.attn_1.{which}", width, width, ONE)
    return shapes


def ldm_vae(latent: int, *, quantised: bool, widths: Sequence[int] = (128, 256, 512, 512)) -> Shapes:
    """CompVis' AutoencoderKL."""
    shapes = conv("encoder.conv_in", widths[0], 3, THREE)
    last = widths[0]
    for level, width in enumerate(widths):
        for number in range(2):
            shapes |= _ldm_vae_resnet(f"encoder.down.{level}.block.{number}", last, width)
            last = width
        if level < len(widths) - 1:
            shapes |= conv(f"encoder.down.{level}.downsample.conv", width, width, THREE)
    shapes |= _ldm_vae_middle("encoder.mid", last)
    shapes |= norm("encoder.norm_out", last) | conv("encoder.conv_out", 2 * latent, last, THREE)
    shapes |= conv("decoder.conv_in", last, latent, THREE) | _ldm_vae_middle("decoder.mid", last)
    for level in reversed(range(len(widths))):
        for number in range(3):
            shapes |= _ldm_vae_resnet(f"decoder.up.{level}.block.{number}", last, widths[level])
            last = widths[level]
        if level:
            shapes |= conv(f"decoder.up.{level}.upsample.conv", last, last, THREE)
    shapes |= norm("decoder.norm_out", last) | conv("decoder.conv_out", 3, last, THREE)
    if quantised:
        shapes |= conv("quant_conv", 2 * latent, 2 * latent, ONE) | conv("post_quant_conv", latent, latent, ONE)
    return shapes


def openclip(width: int, layers: int, *, projected: bool = True) -> Shapes:
    """The text half of mlfoundations/open_clip's model."""
    shapes: Shapes = {"positional_embedding": (77, width), "token_embedding.weight": (49_408, width)}
    for number in range(layers):
        block = f"transformer.resblocks.{number}"
        shapes |= {f"{block}.attn.in_proj_weight": (3 * width, width), f"{block}.attn.in_proj_bias": (3 * width,)}
        shapes |= linear(f"{block}.attn.out_proj", width, width) | norm(f"{block}.ln_1", width)
        shapes |= linear(f"{block}.mlp.c_fc", 4 * width, width) | linear(f"{block}.mlp.c_proj", width, 4 * width)
        shapes |= norm(f"{block}.ln_2", width)
    shapes |= norm("ln_final", width)
    return shapes | ({"text_projection": (width, width), "logit_scale": ()} if projected else {})


def sd3(width: int, layers: int, positions: int, *, normed: bool = False, dual: int = 0) -> Shapes:
    """Stability-AI/sd3-ref's MMDiT; `dual`: leading blocks with a second attention."""
    shapes: Shapes = {"pos_embed": (1, positions**2, width)}
    shapes |= conv("x_embedder.proj", width, 16, (2, 2)) | linear("context_embedder", width, 4096)
    shapes |= linear("t_embedder.mlp.0", width, 256) | linear("t_embedder.mlp.2", width, width)
    shapes |= linear("y_embedder.mlp.0", width, 2048) | linear("y_embedder.mlp.2", width, width)
    for number in range(layers):
        last = number == layers - 1
        for side in ("x_block", "context_block"):
            block, alone = f"joint_blocks.{number}.{side}", side == "context_block" and last
            parts = 2 if alone else (9 if side == "x_block" and number < dual else 6)
            shapes |= linear(f"{block}.adaLN_modulation.1", parts * width, width)
            attentions = ("attn", "attn2") if parts == 9 else ("attn",)
            for attention in attentions:
                shapes |= linear(f"{block}.{attention}.qkv", 3 * width, width)
                if normed:
                    shapes |= {f"{block}.{attention}.ln_q.weight": (64,), f"{block}.{attention}.ln_k.weight": (64,)}
                if not alone:
                    shapes |= linear(f"{block}.{attention}.proj", width, width)
            if not alone:
                shapes |= linear(f"{block}.mlp.fc1", 4 * width, width) | linear(f"{block}.mlp.fc2", width, 4 * width)
    return shapes | linear("final_layer.linear", 64, width) | linear("final_layer.adaLN_modulation.1", 2 * width, width)


def _flux_attention(name: str, width: int, *, bias: bool = True) -> Shapes:
    return {
        **linear(f"{name}.qkv", 3 * width, width, bias=bias),
        **linear(f"{name}.proj", width, width, bias=bias),
        f"{name}.norm.query_norm.scale": (128,),
        f"{name}.norm.key_norm.scale": (128,),
    }


def _flux_blocks(width: int, double: int, single: int, *, modulated: bool = True) -> Shapes:
    shapes: Shapes = {}
    for number in range(double):
        for side in ("img", "txt"):
            block = f"double_blocks.{number}.{side}"
            if modulated:
                shapes |= linear(f"{block}_mod.lin", 6 * width, width)
            shapes |= _flux_attention(f"{block}_attn", width)
            shapes |= linear(f"{block}_mlp.0", 4 * width, width) | linear(f"{block}_mlp.2", width, 4 * width)
    for number in range(single):
        block = f"single_blocks.{number}"
        shapes |= linear(f"{block}.linear1", 7 * width, width) | linear(f"{block}.linear2", width, 5 * width)
        shapes |= {f"{block}.norm.query_norm.scale": (128,), f"{block}.norm.key_norm.scale": (128,)}
        if modulated:
            shapes |= linear(f"{block}.modulation.lin", 3 * width, width)
    return shapes


def flux(channels: int = 64, *, guided: bool, double: int = 19, single: int = 38) -> Shapes:
    """black-forest-labs/flux' Flux."""
    width = 3072
    shapes = linear("img_in", width, channels) | linear("txt_in", width, 4096)
    vectors = [("time_in", 256), ("vector_in", 768), *([("guidance_in", 256)] if guided else [])]
    for name, inputs in vectors:
        shapes |= linear(f"{name}.in_layer", width, inputs) | linear(f"{name}.out_layer", width, width)
    shapes |= _flux_blocks(width, double, single)
    return shapes | linear("final_layer.linear", 64, width) | linear("final_layer.adaLN_modulation.1", 2 * width, width)


def chroma() -> Shapes:
    """lodestone-rock/flow's Chroma: FLUX.1 schnell without modulations, which an approximator gives."""
    width, inner = 3072, 5120
    shapes = linear("img_in", width, 64) | linear("txt_in", width, 4096) | linear("final_layer.linear", 64, width)
    name = "distilled_guidance_layer"
    shapes |= linear(f"{name}.in_proj", inner, 64) | linear(f"{name}.out_proj", width, inner)
    for number in range(5):
        shapes |= linear(f"{name}.layers.{number}.in_layer", inner, inner)
        shapes |= linear(f"{name}.layers.{number}.out_layer", inner, inner)
        shapes |= {f"{name}.norms.{number}.scale": (inner,)}
    return shapes | _flux_blocks(width, 19, 38, modulated=False)


def flux2(heads: int, double: int, single: int, context: int, *, guided: bool) -> Shapes:
    """black-forest-labs/flux2's Flux2, which has no biases."""
    width = 128 * heads

    def plain(name: str, outputs: int, inputs: int) -> Shapes:
        return linear(name, outputs, inputs, bias=False)

    shapes = plain("img_in", width, 128) | plain("txt_in", width, context)
    for name in ("time_in", *(["guidance_in"] if guided else [])):
        shapes |= plain(f"{name}.in_layer", width, 256) | plain(f"{name}.out_layer", width, width)
    for name, parts in (
        ("double_stream_modulation_img", 6),
        ("double_stream_modulation_txt", 6),
        ("single_stream_modulation", 3),
    ):
        shapes |= plain(f"{name}.lin", parts * width, width)
    for number in range(double):
        for side in ("img", "txt"):
            block = f"double_blocks.{number}.{side}"
            shapes |= _flux_attention(f"{block}_attn", width, bias=False)
            shapes |= plain(f"{block}_mlp.0", 6 * width, width) | plain(f"{block}_mlp.2", width, 3 * width)
    for number in range(single):
        block = f"single_blocks.{number}"
        shapes |= plain(f"{block}.linear1", 9 * width, width) | plain(f"{block}.linear2", width, 4 * width)
        shapes |= {f"{block}.norm.query_norm.scale": (128,), f"{block}.norm.key_norm.scale": (128,)}
    return shapes | plain("final_layer.linear", 128, width) | plain("final_layer.adaLN_modulation.1", 2 * width, width)


def z_image() -> Shapes:
    """Tongyi-MAI/Z-Image's transformer, as in Comfy-Org/z_image_turbo."""
    width, inner = 3840, 10_240
    shapes = linear("x_embedder", width, 64) | {"x_pad_token": (1, width), "cap_pad_token": (1, width)}
    shapes |= {"cap_embedder.0.weight": (2560,)} | linear("cap_embedder.1", width, 2560)
    shapes |= linear("t_embedder.mlp.0", 1024, 256) | linear("t_embedder.mlp.2", 256, 1024)
    for group, count in (("noise_refiner", 2), ("context_refiner", 2), ("layers", 30)):
        for number in range(count):
            block = f"{group}.{number}"
            shapes |= linear(f"{block}.attention.qkv", 3 * width, width, bias=False)
            shapes |= linear(f"{block}.attention.out", width, width, bias=False)
            shapes |= {f"{block}.attention.q_norm.weight": (128,), f"{block}.attention.k_norm.weight": (128,)}
            shapes |= linear(f"{block}.feed_forward.w1", inner, width, bias=False)
            shapes |= linear(f"{block}.feed_forward.w2", width, inner, bias=False)
            shapes |= linear(f"{block}.feed_forward.w3", inner, width, bias=False)
            for which in ("attention_norm1", "attention_norm2", "ffn_norm1", "ffn_norm2"):
                shapes |= {f"{block}.{which}.weight": (width,)}
            if group != "context_refiner":
                shapes |= linear(f"{block}.adaLN_modulation.0", 4 * width, 256)
    shapes |= linear("final_layer.linear", 64, width) | linear("final_layer.adaLN_modulation.1", width, 256)
    return shapes | {"norm_final.weight": (width,)}


def wan(
    width: int,
    inner: int,
    layers: int,
    channels: int = 16,
    *,
    latent: int = 16,
    image: bool = False,
    two_images: bool = False,
    vace: Sequence[int] = (),
) -> Shapes:
    """Wan-Video/Wan2.1's WanModel; `image`: with CLIP vision, `two_images`: for first and last, `vace`: its layers."""
    kernel = (1, 2, 2)
    shapes = conv("patch_embedding", width, channels, kernel)
    shapes |= linear("text_embedding.0", width, 4096) | linear("text_embedding.2", width, width)
    shapes |= linear("time_embedding.0", width, 256) | linear("time_embedding.2", width, width)
    shapes |= linear("time_projection.1", 6 * width, width)
    if image:
        shapes |= norm("img_emb.proj.0", 1280) | linear("img_emb.proj.1", 1280, 1280)
        shapes |= linear("img_emb.proj.3", width, 1280) | norm("img_emb.proj.4", width)
    if two_images:
        shapes |= {"img_emb.emb_pos": (1, 514, 1280)}
    blocks = [f"blocks.{number}" for number in range(layers)] + [f"vace_blocks.{n}" for n in range(len(vace))]
    for block in blocks:
        shapes |= {f"{block}.modulation": (1, 6, width)}
        for attention in ("self_attn", "cross_attn"):
            for which in "qkvo":
                shapes |= linear(f"{block}.{attention}.{which}", width, width)
            shapes |= {f"{block}.{attention}.norm_{which}.weight": (width,) for which in "qk"}
        if image:
            shapes |= linear(f"{block}.cross_attn.k_img", width, width)
            shapes |= linear(f"{block}.cross_attn.v_img", width, width)
            shapes |= {f"{block}.cross_attn.norm_k_img.weight": (width,)}
        shapes |= norm(f"{block}.norm3", width)
        shapes |= linear(f"{block}.ffn.0", inner, width) | linear(f"{block}.ffn.2", width, inner)
    for number in range(len(vace)):
        shapes |= linear(f"vace_blocks.{number}.after_proj", width, width)
    if vace:
        shapes |= conv("vace_patch_embedding", width, 96, kernel)
        shapes |= linear("vace_blocks.0.before_proj", width, width)
    return shapes | linear("head.head", 4 * latent, width) | {"head.modulation": (1, 2, width)}


def ldm_tiny(context: int, *, top: bool, flat: bool = False) -> Shapes:
    """A UNet of one block a level without middle, as stable-diffusion.cpp reads it (src/unet.hpp, `tiny_unet`)."""
    widths, time = (320, 640, 1280), 1280
    shapes = (
        linear("time_embed.0", time, 320) | linear("time_embed.2", time, time) | conv("input_blocks.0.0", 320, 4, THREE)
    )
    last, outputs = 320, [320]
    for level, width in enumerate(widths):
        index = 3 * level + 1
        shapes |= ldm_resnet(f"input_blocks.{index}.0", last, width, time)
        if level or top:
            shapes |= ldm_attention(f"input_blocks.{index}.1", width, 1, context, flat=flat)
        last = width
        outputs.append(last)
        if level < len(widths) - 1:
            shapes |= conv(f"input_blocks.{index + 2}.0.op", last, last, THREE)
            outputs.append(last)
    for level, width in enumerate(reversed(widths)):
        attends = top or width > widths[0]
        for number in range(2):
            index = 3 * level + number
            shapes |= ldm_resnet(f"output_blocks.{index}.0", last + outputs.pop(), width, time)
            last = width
            if attends:
                shapes |= ldm_attention(f"output_blocks.{index}.1", width, 1, context, flat=flat)
        if level < len(widths) - 1:
            shapes |= conv(f"output_blocks.{3 * level + 2}.{1 if level == 0 else 2}.conv", width, width, THREE)
    return shapes | norm("out.0", last) | conv("out.2", 4, last, THREE)


def taesd(latent: int) -> tuple[Shapes, Shapes]:
    """madebyollin/taesd's encoder and decoder, as two `Sequential`s whose activations take numbers, too."""

    def blocks(numbers: Iterable[int]) -> Shapes:
        return joined(conv(f"{n}.conv.{step}", 64, 64, THREE) for n in numbers for step in (0, 2, 4))

    def plain(numbers: Iterable[int]) -> Shapes:
        return {f"{number}.weight": (64, 64, *THREE) for number in numbers}

    encoder = conv("0", 64, 3, THREE) | blocks((1, 3, 4, 5, 7, 8, 9, 11, 12, 13)) | plain((2, 6, 10))
    decoder = conv("1", 64, latent, THREE) | blocks((3, 4, 5, 8, 9, 10, 13, 14, 15, 18)) | plain((7, 12, 17))
    return encoder | conv("14", latent, 64, THREE), decoder | conv("19", 3, 64, THREE)


def radiance() -> Shapes:
    """lodestones/Chroma1-Radiance: Chroma without a VAE, as stable-diffusion.cpp reads it (src/flux.hpp)."""
    shapes = {name: shape for name, shape in chroma().items() if not name.startswith(("img_in.", "final_layer."))}
    shapes |= conv("img_in_patch", 3072, 3, (16, 16)) | linear("nerf_image_embedder.embedder.0", 64, 67)
    for number in range(4):
        shapes |= linear(f"nerf_blocks.{number}.param_generator", 3 * 64 * 256, 3072)
        shapes |= {f"nerf_blocks.{number}.norm.scale": (64,)}
    return shapes | {"nerf_final_layer_conv.norm.scale": (64,)} | conv("nerf_final_layer_conv.conv", 3, 64, THREE)


def photomaker(vision: Shapes, *, second: bool) -> Shapes:
    """TencentARC/PhotoMaker's ID encoder around CLIP ViT-L/14's image encoder, as stable-diffusion.cpp's pmid.hpp."""
    shapes = vision | {"visual_projection_2.weight": (1280, 1024)}
    for name, inputs in (("mlp1", 4096), ("mlp2", 2048)):
        block = f"fuse_module.{name}"
        shapes |= norm(f"{block}.layernorm", inputs) | linear(f"{block}.fc1", 2048, inputs)
        shapes |= linear(f"{block}.fc2", 2048, 2048)
    shapes |= norm("fuse_module.layer_norm", 2048)
    if second:
        name = "qformer_perceiver"
        shapes |= linear(f"{name}.token_proj.0", 2048, 512) | linear(f"{name}.token_proj.2", 4096, 2048)
        shapes |= norm(f"{name}.token_norm", 2048)
    return shapes


def esrgan(*, old: bool, scale: int = 4, blocks: int = 23, width: int = 64) -> Shapes:
    """RRDBNet of xinntao: as in Real-ESRGAN's files, or with the numbered names of ESRGAN's first ones."""
    growth = 32
    shapes = conv("model.0" if old else "conv_first", width, 3 if scale == 4 else 12, THREE)
    for number in range(blocks):
        for dense in (1, 2, 3):
            block = f"model.1.sub.{number}.RDB{dense}" if old else f"body.{number}.rdb{dense}"
            for step in range(1, 6):
                name = f"{block}.conv{step}.0" if old else f"{block}.conv{step}"
                shapes |= conv(name, growth if step < 5 else width, width + (step - 1) * growth, THREE)
    names = (
        (f"model.1.sub.{blocks}", "model.3", "model.6", "model.8")
        if old
        else ("conv_body", "conv_up1", "conv_up2", "conv_hr")
    )
    for name in names:
        shapes |= conv(name, width, width, THREE)
    return shapes | conv("model.10" if old else "conv_last", 3, width, THREE)
