r"""Prompts as stable-diffusion.cpp reads them, saying what A1111's syntax means here.

It parses the same syntax by itself, but of the escapes only `\(` as meant: the backslash of others stays in the text.
So a prompt is parsed here, and written down again in the part of the syntax that both read alike: `(text:weight)`,
plain text and BREAK. A literal `[` keeps its backslash: the library has no way to say it.
"""

from __future__ import annotations

from safelight.domain.prompts import Span, parse_prompt


def written(prompt: str) -> str:
    """The prompt for the library: same spans, same weights, same chunks."""
    return " BREAK ".join("".join(_span(span) for span in section) for section in parse_prompt(prompt))


def _span(span: Span) -> str:
    # A closing bracket without an opening one is text; within a span it would end the span, so it stands after it.
    pieces = span.text.replace("(", r"\(").replace("[", r"\[").split(")")
    if span.weight == 1:
        return ")".join(pieces)
    weight = f"{span.weight:.6f}".rstrip("0").rstrip(".")
    return ")".join(f"({piece}:{weight})" if piece else "" for piece in pieces)
