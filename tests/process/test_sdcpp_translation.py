"""What is asked for, as stable-diffusion.cpp is told it: prompts, sizes, options. Most of it needs no library."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from safelight.catalog.inspection import inspect
from safelight.domain.conversion import TypeRule, WeightType, weight_type
from safelight.domain.draft import GenerationDraft, resolve
from safelight.domain.errors import (
    CorruptFile,
    DeviceLost,
    EngineFailure,
    InvalidInput,
    OutOfMemory,
    UnsupportedModel,
)
from safelight.domain.models import Component, ModelFormat, ModelInfo, ModelKind, Role
from safelight.domain.plans import DType, MemoryMode, Plan
from safelight.domain.request import Size
from safelight.engines.options import check_draw_options, load_options, located
from safelight.engines.sdcpp.canvas import Canvas
from safelight.engines.sdcpp.failures import failure
from safelight.engines.sdcpp.options import DrawOptions, LoadOptions
from safelight.engines.sdcpp.prompts import written
from safelight.engines.sdcpp.spec import SPEC
from safelight.settings import Settings, load_settings
from tests.quantised import write_q8_0
from tests.sdcpp_models import needs_sdcpp
from tests.unit.catalog.sparse import companion_file, write_sparse

LORA = {"lora_unet_x.lora_up.weight": (1, 1), "lora_unet_x.lora_down.weight": (1, 1)}

MODEL = ModelInfo(
    id="m",
    path=Path("m.gguf"),
    kind=ModelKind.DIFFUSION_MODEL,
    format=ModelFormat.GGUF,
    architecture="flux",
    dtype="q4_0",
    prediction="flow",
    bytes=5,
    components=(
        Component(role=Role.VAE, path=Path("ae.safetensors")),
        Component(role=Role.CLIP_L, path=Path("l.safetensors")),
        Component(role=Role.T5XXL, path=Path("t5.gguf")),
    ),
)


@pytest.mark.parametrize(
    ("prompt", "told"),
    [
        ("a cat", "a cat"),
        ("a (cat) and [dog]", "a (cat:1.1) and (dog:0.909091)"),
        ("((very)) (much:1.25)", "(very:1.21) (much:1.25)"),
        (r"\(plain\)", r"\(plain)"),
        (r"(a \(b\) c:1.5)", r"(a \(b:1.5))( c:1.5)"),
        ("one BREAK two", "one  BREAK  two"),
        (":) (", ":) "),
        ("", ""),
    ],
)
def test_prompts_say_the_same_in_what_the_library_reads(prompt: str, told: str) -> None:
    assert written(prompt) == told


@pytest.mark.parametrize(
    ("architecture", "size", "canvas"),
    [("sd1", (64, 128), (64, 128)), ("sd1", (72, 120), (128, 128)), ("flux", (72, 120), (80, 128))],
)
def test_a_picture_is_cut_from_the_middle_of_what_is_drawn(
    architecture: str, size: tuple[int, int], canvas: tuple[int, int]
) -> None:
    wide = Canvas.around(Size(width=size[0], height=size[1]), architecture)
    assert (wide.width, wide.height) == canvas
    picture = np.random.default_rng(0).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    drawn = wide.extended(picture)
    assert drawn.shape == (canvas[1], canvas[0], 3)
    np.testing.assert_array_equal(wide.cut(drawn), picture)
    assert wide.cut(drawn.repeat(2, 0).repeat(2, 1)).shape == (2 * size[1], 2 * size[0], 3)
    assert bool(wide.note) is (size != canvas)


@pytest.mark.parametrize(
    ("problems", "loading", "kind"),
    [
        (["ggml.c:1 - failed to allocate buffer of size 12"], False, OutOfMemory),
        (["x.cpp:3   - alloc params backend buffer failed"], True, OutOfMemory),
        (["vk::Queue::submit: ErrorDeviceLost"], False, DeviceLost),
        (["model.cpp:9 - tensor 'a.b' not in model file"], True, UnsupportedModel),
        (["model.cpp:9 - read tensor data failed: '/home/me/m.gguf'"], True, CorruptFile),
        ([], False, EngineFailure),
    ],
)
def test_what_the_log_says_becomes_an_error_of_its_kind(
    problems: list[str], loading: bool, kind: type[EngineFailure]
) -> None:
    error = failure(problems, "drawing with m", loading=loading)
    assert type(error) is kind
    assert "/home/me" not in error.message


@pytest.mark.parametrize(("text", "kind"), [("Q8_0", "q8_0"), ("q4_K_M", "q4_k"), ("BF16", "bf16")])
def test_types_by_the_names_that_people_use(text: str, kind: str) -> None:
    assert weight_type(text) == WeightType(kind)


@pytest.mark.parametrize("text", ["q9_9", "x=", "=f16", "(a+)+=f16", "a,b=f16", "a.*b.*c.*d.*e.*=f16"])
def test_rules_that_are_none(text: str) -> None:
    with pytest.raises(InvalidInput):
        TypeRule.parse(text)


def test_options_are_checked_without_the_library() -> None:
    code = (
        "import sys; from safelight.settings import load_settings; from safelight.engines.options import *;"
        "check_draw_options({'sdcpp': {'flow_shift': 3}}, load_settings());"
        "load_options('sdcpp', load_settings(engine_options={'sdcpp': {'mmap': False}}));"
        "print([m for m in ('torch', 'stable_diffusion_cpp') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"nobody": {}}, "no engine 'nobody'"),
        ({"sdcpp": {"flow_shift": -1}}, r"engine_options\.sdcpp\.flow_shift"),
        ({"sdcpp": {"flow": 1}}, r"engine_options\.sdcpp\.flow: extra"),
        ({"sdcpp": {"cache": {"mode": "magic"}}}, r"sdcpp\.cache\.mode"),
        ({"diffusers": {"eta": 1}}, r"engine_options\.diffusers\.eta: extra"),
        ({"scripted": {"eta": 1}}, "no options of its own"),
    ],
)
def test_options_that_do_not_exist(settings: Settings, options: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        check_draw_options(options, settings)


@pytest.mark.parametrize(
    "name", ["../out.safetensors", "{tmp}/out.safetensors", "/etc/passwd", "nothing", "", ".", "a\0b"]
)
def test_a_request_names_models_of_the_catalog_only(settings: Settings, tmp_path: Path, name: str) -> None:
    write_sparse(tmp_path / "out.safetensors", LORA)
    settings.models_dir.mkdir()
    with pytest.raises(InvalidInput, match=r"loras\.0\.model: "):
        check_draw_options({"sdcpp": {"loras": [{"model": name.format(tmp=tmp_path)}]}}, settings)


@pytest.mark.parametrize("name", ["../out.bin", "/etc/passwd", "link.bin", "nothing", "", ".", "a\0b"])
def test_a_request_names_files_of_the_models_folder_only(settings: Settings, tmp_path: Path, name: str) -> None:
    (tmp_path / "out.bin").touch()
    settings.models_dir.mkdir()
    (settings.models_dir / "link.bin").symlink_to(tmp_path / "out.bin")
    faces: Any = {"images": [{"sha256": "a" * 64}], "id_embed": name}
    with pytest.raises(InvalidInput, match="id_embed: "):
        check_draw_options({"sdcpp": {"photo_maker": faces}}, settings)


def located_lora(name: str, settings: Settings) -> str:
    """Where the worker is told that the LoRA called `name` lies."""
    options = {"sdcpp": {"loras": [{"model": name, "weight": 0.5}]}}
    draft = GenerationDraft(prompt="a", engine_options=options, sampler="euler", scheduler="discrete")
    request = resolve(draft, MODEL, SPEC.samplers_for(MODEL))
    check_draw_options(request.engine_options, settings)
    assert request.engine_options == options
    [lora] = DrawOptions.model_validate(located(request, settings).engine_options["sdcpp"]).loras
    return lora.model


def test_a_lora_is_located_by_any_of_its_names_when_the_request_is_sent(settings: Settings, tmp_path: Path) -> None:
    mine = write_sparse(settings.models_dir / "loras" / "mine.safetensors", LORA)
    for name in ("mine", "mine.safetensors", "loras/mine.safetensors"):
        assert located_lora(name, settings) == str(mine)
    more = write_sparse(tmp_path / "more" / "theirs.safetensors", LORA)
    (settings.models_dir / "linked").symlink_to(tmp_path / "linked")
    write_sparse(tmp_path / "linked" / "far.safetensors", LORA)
    wider = settings.model_copy(update={"more_models_dirs": (more.parent,)})
    assert located_lora("theirs", wider) == str(more)
    assert located_lora("far", wider) == str(settings.models_dir / "linked" / "far.safetensors")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"loras": [{"model": "Enc"}]}, r"loras\.0\.model: Enc is of the kind text encoder, not a LoRA"),
        ({"loras": [{"model": "style"}, {"model": "vae"}]}, r"loras\.1\.model: vae is a VAE, not a LoRA"),
        ({"hires": {"upscaler": "model", "model": "style"}}, r"hires\.model: style is a LoRA, not an upscaler"),
    ],
)
def test_a_model_of_another_kind_is_refused(settings: Settings, options: dict[str, Any], said: str) -> None:
    write_sparse(settings.models_dir / "style.safetensors", LORA)
    companion_file(settings.models_dir / "vae.safetensors", "kl_16")
    companion_file(settings.models_dir / "Enc.safetensors", "t5xxl")
    with pytest.raises(InvalidInput, match=said):
        check_draw_options({"sdcpp": options}, settings)


def test_a_lora_that_is_nearly_called_so_is_suggested(settings: Settings) -> None:
    write_sparse(settings.models_dir / "style.safetensors", LORA)
    with pytest.raises(InvalidInput, match="There is no model") as told:
        check_draw_options({"sdcpp": {"loras": [{"model": "stile"}]}}, settings)
    assert told.value.hint == "Did you mean style?"


@pytest.mark.parametrize(
    ("hires", "said"),
    [
        ({}, None),
        ({"scale": 4}, None),
        ({"scale": 4.01}, "1024x768 would be enlarged to 4106x3079, and 4096 pixels"),
        ({"width": 4096}, None),
        ({"height": 4096}, "enlarged to 5461x4096"),
        ({"width": 4096, "height": 4096, "scale": 8}, None),
        ({"width": 4104, "height": 8}, r"hires\.width"),
    ],
)
def test_the_hires_fix_keeps_to_the_limits_of_pictures(
    settings: Settings, hires: dict[str, Any], said: str | None
) -> None:
    size = Size(width=1024, height=768)
    if said is None:
        check_draw_options({"sdcpp": {"hires": hires}}, settings, size)
        return
    with pytest.raises(InvalidInput, match=said):
        check_draw_options({"sdcpp": {"hires": hires}}, settings, size)


def test_a_picture_that_is_enlarged_too_far_is_not_sent(settings: Settings) -> None:
    options: Any = {"sdcpp": {"hires": {"scale": 8}}}
    draft = GenerationDraft(prompt="a", engine_options=options, sampler="euler", scheduler="discrete", width=1024)
    with pytest.raises(InvalidInput, match=r"hires: 1024x\d+ would be enlarged"):
        located(resolve(draft, MODEL, SPEC.samplers_for(MODEL)), settings)


def test_pictures_in_options_travel_with_the_request() -> None:
    options = {"sdcpp": {"control": {"image": {"sha256": "c" * 64}}, "references": {"images": [{"sha256": "d" * 64}]}}}
    draft = GenerationDraft(prompt="a", engine_options=options, sampler="euler", scheduler="discrete")
    request = resolve(draft, MODEL, SPEC.samplers_for(MODEL))
    assert request.inputs == {"c" * 64, "d" * 64}


def test_options_for_loading_come_from_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"sdcpp": {"flash_attention": True, "companions": {"taesd": "t.safetensors"}}}
    monkeypatch.setenv("SAFELIGHT_ENGINE_OPTIONS", json.dumps(given))
    assert load_options("sdcpp", load_settings()) == given["sdcpp"]
    with pytest.raises(InvalidInput, match=r"engine_options\.sdcpp\.rng"):
        load_options("sdcpp", load_settings(engine_options={"sdcpp": {"rng": "dice"}}))


@needs_sdcpp
def test_defaults_are_those_of_the_library() -> None:
    """Field by field, what is built from defaults is what the library initialises, but for what is ours on purpose."""
    from safelight.engines.sdcpp.arguments import Arguments
    from safelight.engines.sdcpp.library import Keeper, Library
    from safelight.engines.sdcpp.loading import context_params

    library = Library()
    whole = MODEL.model_copy(update={"kind": ModelKind.CHECKPOINT, "components": (), "architecture": "sd1"})
    plan = Plan(engine="sdcpp", device="cpu", dtype=DType.FLOAT16)
    ours = context_params(library, Keeper(library), whole, plan, LoadOptions())
    theirs = library.defaults("sd_ctx_params")
    chosen = {"model_path", "n_threads", "rng_type", "enable_mmap", "vae_decode_only", "free_params_immediately"}
    assert {name for name, _ in ours._fields_ if _plain(ours, name) != _plain(theirs, name)} <= chosen

    draft = GenerationDraft(prompt="", sampler="euler", scheduler="discrete", width=512, height=512, cfg_scale=7)
    request = resolve(draft, whole.model_copy(update={"prediction": "epsilon"}), SPEC.samplers_for(whole))
    canvas = Canvas.around(request.size, "sd1")
    drawn = Arguments(library, whole, DrawOptions(), tiled=False).of(request, {}, canvas)
    plain = library.defaults("sd_img_gen_params")
    for part in ("cache", "hires", "vae_tiling_params", "pm_params", None):
        one, other = (getattr(drawn, part), getattr(plain, part)) if part else (drawn, plain)
        differing = {name for name, _ in one._fields_ if _plain(one, name) != _plain(other, name)}
        assert differing <= {"prompt", "negative_prompt", "seed"}, part
    for name in ("eta", "flow_shift", "shifted_timestep", "custom_sigmas_count"):
        assert getattr(drawn.sample_params, name) == getattr(plain.sample_params, name)
    assert drawn.sample_params.guidance.distilled_guidance == plain.sample_params.guidance.distilled_guidance
    assert math.isinf(drawn.sample_params.guidance.img_cfg)


def _plain(structure: Any, name: str) -> Any:
    """A field's value if it is a number or a string; pointers and structures are compared elsewhere."""
    value = getattr(structure, name)
    return value if isinstance(value, int | float | bytes | None) else None


@needs_sdcpp
def test_companions_memory_and_types_reach_the_library() -> None:
    from safelight.engines.sdcpp.library import Keeper, Library
    from safelight.engines.sdcpp.loading import context_params

    library = Library()
    plan = Plan(engine="sdcpp", device="cuda:0", dtype=DType.FLOAT16, memory_mode=MemoryMode.OFFLOADED)
    options = LoadOptions(tensor_type_rules=(TypeRule.parse("^vae=q4_k"),), prediction="flux_flow")
    keep = Keeper(library)
    params = context_params(library, keep, MODEL, plan, options)
    assert (params.model_path, params.diffusion_model_path) == (None, b"m.gguf")
    assert (params.vae_path, params.clip_l_path, params.t5xxl_path) == (b"ae.safetensors", b"l.safetensors", b"t5.gguf")
    assert params.offload_params_to_cpu
    assert params.wtype == library.api.GGMLType.SD_TYPE_COUNT
    assert params.tensor_type_rules == b"^vae=q4_K"
    assert params.prediction == library.api.Prediction.FLUX_FLOW_PRED
    widened = MODEL.model_copy(update={"dtype": "f16"})
    plan = plan.model_copy(update={"dtype": DType.FLOAT32})
    assert context_params(library, keep, widened, plan, LoadOptions()).wtype == library.api.GGMLType.SD_TYPE_F32


@needs_sdcpp
def test_quantised_files_are_never_widened(tmp_path: Path) -> None:
    from safelight.engines.sdcpp.library import Keeper, Library
    from safelight.engines.sdcpp.loading import context_params

    library = Library()
    file = write_q8_0(tmp_path / "t5.gguf")
    alone = MODEL.model_copy(update={"components": (), "dtype": inspect(file).dtype})
    beside = MODEL.model_copy(update={"components": (Component(role=Role.T5XXL, path=file),), "dtype": "f16"})
    plan = Plan(engine="sdcpp", device="cpu", dtype=DType.FLOAT32, memory_mode=MemoryMode.FULL)
    for model in (alone, beside):
        params = context_params(library, Keeper(library), model, plan, LoadOptions())
        assert params.wtype == library.api.GGMLType.SD_TYPE_COUNT
