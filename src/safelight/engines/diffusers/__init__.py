"""The diffusers engine: PyTorch pipelines for diffusers folders and single-file checkpoints."""
