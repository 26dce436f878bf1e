"""Prompts → embeddings for CLIP-conditioned pipelines: weights, BREAK and any length; nothing is cut off.

Weights scale a token's embedding; the chunk's mean is then restored, as A1111 does ("Original" emphasis). Text past
a chunk's room goes on in the next one, and the chunks' embeddings are joined along the token axis.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from safelight.domain.errors import InvalidInput
from safelight.domain.prompts import Span, parse_prompt
from safelight.engines.diffusers.acceleration.texts import Encoded

_CACHED = 64
_Side = tuple[torch.Tensor, torch.Tensor]


@dataclass(frozen=True)
class _Chunk:
    """Token ids without start and end, and a weight each."""

    tokens: tuple[int, ...]
    weights: tuple[float, ...]


@dataclass(frozen=True)
class Embeddings:
    """`said` and `unsaid`: [1, tokens, width]; the pooled ones [1, width], for XL pipelines only."""

    said: torch.Tensor
    unsaid: torch.Tensor
    pooled_said: torch.Tensor | None = None
    pooled_unsaid: torch.Tensor | None = None


class PromptEncoder:
    """Encodes prompts with a pipeline's own CLIP tokenizers and text encoders, remembering the last 64 texts."""

    def __init__(self, pipe: Any, device: torch.device) -> None:
        self._device = device
        self._xl = getattr(pipe, "text_encoder_2", None) is not None
        self._zero_when_empty = self._xl and bool(pipe.config.get("force_zeros_for_empty_prompt"))
        encoders = [(pipe.tokenizer, pipe.text_encoder)] if getattr(pipe, "text_encoder", None) is not None else []
        if self._xl:
            encoders.append((pipe.tokenizer_2, pipe.text_encoder_2))
        self._encoders = encoders
        self._remembered: OrderedDict[tuple[str, int, int], _Side] = OrderedDict()

    @torch.inference_mode()
    def encode(self, prompt: str, negative: str, clip_skip: int) -> Embeddings:
        """Embed a prompt and its negative, padded to the same number of chunks.

        Args:
            prompt: In A1111 syntax.
            negative: Likewise; where the XL pipeline's configuration says so, an empty one becomes zeros.
            clip_skip: 1 is the encoder's last layer (for XL: its usual, the one before), 2 the one before that.
        """
        chunked = (
            chunk(tokenizer, parse_prompt(text)) for text in (prompt, negative) for tokenizer, _ in self._encoders
        )
        rounds = max(len(chunks) for chunks in chunked)
        said, pooled = self._side(prompt, rounds, clip_skip)
        if self._zero_when_empty and not negative:
            return Embeddings(said, torch.zeros_like(said), pooled, torch.zeros_like(pooled))
        unsaid, pooled_unsaid = self._side(negative, rounds, clip_skip)
        return Embeddings(said, unsaid, pooled, pooled_unsaid) if self._xl else Embeddings(said, unsaid)

    def _side(self, text: str, rounds: int, clip_skip: int) -> _Side:
        """One text by every encoder, its embeddings side by side, and the last one's pooled vector."""
        key = (text, rounds, clip_skip)
        if key not in self._remembered:
            answers = [
                self._run(tokenizer, encoder, _padded(chunk(tokenizer, parse_prompt(text)), rounds), clip_skip)
                for tokenizer, encoder in self._encoders
            ]
            self._remembered[key] = torch.cat([words for words, _ in answers], dim=-1), answers[-1][1]
            if len(self._remembered) > _CACHED:
                self._remembered.popitem(last=False)
        self._remembered.move_to_end(key)
        return self._remembered[key]

    def _run(
        self, tokenizer: Any, encoder: Any, chunks: Sequence[_Chunk], clip_skip: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """[1, chunks x length, width] and the first chunk's pooled vector [1, width]."""
        parts, pooled = [], None
        for part in chunks:
            ids, weights = _laid_out(tokenizer, part)
            output = encoder(torch.tensor([ids], device=self._device), output_hidden_states=True)
            if clip_skip >= len(output.hidden_states) - self._xl:
                layers = len(output.hidden_states) - 1
                raise InvalidInput(f"Clip skip {clip_skip} is too much for a text encoder of {layers} layers.")
            if self._xl:
                hidden = output.hidden_states[-(clip_skip + 1)]
            elif clip_skip == 1:
                hidden = output.last_hidden_state
            else:
                hidden = _normed(encoder, output, clip_skip)
            if pooled is None:
                pooled = output[0]
            parts.append(_weighted(hidden, weights))
        assert pooled is not None  # noqa: S101 - there is always at least one chunk
        return torch.cat(parts, dim=1), pooled


def _normed(encoder: Any, output: Any, clip_skip: int) -> torch.Tensor:
    if isinstance(output, Encoded):
        return output.normed_states[-clip_skip]
    normed: torch.Tensor = getattr(encoder, "text_model", encoder).final_layer_norm(output.hidden_states[-clip_skip])
    return normed


def chunk(tokenizer: Any, sections: Sequence[Sequence[Span]]) -> list[_Chunk]:
    """Tokenise sections into chunks of at most the tokenizer's length less two; a section starts a new chunk.

    A span is not split inside a word when the word fits into the next chunk.
    """
    room = tokenizer.model_max_length - 2
    chunks = []
    for section in sections:
        tokens: list[int] = []
        weights: list[float] = []
        for span in section:
            for word in _words(tokenizer, span.text):
                if len(word) <= room < len(tokens) + len(word):
                    chunks.append(_Chunk(tuple(tokens), tuple(weights)))
                    tokens, weights = [], []
                tokens += word
                weights += [span.weight] * len(word)
                while len(tokens) > room:
                    chunks.append(_Chunk(tuple(tokens[:room]), tuple(weights[:room])))
                    tokens, weights = tokens[room:], weights[room:]
        chunks.append(_Chunk(tuple(tokens), tuple(weights)))
    return chunks


def _words(tokenizer: Any, text: str) -> list[list[int]]:
    """Token ids of `text`, grouped into words (in CLIP's vocabulary a token that ends a word says so)."""
    ids = tokenizer(text, add_special_tokens=False, truncation=False, verbose=False).input_ids
    words: list[list[int]] = [[]]
    for token, piece in zip(ids, tokenizer.convert_ids_to_tokens(ids), strict=True):
        words[-1].append(token)
        if piece.endswith("</w>"):
            words.append([])
    return [word for word in words if word]


def _laid_out(tokenizer: Any, part: _Chunk) -> tuple[list[int], list[float]]:
    padding = tokenizer.model_max_length - len(part.tokens) - 2
    ids = [tokenizer.bos_token_id, *part.tokens, tokenizer.eos_token_id, *[tokenizer.pad_token_id] * padding]
    return ids, [1.0, *part.weights, *[1.0] * (padding + 1)]


def _weighted(hidden: torch.Tensor, weights: Sequence[float]) -> torch.Tensor:
    if all(weight == 1.0 for weight in weights):
        return hidden
    scaled = hidden * torch.tensor(weights, device=hidden.device, dtype=hidden.dtype)[None, :, None]
    return scaled * (hidden.float().mean() / scaled.float().mean()).to(hidden.dtype)


def _padded(chunks: list[_Chunk], rounds: int) -> list[_Chunk]:
    return chunks + [_Chunk((), ())] * (rounds - len(chunks))
