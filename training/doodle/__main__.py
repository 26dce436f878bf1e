"""Runs every stage of the recipe in order, each one resuming what is on disk: `python -m doodle`."""

from __future__ import annotations

import argparse
import logging

from doodle import autoencoder, diffusion, latents
from doodle.evaluate import evaluate, publish
from doodle.export import TARGET, export

_AUTOENCODER_STEPS, _DECODER_STEPS, _CHUNKS, _SEEDS = 4000, 3000, 6, 2


def main() -> None:
    """Train to the number of steps asked for, export, evaluate."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=12_000, help="steps of the diffusion model in all")
    parser.add_argument("--decay", type=int, default=2000, help="how many of them, at the end, the rate decays")
    arguments = parser.parse_args()
    autoencoder.train(_AUTOENCODER_STEPS)
    latents.fill(_CHUNKS)
    autoencoder.train(_DECODER_STEPS, decoder_only=True)
    diffusion.train(arguments.steps, arguments.steps - arguments.decay)
    export()
    publish(evaluate(TARGET, _SEEDS), TARGET)


if __name__ == "__main__":
    main()
