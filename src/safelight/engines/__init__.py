"""Engines: what runs a model. `spec` is ML-free; everything behind a spec's import string belongs to workers."""
