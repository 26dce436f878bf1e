"""Everything that server and worker say to each other, once.

A frame is: u32 length of the JSON body, u16 number of attachments, then a u32 length for each (big-endian); then the
body; then the attachments. The body is a message, tagged by `type`. The protocol's version is in `Hello`.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Annotated, Literal, Protocol

from pydantic import Field, JsonValue, TypeAdapter

from safelight.domain.conversion import Conversion
from safelight.domain.errors import BY_CODE, SafelightError
from safelight.domain.events import Artifact, Progress
from safelight.domain.models import ModelInfo
from safelight.domain.plans import Device, DType, Plan, Toolkit
from safelight.domain.request import GenerationRequest
from safelight.domain.values import Value

VERSION = 1
MAX_BODY = 16 * 2**20
MAX_ATTACHMENT = 2**31
_HEAD, _LENGTH = struct.Struct(">IH"), struct.Struct(">I")


class Hello(Value):
    """Worker → server, once: the engine is imported. Carries what it can compute on."""

    type: Literal["hello"] = "hello"
    version: int = VERSION
    engine: str
    engine_version: str
    devices: tuple[Device, ...]


class Load(Value):
    """Server → worker: load this model. Answered by `Progress`, then `Loaded` or `Failed`.

    `options` are those that the engine's spec has for loading.
    """

    type: Literal["load"] = "load"
    model: ModelInfo
    plan: Plan
    options: dict[str, JsonValue] = Field(default_factory=dict)


class Loaded(Value):
    """Worker → server: the model is ready."""

    type: Literal["loaded"] = "loaded"
    seconds: float


class Run(Value):
    """Server → worker: draw. Attachments: one encoded picture for each of `images` (SHA-256), in that order.

    `model` is sent again because its checksum may have become known since `Load`.
    """

    type: Literal["run"] = "run"
    job: str
    request: GenerationRequest
    model: ModelInfo
    images: tuple[str, ...] = ()
    max_image_bytes: int
    max_image_pixels: int


class Convert(Value):
    """Server → worker: write a model file in another number type. Answered by `Progress`, then `Done` or `Failed`.

    It can't be cancelled: whoever does not want it any more ends the worker.
    """

    type: Literal["convert"] = "convert"
    job: str
    order: Conversion


class Measure(Value):
    """Server → worker: measure how fast a device multiplies. Answered by `Measured` or `Failed`."""

    type: Literal["measure"] = "measure"
    device: Device


class Measured(Value):
    """Worker → server: operations a second of a large matrix product by number type, where the engine can tell."""

    type: Literal["measured"] = "measured"
    products: dict[DType, float]


class Ask(Value):
    """Server → worker: what may compute in place of the engine's library? Answered by `Told` or `Failed`.

    `options` are those that the engine's spec has for loading.
    """

    type: Literal["ask"] = "ask"
    options: dict[str, JsonValue] = Field(default_factory=dict)


class Told(Value):
    """Worker → server: what may compute in place of the engine's library."""

    type: Literal["told"] = "told"
    toolkits: tuple[Toolkit, ...]


class Reported(Value):
    """Worker → server: how far a load or a job is. Here and below `job` is empty for a load."""

    type: Literal["progress"] = "progress"
    job: str = ""
    progress: Progress


class Previewed(Value):
    """Worker → server: a rough picture. Attachment: JPEG."""

    type: Literal["preview"] = "preview"
    job: str
    picture: int


class Drawn(Value):
    """Worker → server: a finished picture. Attachment: the encoded file."""

    type: Literal["drawn"] = "drawn"
    job: str
    artifact: Artifact


class Done(Value):
    """Worker → server: every picture of the job was sent, or the file is written.

    `seconds` is without what had to be made ready once, such as compiling a network for this size.
    """

    type: Literal["done"] = "done"
    job: str
    seconds: float


class Failed(Value):
    """Worker → server: the load or the job ended in an error."""

    type: Literal["failed"] = "failed"
    job: str = ""
    code: str
    message: str
    hint: str | None = None

    @classmethod
    def of(cls, error: SafelightError, job: str = "") -> Failed:
        """The message for an error."""
        return cls(job=job, code=error.code, message=error.message, hint=error.hint)

    def error(self) -> SafelightError:
        """The error, as the type it was."""
        return BY_CODE.get(self.code, SafelightError)(self.message, hint=self.hint)


class Cancel(Value):
    """Server → worker: stop the job at its next step. Answered by `Failed` with code `cancelled`."""

    type: Literal["cancel"] = "cancel"
    job: str


Message = Annotated[
    Hello
    | Load
    | Loaded
    | Run
    | Convert
    | Measure
    | Measured
    | Ask
    | Told
    | Reported
    | Previewed
    | Drawn
    | Done
    | Failed
    | Cancel,
    Field(discriminator="type"),
]
_MESSAGE: TypeAdapter[Message] = TypeAdapter(Message)


class ByteStream(Protocol):
    """Where a blocking reader gets exactly n bytes from."""

    def read(self, size: int, /) -> bytes:
        """Return `size` bytes, fewer only at the end."""


def pack(message: Message, attachments: Sequence[bytes] = ()) -> bytes:
    """The head and body of a frame; the attachments follow it as they are."""
    body = message.model_dump_json(exclude_defaults=False).encode()
    lengths = b"".join(_LENGTH.pack(len(attachment)) for attachment in attachments)
    return _HEAD.pack(len(body), len(attachments)) + lengths + body


HEAD_BYTES = _HEAD.size


def unpack_head(head: bytes) -> tuple[int, int]:
    """Length of the body and number of attachments. Raises ValueError when they can't be right."""
    length, count = _HEAD.unpack(head)
    if length > MAX_BODY:
        raise ValueError(f"a message of {length:,} bytes is announced; the limit is {MAX_BODY:,}")
    return length, count


def unpack_lengths(data: bytes) -> list[int]:
    """Lengths of the attachments. Raises ValueError when one can't be right."""
    lengths = [length for (length,) in _LENGTH.iter_unpack(data)]
    if any(length > MAX_ATTACHMENT for length in lengths):
        raise ValueError(f"an attachment of {max(lengths):,} bytes is announced; the limit is {MAX_ATTACHMENT:,}")
    return lengths


def unpack_body(body: bytes) -> Message:
    """The message. Raises ValueError (pydantic's) when it is not one."""
    return _MESSAGE.validate_json(body)


def read_frame(stream: ByteStream) -> tuple[Message, list[bytes]] | None:
    """Read one frame from a blocking stream; None at its end. Raises ValueError or EOFError on a broken one."""
    head = stream.read(HEAD_BYTES)
    if not head:
        return None
    length, count = unpack_head(_exactly(head, HEAD_BYTES))
    lengths = unpack_lengths(_exactly(stream.read(4 * count), 4 * count))
    message = unpack_body(_exactly(stream.read(length), length))
    return message, [_exactly(stream.read(size), size) for size in lengths]


def _exactly(data: bytes, size: int) -> bytes:
    if len(data) < size:
        raise EOFError(f"the stream ended after {len(data):,} of {size:,} bytes")
    return data
