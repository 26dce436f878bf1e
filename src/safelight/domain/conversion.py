"""Number types of GGUF files, and the conversion of a file to them."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from safelight.domain.errors import InvalidInput
from safelight.domain.values import Value


class WeightType(StrEnum):
    """Number types of GGUF files, largest first; the names are ggml's, in lower case."""

    F32 = "f32"
    F16 = "f16"
    BF16 = "bf16"
    Q8_0 = "q8_0"
    Q6_K = "q6_k"
    Q5_1 = "q5_1"
    Q5_K = "q5_k"
    Q5_0 = "q5_0"
    Q4_1 = "q4_1"
    Q4_K = "q4_k"
    Q4_0 = "q4_0"
    Q3_K = "q3_k"
    Q2_K = "q2_k"

    @property
    def block(self) -> tuple[int, int]:
        """Numbers that are stored together, and the bytes they take (`ggml-common.h`)."""
        return _BLOCKS[self]


_BLOCKS = {
    WeightType.F32: (1, 4),
    WeightType.F16: (1, 2),
    WeightType.BF16: (1, 2),
    WeightType.Q8_0: (32, 34),
    WeightType.Q6_K: (256, 210),
    WeightType.Q5_1: (32, 24),
    WeightType.Q5_K: (256, 176),
    WeightType.Q5_0: (32, 22),
    WeightType.Q4_1: (32, 20),
    WeightType.Q4_K: (256, 144),
    WeightType.Q4_0: (32, 18),
    WeightType.Q3_K: (256, 110),
    WeightType.Q2_K: (256, 84),
}


def _pattern(text: str) -> str:
    """A regular expression that stable-diffusion.cpp's list of rules can carry."""
    if "," in text or "=" in text:
        raise ValueError("a rule's pattern holds no comma and no equals sign")
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from error
    return text


class TypeRule(Value):
    """Tensors whose names contain a match of `pattern` (a regular expression) get `type`."""

    pattern: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_pattern)]
    type: WeightType

    @classmethod
    def parse(cls, text: str) -> TypeRule:
        """Read `PATTERN=TYPE`.

        Raises:
            InvalidInput: It is not of that form.
        """
        pattern, _, name = text.rpartition("=")
        try:
            return cls(pattern=pattern, type=weight_type(name))
        except ValueError as error:
            raise InvalidInput(
                f"{text!r} is no rule for tensor types.", hint="Write PATTERN=TYPE, such as ^first_stage_model=f16."
            ) from error


class Conversion(Value):
    """A file to write anew as GGUF, every name resolved; `domain.work.ConversionRequest` is what users ask for.

    Attributes:
        source: Model file.
        output: File to write.
        type: Number type of the weights; small tensors (biases, norms, embeddings) keep theirs.
        rules: Other types for tensors whose names match, the first match counts.
        vae: File of an autoencoder to put in place of the source's own.
    """

    source: Path
    output: Path
    type: WeightType
    rules: tuple[TypeRule, ...] = ()
    vae: Path | None = None


def weight_type(text: str) -> WeightType:
    """The type that `text` names, in any case; `q4_K_S` and `q4_K_M` count as `q4_k`.

    Raises:
        InvalidInput: There is none; all are listed.
    """
    name = text.strip().lower()
    name = re.sub(r"_[sml]$", "", name) if name.startswith("q") else name
    try:
        return WeightType(name)
    except ValueError:
        raise InvalidInput(f"There is no weight type {text!r}.", hint=f"There are: {', '.join(WeightType)}.") from None
