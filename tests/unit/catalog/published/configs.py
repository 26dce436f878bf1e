"""Published configurations: name → library class and its arguments, where they differ from the class's defaults.

Sources: `config.json` of the repositories named beside each entry.
"""

from __future__ import annotations

from typing import Any

Config = tuple[str, dict[str, Any]]

_SDXL = {
    "block_out_channels": (320, 640, 1280),
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "attention_head_dim": (5, 10, 20),
    "transformer_layers_per_block": (1, 2, 10),
    "cross_attention_dim": 2048,
    "use_linear_projection": True,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 2816,
}
_SD1 = {"cross_attention_dim": 768, "attention_head_dim": 8}
_SD2 = {"cross_attention_dim": 1024, "attention_head_dim": (5, 10, 20, 20), "use_linear_projection": True}
_TINY = {
    "block_out_channels": (320, 640, 1280),
    "layers_per_block": 1,
    "down_block_types": ("CrossAttnDownBlock2D",) * 3,
    "up_block_types": ("CrossAttnUpBlock2D",) * 3,
    "mid_block_type": None,
}
_SDXS = {
    **_TINY,
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
}

UNETS: dict[str, Config] = {
    # stable-diffusion-v1-5/stable-diffusion-v1-5, …-inpainting, timbrooks/instruct-pix2pix
    "sd1": ("UNet2DConditionModel", _SD1),
    "sd1_inpaint": ("UNet2DConditionModel", {**_SD1, "in_channels": 9}),
    "sd1_pix2pix": ("UNet2DConditionModel", {**_SD1, "in_channels": 8}),
    # segmind/tiny-sd, nota-ai/bk-sdm-tiny; IDKiro/sdxs-512-dreamshaper
    "sd1_tiny": ("UNet2DConditionModel", {**_SD1, **_TINY}),
    "sdxs": ("UNet2DConditionModel", {**_SD1, **_SDXS}),
    # stabilityai/stable-diffusion-2-1, …-2-inpainting, nota-ai/bk-sdm-v2-tiny
    "sd2": ("UNet2DConditionModel", _SD2),
    "sd2_inpaint": ("UNet2DConditionModel", {**_SD2, "in_channels": 9}),
    "sd2_tiny": ("UNet2DConditionModel", {**_SD2, **_TINY, "attention_head_dim": (5, 10, 20)}),
    # stabilityai/stable-diffusion-xl-base-1.0, diffusers/stable-diffusion-xl-1.0-inpainting-0.1
    "sdxl": ("UNet2DConditionModel", _SDXL),
    "sdxl_inpaint": ("UNet2DConditionModel", {**_SDXL, "in_channels": 9}),
    "sdxl_pix2pix": ("UNet2DConditionModel", {**_SDXL, "in_channels": 8}),
    # stabilityai/stable-diffusion-xl-refiner-1.0
    "sdxl_refiner": (
        "UNet2DConditionModel",
        {
            **_SDXL,
            "block_out_channels": (384, 768, 1536, 1536),
            "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
            "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
            "attention_head_dim": (6, 12, 24, 24),
            "transformer_layers_per_block": 4,
            "cross_attention_dim": 1280,
            "projection_class_embeddings_input_dim": 2560,
        },
    ),
    # segmind/SSD-1B, segmind/Segmind-Vega
    "ssd1b": (
        "UNet2DConditionModel",
        {
            **_SDXL,
            "mid_block_type": "UNetMidBlock2D",
            "transformer_layers_per_block": (1, (2, 2), (4, 4)),
            "reverse_transformer_layers_per_block": ((4, 4, 10), (2, 1, 1), 1),
        },
    ),
    # stabilityai/stable-diffusion-2-1-unclip, stable-diffusion-x4-upscaler; Kwai-Kolors/Kolors-diffusers
    "sd2_unclip": (
        "UNet2DConditionModel",
        {**_SD2, "class_embed_type": "projection", "projection_class_embeddings_input_dim": 2048},
    ),
    "sd2_upscaler": (
        "UNet2DConditionModel",
        {
            **_SD2,
            "in_channels": 7,
            "block_out_channels": (256, 512, 512, 1024),
            "down_block_types": ("DownBlock2D", *("CrossAttnDownBlock2D",) * 3),
            "up_block_types": (*("CrossAttnUpBlock2D",) * 3, "UpBlock2D"),
            "only_cross_attention": (True, True, True, False),
            "attention_head_dim": 8,
            "num_class_embeds": 1000,
        },
    ),
    "kolors": (
        "UNet2DConditionModel",
        {
            **_SDXL,
            "encoder_hid_dim": 4096,
            "encoder_hid_dim_type": "text_proj",
            "projection_class_embeddings_input_dim": 5632,
        },
    ),
    "vega": (
        "UNet2DConditionModel",
        {**_SDXL, "mid_block_type": "UNetMidBlock2D", "transformer_layers_per_block": (1, 1, 2)},
    ),
}

_SD3 = {"attention_head_dim": 64, "in_channels": 16, "joint_attention_dim": 4096, "pooled_projection_dim": 2048}
_WAN_14B = {"num_attention_heads": 40, "ffn_dim": 13_824, "num_layers": 40}
_WAN_1B = {"num_attention_heads": 12, "ffn_dim": 8960, "num_layers": 30}
_WAN_I2V = {**_WAN_14B, "in_channels": 36, "image_dim": 1280, "added_kv_proj_dim": 5120}

TRANSFORMERS: dict[str, Config] = {
    # stabilityai/stable-diffusion-3-medium-diffusers, 3.5-large(-turbo), 3.5-medium
    "sd3_medium": (
        "SD3Transformer2DModel",
        {
            **_SD3,
            "num_layers": 24,
            "num_attention_heads": 24,
            "caption_projection_dim": 1536,
            "pos_embed_max_size": 192,
        },
    ),
    "sd35_large": (
        "SD3Transformer2DModel",
        {
            **_SD3,
            "num_layers": 38,
            "num_attention_heads": 38,
            "caption_projection_dim": 2432,
            "pos_embed_max_size": 192,
            "qk_norm": "rms_norm",
        },
    ),
    "sd35_medium": (
        "SD3Transformer2DModel",
        {
            **_SD3,
            "num_layers": 24,
            "num_attention_heads": 24,
            "caption_projection_dim": 1536,
            "pos_embed_max_size": 384,
            "dual_attention_layers": tuple(range(13)),
            "qk_norm": "rms_norm",
        },
    ),
    # black-forest-labs/FLUX.1-schnell, -dev and -Kontext-dev, -Fill-dev, -Canny-dev and -Depth-dev
    "flux_schnell": ("FluxTransformer2DModel", {}),
    "flux_dev": ("FluxTransformer2DModel", {"guidance_embeds": True}),
    "flux_fill": ("FluxTransformer2DModel", {"guidance_embeds": True, "in_channels": 384, "out_channels": 64}),
    "flux_control": ("FluxTransformer2DModel", {"guidance_embeds": True, "in_channels": 128, "out_channels": 64}),
    # black-forest-labs/FLUX.2-dev, FLUX.2-klein-4B, FLUX.2-klein-9B
    "flux2_dev": ("Flux2Transformer2DModel", {}),
    "flux2_klein_4b": (
        "Flux2Transformer2DModel",
        {
            "num_layers": 5,
            "num_single_layers": 20,
            "num_attention_heads": 24,
            "joint_attention_dim": 7680,
            "guidance_embeds": False,
        },
    ),
    "flux2_klein_9b": (
        "Flux2Transformer2DModel",
        {
            "num_layers": 8,
            "num_single_layers": 24,
            "num_attention_heads": 32,
            "joint_attention_dim": 12_288,
            "guidance_embeds": False,
        },
    ),
    # lodestones/Chroma1-HD
    "chroma": ("ChromaTransformer2DModel", {}),
    # Qwen/Qwen-Image, Qwen-Image-Edit
    "qwen_image": ("QwenImageTransformer2DModel", {}),
    # Tongyi-MAI/Z-Image-Turbo
    "z_image": ("ZImageTransformer2DModel", {}),
    # Wan-AI/Wan2.1-T2V-1.3B-Diffusers, T2V-14B, I2V-14B-480P, FLF2V-14B-720P, VACE-1.3B, VACE-14B
    "wan_t2v_1b": ("WanTransformer3DModel", _WAN_1B),
    "wan_t2v_14b": ("WanTransformer3DModel", _WAN_14B),
    "wan_i2v_14b": ("WanTransformer3DModel", _WAN_I2V),
    "wan_flf2v_14b": ("WanTransformer3DModel", {**_WAN_I2V, "pos_embed_seq_len": 514}),
    "wan_vace_1b": ("WanVACETransformer3DModel", {**_WAN_1B, "vace_layers": list(range(0, 30, 2))}),
    "wan_vace_14b": ("WanVACETransformer3DModel", _WAN_14B),
    # Wan-AI/Wan2.2-I2V-A14B-Diffusers (T2V-A14B is as wan_t2v_14b), Wan2.2-TI2V-5B-Diffusers
    "wan22_i2v_a14b": ("WanTransformer3DModel", {**_WAN_14B, "in_channels": 36}),
    "wan22_ti2v_5b": (
        "WanTransformer3DModel",
        {"num_attention_heads": 24, "in_channels": 48, "out_channels": 48, "ffn_dim": 14_336, "num_layers": 30},
    ),
}

_KL = {
    "block_out_channels": (128, 256, 512, 512),
    "layers_per_block": 2,
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "up_block_types": ("UpDecoderBlock2D",) * 4,
}

VAES: dict[str, Config] = {
    # stabilityai/sd-vae-ft-mse and sdxl-vae; stable-diffusion-3-medium and FLUX.1-dev (vae); FLUX.2-dev (vae)
    "kl_4": ("AutoencoderKL", _KL),
    "kl_16": ("AutoencoderKL", {**_KL, "latent_channels": 16, "use_quant_conv": False, "use_post_quant_conv": False}),
    "kl_32": ("AutoencoderKLFlux2", {}),
    # Wan-AI/Wan2.1-T2V-14B-Diffusers (vae), Qwen/Qwen-Image (vae), Wan2.2-TI2V-5B-Diffusers (vae)
    "wan_16": ("AutoencoderKLWan", {}),
    "qwen_16": ("AutoencoderKLQwenImage", {}),
    "wan_48": (
        "AutoencoderKLWan",
        {
            "base_dim": 160,
            "decoder_base_dim": 256,
            "z_dim": 48,
            "is_residual": True,
            "in_channels": 12,
            "out_channels": 12,
            "patch_size": 2,
            "scale_factor_spatial": 16,
            "temperal_downsample": [False, True, True],
            "latents_mean": [0.0] * 48,
            "latents_std": [1.0] * 48,
        },
    ),
    # madebyollin/taesd, taesdxl; taesd3, taef1
    "taesd_4": ("AutoencoderTiny", {}),
    "taesd_16": ("AutoencoderTiny", {"latent_channels": 16}),
}

_XL_CONTROL = {key: value for key, value in _SDXL.items() if key != "up_block_types"}

CONTROLNETS: dict[str, Config] = {
    # lllyasviel/control_v11p_sd15_canny, thibaud/controlnet-sd21-canny-diffusers, diffusers/controlnet-canny-sdxl-1.0
    "controlnet_sd1": ("ControlNetModel", _SD1),
    "controlnet_sd2": ("ControlNetModel", _SD2),
    "controlnet_sdxl": ("ControlNetModel", _XL_CONTROL),
    "controlnet_sdxl_mid": ("ControlNetModel", {**_XL_CONTROL, "transformer_layers_per_block": (1, 1, 1)}),
    "controlnet_sdxl_small": (
        "ControlNetModel",
        {**_XL_CONTROL, "down_block_types": ("DownBlock2D",) * 3, "mid_block_type": "UNetMidBlock2D"},
    ),
    # InstantX/FLUX.1-dev-Controlnet-Canny, Shakker-Labs/FLUX.1-dev-ControlNet-Union-Pro
    "controlnet_flux": (
        "FluxControlNetModel",
        {"num_layers": 5, "num_single_layers": 10, "guidance_embeds": True},
    ),
    # InstantX/SD3-Controlnet-Canny
    "controlnet_sd3": (
        "SD3ControlNetModel",
        {
            **_SD3,
            "num_layers": 6,
            "num_attention_heads": 24,
            "caption_projection_dim": 1536,
            "pos_embed_max_size": 192,
        },
    ),
    # InstantX/Qwen-Image-ControlNet-Union
    "controlnet_qwen_image": ("QwenImageControlNetModel", {"num_layers": 5}),
}

_CLIP_G = {
    "hidden_size": 1280,
    "intermediate_size": 5120,
    "num_hidden_layers": 32,
    "num_attention_heads": 20,
    "projection_dim": 1280,
}
_T5 = {
    "d_model": 4096,
    "d_kv": 64,
    "d_ff": 10_240,
    "num_layers": 24,
    "num_heads": 64,
    "feed_forward_proj": "gated-gelu",
    "is_encoder_decoder": False,
}
_QWEN3 = {"head_dim": 128, "num_key_value_heads": 8, "num_hidden_layers": 36, "vocab_size": 151_936}

ENCODERS: dict[str, Config] = {
    # openai/clip-vit-large-patch14; stable-diffusion-2-1 (text_encoder); stable-diffusion-xl-base-1.0 (text_encoder_2)
    "clip_l": (
        "CLIPTextModel",
        {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12},
    ),
    "clip_l_projection": (
        "CLIPTextModelWithProjection",
        {
            "hidden_size": 768,
            "intermediate_size": 3072,
            "num_hidden_layers": 12,
            "num_attention_heads": 12,
            "projection_dim": 768,
        },
    ),
    "openclip_h": (
        "CLIPTextModel",
        {"hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 23, "num_attention_heads": 16},
    ),
    "openclip_h_whole": (  # laion/CLIP-ViT-H-14-laion2B-s32B-b79K: Stable Diffusion 2 leaves out the last layer
        "CLIPTextModelWithProjection",
        {
            "hidden_size": 1024,
            "intermediate_size": 4096,
            "num_hidden_layers": 24,
            "num_attention_heads": 16,
            "projection_dim": 1024,
        },
    ),
    "clip_g": ("CLIPTextModelWithProjection", _CLIP_G),
    # google/t5-v1_1-xxl, google/umt5-xxl
    "t5xxl": ("T5EncoderModel", {**_T5, "vocab_size": 32_128}),
    "umt5xxl": ("UMT5EncoderModel", {**_T5, "vocab_size": 256_384}),
    # Qwen/Qwen2.5-VL-7B-Instruct, Qwen/Qwen3-4B, Qwen/Qwen3-8B, mistralai/Mistral-Small-3.2-24B-Instruct-2506
    "qwen3_4b": (
        "Qwen3ForCausalLM",
        {**_QWEN3, "hidden_size": 2560, "intermediate_size": 9728, "num_attention_heads": 32},
    ),
    "qwen3_8b": (
        "Qwen3ForCausalLM",
        {**_QWEN3, "hidden_size": 4096, "intermediate_size": 12_288, "num_attention_heads": 32},
    ),
    "qwen25_vl_7b": (
        "Qwen2ForCausalLM",
        {
            "vocab_size": 152_064,
            "hidden_size": 3584,
            "intermediate_size": 18_944,
            "num_hidden_layers": 28,
            "num_attention_heads": 28,
            "num_key_value_heads": 4,
        },
    ),
    "mistral_small_24b": (
        "MistralForCausalLM",
        {
            "vocab_size": 131_072,
            "hidden_size": 5120,
            "intermediate_size": 32_768,
            "num_hidden_layers": 40,
            "num_attention_heads": 32,
            "num_key_value_heads": 8,
            "head_dim": 128,
        },
    ),
    # openai/clip-vit-large-patch14 with both halves
    "clip_whole_l": (
        "CLIPModel",
        {
            "projection_dim": 768,
            "text_config": {
                "hidden_size": 768,
                "intermediate_size": 3072,
                "num_hidden_layers": 12,
                "num_attention_heads": 12,
            },
            "vision_config": {
                "hidden_size": 1024,
                "intermediate_size": 4096,
                "num_hidden_layers": 24,
                "num_attention_heads": 16,
                "patch_size": 14,
            },
        },
    ),
    # openai/clip-vit-large-patch14, laion/CLIP-ViT-H-14-laion2B-s32B-b79K
    "clip_vision_l": (
        "CLIPVisionModelWithProjection",
        {
            "hidden_size": 1024,
            "intermediate_size": 4096,
            "num_hidden_layers": 24,
            "num_attention_heads": 16,
            "patch_size": 14,
            "projection_dim": 768,
        },
    ),
    "clip_vision_h": (
        "CLIPVisionModelWithProjection",
        {
            "hidden_size": 1280,
            "intermediate_size": 5120,
            "num_hidden_layers": 32,
            "num_attention_heads": 16,
            "patch_size": 14,
            "projection_dim": 1024,
        },
    ),
}

STRANGERS: dict[str, Config] = {
    # Families that no engine here runs; they must be called unknown, never one of the others.
    "auraflow": ("AuraFlowTransformer2DModel", {}),
    "sana": ("SanaTransformer2DModel", {}),
    "lumina2": ("Lumina2Transformer2DModel", {}),
    "pixart": ("PixArtTransformer2DModel", {"caption_channels": 4096}),
    "hunyuan_video": ("HunyuanVideoTransformer3DModel", {}),
    "ltx_video": ("LTXVideoTransformer3DModel", {}),
    "cogvideox": ("CogVideoXTransformer3DModel", {}),
    "mochi": ("MochiTransformer3DModel", {}),
    "cosmos": ("CosmosTransformer3DModel", {}),
    "motion_adapter": ("MotionAdapter", {}),
    "t2i_adapter": ("T2IAdapter", {}),
    "stable_cascade": (  # stabilityai/stable-cascade-prior
        "StableCascadeUNet",
        {
            "in_channels": 16,
            "out_channels": 16,
            "conditioning_dim": 2048,
            "block_out_channels": (2048, 2048),
            "num_attention_heads": (32, 32),
            "down_num_layers_per_block": (8, 24),
            "up_num_layers_per_block": (24, 8),
            "down_blocks_repeat_mappers": (1, 1),
            "up_blocks_repeat_mappers": (1, 1),
            "block_types_per_layer": (("SDCascadeResBlock", "SDCascadeTimestepBlock", "SDCascadeAttnBlock"),) * 2,
            "clip_text_in_channels": 1280,
            "clip_text_pooled_in_channels": 1280,
            "clip_image_in_channels": 768,
            "switch_level": (False,),
        },
    ),
}

ALL: dict[str, Config] = {
    **UNETS,
    **TRANSFORMERS,
    **VAES,
    **CONTROLNETS,
    **ENCODERS,
    **STRANGERS,
}
