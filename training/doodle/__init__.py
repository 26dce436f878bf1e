"""How the embedded model `doodle` is made: pictures, autoencoder, latents, diffusion model, judge."""

import os
from pathlib import Path

PIXELS = 128
"""Side of every picture the model draws, in pixels."""

WORK_DIR = Path(os.environ.get("SAFELIGHT_TRAINING_DIR", "~/.cache/safelight-training")).expanduser()
"""Where renders, checkpoints and logs live: outside the repository, safe to delete, resumed from when present."""
