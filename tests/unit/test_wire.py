"""Every message has a snapshot: a change of the format shows up in review."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from safelight.domain.conversion import Conversion, TypeRule, WeightType
from safelight.domain.errors import OutOfMemory
from safelight.domain.events import Artifact, Phase, Progress
from safelight.domain.models import ModelFormat, ModelInfo, ModelKind
from safelight.domain.plans import Device, DType, Plan, Toolkit
from safelight.domain.request import (
    GenerationRequest,
    Guidance,
    ImageRef,
    InitImage,
    Mode,
    OutputFormat,
    Prompts,
    Sampling,
    Size,
)
from safelight.workers import wire

MODEL = ModelInfo(
    id="m",
    path=Path("m.safetensors"),
    kind=ModelKind.CHECKPOINT,
    format=ModelFormat.SAFETENSORS,
    architecture="sd1",
    bytes=5,
    modes=frozenset({Mode.INPAINT}),
)
REQUEST = GenerationRequest(
    model="m",
    prompts=Prompts(positive="a cat", negative="blurry"),
    size=Size(width=64, height=128),
    sampling=Sampling(sampler="euler", scheduler="karras", steps=3, seed=7),
    guidance=Guidance(cfg_scale=7.5),
    init=InitImage(image=ImageRef(sha256="a" * 64)),
)
MESSAGES: list[wire.Message] = [
    wire.Hello(
        engine="diffusers",
        engine_version="diffusers 1",
        devices=(Device(id="cpu", name="CPU", memory=1, dtypes=(DType.FLOAT32,)),),
    ),
    wire.Load(model=MODEL, plan=Plan(engine="diffusers", device="cpu", dtype=DType.BFLOAT16)),
    wire.Loaded(seconds=1.5),
    wire.Run(job="j", request=REQUEST, model=MODEL, images=("a" * 64,), max_image_bytes=1, max_image_pixels=2),
    wire.Measure(device=Device(id="cpu", name="CPU", memory=1, dtypes=(DType.FLOAT32,))),
    wire.Measured(products={DType.FLOAT32: 1e11}),
    wire.Ask(options={"acceleration": "auto"}),
    wire.Told(toolkits=(Toolkit(name="openvino", version="1", devices={"CPU": "A CPU"}, use="It is used."),)),
    wire.Convert(
        job="j",
        order=Conversion(
            source=Path("m.ckpt"),
            output=Path("m.gguf"),
            type=WeightType.Q8_0,
            rules=(TypeRule(pattern="^first_stage_model", type=WeightType.F16),),
        ),
    ),
    wire.Reported(job="j", progress=Progress(phase=Phase.DENOISING, step=1, steps=3, seconds=0.5)),
    wire.Previewed(job="j", picture=0),
    wire.Drawn(
        job="j",
        artifact=Artifact(index=0, seed=7, width=64, height=128, format=OutputFormat.PNG, infotext="a", notes=("b",)),
    ),
    wire.Done(job="j", seconds=2.5),
    wire.Failed.of(OutOfMemory("It did not fit.", hint="Try less.")),
    wire.Cancel(job="j"),
]
SNAPSHOTS = json.loads((Path(__file__).parent / "wire_snapshots.json").read_text())


def frame(message: wire.Message, *attachments: bytes) -> bytes:
    return wire.pack(message, attachments) + b"".join(attachments)


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.type)
def test_format(message: wire.Message) -> None:
    body = frame(message)[wire.HEAD_BYTES :]
    assert json.loads(body) == SNAPSHOTS[message.type]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.type)
def test_what_is_sent_arrives(message: wire.Message) -> None:
    sent = frame(message, b"one", b"", b"three")
    assert wire.read_frame(io.BytesIO(sent)) == (message, [b"one", b"", b"three"])


def test_there_is_a_snapshot_for_every_message() -> None:
    assert SNAPSHOTS.keys() == {message.type for message in MESSAGES}


def test_errors_cross_the_wire_as_the_type_they_were() -> None:
    error = wire.Failed.of(OutOfMemory("It did not fit.", hint="Try less.")).error()
    assert isinstance(error, OutOfMemory)
    assert str(error) == "It did not fit. Try less."


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"\xff\xff\xff\xff\x00\x00", ValueError),
        (b"\x00\x00\x00\x02\x00\x00{}", ValueError),
        (b"\x00\x00\x00\x02\x00\x01\xff\xff\xff\xff{}", ValueError),
        (b"\x00\x00\x00\x09\x00\x00{}", EOFError),
        (b"\x00\x00", EOFError),
    ],
)
def test_broken_frames_are_refused(data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        wire.read_frame(io.BytesIO(data))


def test_the_end_of_the_stream_is_no_error() -> None:
    assert wire.read_frame(io.BytesIO(b"")) is None
