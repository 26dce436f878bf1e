"""`safelight generate`: draw pictures from a prompt."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from safelight.cli.remote import ApiKey, Server
from safelight.domain.errors import InvalidInput

if TYPE_CHECKING:
    from safelight.cli.progress import Bar
    from safelight.domain.draft import GenerationDraft
    from safelight.domain.events import Fallback
    from safelight.domain.request import ImageRef
    from safelight.settings import Settings

_MODELS, _INPUT, _MACHINE = "Model", "Starting from a picture", "Machine"


def generate(
    prompt: Annotated[str | None, typer.Argument(help="What to draw; - or nothing reads it from stdin.")] = None,
    negative: Annotated[str, typer.Option("--negative", "-N", help="What should not be in it.")] = "",
    output: Annotated[
        Path, typer.Option("--output", "-o", help="File, folder, or - for stdout.", show_default="this folder")
    ] = Path(),
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="Name or path of a model.", rich_help_panel=_MODELS)
    ] = None,
    width: Annotated[int | None, typer.Option("--width", "-W", help="Pixels, a multiple of 8.")] = None,
    height: Annotated[int | None, typer.Option("--height", "-H", help="Pixels, a multiple of 8.")] = None,
    steps: Annotated[int | None, typer.Option(help="Denoising steps.")] = None,
    cfg_scale: Annotated[float | None, typer.Option(help="How strictly the prompt is followed.")] = None,
    sampler: Annotated[str | None, typer.Option(help="Such as euler, euler_a, dpmpp_2m.")] = None,
    scheduler: Annotated[str | None, typer.Option(help="Such as karras, discrete, sgm_uniform.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", "-s", help="-1 or nothing draws a random one.")] = None,
    count: Annotated[int, typer.Option("-n", "--count", help="Pictures; each has the seed after the last.")] = 1,
    batch_size: Annotated[int, typer.Option(help="Pictures denoised at once: faster on GPUs, last bits differ.")] = 1,
    clip_skip: Annotated[int, typer.Option(help="1 uses the text encoder's last layer, 2 the one before.")] = 1,
    init_image: Annotated[
        Path | None, typer.Option("--init-image", "-i", help="Picture to start from.", rich_help_panel=_INPUT)
    ] = None,
    mask: Annotated[
        Path | None, typer.Option(help="White is repainted, black is kept.", rich_help_panel=_INPUT)
    ] = None,
    strength: Annotated[
        float | None, typer.Option(help="0 keeps the picture, 1 replaces it.", rich_help_panel=_INPUT)
    ] = None,
    mask_blur: Annotated[int, typer.Option(help="Softens the mask's border, pixels.", rich_help_panel=_INPUT)] = 0,
    output_format: Annotated[
        str | None, typer.Option("--format", help="png, jpeg or webp; else by the file's ending.")
    ] = None,
    quality: Annotated[int, typer.Option(help="1-100, for JPEG and WebP.")] = 92,
    metadata: Annotated[bool, typer.Option(help="Write prompt and settings into the picture.")] = True,
    engine: Annotated[str | None, typer.Option(help="diffusers or sdcpp.", rich_help_panel=_MACHINE)] = None,
    device: Annotated[str | None, typer.Option(help="cpu, cuda:0, mps, …", rich_help_panel=_MACHINE)] = None,
    dtype: Annotated[str | None, typer.Option(help="f32, f16 or bf16.", rich_help_panel=_MACHINE)] = None,
    memory_mode: Annotated[str | None, typer.Option(help="full, tiled or offloaded.", rich_help_panel=_MACHINE)] = None,
    models_dir: Annotated[Path | None, typer.Option(help="Folder of models.", rich_help_panel=_MODELS)] = None,
    server: Server = None,
    api_key: ApiKey = None,
    as_json: Annotated[bool, typer.Option("--json", help="Say what was drawn as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
) -> None:
    """Draw pictures from a prompt.

    Reads the prompt from stdin and writes the picture to stdout when asked to, so that it works in pipes:
    `echo "red apple" | safelight generate -o - > apple.png`.
    """
    from safelight.cli.outputs import output_format_of
    from safelight.cli.remote import draw_at_server, refuse_local_options

    fields: dict[str, Any] = {
        "prompt": _prompt(prompt),
        "negative_prompt": negative,
        "width": width,
        "height": height,
        "steps": steps,
        "cfg_scale": cfg_scale,
        "sampler": sampler,
        "scheduler": scheduler,
        "seed": seed,
        "count": count,
        "batch_size": batch_size,
        "clip_skip": clip_skip,
        "strength": strength,
        "mask_blur": mask_blur,
        "format": output_format_of(output_format, output),
        "quality": quality,
        "metadata": metadata,
    }
    if server:
        refuse_local_options(
            server, engine=engine, device=device, dtype=dtype, memory_mode=memory_mode, models_dir=models_dir
        )
        fields |= {"model": model, "init_image": init_image, "mask": mask}
        draw_at_server(server, api_key, output, fields, quiet=quiet, as_json=as_json)
        return

    from safelight.domain.draft import GenerationDraft
    from safelight.images.inputs import keep_picture
    from safelight.settings import load_settings

    settings = load_settings(
        model=model, engine=engine, device=device, dtype=dtype, memory_mode=memory_mode, models_dir=models_dir
    )
    files: dict[str, bytes] = {}
    start, painted = keep_picture(init_image, files), keep_picture(mask, files)
    draft = GenerationDraft(**fields, init_image=start, mask=painted)
    _draw_here(draft, files, output, settings, quiet=quiet, as_json=as_json)


def _draw_here(
    draft: GenerationDraft, files: dict[str, bytes], output: Path, settings: Settings, *, quiet: bool, as_json: bool
) -> None:
    """Draw on this machine; write each picture when it is finished."""
    import asyncio

    from safelight.catalog.catalog import open_catalog
    from safelight.cli.outputs import Delivery, plan_targets
    from safelight.cli.progress import Bar
    from safelight.domain.draft import resolve
    from safelight.engines.spec import engine_for
    from safelight.workers.pool import WorkerPool
    from safelight.workers.process import Listener

    model = open_catalog(settings).resolve(settings.model)
    request = resolve(
        draft,
        model,
        engine_for(model, settings.engine).samplers_for(model),
        init_size=_size_of(draft.init_image, "The init image", files, settings),
        mask_size=_size_of(draft.mask, "The mask", files, settings),
    )
    count, seed, format_ = request.batch.count, request.sampling.seed, request.output.format
    delivery = Delivery(plan_targets(output, count=count, seed=seed, format_=format_), quiet=quiet, as_json=as_json)

    def fell_back(fallback: Fallback) -> None:
        delivery.note(f"{fallback.reason} Drawn by {fallback.plan} instead of {fallback.failed}.")

    async def work(bar: Bar) -> None:
        pool = WorkerPool(settings)
        try:
            listener = Listener(progress=bar.show, picture=delivery.keep, fallback=fell_back)
            await pool.run(request, model, files, listener)
        finally:
            await pool.close()

    try:
        with Bar(quiet=quiet) as bar:
            asyncio.run(work(bar))
    except KeyboardInterrupt:
        print("safelight: interrupted; pictures that were finished are kept.", file=sys.stderr)
        raise typer.Exit(130) from None
    delivery.report()


def _prompt(given: str | None) -> str:
    if given not in (None, "-"):
        return str(given)
    if sys.stdin is None or sys.stdin.isatty():
        raise InvalidInput("There is no prompt.", hint='Say what to draw: safelight generate "red apple".')
    return sys.stdin.read().strip()


def _size_of(
    picture: ImageRef | None, name: str, files: dict[str, bytes], settings: Settings
) -> tuple[int, int] | None:
    from safelight.images.decode import image_size

    if picture is None:
        return None
    limits = {"max_bytes": settings.max_image_bytes, "max_pixels": settings.max_image_pixels}
    return image_size(files[picture.sha256], name=name, **limits)
