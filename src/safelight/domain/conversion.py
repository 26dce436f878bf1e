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


_MOST_STARS = 4


def _pattern(text: str) -> str:
    """A regular expression that means the same everywhere, and takes no time on any name."""
    if not re.fullmatch(r"\^?(?:[\w\-|]|\.\*|\\?\.)+\$?", text) or text.count("*") > _MOST_STARS:
        raise ValueError("a rule's pattern is made of letters, digits, _ - . | ^ $ and up to four .*")
    return text


class TypeRule(Value):
    r"""Tensors whose names contain a match of `pattern` get `type`.

    Patterns are regular expressions of names, `.`, `\.`, `.*`, `|`, `^` and `$`.
    """

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
        except (ValueError, InvalidInput) as error:
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
