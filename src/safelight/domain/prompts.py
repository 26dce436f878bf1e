r"""A1111 prompt syntax: attention weights, nesting, escapes and BREAK.

`(word)` weighs 1.1, `((word))` 1.21, `[word]` 1/1.1, `(word:1.3)` 1.3; `\(`, `\)`, `\[`, `\]` are plain characters.
BREAK in capitals starts a new chunk of text. Semantics as documented in the AUTOMATIC1111 wiki, "Attention/emphasis".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from safelight.domain.errors import InvalidInput

MAX_WEIGHT = 100.0
_UP, _DOWN = 1.1, 1 / 1.1
_MARKS = re.compile(r"\\[()\[\]\\]|[()\[\]]|:\s*[+-]?(?:\d+\.?\d*|\.\d+)\s*\)|\bBREAK\b|[^\\()\[\]:B]+|.", re.DOTALL)


@dataclass(frozen=True)
class Span:
    """A piece of prompt text and its weight."""

    text: str
    weight: float


def parse_prompt(text: str) -> list[list[Span]]:
    """Return the chunks that BREAK separates, each a list of weighted spans; an empty prompt is one empty chunk.

    Brackets that are not closed weigh what follows them, as in A1111. `( … :number)` sets the weight of that bracket.

    Raises:
        InvalidInput: A weight is beyond ±100.
    """
    pieces: list[tuple[str | None, float]] = []
    round_at: list[int] = []
    square_at: list[int] = []

    def weigh(start: int, factor: float) -> None:
        pieces[start:] = [(piece, weight * factor) for piece, weight in pieces[start:]]

    for mark in _MARKS.findall(text):
        if len(mark) > 1 and mark[0] == "\\":
            pieces.append((mark[1], 1.0))
        elif mark == "(":
            round_at.append(len(pieces))
        elif mark == "[":
            square_at.append(len(pieces))
        elif mark[0] == ":" and mark[-1] == ")" and round_at:
            weigh(round_at.pop(), float(mark[1:-1]))
        elif mark == ")" and round_at:
            weigh(round_at.pop(), _UP)
        elif mark == "]" and square_at:
            weigh(square_at.pop(), _DOWN)
        elif mark == "BREAK":
            pieces.append((None, 1.0))
        else:
            pieces.append((mark, 1.0))
    for start in round_at:
        weigh(start, _UP)
    for start in square_at:
        weigh(start, _DOWN)
    return _joined(pieces)


def _joined(pieces: list[tuple[str | None, float]]) -> list[list[Span]]:
    chunks: list[list[Span]] = [[]]
    for piece, weight in pieces:
        if not abs(weight) <= MAX_WEIGHT:  # NaN is neither above nor below
            raise InvalidInput(f"The weight {weight:g} of {piece!r} in the prompt is beyond ±{MAX_WEIGHT:g}.")
        if piece is None:
            chunks.append([])
        elif chunks[-1] and chunks[-1][-1].weight == weight:
            chunks[-1][-1] = Span(chunks[-1][-1].text + piece, weight)
        else:
            chunks[-1].append(Span(piece, weight))
    return chunks
