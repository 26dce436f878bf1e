"""Writes a model file anew as GGUF, through the library's own conversion, which knows the K types."""

from __future__ import annotations

from pathlib import Path

from safelight.catalog.headers import read_header
from safelight.domain.conversion import Conversion, TypeRule, WeightType
from safelight.domain.events import Phase, Progress
from safelight.engines.contract import Sink
from safelight.engines.sdcpp.failures import failure
from safelight.engines.sdcpp.library import Keeper, Library, Watch
from safelight.engines.sdcpp.loading import ggml_type, rules_text
from safelight.engines.sdcpp.plain import COPY_ENDING, copy_weights, needs_copy

_EVERYTHING = "."


def copy_beside(output: Path) -> Path:
    """Where the source is copied to if the library can't read it itself; whoever ends the conversion removes it."""
    return output.with_name(output.name + COPY_ENDING)


def convert(library: Library, order: Conversion, sink: Sink) -> None:
    """Read `order.source`, write `order.output`. Holds the whole result in memory, as the library does it.

    Tensor names stay as published. Only where a VAE is merged they become the library's own: its conversion puts the
    VAE beside the source's under another name otherwise.

    Raises:
        CorruptFile: The source can't be read.
        OutOfMemory: The result does not fit into memory.
        EngineFailure: Anything else; the output is not to be used.
    """
    keep, rules, kind = Keeper(library), order.rules, order.type
    if rules:
        # The library sets memory aside for `kind` throughout, and aborts where a rule needs more of it: so it is told
        # the largest type, and the wanted one as the last rule. Memory that is not written to costs nothing.
        rules = (*rules, TypeRule(pattern=_EVERYTHING, type=kind))
        kind = WeightType.F32

    def step(done: int, total: int) -> None:
        sink.progress(Progress(phase=Phase.CONVERTING, step=min(done, total), steps=total))

    source, copied = order.source, copy_beside(order.output)
    if needs_copy(read_header(source)):
        sink.progress(Progress(phase=Phase.CONVERTING))
        copy_weights(source, copied)
        source = copied
    with library.watched(Watch(step=step)):
        written = library.api.convert(
            keep.text(source),
            keep.text(order.vae),
            keep.text(order.output),
            ggml_type(library.api, kind),
            keep.text(rules_text(rules)) or b"",
            order.vae is not None,
        )
        if not written:
            raise failure(library.problems, f"converting {order.source.name}", loading=True)
    copied.unlink(missing_ok=True)
