"""Safelight against the others that draw on a CPU: the same weights, size, steps, sampler and seed, in one run."""
