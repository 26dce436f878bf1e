"""Weights and long prompts reach the model; nothing is cut off silently."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch

from safelight.domain.prompts import parse_prompt
from safelight.engines.diffusers.prompts import PromptEncoder, chunk
from safelight.engines.diffusers.tokenizer import clip_tokenizer
from tests.models import build_pipeline

WORDS = " ".join(f"word{n}" for n in range(60))


@pytest.fixture(scope="module")
def pipe() -> Iterator[Any]:
    yield build_pipeline("sd1")


def said(pipe: Any, prompt: str, negative: str = "", clip_skip: int = 1) -> torch.Tensor:
    return PromptEncoder(pipe, torch.device("cpu")).encode(prompt, negative, clip_skip).said


def test_a_short_prompt_is_embedded_as_diffusers_does(pipe: Any) -> None:
    theirs, negative = pipe.encode_prompt("a cat", "cpu", 1, True, "blurry")
    ours = PromptEncoder(pipe, torch.device("cpu")).encode("a cat", "blurry", 1)
    torch.testing.assert_close(ours.said, theirs, rtol=0, atol=0)
    torch.testing.assert_close(ours.unsaid, negative, rtol=0, atol=0)


def test_clip_skip_counts_as_a1111_does(pipe: Any) -> None:
    ids = pipe.tokenizer("a cat", padding="max_length", return_tensors="pt").input_ids
    layers = pipe.text_encoder(ids, output_hidden_states=True).hidden_states
    expected = pipe.text_encoder.final_layer_norm(layers[-2])
    torch.testing.assert_close(said(pipe, "a cat", clip_skip=2), expected, rtol=0, atol=0)


def test_a_long_prompt_becomes_chunks_and_its_end_counts(pipe: Any) -> None:
    long = said(pipe, WORDS)
    assert long.shape[1] % 77 == 0
    assert long.shape[1] > 77
    assert not torch.equal(long, said(pipe, WORDS + " cat"))


def test_the_negative_is_padded_to_the_prompts_chunks(pipe: Any) -> None:
    both = PromptEncoder(pipe, torch.device("cpu")).encode(WORDS, "blurry", 1)
    assert both.said.shape == both.unsaid.shape


def test_every_token_is_in_a_chunk_and_words_stay_whole() -> None:
    tokenizer = clip_tokenizer("<|endoftext|>")
    chunks = chunk(tokenizer, parse_prompt(WORDS))
    whole = tokenizer(WORDS, add_special_tokens=False, verbose=False).input_ids
    assert [token for part in chunks for token in part.tokens] == whole
    assert all(len(part.tokens) <= 75 for part in chunks)
    assert all(tokenizer.convert_ids_to_tokens([part.tokens[-1]])[0].endswith("</w>") for part in chunks)


def test_break_and_one_endless_word() -> None:
    tokenizer = clip_tokenizer("<|endoftext|>")
    assert [len(part.tokens) for part in chunk(tokenizer, parse_prompt("a cat BREAK dog"))] == [2, 1]
    assert sum(len(part.tokens) for part in chunk(tokenizer, parse_prompt("x" * 900))) > 75


def test_a_weight_changes_its_words_and_restores_the_mean(pipe: Any) -> None:
    plain, heavy = said(pipe, "a red cat"), said(pipe, "a (red:1.5) cat")
    assert not torch.equal(plain, heavy)
    torch.testing.assert_close(plain.mean(), heavy.mean())
    torch.testing.assert_close(heavy[0, 2] / plain[0, 2], (heavy[0, 1] / plain[0, 1]) * 1.5)


def test_a_weight_of_one_changes_no_bit(pipe: Any) -> None:
    assert torch.equal(said(pipe, "a (red:1.0) cat"), said(pipe, "a red cat"))


def test_the_shipped_tokenizer_is_openais() -> None:
    tokenizer = clip_tokenizer("<|endoftext|>")
    assert len(tokenizer) == 49408
    assert tokenizer("a photo of a cat").input_ids == [49406, 320, 1125, 539, 320, 2368, 49407]
    assert clip_tokenizer("!").pad_token_id == 0


def test_xl_joins_both_encoders_and_zeroes_an_empty_negative() -> None:
    pipe = build_pipeline("sdxl")
    embedded = PromptEncoder(pipe, torch.device("cpu")).encode("a cat", "", 1)
    theirs, negative, pooled, _ = pipe.encode_prompt("a cat", device="cpu")
    torch.testing.assert_close(embedded.said, theirs, rtol=0, atol=0)
    torch.testing.assert_close(embedded.unsaid, negative, rtol=0, atol=0)
    torch.testing.assert_close(embedded.pooled_said, pooled, rtol=0, atol=0)
