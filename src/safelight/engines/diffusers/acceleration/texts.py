"""Text encoders as networks: CLIP and T5."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers.modeling_outputs import BaseModelOutput

from safelight.engines.diffusers.acceleration.network import Network, Unsuited

_WORDS = 7


@dataclass(frozen=True)
class Encoded:
    """What `prompts.py` and pipelines that encode prompts themselves read of a CLIP text encoder's answer.

    Attributes:
        pooler_output: The pooled vector [batch, width], projected where the encoder does that.
        hidden_states: Of every layer, the embeddings first, each [batch, tokens, width].
        normed_states: The same after the encoder's last norm.
        projects: Whether the encoder has a projection.
    """

    pooler_output: torch.Tensor
    hidden_states: tuple[torch.Tensor, ...]
    normed_states: tuple[torch.Tensor, ...]
    projects: bool

    @property
    def last_hidden_state(self) -> torch.Tensor:
        """The last layer's, normed."""
        return self.normed_states[-1]

    def __getitem__(self, index: int) -> torch.Tensor:
        if index:
            raise IndexError(index)
        return self.pooler_output if self.projects else self.last_hidden_state


class ClipText(Network):
    """A CLIP text encoder, called with nothing but tokens."""

    def __init__(self, component: str, encoder: Any) -> None:
        self.component = self.name = component
        self.parts, self.called, self._encoder = (encoder,), encoder, encoder
        self._projects = hasattr(encoder, "text_projection")

    def examples(self) -> tuple[torch.Tensor, ...]:
        """See `Network`."""
        return (torch.ones(1, self._encoder.config.max_position_embeddings, dtype=torch.int64),)

    def compute(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """See `Network`."""
        answered = self._encoder(inputs[0], output_hidden_states=True)
        pooled = answered.text_embeds if self._projects else answered.pooler_output
        body = getattr(self._encoder, "text_model", self._encoder)
        states = torch.stack(answered.hidden_states)
        return pooled.float(), states.float(), body.final_layer_norm(states).float()

    def inputs(self, *args: Any, **options: Any) -> tuple[torch.Tensor, ...]:
        """See `Network`."""
        if len(args) != 1 or options.keys() - {"output_hidden_states"}:
            raise Unsuited("a call of the text encoder with more than tokens")
        return args

    def answer(self, outputs: Sequence[torch.Tensor], **options: Any) -> Encoded:
        """See `Network`."""
        pooled, hidden, normed = (output.to(self.dtype) for output in outputs)
        return Encoded(pooled, tuple(hidden), tuple(normed), self._projects)


class T5Text(Network):
    """T5's encoder, called with tokens and perhaps a mask, for what its last layer gives.

    In bf16 its blobs, unlike those of other networks, hold the weights of attention: gigabytes of T5 XXL.
    """

    keeps_compiled = False

    def __init__(self, component: str, encoder: Any) -> None:
        self.component = self.name = component
        self.parts, self.called = (encoder,), encoder

    def examples(self) -> tuple[torch.Tensor, ...]:
        """See `Network`."""
        mask = torch.ones(2, _WORDS, dtype=torch.int64)
        mask[:, -2:] = 0
        return torch.ones_like(mask), mask

    def compute(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """See `Network`."""
        tokens, mask = inputs
        return (self.called(input_ids=tokens, attention_mask=mask)[0].float(),)

    def inputs(self, *args: Any, **options: Any) -> tuple[torch.Tensor, ...]:
        """See `Network`."""
        given = dict(zip(("input_ids", "attention_mask"), args, strict=False)) | options
        tokens, mask = given.pop("input_ids", None), given.pop("attention_mask", None)
        if tokens is None or any(given.values()):
            raise Unsuited("a call of T5 with more than tokens and a mask")
        return tokens, torch.ones_like(tokens) if mask is None else mask.long()

    def answer(self, outputs: Sequence[torch.Tensor], **options: Any) -> BaseModelOutput:
        """See `Network`."""
        return BaseModelOutput(last_hidden_state=outputs[0].to(self.dtype))
