"""Pipelines that encode texts themselves do it once for each text."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import torch

from safelight.engines.diffusers.remembered import remember_prompts


def pipe() -> Any:
    """Encodes a text as its length, and notes what it was called with."""
    calls: list[Any] = []

    def encode_prompt(prompt: Any, **options: Any) -> tuple[torch.Tensor]:
        calls.append((prompt, options))
        return (torch.tensor(float(len(prompt))),)

    made = SimpleNamespace(encode_prompt=encode_prompt, calls=calls)
    remember_prompts(made)
    return made


def test_the_same_arguments_are_encoded_once() -> None:
    made = pipe()
    for _ in range(2):
        assert made.encode_prompt(["a cat"], negative_prompt=None, device=torch.device("cpu")) == (1.0,)
        assert made.encode_prompt("a dog", negative_prompt=None, device=torch.device("cpu")) == (5.0,)
        assert made.encode_prompt("a dog", negative_prompt="a cat", device=torch.device("cpu")) == (5.0,)
    assert len(made.calls) == 3


def test_what_was_not_asked_for_longest_is_forgotten() -> None:
    made = pipe()
    for text in [*map(str, range(8)), "0", "8", "0", "1"]:
        made.encode_prompt(text)
    assert [call[0] for call in made.calls] == [*map(str, range(9)), "1"]


def test_arguments_that_can_t_be_told_apart_by_value_are_encoded_each_time() -> None:
    made = pipe()
    for _ in range(2):
        made.encode_prompt("a cat", prompt_embeds=torch.zeros(1))
    assert len(made.calls) == 2


def test_a_pipeline_without_texts_stays_as_it_is() -> None:
    remember_prompts(SimpleNamespace())
