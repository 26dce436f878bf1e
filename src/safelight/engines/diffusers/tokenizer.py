"""OpenAI's CLIP tokenizer, without any download."""

from __future__ import annotations

import gzip
from importlib import resources
from typing import Any

from transformers import CLIPTokenizer


def clip_tokenizer(padding: str) -> CLIPTokenizer:
    """OpenAI's CLIP tokenizer, built from the vocabulary file that comes with the package.

    Args:
        padding: Token that fills a chunk: `<|endoftext|>` for CLIP-L, `!` (token 0) for OpenCLIP.
    """
    packed = resources.files("safelight.engines.diffusers").joinpath("data/bpe_simple_vocab_16e6.txt.gz")
    lines = gzip.decompress(packed.read_bytes()).decode().split("\n")
    merges: Any = [tuple(line.split()) for line in lines[1 : 49152 - 256 - 2 + 1]]
    alphabet = list(_byte_letters())
    pieces = [*alphabet, *(letter + "</w>" for letter in alphabet), *("".join(pair) for pair in merges)]
    vocabulary = {piece: number for number, piece in enumerate([*pieces, "<|startoftext|>", "<|endoftext|>"])}
    return CLIPTokenizer(vocab=vocabulary, merges=merges, pad_token=padding, model_max_length=77)


def _byte_letters() -> list[str]:
    """The letters that stand for the 256 byte values, in the order of CLIP's vocabulary (printable bytes first)."""
    printable = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAC + 1), *range(0xAE, 0xFF + 1)]
    return [*map(chr, printable), *(chr(256 + n) for n in range(256 - len(printable)))]
