"""Makes the tokenizer and the text encoder: CLIP's own classes, small, with a vocabulary learnt from the captions."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from doodle import WORK_DIR
from doodle.everyday import everyday_words
from doodle.pictures import load_pictures
from doodle.scenes import Composer

VOCABULARY = 5000
TOKENS = 32
"""Length of one text chunk, start and end included: shorter than CLIP's 77, as captions are."""

WIDTH = 192
_START, _END = "<|startoftext|>", "<|endoftext|>"
_WORDS = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


def load_tokenizer(work_dir: Path = WORK_DIR) -> CLIPTokenizer:
    """Return the tokenizer, learning its byte-pair vocabulary from the names and 6,000 captions the first time."""
    folder = work_dir / "tokenizer"
    if not (folder / "merges.txt").exists():
        _learn(folder, work_dir)
    return CLIPTokenizer(
        vocab=str(folder / "vocab.json"), merges=str(folder / "merges.txt"), model_max_length=TOKENS, pad_token=_END
    )


def build_text_encoder(tokenizer: CLIPTokenizer) -> CLIPTextModel:
    """A fresh text encoder of 4 layers, 192 wide."""
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=WIDTH,
            intermediate_size=4 * WIDTH,
            num_hidden_layers=4,
            num_attention_heads=4,
            max_position_embeddings=TOKENS,
            projection_dim=WIDTH,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def _learn(folder: Path, work_dir: Path) -> None:
    pictures = load_pictures(work_dir)
    composer = Composer(pictures)
    rng = np.random.default_rng(3)
    corpus = [thing.name for thing in pictures.things] * 4
    corpus += [word for thing in pictures.things for word in thing.synonyms]
    corpus += [word for words in everyday_words().values() for word in words]
    corpus += [composer.caption(composer.compose(rng)[0], rng) for _ in range(6_000)]
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix="</w>", continuing_subword_prefix="", unk_token=_END))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_WORDS), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(
        corpus, trainers.BpeTrainer(vocab_size=VOCABULARY - 514, initial_alphabet=alphabet, end_of_word_suffix="</w>")
    )
    merges = [tuple(pair) for pair in json.loads(tokenizer.to_str())["model"]["merges"]]
    pieces = [*alphabet, *(letter + "</w>" for letter in alphabet), *("".join(pair) for pair in merges)]
    vocabulary = {piece: number for number, piece in enumerate(dict.fromkeys([*pieces, _START, _END]))}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False))
    lines = [f"{left} {right}" for left, right in merges]
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *lines]) + "\n")
